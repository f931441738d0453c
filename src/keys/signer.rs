//! Ed25519 signing keys and the public set (RFC 8037, RFC 7517) that checks what they signed.

use std::fmt;

use aws_lc_rs::digest;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

/// A public Ed25519 key and its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    kid: String,
    bytes: [u8; 32],
}

impl PublicKey {
    /// From the 32 bytes of RFC 8032; the key id is the thumbprint of RFC 7638.
    pub fn new(bytes: [u8; 32]) -> Self {
        let canonical = format!(
            r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#,
            URL_SAFE_NO_PAD.encode(bytes)
        );
        let digest = digest::digest(&digest::SHA256, canonical.as_bytes());
        Self {
            kid: URL_SAFE_NO_PAD.encode(digest),
            bytes,
        }
    }

    /// From the `x` of a JWK: 32 bytes in base64url without padding.
    pub fn from_base64(x: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(x).ok()?;
        bytes.try_into().ok().map(Self::new)
    }

    /// The key id: the base64url SHA-256 thumbprint of RFC 7638.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The `x` of the JWK.
    pub fn x(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes)
    }

    /// Whether `signature` is this key's over `message`.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.bytes)
            .verify(message, signature)
            .is_ok()
    }

    /// The public JWK of RFC 8037.
    pub fn jwk(&self) -> serde_json::Value {
        serde_json::json!({
            "kty": "OKP", "crv": "Ed25519", "x": self.x(), "kid": self.kid,
            "use": "sig", "alg": "EdDSA",
        })
    }
}

/// A signing key. Ed25519 is deterministic: the same key and message give the same bytes.
pub struct Signer {
    pair: Ed25519KeyPair,
    public: PublicKey,
}

impl Signer {
    /// From a 32-byte seed of RFC 8032; `None` when the library refuses it.
    pub fn from_seed(seed: &[u8; 32]) -> Option<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).ok()?;
        let public = pair.public_key().as_ref().try_into().ok()?;
        Some(Self {
            pair,
            public: PublicKey::new(public),
        })
    }

    /// The key id that goes into headers.
    pub fn kid(&self) -> &str {
        self.public.kid()
    }

    /// The public half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signs `message`.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        let mut out = [0; 64];
        out.copy_from_slice(self.pair.sign(message).as_ref());
        out
    }

    /// Whether `signature` is this key's over `message`.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.public.verify(message, signature)
    }

    /// The public JWK.
    pub fn jwk(&self) -> serde_json::Value {
        self.public.jwk()
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("kid", &self.kid())
            .finish_non_exhaustive()
    }
}

/// A set of public keys that signatures are checked against.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Jwks {
    keys: Vec<PublicKey>,
}

#[derive(Deserialize)]
struct RawSet {
    keys: Vec<RawKey>,
}

#[derive(Deserialize)]
struct RawKey {
    kty: String,
    #[serde(default)]
    crv: String,
    #[serde(default)]
    x: String,
}

/// Why a text is not a usable key set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JwksError {
    /// Not JSON of the form `{"keys": [...]}`.
    #[error("not a JSON Web Key Set")]
    Malformed,
    /// No Ed25519 key in it.
    #[error("the key set has no Ed25519 key")]
    Empty,
}

impl Jwks {
    /// The set of these keys.
    pub fn new(keys: Vec<PublicKey>) -> Self {
        Self { keys }
    }

    /// Reads a JSON Web Key Set (RFC 7517); keys of other kinds are passed over.
    ///
    /// # Errors
    /// [`JwksError`] when it is no key set or holds no Ed25519 key.
    pub fn parse(text: &str) -> Result<Self, JwksError> {
        let raw: RawSet = serde_json::from_str(text).map_err(|_| JwksError::Malformed)?;
        let keys: Vec<_> = raw
            .keys
            .iter()
            .filter(|key| key.kty == "OKP" && key.crv == "Ed25519")
            .filter_map(|key| PublicKey::from_base64(&key.x))
            .collect();
        if keys.is_empty() {
            return Err(JwksError::Empty);
        }
        Ok(Self { keys })
    }

    /// The key named `kid`.
    pub fn get(&self, kid: &str) -> Option<&PublicKey> {
        self.keys.iter().find(|key| key.kid == kid)
    }

    /// The set as JSON.
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::json!({ "keys": self.keys.iter().map(PublicKey::jwk).collect::<Vec<_>>() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_id_is_the_thumbprint_of_rfc_8037() {
        // RFC 8037, appendices A.2 and A.3.
        let key = PublicKey::from_base64("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").unwrap();
        assert_eq!(key.kid(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn signs_as_rfc_8037_says() {
        // RFC 8037, appendix A.4.
        let seed = URL_SAFE_NO_PAD
            .decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")
            .unwrap();
        let signer = Signer::from_seed(&seed.try_into().unwrap()).unwrap();
        let message = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
        let signature = signer.sign(message);
        assert_eq!(
            URL_SAFE_NO_PAD.encode(signature),
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
        );
        assert!(signer.verify(message, &signature));
        assert!(!signer.verify(b"another message", &signature));
    }

    #[test]
    fn a_set_comes_back_from_its_json() {
        let signer = Signer::from_seed(&[7; 32]).unwrap();
        let set = Jwks::new(vec![signer.public().clone()]);
        let again = Jwks::parse(&set.to_json().to_string()).unwrap();
        assert_eq!(again, set);
        assert!(again.get(signer.kid()).is_some());
        assert!(again.get("another").is_none());
        assert_eq!(Jwks::parse("[]"), Err(JwksError::Malformed));
        assert_eq!(
            Jwks::parse(r#"{"keys":[{"kty":"RSA","n":"AQ"}]}"#),
            Err(JwksError::Empty)
        );
    }
}
