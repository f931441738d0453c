//! The clock of an instance jumps while it works, by an hour and by a day, forwards and backwards. On
//! PostgreSQL nothing comes of it: what is judged by time goes by the database's clock. On SQLite the
//! machine's clock is the database's: back, it changes nothing that has come; forward, time has passed.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use serde_json::Value;
use tradein::clock;
use tradein::domain::money::Fen;
use tradein::domain::time::Timestamp;
use tradein::keys::Jwks;
use tradein::rehearse::Profile;
use tradein::rehearse::generate::Generator;

use super::check::check;
use super::desk::{Desk, Mine, count_due, set_deadlines};
use super::journal::Journal;
use super::notes::{Note, Stand};
use super::scene::{Place, Pool, Scene};
use super::standing::open;
use crate::support::effort::{seed, times};
use crate::support::preload::Preload;
use crate::support::{Backend, NO_SCREENING, TestDatabase};

const PROGRAMME: &str = "national-appliance-2025";
const HOUR_US: i64 = 3_600_000_000;
const DAY_US: i64 = 24 * HOUR_US;
/// How long the pool has been open, and how long it will be: less than the least jump.
const HALF_AN_HOUR_US: i64 = HOUR_US / 2;

/// Clients that file without a pause.
const CLIENTS: usize = 12;
/// Claims that are answered before a jump, and at least so many more after it.
const BEFORE: u64 = 25;
const AFTER: u64 = 75;
/// Claims whose deadline has come at each jump, and others whose deadline is half an hour away.
const DUE: usize = 3;
/// How often it is looked whether they have lapsed; the engine sweeps every second.
const LOOKS: u32 = 50;

/// How far the clock of an instance is off.
struct Clock {
    path: PathBuf,
    file: File,
}

impl Clock {
    fn new(database: &TestDatabase, instance: usize) -> Self {
        let path = database.data_dir().join(format!("clock_{instance}"));
        std::fs::write(&path, 0_i64.to_ne_bytes()).unwrap();
        let file = OpenOptions::new().write(true).open(&path).unwrap();
        Self { path, file }
    }

    /// From this instant on. In place, so that no half of it is seen.
    fn jump(&self, off_us: i64) {
        self.file.write_all_at(&off_us.to_ne_bytes(), 0).unwrap();
    }
}

/// What was not as it would have been without a jump.
#[derive(Debug, PartialEq, Eq)]
enum Changed {
    /// A claim was refused: the pool was not open, somebody thought.
    Refused(String),
    /// A claim whose deadline had come did not lapse.
    NotLapsed(i64),
    /// A claim lapsed whose deadline had not come.
    Lapsed(i64),
}

struct Stage {
    name: String,
    seed: u64,
    scene: Scene,
    clocks: Vec<Clock>,
    jwks: Jwks,
    generator: Generator,
    next: AtomicU64,
    notes: Vec<Note>,
    /// Claims that hold money and have not been given another deadline.
    held: Vec<Mine>,
    /// When the deadlines come that are half an hour away, and how many there are.
    early: (i64, usize),
    renewed: u32,
    changed: Vec<Changed>,
}

impl Stage {
    fn new(name: &str, backend: Backend, instances: usize) -> Self {
        let seed = seed(name);
        let now = clock::now().0;
        let pool = Pool {
            name: "clock",
            programme: PROGRAMME,
            remainder: "strict",
            cap: Fen::from_yuan(400_000),
        };
        let (opens, closes) = (now - HALF_AN_HOUR_US, now + HALF_AN_HOUR_US);
        let (opens, closes) = (Timestamp(opens), Timestamp(closes));
        let mut scene = Scene::between(Place::one(backend), &[pool], opens, closes);
        let jwks = scene.servers[0].client().get("/.well-known/jwks.json");
        let jwks = Jwks::parse(&jwks.text()).unwrap();
        let clocks = (0..instances)
            .map(|n| Clock::new(&scene.database, n))
            .collect();
        scene.servers.clear();
        Self {
            name: name.to_owned(),
            seed,
            clocks,
            scene,
            jwks,
            generator: Generator::new(Profile::of(PROGRAMME).unwrap(), seed),
            next: AtomicU64::new(0),
            notes: Vec::new(),
            held: Vec::new(),
            early: (now + HALF_AN_HOUR_US, 0),
            renewed: 0,
            changed: Vec::new(),
        }
    }

    /// Starts the instances, each with a clock of its own.
    fn start(&mut self) {
        let preload = Preload::compile("tests/faults/clock.c");
        for clock in &self.clocks {
            let server = self.scene.database.serve_with(|command| {
                preload.load_into(command);
                command.env("TEST_CLOCK_FILE", &clock.path);
                command.env(NO_SCREENING.0, NO_SCREENING.1);
            });
            self.scene.servers.push(server);
        }
    }

    /// The clocks jump under load, and some deadlines have come. How far each is off follows from
    /// `off`.
    fn jump(&mut self, off: impl Fn(usize) -> i64) {
        let (over, answered) = (AtomicBool::new(false), AtomicU64::new(0));
        let until = |count: u64| {
            // A client that panicked ends the load.
            while answered.load(Ordering::Relaxed) < count && !over.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(2));
            }
        };
        let due: Vec<Mine> = self.held.drain(..self.held.len().min(DUE)).collect();
        let due_us = clock::now().0 - 1_000_000;
        let this = &*self;
        let filed: Vec<Filed> = std::thread::scope(|scope| {
            let (over, answered) = (&over, &answered);
            let clients: Vec<_> = (0..CLIENTS)
                .map(|client| scope.spawn(move || this.file_until(client, over, answered)))
                .collect();
            until(BEFORE);
            for (instance, clock) in this.clocks.iter().enumerate() {
                clock.jump(off(instance));
            }
            this.set_deadlines(&due, due_us);
            until(BEFORE + AFTER);
            over.store(true, Ordering::Relaxed);
            clients.into_iter().map(|c| c.join().unwrap()).collect()
        });
        filed.into_iter().for_each(|filed| self.take(filed));
        let left = self.until_none_is_due(due_us);
        if left > 0 {
            self.changed.push(Changed::NotLapsed(left));
        }
    }

    fn set_deadlines(&self, claims: &[Mine], at_us: i64) {
        let ids: Vec<String> = claims.iter().map(|mine| mine.id.clone()).collect();
        if !ids.is_empty() {
            let database = &self.scene.database;
            set_deadlines(&mut open(database), database.backend(), &ids, at_us);
        }
    }

    /// Waits until all claims that are due have lapsed; gives how many do not.
    fn until_none_is_due(&self, at_us: i64) -> i64 {
        let mut conn = open(&self.scene.database);
        for _ in 0..LOOKS {
            if count_due(&mut conn, at_us) == 0 {
                return 0;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        count_due(&mut conn, at_us)
    }

    /// One client of one instance; says what it was told.
    fn file_until(&self, client: usize, over: &AtomicBool, answered: &AtomicU64) -> Filed {
        let servers = &self.scene.servers;
        let dealer = &self.scene.dealers[client % self.scene.dealers.len()];
        let server = &servers[client / self.scene.dealers.len() % servers.len()];
        let mut filed = Filed::default();
        let _ends_all = Ends(over);
        let mut desk = Desk::new(server, &dealer.credentials, &self.jwks);
        while !over.load(Ordering::Relaxed) {
            let index = self.next.fetch_add(1, Ordering::Relaxed);
            let (key, body) = (
                self.generator.key(index),
                self.generator.body(index, &dealer.uscc),
            );
            match desk.file(&key, &body) {
                Ok(mine) if mine.stand == Stand::Reserved => filed.held.push(mine),
                Ok(_) => {}
                Err(refused) => filed.refused.push(refused),
            }
            answered.fetch_add(1, Ordering::Relaxed);
        }
        (filed.notes, filed.renewed) = (desk.notes, desk.renewed);
        filed
    }

    fn take(&mut self, filed: Filed) {
        self.notes.extend(filed.notes);
        self.held.extend(filed.held);
        self.renewed += filed.renewed;
        let refused = filed.refused.iter();
        let codes =
            refused.map(|answer| Changed::Refused(answer["reasons"][0]["code"].to_string()));
        self.changed.extend(codes);
    }

    /// Some claims get a deadline that no jump may bring about.
    fn set_early(&mut self) {
        let early: Vec<Mine> = self.held.drain(..2 * DUE).collect();
        self.early.1 = early.len();
        self.set_deadlines(&early, self.early.0);
    }

    /// What came of it, once: claims lost or out of order, entries that go back in time, and rows that
    /// are not what the journal says are never lawful.
    fn settle(&mut self) -> Vec<Changed> {
        let left = count_due(&mut open(&self.scene.database), self.early.0);
        let lapsed = self.early.1 as i64 - left;
        if lapsed > 0 {
            self.changed.push(Changed::Lapsed(lapsed));
        }
        let journal = Journal::read(&self.scene.servers[0], "clock");
        let found = check(&self.notes, &journal);
        assert_eq!(found.count(), 0, "{}: {:#?}", self.name, found.first);
        let verified = self.scene.database.run_json(&["verify", "--json"]);
        assert_eq!(verified["ok"], true, "{verified}");
        let refused = |changed: &&Changed| matches!(changed, Changed::Refused(_));
        println!(
            "{}: {} claims answered, {} refused, {} lapsed when due, {lapsed} early; {} tokens fetched anew; seed {}",
            self.name,
            self.notes.len(),
            self.changed.iter().filter(refused).count(),
            journal.count("lapsed") as i64 - lapsed,
            self.renewed,
            self.seed
        );
        std::mem::take(&mut self.changed)
    }
}

/// Ends a load with whoever has this, also by a panic.
pub struct Ends<'a>(pub &'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// What a client was told.
#[derive(Default)]
struct Filed {
    notes: Vec<Note>,
    held: Vec<Mine>,
    refused: Vec<Value>,
    renewed: u32,
}

/// One goes forwards and the other backwards; each time they come back.
const JUMPS: [i64; 8] = [0, HOUR_US, 0, DAY_US, 0, -HOUR_US, -DAY_US, 0];

#[test]
fn a_clock_of_an_instance_that_jumps_changes_no_outcome() {
    let mut stage = Stage::new("clock of instances", Backend::Postgres, 2);
    stage.start();
    for round in 0..times(1, 20) {
        for jump in JUMPS {
            stage.jump(|instance| if instance == 0 { jump } else { -jump });
            if round == 0 && stage.early.1 == 0 {
                stage.set_early();
            }
        }
    }
    assert_eq!(stage.settle(), []);
    // A token is good by the clock of whoever is asked: clients had to fetch others.
    assert!(stage.renewed > 0);
}

/// The database's own clock goes a day forward: the pool has closed, and deadlines have come.
#[test]
fn a_clock_of_the_database_that_jumps_is_seen() {
    let mut stage = Stage::new("planted: clock of the database", Backend::Postgres, 2);
    stage.scene.database.execute(
        "CREATE TABLE public.clock_is_off (by interval NOT NULL);
         INSERT INTO public.clock_is_off VALUES ('0');
         CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz VOLATILE LANGUAGE sql
         AS $f$ SELECT pg_catalog.clock_timestamp() + (SELECT by FROM public.clock_is_off) $f$;
         DO $$ BEGIN
            EXECUTE format('ALTER DATABASE %I SET search_path = public, pg_catalog',
                current_database());
         END $$;",
    );
    stage.start();
    stage.jump(|_| 0);
    stage.set_early();
    let forward = "UPDATE public.clock_is_off SET by = interval '1 day'";
    stage.scene.database.execute(forward);
    stage.jump(|_| 0);
    assert_seen(&stage.settle());
}

#[test]
fn on_sqlite_a_clock_that_jumps_back_changes_nothing_and_one_that_jumps_forward_is_time() {
    let mut stage = Stage::new("clock of the machine", Backend::Sqlite, 1);
    stage.start();
    for _ in 0..times(1, 20) {
        for off in [0, -HOUR_US, 0, -DAY_US] {
            stage.jump(|_| off);
            if stage.early.1 == 0 {
                stage.set_early();
            }
        }
    }
    // What was due while the clock was back lapses once it is right again.
    let late = |changed: &Changed| matches!(changed, Changed::NotLapsed(_));
    assert!(stage.changed.iter().all(late), "{:?}", stage.changed);
    stage.changed.clear();
    stage.jump(|_| 0);
    assert_eq!(stage.changed, []);
    for off in [HOUR_US, DAY_US, 0] {
        stage.jump(|_| off);
    }
    assert_seen(&stage.settle());
}

fn assert_seen(changed: &[Changed]) {
    let refused = |changed: &Changed| *changed == Changed::Refused("\"pool_closed\"".to_owned());
    assert!(changed.iter().any(refused), "{changed:?}");
    let lapsed = |changed: &Changed| matches!(changed, Changed::Lapsed(_));
    assert!(changed.iter().any(lapsed), "{changed:?}");
}
