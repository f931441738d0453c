DROP TABLE voided_imports;
DROP TABLE voided_invoices;
DROP TABLE screening_turn;
DROP TABLE screening_read;
DROP TABLE screening_findings;
DROP TABLE screening_days;
DROP TABLE screened_claims;
