CREATE TABLE webhook_endpoints (
    id BLOB NOT NULL PRIMARY KEY,
    dealer_id BLOB NOT NULL,
    url BLOB NOT NULL,
    secret BLOB NOT NULL,
    old_secret BLOB,
    old_until_us INTEGER,
    types TEXT NOT NULL,
    state TEXT NOT NULL,
    disabled_why TEXT,
    failing_since_us INTEGER,
    tried_us INTEGER NOT NULL,
    created_us INTEGER NOT NULL,
    CONSTRAINT webhook_endpoints_dealer FOREIGN KEY (dealer_id) REFERENCES dealers (id),
    CONSTRAINT webhook_endpoints_state_known CHECK (state IN ('active', 'disabled')),
    CONSTRAINT webhook_endpoints_why_disabled
        CHECK ((state = 'disabled') = (disabled_why IS NOT NULL)),
    CONSTRAINT webhook_endpoints_old_secret_ends
        CHECK ((old_secret IS NULL) = (old_until_us IS NULL))
) STRICT;
CREATE INDEX webhook_endpoints_by_dealer ON webhook_endpoints (dealer_id, id);

CREATE TABLE webhook_cursors (
    endpoint_id BLOB NOT NULL,
    pool_id BLOB NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (endpoint_id, pool_id),
    CONSTRAINT webhook_cursors_endpoint
        FOREIGN KEY (endpoint_id) REFERENCES webhook_endpoints (id),
    CONSTRAINT webhook_cursors_not_negative CHECK (seq >= 0)
) STRICT;

CREATE TABLE webhook_deliveries (
    endpoint_id BLOB NOT NULL,
    pool_id BLOB NOT NULL,
    seq INTEGER NOT NULL,
    claim_id BLOB NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    next_us INTEGER NOT NULL,
    status INTEGER,
    failure TEXT,
    made_us INTEGER NOT NULL,
    ended_us INTEGER,
    PRIMARY KEY (endpoint_id, pool_id, seq),
    CONSTRAINT webhook_deliveries_endpoint
        FOREIGN KEY (endpoint_id) REFERENCES webhook_endpoints (id),
    CONSTRAINT webhook_deliveries_state_known
        CHECK (state IN ('pending', 'accepted', 'given_up')),
    CONSTRAINT webhook_deliveries_end
        CHECK ((state = 'pending') = (ended_us IS NULL))
) STRICT;
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (endpoint_id, next_us)
    WHERE state = 'pending';
CREATE INDEX webhook_deliveries_in_order ON webhook_deliveries (endpoint_id, claim_id, seq)
    WHERE state = 'pending';
CREATE INDEX webhook_deliveries_listed ON webhook_deliveries (endpoint_id, made_us);
CREATE INDEX webhook_deliveries_ended ON webhook_deliveries (ended_us)
    WHERE ended_us IS NOT NULL;
