//! Reading claims, with personal data masked.

use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::admission::answer::{self, DueView, ReasonView};
use crate::domain::claim::ClaimState;
use crate::domain::draft::ClaimDraft;
use crate::domain::ids::{ClaimId, ProgrammeId};
use crate::domain::intake::Warning;
use crate::domain::mask;
use crate::domain::money::Fen;
use crate::domain::policy::{Evaluation, Facts, evaluate};
use crate::domain::text::Lang;
use crate::domain::time::Timestamp;
use crate::operations::{Engine, ReadError, Viewer};
use crate::storage::claims::{self, ClaimFilter, StoredClaim};
use crate::storage::{Db, StorageError};
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
    /// Why it is refused.
    pub reasons: Vec<ReasonView>,
    /// What must come, and by when.
    pub due: Vec<DueView>,
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
    /// The `ETag`.
    #[serde(skip)]
    pub revision: i64,
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

/// What the rules said about a stored claim, by the version that judged it.
pub fn evaluated(
    engine: &Engine,
    conn: &mut Db,
    claim: &StoredClaim,
    draft: &ClaimDraft,
) -> Result<(std::sync::Arc<crate::catalogue::Published>, Evaluation), StorageError> {
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
    let facts = Facts {
        draft,
        dealer_uscc: &dealer.uscc,
        // Whether the dealer took part was decided when the claim was; it changes no amount.
        dealer_participates: true,
        at: claim.submitted,
    };
    Ok((published.clone(), evaluate(&published.pack, &facts)))
}

fn show(
    engine: &Engine,
    conn: &mut Db,
    viewer: Viewer,
    claim: StoredClaim,
    lang: Lang,
) -> Result<ClaimView, StorageError> {
    let draft = open(engine, &claim)?;
    let (published, evaluation) = evaluated(engine, conn, &claim, &draft)?;
    let waiting_before = match (claim.state, claim.position) {
        (ClaimState::Waiting, Some(at)) => Some(claims::waiting_before(conn, claim.pool, at)?),
        _ => None,
    };
    let (flags, warnings) = match viewer {
        Viewer::Bureau => (
            Some(claims::flags(conn, claim.id)?),
            Some(warnings(&claim, lang)?),
        ),
        Viewer::Dealer(_) => (None, None),
    };
    let held = claim.held.filter(|_| claim.state == ClaimState::Reserved);
    let masked = mask::claim(&draft);
    Ok(ClaimView {
        id: claim.id,
        state: claim.state,
        programme_version: published.digest.clone(),
        amount: claim.amount,
        position: claim.position,
        waiting_before,
        reasons: answer::reasons(&published, &claim.reasons, lang),
        due: answer::due(&evaluation.papers, held),
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
