//! What a form asks for, or a call with an idempotency key, is done once, however often it is sent:
//! a form brings the id under which it is kept. So also what one person does alone with a pool's
//! money stands among the proposals.

use super::{Asked, PackError, ProposalView, canonical, proposed, shown};
use crate::domain::ids::ProposalId;
use crate::domain::money::Fen;
use crate::operations::author::{Author, Warrant};
use crate::operations::denial::{ActError, Denial, Ended};
use crate::operations::packs::Loaded;
use crate::operations::pool_money::{self, MoneyAct, Moved};
use crate::operations::pools;
use crate::operations::scene::with_retries;
use crate::operations::{Engine, StaffCaller};
use crate::storage::Db;
use crate::storage::batch::KeyHash;
use crate::storage::proposals::{self, ProposalRow, ProposalState};

/// Under what a wish is kept.
#[derive(Debug, Clone, Copy)]
pub(super) enum Under {
    /// Nothing that is sent again.
    Nothing,
    /// The id that a form brings.
    Form(ProposalId),
    /// An idempotency key of a person.
    Key(KeyHash),
}

impl Under {
    /// Under a caller's idempotency key.
    pub(super) fn key_of(engine: &Engine, caller: &StaffCaller, key: &str) -> Self {
        let vault = &engine.keys.vault;
        Self::Key(vault.keyed_hash("proposal_key", &[&caller.staff.to_string(), key]))
    }

    /// The key, where it is one.
    pub(super) const fn key(&self) -> Option<&KeyHash> {
        match self {
            Under::Key(key) => Some(key),
            Under::Nothing | Under::Form(_) => None,
        }
    }

    /// What is kept, where it is the same wish of the same person; else `row` is what is to be kept.
    pub(super) fn kept(
        &self,
        conn: &mut Db,
        row: &mut ProposalRow,
    ) -> Result<Option<ProposalRow>, Ended> {
        let found = match self {
            Under::Nothing => None,
            Under::Form(id) => {
                row.id = *id;
                proposals::find(conn, *id)?
            }
            Under::Key(key) => proposals::under(conn, key)?,
        };
        match found {
            Some(kept) if kept.digest == row.digest && kept.proposed_by == row.proposed_by => {
                Ok(Some(kept))
            }
            Some(_) => Err(Denial::KeyReused.into()),
            None => Ok(None),
        }
    }
}

/// Does something with a pool's money and keeps it under `id`, or proposes it where the sum is
/// above what one person moves alone; its state says which.
///
/// # Errors
/// As [`super::ask_money`]; [`Denial::KeyReused`] where something else is kept under `id`.
pub async fn money(
    engine: &Engine,
    caller: &StaffCaller,
    id: ProposalId,
    act: MoneyAct,
) -> Result<ProposalView, ActError> {
    let by = Author::Staff(caller.staff);
    let limit = engine.settings.two_persons_above;
    let done = engine.write_db(move |conn| -> Result<ProposalView, Ended> {
        with_retries(conn, |conn| {
            let (row, _) = money_within(conn, limit, &act, by, Under::Form(id))?;
            Ok(shown(conn, row, true)?)
        })
    });
    done.await.map_err(Ended::into_act)
}

/// [`super::ask_money`], once under an idempotency key: what was done before is shown as it stands
/// now.
///
/// # Errors
/// As [`super::ask_money`]; [`Denial::KeyReused`] where the key belongs to another wish.
pub(super) fn ask_money(
    conn: &mut Db,
    limit: Option<Fen>,
    act: &MoneyAct,
    by: Author,
    under: Under,
) -> Result<Asked<Moved>, Ended> {
    with_retries(conn, |conn| {
        let (row, moved) = money_within(conn, limit, act, by, under)?;
        if let Some(moved) = moved {
            return Ok(Asked::Done(moved));
        }
        // Whoever decides is named, so that this was done alone.
        if row.state == ProposalState::Done && row.decided_by.is_none() {
            let pool = pools::named(conn, &act.terms.pool)?;
            let pool = pool.ok_or(ActError::NotFound)?;
            return Ok(Asked::Done(Moved { pool, promoted: 0 }));
        }
        Ok(Asked::Proposed(shown(conn, row, true)?.into()))
    })
}

/// What is kept, and what came of it where it was done now.
fn money_within(
    conn: &mut Db,
    limit: Option<Fen>,
    act: &MoneyAct,
    by: Author,
    under: Under,
) -> Result<(ProposalRow, Option<Moved>), Ended> {
    let above = limit.is_some_and(|limit| act.terms.amount > limit);
    let payload = canonical(&act.terms);
    let mut row = proposed(conn, act.kind.as_str(), &act.terms.pool, payload, by)?;
    if let Some(kept) = under.kept(conn, &mut row)? {
        return Ok((kept, None));
    }
    if above {
        pool_money::check(conn, act)?;
    } else {
        row.state = ProposalState::Done;
        row.decided = Some(row.proposed);
    }
    // First, because whoever sends the same again waits here and then finds it.
    proposals::insert(conn, &row, under.key())?;
    let moved = match above {
        true => None,
        false => Some(pool_money::carry_out(conn, act, &Warrant::alone(by))?),
    };
    Ok((row, moved))
}

/// [`super::ask_pack`], kept under `id`.
///
/// # Errors
/// [`PackError`]; with [`Denial::KeyReused`] where something else is kept under `id`.
pub async fn pack(
    engine: &Engine,
    caller: &StaffCaller,
    id: ProposalId,
    text: String,
) -> Result<Asked<Loaded>, PackError> {
    let by = Author::Staff(caller.staff);
    let limit = engine.settings.two_persons_above;
    let under = Under::Form(id);
    let done = engine.write_db(move |conn| super::ask_pack_as(conn, limit, &text, by, under));
    done.await
}
