-- How many wait in each stretch of 512 places of a pool's line, and for how much, in fen: what
-- stands before a place is told from few rows, however long the line is.
CREATE TABLE waiting_stretches (
    pool_id BYTEA NOT NULL,
    stretch BIGINT NOT NULL,
    claims BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    PRIMARY KEY (pool_id, stretch),
    CONSTRAINT waiting_stretches_bounds CHECK (claims >= 0 AND amount >= 0)
);
INSERT INTO waiting_stretches (pool_id, stretch, claims, amount)
    SELECT pool_id, position / 512, count(*), sum(amount)::BIGINT FROM claims
    WHERE state = 'waiting' GROUP BY pool_id, position / 512;
