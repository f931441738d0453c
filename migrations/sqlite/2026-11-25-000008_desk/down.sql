DROP INDEX claims_waiting;
CREATE INDEX claims_waiting ON claims (pool_id, position) WHERE state = 'waiting';
