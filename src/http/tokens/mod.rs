//! Access tokens: EdDSA-signed JWTs of type `at+jwt` (RFC 9068), for fifteen minutes.
//!
//! Everything that a token could choose about its own verification is pinned here: the
//! algorithm, the type and the set of keys (RFC 8725, 3.1 and 3.11). A header with any
//! other member (`jku`, `jwk`, `x5u`, `crit` …) is not one of ours and is refused.

mod remembered;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use aws_lc_rs::digest;
use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::{Deserialize, Serialize};

use self::remembered::Remembered;
use crate::catalogue::Role;
use crate::domain::ids::ClientId;
use crate::domain::time::Timestamp;
use crate::keys::Keys;
use crate::operations::Principal;

/// How long a token is good for, in seconds.
pub const LIFETIME_SECONDS: i64 = 15 * 60;
/// Longer texts are not looked at.
const MAX_LENGTH: usize = 4096;
/// How far ahead the clock of the instance that issued a token may be, in seconds. The end
/// of a token has no leeway: it is over when it says so.
const CLOCK_SKEW_SECONDS: i64 = 30;
/// The role words that a token may carry.
const ROLES: [&str; 6] = [
    "dealer", "reviewer", "approver", "finance", "auditor", "operator",
];

/// Why a token is refused. Callers learn only that it is invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Longer than any of ours.
    #[error("the token is too long")]
    TooLong,
    /// Not three parts in base64url with JSON objects.
    #[error("the token is not a compact JWS")]
    Malformed,
    /// Another algorithm, type or header member than ours.
    #[error("the header is not one of ours")]
    Header,
    /// A key that is not ours or does not sign tokens.
    #[error("the key is not known")]
    UnknownKey,
    /// The signature does not agree, or issuer, audience or another claim is not ours.
    #[error("signature or claims are not ours")]
    Untrusted,
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
    /// Its time has not come, or it would last longer than ours do.
    #[error("the token's times are not ours")]
    Times,
}

/// What a good token says. Whether the client is still active, it cannot say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bearer {
    /// The client that it was issued to.
    pub client: ClientId,
    /// The word of the role that the client had then.
    pub role: &'static str,
    /// The second at which it ends.
    pub expires: i64,
}

/// The header; a member that is not named here refuses the token.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    kid: String,
    typ: String,
}

/// The claims of RFC 9068, 2.2, and the role.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    client_id: String,
    role: String,
    scope: String,
    jti: String,
    iat: i64,
    nbf: i64,
    exp: i64,
}

/// Issues tokens, checks them, and remembers which it has checked.
pub struct TokenDesk {
    keys: Arc<Keys>,
    issuer: String,
    audience: String,
    validation: Validation,
    remembered: Remembered,
}

impl TokenDesk {
    /// A desk that issues in the name of `issuer` for the API called `audience`.
    pub fn new(keys: Arc<Keys>, issuer: &str, audience: &str) -> Self {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[issuer]);
        validation.set_audience(&[audience]);
        validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
        // Times are checked here, by the caller's clock instead of the library's.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        Self {
            keys,
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
            validation,
            remembered: Remembered::default(),
        }
    }

    /// A token for `principal` that begins at `now`.
    pub fn issue(&self, principal: &Principal, now: Timestamp) -> String {
        let signer = &self.keys.token;
        let header = Header {
            alg: "EdDSA".to_owned(),
            kid: signer.kid().to_owned(),
            typ: "at+jwt".to_owned(),
        };
        let issued = now.unix_seconds();
        let client = principal.client.to_string();
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: client.clone(),
            client_id: client,
            role: principal.role.as_str().to_owned(),
            scope: scope(principal.role).to_owned(),
            jti: random_id(),
            iat: issued,
            nbf: issued,
            exp: issued + LIFETIME_SECONDS,
        };
        let mut token = format!("{}.{}", part(&header), part(&claims));
        let signature = signer.sign(token.as_bytes());
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        token
    }

    /// Checks a token. A token that was good is known again until it ends, by its SHA-256.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Bearer, TokenError> {
        if token.len() > MAX_LENGTH {
            return Err(TokenError::TooLong);
        }
        let mut key = [0; 32];
        key.copy_from_slice(digest::digest(&digest::SHA256, token.as_bytes()).as_ref());
        let second = now.unix_seconds();
        let bearer = match self.remembered.get(&key) {
            Some(bearer) => bearer,
            None => {
                let bearer = self.check(token, second)?;
                self.remembered.put(key, bearer, second);
                bearer
            }
        };
        if bearer.expires <= second {
            return Err(TokenError::Expired);
        }
        Ok(bearer)
    }

    fn check(&self, token: &str, now: i64) -> Result<Bearer, TokenError> {
        let (head, _) = token.split_once('.').ok_or(TokenError::Malformed)?;
        let head = URL_SAFE_NO_PAD
            .decode(head)
            .map_err(|_| TokenError::Malformed)?;
        let header: Header = serde_json::from_slice(&head).map_err(|_| TokenError::Header)?;
        let typed = ["at+jwt", "application/at+jwt"]
            .iter()
            .any(|ours| header.typ.eq_ignore_ascii_case(ours));
        if header.alg != "EdDSA" || !typed {
            return Err(TokenError::Header);
        }
        let key = self
            .decoding_key(&header.kid)
            .ok_or(TokenError::UnknownKey)?;
        let claims = jsonwebtoken::decode::<Claims>(token, &key, &self.validation)
            .map_err(|_| TokenError::Untrusted)?
            .claims;
        let latest = now + CLOCK_SKEW_SECONDS;
        let lifetime = claims
            .exp
            .checked_sub(claims.iat)
            .ok_or(TokenError::Times)?;
        if claims.iat > latest || claims.nbf > latest || !(1..=LIFETIME_SECONDS).contains(&lifetime)
        {
            return Err(TokenError::Times);
        }
        let role = ROLES.iter().find(|word| **word == claims.role);
        match (ClientId::parse(&claims.sub), role) {
            (Some(client), Some(role)) if claims.client_id == claims.sub => Ok(Bearer {
                client,
                role,
                expires: claims.exp,
            }),
            _ => Err(TokenError::Untrusted),
        }
    }

    /// The key named `kid`, unless it is the one that signs receipts: anybody holds texts
    /// signed by that.
    fn decoding_key(&self, kid: &str) -> Option<DecodingKey> {
        let signer = self.keys.signer(kid)?;
        if signer.kid() == self.keys.receipt.kid() {
            return None;
        }
        DecodingKey::from_ed_components(signer.jwk().get("x")?.as_str()?).ok()
    }
}

/// What a role may do, in the words of OAuth: reading claims, and then what is its own.
pub const fn scope(role: Role) -> &'static str {
    match role {
        Role::Dealer(_) => "claims:read claims:write",
        Role::Reviewer | Role::Approver => "claims:read claims:review",
        Role::Finance => "claims:read payouts:write",
        Role::Auditor => "claims:read audit:read",
        Role::Operator => "claims:read pools:write",
    }
}

fn part(value: &impl Serialize) -> String {
    // Strings and numbers under fixed names: there is nothing that cannot be written.
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(value).unwrap_or_default())
}

fn random_id() -> String {
    let mut bytes = [0; 16];
    // The library has no failing path for its own generator; an empty id would still be signed.
    let _ = rand::fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}
