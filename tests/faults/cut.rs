//! The connection to PostgreSQL is cut after every byte of a claim's transaction, each way: the
//! claim is there once whatever the service knew, and asking again tells which.

use std::fmt;

use tradein::storage::Db;

use super::books::{Books, Check, Finding, assert_sound};
use super::kill::assert_seen;
use super::proxy::{Cut, Mark, Proxy, Way};
use super::scene::{Filing, Pool, Scene, fen};
use super::standing::{Standing, open};
use crate::support::effort::{seed, times};
use crate::support::{Cluster, Response, TestDatabase};

const PROGRAMME: &str = "national-appliance-2025";

/// How often a claim is asked for again; each time the service has a new connection.
const TRIES: u32 = 100;

/// Claims of which a third finds money in the pool.
const CLAIMS: u64 = 300;

/// Bytes of a message COMMIT, and of what the server says to it: that it is done, and that it is
/// ready.
const COMMIT: [usize; 2] = [12, 18];

/// What came of the cuts.
#[derive(Debug, Default)]
struct Tally {
    /// Cuts there and back.
    cuts: [u32; 2],
    /// Transactions that ended before they came so far: claims differ by some bytes.
    missed: u32,
    /// Claims that the service answered nevertheless.
    answered: u32,
    /// Claims whose outcome the client did not learn, and those of them that stood.
    unknown: u32,
    stood: u32,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [there, back] = self.cuts;
        let (unknown, stood) = (self.unknown, self.stood);
        let new = unknown - stood;
        write!(
            f,
            "{there} cuts there, {back} back, {} missed: {} claims answered nevertheless; {unknown} outcomes \
             unknown, by replay {stood} stood and {new} were filed",
            self.missed, self.answered
        )
    }
}

/// The service behind the proxy.
struct Stage {
    scene: Scene,
    conn: Db,
    proxy: Proxy,
    filing: Filing,
    seed: u64,
    next: u64,
    tally: Tally,
    // The last, so that it outlives who uses it.
    _cluster: Cluster,
}

impl Stage {
    fn new(name: &str) -> Self {
        let seed = seed(name);
        let cluster = Cluster::new(&[]);
        let proxy = Proxy::new(&cluster);
        let filing = Filing::new(PROGRAMME, seed);
        let pool = Pool {
            name: "cut",
            programme: PROGRAMME,
            remainder: "strict",
            cap: filing.third(CLAIMS),
        };
        let database = TestDatabase::on(&cluster);
        let (real, ours) = (cluster.socket(), proxy.socket());
        let url = database
            .url()
            .replace(real.to_str().unwrap(), ours.to_str().unwrap());
        let settings = [("TRADEIN_DATABASE_URL", url.as_str())];
        let conn = open(&database);
        Self {
            scene: Scene::on(database, 1, &[pool], &settings),
            conn,
            proxy,
            filing,
            seed,
            next: 0,
            tally: Tally::default(),
            _cluster: cluster,
        }
    }

    fn file(&self, index: u64, key: &str) -> Response {
        let mut client = self.scene.dealer_client(0, self.filing.dealer(index));
        client.file(key, &self.filing.body(index))
    }

    /// The claim that comes next, while nothing is cut: then all statements are prepared.
    fn file_next(&mut self) {
        let index = self.next;
        self.next += 1;
        let answer = self.file(index, &self.filing.key(index));
        assert_eq!(answer.status, 201, "{}", answer.text());
    }

    /// How many bytes go there and back in a whole transaction from the mark on.
    fn learn(&mut self, mark: Mark) -> [usize; 2] {
        self.file_next();
        self.proxy.arm(Cut {
            mark,
            way: Way::There,
            after: usize::MAX,
            shut: false,
        });
        self.file_next();
        let passed = self.proxy.passed();
        self.proxy.disarm();
        passed
    }

    /// Files a claim whose transaction is cut, and asks for it until it is answered: with `again`
    /// as its key.
    fn cut(&mut self, cut: Cut, again: impl FnOnce(&str) -> String) -> Vec<Finding> {
        self.file_next();
        let index = self.next;
        self.next += 1;
        let before = Standing::read(&mut self.conn, "cut");
        let key = self.filing.key(index);
        self.proxy.arm(cut);
        let first = self.file(index, &key);
        let mut found = Vec::new();
        let mut wrong = |check, seen: String| {
            found.push(Finding::new(check, format!("{cut:?}: {seen}")));
        };
        let was_cut = self.proxy.disarm();
        match was_cut {
            true => self.tally.cuts[cut.way as usize] += 1,
            false => self.tally.missed += 1,
        }
        if first.status == 201 {
            self.tally.answered += 1;
        } else if !cut.shut {
            // Its connection is open again before anybody has to know.
            wrong(Check::Answered, first.text());
        } else {
            self.tally.unknown += 1;
            let now = Standing::read(&mut self.conn, "cut");
            self.tally.stood += u32::from(now.claims > before.claims);
        }
        let key = again(&key);
        let mut answers = vec![self.until_answered(index, &key), self.file(index, &key)];
        answers.extend(Some(first).filter(|first| first.status == 201));
        let same = |answer: &Response| answer.status == 201 && answer.body == answers[0].body;
        if !answers.iter().all(same) {
            let texts: Vec<String> = answers.iter().map(Response::text).collect();
            wrong(Check::Replay, format!("{texts:#?}"));
        }
        let expected = with(before, &answers[0]);
        let now = Standing::read(&mut self.conn, "cut");
        if now != expected {
            wrong(Check::Once, format!("{now:?} instead of {expected:?}"));
        }
        found
    }

    fn until_answered(&self, index: u64, key: &str) -> Response {
        for _ in 1..TRIES {
            let answer = self.file(index, key);
            if answer.status == 201 {
                return answer;
            }
        }
        self.file(index, key)
    }

    /// Says what came of it, and holds all books against each other.
    fn end(&self, name: &str) {
        let found = Books::read(&self.scene, 0).check();
        assert_sound("books", &found);
        println!("{name}: {}; seed {}", self.tally, self.seed);
    }
}

/// What stands once one claim more does.
fn with(before: Standing, answer: &Response) -> Standing {
    let answer = answer.json();
    let mut after = before;
    after.claims += 1;
    after.entries += 1;
    after.next_position += 1;
    match answer["state"].as_str() {
        Some("reserved") => after.reserved += fen(&answer["amount"]),
        _ => after.waiting += 1,
    }
    after
}

/// Places of a whole: all of them, or some that are spread over it.
fn spread(whole: usize, some: u64) -> impl Iterator<Item = usize> {
    let parts = usize::try_from(times(some, whole as u64))
        .unwrap()
        .min(whole);
    (0..=parts).map(move |part| part * whole / parts)
}

#[test]
fn a_connection_that_is_cut_leaves_one_claim() {
    let name = "cut";
    let mut stage = Stage::new(name);
    stage.file_next();
    let (whole, commit) = (stage.learn(Mark::Begin), stage.learn(Mark::Commit));
    assert_eq!(commit, COMMIT, "what COMMIT looks like");
    println!("{name}: a transaction has {whole:?} bytes, its COMMIT {commit:?}");
    for way in [Way::There, Way::Back] {
        let cut = |mark, after| Cut {
            mark,
            way,
            after,
            shut: false,
        };
        // The whole first: then the service does not expect yet to meet its own claims.
        for after in (0..=commit[way as usize]).rev() {
            let found = stage.cut(cut(Mark::Commit, after), str::to_owned);
            assert_sound("COMMIT", &found);
        }
        let before = whole[way as usize] - commit[way as usize];
        for after in spread(before, 25) {
            let found = stage.cut(cut(Mark::Begin, after), str::to_owned);
            assert_sound("transaction", &found);
        }
    }
    stage.end(name);
    let [there, back] = stage.tally.cuts;
    assert!(10 * stage.tally.missed < there + back);
}

/// A service that cannot come back to its database tells its clients so, and does not know either.
#[test]
fn a_client_that_is_told_nothing_learns_by_asking_again() {
    let name = "cut and shut";
    let mut stage = Stage::new(name);
    for (way, whole) in [(Way::There, COMMIT[0]), (Way::Back, COMMIT[1])] {
        for after in spread(whole, 2) {
            let found = stage.cut(shut(way, after), str::to_owned);
            assert_sound("COMMIT", &found);
        }
    }
    stage.end(name);
    // The whole COMMIT has to have got through, and a part of it not.
    assert!(stage.tally.stood > 0 && stage.tally.stood < stage.tally.unknown);
}

fn shut(way: Way, after: usize) -> Cut {
    Cut {
        mark: Mark::Commit,
        way,
        after,
        shut: true,
    }
}

/// A client that asks again with another key makes another claim.
#[test]
fn a_client_with_a_fresh_key_is_seen_to_make_two() {
    let mut stage = Stage::new("planted: fresh key");
    let cut = shut(Way::There, COMMIT[0]);
    let found = stage.cut(cut, |key| format!("fresh-{key}"));
    assert_seen(&found, Check::Once);
}
