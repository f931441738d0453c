DROP TABLE claim_persons_read;
DROP TABLE claim_persons;
DROP INDEX journal_by_claim;
DROP TABLE sessions;
DROP TABLE logins;
