//! Which entry of a journal is which event for a dealer.
//!
//! The journal is the outbox: an event is an entry about a claim, seen by its dealer. It is
//! written in the transaction of the change and numbered without gaps, so no event can be lost,
//! and none can come before another of its pool.

use super::entry::EntryKind;
use crate::domain::claim::ClaimState;
use crate::domain::event::EventType;
use crate::domain::ids::PoolId;

/// What an entry of this kind tells a dealer; `detail` is the state that stands in the entry,
/// where one does. `None` for entries about the pool, and for flags: what a reviewer should look
/// at is the bureau's own business.
pub const fn event_type(kind: EntryKind, detail: Option<ClaimState>) -> Option<EventType> {
    Some(match kind {
        EntryKind::Reserved => EventType::Reserved,
        EntryKind::Waiting => EventType::Waiting,
        EntryKind::Filed => EventType::Filed,
        EntryKind::Refused => EventType::Refused,
        EntryKind::Promoted => EventType::Promoted,
        EntryKind::Placed => match detail {
            Some(ClaimState::Waiting) => EventType::Waiting,
            Some(ClaimState::Refused) => EventType::Refused,
            _ => EventType::InReview,
        },
        EntryKind::Paper => match detail {
            Some(ClaimState::InReview) => EventType::InReview,
            _ => EventType::PaperReceived,
        },
        EntryKind::Invoiced => match detail {
            Some(ClaimState::InReview) => EventType::InReview,
            _ => EventType::InvoiceReceived,
        },
        EntryKind::ReviewBegun => EventType::InReview,
        EntryKind::Recommended => EventType::Recommended,
        EntryKind::Returned => EventType::Returned,
        EntryKind::Corrected => EventType::Corrected,
        EntryKind::RejectionProposed => EventType::RejectionProposed,
        EntryKind::Rejected => EventType::Rejected,
        EntryKind::Reopened => EventType::Reopened,
        EntryKind::Approved => EventType::Approved,
        EntryKind::Lapsed => EventType::Lapsed,
        EntryKind::Withdrawn => EventType::Withdrawn,
        EntryKind::WithdrawalUndone => EventType::WithdrawalUndone,
        EntryKind::Voided => EventType::Voided,
        EntryKind::GoodsReturned => EventType::GoodsReturned,
        EntryKind::Paying => EventType::Paying,
        EntryKind::Paid => EventType::Paid,
        EntryKind::PaymentDiscarded => EventType::PaymentDiscarded,
        EntryKind::PaymentReturned => EventType::PaymentReturned,
        EntryKind::ClawbackRaised => EventType::ClawbackRaised,
        EntryKind::ClawbackSettled => EventType::ClawbackSettled,
        EntryKind::Appealed => EventType::Appealed,
        EntryKind::AppealWon => EventType::AppealWon,
        EntryKind::AppealLost => EventType::AppealLost,
        EntryKind::Flagged | EntryKind::FlagCleared => return None,
        EntryKind::Opened
        | EntryKind::ToppedUp
        | EntryKind::TransferredOut
        | EntryKind::TransferredIn
        | EntryKind::SetAside
        | EntryKind::AsideReleased
        | EntryKind::Frozen
        | EntryKind::Resumed
        | EntryKind::BatchSealed
        | EntryKind::BatchReleased
        | EntryKind::BatchDiscarded
        | EntryKind::SampleCommitted
        | EntryKind::SampleDrawn
        | EntryKind::SampleRevealed => return None,
    })
}

/// The words of the kinds that tell a dealer anything.
pub fn told_kinds() -> Vec<&'static str> {
    let told = EntryKind::ALL.iter().copied();
    let told = told.filter(|kind| event_type(*kind, None).is_some());
    told.map(EntryKind::as_str).collect()
}

/// The words of the kinds that may be such an event; what stands in the entry decides.
pub fn kinds_of(wanted: EventType) -> Vec<&'static str> {
    let may_be = |kind: &EntryKind| {
        let details = ClaimState::ALL.iter().copied().map(Some).chain([None]);
        let mut told = details.filter_map(|detail| event_type(*kind, detail));
        told.any(|told| told == wanted)
    };
    let kinds = EntryKind::ALL.iter().copied().filter(may_be);
    kinds.map(EntryKind::as_str).collect()
}

/// The id of an event, the same whenever it is asked for: `evt_`, the pool, the number of the
/// entry. Receivers know by it what they have had.
pub fn event_id(pool: PoolId, seq: i64) -> String {
    format!("evt_{}_{seq}", pool.0.simple())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Kinds about a claim that dealers are deliberately not told.
    const PRIVATE: [EntryKind; 2] = [EntryKind::Flagged, EntryKind::FlagCleared];

    #[test]
    fn every_kind_about_a_claim_is_told_or_deliberately_private() {
        for kind in EntryKind::ALL {
            let told = event_type(*kind, None).is_some();
            let secret = kind.is_about_pool() || PRIVATE.contains(kind);
            assert_ne!(told, secret, "{kind}");
        }
        assert_eq!(
            told_kinds().len(),
            EntryKind::ALL.iter().filter(|k| !k.is_about_pool()).count() - PRIVATE.len()
        );
    }

    #[test]
    fn every_type_is_told_by_some_entry() {
        let details = ClaimState::ALL.iter().copied().map(Some).chain([None]);
        let told: BTreeSet<EventType> = details
            .flat_map(|detail| EntryKind::ALL.iter().map(move |kind| (*kind, detail)))
            .filter_map(|(kind, detail)| event_type(kind, detail))
            .collect();
        assert_eq!(told, EventType::ALL.iter().copied().collect());
    }

    #[test]
    fn a_type_is_looked_for_among_the_kinds_that_may_be_it() {
        assert_eq!(kinds_of(EventType::Paid), ["paid"]);
        let review = ["placed", "paper", "invoiced", "review_begun"];
        assert_eq!(kinds_of(EventType::InReview), review);
    }

    #[test]
    fn a_type_that_names_a_state_agrees_with_the_entry() {
        for kind in [EntryKind::Placed, EntryKind::Paper, EntryKind::Invoiced] {
            for state in [
                ClaimState::InReview,
                ClaimState::Waiting,
                ClaimState::Refused,
            ] {
                let told = event_type(kind, Some(state)).and_then(EventType::state);
                assert!(told.is_none_or(|told| told == state), "{kind} {state}");
            }
        }
    }

    #[test]
    fn an_id_fits_into_a_webhook() {
        let id = event_id(PoolId(uuid::Uuid::max()), i64::MAX);
        assert_eq!(
            id,
            "evt_ffffffffffffffffffffffffffffffff_9223372036854775807"
        );
        assert!(crate::webhooks::signature::MessageId::parse(&id).is_some());
    }
}
