//! A browser without script: it keeps its cookies, follows links, fills in forms and sends them.

use std::cell::RefCell;
use std::collections::BTreeMap;

use actix_web::web::Data;
use tradein::http::state::Shared;

use crate::page::Page;
use crate::site::Site;
use crate::support::form::Form;
use crate::support::{Client, TestDatabase};

pub const PASSWORD: &str = "three old locust trees";

pub struct Browser {
    site: Site,
    cookies: RefCell<BTreeMap<String, String>>,
    lang: &'static str,
}

impl Browser {
    /// Of a running program.
    pub fn new(client: Client) -> Self {
        Self::at(Site::program(client))
    }

    /// Of a service within the test, somebody being signed in.
    pub fn within(shared: Data<Shared>, session: String) -> Self {
        let browser = Self::at(Site::Within(shared));
        let mut cookies = browser.cookies.borrow_mut();
        cookies.insert("tradein".to_owned(), session);
        drop(cookies);
        browser
    }

    fn at(site: Site) -> Self {
        Self {
            site,
            cookies: RefCell::default(),
            lang: "en",
        }
    }

    /// Somebody of the dealer, enrolled and signed in.
    pub fn of_dealer(client: Client, database: &TestDatabase, uscc: &str, login: &str) -> Self {
        let printed = database.run(&["dealer", "login", uscc, "--login", login]);
        let code = printed.split("code=").nth(1).unwrap();
        let browser = Self::new(client);
        browser.enrol(code.split_whitespace().next().unwrap());
        browser.sign_in(login);
        browser
    }

    #[must_use]
    pub fn in_chinese(mut self) -> Self {
        self.lang = "zh-CN";
        self
    }

    pub fn enrol(&self, code: &str) {
        let page = self.open(&format!("/enrol?code={code}"));
        let form = page.form("/enrol").with("password", PASSWORD);
        self.submit(&form).is(200);
    }

    /// Signs in at the dealers' door.
    pub fn sign_in(&self, login: &str) {
        let door = "/dealer/sign-in";
        let typed = [("login", login), ("password", PASSWORD)];
        self.send(&self.open(door).form(door).filled(&typed))
            .is(303);
    }

    /// Acts in another of his roles.
    pub fn acts_as(&self, role: &str) {
        let form = self.open("/bureau").form("/bureau/role");
        self.send(&form.with("role", role)).is(303);
    }

    #[track_caller]
    fn call(&self, method: &str, path: &str, lang: &str, sent: Option<(String, Vec<u8>)>) -> Page {
        let cookies = self.cookies.borrow();
        let pairs = cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        let pairs: Vec<String> = pairs.collect();
        drop(cookies);
        let cookies = pairs.join("; ");
        let mut headers = vec![
            ("accept", "text/html"),
            ("accept-language", lang),
            ("sec-fetch-site", "same-origin"),
        ];
        if !cookies.is_empty() {
            headers.push(("cookie", &cookies));
        }
        let (kind, body) = sent.unwrap_or_default();
        if !kind.is_empty() {
            headers.push(("content-type", &kind));
        }
        let page = self.site.call(method, path, &headers, &body);
        for (name, value) in page.cookies() {
            let mut kept = self.cookies.borrow_mut();
            kept.insert(name.to_owned(), value.to_owned());
        }
        page
    }

    /// What an address answers.
    #[track_caller]
    pub fn get(&self, path: &str) -> Page {
        self.get_in(self.lang, path)
    }

    /// The same in another language.
    #[track_caller]
    pub fn get_in(&self, lang: &str, path: &str) -> Page {
        self.call("GET", path, lang, None)
    }

    /// A page that is there.
    #[track_caller]
    pub fn open(&self, path: &str) -> Page {
        let page = self.get(path).whole();
        page.is(200);
        page
    }

    /// What comes after every redirect.
    #[track_caller]
    pub fn visit(&self, path: &str) -> Page {
        let page = self.get(path);
        self.go_on(page)
    }

    #[track_caller]
    fn go_on(&self, page: Page) -> Page {
        if page.status == 303 {
            return self.visit(page.leads_to());
        }
        page
    }

    /// Sends a form; the answer as it comes.
    #[track_caller]
    pub fn send(&self, form: &Form) -> Page {
        self.call("POST", form.action(), self.lang, Some(form.body()))
    }

    /// Sends a form; what comes after every redirect.
    #[track_caller]
    pub fn submit(&self, form: &Form) -> Page {
        let page = self.send(form);
        self.go_on(page)
    }

    /// Sends a form that is taken, and goes where that leads.
    #[track_caller]
    pub fn follow(&self, form: &Form) -> Page {
        self.get(self.send(form).leads_to())
    }

    /// Opens a page and sends its form, which leads back to it.
    #[track_caller]
    pub fn ask(&self, path: &str, typed: &[(&str, &str)]) -> Page {
        self.send(&self.open(path).form(path).filled(typed))
    }
}
