//! A payment file as a table, for banks that take one and for people who look at it.

use std::borrow::Cow;

use super::PaymentFile;
use super::label::clean;

const COLUMNS: [&str; 5] = [
    "end_to_end_id",
    "claim_number",
    "payee_name",
    "account",
    "amount",
];

/// Writes UTF-8 without a byte order mark: a line of names, then one line a payment, each ended
/// by a line feed; the amount is in yuan with two places. A cell is quoted where it has to be.
#[expect(
    clippy::expect_used,
    reason = "a vector takes every byte, and every line has five cells"
)]
pub fn write(file: &PaymentFile<'_>) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::Any(b'\n'))
        .from_writer(Vec::new());
    writer.write_record(COLUMNS).expect("the names");
    for payment in file.batch().payments {
        let name = clean(&payment.payee_name);
        let line = [
            payment.end_to_end_id.as_str(),
            payment.claim_number(),
            &without_formula(&name),
            payment.account.as_str(),
            &payment.amount.to_string(),
        ];
        writer.write_record(line).expect("a payment");
    }
    writer.into_inner().expect("the bytes")
}

/// An apostrophe before a name that a spreadsheet would reckon out as a formula (OWASP, CSV
/// injection). Only names can begin like that: the other cells begin with a letter or a digit by
/// their types. Tabs and carriage returns, after which a formula may stand as well, are gone
/// from a clean name.
pub(super) fn without_formula(name: &str) -> Cow<'_, str> {
    // Marks that nobody sees may be dropped by what reads the file.
    let seen = name.trim_start_matches(|c: char| {
        matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
    });
    // Full-width and small forms, too: East Asian editions of spreadsheets read them like the
    // plain ones.
    let is_formula = seen.starts_with([
        '=', '+', '-', '@', '\u{FF1D}', '\u{FF0B}', '\u{FF0D}', '\u{FF20}', '\u{FE66}', '\u{FE62}',
        '\u{FE63}', '\u{FE6B}', '\u{2212}',
    ]);
    if is_formula {
        Cow::Owned(format!("'{name}"))
    } else {
        Cow::Borrowed(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_neutralised() {
        for name in [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            "＝1",
            "＋1",
            "－1",
            "＠A",
            "﹦1",
            "﹢1",
            "﹣1",
            "﹫A",
            "−1",
            "\u{FEFF}=1",
            "\u{200B}\u{202E}@A",
        ] {
            assert_eq!(without_formula(name), format!("'{name}"));
            assert_eq!(
                without_formula(&clean(&format!("\t\r\n {name}"))),
                format!("'{name}")
            );
        }
    }

    #[test]
    fn names_stay_as_they_are() {
        for name in ["王小明", "A=B", "汽车+服务", "'quoted'", "1-2", ""] {
            assert_eq!(without_formula(name), name);
        }
    }
}
