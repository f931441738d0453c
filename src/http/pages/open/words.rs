//! Words that the pages for everybody share.

use crate::domain::text::Text;
use crate::http::pages::frame::Frame;

impl Frame {
    /// The form of a text in the language of the page.
    pub fn text_of<'a>(&self, text: &'a Text) -> &'a str {
        text.get(self.lang)
    }

    /// What a grade of sources means, letter by letter.
    pub fn grade(&self, grade: &str) -> String {
        let one = |letter: &str| match letter {
            "A" => self.t(
                "A：依据主管部门公布的原文",
                "A: from the authority's own text",
            ),
            "B" => self.t(
                "B：依据媒体等转述，开放前须与原文核对",
                "B: as others carried it, to be checked against the original before opening",
            ),
            _ => self.t(
                "C：间接来源，仅供参考，开放前须与原文核对",
                "C: second hand, to be checked against the original before opening",
            ),
        };
        let parts: Vec<&str> = grade.split('/').map(one).collect();
        parts.join(self.t("；", "; "))
    }
}
