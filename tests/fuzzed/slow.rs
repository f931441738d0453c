//! Clients that take their time: each is cut, and who does not is answered meanwhile.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{JoinHandle, sleep};
use std::time::Duration;

use crate::scene::{CARS, POOL};
use crate::support::claims::{SELLER, claim};
use crate::support::effort::times;
use crate::support::{Backend, Credentials, Server, TestDatabase};

/// Between two bytes of a slow client.
const PAUSE: Duration = Duration::from_millis(500);
/// So many bytes go out to a service that cuts nobody; the longest patience of ours is over before.
const BYTES: usize = 120;
/// How long is waited for the last connection to be gone, in looks of [`PAUSE`].
const LOOKS: usize = 360;

/// How a client is slow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slow {
    /// The head of its first request comes byte by byte.
    Head,
    /// That of its second one.
    SecondHead,
    /// The body comes byte by byte.
    Body,
    /// The body of a request whose answer does not depend on it.
    NeedlessBody,
    /// It asks for much and reads nothing.
    Unread,
    /// It connects and is silent.
    Silent,
    /// It asks once and is silent.
    Idle,
}

impl Slow {
    const ALL: [Slow; 7] = [
        Slow::Head,
        Slow::SecondHead,
        Slow::Body,
        Slow::NeedlessBody,
        Slow::Unread,
        Slow::Silent,
        Slow::Idle,
    ];

    /// What it sends at once, and what follows byte by byte.
    fn words(self) -> (Vec<u8>, u8) {
        const ASKED: &str = "GET /livez HTTP/1.1\r\nhost: x\r\n\r\n";
        const STATUS: &str = "POST /v1/public/claim-status HTTP/1.1\r\nhost: x\r\n\
                              content-type: application/json\r\ncontent-length: 60000\r\n\r\n";
        let text = match self {
            Slow::Head => "GET /livez HTTP/1.1\r\nhost: x\r\nx: ".to_owned(),
            Slow::SecondHead => format!("{ASKED}GET /livez HTTP/1.1\r\nx: "),
            Slow::Body => STATUS.to_owned(),
            Slow::NeedlessBody => STATUS.replace("POST /v1/public/claim-status", "GET /livez"),
            Slow::Unread => "GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n".repeat(40),
            Slow::Silent => String::new(),
            Slow::Idle => ASKED.to_owned(),
        };
        (text.into_bytes(), b' ')
    }

    const fn sends_on(self) -> bool {
        matches!(
            self,
            Slow::Head | Slow::SecondHead | Slow::Body | Slow::NeedlessBody
        )
    }
}

/// Sends byte by byte until it is cut; how many bytes went out, or none where it never was.
fn trickle(address: &str, how: Slow, pause: Duration) -> Option<usize> {
    let mut stream = TcpStream::connect(address).unwrap();
    let (words, byte) = how.words();
    stream.write_all(&words).unwrap();
    stream.set_nonblocking(true).unwrap();
    let mut read = [0; 4096];
    for sent in 0..BYTES {
        sleep(pause);
        loop {
            match stream.read(&mut read) {
                Ok(0) => return Some(sent),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(_) => return Some(sent),
            }
        }
        if how.sends_on() && stream.write_all(&[byte]).is_err() {
            return Some(sent);
        }
    }
    None
}

/// The sockets that a service has open.
fn sockets(server: &Server) -> usize {
    let links = std::fs::read_dir(format!("/proc/{}/fd", server.id())).unwrap();
    let names = links.filter_map(|link| std::fs::read_link(link.unwrap().path()).ok());
    names
        .filter(|name| name.to_string_lossy().starts_with("socket:"))
        .count()
}

fn service(idle_seconds: &str) -> (TestDatabase, Server, Credentials) {
    let database = TestDatabase::new(Backend::Sqlite);
    database.load_programmes(&[CARS]);
    database.create_pool(POOL, "100000000", &[CARS]);
    let dealer = database.add_dealer(SELLER, "济源示例商行", &[CARS]);
    let server = database.serve_with(|command| {
        command.env("TRADEIN_IDLE_SECONDS", idle_seconds);
    });
    (database, server, dealer)
}

fn address(server: &Server) -> String {
    server.url().trim_start_matches("http://").to_owned()
}

/// Many of each kind, whose connections stay in the hands of the caller.
fn crowd(address: &str, how: Slow, count: u64) -> Vec<TcpStream> {
    let connect = |_| {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_nonblocking(true).unwrap();
        // As much as the system takes; the rest is not sent, for nobody reads.
        let _partly = stream.write(&how.words().0);
        stream
    };
    (0..count).map(connect).collect()
}

/// Asks and files until it is told to stop; how often it was answered.
fn honest(server: &Server, dealer: &Credentials, done: &AtomicBool) -> u64 {
    let mut client = server.client_of(dealer);
    let mut answered = 0;
    while !done.load(Ordering::Relaxed) {
        let key = format!("honest-{answered:04}");
        let filed = client.file(&key, &claim(CARS));
        assert_eq!(filed.status, 201, "{}", filed.text());
        assert_eq!(server.client().get("/v1/public/pools").status, 200);
        answered += 2;
        sleep(PAUSE / 2);
    }
    answered
}

#[test]
fn slow_clients_are_cut_and_honest_ones_are_answered() {
    let (_database, server, dealer) = service("2");
    let address = address(&server);
    let base = sockets(&server);
    let tricklers: Vec<(Slow, JoinHandle<Option<usize>>)> = Slow::ALL
        .into_iter()
        .filter(|how| *how != Slow::Unread)
        .map(|how| {
            let address = address.clone();
            (
                how,
                std::thread::spawn(move || trickle(&address, how, PAUSE)),
            )
        })
        .collect();
    let held: Vec<TcpStream> = Slow::ALL
        .into_iter()
        .flat_map(|how| crowd(&address, how, times(40, 120)))
        .collect();
    let done = AtomicBool::new(false);
    let (answered, most, left) = std::thread::scope(|scope| {
        let asking = scope.spawn(|| honest(&server, &dealer, &done));
        let (mut most, mut left) = (0, usize::MAX);
        for _ in 0..LOOKS {
            // The honest ones have two connections.
            left = sockets(&server).saturating_sub(base + 4);
            most = most.max(left);
            // Whoever was let in is cut again; the others may not have been let in yet.
            if left == 0 && most > held.len() / 2 {
                break;
            }
            sleep(PAUSE);
        }
        done.store(true, Ordering::Relaxed);
        (asking.join().unwrap(), most, left)
    });
    println!(
        "{} clients held {most} sockets, {left} in the end",
        held.len()
    );
    println!("honest clients answered {answered} times");
    assert!(most > held.len() / 2, "nobody was let in");
    assert_eq!(left, 0, "connections are never cut");
    assert!(answered > 0);
    for (how, trickler) in tricklers {
        let cut = trickler.join().unwrap();
        println!("{how:?}: cut after {cut:?} bytes");
        assert!(cut.is_some(), "{how:?} is never cut");
    }
}

#[test]
fn who_reads_nothing_is_cut_however_long_others_may_be_idle() {
    let (_database, server, _) = service("86400");
    let base = sockets(&server);
    let held = crowd(&address(&server), Slow::Unread, 20);
    let (mut most, mut left) = (0, usize::MAX);
    for _ in 0..LOOKS {
        // The service opens a few of its own.
        left = sockets(&server).saturating_sub(base + 4);
        most = most.max(left);
        if left == 0 && most > held.len() {
            break;
        }
        sleep(PAUSE);
    }
    println!(
        "{} clients that read nothing held {most} sockets, {left} in the end",
        held.len()
    );
    assert_eq!(left, 0, "answers lie unread for ever");
    assert!(most > held.len());
}

/// Somebody who accepts everybody and waits for ever.
#[test]
fn planted_a_service_that_cuts_nobody_is_noticed() {
    let (_database, patient, _) = service("86400");
    let address_of = address(&patient);
    let second = std::thread::spawn(move || trickle(&address_of, Slow::SecondHead, PAUSE / 3));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        let held: Vec<_> = listener.incoming().take(Slow::ALL.len()).collect();
        sleep(Duration::from_secs(600));
        drop(held);
    });
    for how in Slow::ALL {
        assert_eq!(
            trickle(&address, how, Duration::from_millis(1)),
            None,
            "{how:?}"
        );
    }
    assert_eq!(second.join().unwrap(), None, "a long time-out cuts nobody");
}
