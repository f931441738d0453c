-- Who has which claim on his desk.
CREATE INDEX claims_on_desk ON claims (lease_staff) WHERE lease_staff IS NOT NULL;

-- The queue of review takes the oldest claim that nothing keeps apart. The column leads the
-- index and is no condition of it, because what is late is counted with those kept apart.
DROP INDEX claims_in_review;
DROP INDEX claims_ready;
CREATE INDEX claims_in_review ON claims (apart, review_us, id) WHERE state = 'in_review';
CREATE INDEX claims_ready ON claims (apart, review_us, id)
    WHERE state = 'reserved' AND review_us IS NOT NULL;

-- Who waits for more than is free is passed over without reading his claim.
DROP INDEX claims_waiting;
CREATE INDEX claims_waiting ON claims (pool_id, position, amount) WHERE state = 'waiting';

-- What a withdrawn claim was: taken back, it is that again.
CREATE TABLE withdrawn_claims (
    claim_id BLOB NOT NULL PRIMARY KEY,
    state TEXT NOT NULL,
    deadline_us INTEGER
) STRICT;
