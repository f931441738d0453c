-- Tables of claims that dealers upload, and their lines. Nothing of them stands in the journal:
-- a line that is filed is a claim like any other.
CREATE TABLE uploads (
    id BYTEA NOT NULL PRIMARY KEY,
    dealer_id BYTEA NOT NULL,
    login_id BYTEA NOT NULL,
    programme TEXT NOT NULL,
    name BYTEA NOT NULL,
    format TEXT NOT NULL,
    sha256 BYTEA NOT NULL,
    lines BIGINT NOT NULL,
    filed BIGINT NOT NULL,
    refused BIGINT NOT NULL,
    defective BIGINT NOT NULL,
    state TEXT NOT NULL,
    worker BYTEA,
    beat_us BIGINT NOT NULL,
    created_us BIGINT NOT NULL,
    ended_us BIGINT,
    CONSTRAINT uploads_format_known CHECK (format IN ('xlsx', 'csv')),
    CONSTRAINT uploads_state_known CHECK (state IN ('running', 'ended')),
    CONSTRAINT uploads_ended_says_when CHECK ((state = 'ended') = (ended_us IS NOT NULL)),
    CONSTRAINT uploads_counts_fit CHECK (filed + refused + defective <= lines),
    CONSTRAINT uploads_dealer FOREIGN KEY (dealer_id) REFERENCES dealers (id),
    CONSTRAINT uploads_login FOREIGN KEY (login_id) REFERENCES logins (id)
);
CREATE INDEX uploads_by_dealer ON uploads (dealer_id, id);
CREATE INDEX uploads_running ON uploads (beat_us) WHERE state = 'running';
CREATE INDEX uploads_ended ON uploads (ended_us) WHERE state = 'ended';

CREATE TABLE upload_lines (
    upload_id BYTEA NOT NULL,
    line BIGINT NOT NULL,
    state TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    claim_id BYTEA,
    messages TEXT,
    PRIMARY KEY (upload_id, line),
    CONSTRAINT upload_lines_state_known
        CHECK (state IN ('waiting', 'filed', 'refused', 'defective')),
    CONSTRAINT upload_lines_upload FOREIGN KEY (upload_id) REFERENCES uploads (id)
);

-- When people of a dealer opened the content of one of its claims.
CREATE TABLE dealer_looks (
    id BYTEA NOT NULL PRIMARY KEY,
    at_us BIGINT NOT NULL,
    login_id BYTEA NOT NULL,
    claim_id BYTEA NOT NULL,
    what TEXT NOT NULL,
    CONSTRAINT dealer_looks_login FOREIGN KEY (login_id) REFERENCES logins (id)
);
