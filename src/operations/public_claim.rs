//! A claim as its applicant is told about it: what happened, what comes next and by when, how the
//! amount was reckoned, what is missing, and why it was refused.

use std::sync::Arc;

use crate::admission::answer::{self, ReasonView};
use crate::catalogue::Published;
use crate::domain::calendar;
use crate::domain::claim::ClaimState;
use crate::domain::event::EventType;
use crate::domain::policy::rules::queue::QueueBy;
use crate::domain::policy::verdict::{ExplanationLine, INVOICE, papers_due};
use crate::domain::promise::{self, Instants, Stage};
use crate::domain::text::{Lang, Text};
use crate::domain::time::Timestamp;
use crate::journal::event::event_type;
use crate::operations::claims::{evaluated, findings, versions_and_dealer};
use crate::operations::papers::without_those_there;
use crate::operations::public::{ClaimStatusView, Proof, before, proven, status};
use crate::operations::review::Finding;
use crate::operations::{Engine, ReadError};
use crate::storage::claims::StoredClaim;
use crate::storage::{Db, StorageError, journal};

/// A claim as its applicant is told about it.
#[derive(Debug, Clone)]
pub struct ClaimStory {
    /// Where it stands.
    pub status: ClaimStatusView,
    /// What the programme is called.
    pub programme_title: Text,
    /// Who filed it.
    pub dealer: String,
    /// How the amount was reckoned; nothing where none is held or asked for.
    pub explanation: Vec<ExplanationLine>,
    /// Why it is refused.
    pub reasons: Vec<ReasonView>,
    /// What a reviewer wrote: what to correct, or why it was turned down.
    pub findings: Vec<Finding>,
    /// Papers that are due and have not come.
    pub missing: Vec<Missing>,
    /// What happened, in order.
    pub steps: Vec<Step>,
    /// Who has to act next, and by when, where that has a time.
    pub due: Option<Due>,
}

/// A paper that has not come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// What people call it.
    pub title: Text,
    /// The instant before which it must have come.
    pub by: Timestamp,
}

/// Something that happened to a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: EventType,
}

/// Who has to act next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// What is waited for.
    pub stage: Stage,
    /// The instant at which it is late.
    pub by: Timestamp,
    /// Whether it may still move, because the holidays of that year are not known yet.
    pub may_move: bool,
}

/// A claim, for who knows its number and the tails of both numbers. A wrong tail and a number that
/// does not exist are told alike.
///
/// # Errors
/// [`ReadError`].
pub async fn look_up(
    engine: &Engine,
    number: &str,
    id_tail: &str,
    mobile_tail: &str,
    lang: Lang,
) -> Result<ClaimStory, ReadError> {
    let proof = Proof::new(number, id_tail, mobile_tail);
    let worker = engine.clone();
    let found = engine.with_db(move |conn| story(&worker, conn, &proof, lang));
    found.await?.ok_or(ReadError::NotFound)
}

fn story(
    engine: &Engine,
    conn: &mut Db,
    proof: &Proof,
    lang: Lang,
) -> Result<Option<ClaimStory>, StorageError> {
    let Some((claim, draft)) = proven(engine, conn, proof)? else {
        return Ok(None);
    };
    let (published, evaluation) = evaluated(engine, conn, &claim, &draft)?;
    let (_, dealer) = versions_and_dealer(engine, conn, &claim)?;
    let refused = matches!(claim.state, ClaimState::Refused | ClaimState::Appealed);
    let reasons = if refused { &claim.reasons[..] } else { &[] };
    // What one reviewer thinks is not the bureau's word before a second person decided.
    let told = claim.state != ClaimState::RejectionProposed;
    let findings = if told {
        findings(engine, conn, &claim)?
    } else {
        Vec::new()
    };
    let explanation = match claim.amount.fen() {
        0 => Vec::new(),
        _ => evaluation.explanation,
    };
    Ok(Some(ClaimStory {
        programme_title: published.pack.title.clone(),
        dealer: dealer.name.clone(),
        explanation,
        reasons: answer::reasons(&published, reasons, lang),
        findings,
        missing: missing(conn, &published, &claim)?,
        steps: steps(conn, &published, &claim)?,
        due: due(engine, &published, &claim),
        status: {
            let waiting = before(conn, &claim)?;
            status(claim, waiting, lang)
        },
    }))
}

fn missing(
    conn: &mut Db,
    published: &Published,
    claim: &StoredClaim,
) -> Result<Vec<Missing>, StorageError> {
    if !matches!(claim.state, ClaimState::Reserved | ClaimState::Filed) {
        return Ok(Vec::new());
    }
    let due = papers_due(&published.pack, claim.invoice_due);
    let from = claim.held.unwrap_or(claim.submitted);
    let title = |word: &str| {
        let papers = &published.pack.rules.paper;
        let named = papers.iter().find(|rule| rule.terms.name == word);
        match named {
            Some(rule) => rule.terms.title.clone(),
            None if word == INVOICE => Text::new("购买发票", "Invoice"),
            None => Text::new(word, word),
        }
    };
    let missing = without_those_there(conn, claim, due)?;
    Ok(missing
        .iter()
        .map(|paper| Missing {
            title: title(&paper.paper),
            by: paper.deadline(from),
        })
        .collect())
}

/// What the verdict was, from what the claim still says of it.
fn verdict(published: &Published, claim: &StoredClaim) -> EventType {
    let pack = &published.pack;
    let by_papers =
        pack.queue_by() == QueueBy::Complete && !papers_due(pack, claim.invoice_due).is_empty();
    if claim.held == Some(claim.submitted) {
        EventType::Reserved
    } else if !claim.reasons.is_empty() {
        EventType::Refused
    } else if by_papers {
        EventType::Filed
    } else {
        EventType::Waiting
    }
}

/// The verdict, and what the journal tells of the claim since; flags are the bureau's own business.
fn steps(
    conn: &mut Db,
    published: &Arc<Published>,
    claim: &StoredClaim,
) -> Result<Vec<Step>, StorageError> {
    let mut steps = vec![Step {
        at: claim.submitted,
        what: verdict(published, claim),
    }];
    for entry in journal::later_of(conn, claim.id)? {
        let state = entry.detail.as_deref().and_then(ClaimState::parse);
        if let Some(what) = event_type(entry.kind, state) {
            let at = entry.at;
            steps.push(Step { at, what });
        }
    }
    Ok(steps)
}

fn due(engine: &Engine, published: &Published, claim: &StoredClaim) -> Option<Due> {
    let clocks = published.pack.rules.clocks.as_ref().map(|rule| &rule.terms);
    let at = Instants {
        deadline: claim.progress.deadline,
        review: claim.progress.review,
        pay_by: claim.progress.pay_by,
    };
    let (stage, by) = promise::due(&engine.calendar, clocks, claim.state, at)?;
    Some(Due {
        stage,
        by,
        may_move: stage != Stage::Papers && !engine.calendar.covers(calendar::last_day(by)),
    })
}
