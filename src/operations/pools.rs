//! Opening a pool, and giving freed money to those who wait.

use crate::catalogue::NO_POOL;
use crate::clock;
use crate::domain::claim::{Bucket, ClaimState};
use crate::domain::ids::PoolId;
use crate::domain::money::Fen;
use crate::domain::policy::verdict::PaperDue;
use crate::domain::time::Timestamp;
use crate::domain::transition::Act;
use crate::journal::entry::{EntryActor, EntryKind, GENESIS};
use crate::ledger::{Ledger, Line, Private, act_record};
use crate::operations::OperationError;
use crate::operations::scene::{By, Move, Packs, Scene};
use crate::storage::batch::PoolRow;
use crate::storage::claims::StoredClaim;
use crate::storage::{Db, StorageError, catalogue, claims, dialect, journal, pools};

/// How many of those who wait are read at a time, at most.
const PAGE: i64 = 500;

/// A pool to be opened.
#[derive(Debug, Clone)]
pub struct NewPool {
    /// The name people know.
    pub name: String,
    /// All money in it.
    pub cap: Fen,
    /// The programmes it serves.
    pub programmes: Vec<String>,
    /// `strict` or `fit`; what the packs say when none is given.
    pub remainder: Option<String>,
    /// First instant at which claims are taken.
    pub opens: Option<Timestamp>,
    /// First instant at which claims are no longer taken.
    pub closes: Option<Timestamp>,
}

/// Opens a pool for programmes that are published and that no other pool serves.
///
/// # Errors
/// [`OperationError::Refused`] with the sentence that says why.
pub fn create(conn: &mut Db, new: &NewPool) -> Result<PoolRow, OperationError> {
    check_name(&new.name)?;
    if new.programmes.is_empty() {
        return refuse("a pool serves at least one programme: --programme ID");
    }
    if let (Some(opens), Some(closes)) = (new.opens, new.closes)
        && opens >= closes
    {
        return refuse("the pool would close before it opens");
    }
    conn.write(|conn| {
        let rows = catalogue::load(conn)?;
        if rows.pools.iter().any(|p| p.name == new.name) {
            return refuse(format!("a pool named {} exists", new.name));
        }
        let mut rules = Vec::new();
        for programme in &new.programmes {
            if let Some((_, pool)) = rows.pool_programmes.iter().find(|(p, _)| p == programme) {
                let name = rows
                    .pools
                    .iter()
                    .find(|p| p.id == *pool)
                    .map_or("", |p| &p.name);
                return refuse(format!(
                    "programme {programme} is served by pool {name} already"
                ));
            }
            let Some(version) = rows.versions.iter().rfind(|v| v.programme == *programme) else {
                return refuse(format!(
                    "programme {programme} is not published: tradein programme load FILE"
                ));
            };
            let pack = crate::domain::policy::Pack::from_canonical_json(&version.content)
                .map_err(|e| StorageError::Corrupt(format!("pack {programme}: {e}")))?;
            rules.push(pack.remainder().as_str());
        }
        let remainder = match &new.remainder {
            Some(rule) => rule.as_str(),
            None if rules.iter().all(|r| *r == rules[0]) => rules[0],
            None => {
                return refuse(
                    "the programmes have different remainder rules: --remainder strict|fit",
                );
            }
        };
        let row = open(conn, new, remainder, rows.pools.len())?;
        for programme in &new.programmes {
            pools::serve(conn, row.id, programme)?;
        }
        catalogue::touch(conn)?;
        Ok(row)
    })
}

/// Makes the pool that records refusals of programmes that no pool serves, if it is not there.
///
/// # Errors
/// The database's.
pub fn ensure_no_pool(conn: &mut Db) -> Result<(), OperationError> {
    conn.write(|conn| {
        let there = pools::all(conn)?;
        if there.iter().any(|p| p.name == NO_POOL) {
            return Ok(());
        }
        let new = NewPool {
            name: NO_POOL.to_owned(),
            cap: Fen::ZERO,
            programmes: Vec::new(),
            remainder: None,
            opens: None,
            closes: None,
        };
        open(conn, &new, "strict", there.len())?;
        catalogue::touch(conn)?;
        Ok(())
    })
}

fn open(
    conn: &mut Db,
    new: &NewPool,
    remainder: &str,
    pools_there: usize,
) -> Result<PoolRow, OperationError> {
    let now = clock::now();
    let row = PoolRow {
        id: PoolId(clock::new_uuid()),
        name: new.name.clone(),
        series: series(&new.name, now, pools_there),
        remainder: remainder.to_owned(),
        intake: "open".to_owned(),
        allocation: "open".to_owned(),
        payout: "open".to_owned(),
        opens_us: new.opens.map(|t| t.0),
        closes_us: new.closes.map(|t| t.0),
        cap: 0,
        free: 0,
        reserved: 0,
        committed: 0,
        paid: 0,
        disputes: 0,
        waiting: 0,
        next_ordinal: 1,
        next_position: 1,
        head_seq: 0,
        head_us: 0,
        head_hash: GENESIS,
    };
    pools::insert(conn, &row, now)?;
    let mut ledger = Ledger::new(row, now.0);
    fund(&mut ledger, new.cap)?;
    journal::save(conn, &ledger.pool, ledger.entries, ledger.line)?;
    Ok(ledger.pool)
}

/// The series of a pool's claim numbers: the zone, the year, and from the second pool on
/// letters that keep the series apart.
fn series(name: &str, now: Timestamp, pools_there: usize) -> String {
    if name == NO_POOL {
        return "JY00".to_owned();
    }
    let year = now.beijing_day().format("%y");
    // The pool for refusals is there before any other.
    let mut rest = pools_there.saturating_sub(1);
    let mut letters = String::new();
    while rest > 0 {
        let digit = u8::try_from((rest - 1) % 26).unwrap_or(0);
        letters.insert(0, char::from(b'A' + digit));
        rest = (rest - 1) / 26;
    }
    format!("JY{year}{letters}")
}

/// The entry that opens a pool with its first money.
fn fund(ledger: &mut Ledger, amount: Fen) -> Result<(), OperationError> {
    let kind = EntryKind::Opened;
    let record = act_record(&[("actor", "command line"), ("kind", kind.as_str())]);
    ledger
        .append(Line {
            kind,
            actor: EntryActor::Operator,
            about: None,
            amount,
            moved: Some((Bucket::Funding, Bucket::Free)),
            detail: Some(ledger.pool.remainder.clone()),
            private: Private::Kept(record),
        })
        .map_err(|_| OperationError::Refused("the pool would exceed the largest amount".into()))?;
    Ok(())
}

/// A pool by its name, as it stands; the one that only records refusals is no pool of money.
///
/// # Errors
/// The database's.
pub fn named(conn: &mut Db, name: &str) -> Result<Option<PoolRow>, StorageError> {
    let all = pools::all(conn)?;
    Ok(all.into_iter().find(|p| p.name == name && name != NO_POOL))
}

/// Gives what came free to those who wait, and writes the pool and its entries. Returns the
/// pool as it is now and how many were promoted.
///
/// # Errors
/// The database's.
pub fn finish(conn: &mut Db, mut ledger: Ledger) -> Result<(PoolRow, u64), OperationError> {
    let promoted = if ledger.may_serve() {
        promote(conn, &mut ledger, &mut Packs::default())?
    } else {
        0
    };
    journal::save(conn, &ledger.pool, ledger.entries, ledger.line)?;
    Ok((ledger.pool, promoted))
}

/// Locks a pool and begins its ledger at the database's time.
///
/// # Errors
/// The database's.
pub fn lock(conn: &mut Db, pool: PoolId) -> Result<Ledger, StorageError> {
    let gone = || StorageError::Corrupt("the pool is gone".into());
    let row = dialect::lock_pool(conn, pool)?.ok_or_else(gone)?;
    let probed = dialect::probe(conn, pool, &Default::default())?;
    Ok(Ledger::new(row, probed.now_us))
}

/// Gives free money to those who wait, from the head of the line, under the pool's lock.
/// In a strict pool nobody passes the head; in a fit pool the first that fits is served.
///
/// # Errors
/// The database's.
pub fn promote(
    conn: &mut Db,
    ledger: &mut Ledger,
    packs: &mut Packs,
) -> Result<u64, OperationError> {
    if ledger.pool.allocation != "open" {
        return Ok(0);
    }
    let strict = ledger.pool.remainder == "strict";
    let mut promoted = 0;
    let mut after = 0;
    // Mostly there is money for one. Pages grow while everybody in them is served.
    let mut size = 1;
    'line: while ledger.pool.waiting > 0 && ledger.pool.free > 0 {
        let most = (!strict).then_some(ledger.pool.free);
        let page = claims::waiting(conn, ledger.pool.id, after, most, size)?;
        size = PAGE.min(size * 2);
        let Some(last) = page.last() else { break };
        after = last.position.unwrap_or(i64::MAX);
        for claim in page {
            if claim.amount.fen() > ledger.pool.free {
                if strict {
                    break 'line;
                }
                continue;
            }
            let amount = claim.amount;
            let papers = packs.papers_awaited(conn, &claim)?;
            let mut scene = Scene::on(conn, ledger, claim);
            let done = scene.go(
                Move::of(Act::Promote, ClaimState::Reserved, EntryKind::Promoted)
                    .with_amount(amount),
                &By::System,
                |claim, at| await_papers(claim, &papers, at),
            );
            done.map_err(|_| StorageError::Corrupt("a waiting claim moved unseen".into()))?;
            promoted += 1;
        }
    }
    Ok(promoted)
}

/// The days of the papers that are due begin now; where none are, it is a reviewer's turn.
fn await_papers(claim: &mut StoredClaim, due: &[PaperDue], at: Timestamp) {
    claim.progress.deadline = due.iter().map(|p| p.deadline(at)).min();
    if due.is_empty() {
        claim.progress.review = Some(at);
    }
}

fn check_name(name: &str) -> Result<(), OperationError> {
    let legal = |c: char| c.is_alphanumeric() || "-_.".contains(c);
    // The last two are pages beside those of pools.
    let taken = [NO_POOL, "live", "events"].contains(&name);
    if taken || name.is_empty() || name.chars().count() > 64 || !name.chars().all(legal) {
        return refuse(
            "a pool's name has 1 to 64 letters, digits, hyphens, dots or underscores, \
             and is not \"unassigned\", \"live\" or \"events\"",
        );
    }
    Ok(())
}

fn refuse<T>(sentence: impl Into<String>) -> Result<T, OperationError> {
    Err(OperationError::Refused(sentence.into()))
}
