//! The Luhn sum (ISO/IEC 7812-1, annex B) of cards and of IMEIs.

/// Whether the last digit agrees with the ones before it. `digits` holds ASCII digits only.
pub(super) fn agrees(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let value = u32::from(digit - b'0');
            match (place % 2, value) {
                (0, _) => value,
                (_, 0..=4) => value * 2,
                _ => value * 2 - 9,
            }
        })
        .sum();
    sum.is_multiple_of(10)
}
