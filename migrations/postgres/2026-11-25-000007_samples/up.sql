CREATE INDEX claims_recommended ON claims (pool_id, review_us, id) WHERE state = 'recommended';

CREATE TABLE bulk_approvals (
    id BYTEA NOT NULL PRIMARY KEY,
    pool_id BYTEA NOT NULL,
    state TEXT NOT NULL,
    most_claims BIGINT NOT NULL,
    most_amount BIGINT,
    staff_id BYTEA NOT NULL,
    sealed BYTEA NOT NULL,
    commitment BYTEA NOT NULL,
    committed_us BIGINT NOT NULL,
    committed_seq BIGINT NOT NULL,
    seed BYTEA,
    list_hash BYTEA,
    drawn_us BIGINT,
    drawn_seq BIGINT,
    ended_us BIGINT,
    key_hash BYTEA,
    CONSTRAINT bulk_approvals_state_known
        CHECK (state IN ('committed', 'drawn', 'approved', 'void')),
    CONSTRAINT bulk_approvals_commitment_once UNIQUE (commitment),
    CONSTRAINT bulk_approvals_key_once UNIQUE (key_hash),
    CONSTRAINT bulk_approvals_seed_told_with_the_list CHECK (
        (state = 'committed' AND seed IS NULL AND list_hash IS NULL AND drawn_seq IS NULL)
        OR (state <> 'committed' AND seed IS NOT NULL AND list_hash IS NOT NULL
            AND drawn_seq IS NOT NULL)
    )
);
CREATE INDEX bulk_approvals_by_pool ON bulk_approvals (pool_id, state);

CREATE TABLE bulk_claims (
    bulk_id BYTEA NOT NULL,
    line BIGINT NOT NULL,
    claim_id BYTEA NOT NULL,
    commitment BYTEA NOT NULL,
    revision BIGINT NOT NULL,
    sampled BIGINT NOT NULL,
    outcome TEXT,
    why TEXT,
    PRIMARY KEY (bulk_id, line),
    CONSTRAINT bulk_claims_claim_once UNIQUE (bulk_id, claim_id),
    CONSTRAINT bulk_claims_sampled_known CHECK (sampled IN (0, 1)),
    CONSTRAINT bulk_claims_outcome_known CHECK (outcome IN ('approved', 'skipped')),
    CONSTRAINT bulk_claims_sampled_apart CHECK (sampled = 0 OR outcome IS NULL),
    CONSTRAINT bulk_claims_bulk FOREIGN KEY (bulk_id) REFERENCES bulk_approvals (id)
);
CREATE INDEX bulk_claims_by_claim ON bulk_claims (claim_id);
