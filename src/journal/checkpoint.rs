//! The signed end of an export: without it a journal that is cut short would pass for whole.

use serde::Deserialize;

use super::canonical::{MAX_INTEGER, ObjectWriter, parse_hex32};
use super::jws;
use super::verify::{Fault, PoolProof};
use crate::domain::money::Fen;
use crate::domain::time::Timestamp;
use crate::keys::{Jwks, PublicKey, Signer};

/// The `typ` of a checkpoint's header.
pub const TYP: &str = "tradein-checkpoint+jws";

/// What a pool came to at its last exported entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The pool's name.
    pub pool: String,
    /// The last entry's number.
    pub seq: i64,
    /// The last entry's hash.
    pub hash: [u8; 32],
    /// All money that came in.
    pub cap: Fen,
    /// Nobody's yet.
    pub free: Fen,
    /// Held for claims.
    pub reserved: Fen,
    /// Owed.
    pub committed: Fen,
    /// Paid out.
    pub paid: Fen,
    /// How many claims wait.
    pub waiting: i64,
    /// When the last entry was made.
    pub at: Timestamp,
}

impl Checkpoint {
    /// Whether it states what the entries prove.
    pub(super) fn agrees(&self, proof: &PoolProof) -> bool {
        self.pool == proof.pool
            && self.seq == proof.entries
            && self.hash == proof.head_hash
            && self.cap == proof.cap
            && self.free == proof.free
            && self.reserved == proof.reserved
            && self.committed == proof.committed
            && self.paid == proof.paid
            && self.waiting == proof.waiting
    }

    /// The export's last line, signed, without a line end.
    pub(super) fn line(&self, signer: &Signer) -> String {
        let input = jws::signing_input(&header(signer.public()), &self.json());
        wrap(&jws::complete(&input, signer))
    }

    /// Reads and checks a checkpoint line. Without `keys` the signature only shows that the
    /// line is of one piece; with them, that the service made it.
    ///
    /// # Errors
    /// [`Fault::BadCheckpoint`] and [`Fault::ForeignKey`].
    pub(super) fn parse_line(line: &str, keys: Option<&Jwks>) -> Result<Self, Fault> {
        let raw: RawLine = serde_json::from_str(line).map_err(|_| Fault::BadCheckpoint)?;
        if wrap(raw.checkpoint) != line {
            return Err(Fault::BadCheckpoint);
        }
        let parts = jws::parts(raw.checkpoint).ok_or(Fault::BadCheckpoint)?;
        let key = signing_key(&parts.header).ok_or(Fault::BadCheckpoint)?;
        if keys.is_some_and(|keys| keys.get(key.kid()) != Some(&key)) {
            return Err(Fault::ForeignKey);
        }
        if !key.verify(parts.signed.as_bytes(), &parts.signature) {
            return Err(Fault::BadCheckpoint);
        }
        let payload = serde_json::from_slice::<RawPayload>(&parts.payload)
            .ok()
            .and_then(RawPayload::typed)
            .ok_or(Fault::BadCheckpoint)?;
        if payload.json().as_bytes() != parts.payload {
            return Err(Fault::BadCheckpoint);
        }
        Ok(payload)
    }

    fn json(&self) -> String {
        let mut out = ObjectWriter::new("", 384);
        out.text("at", &self.at.to_rfc3339_micros());
        out.text("cap", &self.cap.to_string());
        out.text("committed", &self.committed.to_string());
        out.text("free", &self.free.to_string());
        out.hex("hash", &self.hash);
        out.text("paid", &self.paid.to_string());
        out.text("pool", &self.pool);
        out.text("reserved", &self.reserved.to_string());
        out.integer("seq", self.seq);
        out.integer("waiting", self.waiting);
        out.finish()
    }
}

/// Whether a line of an export is meant as a checkpoint.
pub(super) fn is_checkpoint(line: &str) -> bool {
    line.starts_with("{\"checkpoint\":")
}

fn wrap(jws: &str) -> String {
    format!("{{\"checkpoint\":\"{jws}\"}}")
}

/// The one canonical header for a key.
fn header(key: &PublicKey) -> String {
    format!(
        r#"{{"alg":"EdDSA","jwk":{{"crv":"Ed25519","kty":"OKP","x":"{}"}},"kid":"{}","typ":"{TYP}"}}"#,
        key.x(),
        key.kid()
    )
}

/// The key that a header carries, if the header is the one that the key should have.
fn signing_key(bytes: &[u8]) -> Option<PublicKey> {
    let raw: RawHeader = serde_json::from_slice(bytes).ok()?;
    let key = PublicKey::from_base64(raw.jwk.x)?;
    (header(&key).as_bytes() == bytes).then_some(key)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLine<'a> {
    checkpoint: &'a str,
}

#[derive(Deserialize)]
struct RawHeader<'a> {
    #[serde(borrow)]
    jwk: RawJwk<'a>,
}

#[derive(Deserialize)]
struct RawJwk<'a> {
    x: &'a str,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPayload {
    at: String,
    cap: String,
    committed: String,
    free: String,
    hash: String,
    paid: String,
    pool: String,
    reserved: String,
    seq: i64,
    waiting: i64,
}

impl RawPayload {
    fn typed(self) -> Option<Checkpoint> {
        let exact = |value: i64| (0..=MAX_INTEGER).contains(&value);
        let amount = |text: &str| Fen::parse_yuan(text).ok();
        if !exact(self.seq) || !exact(self.waiting) {
            return None;
        }
        Some(Checkpoint {
            at: Timestamp::parse_rfc3339(&self.at)?,
            cap: amount(&self.cap)?,
            committed: amount(&self.committed)?,
            free: amount(&self.free)?,
            hash: parse_hex32(&self.hash)?,
            paid: amount(&self.paid)?,
            pool: self.pool,
            reserved: amount(&self.reserved)?,
            seq: self.seq,
            waiting: self.waiting,
        })
    }
}
