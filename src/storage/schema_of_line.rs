//! The table of who waits, see [`super::waiting_line`].

diesel::table! {
    waiting_stretches (pool_id, stretch) {
        pool_id -> Binary,
        stretch -> BigInt,
        claims -> BigInt,
        amount -> BigInt,
    }
}
