//! Every stage by itself, and what it stops.

use serde_json::json;
use tradein::domain::claim::ClaimState;
use tradein::domain::transition::Act;
use tradein::journal::entry::EntryKind;
use tradein::operations::denial::Ended;
use tradein::operations::pools;
use tradein::operations::scene::{By, Move, Scene as Stage};
use tradein::storage::{Database, Target, claims, journal};

use super::scene::{POOL, Scene, answered, brake, code, on_both, on_pool};
use crate::support::Backend;

const STAGES: [&str; 3] = ["intake", "allocation", "payout"];

#[test]
fn stages_stop_and_go_on_each_by_itself() {
    on_both("100000", None, |scene| {
        for stage in STAGES {
            let pool = answered(brake(&mut scene.operator, POOL, "freeze", stage), 200);
            for other in STAGES {
                let word = if other == stage { "frozen" } else { "open" };
                assert_eq!(pool[other], word, "{stage}: {pool}");
            }
            assert_eq!(scene.pool(POOL)[stage], "frozen");
            let again = brake(&mut scene.second_operator, POOL, "freeze", stage);
            assert_eq!(code(&again), (409, "stage_unchanged".into()));
            scene.check_books();
            let resume = ["pool", "resume", POOL, "--stage", stage, "--why", "查清"];
            let pool = scene
                .database
                .run_json(&[&resume[..], &["--json"]].concat());
            assert_eq!(pool[stage], "open", "{pool}");
            let again = brake(&mut scene.operator, POOL, "resume", stage);
            assert_eq!(code(&again), (409, "stage_unchanged".into()));
            let freeze = ["pool", "freeze", POOL, "--stage", stage, "--why", "核查"];
            let text = scene.database.run(&freeze);
            assert!(text.contains(&format!("{stage} is stopped")), "{text}");
            answered(brake(&mut scene.operator, POOL, "resume", stage), 200);
        }
        let told = scene.entries(POOL);
        let expected = STAGES.iter().flat_map(|stage| {
            ["frozen", "resumed", "frozen", "resumed"]
                .map(|kind| (kind.to_owned(), Some((*stage).to_owned())))
        });
        assert!(told[1..].iter().cloned().eq(expected), "{told:?}");
    });
}

#[test]
fn only_an_operator_stops_a_stage_and_says_which_and_why() {
    on_both("100000", None, |scene| {
        for client in [&mut scene.dealer, &mut scene.approver, &mut scene.finance] {
            let alone = brake(client, POOL, "freeze", "intake");
            assert_eq!(code(&alone), (403, "role_not_allowed".into()));
        }
        for body in [
            json!({ "stage": "review", "why": "x" }),
            json!({ "stage": "intake" }),
            json!({ "why": "x" }),
            json!({ "stage": "intake", "why": " " }),
            json!({ "stage": "intake", "why": "x", "until": "tomorrow" }),
        ] {
            let turned = on_pool(&mut scene.operator, POOL, "freeze", &body);
            assert_eq!(code(&turned), (422, "body_malformed".into()), "{body}");
        }
        for nowhere in ["nowhere", "unassigned"] {
            let nowhere = brake(&mut scene.operator, nowhere, "freeze", "intake");
            assert_eq!(code(&nowhere), (404, "pool_not_found".into()));
        }
        assert_eq!(scene.entries(POOL).len(), 1);
    });
}

#[test]
fn while_intake_is_stopped_claims_are_refused() {
    on_both("100000", None, |scene| {
        answered(brake(&mut scene.operator, POOL, "freeze", "intake"), 200);
        let refused = scene.file_car();
        assert_eq!(refused["state"], "refused");
        assert_eq!(refused["reasons"][0]["code"], "pool_closed", "{refused}");
        answered(brake(&mut scene.operator, POOL, "resume", "intake"), 200);
        assert_eq!(scene.file_car()["state"], "reserved");
    });
}

#[test]
fn while_allocation_is_stopped_nobody_is_given_money_and_who_comes_waits() {
    on_both("30000", None, |scene| {
        let first = scene.file_car();
        assert_eq!(first["state"], "reserved");
        answered(
            brake(&mut scene.operator, POOL, "freeze", "allocation"),
            200,
        );
        let others = [(); 2].map(|()| scene.file_car());
        for (n, other) in others.iter().enumerate() {
            assert_eq!(other["state"], "waiting");
            assert_eq!(other["position"], n + 2);
        }
        // Neither more money nor money that comes free changes it.
        scene.database.run(&["pool", "top-up", POOL, "1000"]);
        let (id, tag) = (first["id"].as_str().unwrap(), [("if-match", "\"1\"")]);
        let path = format!("/v1/claims/{id}/withdraw");
        answered(scene.dealer.call("POST", &path, &tag, b""), 200);
        assert_eq!(scene.money(POOL), ["31000.00", "31000.00", "0.00"]);
        assert_eq!(scene.pool(POOL)["waiting"], 2);
        scene.check_books();
        // The place of who was first is taken again when it goes on, and not before.
        let pool = answered(
            brake(&mut scene.operator, POOL, "resume", "allocation"),
            200,
        );
        assert_eq!(
            (&pool["free"], &pool["waiting"]),
            (&json!("3000.00"), &json!(0))
        );
        assert_eq!(scene.state(&others[0]), "reserved");
        let told = scene.entries(POOL);
        let last: Vec<&str> = told.iter().rev().map(|(kind, _)| kind.as_str()).collect();
        assert_eq!(last[..3], ["promoted", "promoted", "resumed"]);
    });
}

#[test]
fn while_payout_is_stopped_nothing_goes_to_the_bank() {
    on_both("100000", None, |scene| {
        let batch = json!({ "pool": POOL, "limit": 10 });
        let early = scene.approved();
        let sealed = answered(scene.finance.post("/v1/payout-batches", &batch), 201);
        let release = format!(
            "/v1/payout-batches/{}/release",
            sealed["id"].as_str().unwrap()
        );
        scene.approved();
        answered(brake(&mut scene.operator, POOL, "freeze", "payout"), 200);
        for stopped in [
            scene.finance.post("/v1/payout-batches", &batch),
            scene.second_finance.call("POST", &release, &[], b""),
        ] {
            assert_eq!(code(&stopped), (409, "stage_stopped".into()));
        }
        // The other stages go on.
        assert_eq!(scene.file_car()["state"], "reserved");
        scene.check_books();
        answered(brake(&mut scene.operator, POOL, "resume", "payout"), 200);
        answered(scene.second_finance.call("POST", &release, &[], b""), 200);
        answered(scene.finance.post("/v1/payout-batches", &batch), 201);
        assert_eq!(scene.state(&json!({ "id": early })), "paying");
    });
}

/// Gives money to the head of the line as the engine would, but without asking whether
/// allocation goes on.
fn serve_the_head_although_it_is_stopped(scene: &Scene) {
    let target = Target::parse(scene.database.url()).unwrap();
    let database = Database::open(target, 1).unwrap();
    let mut conn = database.get().unwrap();
    let served: Result<(), Ended> = conn.write(|conn| {
        let id = pools::named(conn, POOL)?.unwrap().id;
        let mut ledger = pools::lock(conn, id)?;
        let head = claims::waiting(conn, id, 0, None, 1)?.remove(0);
        let amount = head.amount;
        let step = Move::of(Act::Promote, ClaimState::Reserved, EntryKind::Promoted);
        let mut stage = Stage::on(conn, &mut ledger, head);
        stage.go(step.with_amount(amount), &By::System, |_, _| {})?;
        journal::save(conn, &ledger.pool, ledger.entries, ledger.line)?;
        Ok(())
    });
    served.unwrap();
}

#[test]
fn verify_finds_a_planted_reservation_in_a_stage_that_is_stopped() {
    for backend in Backend::ALL {
        for stopped in [false, true] {
            let mut scene = Scene::new(backend, "30000", None);
            answered(
                brake(&mut scene.operator, POOL, "freeze", "allocation"),
                200,
            );
            scene.file_car();
            if stopped {
                serve_the_head_although_it_is_stopped(&scene);
            } else {
                answered(
                    brake(&mut scene.operator, POOL, "resume", "allocation"),
                    200,
                );
            }
            // The same promotion is good where the stage goes on.
            let output = scene.database.output(&["verify", "--json"]);
            let verified: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(output.status.code(), Some(i32::from(stopped)), "{verified}");
            if stopped {
                let broken = &verified["broken"];
                assert_eq!(
                    (&broken["code"], &broken["seq"]),
                    (&json!("stopped"), &json!(4))
                );
            }
        }
    }
}
