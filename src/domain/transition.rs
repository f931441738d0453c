//! The one table of how a claim may move: which act, by whom, from where to where, and what
//! its money does.

use std::fmt;

use super::claim::{Bucket, ClaimState};

/// What happens to a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Act {
    /// Free money came to the head of the line.
    Promote,
    /// The last paper gives the claim its place, where the order goes by complete papers.
    Place,
    /// A paper came.
    Paper,
    /// The final invoice came, perhaps lower than what is held.
    Invoice,
    /// A reviewer takes up a claim that needs no papers.
    BeginReview,
    /// A reviewer finds it good.
    Recommend,
    /// A reviewer gives it back for correction.
    Return,
    /// The dealer corrected it.
    Correct,
    /// A reviewer wants to reject it.
    ProposeRejection,
    /// A second person agrees with the rejection.
    ConfirmRejection,
    /// A second person does not agree: back to review.
    Reopen,
    /// A second person approves.
    Approve,
    /// A deadline passed.
    Lapse,
    /// The dealer takes the claim back.
    Withdraw,
    /// The dealer takes the withdrawal back: the claim is what it was, and in review where a
    /// second person had it.
    UndoWithdrawal,
    /// The bureau ends it.
    Void,
    /// The goods went back to the shop.
    ReturnGoods,
    /// It goes into a payment file.
    Seal,
    /// Its payment file is discarded before anything was sent.
    Discard,
    /// The bank paid.
    Pay,
    /// The bank sent the payment back.
    ReturnPayment,
    /// It must be paid back: the engine raises it where an award hits the claim, where its goods
    /// went back, and where an approver demands it because its invoice was voided.
    RaiseClawback,
    /// The last of it was paid back.
    SettleClawback,
    /// A refusal is contested.
    Appeal,
    /// The appeal was right.
    WinAppeal,
    /// The appeal was wrong: the claim is voided again if it was, else rejected.
    LoseAppeal,
}

/// Who may do an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Actor {
    /// The engine itself: money comes free, a deadline passes, an import hits.
    System,
    /// The dealer that filed the claim.
    OwningDealer,
    /// A reviewer.
    Reviewer,
    /// An approver: another person than whoever prepared the claim.
    Approver,
    /// Finance: two persons for a batch that leaves, one for a batch that is discarded.
    Finance,
}

impl Actor {
    /// The word in documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            Actor::System => "the engine",
            Actor::OwningDealer => "the dealer that filed",
            Actor::Reviewer => "reviewer",
            Actor::Approver => "approver",
            Actor::Finance => "finance",
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One allowed move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transition {
    /// The act.
    pub act: Act,
    /// Who may.
    pub actor: Actor,
    /// The state it starts from.
    pub from: ClaimState,
    /// The state it ends in.
    pub to: ClaimState,
    /// Where the claim's money moves, if it moves.
    pub money: Option<(Bucket, Bucket)>,
}

macro_rules! table {
    ($($actor:ident $act:ident: $($from:ident)|+ => $($to:ident)|+ $(, $source:ident => $target:ident)?;)+) => {
        &[$(moves(
            Act::$act,
            Actor::$actor,
            &[$(ClaimState::$from),+],
            &[$(ClaimState::$to),+],
            table!(@money $($source $target)?),
        )),+]
    };
    (@money) => { None };
    (@money $source:ident $target:ident) => { Some((Bucket::$source, Bucket::$target)) };
}

/// Rows that share act, actor and money.
#[derive(Debug, Clone, Copy)]
struct Moves {
    act: Act,
    actor: Actor,
    from: &'static [ClaimState],
    to: &'static [ClaimState],
    money: Option<(Bucket, Bucket)>,
}

const fn moves(
    act: Act,
    actor: Actor,
    from: &'static [ClaimState],
    to: &'static [ClaimState],
    money: Option<(Bucket, Bucket)>,
) -> Moves {
    Moves {
        act,
        actor,
        from,
        to,
        money,
    }
}

/// Every move there is; whatever is not listed is refused. Filing is not a move: a claim is
/// born refused, filed, waiting or reserved.
const TABLE: &[Moves] = table! {
    System Promote: Waiting => Reserved, Free => Reserved;

    OwningDealer Paper: Filed => Filed;
    OwningDealer Place: Filed => InReview, Free => Reserved;
    OwningDealer Place: Filed => Waiting | Refused;
    OwningDealer Paper: Reserved => Reserved | InReview;
    OwningDealer Paper: Returned => Returned;
    OwningDealer Invoice: Reserved => Reserved | InReview;
    OwningDealer Invoice: Filed => Filed;

    Reviewer BeginReview: Reserved => InReview;
    Reviewer Recommend: InReview => Recommended;
    Reviewer Return: InReview => Returned;
    OwningDealer Correct: Returned => InReview;
    Reviewer ProposeRejection: InReview => RejectionProposed;
    Approver ConfirmRejection: RejectionProposed => Rejected, Reserved => Free;
    Approver Reopen: Recommended | RejectionProposed => InReview;
    Approver Approve: Recommended => Approved, Reserved => Committed;

    System Lapse: Filed => Lapsed;
    System Lapse: Reserved | Returned => Lapsed, Reserved => Free;
    OwningDealer Withdraw: Filed | Waiting => Withdrawn;
    OwningDealer Withdraw: Reserved | InReview | Returned | Recommended | RejectionProposed
        => Withdrawn, Reserved => Free;
    OwningDealer UndoWithdrawal: Withdrawn => Filed | Waiting;
    OwningDealer UndoWithdrawal: Withdrawn => Reserved | InReview | Returned, Free => Reserved;
    Approver Void: Filed | Waiting => Voided;
    Approver Void: Reserved | InReview | Returned | Recommended | RejectionProposed
        => Voided, Reserved => Free;
    Approver Void: Approved => Voided, Committed => Free;

    OwningDealer ReturnGoods: Filed | Waiting => GoodsReturned;
    OwningDealer ReturnGoods: Reserved | InReview | Returned | Recommended | RejectionProposed
        => GoodsReturned, Reserved => Free;
    OwningDealer ReturnGoods: Approved => GoodsReturned, Committed => Free;

    Finance Seal: Approved => Paying;
    Finance Discard: Paying => Approved;
    Finance Pay: Paying => Paid, Committed => Paid;
    Finance ReturnPayment: Paying => Approved;
    Finance ReturnPayment: Paid => Approved, Paid => Committed;
    System RaiseClawback: Paid => ClawbackDue;
    Finance SettleClawback: ClawbackDue => ClawbackDue | ClawedBack, Paid => Free;

    OwningDealer Appeal: Refused | Rejected | Voided => Appealed;
    Approver WinAppeal: Appealed => InReview;
    Approver LoseAppeal: Appealed => Rejected | Voided;
};

/// Every move, a row for each pair of states.
pub fn transitions() -> impl Iterator<Item = Transition> {
    TABLE.iter().flat_map(|row| {
        row.from.iter().flat_map(move |from| {
            row.to.iter().map(move |to| Transition {
                act: row.act,
                actor: row.actor,
                from: *from,
                to: *to,
                money: row.money,
            })
        })
    })
}

/// The move that `act` makes from `from` to `to`; `None` when it may not be done there.
pub fn transition(act: Act, from: ClaimState, to: ClaimState) -> Option<Transition> {
    transitions().find(|t| (t.act, t.from, t.to) == (act, from, to))
}

/// Whether `act` may be done in this state at all.
pub fn allows(act: Act, from: ClaimState) -> bool {
    transitions().any(|t| t.act == act && t.from == from)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_move_is_listed_once() {
        let mut seen = HashSet::new();
        for t in transitions() {
            assert!(seen.insert((t.act, t.from, t.to)), "{t:?} stands twice");
        }
    }

    #[test]
    fn money_moves_exactly_between_the_buckets_of_the_states() {
        for t in transitions() {
            // Won appeals are paid from what the pool had set aside, which is reserved already.
            if t.act == Act::WinAppeal {
                assert_eq!((t.to.bucket(), t.money), (Some(Bucket::Reserved), None));
                continue;
            }
            // Some of a clawback leaves the claim where it was.
            if t.act == Act::SettleClawback {
                assert_eq!(t.money, Some((Bucket::Paid, Bucket::Free)));
                continue;
            }
            let expected = match (t.from.bucket(), t.to.bucket()) {
                (a, b) if a == b => None,
                (a, b) => Some((a.unwrap_or(Bucket::Free), b.unwrap_or(Bucket::Free))),
            };
            assert_eq!(t.money, expected, "{t:?}");
        }
    }

    #[test]
    fn every_state_is_reached_and_every_state_that_holds_something_has_a_way_out() {
        let born = [
            ClaimState::Refused,
            ClaimState::Filed,
            ClaimState::Waiting,
            ClaimState::Reserved,
        ];
        let mut reached: HashSet<ClaimState> = born.into();
        for _ in ClaimState::ALL {
            let next: Vec<_> = transitions()
                .filter(|t| reached.contains(&t.from))
                .map(|t| t.to)
                .collect();
            reached.extend(next);
        }
        for state in ClaimState::ALL {
            assert!(reached.contains(state), "{state} is never reached");
            let leaves = transitions().any(|t| t.from == *state && t.to != *state);
            assert!(
                leaves || !state.is_live(),
                "nobody can move a {state} claim"
            );
        }
    }

    #[test]
    fn nothing_that_is_owed_vanishes_without_a_named_act() {
        let from_committed: Vec<_> = transitions()
            .filter(|t| t.from.bucket() == Some(Bucket::Committed) && !t.to.is_live())
            .map(|t| t.act)
            .collect();
        assert_eq!(from_committed, [Act::Void, Act::ReturnGoods]);
        let from_paid = transitions().filter(|t| t.from.bucket() == Some(Bucket::Paid));
        let leaving: Vec<_> = from_paid
            .filter(|t| !t.to.is_live())
            .map(|t| t.act)
            .collect();
        assert_eq!(leaving, [Act::SettleClawback]);
    }
}
