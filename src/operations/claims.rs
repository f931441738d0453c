//! Reading claims, with personal data masked.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::admission::answer::{self, DueView, ReasonView};
use crate::catalogue::{Dealer, Published};
use crate::domain::claim::ClaimState;
use crate::domain::draft::ClaimDraft;
use crate::domain::ids::{ClaimId, ProgrammeId};
use crate::domain::intake::Warning;
use crate::domain::mask;
use crate::domain::money::Fen;
use crate::domain::paper_content::Media;
use crate::domain::policy::verdict::papers_due;
use crate::domain::policy::{Evaluation, Facts, Pack, evaluate};
use crate::domain::text::Lang;
use crate::domain::time::Timestamp;
use crate::journal::canonical::hex;
use crate::journal::entry::EntryKind;
use crate::operations::review::Finding;
use crate::operations::{Engine, ReadError, Viewer, papers, payment_reason, review};
use crate::storage::claims::{self, ClaimFilter, StoredClaim};
use crate::storage::{Db, StorageError, claim_flags, papers as rows, payout_lines, waiting_line};
use crate::vault::claim_aad;

/// A claim as its dealer and the bureau see it.
#[derive(Debug, Clone, Serialize)]
pub struct ClaimView {
    /// The id.
    pub id: ClaimId,
    /// The number people know.
    pub number: String,
    /// The state.
    pub state: ClaimState,
    /// The programme.
    pub programme: String,
    /// The pack version that judged it.
    pub programme_version: String,
    /// Held or asked; zero when refused.
    pub amount: Fen,
    /// Place among accepted claims of the pool.
    pub position: Option<i64>,
    /// How many wait before it, while it waits.
    pub waiting_before: Option<i64>,
    /// What they ask for together.
    pub waiting_before_amount: Option<Fen>,
    /// Why it is refused.
    pub reasons: Vec<ReasonView>,
    /// What must come, and by when.
    pub due: Vec<DueView>,
    /// When it lapses unless its dealer does what is due.
    pub deadline: Option<Timestamp>,
    /// Papers that came.
    pub papers: Vec<PaperView>,
    /// What a reviewer found: what to correct, or why it is rejected.
    pub findings: Vec<Finding>,
    /// When it must be paid, once it is approved.
    pub pay_by: Option<Timestamp>,
    /// The last attempt to pay it.
    pub payment: Option<PaymentView>,
    /// How the amount was reckoned.
    pub explanation: Box<RawValue>,
    /// When it was admitted.
    pub submitted_at: Timestamp,
    /// When it last changed.
    pub changed_at: Timestamp,
    /// The applicant, masked.
    pub consumer: Value,
    /// What was given up, masked.
    pub old_item: Value,
    /// What was bought.
    pub new_item: Value,
    /// The invoice, masked.
    pub invoice: Value,
    /// What reviewers should look at; the bureau sees it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flags: Option<Vec<String>>,
    /// What was odd about the claim when it came in; the bureau sees it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warnings: Option<Vec<WarningView>>,
    /// Until when the reviewer who took it has it on his desk; the bureau sees it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lease_until: Option<Timestamp>,
    /// The `ETag`.
    #[serde(skip)]
    pub revision: i64,
}

/// A paper that came.
#[derive(Debug, Clone, Serialize)]
pub struct PaperView {
    /// The paper's word.
    pub paper: String,
    /// Its media type.
    pub media_type: String,
    /// How large it is.
    pub bytes: i64,
    /// SHA-256 of its content, in hexadecimal.
    pub sha256: String,
    /// When it came.
    pub received_at: Timestamp,
}

/// An attempt to pay a claim.
#[derive(Debug, Clone, Serialize)]
pub struct PaymentView {
    /// The name that the bank knows it by.
    pub end_to_end_id: String,
    /// `pending`, `paid` or `returned`.
    pub state: &'static str,
    /// Why the bank sent it back.
    pub reason: Option<String>,
    /// What the bank pays.
    pub amount: Fen,
    /// What of the claim's amount is set off against what is owed back.
    pub set_off: Fen,
}

/// A warning as people read it.
#[derive(Debug, Clone, Serialize)]
pub struct WarningView {
    /// Stable code.
    pub code: String,
    /// JSON pointer.
    pub field: String,
    /// The sentence.
    pub message: &'static str,
}

/// Which claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListFilter {
    /// In this state.
    pub state: Option<ClaimState>,
    /// Of this programme.
    pub programme: Option<ProgrammeId>,
    /// After this claim.
    pub cursor: Option<ClaimId>,
    /// At most so many.
    pub limit: u32,
}

/// A page of a list.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where the next page starts.
    pub next: Option<ClaimId>,
}

/// One claim.
///
/// # Errors
/// [`ReadError::NotFound`] also for a claim that is not the viewer's to see.
pub async fn get(
    engine: &Engine,
    viewer: &Viewer,
    id: ClaimId,
    lang: Lang,
) -> Result<ClaimView, ReadError> {
    let (worker, viewer) = (engine.clone(), *viewer);
    engine
        .with_db(move |conn| view(&worker, conn, viewer, id, lang))
        .await?
        .ok_or(ReadError::NotFound)
}

/// Claims in the order of filing.
///
/// # Errors
/// [`ReadError::Unavailable`].
pub async fn list(
    engine: &Engine,
    viewer: &Viewer,
    filter: ListFilter,
    lang: Lang,
) -> Result<Page<ClaimView>, ReadError> {
    let (worker, viewer) = (engine.clone(), *viewer);
    let page = engine
        .with_db(move |conn| -> Result<_, StorageError> {
            let wanted = ClaimFilter {
                dealer: match viewer {
                    Viewer::Dealer(dealer) => Some(dealer),
                    Viewer::Bureau => None,
                },
                state: filter.state,
                programme: filter.programme.map(|p| p.0),
                after: filter.cursor,
            };
            let limit = usize::try_from(filter.limit).unwrap_or(100);
            let mut rows = claims::list(conn, &wanted, i64::from(filter.limit) + 1)?;
            let more = rows.len() > limit;
            rows.truncate(limit);
            let next = rows.last().filter(|_| more).map(|c| c.id);
            let items = rows
                .into_iter()
                .map(|row| show(&worker, conn, viewer, row, lang))
                .collect::<Result<_, _>>()?;
            Ok(Page { items, next })
        })
        .await?;
    Ok(page)
}

/// One claim on a connection at hand; `None` when it is not the viewer's to see.
///
/// # Errors
/// The database's.
pub fn view(
    engine: &Engine,
    conn: &mut Db,
    viewer: Viewer,
    id: ClaimId,
    lang: Lang,
) -> Result<Option<ClaimView>, StorageError> {
    let visible = |claim: &StoredClaim| match viewer {
        Viewer::Dealer(dealer) => claim.dealer == dealer,
        Viewer::Bureau => true,
    };
    let row = claims::by_id(conn, id)?.filter(visible);
    row.map(|row| show(engine, conn, viewer, row, lang))
        .transpose()
}

/// The content of a claim, opened.
///
/// # Errors
/// [`StorageError::Corrupt`] when it does not open: another key, or somebody changed it.
pub fn open(engine: &Engine, claim: &StoredClaim) -> Result<ClaimDraft, StorageError> {
    let corrupt = |e: String| StorageError::Corrupt(format!("claim {}: {e}", claim.number));
    let plain = engine
        .keys
        .vault
        .open(&claim_aad(claim.id), &claim.sealed)
        .map_err(|e| corrupt(e.to_string()))?;
    // Without the parser's message, which could quote personal data.
    serde_json::from_slice(&plain).map_err(|_| corrupt("the content cannot be read".into()))
}

/// The pack version that judged a claim and the dealer that filed it.
///
/// # Errors
/// [`StorageError::Corrupt`] when one of them is gone.
pub fn versions_and_dealer(
    engine: &Engine,
    conn: &mut Db,
    claim: &StoredClaim,
) -> Result<(Arc<Published>, Arc<Dealer>), StorageError> {
    let corrupt = |what: &str| StorageError::Corrupt(format!("claim {}: {what}", claim.number));
    let mut catalogue = engine.catalogue.current();
    if catalogue
        .version_by_id(&claim.programme, claim.version_id)
        .is_none()
        || catalogue.dealer(claim.dealer).is_none()
    {
        engine.catalogue.refresh(conn)?;
        catalogue = engine.catalogue.current();
    }
    let published = catalogue
        .version_by_id(&claim.programme, claim.version_id)
        .ok_or_else(|| corrupt("its pack version is gone"))?;
    let dealer = catalogue
        .dealer(claim.dealer)
        .ok_or_else(|| corrupt("its dealer is gone"))?;
    Ok((published.clone(), dealer.clone()))
}

/// What the rules said about a stored claim, by the version that judged it.
///
/// # Errors
/// As [`versions_and_dealer`].
pub fn evaluated(
    engine: &Engine,
    conn: &mut Db,
    claim: &StoredClaim,
    draft: &ClaimDraft,
) -> Result<(Arc<Published>, Evaluation), StorageError> {
    let (published, dealer) = versions_and_dealer(engine, conn, claim)?;
    let facts = Facts {
        draft,
        dealer_uscc: &dealer.uscc,
        // Whether the dealer took part was decided when the claim was; it changes no amount.
        dealer_participates: true,
        at: claim.submitted,
    };
    let evaluation = evaluate(&published.pack, &facts);
    Ok((published, evaluation))
}

/// A stored claim as a viewer sees it.
///
/// # Errors
/// The database's.
pub fn show(
    engine: &Engine,
    conn: &mut Db,
    viewer: Viewer,
    claim: StoredClaim,
    lang: Lang,
) -> Result<ClaimView, StorageError> {
    let draft = open(engine, &claim)?;
    let (published, evaluation) = evaluated(engine, conn, &claim, &draft)?;
    let before = match (claim.state, claim.position) {
        (ClaimState::Waiting, Some(at)) => Some(waiting_line::before(conn, claim.pool, at)?),
        _ => None,
    };
    let (flags, warnings) = match viewer {
        Viewer::Bureau => (Some(flags(conn, &claim)?), Some(warnings(&claim, lang)?)),
        Viewer::Dealer(_) => (None, None),
    };
    let due = due(conn, &published.pack, &claim)?;
    let masked = mask::claim(&draft);
    let lease = claim.progress.lease.filter(|_| viewer == Viewer::Bureau);
    let refused = matches!(claim.state, ClaimState::Refused | ClaimState::Appealed);
    let reasons = if refused { &claim.reasons[..] } else { &[] };
    Ok(ClaimView {
        id: claim.id,
        state: claim.state,
        programme_version: published.digest.clone(),
        amount: claim.amount,
        position: claim.position,
        waiting_before: before.map(|before| before.claims),
        waiting_before_amount: before.and_then(|before| Fen::new(before.amount)),
        reasons: answer::reasons(&published, reasons, lang),
        due,
        deadline: claim.progress.deadline,
        papers: papers_of(conn, &claim)?,
        findings: findings(engine, conn, &claim)?,
        pay_by: claim.progress.pay_by,
        payment: payment(engine, conn, &claim)?,
        lease_until: lease.map(|(_, until)| until),
        explanation: answer::explanation(&evaluation.explanation, lang),
        submitted_at: claim.submitted,
        changed_at: claim.changed,
        consumer: masked.consumer,
        old_item: masked.old_item,
        new_item: masked.new_item,
        invoice: masked.invoice,
        flags,
        warnings,
        revision: claim.revision,
        number: claim.number,
        programme: claim.programme,
    })
}

/// The flags of a claim; most have none, and are not asked about.
fn flags(conn: &mut Db, claim: &StoredClaim) -> Result<Vec<String>, StorageError> {
    if claim.progress.apart == 0 {
        return Ok(Vec::new());
    }
    claim_flags::of(conn, claim.id)
}

/// The papers that are still due, where any are in this state.
fn due(conn: &mut Db, pack: &Pack, claim: &StoredClaim) -> Result<Vec<DueView>, StorageError> {
    if !matches!(claim.state, ClaimState::Reserved | ClaimState::Filed) {
        return Ok(Vec::new());
    }
    let due = papers_due(pack, claim.invoice_due);
    let missing = papers::without_those_there(conn, claim, due)?;
    let from = claim.held.unwrap_or(claim.submitted);
    Ok(answer::due(&missing, Some(from)))
}

fn papers_of(conn: &mut Db, claim: &StoredClaim) -> Result<Vec<PaperView>, StorageError> {
    // A claim without a second revision has had no papers.
    if claim.revision == 1 {
        return Ok(Vec::new());
    }
    let view = |row: rows::PaperRow| PaperView {
        media_type: Media::parse(&row.media)
            .map_or("", Media::media_type)
            .to_owned(),
        paper: row.paper,
        bytes: row.bytes,
        sha256: hex(&row.sha256),
        received_at: row.at,
    };
    Ok(rows::of(conn, claim.id)?.into_iter().map(view).collect())
}

/// What the last reviewer wrote, as long as it matters.
///
/// # Errors
/// The database's.
pub(super) fn findings(
    engine: &Engine,
    conn: &mut Db,
    claim: &StoredClaim,
) -> Result<Vec<Finding>, StorageError> {
    let kinds: &[EntryKind] = match claim.state {
        ClaimState::Returned => &[EntryKind::Returned],
        ClaimState::RejectionProposed => &[EntryKind::RejectionProposed],
        ClaimState::Rejected => &[EntryKind::AppealLost, EntryKind::RejectionProposed],
        ClaimState::Voided => &[EntryKind::AppealLost, EntryKind::Voided],
        _ => &[],
    };
    for kind in kinds {
        let found = review::findings(engine, conn, claim, *kind)?;
        if !found.is_empty() {
            return Ok(found);
        }
    }
    Ok(Vec::new())
}

fn payment(
    engine: &Engine,
    conn: &mut Db,
    claim: &StoredClaim,
) -> Result<Option<PaymentView>, StorageError> {
    if claim.progress.approval_seq.is_none() {
        return Ok(None);
    }
    let Some(line) = payout_lines::last_attempt(conn, claim.id)? else {
        return Ok(None);
    };
    let (vault, id) = (&engine.keys.vault, &line.end_to_end_id);
    Ok(Some(PaymentView {
        reason: payment_reason::shown(vault, id, &line.sealed, line.reason.as_deref())?,
        state: line.state.as_str(),
        amount: Fen::new(line.net).unwrap_or_default(),
        set_off: Fen::new(line.set_off).unwrap_or_default(),
        end_to_end_id: line.end_to_end_id,
    }))
}

fn warnings(claim: &StoredClaim, lang: Lang) -> Result<Vec<WarningView>, StorageError> {
    let stored: Vec<Warning> = serde_json::from_str(&claim.warnings_json)
        .map_err(|_| StorageError::Corrupt(format!("claim {}: warnings", claim.number)))?;
    Ok(stored
        .into_iter()
        .map(|w| WarningView {
            message: w.text(lang),
            code: w.code,
            field: w.field,
        })
        .collect())
}
