ALTER TABLE dealer_changes ADD COLUMN why BYTEA;

CREATE INDEX claims_owed ON claims (pay_by_us, id) WHERE state = 'approved';
CREATE INDEX claims_paying ON claims (pay_by_us, id) WHERE state = 'paying';
CREATE INDEX claims_recommended_age ON claims (review_us, id) WHERE state = 'recommended';
CREATE INDEX claims_to_reject ON claims (review_us, id) WHERE state = 'rejection_proposed';
