//! Webhooks after the Standard Webhooks specification 1.0.0 (standardwebhooks.com): what is
//! sent, how it is signed, which addresses may be called, one delivery, and when the next one
//! is due. Who is called about what, and what is kept of it, is not decided here.

pub mod address;
pub mod outbound;
pub mod payload;
pub mod schedule;
pub mod sender;
pub mod signature;
pub mod target;
