DROP TABLE dealer_accounts;
DROP TABLE set_offs;
DROP TABLE paid_in;
DROP TABLE receivables;
DROP TABLE payout_lines;
DROP TABLE payout_batches;
