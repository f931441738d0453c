//! People at the pages: their sessions, and the forms that they open, fill in and send.

use aws_lc_rs::digest;
use tradein::clock;
use tradein::domain::formats::Uscc;
use tradein::operations::dealers;
use tradein::rehearse::generate::uscc;
use tradein::storage::{Db, Target, logins, sessions};

use super::trial::shown;
use super::world::{Call, Who, World};
use crate::support::claims::SELLER;
use crate::support::form::Form;
use crate::support::{Response, TestDatabase};

/// What people sign in with.
pub const PASSWORD: &str = "three old locust trees";
/// What a page says that is nothing but the problem.
const AWAY: &str = "<h1>Not available now</h1>";
/// Two minutes in microseconds: a session that was used so long ago is noted as used.
const A_WHILE: i64 = 120_000_000;

/// A database past the service.
pub fn open(database: &TestDatabase) -> Db {
    Target::parse(database.url()).unwrap().open().unwrap()
}

/// Signs everybody in, in the order of [`Who`]; gives the tokens.
pub fn signed_in(database: &TestDatabase) -> Vec<String> {
    let mut conn = open(database);
    let mut tokens = Vec::new();
    for (login, code) in [("seller", SELLER.to_owned()), ("second", uscc(2))] {
        let dealer = Uscc::parse(&code).unwrap();
        dealers::offer_login(&mut conn, &dealer, login).unwrap();
        tokens.push(begin(&mut conn, login, None));
    }
    for (login, role) in Who::STAFF {
        tokens.push(begin(&mut conn, login, Some(role)));
    }
    tokens
}

/// The token of a new session of somebody.
pub fn begin(conn: &mut Db, login: &str, role: Option<&str>) -> String {
    let token = clock::new_uuid().to_string();
    let hash = digest::digest(&digest::SHA256, token.as_bytes());
    let found = logins::by_name(conn, login).unwrap().unwrap();
    sessions::begin(conn, hash.as_ref(), found.id, role, clock::now()).unwrap();
    token
}

/// Whether an answer says that it was done; who must sign in first has done nothing.
pub fn is_done(answer: &Response) -> bool {
    let leads = answer.header("location").unwrap_or_default();
    match answer.status {
        200..300 => true,
        303 => !leads.contains("/sign-in"),
        _ => false,
    }
}

/// Where a page leads, without what is another each time.
pub fn leads(answer: &Response) -> Option<String> {
    let place = answer.header("location").filter(|_| answer.status == 303)?;
    let path = place.split('?').next()?;
    let named = |part: &str| part.bytes().any(|byte| byte.is_ascii_digit());
    let parts = path
        .split('/')
        .map(|part| if named(part) { "…" } else { part });
    Some(parts.collect::<Vec<&str>>().join("/"))
}

/// Whether an answer is a page.
pub fn is_page(answer: &Response) -> bool {
    let kind = answer.header("content-type").unwrap_or_default();
    kind.starts_with("text/html") && answer.text().starts_with("<!doctype html>")
}

/// Whether the page that says that a form was not done holds it, so that it is sent again as it was:
/// who goes back for it gets one with another key. A browser does not give a file twice, and nobody
/// repeats a password.
pub fn holds(answer: &Response, call: &Call) -> Result<(), String> {
    let sent = String::from_utf8_lossy(&call.body);
    let kind = (
        "content-type",
        "application/x-www-form-urlencoded".to_owned(),
    );
    if !answer.text().contains(AWAY) || !call.headers.contains(&kind) || sent.contains("password=")
    {
        return Ok(());
    }
    let forms = Form::all(&answer.text(), &call.path);
    let mut same = forms.iter().filter(|form| form.action() == call.path);
    match same.any(|form| form.body().1 == call.body) {
        true => Ok(()),
        false => Err("the page that says so does not hold the form".into()),
    }
}

/// As if nobody had used his session for a while.
pub fn after_a_while(world: &mut World) {
    let seen = clock::now().0 - A_WHILE;
    let sql = format!("UPDATE sessions SET seen_us = {seen}");
    world.tables.execute(&sql);
}

/// Whether somebody who comes back after a while is shown a page.
pub fn read(world: &mut World) -> Result<(), String> {
    after_a_while(world);
    let session = world.session(Who::Second);
    let call = world.visiting(Some(&session), "/dealer");
    let answer = world.send(&call);
    match answer.status {
        200 => Ok(()),
        _ => Err(format!(
            "a reader at a page was answered {}",
            shown(&answer)
        )),
    }
}

impl World {
    /// The token of somebody's session.
    pub fn session(&self, who: Who) -> String {
        self.sessions[who as usize].clone()
    }

    /// What a browser sends with everything, from an address that nothing else comes from.
    fn headers(&mut self, session: Option<&str>) -> Vec<(&'static str, String)> {
        let [.., a, b] = self.number().to_be_bytes();
        let mut headers = vec![
            ("accept", "text/html".to_owned()),
            ("accept-language", "en".to_owned()),
            ("sec-fetch-site", "same-origin".to_owned()),
            ("x-forwarded-for", format!("198.18.{a}.{b}")),
        ];
        headers.extend(session.map(|token| ("cookie", format!("tradein={token}"))));
        headers
    }

    fn visiting(&mut self, session: Option<&str>, path: &str) -> Call {
        Call {
            headers: self.headers(session),
            ..Call::bare(Who::Dealer, path).by("GET")
        }
    }

    /// A page that is there, as somebody with this session sees it.
    pub fn page(&mut self, session: Option<&str>, path: &str) -> String {
        let call = self.visiting(session, path);
        let page = self.send(&call);
        assert_eq!(page.status, 200, "{path}: {}", page.text());
        page.text()
    }

    /// The forms of a list that go to an address, or to one with this end, of its first page that has
    /// some.
    pub fn forms(&mut self, session: Option<&str>, path: &str, to: &str) -> Vec<Form> {
        let mut path = path.to_owned();
        loop {
            let html = self.page(session, &path);
            let here = path.split('?').next().unwrap();
            let mut all = Form::all(&html, here);
            all.retain(|form| form.action().ends_with(to));
            if !all.is_empty() {
                return all;
            }
            let pager = html.split_once(r#"class="pager"><a href=""#);
            let next = pager.and_then(|(_, rest)| rest.split('"').next());
            path = next
                .unwrap_or_else(|| panic!("{path}: no form to {to}: {html}"))
                .to_owned();
        }
    }

    /// The first of them.
    pub fn form(&mut self, who: Who, path: &str, to: &str) -> Form {
        let session = self.session(who);
        self.forms(Some(&session), path, to).swap_remove(0)
    }

    /// A call that sends a form.
    pub fn sending(&mut self, session: Option<&str>, form: &Form) -> Call {
        let (kind, body) = form.body();
        let call = Call::bare(Who::Dealer, form.action());
        Call {
            headers: self.headers(session),
            ..call
        }
        .bearing(&kind, body)
    }

    /// The same of somebody who is signed in.
    pub fn sent(&mut self, who: Who, form: &Form) -> Call {
        let session = self.session(who);
        self.sending(Some(&session), form)
    }

    /// A call that sends a form of a page, filled in.
    pub fn typed(&mut self, who: Who, path: &str, to: &str, typed: &[(&str, &str)]) -> Call {
        let form = self.form(who, path, to).filled(typed);
        self.sent(who, &form)
    }

    /// A call that sends a form of a page with a file.
    pub fn upload(
        &mut self,
        who: Who,
        path: &str,
        to: &str,
        chosen: (&str, &str, &str, &[u8]),
    ) -> Call {
        let form = self.form(who, path, to).file(chosen);
        self.sent(who, &form)
    }
}
