//! Everything secret of a service: the vault's keys and the signing keys.

mod file;
mod signer;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

pub use self::file::KeyError;
pub use self::signer::{Jwks, JwksError, PublicKey, Signer};

use self::file::{KeyFile, RetiredKey};
use crate::domain::time::Timestamp;
use crate::vault::{SealingKey, Suite, Vault};

/// Where keys come from.
#[derive(Clone)]
pub enum KeySource {
    /// A key file that only its owner may read.
    File(PathBuf),
    /// The content of a key file, from the environment.
    Inline(Zeroizing<String>),
}

impl fmt::Debug for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeySource::File(path) => f.debug_tuple("File").field(path).finish(),
            KeySource::Inline(_) => f.write_str("Inline(..)"),
        }
    }
}

/// The keys in use. Copies in memory are wiped when dropped, and nothing prints them.
#[derive(Debug)]
pub struct Keys {
    /// Seals personal data and makes keyed hashes.
    pub vault: Vault,
    /// Signs access tokens.
    pub token: Signer,
    /// Signs receipts and journal checkpoints.
    pub receipt: Signer,
    retired: Vec<Signer>,
    retired_public: Vec<PublicKey>,
}

impl Keys {
    /// New random keys that are kept nowhere.
    ///
    /// # Errors
    /// [`KeyError`] when the library refuses a key.
    pub fn generate(now: Timestamp) -> Result<Self, KeyError> {
        Self::assemble(&KeyFile::generate(Suite::default(), now))
    }

    /// Reads keys.
    ///
    /// # Errors
    /// [`KeyError`] when the file cannot be read, others may read it, its form is wrong, or a
    /// key in it is weak or used twice.
    pub fn load(source: &KeySource) -> Result<Self, KeyError> {
        let file = match source {
            KeySource::File(path) => KeyFile::read(path)?,
            KeySource::Inline(text) => KeyFile::parse(text)?,
        };
        Self::assemble(&file)
    }

    /// Makes a new key file of a suite at `path`, mode 0600, dated `now`; never replaces one.
    ///
    /// # Errors
    /// [`KeyError::Io`] when something is there already or it cannot be written.
    pub fn create(path: &Path, suite: Suite, now: Timestamp) -> Result<Self, KeyError> {
        let file = KeyFile::generate(suite, now);
        file.create(path)?;
        Self::assemble(&file)
    }

    /// Adds a new sealing key to the key file at `path` and gives its id. On standby it only
    /// opens, until that line is taken out of the file.
    ///
    /// # Errors
    /// As [`Keys::load`]; the file is unchanged then.
    pub fn rotate(
        path: &Path,
        suite: Suite,
        standby: bool,
        now: Timestamp,
    ) -> Result<u32, KeyError> {
        KeyFile::add_sealing(path, suite, standby, now)
    }

    /// Reads the key file at `path`, or makes one where there is none; true when it was made.
    /// Two processes that start together end up with the same keys.
    ///
    /// # Errors
    /// As [`Keys::load`] and [`Keys::create`].
    pub fn load_or_make(path: &Path, now: Timestamp) -> Result<(Self, bool), KeyError> {
        let missing = |error: &KeyError, kind| matches!(error, KeyError::Io { source, .. } if source.kind() == kind);
        let source = KeySource::File(path.to_owned());
        match Self::load(&source) {
            Err(error) if missing(&error, io::ErrorKind::NotFound) => {}
            other => return other.map(|keys| (keys, false)),
        }
        match Self::create(path, Suite::default(), now) {
            Err(error) if missing(&error, io::ErrorKind::AlreadyExists) => {
                Self::load(&source).map(|keys| (keys, false))
            }
            other => other.map(|keys| (keys, true)),
        }
    }

    /// The signing key named `kid`, in use or retired: a stored answer is completed with the
    /// key that it names, whatever has been rotated since.
    pub fn signer(&self, kid: &str) -> Option<&Signer> {
        [&self.token, &self.receipt]
            .into_iter()
            .chain(&self.retired)
            .find(|signer| signer.kid() == kid)
    }

    /// Every public key, in use or retired, to check signatures against.
    pub fn public_keys(&self) -> Jwks {
        let own = [&self.token, &self.receipt].into_iter();
        let signers = own.chain(&self.retired).map(Signer::public);
        Jwks::new(signers.chain(&self.retired_public).cloned().collect())
    }

    /// Every public key as a JSON Web Key Set (RFC 7517).
    pub fn jwks(&self) -> serde_json::Value {
        self.public_keys().to_json()
    }

    fn assemble(file: &KeyFile) -> Result<Self, KeyError> {
        let weak = |what: &str| KeyError::Weak {
            what: what.to_owned(),
        };
        let sealing = file.sealing.iter().map(|key| SealingKey {
            id: key.id,
            suite: key.suite,
            standby: key.standby,
            key: key.key.bytes(),
        });
        let hashing = (file.hashing.suite, file.hashing.key.bytes());
        let mut retired = Vec::new();
        let mut retired_public = Vec::new();
        for key in &file.retired {
            match key {
                RetiredKey::Seed(seed) => retired
                    .push(Signer::from_seed(seed.bytes()).ok_or_else(|| weak("retired key"))?),
                RetiredKey::Public(key) => retired_public.push(key.clone()),
            }
        }
        Ok(Self {
            vault: Vault::new(sealing, hashing).ok_or_else(|| weak("sealing key"))?,
            token: Signer::from_seed(file.token.seed.bytes()).ok_or_else(|| weak("token key"))?,
            receipt: Signer::from_seed(file.receipt.seed.bytes())
                .ok_or_else(|| weak("receipt key"))?,
            retired,
            retired_public,
        })
    }
}

#[cfg(test)]
mod tests;
