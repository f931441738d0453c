//! What everybody may see, without personal data.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use serde::Serialize;

use crate::admission::number;
use crate::catalogue::{Catalogue, NO_POOL};
use crate::clock;
use crate::domain::claim::ClaimState;
use crate::domain::draft::ClaimDraft;
use crate::domain::money::Fen;
use crate::domain::text::Lang;
use crate::domain::time::Timestamp;
use crate::journal::canonical::hex;
use crate::journal::checkpoint::Checkpoint;
use crate::journal::export::checkpoint_line;
use crate::operations::claims::open;
use crate::operations::next_step::next_step;
use crate::operations::{Engine, ReadError};
use crate::storage::batch::PoolRow;
use crate::storage::claims::{self, StoredClaim};
use crate::storage::waiting_line::Waiting;
use crate::storage::{Db, StorageError, journal, pools, waiting_line};

/// Entries read at a time while a journal is streamed.
const PAGE: i64 = 2_000;

/// A pool as everybody sees it.
#[derive(Debug, Clone, Serialize)]
pub struct PoolView {
    /// Its name.
    pub name: String,
    /// The programmes it serves.
    pub programmes: Vec<String>,
    /// `strict` or `fit`.
    pub remainder: String,
    /// `open`, `frozen` or `closed`.
    pub intake: String,
    /// `open`, or `frozen`: nobody is given money, who comes waits.
    pub allocation: String,
    /// `open`, or `frozen`: nothing goes to the bank.
    pub payout: String,
    /// First instant at which claims are taken, if set.
    pub opens_at: Option<Timestamp>,
    /// First instant at which claims are no longer taken, if set.
    pub closes_at: Option<Timestamp>,
    /// All money ever put in.
    pub cap: Fen,
    /// Nobody's yet.
    pub free: Fen,
    /// Held for claims.
    pub reserved: Fen,
    /// Owed.
    pub committed: Fen,
    /// Paid.
    pub paid: Fen,
    /// What of the reserved money is set aside for won appeals and is no claim's.
    pub set_aside: Fen,
    /// How many claims wait.
    pub waiting: i64,
    /// When this was read.
    pub as_of: Timestamp,
    /// The number of the last journal entry.
    pub journal_seq: i64,
    /// The hash of the last journal entry.
    pub journal_head: String,
}

impl PoolView {
    /// The view of a row.
    pub fn new(row: PoolRow, catalogue: &Catalogue, as_of: Timestamp) -> Self {
        let programmes = catalogue
            .programmes_of(row.id)
            .into_iter()
            .map(str::to_owned)
            .collect();
        let fen = |amount: i64| Fen::new(amount).unwrap_or_default();
        Self {
            programmes,
            opens_at: row.opens_us.map(Timestamp),
            closes_at: row.closes_us.map(Timestamp),
            cap: fen(row.cap),
            free: fen(row.free),
            reserved: fen(row.reserved),
            committed: fen(row.committed),
            paid: fen(row.paid),
            set_aside: fen(row.disputes),
            waiting: row.waiting,
            as_of,
            journal_seq: row.head_seq,
            journal_head: hex(&row.head_hash),
            name: row.name,
            remainder: row.remainder,
            intake: row.intake,
            allocation: row.allocation,
            payout: row.payout,
        }
    }
}

/// A programme as everybody sees it.
#[derive(Debug, Clone, Serialize)]
pub struct ProgrammeView {
    /// Its id.
    pub id: String,
    /// Its title in the caller's language.
    pub title: String,
    /// The version in force.
    pub version: String,
    /// How sure its sources are: A, B or C.
    pub grade: String,
    /// The pool that serves it, if one does.
    pub pool: Option<String>,
}

/// A dealer as everybody sees it.
#[derive(Debug, Clone, Serialize)]
pub struct DealerView {
    /// Its name.
    pub name: String,
    /// Its unified social credit code.
    pub uscc: String,
    /// The programmes it takes part in.
    pub programmes: Vec<String>,
}

/// A claim as its applicant sees it.
#[derive(Debug, Clone, Serialize)]
pub struct ClaimStatusView {
    /// The number.
    pub number: String,
    /// The state.
    pub state: ClaimState,
    /// Held or asked; zero when refused.
    pub amount: Fen,
    /// Place among accepted claims.
    pub position: Option<i64>,
    /// How many wait before it, while it waits.
    pub waiting_before: Option<i64>,
    /// What they ask for together.
    pub waiting_before_amount: Option<Fen>,
    /// When it lapses unless its dealer does what is due.
    pub deadline: Option<Timestamp>,
    /// When it must be paid, once it is approved.
    pub pay_by: Option<Timestamp>,
    /// The programme.
    pub programme: String,
    /// When it was filed.
    pub submitted_at: Timestamp,
    /// When it last changed.
    pub changed_at: Timestamp,
    /// What comes next, in words.
    pub next_step: String,
}

/// Every pool.
///
/// # Errors
/// [`ReadError::Unavailable`].
pub async fn pools(engine: &Engine) -> Result<Vec<PoolView>, ReadError> {
    let worker = engine.clone();
    let rows = engine.with_db(pools::all).await?;
    let catalogue = worker.catalogue.current();
    let as_of = clock::now();
    Ok(rows
        .into_iter()
        .filter(|row| row.name != NO_POOL)
        .map(|row| PoolView::new(row, &catalogue, as_of))
        .collect())
}

/// One pool.
///
/// # Errors
/// [`ReadError`].
pub async fn pool(engine: &Engine, name: &str) -> Result<PoolView, ReadError> {
    pools(engine)
        .await?
        .into_iter()
        .find(|p| p.name == name)
        .ok_or(ReadError::NotFound)
}

/// Every programme with the version in force.
///
/// # Errors
/// [`ReadError::Unavailable`].
pub async fn programmes(engine: &Engine, lang: Lang) -> Result<Vec<ProgrammeView>, ReadError> {
    engine.refresh().await?;
    let pools = pools(engine).await?;
    let catalogue = engine.catalogue.current();
    Ok(catalogue
        .programmes(clock::now())
        .into_iter()
        .map(|published| {
            let id = &published.pack.id.0;
            ProgrammeView {
                title: published.pack.title.get(lang).to_owned(),
                version: published.digest.clone(),
                grade: published.pack.grade.to_string(),
                pool: pools
                    .iter()
                    .find(|p| p.programmes.contains(id))
                    .map(|p| p.name.clone()),
                id: id.clone(),
            }
        })
        .collect())
}

/// Every dealer that may file.
///
/// # Errors
/// [`ReadError::Unavailable`].
pub async fn dealers(engine: &Engine) -> Result<Vec<DealerView>, ReadError> {
    engine.refresh().await?;
    let catalogue = engine.catalogue.current();
    Ok(catalogue
        .dealers()
        .into_iter()
        .filter(|dealer| dealer.active)
        .map(|dealer| {
            let mut programmes: Vec<String> = dealer.programmes.iter().cloned().collect();
            programmes.sort_unstable();
            DealerView {
                name: dealer.name.clone(),
                uscc: dealer.uscc.as_str().to_owned(),
                programmes,
            }
        })
        .collect())
}

/// A claim, for who knows its number and the tails of both numbers. A wrong tail and a
/// number that does not exist are told alike.
///
/// # Errors
/// [`ReadError`].
pub async fn claim_status(
    engine: &Engine,
    number: &str,
    id_tail: &str,
    mobile_tail: &str,
    lang: Lang,
) -> Result<ClaimStatusView, ReadError> {
    let proof = Proof::new(number, id_tail, mobile_tail);
    let worker = engine.clone();
    let found = engine
        .with_db(move |conn| -> Result<_, StorageError> {
            let Some((claim, _)) = proven(&worker, conn, &proof)? else {
                return Ok(None);
            };
            let before = before(conn, &claim)?;
            Ok(Some(status(claim, before, lang)))
        })
        .await?;
    found.ok_or(ReadError::NotFound)
}

/// What an applicant shows to be told about a claim.
#[derive(Debug, Clone)]
pub(super) struct Proof {
    number: String,
    id_tail: String,
    mobile_tail: String,
}

impl Proof {
    /// From what was typed.
    pub(super) fn new(number: &str, id_tail: &str, mobile_tail: &str) -> Self {
        Self {
            number: number.trim().to_ascii_uppercase(),
            id_tail: id_tail.trim().to_ascii_uppercase(),
            mobile_tail: mobile_tail.trim().to_owned(),
        }
    }
}

/// The claim that a proof fits, with its content.
///
/// The same statements are made and as much is opened whether the number exists or not, so that
/// the time that it takes does not tell which numbers do; for one that does not, the first claim
/// of all is opened.
///
/// # Errors
/// The database's.
pub(super) fn proven(
    engine: &Engine,
    conn: &mut Db,
    proof: &Proof,
) -> Result<Option<(StoredClaim, ClaimDraft)>, StorageError> {
    // No claim has the empty number. What is no number may hold what the database refuses.
    let asked = if number::is_valid(&proof.number) {
        proof.number.as_str()
    } else {
        ""
    };
    let named = claims::id_of(conn, asked)?;
    let first = claims::first_id(conn)?;
    let Some(claim) = named
        .or(first)
        .map(|id| claims::by_id(conn, id))
        .transpose()?
        .flatten()
    else {
        return Ok(None);
    };
    let opened = open(engine, &claim);
    if named.is_none() {
        return Ok(None);
    }
    let draft = opened?;
    let matches = ends(draft.consumer.id_number.as_str(), &proof.id_tail)
        & ends(draft.consumer.mobile.as_str(), &proof.mobile_tail);
    Ok(matches.then_some((claim, draft)))
}

/// Who waits before a claim that waits.
///
/// # Errors
/// The database's.
pub(super) fn before(conn: &mut Db, claim: &StoredClaim) -> Result<Option<Waiting>, StorageError> {
    match (claim.state, claim.position) {
        (ClaimState::Waiting, Some(at)) => Ok(Some(waiting_line::before(conn, claim.pool, at)?)),
        _ => Ok(None),
    }
}

/// Whether a number ends with these four characters, in the same time for every tail.
fn ends(number: &str, tail: &str) -> bool {
    let start = number.len().saturating_sub(4);
    verify_slices_are_equal(&number.as_bytes()[start..], tail.as_bytes()).is_ok()
}

/// The view of a claim.
pub(super) fn status(claim: StoredClaim, before: Option<Waiting>, lang: Lang) -> ClaimStatusView {
    ClaimStatusView {
        state: claim.state,
        amount: claim.amount,
        position: claim.position,
        waiting_before: before.map(|before| before.claims),
        waiting_before_amount: before.and_then(|before| Fen::new(before.amount)),
        deadline: claim.progress.deadline,
        pay_by: claim.progress.pay_by,
        submitted_at: claim.submitted,
        changed_at: claim.changed,
        next_step: next_step(claim.state, lang).to_owned(),
        number: claim.number,
        programme: claim.programme,
    }
}

/// The journal of a pool after an entry, as JSON lines that end with a signed checkpoint.
///
/// # Errors
/// [`ReadError`].
pub async fn journal(
    engine: &Engine,
    pool: &str,
    after: i64,
) -> Result<BoxStream<'static, Result<String, ReadError>>, ReadError> {
    let name = pool.to_owned();
    let head = engine
        .with_db(move |conn| {
            Ok::<_, StorageError>(pools::all(conn)?.into_iter().find(|p| p.name == name))
        })
        .await?
        .ok_or(ReadError::NotFound)?;
    let checkpoint = checkpoint_of(&head);
    let engine = engine.clone();
    let state = Some((after.max(0), head));
    let lines = stream::unfold(
        (state, engine, checkpoint),
        |(state, engine, checkpoint)| async {
            let (after, head) = state?;
            if after >= head.head_seq {
                let mut line = checkpoint_line(&checkpoint, &engine.keys.receipt);
                line.push('\n');
                return Some((Ok(line), (None, engine, checkpoint)));
            }
            let (id, name, last) = (head.id, head.name.clone(), head.head_seq);
            let page = engine
                .with_db(move |conn| journal::after(conn, id, &name, after, PAGE.min(last - after)))
                .await;
            match page {
                Ok(entries) if !entries.is_empty() => {
                    let after = entries.last().map_or(last, |e| e.entry.seq);
                    let mut text = String::with_capacity(entries.len() * 600);
                    for stored in &entries {
                        text.push_str(&stored.entry.line(&stored.hash));
                        text.push('\n');
                    }
                    Some((Ok(text), (Some((after, head)), engine, checkpoint)))
                }
                Ok(_) => Some((Err(ReadError::Unavailable), (None, engine, checkpoint))),
                Err(error) => Some((Err(error.into()), (None, engine, checkpoint))),
            }
        },
    );
    Ok(lines.boxed())
}

fn checkpoint_of(head: &PoolRow) -> Checkpoint {
    let fen = |amount: i64| Fen::new(amount).unwrap_or_default();
    Checkpoint {
        pool: head.name.clone(),
        seq: head.head_seq,
        hash: head.head_hash,
        cap: fen(head.cap),
        free: fen(head.free),
        reserved: fen(head.reserved),
        committed: fen(head.committed),
        paid: fen(head.paid),
        waiting: head.waiting,
        at: Timestamp(head.head_us),
    }
}
