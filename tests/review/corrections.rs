//! Claims that are given back, and what their dealers may correct.

use serde_json::{Value, json};

use super::scene::{
    POOL, Scene, act, award_for, car, code, error_codes, finding, giving_back, id_of, on_both, seen,
};
use crate::support::claims::{at_price, with};

/// A claim that was given back.
fn returned(scene: &mut Scene, body: &Value) -> String {
    let id = id_of(&scene.file_claim(body));
    scene.send_papers(&id);
    seen(scene.reviewer_acts(&id, "return", Some(&giving_back())));
    id
}

#[test]
fn the_dealer_is_told_what_to_correct() {
    on_both("100000", |scene| {
        let body = car(80_000);
        let filed = scene.file_claim(&body);
        let id = id_of(&filed);
        scene.send_papers(&id);
        let empty = json!({ "days": 7, "defects": [] });
        let bad = scene.reviewer_acts(&id, "return", Some(&empty));
        assert_eq!(code(&bad), (422, "body_malformed".into()));
        let sums = scene.sums();
        let (claim, _) = seen(scene.reviewer_acts(&id, "return", Some(&giving_back())));
        assert_eq!(claim["state"], "returned");
        let (claim, _) = scene.look(&id);
        assert_eq!(claim["findings"], json!([finding()]));
        assert_eq!(claim["position"], filed["position"]);
        assert_eq!(scene.sums(), sums, "its money is kept");
        // Days end at the end of a day in Beijing, and the pack allows seven.
        let deadline = claim["deadline"].as_str().unwrap();
        assert!(deadline.ends_with("T16:00:00Z"), "{deadline}");
        let (claim, _) = seen(scene.dealer_acts(&id, "correction", Some(&body)));
        assert_eq!(
            (&claim["state"], &claim["deadline"], &claim["findings"]),
            (&json!("in_review"), &Value::Null, &json!([]))
        );
    });
}

#[test]
fn a_claim_is_given_back_as_often_as_its_pack_allows() {
    on_both("100000", |scene| {
        let body = car(80_000);
        let id = returned(scene, &body);
        seen(scene.dealer_acts(&id, "correction", Some(&body)));
        seen(scene.reviewer_acts(&id, "return", Some(&giving_back())));
        seen(scene.dealer_acts(&id, "correction", Some(&body)));
        let third = scene.reviewer_acts(&id, "return", Some(&giving_back()));
        assert_eq!(code(&third), (409, "rounds_exhausted".into()));
        seen(scene.reviewer_acts(&id, "recommend", None));
    });
}

#[test]
fn what_a_corrected_claim_does_not_need_goes_to_the_head_of_the_line() {
    // Two claims of 14,000 leave 6,000: too little for the 10,000 of the next.
    on_both("34000", |scene| {
        let body = car(150_000);
        let id = returned(scene, &body);
        scene.file_claim(&car(150_000));
        let head = scene.file_claim(&car(80_000));
        let behind = scene.file_claim(&car(80_000));
        assert_eq!(
            (&head["state"], &behind["state"]),
            (&json!("waiting"), &json!("waiting"))
        );
        let lower = at_price(body, "80000.00");
        let (claim, _) = seen(scene.dealer_acts(&id, "correction", Some(&lower)));
        assert_eq!(
            (&claim["state"], &claim["amount"]),
            (&json!("in_review"), &json!("10000.00"))
        );
        assert_eq!(scene.state(&id_of(&head)), "reserved");
        assert_eq!(scene.state(&id_of(&behind)), "waiting");
        assert_eq!(scene.sums(), ["0.00", "34000.00", "0.00", "0.00"]);
        // One transaction: nobody could come in between.
        let entries = scene.last_entries(2);
        let told = |n: usize| (entries[n].0.as_str(), entries[n].1.as_str());
        assert_eq!(told(0), ("corrected", "4000.00"));
        assert_eq!(told(1), ("promoted", "10000.00"));
        assert_eq!(entries[0].2, entries[1].2);
    });
}

#[test]
fn a_correction_draws_no_more_than_what_is_held() {
    on_both("100000", |scene| {
        let body = car(150_000);
        let id = returned(scene, &body);
        let before = scene.look(&id);
        let higher = at_price(body.clone(), "210000.00");
        let refused = scene.dealer_acts(&id, "correction", Some(&higher));
        assert_eq!(code(&refused), (422, "amount_above_hold".into()));
        // Another programme's claim is another claim.
        let other = with(body.clone(), "/programme", json!("national-digital-2025"));
        let refused = scene.dealer_acts(&id, "correction", Some(&other));
        assert_eq!(code(&refused), (422, "claim_malformed".into()));
        let broken = with(body.clone(), "/new_item/vin", json!("LSVAA4AO5E0000001"));
        let refused = scene.dealer_acts(&id, "correction", Some(&broken));
        assert_eq!(code(&refused), (422, "claim_malformed".into()));
        let opened = with(body, "/invoice", Value::Null);
        let refused = scene.dealer_acts(&id, "correction", Some(&opened));
        assert_eq!(code(&refused), (409, "invoice_missing".into()));
        assert_eq!(
            scene.look(&id),
            before,
            "a refused correction changes nothing"
        );
    });
}

#[test]
fn a_correction_names_nothing_that_another_claim_names() {
    on_both("100000", |scene| {
        let (body, theirs) = (car(80_000), car(80_000));
        scene.file_claim(&theirs);
        let id = returned(scene, &body);
        for (pointer, reason) in [
            ("/new_item/vin", "asset_already_claimed"),
            ("/old_item/vin", "asset_already_claimed"),
            ("/invoice/number", "invoice_already_claimed"),
        ] {
            let same = with(
                body.clone(),
                pointer,
                theirs.pointer(pointer).unwrap().clone(),
            );
            let refused = scene.dealer_acts(&id, "correction", Some(&same));
            assert_eq!(
                code(&refused),
                (422, "claim_ineligible".into()),
                "{pointer}"
            );
            assert_eq!(error_codes(&refused), [reason]);
            assert_eq!(refused.json()["errors"][0]["field"], pointer);
        }
        // What the rules refuse is refused here as well.
        let early = with(body, "/invoice/date", json!("2024-12-31"));
        let refused = scene.dealer_acts(&id, "correction", Some(&early));
        assert_eq!(code(&refused), (422, "claim_ineligible".into()));
        assert_eq!(error_codes(&refused), ["invoice_outside_window"]);
    });
}

#[test]
fn a_corrected_claim_names_what_it_says_now() {
    on_both("100000", |scene| {
        let (body, fresh) = (car(80_000), car(80_000));
        let id = returned(scene, &body);
        let (old, new) = ("/old_item/vin", fresh.pointer("/old_item/vin").unwrap());
        let corrected = with(body.clone(), old, new.clone());
        seen(scene.dealer_acts(&id, "correction", Some(&corrected)));
        // The vehicle that it named by mistake is another's to give up.
        let theirs = with(car(80_000), old, body.pointer(old).unwrap().clone());
        assert_eq!(scene.file_claim(&theirs)["state"], "reserved");
        // The one that it names now is not.
        let late = scene.file_claim(&with(car(80_000), old, new.clone()));
        assert_eq!(late["state"], "refused");
        assert_eq!(late["reasons"][0]["code"], "asset_already_claimed");
        // Neither is what it named all along.
        let vin = body.pointer("/new_item/vin").unwrap();
        let late = scene.file_claim(&with(car(80_000), "/new_item/vin", vin.clone()));
        assert_eq!(late["reasons"][0]["code"], "asset_already_claimed");
    });
}

#[test]
fn a_correction_asks_the_register_only_for_what_it_names_anew() {
    on_both("100000", |scene| {
        let (body, fresh, listed) = (car(80_000), car(80_000), car(80_000));
        let id = returned(scene, &body);
        let awards = [&body, &listed].map(award_for);
        assert_eq!(scene.import_awards(&awards), 1);
        scene.clear_award(&id);
        // Nobody has looked at the award for this vehicle.
        let vin = "/new_item/vin";
        let other = with(body.clone(), vin, listed.pointer(vin).unwrap().clone());
        let refused = scene.dealer_acts(&id, "correction", Some(&other));
        assert_eq!(code(&refused), (422, "claim_ineligible".into()));
        assert_eq!(error_codes(&refused), ["already_had_replacement"]);
        assert_eq!(refused.json()["errors"][0]["field"], vin);
        // At the one for the vehicle that it named all along, somebody has.
        let old = "/old_item/vin";
        let corrected = with(body, old, fresh.pointer(old).unwrap().clone());
        let (claim, _) = seen(scene.dealer_acts(&id, "correction", Some(&corrected)));
        assert_eq!(claim["state"], "in_review");
        assert_eq!(scene.flags(&id), json!([]));
    });
}

#[test]
fn a_late_correction_is_refused_and_the_claim_lapses() {
    on_both("14000", |scene| {
        let body = car(150_000);
        let id = returned(scene, &body);
        let waits = id_of(&scene.file_claim(&car(80_000)));
        let tag = scene.look(&id).1;
        scene.set_claim(&id, "deadline_us = 1");
        let late = act(&mut scene.dealer, &id, "correction", &tag, Some(&body));
        // The service ends it within a second; either it has or it has not.
        let (status, why) = code(&late);
        assert!(
            matches!(
                (status, why.as_str()),
                (409, "deadline_passed") | (412, "version_stale")
            ),
            "{status} {why}"
        );
        scene.wait_until(&id, "lapsed");
        assert_eq!(scene.state(&waits), "reserved");
        assert_eq!(scene.sums(), ["4000.00", "10000.00", "0.00", "0.00"]);
        let again = scene.dealer_acts(&id, "correction", Some(&body));
        assert_eq!(code(&again), (409, "wrong_state".into()));
        let public = scene
            .auditor
            .get(&format!("/v1/public/pools/{POOL}"))
            .json();
        assert_eq!(public["waiting"], 0);
    });
}
