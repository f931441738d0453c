//! A claim on which a reviewer or an approver decides, with the form that was sent about it.

use super::claim::sheet;
use super::findings::{self, FindingRow};
use super::mistake::{self, Mistake, wrong};
use super::sheet::{PaperLine, Sheet};
use crate::domain::ids::ClaimId;
use crate::domain::text::Lang;
use crate::http::pages::form::Form;
use crate::http::pages::frame::Frame;
use crate::http::problem::Problem;
use crate::http::state::Shared;
use crate::operations::StaffCaller;
use crate::operations::review::{self, Decision};

/// What the page of somebody who decides shows, whoever it is.
#[derive(Debug)]
pub struct Deciding {
    /// The claim.
    pub s: Sheet,
    /// What was sent, or what the address says.
    pub form: Form,
    /// What was wrong with it.
    pub mistake: Option<Mistake>,
    place: &'static str,
}

impl Deciding {
    /// The claim for its page below `place`.
    ///
    /// # Errors
    /// As [`sheet`].
    pub async fn of(
        (f, caller): (&Frame, &StaffCaller),
        place: &'static str,
        id: ClaimId,
        mistake: Option<Mistake>,
        form: Form,
        shared: &Shared,
    ) -> Result<Self, Problem> {
        Ok(Self {
            s: sheet(f, caller, id, shared).await?.with_paper_beside(),
            form,
            mistake,
            place,
        })
    }

    /// What is wrong with a field of a form.
    pub fn wrong(&self, form: &str, field: &str) -> Option<&'static str> {
        wrong(self.mistake.as_ref(), form, field)
    }

    /// The paper that is shown.
    pub fn shown(&self) -> Option<&PaperLine> {
        self.s.paper(self.form.text("paper"))
    }

    /// Where a form of the page goes.
    pub fn to(&self, act: &str) -> String {
        format!("{}/{}/{act}", self.place, self.s.d.claim.id)
    }

    /// Whether a form was sent and something in it was wrong, so that it stands open.
    pub fn is_open(&self, form: &str) -> bool {
        self.mistake.as_ref().is_some_and(|m| m.is_of(form))
    }

    /// The rows of a form in which it is said what is wrong with the claim.
    pub fn rows(&self, f: &Frame, which: &'static str, count: usize) -> Vec<FindingRow> {
        findings::rows(f, &self.s, &self.form, self.mistake.as_ref(), which, count)
    }

    /// The status of the page.
    pub fn status(&self) -> actix_web::http::StatusCode {
        mistake::status(self.mistake.as_ref())
    }
}

/// Decides as a form asks for, about the version of the claim that its page showed.
///
/// # Errors
/// What is wrong with the form, and why it is not done.
pub async fn decide(
    shared: &Shared,
    caller: &StaffCaller,
    id: ClaimId,
    form: &Form,
    decision: Result<Decision, Problem>,
    lang: Lang,
) -> Result<(), Problem> {
    let (decision, seen) = (decision?, form.revision()?);
    review::decide(&shared.engine, caller, id, seen, decision, lang).await?;
    Ok(())
}
