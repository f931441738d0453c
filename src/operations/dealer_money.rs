//! "What do you hold of mine": a dealer's claims by pool and state, what it has fronted and how
//! long it waits for it, and a statement of each payout.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use crate::banking::EndToEndId;
use crate::banking::statement::{self, StatementLine};
use crate::catalogue::{Catalogue, Published};
use crate::domain::ageing::{Ageing, Band, band};
use crate::domain::claim::{Bucket, ClaimState};
use crate::domain::ids::{BatchId, ClaimId, DealerId};
use crate::domain::money::Fen;
use crate::domain::policy::rules::payout::Payee;
use crate::domain::promise::{self, Instants, Stage};
use crate::domain::time::Timestamp;
use crate::operations::denial::{ActError, Ended};
use crate::operations::{DealerCaller, Engine, ReadError, payment_reason};
use crate::storage::dealer_money::{self as rows, OpenClaim, StatementRow};
use crate::storage::payout_lines::LineState;
use crate::storage::payouts::BatchRow;
use crate::storage::{Db, StorageError, dialect, payouts, pools};
use crate::vault::Vault;

/// Claims read at a time.
const PAGE: i64 = 1_000;

/// How many claims, and their money together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct StateTotal {
    /// The state.
    pub state: ClaimState,
    /// How many claims.
    pub claims: i64,
    /// What they hold or ask for.
    pub amount: Fen,
}

/// A dealer's claims in one pool.
#[derive(Debug, Clone, Serialize)]
pub struct PoolHoldings {
    /// The pool.
    pub pool: String,
    /// What counts for the dealer's share of it: all claims that stand.
    pub share: Fen,
    /// Claims by state; states without any are left out.
    pub states: Vec<StateTotal>,
}

/// All of a dealer's claims.
#[derive(Debug, Clone, Serialize)]
pub struct Holdings {
    /// When everything was read, on one snapshot.
    pub as_of: Timestamp,
    /// By pool.
    pub pools: Vec<PoolHoldings>,
    /// All pools together.
    pub states: Vec<StateTotal>,
}

/// A dealer's claims by pool and state.
///
/// # Errors
/// [`ReadError::Unavailable`].
pub async fn holdings(engine: &Engine, caller: &DealerCaller) -> Result<Holdings, ReadError> {
    let dealer = caller.dealer;
    let found = engine.with_db(move |conn| -> Result<Holdings, StorageError> {
        conn.snapshot(|conn| holdings_within(conn, dealer))
    });
    Ok(found.await?)
}

/// Claims and their money by state.
type Totals = BTreeMap<ClaimState, (i64, i64)>;

fn holdings_within(conn: &mut Db, dealer: DealerId) -> Result<Holdings, StorageError> {
    let shares: BTreeMap<_, _> = rows::shares(conn, dealer)?.into_iter().collect();
    let mut by_pool: BTreeMap<_, Totals> = BTreeMap::new();
    let mut whole = Totals::new();
    for held in rows::holdings(conn, dealer)? {
        for totals in [by_pool.entry(held.pool).or_default(), &mut whole] {
            let total = totals.entry(held.state).or_default();
            total.0 += held.claims;
            total.1 += held.amount * held.claims;
        }
    }
    let mut found = Vec::new();
    for pool in pools::all(conn)? {
        if let Some(totals) = by_pool.remove(&pool.id) {
            found.push(PoolHoldings {
                share: money(shares.get(&pool.id).copied().unwrap_or(0))?,
                states: listed(totals)?,
                pool: pool.name,
            });
        }
    }
    Ok(Holdings {
        as_of: dialect::now(conn)?,
        pools: found,
        states: listed(whole)?,
    })
}

fn listed(totals: Totals) -> Result<Vec<StateTotal>, StorageError> {
    let total = |(state, (claims, amount))| {
        Ok(StateTotal {
            state,
            claims,
            amount: money(amount)?,
        })
    };
    totals.into_iter().map(total).collect()
}

fn money(fen: i64) -> Result<Fen, StorageError> {
    Fen::new(fen).ok_or_else(|| StorageError::Corrupt("a dealer's sum out of range".into()))
}

/// What a dealer has fronted: the subsidies that it gave at the till and is not paid yet.
#[derive(Debug, Clone, Serialize)]
pub struct Exposure {
    /// When everything was read, on one snapshot.
    pub as_of: Timestamp,
    /// How many claims.
    pub claims: u64,
    /// All of it.
    pub amount: Fen,
    /// By the promise that the bureau has to keep next: the end of the review, or the payment.
    /// What waits for the dealer itself is not due.
    pub bands: Ageing,
    /// The claim that was filed first.
    pub oldest: Option<Fronted>,
}

/// A claim whose subsidy a dealer has fronted.
#[derive(Debug, Clone, Serialize)]
pub struct Fronted {
    /// Its number.
    pub claim_number: String,
    /// Its id.
    pub id: ClaimId,
    /// Its state.
    pub state: ClaimState,
    /// Its money.
    pub amount: Fen,
    /// When it was filed.
    pub submitted_at: Timestamp,
    /// Whole days in Beijing since then.
    pub days: i64,
}

/// What a dealer has fronted, by lateness.
///
/// # Errors
/// [`ReadError::Unavailable`].
pub async fn exposure(engine: &Engine, caller: &DealerCaller) -> Result<Exposure, ReadError> {
    engine.refresh().await?;
    let (worker, dealer) = (engine.clone(), caller.dealer);
    let found = engine.with_db(move |conn| -> Result<Exposure, StorageError> {
        conn.snapshot(|conn| exposure_within(&worker, conn, dealer))
    });
    Ok(found.await?)
}

fn exposure_within(
    engine: &Engine,
    conn: &mut Db,
    dealer: DealerId,
) -> Result<Exposure, StorageError> {
    let catalogue = engine.catalogue.current();
    let fronted = fronting(&catalogue);
    let fronted_states: Vec<ClaimState> = ClaimState::ALL
        .iter()
        .copied()
        .filter(|s| matches!(s.bucket(), Some(Bucket::Reserved | Bucket::Committed)))
        .collect();
    let mut exposure = Exposure {
        as_of: dialect::now(conn)?,
        claims: 0,
        amount: Fen::ZERO,
        bands: Ageing::default(),
        oldest: None,
    };
    let mut after = None;
    loop {
        let page = rows::open_claims(conn, dealer, &fronted_states, after, PAGE)?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        for claim in page {
            if let Some(published) = fronted.get(&claim.version_id) {
                exposure.add(engine, published, claim)?;
            }
        }
    }
    Ok(exposure)
}

/// The pack versions by which the dealer is paid, by their rows.
fn fronting(catalogue: &Catalogue) -> BTreeMap<i64, &Published> {
    let to_dealer = |published: &&Published| {
        let payout = published.pack.rules.payout.as_ref();
        payout.is_some_and(|p| p.terms.payee == Payee::Dealer)
    };
    catalogue
        .versions()
        .map(AsRef::as_ref)
        .filter(to_dealer)
        .map(|published| (published.version_id, published))
        .collect()
}

impl Exposure {
    fn add(
        &mut self,
        engine: &Engine,
        published: &Published,
        claim: OpenClaim,
    ) -> Result<(), StorageError> {
        let amount = money(claim.amount)?;
        let clocks = published.pack.rules.clocks.as_ref().map(|c| &c.terms);
        let at = Instants {
            deadline: claim.deadline,
            review: claim.review,
            pay_by: claim.pay_by,
        };
        let band = match promise::due(&engine.calendar, clocks, claim.state, at) {
            Some((Stage::Review | Stage::Payment, by)) => band(&engine.calendar, by, self.as_of),
            Some((Stage::Papers, _)) | None => Band::NotDue,
        };
        let corrupt = || StorageError::Corrupt("a dealer's sum out of range".into());
        self.bands.add(band, amount).map_err(|_| corrupt())?;
        self.amount = self.amount.checked_add(amount).ok_or_else(corrupt)?;
        self.claims += 1;
        if self
            .oldest
            .as_ref()
            .is_none_or(|o| claim.submitted < o.submitted_at)
        {
            let days = self.as_of.beijing_day() - claim.submitted.beijing_day();
            self.oldest = Some(Fronted {
                claim_number: claim.number,
                id: claim.id,
                state: claim.state,
                amount,
                submitted_at: claim.submitted,
                days: days.num_days(),
            });
        }
        Ok(())
    }
}

/// What a released batch holds of a dealer.
#[derive(Debug, Clone, Serialize)]
pub struct StatementView {
    /// The batch.
    pub batch: BatchId,
    /// The pool that pays.
    pub pool: String,
    /// The number of the batch in the pool.
    pub number: i64,
    /// When it was released.
    pub released_at: Timestamp,
    /// How many of the dealer's claims.
    pub lines: i64,
    /// How many of them the bank has paid.
    pub paid: i64,
    /// How many of them the bank has sent back.
    pub returned: i64,
    /// How many of them whose fate is not known yet.
    pub pending: i64,
    /// What the claims are owed.
    pub gross: Fen,
    /// What of it is set off against what is owed back.
    pub set_off: Fen,
    /// What the bank pays.
    pub net: Fen,
    /// What of that goes to the dealer's account, and not to consumers.
    pub net_to_dealer: Fen,
}

/// A statement with its lines.
#[derive(Debug, Clone, Serialize)]
pub struct Statement {
    /// Its sums.
    #[serde(flatten)]
    pub summary: StatementView,
    /// The claims, in the order of approval.
    pub items: Vec<StatementLine>,
}

impl Statement {
    /// As a file for a spreadsheet.
    pub fn csv(&self) -> Vec<u8> {
        statement::write(&self.items)
    }
}

/// At most `limit` statements of a dealer after a batch, in the order of sealing.
///
/// # Errors
/// [`ActError::Unavailable`].
pub async fn statements(
    engine: &Engine,
    caller: &DealerCaller,
    after: Option<BatchId>,
    limit: i64,
) -> Result<Vec<StatementView>, ActError> {
    let dealer = caller.dealer;
    let found = engine.with_db(move |conn| -> Result<_, Ended> {
        conn.snapshot(|conn| {
            let ids = rows::statements(conn, dealer, after, limit)?;
            let read = ids.into_iter().map(|id| read(conn, dealer, id));
            let views = read.map(|found| Ok(found?.0));
            views.collect::<Result<Vec<_>, Ended>>()
        })
    });
    found.await.map_err(Ended::into_act)
}

/// One statement of a dealer.
///
/// # Errors
/// [`ActError::NotFound`] also for a batch that is not released, or has no claim of the dealer.
pub async fn statement(
    engine: &Engine,
    caller: &DealerCaller,
    batch: BatchId,
) -> Result<Statement, ActError> {
    let dealer = caller.dealer;
    let keys = Arc::clone(&engine.keys);
    let found = engine.with_db(move |conn| -> Result<Statement, Ended> {
        let (summary, lines) = conn.snapshot(|conn| read(conn, dealer, batch))?;
        let items = lines.into_iter().map(|line| shown(&keys.vault, line));
        Ok(Statement {
            summary,
            items: items.collect::<Result<_, _>>()?,
        })
    });
    found.await.map_err(Ended::into_act)
}

/// A statement's sums, and its lines.
fn read(
    conn: &mut Db,
    dealer: DealerId,
    batch: BatchId,
) -> Result<(StatementView, Vec<StatementRow>), Ended> {
    let row = payouts::find_batch(conn, batch)?.ok_or(ActError::NotFound)?;
    let (_, released) = row.released.ok_or(ActError::NotFound)?;
    let lines = rows::statement(conn, dealer, batch)?;
    if lines.is_empty() {
        return Err(ActError::NotFound.into());
    }
    let pool = pools::read(conn, row.pool)?.ok_or(ActError::NotFound)?;
    Ok((summed(&row, released, pool.name, &lines)?, lines))
}

fn summed(
    row: &BatchRow,
    released: Timestamp,
    pool: String,
    lines: &[StatementRow],
) -> Result<StatementView, StorageError> {
    let count = |state: LineState| {
        let alike = |line: &&StatementRow| line.state == state.as_str();
        lines.iter().filter(alike).count() as i64
    };
    let sum = |of: fn(&StatementRow) -> i64| money(lines.iter().map(of).sum());
    let to_dealer = |line: &StatementRow| if line.payee == "dealer" { line.net } else { 0 };
    Ok(StatementView {
        batch: row.id,
        pool,
        number: row.number,
        released_at: released,
        lines: lines.len() as i64,
        paid: count(LineState::Paid),
        returned: count(LineState::Returned),
        pending: count(LineState::Pending),
        gross: sum(|l| l.gross)?,
        set_off: sum(|l| l.set_off)?,
        net: sum(|l| l.net)?,
        net_to_dealer: sum(to_dealer)?,
    })
}

fn shown(vault: &Vault, line: StatementRow) -> Result<StatementLine, StorageError> {
    let corrupt = || StorageError::Corrupt(format!("payout line {}", line.end_to_end_id));
    let id: EndToEndId = line.end_to_end_id.parse().map_err(|_| corrupt())?;
    let (payee, reason) = (&line.sealed, line.reason.as_deref());
    let reason = payment_reason::shown(vault, &line.end_to_end_id, payee, reason)?;
    Ok(StatementLine {
        claim_number: id.claim_number().to_owned(),
        gross: money(line.gross)?,
        set_off: money(line.set_off)?,
        net: money(line.net)?,
        end_to_end_id: id,
        payee: line.payee,
        state: line.state,
        reason,
    })
}
