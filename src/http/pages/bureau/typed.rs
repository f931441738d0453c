//! A form that was sent: read by the same walk as the body of a call, and shown again with what
//! was typed where it is refused.

use actix_web::http::StatusCode;
use serde_json::{Map, Value};

use crate::clock;
use crate::domain::defect::{Defect, DefectCode};
use crate::domain::ids::ProposalId;
use crate::domain::text::Lang;
use crate::http::pages::form::Form;
use crate::http::pages::frame::Frame;
use crate::http::problem::{Problem, ProblemCode};

/// What was typed into one of the forms of a page, and why it was refused.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    form: &'static str,
    members: Form,
    problem: Option<Problem>,
}

impl Typed {
    /// Nothing was sent yet.
    pub fn nothing() -> Self {
        Self::default()
    }

    /// A form that is to be shown again.
    ///
    /// # Errors
    /// The problem itself where it is none that another try mends: what is asked for is not there,
    /// or the database does not answer.
    pub fn refused(form: &'static str, members: &Form, problem: Problem) -> Result<Self, Problem> {
        if !matches!(problem.code().status(), 400 | 403 | 409 | 422) {
            return Err(problem);
        }
        Ok(Self {
            form,
            members: members.clone(),
            problem: Some(problem),
        })
    }

    /// The status of the page.
    pub fn status(&self) -> StatusCode {
        let status = self.problem.as_ref().map(|problem| problem.code().status());
        match status {
            // A body with defects is a form with mistakes.
            Some(400 | 422) => StatusCode::UNPROCESSABLE_ENTITY,
            Some(403) => StatusCode::FORBIDDEN,
            Some(_) => StatusCode::CONFLICT,
            None => StatusCode::OK,
        }
    }

    /// What was typed into a field of a form.
    pub fn value(&self, form: &str, name: &str) -> &str {
        if self.form == form {
            self.members.text(name)
        } else {
            ""
        }
    }

    /// The same, or else `otherwise` before the form was sent.
    pub fn or<'a>(&'a self, form: &str, name: &str, otherwise: &'a str) -> &'a str {
        if self.form == form {
            self.members.text(name)
        } else {
            otherwise
        }
    }

    /// Whether a box of a form was ticked, or a word of a list chosen.
    pub fn chosen(&self, form: &str, name: &str, value: &str) -> bool {
        self.form == form && self.members.all(name).any(|chosen| chosen == value)
    }

    /// What is wrong with a field of a form.
    pub fn wrong(&self, form: &str, name: &str, f: &Frame) -> Option<&'static str> {
        let problem = self.problem.as_ref().filter(|_| self.form == form)?;
        let of_field = |defect: &&Defect| {
            let field = defect.field.trim_start_matches('/');
            field.split('/').next() == Some(name)
        };
        let defect = problem.defects().iter().find(of_field);
        defect.map(|defect| defect.code.text(f.lang))
    }

    /// Why the form was refused, in a few words and in a sentence.
    pub fn told(&self, f: &Frame) -> Option<(&'static str, &'static str)> {
        let problem = self.problem.as_ref()?;
        let code = problem.code();
        // People know nothing of keys.
        if code == ProblemCode::IdempotencyKeyReused {
            return Some(match f.lang {
                Lang::Zh => (
                    "此表单已提交过",
                    "它已用于另一项内容。请核对下方内容，确需办理的再次提交。",
                ),
                Lang::En => (
                    "This form was sent before",
                    "It was used for something else. Look at what stands below and send it again if you mean it.",
                ),
            });
        }
        if problem.defects().is_empty() {
            return Some((code.title(f.lang), code.detail(f.lang)));
        }
        Some(match f.lang {
            Lang::Zh => ("填写内容有误", "请更正下方标出的内容后重新提交。"),
            Lang::En => (
                "Something is not right yet",
                "Mend what is marked below and send it again.",
            ),
        })
    }
}

/// The members of a form as the body of a call; what is empty is left away.
pub fn body(form: &Form, names: &[&str]) -> Vec<u8> {
    let typed = names.iter().filter_map(|name| {
        let text = form.some(name)?;
        Some(((*name).to_owned(), Value::from(text)))
    });
    Value::Object(typed.collect::<Map<_, _>>())
        .to_string()
        .into_bytes()
}

/// The same with an amount, which people write with commas.
pub fn body_with_amount(form: &Form, names: &[&str]) -> Vec<u8> {
    let plain = form.text("amount").replace([',', '，', ' '], "");
    let mut members = Map::new();
    for name in names {
        let text = if *name == "amount" {
            &plain
        } else {
            form.text(name)
        };
        if !text.is_empty() {
            members.insert((*name).to_owned(), Value::from(text));
        }
    }
    Value::Object(members).to_string().into_bytes()
}

/// One field that is wrong.
pub fn mistake(field: &str, code: DefectCode) -> Problem {
    let defect = Defect::new(format!("/{field}"), code);
    Problem::with_errors(ProblemCode::BodyMalformed, vec![defect])
}

/// What a form is kept under, so that it is done once: as a hidden field of it.
pub fn fresh_id() -> String {
    ProposalId(clock::new_uuid()).to_string()
}

/// What a form brings to be kept under.
///
/// # Errors
/// [`ProblemCode::BadRequest`] for a form that is not ours.
pub fn id_of(form: &Form) -> Result<ProposalId, Problem> {
    ProposalId::parse(form.text("once")).ok_or_else(|| ProblemCode::BadRequest.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn a_refused_form_says_what_is_wrong_where() {
        let f = Frame::public(&TestRequest::default().to_http_request());
        let form = Form::of("amount=1%2C000&reference=&once=x");
        let problem = mistake("reference", DefectCode::Required);
        let typed = Typed::refused("money", &form, problem).unwrap();
        assert_eq!(typed.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(typed.value("money", "amount"), "1,000");
        assert_eq!(typed.value("stage", "amount"), "");
        assert!(typed.told(&f).is_some());
        assert!(typed.wrong("money", "reference", &f).is_some());
        assert!(typed.wrong("money", "amount", &f).is_none());
        assert!(typed.wrong("stage", "reference", &f).is_none());
        assert!(id_of(&form).is_err());
        let gone = Problem::new(ProblemCode::PoolNotFound);
        assert!(Typed::refused("money", &form, gone).is_err());
    }

    #[test]
    fn a_body_is_what_a_call_would_send() {
        let form = Form::of("amount=1%2C000.50&reference=%E6%96%87&why=");
        let text = |body: Vec<u8>| String::from_utf8(body).unwrap();
        assert_eq!(
            text(body(&form, &["reference", "why"])),
            r#"{"reference":"文"}"#
        );
        assert_eq!(
            text(body_with_amount(&form, &["amount"])),
            r#"{"amount":"1000.50"}"#
        );
    }
}
