//! Programme packs: that the shipped ones are sound, what they decide, and that every mistake in
//! a pack is found at its place.

#[path = "policy/builder.rs"]
mod builder;
#[path = "policy/mistakes.rs"]
mod mistakes;
#[path = "policy/properties.rs"]
mod properties;
#[path = "policy/shipped.rs"]
mod shipped;
#[path = "policy/verdicts.rs"]
mod verdicts;
