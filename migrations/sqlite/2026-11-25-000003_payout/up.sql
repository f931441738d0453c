CREATE TABLE payout_batches (
    id BLOB NOT NULL PRIMARY KEY,
    pool_id BLOB NOT NULL,
    number INTEGER NOT NULL,
    state TEXT NOT NULL,
    lines INTEGER NOT NULL,
    gross INTEGER NOT NULL,
    set_off INTEGER NOT NULL,
    net INTEGER NOT NULL,
    hash BLOB NOT NULL,
    salt BLOB NOT NULL,
    sealed_by BLOB NOT NULL,
    sealed_us INTEGER NOT NULL,
    released_by BLOB,
    released_us INTEGER,
    discarded_by BLOB,
    discarded_us INTEGER,
    key_hash BLOB,
    fingerprint BLOB,
    answer TEXT,
    CONSTRAINT payout_batches_key_once UNIQUE (key_hash),
    CONSTRAINT payout_batches_number_once UNIQUE (pool_id, number),
    CONSTRAINT payout_batches_state_known CHECK (state IN ('sealed', 'released', 'discarded')),
    CONSTRAINT payout_batches_one_end CHECK (released_us IS NULL OR discarded_us IS NULL),
    CONSTRAINT payout_batches_two_persons CHECK (released_by <> sealed_by),
    CONSTRAINT payout_batches_sum CHECK (gross = set_off + net)
) STRICT;

CREATE TABLE payout_lines (
    end_to_end_id TEXT NOT NULL PRIMARY KEY,
    batch_id BLOB NOT NULL,
    line INTEGER NOT NULL,
    claim_id BLOB NOT NULL,
    attempt INTEGER NOT NULL,
    dealer_id BLOB NOT NULL,
    payee TEXT NOT NULL,
    debtor_hash BLOB NOT NULL,
    sealed BLOB NOT NULL,
    gross INTEGER NOT NULL,
    set_off INTEGER NOT NULL,
    net INTEGER NOT NULL,
    centre INTEGER NOT NULL,
    province INTEGER NOT NULL,
    zone INTEGER NOT NULL,
    local INTEGER NOT NULL,
    state TEXT NOT NULL,
    reason BLOB,
    outcome_us INTEGER,
    CONSTRAINT payout_lines_place_once UNIQUE (batch_id, line),
    CONSTRAINT payout_lines_attempt_once UNIQUE (claim_id, attempt),
    CONSTRAINT payout_lines_payee_known CHECK (payee IN ('dealer', 'consumer')),
    CONSTRAINT payout_lines_state_known CHECK (state IN ('pending', 'paid', 'returned', 'discarded')),
    CONSTRAINT payout_lines_sum CHECK (gross = set_off + net AND net >= 0 AND set_off >= 0),
    CONSTRAINT payout_lines_sources CHECK (gross = centre + province + zone + local)
) STRICT;
CREATE INDEX payout_lines_by_dealer ON payout_lines (dealer_id, batch_id);

CREATE TABLE receivables (
    id BLOB NOT NULL PRIMARY KEY,
    pool_id BLOB NOT NULL,
    claim_id BLOB NOT NULL,
    payee TEXT NOT NULL,
    dealer_id BLOB NOT NULL,
    debtor_hash BLOB NOT NULL,
    reason TEXT NOT NULL,
    amount INTEGER NOT NULL,
    settled INTEGER NOT NULL,
    pending INTEGER NOT NULL,
    raised_us INTEGER NOT NULL,
    CONSTRAINT receivables_payee_known CHECK (payee IN ('dealer', 'consumer')),
    CONSTRAINT receivables_bounds
        CHECK (settled >= 0 AND pending >= 0 AND settled + pending <= amount)
) STRICT;
CREATE INDEX receivables_open ON receivables (pool_id, debtor_hash) WHERE settled < amount;
CREATE INDEX receivables_by_claim ON receivables (claim_id);

CREATE TABLE paid_in (
    receivable_id BLOB NOT NULL,
    reference_hash BLOB NOT NULL,
    amount INTEGER NOT NULL,
    PRIMARY KEY (receivable_id, reference_hash),
    CONSTRAINT paid_in_positive CHECK (amount > 0)
) STRICT;

CREATE TABLE set_offs (
    end_to_end_id TEXT NOT NULL,
    receivable_id BLOB NOT NULL,
    amount INTEGER NOT NULL,
    PRIMARY KEY (end_to_end_id, receivable_id),
    CONSTRAINT set_offs_positive CHECK (amount > 0)
) STRICT;

CREATE TABLE dealer_accounts (
    id BLOB NOT NULL PRIMARY KEY,
    dealer_id BLOB NOT NULL,
    sealed BLOB NOT NULL,
    state TEXT NOT NULL,
    proposed_by BLOB,
    proposed_us INTEGER NOT NULL,
    confirmed_by BLOB,
    from_us INTEGER,
    CONSTRAINT dealer_accounts_dealer FOREIGN KEY (dealer_id) REFERENCES dealers (id),
    CONSTRAINT dealer_accounts_state_known CHECK (state IN ('proposed', 'confirmed', 'refused')),
    CONSTRAINT dealer_accounts_two_persons CHECK (confirmed_by <> proposed_by)
) STRICT;
CREATE INDEX dealer_accounts_by_dealer ON dealer_accounts (dealer_id, proposed_us);
