//! What is above the stated sum is proposed by one person and decided by another.

use serde_json::{Value, json};

use super::scene::{OTHER, POOL, Scene, answered, approve, code, on_both, on_pool, refuse, sum};

/// The stated sum of these tests, in yuan.
const LIMIT: Option<&str> = Some("10000");

/// Proposes something, which must need a second person.
fn proposed(scene: &mut Scene, verb: &str, body: &Value) -> Value {
    let answer = on_pool(&mut scene.operator, POOL, verb, body);
    let location = answer.header("location").map(str::to_owned);
    let proposal = answered(answer, 202);
    let path = format!("/v1/proposals/{}", proposal["id"].as_str().unwrap());
    assert_eq!(location.as_deref(), Some(path.as_str()));
    assert_eq!(answered(scene.auditor.get(&path), 200), proposal);
    assert_eq!(
        (&proposal["state"], &proposal["proposed_by"]),
        (&json!("proposed"), &json!("operator"))
    );
    proposal
}

#[test]
fn up_to_the_sum_one_person_is_enough_and_above_it_two_are_needed() {
    on_both("20000", LIMIT, |scene| {
        let done = on_pool(&mut scene.operator, POOL, "top-up", &sum("10000"));
        assert_eq!(answered(done, 200)["cap"], "30000.00");
        let proposal = proposed(scene, "top-up", &sum("10000.01"));
        assert_eq!(proposal["kind"], "top_up");
        assert_eq!(proposal["subject"], POOL);
        assert_eq!(
            proposal["payload"],
            json!({ "amount": "10000.01", "pool": POOL, "reference": "示范区财〔2025〕1号" })
        );
        assert_eq!(scene.money(POOL)[0], "30000.00");
        let done = answered(approve(&mut scene.approver, &proposal), 200);
        assert_eq!(
            (&done["state"], &done["decided_by"]),
            (&json!("done"), &json!("approver"))
        );
        assert_eq!(done["digest"], proposal["digest"]);
        assert_eq!(scene.money(POOL)[0], "40000.01");
        assert_eq!(scene.count(POOL, "topped_up"), 2);
    });
}

#[test]
fn every_act_is_carried_out_as_it_was_proposed() {
    on_both("40000", LIMIT, |scene| {
        let transfer = json!({ "to": OTHER, "amount": "12000", "reference": "调剂函 7" });
        for (verb, body, expected) in [
            (
                "set-aside",
                sum("15000"),
                ["40000.00", "25000.00", "15000.00"],
            ),
            (
                "release-aside",
                sum("11000"),
                ["40000.00", "36000.00", "4000.00"],
            ),
            ("transfer", transfer, ["28000.00", "24000.00", "4000.00"]),
            ("top-up", sum("10500"), ["38500.00", "34500.00", "4000.00"]),
        ] {
            let before = scene.money(POOL);
            let proposal = proposed(scene, verb, &body);
            assert_eq!(scene.money(POOL), before, "{verb}");
            // Another operator may decide as well as an approver.
            answered(approve(&mut scene.second_operator, &proposal), 200);
            assert_eq!(scene.money(POOL), expected, "{verb}");
            scene.check_books();
        }
        assert_eq!(scene.money(OTHER)[..2], ["52000.00", "52000.00"]);
    });
}

#[test]
fn nobody_decides_what_he_proposed() {
    on_both("40000", LIMIT, |scene| {
        let proposal = proposed(scene, "top-up", &sum("20000"));
        let second_hat = scene.database.add_staff("operator", "approver");
        let mut second_hat = scene.server.client_of(&second_hat);
        for client in [&mut scene.operator, &mut second_hat] {
            for decide in [approve, refuse] {
                let alone = decide(client, &proposal);
                assert_eq!(code(&alone), (403, "second_person_required".into()));
            }
        }
        for client in [
            &mut scene.dealer,
            &mut scene.reviewer,
            &mut scene.finance,
            &mut scene.auditor,
        ] {
            for decide in [approve, refuse] {
                let other = decide(client, &proposal);
                assert_eq!(code(&other), (403, "role_not_allowed".into()));
            }
        }
        assert_eq!(scene.money(POOL)[0], "40000.00");
        answered(approve(&mut scene.approver, &proposal), 200);
    });
}

#[test]
fn a_proposal_is_decided_once() {
    on_both("40000", LIMIT, |scene| {
        let (good, bad) = (
            proposed(scene, "top-up", &sum("20000")),
            proposed(scene, "top-up", &sum("30000")),
        );
        let refused = answered(refuse(&mut scene.approver, &bad), 200);
        assert_eq!(
            (&refused["state"], &refused["why"]),
            (&json!("refused"), &json!("文号不符"))
        );
        answered(approve(&mut scene.approver, &good), 200);
        for proposal in [&good, &bad] {
            for decide in [approve, refuse] {
                for client in [&mut scene.approver, &mut scene.second_operator] {
                    let again = decide(client, proposal);
                    assert_eq!(code(&again), (409, "already_decided".into()));
                }
            }
        }
        assert_eq!(scene.money(POOL)[0], "60000.00");
        let unknown = json!({ "id": "0199a7b0-1111-7222-8333-444455556666" });
        let nothing = approve(&mut scene.approver, &unknown);
        assert_eq!(code(&nothing), (404, "no_such_object".into()));
        let malformed = approve(&mut scene.approver, &json!({ "id": "1" }));
        assert_eq!(code(&malformed), (404, "no_such_object".into()));
    });
}

#[test]
fn what_cannot_be_done_any_more_stays_proposed() {
    on_both("20000", LIMIT, |scene| {
        let at_once = on_pool(&mut scene.operator, POOL, "set-aside", &sum("20000.01"));
        assert_eq!(code(&at_once), (422, "amount_above_free".into()));
        let proposal = proposed(scene, "set-aside", &sum("20000"));
        let claim = scene.file_car();
        assert_eq!(claim["state"], "reserved");
        let late = approve(&mut scene.approver, &proposal);
        assert_eq!(code(&late), (422, "amount_above_free".into()));
        let path = format!("/v1/proposals/{}", proposal["id"].as_str().unwrap());
        assert_eq!(scene.auditor.get(&path).json(), proposal);
        scene.check_books();
        // Once the money is there again it can be approved.
        scene.database.run(&["pool", "top-up", POOL, "14000"]);
        answered(approve(&mut scene.approver, &proposal), 200);
        assert_eq!(scene.money(POOL), ["34000.00", "0.00", "20000.00"]);
    });
}

#[test]
fn proposals_are_listed_by_state_page_by_page() {
    on_both("20000", LIMIT, |scene| {
        let all: Vec<Value> = (0..5)
            .map(|n| proposed(scene, "top-up", &sum(&format!("{}", 20_000 + n))))
            .collect();
        answered(approve(&mut scene.approver, &all[1]), 200);
        answered(refuse(&mut scene.approver, &all[3]), 200);
        let mut ids = |query: &str| -> (Vec<Value>, Value) {
            let page = answered(scene.reviewer.get(&format!("/v1/proposals{query}")), 200);
            let items = page["items"].as_array().unwrap();
            let ids = items.iter().map(|p| p["id"].clone()).collect();
            (ids, page["next_cursor"].clone())
        };
        let of = |places: &[usize]| -> Vec<Value> {
            places.iter().map(|n| all[*n]["id"].clone()).collect()
        };
        // The two packs of the set-up were published without a second person.
        assert_eq!(ids("?state=proposed"), (of(&[0, 2, 4]), Value::Null));
        assert_eq!(ids("?state=refused"), (of(&[3]), Value::Null));
        assert_eq!(ids("?state=done").0.len(), 3);
        let (first, cursor) = ids("?state=proposed&limit=2");
        assert_eq!(first, of(&[0, 2]));
        let rest = ids(&format!(
            "?state=proposed&limit=2&cursor={}",
            cursor.as_str().unwrap()
        ));
        assert_eq!(rest, (of(&[4]), Value::Null));
        let wrong = scene.reviewer.get("/v1/proposals?state=open");
        assert_eq!(code(&wrong), (422, "query_malformed".into()));
        let dealer = scene.dealer.get("/v1/proposals");
        assert_eq!(code(&dealer), (403, "role_not_allowed".into()));
    });
}
