-- People who sign in to the pages, of the bureau and of dealers.
CREATE TABLE logins (
    id BLOB NOT NULL PRIMARY KEY,
    login TEXT NOT NULL,
    staff_id BLOB,
    dealer_id BLOB,
    password TEXT,
    totp BLOB,
    totp_step INTEGER NOT NULL,
    enrol_hash BLOB,
    enrol_until_us INTEGER,
    failures INTEGER NOT NULL,
    locked_until_us INTEGER,
    status TEXT NOT NULL,
    created_us INTEGER NOT NULL,
    CONSTRAINT logins_login_once UNIQUE (login),
    CONSTRAINT logins_enrol_once UNIQUE (enrol_hash),
    CONSTRAINT logins_status_known CHECK (status IN ('active', 'closed')),
    CONSTRAINT logins_one_owner CHECK ((dealer_id IS NULL) <> (staff_id IS NULL)),
    CONSTRAINT logins_enrol_ends CHECK ((enrol_hash IS NULL) = (enrol_until_us IS NULL)),
    CONSTRAINT logins_failures_not_negative CHECK (failures >= 0),
    CONSTRAINT logins_dealer FOREIGN KEY (dealer_id) REFERENCES dealers (id),
    CONSTRAINT logins_staff FOREIGN KEY (staff_id) REFERENCES staff (id)
) STRICT;
CREATE INDEX logins_by_dealer ON logins (dealer_id, id) WHERE dealer_id IS NOT NULL;

-- People of a dealer change their logins themselves.
ALTER TABLE dealer_changes ADD COLUMN login_id BLOB
    CONSTRAINT dealer_changes_login REFERENCES logins (id)
    CONSTRAINT dealer_changes_one_person CHECK ((login_id IS NULL) <> (staff_id IS NULL));

CREATE TABLE sessions (
    token_hash BLOB NOT NULL PRIMARY KEY,
    login_id BLOB NOT NULL,
    role TEXT,
    began_us INTEGER NOT NULL,
    seen_us INTEGER NOT NULL,
    CONSTRAINT sessions_login FOREIGN KEY (login_id) REFERENCES logins (id),
    CONSTRAINT sessions_role_known
        CHECK (role IN ('reviewer', 'approver', 'finance', 'auditor', 'operator'))
) STRICT;
CREATE INDEX sessions_by_login ON sessions (login_id);
CREATE INDEX sessions_seen ON sessions (seen_us);

-- What happened to a claim after its verdict, for its applicant. Only these rows are in it: the
-- entry of the verdict itself is told by the claim, so a click day pays nothing for this index.
CREATE INDEX journal_by_claim ON journal (claim_id, seq)
    WHERE kind NOT IN ('reserved', 'waiting', 'filed', 'refused');

-- Whose claims are whose, for who asks whether one was filed in his name. An index on claims would
-- be in random order and every claim would pay for it; this is filled from the journal in quiet
-- moments, and says up to which entry of each pool it has been.
CREATE TABLE claim_persons (
    person_hash BLOB NOT NULL,
    claim_id BLOB NOT NULL,
    PRIMARY KEY (person_hash, claim_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE claim_persons_read (
    pool_id BLOB NOT NULL PRIMARY KEY,
    seq INTEGER NOT NULL
) STRICT;
