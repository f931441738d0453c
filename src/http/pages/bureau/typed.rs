//! A form that was sent: read by the same walk as the body of a call, and shown again with what
//! was typed where it is refused.

use actix_web::http::StatusCode;
use serde_json::{Map, Value};

use super::mistake::{Mistake, plain, status, wrong};
use crate::clock;
use crate::domain::defect::{Defect, DefectCode};
use crate::domain::ids::ProposalId;
use crate::domain::text::Lang;
use crate::http::pages::form::Form;
use crate::http::problem::{Problem, ProblemCode};

/// What was typed into one of the forms of a page, and why it was refused.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    form: &'static str,
    members: Form,
    mistake: Option<Mistake>,
}

impl Typed {
    /// Nothing was sent yet.
    pub fn nothing() -> Self {
        Self::default()
    }

    /// A form that is to be shown again.
    ///
    /// # Errors
    /// Those of [`Mistake::of`].
    pub fn refused(
        form: &'static str,
        members: &Form,
        problem: Problem,
        lang: Lang,
    ) -> Result<Self, Problem> {
        Ok(Self {
            form,
            members: members.clone(),
            mistake: Some(Mistake::of(problem, lang, form, member)?),
        })
    }

    /// Why it was refused.
    pub const fn mistake(&self) -> Option<&Mistake> {
        self.mistake.as_ref()
    }

    /// The status of the page.
    pub fn status(&self) -> StatusCode {
        status(self.mistake())
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
    pub fn wrong(&self, form: &str, name: &str) -> Option<&'static str> {
        wrong(self.mistake(), form, name)
    }
}

/// The field of a form for a pointer into the act's body: fields are named like its members, and
/// a list has one.
fn member(pointer: &str) -> String {
    let plain = plain(pointer);
    plain.split('/').next().unwrap_or_default().to_owned()
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

    #[test]
    fn a_refused_form_says_what_is_wrong_where() {
        let form = Form::of("amount=1%2C000&reference=&once=x");
        let defects = vec![
            Defect::new("/reference", DefectCode::Required),
            Defect::new("/programmes/3", DefectCode::NotInList),
        ];
        let problem = Problem::with_errors(ProblemCode::BodyMalformed, defects);
        let typed = Typed::refused("money", &form, problem, Lang::En).unwrap();
        assert_eq!(typed.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(typed.value("money", "amount"), "1,000");
        assert_eq!(typed.value("stage", "amount"), "");
        assert!(typed.mistake().is_some());
        assert!(typed.wrong("money", "reference").is_some());
        assert!(typed.wrong("money", "programmes").is_some());
        assert!(typed.wrong("money", "amount").is_none());
        assert!(typed.wrong("stage", "reference").is_none());
        assert!(id_of(&form).is_err());
        let gone = Problem::new(ProblemCode::PoolNotFound);
        assert!(Typed::refused("money", &form, gone, Lang::En).is_err());
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
