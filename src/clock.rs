//! The only place that reads time.

use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::domain::time::Timestamp;

/// The wall clock of this machine, UTC.
pub fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// Nanoseconds on a clock that never goes back, since the first call in this process.
pub fn monotonic_ns() -> u64 {
    u64::try_from(since_start().as_nanos()).unwrap_or(u64::MAX)
}

/// Time since the first call in this process.
pub fn since_start() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

/// A fresh identifier that sorts by the time of its making (UUIDv7).
pub fn new_uuid() -> uuid::Uuid {
    uuid::Uuid::now_v7()
}
