//! A dealer's people among its claims: the last ones, those that wait for them, the receipt that a
//! claim was given, and the content of a claim that is to be corrected.

use serde::Deserialize;
use serde_json::Value;

use crate::admission::answer;
use crate::domain::claim::ClaimState;
use crate::domain::ids::{ClaimId, DealerId, LoginId};
use crate::domain::text::Lang;
use crate::operations::claims::{self, ClaimView, Page};
use crate::operations::denial::{ActError, Ended};
use crate::operations::{DealerCaller, Engine, ReadError, Viewer};
use crate::storage::claims::StoredClaim;
use crate::storage::{StorageError, claims as rows, dealer_claims, dialect};

/// Which of a dealer's claims.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// In this state.
    pub state: Option<ClaimState>,
    /// Of this programme.
    pub programme: Option<String>,
    /// Filed before this one.
    pub before: Option<ClaimId>,
    /// At most so many.
    pub limit: u32,
}

/// The claims of a dealer, the last filed first.
///
/// # Errors
/// [`ReadError::Unavailable`].
pub async fn latest(
    engine: &Engine,
    caller: &DealerCaller,
    wanted: Wanted,
    lang: Lang,
) -> Result<Page<ClaimView>, ReadError> {
    let (worker, dealer) = (engine.clone(), caller.dealer);
    let found = engine.with_db(move |conn| -> Result<_, StorageError> {
        let limit = wanted.limit as usize;
        let mut found = dealer_claims::latest(
            conn,
            dealer,
            wanted.state,
            wanted.programme.as_deref(),
            wanted.before,
            i64::from(wanted.limit) + 1,
        )?;
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(|claim| claim.id);
        let viewer = Viewer::Dealer(dealer);
        let items = found
            .into_iter()
            .map(|claim| claims::show(&worker, conn, viewer, claim, lang))
            .collect::<Result<_, _>>()?;
        Ok(Page { items, next })
    });
    Ok(found.await?)
}

/// The claims for which a dealer must do something, the first deadline first.
///
/// # Errors
/// [`ReadError::Unavailable`].
pub async fn due(
    engine: &Engine,
    caller: &DealerCaller,
    limit: u32,
    lang: Lang,
) -> Result<Vec<ClaimView>, ReadError> {
    let (worker, dealer) = (engine.clone(), caller.dealer);
    let found = engine.with_db(move |conn| -> Result<_, StorageError> {
        let viewer = Viewer::Dealer(dealer);
        let found = dealer_claims::due(conn, dealer, i64::from(limit))?;
        let shown = found
            .into_iter()
            .map(|claim| claims::show(&worker, conn, viewer, claim, lang));
        shown.collect()
    });
    Ok(found.await?)
}

/// The dealer's claim of this number.
///
/// # Errors
/// [`ReadError::NotFound`] also for another dealer's.
pub async fn by_number(
    engine: &Engine,
    caller: &DealerCaller,
    number: String,
) -> Result<ClaimId, ReadError> {
    let dealer = caller.dealer;
    let found = engine.with_db(move |conn| rows::by_number(conn, &number));
    let own = |claim: &StoredClaim| claim.dealer == dealer;
    let found = found.await?.filter(own);
    Ok(found.ok_or(ReadError::NotFound)?.id)
}

/// The signed receipt that the dealer was given for its claim.
///
/// # Errors
/// [`ReadError::NotFound`] also for another dealer's claim.
pub async fn receipt(
    engine: &Engine,
    caller: &DealerCaller,
    id: ClaimId,
) -> Result<String, ReadError> {
    #[derive(Deserialize)]
    struct Answer {
        receipt: String,
    }
    let dealer = caller.dealer;
    let found = engine.with_db(move |conn| -> Result<_, StorageError> {
        match rows::by_id(conn, id)?.filter(|claim| claim.dealer == dealer) {
            Some(_) => dealer_claims::answer(conn, id),
            None => Ok(None),
        }
    });
    let stored = found.await?.ok_or(ReadError::NotFound)?;
    let whole = answer::complete(&stored, &engine.keys).ok_or(ReadError::Broken)?;
    let answer: Answer = serde_json::from_slice(&whole).map_err(|_| ReadError::Broken)?;
    Ok(answer.receipt)
}

/// A claim that is to be corrected, with nothing masked.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The whole claim, as its dealer sent it.
    pub content: Value,
    /// The revision that was opened.
    pub revision: i64,
}

/// Opens the content of a dealer's own claim, so that its people need not type all of it again:
/// only while the claim is given back for correction. That somebody did is written down before
/// anything is shown.
///
/// # Errors
/// [`ActError::NotFound`] also for another dealer's; [`ActError::WrongState`].
pub async fn open_to_correct(
    engine: &Engine,
    caller: &DealerCaller,
    id: ClaimId,
) -> Result<Opened, ActError> {
    let worker = engine.clone();
    let (dealer, login) = (caller.dealer, LoginId(caller.client.0));
    let done = engine.write_db(move |conn| -> Result<Opened, Ended> {
        conn.write(|conn| {
            let claim = own(rows::by_id(conn, id)?, dealer)?;
            if claim.state != ClaimState::Returned {
                return Err(ActError::WrongState(claim.state).into());
            }
            let draft = claims::open(&worker, &claim)?;
            let at = dialect::now(conn)?;
            dealer_claims::note_look(conn, login, id, "correction", at)?;
            let corrupt = |_| StorageError::Corrupt(format!("claim {}", claim.number));
            Ok(Opened {
                content: serde_json::to_value(&draft).map_err(corrupt)?,
                revision: claim.revision,
            })
        })
    });
    done.await.map_err(Ended::into_act)
}

fn own(found: Option<StoredClaim>, dealer: DealerId) -> Result<StoredClaim, ActError> {
    found
        .filter(|claim| claim.dealer == dealer)
        .ok_or(ActError::NotFound)
}
