//! Two instances on one PostgreSQL are replaced one after the other under load. Clients follow the policy
//! of the interface: who finds nobody, is told to come again or loses his connection asks the other
//! instance with the same key.

use std::fmt;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tradein::clock;
use tradein::domain::money::Fen;
use tradein::keys::Jwks;
use tradein::rehearse::Profile;
use tradein::rehearse::generate::Generator;

use super::check::check;
use super::clock::Ends;
use super::desk::accepted;
use super::journal::Journal;
use super::notes::Note;
use super::scene::{Dealer, Place, Pool, Scene};
use crate::support::effort::{seed, times};
use crate::support::{Client, Server};

const PROGRAMME: &str = "national-appliance-2025";

/// Clients that file without a pause.
const CLIENTS: usize = 16;
/// Claims that are answered between two events.
const BETWEEN: u64 = 60;
/// Claims of which half is sent when an instance is told to end.
const HALVES: u64 = 6;
/// How often a client asks for one claim.
const TRIES: u32 = 200;
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(25);

/// What clients met with.
#[derive(Debug, Default)]
struct Tally {
    /// Nobody listened.
    refused: AtomicU64,
    /// They were told to come again.
    told: AtomicU64,
    /// An idle connection had been closed, or nobody had taken it yet: nothing came of the request.
    unheard: AtomicU64,
    /// The request was taken, and the client got no answer.
    cut: AtomicU64,
    /// The most tries for one claim.
    tries: AtomicU64,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        write!(
            f,
            "refused {}, told to come again {}, unheard {}, cut {}; at most {} tries for a claim",
            read(&self.refused),
            read(&self.told),
            read(&self.unheard),
            read(&self.cut),
            read(&self.tries)
        )
    }
}

/// How an instance ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// SIGTERM.
    Asked,
    /// SIGKILL.
    Killed,
}

/// What clients know.
struct Market {
    generator: Generator,
    dealers: Vec<(Dealer, String)>,
    jwks: Jwks,
    /// Where the instances are.
    urls: Mutex<Vec<String>>,
    next: AtomicU64,
    answered: AtomicU64,
    over: AtomicBool,
    tally: Tally,
}

impl Market {
    fn new(scene: &Scene, seed: u64) -> Self {
        let jwks = scene.servers[0].client().get("/.well-known/jwks.json");
        let dealers = scene.dealers.iter().enumerate();
        Self {
            generator: Generator::new(Profile::of(PROGRAMME).unwrap(), seed),
            dealers: dealers
                .map(|(n, d)| (d.clone(), scene.token(n).to_owned()))
                .collect(),
            jwks: Jwks::parse(&jwks.text()).unwrap(),
            urls: Mutex::new(scene.servers.iter().map(|s| s.url().to_owned()).collect()),
            next: AtomicU64::new(0),
            answered: AtomicU64::new(0),
            over: AtomicBool::new(false),
            tally: Tally::default(),
        }
    }

    /// One client, which stays where it is served.
    fn work(&self, client: usize) -> Vec<Note> {
        let _ends_all = Ends(&self.over);
        let mut notes = Vec::new();
        let mut at = client;
        let mut open: Option<(String, Client)> = None;
        while !self.over.load(Ordering::Relaxed) {
            let index = self.next.fetch_add(1, Ordering::Relaxed);
            notes.push(self.file(index, &mut at, &mut open));
            self.answered.fetch_add(1, Ordering::Relaxed);
        }
        notes
    }

    /// Asks for one claim until it is answered.
    fn file(&self, index: u64, at: &mut usize, open: &mut Option<(String, Client)>) -> Note {
        let (key, body, token) = self.claim(index);
        let headers = [
            ("content-type", "application/json"),
            ("idempotency-key", key.as_str()),
        ];
        let sent_ns = clock::monotonic_ns();
        let mut lost = None;
        for tries in 1..=TRIES {
            let urls = self.urls.lock().unwrap().clone();
            let url = &urls[*at % urls.len()];
            let mut client = match open.take() {
                Some((there, client)) if there == *url => client,
                _ => Client::new(url),
            }
            .with_token_kept(token);
            match client.try_call("POST", "/v1/claims", &headers, body.as_bytes()) {
                Ok(answer) if answer.status == 201 => {
                    *open = Some((url.clone(), client));
                    self.tally.tries.fetch_max(tries.into(), Ordering::Relaxed);
                    let (mine, what) = accepted(&answer.json(), &self.jwks).unwrap();
                    // It stood before the connection was lost.
                    if lost.is_some_and(|lost| mine.decided < lost) {
                        self.tally.cut.fetch_add(1, Ordering::Relaxed);
                    }
                    return Note {
                        sent_ns,
                        answered_ns: clock::monotonic_ns(),
                        position: mine.position,
                        amount: mine.amount,
                        what,
                    };
                }
                Ok(answer) if answer.status == 503 => {
                    self.tally.told.fetch_add(1, Ordering::Relaxed);
                }
                Ok(answer) => panic!("{}", answer.text()),
                Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
                    self.tally.refused.fetch_add(1, Ordering::Relaxed);
                }
                Err(_) => {
                    self.tally.unheard.fetch_add(1, Ordering::Relaxed);
                    lost = lost.or(Some(clock::now()));
                }
            }
            *at += 1;
            std::thread::sleep(PAUSE);
        }
        panic!("claim {index} is not answered");
    }

    /// Key, body and token of a claim.
    fn claim(&self, index: u64) -> (String, String, &str) {
        let (dealer, token) = &self.dealers[index as usize % self.dealers.len()];
        let body = self.generator.body(index, &dealer.uscc);
        (self.generator.key(index), body, token)
    }

    /// Sends the first half of a claim to an instance.
    fn begin(&self, server: &Server) -> Half {
        let index = self.next.fetch_add(1, Ordering::Relaxed);
        let (key, body, token) = self.claim(index);
        let request = format!(
            "POST /v1/claims HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\
             idempotency-key: {key}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len(),
        );
        let address = server.url().trim_start_matches("http://");
        let sent_ns = clock::monotonic_ns();
        let mut stream = TcpStream::connect(address).unwrap();
        let (first, rest) = request.split_at(request.len() - body.len() / 2);
        stream.write_all(first.as_bytes()).unwrap();
        Half {
            index,
            sent_ns,
            stream,
            rest: rest.to_owned(),
        }
    }

    /// Sends the other half. Who gets no answer asks as everybody does.
    fn finish(&self, mut half: Half) -> Note {
        let mut answer = String::new();
        let sent = half.stream.write_all(half.rest.as_bytes());
        // An instance that is about to end closes the connection behind the answer.
        let read = sent.and_then(|()| half.stream.read_to_string(&mut answer));
        let body = answer.split_once("\r\n\r\n").map(|(_, body)| body);
        if let Some(body) = body
            && read.is_ok()
            && answer.starts_with("HTTP/1.1 201")
        {
            let (mine, what) = accepted(&serde_json::from_str(body).unwrap(), &self.jwks).unwrap();
            return Note {
                sent_ns: half.sent_ns,
                answered_ns: clock::monotonic_ns(),
                position: mine.position,
                amount: mine.amount,
                what,
            };
        }
        self.tally.cut.fetch_add(1, Ordering::Relaxed);
        let note = self.file(half.index, &mut 0, &mut None);
        Note {
            sent_ns: half.sent_ns,
            ..note
        }
    }

    /// Waits until so many more claims are answered.
    fn wait(&self) {
        let enough = self.answered.load(Ordering::Relaxed) + BETWEEN;
        while self.answered.load(Ordering::Relaxed) < enough && !self.over.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

/// A claim of which half is sent.
struct Half {
    index: u64,
    sent_ns: u64,
    stream: TcpStream,
    rest: String,
}

/// Replaces every instance, as often as said, under load; gives how many requests were cut.
fn roll(name: &str, end: End, rounds: u64) -> u64 {
    let seed = seed(name);
    let pool = Pool {
        name: "rolling",
        programme: PROGRAMME,
        remainder: "strict",
        cap: Fen::from_yuan(100_000),
    };
    let mut scene = Scene::new(Place::TWO, &[pool]);
    let market = Market::new(&scene, seed);
    let mut notes = std::thread::scope(|scope| {
        let market = &market;
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| scope.spawn(move || market.work(client)))
            .collect();
        let mut notes = Vec::new();
        for _ in 0..2 * rounds {
            market.wait();
            notes.extend(replace(&mut scene, market, end));
        }
        market.wait();
        market.over.store(true, Ordering::Relaxed);
        notes.extend(clients.into_iter().flat_map(|c| c.join().unwrap()));
        notes
    });
    notes.sort_unstable_by_key(|note| note.sent_ns);
    let journal = Journal::read(&scene.servers[0], pool.name);
    let found = check(&notes, &journal);
    assert_eq!(found.count(), 0, "{name}: {:#?}", found.first);
    println!(
        "{name}: {} claims answered: {}; seed {seed}",
        notes.len(),
        market.tally
    );
    market.tally.cut.load(Ordering::Relaxed)
}

/// The instance that is longest there ends, and its successor starts.
fn replace(scene: &mut Scene, market: &Market, end: End) -> Vec<Note> {
    let mut server = scene.servers.remove(0);
    let halves: Vec<Half> = (0..HALVES).map(|_| market.begin(&server)).collect();
    // Until they are read as far as they go.
    market.wait();
    match end {
        End::Asked => server.terminate(),
        End::Killed => drop(server.kill()),
    }
    market.wait();
    let notes = halves.into_iter().map(|half| market.finish(half)).collect();
    if end == End::Asked {
        let status = server.stop();
        assert!(status.success(), "{status}\n{}", server.stderr());
    }
    scene.start();
    let urls = scene.servers.iter().map(|s| s.url().to_owned());
    *market.urls.lock().unwrap() = urls.collect();
    notes
}

#[test]
fn two_instances_are_replaced_one_after_the_other_and_nobody_is_cut_off() {
    assert_eq!(roll("rolling restart", End::Asked, times(1, 20)), 0);
}

#[test]
fn who_is_cut_off_by_an_instance_that_is_killed_is_counted() {
    assert!(roll("planted: killed instead", End::Killed, 1) >= HALVES);
}
