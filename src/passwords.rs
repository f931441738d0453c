//! Passwords of people: which are taken, and the slow hash that is kept of one.

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};

/// The fewest characters of a password: long ones are what guessing fails at (OWASP ASVS 5.0,
/// 6.2.1).
pub const LEAST: usize = 12;
/// The most characters, so that hashing one is no attack.
pub const MOST: usize = 128;
/// Fewer different characters than this are no password however often they are repeated.
const DIFFERENT: usize = 6;

/// A hash of nobody's password with the same cost: what is compared when a login does not exist,
/// so that the answer takes as long.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGhhcyB0aGlz$\
    3Gd1m4dFJ3Yb5mH7m3c1Q0m7b1o2sZ7dQn1cQ3o5m0k";

/// Why a password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weakness {
    /// Fewer than [`LEAST`] characters.
    TooShort,
    /// More than [`MOST`] characters.
    TooLong,
    /// It repeats a few characters.
    Repeated,
    /// It holds the login, or a word that everybody tries.
    Guessable,
}

/// Parts that are tried first; a password is not made of one and a few more characters.
const TRIED_FIRST: [&str; 12] = [
    "password", "passw0rd", "12345678", "87654321", "qwertyui", "1qaz2wsx", "asdfghjk", "abcdefgh",
    "iloveyou", "admin123", "woaini", "tradein",
];

/// Whether a password may be chosen for a login.
///
/// # Errors
/// The first [`Weakness`] that was found.
pub fn check(password: &str, login: &str) -> Result<(), Weakness> {
    let characters: Vec<char> = password.chars().collect();
    if characters.len() < LEAST {
        return Err(Weakness::TooShort);
    }
    if characters.len() > MOST {
        return Err(Weakness::TooLong);
    }
    let mut different = characters;
    different.sort_unstable();
    different.dedup();
    if different.len() < DIFFERENT {
        return Err(Weakness::Repeated);
    }
    let small = password.to_lowercase();
    let login = login.to_lowercase();
    let rest = |part: &str| small.chars().count() - part.chars().count();
    let made_of = |part: &str| small.contains(part) && rest(part) < LEAST - 2;
    if (login.chars().count() > 3 && made_of(&login)) || TRIED_FIRST.iter().any(|w| made_of(w)) {
        return Err(Weakness::Guessable);
    }
    Ok(())
}

/// The slow hash of a password with a fresh salt, in the PHC string format (Argon2id, 19 MiB, two
/// passes: the least that OWASP recommends). `None` when the system gives no random bytes.
pub fn hash(password: &str) -> Option<String> {
    let mut salt = [0; 16];
    aws_lc_rs::rand::fill(&mut salt).ok()?;
    let hash = Argon2::default().hash_password_with_salt(password.as_bytes(), &salt);
    Some(hash.ok()?.to_string())
}

/// Whether a password is the one of a hash. Without a hash it never is, and that takes as long.
pub fn matches(password: &str, hash: Option<&str>) -> bool {
    let verified = Argon2::default().verify_password(password.as_bytes(), hash.unwrap_or(NOBODY));
    verified.is_ok() && hash.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_matched_by_its_password_alone() {
        let one = hash("correct horse battery").unwrap();
        let other = hash("correct horse battery").unwrap();
        assert_ne!(one, other);
        assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
        assert!(matches("correct horse battery", Some(&one)));
        assert!(!matches("correct horse batterz", Some(&one)));
        assert!(!matches("correct horse battery", None));
        assert!(!matches("", Some("no hash")));
    }

    #[test]
    fn the_hash_of_nobody_is_reckoned_in_full() {
        // Were it malformed, a login that does not exist would be answered at once.
        assert!(argon2::password_hash::phc::PasswordHash::new(NOBODY).is_ok());
    }

    #[test]
    fn what_is_guessed_first_is_not_taken() {
        for (password, weakness) in [
            ("short", Weakness::TooShort),
            ("elevenchars", Weakness::TooShort),
            (&"x1y2z3".repeat(30), Weakness::TooLong),
            ("aaaaaaaaaaaabbb", Weakness::Repeated),
            ("Password1234", Weakness::Guessable),
            ("wang.li-2025", Weakness::Guessable),
        ] {
            assert_eq!(check(password, "wang.li"), Err(weakness), "{password}");
        }
        for password in ["correct horse battery", "济源市商务局的门口有三棵老槐树"] {
            assert_eq!(check(password, "wang.li"), Ok(()), "{password}");
        }
    }
}
