//! The tables of screening as diesel sees them, the same on both databases.
#![allow(missing_docs)]

diesel::table! {
    screened_claims (claim_id) {
        claim_id -> Binary,
        dealer_id -> Binary,
        programme -> Text,
        person_hash -> Binary,
        telephone_hash -> Binary,
        account_hash -> Binary,
        goods_hash -> Binary,
        price -> Nullable<BigInt>,
        filed_us -> BigInt,
    }
}

diesel::table! {
    screening_days (dealer_id, day) {
        dealer_id -> Binary,
        day -> BigInt,
        claims -> BigInt,
        night -> BigInt,
    }
}

diesel::table! {
    screening_findings (claim_id, rule, basis) {
        claim_id -> Binary,
        rule -> Text,
        basis -> Binary,
        weight -> Text,
        reason_zh -> Text,
        reason_en -> Text,
        found_us -> BigInt,
    }
}

diesel::table! {
    screening_read (pool_id) { pool_id -> Binary, seq -> BigInt, }
}

diesel::table! {
    screening_turn (id) { id -> BigInt, turns -> BigInt, }
}

diesel::table! {
    voided_invoices (key_hash) { key_hash -> Binary, voided_on -> Text, }
}

diesel::table! {
    voided_imports (file_digest) {
        file_digest -> Binary,
        lines -> BigInt,
        staff_id -> Nullable<Binary>,
        imported_us -> BigInt,
    }
}
