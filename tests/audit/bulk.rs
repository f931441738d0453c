//! Bulk approval: a sample that nobody knows before and everybody can make again afterwards.

use serde_json::{Value, json};

use super::scene::{CARS, POOL, Scene, act, code, on_both, seen};
use super::{recomputed, sql};
use crate::support::Response;
use crate::support::claims::{at_price, claim};

/// Claims that a reviewer recommended.
fn recommended(scene: &mut Scene, count: usize) -> Vec<String> {
    (0..count)
        .map(|_| {
            let id = scene.file()["id"].as_str().unwrap().to_owned();
            recommend(scene, &id);
            id
        })
        .collect()
}

fn recommend(scene: &mut Scene, id: &str) {
    scene.send_papers(id);
    let tag = scene.look(id).1;
    seen(act(&mut scene.reviewer, id, "recommend", &tag, None));
}

fn begin(scene: &mut Scene, more: Value) -> String {
    let mut body = json!({ "pool": POOL, "limit": 100 });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    let begun = scene.approver.post("/v1/bulk-approvals", &body);
    assert_eq!(begun.status, 201, "{}", begun.text());
    let bulk = begun.json();
    assert_eq!(
        (&bulk["state"], &bulk["seed"]),
        (&json!("committed"), &Value::Null)
    );
    let path = format!("/v1/bulk-approvals/{}", bulk["id"].as_str().unwrap());
    assert_eq!(begun.header("location"), Some(path.as_str()));
    path
}

fn call(scene: &mut Scene, path: &str, verb: &str) -> Response {
    scene
        .approver
        .call("POST", &format!("{path}/{verb}"), &[], b"")
}

fn drawn(scene: &mut Scene, path: &str) -> Value {
    let drawn = call(scene, path, "draw");
    assert_eq!(drawn.status, 200, "{}", drawn.text());
    drawn.json()
}

/// The ids of the claims on the list that are, or are not, in the sample.
fn listed(bulk: &Value, sampled: bool) -> Vec<String> {
    let claims = bulk["claims"].as_array().unwrap().iter();
    claims
        .filter(|claim| claim["sampled"] == sampled)
        .map(|claim| claim["id"].as_str().unwrap().to_owned())
        .collect()
}

fn decide(scene: &mut Scene, id: &str, verb: &str) {
    let tag = scene.look(id).1;
    seen(act(&mut scene.approver, id, verb, &tag, None));
}

fn journal(scene: &mut Scene) -> String {
    let path = format!("/v1/public/journal/{POOL}");
    scene.auditor.get(&path).text()
}

#[test]
fn the_rest_is_approved_after_the_sample_was_examined() {
    on_both("1000000", |scene| {
        let filed = recommended(scene, 9);
        let path = begin(scene, json!({}));
        let early = call(scene, &path, "approve");
        assert_eq!(code(&early), (409, "sample_not_examined".into()));
        let bulk = drawn(scene, &path);
        assert_eq!(
            code(&call(scene, &path, "draw")),
            (409, "already_drawn".into())
        );
        let (sample, rest) = (listed(&bulk, true), listed(&bulk, false));
        assert_eq!((sample.len(), rest.len()), (5, 4));
        let order: Vec<&str> = bulk["claims"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| c["id"].as_str().unwrap())
            .collect();
        assert_eq!(order, filed, "the order of review");

        // A claim on the list stands on no other list.
        let other = begin(scene, json!({}));
        assert_eq!(
            code(&call(scene, &other, "draw")),
            (409, "nothing_to_approve".into())
        );

        decide(scene, &sample[0], "approve");
        let half = call(scene, &path, "approve");
        assert_eq!(code(&half), (409, "sample_not_examined".into()));
        for id in &sample[1..] {
            decide(scene, id, "approve");
        }
        // Two that are not in the sample change: one goes back to review, one is sent on again.
        decide(scene, &rest[1], "reopen");
        decide(scene, &rest[3], "reopen");
        let tag = scene.look(&rest[3]).1;
        seen(act(&mut scene.reviewer, &rest[3], "recommend", &tag, None));
        let done = call(scene, &path, "approve");
        assert_eq!(done.status, 200, "{}", done.text());
        let done = done.json();
        assert_eq!(done["state"], "approved");
        for (id, state, standing) in [
            (&rest[0], "approved", "approved"),
            (&rest[1], "in_review", "skipped"),
            (&rest[2], "approved", "approved"),
            (&rest[3], "recommended", "skipped"),
        ] {
            assert_eq!(scene.state(id), state);
            let told = done["claims"].as_array().unwrap().iter();
            let told = told.clone().find(|c| c["id"] == id.as_str()).unwrap();
            assert_eq!(told["standing"], standing, "{told}");
            assert_eq!(told["why"] == "changed", standing == "skipped", "{told}");
        }
        // Once more does nothing.
        assert_eq!(call(scene, &path, "approve").json(), done);
        let mine: Vec<Value> = journal(scene)
            .lines()
            .map(|l| serde_json::from_str(l).unwrap())
            .filter(|e: &Value| e["kind"] == "approved")
            .collect();
        assert_eq!(mine.len(), 7, "each approval has an entry of its own");
        // What was skipped may stand on the next list.
        assert_eq!(listed(&drawn(scene, &other), true), [rest[3].clone()]);
    });
}

#[test]
fn nobody_knows_the_sample_before_and_anybody_makes_it_again_afterwards() {
    on_both("1000000", |scene| {
        recommended(scene, 8);
        let path = begin(scene, json!({}));
        let before = scene.auditor.get(&path).text() + &journal(scene);
        let stored = sql::everything(&scene.database);
        let bulk = drawn(scene, &path);
        let seed = bulk["seed"].as_str().unwrap();
        assert!(!before.contains(seed) && !stored.contains(seed));
        // The search finds the seed once it is told.
        let after = scene.auditor.get(&path).text() + &journal(scene);
        assert!(after.contains(seed) && sql::everything(&scene.database).contains(seed));

        let told = recomputed::told(&journal(scene));
        assert_eq!(told.0, bulk["commitment"]);
        assert!(before.contains(&told.0), "committed to before the draw");
        assert_eq!(told.2, seed);
        let claims = bulk["claims"].as_array().unwrap();
        let marks = |wanted: &dyn Fn(&Value) -> bool| -> Vec<String> {
            let found = claims.iter().filter(|c| wanted(c));
            found
                .map(|c| c["commitment"].as_str().unwrap().to_owned())
                .collect()
        };
        let list = marks(&|_| true);
        assert_eq!(recomputed::list_hash(&list), told.1);
        let sample = marks(&|c| c["sampled"] == true);
        assert_eq!(recomputed::sample(&told.2, &list), sample);
        // Every claim of the list stands in the journal by the same name.
        assert!(
            list.iter()
                .all(|mark| journal(scene).contains(mark.as_str()))
        );
    });
}

/// A seed under which another sample comes out.
fn another_seed(list: &[String], sample: &[String]) -> String {
    (1..=255_u8)
        .map(|n| format!("{n:02x}").repeat(32))
        .find(|seed| recomputed::sample(seed, list) != sample)
        .unwrap()
}

#[test]
fn a_sample_by_another_seed_is_found() {
    on_both("1000000", |scene| {
        recommended(scene, 8);
        let path = begin(scene, json!({}));
        let bulk = drawn(scene, &path);
        let claims = bulk["claims"].as_array().unwrap();
        let mark = |c: &Value| c["commitment"].as_str().unwrap().to_owned();
        let list: Vec<String> = claims.iter().map(mark).collect();
        let sample: Vec<String> = claims
            .iter()
            .filter(|c| c["sampled"] == true)
            .map(mark)
            .collect();
        let seed = another_seed(&list, &sample);
        let other = recomputed::sample(&seed, &list);
        let told = recomputed::told(&journal(scene));
        assert_ne!(recomputed::sample(&told.2, &list), other);

        let set = |sample: &[String]| -> String {
            list.iter()
                .map(|mark| {
                    let sampled = i64::from(sample.contains(mark));
                    let mark = sql::blob(&scene.database, mark);
                    format!("UPDATE bulk_claims SET sampled = {sampled} WHERE commitment = {mark};")
                })
                .collect()
        };
        let seeded = |seed: &str| {
            let seed = sql::blob(&scene.database, seed);
            format!("UPDATE bulk_approvals SET seed = {seed};")
        };
        let broken = |statements: &str| {
            sql::run(&scene.database, statements);
            let output = scene.database.output(&["verify", "--json"]);
            let found: Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(
                found["broken"]["code"], "sample_differs",
                "{statements}: {found}"
            );
        };
        broken(&set(&other));
        broken(&(set(&other) + &seeded(&seed)));
        broken(&(set(&sample) + &seeded(&seed)));
        sql::run(&scene.database, &(set(&sample) + &seeded(&told.2)));
    });
}

#[test]
fn a_sampled_claim_that_is_not_approved_voids_it() {
    for verb in ["reopen", "withdraw", "reopen and approve later"] {
        on_both("1000000", |scene| {
            recommended(scene, 7);
            let path = begin(scene, json!({}));
            let bulk = drawn(scene, &path);
            let (sample, rest) = (listed(&bulk, true), listed(&bulk, false));
            for id in &sample[1..] {
                decide(scene, id, "approve");
            }
            let id = &sample[0];
            if verb == "withdraw" {
                let tag = scene.look(id).1;
                seen(act(&mut scene.dealer, id, "withdraw", &tag, None));
            } else {
                decide(scene, id, "reopen");
            }
            if verb.ends_with("later") {
                let tag = scene.look(id).1;
                seen(act(&mut scene.reviewer, id, "recommend", &tag, None));
                decide(scene, id, "approve");
            }
            let shown = scene.auditor.get(&path).json();
            assert_eq!(shown["state"], "void", "{shown}");
            let refused = call(scene, &path, "approve");
            assert_eq!(code(&refused), (409, "bulk_void".into()));
            assert_eq!(
                code(&call(scene, &path, "approve")),
                (409, "bulk_void".into())
            );
            for id in &rest {
                assert_eq!(scene.state(id), "recommended");
            }
            // The others are free for another list.
            let next = begin(scene, json!({}));
            let next = drawn(scene, &next);
            assert_eq!(listed(&next, true), rest);
        });
    }
}

#[test]
fn only_low_risk_claims_are_listed_and_the_bounds_hold() {
    on_both("1000000", |scene| {
        let small = scene.file_claim(&at_price(claim(CARS), "80000.00"));
        let large = scene.file_claim(&at_price(claim(CARS), "300000.00"));
        let amount = |claim: &Value| claim["amount"].as_str().unwrap().to_owned();
        assert_ne!(amount(&small), amount(&large));
        let ids = [&small, &large].map(|c| c["id"].as_str().unwrap().to_owned());
        ids.iter().for_each(|id| recommend(scene, id));
        let flagged = recommended(scene, 1).remove(0);
        let warned = recommended(scene, 1).remove(0);
        let database = &scene.database;
        let hex = |id: &str| sql::blob(database, &id.replace('-', ""));
        let (flag, warn) = (hex(&flagged), hex(&warned));
        let planted = format!(
            "UPDATE claims SET apart = 1 WHERE id = {flag};
             UPDATE claims SET warnings = '[{{}}]' WHERE id = {warn};"
        );
        let undone = format!(
            "UPDATE claims SET apart = 0 WHERE id = {flag};
             UPDATE claims SET warnings = '[]' WHERE id = {warn};"
        );
        sql::run(database, &planted);
        let path = begin(scene, json!({ "most_amount": amount(&small) }));
        assert_eq!(listed(&drawn(scene, &path), true), [ids[0].clone()]);
        let path = begin(scene, json!({ "limit": 1 }));
        assert_eq!(listed(&drawn(scene, &path), true), [ids[1].clone()]);
        let path = begin(scene, json!({}));
        assert_eq!(
            code(&call(scene, &path, "draw")),
            (409, "nothing_to_approve".into())
        );
        sql::run(&scene.database, &undone);
        let path = begin(scene, json!({}));
        assert_eq!(listed(&drawn(scene, &path), true), [flagged, warned]);
    });
}

#[test]
fn who_prepared_or_changed_a_dealer_gets_no_list_of_it() {
    on_both("1000000", |scene| {
        recommended(scene, 2);
        let own = scene.approver_of("reviewer");
        let other = std::mem::replace(&mut scene.approver, own);
        let path = begin(scene, json!({}));
        assert_eq!(
            code(&call(scene, &path, "draw")),
            (409, "nothing_to_approve".into())
        );
        scene.approver = other;
        assert_eq!(listed(&drawn(scene, &path), true).len(), 2);
        for (client, allowed) in [
            (&mut scene.reviewer, false),
            (&mut scene.finance, false),
            (&mut scene.auditor, true),
            (&mut scene.operator, false),
        ] {
            let body = json!({ "pool": POOL, "limit": 5 });
            assert_eq!(client.post("/v1/bulk-approvals", &body).status, 403);
            let status = client.get(&path).status;
            assert_eq!(status, if allowed { 200 } else { 403 });
        }
        for (body, status) in [
            (json!({ "pool": "nowhere", "limit": 5 }), 404),
            (json!({ "pool": POOL }), 422),
            (json!({ "pool": POOL, "limit": 0 }), 422),
            (json!({ "pool": POOL, "limit": 1001 }), 422),
            (json!({ "pool": POOL, "limit": 5, "most_amount": 10 }), 422),
        ] {
            let answer = scene.approver.post("/v1/bulk-approvals", &body);
            assert_eq!(answer.status, status, "{body}");
        }
    });
}

#[test]
fn a_wish_that_is_sent_again_begins_no_second_one() {
    on_both("1000000", |scene| {
        let send = |scene: &mut Scene, key: &str, limit: u32| {
            let headers = [
                ("content-type", "application/json"),
                ("idempotency-key", key),
            ];
            let body = json!({ "pool": POOL, "limit": limit }).to_string();
            let path = "/v1/bulk-approvals";
            scene.approver.call("POST", path, &headers, body.as_bytes())
        };
        let first = send(scene, "monday-morning", 5);
        assert_eq!(first.status, 201, "{}", first.text());
        let again = send(scene, "monday-morning", 5);
        assert_eq!(again.status, 201, "{}", again.text());
        assert_eq!(again.json(), first.json());
        assert_eq!(again.header("location"), first.header("location"));
        let other = code(&send(scene, "monday-morning", 6));
        assert_eq!(other, (422, "idempotency_key_reused".into()));
        let short = code(&send(scene, "monday", 5));
        assert_eq!(short, (400, "idempotency_key_malformed".into()));
        assert_ne!(
            send(scene, "monday-evening", 5).json()["id"],
            first.json()["id"]
        );
        let committed = journal(scene).matches("sample_committed").count();
        assert_eq!(committed, 2);
    });
}

trait SecondHat {
    fn approver_of(&self, login: &str) -> crate::support::Client;
}

impl SecondHat for Scene {
    /// A client of the same person in the role of an approver.
    fn approver_of(&self, login: &str) -> crate::support::Client {
        let credentials = self.database.add_staff(login, "approver");
        self.server.client_of(&credentials)
    }
}
