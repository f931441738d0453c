//! The sender against every hostile target: nothing private is ever connected to.

use std::io;
use std::time::Duration;

use tradein::webhooks::sender::{Delivery, Failure};
use tradein::webhooks::target::{Policy, Target};

use crate::receiver::{PUBLIC_HTTP, Receiver, SANDBOX, Table, send, sender};
use crate::urls::{ELSEWHERE, HERE, NEVER, at};

const STRICT: Policy = Policy {
    allow_http: false,
    allow_private: false,
};

/// What names resolve to, one answer a delivery: none of it may be connected to.
const RESOLVED: &[(&str, &[&[&str]])] = &[
    ("loopback", &[&["127.0.0.1"]]),
    ("loopback twice", &[&["127.0.0.1", "127.0.0.1"]]),
    ("this network", &[&["0.0.0.0"]]),
    ("IPv4-mapped", &[&["::ffff:127.0.0.1"]]),
    ("IPv6 loopback first", &[&["::1", "127.0.0.1"]]),
    ("metadata before", &[&["169.254.169.254"], &["127.0.0.1"]]),
    (
        "private before",
        &[&["10.0.0.1"], &["192.168.0.1"], &["127.0.0.1"]],
    ),
    ("NAT64", &[&["64:ff9b::7f00:1", "127.0.0.1"]]),
    ("6to4", &[&["2002:7f00:1::1"], &["127.0.0.1"]]),
    ("unique local", &[&["fd00::1"], &["127.0.0.1"]]),
    // A global address that nobody was given, and then this machine: rebinding.
    ("public, then loopback", &[&["2e00::1"], &["127.0.0.1"]]),
    (
        "public, then loopback twice",
        &[&["2e00::1"], &["127.0.0.1"], &["127.0.0.1"]],
    ),
    ("public and loopback", &[&["2e00::1", "127.0.0.1"]]),
    ("loopback and public", &[&["127.0.0.1", "2e00::1"]]),
    (
        "public, then both",
        &[&["2e00::1"], &["127.0.0.1", "2e00::1"]],
    ),
];

/// Closes every connection, and counts them.
fn listener() -> Receiver {
    Receiver::start(|_| Err(io::ErrorKind::ConnectionAborted.into()))
}

/// Sends to all of these; gives those names of which something connected.
async fn connected(
    policy: Policy,
    receiver: &Receiver,
    targets: &[(&'static str, String)],
) -> Vec<&'static str> {
    let mut found = Vec::new();
    for (name, url) in targets {
        let before = receiver.connections();
        if Target::parse(url, SANDBOX).is_ok() {
            let sender = sender(policy).with_resolver(Table::new(&[&["127.0.0.1"]]));
            send(&sender, url).await;
        }
        if receiver.connections() > before {
            found.push(*name);
        }
    }
    found
}

#[tokio::test]
async fn no_hostile_target_is_connected_to() {
    let receiver = listener();
    let mut urls = Vec::new();
    for list in [HERE, ELSEWHERE, NEVER] {
        urls.extend(at(list, receiver.port));
    }
    for (name, url) in &urls {
        assert!(
            Target::parse(url, STRICT).is_err(),
            "{name} may be registered"
        );
        // The sender judges again what an older policy let in, and spares nothing but TLS.
        if Target::parse(url, SANDBOX).is_ok() {
            let delivery = send(&sender(PUBLIC_HTTP), url).await;
            let why = Failure::NotAllowed;
            assert_eq!(delivery, Delivery::Failed { why }, "{name}");
        }
    }
    let through = connected(PUBLIC_HTTP, &receiver, &urls).await;
    assert_eq!(through, Vec::<&str>::new());
    let mut turns = 0;
    for (name, answers) in RESOLVED {
        let sender = sender(PUBLIC_HTTP)
            .with_time_limit(Duration::from_millis(300))
            .with_resolver(Table::new(answers));
        for _ in 0..=answers.len() {
            turns += 1;
            let delivery = send(&sender, &format!("http://hooks.example:{}/", receiver.port)).await;
            assert!(matches!(delivery, Delivery::Failed { .. }), "{name}");
        }
    }
    let mut redirects = 0;
    for status in [301, 302, 303, 307, 308] {
        for (_, url) in at(HERE, receiver.port) {
            let head =
                format!("HTTP/1.1 {status} X\r\nlocation: {url}\r\ncontent-length: 0\r\n\r\n");
            let public = Receiver::answering(head);
            // The only one that may be reached: it stands for a public receiver.
            let delivery = send(&sender(SANDBOX), &public.url()).await;
            assert!(
                matches!(delivery, Delivery::Refused { .. }),
                "{status} {url}"
            );
            redirects += 1;
        }
    }
    assert_eq!(receiver.connections(), 0);
    assert!(urls.len() >= 80, "only {}", urls.len());
    println!(
        "{} hostile URLs, {} names in {turns} deliveries, {redirects} redirects: no connection",
        urls.len(),
        RESOLVED.len()
    );
}

#[tokio::test]
async fn planted_where_private_addresses_are_allowed_connections_are_seen() {
    let receiver = listener();
    let urls = at(HERE, receiver.port);
    let through = connected(SANDBOX, &receiver, &urls).await;
    println!(
        "with the setting for sandboxes {} of {} connected",
        through.len(),
        urls.len()
    );
    let missed: Vec<_> = urls
        .iter()
        .filter(|(name, _)| !through.contains(name))
        .collect();
    assert!(missed.is_empty(), "{missed:?} would not be noticed");
    let turning = sender(SANDBOX)
        .with_time_limit(Duration::from_millis(300))
        .with_resolver(Table::new(&[&["2e00::1"], &["127.0.0.1"]]));
    let before = receiver.connections();
    for _ in 0..2 {
        send(
            &turning,
            &format!("http://hooks.example:{}/", receiver.port),
        )
        .await;
    }
    assert_eq!(receiver.connections(), before + 1);
}
