//! What a form asks for is done once, however often it is sent: the form brings the id under which
//! it is kept. So also what one person does alone with a pool's money stands among the proposals.

use super::{Asked, PackError, ProposalView, canonical, proposed, shown};
use crate::domain::ids::ProposalId;
use crate::operations::author::{Author, Warrant};
use crate::operations::denial::{ActError, Denial, Ended};
use crate::operations::packs::Loaded;
use crate::operations::pool_money::{self, MoneyAct};
use crate::operations::scene::with_retries;
use crate::operations::{Engine, StaffCaller};
use crate::storage::Db;
use crate::storage::proposals::{self, ProposalRow, ProposalState};

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
        let above = limit.is_some_and(|limit| act.terms.amount > limit);
        with_retries(conn, |conn| money_within(conn, id, &act, above, by))
    });
    done.await.map_err(Ended::into_act)
}

fn money_within(
    conn: &mut Db,
    id: ProposalId,
    act: &MoneyAct,
    above: bool,
    by: Author,
) -> Result<ProposalView, Ended> {
    let mut row = proposed(
        conn,
        act.kind.as_str(),
        &act.terms.pool,
        canonical(&act.terms),
        by,
    )?;
    row.id = id;
    if let Some(kept) = kept(conn, &row)? {
        return Ok(shown(conn, kept, true)?);
    }
    if above {
        pool_money::check(conn, act)?;
    } else {
        row.state = ProposalState::Done;
        row.decided = Some(row.proposed);
    }
    // First, because whoever sends the same form again waits here and then finds it.
    proposals::insert(conn, &row)?;
    if !above {
        pool_money::carry_out(conn, act, &Warrant::alone(by))?;
    }
    Ok(shown(conn, row, true)?)
}

/// What is kept under the id of a row, where it is the same wish of the same person.
pub(super) fn kept(conn: &mut Db, row: &ProposalRow) -> Result<Option<ProposalRow>, Ended> {
    match proposals::find(conn, row.id)? {
        Some(kept) if kept.digest == row.digest && kept.proposed_by == row.proposed_by => {
            Ok(Some(kept))
        }
        Some(_) => Err(Denial::KeyReused.into()),
        None => Ok(None),
    }
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
    let done = engine.write_db(move |conn| super::ask_pack_as(conn, limit, &text, by, id));
    done.await
}
