//! `pool create`, `pool show`, `pool top-up`.

use serde_json::Value;

use super::support::claims::claim;
use super::{CARS, PHONES, POOL, car, on_both, set_up, stdout};

fn fen(pool: &Value, bucket: &str) -> u64 {
    let text = pool[bucket]
        .as_str()
        .unwrap_or_else(|| panic!("no {bucket} in {pool}"));
    let (yuan, cents) = text.split_once('.').unwrap();
    assert_eq!(cents.len(), 2, "{text}");
    format!("{yuan}{cents}").parse().unwrap()
}

fn sum(pool: &Value) -> u64 {
    ["free", "reserved", "committed", "paid"]
        .iter()
        .map(|bucket| fen(pool, bucket))
        .sum()
}

#[test]
fn a_pool_is_shown_to_people_and_machines() {
    on_both(|database| {
        database.load_programmes(&[CARS, PHONES]);
        let created = database.run_json(&[
            "pool",
            "create",
            POOL,
            "--cap",
            "0.01",
            "--programme",
            CARS,
            "--json",
        ]);
        assert_eq!(
            (created["name"].as_str(), fen(&created, "cap")),
            (Some(POOL), 1)
        );
        database.create_pool("数码2025", "2500000", &[PHONES]);
        let all = database.run_json(&["pool", "show", "--json"]);
        let names: Vec<&str> = all
            .as_array()
            .unwrap()
            .iter()
            .map(|p| p["name"].as_str().unwrap())
            .collect();
        assert_eq!(names.len(), 2, "{all}");
        assert!(
            names.contains(&POOL) && names.contains(&"数码2025"),
            "{all}"
        );
        let one = database.run_json(&["pool", "show", "数码2025", "--json"]);
        assert_eq!(
            (fen(&one, "cap"), fen(&one, "free"), sum(&one)),
            (250_000_000, 250_000_000, 250_000_000)
        );
        assert_eq!(one["waiting"], 0);
        let text = database.run(&["pool", "show"]);
        assert!(
            text.contains("数码2025") && text.contains("2500000.00") && text.contains(CARS),
            "{text}"
        );
    });
}

#[test]
fn one_pool_may_serve_several_programmes() {
    on_both(|database| {
        database.load_programmes(&[CARS, PHONES]);
        database.create_pool(POOL, "100", &[CARS, PHONES]);
        let taken = database.output(&["pool", "create", "x", "--cap", "1", "--programme", PHONES]);
        assert_eq!(taken.status.code(), Some(1));
    });
}

#[test]
fn a_top_up_serves_those_who_wait_first() {
    on_both(|database| {
        let credentials = set_up(database, "14000");
        let server = database.serve();
        let mut client = server.client_of(&credentials);
        let mut file = |key: &str| client.file(key, &car()).json();
        let (first, second, third) = (file("top-up-1"), file("top-up-2"), file("top-up-3"));
        assert_eq!(first["state"], "reserved");
        assert_eq!(
            (&second["state"], &third["state"]),
            (&"waiting".into(), &"waiting".into())
        );
        // Too little for the head of the line: it stays, and nobody passes.
        let text = database.run(&["pool", "top-up", POOL, "13999.99"]);
        assert!(text.contains("waiting claims promoted: 0"), "{text}");
        let shown = database.run_json(&["pool", "top-up", POOL, "0.01", "--json"]);
        assert_eq!(
            (
                fen(&shown, "free"),
                fen(&shown, "reserved"),
                fen(&shown, "cap")
            ),
            (0, 2_800_000, 2_800_000)
        );
        assert_eq!(shown["waiting"], 1);
        let state = |client: &mut super::support::Client, claim: &Value| {
            let id = claim["id"].as_str().unwrap();
            client.get(&format!("/v1/claims/{id}")).json()["state"]
                .as_str()
                .unwrap()
                .to_owned()
        };
        assert_eq!(state(&mut client, &second), "reserved");
        assert_eq!(state(&mut client, &third), "waiting");
        let text = database.run(&["pool", "top-up", POOL, "20000"]);
        assert!(text.contains("waiting claims promoted: 1"), "{text}");
        assert_eq!(state(&mut client, &third), "reserved");
        let public = client.get(&format!("/v1/public/pools/{POOL}")).json();
        assert_eq!(
            (sum(&public), fen(&public, "free")),
            (fen(&public, "cap"), 600_000)
        );
        database.run(&["verify"]);
    });
}

#[test]
fn a_pool_opens_and_closes_at_its_instants() {
    on_both(|database| {
        database.load_programmes(&[CARS, PHONES]);
        let create = |name: &str, flag: &str, time: &str, programme: &str| {
            database.run(&[
                "pool",
                "create",
                name,
                "--cap",
                "100000",
                flag,
                time,
                "--programme",
                programme,
            ]);
        };
        create("later", "--opens-at", "2099-01-01T00:00:00Z", CARS);
        create("over", "--closes-at", "2025-01-01T00:00:00Z", PHONES);
        let credentials =
            database.add_dealer(super::SELLER, "济源示例商贸有限公司", &[CARS, PHONES]);
        let server = database.serve();
        let mut client = server.client_of(&credentials);
        for (programme, code) in [(CARS, "programme_not_open"), (PHONES, "pool_closed")] {
            let answer = client
                .file(&format!("instant-{code}"), &claim(programme))
                .json();
            assert_eq!(answer["state"], "refused", "{answer}");
            assert_eq!(answer["reasons"][0]["code"], code, "{answer}");
        }
        let turned = [
            "pool",
            "create",
            "x",
            "--cap",
            "1",
            "--programme",
            CARS,
            "--opens-at",
            "2025-01-02T00:00:00Z",
            "--closes-at",
            "2025-01-01T00:00:00Z",
        ];
        let output = database.output(&turned);
        assert_eq!(
            (output.status.code(), stdout(&output).as_str()),
            (Some(1), "")
        );
    });
}
