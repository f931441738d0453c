DROP TABLE claim_persons_read;
DROP TABLE claim_persons;
DROP INDEX journal_by_claim;
DROP TABLE sessions;
ALTER TABLE dealer_changes DROP COLUMN login_id;
DELETE FROM dealer_changes WHERE staff_id IS NULL;
DROP TABLE logins;
