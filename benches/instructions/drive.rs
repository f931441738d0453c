//! The load: one thread that writes a burst to its connections and then reads every answer. So the
//! service sees the same requests in the same order each time, all of them there before it looks.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;
use tradein::rehearse::Profile;
use tradein::rehearse::generate::Generator;

use crate::Fallible;
use crate::gate::Gate;
use crate::place::{PROGRAMME, Seller};

/// Fixes the claims to the byte.
const SEED: u64 = 1;
const PATIENCE: Duration = Duration::from_secs(120);
/// Calls behind a burst: when they are answered the one request thread has read all of it.
const CALLS_BEHIND: usize = 3;

/// Sends claims and takes their verdicts.
pub struct Load {
    address: String,
    /// One for each claim of a burst, and one more.
    connections: Vec<BufReader<TcpStream>>,
    burst: usize,
    gate: Option<Gate>,
    generator: Generator,
    /// Authorization and credit code of each dealer; they take turns.
    sellers: Vec<(String, String)>,
    next: u64,
}

impl Load {
    /// Opens the connections and signs the dealers in.
    pub fn new(
        address: &str,
        sellers: &[Seller],
        burst: usize,
        gate: Option<Gate>,
    ) -> Fallible<Self> {
        let profile = Profile::of(PROGRAMME).ok_or("an unknown programme")?;
        let mut load = Self {
            address: address.to_owned(),
            connections: Vec::with_capacity(burst + 1),
            burst,
            gate,
            generator: Generator::new(profile, SEED),
            sellers: Vec::new(),
            next: 0,
        };
        for _ in 0..=burst {
            let stream = TcpStream::connect(address)?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            load.connections.push(BufReader::new(stream));
        }
        for seller in sellers {
            let form = format!(
                "grant_type=client_credentials&client_id={}&client_secret={}",
                seller.client_id, seller.client_secret
            );
            let kind = "content-type: application/x-www-form-urlencoded\r\n";
            load.send(0, "POST /oauth/token", kind, &form)?;
            let answer: Value = serde_json::from_str(&load.receive(0, 200)?)?;
            let token = answer["access_token"].as_str().ok_or("no token")?;
            load.sellers.push((token.to_owned(), seller.uscc.clone()));
        }
        Ok(load)
    }

    /// Files a claim on every connection but the last and waits for all verdicts.
    pub fn burst(&mut self) -> Fallible<()> {
        let mut requests = Vec::with_capacity(self.burst);
        for _ in 0..self.burst {
            let index = self.next;
            self.next += 1;
            let seller = usize::try_from(index)? % self.sellers.len();
            let (token, uscc) = &self.sellers[seller];
            let headers = format!(
                "content-type: application/json\r\nauthorization: Bearer {token}\r\n\
                 idempotency-key: {}\r\n",
                self.generator.key(index)
            );
            requests.push((headers, self.generator.body(index, uscc)));
        }
        if let Some(gate) = &mut self.gate {
            gate.close()?;
        }
        for (connection, (headers, body)) in requests.iter().enumerate() {
            self.send(connection, "POST /v1/claims", headers, body)?;
        }
        if self.gate.is_some() {
            for _ in 0..CALLS_BEHIND {
                self.send(self.burst, "GET /livez", "", "")?;
                self.receive(self.burst, 200)?;
            }
        }
        if let Some(gate) = &mut self.gate {
            gate.open()?;
        }
        for connection in 0..self.burst {
            let answer = self.receive(connection, 201)?;
            if answer.contains(r#""state":"refused""#) {
                return Err(format!("a claim was refused: {answer}").into());
            }
        }
        Ok(())
    }

    /// How many batches there were so far.
    pub fn batches(&mut self) -> Fallible<u64> {
        self.send(0, "GET /metrics", "", "")?;
        let text = self.receive(0, 200)?;
        let count = text
            .lines()
            .find_map(|line| line.strip_prefix("tradein_admission_batch_claims_count "));
        Ok(count.ok_or("no count of batches")?.trim().parse()?)
    }

    fn send(&mut self, connection: usize, call: &str, headers: &str, body: &str) -> Fallible<()> {
        let request = format!(
            "{call} HTTP/1.1\r\nhost: {}\r\n{headers}content-length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        );
        let stream = self.connections[connection].get_mut();
        Ok(stream.write_all(request.as_bytes())?)
    }

    fn receive(&mut self, connection: usize, expected: u16) -> Fallible<String> {
        let stream = &mut self.connections[connection];
        let (mut head, mut length) = (String::new(), 0);
        loop {
            let begin = head.len();
            if stream.read_line(&mut head)? == 0 {
                return Err("the service closed a connection".into());
            }
            let line = head[begin..].trim_end().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(stated) = line.strip_prefix("content-length:") {
                length = stated.trim().parse()?;
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body)?;
        let body = String::from_utf8(body)?;
        if head.split(' ').nth(1) == Some(expected.to_string().as_str()) {
            Ok(body)
        } else {
            Err(format!("{head}{body}").into())
        }
    }
}
