//! The XML of a status report: which element means what by where it stands.

use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesDecl, BytesRef, BytesStart, Event};

use super::{MAX_DEPTH, MAX_TRANSACTIONS, ReadError};

const NAMESPACE: &str = "urn:iso:std:iso:20022:tech:xsd:pain.002.001.";
const VERSIONS: std::ops::RangeInclusive<u8> = 3..=11;

/// What is said of a message, of a payment information or of a transaction.
#[derive(Default)]
pub(super) struct Statement {
    /// Where it begins.
    pub(super) line: u64,
    /// The id of the original; a payment information's is not kept.
    pub(super) id: Option<String>,
    /// The status code.
    pub(super) status: Option<String>,
    /// All reasons, each with its code and remarks.
    pub(super) reason: String,
    /// An id that serves where the other is not given.
    second_id: Option<String>,
    /// What comes between the reason so far and its next part.
    separator: &'static str,
}

/// What a report consists of.
#[derive(Default)]
pub(super) struct Document {
    /// On the message.
    pub(super) group: Statement,
    /// On its payment informations.
    pub(super) payment_informations: Vec<Statement>,
    /// On its transactions.
    pub(super) transactions: Vec<Statement>,
}

/// What an element is, by its name and by what it stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Document,
    Report,
    Group,
    PaymentInformation,
    Transaction,
    Reason,
    ReasonCode,
    Leaf(Leaf),
    /// Of no interest, with everything inside.
    Other,
}

/// An element whose text is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Leaf {
    Id,
    SecondId,
    Status,
    ReasonPart,
}

impl Place {
    fn inside(self, name: &str) -> Self {
        match (self, name) {
            (Place::Document, "CstmrPmtStsRpt") => Place::Report,
            (Place::Report, "OrgnlGrpInfAndSts") => Place::Group,
            (Place::Report, "OrgnlPmtInfAndSts") => Place::PaymentInformation,
            (Place::PaymentInformation, "TxInfAndSts") => Place::Transaction,
            (Place::Group, "OrgnlMsgId") | (Place::Transaction, "OrgnlEndToEndId") => {
                Place::Leaf(Leaf::Id)
            }
            (Place::Transaction, "OrgnlInstrId") => Place::Leaf(Leaf::SecondId),
            (Place::Group, "GrpSts")
            | (Place::PaymentInformation, "PmtInfSts")
            | (Place::Transaction, "TxSts") => Place::Leaf(Leaf::Status),
            (Place::Group | Place::PaymentInformation | Place::Transaction, "StsRsnInf") => {
                Place::Reason
            }
            (Place::Reason, "Rsn") => Place::ReasonCode,
            (Place::ReasonCode, "Cd" | "Prtry") | (Place::Reason, "AddtlInf") => {
                Place::Leaf(Leaf::ReasonPart)
            }
            _ => Place::Other,
        }
    }
}

/// Reads the document.
pub(super) fn read(text: &str) -> Result<Document, ReadError> {
    let mut walk = Walk::default();
    let mut xml = Reader::from_str(text);
    xml.config_mut().expand_empty_elements = true;
    let mut counted = 0;
    loop {
        let event = xml.read_event();
        let position = usize::try_from(xml.buffer_position()).unwrap_or(text.len());
        let passed = text.as_bytes().get(counted..position).unwrap_or_default();
        walk.newlines += passed.iter().filter(|b| **b == b'\n').count() as u64;
        counted = position.max(counted);
        match event.map_err(|_| walk.malformed())? {
            Event::Start(start) => walk.enter(&start)?,
            Event::End(_) => walk.leave()?,
            Event::Text(text) => walk.text(&text.xml10_content())?,
            Event::CData(text) => walk.text(&text.xml10_content())?,
            Event::GeneralRef(reference) => walk.reference(&reference)?,
            Event::Decl(declaration) => encoding(&declaration)?,
            Event::DocType(_) => return Err(ReadError::DocumentType { line: walk.line() }),
            Event::Comment(_) | Event::PI(_) => {}
            // Empty elements are expanded.
            Event::Empty(_) => return Err(walk.malformed()),
            Event::Eof => return walk.finish(),
        }
    }
}

fn encoding(declaration: &BytesDecl<'_>) -> Result<(), ReadError> {
    match declaration.encoding() {
        None => Ok(()),
        Some(Ok(name)) if name.eq_ignore_ascii_case("utf-8") => Ok(()),
        Some(Ok(name)) if name.eq_ignore_ascii_case("us-ascii") => Ok(()),
        Some(_) => Err(ReadError::NotUtf8),
    }
}

/// Where reading stands.
#[derive(Default)]
struct Walk {
    newlines: u64,
    /// The elements that are open, from the outermost.
    places: Vec<Place>,
    /// What is being said: of the message, or of a payment information and one of its
    /// transactions.
    statements: Vec<Statement>,
    /// The text of the leaf that is open.
    leaf: String,
    has_root: bool,
    has_group: bool,
    document: Document,
}

impl Walk {
    fn line(&self) -> u64 {
        self.newlines + 1
    }

    fn malformed(&self) -> ReadError {
        ReadError::Malformed { line: self.line() }
    }

    fn repeated(&self) -> ReadError {
        ReadError::Repeated { line: self.line() }
    }

    fn enter(&mut self, start: &BytesStart<'_>) -> Result<(), ReadError> {
        let place = match self.places.last() {
            None => self.root(start)?,
            Some(parent) => parent.inside(start.local_name().as_ref()),
        };
        if self.places.len() >= MAX_DEPTH {
            return Err(ReadError::TooDeep { line: self.line() });
        }
        match place {
            Place::Group if std::mem::replace(&mut self.has_group, true) => {
                return Err(self.repeated());
            }
            Place::Group | Place::PaymentInformation | Place::Transaction => {
                self.statements.push(Statement {
                    line: self.line(),
                    ..Statement::default()
                });
            }
            Place::Reason => {
                if let Some(statement) = self.statements.last_mut() {
                    statement.separator = "; ";
                }
            }
            Place::Leaf(_) => self.leaf.clear(),
            Place::Document | Place::Report | Place::ReasonCode | Place::Other => {}
        }
        self.places.push(place);
        Ok(())
    }

    /// A document has one root, here the `Document` of a namespace that is known.
    fn root(&mut self, start: &BytesStart<'_>) -> Result<Place, ReadError> {
        if std::mem::replace(&mut self.has_root, true) {
            return Err(self.malformed());
        }
        let declared = match start.name().prefix() {
            None => "xmlns".to_owned(),
            Some(prefix) => format!("xmlns:{}", prefix.as_ref()),
        };
        let mut version = None;
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|_| self.malformed())?;
            if attribute.key.as_ref() == declared {
                version = attribute
                    .value
                    .strip_prefix(NAMESPACE)
                    .filter(|version| version.len() == 2 && !version.starts_with('+'))
                    .and_then(|version| version.parse().ok());
            }
        }
        let is_report = start.local_name().as_ref() == "Document"
            && version.is_some_and(|version| VERSIONS.contains(&version));
        if is_report {
            Ok(Place::Document)
        } else {
            Err(ReadError::OtherDocument)
        }
    }

    fn text(&mut self, text: &str) -> Result<(), ReadError> {
        match self.places.last() {
            Some(Place::Leaf(_)) => self.leaf.push_str(text),
            Some(_) => {}
            None if text.trim().is_empty() => {}
            None => return Err(self.malformed()),
        }
        Ok(())
    }

    fn reference(&mut self, reference: &BytesRef<'_>) -> Result<(), ReadError> {
        let mut buffer = [0; 4];
        let text = match reference.resolve_char_ref() {
            Err(_) => return Err(self.malformed()),
            Ok(Some(c)) => c.encode_utf8(&mut buffer),
            Ok(None) => match resolve_xml_entity(reference) {
                Some(text) => text,
                None => return Err(ReadError::Entity { line: self.line() }),
            },
        };
        // Also nothing but blanks may be referred to outside of the root.
        self.text(text)
    }

    /// Closes the innermost element. That its name is right was checked before.
    fn leave(&mut self) -> Result<(), ReadError> {
        let closed = self.places.pop().ok_or_else(|| self.malformed())?;
        match closed {
            Place::Leaf(leaf) => self.keep(leaf)?,
            Place::Group => {
                if let Some(statement) = self.statements.pop() {
                    self.document.group = statement;
                }
            }
            Place::PaymentInformation => {
                let statement = self.statements.pop();
                self.document.payment_informations.extend(statement);
            }
            Place::Transaction => {
                let transactions = &mut self.document.transactions;
                if transactions.len() as u64 >= MAX_TRANSACTIONS {
                    return Err(ReadError::TooMany);
                }
                transactions.extend(self.statements.pop().map(|statement| Statement {
                    id: statement.id.or(statement.second_id),
                    second_id: None,
                    ..statement
                }));
            }
            _ => {}
        }
        Ok(())
    }

    fn keep(&mut self, leaf: Leaf) -> Result<(), ReadError> {
        let repeated = self.repeated();
        let Some(statement) = self.statements.last_mut() else {
            return Ok(());
        };
        let text = self.leaf.trim();
        let slot = match leaf {
            Leaf::Id => &mut statement.id,
            Leaf::SecondId => &mut statement.second_id,
            Leaf::Status => &mut statement.status,
            Leaf::ReasonPart => {
                if text.is_empty() {
                    return Ok(());
                }
                if !statement.reason.is_empty() {
                    statement.reason.push_str(statement.separator);
                }
                statement.reason.push_str(text);
                statement.separator = " ";
                return Ok(());
            }
        };
        if slot.is_some() {
            return Err(repeated);
        }
        *slot = Some(text.to_owned()).filter(|text| !text.is_empty());
        Ok(())
    }

    fn finish(self) -> Result<Document, ReadError> {
        if !self.places.is_empty() {
            return Err(self.malformed());
        }
        if !self.has_root {
            return Err(ReadError::OtherDocument);
        }
        Ok(self.document)
    }
}
