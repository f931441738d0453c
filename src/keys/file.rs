//! The key file: its TOML form, and reading and making it safely.

use std::collections::HashSet;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, de};
use zeroize::Zeroizing;

use super::signer::PublicKey;
use crate::domain::time::Timestamp;
use crate::own_files;
use crate::vault::Suite;

/// Why keys cannot be used. No message carries key material.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The group or others may read the file.
    #[error("{}: mode {mode:04o} lets others read the keys; run `chmod 600` on it", path.display())]
    TooOpen {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Not of the key file's form.
    #[error("the key file is not as expected at line {line}; `tradein keys new` writes a good one")]
    Malformed {
        /// The line, from 1.
        line: usize,
    },
    /// A key that nobody drew at random.
    #[error("the {what} is not random; make keys with `tradein keys new`")]
    Weak {
        /// Which key.
        what: String,
    },
    /// One key for two purposes, or one id for two keys.
    #[error("the {what} is used twice; every key needs its own random bytes and its own id")]
    Repeated {
        /// Which key.
        what: String,
    },
}

impl KeyError {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            KeyError::Io { .. } => "keys_unreadable",
            KeyError::TooOpen { .. } => "keys_too_open",
            KeyError::Malformed { .. } => "keys_malformed",
            KeyError::Weak { .. } => "keys_weak",
            KeyError::Repeated { .. } => "keys_repeated",
        }
    }

    fn io(path: &Path, source: io::Error) -> Self {
        KeyError::Io {
            path: path.to_owned(),
            source,
        }
    }
}

/// 32 secret bytes, wiped from memory when dropped and never printed.
pub(super) struct Secret(Zeroizing<[u8; 32]>);

impl Secret {
    #[expect(
        clippy::expect_used,
        reason = "the library stops the process rather than give weak random bytes"
    )]
    fn generate() -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        rand::fill(bytes.as_mut()).expect("random bytes");
        Self(bytes)
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether this looks like what a person typed and not like a draw: 32 random bytes have
    /// fewer than 16 different values less than once in 10^16 draws.
    fn is_weak(&self) -> bool {
        let different: HashSet<u8> = self.0.iter().copied().collect();
        let step = self.0[1].wrapping_sub(self.0[0]);
        let counted = self.0.windows(2).all(|w| w[1].wrapping_sub(w[0]) == step);
        different.len() < 16 || counted
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Base64;
        impl de::Visitor<'_> for Base64 {
            type Value = Secret;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("32 bytes in base64url without padding")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Secret, E> {
                let bytes = Zeroizing::new(
                    URL_SAFE_NO_PAD
                        .decode(text)
                        .map_err(|_| E::custom("not base64url"))?,
                );
                let mut out = Zeroizing::new([0; 32]);
                if bytes.len() != out.len() {
                    return Err(E::custom("not 32 bytes"));
                }
                out.copy_from_slice(&bytes);
                Ok(Secret(out))
            }
        }
        deserializer.deserialize_str(Base64)
    }
}

/// A key that seals personal data, under its number.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SealingKey {
    pub(super) id: u32,
    created: String,
    #[serde(default)]
    pub(super) suite: Suite,
    #[serde(default)]
    pub(super) standby: bool,
    pub(super) key: Secret,
}

/// The key of the keyed hashes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HashingKey {
    created: String,
    #[serde(default)]
    pub(super) suite: Suite,
    pub(super) key: Secret,
}

/// A signing key in use.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SigningKey {
    created: String,
    pub(super) seed: Secret,
}

/// A signing key no longer in use: its seed completes answers that were stored under it,
/// its public half alone still checks old receipts. Not serde's `untagged`, which would copy
/// the secret on the way.
#[derive(Debug, Deserialize)]
#[serde(try_from = "RetiredTable")]
pub(super) enum RetiredKey {
    Seed(Secret),
    Public(PublicKey),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RetiredTable {
    #[expect(dead_code, reason = "for the reader of the file")]
    created: String,
    seed: Option<Secret>,
    public: Option<String>,
}

impl TryFrom<RetiredTable> for RetiredKey {
    type Error = &'static str;

    fn try_from(table: RetiredTable) -> Result<Self, Self::Error> {
        match (table.seed, table.public) {
            (Some(seed), None) => Ok(RetiredKey::Seed(seed)),
            (None, Some(public)) => PublicKey::from_base64(&public)
                .map(RetiredKey::Public)
                .ok_or("not a public key"),
            _ => Err("needs either a seed or a public key"),
        }
    }
}

/// What stands in the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyFile {
    pub(super) sealing: Vec<SealingKey>,
    pub(super) hashing: HashingKey,
    pub(super) token: SigningKey,
    pub(super) receipt: SigningKey,
    #[serde(default)]
    pub(super) retired: Vec<RetiredKey>,
}

const HEADER: &str = "\
# The keys of a tradein service. Keep a copy in a safe place: without them the personal
# data of the claims cannot be read any more. Only the service's user may read this file.
#
# sealing  seals personal data; the highest id seals, all open, and one with `standby = true`
#          only opens. To rotate: `tradein keys rotate`, then `tradein keys reseal`. Rotate
#          before 2^32 sealings under one key.
# hashing  finds people, vehicles and invoices again. It cannot be rotated: with another key
#          nothing that is stored is found, unless everything is opened and hashed anew.
# token    signs access tokens; receipt signs receipts and journal checkpoints. To rotate,
#          move the table to [[retired]] and put a new seed in its place.
# retired  `seed` completes answers stored under the old key; `public` (the x of its JWK)
#          only checks old signatures.
";

impl KeyFile {
    /// New random keys of a suite, dated `now`.
    pub(super) fn generate(suite: Suite, now: Timestamp) -> Self {
        let created = now.to_string();
        let signing = || SigningKey {
            created: created.clone(),
            seed: Secret::generate(),
        };
        Self {
            sealing: vec![SealingKey {
                id: 1,
                created: created.clone(),
                suite,
                standby: false,
                key: Secret::generate(),
            }],
            hashing: HashingKey {
                created: created.clone(),
                suite,
                key: Secret::generate(),
            },
            token: signing(),
            receipt: signing(),
            retired: Vec::new(),
        }
    }

    /// The TOML of new keys.
    fn render(&self) -> Zeroizing<String> {
        // Room for everything at once: a growing string would leave copies of secrets behind.
        let mut out = Zeroizing::new(String::with_capacity(4096));
        out.push_str(HEADER);
        for key in &self.sealing {
            key.render(&mut out);
        }
        out.push_str("\n[hashing]");
        suite(&mut out, self.hashing.suite);
        table(&mut out, &self.hashing.created, "key", &self.hashing.key);
        out.push_str("\n[token]");
        table(&mut out, &self.token.created, "seed", &self.token.seed);
        out.push_str("\n[receipt]");
        table(&mut out, &self.receipt.created, "seed", &self.receipt.seed);
        out
    }

    /// Reads and checks the TOML of a key file.
    pub(super) fn parse(text: &str) -> Result<Self, KeyError> {
        // The parser's own message quotes the line, and with it a secret; only the number is kept.
        let file: KeyFile = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start).min(text.len());
            let before = text.as_bytes().iter().take(at);
            KeyError::Malformed {
                line: 1 + before.filter(|b| **b == b'\n').count(),
            }
        })?;
        if file.sealing.iter().all(|key| key.standby) {
            return Err(KeyError::Malformed { line: 1 });
        }
        file.check()?;
        Ok(file)
    }

    fn check(&self) -> Result<(), KeyError> {
        let mut ids = HashSet::new();
        for key in &self.sealing {
            if !ids.insert(key.id) {
                let what = format!("sealing key id {}", key.id);
                return Err(KeyError::Repeated { what });
            }
        }
        let mut seen = HashSet::new();
        for (what, secret) in self.secrets() {
            if secret.is_weak() {
                return Err(KeyError::Weak { what });
            }
            if !seen.insert(secret.bytes()) {
                return Err(KeyError::Repeated { what });
            }
        }
        Ok(())
    }

    fn secrets(&self) -> impl Iterator<Item = (String, &Secret)> {
        let sealing = self
            .sealing
            .iter()
            .map(|key| (format!("sealing key {}", key.id), &key.key));
        let retired = self
            .retired
            .iter()
            .enumerate()
            .filter_map(|(i, key)| match key {
                RetiredKey::Seed(seed) => Some((format!("retired key {}", i + 1), seed)),
                RetiredKey::Public(_) => None,
            });
        sealing.chain(retired).chain([
            ("hashing key".to_owned(), &self.hashing.key),
            ("token key".to_owned(), &self.token.seed),
            ("receipt key".to_owned(), &self.receipt.seed),
        ])
    }

    /// Reads the file at `path`, which nobody but its owner may read.
    pub(super) fn read(path: &Path) -> Result<Self, KeyError> {
        Self::parse(&read_private(path)?)
    }

    /// Adds a sealing key with the next id to the file at `path`, durably and in one step; what
    /// stands in the file stays, comments too. Gives the id.
    pub(super) fn add_sealing(
        path: &Path,
        suite: Suite,
        standby: bool,
        now: Timestamp,
    ) -> Result<u32, KeyError> {
        let fail = |e| KeyError::io(path, e);
        let text = read_private(path)?;
        let highest = Self::parse(&text)?.sealing.iter().map(|key| key.id).max();
        let id = highest.unwrap_or(0).checked_add(1);
        let id = id.ok_or_else(|| fail(io::Error::other("there is no higher id")))?;
        let key = SealingKey {
            id,
            created: now.to_string(),
            suite,
            standby,
            key: Secret::generate(),
        };
        let mut longer = Zeroizing::new(String::with_capacity(text.len() + 512));
        longer.push_str(&text);
        key.render(&mut longer);
        Self::parse(&longer)?;
        let folder = folder_of(path);
        // Of one name, so that of two who rotate at once the second fails and no key is lost.
        let draft = folder.join(".keys-rotate.tmp");
        write_private(&draft, &longer).map_err(|e| KeyError::io(&draft, e))?;
        let renamed = fs::rename(&draft, path);
        if renamed.is_err() {
            // The error of the renaming is the one to tell.
            let _ = fs::remove_file(&draft);
        }
        renamed.map_err(fail)?;
        let folder = File::open(folder).and_then(|f| f.sync_all());
        folder.map_err(fail).map(|()| id)
    }

    /// Writes new keys to `path` with mode 0600, durably, and only if nothing is there.
    ///
    /// A neighbour is written first and then linked to the name, so that another process that
    /// starts at the same time never reads half a file and two never make different keys.
    pub(super) fn create(&self, path: &Path) -> Result<(), KeyError> {
        let fail = |e| KeyError::io(path, e);
        let folder = folder_of(path);
        own_files::make_folder(folder).map_err(fail)?;
        let draft = folder.join(format!(".keys-{}.tmp", uuid::Uuid::now_v7()));
        let written =
            write_private(&draft, &self.render()).and_then(|()| fs::hard_link(&draft, path));
        let removed = fs::remove_file(&draft);
        written.and(removed).map_err(fail)?;
        File::open(folder).and_then(|f| f.sync_all()).map_err(fail)
    }
}

impl SealingKey {
    /// Its table in the file.
    fn render(&self, out: &mut String) {
        out.push_str(&format!("\n[[sealing]]\nid = {}", self.id));
        suite(out, self.suite);
        if self.standby {
            out.push_str("\nstandby = true");
        }
        table(out, &self.created, "key", &self.key);
    }
}

/// Only what is not the default, so that a file without the national suite does not speak of it.
fn suite(out: &mut String, suite: Suite) {
    if suite != Suite::default() {
        out.push_str(&format!("\nsuite = \"{}\"", suite.as_str()));
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn read_private(path: &Path) -> Result<Zeroizing<String>, KeyError> {
    let mut file = File::open(path).map_err(|e| KeyError::io(path, e))?;
    refuse_open_to_others(path, &file)?;
    let size = file.metadata().map_err(|e| KeyError::io(path, e))?.len();
    let room = usize::try_from(size).unwrap_or(0).saturating_add(1);
    let mut text = Zeroizing::new(String::with_capacity(room.min(1 << 20)));
    file.read_to_string(&mut text)
        .map_err(|e| KeyError::io(path, e))?;
    Ok(text)
}

fn table(out: &mut String, created: &str, name: &str, secret: &Secret) {
    let encoded = Zeroizing::new(URL_SAFE_NO_PAD.encode(secret.bytes()));
    for part in ["\ncreated = \"", created, "\"\n", name, " = \"", &encoded] {
        out.push_str(part);
    }
    out.push_str("\"\n");
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut file = own_files::make_file(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(unix)]
fn refuse_open_to_others(path: &Path, file: &File) -> Result<(), KeyError> {
    use std::os::unix::fs::PermissionsExt as _;
    let metadata = file.metadata().map_err(|e| KeyError::io(path, e))?;
    let mode = metadata.permissions().mode() & 0o7777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(KeyError::TooOpen {
        path: path.to_owned(),
        mode,
    })
}

#[cfg(not(unix))]
fn refuse_open_to_others(_path: &Path, _file: &File) -> Result<(), KeyError> {
    Ok(())
}
