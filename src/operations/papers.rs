//! Papers: taking them, and what is still due.

use crate::clock;
use crate::domain::claim::ClaimState;
use crate::domain::ids::ClaimId;
use crate::domain::money::Fen;
use crate::domain::paper_content::{ContentError, Inspected, Limits, Media, inspect};
use crate::domain::policy::rules::queue::OnExhaustion;
use crate::domain::policy::verdict::{INVOICE, PaperDue};
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::text::Lang;
use crate::domain::time::Timestamp;
use crate::domain::transition::Act;
use crate::journal::canonical::hex;
use crate::journal::entry::EntryKind;
use crate::ledger::amendment_record;
use crate::operations::access;
use crate::operations::claims::ClaimView;
use crate::operations::denial::{ActError, Denial, Ended};
use crate::operations::scene::{By, Move, Packs, Scene, act};
use crate::operations::{Caller, DealerCaller, Engine};
use crate::papers::Stored;
use crate::storage::claims::StoredClaim;
use crate::storage::papers::PaperRow;
use crate::storage::{Db, StorageError, claim_changes, claims, papers};

/// Why a paper was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PaperError {
    /// The claim does not allow it.
    #[error(transparent)]
    Act(#[from] ActError),
    /// The file is not one that is taken.
    #[error(transparent)]
    Content(#[from] ContentError),
}

/// An upload as it came.
#[derive(Debug)]
pub struct Upload {
    /// The paper's word, from the address.
    pub paper: String,
    /// The bytes.
    pub content: Vec<u8>,
    /// What the sender says it is.
    pub declared: Option<String>,
}

/// Takes a paper that the pack asks for. The file is stored, sealed, before the claim knows of
/// it; a file whose claim never hears of it is a stray that nobody can open by accident.
///
/// # Errors
/// [`PaperError`].
pub async fn put(
    engine: &Engine,
    caller: &DealerCaller,
    id: ClaimId,
    expected: i64,
    upload: Upload,
    lang: Lang,
) -> Result<ClaimView, PaperError> {
    let by = By::Dealer(caller.dealer);
    let inspected = inspect(&upload.content, &Limits::default())?;
    // Who names a kind must name the right one; what other types say is nothing.
    let names = |media: &Media, text: &str| {
        let name = text.split(';').next().unwrap_or_default().trim();
        name.eq_ignore_ascii_case(media.media_type())
    };
    if let Some(declared) = &upload.declared
        && Media::ALL.iter().any(|media| names(media, declared))
        && !inspected.media.matches(declared)
    {
        return Err(ContentError::TypeMismatch.into());
    }
    let asked = asked_for(engine, by, id, expected, upload.paper.clone());
    asked.await?;
    let vault = &engine.keys.vault;
    let stored = engine
        .papers
        .put(vault, id, &upload.paper, &upload.content)
        .await
        .map_err(|error| {
            tracing::error!(%error, "a paper could not be stored");
            ActError::Unavailable
        })?;
    let paper = upload.paper;
    let done = act(engine, by, id, expected, lang, move |_, scene| {
        take(scene, &by, &paper, &inspected, &stored)
    });
    Ok(done.await?)
}

/// A look before the file is stored: whether the claim would take the paper.
async fn asked_for(
    engine: &Engine,
    by: By,
    id: ClaimId,
    expected: i64,
    paper: String,
) -> Result<(), ActError> {
    let look = engine.with_db(move |conn| -> Result<(), Ended> {
        let own = |claim: &StoredClaim| by == By::Dealer(claim.dealer);
        let claim = claims::by_id(conn, id)?.filter(own);
        let claim = claim.ok_or(ActError::NotFound)?;
        if claim.revision != expected {
            return Err(ActError::Stale.into());
        }
        allowed(conn, &claim, &paper)
    });
    look.await.map_err(Ended::into_act)
}

fn allowed(conn: &mut Db, claim: &StoredClaim, paper: &str) -> Result<(), Ended> {
    use ClaimState::{Filed, Reserved, Returned};
    if !matches!(claim.state, Filed | Reserved | Returned) {
        return Err(ActError::WrongState(claim.state).into());
    }
    let asked = Packs::default().papers_due(conn, claim)?;
    // The invoice comes as figures, by its own call.
    if paper == INVOICE || asked.iter().all(|p| p.paper != paper) {
        return Err(Denial::PaperNotAsked.into());
    }
    Ok(())
}

fn take(
    scene: &mut Scene<'_>,
    by: &By,
    paper: &str,
    inspected: &Inspected,
    stored: &Stored,
) -> Result<(), Ended> {
    allowed(scene.conn, &scene.claim, paper)?;
    if scene.is_late() {
        return Err(Denial::DeadlinePassed.into());
    }
    let mut missing = missing(scene.conn, &mut Packs::default(), &scene.claim)?;
    missing.retain(|p| p.paper != paper);
    let hash = hex(&stored.sha256);
    let bytes = i64::try_from(stored.bytes).unwrap_or(i64::MAX);
    let note = |step: Move| {
        step.noting("paper", paper)
            .noting("sha256", hash.clone())
            .noting("media", inspected.media.as_str())
            .noting("bytes", bytes.to_string())
            .noting("object", stored.object.clone())
    };
    let seq = if scene.claim.state == ClaimState::Filed && missing.is_empty() {
        place(scene, by, note)?
    } else {
        came(scene, by, &missing, note)?
    };
    let row = PaperRow {
        seq,
        paper: paper.to_owned(),
        media: inspected.media.as_str().to_owned(),
        bytes,
        sha256: stored.sha256,
        object: stored.object.clone(),
        at: scene.at(),
    };
    papers::insert(scene.conn, scene.claim.id, &row)?;
    Ok(())
}

/// One paper less is due; after the last one a claim that holds money goes to review.
fn came(
    scene: &mut Scene<'_>,
    by: &By,
    missing: &[PaperDue],
    note: impl Fn(Move) -> Move,
) -> Result<i64, Ended> {
    let claim = &scene.claim;
    let complete = claim.state == ClaimState::Reserved && missing.is_empty();
    let to = if complete {
        ClaimState::InReview
    } else {
        claim.state
    };
    let deadline = match claim.state {
        // It is counted for the correction.
        ClaimState::Returned => claim.progress.deadline,
        _ => deadline(claim, missing),
    };
    let step = Move::of(Act::Paper, to, EntryKind::Paper).with_detail(to.as_str());
    scene.go(note(step), by, |after, at| {
        after.progress.deadline = deadline;
        if complete {
            after.progress.review = Some(at);
        }
    })
}

/// Where the order goes by complete papers, the last one gives the claim its place: money, if
/// there is any for it, or the end of the line.
pub fn place(scene: &mut Scene<'_>, by: &By, note: impl Fn(Move) -> Move) -> Result<i64, Ended> {
    let amount = scene.claim.amount;
    let waits = {
        let mut packs = Packs::default();
        let rules = &packs.of(scene.conn, &scene.claim)?.rules;
        let queue = rules.queue.as_ref().map(|q| q.terms.on_exhaustion);
        queue.is_none_or(|end| end == OnExhaustion::Waitlist)
    };
    let pool = &scene.ledger.pool;
    let to = if crate::admission::fold::has_room(pool, amount.fen()) {
        ClaimState::InReview
    } else if waits {
        ClaimState::Waiting
    } else if pool.allocation == "open" {
        ClaimState::Refused
    } else {
        return Err(Denial::StageStopped.into());
    };
    let placed = to != ClaimState::Refused;
    let position = placed.then_some(pool.next_position);
    scene.ledger.pool.next_position += i64::from(placed);
    let step = note(Move::of(Act::Place, to, EntryKind::Placed).with_detail(to.as_str()));
    if !placed {
        return refuse(scene, by, step);
    }
    scene.go(step.with_amount(amount), by, |after, at| {
        after.position = position;
        if to == ClaimState::InReview {
            after.progress.review = Some(at);
        }
    })
}

/// A refused claim asks for nothing any more; what it asked for is kept as its past.
fn refuse(scene: &mut Scene<'_>, by: &By, step: Move) -> Result<i64, Ended> {
    let before = scene.claim.clone();
    let after = StoredClaim {
        amount: Fen::ZERO,
        ..before.clone()
    };
    let step = step.noting("after", amendment_record(&after));
    let seq = scene.go(step, by, |after, _| {
        let reason = Reason::new(ReasonCode::PoolClosed, "/programme");
        after.amount = Fen::ZERO;
        after.reasons_json = serde_json::to_string(&[&reason]).unwrap_or_default();
        after.reasons = vec![reason];
    })?;
    claim_changes::amend(scene.conn, &before, &after)?;
    Ok(seq)
}

/// The papers that have not come yet.
///
/// # Errors
/// The database's.
pub fn missing(
    conn: &mut Db,
    packs: &mut Packs,
    claim: &StoredClaim,
) -> Result<Vec<PaperDue>, StorageError> {
    let due = packs.papers_due(conn, claim)?;
    without_those_there(conn, claim, due)
}

/// Of papers that fall due for a claim those that have not come.
///
/// # Errors
/// The database's.
pub fn without_those_there(
    conn: &mut Db,
    claim: &StoredClaim,
    mut due: Vec<PaperDue>,
) -> Result<Vec<PaperDue>, StorageError> {
    // A claim without a second revision has had no papers.
    if claim.revision == 1 {
        return Ok(due);
    }
    let there = papers::of(conn, claim.id)?;
    due.retain(|p| there.iter().all(|row| row.paper != p.paper));
    Ok(due)
}

/// The first deadline among these papers: counted from when money was held, or from filing
/// where the papers come before the money.
pub fn deadline(claim: &StoredClaim, due: &[PaperDue]) -> Option<Timestamp> {
    let from = claim.held.unwrap_or(claim.submitted);
    due.iter().map(|p| p.deadline(from)).min()
}

/// A paper as it was sent.
#[derive(Debug)]
pub struct PaperFile {
    /// Its media type.
    pub media_type: &'static str,
    /// Its bytes.
    pub content: Vec<u8>,
}

/// Opens the last paper of this word that came for a claim. That somebody of the bureau did is
/// logged.
///
/// # Errors
/// [`ActError::NotFound`] and [`ActError::Unavailable`].
pub async fn get(
    engine: &Engine,
    caller: Caller,
    id: ClaimId,
    paper: String,
) -> Result<PaperFile, ActError> {
    let worker = engine.clone();
    let found = engine
        .write_db(move |conn| -> Result<_, Ended> {
            let visible = |claim: &StoredClaim| match caller {
                Caller::Dealer(dealer) => claim.dealer == dealer,
                Caller::Staff(_) => true,
            };
            let claim = claims::by_id(conn, id)?.filter(visible);
            claim.ok_or(ActError::NotFound)?;
            let row = papers::of(conn, id)?
                .into_iter()
                .rfind(|r| r.paper == paper);
            let row = row.ok_or(ActError::NotFound)?;
            if let Caller::Staff(staff) = caller {
                let what = format!("paper {}", row.paper);
                let why = (what.as_str(), "review");
                access::note(&worker, conn, staff.staff, Some(id), why, clock::now())?;
            }
            Ok(row)
        })
        .await
        .map_err(Ended::into_act)?;
    let vault = &engine.keys.vault;
    let opened = engine
        .papers
        .get(vault, id, &found.paper, &found.object, &found.sha256)
        .await;
    let content = opened.map_err(|error| {
        tracing::error!(%error, "a paper could not be read");
        ActError::Unavailable
    })?;
    let media = Media::parse(&found.media);
    Ok(PaperFile {
        media_type: media.ok_or(ActError::Broken)?.media_type(),
        content,
    })
}
