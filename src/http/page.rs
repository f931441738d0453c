//! Lists: `items`, and an opaque `next_cursor` that is null at the end.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use crate::domain::defect::DefectCode;

/// One page of a list.
#[derive(Debug, Serialize)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// What to send as `cursor` for the next page.
    pub next_cursor: Option<String>,
}

/// A cursor that stands after the item with this key.
pub fn cursor_after(key: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(key)
}

/// The key in a cursor.
///
/// # Errors
/// [`DefectCode::Format`] for what this service has not given out.
pub fn read_cursor(text: &str) -> Result<Vec<u8>, DefectCode> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| DefectCode::Format)
}

/// The page after `cursor` of a whole list, in the order of its keys.
pub fn page_of<T>(
    mut all: Vec<T>,
    key: impl Fn(&T) -> &str,
    cursor: Option<&[u8]>,
    limit: u32,
) -> Page<T> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if let Some(cursor) = cursor {
        all.retain(|item| key(item).as_bytes() > cursor);
    }
    all.sort_by(|a, b| key(a).cmp(key(b)));
    let more = all.len() > limit;
    all.truncate(limit);
    let next_cursor = all
        .last()
        .filter(|_| more)
        .map(|last| cursor_after(key(last).as_bytes()));
    Page {
        items: all,
        next_cursor,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_put_together_are_the_list() {
        let all: Vec<String> = (0..25)
            .map(|i| format!("item-{:02}", (i * 7) % 25))
            .collect();
        for limit in [1, 2, 7, 24, 25, 100] {
            let mut seen = Vec::new();
            let mut cursor: Option<Vec<u8>> = None;
            loop {
                let page = page_of(all.clone(), |item| item, cursor.as_deref(), limit);
                seen.extend(page.items);
                match page.next_cursor {
                    Some(next) => cursor = Some(read_cursor(&next).unwrap()),
                    None => break,
                }
            }
            let mut expected = all.clone();
            expected.sort();
            assert_eq!(seen, expected, "limit {limit}");
        }
    }
}
