//! The published checks once more, each computed in another way than the product does, and each
//! with a fault of the kind that is really made.

/// ISO 7064 MOD 11-2 as the standard defines it, by recursion, without GB 11643's table of weights.
fn mod_11_2(digits: &[u32], carry: u32, modulus: u32) -> u32 {
    match digits {
        [] => carry,
        [first, rest @ ..] => mod_11_2(rest, (carry + first) * 2 % modulus, modulus),
    }
}

fn resident_sum_agrees(text: &str, modulus: u32) -> bool {
    let values: Option<Vec<u32>> = text
        .char_indices()
        .map(|(place, c)| match (place, c) {
            (17, 'X') => Some(10),
            _ => c.to_digit(10),
        })
        .collect();
    match values.as_deref() {
        Some([digits @ .., check]) if digits.len() == 17 => {
            (mod_11_2(digits, 0, modulus) + check) % modulus == 1
        }
        _ => false,
    }
}

/// Whether the eight characters name a day that was before 2026-11-23, by the rules of the calendar.
fn born(day: &str) -> bool {
    let number = |text: &str| text.parse::<u32>().unwrap_or(0);
    let (year, month, date) = (number(&day[..4]), number(&day[4..6]), number(&day[6..]));
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let length = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=length).contains(&date) && ("19000101".."20261123").contains(&day)
}

pub fn resident_id(text: &str) -> bool {
    resident_sum_agrees(text, 11) && born(&text[6..14])
}

/// The fault: modulus ten.
pub fn resident_id_planted(text: &str) -> bool {
    resident_sum_agrees(text, 10) && born(&text[6..14])
}

/// The check character's value by Horner's rule from the right.
fn uscc_check(text: &str) -> Option<(usize, usize)> {
    let value = |c| "0123456789ABCDEFGHJKLMNPQRTUWXY".find(c);
    let values: Option<Vec<usize>> = text.chars().map(value).collect();
    let values = values.filter(|values| values.len() == 18)?;
    let sum = values[..17]
        .iter()
        .rev()
        .fold(0, |sum, v| (sum * 3 + v) % 31);
    Some((31 - sum, values[17]))
}

pub fn uscc(text: &str) -> bool {
    uscc_check(text).is_some_and(|(expected, found)| expected % 31 == found)
}

/// The fault: 31 is not brought back to nought.
pub fn uscc_planted(text: &str) -> bool {
    uscc_check(text).is_some_and(|(expected, found)| expected == found)
}

/// What stands for a character of a VIN, from one row a value.
pub fn vin_value(c: char) -> Option<usize> {
    let rows = [
        "0", "1AJ", "2BKS", "3CLT", "4DMU", "5ENV", "6FW", "7GPX", "8HY", "9RZ",
    ];
    rows.iter().position(|row| row.contains(c))
}

/// The sum with weights by place counted from the right, where `eighth` is the weight of place 8.
fn vin_remainder(text: &str, eighth: usize) -> Option<usize> {
    let mut sum = 0;
    for (from_right, c) in text.chars().rev().enumerate() {
        let weight = match from_right {
            0..=7 => from_right + 2,
            8 => 0,
            9 => eighth,
            _ => from_right - 8,
        };
        sum += vin_value(c)? * weight;
    }
    (text.len() == 17).then_some(sum % 11)
}

fn vin_with(text: &str, eighth: usize) -> bool {
    let varied = text.chars().any(|c| !text.starts_with(c));
    vin_remainder(text, eighth).is_some_and(|remainder| {
        let check = match remainder {
            10 => "X".to_owned(),
            _ => remainder.to_string(),
        };
        varied && (!text.starts_with('L') || text[8..9] == check)
    })
}

pub fn vin(text: &str) -> bool {
    vin_with(text, 10)
}

/// The fault: the weights go on falling past 2, so that place 8 has 1 and not 10.
pub fn vin_planted(text: &str) -> bool {
    vin_with(text, 1)
}

/// Luhn's sum with the doubled digits read off a string; `doubled` says which, counted from the end.
fn luhn_with(text: &str, doubled: usize) -> bool {
    let sum: Option<u32> = text
        .chars()
        .rev()
        .enumerate()
        .map(|(from_right, c)| {
            let value = c.to_digit(10)?;
            match from_right % 2 == doubled {
                true => "0246813579".chars().nth(value as usize)?.to_digit(10),
                false => Some(value),
            }
        })
        .sum();
    sum.is_some_and(|sum| sum.to_string().ends_with('0'))
}

pub fn imei(text: &str) -> bool {
    text.len() == 15 && luhn_with(text, 1)
}

/// The fault: counted from the left, which turns the doubling over in odd lengths.
pub fn imei_planted(text: &str) -> bool {
    text.len() == 15 && luhn_with(text, 0)
}

pub fn bank_card(text: &str) -> bool {
    (16..=19).contains(&text.len()) && luhn_with(text, 1)
}

/// The same fault: right for 16 and 18 digits, wrong for 17 and 19.
pub fn bank_card_planted(text: &str) -> bool {
    (16..=19).contains(&text.len()) && luhn_with(text, (text.len() + 1) % 2)
}

/// The check digit that completes the sum, from the digits at odd and at even places.
fn gtin_with(text: &str, odd: u32, even: u32) -> bool {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(10)).collect();
    if digits.len() != 13 || text.len() != 13 {
        return false;
    }
    let every_second = |from: usize| digits[..12].iter().skip(from).step_by(2).sum::<u32>();
    let sum = odd * every_second(0) + even * every_second(1);
    (10 - sum % 10) % 10 == digits[12]
}

pub fn gtin(text: &str) -> bool {
    gtin_with(text, 1, 3)
}

/// The fault: the weights changed over, as in GTIN-14.
pub fn gtin_planted(text: &str) -> bool {
    gtin_with(text, 3, 1)
}
