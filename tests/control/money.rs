//! More money, transfers, and what is set aside; below the stated sum one person is enough.

use serde_json::{Value, json};

use super::scene::{
    OTHER, POOL, Scene, answered, approve, car, code, on_both, on_pool, phone, sum,
};
use crate::support::{Client, Response};

fn transfer(to: &str, yuan: &str) -> Value {
    json!({ "to": to, "amount": yuan, "reference": "调剂函 7" })
}

#[test]
fn more_money_serves_those_who_wait_first() {
    on_both("14000", None, |scene| {
        let claims = [(); 3].map(|()| scene.file_car());
        let answer = on_pool(&mut scene.operator, POOL, "top-up", &sum("13999.99"));
        let pool = answered(answer, 200);
        assert_eq!(pool["free"], "13999.99");
        let answer = on_pool(&mut scene.operator, POOL, "top-up", &sum("0.01"));
        let pool = answered(answer, 200);
        assert_eq!(
            (&pool["free"], &pool["cap"]),
            (&json!("0.00"), &json!("28000.00"))
        );
        let states = claims.map(|claim| scene.state(&claim));
        assert_eq!(states, ["reserved", "reserved", "waiting"]);
    });
}

#[test]
fn what_is_set_aside_is_nobodys_until_it_is_given_back() {
    on_both("28000", None, |scene| {
        let first = on_pool(&mut scene.operator, POOL, "set-aside", &sum("14000"));
        let pool = answered(first, 200);
        assert_eq!(pool["set_aside"], "14000.00");
        assert_eq!(
            (&pool["free"], &pool["reserved"]),
            (&json!("14000.00"), &json!("14000.00"))
        );
        assert_eq!(scene.file_car()["state"], "reserved");
        let waits = scene.file_car();
        assert_eq!(waits["state"], "waiting");
        scene.check_books();
        let more = on_pool(&mut scene.operator, POOL, "release-aside", &sum("14000.01"));
        assert_eq!(code(&more), (409, "aside_exhausted".into()));
        let part = on_pool(&mut scene.operator, POOL, "release-aside", &sum("0.01"));
        assert_eq!(answered(part, 200)["free"], "0.01");
        // By the command line the rest, which goes to the head of the line at once.
        let text = scene
            .database
            .run(&["pool", "release-aside", POOL, "13999.99"]);
        assert!(text.contains("waiting claims promoted: 1"), "{text}");
        assert_eq!(scene.state(&waits), "reserved");
        assert_eq!(scene.money(POOL), ["28000.00", "0.00", "0.00"]);
        let kinds = ["set_aside", "aside_released"].map(|kind| scene.count(POOL, kind));
        assert_eq!(kinds, [1, 2]);
    });
}

/// Both pools have somebody who waits; what is free in one of them is too little for its own.
fn two_lines(scene: &mut Scene) -> [Value; 2] {
    for _ in 0..2 {
        assert_eq!(scene.file(&car())["state"], "reserved");
    }
    let waits = scene.file(&car());
    let aside = scene.money(OTHER)[1].clone();
    scene.database.run(&["pool", "set-aside", OTHER, &aside]);
    let other_waits = scene.file(&phone());
    for claim in [&waits, &other_waits] {
        assert_eq!(claim["state"], "waiting");
    }
    [waits, other_waits]
}

#[test]
fn a_transfer_serves_the_line_of_who_receives_and_passes_nobody() {
    on_both("30000", None, |scene| {
        let [waits, other_waits] = two_lines(scene);
        let asked = other_waits["amount"].as_str().unwrap();
        let answer = on_pool(
            &mut scene.operator,
            POOL,
            "transfer",
            &transfer(OTHER, asked),
        );
        let pool = answered(answer, 200);
        assert_eq!(pool["name"], POOL);
        assert_eq!(scene.state(&other_waits), "reserved");
        assert_eq!(scene.state(&waits), "waiting");
        let caps = [POOL, OTHER].map(|name| super::scene::yuan_in_fen(&scene.money(name)[0]));
        assert_eq!(caps.iter().sum::<u64>(), 6_000_000);
        assert_eq!(scene.money(OTHER)[1], "0.00");
        scene.check_books();
        // And back by the command line, with more than was sent: the other line is served.
        scene
            .database
            .run(&["pool", "release-aside", OTHER, "30000"]);
        let text = scene
            .database
            .run(&["pool", "transfer", OTHER, POOL, "14000"]);
        assert!(text.contains("waiting claims promoted: 1"), "{text}");
        assert_eq!(scene.state(&waits), "reserved");
        let ends = |scene: &mut Scene, pool: &str| {
            ["transferred_out", "transferred_in"].map(|kind| scene.count(pool, kind))
        };
        assert_eq!((ends(scene, POOL), ends(scene, OTHER)), ([1, 1], [1, 1]));
    });
}

#[test]
fn transfers_in_both_directions_at_once_both_come_through() {
    on_both("1000", None, |scene| {
        let clients = [&mut scene.operator, &mut scene.second_operator];
        std::thread::scope(|scope| {
            for (client, (from, to)) in clients.into_iter().zip([(POOL, OTHER), (OTHER, POOL)]) {
                scope.spawn(move || {
                    for _ in 0..25 {
                        answered(on_pool(client, from, "transfer", &transfer(to, "10")), 200);
                    }
                });
            }
        });
        for pool in [POOL, OTHER] {
            assert_eq!(scene.money(pool)[..2], ["1000.00", "1000.00"]);
            assert_eq!(scene.count(pool, "transferred_out"), 25);
        }
    });
}

#[test]
fn never_more_than_what_is_free() {
    on_both("15000", None, |scene| {
        scene.file_car();
        let before = [POOL, OTHER].map(|pool| scene.entries(pool));
        let mut turned = |verb: &str, body: &Value, status: u16, expected: &str| {
            let answer = on_pool(&mut scene.operator, POOL, verb, body);
            assert_eq!(
                code(&answer),
                (status, expected.to_owned()),
                "{verb} {body}"
            );
        };
        turned(
            "transfer",
            &transfer(OTHER, "1000.01"),
            422,
            "amount_above_free",
        );
        turned("transfer", &transfer(POOL, "1"), 422, "same_pool");
        for nowhere in ["nowhere", "unassigned"] {
            turned("transfer", &transfer(nowhere, "1"), 404, "pool_not_found");
        }
        turned("set-aside", &sum("1000.01"), 422, "amount_above_free");
        turned("release-aside", &sum("0.01"), 409, "aside_exhausted");
        turned("top-up", &sum("100000000000"), 422, "cap_exceeded");
        for verb in ["top-up", "set-aside", "release-aside"] {
            for yuan in ["0", "0.00", "-1", "1.001", "x"] {
                turned(verb, &sum(yuan), 422, "body_malformed");
            }
            turned(
                verb,
                &json!({ "amount": 5, "reference": "x" }),
                422,
                "body_malformed",
            );
            turned(verb, &json!({ "amount": "5" }), 422, "body_malformed");
        }
        turned("transfer", &sum("5"), 422, "body_malformed");
        let nowhere = on_pool(&mut scene.operator, "nowhere", "top-up", &sum("1"));
        assert_eq!(code(&nowhere), (404, "pool_not_found".into()));
        for (arguments, word) in [
            (
                &["transfer", POOL, OTHER, "1000.01"][..],
                "above what is free",
            ),
            (&["transfer", POOL, POOL, "1"], "to itself"),
            (&["transfer", POOL, "nowhere", "1"], "nowhere"),
            (&["set-aside", POOL, "1000.01"], "above what is free"),
            (&["set-aside", POOL, "0"], "nothing"),
            (&["release-aside", POOL, "0.01"], "does not suffice"),
            (&["top-up", POOL, "100000000000"], "largest amount"),
            (
                &["freeze", "nowhere", "--stage", "intake", "--why", "x"],
                "nowhere",
            ),
        ] {
            let all = [&["pool"], arguments].concat();
            let (status, out, told) = scene.command(None, &all);
            assert_eq!((status, out.as_str()), (1, ""), "{arguments:?}");
            assert!(told.contains(word), "{arguments:?}: {told}");
        }
        assert_eq!([POOL, OTHER].map(|pool| scene.entries(pool)), before);
        answered(
            on_pool(&mut scene.operator, POOL, "set-aside", &sum("1000")),
            200,
        );
    });
}

#[test]
fn money_is_an_operators() {
    on_both("1000", None, |scene| {
        let clients = [
            &mut scene.dealer,
            &mut scene.reviewer,
            &mut scene.approver,
            &mut scene.finance,
            &mut scene.auditor,
        ];
        for client in clients {
            for (verb, body) in [
                ("top-up", sum("1")),
                ("transfer", transfer(OTHER, "1")),
                ("set-aside", sum("1")),
                ("release-aside", sum("1")),
            ] {
                let alone = on_pool(client, POOL, verb, &body);
                assert_eq!(code(&alone), (403, "role_not_allowed".into()), "{verb}");
            }
        }
    });
}

/// A top-up under an idempotency key.
fn keyed(client: &mut Client, yuan: &str, key: &str) -> Response {
    let headers = [
        ("content-type", "application/json"),
        ("idempotency-key", key),
    ];
    let path = format!("/v1/pools/{POOL}/top-up");
    client.call("POST", &path, &headers, sum(yuan).to_string().as_bytes())
}

#[test]
fn what_is_sent_again_under_its_key_is_done_once() {
    on_both("1000", Some("500"), |scene| {
        let once = answered(keyed(&mut scene.operator, "500", "top-up-1"), 200);
        assert_eq!(once["cap"], "1500.00");
        on_pool(&mut scene.operator, POOL, "top-up", &sum("1"));
        // It is shown as it stands now.
        let again = answered(keyed(&mut scene.operator, "500", "top-up-1"), 200);
        assert_eq!(again["cap"], "1501.00");
        let other = keyed(&mut scene.operator, "499", "top-up-1");
        assert_eq!(code(&other), (422, "idempotency_key_reused".into()));
        // A key is its person's.
        let hers = answered(keyed(&mut scene.second_operator, "500", "top-up-1"), 200);
        assert_eq!(hers["cap"], "2001.00");

        let proposed = answered(keyed(&mut scene.operator, "501", "top-up-2"), 202);
        let same = answered(keyed(&mut scene.operator, "501", "top-up-2"), 202);
        assert_eq!(same, proposed);
        answered(approve(&mut scene.second_operator, &proposed), 200);
        let decided = answered(keyed(&mut scene.operator, "501", "top-up-2"), 202);
        assert_eq!(decided["state"], "done");
        assert_eq!(scene.money(POOL)[0], "2502.00");
        assert_eq!(scene.count(POOL, "topped_up"), 4);
    });
}
