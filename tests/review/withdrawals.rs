//! Claims that their dealers take back, and withdrawals that they take back.

use serde_json::{Value, json};

use super::scene::{
    POOL, Scene, act, award_for, car, code, error_codes, finding, giving_back, id_of, on_both, seen,
};
use crate::support::Backend;
use crate::support::claims::{claim, with};

/// Half an hour and a second, in microseconds.
const TOO_LONG: i64 = (30 * 60 + 1) * 1_000_000;

#[test]
fn a_withdrawal_that_is_taken_back_in_time_changes_nothing() {
    on_both("100000", |scene| {
        let body = car(80_000);
        let filed = scene.file_claim(&body);
        let id = id_of(&filed);
        seen(scene.dealer_acts(&id, "withdraw", None));
        assert_eq!(scene.sums()[0], "100000.00");
        let (claim, _) = seen(scene.dealer_acts(&id, "undo-withdrawal", None));
        for field in ["state", "amount", "position", "number"] {
            assert_eq!(claim[field], filed[field], "{field}");
        }
        assert_eq!(claim["due"].as_array().unwrap().len(), 3);
        assert!(claim["deadline"].is_string());
        // What it names is taken again.
        assert_eq!(scene.file_claim(&body)["state"], "refused");
        // From review it goes back to review, with its papers.
        scene.send_papers(&id);
        seen(scene.dealer_acts(&id, "withdraw", None));
        let (claim, _) = seen(scene.dealer_acts(&id, "undo-withdrawal", None));
        assert_eq!(
            (&claim["state"], &claim["due"]),
            (&json!("in_review"), &json!([]))
        );
        let twice = scene.dealer_acts(&id, "undo-withdrawal", None);
        assert_eq!(code(&twice), (409, "wrong_state".into()));
    });
}

/// What a claim is again after a withdrawal that is taken back.
fn withdrawn_and_back(scene: &mut Scene, id: &str) -> (Value, Value) {
    let before = scene.look(id).0;
    let (claim, _) = seen(scene.dealer_acts(id, "withdraw", None));
    let told = (&claim["state"], &claim["deadline"], &claim["findings"]);
    assert_eq!(told, (&json!("withdrawn"), &Value::Null, &json!([])));
    (
        before,
        seen(scene.dealer_acts(id, "undo-withdrawal", None)).0,
    )
}

/// A day, in microseconds.
const DAY: i64 = 86_400 * 1_000_000;

#[test]
fn a_claim_comes_back_with_the_days_that_it_had() {
    on_both("100000", |scene| {
        let id = id_of(&scene.file());
        // As if it had been filed the day before.
        let shift = |days: i64| {
            format!(
                "held_us = held_us + {0}, deadline_us = deadline_us + {0}",
                days
            )
        };
        scene.set_claim(&id, &shift(-DAY));
        let (before, after) = withdrawn_and_back(scene, &id);
        for field in ["state", "deadline", "due", "position"] {
            assert_eq!(after[field], before[field], "{field}");
        }
        scene.set_claim(&id, &shift(DAY));
    });
}

#[test]
fn a_claim_whose_time_ran_out_meanwhile_does_not_come_back() {
    on_both("100000", |scene| {
        let id = id_of(&scene.file());
        seen(scene.dealer_acts(&id, "withdraw", None));
        let shift = |days: i64| {
            format!(
                "UPDATE withdrawn_claims SET deadline_us = deadline_us + {}",
                days * DAY
            )
        };
        scene.database.execute(&shift(-400));
        let late = scene.dealer_acts(&id, "undo-withdrawal", None);
        assert_eq!(code(&late), (409, "deadline_passed".into()));
        // Nothing lapses: it stays withdrawn.
        assert_eq!(
            late.json()["detail"],
            "办理期限已过，不能再办理此操作。",
            "{late:?}"
        );
        assert_eq!(scene.state(&id), "withdrawn");
        // Its withdrawal committed to the deadline.
        let found = scene.database.output(&["verify"]);
        assert_eq!(found.status.code(), Some(1));
        scene.database.execute(&shift(400));
        seen(scene.dealer_acts(&id, "undo-withdrawal", None));
    });
}

#[test]
fn a_claim_that_was_given_back_comes_back_as_that() {
    on_both("100000", |scene| {
        let body = car(80_000);
        let id = id_of(&scene.file_claim(&body));
        scene.send_papers(&id);
        for _ in 0..2 {
            seen(scene.reviewer_acts(&id, "return", Some(&giving_back())));
            let (before, after) = withdrawn_and_back(scene, &id);
            assert_eq!(after["state"], "returned");
            assert_eq!(after["findings"], json!([finding()]));
            assert_eq!(after["deadline"], before["deadline"]);
            seen(scene.dealer_acts(&id, "correction", Some(&body)));
        }
        let third = scene.reviewer_acts(&id, "return", Some(&giving_back()));
        assert_eq!(code(&third), (409, "rounds_exhausted".into()));
        // What a reviewer thought of it, he thought of a claim that stood.
        for (verb, body) in [("recommend", None), ("reject", Some(finding()))] {
            seen(scene.reviewer_acts(&id, verb, body.as_ref()));
            let (_, after) = withdrawn_and_back(scene, &id);
            assert_eq!(after["state"], "in_review", "{verb}");
        }
        seen(scene.reviewer_acts(&id, "recommend", None));
        seen(scene.approver_acts(&id, "approve", None));
    });
}

#[test]
fn a_withdrawal_is_not_taken_back_past_an_award_that_came_meanwhile() {
    on_both("100000", |scene| {
        let (cleared, hit) = (car(80_000), car(80_000));
        let ids = [&cleared, &hit].map(|body| id_of(&scene.file_claim(body)));
        // What people looked at while it stood, they need not look at again.
        assert_eq!(scene.import_awards(&[award_for(&cleared)]), 1);
        scene.clear_award(&ids[0]);
        let (_, after) = withdrawn_and_back(scene, &ids[0]);
        assert_eq!(after["state"], "reserved");
        // No import looks at what is withdrawn, so its return does.
        seen(scene.dealer_acts(&ids[1], "withdraw", None));
        assert_eq!(scene.import_awards(&[award_for(&hit)]), 0);
        let refused = scene.dealer_acts(&ids[1], "undo-withdrawal", None);
        assert_eq!(code(&refused), (422, "claim_ineligible".into()));
        assert_eq!(error_codes(&refused), ["already_had_replacement"]);
    });
}

#[test]
fn a_place_in_line_is_kept_for_who_comes_back() {
    on_both("14000", |scene| {
        scene.file_claim(&car(150_000));
        let first = id_of(&scene.file_claim(&car(80_000)));
        let second = id_of(&scene.file_claim(&car(80_000)));
        seen(scene.dealer_acts(&first, "withdraw", None));
        let (claim, _) = seen(scene.dealer_acts(&first, "undo-withdrawal", None));
        assert_eq!(
            (
                &claim["state"],
                &claim["position"],
                &claim["waiting_before"]
            ),
            (&json!("waiting"), &json!(2), &json!(0))
        );
        assert_eq!(scene.look(&second).0["waiting_before"], 1);
    });
}

#[test]
fn money_that_was_given_on_does_not_come_back() {
    on_both("14000", |scene| {
        let id = id_of(&scene.file_claim(&car(150_000)));
        let waits = id_of(&scene.file_claim(&car(80_000)));
        seen(scene.dealer_acts(&id, "withdraw", None));
        assert_eq!(scene.state(&waits), "reserved");
        let refused = scene.dealer_acts(&id, "undo-withdrawal", None);
        assert_eq!(code(&refused), (409, "undo_too_late".into()));
        // Not even when the money is there again: somebody was served in between.
        seen(scene.dealer_acts(&waits, "withdraw", None));
        assert_eq!(scene.sums()[0], "14000.00");
        let refused = scene.dealer_acts(&id, "undo-withdrawal", None);
        assert_eq!(code(&refused), (409, "undo_too_late".into()));
    });
}

#[test]
fn what_somebody_else_claimed_meanwhile_is_his() {
    on_both("100000", |scene| {
        let body = car(80_000);
        for pointer in ["/old_item/vin", "/new_item/vin", "/invoice/number"] {
            let mine = with(car(80_000), pointer, body.pointer(pointer).unwrap().clone());
            let theirs = with(car(80_000), pointer, body.pointer(pointer).unwrap().clone());
            let id = id_of(&scene.file_claim(&mine));
            seen(scene.dealer_acts(&id, "withdraw", None));
            let taken = scene.file_claim(&theirs);
            assert_eq!(taken["state"], "reserved");
            let refused = scene.dealer_acts(&id, "undo-withdrawal", None);
            assert_eq!(
                code(&refused),
                (409, "claimed_elsewhere".into()),
                "{pointer}"
            );
            // Once it is free again, in time, it may be had again.
            seen(scene.dealer_acts(&id_of(&taken), "withdraw", None));
            seen(scene.dealer_acts(&id, "undo-withdrawal", None));
            seen(scene.dealer_acts(&id, "withdraw", None));
        }
    });
}

#[test]
fn after_half_an_hour_it_is_too_late() {
    on_both("100000", |scene| {
        let id = id_of(&scene.file_claim(&car(80_000)));
        seen(scene.dealer_acts(&id, "withdraw", None));
        scene.set_claim(&id, &format!("changed_us = changed_us - {TOO_LONG}"));
        let refused = scene.dealer_acts(&id, "undo-withdrawal", None);
        assert_eq!(code(&refused), (409, "undo_too_late".into()));
        scene.set_claim(&id, &format!("changed_us = changed_us + {TOO_LONG}"));
        seen(scene.dealer_acts(&id, "undo-withdrawal", None));
    });
}

#[test]
fn from_approval_on_a_claim_is_not_withdrawn() {
    on_both("100000", |scene: &mut Scene| {
        let id = scene.approved();
        let refused = scene.dealer_acts(&id, "withdraw", None);
        assert_eq!(code(&refused), (409, "wrong_state".into()));
        let proposed = scene.in_review();
        seen(scene.reviewer_acts(&proposed, "recommend", None));
        let tag = scene.look(&proposed).1;
        let stale = act(&mut scene.dealer, &proposed, "withdraw", "\"1\"", None);
        assert_eq!(code(&stale), (412, "version_stale".into()));
        let (claim, _) = seen(act(&mut scene.dealer, &proposed, "withdraw", &tag, None));
        assert_eq!(
            (&claim["state"], &claim["deadline"]),
            (&json!("withdrawn"), &Value::Null)
        );
    });
}

/// Household goods, of which a person may have three air conditioners.
const GOODS: &str = "national-appliance-2025";

#[test]
fn of_several_places_of_one_person_each_comes_back() {
    for backend in Backend::ALL {
        let mut scene = Scene::with(backend, "100000", &[GOODS]);
        let buyer = claim(GOODS)["consumer"].clone();
        let ids = [1, 2, 3].map(|_| {
            let body = with(claim(GOODS), "/consumer", buyer.clone());
            let body = with(body, "/invoice/buyer_id_number", buyer["id_number"].clone());
            let filed =
                scene.file_claim(&with(body, "/new_item/category", json!("air_conditioner")));
            assert_eq!(filed["state"], "reserved");
            id_of(&filed)
        });
        for id in &ids {
            seen(scene.dealer_acts(id, "withdraw", None));
        }
        // The last first: the places before it are free.
        for id in ids.iter().rev() {
            let (claim, _) = seen(scene.dealer_acts(id, "undo-withdrawal", None));
            assert_eq!(claim["state"], "reserved");
        }
        scene.check_books();
    }
}

#[test]
fn what_an_appeal_overruled_stays_overruled() {
    for backend in Backend::ALL {
        let file = format!(
            "{}/config/programmes/{GOODS}.toml",
            env!("CARGO_MANIFEST_DIR")
        );
        let appeals =
            "\n[appeals]\ndays = 15\nbasis = { document = \"bureau\", clause = \"异议\" }\n";
        let pack = std::fs::read_to_string(file).unwrap() + appeals;
        let mut scene = Scene::with_pack(backend, "100000", GOODS, &pack);
        let body = with(claim(GOODS), "/invoice/paid", json!("1.00"));
        let refused = scene.file_claim(&body);
        assert_eq!(refused["reasons"][0]["code"], "paid_mismatch");
        let id = id_of(&refused);
        let money = json!({ "amount": "2000.00", "reference": "示范区财〔2025〕1号" });
        let path = format!("/v1/pools/{POOL}/set-aside");
        assert_eq!(scene.operator.post(&path, &money).status, 200);
        seen(scene.dealer_acts(&id, "appeal", Some(&json!({ "message": "有收据" }))));
        let mut won = finding();
        won["decision"] = json!("won");
        let (before, _) = seen(scene.approver_acts(&id, "appeal/decision", Some(&won)));
        seen(scene.dealer_acts(&id, "withdraw", None));
        let (after, _) = seen(scene.dealer_acts(&id, "undo-withdrawal", None));
        assert_eq!(
            (&after["state"], &after["amount"]),
            (&json!("in_review"), &before["amount"])
        );
        // Nor does it stand in the way of a correction, while other faults do.
        seen(scene.reviewer_acts(&id, "return", Some(&giving_back())));
        let old = with(body.clone(), "/invoice/date", json!("2024-12-31"));
        let refused = scene.dealer_acts(&id, "correction", Some(&old));
        assert_eq!(code(&refused), (422, "claim_ineligible".into()));
        assert!(!error_codes(&refused).contains(&"paid_mismatch".to_owned()));
        let (corrected, _) = seen(scene.dealer_acts(&id, "correction", Some(&body)));
        assert_eq!(corrected["state"], "in_review");
        scene.check_books();
    }
}
