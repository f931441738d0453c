//! Programmes with all their published versions, and what differs between two.

use serde_json::Value;

use crate::domain::policy::Pack;
use crate::domain::text::Text;
use crate::domain::time::Timestamp;
use crate::operations::Engine;
use crate::operations::denial::{ActError, Ended};
use crate::storage::inspection::{self, VersionHead};
use crate::storage::{Db, StorageError, dialect};

/// A published version in a list.
#[derive(Debug, Clone)]
pub struct VersionLine {
    /// The version.
    pub head: VersionHead,
    /// Whether claims are judged by it now.
    pub in_force: bool,
}

/// A programme with its versions.
#[derive(Debug, Clone)]
pub struct ProgrammeVersions {
    /// The programme.
    pub programme: String,
    /// Its title in the version in force, or else in the last published.
    pub title: Text,
    /// Its versions, the last published first.
    pub versions: Vec<VersionLine>,
}

/// Every programme, by id.
///
/// # Errors
/// [`ActError::Unavailable`].
pub async fn all(engine: &Engine) -> Result<Vec<ProgrammeVersions>, ActError> {
    let worker = engine.clone();
    let done = engine.with_db(move |conn| -> Result<Vec<ProgrammeVersions>, Ended> {
        worker.catalogue.refresh(conn)?;
        let now = dialect::now(conn)?;
        let mut programmes: Vec<ProgrammeVersions> = Vec::new();
        for head in inspection::versions(conn)? {
            let line = line(&worker, head, now);
            match programmes.last_mut() {
                Some(last) if last.programme == line.head.programme => last.versions.push(line),
                _ => programmes.push(ProgrammeVersions {
                    title: title(&worker, &line.head, now),
                    programme: line.head.programme.clone(),
                    versions: vec![line],
                }),
            }
        }
        Ok(programmes)
    });
    done.await.map_err(Ended::into_act)
}

fn line(engine: &Engine, head: VersionHead, now: Timestamp) -> VersionLine {
    let catalogue = engine.catalogue.current();
    let used = catalogue.published(&head.programme, now);
    VersionLine {
        in_force: used.is_some_and(|p| p.digest == head.digest && p.effective <= now),
        head,
    }
}

fn title(engine: &Engine, head: &VersionHead, now: Timestamp) -> Text {
    let catalogue = engine.catalogue.current();
    let used = catalogue.published(&head.programme, now);
    let plain = || Text::new(&*head.programme, &*head.programme);
    used.map_or_else(plain, |published| published.pack.title.clone())
}

/// One version with its texts.
#[derive(Debug, Clone)]
pub struct VersionView {
    /// Where it stands in the list.
    pub line: VersionLine,
    /// The rules.
    pub pack: Pack,
    /// The text as it was written.
    pub source: String,
    /// The canonical content, a member a line.
    pub canonical: String,
}

/// A programme with one version, or the one in force, or else the last published.
///
/// # Errors
/// [`ActError::NotFound`] for the programme and the version.
pub async fn version(
    engine: &Engine,
    programme: String,
    digest: Option<String>,
) -> Result<(ProgrammeVersions, VersionView), ActError> {
    let all = all(engine).await?;
    let found = all.into_iter().find(|p| p.programme == programme);
    let found = found.ok_or(ActError::NotFound)?;
    let versions = &found.versions;
    let line = match &digest {
        Some(digest) => versions.iter().find(|v| v.head.digest == *digest),
        None => versions.iter().find(|v| v.in_force).or(versions.first()),
    };
    let line = line.ok_or(ActError::NotFound)?.clone();
    let done = engine.with_db(move |conn| -> Result<VersionView, Ended> { Ok(view(conn, line)?) });
    Ok((found, done.await.map_err(Ended::into_act)?))
}

fn view(conn: &mut Db, line: VersionLine) -> Result<VersionView, StorageError> {
    let head = &line.head;
    let corrupt = || StorageError::Corrupt(format!("pack {}", head.digest));
    let texts = inspection::version_text(conn, &head.programme, &head.digest)?;
    let (content, source) = texts.ok_or_else(corrupt)?;
    let pack = Pack::from_canonical_json(&content).map_err(|_| corrupt())?;
    let value: Value = serde_json::from_str(&content).map_err(|_| corrupt())?;
    Ok(VersionView {
        canonical: serde_json::to_string_pretty(&value).map_err(|_| corrupt())?,
        pack,
        source,
        line,
    })
}
