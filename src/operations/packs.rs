//! Publishing programme packs.

use chrono::NaiveDate;

use crate::clock;
use crate::domain::policy::{Problem, read_pack};
use crate::domain::time::Timestamp;
use crate::operations::OperationError;
use crate::storage::admin::{self, NewVersion};
use crate::storage::{Db, catalogue};

/// What came of loading a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// The programme.
    pub programme: String,
    /// `sha256:…`.
    pub digest: String,
    /// Whether this content is a new version.
    pub new: bool,
    /// How sure its sources are: A, B or C.
    pub grade: String,
}

/// Why a pack was not loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// It has mistakes.
    #[error("the pack has mistakes")]
    Mistakes(Vec<Problem>),
    /// It could not be published.
    #[error(transparent)]
    Operation(#[from] OperationError),
}

/// Publishes a pack; the same content again changes nothing.
///
/// # Errors
/// [`LoadError`].
pub fn load(conn: &mut Db, source: &str) -> Result<Loaded, LoadError> {
    let pack = read_pack(source).map_err(LoadError::Mistakes)?;
    let digest = pack.digest();
    let content = pack.to_canonical_json();
    let version = NewVersion {
        programme: &pack.id.0,
        digest: &digest,
        effective: start_of(pack.effective_from),
        content: &content,
        source,
    };
    let new = conn.write(|conn| -> Result<bool, OperationError> {
        if admin::find_version(conn, version.programme, version.digest)?.is_some() {
            return Ok(false);
        }
        admin::insert_version(conn, &version, clock::now())?;
        catalogue::touch(conn)?;
        Ok(true)
    })?;
    Ok(Loaded {
        programme: pack.id.0.clone(),
        digest,
        new,
        grade: pack.grade.to_string(),
    })
}

/// The first instant of a day in Beijing.
fn start_of(day: NaiveDate) -> Timestamp {
    Timestamp::end_of_beijing_day(day.pred_opt().unwrap_or(day))
}
