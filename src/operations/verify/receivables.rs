//! What was paid and is owed back: each receivable against the entries of its claim and against
//! what payments on their way set off.

use std::collections::HashMap;

use super::{Broken, Told, VerifyFailure};
use crate::domain::ids::{ClaimId, DealerId, PoolId, ReceivableId};
use crate::domain::time::Timestamp;
use crate::journal::entry::EntryKind;
use crate::storage::Db;
use crate::storage::batch::PoolRow;
use crate::storage::claims::StoredClaim;
use crate::storage::payout_lines::{LineRow, LineState};
use crate::storage::receivables::{self, ReceivableRow};

/// Rows read at a time.
const PAGE: i64 = 2_000;

/// A clawback as the entries of its claim tell it.
pub(super) struct Owed {
    id: String,
    pool: PoolId,
    claim: ClaimId,
    dealer: DealerId,
    reason: Option<String>,
    amount: i64,
    settled: i64,
    raised: Timestamp,
}

impl Owed {
    /// The clawback of a claim, if one was raised; there is one at most.
    pub(super) fn of(row: &PoolRow, claim: &StoredClaim, told: &Told) -> Option<Self> {
        let raised = told
            .acts
            .iter()
            .find(|act| act.kind == EntryKind::ClawbackRaised)?;
        let settled = told
            .acts
            .iter()
            .filter(|act| act.kind == EntryKind::ClawbackSettled);
        Some(Self {
            id: raised.members().get("receivable")?.to_owned(),
            pool: row.id,
            claim: claim.id,
            dealer: claim.dealer,
            reason: raised.detail.clone(),
            amount: raised.amount.fen(),
            settled: settled.map(|act| act.amount.fen()).sum(),
            raised: raised.at,
        })
    }
}

/// What the lines of all batches say that bears on what is owed back.
#[derive(Default)]
pub(super) struct Paid {
    /// What the entries say is owed.
    owed: Vec<Owed>,
    /// The last attempt to pay each claim that was not discarded: who was paid, and his hash.
    last: HashMap<ClaimId, (i64, String, [u8; 16])>,
    /// What payments on their way set off.
    pending: HashMap<ReceivableId, i64>,
}

impl Paid {
    pub(super) fn of(owed: Vec<Owed>) -> Self {
        Self {
            owed,
            ..Self::default()
        }
    }

    /// Follows a line and what it sets off.
    pub(super) fn note(&mut self, line: &LineRow, set_offs: &[(ReceivableId, i64)]) {
        // What was discarded was never sent: it paid nobody.
        if line.state == LineState::Discarded {
            return;
        }
        let known = self.last.get(&line.claim);
        if known.is_none_or(|(attempt, ..)| *attempt < line.attempt) {
            let payee = (line.attempt, line.payee.clone(), line.debtor);
            self.last.insert(line.claim, payee);
        }
        if line.state == LineState::Pending {
            for (receivable, amount) in set_offs {
                *self.pending.entry(*receivable).or_default() += amount;
            }
        }
    }
}

/// Holds every receivable against what was told.
pub(super) fn check(conn: &mut Db, mut paid: Paid) -> Result<(), VerifyFailure> {
    let wrong = |message: String| -> VerifyFailure {
        Broken {
            code: "receivable_differs",
            pool: String::new(),
            seq: 0,
            message,
        }
        .into()
    };
    let owed = std::mem::take(&mut paid.owed);
    let mut owed: HashMap<String, Owed> = owed.into_iter().map(|o| (o.id.clone(), o)).collect();
    let mut after = None;
    loop {
        let page = receivables::list(conn, None, after, PAGE)?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        for row in page {
            let told = owed.remove(&row.id.to_string());
            if !told.is_some_and(|told| says(&told, &paid, &row)) {
                return Err(wrong(format!(
                    "receivable {} is not what the entries of its claim say",
                    row.id
                )));
            }
            paid.pending.remove(&row.id);
        }
    }
    if let Some(id) = owed.keys().next() {
        return Err(wrong(format!("receivable {id} is gone")));
    }
    match paid.pending.keys().next() {
        Some(id) => Err(wrong(format!("a payment sets off {id}, which is not owed"))),
        None => Ok(()),
    }
}

fn says(told: &Owed, paid: &Paid, row: &ReceivableRow) -> bool {
    let payee = paid.last.get(&row.claim);
    let pending = paid.pending.get(&row.id).copied().unwrap_or(0);
    (row.pool, row.claim, row.dealer) == (told.pool, told.claim, told.dealer)
        && Some(&row.reason) == told.reason.as_ref()
        && (row.amount, row.settled, row.pending) == (told.amount, told.settled, pending)
        && row.raised == told.raised
        && payee.is_some_and(|(_, payee, debtor)| (payee, debtor) == (&row.payee, &row.debtor))
}
