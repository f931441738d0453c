-- What screening compares claims by, copied from their sealed content behind admission: keyed
-- hashes and prices.
CREATE TABLE screened_claims (
    claim_id BLOB NOT NULL PRIMARY KEY,
    dealer_id BLOB NOT NULL,
    programme TEXT NOT NULL,
    person_hash BLOB NOT NULL,
    telephone_hash BLOB NOT NULL,
    account_hash BLOB NOT NULL,
    goods_hash BLOB NOT NULL,
    price INTEGER,
    filed_us INTEGER NOT NULL
) STRICT;
CREATE INDEX screened_by_telephone ON screened_claims (telephone_hash);
CREATE INDEX screened_by_account ON screened_claims (account_hash);
CREATE INDEX screened_by_dealer ON screened_claims (dealer_id, filed_us);
CREATE INDEX screened_by_goods ON screened_claims (goods_hash, filed_us);
CREATE INDEX screened_by_price ON screened_claims (programme, price);

-- What each dealer filed on each day of Beijing, and how much of it at night by hand.
CREATE TABLE screening_days (
    dealer_id BLOB NOT NULL,
    day INTEGER NOT NULL,
    claims INTEGER NOT NULL,
    night INTEGER NOT NULL,
    PRIMARY KEY (dealer_id, day),
    CONSTRAINT screening_days_night_within CHECK (night <= claims)
) STRICT;
CREATE INDEX screening_days_by_day ON screening_days (day);

-- What was found, once for each claim, rule and what it is about: what somebody cleared is not
-- found again.
CREATE TABLE screening_findings (
    claim_id BLOB NOT NULL,
    rule TEXT NOT NULL,
    basis BLOB NOT NULL,
    weight TEXT NOT NULL,
    reason_zh TEXT NOT NULL,
    reason_en TEXT NOT NULL,
    found_us INTEGER NOT NULL,
    PRIMARY KEY (claim_id, rule, basis),
    CONSTRAINT screening_findings_weight_known CHECK (weight IN ('note', 'hold'))
) STRICT;

-- Up to which entry of each pool's journal claims are screened.
CREATE TABLE screening_read (
    pool_id BLOB NOT NULL PRIMARY KEY,
    seq INTEGER NOT NULL
) STRICT;

-- One row: whoever screens locks it, so that each claim is compared with all before it.
CREATE TABLE screening_turn (
    id INTEGER NOT NULL PRIMARY KEY,
    turns INTEGER NOT NULL
) STRICT;
INSERT INTO screening_turn (id, turns) VALUES (1, 0);

-- Invoices that were voided, by the same hash as claims hold them, and the files that told it.
CREATE TABLE voided_invoices (
    key_hash BLOB NOT NULL PRIMARY KEY,
    voided_on TEXT NOT NULL
) STRICT;
CREATE TABLE voided_imports (
    file_digest BLOB NOT NULL PRIMARY KEY,
    lines INTEGER NOT NULL,
    staff_id BLOB,
    imported_us INTEGER NOT NULL
) STRICT;
