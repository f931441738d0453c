//! Payout batches: sealed from approved claims in the order of approval, released by a second
//! person, handed to the bank as a file.

use serde::{Deserialize, Serialize};

use aws_lc_rs::digest;

use crate::banking::{Bank, Batch, Debtor, EndToEndId, Payment, PaymentFile};
use crate::banking::{csv_file, pain001};
use crate::catalogue::NO_POOL;
use crate::clock;
use crate::domain::claim::ClaimState;
use crate::domain::ids::{BatchId, DealerId, PoolId, StaffId};
use crate::domain::money::Fen;
use crate::domain::policy::rules::payout::Payee;
use crate::domain::split;
use crate::domain::time::Timestamp;
use crate::domain::transition::Act;
use crate::journal::canonical::hex;
use crate::journal::entry::{EntryActor, EntryKind};
use crate::ledger::{Ledger, Line, Private, act_record};
use crate::operations::claims::open;
use crate::operations::denial::{ActError, Denial, Ended};
use crate::operations::scene::{By, Move, Packs, Scene, settle, with_retries};
use crate::operations::{Engine, StaffCaller, outcomes, pools};
use crate::storage::claims::StoredClaim;
use crate::storage::payouts::{BatchRow, LineRow, LineState};
use crate::storage::{
    Db, StorageError, access, claim_queues, dealers, payouts, pools as rows, receivables,
};
use crate::vault::{account_aad, line_aad};

/// The most claims in one batch.
pub const MOST_LINES: i64 = 1_000;

/// The file of a batch of which everything is set off.
const NO_PAYMENTS: &[u8] = b"end_to_end_id,claim_number,payee_name,account,amount\n";

/// A batch as finance and auditors see it.
#[derive(Debug, Clone, Serialize)]
pub struct BatchView {
    /// The id.
    pub id: BatchId,
    /// The pool that pays.
    pub pool: String,
    /// 1, 2, 3 … in the pool.
    pub number: i64,
    /// `sealed` or `released`.
    pub state: &'static str,
    /// How many claims.
    pub lines: i64,
    /// What the claims are owed.
    pub gross: Fen,
    /// What of it is set off against what is owed back.
    pub set_off: Fen,
    /// What the bank pays.
    pub total: Fen,
    /// SHA-256 of the CSV file, in hexadecimal.
    pub hash: String,
    /// When it was sealed.
    pub sealed_at: Timestamp,
    /// When it was released.
    pub released_at: Option<Timestamp>,
    /// Approved claims that were left out, and why; only in the answer that sealed it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
}

/// A claim that cannot be paid yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// The claim's number.
    pub claim_number: String,
    /// A word: `account_missing`, `notice_running`.
    pub why: &'static str,
}

/// Who is paid, as it is sealed beside a line.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PayeeAccount {
    /// The account's holder.
    pub name: String,
    /// The account's number.
    pub number: String,
    /// The bank.
    pub bank: String,
}

/// Seals a batch of at most `limit` claims of a pool.
///
/// # Errors
/// [`ActError::NotFound`] for the pool; [`Denial::NothingToPay`], [`Denial::StageStopped`].
pub async fn seal(
    engine: &Engine,
    caller: &StaffCaller,
    pool: String,
    limit: i64,
) -> Result<BatchView, ActError> {
    let (worker, staff) = (engine.clone(), caller.staff);
    let done = engine.with_db(move |conn| -> Result<BatchView, Ended> {
        let found = rows::all(conn)?
            .into_iter()
            .find(|p| p.name == pool && pool != NO_POOL);
        let id = found.ok_or(ActError::NotFound)?.id;
        with_retries(conn, |conn| seal_within(&worker, conn, staff, id, limit))
    });
    done.await.map_err(Ended::into_act)
}

fn seal_within(
    engine: &Engine,
    conn: &mut Db,
    staff: StaffId,
    pool: PoolId,
    limit: i64,
) -> Result<BatchView, Ended> {
    let mut ledger = pools::lock(conn, pool)?;
    if ledger.pool.payout != "open" {
        return Err(Denial::StageStopped.into());
    }
    let mut sealing = Sealing {
        engine,
        id: BatchId(clock::new_uuid()),
        at: ledger.at,
        packs: Packs::default(),
        lines: Vec::new(),
        payments: Vec::new(),
        left_out: Vec::new(),
    };
    let mut after = 0;
    'all: loop {
        let page = claim_queues::approved(conn, pool, after, MOST_LINES)?;
        let Some(last) = page.last() else { break };
        after = last.progress.approval_seq.unwrap_or(i64::MAX);
        for claim in page {
            if sealing.lines.len() as i64 >= limit {
                break 'all;
            }
            sealing.add(conn, &mut ledger, claim, staff)?;
        }
    }
    if sealing.lines.is_empty() {
        return Err(Denial::NothingToPay.into());
    }
    let row = sealing.row(conn, pool, staff)?;
    payouts::insert_batch(conn, &row)?;
    for line in &sealing.lines {
        payouts::insert_line(conn, line)?;
    }
    batch_entry(&mut ledger, EntryKind::BatchSealed, &row, staff)?;
    let name = ledger.pool.name.clone();
    settle(conn, ledger)?;
    Ok(BatchView {
        left_out: sealing.left_out,
        ..shown(&row, name)
    })
}

/// A batch while it is put together.
struct Sealing<'a> {
    engine: &'a Engine,
    id: BatchId,
    at: Timestamp,
    packs: Packs,
    lines: Vec<LineRow>,
    payments: Vec<Payment>,
    left_out: Vec<LeftOut>,
}

impl Sealing<'_> {
    fn add(
        &mut self,
        conn: &mut Db,
        ledger: &mut Ledger,
        claim: StoredClaim,
        staff: StaffId,
    ) -> Result<(), Ended> {
        let rules = &self.packs.of(conn, &claim)?.rules;
        let notice = rules.public_notice.as_ref().map_or(0, |n| n.terms.days);
        let money = rules.money.as_ref().map(|m| m.terms.clone());
        let payee = rules.payout.as_ref().map(|p| p.terms.payee);
        let payee = payee.unwrap_or(Payee::Consumer);
        let approved = claim.progress.approved.unwrap_or(self.at);
        let leave_out = |why| LeftOut {
            claim_number: claim.number.clone(),
            why,
        };
        if notice > 0 && self.at < approved.end_of_day_after(notice) {
            self.left_out.push(leave_out("notice_running"));
            return Ok(());
        }
        let Some(account) = self.account(conn, &claim, payee)? else {
            self.left_out.push(leave_out("account_missing"));
            return Ok(());
        };
        let attempt = payouts::attempts(conn, claim.id)?.len() as i64 + 1;
        #[cfg(feature = "planted-faults")]
        let attempt = crate::planted::attempt(attempt);
        let corrupt = |what: &str| StorageError::Corrupt(format!("claim {}: {what}", claim.number));
        let id = EndToEndId::new(&claim.number, u32::try_from(attempt).unwrap_or(u32::MAX))
            .map_err(|_| corrupt("no payment can be named after it"))?;
        let debtor = match payee {
            Payee::Dealer => dealer_debtor(self.engine, claim.dealer),
            Payee::Consumer => claim.person_hash,
        };
        let set_off = set_off(conn, &claim, &debtor, id.as_str())?;
        let net = claim.amount.fen() - set_off;
        let sources = split::by_source(claim.amount, money.as_ref());
        let sealed = serde_json::to_vec(&account).map_err(|_| corrupt("its payee"))?;
        if net > 0 {
            self.payments.push(Payment {
                end_to_end_id: id.clone(),
                payee_name: account.name,
                account: account.number.parse().map_err(|_| corrupt("account"))?,
                bank: Bank::read(&account.bank),
                amount: Fen::new(net).unwrap_or_default(),
            });
        }
        self.lines.push(LineRow {
            batch: self.id,
            line: self.lines.len() as i64 + 1,
            claim: claim.id,
            attempt,
            dealer: claim.dealer,
            payee: payee_word(payee).to_owned(),
            debtor,
            sealed: self.engine.keys.vault.seal(&line_aad(id.as_str()), &sealed),
            gross: claim.amount.fen(),
            set_off,
            net,
            sources: [
                sources.centre,
                sources.province,
                sources.zone,
                sources.local,
            ]
            .map(Fen::fen),
            state: LineState::Pending,
            reason: None,
            outcome: None,
            end_to_end_id: id.as_str().to_owned(),
        });
        let amount = claim.amount;
        let step = Move::of(Act::Seal, ClaimState::Paying, EntryKind::Paying);
        let step = step.with_amount(amount).noting("payment", id.as_str());
        Scene::on(conn, ledger, claim).go(step, &By::Staff(staff), |_, _| {})?;
        Ok(())
    }

    /// Where the money goes; `None` where no account is known that may be used now.
    fn account(
        &self,
        conn: &mut Db,
        claim: &StoredClaim,
        payee: Payee,
    ) -> Result<Option<PayeeAccount>, Ended> {
        if payee == Payee::Consumer {
            let consumer = open(self.engine, claim)?.consumer;
            return Ok(Some(PayeeAccount {
                name: consumer.name,
                number: consumer.bank_account.number.as_str().to_owned(),
                bank: consumer.bank_account.bank,
            }));
        }
        dealer_account(self.engine, conn, claim.dealer, self.at)
    }

    fn row(&self, conn: &mut Db, pool: PoolId, staff: StaffId) -> Result<BatchRow, Ended> {
        let lines = &self.lines[..];
        #[cfg(feature = "planted-faults")]
        let lines = crate::planted::counted(lines);
        let sum = |of: fn(&LineRow) -> i64| lines.iter().map(of).sum::<i64>();
        let mut row = BatchRow {
            id: self.id,
            pool,
            number: payouts::next_number(conn, pool)?,
            lines: lines.len() as i64,
            gross: sum(|l| l.gross),
            set_off: sum(|l| l.set_off),
            net: sum(|l| l.net),
            hash: [0; 32],
            sealed_by: staff,
            sealed: self.at,
            released: None,
        };
        row.hash = sha256(&csv(self.engine, &row, "", &self.payments)?);
        Ok(row)
    }
}

/// What the payee owes the pool is set off, the oldest first; says how much, in fen.
fn set_off(
    conn: &mut Db,
    claim: &StoredClaim,
    debtor: &[u8; 16],
    end_to_end_id: &str,
) -> Result<i64, Ended> {
    let mut rest = claim.amount.fen();
    for owed in receivables::owed_by(conn, claim.pool, debtor)? {
        let part = owed.open().min(rest);
        if part > 0 {
            receivables::change(conn, owed.id, 0, part)?;
            receivables::insert_set_off(conn, end_to_end_id, owed.id, part)?;
            rest -= part;
        }
    }
    Ok(claim.amount.fen() - rest)
}

/// The account of a dealer that is in force at an instant.
///
/// # Errors
/// The database's; [`StorageError::Corrupt`] when it does not open.
pub fn dealer_account(
    engine: &Engine,
    conn: &mut Db,
    dealer: DealerId,
    at: Timestamp,
) -> Result<Option<PayeeAccount>, Ended> {
    let Some(row) = dealers::account_at(conn, dealer, at)? else {
        return Ok(None);
    };
    let corrupt = || StorageError::Corrupt("a dealer's account does not open".into());
    let plain = engine.keys.vault.open(&account_aad(row.id), &row.sealed);
    let account = serde_json::from_slice(&plain.map_err(|_| corrupt())?);
    Ok(Some(account.map_err(|_| corrupt())?))
}

/// The keyed hash by which what a dealer owes is found.
pub fn dealer_debtor(engine: &Engine, dealer: DealerId) -> [u8; 16] {
    engine
        .keys
        .vault
        .keyed_hash("debtor", &["dealer", &dealer.to_string()])
}

const fn payee_word(payee: Payee) -> &'static str {
    match payee {
        Payee::Dealer => "dealer",
        Payee::Consumer => "consumer",
    }
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    out
}

fn batch_entry(
    ledger: &mut Ledger,
    kind: EntryKind,
    row: &BatchRow,
    staff: StaffId,
) -> Result<(), Ended> {
    let record = act_record(&[
        ("act", kind.as_str()),
        ("batch", &row.id.to_string()),
        ("gross", &row.gross.to_string()),
        ("lines", &row.lines.to_string()),
        ("set_off", &row.set_off.to_string()),
        ("staff", &staff.to_string()),
    ]);
    let line = Line {
        kind,
        actor: EntryActor::Staff,
        about: None,
        amount: Fen::new(row.net).unwrap_or_default(),
        moved: None,
        detail: Some(hex(&row.hash)),
        private: Private::Kept(record),
    };
    let appended = ledger.append(line);
    appended.map_err(|e| StorageError::Corrupt(e.to_string()))?;
    Ok(())
}

/// Releases a sealed batch to the bank: another person than whoever sealed it. What is set off
/// whole needs no bank and is settled now.
///
/// # Errors
/// [`ActError`].
pub async fn release(
    engine: &Engine,
    caller: &StaffCaller,
    id: BatchId,
) -> Result<BatchView, ActError> {
    let staff = caller.staff;
    let done = engine.with_db(move |conn| -> Result<BatchView, Ended> {
        with_retries(conn, |conn| release_within(conn, staff, id))
    });
    done.await.map_err(Ended::into_act)
}

fn release_within(conn: &mut Db, staff: StaffId, id: BatchId) -> Result<BatchView, Ended> {
    let pool = payouts::find_batch(conn, id)?
        .ok_or(ActError::NotFound)?
        .pool;
    let mut ledger = pools::lock(conn, pool)?;
    let mut row = payouts::find_batch(conn, id)?.ok_or(ActError::NotFound)?;
    if row.sealed_by == staff {
        return Err(Denial::SecondPersonRequired.into());
    }
    if ledger.pool.payout != "open" {
        return Err(Denial::StageStopped.into());
    }
    let at = ledger.at;
    if !payouts::release_batch(conn, id, staff, at)? {
        return Err(Denial::AlreadyReleased.into());
    }
    row.released = Some((staff, at));
    batch_entry(&mut ledger, EntryKind::BatchReleased, &row, staff)?;
    for line in payouts::lines_of(conn, id)? {
        if line.net == 0 {
            outcomes::paid(conn, &mut ledger, &line, &By::Staff(staff))?;
        }
    }
    let name = ledger.pool.name.clone();
    settle(conn, ledger)?;
    Ok(shown(&row, name))
}

/// A form of the file for the bank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileFormat {
    /// Comma-separated.
    Csv,
    /// ISO 20022.
    Pain001,
}

/// The file of a released batch, the same bytes each time; that it was read is logged, since it
/// names payees and their accounts.
///
/// # Errors
/// [`Denial::NotReleased`]; [`Denial::PayerUnknown`] where the ISO file has no payer.
pub async fn file(
    engine: &Engine,
    caller: &StaffCaller,
    id: BatchId,
    format: FileFormat,
) -> Result<Vec<u8>, ActError> {
    let (worker, staff) = (engine.clone(), caller.staff);
    let done = engine.with_db(move |conn| -> Result<Vec<u8>, Ended> {
        let row = payouts::find_batch(conn, id)?.ok_or(ActError::NotFound)?;
        if row.released.is_none() {
            return Err(Denial::NotReleased.into());
        }
        let gone = || StorageError::Corrupt("the pool of a batch is gone".into());
        let pool = rows::read(conn, row.pool)?.ok_or_else(gone)?.name;
        let payments = payments(&worker, conn, id)?;
        let what = format!("payout file {id}");
        access::note(conn, staff, None, &what, "payout", clock::now())?;
        let bytes = csv(&worker, &row, &pool, &payments)?;
        if sha256(&bytes) != row.hash {
            let what = "a batch's lines are not those that were sealed".to_owned();
            return Err(StorageError::Corrupt(what).into());
        }
        match format {
            FileFormat::Csv => Ok(bytes),
            FileFormat::Pain001 => {
                if worker.settings.payer.is_none() {
                    return Err(Denial::PayerUnknown.into());
                }
                iso(&worker, &row, &pool, &payments)
            }
        }
    });
    done.await.map_err(Ended::into_act)
}

/// The payments of a batch that the bank makes, opened.
fn payments(engine: &Engine, conn: &mut Db, id: BatchId) -> Result<Vec<Payment>, Ended> {
    let mut payments = Vec::new();
    for line in payouts::lines_of(conn, id)?
        .into_iter()
        .filter(|l| l.net > 0)
    {
        let corrupt = || StorageError::Corrupt(format!("payout line {}", line.end_to_end_id));
        let plain = engine
            .keys
            .vault
            .open(&line_aad(&line.end_to_end_id), &line.sealed);
        let account: PayeeAccount =
            serde_json::from_slice(&plain.map_err(|_| corrupt())?).map_err(|_| corrupt())?;
        payments.push(Payment {
            end_to_end_id: line.end_to_end_id.parse().map_err(|_| corrupt())?,
            payee_name: account.name,
            account: account.number.parse().map_err(|_| corrupt())?,
            bank: Bank::read(&account.bank),
            amount: Fen::new(line.net).ok_or_else(corrupt)?,
        });
    }
    Ok(payments)
}

fn csv(
    engine: &Engine,
    row: &BatchRow,
    pool: &str,
    payments: &[Payment],
) -> Result<Vec<u8>, Ended> {
    if payments.is_empty() {
        // Everything is set off: the bank has nothing to do.
        return Ok(NO_PAYMENTS.to_vec());
    }
    with_file(engine, row, pool, payments, csv_file::write)
}

fn iso(
    engine: &Engine,
    row: &BatchRow,
    pool: &str,
    payments: &[Payment],
) -> Result<Vec<u8>, Ended> {
    if payments.is_empty() {
        return Err(Denial::NothingToPay.into());
    }
    with_file(engine, row, pool, payments, pain001::write)
}

fn with_file(
    engine: &Engine,
    row: &BatchRow,
    pool: &str,
    payments: &[Payment],
    write: fn(&PaymentFile<'_>) -> Vec<u8>,
) -> Result<Vec<u8>, Ended> {
    let corrupt = |e: String| StorageError::Corrupt(format!("batch {}: {e}", row.id));
    let debtor = match &engine.settings.payer {
        Some(payer) => payer.clone(),
        // The CSV file does not name the payer.
        None => Debtor {
            name: engine.settings.issuer.clone(),
            account: "0".parse().map_err(|_| corrupt("payer".to_owned()))?,
            bank: None,
        },
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
    Ok(write(&file.map_err(|e| corrupt(e.to_string()))?))
}

/// A batch, for who may see payouts.
///
/// # Errors
/// [`ActError::NotFound`].
pub async fn get(engine: &Engine, id: BatchId) -> Result<BatchView, ActError> {
    let done = engine.with_db(move |conn| -> Result<BatchView, Ended> {
        let row = payouts::find_batch(conn, id)?.ok_or(ActError::NotFound)?;
        let pool = rows::read(conn, row.pool)?.ok_or(ActError::NotFound)?;
        Ok(shown(&row, pool.name))
    });
    done.await.map_err(Ended::into_act)
}

/// Batches in the order of sealing.
///
/// # Errors
/// [`ActError::Unavailable`].
pub async fn list(
    engine: &Engine,
    after: Option<BatchId>,
    limit: i64,
) -> Result<Vec<BatchView>, ActError> {
    let done = engine.with_db(move |conn| -> Result<Vec<BatchView>, Ended> {
        let pools = rows::all(conn)?;
        let name = |id: PoolId| {
            let found = pools.iter().find(|p| p.id == id);
            found.map_or_else(String::new, |p| p.name.clone())
        };
        let found = payouts::batches(conn, after, limit)?;
        Ok(found.iter().map(|row| shown(row, name(row.pool))).collect())
    });
    done.await.map_err(Ended::into_act)
}

fn shown(row: &BatchRow, pool: String) -> BatchView {
    let fen = |amount: i64| Fen::new(amount).unwrap_or_default();
    BatchView {
        id: row.id,
        pool,
        number: row.number,
        state: if row.released.is_some() {
            "released"
        } else {
            "sealed"
        },
        lines: row.lines,
        gross: fen(row.gross),
        set_off: fen(row.set_off),
        total: fen(row.net),
        hash: hex(&row.hash),
        sealed_at: row.sealed,
        released_at: row.released.map(|(_, at)| at),
        left_out: Vec::new(),
    }
}
