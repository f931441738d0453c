-- People who sign in to the pages, of the bureau and of dealers.
CREATE TABLE logins (
    id BYTEA NOT NULL PRIMARY KEY,
    login TEXT NOT NULL,
    staff_id BYTEA,
    dealer_id BYTEA,
    password TEXT,
    totp BYTEA,
    totp_step BIGINT NOT NULL,
    enrol_hash BYTEA,
    enrol_until_us BIGINT,
    failures BIGINT NOT NULL,
    locked_until_us BIGINT,
    status TEXT NOT NULL,
    created_us BIGINT NOT NULL,
    CONSTRAINT logins_login_once UNIQUE (login),
    CONSTRAINT logins_enrol_once UNIQUE (enrol_hash),
    CONSTRAINT logins_status_known CHECK (status IN ('active', 'closed')),
    CONSTRAINT logins_one_owner CHECK ((dealer_id IS NULL) <> (staff_id IS NULL)),
    CONSTRAINT logins_enrol_ends CHECK ((enrol_hash IS NULL) = (enrol_until_us IS NULL)),
    CONSTRAINT logins_failures_not_negative CHECK (failures >= 0),
    CONSTRAINT logins_dealer FOREIGN KEY (dealer_id) REFERENCES dealers (id),
    CONSTRAINT logins_staff FOREIGN KEY (staff_id) REFERENCES staff (id)
);
CREATE INDEX logins_by_dealer ON logins (dealer_id, id) WHERE dealer_id IS NOT NULL;

CREATE TABLE sessions (
    token_hash BYTEA NOT NULL PRIMARY KEY,
    login_id BYTEA NOT NULL,
    role TEXT,
    began_us BIGINT NOT NULL,
    seen_us BIGINT NOT NULL,
    CONSTRAINT sessions_login FOREIGN KEY (login_id) REFERENCES logins (id),
    CONSTRAINT sessions_role_known
        CHECK (role IN ('reviewer', 'approver', 'finance', 'auditor', 'operator'))
);
CREATE INDEX sessions_by_login ON sessions (login_id);
CREATE INDEX sessions_seen ON sessions (seen_us);
