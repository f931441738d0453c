//! An applicant asks for the state of a claim, with its number and two tails.
//!
//! A wrong pair of tails and a number that does not exist get the same answer, so that
//! nobody learns which numbers exist, and both are counted against the same limits.

use std::fmt;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use crate::domain::defect::{Defect, DefectCode};
use crate::http::body::JsonBody;
use crate::http::lang;
use crate::http::problem::{Problem, ProblemCode};
use crate::http::rate;
use crate::http::state::Shared;
use crate::operations::public;

/// What an applicant knows.
#[derive(Debug, PartialEq, Eq)]
struct Question {
    number: String,
    id_tail: String,
    mobile_tail: String,
}

/// `POST /v1/public/claim-status`
pub async fn ask(
    body: JsonBody,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let asked = read(&body.0)?;
    let guess = shared.limits.claim_status(
        rate::address(&request, &shared.engine.settings.trusted_proxies),
        &asked.number,
    )?;
    let Question {
        number,
        id_tail,
        mobile_tail,
    } = &asked;
    let lang = lang::of(request.headers());
    let found = public::claim_status(&shared.engine, number, id_tail, mobile_tail, lang).await;
    let status = found.map_err(|error| Problem::reading(error, ProblemCode::ClaimNotFound))?;
    shared.limits.was_right(&guess);
    Ok(HttpResponse::Ok().json(status))
}

fn read(body: &[u8]) -> Result<Question, Problem> {
    let members: Members = serde_json::from_slice(body).map_err(|error| {
        if error.is_data() {
            let defect = Defect::new("", DefectCode::WrongType);
            return Problem::with_errors(ProblemCode::BodyMalformed, vec![defect]);
        }
        Problem::unreadable(format!("{}:{}", error.line(), error.column()))
    })?;
    let mut reading = Reading {
        members: members.0,
        defects: Vec::new(),
    };
    let question = Question {
        number: reading.take("number", |text| match text.chars().count() {
            1..=32 if text.chars().any(char::is_control) => Err(DefectCode::ControlCharacter),
            1..=32 => Ok(text.trim().to_ascii_uppercase()),
            _ => Err(DefectCode::Length),
        }),
        id_tail: reading.take("id_tail", |text| tail(text, true)),
        mobile_tail: reading.take("mobile_tail", |text| tail(text, false)),
    };
    reading.finish()?;
    Ok(question)
}

/// The last four characters of a number: digits, and in an identity number letters too.
fn tail(text: &str, letters: bool) -> Result<String, DefectCode> {
    let tail = text.trim().to_ascii_uppercase();
    if tail.chars().count() != 4 {
        return Err(DefectCode::Length);
    }
    let fits = |b: u8| b.is_ascii_digit() || (letters && b.is_ascii_uppercase());
    if tail.bytes().all(fits) {
        Ok(tail)
    } else {
        Err(DefectCode::Format)
    }
}

struct Reading {
    members: Vec<(String, Value)>,
    defects: Vec<Defect>,
}

impl Reading {
    fn take(
        &mut self,
        name: &str,
        read: impl FnOnce(&str) -> Result<String, DefectCode>,
    ) -> String {
        let found: Vec<Value> = self
            .members
            .extract_if(.., |(key, _)| key == name)
            .map(|(_, value)| value)
            .collect();
        let read = match found.as_slice() {
            [] | [Value::Null] => Err(DefectCode::Required),
            [Value::String(text)] => read(text),
            [_] => Err(DefectCode::WrongType),
            _ => Err(DefectCode::DuplicateField),
        };
        read.unwrap_or_else(|code| {
            self.defects.push(Defect::new(format!("/{name}"), code));
            String::new()
        })
    }

    fn finish(mut self) -> Result<(), Problem> {
        for (name, _) in self.members {
            let pointer = name.replace('~', "~0").replace('/', "~1");
            self.defects
                .push(Defect::new(format!("/{pointer}"), DefectCode::UnknownField));
        }
        if self.defects.is_empty() {
            Ok(())
        } else {
            Err(Problem::with_errors(
                ProblemCode::BodyMalformed,
                self.defects,
            ))
        }
    }
}

/// The members of a JSON object in order, also those that stand twice.
struct Members(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
            if members.len() > 64 {
                return Err(de::Error::custom("too many members"));
            }
        }
        Ok(Members(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_read_in_any_spelling() {
        let body = r#"{"number":" jy25-0000123-7","id_tail":"001x","mobile_tail":"8000"}"#;
        let expected = Question {
            number: "JY25-0000123-7".into(),
            id_tail: "001X".into(),
            mobile_tail: "8000".into(),
        };
        assert_eq!(read(body.as_bytes()), Ok(expected));
    }

    fn code(body: &str) -> ProblemCode {
        read(body.as_bytes()).unwrap_err().code()
    }

    #[test]
    fn what_is_no_question_is_refused() {
        for text in ["", "{", "nul", "{\"number\":\"\u{0}\"}", "{} {}"] {
            assert_eq!(code(text), ProblemCode::JsonUnreadable, "{text}");
        }
        for text in [
            "[]",
            "1",
            "\"x\"",
            "{}",
            r#"{"number":1,"id_tail":"0014","mobile_tail":"8000"}"#,
        ] {
            assert_eq!(code(text), ProblemCode::BodyMalformed, "{text}");
        }
    }

    #[test]
    fn every_defect_is_named() {
        let body = r#"{"number":"","id_tail":"14","mobile_tail":"80x0","a/b":1,"number":"n"}"#;
        let defects = vec![
            Defect::new("/number", DefectCode::DuplicateField),
            Defect::new("/id_tail", DefectCode::Length),
            Defect::new("/mobile_tail", DefectCode::Format),
            Defect::new("/a~1b", DefectCode::UnknownField),
        ];
        let expected = Problem::with_errors(ProblemCode::BodyMalformed, defects);
        assert_eq!(read(body.as_bytes()), Err(expected));
    }
}
