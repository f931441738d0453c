//! Claim numbers: `JY25-0000123-7`, a series, an ordinal, and a check digit.

/// The number of the `ordinal`th verdict of a series.
pub fn format(series: &str, ordinal: i64) -> String {
    let body = format!("{series}-{ordinal:07}");
    let check = check_digit(&body);
    format!("{body}-{check}")
}

/// Whether `text` is a number as [`format`] makes them: a wrong digit or a swapped pair shows.
pub fn is_valid(text: &str) -> bool {
    match text.rsplit_once('-') {
        Some((body, check)) => {
            body.len() >= 10
                && body
                    .bytes()
                    .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-')
                && check == check_digit(body).to_string()
        }
        None => false,
    }
}

/// Luhn's sum over the digits, letters counting as two digits (10 to 35), as ISO 6166 does.
fn check_digit(body: &str) -> u32 {
    let mut digits = Vec::with_capacity(body.len() * 2);
    for c in body.chars().filter_map(|c| c.to_digit(36)) {
        if c >= 10 {
            digits.push(c / 10);
        }
        digits.push(c % 10);
    }
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(i, d)| {
            if i % 2 == 0 {
                d * 2 / 10 + d * 2 % 10
            } else {
                *d
            }
        })
        .sum();
    (10 - sum % 10) % 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_a_series_an_ordinal_and_a_check() {
        let number = format("JY26", 123);
        assert!(number.starts_with("JY26-0000123-"), "{number}");
        assert!(is_valid(&number));
    }

    #[test]
    fn one_wrong_digit_shows() {
        let number = format("JY26B", 9_876_543);
        for (i, c) in number.char_indices().filter(|(_, c)| c.is_ascii_digit()) {
            for other in '0'..='9' {
                let mut wrong = number.clone();
                wrong.replace_range(i..=i, &other.to_string());
                assert_eq!(is_valid(&wrong), other == c, "{wrong}");
            }
        }
    }

    #[test]
    fn nonsense_is_no_number() {
        for text in [
            "",
            "-",
            "JY26",
            "JY26-0000123",
            "jy26-0000123-7",
            "JY26-0000123-77",
            "王-1",
        ] {
            assert!(!is_valid(text), "{text}");
        }
    }
}
