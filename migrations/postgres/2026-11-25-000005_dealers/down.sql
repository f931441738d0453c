DROP INDEX claims_to_reject;
DROP INDEX claims_recommended_age;
DROP INDEX claims_paying;
DROP INDEX claims_owed;
ALTER TABLE dealer_changes DROP COLUMN why;
