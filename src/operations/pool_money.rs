//! The money of pools: more of it, from one pool to another, set aside for disputes and given
//! back. Never more than what is free; whoever waits is served in the same transaction.

use serde::{Deserialize, Serialize};

use crate::domain::claim::Bucket;
use crate::domain::money::Fen;
use crate::journal::entry::EntryKind;
use crate::ledger::{Ledger, Line, Private, act_record};
use crate::operations::author::Warrant;
use crate::operations::denial::{ActError, Denial, Ended};
use crate::operations::pools;
use crate::operations::scene::with_retries;
use crate::storage::batch::PoolRow;
use crate::storage::{Db, StorageError};

/// What is done with the money of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoneyKind {
    /// More money comes in.
    TopUp,
    /// Free money goes to another pool.
    Transfer,
    /// Free money is set aside for won appeals.
    SetAside,
    /// What was set aside is free again.
    ReleaseAside,
}

impl MoneyKind {
    /// Every one.
    pub const ALL: [Self; 4] = [
        Self::TopUp,
        Self::Transfer,
        Self::SetAside,
        Self::ReleaseAside,
    ];

    /// The word of a proposal's kind.
    pub const fn as_str(self) -> &'static str {
        match self {
            MoneyKind::TopUp => "top_up",
            MoneyKind::Transfer => "transfer",
            MoneyKind::SetAside => "set_aside",
            MoneyKind::ReleaseAside => "release_aside",
        }
    }

    /// The one that `text` names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// Something to be done with the money of a pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoneyAct {
    /// What.
    pub kind: MoneyKind,
    /// How much, and between whom.
    pub terms: MoneyTerms,
}

/// How much, and between whom. Its JSON is canonical (RFC 8785): the fields stand in order, and
/// all of them are texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MoneyTerms {
    /// How much.
    pub amount: Fen,
    /// The pool.
    pub pool: String,
    /// The document behind it, in the bureau's own words.
    pub reference: String,
    /// The other pool of a transfer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// A pool as an act left it, and how many were promoted in it.
#[derive(Debug, Clone)]
pub struct Moved {
    /// The pool that was named first.
    pub pool: PoolRow,
    /// How many of those who waited were given money, in this pool or in the other one.
    pub promoted: u64,
}

/// Does it, in one transaction.
///
/// # Errors
/// As [`carry_out`].
pub fn act(conn: &mut Db, act: &MoneyAct, warrant: &Warrant) -> Result<Moved, Ended> {
    with_retries(conn, |conn| carry_out(conn, act, warrant))
}

/// Does it within a transaction: the pools are locked in the order of their ids, and each has
/// its entry.
///
/// # Errors
/// [`ActError::NotFound`] for a pool that is not there; [`Denial::SamePool`],
/// [`Denial::AmountAboveFree`], [`Denial::AsideExhausted`], [`Denial::CapExceeded`].
pub fn carry_out(conn: &mut Db, act: &MoneyAct, warrant: &Warrant) -> Result<Moved, Ended> {
    let (own, other) = pools_of(conn, act)?;
    let mut ids = vec![own.id];
    ids.extend(other.as_ref().map(|pool| pool.id));
    ids.sort_unstable();
    let mut ledgers = Vec::new();
    for id in ids {
        ledgers.push(pools::lock(conn, id)?);
    }
    // Only under the locks do the balances stand still.
    for ledger in &ledgers {
        allow(act, &ledger.pool, ledger.pool.id == own.id)?;
    }
    for ledger in &mut ledgers {
        let leaves = ledger.pool.id == own.id;
        append(act, ledger, leaves, warrant)?;
    }
    let mut promoted = 0;
    let mut after = own;
    for ledger in ledgers {
        let (pool, served) = pools::finish(conn, ledger)?;
        promoted += served;
        if pool.id == after.id {
            after = pool;
        }
    }
    Ok(Moved {
        pool: after,
        promoted,
    })
}

/// Whether it could be done now; nothing is locked, so it is looked at again when it is done.
///
/// # Errors
/// As [`carry_out`].
pub fn check(conn: &mut Db, act: &MoneyAct) -> Result<(), Ended> {
    let (own, other) = pools_of(conn, act)?;
    allow(act, &own, true)?;
    if let Some(other) = other {
        allow(act, &other, false)?;
    }
    Ok(())
}

fn pools_of(conn: &mut Db, act: &MoneyAct) -> Result<(PoolRow, Option<PoolRow>), Ended> {
    let terms = &act.terms;
    let own = pools::named(conn, &terms.pool)?.ok_or(ActError::NotFound)?;
    let Some(to) = &terms.to else {
        return Ok((own, None));
    };
    let other = pools::named(conn, to)?.ok_or(ActError::NotFound)?;
    if own.id == other.id {
        return Err(Denial::SamePool.into());
    }
    Ok((own, Some(other)))
}

/// Whether the balances of a pool allow it; `own` tells the pool that is named first from the
/// one that a transfer goes to.
fn allow(act: &MoneyAct, pool: &PoolRow, own: bool) -> Result<(), Denial> {
    let amount = act.terms.amount.fen();
    let (most, denial) = match (act.kind, own) {
        (MoneyKind::TopUp, _) | (MoneyKind::Transfer, false) => {
            (Fen::MAX.fen() - pool.cap, Denial::CapExceeded)
        }
        (MoneyKind::Transfer, true) | (MoneyKind::SetAside, _) => {
            (pool.free, Denial::AmountAboveFree)
        }
        (MoneyKind::ReleaseAside, _) => (pool.disputes, Denial::AsideExhausted),
    };
    if amount <= most { Ok(()) } else { Err(denial) }
}

fn append(
    act: &MoneyAct,
    ledger: &mut Ledger,
    own: bool,
    warrant: &Warrant,
) -> Result<(), StorageError> {
    use Bucket::{Free, Funding, Reserved};
    let terms = &act.terms;
    let (kind, moved) = match (act.kind, own) {
        (MoneyKind::TopUp, _) => (EntryKind::ToppedUp, (Funding, Free)),
        (MoneyKind::Transfer, true) => (EntryKind::TransferredOut, (Free, Funding)),
        (MoneyKind::Transfer, false) => (EntryKind::TransferredIn, (Funding, Free)),
        (MoneyKind::SetAside, _) => (EntryKind::SetAside, (Free, Reserved)),
        (MoneyKind::ReleaseAside, _) => (EntryKind::AsideReleased, (Reserved, Free)),
    };
    let mut record = warrant.record();
    record.push(("act", kind.as_str().to_owned()));
    record.push(("reference", terms.reference.clone()));
    if let Some(to) = &terms.to {
        let other = if own { to } else { &terms.pool };
        record.push(("other_pool", other.clone()));
    }
    let fields: Vec<(&str, &str)> = record.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let line = Line {
        kind,
        actor: warrant.by.actor(),
        about: None,
        amount: terms.amount,
        moved: Some(moved),
        detail: None,
        private: Private::Kept(act_record(&fields)),
    };
    let appended = ledger.append(line);
    appended.map_err(|e| StorageError::Corrupt(e.to_string()))?;
    Ok(())
}
