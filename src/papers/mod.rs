//! The store of papers: the files that prove a claim, sealed before they leave this process.
//!
//! A paper lies in a folder or in a bucket of a store that speaks the S3 protocol. Either keeps
//! only sealed bytes under names that say nothing about the person: whoever reads the store reads
//! no paper, and whoever changes it is found out.

mod bucket;
mod error;
mod folder;
mod location;
mod object;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use aws_lc_rs::digest;
use object_store::path::Path as ObjectPath;
use object_store::{ObjectStore, ObjectStoreExt as _};

use crate::domain::ids::ClaimId;
use crate::vault::{Vault, VaultError};

pub use error::PaperStoreError;
pub use location::Location;
pub use object::paper_aad;

/// How long a store may take for one paper, repeated tries included.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// Bytes that a paper may have: far above what uploads are limited to, so that a replaced object
/// cannot fill the memory.
pub const CONTENT_MAX: usize = 64 << 20;

/// What sealing adds, with room for later versions of it.
const SEALING_MAX: usize = 1024;

/// A paper that is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The name to get it back by: `claim/paper/sha256`, without the place.
    pub object: String,
    /// The hash of its content.
    pub sha256: [u8; 32],
    /// Bytes of its content.
    pub bytes: u64,
}

/// An open store.
pub struct PaperStore {
    store: Box<dyn ObjectStore>,
    /// Precedes the names of objects: empty, or ends with a slash.
    prefix: String,
    /// The root, where it is a folder.
    folder: Option<PathBuf>,
}

impl PaperStore {
    /// Opens a place. A folder is made if it is not there; a bucket is not asked for anything yet.
    /// `variable` gives the variables of the environment that a bucket needs:
    ///
    /// - `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL`: where the store is. There is no default, so
    ///   that nothing goes abroad because a line was forgotten. `http://` needs
    ///   `AWS_ALLOW_HTTP=true`.
    /// - `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`.
    /// - `AWS_REGION` or `AWS_DEFAULT_REGION`; `us-east-1` when absent, as in such stores.
    /// - `AWS_VIRTUAL_HOSTED_STYLE_REQUEST=true`, where the endpoint has the bucket in its host.
    ///
    /// # Errors
    /// [`PaperStoreError::Variable`], [`PaperStoreError::Open`].
    pub fn open(
        location: &Location,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, PaperStoreError> {
        match location {
            Location::Folder(path) => {
                let (store, root) = folder::open(path)?;
                Ok(Self {
                    store: Box::new(store),
                    prefix: String::new(),
                    folder: Some(root),
                })
            }
            Location::Bucket { bucket, prefix } => Ok(Self {
                store: Box::new(bucket::open(bucket, variable)?),
                prefix: match prefix.as_str() {
                    "" => String::new(),
                    prefix => format!("{prefix}/"),
                },
                folder: None,
            }),
        }
    }

    /// Seals and stores a paper of a claim; it is durable when this returns. The same content
    /// again is written anew, which also mends an object that was damaged.
    ///
    /// # Errors
    /// [`PaperStoreError`]; what is stored then is a whole sealed paper or nothing.
    pub async fn put(
        &self,
        vault: &Vault,
        claim: ClaimId,
        paper: &str,
        content: &[u8],
    ) -> Result<Stored, PaperStoreError> {
        if content.len() > CONTENT_MAX {
            return Err(PaperStoreError::TooLarge);
        }
        let sha256 = sha256(content);
        let object = object::name(claim, paper, &sha256)?;
        let sealed = vault.seal(&paper_aad(claim, paper, &sha256), content);
        let path = self.path(&object);
        in_time(async {
            match self.store.put(&path, sealed.into()).await {
                // The bucket itself is not there.
                Err(error @ object_store::Error::NotFound { .. }) => {
                    Err(PaperStoreError::Refused(error))
                }
                put => Ok(put?),
            }?;
            self.sync(&object).await
        })
        .await?;
        Ok(Stored {
            object,
            sha256,
            bytes: content.len() as u64,
        })
    }

    /// The content of a paper that [`PaperStore::put`] stored as `object`, checked against its
    /// hash.
    ///
    /// # Errors
    /// [`PaperStoreError`].
    pub async fn get(
        &self,
        vault: &Vault,
        claim: ClaimId,
        paper: &str,
        object: &str,
        sha256: &[u8; 32],
    ) -> Result<Vec<u8>, PaperStoreError> {
        if object::name(claim, paper, sha256)? != object {
            return Err(PaperStoreError::ObjectName);
        }
        let path = self.path(object);
        let sealed = in_time(async {
            let found = self.store.get(&path).await?;
            if found.meta.size > (CONTENT_MAX + SEALING_MAX) as u64 {
                return Err(PaperStoreError::DamagedAtRest);
            }
            Ok(found.bytes().await?)
        })
        .await?;
        let content = vault
            .open(&paper_aad(claim, paper, sha256), &sealed)
            .map_err(|error| match error {
                VaultError::UnknownKey(id) => PaperStoreError::UnknownKey(id),
                VaultError::Truncated
                | VaultError::UnknownVersion(_)
                | VaultError::NotAuthentic => PaperStoreError::DamagedAtRest,
            })?;
        if self::sha256(&content) != *sha256 {
            return Err(PaperStoreError::DamagedAtRest);
        }
        Ok(content)
    }

    /// Whether the key that seals now sealed an object: its first bytes tell.
    ///
    /// # Errors
    /// [`PaperStoreError`].
    pub async fn is_sealed_now(
        &self,
        vault: &Vault,
        object: &str,
    ) -> Result<bool, PaperStoreError> {
        if !object::is_name(object) {
            return Err(PaperStoreError::ObjectName);
        }
        let path = self.path(object);
        let header = vault.header();
        in_time(async {
            let size = self.store.head(&path).await?.size;
            if size < header.len() as u64 {
                return Err(PaperStoreError::DamagedAtRest);
            }
            let head = self.store.get_range(&path, 0..header.len() as u64).await?;
            Ok(*head == header[..])
        })
        .await
    }

    /// Removes an object; one that is not there is fine.
    ///
    /// Names follow from content, so the same file sent twice is one object. Remove it only where
    /// nothing names it and nobody can be sending it at the same time: when a claim's papers are
    /// due to be destroyed, not because one upload failed. What a failed upload leaves is sealed,
    /// and the next try takes its place.
    ///
    /// # Errors
    /// [`PaperStoreError`].
    pub async fn remove(&self, object: &str) -> Result<(), PaperStoreError> {
        if !object::is_name(object) {
            return Err(PaperStoreError::ObjectName);
        }
        let path = self.path(object);
        in_time(async {
            match self.store.delete(&path).await {
                Ok(()) => self.sync(object).await,
                Err(object_store::Error::NotFound { .. }) => Ok(()),
                Err(error) => Err(error.into()),
            }
        })
        .await
    }

    fn path(&self, object: &str) -> ObjectPath {
        // Every character of prefix and name stands for itself.
        ObjectPath::from(format!("{}{object}", self.prefix))
    }

    async fn sync(&self, object: &str) -> Result<(), PaperStoreError> {
        match &self.folder {
            Some(root) => folder::sync(root, object).await,
            None => Ok(()),
        }
    }
}

impl fmt::Debug for PaperStore {
    /// The place; the store itself holds credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PaperStore")
            .field("folder", &self.folder)
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

fn sha256(content: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest::digest(&digest::SHA256, content).as_ref());
    out
}

/// Gives up on a store that hangs, whatever it hangs on.
async fn in_time<T>(
    answer: impl Future<Output = Result<T, PaperStoreError>>,
) -> Result<T, PaperStoreError> {
    match tokio::time::timeout(ANSWER_WITHIN, answer).await {
        Ok(answer) => answer,
        Err(_) => Err(PaperStoreError::Silent),
    }
}
