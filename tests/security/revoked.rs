//! Tokens whose client was revoked or whose dealer was suspended, and keys that are rotated, at
//! two instances.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::support::claims::claim;
use crate::support::{Backend, Client, Server};
use crate::world::{DEALERS, PROGRAMME, World};

/// How often the catalogue is looked at while it is waited for.
const PAUSE: Duration = Duration::from_millis(50);
/// What is promised is a second; a loaded machine may need more, and never to be told.
const PATIENCE: Duration = Duration::from_secs(60);

/// Asks at each instance until it answers so; gives how long the slowest needed.
fn until(clients: &mut [Client], mut refused: impl FnMut(&mut Client) -> bool) -> Duration {
    let begun = Instant::now();
    for client in clients {
        while !refused(client) {
            assert!(begun.elapsed() < PATIENCE, "the instance still lets it in");
            std::thread::sleep(PAUSE);
        }
    }
    begun.elapsed()
}

#[test]
fn a_revoked_client_and_a_suspended_dealer_are_refused_at_every_instance() {
    for backend in Backend::ALL {
        let world = World::new(backend);
        let second = world.database.serve();
        let servers = [&world.server, &second];
        let mut revoked: Vec<Client> = servers.map(|s| s.client_of(&world.dealers[0])).into();
        let mut suspended: Vec<Client> = servers.map(|s| s.client_of(&world.dealers[1])).into();
        for client in revoked.iter_mut().chain(&mut suspended) {
            assert_eq!(client.get("/v1/claims").status, 200);
        }
        let id = &world.dealers[0].client_id;
        world.database.run(&["client", "revoke", id]);
        let after = until(&mut revoked, |client| {
            client.get("/v1/claims").status == 401
        });
        println!("{backend:?}: both instances refused a revoked client after {after:?}");
        for (n, client) in revoked.iter_mut().enumerate() {
            let answer = client.file(&format!("revoked-{n:04}"), &claim(PROGRAMME));
            assert_eq!(answer.json()["code"], "token_invalid", "{}", answer.text());
        }
        let (id, secret) = (&world.dealers[0].client_id, &world.dealers[0].client_secret);
        let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        for server in servers {
            let mut client = server.client();
            let answer = client.call("POST", "/oauth/token", &headers, form.as_bytes());
            assert_eq!(answer.status, 401, "a revoked client gets no new token");
        }

        // A suspension is read with the verdict, under the lock: no instance is ever late.
        world
            .database
            .run(&["dealer", "suspend", "--uscc", DEALERS[1]]);
        for (n, client) in suspended.iter_mut().enumerate() {
            let answer = client.file(&format!("suspended-{n:04}"), &claim(PROGRAMME));
            let told = answer.text();
            assert!(told.contains("dealer_not_participating"), "{told}");
        }
        println!("{backend:?}: the first claim of a suspended dealer was refused at both");
    }
}

#[test]
fn planted_a_client_that_is_not_revoked_is_seen_to_be_let_in() {
    let world = World::new(Backend::Sqlite);
    let mut clients = [world.program(0)];
    let mut asked = 0;
    until(&mut clients, |client| {
        asked += 1;
        let refused = client.get("/v1/claims").status == 401;
        assert!(!refused, "nobody was revoked");
        asked == 20
    });
}

/// The seed in a table of a key file.
fn seed_in(file: &str, table: &str) -> String {
    let after = file.split(&format!("[{table}]")).nth(1).unwrap();
    let seed = after.split("seed = \"").nth(1).unwrap();
    seed.split('"').next().unwrap().to_owned()
}

/// Makes a fresh signing key, as `tradein keys new` does.
fn fresh_seed(world: &World) -> String {
    let path = world.database.data_dir().join("another.toml");
    world
        .database
        .run(&["keys", "new", "--out", path.to_str().unwrap()]);
    let seed = seed_in(&std::fs::read_to_string(&path).unwrap(), "token");
    std::fs::remove_file(path).unwrap();
    seed
}

fn retire(file: &str, seed: &str) -> String {
    format!("{file}\n[[retired]]\ncreated = \"2025-01-01T00:00:00Z\"\nseed = \"{seed}\"\n")
}

/// What a load came to: answers 200, answers 401, and calls that met a closed door.
#[derive(Default)]
struct Seen {
    good: AtomicU64,
    refused: AtomicU64,
}

/// Two instances behind a switch that says where callers may go, as a proxy does that takes an
/// instance out while it is started again.
struct Pair<'a> {
    world: &'a World,
    keys: std::path::PathBuf,
    servers: [Server; 2],
}

impl<'a> Pair<'a> {
    fn new(world: &'a World) -> Self {
        Self {
            world,
            keys: world.database.data_dir().join("keys.toml"),
            servers: [world.database.serve(), world.database.serve()],
        }
    }

    /// Starts an instance again with a key file, while callers use the other with every token
    /// there is, and then both.
    fn start_again(&mut self, file: &str, tokens: &mut Vec<String>, seen: &Seen) {
        std::fs::write(&self.keys, file).unwrap();
        for at in 0..2 {
            let stop = AtomicBool::new(false);
            let stays = self.servers[1 - at].url().to_owned();
            let known = tokens.clone();
            let fresh = std::thread::scope(|scope| {
                scope.spawn(|| {
                    while !stop.load(Ordering::Relaxed) {
                        call(&stays, &known, seen);
                    }
                });
                self.servers[at].kill();
                let fresh = self.world.database.serve();
                stop.store(true, Ordering::Relaxed);
                fresh
            });
            self.servers[at] = fresh;
            tokens.push(self.token(at));
            for server in &self.servers {
                call(server.url(), tokens, seen);
            }
        }
    }

    fn token(&self, at: usize) -> String {
        let credentials = &self.world.dealers[0];
        let mut client = self.servers[at].client();
        client.token(&credentials.client_id, &credentials.client_secret)
    }
}

fn call(url: &str, tokens: &[String], seen: &Seen) {
    for token in tokens {
        let status = Client::new(url).with_token(token).get("/v1/claims").status;
        match status {
            200 => seen.good.fetch_add(1, Ordering::Relaxed),
            401 => seen.refused.fetch_add(1, Ordering::Relaxed),
            other => panic!("{other}"),
        };
    }
}

#[test]
fn keys_are_rotated_under_load_and_no_token_is_refused() {
    for backend in Backend::ALL {
        let world = World::new(backend);
        let mut pair = Pair::new(&world);
        let file = std::fs::read_to_string(&pair.keys).unwrap();
        let (old, new) = (seed_in(&file, "token"), fresh_seed(&world));
        let mut tokens = vec![pair.token(0), pair.token(1)];
        let seen = Seen::default();
        // First every instance learns the new key, then it is used: nobody is given a token that
        // an instance does not know yet.
        pair.start_again(&retire(&file, &new), &mut tokens, &seen);
        pair.start_again(&retire(&file.replace(&old, &new), &old), &mut tokens, &seen);
        let (good, refused) = (seen.good.into_inner(), seen.refused.into_inner());
        println!(
            "{backend:?}: keys rotated at two instances in turn: {good} calls with {} tokens, \
             {refused} refused",
            tokens.len()
        );
        assert_eq!(refused, 0);
        assert!(good > 20);
    }
}

#[test]
fn planted_a_new_key_that_an_instance_does_not_know_is_noticed_and_a_lost_one_is_dead() {
    let world = World::new(Backend::Sqlite);
    let mut pair = Pair::new(&world);
    let file = std::fs::read_to_string(&pair.keys).unwrap();
    let (old, new) = (seed_in(&file, "token"), fresh_seed(&world));
    let mut tokens = vec![pair.token(0)];
    let seen = Seen::default();
    // As for a stolen key: at once, and the old one is not kept.
    pair.start_again(&file.replace(&old, &new), &mut tokens, &seen);
    assert!(seen.refused.into_inner() > 0);
    for server in &pair.servers {
        let status = |token: &String| server.client().with_token(token).get("/v1/claims").status;
        assert_eq!(status(&tokens[0]), 401, "signed by the key that was stolen");
        assert_eq!(status(&tokens[2]), 200, "signed by the new one");
    }
}
