//! A dealer's statement of one payout as a CSV file (RFC 4180), for its own books.

use serde::Serialize;

use super::EndToEndId;
use super::csv_file::without_formula;
use super::label::clean;
use crate::domain::money::Fen;

const COLUMNS: [&str; 8] = [
    "claim_number",
    "end_to_end_id",
    "payee",
    "gross",
    "set_off",
    "net",
    "state",
    "reason",
];

/// What one payout is for one claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatementLine {
    /// The claim's number.
    pub claim_number: String,
    /// The name that the bank knows the payment by.
    pub end_to_end_id: EndToEndId,
    /// `dealer` or `consumer`: who is paid.
    pub payee: String,
    /// What the claim is owed.
    pub gross: Fen,
    /// What of it is set off against what is owed back.
    pub set_off: Fen,
    /// What the bank pays.
    pub net: Fen,
    /// `pending`, `paid` or `returned`.
    pub state: String,
    /// Why the bank sent it back.
    pub reason: Option<String>,
}

/// Writes UTF-8 without a byte order mark: a line of names, then one line a claim, each ended by a
/// line feed; amounts are in yuan with two places. The bank's reason is the only cell that others
/// write, so it is the only one that could be a formula.
#[expect(
    clippy::expect_used,
    reason = "a vector takes every byte, and every line has eight cells"
)]
pub fn write(lines: &[StatementLine]) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::Any(b'\n'))
        .from_writer(Vec::new());
    writer.write_record(COLUMNS).expect("the names");
    for line in lines {
        let reason = clean(line.reason.as_deref().unwrap_or_default());
        let cells = [
            line.claim_number.as_str(),
            line.end_to_end_id.as_str(),
            line.payee.as_str(),
            &line.gross.to_string(),
            &line.set_off.to_string(),
            &line.net.to_string(),
            line.state.as_str(),
            &without_formula(&reason),
        ];
        writer.write_record(cells).expect("a claim");
    }
    writer.into_inner().expect("the bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_written_line_by_line_and_formulas_are_neutralised() {
        let fen = |fen| Fen::new(fen).unwrap();
        let line = |number: &str, state: &str, reason: Option<&str>| StatementLine {
            claim_number: number.to_owned(),
            end_to_end_id: EndToEndId::new(number, 1).unwrap(),
            payee: "dealer".to_owned(),
            gross: fen(20_005),
            set_off: fen(5),
            net: fen(20_000),
            state: state.to_owned(),
            reason: reason.map(str::to_owned),
        };
        let lines = [
            line("JY25-0000001-1", "paid", None),
            line("JY25-0000002-2", "returned", Some("AC04, \"closed\"")),
            line("JY25-0000003-3", "returned", Some("\t=HYPERLINK(1)")),
        ];
        let expected = "claim_number,end_to_end_id,payee,gross,set_off,net,state,reason\n\
            JY25-0000001-1,JY25-0000001-1/1,dealer,200.05,0.05,200.00,paid,\n\
            JY25-0000002-2,JY25-0000002-2/1,dealer,200.05,0.05,200.00,returned,\"AC04, \"\"closed\"\"\"\n\
            JY25-0000003-3,JY25-0000003-3/1,dealer,200.05,0.05,200.00,returned,'=HYPERLINK(1)\n";
        assert_eq!(String::from_utf8(write(&lines)).unwrap(), expected);
    }
}
