//! Lists of claims for the bureau: by number, the last ones, those with flags, and the queues of
//! the second person. Nothing is opened for them.

use std::collections::HashMap;

use crate::admission::number;
use crate::catalogue::Catalogue;
use crate::domain::claim::ClaimState;
use crate::domain::ids::{ClaimId, StaffId};
use crate::domain::money::Fen;
use crate::domain::text::Lang;
use crate::domain::time::Timestamp;
use crate::operations::{Engine, ReadError};
use crate::storage::claim_briefs::{self as briefs, Brief};
use crate::storage::{Db, StorageError, access, claim_flags, claims};

/// So many claims are looked through for one page of a list that no index narrows. The next page
/// looks further.
pub const LOOKED_THROUGH: i64 = 2_000;

/// A claim in a list of the bureau.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The id.
    pub id: ClaimId,
    /// The number people know.
    pub number: String,
    /// The state.
    pub state: ClaimState,
    /// The programme's title.
    pub programme: String,
    /// The dealer's name.
    pub dealer: String,
    /// Held or asked.
    pub amount: Fen,
    /// When it was admitted.
    pub submitted: Timestamp,
    /// When it last changed.
    pub changed: Timestamp,
    /// Since when it waits for a reviewer.
    pub review: Option<Timestamp>,
    /// Whether a flag keeps it apart.
    pub flagged: bool,
    /// The login of who prepared the decision.
    pub prepared_by: Option<String>,
    /// Who that is.
    pub preparer: Option<StaffId>,
}

/// A page of a list.
#[derive(Debug, Clone)]
pub struct ListPage<P> {
    /// The claims.
    pub items: Vec<Listed>,
    /// Where the next page starts.
    pub next: Option<P>,
}

/// What the last claims are narrowed to.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// In this state.
    pub state: Option<ClaimState>,
    /// Of this programme.
    pub programme: Option<String>,
    /// Only those that a flag keeps apart.
    pub flagged: bool,
    /// Filed before this one.
    pub before: Option<ClaimId>,
}

impl Wanted {
    fn takes(&self, claim: &Brief) -> bool {
        let programme = self.programme.as_ref();
        self.state.is_none_or(|state| state == claim.state)
            && programme.is_none_or(|programme| *programme == claim.programme)
    }
}

/// The claim of a number.
///
/// # Errors
/// [`ReadError::NotFound`].
pub async fn by_number(engine: &Engine, text: &str) -> Result<ClaimId, ReadError> {
    let text = text.trim().to_ascii_uppercase();
    if !number::is_valid(&text) {
        return Err(ReadError::NotFound);
    }
    let found = engine.with_db(move |conn| claims::by_number(conn, &text));
    found
        .await?
        .map(|claim| claim.id)
        .ok_or(ReadError::NotFound)
}

/// The last claims, the last filed first. Where no index narrows them as wanted, a page may have
/// fewer than `limit` and a next one all the same.
///
/// # Errors
/// [`ReadError::Unavailable`].
pub async fn latest(
    engine: &Engine,
    wanted: Wanted,
    limit: usize,
    lang: Lang,
) -> Result<ListPage<ClaimId>, ReadError> {
    engine.refresh().await?;
    let worker = engine.clone();
    let found = engine.with_db(move |conn| -> Result<_, StorageError> {
        let (mut rows, most) = candidates(conn, &wanted, limit as i64 + 1)?;
        let looked_through = rows.last().filter(|_| rows.len() as i64 == most);
        let mut next = looked_through.map(|claim| claim.id);
        rows.retain(|claim| wanted.takes(claim));
        if rows.len() > limit {
            rows.truncate(limit);
            next = rows.last().map(|claim| claim.id);
        }
        let items = listed(&worker, conn, rows, lang)?;
        Ok(ListPage { items, next })
    });
    Ok(found.await?)
}

/// The next claims to look through, and how many there are unless it is the end.
fn candidates(conn: &mut Db, wanted: &Wanted, few: i64) -> Result<(Vec<Brief>, i64), StorageError> {
    let by_index = !matches!(wanted.state, Some(ClaimState::Paid | ClaimState::Refused))
        && wanted.programme.is_none();
    let most = if by_index { few } else { LOOKED_THROUGH };
    if !wanted.flagged {
        return Ok((
            briefs::latest(conn, wanted.state, wanted.before, most)?,
            most,
        ));
    }
    // Fewer, because each is asked for by its id.
    let most = LOOKED_THROUGH / 4;
    let ids = claim_flags::flagged(conn, wanted.before, most)?;
    let mut rows = briefs::among(conn, &ids)?;
    rows.sort_by_key(|claim| std::cmp::Reverse(claim.id));
    Ok((rows, most))
}

/// Claims that wait for a second person, in the order in which they came to review.
///
/// # Errors
/// [`ReadError::Unavailable`].
pub async fn prepared(
    engine: &Engine,
    state: ClaimState,
    after: Option<(Timestamp, ClaimId)>,
    limit: usize,
    lang: Lang,
) -> Result<ListPage<(Timestamp, ClaimId)>, ReadError> {
    engine.refresh().await?;
    let worker = engine.clone();
    let found = engine.with_db(move |conn| -> Result<_, StorageError> {
        let mut rows = briefs::by_age(conn, state, after, limit as i64 + 1)?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let last = rows.last().filter(|_| more);
        let next = last.and_then(|claim| Some((claim.review?, claim.id)));
        let items = listed(&worker, conn, rows, lang)?;
        Ok(ListPage { items, next })
    });
    Ok(found.await?)
}

/// Rows as lists show them.
pub(super) fn listed(
    engine: &Engine,
    conn: &mut Db,
    rows: Vec<Brief>,
    lang: Lang,
) -> Result<Vec<Listed>, StorageError> {
    let persons: Vec<StaffId> = rows.iter().filter_map(|claim| claim.prepared_by).collect();
    let logins: HashMap<StaffId, String> = access::logins(conn, &persons)?.into_iter().collect();
    let catalogue = engine.catalogue.current();
    let view = |claim: Brief| Listed {
        id: claim.id,
        number: claim.number,
        state: claim.state,
        dealer: catalogue
            .dealer(claim.dealer)
            .map_or_else(String::new, |dealer| dealer.name.clone()),
        programme: title(&catalogue, &claim.programme, lang),
        amount: Fen::new(claim.amount).unwrap_or_default(),
        submitted: claim.submitted,
        changed: claim.changed,
        review: claim.review,
        flagged: claim.apart > 0,
        prepared_by: claim.prepared_by.and_then(|who| logins.get(&who).cloned()),
        preparer: claim.prepared_by,
    };
    Ok(rows.into_iter().map(view).collect())
}

/// The title of a programme's last version; its id where it has none.
pub(super) fn title(catalogue: &Catalogue, programme: &str, lang: Lang) -> String {
    let versions = catalogue.versions();
    let last = versions.filter(|published| published.pack.id.0 == programme);
    last.last().map_or_else(
        || programme.to_owned(),
        |published| published.pack.title.get(lang).to_owned(),
    )
}

/// The programmes of all pools with their titles, for a choice.
///
/// # Errors
/// [`ReadError::Unavailable`].
pub async fn programmes(engine: &Engine, lang: Lang) -> Result<Vec<(String, String)>, ReadError> {
    engine.refresh().await?;
    let catalogue = engine.catalogue.current();
    let mut ids: Vec<String> = catalogue
        .versions()
        .map(|published| published.pack.id.0.clone())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let titled = |id: String| {
        let title = title(&catalogue, &id, lang);
        (id, title)
    };
    Ok(ids.into_iter().map(titled).collect())
}
