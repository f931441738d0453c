//! Well-formed, eligible claims.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};
use tradein::rehearse::Profile;
use tradein::rehearse::generate::Generator;

/// The credit code of the dealer in the contract's example.
pub const SELLER: &str = "91419001MA0000001N";

/// A claim of a shipped programme that no other claim of this test program resembles: it passes
/// every rule when the dealer with [`SELLER`] files it.
pub fn claim(programme: &str) -> Value {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    claim_number(programme, COUNTER.fetch_add(1, Ordering::Relaxed))
}

/// The same claim for the same number.
pub fn claim_number(programme: &str, number: u64) -> Value {
    let profile = Profile::of(programme)
        .unwrap_or_else(|| panic!("no claims are known for programme {programme}"));
    let body = Generator::new(profile, 0).body(number, SELLER);
    serde_json::from_str(&body).unwrap()
}

/// The claim with the value at a JSON pointer replaced, made, or (by `null`) taken away.
#[must_use]
pub fn with(mut claim: Value, pointer: &str, value: Value) -> Value {
    let (parent, key) = pointer.rsplit_once('/').expect("a JSON pointer");
    let parent = claim
        .pointer_mut(parent)
        .and_then(Value::as_object_mut)
        .unwrap_or_else(|| panic!("no object holds {pointer}"));
    if value.is_null() {
        parent.remove(key);
    } else {
        parent.insert(key.to_owned(), value);
    }
    claim
}

/// The claim at another price, nothing taken off at the till.
#[must_use]
pub fn at_price(claim: Value, yuan: &str) -> Value {
    let claim = with(claim, "/invoice/total", json!(yuan));
    with(claim, "/invoice/paid", json!(yuan))
}
