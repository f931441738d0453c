ALTER TABLE pools ADD COLUMN allocation TEXT NOT NULL DEFAULT 'open'
    CONSTRAINT pools_allocation_known CHECK (allocation IN ('open', 'frozen'));
ALTER TABLE pools ADD COLUMN payout TEXT NOT NULL DEFAULT 'open'
    CONSTRAINT pools_payout_known CHECK (payout IN ('open', 'frozen'));
ALTER TABLE pools ADD COLUMN disputes BIGINT NOT NULL DEFAULT 0
    CONSTRAINT pools_disputes_are_reserved CHECK (disputes >= 0 AND disputes <= reserved);

ALTER TABLE claims ADD COLUMN invoice_due BIGINT NOT NULL DEFAULT 0;
ALTER TABLE claims ADD COLUMN deadline_us BIGINT;
ALTER TABLE claims ADD COLUMN review_us BIGINT;
ALTER TABLE claims ADD COLUMN lease_staff BYTEA;
ALTER TABLE claims ADD COLUMN lease_until_us BIGINT;
ALTER TABLE claims ADD COLUMN rounds BIGINT NOT NULL DEFAULT 0;
ALTER TABLE claims ADD COLUMN apart BIGINT NOT NULL DEFAULT 0
    CONSTRAINT claims_apart_not_negative CHECK (apart >= 0);
ALTER TABLE claims ADD COLUMN prepared_by BYTEA;
ALTER TABLE claims ADD COLUMN approved_by BYTEA;
ALTER TABLE claims ADD COLUMN approval_seq BIGINT;
ALTER TABLE claims ADD COLUMN approved_us BIGINT;
ALTER TABLE claims ADD COLUMN pay_by_us BIGINT;
UPDATE claims SET apart = (SELECT COUNT(*) FROM claim_flags WHERE claim_flags.claim_id = claims.id);
CREATE INDEX claims_lapse ON claims (deadline_us) WHERE deadline_us IS NOT NULL;
CREATE INDEX claims_in_review ON claims (review_us, id) WHERE state = 'in_review';
CREATE INDEX claims_ready ON claims (review_us, id) WHERE state = 'reserved' AND review_us IS NOT NULL;
CREATE INDEX claims_approved ON claims (pool_id, approval_seq) WHERE state = 'approved';

CREATE TABLE claim_past (
    claim_id BYTEA NOT NULL,
    revision BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    sealed BYTEA NOT NULL,
    content_mac BYTEA NOT NULL,
    person_hash BYTEA NOT NULL,
    keys BYTEA NOT NULL,
    warnings TEXT NOT NULL,
    PRIMARY KEY (claim_id, revision)
);

CREATE TABLE claim_notes (
    claim_id BYTEA NOT NULL,
    seq BIGINT NOT NULL,
    kind TEXT NOT NULL,
    staff_id BYTEA,
    at_us BIGINT NOT NULL,
    sealed BYTEA NOT NULL,
    PRIMARY KEY (claim_id, seq)
);

CREATE TABLE papers (
    claim_id BYTEA NOT NULL,
    seq BIGINT NOT NULL,
    paper TEXT NOT NULL,
    media TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    sha256 BYTEA NOT NULL,
    object TEXT NOT NULL,
    at_us BIGINT NOT NULL,
    PRIMARY KEY (claim_id, seq)
);

ALTER TABLE clients ADD COLUMN role TEXT
    CONSTRAINT clients_role_known
        CHECK (role IN ('reviewer', 'approver', 'finance', 'auditor', 'operator'));

CREATE TABLE staff_roles (
    staff_id BYTEA NOT NULL,
    role TEXT NOT NULL,
    PRIMARY KEY (staff_id, role),
    CONSTRAINT staff_roles_staff FOREIGN KEY (staff_id) REFERENCES staff (id),
    CONSTRAINT staff_roles_known
        CHECK (role IN ('reviewer', 'approver', 'finance', 'auditor', 'operator'))
);
INSERT INTO staff_roles (staff_id, role) SELECT id, role FROM staff;

CREATE TABLE dealer_changes (
    id BYTEA NOT NULL PRIMARY KEY,
    dealer_id BYTEA NOT NULL,
    staff_id BYTEA,
    what TEXT NOT NULL,
    at_us BIGINT NOT NULL,
    CONSTRAINT dealer_changes_dealer FOREIGN KEY (dealer_id) REFERENCES dealers (id),
    CONSTRAINT dealer_changes_staff FOREIGN KEY (staff_id) REFERENCES staff (id)
);
CREATE INDEX dealer_changes_by_dealer ON dealer_changes (dealer_id, staff_id);

CREATE TABLE access_log (
    id BYTEA NOT NULL PRIMARY KEY,
    at_us BIGINT NOT NULL,
    staff_id BYTEA NOT NULL,
    claim_id BYTEA,
    what TEXT NOT NULL,
    why BYTEA NOT NULL
);
CREATE INDEX access_log_by_claim ON access_log (claim_id, at_us);
