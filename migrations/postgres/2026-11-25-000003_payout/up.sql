CREATE TABLE payout_batches (
    id BYTEA NOT NULL PRIMARY KEY,
    pool_id BYTEA NOT NULL,
    number BIGINT NOT NULL,
    state TEXT NOT NULL,
    lines BIGINT NOT NULL,
    gross BIGINT NOT NULL,
    set_off BIGINT NOT NULL,
    net BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    salt BYTEA NOT NULL,
    sealed_by BYTEA NOT NULL,
    sealed_us BIGINT NOT NULL,
    released_by BYTEA,
    released_us BIGINT,
    discarded_by BYTEA,
    discarded_us BIGINT,
    key_hash BYTEA,
    fingerprint BYTEA,
    answer TEXT,
    CONSTRAINT payout_batches_key_once UNIQUE (key_hash),
    CONSTRAINT payout_batches_number_once UNIQUE (pool_id, number),
    CONSTRAINT payout_batches_state_known CHECK (state IN ('sealed', 'released', 'discarded')),
    CONSTRAINT payout_batches_one_end CHECK (released_us IS NULL OR discarded_us IS NULL),
    CONSTRAINT payout_batches_two_persons CHECK (released_by <> sealed_by),
    CONSTRAINT payout_batches_sum CHECK (gross = set_off + net)
);

CREATE TABLE payout_lines (
    end_to_end_id TEXT NOT NULL PRIMARY KEY,
    batch_id BYTEA NOT NULL,
    line BIGINT NOT NULL,
    claim_id BYTEA NOT NULL,
    attempt BIGINT NOT NULL,
    dealer_id BYTEA NOT NULL,
    payee TEXT NOT NULL,
    debtor_hash BYTEA NOT NULL,
    sealed BYTEA NOT NULL,
    gross BIGINT NOT NULL,
    set_off BIGINT NOT NULL,
    net BIGINT NOT NULL,
    centre BIGINT NOT NULL,
    province BIGINT NOT NULL,
    zone BIGINT NOT NULL,
    local BIGINT NOT NULL,
    state TEXT NOT NULL,
    reason BYTEA,
    outcome_us BIGINT,
    CONSTRAINT payout_lines_place_once UNIQUE (batch_id, line),
    CONSTRAINT payout_lines_attempt_once UNIQUE (claim_id, attempt),
    CONSTRAINT payout_lines_payee_known CHECK (payee IN ('dealer', 'consumer')),
    CONSTRAINT payout_lines_state_known CHECK (state IN ('pending', 'paid', 'returned', 'discarded')),
    CONSTRAINT payout_lines_sum CHECK (gross = set_off + net AND net >= 0 AND set_off >= 0),
    CONSTRAINT payout_lines_sources CHECK (gross = centre + province + zone + local)
);
CREATE INDEX payout_lines_by_dealer ON payout_lines (dealer_id, batch_id);

CREATE TABLE receivables (
    id BYTEA NOT NULL PRIMARY KEY,
    pool_id BYTEA NOT NULL,
    claim_id BYTEA NOT NULL,
    payee TEXT NOT NULL,
    dealer_id BYTEA NOT NULL,
    debtor_hash BYTEA NOT NULL,
    reason TEXT NOT NULL,
    amount BIGINT NOT NULL,
    settled BIGINT NOT NULL,
    pending BIGINT NOT NULL,
    raised_us BIGINT NOT NULL,
    CONSTRAINT receivables_payee_known CHECK (payee IN ('dealer', 'consumer')),
    CONSTRAINT receivables_bounds
        CHECK (settled >= 0 AND pending >= 0 AND settled + pending <= amount)
);
CREATE INDEX receivables_open ON receivables (pool_id, debtor_hash) WHERE settled < amount;
CREATE INDEX receivables_by_claim ON receivables (claim_id);

CREATE TABLE paid_in (
    receivable_id BYTEA NOT NULL,
    reference_hash BYTEA NOT NULL,
    amount BIGINT NOT NULL,
    PRIMARY KEY (receivable_id, reference_hash),
    CONSTRAINT paid_in_positive CHECK (amount > 0)
);

CREATE TABLE set_offs (
    end_to_end_id TEXT NOT NULL,
    receivable_id BYTEA NOT NULL,
    amount BIGINT NOT NULL,
    PRIMARY KEY (end_to_end_id, receivable_id),
    CONSTRAINT set_offs_positive CHECK (amount > 0)
);

CREATE TABLE dealer_accounts (
    id BYTEA NOT NULL PRIMARY KEY,
    dealer_id BYTEA NOT NULL,
    sealed BYTEA NOT NULL,
    state TEXT NOT NULL,
    proposed_by BYTEA,
    proposed_us BIGINT NOT NULL,
    confirmed_by BYTEA,
    from_us BIGINT,
    CONSTRAINT dealer_accounts_dealer FOREIGN KEY (dealer_id) REFERENCES dealers (id),
    CONSTRAINT dealer_accounts_state_known CHECK (state IN ('proposed', 'confirmed', 'refused')),
    CONSTRAINT dealer_accounts_two_persons CHECK (confirmed_by <> proposed_by)
);
CREATE INDEX dealer_accounts_by_dealer ON dealer_accounts (dealer_id, proposed_us);
