//! Webhooks as a way into the network that the service stands in.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::json;

use crate::support::{Backend, Client, Response};
use crate::urls::{ELSEWHERE, HERE, NEVER, at};
use crate::world::World;

/// Listens on 127.0.0.1, closes what comes, and counts it.
struct Listener {
    port: u16,
    came: Arc<AtomicUsize>,
}

impl Listener {
    fn new() -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = socket.local_addr().unwrap().port();
        let came = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&came);
        thread::spawn(move || {
            for stream in socket.incoming() {
                counter.fetch_add(1, Ordering::SeqCst);
                drop(stream);
            }
        });
        Self { port, came }
    }

    fn came(&self) -> usize {
        self.came.load(Ordering::SeqCst)
    }
}

fn register(client: &mut Client, key: &str, url: &str) -> Response {
    let headers = [
        ("content-type", "application/json"),
        ("idempotency-key", key),
    ];
    let body = json!({"url": url, "types": ["claim.paid"]}).to_string();
    client.call("POST", "/v1/webhooks", &headers, body.as_bytes())
}

#[test]
fn api7_no_private_target_is_registered() {
    for backend in Backend::ALL {
        let world = World::new(backend);
        let listener = Listener::new();
        let mut client = world.program(0);
        let mut tried = 0;
        for list in [HERE, ELSEWHERE, NEVER] {
            for (name, url) in at(list, listener.port) {
                tried += 1;
                let answer = register(&mut client, &format!("hostile-{tried:04}"), &url);
                assert_eq!(answer.status, 422, "{name}: {}", answer.text());
                let told = answer.json();
                let code = told["code"].as_str().unwrap();
                // What holds characters that nobody sees is no text of ours at all.
                let refused =
                    code.starts_with("webhook_url_") || told["errors"][0]["field"] == "/url";
                assert!(refused, "{name}: {told}");
            }
        }
        let kept = client.get("/v1/webhooks").json();
        assert_eq!(kept["items"], json!([]), "{kept}");
        assert_eq!(listener.came(), 0);
        assert!(tried >= 80, "only {tried}");
        println!("{backend:?}: {tried} hostile URLs, none registered, no connection");
    }
}

#[test]
fn planted_with_the_setting_for_sandboxes_a_connection_is_seen() {
    let world = World::new(Backend::Sqlite);
    let listener = Listener::new();
    let server = world.database.serve_with(|command| {
        command.env("TRADEIN_WEBHOOKS_SANDBOX", "true");
    });
    let mut client = server.client_of(&world.dealers[0]);
    for (n, (name, url)) in at(&HERE[..3], listener.port).iter().enumerate() {
        let made = register(&mut client, &format!("sandbox-{n:04}"), url);
        assert_eq!(made.status, 201, "{name}: {}", made.text());
        let id = made.json()["id"].as_str().unwrap().to_owned();
        let before = listener.came();
        client.post(&format!("/v1/webhooks/{id}/test"), &json!({}));
        assert!(listener.came() > before, "{name}");
    }
}
