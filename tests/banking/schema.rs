//! The part of the schema of pain.001.001.03 that payment files use, and a check against it.
//!
//! Element for element in the schema's order, with what may be left out and what may be repeated,
//! after `pain.001.001.03.xsd` of ISO 20022. Elements that are never written are not listed, so
//! the check finds too much rather than too little.

use super::tree::Element;

/// What an element may hold.
enum Content {
    /// These elements in this order.
    Sequence(&'static [Part]),
    /// Exactly one of these elements.
    Choice(&'static [Part]),
    /// From one to so many characters.
    Text(usize),
    /// A text that a function knows.
    Form(fn(&str) -> bool),
    /// A number of yuan with the attribute `Ccy`.
    Amount,
}

struct Part {
    name: &'static str,
    content: &'static Content,
    times: (usize, usize),
}

const fn part(name: &'static str, content: &'static Content, times: (usize, usize)) -> Part {
    Part {
        name,
        content,
        times,
    }
}

const ONCE: (usize, usize) = (1, 1);
const MAYBE: (usize, usize) = (0, 1);
const ANY: (usize, usize) = (1, usize::MAX);

const CURRENCY: Content = Content::Form(|text| text == "CNY");
const COUNT: Content = Content::Form(|text| {
    (1..=15).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
});
const DECIMAL: Content = Content::Form(is_decimal);
const DAY: Content = Content::Form(|text| text.parse::<chrono::NaiveDate>().is_ok());
const INSTANT: Content =
    Content::Form(|text| chrono::DateTime::parse_from_rfc3339(text).is_ok() && text.len() == 25);
const METHOD: Content = Content::Form(|text| ["CHK", "TRF", "TRA"].contains(&text));
const BIC: Content = Content::Form(|text| {
    [8, 11].contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
});

const PARTY: Content = Content::Sequence(&[part("Nm", &Content::Text(140), MAYBE)]);
const GENERIC_34: Content = Content::Sequence(&[part("Id", &Content::Text(34), ONCE)]);
const GENERIC_35: Content = Content::Sequence(&[part("Id", &Content::Text(35), ONCE)]);
const ACCOUNT_ID: Content = Content::Choice(&[part("Othr", &GENERIC_34, ONCE)]);
const ACCOUNT: Content =
    Content::Sequence(&[part("Id", &ACCOUNT_ID, ONCE), part("Ccy", &CURRENCY, MAYBE)]);
const SYSTEM: Content = Content::Choice(&[part("Cd", &Content::Text(5), ONCE)]);
const MEMBER: Content = Content::Sequence(&[
    part("ClrSysId", &SYSTEM, MAYBE),
    part("MmbId", &Content::Text(35), ONCE),
]);
const INSTITUTION: Content = Content::Sequence(&[
    part("BIC", &BIC, MAYBE),
    part("ClrSysMmbId", &MEMBER, MAYBE),
    part("Nm", &Content::Text(140), MAYBE),
    part("Othr", &GENERIC_35, MAYBE),
]);
const AGENT: Content = Content::Sequence(&[part("FinInstnId", &INSTITUTION, ONCE)]);
const PAYMENT_ID: Content = Content::Sequence(&[
    part("InstrId", &Content::Text(35), MAYBE),
    part("EndToEndId", &Content::Text(35), ONCE),
]);
const AMOUNT: Content = Content::Choice(&[part("InstdAmt", &Content::Amount, ONCE)]);
const REMITTANCE: Content = Content::Sequence(&[part("Ustrd", &Content::Text(140), (0, 9))]);
const TRANSACTION: Content = Content::Sequence(&[
    part("PmtId", &PAYMENT_ID, ONCE),
    part("Amt", &AMOUNT, ONCE),
    part("CdtrAgt", &AGENT, MAYBE),
    part("Cdtr", &PARTY, MAYBE),
    part("CdtrAcct", &ACCOUNT, MAYBE),
    part("RmtInf", &REMITTANCE, MAYBE),
]);
const PAYMENT_INFORMATION: Content = Content::Sequence(&[
    part("PmtInfId", &Content::Text(35), ONCE),
    part("PmtMtd", &METHOD, ONCE),
    part("NbOfTxs", &COUNT, MAYBE),
    part("CtrlSum", &DECIMAL, MAYBE),
    part("ReqdExctnDt", &DAY, ONCE),
    part("Dbtr", &PARTY, ONCE),
    part("DbtrAcct", &ACCOUNT, ONCE),
    part("DbtrAgt", &AGENT, ONCE),
    part("CdtTrfTxInf", &TRANSACTION, ANY),
]);
const GROUP_HEADER: Content = Content::Sequence(&[
    part("MsgId", &Content::Text(35), ONCE),
    part("CreDtTm", &INSTANT, ONCE),
    part("NbOfTxs", &COUNT, ONCE),
    part("CtrlSum", &DECIMAL, MAYBE),
    part("InitgPty", &PARTY, ONCE),
]);
const MESSAGE: Content = Content::Sequence(&[
    part("GrpHdr", &GROUP_HEADER, ONCE),
    part("PmtInf", &PAYMENT_INFORMATION, ANY),
]);
const DOCUMENT: Content = Content::Sequence(&[part("CstmrCdtTrfInitn", &MESSAGE, ONCE)]);

/// At most 18 digits, of which so many behind the point as an amount of yuan has.
fn is_decimal(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    text.split_once('.').is_some_and(|(whole, part)| {
        digits(whole) && digits(part) && part.len() == 2 && text.len() <= 19
    })
}

/// What in a document is not as the schema says.
pub fn breaches(document: &Element) -> Vec<String> {
    let mut found = Vec::new();
    let namespace = [(
        "xmlns".to_owned(),
        "urn:iso:std:iso:20022:tech:xsd:pain.001.001.03".to_owned(),
    )];
    if document.name != "Document" || document.attributes != namespace {
        found.push(format!("the root is {}", document.name));
    }
    look(document, &DOCUMENT, "", &mut found);
    found
}

fn look(element: &Element, content: &Content, above: &str, found: &mut Vec<String>) {
    let path = format!("{above}/{}", element.name);
    let is_leaf = element.children.is_empty();
    let fits = match content {
        Content::Sequence(parts) | Content::Choice(parts) => {
            let mut rest = element.children.iter().peekable();
            let mut kinds = 0;
            for part in *parts {
                let mut times = 0;
                while let Some(child) = rest.next_if(|child| child.name == part.name) {
                    look(child, part.content, &path, found);
                    times += 1;
                }
                kinds += usize::from(times > 0);
                let needed = match content {
                    Content::Choice(_) => 0,
                    _ => part.times.0,
                };
                if times < needed || times > part.times.1 {
                    found.push(format!("{path}/{} stands there {times} times", part.name));
                }
            }
            if let Some(child) = rest.next() {
                found.push(format!("{path}/{} does not stand there", child.name));
            }
            let chosen = !matches!(content, Content::Choice(_)) || kinds == 1;
            chosen && element.text.trim().is_empty()
        }
        Content::Text(most) => is_leaf && (1..=*most).contains(&element.text.chars().count()),
        Content::Form(holds) => is_leaf && holds(&element.text),
        Content::Amount => {
            let currency = [("Ccy".to_owned(), "CNY".to_owned())];
            is_leaf && is_decimal(&element.text) && element.attributes == currency
        }
    };
    if !fits {
        found.push(format!("{path} does not fit"));
    }
}
