//! Holds what clients were told against the journal, in O(n log n).

use std::collections::HashMap;

use super::journal::Journal;
use super::law::{Life, replay};
use super::notes::{Note, Stand, What};

/// What may be broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Law {
    /// What was answered before another was asked stands before it, and a look is not older than
    /// what somebody was told before.
    Order,
    /// Places run from 1 without a gap, and every entry is of a kind that the test knows.
    Gap,
    /// Nobody has money while somebody of a lower place waits.
    Overtaken,
    /// No money lies free that the head of the line could have.
    Head,
    /// No more is given than there is.
    Money,
    /// The time of the journal does not go back.
    Time,
    /// What a client was told stands so in the journal.
    Differs,
    /// What stands in the journal was asked for and answered once.
    Unasked,
}

/// Something that is against the law.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which law.
    pub law: Law,
    /// What was seen.
    pub seen: String,
}

/// What was found: how often, and the first of each law. One fault may speak against a million claims.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// The first of each law.
    pub first: Vec<Finding>,
    counts: [usize; Law::Unasked as usize + 1],
}

impl Findings {
    /// Counts one, and keeps what was seen if it is one of the first.
    pub fn note(&mut self, law: Law, seen: impl FnOnce() -> String) {
        const FIRST: usize = 5;
        let count = &mut self.counts[law as usize];
        *count += 1;
        if *count <= FIRST {
            self.first.push(Finding { law, seen: seen() });
        }
    }

    /// How many speak of a law.
    pub fn of(&self, law: Law) -> usize {
        self.counts[law as usize]
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.counts.iter().sum()
    }
}

/// Everything that is against the law in a history.
pub fn check(notes: &[Note], journal: &Journal) -> Findings {
    let (lives, mut found) = replay(journal);
    let books = Books::new(journal, &lives);
    let mut spans = Vec::with_capacity(notes.len());
    for note in notes {
        let (span, stands) = books.span(note);
        spans.extend(span.map(|span| (*note, span)));
        if !stands {
            found.note(Law::Differs, || format!("{note:?}"));
        }
    }
    check_order(&spans, &mut found);
    check_asked(notes, journal, &mut found);
    found
}

/// Where in the journal an answer belongs: it was true from the entry `from` on, and before the entry
/// `until`.
#[derive(Debug, Clone, Copy)]
struct Span {
    from: u32,
    until: u32,
}

struct Books<'a> {
    journal: &'a Journal,
    lives: &'a [Life],
    /// The entries that put money in, by their amounts: each is another.
    put_in: HashMap<i64, u32>,
}

impl<'a> Books<'a> {
    fn new(journal: &'a Journal, lives: &'a [Life]) -> Self {
        let put_in = (1..)
            .zip(&journal.events)
            .filter(|(_, event)| event.kind == "topped_up")
            .map(|(seq, event)| (event.amount, seq))
            .collect();
        Self {
            journal,
            lives,
            put_in,
        }
    }

    /// Where an answer belongs, and whether it stands there as it was given. Of a claim the client
    /// was told the entry, so the order is asked also where the rest differs.
    fn span(&self, note: &Note) -> (Option<Span>, bool) {
        let life = self.lives.get(note.position as usize);
        let span = match note.what {
            What::Filed { seq, .. } => return (Span::of(seq), self.stands(note)),
            What::TookBack => life.and_then(|life| Span::of(life.withdrawn)),
            What::Looked { stand } => {
                let known = life.and_then(|life| life.while_it_was(stand));
                known.map(|(from, until)| Span { from, until })
            }
            What::PutIn => self.put_in.get(&note.amount).copied().and_then(Span::of),
        };
        (span, span.is_some())
    }

    fn stands(&self, note: &Note) -> bool {
        let What::Filed {
            stand,
            seq,
            hash,
            claim,
        } = note.what
        else {
            return false;
        };
        let event = self.journal.events.get((seq as usize).wrapping_sub(1));
        let told = (Some(note.position), note.amount, hash, claim);
        event.is_some_and(|event| {
            (event.position, event.amount, event.hash, event.claim) == told
                && ["reserved", "waiting"].contains(&event.kind)
                && Stand::named(event.kind) == stand
        })
    }
}

impl Span {
    /// What an entry did; `None` where there is none.
    fn of(seq: u32) -> Option<Self> {
        (seq > 0).then_some(Self {
            from: seq,
            until: seq,
        })
    }
}

/// Sweeps through time: at each sending, the last entry that an answer had shown by then. What an act
/// wrote comes after it; what a look saw had not ended before it.
fn check_order(spans: &[(Note, Span)], found: &mut Findings) {
    let mut by_answer: Vec<u32> = (0..).take(spans.len()).collect();
    let mut by_sending = by_answer.clone();
    let note = |index: &u32| &spans[*index as usize].0;
    by_answer.sort_unstable_by_key(|index| note(index).answered_ns);
    by_sending.sort_unstable_by_key(|index| note(index).sent_ns);

    let mut answered = by_answer.iter().peekable();
    let mut shown: Option<&(Note, Span)> = None;
    for index in &by_sending {
        let later = &spans[*index as usize];
        while let Some(next) = answered.next_if(|i| note(i).answered_ns < later.0.sent_ns) {
            let next = &spans[*next as usize];
            if shown.is_none_or(|last| next.1.from > last.1.from) {
                shown = Some(next);
            }
        }
        if let Some(earlier) = shown
            && earlier.1.from >= later.1.until
        {
            found.note(Law::Order, || {
                format!("{earlier:?} was answered before {later:?} was sent")
            });
        }
    }
}

/// Every entry that a client caused was answered, once.
fn check_asked(notes: &[Note], journal: &Journal, found: &mut Findings) {
    let (mut filed, mut taken_back) = (HashMap::new(), HashMap::new());
    let mut put_in = HashMap::new();
    for note in notes {
        match note.what {
            What::Filed { seq, .. } => *filed.entry(seq).or_default() += 1,
            What::TookBack => *taken_back.entry(note.position).or_default() += 1,
            What::PutIn => *put_in.entry(note.amount).or_default() += 1,
            What::Looked { .. } => {}
        }
    }
    for (seq, event) in (1..).zip(&journal.events) {
        let position = event.position.unwrap_or_default();
        let asked: u32 = match event.kind {
            "reserved" | "waiting" => filed.get(&seq).copied().unwrap_or_default(),
            "withdrawn" => taken_back.get(&position).copied().unwrap_or_default(),
            "topped_up" => put_in.get(&event.amount).copied().unwrap_or_default(),
            _ => 1,
        };
        if asked != 1 {
            found.note(Law::Unasked, || {
                format!("{seq} {event:?} was answered {asked} times")
            });
        }
    }
}
