//! A dealer's claim becomes a verdict with money held.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::admission::answer::{self, DueView, ReasonView};
use crate::admission::fold::{Fold, papers_from};
use crate::admission::judge::{Judged, SealedContent, judge, seal};
use crate::admission::{Reply, Room, Submission, Turned};
use crate::clock;
use crate::domain::claim::ClaimState;
use crate::domain::defect::Defect;
use crate::domain::ids::{ClaimId, ProgrammeId};
use crate::domain::intake::Intake;
use crate::domain::money::Fen;
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::text::Lang;
use crate::domain::time::Timestamp;
use crate::operations::{DealerCaller, Engine};
use crate::storage::batch::{KeyHash, Probe};
use crate::storage::{Fault, StorageError, claim_keys, dialect, pools};

/// Why a claim got no verdict. Nothing is kept of it, unless [`SubmitError::Unavailable`]
/// left the outcome unknown: the same key tells.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// Malformed beside the pack.
    #[error("the claim is malformed")]
    Malformed(Vec<Defect>),
    /// The idempotency key belongs to another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// The queue is full.
    #[error("too many claims at once")]
    Overloaded {
        /// Seconds after which to try again.
        retry_after_seconds: u32,
    },
    /// The dealer files faster than the programme allows.
    #[error("the dealer files faster than the programme allows")]
    DealerRate {
        /// Seconds after which to try again.
        retry_after_seconds: u32,
    },
    /// The database is away, or the service is stopping.
    #[error("not available for now")]
    Unavailable,
    /// A fault in this program or in what it stored: nothing is kept.
    #[error("a fault in this program")]
    Broken,
}

impl From<StorageError> for SubmitError {
    fn from(error: StorageError) -> Self {
        if error.fault() == Fault::Internal {
            tracing::error!(%error, "a claim could not be taken");
            return SubmitError::Broken;
        }
        tracing::warn!(%error, "a claim could not be taken");
        SubmitError::Unavailable
    }
}

impl From<Turned> for SubmitError {
    fn from(turned: Turned) -> Self {
        match turned {
            Turned::Full {
                retry_after_seconds,
            } => SubmitError::Overloaded {
                retry_after_seconds,
            },
            Turned::Stopping => SubmitError::Unavailable,
            Turned::TooFast {
                retry_after_seconds,
            } => SubmitError::DealerRate {
                retry_after_seconds,
            },
        }
    }
}

/// How much room there is for a claim of this caller, whatever stands in it. Asked before a claim
/// is read, since whoever is turned away should cost the others as little as can be.
///
/// # Errors
/// [`SubmitError::Overloaded`]: no pool that its programmes lead to has room for it.
pub fn glance(engine: &Engine, caller: &DealerCaller) -> Result<Room, SubmitError> {
    let catalogue = engine.catalogue.current();
    let Some(dealer) = catalogue.dealer(caller.dealer) else {
        return Ok(Room::Ample);
    };
    let mut found = Ok(Room::Ample);
    for programme in &dealer.programmes {
        let pool = catalogue.pool_for(&ProgrammeId(programme.clone()));
        match pool.map(|pool| engine.admission.look(pool, caller.dealer)) {
            Some(Err(full)) => found = Err(full.into()),
            Some(Ok(room)) => return Ok(room),
            None => {}
        }
    }
    found
}

/// A claim that is sealed, and judged by the catalogue in memory.
#[derive(Debug)]
pub struct Prepared {
    claim: ClaimId,
    answer_key: KeyHash,
    content: SealedContent,
    intake: Intake,
    lang: Lang,
    judged: Option<Result<Judged, Vec<Defect>>>,
}

/// The part of [`submit`] that takes a thread's time and waits for nothing.
///
/// # Errors
/// [`SubmitError::Overloaded`] and [`SubmitError::Unavailable`].
pub fn prepare(
    engine: &Engine,
    caller: &DealerCaller,
    idempotency_key: &str,
    intake: Intake,
    lang: Lang,
) -> Result<Prepared, SubmitError> {
    // The pool is known now.
    if let Some(pool) = engine.catalogue.current().pool_for(&intake.draft.programme) {
        engine.admission.look(pool, caller.dealer)?;
    }
    let vault = &engine.keys.vault;
    let claim = ClaimId(clock::new_uuid());
    let content = seal(vault, claim, &intake.draft).map_err(|error| {
        tracing::error!(%error, "a claim could not be sealed");
        SubmitError::Unavailable
    })?;
    let judged = attempt(engine, caller, &intake, lang);
    Ok(Prepared {
        claim,
        answer_key: vault.keyed_hash("answer", &[&caller.client.to_string(), idempotency_key]),
        content,
        intake,
        lang,
        judged,
    })
}

/// Judges, admits and answers. The body is that of HTTP 201.
///
/// # Errors
/// [`SubmitError`].
pub async fn submit(
    engine: &Engine,
    caller: &DealerCaller,
    idempotency_key: &str,
    intake: Intake,
    lang: Lang,
) -> Result<Vec<u8>, SubmitError> {
    let prepared = prepare(engine, caller, idempotency_key, intake, lang)?;
    decide(engine, caller, prepared).await
}

/// The rest of [`submit`] for a claim that is prepared.
///
/// # Errors
/// [`SubmitError`].
pub async fn decide(
    engine: &Engine,
    caller: &DealerCaller,
    prepared: Prepared,
) -> Result<Vec<u8>, SubmitError> {
    let Prepared {
        claim,
        answer_key,
        content,
        intake,
        lang,
        judged,
    } = prepared;
    let fingerprint = content.fingerprint;
    // Under the pool's lock a claim is judged again if the catalogue has changed, so only
    // what would never come there is worth a look now.
    let decided = match settled(engine, caller, &intake, lang, judged, |_| true).await {
        Err(error) => Err(error),
        Ok(judged) => {
            let submission = Submission {
                claim,
                dealer: caller.dealer,
                answer_key,
                warnings: serde_json::to_string(&intake.warnings).unwrap_or_default(),
                intake,
                lang,
                content,
                judged,
            };
            admit(engine, Box::new(submission)).await
        }
    };
    match decided {
        // A pack that was published since may miss a fact that nobody asked for then: what
        // was answered stays answered.
        Err(SubmitError::Malformed(defects)) => {
            let stored = answered_before(engine, answer_key, fingerprint).await?;
            stored.ok_or(SubmitError::Malformed(defects))
        }
        other => other,
    }
}

async fn admit(engine: &Engine, mut submission: Box<Submission>) -> Result<Vec<u8>, SubmitError> {
    loop {
        let admitted = engine.admission.submit(submission).await;
        match admitted.map_err(SubmitError::from)? {
            Reply::Answered(stored) => {
                return answer::complete(&stored, &engine.keys).ok_or(SubmitError::Unavailable);
            }
            Reply::KeyReused => return Err(SubmitError::KeyReused),
            Reply::Malformed(defects) => return Err(SubmitError::Malformed(defects)),
            Reply::Unavailable => return Err(SubmitError::Unavailable),
            Reply::Broken => return Err(SubmitError::Broken),
            Reply::Moved(moved) => submission = moved,
        }
    }
}

/// The answer that the same request was given before.
async fn answered_before(
    engine: &Engine,
    key: KeyHash,
    fingerprint: KeyHash,
) -> Result<Option<Vec<u8>>, SubmitError> {
    match engine
        .with_db(move |conn| claim_keys::answer(conn, key))
        .await?
    {
        None => Ok(None),
        Some(answer) if answer.fingerprint != fingerprint => Err(SubmitError::KeyReused),
        Some(answer) => Ok(answer::complete(&answer.body, &engine.keys)),
    }
}

/// The verdict that [`submit`] would give now, as the body of HTTP 200: nothing is kept,
/// nothing is held, and the next moment may differ.
///
/// # Errors
/// [`SubmitError::Malformed`] and [`SubmitError::Unavailable`].
pub async fn check(
    engine: &Engine,
    caller: &DealerCaller,
    intake: Intake,
    lang: Lang,
) -> Result<Vec<u8>, SubmitError> {
    let first = attempt(engine, caller, &intake, lang);
    let judged = settled(engine, caller, &intake, lang, first, misses_nothing).await?;
    let worker = engine.clone();
    let dealer = caller.dealer;
    engine
        .with_db(move |conn| {
            let catalogue = worker.catalogue.current();
            let row = pools::read(conn, judged.pool)?
                .ok_or_else(|| StorageError::Corrupt("the pool is gone".into()))?;
            let mut asked = Probe::default();
            judged.ask(&mut asked);
            asked.dealers.push(dealer);
            let probed = dialect::probe(conn, judged.pool, &asked)?;
            let fold = Fold::new(
                row,
                probed,
                &catalogue,
                &worker.keys,
                &worker.settings.issuer,
            );
            let (state, reasons) = fold.preview(dealer, &intake.draft.programme, &judged);
            Ok(preview_body(&judged, fold.at(), state, &reasons, lang))
        })
        .await
}

/// The body of a verdict without effect: no id, number, place or receipt.
#[derive(Serialize)]
struct Preview<'a> {
    state: ClaimState,
    programme: &'a str,
    programme_version: &'a str,
    amount: Fen,
    reasons: Vec<ReasonView>,
    due: Vec<DueView>,
    explanation: &'a RawValue,
}

fn preview_body(
    judged: &Judged,
    at: Timestamp,
    state: ClaimState,
    reasons: &[Reason],
    lang: Lang,
) -> Vec<u8> {
    let accepted = state != ClaimState::Refused;
    let preview = Preview {
        state,
        programme: &judged.published.pack.id.0,
        programme_version: &judged.published.digest,
        amount: Fen::new(judged.amount)
            .filter(|_| accepted)
            .unwrap_or_default(),
        reasons: answer::reasons(&judged.published, reasons, lang),
        due: answer::due(&judged.papers, papers_from(state, at)),
        explanation: &judged.explanation,
    };
    // A struct of strings and numbers always serialises.
    serde_json::to_vec(&preview).unwrap_or_default()
}

/// Whether no reason says that something does not exist or takes no part: it may have been
/// added just now.
fn misses_nothing(judged: &Judged) -> bool {
    judged.reasons.iter().all(|r| {
        !matches!(
            r.code,
            ReasonCode::ProgrammeNotOpen | ReasonCode::DealerNotParticipating
        )
    })
}

/// Judges by the catalogue in memory; `None` when it does not know the dealer.
fn attempt(
    engine: &Engine,
    caller: &DealerCaller,
    intake: &Intake,
    lang: Lang,
) -> Option<Result<Judged, Vec<Defect>>> {
    let catalogue = engine.catalogue.current();
    let dealer = catalogue.dealer(caller.dealer)?;
    let vault = &engine.keys.vault;
    Some(judge(vault, &catalogue, dealer, intake, clock::now(), lang))
}

/// Judges once more by a fresh catalogue where there is no verdict or one that does not stand by
/// itself.
async fn settled(
    engine: &Engine,
    caller: &DealerCaller,
    intake: &Intake,
    lang: Lang,
    first: Option<Result<Judged, Vec<Defect>>>,
    stands_alone: fn(&Judged) -> bool,
) -> Result<Judged, SubmitError> {
    let stands = matches!(&first, Some(Ok(judged)) if stands_alone(judged));
    let judged = if stands || !engine.refresh().await? {
        first
    } else {
        attempt(engine, caller, intake, lang)
    };
    judged
        .ok_or(SubmitError::Unavailable)?
        .map_err(SubmitError::Malformed)
}
