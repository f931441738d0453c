//! Putting a batch together from approved claims.

use std::collections::{HashMap, HashSet};

use aws_lc_rs::rand;
use serde::{Deserialize, Serialize};

use super::{BatchView, MOST_LINES, batch_entry, file, shown, sources};
use crate::banking::{AccountNumber, Bank, EndToEndId, Payment, file_commitment, names_a_payee};
use crate::catalogue::NO_POOL;
use crate::clock;
use crate::domain::claim::ClaimState;
use crate::domain::ids::{BatchId, ClaimId, DealerId, PoolId, ReceivableId, StaffId};
use crate::domain::money::Fen;
use crate::domain::policy::rules::money::Money;
use crate::domain::policy::rules::payout::Payee;
use crate::domain::split;
use crate::domain::time::Timestamp;
use crate::domain::transition::Act;
use crate::journal::canonical::hex;
use crate::journal::entry::EntryKind;
use crate::ledger::Ledger;
use crate::operations::claims::open;
use crate::operations::denial::{ActError, Denial, Ended};
use crate::operations::scene::{By, Move, Packs, Scene, settle, with_retries};
use crate::operations::{Engine, StaffCaller, pools, screening};
use crate::storage::batch::{KeyHash, StoredAnswer};
use crate::storage::claims::StoredClaim;
use crate::storage::payout_lines::{LineRow, LineState};
use crate::storage::payouts::BatchRow;
use crate::storage::{
    Db, StorageError, claim_queues, dealers, payout_lines, payouts, pools as rows, receivables,
    screening as screened,
};
use crate::vault::{Vault, account_aad, line_aad, salt_aad};

/// A claim that cannot be paid yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// The claim's number.
    pub claim_number: String,
    /// A word: `account_missing`, `notice_running`, `not_screened` while screening is behind, or
    /// `payee_unusable` where no bank could pay to that name and account.
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

impl PayeeAccount {
    /// Opens what is sealed of who is paid.
    ///
    /// # Errors
    /// [`StorageError::Corrupt`] when it does not open.
    pub fn open(vault: &Vault, end_to_end_id: &str, sealed: &[u8]) -> Result<Self, StorageError> {
        let corrupt = || StorageError::Corrupt(format!("payout line {end_to_end_id}: the payee"));
        let plain = vault.open(&line_aad(end_to_end_id), sealed);
        serde_json::from_slice(&plain.map_err(|_| corrupt())?).map_err(|_| corrupt())
    }
}

/// Claims that are named as left out; of more it is told only how many they are.
const MOST_LEFT_OUT: usize = 100;
/// So many claims are passed over before a batch that has lines is closed: the pool's lock is
/// held meanwhile.
const PASSED_OVER: u64 = 10_000;

/// What shall be sealed.
#[derive(Debug, Clone)]
pub struct NewBatch {
    /// The pool's name.
    pub pool: String,
    /// The most claims.
    pub limit: i64,
    /// Names this attempt: the same key and wish give the same answer, and no second batch.
    pub key: Option<String>,
}

impl NewBatch {
    /// At most `limit` claims of a pool, without a key.
    pub fn of(pool: &str, limit: i64) -> Self {
        Self {
            pool: pool.to_owned(),
            limit,
            key: None,
        }
    }
}

/// A sealed batch, and the answer to whoever asked for it.
#[derive(Debug, Clone)]
pub struct Sealed {
    /// The batch.
    pub id: BatchId,
    /// The [`BatchView`] as JSON.
    pub body: String,
}

/// Seals a batch of claims of a pool.
///
/// # Errors
/// [`ActError::NotFound`] for the pool; [`Denial::NothingToPay`], [`Denial::StageStopped`],
/// [`Denial::KeyReused`].
pub async fn seal(
    engine: &Engine,
    caller: &StaffCaller,
    wanted: NewBatch,
) -> Result<Sealed, ActError> {
    let (worker, staff) = (engine.clone(), caller.staff);
    let done = engine.write_db(move |conn| -> Result<Sealed, Ended> {
        let found = rows::all(conn)?
            .into_iter()
            .find(|p| p.name == wanted.pool && p.name != NO_POOL);
        let id = found.ok_or(ActError::NotFound)?.id;
        screening::catch_up(&worker, conn, id)?;
        with_retries(conn, |conn| seal_within(&worker, conn, staff, id, &wanted))
    });
    done.await.map_err(Ended::into_act)
}

fn seal_within(
    engine: &Engine,
    conn: &mut Db,
    staff: StaffId,
    pool: PoolId,
    wanted: &NewBatch,
) -> Result<Sealed, Ended> {
    let mut ledger = pools::lock(conn, pool)?;
    let vault = &engine.keys.vault;
    let fingerprint = vault.keyed_hash("batch_wanted", &[&wanted.pool, &wanted.limit.to_string()]);
    let key = wanted.key.as_ref();
    let key = key.map(|key| vault.keyed_hash("batch_key", &[&staff.to_string(), key]));
    if let Some(sealed) = answered(conn, key.as_ref(), &fingerprint)? {
        return Ok(sealed);
    }
    if ledger.pool.payout != "open" {
        return Err(Denial::StageStopped.into());
    }
    let mut sealing = Sealing::begin(engine, conn, pool, ledger.at)?;
    let mut after = 0;
    'all: loop {
        let page = claim_queues::approved(conn, pool, after, MOST_LINES)?;
        let Some(last) = page.last() else { break };
        after = last.progress.approval_seq.unwrap_or(i64::MAX);
        for claim in page {
            if sealing.lines.len() as i64 >= wanted.limit {
                break 'all;
            }
            sealing.add(conn, &mut ledger, claim, staff)?;
        }
        // While there is nothing to pay the search goes on: those who wait for an account must
        // not keep the money from everybody behind them.
        if !sealing.lines.is_empty() && sealing.left_out_more >= PASSED_OVER {
            break;
        }
    }
    if sealing.lines.is_empty() {
        return Err(Denial::NothingToPay.into());
    }
    let row = sealing.row(conn, pool, staff)?;
    let view = BatchView {
        sources: Some(sources(&sealing.lines)),
        left_out: sealing.left_out,
        left_out_more: sealing.left_out_more,
        ..shown(&row, ledger.pool.name.clone())
    };
    let body = serde_json::to_string(&view)
        .map_err(|_| StorageError::Corrupt("a batch cannot be shown".into()))?;
    let answer = StoredAnswer { fingerprint, body };
    payouts::insert_batch(conn, &row, key.as_ref().map(|key| (key, &answer)))?;
    for line in &sealing.lines {
        payout_lines::insert_line(conn, line)?;
    }
    batch_entry(&mut ledger, EntryKind::BatchSealed, &row, staff)?;
    settle(conn, ledger)?;
    Ok(Sealed {
        id: row.id,
        body: answer.body,
    })
}

/// The batch that was sealed under this key before, for the same wish.
fn answered(
    conn: &mut Db,
    key: Option<&KeyHash>,
    fingerprint: &[u8; 16],
) -> Result<Option<Sealed>, Ended> {
    let known = key.map(|key| payouts::answer(conn, key)).transpose()?;
    match known.flatten() {
        Some((_, answer)) if answer.fingerprint != *fingerprint => Err(Denial::KeyReused.into()),
        Some((id, StoredAnswer { body, .. })) => Ok(Some(Sealed { id, body })),
        None => Ok(None),
    }
}

/// A batch while it is put together.
struct Sealing<'a> {
    engine: &'a Engine,
    /// Claims that nobody has screened as they are now.
    unscreened: HashSet<ClaimId>,
    id: BatchId,
    at: Timestamp,
    packs: Packs,
    lines: Vec<LineRow>,
    payments: Vec<Payment>,
    left_out: Vec<LeftOut>,
    left_out_more: u64,
    /// The dealers' accounts that were looked up.
    accounts: HashMap<DealerId, Option<PayeeAccount>>,
}

impl<'a> Sealing<'a> {
    fn begin(
        engine: &'a Engine,
        conn: &mut Db,
        pool: PoolId,
        at: Timestamp,
    ) -> Result<Self, StorageError> {
        Ok(Self {
            engine,
            unscreened: screened::unscreened(conn, pool)?.into_iter().collect(),
            id: BatchId(clock::new_uuid()),
            at,
            packs: Packs::default(),
            lines: Vec::new(),
            payments: Vec::new(),
            left_out: Vec::new(),
            left_out_more: 0,
            accounts: HashMap::new(),
        })
    }

    fn leave_out(&mut self, claim: &StoredClaim, why: &'static str) {
        if self.left_out.len() < MOST_LEFT_OUT {
            let claim_number = claim.number.clone();
            self.left_out.push(LeftOut { claim_number, why });
        } else {
            self.left_out_more += 1;
        }
    }

    fn add(
        &mut self,
        conn: &mut Db,
        ledger: &mut Ledger,
        claim: StoredClaim,
        staff: StaffId,
    ) -> Result<(), Ended> {
        if self.unscreened.contains(&claim.id) {
            self.leave_out(&claim, "not_screened");
            return Ok(());
        }
        let rules = &self.packs.of(conn, &claim)?.rules;
        let notice = rules.public_notice.as_ref().map_or(0, |n| n.terms.days);
        let money = rules.money.as_ref().map(|m| m.terms.clone());
        let payee = rules.payout.as_ref().map(|p| p.terms.payee);
        let payee = payee.unwrap_or(Payee::Consumer);
        let approved = claim.progress.approved.unwrap_or(self.at);
        if notice > 0 && self.at < approved.end_of_day_after(notice) {
            self.leave_out(&claim, "notice_running");
            return Ok(());
        }
        let Some(account) = self.account(conn, &claim, payee)? else {
            self.leave_out(&claim, "account_missing");
            return Ok(());
        };
        let number = account.number.parse::<AccountNumber>().ok();
        let Some(number) = number.filter(|_| names_a_payee(&account.name)) else {
            self.leave_out(&claim, "payee_unusable");
            return Ok(());
        };
        let id = self.line(conn, &claim, payee, (account, number), money.as_ref())?;
        let amount = claim.amount;
        let step = Move::of(Act::Seal, ClaimState::Paying, EntryKind::Paying);
        let set_offs = set_offs_told(&receivables::set_offs_of(conn, &id)?);
        let step = step
            .with_amount(amount)
            .noting("payment", id)
            .noting("set_offs", set_offs);
        Scene::on(conn, ledger, claim).go(step, &By::Staff(staff), |_, _| {})?;
        Ok(())
    }

    /// One attempt to pay a claim; says under which name.
    fn line(
        &mut self,
        conn: &mut Db,
        claim: &StoredClaim,
        payee: Payee,
        (account, number): (PayeeAccount, AccountNumber),
        money: Option<&Money>,
    ) -> Result<String, Ended> {
        let attempt = payout_lines::attempts(conn, claim.id)?.len() as i64 + 1;
        #[cfg(feature = "planted-faults")]
        let attempt = crate::planted::attempt(attempt);
        let corrupt = |what: &str| StorageError::Corrupt(format!("claim {}: {what}", claim.number));
        let id = EndToEndId::new(&claim.number, u32::try_from(attempt).unwrap_or(u32::MAX))
            .map_err(|_| corrupt("no payment can be named after it"))?;
        let debtor = match payee {
            Payee::Dealer => dealer_debtor(self.engine, claim.dealer),
            Payee::Consumer => claim.person_hash,
        };
        let set_off = set_off(conn, claim, &debtor, id.as_str())?;
        let net = claim.amount.fen() - set_off;
        let sources = split::by_source(claim.amount, money);
        let sealed = serde_json::to_vec(&account).map_err(|_| corrupt("its payee"))?;
        if net > 0 {
            self.payments.push(Payment {
                end_to_end_id: id.clone(),
                payee_name: account.name,
                account: number,
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
        Ok(id.as_str().to_owned())
    }

    /// Where the money goes; `None` where no account is known that may be used now.
    fn account(
        &mut self,
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
        if let Some(known) = self.accounts.get(&claim.dealer) {
            return Ok(known.clone());
        }
        let account = dealer_account(self.engine, conn, claim.dealer, self.at)?;
        self.accounts.insert(claim.dealer, account.clone());
        Ok(account)
    }

    fn row(&self, conn: &mut Db, pool: PoolId, staff: StaffId) -> Result<BatchRow, Ended> {
        let lines = &self.lines[..];
        #[cfg(feature = "planted-faults")]
        let lines = crate::planted::counted(lines);
        let sum = |of: fn(&LineRow) -> i64| lines.iter().map(of).sum::<i64>();
        let salt = new_salt();
        let mut row = BatchRow {
            id: self.id,
            pool,
            number: payouts::next_number(conn, pool)?,
            lines: lines.len() as i64,
            gross: sum(|l| l.gross),
            set_off: sum(|l| l.set_off),
            net: sum(|l| l.net),
            hash: [0; 32],
            salt: self
                .engine
                .keys
                .vault
                .seal(&salt_aad(self.id), salt.as_bytes()),
            sealed_by: staff,
            sealed: self.at,
            released: None,
            discarded: None,
        };
        let bytes = file::csv(self.engine, &row, "", &self.payments)?;
        row.hash = file_commitment(&salt, &bytes);
        Ok(row)
    }
}

/// A fresh salt, 32 random bytes in hexadecimal.
#[expect(
    clippy::expect_used,
    reason = "without random bytes from the system nothing can be kept secret"
)]
fn new_salt() -> String {
    let mut salt = [0; 32];
    rand::fill(&mut salt).expect("random bytes");
    hex(&salt)
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

/// What a payment sets off, as its journal entry keeps it: each receivable with the amount in
/// fen, in the order of their ids.
pub fn set_offs_told(set_offs: &[(ReceivableId, i64)]) -> String {
    let parts: Vec<String> = set_offs
        .iter()
        .map(|(id, amount)| format!("{id}={amount}"))
        .collect();
    parts.join(",")
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
