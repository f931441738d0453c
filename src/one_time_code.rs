//! One-time codes of an authenticator (RFC 6238): six digits that change every thirty seconds.

use totp_rs::{Builder, Totp};

use crate::domain::time::Timestamp;

/// Bytes of a secret: as many as the hash has (RFC 4226, 4).
pub const SECRET: usize = 20;
/// Seconds for which a code is shown.
const STEP: i64 = 30;

/// The time step whose code it is: the present one, or its neighbour, because clocks differ.
/// `None` for a wrong code, and for a secret of another length.
pub fn step_of(secret: &[u8], code: &str, at: Timestamp) -> Option<i64> {
    let seconds = u64::try_from(at.0 / 1_000_000).ok()?;
    let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let step = generator(secret)?.check(&digits, seconds)?;
    i64::try_from(step).ok()
}

/// The code of a secret at an instant; `None` for a secret of another length.
pub fn code(secret: &[u8], at: Timestamp) -> Option<String> {
    let seconds = u64::try_from(at.0 / 1_000_000).ok()?;
    Some(generator(secret)?.generate(seconds).to_string())
}

/// A secret as people type it.
pub fn spelled(secret: &[u8]) -> String {
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut text = String::new();
    let (mut held, mut bits) = (0_u32, 0);
    for byte in secret {
        held = (held << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(char::from(letters[(held >> bits) as usize & 31]));
        }
    }
    if bits > 0 {
        text.push(char::from(letters[(held << (5 - bits)) as usize & 31]));
    }
    text
}

/// The address that an authenticator reads from a picture.
pub fn address(secret: &[u8], login: &str, issuer: &str) -> String {
    let mut label = url::form_urlencoded::byte_serialize(issuer.as_bytes()).collect::<String>();
    label.push(':');
    label.extend(url::form_urlencoded::byte_serialize(login.as_bytes()));
    let issuer: String = url::form_urlencoded::byte_serialize(issuer.as_bytes()).collect();
    let plus_free = |text: String| text.replace('+', "%20");
    format!(
        "otpauth://totp/{}?secret={}&issuer={}&digits=6&period={STEP}",
        plus_free(label),
        spelled(secret),
        plus_free(issuer)
    )
}

fn generator(secret: &[u8]) -> Option<Totp> {
    if secret.len() != SECRET {
        return None;
    }
    let built = Builder::new().with_secret(secret.to_vec()).with_skew(1);
    built.build().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"12345678901234567890";

    fn at(seconds: i64) -> Timestamp {
        Timestamp(seconds * 1_000_000)
    }

    /// RFC 6238, appendix B, the last six of eight digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        for (seconds, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
        ] {
            assert_eq!(code(SECRET, at(seconds)).unwrap(), expected);
            assert_eq!(step_of(SECRET, expected, at(seconds)), Some(seconds / 30));
        }
    }

    #[test]
    fn a_code_is_good_for_its_step_and_the_neighbours() {
        let seconds = 1_234_567_890;
        let step = seconds / 30;
        for late in [-30, 0, 30] {
            assert_eq!(step_of(SECRET, "005 924", at(seconds + late)), Some(step));
        }
        for late in [-60, 60, 90] {
            assert_eq!(step_of(SECRET, "005924", at(seconds + late)), None);
        }
        for wrong in ["005925", "5924", "", "0059240", "００５９２４"] {
            assert_eq!(step_of(SECRET, wrong, at(seconds)), None, "{wrong}");
        }
        assert_eq!(step_of(b"short", "005924", at(seconds)), None);
    }

    #[test]
    fn a_secret_is_spelled_as_authenticators_read_it() {
        assert_eq!(spelled(SECRET), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(spelled(b"f"), "MY");
        let address = address(SECRET, "wang li", "济源");
        assert_eq!(
            address,
            "otpauth://totp/%E6%B5%8E%E6%BA%90:wang%20li?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=%E6%B5%8E%E6%BA%90&digits=6&period=30"
        );
    }
}
