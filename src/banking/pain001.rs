//! A payment file as ISO 20022 customer credit transfer initiation, `pain.001.001.03`.
//!
//! Why version 03 of the 2009 edition: the bulk payment messages of the second generation of the
//! China National Advanced Payment System date from then (its message standards of 2010 and
//! 2011), and where banks take pain.001 from customers, the guides of the Common Global
//! Implementation name 03 first. Version 09 differs, in what is written here,
//! only in the request for a day (`ReqdExctnDt/Dt`) and the name of a BIC (`BICFI`). Agree on it
//! with the bank before the first file.

use std::fmt;

use chrono::{DateTime, FixedOffset, Utc};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::label::clean_and_cut;
use super::{AccountNumber, Bank, BankForm, Payment, PaymentFile};
use crate::domain::time::Timestamp;

const NAMESPACE: &str = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.03";

/// `Max140Text`.
const LONGEST_NAME: usize = 140;

const CURRENCY: &str = "CNY";

/// Beijing is eight hours ahead of UTC.
const BEIJING_SECONDS: i32 = 8 * 3600;

/// Writes UTF-8: one group header, one payment information, one transaction a payment. The
/// control totals stand in both.
///
/// Characters that XML 1.0 forbids are left out of names, and a name ends after 140 characters.
pub fn write(file: &PaymentFile<'_>) -> Vec<u8> {
    let mut xml = Xml(Writer::new_with_indent(Vec::new(), b' ', 1));
    xml.event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
    let root = BytesStart::new("Document").with_attributes([("xmlns", NAMESPACE)]);
    xml.element(root, |xml| {
        xml.within("CstmrCdtTrfInitn", |xml| {
            xml.within("GrpHdr", |xml| group_header(xml, file));
            xml.within("PmtInf", |xml| payment_information(xml, file));
        });
    });
    let mut bytes = xml.0.into_inner();
    bytes.push(b'\n');
    bytes
}

fn group_header(xml: &mut Xml, file: &PaymentFile<'_>) {
    xml.text("MsgId", file.batch().id);
    xml.text("CreDtTm", &beijing_time(file.batch().created));
    totals(xml, file);
    xml.within("InitgPty", |xml| xml.name(&file.batch().debtor.name));
}

fn payment_information(xml: &mut Xml, file: &PaymentFile<'_>) {
    let batch = file.batch();
    xml.text("PmtInfId", batch.id);
    xml.text("PmtMtd", "TRF");
    totals(xml, file);
    xml.text("ReqdExctnDt", &batch.execution_day.to_string());
    xml.within("Dbtr", |xml| xml.name(&batch.debtor.name));
    xml.within("DbtrAcct", |xml| {
        account(xml, &batch.debtor.account);
        xml.text("Ccy", CURRENCY);
    });
    xml.within("DbtrAgt", |xml| {
        xml.within("FinInstnId", |xml| match &batch.debtor.bank {
            Some(bank) => bank_id(xml, bank),
            // The schema wants an agent; this is how guides say that none is given.
            None => xml.within("Othr", |xml| xml.text("Id", "NOTPROVIDED")),
        });
    });
    for payment in batch.payments {
        xml.within("CdtTrfTxInf", |xml| transaction(xml, payment));
    }
}

fn totals(xml: &mut Xml, file: &PaymentFile<'_>) {
    xml.text("NbOfTxs", &file.count());
    xml.text("CtrlSum", &file.total());
}

fn transaction(xml: &mut Xml, payment: &Payment) {
    xml.within("PmtId", |xml| {
        // Both alike, so that an answer that names only one of them is understood.
        xml.text("InstrId", &payment.end_to_end_id);
        xml.text("EndToEndId", &payment.end_to_end_id);
    });
    xml.within("Amt", |xml| {
        let amount = BytesStart::new("InstdAmt").with_attributes([("Ccy", CURRENCY)]);
        xml.element(amount, |xml| xml.characters(&payment.amount));
    });
    if let Some(bank) = &payment.bank {
        xml.within("CdtrAgt", |xml| {
            xml.within("FinInstnId", |xml| bank_id(xml, bank));
        });
    }
    xml.within("Cdtr", |xml| xml.name(&payment.payee_name));
    xml.within("CdtrAcct", |xml| account(xml, &payment.account));
    xml.within("RmtInf", |xml| xml.text("Ustrd", payment.claim_number()));
}

/// Accounts in China have no IBAN.
fn account(xml: &mut Xml, number: &AccountNumber) {
    xml.within("Id", |xml| {
        xml.within("Othr", |xml| xml.text("Id", number.as_str()));
    });
}

fn bank_id(xml: &mut Xml, bank: &Bank) {
    match bank.form() {
        BankForm::Bic => xml.text("BIC", bank.as_str()),
        BankForm::Cnaps => xml.within("ClrSysMmbId", |xml| {
            // CNAPS in ISO's external code set of clearing systems.
            xml.within("ClrSysId", |xml| xml.text("Cd", "CNAPS"));
            xml.text("MmbId", bank.as_str());
        }),
        BankForm::Name => xml.name(bank.as_str()),
    }
}

/// `2026-11-23T18:00:00+08:00`: the bank's own time, to the second, with nothing to guess.
fn beijing_time(at: Timestamp) -> String {
    let utc: DateTime<Utc> = DateTime::from_timestamp(at.unix_seconds(), 0).unwrap_or_default();
    match FixedOffset::east_opt(BEIJING_SECONDS) {
        Some(beijing) => utc.with_timezone(&beijing).to_rfc3339(),
        None => utc.to_rfc3339(),
    }
}

/// XML that grows in memory.
struct Xml(Writer<Vec<u8>>);

impl Xml {
    #[expect(clippy::expect_used, reason = "a vector takes every byte")]
    fn event(&mut self, event: Event<'_>) {
        self.0.write_event(event).expect("memory");
    }

    fn element(&mut self, start: BytesStart<'_>, inner: impl FnOnce(&mut Self)) {
        let end = start.to_end().into_owned();
        self.event(Event::Start(start));
        inner(self);
        self.event(Event::End(end));
    }

    fn within(&mut self, name: &'static str, inner: impl FnOnce(&mut Self)) {
        self.event(Event::Start(BytesStart::new(name)));
        inner(self);
        self.event(Event::End(BytesEnd::new(name)));
    }

    fn characters(&mut self, value: &(impl fmt::Display + ?Sized)) {
        // Escapes what has a meaning in XML.
        self.event(Event::Text(BytesText::new(&value.to_string())));
    }

    fn text(&mut self, name: &'static str, value: &(impl fmt::Display + ?Sized)) {
        self.within(name, |xml| xml.characters(value));
    }

    /// A name; never empty where the file was checked.
    fn name(&mut self, name: &str) {
        self.text("Nm", &clean_and_cut(name, LONGEST_NAME));
    }
}
