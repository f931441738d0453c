//! The books after a load, from every side, and whether they agree.

use std::collections::HashMap;
use std::fmt;

use serde_json::Value;
use tradein::domain::money::Fen;
use tradein::rehearse::{Outcome, Record, WhatHeld, check_history};

use super::scene::{Pool, Scene, fen};
use crate::support::Client;
use crate::support::folder::Folder;

/// What was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// `verify` on the database.
    Verify,
    /// `verify` on the public export.
    Export,
    /// Pool row, claims and journal add up to the same.
    Sums,
    /// No more is held than there is.
    Cap,
    /// Positions run from 1 without gaps.
    Positions,
    /// Money went by position.
    Decisions,
    /// The order law, from what clients saw.
    History,
    /// Everybody got a verdict.
    Answered,
    /// What was acknowledged is in the books.
    Lost,
    /// The same key gives the same verdict.
    Replay,
    /// A receipt is signed and resolves to its entry.
    Receipt,
    /// What may be claimed once is claimed once.
    Once,
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at.
    pub check: Check,
    /// What was seen.
    pub seen: String,
}

impl Finding {
    /// A finding.
    pub fn new(check: Check, seen: impl fmt::Display) -> Self {
        let seen = seen.to_string();
        Self { check, seen }
    }
}

/// Stops the test when anything was found.
pub fn assert_sound(what: &str, findings: &[Finding]) {
    let first: Vec<_> = findings.iter().take(10).collect();
    assert!(
        findings.is_empty(),
        "{what}: {} findings, {first:#?}",
        findings.len()
    );
}

/// A claim as the auditor sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its id.
    pub id: String,
    /// Its state.
    pub state: String,
    /// Its amount, in fen.
    pub amount: i64,
    /// Its place.
    pub position: Option<i64>,
}

/// The sums of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sums {
    /// Its money, in fen.
    pub cap: i64,
    /// Nobody's yet, in fen.
    pub free: i64,
    /// Held by claims, in fen.
    pub reserved: i64,
    /// How many claims wait.
    pub waiting: i64,
}

/// The books of one pool.
#[derive(Debug)]
pub struct Books {
    pool: Pool,
    /// The claims by number.
    pub claims: HashMap<String, Listed>,
    /// The lines of the public journal without the checkpoint, by number.
    pub entries: HashMap<i64, Value>,
    row: Sums,
    findings: Vec<Finding>,
    verified: Vec<(Check, Sums)>,
}

impl Books {
    /// Reads them while nobody writes.
    pub fn read(scene: &Scene, pool: usize) -> Self {
        let pool = scene.pools[pool];
        let mut client = scene.auditor_client(0);
        let mut books = Self {
            pool,
            claims: list(&mut client, pool.programme, "").0,
            entries: HashMap::new(),
            row: row(&mut client, pool.name),
            findings: Vec::new(),
            verified: Vec::new(),
        };
        books.verify_database(scene);
        let export = client.get(&format!("/v1/public/journal/{}?after=0", pool.name));
        let jwks = client.get("/.well-known/jwks.json");
        books.verify_export(scene, &export.body, &jwks.body);
        for line in export.text().lines() {
            let entry: Value = serde_json::from_str(line).unwrap();
            if let Some(seq) = entry["seq"].as_i64() {
                books.entries.insert(seq, entry);
            }
        }
        books
    }

    fn verify_database(&mut self, scene: &Scene) {
        let output = scene.database.output(&["verify", "--json"]);
        self.note_verified(Check::Verify, &output.stdout, output.status.success());
    }

    fn verify_export(&mut self, scene: &Scene, export: &[u8], jwks: &[u8]) {
        let folder = Folder::new();
        let file = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            path.to_str().unwrap().to_owned()
        };
        let (export, jwks) = (file("export.jsonl", export), file("jwks.json", jwks));
        let arguments = ["verify", "--export", &export, "--jwks", &jwks, "--json"];
        let mut command = scene.database.command(&arguments);
        // An export is verified without a database.
        command.env_remove("TRADEIN_DATABASE_URL");
        let output = command.output().unwrap();
        self.note_verified(Check::Export, &output.stdout, output.status.success());
    }

    fn note_verified(&mut self, check: Check, stdout: &[u8], success: bool) {
        let printed: Value = serde_json::from_slice(stdout).unwrap_or_default();
        let pools = printed["pools"].as_array().cloned().unwrap_or_default();
        let own = pools.iter().find(|p| p["pool"] == self.pool.name);
        match own {
            Some(own) if success && printed["ok"] == true => {
                self.verified.push((check, sums(own)));
            }
            _ => self.findings.push(Finding::new(check, printed)),
        }
    }

    /// Everything that can be said without having seen the load.
    pub fn check(&self) -> Vec<Finding> {
        let mut found = self.findings.clone();
        self.check_sums(&mut found);
        self.check_order(&mut found);
        found
    }

    /// Holds the books against what clients saw as well. `strict` load: nobody withdrew.
    pub fn check_with(&self, history: &[Record]) -> Vec<Finding> {
        let mut found = self.check();
        let held = WhatHeld {
            strict: self.pool.remainder == "strict",
            ..WhatHeld::fresh(self.pool.cap)
        };
        if let Err(violations) = check_history(history, &held) {
            found.extend(violations.iter().map(|v| Finding::new(Check::History, v)));
        }
        found.extend(check_kept(&self.claims, history));
        found
    }

    fn check_sums(&self, found: &mut Vec<Finding>) {
        let reserved: i64 = self.in_state("reserved").map(|c| c.amount).sum();
        let claims = Sums {
            cap: self.row.cap,
            free: self.row.cap - reserved,
            reserved,
            waiting: i64::try_from(self.in_state("waiting").count()).unwrap(),
        };
        let mut sides = vec![("claims", claims), ("entries", self.fold())];
        sides.extend(self.verified.iter().map(|(check, sums)| match check {
            Check::Export => ("verify --export", *sums),
            _ => ("verify", *sums),
        }));
        for (side, sums) in sides {
            if sums != self.row {
                let seen = format!("{side}: {sums:?}, the pool's row: {:?}", self.row);
                found.push(Finding::new(Check::Sums, seen));
            }
            if sums.reserved > self.pool.cap.fen() || sums.cap != self.pool.cap.fen() {
                let seen = format!("{side}: {sums:?}, cap {}", self.pool.cap.fen());
                found.push(Finding::new(Check::Cap, seen));
            }
        }
    }

    /// The fold of the public lines, written apart from the program's.
    fn fold(&self) -> Sums {
        let mut all = HashMap::<&str, i64>::new();
        let mut waiting = 0;
        for entry in self.entries.values() {
            let amount = fen(&entry["amount"]);
            if let (Some(from), Some(to)) = (entry["from"].as_str(), entry["to"].as_str()) {
                *all.entry(from).or_default() -= amount;
                *all.entry(to).or_default() += amount;
            }
            waiting += match entry["kind"].as_str() {
                Some("waiting") => 1,
                Some("promoted") => -1,
                Some("withdrawn") if entry["from"].is_null() => -1,
                _ => 0,
            };
        }
        let of = |bucket| all.get(bucket).copied().unwrap_or_default();
        Sums {
            cap: -of("funding"),
            free: of("free"),
            reserved: of("reserved"),
            waiting,
        }
    }

    /// Positions without gaps, and the money by position.
    fn check_order(&self, found: &mut Vec<Finding>) {
        let mut placed: Vec<(i64, &Listed)> = self
            .claims
            .values()
            .filter_map(|claim| claim.position.map(|position| (position, claim)))
            .collect();
        placed.sort_by_key(|(position, _)| *position);
        for (expected, (position, claim)) in (1..).zip(&placed) {
            if expected != *position {
                let seen = format!("{position} instead of {expected}: {claim:?}");
                found.push(Finding::new(Check::Positions, seen));
                break;
            }
        }
        let (mut free, mut somebody_waits) = (self.pool.cap.fen(), false);
        for (_, claim) in placed.iter().filter(|(_, c)| c.state != "withdrawn") {
            let passes = self.pool.remainder == "fit" || !somebody_waits;
            let state = if passes && claim.amount <= free {
                free -= claim.amount;
                "reserved"
            } else {
                somebody_waits = true;
                "waiting"
            };
            if claim.state != state {
                let seen = format!("{state} with {free} fen left, but {claim:?}");
                found.push(Finding::new(Check::Decisions, seen));
                break;
            }
        }
    }

    fn in_state(&self, state: &str) -> impl Iterator<Item = &Listed> {
        self.claims
            .values()
            .filter(move |claim| claim.state == state)
    }

    /// How many claims hold money or wait.
    pub fn live(&self) -> usize {
        self.in_state("reserved").count() + self.in_state("waiting").count()
    }
}

/// A finding for every claim that was acknowledged and does not stand as it was.
pub fn check_kept(claims: &HashMap<String, Listed>, history: &[Record]) -> Vec<Finding> {
    let mut found = Vec::new();
    for record in history.iter().filter(|r| r.outcome.is_verdict()) {
        let number = record.number.as_deref().unwrap_or_default();
        let amount = record
            .amount
            .as_deref()
            .and_then(|a| Fen::parse_yuan(a).ok());
        let there = claims.get(number).is_some_and(|claim| {
            claim.state == record.outcome.as_str()
                && Some(claim.amount) == amount.map(Fen::fen)
                && claim.position == record.position
        });
        if !there {
            let seen = format!("{record:?} is {:?}", claims.get(number));
            found.push(Finding::new(Check::Lost, seen));
        }
    }
    found
}

/// A finding for every claim without a verdict.
pub fn check_answered(history: &[Record]) -> Vec<Finding> {
    let without = history.iter().filter(|r| !r.outcome.is_verdict());
    without
        .map(|record| Finding::new(Check::Answered, format!("{record:?}")))
        .collect()
}

/// The records with an outcome.
pub fn count(history: &[Record], outcome: Outcome) -> usize {
    history.iter().filter(|r| r.outcome == outcome).count()
}

/// The sums of a pool as everybody sees them.
pub fn row(client: &mut Client, pool: &str) -> Sums {
    sums(&client.get(&format!("/v1/public/pools/{pool}")).json())
}

fn sums(view: &Value) -> Sums {
    assert_eq!(
        (fen(&view["committed"]), fen(&view["paid"])),
        (0, 0),
        "{view}"
    );
    Sums {
        cap: fen(&view["cap"]),
        free: fen(&view["free"]),
        reserved: fen(&view["reserved"]),
        waiting: view["waiting"].as_i64().unwrap(),
    }
}

/// The claims of a programme, the oldest first, page by page from a cursor on (an empty one stands
/// before all), and the cursor of the last page.
pub fn list(client: &mut Client, programme: &str, from: &str) -> (HashMap<String, Listed>, String) {
    let mut claims = HashMap::new();
    let mut cursor = from.to_owned();
    loop {
        let path = format!("/v1/claims?programme={programme}&limit=100{cursor}");
        let page = client.get(&path);
        assert_eq!(page.status, 200, "{}", page.text());
        let page = page.json();
        for item in page["items"].as_array().unwrap() {
            let text = |name: &str| item[name].as_str().unwrap().to_owned();
            let listed = Listed {
                id: text("id"),
                state: text("state"),
                amount: fen(&item["amount"]),
                position: item["position"].as_i64(),
            };
            let twice = claims.insert(text("number"), listed);
            assert_eq!(twice, None, "a number stands twice in the list");
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return (claims, cursor),
        }
    }
}

/// The books of both pools are sound, and so many claims live in them.
pub fn assert_live(scene: &Scene, claims: u64) {
    let books = [0, 1].map(|pool| Books::read(scene, pool));
    for books in &books {
        assert_sound("books", &books.check());
    }
    let live: usize = books.iter().map(Books::live).sum();
    assert_eq!(live as u64, claims);
}
