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
