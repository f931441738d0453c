//! The desks of reviewers: who gets which claim, and when.

use serde_json::Value;

use super::scene::{Scene, act, car, code, finding, giving_back, id_of, on_both, seen};
use crate::support::Client;

/// The id of the next claim for a reviewer; none when none waits.
fn next(client: &mut Client) -> Option<String> {
    let answer = client.call("POST", "/v1/review/next", &[], b"");
    match answer.status {
        204 => None,
        200 => Some(id_of(&answer.json())),
        _ => panic!("{}", answer.text()),
    }
}

#[test]
fn a_claim_lies_on_one_desk() {
    on_both("100000", |scene| {
        let mut second = scene.staff("reviewer-2", "reviewer");
        let (first, other) = (scene.in_review(), scene.in_review());
        assert_eq!(next(&mut scene.reviewer).as_ref(), Some(&first));
        assert_eq!(next(&mut second).as_ref(), Some(&other));
        // Asking again gives the same, as long as it lies there.
        assert_eq!(next(&mut scene.reviewer).as_ref(), Some(&first));
        assert_eq!(next(&mut second).as_ref(), Some(&other));
        let tag = scene.look(&first).1;
        for (verb, body) in [
            ("recommend", None),
            ("return", Some(giving_back())),
            ("reject", Some(finding())),
        ] {
            let taken = act(&mut second, &first, verb, &tag, body.as_ref());
            assert_eq!(code(&taken), (409, "leased_elsewhere".into()), "{verb}");
        }
        seen(act(&mut scene.reviewer, &first, "recommend", &tag, None));
        assert_eq!(next(&mut scene.reviewer), None);
        // The dealer does not see whose desk it is.
        assert_eq!(scene.look(&other).0["lease_until"], Value::Null);
    });
}

#[test]
fn a_lease_ends() {
    on_both("100000", |scene| {
        let mut second = scene.staff("reviewer-2", "reviewer");
        let id = scene.in_review();
        assert_eq!(next(&mut scene.reviewer).as_ref(), Some(&id));
        assert_eq!(next(&mut second), None);
        scene.set_claim(&id, "lease_until_us = 1");
        assert_eq!(next(&mut second).as_ref(), Some(&id));
        assert_eq!(next(&mut scene.reviewer), None);
        let late = scene.reviewer_acts(&id, "recommend", None);
        assert_eq!(code(&late), (409, "leased_elsewhere".into()));
        // Nobody has it any more: whoever read it may decide, as its version allows.
        scene.set_claim(&id, "lease_until_us = 1");
        seen(scene.reviewer_acts(&id, "recommend", None));
    });
}

#[test]
fn the_oldest_comes_first_and_a_corrected_claim_keeps_its_place() {
    on_both("100000", |scene| {
        let bodies = [car(80_000), car(80_000), car(80_000)];
        let ids = bodies.each_ref().map(|body| id_of(&scene.file_claim(body)));
        // The order is that of complete papers, not of filing.
        for n in [2, 0, 1] {
            scene.send_papers(&ids[n]);
        }
        let (claim, tag) = seen(scene.reviewer.call("POST", "/v1/review/next", &[], b""));
        assert_eq!(claim["id"], ids[2]);
        seen(act(
            &mut scene.reviewer,
            &ids[2],
            "return",
            &tag,
            Some(&giving_back()),
        ));
        assert_eq!(next(&mut scene.reviewer).as_ref(), Some(&ids[0]));
        seen(scene.dealer_acts(&ids[2], "correction", Some(&bodies[2])));
        // Whoever is free gets it before the one that was complete after it.
        let mut second = scene.staff("reviewer-2", "reviewer");
        assert_eq!(next(&mut second).as_ref(), Some(&ids[2]));
        let mut third = scene.staff("reviewer-3", "reviewer");
        assert_eq!(next(&mut third).as_ref(), Some(&ids[1]));
        assert_eq!(next(&mut scene.staff("reviewer-4", "reviewer")), None);
    });
}

#[test]
fn a_flagged_claim_waits_apart_and_keeps_its_money() {
    on_both("100000", |scene: &mut Scene| {
        let (body, other) = (car(80_000), car(80_000));
        let flagged = id_of(&scene.file_claim(&body));
        let spared = id_of(&scene.file_claim(&other));
        scene.send_papers(&flagged);
        scene.send_papers(&spared);
        // It lies on a desk when the award comes to be known.
        assert_eq!(next(&mut scene.reviewer).as_ref(), Some(&flagged));
        let sums = scene.sums();
        assert_eq!(scene.import_awards(&[award("replacement", &body)]), 1);
        assert_eq!(scene.sums(), sums);
        assert_eq!(scene.state(&flagged), "in_review");
        let refused = scene.reviewer_acts(&flagged, "recommend", None);
        assert_eq!(code(&refused), (409, "kept_apart".into()));
        assert_eq!(next(&mut scene.reviewer).as_ref(), Some(&spared));
        seen(scene.reviewer_acts(&spared, "recommend", None));
        assert_eq!(next(&mut scene.reviewer), None);

        let why = serde_json::json!({ "why": "同名不同人，已与车管所核对" });
        let path = |flag: &str| format!("/v1/claims/{flagged}/flags/{flag}/clear");
        let unknown = scene.reviewer.post(&path("already_had_scrappage"), &why);
        assert_eq!(code(&unknown), (404, "no_such_object".into()));
        let cleared = scene.reviewer.post(&path("already_had_replacement"), &why);
        assert_eq!(seen(cleared).0["flags"], serde_json::json!([]));
        scene.set_claim(&flagged, "lease_until_us = 1");
        assert_eq!(next(&mut scene.reviewer).as_ref(), Some(&flagged));
        seen(scene.reviewer_acts(&flagged, "recommend", None));
    });
}

#[test]
fn a_claim_that_is_flagged_after_its_recommendation_is_not_approved() {
    on_both("100000", |scene: &mut Scene| {
        let body = car(80_000);
        let id = id_of(&scene.file_claim(&body));
        scene.send_papers(&id);
        seen(scene.reviewer_acts(&id, "recommend", None));
        // Two awards for one claim in one file: both are flagged.
        let awards = [award("replacement", &body), award("scrappage", &body)];
        assert_eq!(scene.import_awards(&awards), 2);
        let refused = scene.approver_acts(&id, "approve", None);
        assert_eq!(code(&refused), (409, "kept_apart".into()));
        for flag in ["already_had_replacement", "already_had_scrappage"] {
            let why = serde_json::json!({ "why": "已核对" });
            let path = format!("/v1/claims/{id}/flags/{flag}/clear");
            seen(scene.approver.post(&path, &why));
        }
        seen(scene.approver_acts(&id, "approve", None));
    });
}

/// A line of the register: this car drew that award.
fn award(kind: &str, claim: &Value) -> String {
    let vin = claim["new_item"]["vin"].as_str().unwrap();
    format!("{kind},419099199001010014,{vin},2025-03-03")
}
