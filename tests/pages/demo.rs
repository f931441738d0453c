//! The demo, left running: made-up data in every state, and somebody of each role.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crate::browser::Browser;

/// Everybody who can sign in there.
pub const PEOPLE: [&str; 7] = [
    "demo-dealer",
    "demo-reviewer",
    "demo-approver",
    "demo-finance",
    "demo-second-finance",
    "demo-auditor",
    "demo-operator",
];

/// A running demo; dropping it ends it, and it cleans up after itself.
pub struct Demo {
    process: Child,
    pub url: String,
    password: String,
}

impl Demo {
    /// Starts one and waits until its day is over.
    pub fn start() -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tradein"));
        command.args(["demo", "--serve", "--claims", "300", "--connections", "8"]);
        command.args(["--reviews", "60", "--seed", "2025"]);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("TRADEIN_") {
                command.env_remove(name);
            }
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut after = |mark: &str| {
            let found = lines.find_map(|line| {
                let line = line.unwrap();
                let rest = line.split(mark).nth(1)?.split_whitespace().next()?;
                Some(rest.to_owned())
            });
            found.unwrap_or_else(|| panic!("the demo ended without {mark:?}"))
        };
        let url = after("still there: ");
        let password = after("password of all: ");
        std::thread::spawn(move || lines.for_each(drop));
        Self {
            process,
            url: url.trim_end_matches('/').to_owned(),
            password,
        }
    }

    /// Signs somebody in at a browser, in place of whoever was.
    pub fn sign_in(&self, browser: &Browser, login: &str) {
        let door = if login == "demo-dealer" {
            "dealer"
        } else {
            "bureau"
        };
        browser.open(&format!("/{door}/sign-in"));
        browser.fill("#login", login);
        browser.fill("#password", &self.password);
        browser.follow("main button");
        browser.find("form[action='/sign-out']");
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let id = self.process.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &id]).status();
        let _ = self.process.wait();
    }
}
