//! Sealing of personal data at rest, and keyed hashes to find it again.
//!
//! Sealed bytes are: version (1 byte, 1), key id (4 bytes, big-endian), nonce (12 bytes),
//! then AES-256-GCM ciphertext and tag. The tag also covers version and key id and what the
//! caller binds the bytes to, so nothing sealed opens in another place.
//!
//! Nonces are random. With 96 bits one key may seal 2^32 messages before two nonces meet
//! with a chance of 2^-32 (NIST SP 800-38D, 8.3); sealing a million claims a day reaches that
//! in eleven years. Rotate the sealing key long before.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::hmac;

use crate::domain::ids::{BatchId, BulkId, ClaimId, EndpointId, LoginId, UploadId};

const VERSION: u8 = 1;
const NONCE_AT: usize = 5;
const CIPHERTEXT_AT: usize = NONCE_AT + 12;
const TAG_LEN: usize = 16;
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

/// The keys of personal data, ready for use.
pub struct Vault {
    /// By key id; the last seals.
    sealing: Vec<(u32, RandomizedNonceKey)>,
    hashing: hmac::Key,
}

impl Vault {
    /// From sealing keys by id (the highest id seals, all open) and the hashing key; `None`
    /// without a sealing key.
    pub fn new<'a>(
        sealing: impl IntoIterator<Item = (u32, &'a [u8; 32])>,
        hashing: &[u8; 32],
    ) -> Option<Self> {
        let mut keys = Vec::new();
        for (id, key) in sealing {
            keys.push((id, RandomizedNonceKey::new(&AES_256_GCM, key).ok()?));
        }
        keys.sort_by_key(|(id, _)| *id);
        keys.last()?;
        Some(Self {
            sealing: keys,
            hashing: hmac::Key::new(hmac::HMAC_SHA256, hashing),
        })
    }

    /// Seals `plain` and binds it to `aad`, such as [`claim_aad`].
    #[expect(
        clippy::expect_used,
        reason = "there is always a key, and sealing fails only above 64 GiB"
    )]
    pub fn seal(&self, aad: &[u8], plain: &[u8]) -> Vec<u8> {
        let (id, key) = self.sealing.last().expect("a sealing key");
        let mut out = Vec::with_capacity(CIPHERTEXT_AT + plain.len() + TAG_LEN);
        out.push(VERSION);
        out.extend_from_slice(&id.to_be_bytes());
        let bound = Aad::from([&out[..NONCE_AT], aad].concat());
        out.extend_from_slice(&[0; CIPHERTEXT_AT - NONCE_AT]);
        out.extend_from_slice(plain);
        let (nonce, tag) = key
            .seal_in_place_separate_tag(bound, &mut out[CIPHERTEXT_AT..])
            .expect("sealing");
        out[NONCE_AT..CIPHERTEXT_AT].copy_from_slice(nonce.as_ref());
        out.extend_from_slice(tag.as_ref());
        out
    }

    /// Opens what [`Vault::seal`] sealed under the same `aad`.
    ///
    /// # Errors
    /// [`VaultError`] when the bytes are cut or changed, belong elsewhere, or need a key that
    /// is not there.
    pub fn open(&self, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
        if sealed.len() < CIPHERTEXT_AT + TAG_LEN {
            return Err(VaultError::Truncated);
        }
        let (header, rest) = sealed.split_at(NONCE_AT);
        let (nonce, ciphertext) = rest.split_at(CIPHERTEXT_AT - NONCE_AT);
        if header[0] != VERSION {
            return Err(VaultError::UnknownVersion(header[0]));
        }
        let id = u32::from_be_bytes([header[1], header[2], header[3], header[4]]);
        let (_, key) = self
            .sealing
            .iter()
            .find(|(known, _)| *known == id)
            .ok_or(VaultError::UnknownKey(id))?;
        let nonce =
            Nonce::try_assume_unique_for_key(nonce).map_err(|_| VaultError::NotAuthentic)?;
        let mut out = ciphertext.to_vec();
        let plain = key
            .open_in_place(nonce, Aad::from([header, aad].concat()), &mut out)
            .map_err(|_| VaultError::NotAuthentic)?
            .len();
        out.truncate(plain);
        Ok(out)
    }

    /// A keyed hash by which equal values are found without storing them: HMAC-SHA-256 over
    /// `domain` and `parts`, each preceded by its length, cut to 16 bytes.
    pub fn keyed_hash(&self, domain: &str, parts: &[&str]) -> [u8; 16] {
        let mut hmac = hmac::Context::with_key(&self.hashing);
        hmac.update(&[HASH_PREFIX]);
        update_counted(&mut hmac, domain.as_bytes());
        for part in parts {
            update_counted(&mut hmac, part.as_bytes());
        }
        let tag = hmac.sign();
        let mut out = [0; 16];
        out.copy_from_slice(&tag.as_ref()[..16]);
        out
    }

    /// A message authentication code over `bytes`, HMAC-SHA-256, apart from other domains and
    /// from every keyed hash.
    pub fn mac(&self, domain: &str, bytes: &[u8]) -> [u8; 32] {
        let mut hmac = hmac::Context::with_key(&self.hashing);
        hmac.update(&[MAC_PREFIX]);
        update_counted(&mut hmac, domain.as_bytes());
        hmac.update(bytes);
        let mut out = [0; 32];
        out.copy_from_slice(hmac.sign().as_ref());
        out
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<u32> = self.sealing.iter().map(|(id, _)| *id).collect();
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

/// What a sealed line of an upload is bound to; line 0 is the name of its file.
pub fn upload_aad(upload: UploadId, line: i64) -> Vec<u8> {
    let head = b"tradein.upload.sealed.v1\n".as_slice();
    [head, upload.0.as_bytes(), &line.to_be_bytes()].concat()
}

fn update_counted(hmac: &mut hmac::Context, part: &[u8]) {
    // No part comes near 4 GiB: requests are limited far below.
    hmac.update(&(part.len() as u32).to_be_bytes());
    hmac.update(part);
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: [u8; 32] = [3; 32];
    const NEW: [u8; 32] = [5; 32];
    const HASHING: [u8; 32] = [9; 32];

    fn vault(keys: &[(u32, &[u8; 32])]) -> Vault {
        Vault::new(keys.iter().copied(), &HASHING).unwrap()
    }

    #[test]
    fn opens_what_it_sealed_and_never_seals_alike() {
        let vault = vault(&[(1, &OLD)]);
        for plain in [b"".as_slice(), b"x", "王小明".as_bytes(), &[0; 5000]] {
            let sealed = vault.seal(b"place", plain);
            assert_eq!(vault.open(b"place", &sealed).unwrap(), plain);
            assert_ne!(sealed, vault.seal(b"place", plain));
        }
    }

    #[test]
    fn opens_nowhere_else() {
        let vault = vault(&[(1, &OLD)]);
        let mine = claim_aad(ClaimId(uuid::Uuid::from_u128(1)));
        let other = claim_aad(ClaimId(uuid::Uuid::from_u128(2)));
        let sealed = vault.seal(&mine, b"secret");
        assert_eq!(vault.open(&other, &sealed), Err(VaultError::NotAuthentic));
        assert_eq!(vault.open(b"", &sealed), Err(VaultError::NotAuthentic));
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_found() {
        let vault = vault(&[(1, &OLD), (3, &NEW)]);
        let sealed = vault.seal(b"place", b"419099199001010014");
        for at in 0..sealed.len() {
            for bit in 0..8 {
                let mut changed = sealed.clone();
                changed[at] ^= 1 << bit;
                assert!(
                    vault.open(b"place", &changed).is_err(),
                    "byte {at} bit {bit}"
                );
            }
            assert!(vault.open(b"place", &sealed[..at]).is_err(), "cut at {at}");
        }
        let longer = [sealed.as_slice(), b"x"].concat();
        assert_eq!(vault.open(b"place", &longer), Err(VaultError::NotAuthentic));
    }

    #[test]
    fn the_newest_key_seals_and_all_open() {
        let before = vault(&[(1, &OLD)]);
        let after = vault(&[(2, &NEW), (1, &OLD)]);
        let old = before.seal(b"place", b"secret");
        assert_eq!(after.open(b"place", &old).unwrap(), b"secret");
        let new = after.seal(b"place", b"secret");
        assert_eq!(&new[1..5], &[0, 0, 0, 2]);
        assert_eq!(before.open(b"place", &new), Err(VaultError::UnknownKey(2)));
    }

    #[test]
    fn hashes_depend_on_the_domain_and_on_where_parts_end() {
        let vault = vault(&[(1, &OLD)]);
        let hash = vault.keyed_hash("vin", &["ab", "c"]);
        assert_eq!(hash, vault.keyed_hash("vin", &["ab", "c"]));
        assert_ne!(hash, vault.keyed_hash("vin", &["a", "bc"]));
        assert_ne!(hash, vault.keyed_hash("vin", &["abc"]));
        assert_ne!(hash, vault.keyed_hash("vin", &["ab", "c", ""]));
        assert_ne!(hash, vault.keyed_hash("plate", &["ab", "c"]));
        let other = Vault::new([(1, &OLD)], &NEW).unwrap();
        assert_ne!(hash, other.keyed_hash("vin", &["ab", "c"]));
        assert_ne!(vault.mac("vin", b"")[..16], vault.keyed_hash("vin", &[]));
        assert_ne!(vault.mac("a", b"x"), vault.mac("b", b"x"));
    }

    #[test]
    fn prints_no_secret() {
        assert_eq!(
            format!("{:?}", vault(&[(7, &OLD)])),
            "Vault { sealing: [7], .. }"
        );
    }
}
