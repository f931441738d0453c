//! The two suites of algorithms behind the vault.

use aes_gcm::AesGcm;
use aes_gcm::aead::consts::U12;
use aes_gcm::aead::{AeadInOut as _, KeyInit as _};
use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::{hmac as standard, rand};
use hmac::{Hmac, Mac as _};
use serde::Deserialize;
use sm3::Sm3;
use sm4::Sm4;
use zeroize::Zeroizing;

/// Bytes of a nonce, in either suite.
pub(super) const NONCE_LEN: usize = 12;
/// Bytes of a tag, in either suite.
pub(super) const TAG_LEN: usize = 16;

/// With which algorithms a key is used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
pub enum Suite {
    /// AES-256-GCM (NIST SP 800-38D) and HMAC-SHA-256.
    #[default]
    #[serde(rename = "standard")]
    Standard,
    /// SM4 (GB/T 32907) in GCM, as RFC 8998 has it, and HMAC with SM3 (GB/T 32905).
    #[serde(rename = "sm")]
    #[value(name = "sm")]
    National,
}

impl Suite {
    /// The first byte of what is sealed with it.
    pub(super) const fn byte(self) -> u8 {
        match self {
            Suite::Standard => 1,
            Suite::National => 2,
        }
    }

    /// The suite of sealed bytes, by their first.
    pub(super) const fn of(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Suite::Standard),
            2 => Some(Suite::National),
            _ => None,
        }
    }

    /// The word in the key file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Suite::Standard => "standard",
            Suite::National => "sm",
        }
    }
}

type Sm4Gcm = AesGcm<Sm4, U12>;
type HmacSm3 = Hmac<Sm3>;

/// An authenticated cipher with its key.
pub(super) enum Cipher {
    Standard(RandomizedNonceKey),
    National(Box<Sm4Gcm>),
}

impl Cipher {
    /// `None` when the library refuses the key.
    pub(super) fn new(suite: Suite, key: &[u8; 32]) -> Option<Self> {
        match suite {
            Suite::Standard => RandomizedNonceKey::new(&AES_256_GCM, key)
                .ok()
                .map(Self::Standard),
            Suite::National => {
                // The key file has 32 bytes a key and SM4 takes 16: all of them count.
                let drawn = Zeroizing::new(hmac_sm3(key, &[b"tradein.sm4.key.v1\n"]));
                Sm4Gcm::new_from_slice(&drawn[..16])
                    .ok()
                    .map(|cipher| Self::National(Box::new(cipher)))
            }
        }
    }

    /// Appends nonce, ciphertext and tag.
    #[expect(
        clippy::expect_used,
        reason = "sealing fails only above 64 GiB, and the library stops the process rather than \
                  give weak random bytes"
    )]
    pub(super) fn seal(&self, aad: &[u8], plain: &[u8], out: &mut Vec<u8>) {
        let nonce_at = out.len();
        let text_at = nonce_at + NONCE_LEN;
        out.extend_from_slice(&[0; NONCE_LEN]);
        out.extend_from_slice(plain);
        match self {
            Cipher::Standard(key) => {
                let sealed = key.seal_in_place_separate_tag(Aad::from(aad), &mut out[text_at..]);
                let (nonce, tag) = sealed.expect("sealing");
                out[nonce_at..text_at].copy_from_slice(nonce.as_ref());
                out.extend_from_slice(tag.as_ref());
            }
            Cipher::National(cipher) => {
                let mut nonce = [0; NONCE_LEN];
                rand::fill(&mut nonce).expect("random bytes");
                out[nonce_at..text_at].copy_from_slice(&nonce);
                let text = (&mut out[text_at..]).into();
                let tag = cipher.encrypt_inout_detached(&nonce.into(), aad, text);
                out.extend_from_slice(&tag.expect("sealing"));
            }
        }
    }

    /// Opens nonce, ciphertext and tag, which are long enough; `None` when they are not authentic.
    pub(super) fn open(&self, aad: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, rest) = sealed.split_first_chunk::<NONCE_LEN>()?;
        match self {
            Cipher::Standard(key) => {
                let nonce = Nonce::assume_unique_for_key(*nonce);
                let mut out = rest.to_vec();
                let plain = key.open_in_place(nonce, Aad::from(aad), &mut out).ok()?;
                let len = plain.len();
                out.truncate(len);
                Some(out)
            }
            Cipher::National(cipher) => {
                let (text, tag) = rest.split_last_chunk::<TAG_LEN>()?;
                let mut out = text.to_vec();
                let buffer = out.as_mut_slice().into();
                cipher
                    .decrypt_inout_detached(&(*nonce).into(), aad, buffer, &(*tag).into())
                    .ok()?;
                Some(out)
            }
        }
    }
}

/// A keyed hash with its key.
#[expect(
    clippy::large_enum_variant,
    reason = "there is one for a process, and every claim asks it without another step"
)]
pub(super) enum Mac {
    Standard(standard::Key),
    National(Zeroizing<[u8; 32]>),
}

impl Mac {
    pub(super) fn new(suite: Suite, key: &[u8; 32]) -> Self {
        match suite {
            Suite::Standard => Self::Standard(standard::Key::new(standard::HMAC_SHA256, key)),
            Suite::National => Self::National(Zeroizing::new(*key)),
        }
    }

    /// Over the parts, one after another.
    pub(super) fn sign(&self, parts: &[&[u8]]) -> [u8; 32] {
        match self {
            Mac::Standard(key) => {
                let mut context = standard::Context::with_key(key);
                for part in parts {
                    context.update(part);
                }
                let mut out = [0; 32];
                out.copy_from_slice(context.sign().as_ref());
                out
            }
            Mac::National(key) => hmac_sm3(key.as_ref(), parts),
        }
    }
}

#[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
fn hmac_sm3(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut hmac = HmacSm3::new_from_slice(key).expect("a key");
    for part in parts {
        hmac.update(part);
    }
    hmac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use aes_gcm::aead::array::Array;
    use sm3::Digest as _;
    use sm4::cipher::BlockCipherEncrypt as _;

    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
        digits
            .chunks_exact(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }

    /// GB/T 32905-2016, annex A, examples 1 and 2.
    #[test]
    fn sm3_is_as_the_standard_has_it() {
        for (message, hash) in [
            (
                "abc".to_owned(),
                "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
            ),
            (
                "abcd".repeat(16),
                "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732",
            ),
        ] {
            assert_eq!(Sm3::digest(message).as_slice(), bytes(hash));
        }
    }

    /// GB/T 32907-2016, annex A, examples 1 and 2.
    #[test]
    fn sm4_is_as_the_standard_has_it() {
        let key = bytes("0123456789abcdeffedcba9876543210");
        let cipher = Sm4::new_from_slice(&key).unwrap();
        let mut block = Array::try_from(key.as_slice()).unwrap();
        cipher.encrypt_block(&mut block);
        assert_eq!(block.as_slice(), bytes("681edf34d206965e86b3e94f536e4246"));
        for _ in 1..1_000_000 {
            cipher.encrypt_block(&mut block);
        }
        assert_eq!(block.as_slice(), bytes("595298c7c6fd271f0402f804c33d3f66"));
    }

    /// RFC 8998, appendix A.1.
    #[test]
    fn sm4_in_gcm_is_as_the_rfc_has_it() {
        let key = bytes("0123456789abcdeffedcba9876543210");
        let cipher = Cipher::National(Box::new(Sm4Gcm::new_from_slice(&key).unwrap()));
        let aad = bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2");
        let plain = bytes(
            "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd
             eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa",
        );
        let sealed = bytes(
            "00001234567800000000abcd
             17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735
             d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d
             83de3541e4c2b58177e065a9bf7b62ec",
        );
        assert_eq!(cipher.open(&aad, &sealed).unwrap(), plain);
        assert_eq!(cipher.open(&aad[1..], &sealed), None);
    }

    /// GM/T 0042-2015, annex D: HMAC with SM3 (32 bytes of key).
    #[test]
    fn hmac_with_sm3_is_as_the_standard_has_it() {
        let key = bytes("0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20");
        let message = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".repeat(2);
        assert_eq!(
            hmac_sm3(&key, &[message.as_bytes()]).as_slice(),
            bytes("ca05e144ed05d1857840d1f318a4a8669e559fc8391f414485bfdf7bb408963a")
        );
    }
}
