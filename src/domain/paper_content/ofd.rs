//! OFD: a ZIP archive whose main entry is `OFD.xml` at its root (GB/T 33190-2016).
//!
//! Only the directory at the end of the archive and the head of each entry are read
//! (PKWARE APPNOTE 6.3, 4.3); nothing is unpacked.

use super::{ContentError, bytes_at};

pub(super) const SIGNATURE: &[u8] = b"PK\x03\x04";

/// What makes an archive an OFD.
const ROOT: &[u8] = b"OFD.xml";
/// What an OFD has whose parts are encrypted in their own way (GM/T 0099-2020).
const KEYS: &[u8] = b"Encryptions.xml";
/// Entries that an archive may have: an invoice has some twenty.
const ENTRIES: u16 = 1000;
/// Bytes that all entries together may state to have when unpacked.
const UNPACKED: u64 = 200 << 20;

const END_SIGNATURE: &[u8] = b"PK\x05\x06";
const END_LEN: usize = 22;
const ENTRY_SIGNATURE: &[u8; 4] = b"PK\x01\x02";
const ENTRY_LEN: usize = 46;
const HEAD_LEN: usize = 30;

/// Encryption, strong encryption, masked directory (4.4.4).
const ENCRYPTED: u16 = 1 | 1 << 6 | 1 << 13;
/// The method that stands for AES encryption.
const METHOD_AES: u16 = 99;

pub(super) fn check(bytes: &[u8]) -> Result<(), ContentError> {
    let end = read_end(bytes).ok_or(ContentError::Damaged)?;
    if end.entries > ENTRIES {
        return Err(ContentError::TooLarge);
    }
    let directory = bytes
        .get(end.directory_at..end.at)
        .ok_or(ContentError::Damaged)?;
    let packed = &bytes[..end.directory_at];
    let (mut at, mut unpacked, mut roots) = (0, 0u64, 0);
    for _ in 0..end.entries {
        let entry = read_entry(directory, at).ok_or(ContentError::Damaged)?;
        at += entry.len;
        let sealed = entry.flags & ENCRYPTED != 0 || entry.method == METHOD_AES;
        if sealed || entry.name.eq_ignore_ascii_case(KEYS) {
            return Err(ContentError::Encrypted);
        }
        // Stored or deflated: nothing else is used in documents.
        if !matches!(entry.method, 0 | 8) || !has_head(packed, &entry) {
            return Err(ContentError::Damaged);
        }
        unpacked += u64::from(entry.unpacked);
        roots += usize::from(entry.name == ROOT);
    }
    if at != directory.len() {
        return Err(ContentError::Damaged);
    }
    if unpacked > UNPACKED {
        return Err(ContentError::TooLarge);
    }
    match roots {
        0 => Err(ContentError::TypeUnknown),
        1 => Ok(()),
        // Two programs could open two different documents.
        _ => Err(ContentError::Damaged),
    }
}

/// The record that ends an archive.
struct End {
    /// Where it stands, and the directory ends.
    at: usize,
    directory_at: usize,
    entries: u16,
}

/// Finds the end: the last place whose comment reaches exactly to the last byte. Archives in parts
/// and those with 64-bit sizes are not read: no paper is so large.
fn read_end(bytes: &[u8]) -> Option<End> {
    let last = bytes.len().checked_sub(END_LEN)?;
    let first = last.saturating_sub(usize::from(u16::MAX));
    let at = (first..=last).rev().find(|at| {
        bytes[*at..].starts_with(END_SIGNATURE)
            && u16_at(bytes, at + 20).is_some_and(|n| at + END_LEN + usize::from(n) == bytes.len())
    })?;
    let entries = u16_at(bytes, at + 10)?;
    let size = u32_at(bytes, at + 12)?;
    let directory_at = usize::try_from(u32_at(bytes, at + 16)?).ok()?;
    let whole = u32_at(bytes, at + 4)? == 0
        && u16_at(bytes, at + 8)? == entries
        && directory_at.checked_add(usize::try_from(size).ok()?) == Some(at);
    whole.then_some(End {
        at,
        directory_at,
        entries,
    })
}

/// An entry of the directory.
struct Entry<'a> {
    name: &'a [u8],
    flags: u16,
    method: u16,
    packed: u32,
    unpacked: u32,
    head_at: u32,
    /// Bytes that it has in the directory.
    len: usize,
}

fn read_entry(directory: &[u8], at: usize) -> Option<Entry<'_>> {
    let entry = directory.get(at..)?;
    if !entry.starts_with(ENTRY_SIGNATURE) {
        return None;
    }
    let name_len = usize::from(u16_at(entry, 28)?);
    let more = usize::from(u16_at(entry, 30)?) + usize::from(u16_at(entry, 32)?);
    let len = ENTRY_LEN + name_len + more;
    let entry = entry.get(..len)?;
    Some(Entry {
        name: &entry[ENTRY_LEN..ENTRY_LEN + name_len],
        flags: u16_at(entry, 8)?,
        method: u16_at(entry, 10)?,
        packed: u32_at(entry, 20)?,
        unpacked: u32_at(entry, 24)?,
        head_at: u32_at(entry, 42)?,
        len,
    })
}

/// Whether the entry's own head says the same as the directory, and its data is all there. A
/// program that reads from the front must not see another document.
fn has_head(packed: &[u8], entry: &Entry<'_>) -> bool {
    let read = || {
        let head = packed.get(usize::try_from(entry.head_at).ok()?..)?;
        let name_len = usize::from(u16_at(head, 26)?);
        let data_at = HEAD_LEN + name_len + usize::from(u16_at(head, 28)?);
        let data = head.get(data_at..)?;
        let same = head.starts_with(SIGNATURE)
            && u16_at(head, 8)? == entry.method
            && u16_at(head, 6)? & ENCRYPTED == 0
            && head.get(HEAD_LEN..HEAD_LEN + name_len)? == entry.name;
        Some(same && data.len() >= usize::try_from(entry.packed).ok()?)
    };
    read().unwrap_or(false)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes_at(bytes, at).map(u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes_at(bytes, at).map(u32::from_le_bytes)
}
