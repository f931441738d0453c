//! The names of stored papers, and what their sealed bytes are bound to.

use super::PaperStoreError;
use crate::domain::ids::ClaimId;
use crate::journal::canonical::{hex, parse_hex32};

/// Bytes of the longest word of a paper.
const WORD_MAX: usize = 64;

/// What a sealed paper is bound to: it opens for no other claim, as no other paper, and with no
/// other content.
pub fn paper_aad(claim: ClaimId, paper: &str, sha256: &[u8; 32]) -> Vec<u8> {
    // Only the word's length varies, and it stands last, so no two triples give the same bytes.
    [
        b"tradein.paper.sealed.v1\n".as_slice(),
        claim.0.as_bytes(),
        sha256,
        paper.as_bytes(),
    ]
    .concat()
}

/// `claim/paper/sha256`: nothing that a client wrote, and the same content has the same name.
pub(super) fn name(
    claim: ClaimId,
    paper: &str,
    sha256: &[u8; 32],
) -> Result<String, PaperStoreError> {
    if !is_word(paper) {
        return Err(PaperStoreError::Word);
    }
    Ok(format!("{claim}/{paper}/{}", hex(sha256)))
}

/// Whether a text is a name that [`name`] gives: it then leads nowhere else.
pub(super) fn is_name(text: &str) -> bool {
    let mut parts = text.split('/');
    let (Some(claim), Some(paper), Some(sha256), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    ClaimId::parse(claim).is_some_and(|id| id.to_string() == claim)
        && is_word(paper)
        && parse_hex32(sha256).is_some()
}

fn is_word(text: &str) -> bool {
    (1..=WORD_MAX).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn names_are_made_of_checked_parts_only() {
        let claim = ClaimId(Uuid::from_u128(0xa1));
        let good = name(claim, "invoice_copy", &[0xab; 32]).unwrap();
        assert_eq!(
            good,
            format!(
                "00000000-0000-0000-0000-0000000000a1/invoice_copy/{}",
                "ab".repeat(32)
            )
        );
        assert!(is_name(&good));
        let longest = "a".repeat(WORD_MAX);
        assert!(name(claim, &longest, &[0; 32]).is_ok());
        for word in [
            "",
            ".",
            "..",
            "../x",
            "a/b",
            "a\\b",
            "A",
            "a-b",
            "a.b",
            "发票",
            "a\0",
            " a",
            &"a".repeat(WORD_MAX + 1),
        ] {
            let made = name(claim, word, &[0; 32]);
            assert!(matches!(made, Err(PaperStoreError::Word)), "{word:?}");
            assert!(!is_name(&good.replace("invoice_copy", word)), "{word:?}");
        }
        for other in [
            good.to_uppercase(),
            format!("/{good}"),
            format!("{good}/"),
            format!("{good}/x"),
            format!("../{good}"),
            good.replace('-', ""),
            good.replacen("00000000", "........", 1),
            good[..good.len() - 1].to_owned(),
            "/etc/passwd".to_owned(),
            String::new(),
        ] {
            assert!(!is_name(&other), "{other}");
        }
    }

    #[test]
    fn each_part_of_the_binding_counts() {
        let claim = |n| ClaimId(Uuid::from_u128(n));
        let aad = paper_aad(claim(1), "invoice", &[1; 32]);
        assert_eq!(aad, paper_aad(claim(1), "invoice", &[1; 32]));
        for other in [
            paper_aad(claim(2), "invoice", &[1; 32]),
            paper_aad(claim(1), "invoice_", &[1; 32]),
            paper_aad(claim(1), "invoice", &[2; 32]),
        ] {
            assert_ne!(aad, other);
        }
    }
}
