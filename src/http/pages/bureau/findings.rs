//! The fields in which a reviewer or approver says what is wrong: which field of the claim, a code
//! and a sentence.

use serde_json::{Value, json};

use super::mistake::{Mistake, wrong};
use super::sheet::Sheet;
use crate::http::pages::form::Form;
use crate::http::pages::frame::Frame;

/// Findings that one form takes.
pub const ROWS: usize = 4;

/// One of a list.
#[derive(Debug, Clone)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is shown.
    pub word: String,
    /// Whether it was chosen.
    pub chosen: bool,
}

/// A list with nothing chosen unless something was.
pub fn choices<V: Into<String>, W: Into<String>>(
    list: impl IntoIterator<Item = (V, W)>,
    chosen: &str,
) -> Vec<Choice> {
    let choice = |(value, word): (V, W)| {
        let value = value.into();
        Choice {
            chosen: value == chosen,
            word: word.into(),
            value,
        }
    };
    list.into_iter().map(choice).collect()
}

/// The fields of one finding.
#[derive(Debug, Clone)]
pub struct FindingRow {
    /// 1, 2, 3 … in its form.
    pub number: usize,
    /// What its ids begin with.
    pub id: String,
    /// Fields of the claim.
    pub fields: Vec<Choice>,
    /// Codes.
    pub codes: Vec<Choice>,
    /// The sentence.
    pub message: String,
    /// What is wrong with the field.
    pub wrong_field: Option<&'static str>,
    /// What is wrong with the code.
    pub wrong_code: Option<&'static str>,
    /// What is wrong with the sentence.
    pub wrong_message: Option<&'static str>,
}

/// The rows of a form, with what was typed in them.
pub fn rows(
    f: &Frame,
    sheet: &Sheet,
    form: &Form,
    mistake: Option<&Mistake>,
    which: &'static str,
    count: usize,
) -> Vec<FindingRow> {
    // What was typed belongs to the form that was sent.
    let empty = Form::default();
    let sent = mistake.is_some_and(|mistake| mistake.is_of(which));
    let form = if sent { form } else { &empty };
    let facts: Vec<(String, String)> = sheet
        .parts
        .iter()
        .flat_map(|part| {
            let named = |fact: &super::facts::Fact| {
                (
                    fact.pointer.clone(),
                    format!("{} · {}", part.title, fact.label),
                )
            };
            part.facts.iter().map(named)
        })
        .collect();
    let codes = f.finding_codes(which != "return");
    let row = |number: usize| {
        let name = |member: &str| format!("{member}_{number}");
        let wrong = |member: &str| wrong(mistake, which, &name(member));
        FindingRow {
            number,
            id: format!("{which}-{number}"),
            fields: choices(facts.clone(), form.text(&name("field"))),
            codes: choices(codes.clone(), form.text(&name("code"))),
            message: form.raw(&name("message")).to_owned(),
            wrong_field: wrong("field"),
            wrong_code: wrong("code"),
            wrong_message: wrong("message"),
        }
    };
    (1..=count).map(row).collect()
}

/// One finding of a form as the body of an act has it; what was left empty is missing.
pub fn finding(form: &Form, number: usize) -> Value {
    let member = |name: &str| form.some(&format!("{name}_{number}"));
    json!({
        "code": member("code"),
        "field": member("field"),
        "message": member("message"),
    })
}

/// The findings of a form in which something was filled in, with their numbers.
pub fn filled(form: &Form) -> (Vec<Value>, Vec<usize>) {
    let any = |number: &usize| {
        let mut members = ["code", "field", "message"].iter();
        members.any(|name| form.some(&format!("{name}_{number}")).is_some())
    };
    let numbers: Vec<usize> = (1..=ROWS).filter(any).collect();
    let findings = numbers.iter().map(|number| finding(form, *number));
    (findings.collect(), numbers)
}

/// The field of the form that a pointer into `{"defects": […]}` means.
pub fn name_in_list(pointer: &str, numbers: &[usize]) -> String {
    let mut members = pointer.trim_start_matches('/').split('/');
    match (members.next(), members.next(), members.next()) {
        (Some("defects"), Some(at), Some(member)) => {
            let number = at.parse().ok().and_then(|at: usize| numbers.get(at));
            format!("{member}_{}", number.unwrap_or(&1))
        }
        (Some("defects"), ..) => "field_1".to_owned(),
        (Some(member), ..) => member.to_owned(),
        (None, ..) => String::new(),
    }
}

/// The field of the form that a pointer into one finding means.
pub fn name_of_one(pointer: &str) -> String {
    match pointer.trim_start_matches('/') {
        member @ ("code" | "field" | "message") => format!("{member}_1"),
        other => other.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_that_were_filled_in_keep_their_rows() {
        let form = Form::of("code_1=&code_2=paper_wrong&field_2=/invoice&message_4=x");
        let (found, numbers) = filled(&form);
        assert_eq!(numbers, [2, 4]);
        assert_eq!(found[0]["code"], "paper_wrong");
        assert_eq!(found[1]["code"], Value::Null);
        let name = |pointer| name_in_list(pointer, &numbers);
        assert_eq!(name("/defects/1/code"), "code_4");
        assert_eq!(name("/defects/0/message"), "message_2");
        assert_eq!(name("/days"), "days");
        assert_eq!(name("/defects"), "field_1");
        assert_eq!(name_of_one("/message"), "message_1");
    }
}
