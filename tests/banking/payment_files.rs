//! Payment files as tables and as XML: read back, they say what they were made from.

use chrono::NaiveDate;
use proptest::prelude::*;
use tradein::banking::{
    AccountNumber, Bank, Batch, Debtor, EndToEndId, Payment, PaymentFile, PaymentFileError,
    csv_file, pain001,
};
use tradein::domain::money::Fen;
use tradein::domain::time::Timestamp;

use super::schema::breaches;
use super::tree::Element;

const HOSTILE: &[&str] = &[
    "王小明",
    "A & B <\"'> Co.",
    "]]></Nm><Nm>",
    "<!--",
    "&amp;&#60;",
    "<![CDATA[x]]>",
    "a\u{0}b\u{8}c\u{b}d\u{1f}e\u{7f}f\u{85}g\u{FFFE}h\u{FFFF}i",
    " two\r\nlines\tand\u{3000}blanks ",
    "𠮷野家\u{10348}",
    "=HYPERLINK(\"http://example.invalid\")",
    "\t\r=1+1",
    "＝1+1",
    "+86",
    "－1",
    "@SUM(A1)",
    "a,b\"c\"",
];

fn account(text: &str) -> AccountNumber {
    text.parse().unwrap()
}

fn debtor(bank: Option<&str>) -> Debtor {
    Debtor {
        name: "济源示例商务局".to_owned(),
        account: account("41050100040000001"),
        bank: bank.and_then(Bank::read),
    }
}

fn payment(ordinal: usize, name: &str, fen: i64, bank: &str) -> Payment {
    let number = format!("JY26-{ordinal:07}-7");
    Payment {
        end_to_end_id: EndToEndId::new(&number, 1).unwrap(),
        payee_name: name.to_owned(),
        account: account("6225881414207430"),
        bank: Bank::read(bank),
        amount: Fen::new(fen).unwrap(),
    }
}

fn payments() -> Vec<Payment> {
    let banks = ["", "济源示例银行", "102491000019", "ICBKCNBJHNP"];
    HOSTILE
        .iter()
        .enumerate()
        .map(|(i, name)| payment(i + 1, name, 1_400_000 + i as i64, banks[i % banks.len()]))
        .collect()
}

fn batch<'a>(debtor: &'a Debtor, payments: &'a [Payment]) -> Batch<'a> {
    Batch {
        id: "cars-2025-0001",
        pool: "cars-2025",
        created: Timestamp::parse_rfc3339("2026-11-23T18:30:00.123456Z").unwrap(),
        execution_day: NaiveDate::from_ymd_opt(2026, 11, 25).unwrap(),
        debtor,
        payments,
    }
}

/// What a name is in a file, reckoned in another way than the writer does: the characters of the
/// production `Char` of XML 1.0 (2.2) without the control characters, every run of blanks one.
fn expected_name(name: &str) -> String {
    let kept = |c: &char| matches!(*c, ' '..='~' | '\u{A0}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..);
    let words: Vec<String> = name
        .split(char::is_whitespace)
        .map(|word| word.chars().filter(kept).collect())
        .filter(|word: &String| !word.is_empty())
        .collect();
    words.join(" ")
}

/// What in the XML is not as the batch says.
fn disagreements(xml: &[u8], batch: &Batch<'_>) -> Vec<String> {
    let document = Element::parse(xml);
    let mut found = breaches(&document);
    let mut expect = |what: &str, said: &str, meant: &str| {
        if said != meant {
            found.push(format!("{what}: {said:?} instead of {meant:?}"));
        }
    };
    let message = document.at("CstmrCdtTrfInitn");
    let fen: i64 = batch.payments.iter().map(|p| p.amount.fen()).sum();
    let sum = format!("{}.{:02}", fen / 100, fen % 100);
    let count = batch.payments.len().to_string();
    for part in ["GrpHdr", "PmtInf"] {
        expect("count", message.at(part).text_at("NbOfTxs"), &count);
        expect("sum", message.at(part).text_at("CtrlSum"), &sum);
    }
    expect("message", message.text_at("GrpHdr/MsgId"), batch.id);
    expect(
        "payment information",
        message.text_at("PmtInf/PmtInfId"),
        batch.id,
    );
    let information = message.at("PmtInf");
    let written: Vec<_> = information.all("CdtTrfTxInf").collect();
    expect("transactions", &written.len().to_string(), &count);
    for (transaction, payment) in written.into_iter().zip(batch.payments) {
        let id = payment.end_to_end_id.as_str();
        expect("id", transaction.text_at("PmtId/EndToEndId"), id);
        expect("instruction", transaction.text_at("PmtId/InstrId"), id);
        let amount = transaction.text_at("Amt/InstdAmt");
        let written = Fen::parse_yuan(amount).map(Fen::fen).unwrap_or(-1);
        expect(
            "amount",
            &written.to_string(),
            &payment.amount.fen().to_string(),
        );
        let name: String = expected_name(&payment.payee_name)
            .chars()
            .take(140)
            .collect();
        expect("name", transaction.text_at("Cdtr/Nm"), name.trim_end());
        let account = transaction.text_at("CdtrAcct/Id/Othr/Id");
        expect("account", account, payment.account.as_str());
        expect(
            "claim",
            transaction.text_at("RmtInf/Ustrd"),
            payment.claim_number(),
        );
    }
    found
}

#[test]
fn xml_says_what_the_batch_says_for_hostile_names_and_every_kind_of_bank() {
    let payments = payments();
    for bank in [
        None,
        Some("ICBKCNBJ"),
        Some("102491000019"),
        Some("济源示例银行 & 支行"),
    ] {
        let debtor = debtor(bank);
        let batch = batch(&debtor, &payments);
        let file = PaymentFile::new(batch).unwrap();
        let xml = pain001::write(&file);
        assert_eq!(disagreements(&xml, &batch), [""; 0], "{bank:?}");
        assert_eq!(xml, pain001::write(&file), "written twice");
    }
}

#[test]
fn xml_is_known_to_the_byte() {
    let debtor = debtor(Some("102491000019"));
    let payments = [payment(1, "王<小>明", 1_400_005, "济源示例银行")];
    let xml = pain001::write(&PaymentFile::new(batch(&debtor, &payments)).unwrap());
    assert_eq!(
        String::from_utf8(xml).unwrap(),
        include_str!("../data/payment_file.xml")
    );
}

#[test]
fn every_planted_change_of_the_xml_is_found() {
    let debtor = debtor(None);
    let payments = payments();
    let batch = batch(&debtor, &payments);
    let xml = String::from_utf8(pain001::write(&PaymentFile::new(batch).unwrap())).unwrap();
    for (from, to) in [
        ("<NbOfTxs>16<", "<NbOfTxs>15<"),
        ("<CtrlSum>224001.20<", "<CtrlSum>224001.21<"),
        ("<CtrlSum>224001.20<", "<CtrlSum>224001.2<"),
        (">14000.00<", ">14000.01<"),
        ("\"CNY\"", "\"CNH\""),
        ("<PmtMtd>TRF</PmtMtd>", ""),
        (
            "<PmtMtd>TRF</PmtMtd>",
            "<PmtMtd>TRF</PmtMtd><PmtMtd>TRF</PmtMtd>",
        ),
        (
            "<PmtMtd>TRF</PmtMtd>",
            "<PmtMtd>TRF</PmtMtd><BtchBookg>yes</BtchBookg>",
        ),
        ("<Nm>王小明</Nm>", "<Nm>王小朋</Nm>"),
        ("<Nm>王小明</Nm>", "<Nm/>"),
        ("JY26-0000001-7/1</InstrId>", "JY26-0000001-7/2</InstrId>"),
        ("<Ustrd>JY26-0000001-7<", "<Ustrd>JY26-0000002-7<"),
        ("<Id>6225881414207430</Id>", "<Id>6225881414207431</Id>"),
        ("pain.001.001.03", "pain.001.001.09"),
        ("+08:00", ""),
        ("2026-11-25", "2026-11-31"),
        ("<Dbtr>", "<Dbtr>text"),
    ] {
        assert!(xml.contains(from), "{from}");
        let changed = xml.replacen(from, to, 1).replace("<Nm/>", "<Nm></Nm>");
        let found = disagreements(changed.as_bytes(), &batch);
        assert!(!found.is_empty(), "{from} became {to}");
    }
    // Two neighbours in the wrong order.
    let method = "<PmtMtd>TRF</PmtMtd>";
    let swapped = xml
        .replace(method, "")
        .replace("<PmtInfId>", &format!("{method}<PmtInfId>"));
    assert!(!disagreements(swapped.as_bytes(), &batch).is_empty());
}

#[test]
fn a_table_is_known_to_the_byte() {
    let debtor = debtor(None);
    let payments: Vec<_> = ["王小明", "A, \"B\"", " =1+1", "＠A", "two\r\nlines"]
        .iter()
        .enumerate()
        .map(|(i, name)| payment(i + 1, name, 5 + 100 * i as i64, ""))
        .collect();
    let table = csv_file::write(&PaymentFile::new(batch(&debtor, &payments)).unwrap());
    let expected = "end_to_end_id,claim_number,payee_name,account,amount\n\
         JY26-0000001-7/1,JY26-0000001-7,王小明,6225881414207430,0.05\n\
         JY26-0000002-7/1,JY26-0000002-7,\"A, \"\"B\"\"\",6225881414207430,1.05\n\
         JY26-0000003-7/1,JY26-0000003-7,'=1+1,6225881414207430,2.05\n\
         JY26-0000004-7/1,JY26-0000004-7,'＠A,6225881414207430,3.05\n\
         JY26-0000005-7/1,JY26-0000005-7,two lines,6225881414207430,4.05\n";
    assert_eq!(String::from_utf8(table).unwrap(), expected);
}

/// The cells of a table that a spreadsheet would take for a formula.
fn formulas(table: &[u8]) -> Vec<String> {
    let mut reader = csv::Reader::from_reader(table);
    reader
        .records()
        .flat_map(|record| {
            let record = record.unwrap();
            assert_eq!(record.len(), 5);
            let cells: Vec<String> = record.iter().map(str::to_owned).collect();
            cells
        })
        .filter(|cell| cell.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']))
        .collect()
}

#[test]
fn no_cell_is_a_formula_and_a_planted_one_is_found() {
    let debtor = debtor(None);
    let payments = payments();
    let table = csv_file::write(&PaymentFile::new(batch(&debtor, &payments)).unwrap());
    assert_eq!(formulas(&table), [""; 0]);
    let planted = String::from_utf8(table).unwrap().replace("'=", "=");
    assert_eq!(formulas(planted.as_bytes()).len(), 2, "{planted}");
}

#[test]
fn what_a_bank_would_refuse_is_no_file() {
    let named = debtor(None);
    let good = [payment(1, "王小明", 1, ""), payment(2, "李", 2, "")];
    let first = || good[0].end_to_end_id.clone();
    let refused = |payments: &[Payment]| PaymentFile::new(batch(&named, payments)).unwrap_err();
    assert_eq!(refused(&[]), PaymentFileError::Empty);
    let repeated = [good[0].clone(), good[1].clone(), good[0].clone()];
    assert_eq!(refused(&repeated), PaymentFileError::Repeated(first()));
    let of_nothing = [payment(1, "王小明", 0, "")];
    assert_eq!(refused(&of_nothing), PaymentFileError::Zero(first()));
    let nameless = [payment(1, " \u{1}", 1, "")];
    assert_eq!(refused(&nameless), PaymentFileError::PayeeName(first()));
    let most = Fen::MAX.fen();
    let too_much = [payment(1, "王小明", most, ""), payment(2, "李", 1, "")];
    assert_eq!(refused(&too_much), PaymentFileError::Total);

    let unnamed = Debtor {
        name: "\n".to_owned(),
        ..named.clone()
    };
    let file = PaymentFile::new(batch(&unnamed, &good));
    assert_eq!(file.unwrap_err(), PaymentFileError::DebtorName);
    for id in ["", "a/b", "-a", "批", &"a".repeat(36)] {
        let file = PaymentFile::new(Batch {
            id,
            ..batch(&named, &good)
        });
        assert_eq!(file.unwrap_err(), PaymentFileError::BatchId, "{id}");
    }
    let file = PaymentFile::new(batch(&named, &good)).unwrap();
    assert_eq!((file.count(), file.total().fen()), (2, 3));
    assert_eq!(file.file_name("xml"), "cars-2025_cars-2025-0001.xml");
}

#[test]
fn debug_output_names_nobody() {
    let debtor = debtor(None);
    let payments = [payment(1, "王小明", 1, "")];
    let file = PaymentFile::new(batch(&debtor, &payments)).unwrap();
    let said = format!("{file:?}");
    assert!(said.contains("JY26-0000001-7/1"), "{said}");
    assert!(
        !said.contains("王小明") && !said.contains("6225881414207430"),
        "{said}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn files_say_what_the_batch_says(
        rows in prop::collection::vec((any::<String>(), 1..2_000_000_i64), 1..20),
    ) {
        let debtor = debtor(None);
        let payments: Vec<_> = rows
            .iter()
            .filter(|(name, _)| !expected_name(name).is_empty())
            .enumerate()
            .map(|(i, (name, fen))| payment(i + 1, name, *fen, ""))
            .collect();
        prop_assume!(!payments.is_empty());
        let batch = batch(&debtor, &payments);
        let file = PaymentFile::new(batch).unwrap();
        prop_assert_eq!(disagreements(&pain001::write(&file), &batch), [""; 0]);
        let table = csv_file::write(&file);
        prop_assert_eq!(formulas(&table), [""; 0]);
        prop_assert_eq!(table.iter().filter(|b| **b == b'\n').count(), payments.len() + 1);
    }
}
