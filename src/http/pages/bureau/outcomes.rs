//! `/bureau/payouts/outcomes`: what the bank says became of payments, as a file.

use actix_web::HttpResponse;
use actix_web::web::Data;
use askama::Template;

use super::mistake::{self, Mistake};
use crate::http::api::payout::{LARGEST, import};
use crate::http::pages::form::Upload;
use crate::http::pages::frame::Frame;
use crate::http::pages::page_with;
use crate::http::pages::session::FinancePage;
use crate::http::problem::Problem;
use crate::http::state::Shared;
use crate::operations::StaffCaller;
use crate::operations::outcomes::Imported;

/// Lines and names that are told one by one; of more it is told how many there are.
const TOLD: usize = 100;

#[derive(Template)]
#[template(path = "bureau/outcomes.html")]
struct Outcomes {
    f: Frame,
    mistake: Option<Mistake>,
    imported: Option<Imported>,
    unknown: String,
    conflicts: String,
}

/// `GET /bureau/payouts/outcomes`
pub async fn show(visit: FinancePage) -> Result<HttpResponse, Problem> {
    render(visit.frame, None, None)
}

fn render(
    f: Frame,
    mistake: Option<Mistake>,
    imported: Option<Imported>,
) -> Result<HttpResponse, Problem> {
    let told = |list: &[String]| {
        let more = list.len().saturating_sub(TOLD);
        let mut text = list[..list.len() - more].join(", ");
        if more > 0 {
            text += &format!(" … (+{more})");
        }
        text
    };
    let (mut unknown, mut conflicts) = (String::new(), String::new());
    if let Some(imported) = &imported {
        let lines = imported.unknown_lines.iter().map(u64::to_string);
        unknown = told(&lines.collect::<Vec<_>>());
        conflicts = told(&imported.conflicts);
    }
    let page = Outcomes {
        f,
        mistake,
        imported,
        unknown,
        conflicts,
    };
    page_with(mistake::status(page.mistake.as_ref()), page.f.lang, &page)
}

/// `POST /bureau/payouts/outcomes`: told in the answer. The same file again changes nothing.
pub async fn upload(
    visit: FinancePage,
    upload: Result<Upload, Problem>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let f = visit.frame;
    match taken(upload?, &visit.caller, &shared).await {
        Ok(imported) => render(f, None, Some(imported)),
        Err(problem) => {
            let told = |line: &str| f.file_mistake(line);
            let mistake = Mistake::of_file(problem, f.lang, told)?;
            render(f, Some(mistake), None)
        }
    }
}

async fn taken(upload: Upload, caller: &StaffCaller, shared: &Shared) -> Result<Imported, Problem> {
    let file = upload.file("file", LARGEST, "1: outcomes_empty")?;
    import(shared, caller, is_xml(&file), &file).await
}

/// Told by what is in it: banks and browsers call files as they like.
fn is_xml(bytes: &[u8]) -> bool {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    text.trim_ascii_start().first() == Some(&b'<')
}

impl Frame {
    /// A mistake of a file, given as `line: code`, in words.
    fn file_mistake(&self, line: &str) -> String {
        let (number, code) = line.split_once(": ").unwrap_or(("", line));
        let words = match code {
            "outcomes_header" => self.t(
                "首行应为 end_to_end_id,outcome,reason",
                "the first line must be end_to_end_id,outcome,reason",
            ),
            "outcomes_empty" => self.t("文件中没有回执", "the file has no outcomes"),
            "outcomes_not_utf8" => self.t("不是 UTF-8 编码", "the line is not UTF-8"),
            "outcomes_cells" => self.t("列数不正确", "too few or too many cells"),
            "outcomes_line_end" => self.t("引号未闭合", "a quote is open at its end"),
            "outcomes_id" => self.t("付款编号格式不正确", "the name of the payment is malformed"),
            "outcomes_repeated" => self.t("付款编号重复", "the payment stands on an earlier line"),
            "outcomes_outcome" => self.t(
                "结果须为 paid 或 returned",
                "the outcome must be paid or returned",
            ),
            other => other,
        };
        self.at_line(number, words)
    }

    /// What is wrong with a line of a file; without a number, with the file.
    pub fn at_line(&self, number: &str, words: &str) -> String {
        if number.is_empty() {
            words.to_owned()
        } else if self.zh() {
            format!("第 {number} 行：{words}")
        } else {
            format!("line {number}: {words}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_what_is_in_it() {
        assert!(is_xml(b"\xef\xbb\xbf\n <?xml version=\"1.0\"?>"));
        assert!(!is_xml(b"end_to_end_id,outcome\n") && !is_xml(b""));
    }
}
