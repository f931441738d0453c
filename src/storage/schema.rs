//! The tables as diesel sees them, the same on both databases.
#![allow(missing_docs)]

diesel::table! {
    catalogue (id) { id -> BigInt, version -> BigInt, }
}

diesel::table! {
    programme_versions (id) {
        id -> BigInt,
        programme -> Text,
        digest -> Text,
        effective_us -> BigInt,
        published_us -> BigInt,
        content -> Text,
        source -> Text,
    }
}

diesel::table! {
    pools (id) {
        id -> Binary,
        name -> Text,
        series -> Text,
        remainder -> Text,
        intake -> Text,
        allocation -> Text,
        payout -> Text,
        opens_us -> Nullable<BigInt>,
        closes_us -> Nullable<BigInt>,
        cap -> BigInt,
        free -> BigInt,
        reserved -> BigInt,
        committed -> BigInt,
        paid -> BigInt,
        disputes -> BigInt,
        waiting -> BigInt,
        next_ordinal -> BigInt,
        next_position -> BigInt,
        head_seq -> BigInt,
        head_us -> BigInt,
        head_hash -> Binary,
        created_us -> BigInt,
    }
}

diesel::table! {
    pool_programmes (programme) { programme -> Text, pool_id -> Binary, }
}

diesel::table! {
    dealers (id) {
        id -> Binary,
        uscc -> Text,
        name -> Text,
        status -> Text,
        created_us -> BigInt,
    }
}

diesel::table! {
    dealer_programmes (dealer_id, programme) { dealer_id -> Binary, programme -> Text, }
}

diesel::table! {
    staff (id) {
        id -> Binary,
        login -> Text,
        role -> Text,
        status -> Text,
        created_us -> BigInt,
    }
}

diesel::table! {
    clients (id) {
        id -> Binary,
        secret_hash -> Binary,
        dealer_id -> Nullable<Binary>,
        staff_id -> Nullable<Binary>,
        status -> Text,
        created_us -> BigInt,
        role -> Nullable<Text>,
    }
}

diesel::table! {
    claims (id) {
        id -> Binary,
        pool_id -> Binary,
        number -> Text,
        position -> Nullable<BigInt>,
        programme -> Text,
        version_id -> BigInt,
        dealer_id -> Binary,
        state -> Text,
        amount -> BigInt,
        sealed -> Binary,
        content_mac -> Binary,
        nonce -> Binary,
        person_hash -> Binary,
        keys -> Binary,
        reasons -> Text,
        warnings -> Text,
        submitted_us -> BigInt,
        held_us -> Nullable<BigInt>,
        changed_us -> BigInt,
        revision -> BigInt,
        invoice_due -> BigInt,
        deadline_us -> Nullable<BigInt>,
        review_us -> Nullable<BigInt>,
        lease_staff -> Nullable<Binary>,
        lease_until_us -> Nullable<BigInt>,
        rounds -> BigInt,
        apart -> BigInt,
        prepared_by -> Nullable<Binary>,
        approved_by -> Nullable<Binary>,
        approval_seq -> Nullable<BigInt>,
        approved_us -> Nullable<BigInt>,
        pay_by_us -> Nullable<BigInt>,
    }
}

diesel::table! {
    claim_past (claim_id, revision) {
        claim_id -> Binary,
        revision -> BigInt,
        amount -> BigInt,
        sealed -> Binary,
        content_mac -> Binary,
        person_hash -> Binary,
        keys -> Binary,
        warnings -> Text,
    }
}

diesel::table! {
    withdrawn_claims (claim_id) {
        claim_id -> Binary,
        state -> Text,
        deadline_us -> Nullable<BigInt>,
    }
}

diesel::table! {
    claim_notes (claim_id, seq) {
        claim_id -> Binary,
        seq -> BigInt,
        kind -> Text,
        staff_id -> Nullable<Binary>,
        at_us -> BigInt,
        sealed -> Binary,
    }
}

diesel::table! {
    papers (claim_id, seq) {
        claim_id -> Binary,
        seq -> BigInt,
        paper -> Text,
        media -> Text,
        bytes -> BigInt,
        sha256 -> Binary,
        object -> Text,
        at_us -> BigInt,
    }
}

diesel::table! {
    staff_roles (staff_id, role) { staff_id -> Binary, role -> Text, }
}

diesel::table! {
    dealer_changes (id) {
        id -> Binary,
        dealer_id -> Binary,
        staff_id -> Nullable<Binary>,
        what -> Text,
        at_us -> BigInt,
        why -> Nullable<Binary>,
        login_id -> Nullable<Binary>,
    }
}

diesel::table! {
    access_log (id) {
        id -> Binary,
        at_us -> BigInt,
        staff_id -> Binary,
        claim_id -> Nullable<Binary>,
        what -> Text,
        why -> Binary,
    }
}

diesel::table! {
    payout_batches (id) {
        id -> Binary,
        pool_id -> Binary,
        number -> BigInt,
        state -> Text,
        lines -> BigInt,
        gross -> BigInt,
        set_off -> BigInt,
        net -> BigInt,
        hash -> Binary,
        salt -> Binary,
        sealed_by -> Binary,
        sealed_us -> BigInt,
        released_by -> Nullable<Binary>,
        released_us -> Nullable<BigInt>,
        discarded_by -> Nullable<Binary>,
        discarded_us -> Nullable<BigInt>,
        key_hash -> Nullable<Binary>,
        fingerprint -> Nullable<Binary>,
        answer -> Nullable<Text>,
    }
}

diesel::table! {
    payout_lines (end_to_end_id) {
        end_to_end_id -> Text,
        batch_id -> Binary,
        line -> BigInt,
        claim_id -> Binary,
        attempt -> BigInt,
        dealer_id -> Binary,
        payee -> Text,
        debtor_hash -> Binary,
        sealed -> Binary,
        gross -> BigInt,
        set_off -> BigInt,
        net -> BigInt,
        centre -> BigInt,
        province -> BigInt,
        zone -> BigInt,
        local -> BigInt,
        state -> Text,
        reason -> Nullable<Binary>,
        outcome_us -> Nullable<BigInt>,
    }
}

diesel::table! {
    receivables (id) {
        id -> Binary,
        pool_id -> Binary,
        claim_id -> Binary,
        payee -> Text,
        dealer_id -> Binary,
        debtor_hash -> Binary,
        reason -> Text,
        amount -> BigInt,
        settled -> BigInt,
        pending -> BigInt,
        raised_us -> BigInt,
    }
}

diesel::table! {
    paid_in (receivable_id, reference_hash) {
        receivable_id -> Binary,
        reference_hash -> Binary,
        amount -> BigInt,
    }
}

diesel::table! {
    set_offs (end_to_end_id, receivable_id) {
        end_to_end_id -> Text,
        receivable_id -> Binary,
        amount -> BigInt,
    }
}

diesel::table! {
    dealer_accounts (id) {
        id -> Binary,
        dealer_id -> Binary,
        sealed -> Binary,
        state -> Text,
        proposed_by -> Nullable<Binary>,
        proposed_us -> BigInt,
        confirmed_by -> Nullable<Binary>,
        from_us -> Nullable<BigInt>,
    }
}

diesel::table! {
    proposals (id) {
        id -> Binary,
        kind -> Text,
        subject -> Text,
        payload -> Text,
        digest -> Text,
        proposed_by -> Nullable<Binary>,
        proposed_us -> BigInt,
        state -> Text,
        decided_by -> Nullable<Binary>,
        decided_us -> Nullable<BigInt>,
        why -> Nullable<Text>,
        key_hash -> Nullable<Binary>,
    }
}

diesel::table! {
    bulk_approvals (id) {
        id -> Binary,
        pool_id -> Binary,
        state -> Text,
        most_claims -> BigInt,
        most_amount -> Nullable<BigInt>,
        staff_id -> Binary,
        sealed -> Binary,
        commitment -> Binary,
        committed_us -> BigInt,
        committed_seq -> BigInt,
        seed -> Nullable<Binary>,
        list_hash -> Nullable<Binary>,
        drawn_us -> Nullable<BigInt>,
        drawn_seq -> Nullable<BigInt>,
        ended_us -> Nullable<BigInt>,
        key_hash -> Nullable<Binary>,
    }
}

diesel::table! {
    bulk_claims (bulk_id, line) {
        bulk_id -> Binary,
        line -> BigInt,
        claim_id -> Binary,
        commitment -> Binary,
        revision -> BigInt,
        sampled -> BigInt,
        outcome -> Nullable<Text>,
        why -> Nullable<Text>,
    }
}

diesel::table! {
    claim_keys (key_hash, ordinal) {
        key_hash -> Binary,
        ordinal -> BigInt,
        claim_id -> Binary,
        kind -> Text,
    }
}

diesel::table! {
    claim_keys_cold (key_hash, ordinal) {
        key_hash -> Binary,
        ordinal -> BigInt,
        claim_id -> Binary,
        kind -> Text,
    }
}

diesel::table! {
    key_moves (generation) {
        generation -> BigInt,
        total -> BigInt,
        prefixes -> Binary,
    }
}

diesel::table! {
    claim_flags (claim_id, code, detail) {
        claim_id -> Binary,
        code -> Text,
        detail -> Text,
        raised_us -> BigInt,
    }
}

diesel::table! {
    dealer_usage (pool_id, dealer_id) {
        pool_id -> Binary,
        dealer_id -> Binary,
        held -> BigInt,
    }
}

diesel::table! {
    answers (claim_id) {
        claim_id -> Binary,
        key_hash -> Binary,
        fingerprint -> Binary,
        body -> Text,
        mac -> Binary,
    }
}

diesel::table! {
    journal (pool_id, seq) {
        pool_id -> Binary,
        seq -> BigInt,
        at_us -> BigInt,
        kind -> Text,
        actor -> Text,
        claim_id -> Nullable<Binary>,
        commitment -> Nullable<Binary>,
        position -> Nullable<BigInt>,
        amount -> BigInt,
        detail -> Nullable<Text>,
        from_bucket -> Nullable<Text>,
        to_bucket -> Nullable<Text>,
        private -> Nullable<Text>,
        private_hash -> Binary,
        prev_hash -> Binary,
        hash -> Binary,
    }
}

diesel::table! {
    award_imports (id) {
        id -> Binary,
        file_digest -> Binary,
        lines -> BigInt,
        imported_us -> BigInt,
    }
}

diesel::table! {
    awards (person_hash, vin_hash, kind, awarded_on) {
        person_hash -> Binary,
        vin_hash -> Binary,
        kind -> Text,
        awarded_on -> Text,
        import_id -> Binary,
    }
}

diesel::table! {
    webhook_endpoints (id) {
        id -> Binary,
        dealer_id -> Binary,
        url -> Binary,
        secret -> Binary,
        old_secret -> Nullable<Binary>,
        old_until_us -> Nullable<BigInt>,
        types -> Text,
        state -> Text,
        disabled_why -> Nullable<Text>,
        failing_since_us -> Nullable<BigInt>,
        tried_us -> BigInt,
        created_us -> BigInt,
    }
}

diesel::table! {
    webhook_cursors (endpoint_id, pool_id) {
        endpoint_id -> Binary,
        pool_id -> Binary,
        seq -> BigInt,
    }
}

diesel::table! {
    webhook_deliveries (endpoint_id, pool_id, seq) {
        endpoint_id -> Binary,
        pool_id -> Binary,
        seq -> BigInt,
        claim_id -> Binary,
        state -> Text,
        attempts -> BigInt,
        next_us -> BigInt,
        status -> Nullable<BigInt>,
        failure -> Nullable<Text>,
        made_us -> BigInt,
        ended_us -> Nullable<BigInt>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(claims, awards);
diesel::allow_tables_to_appear_in_same_query!(claim_keys, claims);
diesel::allow_tables_to_appear_in_same_query!(claim_keys, answers);
diesel::allow_tables_to_appear_in_same_query!(claim_keys_cold, claims);
diesel::allow_tables_to_appear_in_same_query!(claim_keys_cold, answers);
diesel::allow_tables_to_appear_in_same_query!(awards, award_imports);
diesel::joinable!(clients -> staff (staff_id));
diesel::joinable!(dealer_changes -> staff (staff_id));
diesel::allow_tables_to_appear_in_same_query!(clients, staff, dealer_changes);
diesel::joinable!(payout_lines -> payout_batches (batch_id));
diesel::joinable!(payout_lines -> claims (claim_id));
diesel::allow_tables_to_appear_in_same_query!(payout_lines, payout_batches, claims);
diesel::allow_tables_to_appear_in_same_query!(journal, claims);
diesel::allow_tables_to_appear_in_same_query!(webhook_endpoints, webhook_cursors, pools);
diesel::allow_tables_to_appear_in_same_query!(webhook_endpoints, webhook_deliveries);
diesel::joinable!(bulk_claims -> bulk_approvals (bulk_id));
diesel::joinable!(bulk_claims -> claims (claim_id));
diesel::allow_tables_to_appear_in_same_query!(bulk_claims, bulk_approvals);
diesel::allow_tables_to_appear_in_same_query!(bulk_claims, claims);
diesel::allow_tables_to_appear_in_same_query!(dealer_accounts, dealers);
diesel::joinable!(staff_roles -> staff (staff_id));
diesel::allow_tables_to_appear_in_same_query!(staff_roles, staff);
