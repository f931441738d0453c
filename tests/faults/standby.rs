//! Two servers, of which one is the other's synchronous standby: the primary dies and the standby is
//! promoted, or the standby dies and nothing is acknowledged without it.

use std::time::Duration;

use tradein::clock;
use tradein::domain::money::Fen;

use super::books::{Books, Check, Finding, assert_sound};
use super::cycles::{CLAIMS, Cycles, Tally};
use super::kill::assert_seen;
use super::power::until_ready;
use super::scene::{CONNECTIONS, Filing, Pool, Scene};
use super::standing::{Standing, open};
use crate::support::effort::{seed, times};
use crate::support::{Cluster, NO_SCREENING, Response, TestDatabase};

const PROGRAMME: &str = "national-appliance-2025";

/// Claims whose COMMIT waits; each is another client's.
pub const GIVEN_UP: u64 = 6;

const IS_FOLLOWED: &str = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'";

/// A primary and its standby.
pub struct Pair {
    /// Takes writes.
    pub primary: Cluster,
    /// Follows.
    pub standby: Cluster,
}

impl Pair {
    /// One whose standby is waited for so that `synchronous_commit` says; with `None`, never.
    fn new(waits: Option<&str>) -> Self {
        let primary = Cluster::new(&[]);
        let standby = Cluster::standby_of(&primary);
        primary.until(IS_FOLLOWED, "1");
        if let Some(level) = waits {
            primary.set("synchronous_commit", level);
            primary.set("synchronous_standby_names", "*");
            primary.reload();
            primary.until(
                "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'",
                "1",
            );
        }
        Self { primary, standby }
    }

    /// A database that is found on whichever of the two takes writes.
    fn database(&self) -> TestDatabase {
        let mut database = TestDatabase::on(&self.primary);
        let (one, two) = (self.primary.socket(), self.standby.socket());
        let (one, two) = (one.display().to_string(), two.display().to_string());
        let both = database.url().replace(&one, &format!("{one},{two}"));
        database.move_to(format!("{both}&target_session_attrs=read-write"));
        database
    }

    /// The primary is lost with its machine.
    fn fail_over(&self) {
        self.primary.kill();
        self.standby.promote();
    }
}

/// A load, in which the standby is promoted.
fn promote_under_load(name: &str) -> Tally {
    let mut cycles = Cycles::new(name, 1);
    let pair = Pair::new(Some("on"));
    let mut scene = Scene::on(pair.database(), 1, &[cycles.pool()], &[]);
    let plan = cycles.plan(&mut scene);
    let struck = cycles.strike(&plan, || pair.fail_over());
    until_ready(&scene);
    assert_sound(name, &cycles.settle(&scene, struck));
    assert_sound(name, &cycles.whole(&scene));
    cycles.print();
    cycles.tally()
}

#[test]
fn a_promoted_standby_has_all_that_was_acknowledged() {
    for _ in 0..times(1, 20) {
        // Who is answered after the primary was lost was answered by the other.
        let tally = promote_under_load("standby promoted");
        assert!(tally.acknowledged > 0, "{tally}");
    }
}

/// A primary that does not wait for its standby, which lags behind.
#[test]
fn a_standby_that_nobody_waited_for_is_seen() {
    let name = "planted: asynchronous";
    let mut cycles = Cycles::new(name, 1);
    let pair = Pair::new(None);
    let mut scene = Scene::on(pair.database(), 1, &[cycles.pool()], &[]);
    let plan = cycles.plan(&mut scene);
    let mut conn = open(&scene.database);
    let mut claims = || Standing::read(&mut conn, "interrupted").claims;
    let struck = cycles.strike_after(&plan, (1, Duration::ZERO), || {
        pair.standby.kill();
        // Of so many more at least a whole load of connections is answered.
        let enough = claims() + 2 * CONNECTIONS as i64;
        while claims() < enough.min(CLAIMS as i64) {
            std::thread::yield_now();
        }
        pair.primary.kill();
        pair.standby.start();
        pair.standby.promote();
    });
    until_ready(&scene);
    assert_seen(&cycles.settle(&scene, struck), Check::Lost);
    cycles.print();
}

/// The service on a pair, and claims that are filed at it all at once.
pub struct Stage {
    /// The service.
    pub scene: Scene,
    /// The claims.
    pub filing: Filing,
    /// The seed of this run.
    pub seed: u64,
    // The last, so that it outlives who uses it.
    /// The servers.
    pub pair: Pair,
}

impl Stage {
    /// One whose sessions wait as `level` says.
    pub fn new(name: &str, level: &str) -> Self {
        let seed = seed(name);
        let filing = Filing::new(PROGRAMME, seed);
        let pool = Pool {
            name: "standby",
            programme: PROGRAMME,
            remainder: "strict",
            cap: Fen::new(filing.third(GIVEN_UP + 1).fen()).unwrap(),
        };
        let pair = Pair::new(Some(level));
        let scene = Scene::on(pair.database(), 1, &[pool], &[NO_SCREENING]);
        let stage = Self {
            scene,
            filing,
            seed,
            pair,
        };
        // Everything that the service reads first is read, and every statement prepared.
        assert_eq!(stage.file(GIVEN_UP).status, 201);
        stage
    }

    /// Files a claim.
    pub fn file(&self, index: u64) -> Response {
        let mut client = self.scene.dealer_client(0, self.filing.dealer(index));
        client.file(&self.filing.key(index), &self.filing.body(index))
    }

    /// Files the claims, each from a client of its own, and says how long the slowest waited.
    fn file_all(&self) -> (Vec<Response>, Duration) {
        let begun = clock::monotonic_ns();
        let answers = std::thread::scope(|scope| {
            let all: Vec<_> = (0..GIVEN_UP)
                .map(|index| scope.spawn(move || self.file(index)))
                .collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        (answers, Duration::from_nanos(clock::monotonic_ns() - begun))
    }

    /// A finding for every claim that is acknowledged although no standby has it.
    fn acknowledged(&self, when: &str) -> Vec<Finding> {
        let (answers, took) = self.file_all();
        println!("{when}: answered within {took:.1?}; seed {}", self.seed);
        let told = answers.iter().filter(|answer| answer.status != 503);
        told.map(|answer| Finding::new(Check::Lost, answer.text()))
            .collect()
    }

    /// Who only looks is answered.
    pub fn assert_reads_go_on(&self) {
        let mut auditor = self.scene.auditor_client(0);
        for path in [
            "/readyz",
            "/v1/public/pools/standby",
            "/v1/claims?limit=100",
        ] {
            let answer = auditor.get(path);
            assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        }
    }

    /// Every claim gets its verdict, the same for ever, and stands once.
    pub fn settle(&self) {
        let first = self.until_answered();
        let (again, _) = self.file_all();
        for (first, again) in first.iter().zip(&again) {
            assert_eq!(first.body, again.body, "{}", again.text());
        }
        let books = Books::read(&self.scene, 0);
        assert_sound("books", &books.check());
        assert_eq!(books.claims.len() as u64, GIVEN_UP + 1);
    }

    fn until_answered(&self) -> Vec<Response> {
        const TRIES: u32 = 100;
        for _ in 0..TRIES {
            let (answers, _) = self.file_all();
            if answers.iter().all(|answer| answer.status == 201) {
                return answers;
            }
        }
        panic!("no verdict: {}", self.scene.servers[0].stderr());
    }

    fn standing(&self) -> i64 {
        Standing::read(&mut open(&self.scene.database), "standby").claims
    }
}

/// Whether somebody waits for the standby.
pub const WAITING: &str = "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event = 'SyncRep'";

#[test]
fn nothing_is_acknowledged_while_the_standby_is_gone() {
    let stage = Stage::new("standby gone", "on");
    stage.pair.standby.kill();
    assert_sound("gone", &stage.acknowledged("standby gone"));
    stage.assert_reads_go_on();
    assert_eq!(stage.standing(), 1);
    stage.pair.standby.start();
    stage.settle();
}

/// Who cancels the wait makes claims stand on the primary, and PostgreSQL says that COMMIT is done.
#[test]
fn a_wait_for_the_standby_that_is_cancelled_acknowledges_nothing() {
    let stage = Stage::new("wait cancelled", "on");
    stage.pair.standby.kill();
    std::thread::scope(|scope| {
        let told = scope.spawn(|| stage.acknowledged("wait cancelled"));
        stage.pair.primary.until(WAITING, "t");
        // Clients still wait by then, and the service has had the time to wonder.
        stage.pair.primary.ask(
            "SELECT pg_sleep(2); SELECT pg_cancel_backend(pid) FROM pg_stat_activity
             WHERE wait_event = 'SyncRep'",
        );
        assert_sound("cancelled", &told.join().unwrap());
    });
    assert!(stage.standing() > 1, "nothing was cancelled");
    stage.pair.standby.start();
    stage.settle();
}

/// The client gave up while COMMIT waited, and then the primary was lost: whether the standby has
/// the claims or not, asking again tells, and makes no second one.
#[test]
fn a_claim_whose_client_gave_up_waiting_for_the_standby_stands_once() {
    for has_them in [false, true] {
        let name = format!("given up, the standby has them: {has_them}");
        let level = if has_them { "remote_apply" } else { "on" };
        let stage = Stage::new(&name, level);
        if has_them {
            stage.pair.standby.ask("SELECT pg_wal_replay_pause()");
        } else {
            stage.pair.standby.kill();
        }
        assert_sound(&name, &stage.acknowledged(&name));
        stage.pair.primary.kill();
        if !has_them {
            stage.pair.standby.start();
        }
        stage.pair.standby.promote();
        until_ready(&stage.scene);
        let stood = stage.standing() - 1;
        println!("{name}: {stood} of {GIVEN_UP} stood before they were asked for again");
        // What the standby has not may stand, too: the service goes on trying what it was given.
        assert!(stood > 0 || !has_them);
        stage.settle();
    }
}

/// A service whose sessions do not wait for the standby acknowledges what only the primary has.
#[test]
fn a_session_that_does_not_wait_is_seen() {
    let stage = Stage::new("planted: synchronous_commit = local", "local");
    stage.pair.standby.kill();
    assert_seen(&stage.acknowledged("planted"), Check::Lost);
}
