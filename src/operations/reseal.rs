//! Sealing anew what older keys sealed, while the service runs, so that they can be thrown away.
//!
//! Only the sealing changes: journal entries, receipts and answers commit to MACs of the content
//! and keyed hashes are made with a key of their own, so nothing that is found or proved by them
//! depends on the sealing key.

use uuid::Uuid;

use super::Engine;
use crate::domain::ids::{BatchId, BulkId, ClaimId, EndpointId, LoginId, UploadId};
use crate::operations::denial::Ended;
use crate::operations::scene::with_retries;
use crate::papers::PaperStoreError;
use crate::storage::papers::StoredPaper;
use crate::storage::sealed::{self, Place, RowKey};
use crate::storage::{Db, Fault, StorageError, papers};
use crate::vault::{
    Vault, access_aad, account_aad, change_aad, claim_aad, endpoint_aad, line_aad, login_aad,
    note_aad, reason_aad, salt_aad, seed_aad, upload_aad,
};

/// Rows of one transaction: what claims that come meanwhile may wait for.
const STEP: i64 = 200;

/// How often everything is walked through: a row that somebody was changing when its turn came, or
/// that copies what it read before, is met in the next round.
const ROUNDS: usize = 5;

/// What became of one kind of sealed data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resealed {
    /// `table.column`, or `papers`.
    pub name: &'static str,
    /// Sealed anew by this run.
    pub done: u64,
    /// What the present key did not seal, counted at the end.
    pub left: u64,
}

/// Why it was not carried to the end. What was sealed anew stays so, and another run goes on.
#[derive(Debug, thiserror::Error)]
pub enum ResealError {
    /// The database's, while it is read.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The database's, while it is written.
    #[error(transparent)]
    Ended(#[from] Ended),
    /// The paper store's.
    #[error(transparent)]
    Papers(#[from] PaperStoreError),
}

/// What the bytes of a row are bound to; `None` for a key that this program never writes.
type Bound = fn(&RowKey) -> Option<Vec<u8>>;

const fn place(
    table: &'static str,
    id: &'static str,
    number: Option<&'static str>,
    column: &'static str,
) -> Place {
    Place {
        table,
        id,
        text: false,
        number,
        column,
    }
}

/// Every sealed column of the database. Copies stand behind what they are copied from.
const PLACES: [(&str, Place, Bound); 16] = [
    (
        "claims.sealed",
        place("claims", "id", None, "sealed"),
        |key| Some(claim_aad(ClaimId::from_slice(&key.0)?)),
    ),
    (
        "claim_past.sealed",
        place("claim_past", "claim_id", Some("revision"), "sealed"),
        |key| Some(claim_aad(ClaimId::from_slice(&key.0)?)),
    ),
    (
        "claim_notes.sealed",
        place("claim_notes", "claim_id", Some("seq"), "sealed"),
        |key| Some(note_aad(ClaimId::from_slice(&key.0)?, key.1)),
    ),
    (
        "dealer_accounts.sealed",
        place("dealer_accounts", "id", None, "sealed"),
        |key| Some(account_aad(Uuid::from_slice(&key.0).ok()?)),
    ),
    (
        "payout_batches.salt",
        place("payout_batches", "id", None, "salt"),
        |key| Some(salt_aad(BatchId::from_slice(&key.0)?)),
    ),
    (
        "payout_lines.sealed",
        Place {
            text: true,
            ..place("payout_lines", "end_to_end_id", None, "sealed")
        },
        |key| Some(line_aad(std::str::from_utf8(&key.0).ok()?)),
    ),
    (
        "payout_lines.reason",
        Place {
            text: true,
            ..place("payout_lines", "end_to_end_id", None, "reason")
        },
        |key| Some(reason_aad(std::str::from_utf8(&key.0).ok()?)),
    ),
    (
        "bulk_approvals.sealed",
        place("bulk_approvals", "id", None, "sealed"),
        |key| Some(seed_aad(BulkId::from_slice(&key.0)?)),
    ),
    (
        "webhook_endpoints.url",
        place("webhook_endpoints", "id", None, "url"),
        |key| Some(endpoint_aad(EndpointId::from_slice(&key.0)?, "url")),
    ),
    (
        "webhook_endpoints.secret",
        place("webhook_endpoints", "id", None, "secret"),
        |key| Some(endpoint_aad(EndpointId::from_slice(&key.0)?, "secret")),
    ),
    (
        "webhook_endpoints.old_secret",
        place("webhook_endpoints", "id", None, "old_secret"),
        |key| Some(endpoint_aad(EndpointId::from_slice(&key.0)?, "secret")),
    ),
    ("logins.totp", place("logins", "id", None, "totp"), |key| {
        Some(login_aad(LoginId::from_slice(&key.0)?))
    }),
    (
        "uploads.name",
        place("uploads", "id", None, "name"),
        |key| Some(upload_aad(UploadId::from_slice(&key.0)?, 0)),
    ),
    (
        "upload_lines.sealed",
        place("upload_lines", "upload_id", Some("line"), "sealed"),
        |key| Some(upload_aad(UploadId::from_slice(&key.0)?, key.1)),
    ),
    (
        "access_log.why",
        place("access_log", "id", None, "why"),
        |key| Some(access_aad(Uuid::from_slice(&key.0).ok()?)),
    ),
    (
        "dealer_changes.why",
        place("dealer_changes", "id", None, "why"),
        |key| Some(change_aad(Uuid::from_slice(&key.0).ok()?)),
    ),
];

const PAPERS: &str = "papers";

/// Seals everything anew that the present key did not seal, and counts what is left. A database
/// that is locked by others is waited for as long as acts wait for it; where it stays locked, the
/// run ends there and the rest is left for another.
///
/// # Errors
/// [`ResealError`].
pub async fn run(engine: &Engine) -> Result<Vec<Resealed>, ResealError> {
    let mut done = [0; PLACES.len()];
    let mut papers = 0;
    for _ in 0..ROUNDS {
        let mut conn = engine.database.get()?;
        let walked = PLACES
            .iter()
            .zip(&mut done)
            .try_for_each(|((_, place, bound), done)| {
                walk(&mut conn, &engine.keys.vault, place, *bound, done)
            });
        drop(conn);
        match walked {
            Err(ended) if ended.fault() == Some(Fault::Transient) => break,
            walked => walked?,
        }
        papers += walk_papers(engine, true).await?.done;
        if count(engine).await?.iter().all(|place| place.left == 0) {
            break;
        }
    }
    let mut places = count(engine).await?;
    for (place, done) in places.iter_mut().zip(done.into_iter().chain([papers])) {
        place.done = done;
    }
    Ok(places)
}

/// Counts what the present key did not seal, and changes nothing.
///
/// # Errors
/// [`ResealError`].
pub async fn count(engine: &Engine) -> Result<Vec<Resealed>, ResealError> {
    let header = engine.keys.vault.header();
    let mut places = Vec::with_capacity(PLACES.len() + 1);
    let mut conn = engine.database.get()?;
    for (name, place, _) in &PLACES {
        let left = sealed::count_without(&mut conn, place, &header)?;
        places.push(Resealed {
            name,
            done: 0,
            left: left.unsigned_abs(),
        });
    }
    drop(conn);
    places.push(walk_papers(engine, false).await?);
    Ok(places)
}

/// Walks through a column in the order of its keys, a few rows a transaction, and counts what is
/// `done`. What does not open stays as it is and is counted at the end.
fn walk(
    conn: &mut Db,
    vault: &Vault,
    place: &Place,
    bound: Bound,
    done: &mut u64,
) -> Result<(), Ended> {
    let header = vault.header();
    let mut at = (Vec::new(), 0);
    loop {
        let rows = sealed::after(conn, place, &at, STEP)?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        at = last.key();
        // Sealed before the transaction begins: it holds rows for as short as can be.
        let fresh: Vec<_> = rows
            .iter()
            .filter(|row| !row.sealed.starts_with(&header))
            .filter_map(|row| {
                let aad = bound(&row.key())?;
                Some((row, vault.reseal(&aad, &row.sealed).ok()??))
            })
            .collect();
        if fresh.is_empty() {
            continue;
        }
        *done += with_retries(conn, |conn| {
            let mut changed = 0;
            for (row, fresh) in &fresh {
                changed += u64::from(sealed::replace(conn, place, row, fresh)?);
            }
            Ok(changed)
        })?;
    }
}

/// Walks through the papers, sealing them anew or only counting. One that its store does not have,
/// or that does not open, is counted as left.
async fn walk_papers(engine: &Engine, change: bool) -> Result<Resealed, ResealError> {
    let vault = &engine.keys.vault;
    let mut at = None;
    let (mut done, mut left) = (0, 0);
    loop {
        let page: Vec<StoredPaper> =
            papers::after(&mut *engine.database.get()?, at.as_ref(), STEP)?;
        let Some(last) = page.last() else { break };
        at = Some((last.claim, last.seq));
        for paper in &page {
            let sealed_now = engine.papers.is_sealed_now(vault, &paper.object).await;
            match sealed_now {
                Ok(true) => continue,
                Ok(false) | Err(PaperStoreError::Missing | PaperStoreError::DamagedAtRest) => {}
                Err(error) => return Err(error.into()),
            }
            if !change {
                left += 1;
                continue;
            }
            let StoredPaper {
                claim,
                paper,
                object,
                sha256,
                ..
            } = paper;
            let content = engine.papers.get(vault, *claim, paper, object, sha256);
            match content.await {
                Ok(content) => {
                    engine.papers.put(vault, *claim, paper, &content).await?;
                    done += 1;
                }
                Err(
                    PaperStoreError::Missing
                    | PaperStoreError::DamagedAtRest
                    | PaperStoreError::UnknownKey(_)
                    | PaperStoreError::ObjectName,
                ) => left += 1,
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(Resealed {
        name: PAPERS,
        done,
        left,
    })
}
