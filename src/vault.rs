//! Sealing of personal data at rest, and keyed hashes to find it again.
//!
//! Sealed bytes are: suite (1 byte), key id (4 bytes, big-endian), nonce (12 bytes), then
//! ciphertext and tag of the suite's cipher ([`Suite`]). The tag also covers suite and key id and
//! what the caller binds the bytes to, so nothing sealed opens in another place.
//!
//! Nonces are random. With 96 bits one key may seal 2^32 messages before two nonces meet
//! with a chance of 2^-32 (NIST SP 800-38D, 8.3); sealing a million claims a day reaches that
//! in eleven years. Rotate the sealing key long before.

mod suite;

use std::fmt;

pub use self::suite::Suite;

use self::suite::{Cipher, Mac};
use crate::domain::ids::{BatchId, BulkId, ClaimId, EndpointId, LoginId, UploadId};

/// Bytes before the nonce: suite and key id. Equal headers mean the same key.
pub const HEADER_LEN: usize = 5;
const CIPHERTEXT_AT: usize = HEADER_LEN + suite::NONCE_LEN;
const HASH_PREFIX: u8 = 1;
const MAC_PREFIX: u8 = 2;

/// Why sealed bytes do not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// Too short to be sealed bytes.
    #[error("sealed data is cut short")]
    Truncated,
    /// A version this program does not know.
    #[error("sealed data has the unknown version {0}")]
    UnknownVersion(u8),
    /// A key that is not in the key file.
    #[error("sealed data needs sealing key {0}, which the key file does not have")]
    UnknownKey(u32),
    /// Changed, or sealed for another place.
    #[error("sealed data is not authentic")]
    NotAuthentic,
}

impl VaultError {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            VaultError::Truncated => "sealed_truncated",
            VaultError::UnknownVersion(_) => "sealed_unknown_version",
            VaultError::UnknownKey(_) => "sealed_unknown_key",
            VaultError::NotAuthentic => "sealed_not_authentic",
        }
    }
}

/// A sealing key as the key file has it.
#[derive(Clone, Copy)]
pub struct SealingKey<'a> {
    /// Its number, which stands in everything that it seals.
    pub id: u32,
    /// What it is used with.
    pub suite: Suite,
    /// Opens, but does not seal: instances that start one after another learn a key before any of
    /// them seals with it.
    pub standby: bool,
    /// The secret.
    pub key: &'a [u8; 32],
}

/// A key ready for use.
struct Ready {
    header: [u8; HEADER_LEN],
    id: u32,
    cipher: Cipher,
}

/// The keys of personal data, ready for use.
pub struct Vault {
    /// The one that seals stands first.
    sealing: Vec<Ready>,
    hashing: Mac,
}

impl Vault {
    /// From sealing keys (the highest id that is not on standby seals, all open), and the suite
    /// and key of the keyed hashes; `None` without a key that seals.
    pub fn new<'a>(
        sealing: impl IntoIterator<Item = SealingKey<'a>>,
        (suite, hashing): (Suite, &[u8; 32]),
    ) -> Option<Self> {
        let mut keys: Vec<SealingKey<'a>> = sealing.into_iter().collect();
        keys.sort_by_key(|key| (key.standby, std::cmp::Reverse(key.id)));
        if keys.first()?.standby {
            return None;
        }
        let ready = |key: SealingKey<'a>| {
            let mut header = [key.suite.byte(); HEADER_LEN];
            header[1..].copy_from_slice(&key.id.to_be_bytes());
            Some(Ready {
                header,
                id: key.id,
                cipher: Cipher::new(key.suite, key.key)?,
            })
        };
        Some(Self {
            sealing: keys.into_iter().map(ready).collect::<Option<_>>()?,
            hashing: Mac::new(suite, hashing),
        })
    }

    /// What everything begins with that is sealed now.
    pub fn header(&self) -> [u8; HEADER_LEN] {
        self.current().header
    }

    #[expect(clippy::expect_used, reason = "no vault is made without a key")]
    fn current(&self) -> &Ready {
        self.sealing.first().expect("a sealing key")
    }

    /// Seals `plain` and binds it to `aad`, such as [`claim_aad`].
    pub fn seal(&self, aad: &[u8], plain: &[u8]) -> Vec<u8> {
        let key = self.current();
        let bound = [&key.header, aad].concat();
        let mut out = Vec::with_capacity(CIPHERTEXT_AT + plain.len() + suite::TAG_LEN);
        out.extend_from_slice(&key.header);
        key.cipher.seal(&bound, plain, &mut out);
        out
    }

    /// Opens what [`Vault::seal`] sealed under the same `aad`.
    ///
    /// # Errors
    /// [`VaultError`] when the bytes are cut or changed, belong elsewhere, or need a key that
    /// is not there.
    pub fn open(&self, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
        if sealed.len() < CIPHERTEXT_AT + suite::TAG_LEN {
            return Err(VaultError::Truncated);
        }
        let (header, rest) = sealed.split_at(HEADER_LEN);
        if Suite::of(header[0]).is_none() {
            return Err(VaultError::UnknownVersion(header[0]));
        }
        let key = self.sealing.iter().find(|key| key.header == header);
        let key = key.ok_or_else(|| {
            VaultError::UnknownKey(u32::from_be_bytes([
                header[1], header[2], header[3], header[4],
            ]))
        })?;
        key.cipher
            .open(&[header, aad].concat(), rest)
            .ok_or(VaultError::NotAuthentic)
    }

    /// Seals anew, under the key that seals now, what another key sealed; `None` where this key
    /// did.
    ///
    /// # Errors
    /// As [`Vault::open`].
    pub fn reseal(&self, aad: &[u8], sealed: &[u8]) -> Result<Option<Vec<u8>>, VaultError> {
        if sealed.starts_with(&self.header()) {
            return Ok(None);
        }
        let plain = zeroize::Zeroizing::new(self.open(aad, sealed)?);
        Ok(Some(self.seal(aad, &plain)))
    }

    /// A keyed hash by which equal values are found without storing them: the suite's HMAC over
    /// `domain` and `parts`, each preceded by its length, cut to 16 bytes.
    pub fn keyed_hash(&self, domain: &str, parts: &[&str]) -> [u8; 16] {
        let mut bytes = vec![HASH_PREFIX];
        push_counted(&mut bytes, domain.as_bytes());
        for part in parts {
            push_counted(&mut bytes, part.as_bytes());
        }
        let bytes = zeroize::Zeroizing::new(bytes);
        let mut out = [0; 16];
        out.copy_from_slice(&self.hashing.sign(&[&bytes])[..16]);
        out
    }

    /// A message authentication code over `bytes`, the suite's HMAC, apart from other domains and
    /// from every keyed hash.
    pub fn mac(&self, domain: &str, bytes: &[u8]) -> [u8; 32] {
        let mut head = vec![MAC_PREFIX];
        push_counted(&mut head, domain.as_bytes());
        self.hashing.sign(&[&head, bytes])
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<u32> = self.sealing.iter().map(|key| key.id).collect();
        f.debug_struct("Vault")
            .field("sealing", &ids)
            .finish_non_exhaustive()
    }
}

/// What the sealed personal data of a claim is bound to: it opens for no other claim.
pub fn claim_aad(claim: ClaimId) -> Vec<u8> {
    [b"tradein.claim.sealed.v1\n".as_slice(), claim.0.as_bytes()].concat()
}

/// What sealed words about a claim are bound to: the claim and the journal entry.
pub fn note_aad(claim: ClaimId, seq: i64) -> Vec<u8> {
    let head = b"tradein.note.sealed.v1\n".as_slice();
    [head, claim.0.as_bytes(), &seq.to_be_bytes()].concat()
}

/// What the sealed payee of a payment is bound to.
pub fn line_aad(end_to_end_id: &str) -> Vec<u8> {
    let head = b"tradein.payee.sealed.v1\n".as_slice();
    [head, end_to_end_id.as_bytes()].concat()
}

/// What the sealed reason of a payment that came back is bound to.
pub fn reason_aad(end_to_end_id: &str) -> Vec<u8> {
    let head = b"tradein.reason.sealed.v1\n".as_slice();
    [head, end_to_end_id.as_bytes()].concat()
}

/// What the sealed salt of a batch's public hash is bound to.
pub fn salt_aad(batch: BatchId) -> Vec<u8> {
    [b"tradein.salt.sealed.v1\n".as_slice(), batch.0.as_bytes()].concat()
}

/// What the sealed secret of a person's one-time codes is bound to.
pub fn login_aad(login: LoginId) -> Vec<u8> {
    [b"tradein.totp.sealed.v1\n".as_slice(), login.0.as_bytes()].concat()
}

/// What a dealer's sealed account is bound to.
pub fn account_aad(account: uuid::Uuid) -> Vec<u8> {
    let head = b"tradein.account.sealed.v1\n".as_slice();
    [head, account.as_bytes()].concat()
}

/// What the sealed URL and the sealed secrets of a webhook endpoint are bound to; `what` is
/// `url` or `secret`.
pub fn endpoint_aad(endpoint: EndpointId, what: &str) -> Vec<u8> {
    let head = b"tradein.webhook.sealed.v1\n".as_slice();
    [head, endpoint.0.as_bytes(), what.as_bytes()].concat()
}

/// What the sealed seed of a bulk approval is bound to.
pub fn seed_aad(bulk: BulkId) -> Vec<u8> {
    [b"tradein.seed.sealed.v1\n".as_slice(), bulk.0.as_bytes()].concat()
}

/// What the sealed reason of a look at personal data is bound to.
pub fn access_aad(look: uuid::Uuid) -> Vec<u8> {
    [b"tradein.access.sealed.v1\n".as_slice(), look.as_bytes()].concat()
}

/// What the sealed reason of a change of a dealer is bound to.
pub fn change_aad(change: uuid::Uuid) -> Vec<u8> {
    let head = b"tradein.change.sealed.v1\n".as_slice();
    [head, change.as_bytes()].concat()
}

/// What a sealed line of an upload is bound to; line 0 is the name of its file.
pub fn upload_aad(upload: UploadId, line: i64) -> Vec<u8> {
    let head = b"tradein.upload.sealed.v1\n".as_slice();
    [head, upload.0.as_bytes(), &line.to_be_bytes()].concat()
}

fn push_counted(bytes: &mut Vec<u8>, part: &[u8]) {
    // No part comes near 4 GiB: requests are limited far below.
    bytes.extend_from_slice(&(part.len() as u32).to_be_bytes());
    bytes.extend_from_slice(part);
}

#[cfg(test)]
mod tests;
