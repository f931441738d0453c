//! The small bodies of acts: each read by the walk that claims are read by, so that all defects
//! come at once and unknown members are refused.

use crate::domain::defect::DefectCode;
use crate::domain::event::EventType;
use crate::domain::formats::Uscc;
use crate::domain::intake::{Fields, Json, read_object, scalar};
use crate::domain::money::Fen;
use crate::domain::time::Timestamp;
use crate::http::problem::{Problem, ProblemCode};
use crate::operations::appeal::Grounds;
use crate::operations::dealer_accounts::NewAccount;
use crate::operations::dealers::{self, NewDealer};
use crate::operations::pool_stages::Stage;
use crate::operations::review::Finding;

/// Characters of a sentence that somebody writes.
const SENTENCE: usize = 500;
/// Characters of a word, a name or a reference.
const WORD: usize = 64;
/// Characters of a URL.
const URL: usize = 2_048;
/// Programmes of one dealer.
const PROGRAMMES: usize = 100;
/// Findings in one return.
const FINDINGS: usize = 50;
/// The most days that a correction may take.
const DAYS: u32 = 90;

fn read<T>(body: &[u8], walk: impl FnOnce(&mut Fields<'_, '_>) -> Option<T>) -> Result<T, Problem> {
    read_object(body, walk).map_err(|error| Problem::intake(error, ProblemCode::BodyMalformed))
}

fn sentence(json: &Json<'_>) -> Result<String, DefectCode> {
    scalar::text(json, SENTENCE)
}

fn pointer(json: &Json<'_>) -> Result<String, DefectCode> {
    let text = scalar::text(json, SENTENCE)?;
    if text.starts_with('/') {
        Ok(text)
    } else {
        Err(DefectCode::Format)
    }
}

fn whole(json: &Json<'_>, most: u32) -> Result<u32, DefectCode> {
    let Json::Integer(number) = json else {
        return Err(DefectCode::WrongType);
    };
    match u32::try_from(*number) {
        Ok(number) if (1..=most).contains(&number) => Ok(number),
        _ => Err(DefectCode::OutOfRange),
    }
}

fn finding_members(fields: &mut Fields<'_, '_>) -> Option<Finding> {
    let code = fields.required("code", scalar::word);
    let field = fields.required("field", pointer);
    let message = fields.required("message", sentence);
    Some(Finding {
        code: code?,
        field: field?,
        message: message?,
    })
}

/// `{"code", "field", "message"}`, all required.
pub(super) fn finding(body: &[u8]) -> Result<Finding, Problem> {
    read(body, |fields| {
        fields.only(&["code", "field", "message"]);
        finding_members(fields)
    })
}

/// `{"days", "defects": [{"code", "field", "message"}]}`
pub(super) fn giving_back(body: &[u8]) -> Result<(u32, Vec<Finding>), Problem> {
    read(body, |fields| {
        fields.only(&["days", "defects"]);
        let days = fields.required("days", |json| whole(json, DAYS));
        let defects = fields.objects("defects", FINDINGS, |mut fields| {
            fields.only(&["code", "field", "message"]);
            finding_members(&mut fields)
        });
        Some((days?, defects?))
    })
}

/// `{"decision": "won" | "lost", "code", "field", "message"}`
pub(super) fn appeal_decision(body: &[u8]) -> Result<(bool, Finding), Problem> {
    read(body, |fields| {
        fields.only(&["decision", "code", "field", "message"]);
        let words = [("won", true), ("lost", false)];
        let won = fields.required("decision", |json| scalar::one_of(json, &words));
        let finding = finding_members(fields);
        Some((won?, finding?))
    })
}

/// `{"message"}`
pub(super) fn grounds(body: &[u8]) -> Result<Grounds, Problem> {
    read(body, |fields| {
        fields.only(&["message"]);
        let message = fields.required("message", sentence)?;
        Some(Grounds { message })
    })
}

/// `{"code", "why"}`
pub(super) fn flag(body: &[u8]) -> Result<(String, String), Problem> {
    read(body, |fields| {
        fields.only(&["code", "why"]);
        let code = fields.required("code", scalar::word);
        let why = fields.required("why", sentence);
        Some((code?, why?))
    })
}

/// `{"why"}`
pub(super) fn why(body: &[u8]) -> Result<String, Problem> {
    read(body, |fields| {
        fields.only(&["why"]);
        fields.required("why", sentence)
    })
}

/// `{"pool", "limit"}`; the limit is the most that a batch may have when it is left out.
pub(super) fn batch(body: &[u8], most: u32) -> Result<(String, u32), Problem> {
    read(body, |fields| {
        fields.only(&["pool", "limit"]);
        let pool = fields.required("pool", |json| scalar::text(json, WORD));
        let limit = fields.optional("limit", |json| whole(json, most));
        Some((pool?, limit?.unwrap_or(most)))
    })
}

/// `{"url", "types"}`; no types are all types.
pub(super) fn webhook(body: &[u8]) -> Result<(String, Vec<EventType>), Problem> {
    read(body, |fields| {
        fields.only(&["url", "types"]);
        let url = fields.required("url", |json| scalar::text(json, URL));
        let types = fields.list("types", EventType::ALL.len(), |json| {
            EventType::parse(scalar::string(json)?).ok_or(DefectCode::NotInList)
        });
        Some((url?, types?))
    })
}

/// `{"since"}`
pub(super) fn since(body: &[u8]) -> Result<Timestamp, Problem> {
    read(body, |fields| {
        fields.only(&["since"]);
        fields.required("since", |json| {
            Timestamp::parse_rfc3339(scalar::string(json)?).ok_or(DefectCode::Format)
        })
    })
}

/// `{"name", "number", "bank"}`
pub(super) fn bank_account(body: &[u8]) -> Result<NewAccount, Problem> {
    read(body, NewAccount::members)
}

/// `{"uscc", "name", "programmes"}`
pub(super) fn new_dealer(body: &[u8]) -> Result<NewDealer, Problem> {
    read(body, |fields| {
        fields.only(&["uscc", "name", "programmes"]);
        let uscc = fields.required("uscc", |json| Uscc::parse(scalar::string(json)?));
        let name = fields.required("name", |json| scalar::text(json, dealers::NAME));
        let text = |json: &Json<'_>| scalar::text(json, WORD);
        let programmes = fields.list("programmes", PROGRAMMES, text);
        Some(NewDealer {
            uscc: uscc?,
            name: name?,
            programmes: programmes?,
        })
    })
}

/// An amount of money, and not nothing.
fn some_money(json: &Json<'_>) -> Result<Fen, DefectCode> {
    match scalar::money(json)? {
        Fen::ZERO => Err(DefectCode::OutOfRange),
        amount => Ok(amount),
    }
}

/// `{"to", "amount", "reference"}`
pub(super) fn transfer(body: &[u8]) -> Result<(String, Fen, String), Problem> {
    read(body, |fields| {
        fields.only(&["to", "amount", "reference"]);
        let to = fields.required("to", |json| scalar::text(json, WORD));
        let amount = fields.required("amount", some_money);
        let reference = fields.required("reference", |json| scalar::text(json, WORD));
        Some((to?, amount?, reference?))
    })
}

/// `{"stage": "intake" | "allocation" | "payout", "why"}`
pub(super) fn stage(body: &[u8]) -> Result<(Stage, String), Problem> {
    read(body, |fields| {
        fields.only(&["stage", "why"]);
        let words = Stage::ALL.map(|stage| (stage.as_str(), stage));
        let stage = fields.required("stage", |json| scalar::one_of(json, &words));
        let why = fields.required("why", sentence);
        Some((stage?, why?))
    })
}

/// `{"amount", "reference"}`
pub(super) fn paid_in(body: &[u8]) -> Result<(Fen, String), Problem> {
    read(body, |fields| {
        fields.only(&["amount", "reference"]);
        let amount = fields.required("amount", some_money);
        let reference = fields.required("reference", |json| scalar::text(json, WORD));
        Some((amount?, reference?))
    })
}

/// `{"pool", "limit", "most_amount"}`; without an amount any will do.
pub(super) fn bulk(body: &[u8], most: u32) -> Result<(String, u32, Option<Fen>), Problem> {
    read(body, |fields| {
        fields.only(&["pool", "limit", "most_amount"]);
        let pool = fields.required("pool", |json| scalar::text(json, WORD));
        let limit = fields.required("limit", |json| whole(json, most));
        let amount = fields.optional("most_amount", scalar::money);
        Some((pool?, limit?, amount?))
    })
}
