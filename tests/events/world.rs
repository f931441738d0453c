//! A dealer and an auditor of a service that may call this machine.

use std::process::Command;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use serde_json::{Value, json};
use tradein::storage::Target;

use crate::scene::{CARS, POOL, act, seen};
use crate::support::claims::{SELLER, claim};
use crate::support::{Backend, Client, Credentials, Server, TestDatabase};

/// Against something that never comes: longer than a lease and a retry together.
const PATIENCE: Duration = Duration::from_secs(120);

/// Lets a service call this machine without TLS.
pub fn sandbox(command: &mut Command) {
    command.env("TRADEIN_WEBHOOKS_SANDBOX", "true");
}

/// A pool for [`CARS`], and a service whose webhooks may call this machine.
pub struct World {
    pub dealer: Client,
    pub auditor: Client,
    pub server: Server,
    pub database: TestDatabase,
    credentials: [Credentials; 2],
}

impl World {
    pub fn new(backend: Backend) -> Self {
        let database = TestDatabase::new(backend);
        database.load_programmes(&[CARS]);
        database.create_pool(POOL, "1000000", &[CARS]);
        let credentials = [
            database.add_dealer(SELLER, "济源示例商行", &[CARS]),
            database.add_staff("auditor", "auditor"),
        ];
        let server = database.serve_with(sandbox);
        let [dealer, auditor] = credentials.each_ref().map(|one| server.client_of(one));
        Self {
            dealer,
            auditor,
            server,
            database,
            credentials,
        }
    }

    /// Another service takes the place of the one that was, which is killed if it still runs.
    pub fn restart(&mut self, settings: impl FnOnce(&mut Command)) {
        self.server.kill();
        self.server = self.database.serve_with(settings);
        let clients = self.credentials.each_ref();
        [self.dealer, self.auditor] = clients.map(|one| self.server.client_of(one));
    }

    /// Files a fresh claim and returns it as it was answered.
    pub fn file(&mut self) -> Value {
        let key = format!("events-{}", uuid::Uuid::now_v7().simple());
        let answer = self.dealer.file(&key, &claim(CARS));
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()
    }

    /// Withdraws a claim.
    pub fn withdraw(&mut self, id: &str) {
        let tag = seen(self.dealer.get(&format!("/v1/claims/{id}"))).1;
        let answer = act(&mut self.dealer, id, "withdraw", &tag, None);
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    /// Files a claim and withdraws it: two events.
    pub fn file_and_withdraw(&mut self) -> String {
        let id = self.file()["id"].as_str().unwrap().to_owned();
        self.withdraw(&id);
        id
    }
}

/// Waits until `look` finds something.
///
/// # Panics
/// When it never does.
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = tradein::clock::since_start();
    loop {
        if let Some(found) = look() {
            return found;
        }
        let waited = tradein::clock::since_start() - began;
        assert!(waited < PATIENCE, "{what} never came");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Changes what is stored, as only a test may.
pub fn meddle(database: &TestDatabase, sql: &str) {
    let target = Target::parse(database.url()).unwrap();
    target.open().unwrap().batch_execute(sql).unwrap();
}

/// Creates an endpoint: its address and its secret.
pub fn register(client: &mut Client, url: &str) -> (String, String) {
    let answer = client.post("/v1/webhooks", &json!({ "url": url }));
    assert_eq!(answer.status, 201, "{}", answer.text());
    let place = answer.header("location").unwrap().to_owned();
    let secret = answer.json()["secret"].as_str().unwrap().to_owned();
    (place, secret)
}

/// A POST without a body to a place below an endpoint; the answer must be good.
pub fn push(client: &mut Client, place: &str, verb: &str) -> Value {
    let answer = client.call("POST", &format!("{place}/{verb}"), &[], b"");
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// Everything in a feed from its beginning, `limit` at a time.
pub fn whole_feed(client: &mut Client, limit: u32) -> Vec<Value> {
    let (mut events, mut cursor) = (Vec::new(), None);
    loop {
        let (items, next) = page(client, cursor.as_deref(), limit);
        // At the end nothing is scanned any more.
        if items.is_empty() && cursor.as_deref() == Some(&*next) {
            return events;
        }
        events.extend(items);
        cursor = Some(next);
    }
}

/// One page of a feed, and the cursor that is always there.
pub fn page(client: &mut Client, cursor: Option<&str>, limit: u32) -> (Vec<Value>, String) {
    let behind = cursor.map(|cursor| format!("&cursor={cursor}"));
    let path = format!("/v1/events?limit={limit}{}", behind.unwrap_or_default());
    let answer = client.get(&path);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let body = answer.json();
    let items = body["items"].as_array().unwrap().clone();
    assert!(items.len() <= limit as usize);
    (items, body["next_cursor"].as_str().unwrap().to_owned())
}

/// The entries of a public journal that are about claims and that dealers are told of: number,
/// kind, hash.
pub fn told_entries(client: &mut Client, pool: &str) -> Vec<(i64, String, String)> {
    let answer = client.get(&format!("/v1/public/journal/{pool}"));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let text = answer.text();
    let entries = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let about_claims = entries.filter(|entry| entry["claim"].is_string());
    let told = about_claims.filter(|entry| {
        let kind = entry["kind"].as_str().unwrap();
        kind != "flagged" && kind != "flag_cleared"
    });
    told.map(|entry| {
        let text = |name: &str| entry[name].as_str().unwrap().to_owned();
        (entry["seq"].as_i64().unwrap(), text("kind"), text("hash"))
    })
    .collect()
}

/// The same of the events of one pool.
pub fn as_entries(events: &[Value], pool: &str) -> Vec<(i64, String, String)> {
    let of_pool = events.iter().filter(|event| event["pool"] == pool);
    of_pool
        .map(|event| {
            let text = |name: &str| event["data"][name].as_str().unwrap().to_owned();
            (
                event["seq"].as_i64().unwrap(),
                text("entry"),
                text("entry_hash"),
            )
        })
        .collect()
}
