//! What was wrong with a form of the bureau, shown with the form again.

use actix_web::http::StatusCode;

use crate::domain::text::Lang;
use crate::http::pages::frame::Frame;
use crate::http::pages::told::words;
use crate::http::problem::Problem;

/// Mistakes of a file that are told one by one, and the sign that there are more.
const LINES_TOLD: usize = 101;

/// A form that was not done, and why.
#[derive(Debug, Clone)]
pub struct Mistake {
    form: &'static str,
    /// In a few words.
    pub title: &'static str,
    /// What happened and what to do.
    pub detail: &'static str,
    /// Where, and what else.
    pub lines: Vec<String>,
    status: StatusCode,
    fields: Vec<(String, &'static str)>,
}

impl Mistake {
    /// What a page shows of a problem with one of its forms; `names` says which field of the form
    /// a pointer of the act's body is.
    ///
    /// # Errors
    /// The problem itself where the form is not to blame: nothing is there, nobody is signed in, or
    /// the service is not available.
    pub fn of(
        problem: Problem,
        lang: Lang,
        form: &'static str,
        names: impl Fn(&str) -> String,
    ) -> Result<Self, Problem> {
        let code = problem.code();
        if matches!(code.status(), 401 | 404 | 500..) {
            return Err(problem);
        }
        let at = problem.defects().iter();
        let fields: Vec<(String, &'static str)> = at
            .map(|defect| (names(&defect.field), defect.code.text(lang)))
            .collect();
        let (title, detail) = words(code, lang);
        Ok(Self {
            form,
            title,
            detail,
            lines: if fields.is_empty() {
                problem.lines(lang)
            } else {
                Vec::new()
            },
            status: match code.status() {
                // A form that is malformed is a form with mistakes.
                400 => StatusCode::UNPROCESSABLE_ENTITY,
                status => StatusCode::from_u16(status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY),
            },
            fields,
        })
    }

    /// What a page shows of a problem with a file that was uploaded: the first mistakes, each given
    /// as `line: code` and told by `told`.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub fn of_file(
        problem: Problem,
        lang: Lang,
        told: impl Fn(&str) -> String,
    ) -> Result<Self, Problem> {
        let mut mistake = Self::of(problem, lang, "upload", str::to_owned)?;
        let lines = mistake.lines.iter().flat_map(|line| line.split(", "));
        mistake.lines = lines.take(LINES_TOLD).map(told).collect();
        Ok(mistake)
    }

    /// What is wrong with a field of a form.
    pub fn at(&self, form: &str, field: &str) -> Option<&'static str> {
        let mut fields = self.fields.iter();
        let found = fields.find(|(name, _)| self.form == form && name == field);
        found.map(|(_, message)| *message)
    }

    /// Whether it is this form.
    pub fn is_of(&self, form: &str) -> bool {
        self.form == form
    }

    /// The status of the page.
    pub const fn status(&self) -> StatusCode {
        self.status
    }
}

/// The field of a form whose fields are named like the members of the act's body.
pub fn plain(pointer: &str) -> String {
    pointer.trim_start_matches('/').to_owned()
}

/// The status of a page with or without a mistake.
pub fn status(mistake: Option<&Mistake>) -> StatusCode {
    mistake.map_or(StatusCode::OK, Mistake::status)
}

/// What is wrong with a field, where something is.
pub fn wrong(mistake: Option<&Mistake>, form: &str, field: &str) -> Option<&'static str> {
    mistake.and_then(|mistake| mistake.at(form, field))
}

/// What was done, as a page tells it after it was sent on.
pub fn done(f: &Frame, word: &str) -> Option<&'static str> {
    Some(match word {
        "recommended" => f.t("已提交复核。", "Recommended: it is a second person's turn."),
        "returned" => f.t("已退回补正。", "Given back for correction."),
        "rejection_proposed" => f.t(
            "已提议驳回，待复核。",
            "Rejection proposed: it is a second person's turn.",
        ),
        "put_back" => f.t("已放回待审队列。", "Put back into the queue."),
        "empty" => f.t("目前没有待审核的申请。", "No claim waits for review now."),
        "approved" => f.t("已审核通过。", "Approved."),
        "rejected" => f.t("已确认驳回。", "The rejection is confirmed."),
        "reopened" => f.t("已退回重审。", "Back to review."),
        "voided" => f.t("申请已终止。", "The claim is ended."),
        "demanded" => f.t("已发起追回。", "The money is demanded back."),
        "appeal_decided" => f.t("申诉已办结。", "The appeal is decided."),
        "flagged" => f.t(
            "已加标记，申请暂缓办理。",
            "Flagged: the claim waits apart.",
        ),
        "cleared" => f.t("标记已清除。", "The flag is cleared."),
        "begun" => f.t(
            "已承诺随机种子，可以抽样。",
            "The seed is committed to. The sample can be drawn.",
        ),
        "drawn" => f.t(
            "名单已冻结，种子已公开，样本已抽取。",
            "The list is frozen, the seed told and the sample drawn.",
        ),
        "bulk_approved" => f.t("其余申请已批量审批。", "The rest of the list was decided."),
        "sealed" => f.t(
            "批次已封存，须由第二人放行。",
            "The batch is sealed. A second person must release it.",
        ),
        "released" => f.t(
            "批次已放行，可以导出银行文件。",
            "The batch is released. Its file can be taken.",
        ),
        "discarded" => f.t(
            "批次已作废，申请已回到待拨付状态。",
            "The batch is discarded. Its claims are approved again.",
        ),
        "paid_in" => f.t("回款已登记。", "The money paid in is noted."),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::defect::{Defect, DefectCode};
    use crate::http::problem::ProblemCode;

    fn of(problem: Problem) -> Result<Mistake, Problem> {
        Mistake::of(problem, Lang::En, "return", plain)
    }

    #[test]
    fn a_defect_stands_at_its_field_of_its_form() {
        let defects = vec![Defect::new("/days", DefectCode::OutOfRange)];
        let mistake = of(Problem::with_errors(ProblemCode::BodyMalformed, defects)).unwrap();
        assert_eq!(
            mistake.at("return", "days"),
            Some(DefectCode::OutOfRange.text(Lang::En))
        );
        assert_eq!(mistake.at("reject", "days"), None);
        assert_eq!(mistake.status(), StatusCode::UNPROCESSABLE_ENTITY);
    }

    #[test]
    fn what_no_form_is_to_blame_for_stays_a_problem() {
        for code in [
            ProblemCode::ClaimNotFound,
            ProblemCode::Unavailable,
            ProblemCode::Internal,
        ] {
            assert_eq!(of(code.into()).unwrap_err().code(), code);
        }
        let stale = of(ProblemCode::VersionStale.into()).unwrap();
        assert!(!stale.detail.contains("If-Match"));
    }
}
