//! Status reports: as banks write them, as they never should, and as somebody might who means
//! harm.

use std::fmt::Write as _;

use proptest::prelude::*;
use tradein::banking::pain002::{MAX_BYTES, MAX_DEPTH, MAX_TRANSACTIONS, ReadError, read};
use tradein::banking::{Fate, Outcome};

const HEAD: &str = r#"<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.03">"#;
const GROUP: &str = "<OrgnlGrpInfAndSts><OrgnlMsgId>B-1</OrgnlMsgId>\
                     <OrgnlMsgNmId>pain.001.001.03</OrgnlMsgNmId></OrgnlGrpInfAndSts>";

fn returned(reason: &str) -> Fate {
    Fate::Returned {
        reason: reason.to_owned(),
    }
}

fn outcome(id: &str, fate: Fate, line: u64) -> Outcome {
    Outcome {
        id: id.to_owned(),
        fate,
        line,
    }
}

/// A report on one line: the statement on the message, then the payment informations.
fn report(group: &str, informations: &str) -> String {
    format!("{HEAD}<CstmrPmtStsRpt>{group}{informations}</CstmrPmtStsRpt></Document>")
}

/// A payment information with these transactions.
fn with(transactions: &str) -> String {
    let information = format!(
        "<OrgnlPmtInfAndSts><OrgnlPmtInfId>B-1</OrgnlPmtInfId>{transactions}</OrgnlPmtInfAndSts>"
    );
    report(GROUP, &information)
}

fn transaction(id: &str, status: &str) -> String {
    format!(
        "<TxInfAndSts><OrgnlEndToEndId>{id}</OrgnlEndToEndId><TxSts>{status}</TxSts></TxInfAndSts>"
    )
}

fn refused(text: &str) -> ReadError {
    read(text.as_bytes()).unwrap_err()
}

const VERSION_3: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.03" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <CstmrPmtStsRpt>
    <GrpHdr>
      <MsgId>STS-20261125-0001</MsgId>
      <CreDtTm>2026-11-25T16:02:11</CreDtTm>
      <DbtrAgt><FinInstnId><BIC>ICBKCNBJ</BIC></FinInstnId></DbtrAgt>
    </GrpHdr>
    <OrgnlGrpInfAndSts>
      <OrgnlMsgId>cars-2025-0001</OrgnlMsgId>
      <OrgnlMsgNmId>pain.001.001.03</OrgnlMsgNmId>
      <OrgnlNbOfTxs>5</OrgnlNbOfTxs>
      <OrgnlCtrlSum>70000.00</OrgnlCtrlSum>
      <GrpSts>PART</GrpSts>
      <NbOfTxsPerSts><DtldNbOfTxs>2</DtldNbOfTxs><DtldSts>RJCT</DtldSts></NbOfTxsPerSts>
    </OrgnlGrpInfAndSts>
    <OrgnlPmtInfAndSts>
      <OrgnlPmtInfId>cars-2025-0001</OrgnlPmtInfId>
      <PmtInfSts>PART</PmtInfSts>
      <TxInfAndSts>
        <StsId>1</StsId>
        <OrgnlInstrId>JY26-0000001-7/1</OrgnlInstrId>
        <OrgnlEndToEndId>JY26-0000001-7/1</OrgnlEndToEndId>
        <TxSts>ACSC</TxSts>
        <OrgnlTxRef>
          <Amt><InstdAmt Ccy="CNY">14000.00</InstdAmt></Amt>
          <Cdtr><Nm>王小明</Nm></Cdtr>
        </OrgnlTxRef>
      </TxInfAndSts>
      <TxInfAndSts>
        <OrgnlEndToEndId>JY26-0000002-5/2</OrgnlEndToEndId>
        <TxSts>RJCT</TxSts>
        <StsRsnInf>
          <Orgtr><Nm>ICBC</Nm></Orgtr>
          <Rsn><Cd>AC04</Cd></Rsn>
          <AddtlInf>账户已销户 &amp;
            请核对</AddtlInf>
          <AddtlInf><![CDATA[<call us>]]></AddtlInf>
        </StsRsnInf>
        <StsRsnInf><Orgtr><Nm>ICBC</Nm></Orgtr></StsRsnInf>
        <StsRsnInf><Rsn><Prtry>E0&#49;</Prtry></Rsn></StsRsnInf>
      </TxInfAndSts>
      <TxInfAndSts>
        <OrgnlEndToEndId> JY26-0000003-3/1 </OrgnlEndToEndId><!-- settled there, too -->
        <TxSts>ACCC</TxSts>
      </TxInfAndSts>
      <TxInfAndSts>
        <OrgnlEndToEndId>JY26-0000004-1/1</OrgnlEndToEndId>
        <TxSts>ACSP</TxSts>
      </TxInfAndSts>
      <TxInfAndSts>
        <OrgnlInstrId>JY26-0000005-8/1</OrgnlInstrId>
        <TxSts>RJCT</TxSts>
      </TxInfAndSts>
    </OrgnlPmtInfAndSts>
  </CstmrPmtStsRpt>
</Document>
"#;

#[test]
fn version_3_is_read() {
    let report = read(VERSION_3.as_bytes()).unwrap();
    let reason = "AC04 账户已销户 & 请核对 <call us>; E01";
    let expected = [
        outcome("JY26-0000001-7/1", Fate::Paid, 20),
        outcome("JY26-0000002-5/2", returned(reason), 30),
        outcome("JY26-0000003-3/1", Fate::Paid, 43),
        outcome("JY26-0000005-8/1", returned(""), 51),
    ];
    for (read, expected) in report.outcomes.iter().zip(&expected) {
        assert_eq!(
            read,
            expected,
            "{:?} {:?}",
            reason_of(read),
            reason_of(expected)
        );
    }
    assert_eq!(report.outcomes.len(), expected.len());
    assert_eq!((report.pending, report.rejected_message), (1, None));
}

fn reason_of(outcome: &Outcome) -> &str {
    match &outcome.fate {
        Fate::Paid => "paid",
        Fate::Returned { reason } => reason,
    }
}

#[test]
fn line_ends_and_a_mark_before_them_change_nothing() {
    let plain = read(VERSION_3.as_bytes()).unwrap();
    let dressed = format!("\u{FEFF}{}", VERSION_3.replace('\n', "\r\n"));
    assert_eq!(read(dressed.as_bytes()).unwrap(), plain);
}

const VERSION_10: &str = r#"<?xml version="1.0" encoding="utf-8" standalone="yes"?>
<p:Document xmlns:p="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10">
  <p:CstmrPmtStsRpt>
    <p:GrpHdr><p:MsgId>9f2</p:MsgId><p:CreDtTm>2026-11-25T16:02:11+08:00</p:CreDtTm></p:GrpHdr>
    <p:OrgnlGrpInfAndSts>
      <p:OrgnlMsgId>cars-2025-0002</p:OrgnlMsgId>
      <p:OrgnlMsgNmId>pain.001.001.03</p:OrgnlMsgNmId>
    </p:OrgnlGrpInfAndSts>
    <p:OrgnlPmtInfAndSts>
      <p:OrgnlPmtInfId>cars-2025-0002</p:OrgnlPmtInfId>
      <p:TxInfAndSts>
        <p:OrgnlEndToEndId>JY26-0000011-7/1</p:OrgnlEndToEndId>
        <p:OrgnlUETR>8a562c67-ca16-48ba-b074-65581be6f011</p:OrgnlUETR>
        <p:TxSts>ACCC</p:TxSts>
        <p:AccptncDtTm>2026-11-25T15:40:00+08:00</p:AccptncDtTm>
      </p:TxInfAndSts>
      <p:TxInfAndSts>
        <p:OrgnlEndToEndId>JY26-0000012-5/1</p:OrgnlEndToEndId>
        <p:TxSts>PDNG</p:TxSts>
        <p:StsRsnInf><p:Rsn><p:Cd>NARR</p:Cd></p:Rsn></p:StsRsnInf>
      </p:TxInfAndSts>
      <p:TxInfAndSts>
        <p:OrgnlEndToEndId>JY26-0000013-3/1</p:OrgnlEndToEndId>
        <p:TxSts>RJCT</p:TxSts>
        <p:StsRsnInf><p:Rsn><p:Cd>BE01</p:Cd></p:Rsn></p:StsRsnInf>
      </p:TxInfAndSts>
    </p:OrgnlPmtInfAndSts>
  </p:CstmrPmtStsRpt>
</p:Document>"#;

#[test]
fn version_10_is_read_with_a_prefix() {
    let report = read(VERSION_10.as_bytes()).unwrap();
    let expected = [
        outcome("JY26-0000011-7/1", Fate::Paid, 11),
        outcome("JY26-0000013-3/1", returned("BE01"), 22),
    ];
    assert_eq!(report.outcomes, expected);
    assert_eq!((report.pending, report.rejected_message), (1, None));
}

#[test]
fn every_status_has_its_meaning() {
    for status in ["ACSC", "ACCC"] {
        let outcomes = read(with(&transaction("A/1", status)).as_bytes())
            .unwrap()
            .outcomes;
        assert_eq!(outcomes, [outcome("A/1", Fate::Paid, 1)], "{status}");
    }
    for status in ["RJCT", "CANC"] {
        let outcomes = read(with(&transaction("A/1", status)).as_bytes())
            .unwrap()
            .outcomes;
        assert_eq!(outcomes, [outcome("A/1", returned(""), 1)], "{status}");
    }
    for status in [
        "RCVD", "PATC", "ACTC", "ACFC", "ACCP", "ACSP", "ACWC", "ACWP", "PDNG", "PRES", "BLCK",
    ] {
        let report = read(with(&transaction("A/1", status)).as_bytes()).unwrap();
        assert_eq!((report.outcomes.len(), report.pending), (0, 1), "{status}");
    }
    for status in ["acsc", "PAID", "ACSCX", "ACSC RJCT"] {
        let error = refused(&with(&transaction("A/1", status)));
        assert_eq!(error, ReadError::UnknownStatus { line: 1 }, "{status}");
    }
}

#[test]
fn a_whole_message_is_rejected_on_either_level() {
    let reason = "<StsRsnInf><Rsn><Cd>DU01</Cd></Rsn><AddtlInf>duplicate</AddtlInf></StsRsnInf>";
    let group = GROUP.replace(
        "</OrgnlGrpInfAndSts>",
        &format!("<GrpSts>RJCT</GrpSts>{reason}</OrgnlGrpInfAndSts>"),
    );
    let information = |inner: &str| {
        format!("<OrgnlPmtInfAndSts><OrgnlPmtInfId>B-1</OrgnlPmtInfId>{inner}</OrgnlPmtInfAndSts>")
    };
    let rejected = information(&format!("<PmtInfSts>RJCT</PmtInfSts>{reason}"));
    let listed = information(
        "<TxInfAndSts><OrgnlEndToEndId>A/1</OrgnlEndToEndId></TxInfAndSts>\
         <TxInfAndSts><OrgnlEndToEndId>B/1</OrgnlEndToEndId><TxSts>RJCT</TxSts></TxInfAndSts>",
    );
    for (text, listed) in [
        (report(&group, ""), 0),
        (report(&group, &listed), 2),
        (report(&group, &rejected), 0),
        (report(GROUP, &rejected), 0),
    ] {
        let report = read(text.as_bytes()).unwrap();
        let message = report.rejected_message.unwrap();
        assert_eq!(
            (&*message.message_id, &*message.reason),
            ("B-1", "DU01 duplicate")
        );
        let ids: Vec<_> = report.outcomes.iter().map(|o| (&*o.id, &o.fate)).collect();
        let all = [("A/1", &returned("")), ("B/1", &returned(""))];
        assert_eq!(ids, all[..listed]);
    }
    // Settled as a whole says nothing of any payment.
    let settled = group.replace("RJCT", "ACSC");
    let report = read(report(&settled, "").as_bytes()).unwrap();
    assert_eq!(
        (
            report.outcomes.len(),
            report.pending,
            report.rejected_message
        ),
        (0, 0, None)
    );
}

#[test]
fn a_report_that_contradicts_itself_is_refused() {
    let group = GROUP.replace("</OrgnlGrp", "<GrpSts>RJCT</GrpSts></OrgnlGrp");
    let information = |inner: &str| format!("<OrgnlPmtInfAndSts>{inner}</OrgnlPmtInfAndSts>");
    let rejected = information("<PmtInfSts>RJCT</PmtInfSts>");
    let accepted = information("<PmtInfSts>ACSP</PmtInfSts>");
    let contradiction = ReadError::Contradiction { line: 1 };
    for text in [
        report(&group, &information(&transaction("A/1", "ACSC"))),
        report(&group, &information(&transaction("A/1", "PDNG"))),
        report(&group, &accepted),
        report(GROUP, &format!("{rejected}{accepted}")),
        report(GROUP, &format!("{accepted}{rejected}")),
        report(
            GROUP,
            &format!("{rejected}{}", information(&transaction("A/1", "ACSC"))),
        ),
        with(&(transaction("A/1", "ACSC") + &transaction("A/1", "RJCT"))),
    ] {
        assert_eq!(refused(&text), contradiction, "{text}");
    }
    let twice = with(&(transaction("A/1", "ACSC") + &transaction("A/1", "ACCC")));
    assert_eq!(read(twice.as_bytes()).unwrap().outcomes.len(), 1);
}

#[test]
fn what_is_missing_or_repeated_is_told() {
    let without = |text: &str| with("").replace(text, "");
    assert_eq!(
        refused(&without("<OrgnlMsgId>B-1</OrgnlMsgId>")),
        ReadError::NoMessageId
    );
    assert_eq!(refused(&without(GROUP)), ReadError::NoMessageId);
    let nameless = with(&transaction(" ", "ACSC"));
    assert_eq!(refused(&nameless), ReadError::NoId { line: 1 });
    let unsaid = with(&transaction("A/1", ""));
    assert_eq!(refused(&unsaid), ReadError::NoStatus { line: 1 });
    let repeated = ReadError::Repeated { line: 1 };
    assert_eq!(refused(&report(&GROUP.repeat(2), "")), repeated);
    let status = "<TxSts>ACSC</TxSts><TxSts>RJCT</TxSts>";
    let twice = with(&transaction("A/1", "ACSC").replace("<TxSts>ACSC</TxSts>", status));
    assert_eq!(refused(&twice), repeated);
}

#[test]
fn elements_count_only_where_they_belong() {
    let hidden = transaction("A/1", "ACSP").replace(
        "</TxInfAndSts>",
        "<OrgnlTxRef><TxSts>ACSC</TxSts><OrgnlEndToEndId>X/1</OrgnlEndToEndId>\
         <TxInfAndSts><TxSts>ACSC</TxSts></TxInfAndSts></OrgnlTxRef></TxInfAndSts>",
    );
    let report = read(with(&hidden).as_bytes()).unwrap();
    assert_eq!((report.outcomes.len(), report.pending), (0, 1));
}

#[test]
fn another_document_is_refused() {
    let good = with("");
    assert!(read(good.as_bytes()).is_ok());
    for text in [
        String::new(),
        " \n".to_owned(),
        "<a/>".to_owned(),
        good.replace("pain.002.001.03", "pain.002.001.02"),
        good.replace("pain.002.001.03", "pain.002.001.12"),
        good.replace("pain.002.001.03", "pain.002.001.+3"),
        good.replace("pain.002.001.03", "pain.001.001.03"),
        good.replace("xmlns=", "xmlns:p="),
        good.replace("Document", "Envelope"),
    ] {
        assert_eq!(refused(&text), ReadError::OtherDocument, "{text}");
    }
    // The right root with something else in it says nothing at all.
    let other = format!("{HEAD}<CstmrCdtTrfInitn>{GROUP}</CstmrCdtTrfInitn></Document>");
    assert_eq!(refused(&other), ReadError::NoMessageId);
}

#[test]
fn hostile_documents_are_refused() {
    let document_type = "<!DOCTYPE Document [<!ENTITY a \"x\">\n\
        <!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\">]>";
    let laughs = with(&transaction("&c;", "ACSC"));
    let line = 2;
    assert_eq!(
        refused(&format!("{document_type}{laughs}")),
        ReadError::DocumentType { line }
    );
    assert_eq!(
        refused("<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>"),
        ReadError::DocumentType { line: 1 }
    );
    for text in [laughs, with("<X>&nbsp;</X>")] {
        assert_eq!(refused(&text), ReadError::Entity { line: 1 });
    }
    let depth = |depth: usize| {
        let inner = depth - 3;
        with(&format!("{}{}", "<a>".repeat(inner), "</a>".repeat(inner)))
    };
    assert!(read(depth(MAX_DEPTH).as_bytes()).is_ok());
    let deep = ReadError::TooDeep { line: 1 };
    assert_eq!(refused(&depth(MAX_DEPTH + 1)), deep);
    assert_eq!(refused(&depth(1_000_000)), deep);
}

#[test]
fn what_is_no_xml_is_refused() {
    let malformed = ReadError::Malformed { line: 1 };
    let good = with(&transaction("A/1", "ACSC"));
    for text in [
        good.clone() + "text",
        good.clone() + &good,
        good.clone() + "&#65;",
        good.clone() + "<![CDATA[x]]>",
        "text".to_owned() + &good,
        good.replace("</TxSts>", "</TxStz>"),
        good.replace("A/1", "A&1"),
        good.replace("A/1", "A&#0;"),
        good.replace("A/1", "A&#xD800;"),
        good.replace(HEAD, &HEAD.replace('>', " xmlns=\"\">")),
    ] {
        assert_eq!(refused(&text), malformed, "{text}");
    }
    let declared = |name: &str| format!("<?xml version=\"1.0\" encoding=\"{name}\"?>{good}");
    assert!(read(declared("Utf-8").as_bytes()).is_ok());
    assert_eq!(refused(&declared("GB18030")), ReadError::NotUtf8);
    assert_eq!(read(b"\xff\xfe<\0").unwrap_err(), ReadError::NotUtf8);
}

#[test]
fn every_truncation_is_noticed() {
    for text in [VERSION_3.trim_end(), VERSION_10] {
        for (at, _) in text.char_indices() {
            assert!(read(&text.as_bytes()[..at]).is_err(), "cut at {at}");
        }
    }
}

#[test]
fn size_and_number_are_bounded() {
    let good = with("");
    let padded = |bytes: usize| good.clone() + &" ".repeat(bytes - good.len());
    assert!(read(padded(MAX_BYTES).as_bytes()).is_ok());
    assert_eq!(refused(&padded(MAX_BYTES + 1)), ReadError::TooLarge);
    let most = usize::try_from(MAX_TRANSACTIONS).unwrap();
    // Empty ones, because others would not fit in the bytes. That they say nothing is noticed
    // behind the bound only.
    let empty = |count: usize| with(&"<TxInfAndSts/>".repeat(count));
    assert_eq!(refused(&empty(most)), ReadError::NoStatus { line: 1 });
    assert_eq!(refused(&empty(most + 1)), ReadError::TooMany);
}

#[test]
fn errors_and_debug_output_quote_nothing() {
    let secret = "419099199001010014";
    for text in [
        with(&transaction("A/1", secret)),
        with(&format!("<{secret}>")),
        with(&transaction("A/1", "ACSC")).replace("A/1", &format!("&{secret};")),
    ] {
        let error = refused(&text);
        assert!(!format!("{error:?} {error}").contains(secret), "{error}");
    }
    let named = transaction("A/1", "RJCT").replace(
        "</TxInfAndSts>",
        &format!("<StsRsnInf><AddtlInf>{secret}</AddtlInf></StsRsnInf></TxInfAndSts>"),
    );
    let report = read(with(&named).as_bytes()).unwrap();
    assert_eq!(reason_of(&report.outcomes[0]), secret);
    assert!(!format!("{report:?}").contains(secret));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_stop_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = read(&bytes);
        let inside = [HEAD.as_bytes(), &bytes].concat();
        prop_assert!(read(&inside).is_err());
    }

    #[test]
    fn no_changed_report_stops_the_reader(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut bytes = VERSION_3.as_bytes().to_vec();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(report) = read(&bytes) {
            prop_assert!(report.outcomes.len() as u64 + report.pending <= 5);
        }
    }

    #[test]
    fn what_was_written_is_read(
        rows in prop::collection::vec((0..3_u8, "[ -~\u{4E00}-\u{4E20}]{0,60}"), 1..30),
    ) {
        let mut transactions = String::new();
        let mut expected = Vec::new();
        for (i, (kind, remark)) in rows.iter().enumerate() {
            let id = format!("JY26-{i:07}-7/1");
            let status = ["ACSC", "RJCT", "ACSP"][usize::from(*kind)];
            let remark_written = quick_xml::escape::escape(remark.as_str());
            write!(
                transactions,
                "<TxInfAndSts><OrgnlEndToEndId>{id}</OrgnlEndToEndId><TxSts>{status}</TxSts>\n\
                 <StsRsnInf><AddtlInf>{remark_written}</AddtlInf></StsRsnInf></TxInfAndSts>"
            )
            .unwrap();
            let line = i as u64 + 1;
            let words: Vec<_> = remark.split_ascii_whitespace().collect();
            match kind {
                0 => expected.push(outcome(&id, Fate::Paid, line)),
                1 => expected.push(outcome(&id, returned(&words.join(" ")), line)),
                _ => {}
            }
        }
        let report = read(with(&transactions).as_bytes()).unwrap();
        prop_assert_eq!(report.pending, rows.len() as u64 - expected.len() as u64);
        prop_assert_eq!(report.outcomes, expected);
        prop_assert_eq!(report.rejected_message, None);
    }
}
