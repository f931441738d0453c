//! Claims that the bureau ends: rejected by two persons, or voided.

use serde_json::{Value, json};

use super::scene::{Scene, act, car, code, finding, id_of, on_both, seen};
use crate::support::claims::with;

#[test]
fn two_persons_reject_a_claim_on_one_ground() {
    on_both("14000", |scene| {
        let id = id_of(&scene.file_claim(&car(150_000)));
        let waits = id_of(&scene.file_claim(&car(80_000)));
        scene.send_papers(&id);
        // A ground must be named.
        let bare = scene.reviewer_acts(&id, "reject", None);
        assert_eq!(code(&bare), (422, "body_malformed".into()));
        let (claim, tag) = seen(scene.reviewer_acts(&id, "reject", Some(&finding())));
        assert_eq!(claim["state"], "rejection_proposed");
        assert_eq!(claim["findings"], json!([finding()]));
        assert_eq!(scene.sums()[1], "14000.00", "nothing is decided yet");
        let mut same = scene.staff("reviewer", "approver");
        for verb in ["reject", "reopen"] {
            let alone = act(&mut same, &id, verb, &tag, None);
            assert_eq!(
                code(&alone),
                (403, "second_person_required".into()),
                "{verb}"
            );
        }
        // Who agrees with another ground has not read the one that was given.
        let other = with(finding(), "/code", json!("vin_unreadable"));
        let strange = act(&mut scene.approver, &id, "reject", &tag, Some(&other));
        assert_eq!(code(&strange), (412, "version_stale".into()));
        let (claim, _) = seen(act(
            &mut scene.approver,
            &id,
            "reject",
            &tag,
            Some(&finding()),
        ));
        assert_eq!(claim["state"], "rejected");
        assert_eq!(scene.look(&id).0["findings"], json!([finding()]));
        assert_eq!(scene.state(&waits), "reserved");
        assert_eq!(scene.sums(), ["4000.00", "10000.00", "0.00", "0.00"]);
    });
}

#[test]
fn what_was_rejected_may_be_claimed_again() {
    on_both("100000", |scene| {
        let body = car(80_000);
        let id = id_of(&scene.file_claim(&body));
        scene.send_papers(&id);
        seen(scene.reviewer_acts(&id, "reject", Some(&finding())));
        seen(scene.approver_acts(&id, "reject", None));
        assert_eq!(scene.file_claim(&body)["state"], "reserved");
        let again = scene.approver_acts(&id, "reject", None);
        assert_eq!(code(&again), (409, "wrong_state".into()));
    });
}

#[test]
fn a_second_person_who_does_not_agree_sends_it_back_to_review() {
    on_both("100000", |scene| {
        let id = scene.in_review();
        let sums = scene.sums();
        seen(scene.reviewer_acts(&id, "reject", Some(&finding())));
        let (claim, _) = seen(scene.approver_acts(&id, "reopen", None));
        assert_eq!(
            (&claim["state"], &claim["findings"]),
            (&json!("in_review"), &json!([]))
        );
        seen(scene.reviewer_acts(&id, "recommend", None));
        let (claim, _) = seen(scene.approver_acts(&id, "reopen", None));
        assert_eq!(claim["state"], "in_review");
        assert_eq!(scene.sums(), sums);
        seen(scene.reviewer_acts(&id, "recommend", None));
        seen(scene.approver_acts(&id, "approve", None));
        let late = scene.approver_acts(&id, "reopen", None);
        assert_eq!(code(&late), (409, "wrong_state".into()));
    });
}

#[test]
fn what_a_voided_claim_named_stays_taken() {
    on_both("14000", |scene| {
        let body = car(150_000);
        let id = id_of(&scene.file_claim(&body));
        let waits = id_of(&scene.file_claim(&car(80_000)));
        let bare = scene.approver_acts(&id, "void", None);
        assert_eq!(bare.status, 415, "{}", bare.text());
        let (claim, _) = seen(scene.approver_acts(&id, "void", Some(&finding())));
        assert_eq!(claim["state"], "voided");
        assert_eq!(scene.look(&id).0["findings"], json!([finding()]));
        assert_eq!(scene.state(&waits), "reserved");
        assert_eq!(scene.sums(), ["4000.00", "10000.00", "0.00", "0.00"]);
        // Neither the same claim, nor another with one of its vehicles.
        let again = scene.file_claim(&body);
        assert_eq!(again["state"], "refused");
        for vin in ["/old_item/vin", "/new_item/vin"] {
            let other = with(car(80_000), vin, body.pointer(vin).unwrap().clone());
            let refused = scene.file_claim(&other);
            assert_eq!(
                refused["reasons"][0]["code"], "asset_already_claimed",
                "{vin}"
            );
        }
        let twice = scene.approver_acts(&id, "void", Some(&finding()));
        assert_eq!(code(&twice), (409, "wrong_state".into()));
    });
}

#[test]
fn who_approved_a_claim_does_not_void_it_alone() {
    on_both("100000", |scene| {
        let id = scene.approved();
        let amount = scene.look(&id).0["amount"].as_str().unwrap().to_owned();
        assert_eq!(scene.sums()[2], amount);
        let alone = scene.approver_acts(&id, "void", Some(&finding()));
        assert_eq!(code(&alone), (403, "second_person_required".into()));
        let mut second = scene.staff("approver-2", "approver");
        let tag = scene.look(&id).1;
        seen(act(&mut second, &id, "void", &tag, Some(&finding())));
        assert_eq!(scene.sums()[2], "0.00");
        // A claim that is on its way to the bank is not voided.
        let paying = scene.approved();
        scene.pay_out(10);
        let tag = scene.look(&paying).1;
        let late = act(&mut second, &paying, "void", &tag, Some(&finding()));
        assert_eq!(code(&late), (409, "wrong_state".into()));
    });
}

#[test]
fn no_state_lets_the_wrong_role_act() {
    on_both("100000", |scene: &mut Scene| {
        let id = scene.in_review();
        let tag = scene.look(&id).1;
        let body = finding();
        let ground: Option<&Value> = Some(&body);
        for (verb, body) in [("recommend", None), ("return", ground), ("approve", None)] {
            for who in [&mut scene.dealer, &mut scene.auditor, &mut scene.finance] {
                let refused = act(who, &id, verb, &tag, body);
                assert_eq!(code(&refused), (403, "role_not_allowed".into()), "{verb}");
            }
        }
        let refused = act(&mut scene.reviewer, &id, "void", &tag, ground);
        assert_eq!(code(&refused), (403, "role_not_allowed".into()));
        let refused = act(&mut scene.approver, &id, "approve", &tag, None);
        assert_eq!(code(&refused), (409, "wrong_state".into()));
    });
}
