//! A receiver of webhooks that answers as it is told, a thread for each connection.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use tradein::clock;
use tradein::webhooks::signature::{Headers, Secret, Secrets, TOLERANCE, VerifyError, verify};

/// A path that nobody else is to know: some receivers put a secret there.
pub const PATH: &str = "/hook/path-that-is-a-secret";

/// A webhook as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Came {
    pub id: String,
    pub timestamp: String,
    pub signature: String,
    pub body: Vec<u8>,
    /// What it was answered.
    pub answered: u16,
}

impl Came {
    /// Whether a holder of `secret` believes it.
    pub fn verify(&self, secret: &str) -> Result<(), VerifyError> {
        let secrets = Secrets::new(Secret::parse(secret).unwrap(), []);
        let headers = Headers {
            id: &self.id,
            timestamp: &self.timestamp,
            signature: &self.signature,
        };
        verify(&secrets, headers, &self.body, clock::now(), TOLERANCE)
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The claim and the number of the entry.
    pub fn about(&self) -> (String, i64) {
        let data = &self.json()["data"];
        let claim = data["claim_id"].as_str().unwrap().to_owned();
        (claim, data["seq"].as_i64().unwrap())
    }
}

/// What is answered to a webhook, given how many came before it: a status, or nothing at all.
type Rule = dyn Fn(&Came, usize) -> Option<u16> + Send + Sync;

/// Listens on 127.0.0.1 until the test ends.
pub struct Listener {
    port: u16,
    came: Arc<Mutex<Vec<Came>>>,
    rule: Arc<Mutex<Arc<Rule>>>,
}

impl Listener {
    /// Answers 200.
    pub fn new() -> Self {
        Self::answering(|_, _| Some(200))
    }

    /// Answers by a rule.
    pub fn answering(rule: impl Fn(&Came, usize) -> Option<u16> + Send + Sync + 'static) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let listener = Self {
            port: socket.local_addr().unwrap().port(),
            came: Arc::default(),
            rule: Arc::new(Mutex::new(Arc::new(rule))),
        };
        let (came, rule) = (Arc::clone(&listener.came), Arc::clone(&listener.rule));
        thread::spawn(move || {
            for stream in socket.incoming() {
                let (came, rule) = (Arc::clone(&came), Arc::clone(&rule));
                thread::spawn(move || treat(stream.unwrap(), &came, &rule));
            }
        });
        listener
    }

    /// Answers by another rule from now on.
    pub fn answer(&self, rule: impl Fn(&Came, usize) -> Option<u16> + Send + Sync + 'static) {
        *self.rule.lock().unwrap() = Arc::new(rule);
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}{PATH}", self.port)
    }

    /// What came and was answered until now, in the order of the answers.
    pub fn came(&self) -> Vec<Came> {
        self.came.lock().unwrap().clone()
    }
}

fn treat(mut stream: TcpStream, came: &Mutex<Vec<Came>>, rule: &Mutex<Arc<Rule>>) {
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let Some(mut webhook) = read(&mut stream) else {
        // A service that was killed leaves half a request behind.
        return;
    };
    let rule = Arc::clone(&rule.lock().unwrap());
    let mut all = came.lock().unwrap();
    let Some(status) = rule(&webhook, all.len()) else {
        drop(all);
        // It hangs until the sender has had enough.
        let _ = stream.read(&mut [0]);
        return;
    };
    webhook.answered = status;
    let answer = format!("HTTP/1.1 {status} Said\r\ncontent-length: 0\r\n\r\n");
    // Counted first: what is answered has come, whether or not the sender hears it.
    all.push(webhook);
    let _ = stream.write_all(answer.as_bytes());
}

fn read(stream: &mut TcpStream) -> Option<Came> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let head = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        if let Some(head) = head {
            let text = std::str::from_utf8(&bytes[..head]).unwrap();
            let header = |name: &str| {
                let lines = text.lines().filter_map(|line| line.split_once(": "));
                let mut values = lines.filter(|(n, _)| n.eq_ignore_ascii_case(name));
                values.next().map(|(_, value)| value.to_owned())
            };
            assert_eq!(text.lines().next(), Some(&*format!("POST {PATH} HTTP/1.1")));
            let length: usize = header("content-length").unwrap().parse().unwrap();
            if bytes.len() >= head + 4 + length {
                return Some(Came {
                    id: header("webhook-id").unwrap(),
                    timestamp: header("webhook-timestamp").unwrap(),
                    signature: header("webhook-signature").unwrap(),
                    body: bytes[head + 4..].to_vec(),
                    answered: 0,
                });
            }
        }
        match stream.read(&mut chunk) {
            Ok(read @ 1..) => bytes.extend_from_slice(&chunk[..read]),
            _ => return None,
        }
    }
}
