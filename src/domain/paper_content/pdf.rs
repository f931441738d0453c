//! PDF: its header, its end, and whether it is encrypted (ISO 32000-2, 7.5).

use super::{ContentError, bytes_at};

pub(super) const SIGNATURE: &[u8] = b"%PDF-";

/// How far before the last byte the end may begin. Readers are used to bytes behind `%%EOF`
/// (Adobe PDF Reference 1.7, appendix H.3: it is looked for in the last 1024).
pub(super) const END_WITHIN: usize = 2048;

const END: &[u8] = b"%%EOF";

pub(super) fn check(bytes: &[u8]) -> Result<(), ContentError> {
    let version: [u8; 3] = bytes_at(bytes, SIGNATURE.len()).ok_or(ContentError::Damaged)?;
    if !matches!(version, [b'1' | b'2', b'.', b'0'..=b'9']) {
        return Err(ContentError::Damaged);
    }
    // An upload that broke off has lost its end. What is shorter than the span in which the end
    // is looked for is no scan that broke off, and readers repair it.
    let tail = bytes.len().checked_sub(END_WITHIN).map(|at| &bytes[at..]);
    if tail.is_some_and(|tail| !tail.windows(END.len()).any(|part| part == END)) {
        return Err(ContentError::Damaged);
    }
    if is_encrypted(bytes) {
        return Err(ContentError::Encrypted);
    }
    Ok(())
}

/// Whether the name `/Encrypt` stands in the file. Its place is the trailer or the dictionary of a
/// cross-reference stream (7.5.5, 7.5.8.2), which are never compressed. The whole file is searched
/// instead of following offsets, which real files often have wrong; the price is that a file that
/// spells out this name in readable text is refused, too.
fn is_encrypted(bytes: &[u8]) -> bool {
    bytes.split(|b| *b == b'/').skip(1).any(|name| {
        name.strip_prefix(b"Encrypt")
            .and_then(|rest| rest.first())
            .is_some_and(|next| !next.is_ascii_alphanumeric())
    })
}
