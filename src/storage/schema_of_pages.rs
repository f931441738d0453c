//! The tables of the pages as diesel sees them, the same on both databases: people and their sessions,
//! uploads of dealers, whose claims are whose.
#![allow(missing_docs)]

use super::schema::{claims, dealer_changes, dealers, staff};

diesel::table! {
    logins (id) {
        id -> Binary,
        login -> Text,
        staff_id -> Nullable<Binary>,
        dealer_id -> Nullable<Binary>,
        password -> Nullable<Text>,
        totp -> Nullable<Binary>,
        totp_step -> BigInt,
        enrol_hash -> Nullable<Binary>,
        enrol_until_us -> Nullable<BigInt>,
        failures -> BigInt,
        locked_until_us -> Nullable<BigInt>,
        status -> Text,
        created_us -> BigInt,
    }
}

diesel::table! {
    sessions (token_hash) {
        token_hash -> Binary,
        login_id -> Binary,
        role -> Nullable<Text>,
        began_us -> BigInt,
        seen_us -> BigInt,
    }
}

diesel::table! {
    uploads (id) {
        id -> Binary,
        dealer_id -> Binary,
        login_id -> Binary,
        programme -> Text,
        name -> Binary,
        format -> Text,
        sha256 -> Binary,
        lines -> BigInt,
        filed -> BigInt,
        refused -> BigInt,
        defective -> BigInt,
        state -> Text,
        worker -> Nullable<Binary>,
        beat_us -> BigInt,
        created_us -> BigInt,
        ended_us -> Nullable<BigInt>,
    }
}

diesel::table! {
    upload_lines (upload_id, line) {
        upload_id -> Binary,
        line -> BigInt,
        state -> Text,
        sealed -> Binary,
        claim_id -> Nullable<Binary>,
        messages -> Nullable<Text>,
    }
}

diesel::table! {
    dealer_looks (id) {
        id -> Binary,
        at_us -> BigInt,
        login_id -> Binary,
        claim_id -> Binary,
        what -> Text,
    }
}

diesel::table! {
    claim_persons (person_hash, claim_id) { person_hash -> Binary, claim_id -> Binary, }
}

diesel::table! {
    claim_persons_read (pool_id) { pool_id -> Binary, seq -> BigInt, }
}

diesel::joinable!(sessions -> logins (login_id));
diesel::joinable!(logins -> dealers (dealer_id));
diesel::joinable!(dealer_looks -> logins (login_id));
diesel::joinable!(dealer_looks -> claims (claim_id));
diesel::allow_tables_to_appear_in_same_query!(logins, sessions);
diesel::joinable!(dealer_changes -> logins (login_id));
diesel::allow_tables_to_appear_in_same_query!(dealer_changes, logins);
diesel::allow_tables_to_appear_in_same_query!(staff, logins);
diesel::allow_tables_to_appear_in_same_query!(upload_lines, claims);
diesel::allow_tables_to_appear_in_same_query!(dealer_looks, logins, dealers, claims);
