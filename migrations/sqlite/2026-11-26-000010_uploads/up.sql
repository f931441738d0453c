-- Tables of claims that dealers upload, and their lines. Nothing of them stands in the journal:
-- a line that is filed is a claim like any other.
CREATE TABLE uploads (
    id BLOB NOT NULL PRIMARY KEY,
    dealer_id BLOB NOT NULL,
    login_id BLOB NOT NULL,
    programme TEXT NOT NULL,
    name BLOB NOT NULL,
    format TEXT NOT NULL,
    sha256 BLOB NOT NULL,
    lines INTEGER NOT NULL,
    filed INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    defective INTEGER NOT NULL,
    state TEXT NOT NULL,
    worker BLOB,
    beat_us INTEGER NOT NULL,
    created_us INTEGER NOT NULL,
    ended_us INTEGER,
    CONSTRAINT uploads_format_known CHECK (format IN ('xlsx', 'csv')),
    CONSTRAINT uploads_state_known CHECK (state IN ('running', 'ended')),
    CONSTRAINT uploads_ended_says_when CHECK ((state = 'ended') = (ended_us IS NOT NULL)),
    CONSTRAINT uploads_counts_fit CHECK (filed + refused + defective <= lines),
    CONSTRAINT uploads_dealer FOREIGN KEY (dealer_id) REFERENCES dealers (id),
    CONSTRAINT uploads_login FOREIGN KEY (login_id) REFERENCES logins (id)
) STRICT;
CREATE INDEX uploads_by_dealer ON uploads (dealer_id, id);
CREATE INDEX uploads_running ON uploads (beat_us) WHERE state = 'running';
CREATE INDEX uploads_ended ON uploads (ended_us) WHERE state = 'ended';

CREATE TABLE upload_lines (
    upload_id BLOB NOT NULL,
    line INTEGER NOT NULL,
    state TEXT NOT NULL,
    sealed BLOB NOT NULL,
    claim_id BLOB,
    messages TEXT,
    PRIMARY KEY (upload_id, line),
    CONSTRAINT upload_lines_state_known
        CHECK (state IN ('waiting', 'filed', 'refused', 'defective')),
    CONSTRAINT upload_lines_upload FOREIGN KEY (upload_id) REFERENCES uploads (id)
) STRICT;

-- When people of a dealer opened the content of one of its claims.
CREATE TABLE dealer_looks (
    id BLOB NOT NULL PRIMARY KEY,
    at_us INTEGER NOT NULL,
    login_id BLOB NOT NULL,
    claim_id BLOB NOT NULL,
    what TEXT NOT NULL,
    CONSTRAINT dealer_looks_login FOREIGN KEY (login_id) REFERENCES logins (id)
) STRICT;
