//! A dealer takes a claim back; its money goes to the head of the line at once.

use crate::domain::claim::{Act, ClaimState, transition};
use crate::domain::ids::{ClaimId, DealerId};
use crate::domain::text::Lang;
use crate::journal::entry::{EntryActor, EntryKind};
use crate::ledger::{Private, act_record};
use crate::operations::claims::{ClaimView, view};
use crate::operations::{DealerCaller, Engine, OperationError, Viewer, pools};
use crate::storage::{DatabaseError, Db, Fault, StorageError, claims, journal};

/// Why an act on a claim was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ActError {
    /// There is none, or not the caller's.
    #[error("no such claim")]
    NotFound,
    /// The claim changed since the caller saw it.
    #[error("the claim has changed")]
    Stale,
    /// The act is not allowed in this state.
    #[error("not allowed while the claim is {0}")]
    WrongState(ClaimState),
    /// The database is away: the claim stands as it stood, or as asked; its state tells.
    #[error("not available for now")]
    Unavailable,
}

/// What ends the transaction.
enum Ended {
    Act(ActError),
    Failed(OperationError),
}

impl From<ActError> for Ended {
    fn from(error: ActError) -> Self {
        Ended::Act(error)
    }
}

impl From<OperationError> for Ended {
    fn from(error: OperationError) -> Self {
        Ended::Failed(error)
    }
}

impl From<StorageError> for Ended {
    fn from(error: StorageError) -> Self {
        Ended::Failed(error.into())
    }
}

impl From<DatabaseError> for Ended {
    fn from(error: DatabaseError) -> Self {
        StorageError::from(error).into()
    }
}

/// How often a conflict with another transaction is tried again.
const ATTEMPTS: u32 = 5;

/// Withdraws a claim that the caller has seen at `expected_revision`.
///
/// # Errors
/// [`ActError`].
pub async fn withdraw(
    engine: &Engine,
    caller: &DealerCaller,
    id: ClaimId,
    expected_revision: i64,
    lang: Lang,
) -> Result<ClaimView, ActError> {
    let dealer = caller.dealer;
    let worker = engine.clone();
    let done = engine
        .with_db(move |conn| -> Result<ClaimView, Ended> {
            let mut attempt = 1;
            loop {
                match conn.write(|conn| in_transaction(conn, dealer, id, expected_revision)) {
                    Err(Ended::Failed(OperationError::Storage(error)))
                        if attempt < ATTEMPTS && error.fault() == Fault::Transient =>
                    {
                        attempt += 1;
                    }
                    Err(ended) => return Err(ended),
                    Ok(()) => break,
                }
            }
            let seen = view(&worker, conn, Viewer::Dealer(dealer), id, lang)?;
            seen.ok_or(Ended::Act(ActError::NotFound))
        })
        .await;
    done.map_err(|ended| match ended {
        Ended::Act(error) => error,
        Ended::Failed(error) => {
            tracing::warn!(%error, "a claim could not be withdrawn");
            ActError::Unavailable
        }
    })
}

fn in_transaction(
    conn: &mut Db,
    dealer: DealerId,
    id: ClaimId,
    expected_revision: i64,
) -> Result<(), Ended> {
    let own = |claim: &claims::StoredClaim| claim.dealer == dealer;
    let pool = claims::by_id(conn, id)?
        .filter(own)
        .ok_or(ActError::NotFound)?
        .pool;
    let mut ledger = pools::lock(conn, pool)?;
    // Read again: only under the lock does it stand still.
    let claim = claims::by_id(conn, id)?
        .filter(own)
        .ok_or(ActError::NotFound)?;
    if claim.revision != expected_revision {
        return Err(ActError::Stale.into());
    }
    let rule = transition(Act::Withdraw, claim.state).ok_or(ActError::WrongState(claim.state))?;
    if !claims::change_state(conn, &claim, rule.to, ledger.at)? {
        return Err(ActError::Stale.into());
    }
    if claim.state == ClaimState::Waiting {
        ledger.pool.waiting -= 1;
    }
    claims::release_keys(conn, &claim)?;
    claims::release_share(conn, &ledger.pool, claim.dealer, claim.amount)?;
    let record = act_record(&[
        ("act", "withdraw"),
        ("claim", &claim.id.to_string()),
        ("dealer", &dealer.to_string()),
    ]);
    ledger
        .append(
            EntryKind::Withdrawn,
            EntryActor::Dealer,
            Some((&claim).into()),
            claim.amount,
            rule.money,
            Private::Kept(record),
        )
        .map_err(|e| StorageError::Corrupt(e.to_string()))?;
    pools::promote(conn, &mut ledger)?;
    journal::save(conn, &ledger.pool, ledger.entries)?;
    Ok(())
}
