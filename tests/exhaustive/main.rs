//! The design, as small as it can be and explored whole: two pools, three claims, two instances, a
//! crash anywhere. Every state that can be reached is reached; each design error is one that this
//! exploration finds.
//!
//! What is modelled is the design and not the program: `tests/model` runs the program.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod explore;
mod world;

use explore::{Explored, explore};
use world::{Case, Design, ONE_LINE, TWO_POOLS};

/// As it is.
const fn sound(case: Case) -> Design {
    Design {
        case,
        locks: true,
        reads_under_lock: true,
        index_decides: true,
        answers_after_commit: true,
        knows_its_requests: true,
        promotes_in_the_same_transaction: true,
        promotes_the_head: true,
        compares_and_sets: true,
    }
}

#[test]
fn every_state_that_can_be_reached_is_sound() {
    for case in [TWO_POOLS, ONE_LINE] {
        let Explored {
            states,
            ends,
            wrong,
        } = explore(&sound(case));
        println!("{states} states, {ends} of them ends");
        assert_eq!(wrong, None);
        // An exploration that stopped early would find nothing either.
        assert!(states > 10_000 && ends > 10, "{states} states, {ends} ends");
    }
}

fn found(case: Case, change: impl FnOnce(&mut Design), expected: &str) {
    let mut design = sound(case);
    change(&mut design);
    let (what, path) = explore(&design).wrong.expect("nothing was found");
    println!("{what}, after {}", path.join(", "));
    assert!(what.contains(expected), "{what}");
}

#[test]
fn a_pool_that_is_not_locked_is_found() {
    found(TWO_POOLS, |d| d.locks = false, "money");
}

#[test]
fn a_pool_that_is_read_before_it_is_locked_is_found() {
    found(TWO_POOLS, |d| d.reads_under_lock = false, "money");
}

#[test]
fn a_key_that_is_only_looked_for_is_found() {
    found(TWO_POOLS, |d| d.index_decides = false, "one asset");
}

#[test]
fn an_answer_before_the_commit_is_found() {
    found(
        TWO_POOLS,
        |d| d.answers_after_commit = false,
        "acknowledged",
    );
}

#[test]
fn a_request_that_is_not_known_again_is_found() {
    found(TWO_POOLS, |d| d.knows_its_requests = false, "money");
}

#[test]
fn a_promotion_in_a_transaction_of_its_own_is_found() {
    found(
        TWO_POOLS,
        |d| d.promotes_in_the_same_transaction = false,
        "waits although",
    );
}

#[test]
fn a_promotion_past_the_head_is_found() {
    found(ONE_LINE, |d| d.promotes_the_head = false, "passed");
}

#[test]
fn an_act_that_does_not_look_at_the_state_again_is_found() {
    found(TWO_POOLS, |d| d.compares_and_sets = false, "money");
}
