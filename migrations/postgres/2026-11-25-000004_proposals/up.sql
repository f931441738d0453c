CREATE TABLE proposals (
    id BYTEA NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    payload TEXT NOT NULL,
    digest TEXT NOT NULL,
    proposed_by BYTEA,
    proposed_us BIGINT NOT NULL,
    state TEXT NOT NULL,
    decided_by BYTEA,
    decided_us BIGINT,
    why TEXT,
    key_hash BYTEA,
    CONSTRAINT proposals_kind_known
        CHECK (kind IN ('top_up', 'transfer', 'set_aside', 'release_aside', 'pack')),
    CONSTRAINT proposals_state_known CHECK (state IN ('proposed', 'done', 'refused')),
    CONSTRAINT proposals_two_persons CHECK (decided_by <> proposed_by),
    CONSTRAINT proposals_key_once UNIQUE (key_hash),
    CONSTRAINT proposals_decided CHECK ((state = 'proposed') = (decided_us IS NULL))
);
CREATE INDEX proposals_by_state ON proposals (state, id);
