//! Programme packs: that the shipped ones are sound, what they decide, and that every mistake in
//! a pack is found at its place.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop where it is"
)]

#[path = "policy/builder.rs"]
mod builder;
#[path = "policy/contradictions.rs"]
mod contradictions;
#[path = "policy/goods.rs"]
mod goods;
#[path = "policy/mistakes.rs"]
mod mistakes;
#[path = "policy/outcomes.rs"]
mod outcomes;
#[path = "policy/properties.rs"]
mod properties;
#[path = "policy/shipped.rs"]
mod shipped;
#[path = "policy/verdicts.rs"]
mod verdicts;
#[path = "policy/words.rs"]
mod words;
