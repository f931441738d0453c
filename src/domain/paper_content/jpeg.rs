//! JPEG: the chain of marker segments (ITU-T T.81, annex B).

use super::{ContentError, bytes_at};

pub(super) const SIGNATURE: &[u8] = b"\xff\xd8\xff";

const START_OF_SCAN: u8 = 0xda;
const END_OF_IMAGE: u8 = 0xd9;

/// Width and height.
pub(super) fn size(bytes: &[u8]) -> Result<(u32, u32), ContentError> {
    let mut size = None;
    let mut scanned = false;
    // Behind the start of the image, which has no length.
    let mut at = 2;
    loop {
        let (marker, behind) = marker(bytes, at).ok_or(ContentError::Damaged)?;
        if marker == END_OF_IMAGE {
            return size.filter(|_| scanned).ok_or(ContentError::Damaged);
        }
        let segment = segment(bytes, behind).ok_or(ContentError::Damaged)?;
        at = behind + segment.len();
        match marker {
            // Baseline, extended and progressive: what viewers show.
            0xc0..=0xc2 => {
                let found = read_frame(segment).ok_or(ContentError::Damaged)?;
                // A second frame could state another size than the one that is checked.
                if size.replace(found).is_some() {
                    return Err(ContentError::Damaged);
                }
            }
            // Tables and the list of extensions have numbers among those of the frames.
            0xc4 | 0xc8 | 0xcc => {}
            // Lossless, hierarchical and arithmetic frames.
            0xc3..=0xcf => return Err(ContentError::TypeUnknown),
            START_OF_SCAN if size.is_none() => return Err(ContentError::Damaged),
            START_OF_SCAN => {
                scanned = true;
                at += scan_len(bytes.get(at..).unwrap_or_default());
            }
            // Markers without a length have no place outside a scan.
            0x00 | 0x01 | 0xd0..=0xd8 => return Err(ContentError::Damaged),
            _ => {}
        }
    }
}

/// The marker at `at` and what is behind it; any number of fill bytes may precede it (B.1.1.2).
fn marker(bytes: &[u8], at: usize) -> Option<(u8, usize)> {
    let rest = bytes.get(at..)?;
    let fill = rest.iter().take_while(|b| **b == 0xff).count();
    if fill == 0 {
        return None;
    }
    Some((*rest.get(fill)?, at + fill + 1))
}

/// A segment from its length, which counts itself, to its last byte.
fn segment(bytes: &[u8], at: usize) -> Option<&[u8]> {
    let length = usize::from(u16::from_be_bytes(bytes_at(bytes, at)?));
    if length < 2 {
        return None;
    }
    bytes.get(at..)?.get(..length)
}

/// Width and height of a frame (B.2.2). A height of zero, to be stated behind the first scan, is
/// not used by cameras.
fn read_frame(segment: &[u8]) -> Option<(u32, u32)> {
    let [_, _, precision, h0, h1, w0, w1, components]: [u8; 8] = bytes_at(segment, 0)?;
    let sane = matches!(precision, 8 | 12)
        && matches!(components, 1 | 3 | 4)
        && segment.len() == 8 + 3 * usize::from(components);
    sane.then(|| {
        (
            u16::from_be_bytes([w0, w1]).into(),
            u16::from_be_bytes([h0, h1]).into(),
        )
    })
}

/// Bytes of coded data: up to the first marker that neither restarts the coding nor is a
/// stuffed zero (B.1.1.5).
fn scan_len(coded: &[u8]) -> usize {
    coded
        .windows(2)
        .position(|pair| pair[0] == 0xff && !matches!(pair[1], 0x00 | 0xff | 0xd0..=0xd7))
        .unwrap_or(coded.len())
}
