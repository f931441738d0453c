//! A refusal that was wrong is paid from what was set aside.

use serde_json::{Value, json};

use super::scene::{
    APPEALS, CARS, POOL, Scene, act, answered, approve, code, on_both, on_pool, publish,
    shipped_with, sum,
};
use crate::support::{Client, Response};

/// A claim that a reviewer and an approver rejected, and the dealer contests.
fn contested(scene: &mut Scene) -> String {
    let id = scene.in_review();
    let ground = json!({
        "code": "papers_unclear", "field": "/old_item/vin", "message": "材料看不清",
    });
    let tag = scene.tag(&id);
    answered(
        act(&mut scene.reviewer, &id, "reject", &tag, Some(&ground)),
        200,
    );
    let tag = scene.tag(&id);
    answered(act(&mut scene.approver, &id, "reject", &tag, None), 200);
    let (tag, words) = (scene.tag(&id), json!({ "message": "材料清楚" }));
    let contested = act(&mut scene.dealer, &id, "appeal", &tag, Some(&words));
    assert_eq!(answered(contested, 200)["state"], "appealed");
    id
}

fn win(scene: &mut Scene, id: &str) -> Response {
    decide(scene, id, |scene| &mut scene.second_approver)
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
