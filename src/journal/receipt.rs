//! The receipt of a verdict: a compact JWS that says what was decided and opens the claim's
//! commitment in the public journal.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::canonical::{MAX_INTEGER, ObjectWriter, parse_hex32};
use super::entry::claim_commitment;
use super::jws;
use crate::domain::claim::ClaimState;
use crate::domain::money::Fen;
use crate::domain::time::Timestamp;
use crate::keys::{Jwks, Signer};

/// The `typ` of a receipt's header: no other token of the service passes for one.
pub const TYP: &str = "tradein-receipt+jws";

/// What a receipt says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptPayload {
    /// The service that decided.
    pub iss: String,
    /// The claim's number.
    pub number: String,
    /// The state after submission: reserved, waiting or refused.
    pub outcome: ClaimState,
    /// The amount held or asked for; 0.00 when refused.
    pub amount: Fen,
    /// The pool's name.
    pub pool: String,
    /// The place among the accepted claims of the pool; none when refused.
    pub position: Option<i64>,
    /// When it was decided.
    pub at: Timestamp,
    /// The programme's id.
    pub programme: String,
    /// The version of the programme: `sha256:` and the pack's digest.
    pub version: String,
    /// The journal entry's number.
    pub seq: i64,
    /// The journal entry's hash.
    pub journal_hash: [u8; 32],
    /// The nonce that opens the entry's claim commitment.
    pub opening: [u8; 16],
}

impl ReceiptPayload {
    /// Whether `commitment`, a journal entry's `claim`, stands for this receipt's claim.
    pub fn opens(&self, commitment: &[u8; 32]) -> bool {
        claim_commitment(&self.opening, &self.number) == *commitment
    }

    /// The canonical JSON.
    fn json(&self) -> String {
        let mut out = ObjectWriter::new("", 512);
        out.text("amount", &self.amount.to_string());
        out.text("at", &self.at.to_rfc3339_micros());
        out.text("iss", &self.iss);
        out.hex("journal_hash", &self.journal_hash);
        out.text("number", &self.number);
        out.text("opening", &URL_SAFE_NO_PAD.encode(self.opening));
        out.text("outcome", self.outcome.as_str());
        out.text("pool", &self.pool);
        out.optional_integer("position", self.position);
        out.text("programme", &self.programme);
        out.integer("seq", self.seq);
        out.text("version", &self.version);
        out.finish()
    }
}

/// Why a text is not a receipt of this service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// Not a compact JWS.
    #[error("not a compact JWS")]
    Malformed,
    /// Signed, but not as a receipt: another algorithm, type or form of header.
    #[error("the header is not that of a receipt")]
    WrongHeader,
    /// Signed with a key that is not in the set.
    #[error("signed with an unknown key")]
    UnknownKey,
    /// The signature does not fit.
    #[error("the signature does not fit")]
    BadSignature,
    /// Rightly signed, but no receipt of this form.
    #[error("the content is not that of a receipt")]
    WrongContent,
}

impl ReceiptError {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            ReceiptError::Malformed => "receipt_malformed",
            ReceiptError::WrongHeader => "receipt_wrong_header",
            ReceiptError::UnknownKey => "receipt_unknown_key",
            ReceiptError::BadSignature => "receipt_bad_signature",
            ReceiptError::WrongContent => "receipt_wrong_content",
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    kid: String,
    typ: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPayload {
    amount: String,
    at: String,
    iss: String,
    journal_hash: String,
    number: String,
    opening: String,
    outcome: String,
    pool: String,
    position: Option<i64>,
    programme: String,
    seq: i64,
    version: String,
}

impl RawPayload {
    fn typed(self) -> Option<ReceiptPayload> {
        let exact = |value: i64| (1..=MAX_INTEGER).contains(&value);
        if !exact(self.seq) || !self.position.is_none_or(exact) {
            return None;
        }
        Some(ReceiptPayload {
            iss: self.iss,
            number: self.number,
            outcome: ClaimState::parse(&self.outcome)?,
            amount: Fen::parse_yuan(&self.amount).ok()?,
            pool: self.pool,
            position: self.position,
            at: Timestamp::parse_rfc3339(&self.at)?,
            programme: self.programme,
            version: self.version,
            seq: self.seq,
            journal_hash: parse_hex32(&self.journal_hash)?,
            opening: URL_SAFE_NO_PAD
                .decode(&self.opening)
                .ok()?
                .try_into()
                .ok()?,
        })
    }
}

/// What will be signed under the key `kid`. This is all that a stored answer keeps: Ed25519 is
/// deterministic, so [`complete`] gives the same receipt whenever it is called.
pub fn signing_input(payload: &ReceiptPayload, kid: &str) -> String {
    let mut header = ObjectWriter::new("", 128);
    header.text("alg", "EdDSA");
    header.text("kid", kid);
    header.text("typ", TYP);
    jws::signing_input(&header.finish(), &payload.json())
}

/// The key id that a signing input names; `None` when it is not a receipt's.
pub fn kid(signing_input: &str) -> Option<String> {
    let (header, _) = signing_input.split_once('.')?;
    let header = URL_SAFE_NO_PAD.decode(header).ok()?;
    let header: Header = serde_json::from_slice(&header).ok()?;
    (header.typ == TYP).then_some(header.kid)
}

/// The receipt: `signing_input` and its signature. `signer` must be the key that the signing
/// input names, see [`kid`].
pub fn complete(signing_input: &str, signer: &Signer) -> String {
    debug_assert_eq!(kid(signing_input).as_deref(), Some(signer.kid()));
    jws::complete(signing_input, signer)
}

/// Checks a receipt against the service's public keys and reads it.
///
/// # Errors
/// [`ReceiptError`] unless it is a receipt in canonical form, signed with EdDSA by a key of `keys`.
pub fn verify_receipt(jws: &str, keys: &Jwks) -> Result<ReceiptPayload, ReceiptError> {
    let parts = jws::parts(jws).ok_or(ReceiptError::Malformed)?;
    let header: Header =
        serde_json::from_slice(&parts.header).map_err(|_| ReceiptError::WrongHeader)?;
    if header.alg != "EdDSA" || header.typ != TYP {
        return Err(ReceiptError::WrongHeader);
    }
    let key = keys.get(&header.kid).ok_or(ReceiptError::UnknownKey)?;
    if !key.verify(parts.signed.as_bytes(), &parts.signature) {
        return Err(ReceiptError::BadSignature);
    }
    let payload = serde_json::from_slice::<RawPayload>(&parts.payload)
        .ok()
        .and_then(RawPayload::typed)
        .ok_or(ReceiptError::WrongContent)?;
    if payload.json().as_bytes() != parts.payload {
        return Err(ReceiptError::WrongContent);
    }
    Ok(payload)
}
