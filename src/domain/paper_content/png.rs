//! PNG: the header and the chain of chunks (W3C PNG, third edition, clauses 5 and 11).

use super::{ContentError, bytes_at};

pub(super) const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Length and type before a chunk's data.
const CHUNK_HEAD: usize = 8;
/// The check value behind it.
const CHUNK_TAIL: usize = 4;

/// Width and height.
pub(super) fn size(bytes: &[u8]) -> Result<(u32, u32), ContentError> {
    let (header, after) = chunk(bytes, SIGNATURE.len())?;
    let size = (header.kind == *b"IHDR")
        .then(|| read_header(header.data))
        .flatten()
        .ok_or(ContentError::Damaged)?;
    walk(bytes, after)?;
    Ok(size)
}

struct Chunk<'a> {
    kind: [u8; 4],
    data: &'a [u8],
}

/// The chunk at `at` and where the next one begins.
fn chunk(bytes: &[u8], at: usize) -> Result<(Chunk<'_>, usize), ContentError> {
    let read = || {
        let length = u32::from_be_bytes(bytes_at(bytes, at)?);
        let kind: [u8; 4] = bytes_at(bytes, at + 4)?;
        let rest = bytes.get(at + CHUNK_HEAD..)?;
        let data = rest.get(..usize::try_from(length).ok()?)?;
        rest.get(data.len()..)?.get(..CHUNK_TAIL)?;
        Some((
            Chunk { kind, data },
            at + CHUNK_HEAD + data.len() + CHUNK_TAIL,
        ))
    };
    read().ok_or(ContentError::Damaged)
}

/// Width and height, where the rest of the header is one of the allowed ones (11.2.1).
fn read_header(data: &[u8]) -> Option<(u32, u32)> {
    let data: &[u8; 13] = data.try_into().ok()?;
    let [
        w0,
        w1,
        w2,
        w3,
        h0,
        h1,
        h2,
        h3,
        depth,
        colour,
        packing,
        filter,
        interlace,
    ] = *data;
    let sane = matches!(
        (colour, depth),
        (0, 1 | 2 | 4 | 8 | 16) | (3, 1 | 2 | 4 | 8) | (2 | 4 | 6, 8 | 16)
    ) && packing == 0
        && filter == 0
        && interlace <= 1;
    sane.then(|| {
        (
            u32::from_be_bytes([w0, w1, w2, w3]),
            u32::from_be_bytes([h0, h1, h2, h3]),
        )
    })
}

/// Follows the chunks to the end, past at least one with pixels.
fn walk(bytes: &[u8], mut at: usize) -> Result<(), ContentError> {
    let mut pixels = false;
    loop {
        let (found, next) = chunk(bytes, at)?;
        match &found.kind {
            b"IDAT" => pixels = true,
            // A second header could state another size than the one that was checked.
            b"IHDR" => return Err(ContentError::Damaged),
            b"IEND" if pixels && found.data.is_empty() => return Ok(()),
            b"IEND" => return Err(ContentError::Damaged),
            _ => {}
        }
        at = next;
    }
}
