//! The law of a strict line, held against a journal entry by entry: places without a gap, money by
//! place, and nothing lies free that the head of the line could have.

use std::collections::BTreeMap;

use super::check::{Findings, Law};
use super::journal::{Event, Journal};
use super::notes::Stand;

/// The entries that made a claim what it was, by number; zero where there is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Life {
    /// It came.
    pub came: u32,
    /// It waited.
    pub waited: bool,
    /// Money came to it.
    pub promoted: u32,
    /// It was taken back.
    pub withdrawn: u32,
    /// Its deadline came.
    pub lapsed: u32,
}

impl Life {
    /// From which entry on, and up to which, it was so; `None` if it never was. What never ended goes
    /// on for ever.
    pub fn while_it_was(&self, stand: Stand) -> Option<(u32, u32)> {
        const EVER: u32 = u32::MAX;
        let there = |seq: u32| (seq > 0).then_some(seq);
        let ended = there(self.withdrawn).or(there(self.lapsed)).unwrap_or(EVER);
        let promoted = there(self.promoted);
        match stand {
            Stand::Waiting => self.waited.then(|| (self.came, promoted.unwrap_or(ended))),
            Stand::Reserved if self.waited => promoted.map(|from| (from, ended)),
            Stand::Reserved => Some((self.came, ended)),
            Stand::Withdrawn => there(self.withdrawn).map(|from| (from, EVER)),
            Stand::Lapsed => there(self.lapsed).map(|from| (from, EVER)),
        }
    }
}

/// The line as it stands after an entry.
#[derive(Default)]
struct Line {
    free: i64,
    /// Who waits, and for how much.
    waiting: BTreeMap<u32, i64>,
    /// The lives by place; the first is nobody's.
    lives: Vec<Life>,
    found: Findings,
}

/// Replays a journal; gives the lives of its claims by place, and what is against the law.
pub fn replay(journal: &Journal) -> (Vec<Life>, Findings) {
    let mut line = Line {
        lives: vec![Life::default()],
        ..Line::default()
    };
    let mut before = i64::MIN;
    for (index, event) in journal.events.iter().enumerate() {
        let seq = u32::try_from(index + 1).unwrap();
        if event.at_us < before {
            line.note(Law::Time, seq, event);
        }
        // What one transaction writes has one time. Between two of them nobody waits in vain.
        if event.at_us != before && line.head_could_have_money() {
            line.note(Law::Head, seq, event);
        }
        before = event.at_us;
        line.step(seq, event);
        line.free += event.freed;
        if line.free < 0 {
            line.note(Law::Money, seq, event);
        }
    }
    if line.head_could_have_money() {
        let end = || "at the end of the journal".to_owned();
        line.found.note(Law::Head, end);
    }
    (line.lives, line.found)
}

impl Line {
    fn step(&mut self, seq: u32, event: &Event) {
        match (event.kind, event.position) {
            ("opened" | "topped_up" | "refused", None) => {}
            ("reserved" | "waiting", Some(position)) => self.come(seq, event, position),
            ("promoted", Some(position)) => {
                if self.waiting.first_key_value().map(|(head, _)| *head) != Some(position) {
                    self.note(Law::Overtaken, seq, event);
                }
                if self.waiting.remove(&position) != Some(event.amount) {
                    self.note(Law::Differs, seq, event);
                }
                self.life(position).promoted = seq;
            }
            ("withdrawn", Some(position)) => {
                self.waiting.remove(&position);
                self.life(position).withdrawn = seq;
            }
            ("lapsed", Some(position)) => {
                self.waiting.remove(&position);
                self.life(position).lapsed = seq;
            }
            _ => self.note(Law::Gap, seq, event),
        }
    }

    fn come(&mut self, seq: u32, event: &Event, position: u32) {
        let expected = self.lives.len();
        if position as usize != expected {
            self.note(Law::Gap, seq, event);
        }
        let waits = event.kind == "waiting";
        let must_wait = !self.waiting.is_empty() || event.amount > self.free;
        if waits != must_wait {
            let law = if waits { Law::Head } else { Law::Overtaken };
            self.note(law, seq, event);
        }
        if waits {
            self.waiting.insert(position, event.amount);
        }
        let life = self.life(position);
        (life.came, life.waited) = (seq, waits);
    }

    fn head_could_have_money(&self) -> bool {
        let head = self.waiting.first_key_value();
        head.is_some_and(|(_, amount)| *amount <= self.free)
    }

    /// The life of a place. A wild one makes no list of all that lie before it.
    fn life(&mut self, position: u32) -> &mut Life {
        const A_GAP: usize = 1_000;
        let place = position as usize;
        let most = self.lives.len() + A_GAP;
        if place >= self.lives.len() && place < most {
            self.lives.resize(place + 1, Life::default());
        }
        let place = if place < most { place } else { 0 };
        &mut self.lives[place]
    }

    fn note(&mut self, law: Law, seq: u32, event: &Event) {
        let (free, head) = (self.free, self.waiting.first_key_value());
        self.found.note(law, || {
            format!("{seq} {event:?}: {free} free, head {head:?}")
        });
    }
}
