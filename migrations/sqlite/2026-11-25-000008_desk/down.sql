DROP TABLE withdrawn_claims;
DROP INDEX claims_waiting;
CREATE INDEX claims_waiting ON claims (pool_id, position) WHERE state = 'waiting';
DROP INDEX claims_ready;
DROP INDEX claims_in_review;
CREATE INDEX claims_in_review ON claims (review_us, id) WHERE state = 'in_review';
CREATE INDEX claims_ready ON claims (review_us, id) WHERE state = 'reserved' AND review_us IS NOT NULL;
DROP INDEX claims_on_desk;
