//! Compact JWS (RFC 7515) with Ed25519 (RFC 8037), and nothing else of JOSE.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::keys::Signer;

/// A compact JWS taken apart, nothing checked yet.
pub(super) struct Parts<'a> {
    pub(super) header: Vec<u8>,
    pub(super) payload: Vec<u8>,
    pub(super) signature: Vec<u8>,
    pub(super) signed: &'a str,
}

/// The part that is signed: header and payload in base64url, joined by a point.
pub(super) fn signing_input(header: &str, payload: &str) -> String {
    let mut out = String::with_capacity((header.len() + payload.len()) * 4 / 3 + 8);
    URL_SAFE_NO_PAD.encode_string(header, &mut out);
    out.push('.');
    URL_SAFE_NO_PAD.encode_string(payload, &mut out);
    out
}

/// `signing_input` with `signer`'s signature.
pub(super) fn complete(signing_input: &str, signer: &Signer) -> String {
    let signature = signer.sign(signing_input.as_bytes());
    format!("{signing_input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// Takes a compact JWS apart; `None` unless it is three parts of strict base64url.
pub(super) fn parts(jws: &str) -> Option<Parts<'_>> {
    let (signed, signature) = jws.rsplit_once('.')?;
    let (header, payload) = signed.split_once('.')?;
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).ok();
    Some(Parts {
        header: decode(header)?,
        payload: decode(payload)?,
        signature: decode(signature)?,
        signed,
    })
}
