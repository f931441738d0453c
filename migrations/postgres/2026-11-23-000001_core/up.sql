CREATE TABLE catalogue (
    id BIGINT NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    CONSTRAINT catalogue_has_one_row CHECK (id = 1)
);
INSERT INTO catalogue (id, version) VALUES (1, 1);

CREATE TABLE programme_versions (
    id BIGINT NOT NULL PRIMARY KEY,
    programme TEXT NOT NULL,
    digest TEXT NOT NULL,
    effective_us BIGINT NOT NULL,
    published_us BIGINT NOT NULL,
    content TEXT NOT NULL,
    source TEXT NOT NULL,
    CONSTRAINT programme_versions_content_once UNIQUE (programme, digest)
);

CREATE TABLE pools (
    id BYTEA NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    series TEXT NOT NULL,
    remainder TEXT NOT NULL,
    intake TEXT NOT NULL,
    opens_us BIGINT,
    closes_us BIGINT,
    cap BIGINT NOT NULL,
    free BIGINT NOT NULL,
    reserved BIGINT NOT NULL,
    committed BIGINT NOT NULL,
    paid BIGINT NOT NULL,
    waiting BIGINT NOT NULL,
    next_ordinal BIGINT NOT NULL,
    next_position BIGINT NOT NULL,
    head_seq BIGINT NOT NULL,
    head_us BIGINT NOT NULL,
    head_hash BYTEA NOT NULL,
    created_us BIGINT NOT NULL,
    CONSTRAINT pools_name_once UNIQUE (name),
    CONSTRAINT pools_series_once UNIQUE (series),
    CONSTRAINT pools_remainder_known CHECK (remainder IN ('strict', 'fit')),
    CONSTRAINT pools_intake_known CHECK (intake IN ('open', 'frozen', 'closed')),
    CONSTRAINT pools_free_not_negative CHECK (free >= 0),
    CONSTRAINT pools_reserved_not_negative CHECK (reserved >= 0),
    CONSTRAINT pools_committed_not_negative CHECK (committed >= 0),
    CONSTRAINT pools_paid_not_negative CHECK (paid >= 0),
    CONSTRAINT pools_waiting_not_negative CHECK (waiting >= 0),
    CONSTRAINT pools_sum_is_cap CHECK (free + reserved + committed + paid = cap)
);

CREATE TABLE pool_programmes (
    programme TEXT NOT NULL PRIMARY KEY,
    pool_id BYTEA NOT NULL,
    CONSTRAINT pool_programmes_pool FOREIGN KEY (pool_id) REFERENCES pools (id)
);

CREATE TABLE dealers (
    id BYTEA NOT NULL PRIMARY KEY,
    uscc TEXT NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    created_us BIGINT NOT NULL,
    CONSTRAINT dealers_uscc_once UNIQUE (uscc),
    CONSTRAINT dealers_status_known CHECK (status IN ('active', 'suspended', 'removed'))
);

CREATE TABLE dealer_programmes (
    dealer_id BYTEA NOT NULL,
    programme TEXT NOT NULL,
    PRIMARY KEY (dealer_id, programme),
    CONSTRAINT dealer_programmes_dealer FOREIGN KEY (dealer_id) REFERENCES dealers (id)
);

CREATE TABLE staff (
    id BYTEA NOT NULL PRIMARY KEY,
    login TEXT NOT NULL,
    role TEXT NOT NULL,
    status TEXT NOT NULL,
    created_us BIGINT NOT NULL,
    CONSTRAINT staff_login_once UNIQUE (login),
    CONSTRAINT staff_role_known
        CHECK (role IN ('reviewer', 'approver', 'finance', 'auditor', 'operator')),
    CONSTRAINT staff_status_known CHECK (status IN ('active', 'removed'))
);

CREATE TABLE clients (
    id BYTEA NOT NULL PRIMARY KEY,
    secret_hash BYTEA NOT NULL,
    dealer_id BYTEA,
    staff_id BYTEA,
    status TEXT NOT NULL,
    created_us BIGINT NOT NULL,
    CONSTRAINT clients_status_known CHECK (status IN ('active', 'revoked')),
    CONSTRAINT clients_one_owner CHECK ((dealer_id IS NULL) <> (staff_id IS NULL)),
    CONSTRAINT clients_dealer FOREIGN KEY (dealer_id) REFERENCES dealers (id),
    CONSTRAINT clients_staff FOREIGN KEY (staff_id) REFERENCES staff (id)
);

CREATE TABLE claims (
    id BYTEA NOT NULL PRIMARY KEY,
    pool_id BYTEA NOT NULL,
    number TEXT NOT NULL,
    position BIGINT,
    programme TEXT NOT NULL,
    version_id BIGINT NOT NULL,
    dealer_id BYTEA NOT NULL,
    state TEXT NOT NULL,
    amount BIGINT NOT NULL,
    sealed BYTEA NOT NULL,
    content_mac BYTEA NOT NULL,
    nonce BYTEA NOT NULL,
    person_hash BYTEA NOT NULL,
    keys BYTEA NOT NULL,
    reasons TEXT NOT NULL,
    warnings TEXT NOT NULL,
    submitted_us BIGINT NOT NULL,
    held_us BIGINT,
    changed_us BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    CONSTRAINT claims_number_once UNIQUE (number),
    CONSTRAINT claims_amount_not_negative CHECK (amount >= 0)
);
CREATE INDEX claims_by_dealer ON claims (dealer_id, id);
CREATE INDEX claims_waiting ON claims (pool_id, position) WHERE state = 'waiting';
CREATE INDEX claims_by_state ON claims (state, id) WHERE state NOT IN ('paid', 'refused');

CREATE TABLE claim_keys (
    key_hash BYTEA NOT NULL,
    ordinal BIGINT NOT NULL,
    claim_id BYTEA NOT NULL,
    kind TEXT NOT NULL,
    PRIMARY KEY (key_hash, ordinal)
);

CREATE TABLE claim_keys_cold (
    key_hash BYTEA NOT NULL,
    ordinal BIGINT NOT NULL,
    claim_id BYTEA NOT NULL,
    kind TEXT NOT NULL,
    PRIMARY KEY (key_hash, ordinal)
);

CREATE TABLE key_moves (
    generation BIGINT NOT NULL PRIMARY KEY,
    total BIGINT NOT NULL,
    prefixes BYTEA NOT NULL
);
ALTER TABLE key_moves ALTER COLUMN prefixes SET STORAGE EXTERNAL;

CREATE TABLE claim_flags (
    claim_id BYTEA NOT NULL,
    code TEXT NOT NULL,
    detail TEXT NOT NULL,
    raised_us BIGINT NOT NULL,
    PRIMARY KEY (claim_id, code, detail)
);

CREATE TABLE dealer_usage (
    pool_id BYTEA NOT NULL,
    dealer_id BYTEA NOT NULL,
    held BIGINT NOT NULL,
    PRIMARY KEY (pool_id, dealer_id),
    CONSTRAINT dealer_usage_not_negative CHECK (held >= 0)
);

CREATE TABLE answers (
    claim_id BYTEA NOT NULL PRIMARY KEY,
    key_hash BYTEA NOT NULL,
    fingerprint BYTEA NOT NULL,
    body TEXT NOT NULL,
    mac BYTEA NOT NULL
);

CREATE TABLE journal (
    pool_id BYTEA NOT NULL,
    seq BIGINT NOT NULL,
    at_us BIGINT NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    claim_id BYTEA,
    commitment BYTEA,
    position BIGINT,
    amount BIGINT NOT NULL,
    detail TEXT,
    from_bucket TEXT,
    to_bucket TEXT,
    private TEXT,
    private_hash BYTEA NOT NULL,
    prev_hash BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (pool_id, seq)
);

CREATE TABLE award_imports (
    id BYTEA NOT NULL PRIMARY KEY,
    file_digest BYTEA NOT NULL,
    lines BIGINT NOT NULL,
    imported_us BIGINT NOT NULL,
    CONSTRAINT award_imports_file_once UNIQUE (file_digest)
);

CREATE TABLE awards (
    person_hash BYTEA NOT NULL,
    vin_hash BYTEA NOT NULL,
    kind TEXT NOT NULL,
    awarded_on TEXT NOT NULL,
    import_id BYTEA NOT NULL,
    PRIMARY KEY (person_hash, vin_hash, kind, awarded_on),
    CONSTRAINT awards_kind_known CHECK (kind IN ('scrappage', 'replacement'))
);
CREATE INDEX awards_by_vin ON awards (vin_hash);
