//! Claims by the table: a dealer uploads a file, and each of its lines is filed as if it had come
//! alone. A line that was filed is the same claim for good, whoever uploads the file again.

mod columns;
mod work;

pub use columns::{HINT, MESSAGES, template};
pub use work::{run, take};

use aws_lc_rs::digest;
use serde::{Deserialize, Serialize};

use crate::clock;
use crate::domain::claim::ClaimState;
use crate::domain::claim_form::{self, ClaimForm, Typed};
use crate::domain::defect::DefectCode;
use crate::domain::ids::{ClaimId, DealerId, LoginId, UploadId};
use crate::domain::money::Fen;
use crate::domain::reason::ReasonCode;
use crate::domain::text::Lang;
use crate::domain::time::Timestamp;
use crate::operations::denial::{ActError, Ended};
use crate::operations::{DealerCaller, Engine, ReadError};
use crate::storage::uploads::{self as rows, LineRow, LineState, UploadRow};
use crate::storage::{StorageError, dealers, dialect};
use crate::table_file::{self, Format, TableError};
use crate::vault::upload_aad;

/// Lines with something in them that one file may have.
pub const MOST_LINES: usize = 5_000;
/// Uploads of one dealer that are at work at once.
pub const MOST_RUNNING: i64 = 3;
/// How long an upload is kept after its end, in microseconds: thirty days.
const KEPT: i64 = 30 * 86_400_000_000;
/// Characters of a file's name.
const NAME: usize = 100;
/// Uploads in the list.
const LISTED: i64 = 50;

/// Why a file is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UploadError {
    /// It is no table, or too large.
    #[error(transparent)]
    Table(#[from] TableError),
    /// There is no such programme, or the dealer is not admitted to it.
    #[error("no such programme")]
    Programme,
    /// Columns with names that the template does not have.
    #[error("unknown columns: {}", .0.join(", "))]
    UnknownColumns(Vec<String>),
    /// Two columns with the same name.
    #[error("the column {0} stands twice")]
    ColumnTwice(String),
    /// No line has anything in it.
    #[error("there is no line")]
    NoLines,
    /// More than [`MOST_LINES`].
    #[error("there are too many lines")]
    TooManyLines,
    /// The dealer has [`MOST_RUNNING`] at work.
    #[error("too many uploads at once")]
    TooManyRunning,
    /// It cannot be looked up or written.
    #[error(transparent)]
    Failed(#[from] ReadError),
}

impl From<StorageError> for UploadError {
    fn from(error: StorageError) -> Self {
        UploadError::Failed(error.into())
    }
}

impl From<crate::storage::DatabaseError> for UploadError {
    fn from(error: crate::storage::DatabaseError) -> Self {
        StorageError::from(error).into()
    }
}

/// An upload, as the people of its dealer see it.
#[derive(Debug, Clone)]
pub struct UploadView {
    /// The id.
    pub id: UploadId,
    /// The name of the file.
    pub name: String,
    /// The programme.
    pub programme: String,
    /// How the file was written.
    pub format: Format,
    /// How many lines.
    pub lines: i64,
    /// How many were filed and not refused.
    pub filed: i64,
    /// How many the rules refused.
    pub refused: i64,
    /// How many are malformed.
    pub defective: i64,
    /// When it came.
    pub created_at: Timestamp,
    /// When its last line was settled.
    pub ended_at: Option<Timestamp>,
}

impl UploadView {
    /// How many lines are settled.
    pub const fn done(&self) -> i64 {
        self.filed + self.refused + self.defective
    }

    /// How many lines are to be mended.
    pub const fn bad(&self) -> i64 {
        self.refused + self.defective
    }
}

/// A line, as the people of its dealer see it.
#[derive(Debug, Clone)]
pub struct LineView {
    /// Its number in the file.
    pub line: i64,
    /// What became of it.
    pub state: LineState,
    /// The claim that it is, with its number, its state and its amount now.
    pub claim: Option<(ClaimId, String, ClaimState, Fen)>,
    /// What is wrong.
    pub messages: Vec<String>,
}

/// What is wrong with a line, as it is stored: nothing of the content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Message {
    field: String,
    code: String,
}

/// A form for a programme that the dealer is admitted to.
pub(super) fn form_of(engine: &Engine, dealer: DealerId, programme: &str) -> Option<ClaimForm> {
    let catalogue = engine.catalogue.current();
    let dealer = catalogue.dealer(dealer)?;
    let published = catalogue.published(programme, clock::now())?;
    Some(ClaimForm::of(&published.pack, dealer.uscc.as_str()))
}

/// The id of an upload. It follows from the form that brings it and from what it brings, so that a
/// form that is sent again with the same file is the same upload.
fn id_of(dealer: DealerId, form: UploadId, programme: &str, sha256: &[u8]) -> UploadId {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(b"tradein.upload.v1\n");
    for part in [&dealer.to_vec()[..], sha256, programme.as_bytes()] {
        context.update(part);
    }
    // The begin of the form's own stays: uploads are listed in that order.
    let mut id = *form.0.as_bytes();
    id[9..].copy_from_slice(&context.finish().as_ref()[..7]);
    UploadId(uuid::Uuid::from_bytes(id))
}

/// Keeps a file's lines, sealed, to be filed one after the other; `sent` is the id that the form
/// brings, under which the same file is taken once.
///
/// # Errors
/// [`UploadError`].
pub async fn take_in(
    engine: &Engine,
    caller: &DealerCaller,
    sent: UploadId,
    programme: &str,
    file_name: &str,
    bytes: impl AsRef<[u8]> + Send + 'static,
) -> Result<UploadId, UploadError> {
    let form = form_of(engine, caller.dealer, programme).ok_or(UploadError::Programme)?;
    let (dealer, login) = (caller.dealer, LoginId(caller.client.0));
    let (worker, programme) = (engine.clone(), programme.to_owned());
    let name: String = file_name.chars().take(NAME).collect();
    let done = engine.write_db(move |conn| -> Result<UploadId, UploadError> {
        let table = table_file::read(bytes.as_ref())?;
        let lines = columns::lines(&form, &table)?;
        let vault = &worker.keys.vault;
        let sha256 = digest::digest(&digest::SHA256, bytes.as_ref());
        let id = id_of(dealer, sent, &programme, sha256.as_ref());
        let sealed: Vec<(i64, Vec<u8>)> = lines
            .iter()
            .map(|(line, typed)| {
                let plain = serde_json::to_vec(typed).unwrap_or_default();
                (*line, vault.seal(&upload_aad(id, *line), &plain))
            })
            .collect();
        let mut row = UploadRow {
            id,
            dealer,
            login,
            programme,
            name: vault.seal(&upload_aad(id, 0), name.as_bytes()),
            format: table.format.as_str().to_owned(),
            sha256: sha256.as_ref().to_vec(),
            lines: sealed.len() as i64,
            filed: 0,
            refused: 0,
            defective: 0,
            beat: Timestamp(0),
            created: Timestamp(0),
            ended: None,
        };
        conn.write(|conn| {
            dealers::hold(conn, dealer)?;
            if rows::find(conn, dealer, id)?.is_some() {
                return Ok(id);
            }
            if rows::running_of(conn, dealer)? >= MOST_RUNNING {
                return Err(UploadError::TooManyRunning);
            }
            row.created = dialect::now(conn)?;
            rows::insert(conn, &row, &sealed)?;
            Ok(id)
        })
    });
    done.await
}

/// The last uploads of the caller's dealer, the last first.
///
/// # Errors
/// [`ActError::Unavailable`].
pub async fn list(engine: &Engine, caller: &DealerCaller) -> Result<Vec<UploadView>, ActError> {
    let (worker, dealer) = (engine.clone(), caller.dealer);
    let done = engine.with_db(move |conn| -> Result<Vec<UploadView>, Ended> {
        let found = rows::of_dealer(conn, dealer, LISTED)?;
        let shown = found.into_iter().map(|row| view(&worker, row));
        Ok(shown.collect::<Result<_, _>>()?)
    });
    done.await.map_err(Ended::into_act)
}

/// One upload of the caller's dealer.
///
/// # Errors
/// [`ActError::NotFound`] also for another dealer's.
pub async fn get(
    engine: &Engine,
    caller: &DealerCaller,
    id: UploadId,
) -> Result<UploadView, ActError> {
    let (worker, dealer) = (engine.clone(), caller.dealer);
    let done = engine.with_db(move |conn| -> Result<UploadView, Ended> {
        let row = rows::find(conn, dealer, id)?.ok_or(ActError::NotFound)?;
        Ok(view(&worker, row)?)
    });
    done.await.map_err(Ended::into_act)
}

/// At most `limit` lines of an upload after one, with what became of them, and whether there are
/// more; only those to be mended where `bad` says so.
///
/// # Errors
/// [`ActError::NotFound`] also for another dealer's.
pub async fn lines(
    engine: &Engine,
    caller: &DealerCaller,
    id: UploadId,
    bad: bool,
    after: i64,
    limit: usize,
    lang: Lang,
) -> Result<(Vec<LineView>, bool), ActError> {
    let (worker, dealer) = (engine.clone(), caller.dealer);
    let done = engine.with_db(move |conn| -> Result<_, Ended> {
        let upload = rows::find(conn, dealer, id)?.ok_or(ActError::NotFound)?;
        let mut found = rows::lines(conn, id, bad, after, limit as i64 + 1)?;
        let more = found.len() > limit;
        found.truncate(limit);
        let shown = found.into_iter().map(|(line, claim)| LineView {
            messages: told(&worker, &upload.programme, &line, lang),
            claim: line.claim.zip(claim).map(|(id, claim)| {
                let amount = Fen::new(claim.amount).unwrap_or_default();
                (id, claim.number, claim.state, amount)
            }),
            line: line.line,
            state: line.state,
        });
        Ok((shown.collect(), more))
    });
    done.await.map_err(Ended::into_act)
}

/// The lines of an upload that are to be mended, as a file like the one that came, with what is
/// wrong in a column of its own.
///
/// # Errors
/// [`ActError::NotFound`] also for another dealer's.
pub async fn to_mend(
    engine: &Engine,
    caller: &DealerCaller,
    id: UploadId,
    lang: Lang,
) -> Result<(Format, Vec<u8>), ActError> {
    let (worker, dealer) = (engine.clone(), caller.dealer);
    let done = engine.with_db(move |conn| -> Result<_, Ended> {
        let upload = rows::find(conn, dealer, id)?.ok_or(ActError::NotFound)?;
        let form = form_of(&worker, dealer, &upload.programme).ok_or(ActError::NotFound)?;
        let format = format(&upload)?;
        let mut table = Vec::new();
        for (line, _) in rows::lines(conn, id, true, 0, MOST_LINES as i64)? {
            let messages = told(&worker, &upload.programme, &line, lang);
            table.push((opened(&worker, id, &line)?, messages.join("\n")));
        }
        let file = columns::written(format, &form, &table);
        Ok((format, file.ok_or(ActError::Broken)?))
    });
    done.await.map_err(Ended::into_act)
}

/// Forgets what ended long ago; says how many uploads.
///
/// # Errors
/// The database's.
pub async fn forget(engine: &Engine) -> Result<usize, StorageError> {
    engine
        .write_db_in_background(|conn| {
            conn.write(|conn| {
                let now = dialect::now(conn)?;
                rows::forget(conn, Timestamp(now.0 - KEPT))
            })
        })
        .await
}

fn format(row: &UploadRow) -> Result<Format, StorageError> {
    let corrupt = || StorageError::Corrupt("the format of an upload".into());
    Format::parse(&row.format).ok_or_else(corrupt)
}

fn view(engine: &Engine, row: UploadRow) -> Result<UploadView, StorageError> {
    let corrupt = || StorageError::Corrupt("the name of an upload".into());
    let vault = &engine.keys.vault;
    let name = vault.open(&upload_aad(row.id, 0), &row.name);
    let name = name.ok().and_then(|name| String::from_utf8(name).ok());
    Ok(UploadView {
        id: row.id,
        format: format(&row)?,
        name: name.ok_or_else(corrupt)?,
        programme: row.programme,
        lines: row.lines,
        filed: row.filed,
        refused: row.refused,
        defective: row.defective,
        created_at: row.created,
        ended_at: row.ended,
    })
}

/// What was typed in a line.
fn opened(engine: &Engine, id: UploadId, line: &LineRow) -> Result<Typed, StorageError> {
    let corrupt = || StorageError::Corrupt(format!("line {} of an upload", line.line));
    let vault = &engine.keys.vault;
    let plain = vault.open(&upload_aad(id, line.line), &line.sealed);
    serde_json::from_slice(&plain.map_err(|_| corrupt())?).map_err(|_| corrupt())
}

/// What is wrong with a line, in words: the column, then the sentence.
fn told(engine: &Engine, programme: &str, line: &LineRow, lang: Lang) -> Vec<String> {
    let stored = line.messages.as_deref().unwrap_or("[]");
    let messages: Vec<Message> = serde_json::from_str(stored).unwrap_or_default();
    let catalogue = engine.catalogue.current();
    let published = catalogue.published(programme, clock::now());
    let colon = if lang == Lang::Zh { "：" } else { ": " };
    let sentence = |code: &str| {
        let defect = DefectCode::ALL.iter().find(|d| d.as_str() == code);
        let reason = || ReasonCode::parse(code).zip(published);
        match defect {
            Some(defect) => defect.text(lang).to_owned(),
            None => reason().map_or_else(
                || code.to_owned(),
                |(reason, published)| published.pack.reason_text(reason).0.get(lang).to_owned(),
            ),
        }
    };
    let words = messages.iter().map(|message| {
        let name = claim_form::label(&message.field, lang).unwrap_or(&message.field);
        let what = sentence(&message.code);
        if name.is_empty() {
            what
        } else {
            format!("{name}{colon}{what}")
        }
    });
    words.collect()
}
