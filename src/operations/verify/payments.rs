//! Payments: every batch and every line against the entries that sealed, released, discarded,
//! paid and returned them, and the file for the bank made again from what is sealed in the lines.

use std::collections::HashMap;

use super::receivables::{Owed, Paid};
use super::told::ToldAct;
use super::{Broken, Told as ToldClaim, VerifyFailure, broken};
use crate::banking::{Bank, Batch, Debtor, Payment, PaymentFile, csv_file, file_commitment};
use crate::domain::claim::ClaimState;
use crate::domain::ids::{ClaimId, DealerId, PoolId, StaffId};
use crate::domain::money::Fen;
use crate::domain::policy::rules::payout::Payee;
use crate::domain::split;
use crate::domain::time::Timestamp;
use crate::journal::canonical::hex;
use crate::journal::entry::EntryKind;
use crate::keys::Keys;
use crate::operations::payment_reason::{self, REASON};
use crate::operations::payout::{NO_PAYMENTS, PayeeAccount, set_offs_told};
use crate::operations::scene::Packs;
use crate::storage::batch::PoolRow;
use crate::storage::claim_changes::PastClaim;
use crate::storage::claims::StoredClaim;
use crate::storage::payout_lines::{self, LineRow, LineState};
use crate::storage::payouts::{self, BatchRow};
use crate::storage::{Db, StorageError, receivables};
use crate::vault::salt_aad;

/// Batches read at a time.
const PAGE: i64 = 500;

/// What the entries of all pools say of payments.
#[derive(Default)]
pub(super) struct Told {
    batches: HashMap<String, ToldBatch>,
    payments: HashMap<String, ToldPayment>,
    owed: Vec<Owed>,
    packs: Packs,
}

struct ToldBatch {
    pool: PoolId,
    pool_name: String,
    sealed: ToldAct,
    released: Option<(Option<StaffId>, Timestamp)>,
    discarded: Option<(Option<StaffId>, Timestamp)>,
}

/// One attempt to pay a claim, as its entries tell it.
struct ToldPayment {
    claim: ClaimId,
    attempt: i64,
    dealer: DealerId,
    payee: &'static str,
    /// Whose debts could be set off: the dealer, or the applicant now and before corrections.
    debtors: Vec<[u8; 16]>,
    paying_seq: i64,
    amount: Fen,
    sources: [i64; 4],
    set_offs: String,
    state: LineState,
    /// What its entry says of the bank's reason.
    reason_mac: Option<String>,
    outcome: Option<Timestamp>,
}

impl Told {
    /// Follows an entry about a pool.
    pub(super) fn tell(&mut self, row: &PoolRow, act: &ToldAct) {
        let members = act.members();
        let Some(batch) = members.get("batch").map(str::to_owned) else {
            return;
        };
        match act.kind {
            EntryKind::BatchSealed => {
                let sealed = ToldBatch {
                    pool: row.id,
                    pool_name: row.name.clone(),
                    sealed: ToldAct {
                        detail: act.detail.clone(),
                        record: act.record.clone(),
                        ..*act
                    },
                    released: None,
                    discarded: None,
                };
                self.batches.insert(batch, sealed);
            }
            EntryKind::BatchReleased | EntryKind::BatchDiscarded => {
                let found = self.batches.get_mut(&batch);
                if let Some(told) = found.filter(|told| told.sealed.detail == act.detail) {
                    let end = match act.kind {
                        EntryKind::BatchReleased => &mut told.released,
                        _ => &mut told.discarded,
                    };
                    *end = Some((members.staff(), act.at));
                }
            }
            _ => {}
        }
    }
}

/// Follows the payments of one claim: their names count the attempts, and it is on its way
/// exactly where the last of them is. What is said of a payment is said of the last that was not
/// discarded.
pub(super) fn collect(
    conn: &mut Db,
    keys: &Keys,
    row: &PoolRow,
    claim: &StoredClaim,
    past: &[PastClaim],
    told: &ToldClaim,
    all: &mut Told,
) -> Result<(), VerifyFailure> {
    let wrong = |seq: i64, what: &str| {
        let message = format!("claim {}: {what}", claim.number);
        broken(row, seq, "payment_differs", message)
    };
    let mut attempts: Vec<ToldPayment> = Vec::new();
    for act in &told.acts {
        let members = act.members();
        let state = match act.kind {
            EntryKind::Paying => LineState::Pending,
            EntryKind::Paid => LineState::Paid,
            EntryKind::PaymentReturned => LineState::Returned,
            EntryKind::PaymentDiscarded => LineState::Discarded,
            _ => continue,
        };
        let name = |attempt: usize| format!("{}/{attempt}", claim.number);
        let payment = members.get("payment").unwrap_or_default();
        let kept = |attempt: &ToldPayment| attempt.state != LineState::Discarded;
        let sent = attempts.iter().rposition(kept);
        let same = sent.is_some_and(|place| payment == name(place + 1));
        if state == LineState::Pending && !same {
            if payment != name(attempts.len() + 1) {
                return Err(wrong(act.seq, "its payment does not count the attempts"));
            }
            let mut attempt = first(conn, keys, claim, past, act, &mut all.packs)?;
            attempt.attempt = attempts.len() as i64 + 1;
            attempts.push(attempt);
            continue;
        }
        let last = sent.filter(|_| same).and_then(|n| attempts.get_mut(n));
        let last = last.ok_or_else(|| wrong(act.seq, "it is about no payment of the claim"))?;
        last.state = state;
        last.outcome = Some(act.at).filter(|_| state != LineState::Pending);
        last.reason_mac = members.get(REASON).map(str::to_owned);
    }
    let pending = attempts.iter().filter(|a| a.state == LineState::Pending);
    if pending.count() != usize::from(claim.state == ClaimState::Paying) {
        return Err(wrong(told.seq, "its payments are not those of its state"));
    }
    for attempt in attempts {
        let name = format!("{}/{}", claim.number, attempt.attempt);
        all.payments.insert(name, attempt);
    }
    all.owed.extend(Owed::of(row, claim, told));
    Ok(())
}

/// What the line of a payment must say, from its entry, the claim and its pack.
fn first(
    conn: &mut Db,
    keys: &Keys,
    claim: &StoredClaim,
    past: &[PastClaim],
    act: &ToldAct,
    packs: &mut Packs,
) -> Result<ToldPayment, StorageError> {
    let rules = &packs.of(conn, claim)?.rules;
    let payee = rules.payout.as_ref().map(|p| p.terms.payee);
    let parts = split::by_source(act.amount, rules.money.as_ref().map(|m| &m.terms));
    let sources = [parts.centre, parts.province, parts.zone, parts.local].map(Fen::fen);
    let (payee, debtors) = match payee {
        Some(Payee::Dealer) => {
            let parts = ["dealer", &claim.dealer.to_string()];
            ("dealer", vec![keys.vault.keyed_hash("debtor", &parts)])
        }
        Some(Payee::Consumer) | None => {
            let before = past.iter().map(|p| p.person_hash);
            ("consumer", before.chain([claim.person_hash]).collect())
        }
    };
    Ok(ToldPayment {
        claim: claim.id,
        attempt: 1,
        dealer: claim.dealer,
        payee,
        debtors,
        paying_seq: act.seq,
        amount: act.amount,
        sources,
        set_offs: act.members().get("set_offs").unwrap_or_default().to_owned(),
        state: LineState::Pending,
        reason_mac: None,
        outcome: None,
    })
}

/// Holds every batch and line against what was told; gives on what bears on what is owed back.
pub(super) fn check(conn: &mut Db, keys: &Keys, mut told: Told) -> Result<Paid, VerifyFailure> {
    let mut paid = Paid::of(std::mem::take(&mut told.owed));
    let mut numbers: HashMap<PoolId, Vec<(i64, i64)>> = HashMap::new();
    let (mut lines, mut set_offs) = (0, 0);
    let mut after = None;
    loop {
        let page = payouts::batches(conn, after, PAGE)?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        for row in page {
            let found = told.batches.remove(&row.id.to_string());
            let Some(batch) = found else {
                return Err(nowhere(format!("batch {} was never sealed", row.id)));
            };
            let of = Checked { batch, row };
            set_offs += of.lines(conn, keys, &mut told.payments, &mut paid)?;
            lines += of.row.lines;
            let sealed = (of.batch.sealed.seq, of.row.number);
            numbers.entry(of.row.pool).or_default().push(sealed);
        }
    }
    if let Some(id) = told.batches.keys().next() {
        return Err(nowhere(format!("batch {id} is gone")));
    }
    if let Some(name) = told.payments.keys().next() {
        return Err(nowhere(format!("the line of payment {name} is gone")));
    }
    let counted = (
        payout_lines::count_lines(conn)?,
        receivables::count_set_offs(conn)?,
    );
    if counted != (lines, set_offs) {
        return Err(nowhere(
            "there are lines or set-offs of no batch".to_owned(),
        ));
    }
    if payouts::count_half_ended(conn)? > 0 {
        return Err(nowhere("a batch is half released or discarded".to_owned()));
    }
    for sealed in numbers.values_mut() {
        sealed.sort_unstable();
        if !(1..).zip(&*sealed).all(|(n, (_, number))| n == *number) {
            let message = "the batches of a pool are not numbered as they were sealed";
            return Err(nowhere(message.to_owned()));
        }
    }
    Ok(paid)
}

fn nowhere(message: String) -> VerifyFailure {
    Broken {
        code: "payment_differs",
        pool: String::new(),
        seq: 0,
        message,
    }
    .into()
}

/// A batch's row beside what was told of it.
struct Checked {
    batch: ToldBatch,
    row: BatchRow,
}

impl Checked {
    fn wrong(&self, seq: i64, message: String) -> VerifyFailure {
        Broken {
            code: "payment_differs",
            pool: self.batch.pool_name.clone(),
            seq,
            message,
        }
        .into()
    }

    /// The lines of the batch, then the batch itself. Says how many set-offs there are.
    fn lines(
        &self,
        conn: &mut Db,
        keys: &Keys,
        told: &mut HashMap<String, ToldPayment>,
        paid: &mut Paid,
    ) -> Result<i64, VerifyFailure> {
        let lines = payout_lines::lines_of(conn, self.row.id)?;
        let mut payments = Vec::new();
        let (mut sums, mut before, mut set_offs) = ([0; 3], 0, 0);
        for (place, line) in (1..).zip(&lines) {
            let name = &line.end_to_end_id;
            let wrong = |what: &str| self.wrong(0, format!("payment {name}: {what}"));
            let Some(payment) = told.remove(name) else {
                return Err(wrong("no entry speaks of it"));
            };
            let offs = receivables::set_offs_of(conn, name)?;
            let off: i64 = offs.iter().map(|(_, amount)| amount).sum();
            set_offs += offs.len() as i64;
            let sealed_with_it = payment.paying_seq < self.batch.sealed.seq;
            let placed = line.line == place && payment.paying_seq > before && sealed_with_it;
            before = payment.paying_seq;
            let set_off = off == line.set_off && set_offs_told(&offs) == payment.set_offs;
            if !placed || !set_off || !payment.says(keys, line) || !self.allows(line) {
                return Err(wrong("its line is not what the entries say"));
            }
            let account = opened(keys, line).ok_or_else(|| wrong("its payee does not open"))?;
            if let Some(payment) = account {
                payments.push(payment);
            }
            for (sum, part) in sums.iter_mut().zip([line.gross, line.set_off, line.net]) {
                *sum += part;
            }
            paid.note(line, &offs);
        }
        self.batch_row(keys, lines.len() as i64, sums, &payments)?;
        Ok(set_offs)
    }

    /// Whether the fate of a line fits that of its batch: what was not released has none, and
    /// what was discarded went with all lines at once.
    fn allows(&self, line: &LineRow) -> bool {
        match (self.row.released, self.row.discarded) {
            (Some(_), _) => line.state != LineState::Discarded,
            (None, Some((_, at))) => line.state == LineState::Discarded && line.outcome == Some(at),
            (None, None) => line.state == LineState::Pending,
        }
    }

    fn batch_row(
        &self,
        keys: &Keys,
        lines: i64,
        sums: [i64; 3],
        payments: &[Payment],
    ) -> Result<(), VerifyFailure> {
        let (row, sealed) = (&self.row, &self.batch.sealed);
        let members = sealed.members();
        let said = ["lines", "gross", "set_off"].map(|name| members.get(name));
        let there = [row.lines, row.gross, row.set_off].map(|n| n.to_string());
        let hash = file_hash(keys, row, &self.batch.pool_name, payments);
        let named = |end: Option<(StaffId, Timestamp)>| end.map(|(by, at)| (Some(by), at));
        let one_person = row.released.is_some_and(|(by, _)| by == row.sealed_by);
        for (agrees, what) in [
            (row.pool == self.batch.pool, "it belongs to another pool"),
            (
                row.lines == lines && [row.gross, row.set_off, row.net] == sums,
                "its totals are not the sums of its lines",
            ),
            (
                said == there.each_ref().map(|text| Some(text.as_str()))
                    && row.net == sealed.amount.fen(),
                "its totals are not those that were sealed",
            ),
            (
                hash == Some(row.hash) && sealed.detail == Some(hex(&row.hash)),
                "its file is not the one that was sealed",
            ),
            (
                (Some(row.sealed_by), row.sealed) == (members.staff(), sealed.at),
                "another person sealed it, or at another time",
            ),
            (
                named(row.released) == self.batch.released,
                "another person released it, or at another time",
            ),
            (
                named(row.discarded) == self.batch.discarded,
                "another person discarded it, or at another time",
            ),
            (!one_person, "one person sealed and released it"),
        ] {
            if !agrees {
                return Err(self.wrong(sealed.seq, format!("batch {}: {what}", row.number)));
            }
        }
        Ok(())
    }
}

impl ToldPayment {
    fn says(&self, keys: &Keys, line: &LineRow) -> bool {
        let (vault, id) = (&keys.vault, &line.end_to_end_id);
        let Ok(reason) = payment_reason::open(vault, id, line.reason.as_deref()) else {
            return false;
        };
        let reason_mac = reason.map(|reason| payment_reason::mac(vault, id, &reason));
        let same = (line.claim, line.attempt, line.dealer);
        same == (self.claim, self.attempt, self.dealer)
            && line.payee == self.payee
            && self.debtors.contains(&line.debtor)
            && line.gross == self.amount.fen()
            && line.net == line.gross - line.set_off
            && line.sources == self.sources
            && (line.state, line.outcome) == (self.state, self.outcome)
            && reason_mac == self.reason_mac
    }
}

/// The payment that the bank makes, where it makes one; `None` when what is sealed does not open.
fn opened(keys: &Keys, line: &LineRow) -> Option<Option<Payment>> {
    let account = PayeeAccount::open(&keys.vault, &line.end_to_end_id, &line.sealed).ok()?;
    if line.net == 0 {
        return Some(None);
    }
    Some(Some(Payment {
        end_to_end_id: line.end_to_end_id.parse().ok()?,
        payee_name: account.name,
        account: account.number.parse().ok()?,
        bank: Bank::read(&account.bank),
        amount: Fen::new(line.net)?,
    }))
}

/// The public hash of the CSV file of a batch, which does not name the payer.
fn file_hash(keys: &Keys, row: &BatchRow, pool: &str, payments: &[Payment]) -> Option<[u8; 32]> {
    let salt = keys.vault.open(&salt_aad(row.id), &row.salt).ok()?;
    let salt = String::from_utf8(salt).ok()?;
    if payments.is_empty() {
        return Some(file_commitment(&salt, NO_PAYMENTS));
    }
    let debtor = Debtor {
        name: "payer".to_owned(),
        account: "0".parse().ok()?,
        bank: None,
    };
    let id = row.id.0.simple().to_string();
    let file = PaymentFile::new(Batch {
        id: &id,
        pool,
        created: row.sealed,
        execution_day: row.sealed.beijing_day(),
        debtor: &debtor,
        payments,
    });
    let file = csv_file::write(&file.ok()?);
    Some(file_commitment(&salt, &file))
}
