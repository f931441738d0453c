//! The engine's table and the verifier's let a claim move alike.

use std::collections::BTreeSet;

use super::*;
use crate::domain::transition::{Act, transitions};

/// The kind that the engine writes for an act.
fn kind_of(act: Act) -> Kind {
    match act {
        Act::Promote => Kind::Promoted,
        Act::Place => Kind::Placed,
        Act::Paper => Kind::Paper,
        Act::Invoice => Kind::Invoiced,
        Act::BeginReview => Kind::ReviewBegun,
        Act::Recommend => Kind::Recommended,
        Act::Return => Kind::Returned,
        Act::Correct => Kind::Corrected,
        Act::ProposeRejection => Kind::RejectionProposed,
        Act::ConfirmRejection => Kind::Rejected,
        Act::Reopen => Kind::Reopened,
        Act::Approve => Kind::Approved,
        Act::Lapse => Kind::Lapsed,
        Act::Withdraw => Kind::Withdrawn,
        Act::UndoWithdrawal => Kind::WithdrawalUndone,
        Act::Void => Kind::Voided,
        Act::ReturnGoods => Kind::GoodsReturned,
        Act::Seal => Kind::Paying,
        Act::Discard => Kind::PaymentDiscarded,
        Act::Pay => Kind::Paid,
        Act::ReturnPayment => Kind::PaymentReturned,
        Act::RaiseClawback => Kind::ClawbackRaised,
        Act::SettleClawback => Kind::ClawbackSettled,
        Act::Appeal => Kind::Appealed,
        Act::WinAppeal => Kind::AppealWon,
        Act::LoseAppeal => Kind::AppealLost,
    }
}

#[test]
fn both_tables_let_a_claim_move_alike() {
    let word = |kind: Kind, from: ClaimState, to: ClaimState, moved: Option<(Bucket, Bucket)>| {
        format!("{kind}: {from} -> {to} {moved:?}")
    };
    let acted: BTreeSet<String> = transitions()
        // What is paid back in part leaves a claim where it was.
        .filter(|t| t.act != Act::SettleClawback || t.from != t.to)
        .map(|t| word(kind_of(t.act), t.from, t.to, t.money))
        .collect();
    let verified: BTreeSet<String> = STEPS
        .iter()
        // What is given back on the way leaves the claim where its act puts it.
        .filter(|s| s.amount != Amount::GivenBack || s.moved.is_none())
        .flat_map(|s| s.from.iter().map(move |from| (s, *from)))
        .map(|(s, from)| {
            // The last part of what is paid back ends it.
            let last = s.kind == Kind::ClawbackSettled;
            word(
                s.kind,
                from,
                if last { ClaimState::ClawedBack } else { s.to },
                s.moved,
            )
        })
        .collect();
    assert_eq!(acted, verified);
}
