-- Who waits for more than is free is passed over without reading his claim.
DROP INDEX claims_waiting;
CREATE INDEX claims_waiting ON claims (pool_id, position, amount) WHERE state = 'waiting';
