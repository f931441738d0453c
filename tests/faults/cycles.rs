//! Cycles of load, fault and recovery on one database that grows: what holds after each, cheaply,
//! and what holds of everything, now and then.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::time::Duration;

use tradein::clock;
use tradein::domain::money::Fen;
use tradein::rehearse::{Plan, Record};

use super::books::{Books, Check, Finding, Listed, check_kept, list, row};
use super::replay::{Replayed, replay};
use super::scene::{CONNECTIONS, Filing, Pool, Scene, load_while};
use crate::support::effort::seed;

const PROGRAMME: &str = "national-appliance-2025";

/// Claims of a cycle: most of them are sent before the fault, the others are refused a connection.
pub const CLAIMS: u64 = 160;

/// The longest that a fault waits once its claim is answered: longer than a batch takes, so that it
/// strikes anywhere within one.
const BATCH_US: u64 = 30_000;

/// What all cycles came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many there were.
    pub cycles: u64,
    /// Claims that had a verdict before the fault.
    pub acknowledged: usize,
    /// Claims that were sent before it and got no verdict.
    pub unknown: usize,
    /// Those of them that stood before they were asked for again.
    pub stood: usize,
    /// Claims that were sent afterwards, and refused a connection.
    pub unsent: usize,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            cycles,
            acknowledged,
            unknown,
            stood,
            unsent,
        } = self;
        let new = unknown - stood;
        write!(
            f,
            "{cycles} cycles: {acknowledged} claims acknowledged; {unknown} outcomes unknown, by \
             replay {stood} stood and {new} were filed; {unsent} sent too late"
        )
    }
}

/// A load that met a fault.
#[derive(Debug)]
pub struct Struck {
    filing: Filing,
    history: Vec<Record>,
    at_ns: u64,
}

/// The cycles of one database.
#[derive(Debug)]
pub struct Cycles {
    name: String,
    seed: u64,
    planned: u64,
    history: Vec<Record>,
    known: HashMap<String, Listed>,
    /// The cursor of the last page of claims before this cycle.
    cursor: String,
    /// What the claims of the last cycle got when they were asked for again.
    replayed: Replayed,
    tally: Tally,
}

impl Cycles {
    /// So many cycles, none of them done.
    pub fn new(name: &str, planned: u64) -> Self {
        Self {
            name: name.to_owned(),
            seed: seed(name),
            planned,
            history: Vec::new(),
            known: HashMap::new(),
            cursor: String::new(),
            replayed: Replayed::default(),
            tally: Tally::default(),
        }
    }

    /// A strict pool with a third of what all cycles ask for.
    pub fn pool(&self) -> Pool {
        let third = self.filing().third(CLAIMS).fen();
        Pool {
            name: "interrupted",
            programme: PROGRAMME,
            remainder: "strict",
            cap: Fen::new(third * i64::try_from(self.planned).unwrap()).unwrap(),
        }
    }

    /// The claims of the cycle that comes next.
    fn filing(&self) -> Filing {
        Filing::new(PROGRAMME, self.seed + self.tally.cycles)
    }

    /// Some number below `bound`, the same for the same seed, cycle and purpose.
    fn draw(&self, purpose: &str, bound: u64) -> u64 {
        let hasher = BuildHasherDefault::<DefaultHasher>::default();
        hasher.hash_one((self.seed, self.tally.cycles, purpose)) % bound
    }

    /// Loads the service, and strikes at an instant that follows from the seed.
    pub fn strike(&self, plan: &Plan, fault: impl FnOnce()) -> Struck {
        // Once the load has signed in, and early enough that there are claims left to send.
        let after = 1 + self.draw("claims", CLAIMS - CONNECTIONS as u64);
        let wait = Duration::from_micros(self.draw("wait", BATCH_US));
        self.strike_after(plan, (after, wait), fault)
    }

    /// Loads the service, and strikes a while after so many claims are answered.
    pub fn strike_after(
        &self,
        plan: &Plan,
        (claims, wait): (u64, Duration),
        fault: impl FnOnce(),
    ) -> Struck {
        let mut at_ns = 0;
        let report = load_while(plan, claims, || {
            std::thread::sleep(wait);
            at_ns = clock::monotonic_ns();
            fault();
        });
        Struck {
            filing: self.filing(),
            history: report.history,
            at_ns,
        }
    }

    /// The load of the cycle that comes next, with tokens that last.
    pub fn plan(&self, scene: &mut Scene) -> Plan {
        scene.renew_tokens();
        scene.plan(0, self.seed + self.tally.cycles, CLAIMS)
    }

    /// Once the service is back: what was acknowledged is there before anybody asks for it again,
    /// then every claim is asked for again, and each stands once.
    pub fn settle(&mut self, scene: &Scene, struck: Struck) -> Vec<Finding> {
        let (mut found, _) = self.learn(scene, &struck.history);
        self.count(&struck);
        let mut replayed = replay(scene, &struck.filing, CLAIMS, &struck.history);
        found.append(&mut replayed.findings);
        let (wrong, cursor) = self.learn(scene, &replayed.history);
        found.extend(wrong);
        self.cursor = cursor;
        found.extend(self.check_once(scene));
        self.history.extend(replayed.history.iter().cloned());
        self.replayed = replayed;
        found
    }

    /// Reads the claims that came since the last cycle, and holds them against what was answered;
    /// gives the cursor of their last page.
    fn learn(&mut self, scene: &Scene, history: &[Record]) -> (Vec<Finding>, String) {
        let mut client = scene.auditor_client(0);
        let (newest, cursor) = list(&mut client, PROGRAMME, &self.cursor);
        self.known.extend(newest);
        (check_kept(&self.known, history), cursor)
    }

    /// Counts a cycle, before its claims are asked for again.
    fn count(&mut self, struck: &Struck) {
        let (known, unknown): (Vec<_>, Vec<_>) =
            struck.history.iter().partition(|r| r.outcome.is_verdict());
        let acknowledged: Vec<&str> = known.iter().filter_map(|r| r.number.as_deref()).collect();
        let sent = unknown.iter().filter(|r| r.sent_ns <= struck.at_ns).count();
        let before = self.history.len() + acknowledged.len();
        self.tally.cycles += 1;
        self.tally.acknowledged += acknowledged.len();
        self.tally.unknown += sent;
        self.tally.unsent += unknown.len() - sent;
        // All of the cycles before stand, so what is more is of this one.
        self.tally.stood += self.known.len().saturating_sub(before);
    }

    /// Every claim of every cycle stands once, places have no gap, and no fen is over.
    fn check_once(&self, scene: &Scene) -> Vec<Finding> {
        let mut found = Vec::new();
        let claims = (self.known.len() as u64, CLAIMS * self.tally.cycles);
        if claims.0 != claims.1 {
            let seen = format!("{} claims stand of {} that were filed", claims.0, claims.1);
            found.push(Finding::new(Check::Once, seen));
        }
        let placed = self.known.values().filter_map(|claim| claim.position);
        let (count, last) = placed.fold((0, 0), |(n, last), p| (n + 1, last.max(p)));
        if count != last {
            let seen = format!("{count} places up to {last}");
            found.push(Finding::new(Check::Positions, seen));
        }
        let pool = scene.pools[0];
        let row = row(&mut scene.auditor_client(0), pool.name);
        let reserved = self.known.values().filter(|c| c.state == "reserved");
        let reserved: i64 = reserved.map(|claim| claim.amount).sum();
        if row.reserved != reserved || row.free + row.reserved != pool.cap.fen() {
            let seen = format!("{row:?} with {reserved} fen of claims");
            found.push(Finding::new(Check::Sums, seen));
        }
        found
    }

    /// What holds of all claims of all cycles, from every side.
    pub fn whole(&self, scene: &Scene) -> Vec<Finding> {
        let books = Books::read(scene, 0);
        let mut found = books.check_with(&self.history);
        found.extend(self.replayed.check_receipts(scene, &books));
        if books.claims != self.known {
            let seen = "a claim is not any more what it was after its cycle";
            found.push(Finding::new(Check::Lost, seen));
        }
        found
    }

    /// Whether it is time for that: after so many parts of the cycles.
    pub fn is_time(&self, parts: u64) -> bool {
        let every = (self.planned / parts).max(1);
        self.tally.cycles == self.planned || self.tally.cycles.is_multiple_of(every)
    }

    /// What they came to.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// Says it.
    pub fn print(&self) {
        println!("{}: {}; seed {}", self.name, self.tally, self.seed);
    }
}
