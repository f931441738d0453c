//! The tables beside the claims of dealers as diesel sees them, the same on both databases.
#![allow(missing_docs)]

use super::schema::claims;

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

diesel::allow_tables_to_appear_in_same_query!(upload_lines, claims);
