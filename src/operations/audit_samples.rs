//! Samples as auditors see them: those of bulk approvals, made again from seed and list and held
//! against what was kept; and claims of their own choosing, drawn by chance from a pool.
//!
//! Who draws for himself could draw until he likes what comes. So each draw is noted with its seed
//! before its claims are shown, where other auditors read it, and the same seed draws the same
//! claims for everybody.

use aws_lc_rs::rand;
use chrono::NaiveDate;

use crate::admission::number;
use crate::domain::defect::{Defect, DefectCode};
use crate::domain::ids::BulkId;
use crate::domain::sample::{self, SEED_BYTES, Seed};
use crate::domain::time::Timestamp;
use crate::journal::canonical::{hex, parse_hex32};
use crate::operations::access;
use crate::operations::bulk::{self, BulkView};
use crate::operations::denial::{ActError, Ended};
use crate::operations::{Engine, StaffCaller, export};
use crate::storage::bulk::{self as rows, BulkRow};
use crate::storage::inspection::{self, ClaimHead};
use crate::storage::{Db, StorageError, dialect, journal};

/// The most claims of one draw.
pub const MOST: usize = 200;
/// Numbers that are tried where one names no claim.
const GAP: i64 = 100;

/// What is to be drawn.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The pool.
    pub pool: String,
    /// The first day of filing, in Beijing.
    pub from: NaiveDate,
    /// The last one.
    pub to: NaiveDate,
    /// How many claims.
    pub count: usize,
    /// What for.
    pub why: String,
}

/// All that a draw follows from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draw {
    /// The pool.
    pub pool: String,
    /// The ordinal of the first claim to choose from.
    pub first: u64,
    /// The ordinal of the last one.
    pub last: u64,
    /// How many are drawn.
    pub count: usize,
    /// The seed, in hexadecimal.
    pub seed: String,
}

/// A draw with its claims.
#[derive(Debug, Clone)]
pub struct DrawnClaims {
    /// What it follows from.
    pub draw: Draw,
    /// The claims in the order of the draw, each with its ordinal; none where a number names none.
    pub claims: Vec<(u64, Option<ClaimHead>)>,
}

/// Draws claims that were filed between two days, and notes it.
///
/// # Errors
/// [`ActError::NotFound`] for the pool; [`ActError::Malformed`] for days in the wrong order and
/// days on which nothing was filed.
pub async fn draw(engine: &Engine, caller: &StaffCaller, asked: Asked) -> Result<Draw, ActError> {
    let (worker, staff) = (engine.clone(), caller.staff);
    let done = engine.write_db(move |conn| -> Result<Draw, Ended> {
        let pool = export::find(conn, &asked.pool)?;
        let last_day = Timestamp::end_of_beijing_day(asked.to);
        let first_day = Timestamp::start_of_beijing_day(asked.from);
        let series = &pool.series;
        let end = pool.next_ordinal;
        let first = filed_from(conn, series, end, first_day)?;
        let last = filed_from(conn, series, end, last_day)? - 1;
        let range = u64::try_from(first).ok().zip(u64::try_from(last).ok());
        let Some((first, last)) = range.filter(|(first, last)| first <= last) else {
            let defect = Defect::new("/to", DefectCode::OutOfRange);
            return Err(ActError::Malformed(vec![defect]).into());
        };
        let draw = Draw {
            seed: hex(&new_seed()),
            count: asked.count.clamp(1, MOST),
            pool: pool.name,
            first,
            last,
        };
        let what = format!(
            "sample of pool {}: {} of {first} to {last}, seed {}",
            draw.pool, draw.count, draw.seed
        );
        conn.write(|conn| -> Result<(), Ended> {
            let at = dialect::now(conn)?;
            Ok(access::note(
                &worker,
                conn,
                staff,
                None,
                (&what, &asked.why),
                at,
            )?)
        })?;
        Ok(draw)
    });
    done.await.map_err(Ended::into_act)
}

#[expect(
    clippy::expect_used,
    reason = "the library stops the process rather than give weak random bytes"
)]
fn new_seed() -> Seed {
    let mut seed = [0; SEED_BYTES];
    rand::fill(&mut seed).expect("random bytes");
    seed
}

/// The ordinal of the first claim that was filed at an instant or later; `end` where none was.
/// Ordinals are given in the order of filing, so it is found by halving.
fn filed_from(conn: &mut Db, series: &str, end: i64, at: Timestamp) -> Result<i64, StorageError> {
    let (mut low, mut high) = (1, end);
    while low < high {
        let middle = low + (high - low) / 2;
        match next_filed(conn, series, middle, high)? {
            Some(submitted) if submitted < at => low = middle + 1,
            _ => high = middle,
        }
    }
    Ok(low)
}

/// When the claim of an ordinal was filed, or the next one that is there.
fn next_filed(
    conn: &mut Db,
    series: &str,
    from: i64,
    end: i64,
) -> Result<Option<Timestamp>, StorageError> {
    for ordinal in from..end.min(from + GAP) {
        let found = inspection::heads(conn, &[number::format(series, ordinal)])?;
        if let Some(head) = found.first() {
            return Ok(Some(head.submitted));
        }
    }
    Ok(None)
}

/// Draws again what a seed has drawn.
///
/// # Errors
/// [`ActError::NotFound`] for the pool, a seed that is none, and numbers that the pool does not have.
pub async fn again(engine: &Engine, draw: Draw) -> Result<DrawnClaims, ActError> {
    let seed = parse_hex32(&draw.seed).ok_or(ActError::NotFound)?;
    let done = engine.with_db(move |conn| -> Result<DrawnClaims, Ended> {
        let pool = export::find(conn, &draw.pool)?;
        let last = i64::try_from(draw.last).map_err(|_| ActError::NotFound)?;
        if draw.first < 1 || last >= pool.next_ordinal {
            return Err(ActError::NotFound.into());
        }
        let ordinals = sample::numbers(&seed, draw.first, draw.last, draw.count.min(MOST));
        let numbers: Vec<String> = ordinals
            .iter()
            .map(|ordinal| number::format(&pool.series, *ordinal as i64))
            .collect();
        let heads = inspection::heads(conn, &numbers)?;
        let claims = ordinals.into_iter().zip(&numbers).map(|(ordinal, number)| {
            let head = heads.iter().find(|head| head.number == *number);
            (ordinal, head.cloned())
        });
        Ok(DrawnClaims {
            claims: claims.collect(),
            draw,
        })
    });
    done.await.map_err(Ended::into_act)
}

/// The bulk approvals of a pool, the last first, without their lists.
///
/// # Errors
/// [`ActError::NotFound`] for the pool.
pub async fn of_pool(engine: &Engine, pool: String) -> Result<Vec<BulkRow>, ActError> {
    let done = engine.with_db(move |conn| -> Result<Vec<BulkRow>, Ended> {
        let pool = export::find(conn, &pool)?;
        let mut found = rows::of_pool(conn, pool.id)?;
        found.reverse();
        Ok(found)
    });
    done.await.map_err(Ended::into_act)
}

/// A bulk approval, and whether its sample is the one that seed and list give.
#[derive(Debug, Clone)]
pub struct BulkCheck {
    /// What was kept.
    pub view: BulkView,
    /// Whether the journal has the commitment to the seed where it is said to be.
    pub committed: bool,
    /// Whether the seed is the one that was committed to; none before it is told.
    pub seed_fits: Option<bool>,
    /// Whether the list is the one that was committed to, before the seed was told.
    pub list_fits: Option<bool>,
    /// Whether the claims that are examined are those that follow from both.
    pub sample_fits: Option<bool>,
}

/// Makes the sample of a bulk approval again.
///
/// # Errors
/// [`ActError::NotFound`].
pub async fn check(engine: &Engine, id: BulkId) -> Result<BulkCheck, ActError> {
    let view = bulk::get(engine, id).await?;
    let done = engine.with_db(move |conn| -> Result<BulkCheck, Ended> {
        let pool = export::find(conn, &view.pool)?;
        let mut told = |seq: i64| -> Result<Option<String>, StorageError> {
            let found = journal::after(conn, pool.id, &pool.name, seq - 1, 1)?;
            let entry = found.into_iter().find(|stored| stored.entry.seq == seq);
            Ok(entry.and_then(|stored| stored.entry.detail))
        };
        let committed = told(view.committed_seq)?.as_ref() == Some(&view.commitment);
        let drawn = match view.drawn_seq {
            Some(seq) => (told(seq)?, told(seq + 1)?),
            None => (None, None),
        };
        Ok(made_again(view, committed, drawn))
    });
    done.await.map_err(Ended::into_act)
}

/// `list` and `seed` are what the journal tells of them.
fn made_again(
    view: BulkView,
    committed: bool,
    (list, seed): (Option<String>, Option<String>),
) -> BulkCheck {
    let known = view.seed.as_deref().and_then(parse_hex32);
    let marks: Option<Vec<[u8; 32]>> = view
        .claims
        .iter()
        .map(|claim| parse_hex32(&claim.commitment))
        .collect();
    let (mut seed_fits, mut list_fits, mut sample_fits) = (None, None, None);
    if view.drawn_seq.is_some() {
        let fits = known.map(|k| hex(&sample::seed_commitment(&k)) == view.commitment);
        seed_fits = Some(fits == Some(true) && seed == view.seed);
        let hash = marks.as_ref().map(|marks| hex(&sample::list_hash(marks)));
        list_fits = Some(hash.is_some() && hash == view.list_hash && hash == list);
        let sampled = known
            .zip(marks)
            .map(|(k, marks)| sample::sample(&k, &marks));
        let kept = view.claims.iter().map(|claim| claim.sampled);
        sample_fits = Some(sampled.is_some_and(|sampled| sampled.into_iter().eq(kept)));
    }
    BulkCheck {
        view,
        committed,
        seed_fits,
        list_fits,
        sample_fits,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::ClaimId;
    use crate::operations::bulk::ListedClaim;

    fn drawn() -> BulkView {
        let seed = [9; 32];
        let marks: Vec<[u8; 32]> = (0..40).map(|n| [n; 32]).collect();
        let sampled = sample::sample(&seed, &marks);
        let claims = marks
            .iter()
            .zip(sampled)
            .map(|(mark, sampled)| ListedClaim {
                id: ClaimId::from_slice(&mark[..16]).unwrap(),
                number: String::new(),
                commitment: hex(mark),
                revision: 1,
                sampled,
                standing: "to_examine",
                why: None,
            });
        BulkView {
            id: BulkId::from_slice(&[1; 16]).unwrap(),
            pool: String::new(),
            state: "drawn",
            limit: 100,
            most_amount: None,
            commitment: hex(&sample::seed_commitment(&seed)),
            committed_at: Timestamp(0),
            committed_seq: 1,
            drawn_at: None,
            drawn_seq: Some(2),
            list_hash: Some(hex(&sample::list_hash(&marks))),
            seed: Some(hex(&seed)),
            ended_at: None,
            claims: claims.collect(),
        }
    }

    fn checked(view: BulkView) -> [Option<bool>; 3] {
        let journal = (drawn().list_hash, drawn().seed);
        let check = made_again(view, true, journal);
        [check.seed_fits, check.list_fits, check.sample_fits]
    }

    #[test]
    fn a_true_sample_fits() {
        assert_eq!(checked(drawn()), [Some(true); 3]);
    }

    #[test]
    fn another_seed_list_or_choice_does_not() {
        let mut other = drawn();
        other.seed = Some(hex(&[8; 32]));
        assert_eq!(checked(other)[0], Some(false));
        let mut other = drawn();
        other.claims.swap(0, 1);
        assert_eq!(checked(other), [Some(true), Some(false), Some(true)]);
        let mut other = drawn();
        other.claims[0].sampled ^= true;
        assert_eq!(checked(other), [Some(true), Some(true), Some(false)]);
    }

    #[test]
    fn before_the_draw_nothing_is_said() {
        let mut open = drawn();
        open.drawn_seq = None;
        assert_eq!(checked(open), [None; 3]);
    }
}
