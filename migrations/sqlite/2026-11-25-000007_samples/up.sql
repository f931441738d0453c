CREATE INDEX claims_recommended ON claims (pool_id, review_us, id) WHERE state = 'recommended';

CREATE TABLE bulk_approvals (
    id BLOB NOT NULL PRIMARY KEY,
    pool_id BLOB NOT NULL,
    state TEXT NOT NULL,
    most_claims INTEGER NOT NULL,
    most_amount INTEGER,
    staff_id BLOB NOT NULL,
    sealed BLOB NOT NULL,
    commitment BLOB NOT NULL,
    committed_us INTEGER NOT NULL,
    committed_seq INTEGER NOT NULL,
    seed BLOB,
    list_hash BLOB,
    drawn_us INTEGER,
    drawn_seq INTEGER,
    ended_us INTEGER,
    key_hash BLOB,
    CONSTRAINT bulk_approvals_state_known
        CHECK (state IN ('committed', 'drawn', 'approved', 'void')),
    CONSTRAINT bulk_approvals_commitment_once UNIQUE (commitment),
    CONSTRAINT bulk_approvals_key_once UNIQUE (key_hash),
    CONSTRAINT bulk_approvals_seed_told_with_the_list CHECK (
        (state = 'committed' AND seed IS NULL AND list_hash IS NULL AND drawn_seq IS NULL)
        OR (state <> 'committed' AND seed IS NOT NULL AND list_hash IS NOT NULL
            AND drawn_seq IS NOT NULL)
    )
) STRICT;
CREATE INDEX bulk_approvals_by_pool ON bulk_approvals (pool_id, state);

CREATE TABLE bulk_claims (
    bulk_id BLOB NOT NULL,
    line INTEGER NOT NULL,
    claim_id BLOB NOT NULL,
    commitment BLOB NOT NULL,
    revision INTEGER NOT NULL,
    sampled INTEGER NOT NULL,
    outcome TEXT,
    why TEXT,
    PRIMARY KEY (bulk_id, line),
    CONSTRAINT bulk_claims_claim_once UNIQUE (bulk_id, claim_id),
    CONSTRAINT bulk_claims_sampled_known CHECK (sampled IN (0, 1)),
    CONSTRAINT bulk_claims_outcome_known CHECK (outcome IN ('approved', 'skipped')),
    CONSTRAINT bulk_claims_sampled_apart CHECK (sampled = 0 OR outcome IS NULL),
    CONSTRAINT bulk_claims_bulk FOREIGN KEY (bulk_id) REFERENCES bulk_approvals (id)
) STRICT;
CREATE INDEX bulk_claims_by_claim ON bulk_claims (claim_id);
