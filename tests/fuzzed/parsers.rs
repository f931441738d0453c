//! Every parser of what strangers send, as one function from bytes, with what must hold of whatever
//! it takes. The tests feed them with spoiled files; `fuzz/` is built around the same functions.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "whatever stops here is what is looked for"
)]

#[path = "../support/folder.rs"]
#[allow(
    dead_code,
    clippy::duplicate_mod,
    reason = "only a folder is needed, and in fuzz/ there is nothing else of the tests"
)]
mod folder;
#[path = "requests.rs"]
pub mod requests;

use std::cell::LazyCell;
use std::sync::{Arc, LazyLock};

use chrono::NaiveDate;
use tradein::banking::{AccountNumber, Bank, EndToEndId, Fate, outcomes, pain002};
use tradein::domain::calendar::Calendar;
use tradein::domain::claim_form::ClaimForm;
use tradein::domain::draft::{ClaimDraft, Invoice};
use tradein::domain::formats::{
    BankAccountNumber, Gtin, IdNumber, Imei, InvoiceNumber, Mobile, PlaceCode, Plate, Serial, Uscc,
    Vin,
};
use tradein::domain::ids::ClaimId;
use tradein::domain::intake::{IntakeError, read_claim, read_invoice};
use tradein::domain::money::Fen;
use tradein::domain::paper_content::{Limits, Media, inspect};
use tradein::domain::policy::pack::Pack;
use tradein::domain::policy::read_pack;
use tradein::domain::screening::Thresholds;
use tradein::domain::time::Timestamp;
use tradein::http::tokens::TokenDesk;
use tradein::journal::canonical::{hex, parse_hex32};
use tradein::journal::entry::Entry;
use tradein::journal::export::verify_export;
use tradein::journal::receipt::verify_receipt;
use tradein::keys::{Jwks, KeySource, Keys};
use tradein::papers::Location;
use tradein::settings::Settings;
use tradein::table_file::{self, Format, MOST_COLUMNS, MOST_ROWS};
use tradein::telemetry::LogFormat;
use tradein::webhooks::signature::{Headers, MessageId, Secret, Secrets, verify};
use tradein::webhooks::target::{Policy, Target};
use zeroize::Zeroizing;

/// A parser: it may refuse whatever it likes, and must come back.
pub type Parser = fn(&[u8]);

/// Each by its name, which is that of its folder in `tests/data/fuzz` and of its target in `fuzz`.
pub const ALL: &[(&str, Parser)] = &[
    ("accounts", accounts),
    ("calendar", calendar),
    ("claim", claim),
    ("fields", fields),
    ("invoice", invoice),
    ("journal", journal),
    ("keys", keys),
    ("outcomes", payment_outcomes),
    ("pack", pack),
    ("pain002", pain_002),
    ("paper", paper),
    ("receipt", receipt),
    ("register", requests::register),
    ("request", requests::request),
    ("settings", settings),
    ("table", table),
    ("thresholds", thresholds),
    ("token", token),
    ("voided", requests::voided),
    ("webhook", webhook),
];

/// The day on which everything is read, so that a file is read alike at any time.
const TODAY: NaiveDate = NaiveDate::from_ymd_opt(2025, 6, 1).unwrap();
const PACK: &str = include_str!("../../config/programmes/henan-car-replacement-2025.toml");

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

fn check_refusal(error: &IntakeError) {
    if let IntakeError::Malformed(defects) = error {
        assert!((1..=100).contains(&defects.len()), "{}", defects.len());
        let pointer = |field: &str| field.is_empty() || field.starts_with('/');
        assert!(defects.iter().all(|defect| pointer(&defect.field)));
    }
}

/// The body of a claim. What is taken is kept as it was read.
pub fn claim(bytes: &[u8]) {
    match read_claim(bytes, TODAY) {
        Ok(read) => {
            let kept = serde_json::to_vec(&read.draft).unwrap();
            let again: ClaimDraft = serde_json::from_slice(&kept).unwrap();
            assert_eq!(again, read.draft);
        }
        Err(error) => check_refusal(&error),
    }
}

/// The body of an invoice that comes later.
pub fn invoice(bytes: &[u8]) {
    match read_invoice(bytes, TODAY) {
        Ok(read) => {
            let kept = serde_json::to_vec(&read).unwrap();
            let again: Invoice = serde_json::from_slice(&kept).unwrap();
            assert_eq!(again, read);
        }
        Err(error) => check_refusal(&error),
    }
}

/// The normal form is read as itself.
macro_rules! settles {
    ($text:expr, $($name:ident),*) => {$(
        if let Ok(read) = $name::parse($text) {
            assert_eq!($name::parse(read.as_str()).as_ref(), Ok(&read));
        }
    )*};
    ($text:expr, $today:expr; $($parse:path),*) => {$(
        if let Ok(read) = $parse($text, $today) {
            assert_eq!($parse(read.as_str(), $today).as_ref(), Ok(&read));
        }
    )*};
}

/// What stands in a single field: amounts, numbers, instants, names of things.
pub fn fields(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    settles!(
        text,
        Vin,
        Plate,
        Mobile,
        BankAccountNumber,
        Gtin,
        Imei,
        PlaceCode,
        Uscc
    );
    settles!(text, TODAY; IdNumber::parse, IdNumber::parse_resident_id,
        IdNumber::parse_hk_macau_permit, IdNumber::parse_taiwan_permit,
        IdNumber::parse_foreign_residence, InvoiceNumber::parse);
    if let Ok(read) = Serial::parse(text) {
        assert_eq!(Serial::parse(read.written()).as_ref(), Ok(&read));
    }
    if let Ok(read) = Fen::parse_yuan(text) {
        assert!(read >= Fen::ZERO && read <= Fen::MAX);
        assert_eq!(Fen::parse_yuan(&read.to_string()), Ok(read));
    }
    if let Some(read) = Timestamp::parse_rfc3339(text) {
        let _printed = (read.to_string(), read.beijing_day());
    }
    if let Some(read) = ClaimId::parse(text) {
        assert_eq!(ClaimId::parse(&read.to_string()), Some(read));
    }
    if let Some(read) = parse_hex32(text) {
        assert_eq!(hex(&read), text);
    }
    let _format = LogFormat::parse(text);
    if let Ok(location) = Location::parse(text) {
        let _told = format!("{location:?}");
    }
}

/// Accounts, banks and names of payments.
pub fn accounts(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    if let Ok(read) = text.parse::<AccountNumber>() {
        assert_eq!(read.as_str().parse::<AccountNumber>().as_ref(), Ok(&read));
    }
    if let Some(read) = Bank::read(text) {
        let _form = read.form();
        assert_eq!(Bank::read(read.as_str()).unwrap().as_str(), read.as_str());
    }
    if let Ok(read) = text.parse::<EndToEndId>() {
        assert_eq!(read.to_string(), text);
        let again = EndToEndId::new(read.claim_number(), read.attempt());
        assert_eq!(again.as_ref(), Ok(&read));
    }
}

/// A programme pack. What is taken is kept in its canonical form and read back from it.
pub fn pack(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    match read_pack(text) {
        Ok(read) => {
            let kept = read.to_canonical_json();
            let again = Pack::from_canonical_json(&kept).unwrap();
            assert_eq!(again.digest(), read.digest());
            let form = ClaimForm::of(&read, "91419001MA0000001N");
            let typed = form.typed(|_| Some(text.get(..20).unwrap_or(text)));
            let _read = read_claim(&form.document(&typed), TODAY);
        }
        Err(problems) => assert!(!problems.is_empty()),
    }
}

/// A calendar of holidays.
pub fn calendar(bytes: &[u8]) {
    if let Some(Ok(calendar)) = text(bytes).map(Calendar::parse) {
        let _later = calendar.add_working_days(TODAY, 20);
    }
}

/// The thresholds of screening.
pub fn thresholds(bytes: &[u8]) {
    let _read = text(bytes).map(Thresholds::parse);
}

/// A file of settings.
pub fn settings(bytes: &[u8]) {
    let folder = folder::Folder::new();
    let file = folder.path().join("tradein.toml");
    std::fs::write(&file, bytes).unwrap();
    if let Ok(settings) = Settings::load(&file, |_| None) {
        assert!((1..=10_000).contains(&settings.connections));
        let _told = (settings.target().is_ok(), settings.keys_path());
        let _papers = settings.papers_location().is_ok();
    }
}

/// A key file.
pub fn keys(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    let inline = KeySource::Inline(Zeroizing::new(text.to_owned()));
    match Keys::load(&inline) {
        Ok(keys) => drop(keys.jwks()),
        // A message quotes nothing of the keys.
        Err(error) => assert!(error.to_string().len() < 200, "{error}"),
    }
    if let Ok(set) = Jwks::parse(text) {
        assert!(Jwks::parse(&set.to_json().to_string()).is_ok());
    }
}

/// An exported journal, and each of its lines alone.
pub fn journal(bytes: &[u8]) {
    let _proof = verify_export(bytes, None);
    let Some(text) = text(bytes) else { return };
    for line in text.lines() {
        if let Ok((entry, hash)) = Entry::parse_line(line) {
            assert_eq!(entry.line(&hash), line);
        }
    }
}

/// Fixed keys, so that what is signed by them is known in every run.
static KEYS: LazyLock<Arc<Keys>> = LazyLock::new(|| {
    let text = include_str!("../data/fuzz/keys/good.toml").to_owned();
    Arc::new(Keys::load(&KeySource::Inline(Zeroizing::new(text))).unwrap())
});

/// A receipt. What passes is written in the one canonical way.
pub fn receipt(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    if let Ok(payload) = verify_receipt(text, &KEYS.public_keys()) {
        let input = tradein::journal::receipt::signing_input(&payload, KEYS.receipt.kid());
        assert_eq!(
            tradein::journal::receipt::complete(&input, &KEYS.receipt),
            text
        );
    }
}

/// An access token.
pub fn token(bytes: &[u8]) {
    thread_local! {
        static DESK: LazyCell<TokenDesk> =
            LazyCell::new(|| TokenDesk::new(KEYS.clone(), "tradein", "tradein-api"));
    }
    let Some(text) = text(bytes) else { return };
    let now = Timestamp(1_748_736_000_000_000);
    let taken = DESK.with(|desk| desk.verify(text, now).is_ok());
    assert!(!taken || text.split('.').count() == 3);
}

/// A bank's table of outcomes.
pub fn payment_outcomes(bytes: &[u8]) {
    match outcomes::read_csv(bytes) {
        Ok(read) => {
            assert!(!read.is_empty());
            let line = |o: &outcomes::Outcome| match &o.fate {
                Fate::Paid => format!("{},paid,", o.id),
                Fate::Returned { reason } => {
                    format!("{},returned,\"{}\"", o.id, reason.replace('"', "\"\""))
                }
            };
            let lines: Vec<String> = read.iter().map(line).collect();
            let printed = format!("end_to_end_id,outcome,reason\n{}\n", lines.join("\n"));
            let again = outcomes::read_csv(printed.as_bytes()).unwrap();
            let told = |all: &[outcomes::Outcome]| -> Vec<_> {
                all.iter().map(|o| (o.id.clone(), o.fate.clone())).collect()
            };
            assert_eq!(told(&again), told(&read));
        }
        Err(problems) => assert!(!problems.is_empty()),
    }
}

/// A bank's report.
pub fn pain_002(bytes: &[u8]) {
    if let Ok(report) = pain002::read(bytes) {
        assert!(report.outcomes.len() <= usize::try_from(pain002::MAX_TRANSACTIONS).unwrap());
    }
}

/// A paper: what is taken is what its first bytes say and within the limits.
pub fn paper(bytes: &[u8]) {
    let limits = Limits::default();
    if let Ok(found) = inspect(bytes, &limits) {
        assert!(bytes.len() <= limits.bytes);
        let (width, height) = found.pixels.unwrap_or((1, 1));
        assert!(u64::from(width) * u64::from(height) <= limits.pixels);
        assert_eq!(Media::parse(found.media.as_str()), Some(found.media));
    }
}

/// A table that somebody uploads. What is taken is within the limits, is written, and is read again
/// as it was.
pub fn table(bytes: &[u8]) {
    let Ok(read) = table_file::read(bytes) else {
        return;
    };
    assert!(read.rows.len() <= MOST_ROWS);
    assert!(
        read.rows
            .iter()
            .all(|(_, cells)| cells.len() <= MOST_COLUMNS)
    );
    let Some(((_, head), rows)) = read.rows.split_first() else {
        return;
    };
    let rows: Vec<Vec<String>> = rows.iter().map(|(_, cells)| cells.clone()).collect();
    for format in [Format::Csv, Format::Xlsx] {
        // Control characters have no place in a workbook.
        if let Some(written) = table_file::write(format, head, &rows) {
            let again = table_file::read(&written);
            assert!(again.is_ok() || format == Format::Xlsx, "{again:?}");
        }
    }
    static FORM: LazyLock<ClaimForm> =
        LazyLock::new(|| ClaimForm::of(&read_pack(PACK).unwrap(), "91419001MA0000001N"));
    for (_, cells) in &read.rows {
        let cell = |pointer: &str| cells.get(pointer.len() % MOST_COLUMNS).map(String::as_str);
        let _read = read_claim(&FORM.document(&FORM.typed(cell)), TODAY);
    }
}

/// The address of a webhook, its secret, and what its receiver checks.
pub fn webhook(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    for policy in [false, true].map(Policy::for_sandbox) {
        if let Ok(target) = Target::parse(text, policy) {
            let again = Target::parse(target.url(), policy).unwrap();
            assert_eq!(again.url(), target.url());
        }
    }
    if let Ok(secret) = Secret::parse(text) {
        assert_eq!(
            Secret::parse(&secret.reveal()).unwrap().as_bytes(),
            secret.as_bytes()
        );
    }
    let Some(id) = text.lines().next() else {
        return;
    };
    let _id = MessageId::parse(id);
    let secrets = Secrets::new(Secret::from_bytes(&[7; 32]).unwrap(), []);
    let mut lines = text.lines();
    let mut line = || lines.next().unwrap_or_default();
    let headers = Headers {
        id: line(),
        timestamp: line(),
        signature: line(),
    };
    let _verified = verify(&secrets, headers, bytes, Timestamp(0), 300);
}
