//! The brakes of a pool: intake, allocation and payout are stopped and go on, each by itself,
//! while the service runs.
//!
//! One person is enough, because a brake that waits for a second one is none. Everything that
//! takes the pool's lock afterwards sees it, so it holds from its own entry on.

use crate::domain::money::Fen;
use crate::journal::entry::EntryKind;
use crate::ledger::{Line, Private, act_record};
use crate::operations::author::Author;
use crate::operations::denial::{ActError, Denial, Ended};
use crate::operations::pools;
use crate::operations::public::PoolView;
use crate::operations::scene::with_retries;
use crate::operations::{Engine, StaffCaller};
use crate::storage::batch::PoolRow;
use crate::storage::{Db, StorageError, dialect};

const OPEN: &str = "open";
const FROZEN: &str = "frozen";

/// What can be stopped of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Claims are accepted; while it is stopped they are refused.
    Intake,
    /// Claims are given money; while it is stopped who comes waits, and nobody is promoted.
    Allocation,
    /// Batches are sealed and released; outcomes of what went to the bank before are still read.
    Payout,
}

impl Stage {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Intake, Self::Allocation, Self::Payout];

    /// The word in the journal and in requests.
    pub const fn as_str(self) -> &'static str {
        match self {
            Stage::Intake => "intake",
            Stage::Allocation => "allocation",
            Stage::Payout => "payout",
        }
    }

    /// The stage that `text` names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.as_str() == text)
    }

    fn of(self, pool: &mut PoolRow) -> &mut String {
        match self {
            Stage::Intake => &mut pool.intake,
            Stage::Allocation => &mut pool.allocation,
            Stage::Payout => &mut pool.payout,
        }
    }
}

/// What is done to a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Brake {
    /// It stops.
    Freeze,
    /// It goes on.
    Resume,
}

/// Stops a stage of a pool or lets it go on, and says why in the private record. Where
/// allocation goes on, those who wait are served in the same transaction, from the head of the
/// line: nobody who comes later is before them. Returns the pool and how many were promoted.
///
/// # Errors
/// [`ActError::NotFound`]; [`Denial::StageUnchanged`] where it is so already.
pub fn set(
    conn: &mut Db,
    name: &str,
    stage: Stage,
    brake: Brake,
    why: &str,
    by: Author,
) -> Result<(PoolRow, u64), Ended> {
    with_retries(conn, |conn| set_within(conn, name, stage, brake, why, by))
}

fn set_within(
    conn: &mut Db,
    name: &str,
    stage: Stage,
    brake: Brake,
    why: &str,
    by: Author,
) -> Result<(PoolRow, u64), Ended> {
    let id = pools::named(conn, name)?.ok_or(ActError::NotFound)?.id;
    let mut ledger = pools::lock(conn, id)?;
    let (from, to, kind) = match brake {
        Brake::Freeze => (OPEN, FROZEN, EntryKind::Frozen),
        Brake::Resume => (FROZEN, OPEN, EntryKind::Resumed),
    };
    let word = stage.of(&mut ledger.pool);
    if word != from {
        return Err(Denial::StageUnchanged.into());
    }
    to.clone_into(word);
    let line = Line {
        kind,
        actor: by.actor(),
        about: None,
        amount: Fen::ZERO,
        moved: None,
        detail: Some(stage.as_str().to_owned()),
        private: Private::Kept(act_record(&[
            ("act", kind.as_str()),
            ("by", &by.named()),
            ("why", why),
        ])),
    };
    let appended = ledger.append(line);
    appended.map_err(|e| StorageError::Corrupt(e.to_string()))?;
    Ok(pools::finish(conn, ledger)?)
}

/// The same for a caller of the service, who is shown the pool as it is then.
///
/// # Errors
/// [`ActError`], as [`set`].
pub async fn set_by(
    engine: &Engine,
    caller: &StaffCaller,
    name: String,
    stage: Stage,
    brake: Brake,
    why: String,
) -> Result<PoolView, ActError> {
    let (worker, by) = (engine.clone(), Author::Staff(caller.staff));
    let done = engine.write_db(move |conn| -> Result<PoolView, Ended> {
        let (row, _) = set(conn, &name, stage, brake, &why, by)?;
        let catalogue = worker.catalogue.current();
        Ok(PoolView::new(row, &catalogue, dialect::now(conn)?))
    });
    done.await.map_err(Ended::into_act)
}
