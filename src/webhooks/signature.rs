//! Signatures of webhooks: the symmetric scheme `v1` of Standard Webhooks 1.0.0, HMAC-SHA-256
//! over `id.timestamp.body`.

use std::fmt;
use std::ops::RangeInclusive;

use aws_lc_rs::{hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::domain::time::Timestamp;

/// The header with the event's identifier, the same at every attempt: receivers recognise by it
/// what they have had.
pub const ID_HEADER: &str = "webhook-id";
/// The header with the instant of this attempt, in whole seconds since 1970.
pub const TIMESTAMP_HEADER: &str = "webhook-timestamp";
/// The header with one signature for each active secret, parted by blanks.
pub const SIGNATURE_HEADER: &str = "webhook-signature";

/// How far a receiver's clock may be from ours, in seconds; what the specification's own
/// libraries allow.
pub const TOLERANCE: i64 = 5 * 60;

const SECRET_PREFIX: &str = "whsec_";
const SCHEME: &str = "v1";
/// Bytes of a fresh secret: as many as the hash has.
const FRESH: usize = 32;
/// Bytes that a secret may have ("Signature scheme": 192 to 512 bits).
const LENGTHS: RangeInclusive<usize> = 24..=64;
const LONGEST_ID: usize = 64;

/// Why a text is no secret. It never says what stood there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// Another beginning.
    #[error("a webhook secret begins with {SECRET_PREFIX}")]
    Prefix,
    /// Not base64 with padding.
    #[error("what follows {SECRET_PREFIX} is not base64")]
    Base64,
    /// Too short to be safe, or longer than the specification allows.
    #[error("a webhook secret has 24 to 64 bytes")]
    Length,
}

impl SecretError {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            SecretError::Prefix => "webhook_secret_prefix",
            SecretError::Base64 => "webhook_secret_base64",
            SecretError::Length => "webhook_secret_length",
        }
    }
}

/// What an endpoint and we alone know. Wiped when dropped; nothing prints it.
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// A fresh secret of 32 random bytes. `None` when the machine gives no random bytes.
    pub fn generate() -> Option<Self> {
        let mut bytes = Zeroizing::new(vec![0; FRESH]);
        rand::fill(&mut bytes).ok()?;
        Some(Self(bytes))
    }

    /// From the bytes that are kept sealed.
    ///
    /// # Errors
    /// [`SecretError::Length`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SecretError> {
        if !LENGTHS.contains(&bytes.len()) {
            return Err(SecretError::Length);
        }
        Ok(Self(Zeroizing::new(bytes.to_vec())))
    }

    /// Reads `whsec_` and base64.
    ///
    /// # Errors
    /// [`SecretError`].
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        let encoded = text
            .strip_prefix(SECRET_PREFIX)
            .ok_or(SecretError::Prefix)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| SecretError::Base64)?;
        Self::from_bytes(&Zeroizing::new(bytes))
    }

    /// The bytes, to be sealed.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// `whsec_` and base64: for the owner of the endpoint, once.
    pub fn reveal(&self) -> Zeroizing<String> {
        // The room is there from the start, so that no half-written copy stays in memory.
        let mut text = Zeroizing::new(String::with_capacity(
            SECRET_PREFIX.len() + LENGTHS.end().div_ceil(3) * 4,
        ));
        text.push_str(SECRET_PREFIX);
        STANDARD.encode_string(self.as_bytes(), &mut text);
        text
    }

    fn key(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, self.as_bytes())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// The active secrets of one endpoint, never none: a webhook is never sent unsigned.
#[derive(Debug, Clone)]
pub struct Secrets(Vec<Secret>);

impl Secrets {
    /// With `current` first and those before it that receivers may still hold.
    pub fn new(current: Secret, previous: impl IntoIterator<Item = Secret>) -> Self {
        Self(std::iter::once(current).chain(previous).collect())
    }
}

/// An event's identifier: 1 to 64 letters, digits, `_` or `-`. No full stop, because that would
/// let a signed text be cut at another place ("Signature scheme").
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MessageId(String);

impl MessageId {
    /// Reads an identifier; `None` for what it may not hold.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
        ((1..=LONGEST_ID).contains(&text.len()) && text.bytes().all(fits))
            .then(|| Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Uuid> for MessageId {
    fn from(id: Uuid) -> Self {
        Self(id.hyphenated().to_string())
    }
}

/// The three headers of a signed webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Headers<'a> {
    /// [`ID_HEADER`].
    pub id: &'a str,
    /// [`TIMESTAMP_HEADER`].
    pub timestamp: &'a str,
    /// [`SIGNATURE_HEADER`].
    pub signature: &'a str,
}

/// The value of [`SIGNATURE_HEADER`]: `v1,` and base64 for each secret. `at` is the instant of
/// the attempt; whole seconds of it are signed.
pub fn sign(secrets: &Secrets, id: &MessageId, at: Timestamp, body: &[u8]) -> String {
    let timestamp = at.unix_seconds().to_string();
    let content = signed_content(id.as_str(), &timestamp, body);
    let signed = |secret: &Secret| {
        let tag = hmac::sign(&secret.key(), &content);
        format!("{SCHEME},{}", STANDARD.encode(tag))
    };
    let signatures: Vec<String> = secrets.0.iter().map(signed).collect();
    signatures.join(" ")
}

fn signed_content(id: &str, timestamp: &str, body: &[u8]) -> Vec<u8> {
    [id.as_bytes(), b".", timestamp.as_bytes(), b".", body].concat()
}

/// Why a webhook is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The timestamp is no number of seconds.
    #[error("the timestamp is not a whole number of seconds since 1970")]
    TimestampMalformed,
    /// An old message again, or a clock that is behind.
    #[error("the timestamp is too old")]
    TooOld,
    /// A clock that is ahead.
    #[error("the timestamp is in the future")]
    InTheFuture,
    /// Another secret, or something was changed.
    #[error("no signature matches")]
    NoMatch,
}

impl VerifyError {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            VerifyError::TimestampMalformed => "webhook_timestamp_malformed",
            VerifyError::TooOld => "webhook_timestamp_too_old",
            VerifyError::InTheFuture => "webhook_timestamp_in_the_future",
            VerifyError::NoMatch => "webhook_signature_no_match",
        }
    }
}

/// What a receiver does with a webhook at `now`: one of the signatures must match one of the
/// secrets, and the timestamp must be at most `tolerance` seconds away, as a rule
/// [`TOLERANCE`]. Signatures of unknown schemes are passed over.
///
/// # Errors
/// [`VerifyError`].
pub fn verify(
    secrets: &Secrets,
    headers: Headers<'_>,
    body: &[u8],
    now: Timestamp,
    tolerance: i64,
) -> Result<(), VerifyError> {
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let sent: i64 = Some(headers.timestamp)
        .filter(|text| digits(text))
        .and_then(|text| text.parse().ok())
        .ok_or(VerifyError::TimestampMalformed)?;
    let age = now.unix_seconds().saturating_sub(sent);
    if age > tolerance {
        return Err(VerifyError::TooOld);
    }
    if age < -tolerance {
        return Err(VerifyError::InTheFuture);
    }
    let content = signed_content(headers.id, headers.timestamp, body);
    let tags: Vec<Vec<u8>> = headers
        .signature
        .split(' ')
        .filter_map(|signature| signature.split_once(','))
        .filter(|(scheme, _)| *scheme == SCHEME)
        .filter_map(|(_, encoded)| STANDARD.decode(encoded).ok())
        .collect();
    // `hmac::verify` compares in constant time.
    let matches = secrets.0.iter().any(|secret| {
        let key = secret.key();
        tags.iter()
            .any(|tag| hmac::verify(&key, &content, tag).is_ok())
    });
    matches.then_some(()).ok_or(VerifyError::NoMatch)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Vectors of the specification's own libraries: secret, identifier, seconds, body, signature.
    const VECTORS: [(&str, &str, i64, &str, &str); 2] = [
        (
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            r#"{"test": 2432232314}"#,
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        ),
        (
            "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
            "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
            1_649_367_553,
            r#"{"email":"test@example.com","username":"test_user"}"#,
            "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
        ),
    ];

    fn secrets(text: &str) -> Secrets {
        Secrets::new(Secret::parse(text).unwrap(), [])
    }

    /// A signed webhook, to be spoiled.
    struct Sent {
        secrets: Secrets,
        id: String,
        timestamp: String,
        signature: String,
        body: Vec<u8>,
        now: Timestamp,
    }

    impl Sent {
        fn golden() -> Self {
            let (secret, id, seconds, body, signature) = VECTORS[0];
            Self {
                secrets: secrets(secret),
                id: id.to_owned(),
                timestamp: seconds.to_string(),
                signature: signature.to_owned(),
                body: body.as_bytes().to_vec(),
                now: Timestamp(seconds * 1_000_000),
            }
        }

        fn verify(&self) -> Result<(), VerifyError> {
            let headers = Headers {
                id: &self.id,
                timestamp: &self.timestamp,
                signature: &self.signature,
            };
            verify(&self.secrets, headers, &self.body, self.now, TOLERANCE)
        }
    }

    #[test]
    fn signs_as_the_specification_does() {
        for (secret, id, seconds, body, signature) in VECTORS {
            let id = MessageId::parse(id).unwrap();
            let at = Timestamp(seconds * 1_000_000 + 999_999);
            assert_eq!(
                sign(&secrets(secret), &id, at, body.as_bytes()),
                signature,
                "{id:?}"
            );
        }
    }

    #[test]
    fn believes_what_was_signed() {
        assert_eq!(Sent::golden().verify(), Ok(()));
    }

    #[test]
    fn finds_every_planted_change() {
        type Spoil = fn(&mut Sent);
        let spoils: [(&str, Spoil); 9] = [
            ("body", |s| s.body[0] ^= 1),
            ("longer body", |s| s.body.push(b' ')),
            ("id", |s| s.id.push('x')),
            ("timestamp", |s| s.timestamp = "1614265331".to_owned()),
            ("leading zero", |s| s.timestamp.insert(0, '0')),
            ("signature", |s| s.signature = s.signature.replace('g', "h")),
            ("cut", |s| s.signature.truncate(20)),
            ("none", |s| s.signature.clear()),
            ("secret", |s| s.secrets = secrets(VECTORS[1].0)),
        ];
        for (name, spoil) in spoils {
            let mut sent = Sent::golden();
            spoil(&mut sent);
            assert_eq!(sent.verify(), Err(VerifyError::NoMatch), "{name}");
        }
    }

    #[test]
    fn another_scheme_is_no_signature() {
        for scheme in ["v1a", "v2", "V1", ""] {
            let mut sent = Sent::golden();
            sent.signature = sent.signature.replacen("v1", scheme, 1);
            assert_eq!(sent.verify(), Err(VerifyError::NoMatch), "{scheme}");
            sent.signature = format!("{} {}", sent.signature, VECTORS[0].4);
            assert_eq!(sent.verify(), Ok(()), "{scheme}");
        }
    }

    #[test]
    fn a_timestamp_must_be_near_and_a_number() {
        let at = |seconds: i64| {
            let mut sent = Sent::golden();
            sent.now = Timestamp(sent.now.0 + seconds * 1_000_000);
            sent.verify()
        };
        assert_eq!(at(TOLERANCE), Ok(()));
        assert_eq!(at(-TOLERANCE), Ok(()));
        assert_eq!(at(TOLERANCE + 1), Err(VerifyError::TooOld));
        assert_eq!(at(-TOLERANCE - 1), Err(VerifyError::InTheFuture));
        for text in ["", " ", "now", "1614265330.5", "+1614265330", "-1", "0x1"] {
            let mut sent = Sent::golden();
            sent.timestamp = text.to_owned();
            assert_eq!(
                sent.verify(),
                Err(VerifyError::TimestampMalformed),
                "{text:?}"
            );
        }
    }

    #[test]
    fn while_a_secret_is_rotated_holders_of_either_believe() {
        let old = Secret::generate().unwrap();
        let new = Secret::generate().unwrap();
        let both = Secrets::new(new.clone(), [old.clone()]);
        let mut sent = Sent::golden();
        let id = MessageId::parse(&sent.id).unwrap();
        sent.signature = sign(&both, &id, sent.now, &sent.body);
        assert_eq!(sent.signature.split(' ').count(), 2);
        for secret in [old, new] {
            sent.secrets = Secrets::new(secret, []);
            assert_eq!(sent.verify(), Ok(()));
        }
        sent.secrets = Secrets::new(Secret::generate().unwrap(), []);
        assert_eq!(sent.verify(), Err(VerifyError::NoMatch));
    }

    #[test]
    fn a_fresh_secret_reads_back_and_is_never_the_same() {
        let secret = Secret::generate().unwrap();
        let text = secret.reveal();
        assert_eq!(text.len(), SECRET_PREFIX.len() + 44);
        assert_eq!(Secret::parse(&text).unwrap().as_bytes(), secret.as_bytes());
        assert_ne!(Secret::generate().unwrap().as_bytes(), secret.as_bytes());
        assert!(secret.as_bytes().iter().any(|b| *b != 0));
    }

    #[test]
    fn refuses_what_is_no_secret() {
        let of = |bytes: usize| format!("whsec_{}", STANDARD.encode(vec![7; bytes]));
        for (text, error) in [
            (of(23), SecretError::Length),
            (of(65), SecretError::Length),
            (of(0), SecretError::Length),
            (of(32).replace("whsec_", ""), SecretError::Prefix),
            (of(32).replace("whsec_", "whsk_"), SecretError::Prefix),
            (of(32).replace("whsec_", "WHSEC_"), SecretError::Prefix),
            (of(32).replace('=', ""), SecretError::Base64),
            (format!("{} ", of(24)), SecretError::Base64),
            (of(32).replace('B', "-"), SecretError::Base64),
        ] {
            assert_eq!(Secret::parse(&text).map(|_| ()), Err(error), "{text}");
        }
        for fits in [24, 32, 64] {
            let secret = Secret::parse(&of(fits)).unwrap();
            assert_eq!(secret.as_bytes(), vec![7; fits]);
            assert_eq!(*secret.reveal(), of(fits));
        }
    }

    #[test]
    fn an_identifier_cannot_move_the_full_stops() {
        for text in ["", "a.b", "a b", "a\nb", "é", &"x".repeat(65)] {
            assert_eq!(MessageId::parse(text), None, "{text:?}");
        }
        for text in ["a", "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W", &"x".repeat(64)] {
            assert_eq!(MessageId::parse(text).unwrap().as_str(), text);
        }
        let id = MessageId::from(Uuid::from_u128(5));
        assert_eq!(MessageId::parse(id.as_str()), Some(id));
    }

    #[test]
    fn prints_no_secret() {
        let (text, ..) = VECTORS[0];
        assert_eq!(format!("{:?}", secrets(text)), "Secrets([Secret(..)])");
    }
}
