//! Programmes and dealers as the pages for everybody show them.

use std::sync::Arc;

use crate::catalogue::{Dealer, NO_POOL, Published};
use crate::clock;
use crate::domain::ids::ProgrammeId;
use crate::domain::text::Text;
use crate::domain::time::Timestamp;
use crate::operations::public::DealerView;
use crate::operations::{Engine, ReadError};
use crate::storage::pools;

/// Dealers on one page.
const DEALERS: usize = 50;

/// A programme with everything that was published of it.
#[derive(Debug, Clone)]
pub struct ProgrammePage {
    /// The version in force.
    pub current: Arc<Published>,
    /// Every version, the one that counts last first.
    pub versions: Vec<VersionView>,
    /// The pool that serves it, if one does.
    pub pool: Option<String>,
}

/// A version of a programme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionView {
    /// `sha256:…`.
    pub digest: String,
    /// Claims are judged by it from then on.
    pub effective: Timestamp,
    /// Whether it is the one in force.
    pub is_current: bool,
}

/// A programme.
///
/// # Errors
/// [`ReadError`].
pub async fn programme(engine: &Engine, id: &str) -> Result<ProgrammePage, ReadError> {
    engine.refresh().await?;
    let catalogue = engine.catalogue.current();
    let current = catalogue.published(id, clock::now());
    let current = current.cloned().ok_or(ReadError::NotFound)?;
    let mut versions: Vec<&Arc<Published>> = catalogue
        .versions()
        .filter(|version| version.pack.id.0 == id)
        .collect();
    versions.sort_by_key(|version| std::cmp::Reverse((version.effective, version.version_id)));
    let programme = ProgrammeId(id.to_owned());
    let pool = match catalogue.pool_for(&programme) {
        Some(pool) if catalogue.is_served(&programme) => {
            engine.with_db(move |conn| pools::read(conn, pool)).await?
        }
        _ => None,
    };
    Ok(ProgrammePage {
        versions: versions
            .into_iter()
            .map(|version| VersionView {
                digest: version.digest.clone(),
                effective: version.effective,
                is_current: version.version_id == current.version_id,
            })
            .collect(),
        pool: pool.map(|row| row.name).filter(|name| name != NO_POOL),
        current,
    })
}

/// Which dealers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DealerSearch {
    /// Part of the name or of the credit code.
    pub words: String,
    /// Of this programme.
    pub programme: Option<String>,
    /// After the dealer with this credit code.
    pub after: Option<String>,
}

/// A page of dealers.
#[derive(Debug, Clone)]
pub struct Participants {
    /// By name.
    pub items: Vec<DealerView>,
    /// How many fit in all.
    pub total: usize,
    /// After which credit code the next page begins.
    pub next: Option<String>,
    /// Programmes to choose from: id and title.
    pub programmes: Vec<(String, Text)>,
}

/// Dealers that may file, by name.
///
/// # Errors
/// [`ReadError::Unavailable`].
pub async fn participants(
    engine: &Engine,
    search: &DealerSearch,
) -> Result<Participants, ReadError> {
    engine.refresh().await?;
    let catalogue = engine.catalogue.current();
    let words = search.words.trim().to_lowercase();
    let fits = |dealer: &&Arc<Dealer>| {
        dealer.active
            && (words.is_empty()
                || dealer.name.to_lowercase().contains(&words)
                || dealer.uscc.as_str().to_lowercase().contains(&words))
            && search
                .programme
                .as_ref()
                .is_none_or(|programme| dealer.programmes.contains(programme))
    };
    let all = catalogue.dealers();
    let found: Vec<_> = all.into_iter().filter(fits).collect();
    let begin = search.after.as_ref().map_or(0, |after| {
        let at = found
            .iter()
            .position(|dealer| dealer.uscc.as_str() == after);
        at.map_or(0, |at| at + 1)
    });
    let page = &found[begin..found.len().min(begin + DEALERS)];
    let last = page.last().filter(|_| begin + page.len() < found.len());
    Ok(Participants {
        items: page
            .iter()
            .map(|dealer| {
                let mut programmes: Vec<String> = dealer.programmes.iter().cloned().collect();
                programmes.sort_unstable();
                DealerView {
                    name: dealer.name.clone(),
                    uscc: dealer.uscc.as_str().to_owned(),
                    programmes,
                }
            })
            .collect(),
        total: found.len(),
        next: last.map(|dealer| dealer.uscc.as_str().to_owned()),
        programmes: catalogue
            .programmes(clock::now())
            .into_iter()
            .map(|published| (published.pack.id.0.clone(), published.pack.title.clone()))
            .collect(),
    })
}
