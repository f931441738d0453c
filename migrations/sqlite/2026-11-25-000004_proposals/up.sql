CREATE TABLE proposals (
    id BLOB NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    payload TEXT NOT NULL,
    digest TEXT NOT NULL,
    proposed_by BLOB,
    proposed_us INTEGER NOT NULL,
    state TEXT NOT NULL,
    decided_by BLOB,
    decided_us INTEGER,
    why TEXT,
    key_hash BLOB,
    CONSTRAINT proposals_kind_known
        CHECK (kind IN ('top_up', 'transfer', 'set_aside', 'release_aside', 'pack')),
    CONSTRAINT proposals_state_known CHECK (state IN ('proposed', 'done', 'refused')),
    CONSTRAINT proposals_two_persons CHECK (decided_by <> proposed_by),
    CONSTRAINT proposals_key_once UNIQUE (key_hash),
    CONSTRAINT proposals_decided CHECK ((state = 'proposed') = (decided_us IS NULL))
) STRICT;
CREATE INDEX proposals_by_state ON proposals (state, id);
