CREATE TABLE catalogue (
    id INTEGER NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    CONSTRAINT catalogue_has_one_row CHECK (id = 1)
) STRICT;
INSERT INTO catalogue (id, version) VALUES (1, 1);

CREATE TABLE programme_versions (
    id INTEGER NOT NULL PRIMARY KEY,
    programme TEXT NOT NULL,
    digest TEXT NOT NULL,
    effective_us INTEGER NOT NULL,
    published_us INTEGER NOT NULL,
    content TEXT NOT NULL,
    source TEXT NOT NULL,
    CONSTRAINT programme_versions_content_once UNIQUE (programme, digest)
) STRICT;

CREATE TABLE pools (
    id BLOB NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    series TEXT NOT NULL,
    remainder TEXT NOT NULL,
    intake TEXT NOT NULL,
    opens_us INTEGER,
    closes_us INTEGER,
    cap INTEGER NOT NULL,
    free INTEGER NOT NULL,
    reserved INTEGER NOT NULL,
    committed INTEGER NOT NULL,
    paid INTEGER NOT NULL,
    waiting INTEGER NOT NULL,
    next_ordinal INTEGER NOT NULL,
    next_position INTEGER NOT NULL,
    head_seq INTEGER NOT NULL,
    head_us INTEGER NOT NULL,
    head_hash BLOB NOT NULL,
    created_us INTEGER NOT NULL,
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
) STRICT;

CREATE TABLE pool_programmes (
    programme TEXT NOT NULL PRIMARY KEY,
    pool_id BLOB NOT NULL,
    CONSTRAINT pool_programmes_pool FOREIGN KEY (pool_id) REFERENCES pools (id)
) STRICT;

CREATE TABLE dealers (
    id BLOB NOT NULL PRIMARY KEY,
    uscc TEXT NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    created_us INTEGER NOT NULL,
    CONSTRAINT dealers_uscc_once UNIQUE (uscc),
    CONSTRAINT dealers_status_known CHECK (status IN ('active', 'suspended', 'removed'))
) STRICT;

CREATE TABLE dealer_programmes (
    dealer_id BLOB NOT NULL,
    programme TEXT NOT NULL,
    PRIMARY KEY (dealer_id, programme),
    CONSTRAINT dealer_programmes_dealer FOREIGN KEY (dealer_id) REFERENCES dealers (id)
) STRICT;

CREATE TABLE staff (
    id BLOB NOT NULL PRIMARY KEY,
    login TEXT NOT NULL,
    role TEXT NOT NULL,
    status TEXT NOT NULL,
    created_us INTEGER NOT NULL,
    CONSTRAINT staff_login_once UNIQUE (login),
    CONSTRAINT staff_role_known
        CHECK (role IN ('reviewer', 'approver', 'finance', 'auditor', 'operator')),
    CONSTRAINT staff_status_known CHECK (status IN ('active', 'removed'))
) STRICT;

CREATE TABLE clients (
    id BLOB NOT NULL PRIMARY KEY,
    secret_hash BLOB NOT NULL,
    dealer_id BLOB,
    staff_id BLOB,
    status TEXT NOT NULL,
    created_us INTEGER NOT NULL,
    CONSTRAINT clients_status_known CHECK (status IN ('active', 'revoked')),
    CONSTRAINT clients_one_owner CHECK ((dealer_id IS NULL) <> (staff_id IS NULL)),
    CONSTRAINT clients_dealer FOREIGN KEY (dealer_id) REFERENCES dealers (id),
    CONSTRAINT clients_staff FOREIGN KEY (staff_id) REFERENCES staff (id)
) STRICT;

CREATE TABLE claims (
    id BLOB NOT NULL PRIMARY KEY,
    pool_id BLOB NOT NULL,
    number TEXT NOT NULL,
    position INTEGER,
    programme TEXT NOT NULL,
    version_id INTEGER NOT NULL,
    dealer_id BLOB NOT NULL,
    state TEXT NOT NULL,
    amount INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    content_mac BLOB NOT NULL,
    nonce BLOB NOT NULL,
    person_hash BLOB NOT NULL,
    keys BLOB NOT NULL,
    reasons TEXT NOT NULL,
    warnings TEXT NOT NULL,
    submitted_us INTEGER NOT NULL,
    held_us INTEGER,
    changed_us INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    CONSTRAINT claims_number_once UNIQUE (number),
    CONSTRAINT claims_amount_not_negative CHECK (amount >= 0)
) STRICT;
CREATE INDEX claims_by_dealer ON claims (dealer_id, id);
CREATE INDEX claims_waiting ON claims (pool_id, position) WHERE state = 'waiting';
CREATE INDEX claims_by_state ON claims (state, id) WHERE state NOT IN ('paid', 'refused');

CREATE TABLE claim_keys (
    key_hash BLOB NOT NULL,
    ordinal INTEGER NOT NULL,
    claim_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    PRIMARY KEY (key_hash, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE claim_keys_cold (
    key_hash BLOB NOT NULL,
    ordinal INTEGER NOT NULL,
    claim_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    PRIMARY KEY (key_hash, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE key_moves (
    generation INTEGER NOT NULL PRIMARY KEY,
    total INTEGER NOT NULL,
    prefixes BLOB NOT NULL
) STRICT;

CREATE TABLE claim_flags (
    claim_id BLOB NOT NULL,
    code TEXT NOT NULL,
    detail TEXT NOT NULL,
    raised_us INTEGER NOT NULL,
    PRIMARY KEY (claim_id, code, detail)
) STRICT;

CREATE TABLE dealer_usage (
    pool_id BLOB NOT NULL,
    dealer_id BLOB NOT NULL,
    held INTEGER NOT NULL,
    PRIMARY KEY (pool_id, dealer_id),
    CONSTRAINT dealer_usage_not_negative CHECK (held >= 0)
) STRICT;

CREATE TABLE answers (
    claim_id BLOB NOT NULL PRIMARY KEY,
    key_hash BLOB NOT NULL,
    fingerprint BLOB NOT NULL,
    body TEXT NOT NULL,
    mac BLOB NOT NULL
) STRICT;

CREATE TABLE journal (
    pool_id BLOB NOT NULL,
    seq INTEGER NOT NULL,
    at_us INTEGER NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    claim_id BLOB,
    commitment BLOB,
    position INTEGER,
    amount INTEGER NOT NULL,
    detail TEXT,
    from_bucket TEXT,
    to_bucket TEXT,
    private TEXT,
    private_hash BLOB NOT NULL,
    prev_hash BLOB NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (pool_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE award_imports (
    id BLOB NOT NULL PRIMARY KEY,
    file_digest BLOB NOT NULL,
    lines INTEGER NOT NULL,
    imported_us INTEGER NOT NULL,
    CONSTRAINT award_imports_file_once UNIQUE (file_digest)
) STRICT;

CREATE TABLE awards (
    person_hash BLOB NOT NULL,
    vin_hash BLOB NOT NULL,
    kind TEXT NOT NULL,
    awarded_on TEXT NOT NULL,
    import_id BLOB NOT NULL,
    PRIMARY KEY (person_hash, vin_hash, kind, awarded_on),
    CONSTRAINT awards_kind_known CHECK (kind IN ('scrappage', 'replacement'))
) STRICT, WITHOUT ROWID;
CREATE INDEX awards_by_vin ON awards (vin_hash);
