//! Publishing programme packs.

use serde::Serialize;

use crate::domain::policy::{Pack, Problem, read_pack};
use crate::domain::time::Timestamp;
use crate::operations::OperationError;
use crate::storage::admin::{self, NewVersion};
use crate::storage::{Db, StorageError, catalogue, dialect};

/// What came of loading a pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Loaded {
    /// The programme.
    pub programme: String,
    /// `sha256:…`.
    #[serde(rename = "version")]
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

/// A pack without mistakes, and the text that it was read from.
#[derive(Debug)]
pub struct Source<'a> {
    /// The pack.
    pub pack: Pack,
    /// `sha256:…` of its content.
    pub digest: String,
    text: &'a str,
}

impl<'a> Source<'a> {
    /// Reads a pack.
    ///
    /// # Errors
    /// Every mistake with its place.
    pub fn read(text: &'a str) -> Result<Self, Vec<Problem>> {
        let pack = read_pack(text)?;
        let digest = pack.digest();
        Ok(Self { pack, digest, text })
    }

    /// Whether this content is published already.
    ///
    /// # Errors
    /// The database's.
    pub fn is_published(&self, conn: &mut Db) -> Result<bool, StorageError> {
        let found = admin::find_version(conn, &self.pack.id.0, &self.digest)?;
        Ok(found.is_some())
    }

    /// Publishes it within a transaction; the same content again changes nothing.
    ///
    /// # Errors
    /// The database's.
    pub fn publish(&self, conn: &mut Db) -> Result<Loaded, StorageError> {
        let new = !self.is_published(conn)?;
        if new {
            let content = self.pack.to_canonical_json();
            let version = NewVersion {
                programme: &self.pack.id.0,
                digest: &self.digest,
                effective: Timestamp::start_of_beijing_day(self.pack.effective_from),
                content: &content,
                source: self.text,
            };
            let now = dialect::now(conn)?;
            admin::insert_version(conn, &version, now)?;
            catalogue::touch(conn)?;
        }
        Ok(self.loaded(new))
    }

    /// What came of it.
    pub fn loaded(&self, new: bool) -> Loaded {
        Loaded {
            programme: self.pack.id.0.clone(),
            digest: self.digest.clone(),
            new,
            grade: self.pack.grade.to_string(),
        }
    }
}

/// Publishes a pack for whoever owns the database, without a second person; the same content
/// again changes nothing.
///
/// # Errors
/// [`LoadError`].
pub fn load(conn: &mut Db, source: &str) -> Result<Loaded, LoadError> {
    let source = Source::read(source).map_err(LoadError::Mistakes)?;
    let loaded = conn.write(|conn| source.publish(conn));
    Ok(loaded.map_err(OperationError::from)?)
}
