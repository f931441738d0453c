//! A refusal that was wrong is paid from what was set aside.

use serde_json::{Value, json};

use super::scene::{
    APPEALS, CARS, POOL, Scene, act, answered, approve, car, code, on_both, on_pool, publish,
    shipped_with, sum,
};
use crate::support::{Backend, Client, Response};

/// Why a claim is ended.
fn ground() -> Value {
    json!({ "code": "papers_unclear", "field": "/old_item/vin", "message": "材料看不清" })
}

/// A claim that a reviewer and an approver rejected, and the dealer contests.
fn contested(scene: &mut Scene) -> String {
    let id = scene.in_review();
    rejected(scene, &id);
    contest(scene, &id);
    id
}

fn rejected(scene: &mut Scene, id: &str) {
    let ground = ground();
    let tag = scene.tag(id);
    answered(
        act(&mut scene.reviewer, id, "reject", &tag, Some(&ground)),
        200,
    );
    let tag = scene.tag(id);
    answered(act(&mut scene.approver, id, "reject", &tag, None), 200);
}

fn contest(scene: &mut Scene, id: &str) {
    let (tag, words) = (scene.tag(id), json!({ "message": "材料清楚" }));
    let contested = act(&mut scene.dealer, id, "appeal", &tag, Some(&words));
    assert_eq!(answered(contested, 200)["state"], "appealed");
}

/// A claim that an approver ended, and the dealer contests, with what it says.
fn contested_end(scene: &mut Scene) -> (String, Value) {
    let body = car();
    let id = scene.file(&body)["id"].as_str().unwrap().to_owned();
    let tag = scene.tag(&id);
    let ended = act(&mut scene.approver, &id, "void", &tag, Some(&ground()));
    assert_eq!(answered(ended, 200)["state"], "voided");
    contest(scene, &id);
    (id, body)
}

/// Nobody else may claim what this claim names.
fn is_taken(scene: &mut Scene, body: &Value) {
    let other = scene.file(body);
    let reasons = other["reasons"].as_array().unwrap();
    let codes: Vec<&Value> = reasons.iter().map(|reason| &reason["code"]).collect();
    assert!(codes.contains(&&json!("asset_already_claimed")), "{other}");
}

fn win(scene: &mut Scene, id: &str) -> Response {
    decide(scene, id, |scene| &mut scene.second_approver)
}

fn lose(scene: &mut Scene, id: &str) -> Value {
    let decision = json!({
        "decision": "lost", "code": "papers_bad", "field": "/old_item/vin",
        "message": "材料仍不清",
    });
    let tag = scene.tag(id);
    let who = &mut scene.second_approver;
    answered(act(who, id, "appeal/decision", &tag, Some(&decision)), 200)
}

/// Whoever decides finds the appeal right.
fn decide(scene: &mut Scene, id: &str, who: fn(&mut Scene) -> &mut Client) -> Response {
    let decision = json!({
        "decision": "won", "code": "papers_good", "field": "/old_item/vin",
        "message": "材料可以辨认",
    });
    let tag = scene.tag(id);
    act(who(scene), id, "appeal/decision", &tag, Some(&decision))
}

fn set_aside(scene: &mut Scene, yuan: &str, status: u16) -> Value {
    answered(
        on_pool(&mut scene.operator, POOL, "set-aside", &sum(yuan)),
        status,
    )
}

#[test]
fn a_won_appeal_is_paid_from_what_was_set_aside() {
    on_both("28000", Some("10000"), |scene| {
        let pack = shipped_with(CARS, APPEALS);
        let proposal = answered(publish(&mut scene.operator, &pack), 202);
        answered(approve(&mut scene.approver, &proposal), 200);
        let id = contested(scene);
        let own = decide(scene, &id, |scene| &mut scene.approver);
        assert_eq!(code(&own), (403, "second_person_required".into()));
        let proposal = set_aside(scene, "20000", 202);
        // Everybody else takes what is free.
        assert_eq!(scene.file_car()["state"], "reserved");
        assert_eq!(code(&win(scene, &id)), (409, "aside_exhausted".into()));
        let late = approve(&mut scene.approver, &proposal);
        assert_eq!(code(&late), (422, "amount_above_free".into()));
        set_aside(scene, "9999.99", 200);
        set_aside(scene, "4000", 200);
        assert_eq!(code(&win(scene, &id)), (409, "aside_exhausted".into()));
        let pool = set_aside(scene, "0.01", 200);
        assert_eq!(scene.money(POOL), ["28000.00", "0.00", "14000.00"]);
        let claim = answered(win(scene, &id), 200);
        let told = (&claim["state"], &claim["amount"]);
        assert_eq!(told, (&json!("in_review"), &json!("14000.00")));
        // What was set aside is the claim's now, and stays reserved.
        assert_eq!(scene.money(POOL), ["28000.00", "0.00", "0.00"]);
        assert_eq!(scene.pool(POOL)["reserved"], pool["reserved"]);
        let gone = on_pool(&mut scene.operator, POOL, "release-aside", &sum("0.01"));
        assert_eq!(code(&gone), (409, "aside_exhausted".into()));
    });
}

#[test]
fn what_a_voided_claim_named_stays_taken_while_that_is_contested() {
    on_both("56000", None, |scene| {
        answered(
            publish(&mut scene.operator, &shipped_with(CARS, APPEALS)),
            200,
        );
        set_aside(scene, "14000", 200);
        let (wins, body) = contested_end(scene);
        is_taken(scene, &body);
        scene.check_books();
        assert_eq!(answered(win(scene, &wins), 200)["state"], "in_review");
        is_taken(scene, &body);
        // A lost appeal leads back to what it was.
        let (loses, body) = contested_end(scene);
        let claim = lose(scene, &loses);
        assert_eq!(claim["state"], "voided");
        assert_eq!(claim["findings"][0]["code"], "papers_bad");
        is_taken(scene, &body);
        let last = scene
            .entries(POOL)
            .into_iter()
            .rfind(|(kind, _)| kind == "appeal_lost");
        assert_eq!(last.unwrap().1.as_deref(), Some("voided"));
        let (tag, words) = (scene.tag(&loses), json!({ "message": "再看" }));
        let twice = act(&mut scene.dealer, &loses, "appeal", &tag, Some(&words));
        assert_eq!(code(&twice), (409, "not_appealable".into()));
    });
}

#[test]
fn what_a_rejected_claim_named_is_free_while_that_is_contested() {
    on_both("56000", None, |scene| {
        answered(
            publish(&mut scene.operator, &shipped_with(CARS, APPEALS)),
            200,
        );
        set_aside(scene, "14000", 200);
        let body = car();
        let id = scene.file(&body)["id"].as_str().unwrap().to_owned();
        scene.send_papers(&id);
        rejected(scene, &id);
        contest(scene, &id);
        assert_eq!(scene.file(&body)["state"], "reserved");
        scene.check_books();
        // Not even a won appeal takes it from who has it now.
        assert_eq!(code(&win(scene, &id)), (422, "claim_ineligible".into()));
        assert_eq!(lose(scene, &id)["state"], "rejected");
    });
}

#[test]
fn verify_finds_what_an_appeal_gave_back() {
    for backend in Backend::ALL {
        let mut scene = Scene::new(backend, "28000", None);
        answered(
            publish(&mut scene.operator, &shipped_with(CARS, APPEALS)),
            200,
        );
        contested_end(&mut scene);
        scene.check_books();
        scene.database.execute(
            "DELETE FROM claim_keys WHERE claim_id IN \
             (SELECT id FROM claims WHERE state = 'appealed')",
        );
        let found = scene.database.output(&["verify"]);
        assert_eq!(found.status.code(), Some(1));
        let said = String::from_utf8_lossy(&found.stderr).into_owned();
        assert!(said.contains("does not hold its key"), "{said}");
    }
}
