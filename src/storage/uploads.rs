//! Tables of claims that dealers upload: their lines, how far they are, and which instance works
//! at them.
//!
//! An upload belongs to whoever beat for it last. Who takes one over compares the beat that he has
//! seen, so two instances never work at the same one; whoever finds that another has it stops.

use diesel::prelude::*;

use super::StorageError;
use super::db::Db;
use super::schema::claims;
use super::schema_of_pages::{upload_lines, uploads};
use super::stored::{claim_id, dealer_id};
use crate::domain::claim::ClaimState;
use crate::domain::ids::{ClaimId, DealerId, LoginId, UploadId};
use crate::domain::time::Timestamp;

/// An upload.
#[derive(Debug, Clone)]
pub struct UploadRow {
    /// The id.
    pub id: UploadId,
    /// Whose.
    pub dealer: DealerId,
    /// Who of its people uploaded it.
    pub login: LoginId,
    /// The programme of all its lines.
    pub programme: String,
    /// The name of the file, sealed.
    pub name: Vec<u8>,
    /// `xlsx` or `csv`.
    pub format: String,
    /// SHA-256 of the file.
    pub sha256: Vec<u8>,
    /// How many lines.
    pub lines: i64,
    /// How many are filed and not refused.
    pub filed: i64,
    /// How many were refused by the rules.
    pub refused: i64,
    /// How many are malformed.
    pub defective: i64,
    /// When somebody worked at it last; 0 before anybody has.
    pub beat: Timestamp,
    /// When it came.
    pub created: Timestamp,
    /// When its last line was settled.
    pub ended: Option<Timestamp>,
}

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineState {
    /// Nothing yet.
    Waiting,
    /// It is a claim.
    Filed,
    /// It is a claim that the rules refused.
    Refused,
    /// It is malformed, and nothing is kept of it but here.
    Defective,
}

impl LineState {
    /// The word in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            LineState::Waiting => "waiting",
            LineState::Filed => "filed",
            LineState::Refused => "refused",
            LineState::Defective => "defective",
        }
    }

    fn parse(word: &str) -> Result<Self, StorageError> {
        [Self::Waiting, Self::Filed, Self::Refused, Self::Defective]
            .into_iter()
            .find(|state| state.as_str() == word)
            .ok_or_else(|| StorageError::Corrupt("the state of a line".into()))
    }
}

/// A line of an upload.
#[derive(Debug, Clone)]
pub struct LineRow {
    /// Its number in the file, from 1.
    pub line: i64,
    /// What became of it.
    pub state: LineState,
    /// What was typed, sealed.
    pub sealed: Vec<u8>,
    /// The claim that it is.
    pub claim: Option<ClaimId>,
    /// What is wrong, as JSON: pointers and codes, nothing of the content.
    pub messages: Option<String>,
}

/// What a line has come to.
#[derive(Debug, Clone)]
pub struct Settled {
    /// Its number.
    pub line: i64,
    /// What became of it.
    pub state: LineState,
    /// The claim that it is.
    pub claim: Option<ClaimId>,
    /// What is wrong, as JSON.
    pub messages: Option<String>,
}

type UploadTuple = (
    (Vec<u8>, Vec<u8>, Vec<u8>, String, Vec<u8>),
    (String, Vec<u8>),
    (i64, i64, i64, i64),
    (i64, i64, Option<i64>),
);

macro_rules! upload_columns {
    () => {
        (
            (
                uploads::id,
                uploads::dealer_id,
                uploads::login_id,
                uploads::programme,
                uploads::name,
            ),
            (uploads::format, uploads::sha256),
            (
                uploads::lines,
                uploads::filed,
                uploads::refused,
                uploads::defective,
            ),
            (uploads::beat_us, uploads::created_us, uploads::ended_us),
        )
    };
}

type LineTuple = (i64, String, Vec<u8>, Option<Vec<u8>>, Option<String>);

macro_rules! line_columns {
    () => {
        (
            upload_lines::line,
            upload_lines::state,
            upload_lines::sealed,
            upload_lines::claim_id,
            upload_lines::messages,
        )
    };
}

fn stored(row: UploadTuple) -> Result<UploadRow, StorageError> {
    let ((id, dealer, login, programme, name), (format, sha256), counts, times) = row;
    let corrupt = || StorageError::Corrupt("upload".into());
    Ok(UploadRow {
        id: UploadId::from_slice(&id).ok_or_else(corrupt)?,
        dealer: dealer_id(&dealer)?,
        login: LoginId::from_slice(&login).ok_or_else(corrupt)?,
        programme,
        name,
        format,
        sha256,
        lines: counts.0,
        filed: counts.1,
        refused: counts.2,
        defective: counts.3,
        beat: Timestamp(times.0),
        created: Timestamp(times.1),
        ended: times.2.map(Timestamp),
    })
}

/// Keeps an upload whose lines all wait, each with its number and sealed.
///
/// # Errors
/// The database's.
pub fn insert(
    conn: &mut Db,
    row: &UploadRow,
    lines: &[(i64, Vec<u8>)],
) -> Result<(), StorageError> {
    diesel::insert_into(uploads::table)
        .values((
            uploads::id.eq(row.id.to_vec()),
            uploads::dealer_id.eq(row.dealer.to_vec()),
            uploads::login_id.eq(row.login.to_vec()),
            uploads::programme.eq(&row.programme),
            uploads::name.eq(&row.name),
            uploads::format.eq(&row.format),
            uploads::sha256.eq(&row.sha256),
            uploads::lines.eq(row.lines),
            (
                uploads::filed.eq(0),
                uploads::refused.eq(0),
                uploads::defective.eq(0),
                uploads::state.eq("running"),
                uploads::beat_us.eq(0),
                uploads::created_us.eq(row.created.0),
            ),
        ))
        .execute(conn)?;
    for (line, sealed) in lines {
        diesel::insert_into(upload_lines::table)
            .values((
                upload_lines::upload_id.eq(row.id.to_vec()),
                upload_lines::line.eq(line),
                upload_lines::state.eq(LineState::Waiting.as_str()),
                upload_lines::sealed.eq(sealed),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// An upload of a dealer.
///
/// # Errors
/// The database's.
pub fn find(
    conn: &mut Db,
    dealer: DealerId,
    id: UploadId,
) -> Result<Option<UploadRow>, StorageError> {
    let row: Option<UploadTuple> = uploads::table
        .filter(uploads::id.eq(id.to_vec()))
        .filter(uploads::dealer_id.eq(dealer.to_vec()))
        .select(upload_columns!())
        .first(conn)
        .optional()?;
    row.map(stored).transpose()
}

/// At most `limit` uploads of a dealer, the last first.
///
/// # Errors
/// The database's.
pub fn of_dealer(
    conn: &mut Db,
    dealer: DealerId,
    limit: i64,
) -> Result<Vec<UploadRow>, StorageError> {
    let rows: Vec<UploadTuple> = uploads::table
        .filter(uploads::dealer_id.eq(dealer.to_vec()))
        .order(uploads::id.desc())
        .limit(limit)
        .select(upload_columns!())
        .load(conn)?;
    rows.into_iter().map(stored).collect()
}

/// How many uploads of a dealer are not at their end.
///
/// # Errors
/// The database's.
pub fn running_of(conn: &mut Db, dealer: DealerId) -> Result<i64, StorageError> {
    Ok(uploads::table
        .filter(uploads::dealer_id.eq(dealer.to_vec()))
        .filter(uploads::state.eq("running"))
        .count()
        .get_result(conn)?)
}

/// The oldest upload at which nobody has worked since `stale`, taken by a worker; `None` when
/// there is none, or another took it first.
///
/// # Errors
/// The database's.
pub fn take(
    conn: &mut Db,
    worker: uuid::Uuid,
    now: Timestamp,
    stale: Timestamp,
) -> Result<Option<UploadRow>, StorageError> {
    let row: Option<UploadTuple> = uploads::table
        .filter(uploads::state.eq("running"))
        .filter(uploads::beat_us.lt(stale.0))
        .order((uploads::beat_us, uploads::id))
        .select(upload_columns!())
        .first(conn)
        .optional()?;
    let Some(row) = row.map(stored).transpose()? else {
        return Ok(None);
    };
    let seen = uploads::table
        .filter(uploads::id.eq(row.id.to_vec()))
        .filter(uploads::state.eq("running"))
        .filter(uploads::beat_us.eq(row.beat.0));
    let taken = diesel::update(seen)
        .set((
            uploads::worker.eq(Some(worker.as_bytes().to_vec())),
            uploads::beat_us.eq(now.0),
        ))
        .execute(conn)?;
    Ok((taken == 1).then_some(row))
}

/// Says that a worker is still at it; `false` when another has it by now.
///
/// # Errors
/// The database's.
pub fn beat(
    conn: &mut Db,
    id: UploadId,
    worker: uuid::Uuid,
    now: Timestamp,
) -> Result<bool, StorageError> {
    let own = uploads::table
        .filter(uploads::id.eq(id.to_vec()))
        .filter(uploads::state.eq("running"))
        .filter(uploads::worker.eq(worker.as_bytes().to_vec()));
    let changed = diesel::update(own)
        .set(uploads::beat_us.eq(now.0))
        .execute(conn)?;
    Ok(changed == 1)
}

/// At most `limit` lines that wait, in their order.
///
/// # Errors
/// The database's.
pub fn waiting(conn: &mut Db, id: UploadId, limit: i64) -> Result<Vec<LineRow>, StorageError> {
    let rows: Vec<LineTuple> = upload_lines::table
        .filter(upload_lines::upload_id.eq(id.to_vec()))
        .filter(upload_lines::state.eq(LineState::Waiting.as_str()))
        .order(upload_lines::line)
        .limit(limit)
        .select(line_columns!())
        .load(conn)?;
    rows.into_iter().map(line).collect()
}

fn line((number, state, sealed, claim, messages): LineTuple) -> Result<LineRow, StorageError> {
    Ok(LineRow {
        line: number,
        state: LineState::parse(&state)?,
        sealed,
        claim: claim.map(|id| claim_id(&id)).transpose()?,
        messages,
    })
}

/// Writes down what lines have come to, each once, and counts them. The last one ends the upload.
///
/// # Errors
/// The database's.
pub fn settle(
    conn: &mut Db,
    id: UploadId,
    settled: &[Settled],
    now: Timestamp,
) -> Result<(), StorageError> {
    let mut counts = [0_i64; 3];
    for line in settled {
        let waiting = upload_lines::table
            .filter(upload_lines::upload_id.eq(id.to_vec()))
            .filter(upload_lines::line.eq(line.line))
            .filter(upload_lines::state.eq(LineState::Waiting.as_str()));
        let changed = diesel::update(waiting)
            .set((
                upload_lines::state.eq(line.state.as_str()),
                upload_lines::claim_id.eq(line.claim.map(ClaimId::to_vec)),
                upload_lines::messages.eq(line.messages.as_deref()),
            ))
            .execute(conn)?;
        let counted = changed as i64;
        match line.state {
            LineState::Waiting => {}
            LineState::Filed => counts[0] += counted,
            LineState::Refused => counts[1] += counted,
            LineState::Defective => counts[2] += counted,
        }
    }
    diesel::update(uploads::table.filter(uploads::id.eq(id.to_vec())))
        .set((
            uploads::filed.eq(uploads::filed + counts[0]),
            uploads::refused.eq(uploads::refused + counts[1]),
            uploads::defective.eq(uploads::defective + counts[2]),
        ))
        .execute(conn)?;
    let done = uploads::table
        .filter(uploads::id.eq(id.to_vec()))
        .filter(uploads::state.eq("running"))
        .filter((uploads::filed + uploads::refused + uploads::defective).eq(uploads::lines));
    diesel::update(done)
        .set((
            uploads::state.eq("ended"),
            uploads::ended_us.eq(Some(now.0)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Number, state and amount of a claim.
type ClaimTuple = (String, String, i64);

/// A claim as a list of lines shows it.
#[derive(Debug, Clone)]
pub struct LineClaim {
    /// The number people know.
    pub number: String,
    /// Its state now.
    pub state: ClaimState,
    /// Held or asked, fen.
    pub amount: i64,
}

/// At most `limit` lines after one, in their order, with the claims that they are; only those to
/// mend where `bad` says so.
///
/// # Errors
/// The database's.
pub fn lines(
    conn: &mut Db,
    id: UploadId,
    bad: bool,
    after: i64,
    limit: i64,
) -> Result<Vec<(LineRow, Option<LineClaim>)>, StorageError> {
    let mut query = upload_lines::table
        .left_join(claims::table.on(upload_lines::claim_id.eq(claims::id.nullable())))
        .filter(upload_lines::upload_id.eq(id.to_vec()))
        .filter(upload_lines::line.gt(after))
        .order(upload_lines::line)
        .limit(limit)
        .select((
            line_columns!(),
            (claims::number, claims::state, claims::amount).nullable(),
        ))
        .into_boxed();
    if bad {
        query = query.filter(upload_lines::state.eq_any(["refused", "defective"]));
    }
    let rows: Vec<(LineTuple, Option<ClaimTuple>)> = query.load(conn)?;
    rows.into_iter()
        .map(|(row, claim)| {
            let claim = claim.map(|(number, state, amount)| {
                let state = ClaimState::parse(&state);
                let state = state.ok_or_else(|| StorageError::Corrupt("a claim's state".into()));
                state.map(|state| LineClaim {
                    number,
                    state,
                    amount,
                })
            });
            Ok((line(row)?, claim.transpose()?))
        })
        .collect()
}

/// Forgets uploads that ended before `at`, with their lines; says how many.
///
/// # Errors
/// The database's.
pub fn forget(conn: &mut Db, at: Timestamp) -> Result<usize, StorageError> {
    let ended = uploads::table
        .filter(uploads::state.eq("ended"))
        .filter(uploads::ended_us.lt(at.0));
    let ids: Vec<Vec<u8>> = ended.select(uploads::id).limit(100).load(conn)?;
    let lines = upload_lines::table.filter(upload_lines::upload_id.eq_any(&ids));
    diesel::delete(lines).execute(conn)?;
    Ok(diesel::delete(uploads::table.filter(uploads::id.eq_any(&ids))).execute(conn)?)
}
