//! `/bureau/claims/{id}`: a claim masked, with its flags; and its personal data opened once, with a
//! reason that is logged.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde_json::json;

use super::facts::{self, Part};
use super::findings::{Choice, choices};
use super::mistake::{self, Mistake, plain, wrong};
use super::sheet::Sheet;
use crate::domain::ids::ClaimId;
use crate::domain::text::Lang;
use crate::domain::transition::Act;
use crate::http::api::claims::claim_id;
use crate::http::pages::form::Form;
use crate::http::pages::frame::Frame;
use crate::http::pages::session::{MayUnsealPage, ReviewerOrApproverPage, StaffPage};
use crate::http::pages::{page, page_with, see};
use crate::http::problem::{Problem, ProblemCode};
use crate::http::state::Shared;
use crate::http::words;
use crate::operations::access::{self, UnsealedClaim};
use crate::operations::denial::ActError;
use crate::operations::{StaffCaller, dossier, flags};

#[derive(Template)]
#[template(path = "bureau/claim.html")]
struct Claim {
    f: Frame,
    s: Sheet,
    done: Option<&'static str>,
    mistake: Option<Mistake>,
    form: Form,
    flags: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "bureau/unsealed.html")]
struct Unsealed {
    f: Frame,
    claim: UnsealedClaim,
    parts: Vec<Part>,
    notes: Vec<NoteLine>,
}

/// What somebody wrote.
struct NoteLine {
    at: String,
    kind: &'static str,
    words: Vec<String>,
}

impl Claim {
    fn wrong(&self, form: &str, field: &str) -> Option<&'static str> {
        wrong(self.mistake.as_ref(), form, field)
    }

    /// What is wrong with the words that were to clear this flag.
    fn wrong_clear(&self, code: &str) -> Option<&'static str> {
        let sent = self.form.text("flag") == code;
        self.wrong("clear", "why").filter(|_| sent)
    }

    /// What was typed into a form that was not done.
    fn typed(&self, form: &str, field: &str) -> &str {
        let sent = self.mistake.as_ref().is_some_and(|m| m.is_of(form));
        if sent { self.form.raw(field) } else { "" }
    }

    /// Whether this role raises and clears flags.
    fn may_flag(&self) -> bool {
        self.f.acts_as(&["reviewer", "approver"])
    }

    /// Whether this role decides whether the money of this claim must come back.
    fn may_claw_back(&self) -> bool {
        let mut prospects = self.s.d.prospects.iter();
        self.f.acts_as(&["approver"]) && prospects.any(|p| p.act == Act::RaiseClawback)
    }

    /// Whether this role may open personal data.
    fn may_unseal(&self) -> bool {
        self.f
            .acts_as(&["reviewer", "approver", "finance", "auditor"])
    }
}

/// The sheet of a claim.
///
/// # Errors
/// [`ProblemCode::ClaimNotFound`] where there is none.
pub async fn sheet(
    f: &Frame,
    caller: &StaffCaller,
    id: ClaimId,
    shared: &Shared,
) -> Result<Sheet, Problem> {
    let found = dossier::show(&shared.engine, caller, id, f.lang).await;
    let found = found.map_err(|error| Problem::reading(error, ProblemCode::ClaimNotFound))?;
    Ok(Sheet::new(f, found))
}

/// `GET /bureau/claims/{id}`
pub async fn show(
    visit: StaffPage,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let (id, query) = (claim_id(&request)?, Form::query(&request));
    let done = mistake::done(&visit.frame, query.text("done"));
    render(visit.frame, &visit.caller, id, done, None, query, &shared).await
}

async fn render(
    f: Frame,
    caller: &StaffCaller,
    id: ClaimId,
    done: Option<&'static str>,
    mistake: Option<Mistake>,
    form: Form,
    shared: &Shared,
) -> Result<HttpResponse, Problem> {
    let s = sheet(&f, caller, id, shared).await?;
    let claim = Claim {
        flags: choices(f.flags_to_raise(), form.text("code")),
        f,
        s,
        done,
        form,
        mistake,
    };
    let status = mistake::status(claim.mistake.as_ref());
    page_with(status, claim.f.lang, &claim)
}

fn body(value: &serde_json::Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

/// `POST /bureau/claims/{id}/flags`
pub async fn raise_flag(
    visit: ReviewerOrApproverPage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let (form, id) = (form?, claim_id(&request)?);
    let (f, caller) = (visit.frame, visit.caller);
    let wish = json!({ "code": form.some("code"), "why": form.some("why") });
    let done = match words::flag(&body(&wish)) {
        Ok((code, why)) => flags::raise(&shared.engine, &caller, id, code, why, f.lang)
            .await
            .map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    match done {
        Ok(_) => Ok(see(&format!("/bureau/claims/{id}?done=flagged"))),
        Err(problem) => {
            let mistake = Mistake::of(problem, f.lang, "flag", plain)?;
            render(f, &caller, id, None, Some(mistake), form, &shared).await
        }
    }
}

/// `POST /bureau/claims/{id}/flags/{code}/clear`
pub async fn clear_flag(
    visit: ReviewerOrApproverPage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let (form, id) = (form?, claim_id(&request)?);
    let (f, caller) = (visit.frame, visit.caller);
    let code = request.match_info().get("code").unwrap_or_default();
    let done = match words::why(&body(&json!({ "why": form.some("why") }))) {
        Ok(why) => flags::clear(&shared.engine, &caller, id, code.to_owned(), why, f.lang)
            .await
            .map_err(|error| Problem::acting(error, ProblemCode::NoSuchObject)),
        Err(problem) => Err(problem),
    };
    match done {
        Ok(_) => Ok(see(&format!("/bureau/claims/{id}?done=cleared"))),
        Err(problem) => {
            let mistake = Mistake::of(problem, f.lang, "clear", plain)?;
            render(f, &caller, id, None, Some(mistake), form, &shared).await
        }
    }
}

/// `POST /bureau/claims/{id}/unseal`: shown in the answer to this form and nowhere else.
pub async fn unseal(
    visit: MayUnsealPage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let (form, id) = (form?, claim_id(&request)?);
    let (f, caller) = (visit.frame, visit.caller);
    let opened = match words::why(&body(&json!({ "why": form.some("why") }))) {
        Ok(why) => access::unseal(&shared.engine, &caller, id, why)
            .await
            .map_err(|error: ActError| error.into()),
        Err(problem) => Err(problem),
    };
    match opened {
        Ok(claim) => {
            let parts = [
                &claim.consumer,
                &claim.old_item,
                &claim.new_item,
                &claim.invoice,
            ];
            let shown = Unsealed {
                parts: facts::of(&f, parts),
                notes: notes(&f, &claim),
                claim,
                f,
            };
            page(shown.f.lang, &shown)
        }
        Err(problem) => {
            let mistake = Mistake::of(problem, f.lang, "unseal", plain)?;
            render(f, &caller, id, None, Some(mistake), form, &shared).await
        }
    }
}

fn notes(f: &Frame, claim: &UnsealedClaim) -> Vec<NoteLine> {
    let line = |note: &crate::operations::notes::NoteView| NoteLine {
        at: f.time(&note.at),
        kind: f.noted(&note.kind),
        words: note.words.iter().map(|word| said(word, f.lang)).collect(),
    };
    claim.notes.iter().map(line).collect()
}

/// The text of a note: the one member that people wrote, whatever kind it is of.
fn said(word: &serde_json::Value, lang: Lang) -> String {
    let member = |name| word.get(name).and_then(serde_json::Value::as_str);
    let text = ["message", "why", "reference"].into_iter().find_map(member);
    match (text, member("field")) {
        (Some(text), Some(field)) => {
            let colon = if lang == Lang::Zh { "：" } else { ": " };
            format!("{field}{colon}{text}")
        }
        (Some(text), None) => text.to_owned(),
        (None, _) => word.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_told_in_the_words_of_who_wrote_it() {
        let said = |word| said(&word, Lang::En);
        assert_eq!(said(json!({"why": "asked"})), "asked");
        assert_eq!(
            said(json!({"code": "c", "field": "/invoice", "message": "torn"})),
            "/invoice: torn"
        );
        assert_eq!(said(json!({"reference": "slip 7"})), "slip 7");
        assert_eq!(said(json!(7)), "7");
    }
}
