//! Clients that file without a pause until something has happened, however long it takes.

use serde_json::Value;
use tradein::clock;
use tradein::domain::time::Timestamp;

use super::scene::{CONNECTIONS, Filing, Scene};

/// A verdict, and when it was asked for and came, by the machine's clock.
#[derive(Debug)]
pub struct Filed {
    /// Not later than it was sent.
    pub sent: Timestamp,
    /// Not earlier than it was there.
    pub answered: Timestamp,
    /// The body.
    pub answer: Value,
}

/// Every client files at least once, and then until `is_last` says so of when its last claim was
/// sent.
pub fn file_until(
    scene: &Scene,
    filing: &Filing,
    is_last: &(dyn Fn(Timestamp) -> bool + Sync),
) -> Vec<Filed> {
    let work = |client: usize| {
        let dealer = filing.dealer(client as u64);
        let mut http = scene.dealer_client(client / scene.dealers.len(), dealer);
        let mut filed: Vec<Filed> = Vec::new();
        while filed.last().is_none_or(|last| !is_last(last.sent)) {
            // The number of connections is even, so the dealer stays.
            let index = (client + filed.len() * CONNECTIONS) as u64;
            let (key, body) = (filing.key(index), filing.body(index));
            let sent = clock::now();
            let answer = http.file(&key, &body);
            let answered = clock::now();
            assert_eq!(answer.status, 201, "{}", answer.text());
            filed.push(Filed {
                sent,
                answered,
                answer: answer.json(),
            });
        }
        filed
    };
    std::thread::scope(|scope| {
        let work = &work;
        let clients: Vec<_> = (0..CONNECTIONS)
            .map(|client| scope.spawn(move || work(client)))
            .collect();
        clients
            .into_iter()
            .flat_map(|c| c.join().unwrap())
            .collect()
    })
}
