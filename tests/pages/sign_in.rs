//! Somebody is enrolled with a link, signs in with password and one-time code, and out again.

use tradein::clock;
use tradein::domain::time::Timestamp;
use tradein::one_time_code;

use crate::browser::{Browser, SCREENS};
use crate::every_page::sound;
use crate::support::database::{Backend, TestDatabase};
use crate::support::one_time::secret;

const PASSWORD: &str = "three old locust trees";

/// The link that a command printed.
pub fn link(printed: &str) -> String {
    let line = printed.lines().find(|line| line.starts_with("enrol"));
    line.unwrap().split_whitespace().nth(1).unwrap().to_owned()
}

/// The code of a secret, `steps` half minutes from now.
fn code(secret: &[u8], steps: i64) -> String {
    let at = Timestamp(clock::now().0 + steps * 30_000_000);
    one_time_code::code(secret, at).unwrap()
}

/// A person as his authenticator knows him.
pub struct Person {
    pub login: String,
    secret: Vec<u8>,
    /// Codes are good once: each sign-in takes the next step.
    used: i64,
    /// The last code that let him in.
    last: String,
}

impl Person {
    /// Enrols with a link at a browser.
    pub fn enrol(browser: &Browser, login: &str, link: &str) -> Self {
        browser.open(link);
        let spelled = browser.driver.text(&browser.find("code.secret")).unwrap();
        let secret = secret(&spelled);
        browser.fill("#password", PASSWORD);
        // One step early, so that the present one is left for signing in.
        browser.fill("#code", &code(&secret, -1));
        browser.follow("main button");
        browser.find("a.button");
        Self {
            login: login.to_owned(),
            secret,
            used: -1,
            last: String::new(),
        }
    }

    /// Signs in; the page that was asked for comes next.
    pub fn sign_in(&mut self, browser: &Browser, at: &str) {
        browser.open(at);
        self.used += 1;
        self.last = code(&self.secret, self.used);
        browser.fill("#login", &self.login);
        browser.fill("#password", PASSWORD);
        browser.fill("#code", &self.last);
        browser.follow("main button");
    }
}

#[test]
fn a_person_of_the_bureau_enrols_signs_in_and_out() {
    let database = TestDatabase::new(Backend::Sqlite);
    let printed = database.run(&["staff", "add", "--login", "wang", "--role", "reviewer"]);
    let more = database.run(&["staff", "add", "--login", "wang", "--role", "approver"]);
    assert!(
        !more.contains("enrol"),
        "a second role needs no second link: {more}"
    );
    let server = database.serve();
    let browser = Browser::start(server.url(), SCREENS[0]);
    // A page that needs it sends there, and comes back.
    browser.open("/bureau");
    assert_eq!(browser.path(), "/bureau/sign-in?back=%2Fbureau");
    browser.open(&link(&printed));
    sound(&browser, "everybody", "enrol");
    let mut wang = Person::enrol(&browser, "wang", &link(&printed));
    browser.open(&link(&printed));
    browser.says("已使用");

    browser.open("/bureau");
    browser.fill("#login", "wang");
    browser.fill("#password", "three old locust treez");
    browser.fill("#code", &code(&wang.secret, 0));
    browser.follow("main button");
    browser.says("不正确");

    wang.sign_in(&browser, "/bureau");
    browser.says("退出");
    assert_eq!(browser.path(), "/bureau");
    browser.says("wang · 复核员");

    // The language is a choice that stays.
    browser.follow("a.language");
    browser.says("Sign out");
    browser.open("/bureau");
    browser.says("Approver");

    browser.follow("form[action='/sign-out'] button");
    browser.open("/bureau");
    assert_eq!(browser.path(), "/bureau/sign-in?back=%2Fbureau");

    // The code that let him in does so once.
    browser.fill("#login", "wang");
    browser.fill("#password", PASSWORD);
    browser.fill("#code", &wang.last);
    browser.follow("main button");
    browser.find("[role=alert]");
}
