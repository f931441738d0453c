DROP TABLE bulk_claims;
DROP TABLE bulk_approvals;
DROP INDEX claims_recommended;
