//! What came back, and what every page keeps to.

use crate::support::form::{Form, attribute, unescaped};

/// Bytes of a page.
const MOST_BYTES: usize = 100_000;

#[derive(Debug, Clone)]
pub struct Page {
    /// What was asked for.
    pub path: String,
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// The body as text.
    pub html: String,
}

impl Page {
    /// An answer; a whole page is looked at.
    #[track_caller]
    pub fn new(path: &str, status: u16, headers: Vec<(String, String)>, body: Vec<u8>) -> Self {
        let page = Self {
            path: path.to_owned(),
            status,
            headers,
            html: String::from_utf8_lossy(&body).into_owned(),
            body,
        };
        if page.is_whole() {
            page.check();
        }
        page
    }

    /// The first header of that name, in lower case; nothing where there is none.
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }

    /// Names and values of the cookies that it sets.
    pub fn cookies(&self) -> impl Iterator<Item = (&str, &str)> {
        let set = self.headers.iter().filter(|(name, _)| name == "set-cookie");
        set.filter_map(|(_, value)| value.split(';').next()?.split_once('='))
    }

    fn is_whole(&self) -> bool {
        let html = self.header("content-type").starts_with("text/html");
        html && self.html.starts_with("<!doctype html>")
    }

    /// That it is a page, and no part of one and no file.
    #[track_caller]
    pub fn whole(self) -> Self {
        assert!(self.is_whole(), "{} {}", self.status, self.html);
        self
    }

    #[track_caller]
    pub fn is(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{}\n{}", self.path, self.html);
        self
    }

    /// Where a form that was done leads.
    #[track_caller]
    pub fn leads_to(&self) -> &str {
        self.is(303).header("location")
    }

    #[track_caller]
    pub fn says(&self, words: &str) -> &Self {
        let (status, path, html) = (self.status, &self.path, &self.html);
        assert!(
            html.contains(words),
            "{status} {path}: no {words:?}\n{html}"
        );
        self
    }

    #[track_caller]
    pub fn says_not(&self, words: &str) -> &Self {
        let (status, path, html) = (self.status, &self.path, &self.html);
        assert!(!html.contains(words), "{status} {path}: {words:?}\n{html}");
        self
    }

    /// That it says every one of these.
    #[track_caller]
    pub fn has(&self, wanted: &[&str]) -> &Self {
        for words in wanted {
            self.says(words);
        }
        self
    }

    /// That it says none of these.
    #[track_caller]
    pub fn lacks(&self, unwanted: &[&str]) -> &Self {
        for words in unwanted {
            self.says_not(words);
        }
        self
    }

    /// Whether a form or a link of it goes to that address.
    pub fn offers(&self, path: &str) -> bool {
        let (form, link) = (format!("action=\"{path}\""), format!("href=\"{path}\""));
        self.html.contains(&form) || self.html.contains(&link)
    }

    /// What stands between two texts.
    #[track_caller]
    pub fn between(&self, before: &str, after: &str) -> String {
        let found = self.html.split_once(before);
        let (_, rest) = found.unwrap_or_else(|| panic!("no {before} in {}", self.html));
        unescaped(rest.split_once(after).unwrap().0)
    }

    /// Its form to an address, or to one with this end.
    #[track_caller]
    pub fn form(&self, to: &str) -> Form {
        let found = self.forms(to).next().or_else(|| {
            let mut forms = Form::all(&self.html, &self.path).into_iter();
            forms.find(|form| form.action().ends_with(to))
        });
        found.unwrap_or_else(|| panic!("{}: no form to {to}\n{}", self.path, self.html))
    }

    /// Its forms to an address.
    pub fn forms(&self, to: &str) -> impl Iterator<Item = Form> {
        let forms = Form::all(&self.html, &self.path).into_iter();
        forms.filter(move |form| form.action() == to)
    }

    /// Light enough, one heading of the first rank, no id twice, a label for every field, and
    /// nothing inline.
    #[track_caller]
    fn check(&self) {
        let (path, html) = (&self.path, &self.html);
        assert!(html.len() < MOST_BYTES, "{path}: {} bytes", html.len());
        assert!(std::str::from_utf8(&self.body).is_ok(), "{path}: no UTF-8");
        assert_eq!(
            html.matches("<h1").count(),
            1,
            "{path}: one heading: {html}"
        );
        let tags = || {
            let tags = html.split('<').skip(1);
            tags.filter_map(|tag| tag.split('>').next())
        };
        let mut ids: Vec<String> = tags().filter_map(|tag| attribute(tag, "id")).collect();
        let labels: Vec<String> = tags().filter_map(|tag| attribute(tag, "for")).collect();
        ids.sort();
        let count = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), count, "{path}: an id stands twice");
        for tag in tags() {
            let kind = attribute(tag, "type").unwrap_or_default();
            let field = ["input ", "select ", "textarea "];
            let field = field.iter().any(|name| tag.starts_with(name));
            // A box stands within its label.
            if field && !["hidden", "radio", "checkbox"].contains(&&*kind) {
                let id = attribute(tag, "id").unwrap_or_default();
                assert!(labels.contains(&id), "{path}: no label for {tag}");
            }
            for name in ["aria-describedby", "aria-labelledby"] {
                let told = attribute(tag, name).unwrap_or_default();
                let mut told = told.split(' ').filter(|id| !id.is_empty());
                assert!(
                    told.all(|id| ids.iter().any(|known| known == id)),
                    "{path}: {tag}"
                );
            }
        }
        for inline in ["<script>", " style=", " onclick=", "javascript:"] {
            assert!(!html.contains(inline), "{path}: {inline}");
        }
    }
}
