//! What the bureau has promised and by when: open claims by stage and lateness, and those for
//! which it is late.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Serialize;

use crate::catalogue::Catalogue;
use crate::domain::ageing::{Ageing, band};
use crate::domain::calendar::{Calendar, last_day};
use crate::domain::claim::ClaimState;
use crate::domain::ids::ClaimId;
use crate::domain::money::Fen;
use crate::domain::policy::rules::review::Clocks;
use crate::domain::promise::{Stage, late_if_in_review_before, review_by};
use crate::domain::time::Timestamp;
use crate::operations::{Engine, ReadError};
use crate::storage::ageing::{self as rows, Aged, LateClaim, LateFilter};
use crate::storage::{Db, StorageError, dialect};

/// Open claims by lateness.
#[derive(Debug, Clone, Serialize)]
pub struct AgeingView {
    /// When this was read.
    pub as_of: Timestamp,
    /// All claims of a stage together.
    pub stages: Vec<StageView>,
    /// The same by state.
    pub states: Vec<StateView>,
}

/// The claims of one stage.
#[derive(Debug, Clone, Serialize)]
pub struct StageView {
    /// What they wait for.
    pub stage: Stage,
    /// How late they are.
    pub bands: Ageing,
}

/// The claims of one stage in one state.
#[derive(Debug, Clone, Serialize)]
pub struct StateView {
    /// What they wait for.
    pub stage: Stage,
    /// Their state.
    pub state: ClaimState,
    /// How late they are.
    pub bands: Ageing,
}

/// A claim for which the bureau is late.
#[derive(Debug, Clone, Serialize)]
pub struct OverdueView {
    /// Its number.
    pub claim_number: String,
    /// Its id.
    pub id: ClaimId,
    /// `review` or `payment`.
    pub stage: Stage,
    /// Its state.
    pub state: ClaimState,
    /// The first instant at which it was late.
    pub due: Timestamp,
    /// Working days since then, today included.
    pub working_days_late: u32,
    /// Where the next page starts.
    #[serde(skip)]
    pub place: Place,
}

/// A place in the list of late claims: unpaid ones come first, and of each stage those that wait
/// longest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Whether it waits for its review.
    pub in_review: bool,
    /// The instant that the order goes by.
    pub key: Timestamp,
    /// The claim.
    pub id: ClaimId,
}

impl Place {
    /// As a cursor holds it.
    pub fn to_vec(self) -> Vec<u8> {
        let mut bytes = vec![u8::from(self.in_review)];
        bytes.extend_from_slice(&self.key.0.to_be_bytes());
        bytes.extend_from_slice(self.id.0.as_bytes());
        bytes
    }

    /// From the bytes of a cursor.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        let (stage, rest) = bytes.split_first()?;
        let (key, id) = rest.split_first_chunk::<8>()?;
        Some(Self {
            in_review: match stage {
                0 => false,
                1 => true,
                _ => return None,
            },
            key: Timestamp(i64::from_be_bytes(*key)),
            id: ClaimId::from_slice(id)?,
        })
    }
}

/// The review clocks of all published versions.
struct Reviews {
    by_version: BTreeMap<i64, Option<Clocks>>,
}

impl Reviews {
    fn of(catalogue: &Catalogue) -> Self {
        let clocks = |published: &crate::catalogue::Published| {
            published
                .pack
                .rules
                .clocks
                .as_ref()
                .map(|c| c.terms.clone())
        };
        let versions = catalogue.versions();
        Self {
            by_version: versions.map(|p| (p.version_id, clocks(p))).collect(),
        }
    }

    fn clocks(&self, version: i64) -> Option<&Clocks> {
        self.by_version.get(&version)?.as_ref()
    }

    /// The versions by when their claims must have entered review to be late between two looks.
    fn late(
        &self,
        calendar: &Calendar,
        looks: &Range<Timestamp>,
    ) -> Vec<(Range<Timestamp>, Vec<i64>)> {
        let mut groups: Vec<(Range<Timestamp>, Vec<i64>)> = Vec::new();
        for (version, clocks) in &self.by_version {
            let before = |now| late_if_in_review_before(calendar, clocks.as_ref(), now);
            let start = match looks.start {
                NEVER => NEVER,
                since => before(since),
            };
            let entered = start..before(looks.end);
            match groups.iter_mut().find(|(range, _)| *range == entered) {
                Some((_, versions)) => versions.push(*version),
                None => groups.push((entered, vec![*version])),
            }
        }
        groups
    }
}

/// Before anything was looked at.
const NEVER: Timestamp = Timestamp(i64::MIN);

/// What must have been paid when, to be late between two looks: a claim is late from the instant
/// itself on.
fn unpaid_between(looks: &Range<Timestamp>) -> Range<Timestamp> {
    let start = match looks.start {
        NEVER => NEVER,
        since => Timestamp(since.0 + 1),
    };
    start..Timestamp(looks.end.0 + 1)
}

/// Open claims by stage, state and lateness.
///
/// # Errors
/// [`ReadError::Unavailable`].
pub async fn totals(engine: &Engine) -> Result<AgeingView, ReadError> {
    engine.refresh().await?;
    let worker = engine.clone();
    let view = engine.with_db(move |conn| -> Result<AgeingView, StorageError> {
        let reviews = Reviews::of(&worker.catalogue.current());
        conn.snapshot(|conn| totals_within(conn, &worker.calendar, &reviews))
    });
    Ok(view.await?)
}

fn totals_within(
    conn: &mut Db,
    calendar: &Calendar,
    reviews: &Reviews,
) -> Result<AgeingView, StorageError> {
    let as_of = dialect::now(conn)?;
    let mut view = AgeingView {
        as_of,
        stages: Vec::new(),
        states: Vec::new(),
    };
    for stage in Stage::ALL {
        let mut whole = Ageing::default();
        for &state in stage.states() {
            let found = match stage {
                Stage::Papers => rows::by_deadline(conn, state)?,
                Stage::Review => rows::by_review(conn, state)?,
                Stage::Payment => rows::by_payment(conn, state)?,
            };
            let mut bands = Ageing::default();
            for aged in found {
                let due = match aged.version_id {
                    Some(version) => review_by(calendar, reviews.clocks(version), aged.key),
                    None => aged.key,
                };
                add(&mut bands, calendar, &aged, due, as_of)?;
                add(&mut whole, calendar, &aged, due, as_of)?;
            }
            view.states.push(StateView {
                stage,
                state,
                bands,
            });
        }
        view.stages.push(StageView {
            stage,
            bands: whole,
        });
    }
    Ok(view)
}

fn add(
    ageing: &mut Ageing,
    calendar: &Calendar,
    aged: &Aged,
    due: Timestamp,
    now: Timestamp,
) -> Result<(), StorageError> {
    let corrupt = || StorageError::Corrupt("a sum of open claims out of range".into());
    let amount = Fen::new(aged.amount).ok_or_else(corrupt)?;
    let claims = u32::try_from(aged.claims).map_err(|_| corrupt())?;
    let added = ageing.add_alike(band(calendar, due, now), claims, amount);
    added.map_err(|_| corrupt())
}

/// At most `limit` claims for which the bureau is late, after a place.
///
/// # Errors
/// [`ReadError::Unavailable`].
pub async fn overdue(
    engine: &Engine,
    after: Option<Place>,
    limit: i64,
) -> Result<Vec<OverdueView>, ReadError> {
    engine.refresh().await?;
    let worker = engine.clone();
    let found = engine.with_db(move |conn| -> Result<Vec<OverdueView>, StorageError> {
        let reviews = Reviews::of(&worker.catalogue.current());
        conn.snapshot(|conn| overdue_within(conn, &worker.calendar, &reviews, after, limit))
    });
    Ok(found.await?)
}

fn overdue_within(
    conn: &mut Db,
    calendar: &Calendar,
    reviews: &Reviews,
    after: Option<Place>,
    limit: i64,
) -> Result<Vec<OverdueView>, StorageError> {
    let now = dialect::now(conn)?;
    let looks = NEVER..now;
    let wanted = usize::try_from(limit).unwrap_or(0);
    let view = |stage: Stage, late: LateClaim, due: Timestamp| OverdueView {
        claim_number: late.number,
        id: late.id,
        stage,
        state: late.state,
        due,
        working_days_late: calendar.working_days_between(last_day(due), now.beijing_day()),
        place: Place {
            in_review: stage == Stage::Review,
            key: late.key,
            id: late.id,
        },
    };
    let mut found = Vec::new();
    if after.is_none_or(|place| !place.in_review) {
        let after = after.map(|place| (place.key, place.id));
        for &state in Stage::Payment.states() {
            let filter = LateFilter {
                state,
                range: unpaid_between(&looks),
                versions: &[],
            };
            for late in rows::unpaid(conn, &filter, after, limit)? {
                let due = late.key;
                found.push(view(Stage::Payment, late, due));
            }
        }
    }
    if found.len() < wanted {
        let after = after.filter(|place| place.in_review);
        let after = after.map(|place| (place.key, place.id));
        for (range, versions) in reviews.late(calendar, &looks) {
            for &state in Stage::Review.states() {
                let filter = LateFilter {
                    state,
                    range: range.clone(),
                    versions: &versions,
                };
                for late in rows::unreviewed(conn, &filter, after, limit)? {
                    let due = review_by(calendar, reviews.clocks(late.version_id), late.key);
                    found.push(view(Stage::Review, late, due));
                }
            }
        }
    }
    found.sort_by_key(|late| late.place);
    found.truncate(wanted);
    Ok(found)
}

/// How many claims the bureau is late with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Late {
    /// Waiting for their review.
    pub review: i64,
    /// Waiting for their payment.
    pub payment: i64,
}

/// How the promises stand at one look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// When.
    pub at: Timestamp,
    /// All that are late.
    pub late: Late,
    /// Those that were not at the look before.
    pub since: Late,
}

/// Looks how many claims are late, and how many came to be since the look at `before`.
///
/// # Errors
/// [`ReadError::Unavailable`].
pub async fn look(engine: &Engine, before: Option<Timestamp>) -> Result<Look, ReadError> {
    let worker = engine.clone();
    let found = engine.with_db(move |conn| -> Result<Look, StorageError> {
        let reviews = Reviews::of(&worker.catalogue.current());
        let calendar = &worker.calendar;
        conn.snapshot(|conn| {
            let at = dialect::now(conn)?;
            let late = count(conn, calendar, &reviews, NEVER..at)?;
            let since = match before {
                Some(before) => count(conn, calendar, &reviews, before..at)?,
                None => late,
            };
            Ok(Look { at, late, since })
        })
    });
    Ok(found.await?)
}

fn count(
    conn: &mut Db,
    calendar: &Calendar,
    reviews: &Reviews,
    looks: Range<Timestamp>,
) -> Result<Late, StorageError> {
    let mut late = Late::default();
    for &state in Stage::Payment.states() {
        let filter = LateFilter {
            state,
            range: unpaid_between(&looks),
            versions: &[],
        };
        late.payment += rows::count_unpaid(conn, &filter)?;
    }
    for (range, versions) in reviews.late(calendar, &looks) {
        for &state in Stage::Review.states() {
            let filter = LateFilter {
                state,
                range: range.clone(),
                versions: &versions,
            };
            late.review += rows::count_unreviewed(conn, &filter)?;
        }
    }
    Ok(late)
}
