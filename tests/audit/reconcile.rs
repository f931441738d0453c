//! The sums of every pool side by side: by the command, and by the clock of a server.

use std::time::Duration;

use serde_json::Value;

use super::scene::{POOL, Scene, on_both};
use super::sql;
use crate::support::{Backend, Server};

/// Money that moves from one bucket to another without an entry.
const STOLEN: &str = "UPDATE pools SET free = free + 100, reserved = reserved - 100
    WHERE name = 'cars'";
const BROUGHT_BACK: &str = "UPDATE pools SET free = free - 100, reserved = reserved + 100
    WHERE name = 'cars'";

/// What a server says of the pool, once it has looked.
fn gauge(server: &Server) -> String {
    let mut client = server.client();
    let line = format!("tradein_reconciliation_equal{{pool=\"{POOL}\"}} ");
    for _ in 0..600 {
        let text = client.get("/metrics").text();
        if let Some(found) = text.lines().find_map(|l| l.strip_prefix(&line)) {
            return found.to_owned();
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("the server did not look");
}

#[test]
fn equal_sums_are_a_line_a_pool_and_unequal_ones_an_exit_code() {
    on_both("100000", |scene| {
        scene.file();
        let database = &scene.database;
        let text = database.run(&["reconcile"]);
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(
            text.starts_with("cars: equal, cap 100000.00 = free "),
            "{text}"
        );
        assert_eq!(database.run_json(&["reconcile", "--json"])["equal"], true);

        sql::run(database, STOLEN);
        let output = database.output(&["reconcile"]);
        assert_eq!(output.status.code(), Some(1));
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(
            text.starts_with("cars: NOT EQUAL: the pool says "),
            "{text}"
        );
        let output = database.output(&["reconcile", "--json"]);
        assert_eq!(output.status.code(), Some(1));
        let said: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(
            (&said["equal"], &said["pools"][0]["equal"]),
            (&false.into(), &false.into())
        );
        assert_ne!(said["pools"][0]["pool"], said["pools"][0]["journal"]);
        sql::run(database, BROUGHT_BACK);
    });
}

#[test]
fn claims_for_more_than_there_is_are_unequal_and_no_error() {
    on_both("100000", |scene| {
        let id = scene.file()["id"].as_str().unwrap().replace('-', "");
        let id = sql::blob(&scene.database, &id);
        let more = format!("UPDATE claims SET amount = amount + 99999999900 WHERE id = {id}");
        let less = format!("UPDATE claims SET amount = amount - 99999999900 WHERE id = {id}");
        sql::run(&scene.database, &more);
        let output = scene.database.output(&["reconcile", "--json"]);
        assert_eq!(output.status.code(), Some(1));
        let said: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(said["pools"][0]["equal"], false);
        sql::run(&scene.database, &less);
    });
}

#[test]
fn a_server_tells_its_gauge_and_its_log() {
    for backend in Backend::ALL {
        let mut scene = Scene::new(backend, "100000");
        scene.file();
        assert_eq!(gauge(&scene.server), "1");
        sql::run(&scene.database, STOLEN);
        // Every server looks once when it starts.
        let other = scene.database.serve();
        assert_eq!(gauge(&other), "0");
        assert!(
            other.stderr().contains("are not equal"),
            "{}",
            other.stderr()
        );
        sql::run(&scene.database, BROUGHT_BACK);
        scene.check_books();
    }
}
