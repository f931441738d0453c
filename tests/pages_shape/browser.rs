//! A browser without script: cookies, forms, and where they lead.

use crate::support::{Client, Response, TestDatabase};

pub const PASSWORD: &str = "three old locust trees";

/// What came back after every redirect, and where.
#[derive(Debug)]
pub struct Page {
    pub path: String,
    pub status: u16,
    pub html: String,
    pub answer: Response,
}

pub struct Browser {
    client: Client,
    cookie: String,
    lang: &'static str,
}

impl Browser {
    pub fn new(client: Client) -> Self {
        Self {
            client,
            cookie: String::new(),
            lang: "en",
        }
    }

    /// Somebody of the dealer, enrolled and signed in.
    pub fn of_dealer(client: Client, database: &TestDatabase, uscc: &str, login: &str) -> Self {
        let printed = database.run(&["dealer", "login", uscc, "--login", login]);
        let code = printed.split("code=").nth(1).unwrap();
        let code = code.split_whitespace().next().unwrap();
        let mut browser = Self::new(client);
        browser.enrol(code);
        browser.sign_in(login);
        browser
    }

    pub fn enrol(&mut self, code: &str) {
        let page = self.get(&format!("/enrol?code={code}"));
        assert_eq!(page.status, 200, "{}", page.html);
        let done = self.send(&page, "/enrol", &[("password", PASSWORD)]);
        assert_eq!(done.status, 200, "{}", done.html);
    }

    pub fn sign_in(&mut self, login: &str) {
        let form = format!("login={login}&password={}", PASSWORD.replace(' ', "+"));
        let answer = self.call("POST", "/dealer/sign-in", FORM, form.as_bytes());
        assert_eq!(answer.status, 303, "{}", answer.text());
        let cookie = answer.header("set-cookie").unwrap();
        cookie
            .split(';')
            .next()
            .unwrap()
            .clone_into(&mut self.cookie);
    }

    pub fn in_chinese(&mut self) {
        self.lang = "zh";
    }

    fn call(&mut self, method: &str, path: &str, kind: &str, body: &[u8]) -> Response {
        let headers = [
            ("cookie", self.cookie.as_str()),
            ("accept", "text/html"),
            ("accept-language", self.lang),
            ("content-type", kind),
        ];
        self.client.call(method, path, &headers, body)
    }

    pub fn get(&mut self, path: &str) -> Page {
        let answer = self.call("GET", path, "", b"");
        self.follow(path, answer)
    }

    fn follow(&mut self, path: &str, answer: Response) -> Page {
        if answer.status == 303 {
            let place = answer.header("location").unwrap().to_owned();
            return self.get(&place);
        }
        Page {
            path: path.to_owned(),
            status: answer.status,
            html: answer.text(),
            answer,
        }
    }

    /// Sends the form of a page with this action, some of its controls filled in.
    pub fn send(&mut self, page: &Page, action: &str, filled: &[(&str, &str)]) -> Page {
        self.send_to(page, action, action, filled)
    }

    /// The same by a button that leads elsewhere.
    pub fn send_to(
        &mut self,
        page: &Page,
        action: &str,
        place: &str,
        filled: &[(&str, &str)],
    ) -> Page {
        let mut members = page.form(action);
        for (name, value) in filled {
            members.retain(|(known, _)| known != name);
            members.push(((*name).to_owned(), (*value).to_owned()));
        }
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        let form = form.extend_pairs(&members).finish();
        let answer = self.call("POST", place, FORM, form.as_bytes());
        self.follow(place, answer)
    }

    /// Sends a form with a file.
    pub fn upload(
        &mut self,
        page: &Page,
        action: &str,
        filled: &[(&str, &str)],
        (name, file, kind, bytes): (&str, &str, &str, &[u8]),
    ) -> Page {
        const BOUNDARY: &str = "----a-boundary-of-the-tests";
        let mut members = page.form(action);
        for (name, value) in filled {
            members.retain(|(known, _)| known != name);
            members.push(((*name).to_owned(), (*value).to_owned()));
        }
        let mut body = Vec::new();
        for (name, value) in &members {
            let head = format!("--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"");
            body.extend_from_slice(format!("{head}\r\n\r\n{value}\r\n").as_bytes());
        }
        let head = format!(
            "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"; filename=\"{file}\""
        );
        body.extend_from_slice(format!("{head}\r\ncontent-type: {kind}\r\n\r\n").as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        let answer = self.call("POST", action, &kind, &body);
        self.follow(action, answer)
    }
}

const FORM: &str = "application/x-www-form-urlencoded";

impl Page {
    /// What stands in the controls of the form with this action; files are left out.
    pub fn form(&self, action: &str) -> Vec<(String, String)> {
        let head = format!("action=\"{action}\"");
        let start = self.html.find(&head);
        let start = start.unwrap_or_else(|| panic!("no form {action} in {}", self.html));
        let rest = &self.html[start..];
        let form = &rest[..rest.find("</form>").unwrap()];
        let mut members = Vec::new();
        for tag in form.split('<').filter_map(|part| part.split('>').next()) {
            let files = attribute(tag, "type") == Some("file".to_owned());
            let boxes = attribute(tag, "type") == Some("checkbox".to_owned());
            if tag.starts_with("input") && !files && !boxes {
                let name = attribute(tag, "name").unwrap();
                members.push((name, attribute(tag, "value").unwrap_or_default()));
            }
        }
        for select in form.split("<select").skip(1) {
            let select = &select[..select.find("</select>").unwrap()];
            let name = attribute(select.split('>').next().unwrap(), "name").unwrap();
            let mut options = select.split("<option").skip(1);
            let first = options.clone().next().unwrap();
            let chosen = options.find(|o| o.split('>').next().unwrap().contains(" selected"));
            let value = attribute(chosen.unwrap_or(first), "value").unwrap();
            members.push((name, value));
        }
        members
    }

    /// Whether there is a form or a link that leads there.
    pub fn leads_to(&self, path: &str) -> bool {
        let (form, link) = (format!("action=\"{path}\""), format!("href=\"{path}\""));
        self.html.contains(&form) || self.html.contains(&link)
    }

    /// What stands between two texts.
    pub fn between(&self, before: &str, after: &str) -> String {
        let start = self.html.find(before);
        let start = start.unwrap_or_else(|| panic!("no {before} in {}", self.html)) + before.len();
        let rest = &self.html[start..];
        unescaped(&rest[..rest.find(after).unwrap()])
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let head = format!(" {name}=\"");
    let start = tag.find(&head)? + head.len();
    let rest = &tag[start..];
    Some(unescaped(&rest[..rest.find('"')?]))
}

fn unescaped(text: &str) -> String {
    text.replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&#38;", "&")
}
