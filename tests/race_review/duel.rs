//! Two instances, one claim, one moment.

use std::sync::Barrier;

use tradein::domain::ids::ClaimId;
use tradein::operations::denial::ActError;

use crate::bureau::{Bureau, Lane};

/// One side of a duel: does something to the claim of a round.
pub type Side<'a, T, R> = &'a (dyn Fn(&Lane, &T) -> R + Sync);

/// Lets two instances act on each of `rounds` at the same moment; what both came to.
pub fn duel<T: Sync, A: Send, B: Send>(
    bureau: &Bureau,
    rounds: &[T],
    left: Side<'_, T, A>,
    right: Side<'_, T, B>,
) -> Vec<(A, B)> {
    let start = Barrier::new(2);
    let lanes = [bureau.lane(), bureau.lane()];
    let [mine, theirs] = &lanes;
    std::thread::scope(|scope| {
        let other = scope.spawn(|| side(theirs, rounds, &start, right));
        let done = side(mine, rounds, &start, left);
        done.into_iter().zip(other.join().unwrap()).collect()
    })
}

fn side<T, R>(lane: &Lane, rounds: &[T], start: &Barrier, act: Side<'_, T, R>) -> Vec<R> {
    let act = |round| {
        start.wait();
        act(lane, round)
    };
    rounds.iter().map(act).collect()
}

/// What two acts on one claim came to: who won.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Won {
    Left,
    Right,
}

/// The winner, if there is exactly one and the other was told so.
///
/// # Errors
/// What both came to.
pub fn winner<A, B>(
    claim: ClaimId,
    left: &Result<A, ActError>,
    right: &Result<B, ActError>,
) -> Result<Won, String> {
    let told = |error: &ActError| {
        matches!(
            error,
            ActError::Stale | ActError::WrongState(_) | ActError::Denied(_)
        )
    };
    match (left, right) {
        (Ok(_), Err(error)) if told(error) => Ok(Won::Left),
        (Err(error), Ok(_)) if told(error) => Ok(Won::Right),
        _ => {
            let told = |error: Option<&ActError>| error.map_or("done".into(), ToString::to_string);
            let (left, right) = (told(left.as_ref().err()), told(right.as_ref().err()));
            Err(format!("{claim}: {left} and {right}"))
        }
    }
}

/// How often each side won; every round must have one winner.
///
/// # Errors
/// The rounds without exactly one.
pub fn tally(rounds: impl Iterator<Item = Result<Won, String>>) -> Result<(usize, usize), String> {
    let (mut won, mut wrong) = ((0, 0), Vec::new());
    for round in rounds {
        match round {
            Ok(Won::Left) => won.0 += 1,
            Ok(Won::Right) => won.1 += 1,
            Err(seen) => wrong.push(seen),
        }
    }
    if wrong.is_empty() {
        Ok(won)
    } else {
        wrong.truncate(5);
        Err(wrong.join("\n"))
    }
}
