DROP TABLE claim_persons_read;
DROP TABLE claim_persons;
DROP INDEX journal_by_claim;
DROP TABLE sessions;
-- SQLite drops no column that refers to another table.
CREATE TABLE dealer_changes_before (
    id BLOB NOT NULL PRIMARY KEY,
    dealer_id BLOB NOT NULL,
    staff_id BLOB,
    what TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    why TEXT,
    CONSTRAINT dealer_changes_dealer FOREIGN KEY (dealer_id) REFERENCES dealers (id),
    CONSTRAINT dealer_changes_staff FOREIGN KEY (staff_id) REFERENCES staff (id)
) STRICT;
INSERT INTO dealer_changes_before (id, dealer_id, staff_id, what, at_us, why)
    SELECT id, dealer_id, staff_id, what, at_us, why FROM dealer_changes
    WHERE staff_id IS NOT NULL;
DROP TABLE dealer_changes;
ALTER TABLE dealer_changes_before RENAME TO dealer_changes;
CREATE INDEX dealer_changes_by_dealer ON dealer_changes (dealer_id, staff_id);
DROP TABLE logins;
