//! A service in production, people of the bureau and of two dealers, and their browsers.

use std::process::Command;

use tradein::clock;
use tradein::domain::time::Timestamp;
use tradein::one_time_code;

use crate::support::form::Form;
use crate::support::one_time::secret;
use crate::support::{Backend, Client, Credentials, Response, Server, TestDatabase};

pub const PASSWORD: &str = "three old locust trees";
pub const PROGRAMME: &str = "national-appliance-2025";
pub const DEALERS: [&str; 2] = ["91419001MA0000001N", "91419001MA0000002R"];

const FORM: &str = "application/x-www-form-urlencoded";
/// How long a code of an authenticator is shown, in microseconds.
const STEP: i64 = 30_000_000;

pub struct World {
    pub database: TestDatabase,
    pub server: Server,
    pub dealers: [Credentials; 2],
}

impl World {
    pub fn new(backend: Backend) -> Self {
        Self::with(backend, |command| {
            command.env("TRADEIN_PRODUCTION", "true");
        })
    }

    /// With other settings.
    pub fn with(backend: Backend, change: impl FnOnce(&mut Command)) -> Self {
        let database = TestDatabase::new(backend);
        database.load_programmes(&[PROGRAMME]);
        database.create_pool("appliances", "1000000", &[PROGRAMME]);
        let dealers = DEALERS.map(|uscc| database.add_dealer(uscc, "示范家电", &[PROGRAMME]));
        let server = database.serve_with(change);
        Self {
            database,
            server,
            dealers,
        }
    }

    /// A browser that nobody has signed in with.
    pub fn browser(&self) -> Browser {
        Browser {
            client: self.server.client(),
            cookie: String::new(),
        }
    }

    /// The code with which a new person of a dealer enrols.
    pub fn offer_dealer(&self, dealer: usize, login: &str) -> String {
        let uscc = DEALERS[dealer];
        let printed = self
            .database
            .run(&["dealer", "login", uscc, "--login", login]);
        code_in(&printed)
    }

    /// The code with which a new person of the bureau enrols.
    pub fn offer_staff(&self, login: &str, role: &str) -> String {
        let printed = self
            .database
            .run(&["staff", "add", "--login", login, "--role", role]);
        code_in(&printed)
    }

    /// Somebody of a dealer who is signed in.
    pub fn clerk(&self, dealer: usize, login: &str) -> Browser {
        let mut browser = self.browser();
        let code = self.offer_dealer(dealer, login);
        let done = browser.enrol(&code, PASSWORD, "");
        assert_eq!(done.status, 200, "{}", done.text());
        let entered = browser.sign_in("/dealer", login, PASSWORD, "");
        assert_eq!(entered.status, 303, "{}", entered.text());
        browser
    }

    /// Somebody of the bureau who is enrolled, with his authenticator.
    pub fn official(&self, login: &str, role: &str) -> (Browser, Authenticator) {
        let code = self.offer_staff(login, role);
        let mut browser = self.browser();
        let page = browser.get(&format!("/enrol?code={code}")).text();
        let mut shown = Authenticator::on(&page);
        let done = browser.enrol(&code, PASSWORD, &shown.next());
        assert_eq!(done.status, 200, "{}", done.text());
        (browser, shown)
    }

    /// A client of a dealer's programs.
    pub fn program(&self, dealer: usize) -> Client {
        self.server.client_of(&self.dealers[dealer])
    }
}

fn code_in(printed: &str) -> String {
    let after = printed.split("code=").nth(1);
    let after = after.unwrap_or_else(|| panic!("no link in {printed}"));
    after.split_whitespace().next().unwrap().to_owned()
}

/// What shows one-time codes. Each is good once, so each is shown once.
pub struct Authenticator {
    secret: Vec<u8>,
    last: i64,
}

impl Authenticator {
    /// The one whose key a page spells.
    fn on(page: &str) -> Self {
        let spelled = page.split("class=\"secret\">").nth(1).unwrap();
        let spelled = spelled.split('<').next().unwrap();
        Self {
            secret: secret(spelled),
            last: clock::now().0 / STEP - 2,
        }
    }

    /// The next code that was not shown yet, once it is good.
    pub fn next(&mut self) -> String {
        let now = || clock::now().0 / STEP;
        self.last = (self.last + 1).max(now() - 1);
        while self.last > now() + 1 {
            std::thread::sleep(std::time::Duration::from_millis(200));
        }
        self.again()
    }

    /// The code of so many half minutes from now.
    pub fn at(&self, steps: i64) -> String {
        let at = Timestamp(clock::now().0 + steps * STEP);
        one_time_code::code(&self.secret, at).unwrap()
    }

    /// The last code again.
    pub fn again(&self) -> String {
        one_time_code::code(&self.secret, Timestamp(self.last * STEP)).unwrap()
    }
}

/// A browser as attackers use it: it sends what it is told.
pub struct Browser {
    pub client: Client,
    /// What it sends as `Cookie`.
    pub cookie: String,
}

impl Browser {
    pub fn get(&mut self, path: &str) -> Response {
        let headers = [("cookie", self.cookie.as_str()), ("accept", "text/html")];
        self.client.call("GET", path, &headers, b"")
    }

    /// Sends a form as it stands, with more headers.
    pub fn post_with(
        &mut self,
        path: &str,
        members: &[(&str, &str)],
        more: &[(&str, &str)],
    ) -> Response {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        let form = form.extend_pairs(members).finish();
        let mut headers = vec![
            ("cookie", self.cookie.as_str()),
            ("accept", "text/html"),
            ("content-type", FORM),
        ];
        headers.extend_from_slice(more);
        let answer = self.client.call("POST", path, &headers, form.as_bytes());
        if let Some(cookie) = answer.header("set-cookie") {
            let pair = cookie.split(';').next().unwrap();
            pair.clone_into(&mut self.cookie);
        }
        answer
    }

    pub fn post(&mut self, path: &str, members: &[(&str, &str)]) -> Response {
        self.post_with(path, members, &[])
    }

    /// The form of a page that goes to the page itself.
    pub fn form(&mut self, path: &str) -> Form {
        let page = self.get(path).text();
        let mut forms = Form::all(&page, path).into_iter();
        let form = forms.find(|form| form.action() == path);
        form.unwrap_or_else(|| panic!("no form in {page}"))
    }

    /// Sends a form as it was filled in.
    pub fn send(&mut self, form: &Form) -> Response {
        let (kind, body) = form.body();
        let headers = [
            ("cookie", self.cookie.as_str()),
            ("accept", "text/html"),
            ("content-type", kind.as_str()),
        ];
        self.client.call("POST", form.action(), &headers, &body)
    }

    /// The token that forms of this session carry, out of a page.
    pub fn form_token(&mut self, path: &str) -> String {
        let page = self.get(path).text();
        let after = page.split("name=\"form_token\" value=\"").nth(1);
        let after = after.unwrap_or_else(|| panic!("no form in {page}"));
        after.split('"').next().unwrap().to_owned()
    }

    pub fn enrol(&mut self, code: &str, password: &str, one_time: &str) -> Response {
        let members = [
            ("enrolment", code),
            ("password", password),
            ("code", one_time),
        ];
        self.post("/enrol", &members)
    }

    /// `area` is `/dealer` or `/bureau`.
    pub fn sign_in(&mut self, area: &str, login: &str, password: &str, code: &str) -> Response {
        let members = [("login", login), ("password", password), ("code", code)];
        self.post(&format!("{area}/sign-in"), &members)
    }

    /// Whether it is signed in.
    pub fn is_in(&mut self, area: &str) -> bool {
        self.get(area).status == 200
    }
}
