//! Makes random legal histories of a pool.

use tradein::domain::claim::Bucket::{self, Free, Funding, Reserved};
use tradein::domain::money::Fen;
use tradein::domain::time::Timestamp;
use tradein::journal::checkpoint::Checkpoint;
use tradein::journal::entry::{Entry, EntryActor, EntryKind, GENESIS, claim_commitment};
use tradein::journal::export::checkpoint_line;
use tradein::journal::verify::{Fold, PoolProof, VerifyError};
use tradein::keys::{Jwks, Signer};

/// SplitMix64: small, seeded, the same everywhere.
pub struct Dice(pub u64);

impl Dice {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }
}

/// The seed of a random test: `TRADEIN_TEST_SEED`, or a fresh one.
pub fn seed() -> u64 {
    match std::env::var("TRADEIN_TEST_SEED") {
        Ok(text) => text.parse().unwrap(),
        Err(_) => uuid::Uuid::now_v7().as_u64_pair().1,
    }
}

pub fn signer() -> Signer {
    Signer::from_seed(&[11; 32]).unwrap()
}

pub fn keys() -> Jwks {
    Jwks::new(vec![signer().public().clone()])
}

#[derive(Clone)]
pub struct Held {
    pub claim: [u8; 32],
    pub position: i64,
    pub amount: i64,
}

/// A pool with its entries, kept by a simple model of its own.
#[derive(Clone)]
pub struct History {
    pub entries: Vec<Entry>,
    pub strict: bool,
    pub free: i64,
    pub line: Vec<Held>,
    pub held: Vec<Held>,
    positions: i64,
    numbers: i64,
    now: i64,
    prev: [u8; 32],
}

impl History {
    pub fn open(strict: bool, cap: i64) -> Self {
        let mut history = Self {
            entries: Vec::new(),
            strict,
            free: cap,
            line: Vec::new(),
            held: Vec::new(),
            positions: 0,
            numbers: 0,
            now: 1_741_150_800_000_000,
            prev: GENESIS,
        };
        let mut entry = history.entry(EntryKind::Opened, cap, Some((Funding, Free)));
        entry.detail = Some(if strict { "strict" } else { "fit" }.to_owned());
        history.push(entry);
        history
    }

    /// The next entry, not yet added.
    pub fn entry(&self, kind: EntryKind, fen: i64, moved: Option<(Bucket, Bucket)>) -> Entry {
        Entry {
            pool: "jiyuan-2025".to_owned(),
            seq: self.entries.len() as i64 + 1,
            at: Timestamp(self.now),
            kind,
            actor: EntryActor::Dealer,
            detail: None,
            claim: None,
            position: None,
            amount: Fen::new(fen).unwrap(),
            moved,
            private: [self.entries.len() as u8; 32],
            prev: self.prev,
        }
    }

    /// Adds an entry, legal or not.
    pub fn push(&mut self, entry: Entry) {
        self.prev = entry.hash();
        self.entries.push(entry);
    }

    fn new_claim(&mut self) -> [u8; 32] {
        self.numbers += 1;
        claim_commitment(&[5; 16], &format!("JY25-{:07}-0", self.numbers))
    }

    /// Adds an entry about a claim without asking whether it is legal.
    pub fn about(&mut self, kind: EntryKind, held: &Held, moved: Option<(Bucket, Bucket)>) {
        let mut entry = self.entry(kind, held.amount, moved);
        entry.claim = Some(held.claim);
        entry.position = Some(held.position);
        self.push(entry);
    }

    /// A claim of `amount` fen arrives.
    pub fn submit(&mut self, amount: i64) {
        let claim = self.new_claim();
        self.positions += 1;
        let held = Held {
            claim,
            position: self.positions,
            amount,
        };
        if amount <= self.free && (self.line.is_empty() || !self.strict) {
            self.about(EntryKind::Reserved, &held, Some((Free, Reserved)));
            self.free -= amount;
            self.held.push(held);
        } else {
            self.about(EntryKind::Waiting, &held, None);
            self.line.push(held);
        }
    }

    /// A new claim that is not accepted.
    pub fn refuse(&mut self) {
        let mut entry = self.entry(EntryKind::Refused, 0, None);
        entry.claim = Some(self.new_claim());
        self.push(entry);
    }

    pub fn flag(&mut self, claim: [u8; 32]) {
        let mut entry = self.entry(EntryKind::Flagged, 0, None);
        entry.claim = Some(claim);
        self.push(entry);
    }

    pub fn top_up(&mut self, fen: i64) {
        self.push(self.entry(EntryKind::ToppedUp, fen, Some((Funding, Free))));
        self.free += fen;
        self.promote();
    }

    pub fn withdraw_held(&mut self, at: usize) {
        let held = self.held.remove(at);
        self.about(EntryKind::Withdrawn, &held, Some((Reserved, Free)));
        self.free += held.amount;
        self.promote();
    }

    pub fn withdraw_waiting(&mut self, at: usize) {
        let held = self.line.remove(at);
        self.about(EntryKind::Withdrawn, &held, None);
        self.promote();
    }

    fn promote(&mut self) {
        loop {
            let fits = |held: &Held| held.amount <= self.free;
            let next = if self.strict {
                self.line.first().filter(|held| fits(held)).map(|_| 0)
            } else {
                self.line.iter().position(fits)
            };
            let Some(next) = next else { return };
            let held = self.line.remove(next);
            self.about(EntryKind::Promoted, &held, Some((Free, Reserved)));
            self.free -= held.amount;
            self.held.push(held);
        }
    }

    /// A random history of at least `steps` entries.
    pub fn random(dice: &mut Dice, steps: usize) -> Self {
        let amounts = [0, 1, 80_000, 1_000_000, 1_300_000, 1_400_000, 2_000_000];
        let strict = dice.below(2) == 0;
        let cap = dice.below(steps * 700_000) as i64;
        let mut history = Self::open(strict, cap);
        while history.entries.len() < steps {
            history.now += dice.below(3) as i64 * 1_000;
            match dice.below(20) {
                0 if !history.held.is_empty() => {
                    let at = dice.below(history.held.len());
                    history.withdraw_held(at);
                }
                1 if !history.line.is_empty() => {
                    let at = dice.below(history.line.len());
                    history.withdraw_waiting(at);
                }
                2 => history.refuse(),
                3 if dice.below(3) == 0 => history.top_up(dice.below(9_000_000) as i64),
                4 if !history.held.is_empty() => {
                    let at = dice.below(history.held.len());
                    history.flag(history.held[at].claim);
                }
                _ => history.submit(amounts[dice.below(amounts.len())]),
            }
        }
        history
    }

    pub fn proof(&self) -> Result<PoolProof, VerifyError> {
        let mut entries = self.entries.iter();
        let first = entries.next().unwrap();
        let mut fold = Fold::begin(first, &first.hash())?;
        for entry in entries {
            fold.feed(entry, &entry.hash())?;
        }
        fold.finish()
    }

    /// The checkpoint line, signed by `signer`.
    pub fn checkpoint(&self, signer: &Signer) -> String {
        checkpoint_line(&self.totals(), signer)
    }

    /// What the checkpoint states.
    pub fn totals(&self) -> Checkpoint {
        let proof = self.proof().unwrap();
        Checkpoint {
            pool: proof.pool,
            seq: proof.entries,
            hash: proof.head_hash,
            cap: proof.cap,
            free: proof.free,
            reserved: proof.reserved,
            committed: proof.committed,
            paid: proof.paid,
            waiting: proof.waiting,
            at: Timestamp(self.now),
        }
    }

    pub fn lines(&self) -> Vec<String> {
        self.entries.iter().map(|e| e.line(&e.hash())).collect()
    }

    /// The whole export.
    pub fn export(&self, signer: &Signer) -> String {
        let mut lines = self.lines();
        lines.push(self.checkpoint(signer));
        join(&lines)
    }

    /// Chains all entries anew from `start` on, as somebody would who changed one.
    pub fn rechain(&mut self, start: usize) {
        for at in start..self.entries.len() {
            self.entries[at].prev = match at {
                0 => GENESIS,
                _ => self.entries[at - 1].hash(),
            };
        }
        self.prev = self.entries[self.entries.len() - 1].hash();
    }
}

/// Lines as a file holds them.
pub fn join(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}
