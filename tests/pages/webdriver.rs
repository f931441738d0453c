//! As much of WebDriver (W3C) as these tests need, over the blocking client of the tests.
//!
//! By hand, because the crate for it makes serde_json keep the order of members: that holds for the
//! whole build of the tests, and so for the program that they are to test as it is.

use std::cell::RefCell;

use serde_json::{Value, json};

use crate::support::http::Client;

/// Under which an answer names an element (WebDriver, 12.1).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A session of a driver.
pub struct WebDriver {
    client: RefCell<Client>,
    session: String,
}

/// What the driver says instead of doing it.
#[derive(Debug)]
#[expect(dead_code, reason = "a panic shows it")]
pub struct Refusal(String);

type Done<T> = Result<T, Refusal>;

impl WebDriver {
    /// Opens a browser with these arguments.
    pub fn new(url: &str, arguments: &[&str]) -> Self {
        let driver = Self {
            client: RefCell::new(Client::new(url)),
            session: String::new(),
        };
        let options = json!({"args": arguments});
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "unhandledPromptBehavior": "accept",
            "goog:chromeOptions": options}}});
        let opened = driver.send("POST", "/session", &wanted).unwrap();
        Self {
            session: format!("/session/{}", opened["sessionId"].as_str().unwrap()),
            ..driver
        }
    }

    fn send(&self, method: &str, path: &str, body: &Value) -> Done<Value> {
        let headers = [("content-type", "application/json")];
        let text = if method == "POST" {
            body.to_string()
        } else {
            String::new()
        };
        let answer = self
            .client
            .borrow_mut()
            .call(method, path, &headers, text.as_bytes());
        let mut json = answer.json();
        match answer.status {
            200 => Ok(json["value"].take()),
            _ => Err(Refusal(json["value"]["message"].to_string())),
        }
    }

    fn post(&self, what: &str, body: &Value) -> Done<Value> {
        self.send("POST", &format!("{}/{what}", self.session), body)
    }

    /// Loads an address, and waits until it is there.
    pub fn goto(&self, url: &str) {
        self.post("url", &json!({"url": url})).unwrap();
    }

    /// The address of the page.
    pub fn url(&self) -> String {
        let url = self.send("GET", &format!("{}/url", self.session), &Value::Null);
        url.unwrap().as_str().unwrap().to_owned()
    }

    /// The first element of a selector.
    pub fn find(&self, selector: &str) -> Done<String> {
        let found = self.post(
            "element",
            &json!({"using": "css selector", "value": selector}),
        )?;
        Ok(found[ELEMENT].as_str().unwrap().to_owned())
    }

    /// What an element says.
    pub fn text(&self, element: &str) -> Done<String> {
        let path = format!("{}/element/{element}/text", self.session);
        Ok(self
            .send("GET", &path, &Value::Null)?
            .as_str()
            .unwrap()
            .to_owned())
    }

    /// Types into an element in place of what stands there.
    pub fn fill(&self, element: &str, text: &str) -> Done<()> {
        self.post(&format!("element/{element}/clear"), &json!({}))?;
        self.send_keys(element, text)
    }

    /// Types into an element, or gives it a file.
    pub fn send_keys(&self, element: &str, text: &str) -> Done<()> {
        self.post(&format!("element/{element}/value"), &json!({"text": text}))?;
        Ok(())
    }

    /// Clicks on an element.
    pub fn click(&self, element: &str) -> Done<()> {
        self.post(&format!("element/{element}/click"), &json!({}))?;
        Ok(())
    }

    /// Runs a script in the page; gives what it returns.
    pub fn execute(&self, script: &str, arguments: &[Value]) -> Value {
        let body = json!({"script": script, "args": arguments});
        self.post("execute/sync", &body).unwrap()
    }

    /// Runs a script in the page whose last argument is what it calls when it is done.
    pub fn execute_async(&self, script: &str, arguments: &[Value]) -> Value {
        let body = json!({"script": script, "args": arguments});
        self.post("execute/async", &body).unwrap()
    }

    /// A command of the developer tools.
    pub fn command(&self, method: &str, parameters: Value) -> Value {
        let body = json!({"cmd": method, "params": parameters});
        self.post("goog/cdp/execute", &body).unwrap()
    }

    /// Ends the session and its browser.
    pub fn quit(&self) {
        let _ = self.send("DELETE", &self.session, &Value::Null);
    }
}
