//! A receiver of webhooks on this machine, and a table in the place of name servers.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{IpAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt as _, ready};
use hyper::body::Bytes;
use tradein::clock;
use tradein::webhooks::sender::{Delivery, Resolve, Sender};
use tradein::webhooks::signature::{MessageId, Secret, Secrets};
use tradein::webhooks::target::{Policy, Target};

pub const BODY: &str = r#"{"type":"claim.approved","timestamp":"2025-03-05T01:30:00Z","data":{}}"#;
pub const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
pub const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// Everything is allowed.
pub const SANDBOX: Policy = Policy {
    allow_http: true,
    allow_private: true,
};
/// Addresses are judged, and TLS is spared.
pub const PUBLIC_HTTP: Policy = Policy {
    allow_http: true,
    allow_private: false,
};

const PROBE: &[u8] = b"PROBE / HTTP/1.1\r\n\r\n";

/// What has come to a receiver.
#[derive(Default)]
struct Seen {
    connections: usize,
    requests: Vec<Vec<u8>>,
}

/// Listens on 127.0.0.1 until the test ends.
pub struct Receiver {
    pub port: u16,
    seen: Arc<Mutex<Seen>>,
}

impl Receiver {
    /// Answers every request with `text` and closes.
    pub fn answering(text: impl Into<String>) -> Self {
        let text = text.into();
        Self::start(move |stream| {
            let request = read_request(stream)?;
            stream.write_all(text.as_bytes())?;
            Ok(request)
        })
    }

    /// Treats every connection with `treat`, which returns the request that it read.
    pub fn start(treat: impl Fn(&mut TcpStream) -> io::Result<Vec<u8>> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let shared = Arc::clone(&seen);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                stream
                    .set_read_timeout(Some(Duration::from_secs(20)))
                    .unwrap();
                let mut begin = vec![0; PROBE.len()];
                let peeked = stream.peek(&mut begin).unwrap_or(0);
                if begin[..peeked] == *PROBE {
                    stream.write_all(b"seen").unwrap();
                    continue;
                }
                shared.lock().unwrap().connections += 1;
                if let Ok(request) = treat(&mut stream) {
                    shared.lock().unwrap().requests.push(request);
                }
            }
        });
        Self { port, seen }
    }

    /// How many connections came until now. Connections are taken in the order in which they
    /// came, so when one that is made now has been answered, all earlier ones are counted.
    pub fn connections(&self) -> usize {
        let mut probe = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        probe.write_all(PROBE).unwrap();
        let mut answer = [0; 4];
        probe.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"seen");
        self.seen.lock().unwrap().connections
    }

    /// The requests that came whole until now.
    pub fn requests(&self) -> Vec<Request> {
        self.connections();
        let seen = self.seen.lock().unwrap();
        seen.requests.iter().map(|r| Request::read(r)).collect()
    }

    /// The URL of this receiver, by its address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hook?a=b", self.port)
    }
}

/// A request as it came.
pub struct Request {
    pub line: String,
    pub headers: HashMap<String, String>,
    pub body: Vec<u8>,
}

impl Request {
    fn read(bytes: &[u8]) -> Self {
        let end = head_end(bytes).unwrap();
        let head = std::str::from_utf8(&bytes[..end]).unwrap();
        let mut lines = head.lines();
        let line = lines.next().unwrap().to_owned();
        let headers = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        Self {
            line,
            headers,
            body: bytes[end..].to_vec(),
        }
    }
}

fn head_end(bytes: &[u8]) -> Option<usize> {
    let at = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    Some(at + 4)
}

/// Reads a head and the [`BODY`] behind it.
pub fn read_request(stream: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut request = Vec::new();
    let mut chunk = [0; 1024];
    while head_end(&request).is_none_or(|end| request.len() < end + BODY.len()) {
        let read = stream.read(&mut chunk)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        request.extend_from_slice(&chunk[..read]);
    }
    Ok(request)
}

/// Answers from a list, one after the other, the last for ever; counts what it is asked.
#[derive(Clone)]
pub struct Table {
    answers: Arc<Vec<Vec<IpAddr>>>,
    asked: Arc<AtomicUsize>,
}

impl Table {
    pub fn new(answers: &[&[&str]]) -> Self {
        let read = |ips: &&[&str]| ips.iter().map(|ip| ip.parse().unwrap()).collect();
        Self {
            answers: Arc::new(answers.iter().map(read).collect()),
            asked: Arc::new(AtomicUsize::new(0)),
        }
    }

    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Resolve for Table {
    fn resolve<'a>(&'a self, _: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        let at = self.asked.fetch_add(1, Ordering::SeqCst);
        let answer = self.answers.get(at).or(self.answers.last());
        ready(
            answer
                .cloned()
                .ok_or_else(|| io::ErrorKind::NotFound.into()),
        )
        .boxed()
    }
}

pub fn sender(policy: Policy) -> Sender {
    Sender::trusting([], policy)
        .unwrap()
        .with_time_limit(Duration::from_secs(20))
}

pub fn secrets() -> Secrets {
    let text = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    Secrets::new(Secret::parse(text).unwrap(), [])
}

/// Sends [`BODY`] to `url`, which is read under the most lenient policy, so that it is the
/// sender who judges.
pub async fn send(sender: &Sender, url: &str) -> Delivery {
    let target = Target::parse(url, SANDBOX).unwrap();
    let id = MessageId::parse(ID).unwrap();
    let body = Bytes::from_static(BODY.as_bytes());
    sender
        .send(&target, &id, clock::now(), body, &secrets())
        .await
}
