//! The public journal, read line by line as it comes: what is kept of a line is small.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use serde::Deserialize;
use tradein::domain::money::Fen;
use tradein::domain::time::Timestamp;
use tradein::journal::canonical::parse_hex32;

use super::notes::head;
use crate::support::Server;

/// What an entry says, as far as the law of the line asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// When, in microseconds.
    pub at_us: i64,
    /// The word of its kind.
    pub kind: &'static str,
    /// The place of its claim.
    pub position: Option<u32>,
    /// Its amount, in fen.
    pub amount: i64,
    /// What it adds to what is free, in fen.
    pub freed: i64,
    /// Of its own hash.
    pub hash: u64,
    /// Of the commitment to its claim.
    pub claim: u64,
}

/// The entries of one pool, the first with the number 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Journal {
    /// In their order.
    pub events: Vec<Event>,
}

#[derive(Deserialize)]
struct Line<'a> {
    seq: Option<u64>,
    at: Option<&'a str>,
    kind: Option<&'a str>,
    position: Option<u32>,
    amount: Option<&'a str>,
    from: Option<&'a str>,
    to: Option<&'a str>,
    hash: Option<&'a str>,
    claim: Option<&'a str>,
}

/// The kinds that may come.
const KINDS: [&str; 8] = [
    "opened",
    "topped_up",
    "refused",
    "reserved",
    "waiting",
    "promoted",
    "withdrawn",
    "lapsed",
];

impl Journal {
    /// Reads it while nobody writes.
    pub fn read(server: &Server, pool: &str) -> Self {
        let url = format!("{}/v1/public/journal/{pool}?after=0", server.url());
        let mut curl = Command::new("curl")
            .args(["--silent", "--show-error", "--fail", &url])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(curl.stdout.take().unwrap());
        let (mut events, mut line, mut ended) = (Vec::new(), String::new(), false);
        while lines.read_line(&mut line).unwrap() > 0 {
            let read: Line<'_> = serde_json::from_str(&line).unwrap();
            match read.event() {
                Some(event) => {
                    events.push(event);
                    assert_eq!(read.seq, Some(events.len() as u64), "{line}");
                }
                None => ended = true,
            }
            line.clear();
        }
        let status = curl.wait().unwrap();
        assert!(status.success() && ended, "{status}, no checkpoint");
        Self { events }
    }

    /// How many entries of a kind there are.
    pub fn count(&self, kind: &str) -> usize {
        self.events.iter().filter(|e| e.kind == kind).count()
    }
}

impl Line<'_> {
    /// None of the checkpoint, which is the last line.
    fn event(&self) -> Option<Event> {
        let (kind, amount, at) = (self.kind?, self.amount?, self.at?);
        let known = KINDS.iter().find(|known| **known == kind);
        let amount = Fen::parse_yuan(amount).unwrap().fen();
        let part = |text: Option<&str>| text.map_or(0, |text| head(&parse_hex32(text).unwrap()));
        Some(Event {
            at_us: Timestamp::parse_rfc3339(at).unwrap().0,
            kind: known.unwrap_or_else(|| panic!("an entry {kind}")),
            position: self.position,
            amount,
            freed: match (self.from, self.to) {
                (Some("free"), _) => -amount,
                (_, Some("free")) => amount,
                _ => 0,
            },
            hash: part(self.hash),
            claim: part(self.claim),
        })
    }
}
