//! A sealed batch is discarded: nothing leaves, and its claims stand as before they were sealed.

use serde_json::{Value, json};

use super::scene::{POOL, Scene, car, code, id_of, on_both, payments, seen};
use crate::support::Response;

/// Seals what can be paid; the address of the batch and the answer.
fn seal(scene: &mut Scene) -> (String, Value) {
    let body = json!({ "pool": POOL, "limit": 10 });
    let sealed = scene.finance.post("/v1/payout-batches", &body);
    assert_eq!(sealed.status, 201, "{}", sealed.text());
    let batch = sealed.json();
    let path = format!("/v1/payout-batches/{}", batch["id"].as_str().unwrap());
    (path, batch)
}

fn discard(scene: &mut Scene, path: &str) -> Response {
    let path = format!("{path}/discard");
    scene.finance.call("POST", &path, &[], b"")
}

fn release(scene: &mut Scene, path: &str) -> Response {
    let path = format!("{path}/release");
    scene.second_finance.call("POST", &path, &[], b"")
}

/// A new-energy car that is approved.
fn approved_car(scene: &mut Scene, yuan: u32) -> String {
    let id = id_of(&scene.file_claim(&car(yuan)));
    scene.approve(&id);
    id
}

fn flag(scene: &mut Scene, id: &str) {
    let body = json!({ "code": "dealer_under_inquiry", "why": "商户被举报" });
    seen(
        scene
            .reviewer
            .post(&format!("/v1/claims/{id}/flags"), &body),
    );
}

#[test]
fn a_discarded_batch_gives_its_claims_back_and_uses_no_name_again() {
    on_both("100000", |scene| {
        let ids = [80_000, 150_000].map(|yuan| approved_car(scene, yuan));
        let before = ids.each_ref().map(|id| scene.look(id).0);
        let sums = scene.sums();
        let (path, sealed) = seal(scene);
        // The sealer himself may: nothing leaves.
        let gone = discard(scene, &path);
        assert_eq!(gone.status, 200, "{}", gone.text());
        let gone = gone.json();
        let told = ["state", "hash", "total", "released_at"].map(|name| &gone[name]);
        let (hash, total) = (&sealed["hash"], &sealed["total"]);
        assert_eq!(told, [&json!("discarded"), hash, total, &Value::Null]);
        assert!(gone["discarded_at"].is_string());
        let seen_later = scene.auditor.get(&path).json();
        assert_eq!(seen_later, gone);
        for (id, before) in ids.iter().zip(&before) {
            let (claim, _) = scene.look(id);
            for same in ["state", "pay_by", "amount", "position", "payment"] {
                assert_eq!(claim[same], before[same], "{same}");
            }
        }
        assert_eq!(scene.sums(), sums, "the money stays committed");
        let kinds: Vec<String> = scene.last_entries(3).into_iter().map(|e| e.0).collect();
        let discards = ["batch_discarded", "payment_discarded", "payment_discarded"];
        assert_eq!(kinds, discards);
        // It ends once, and has no file.
        for again in [discard(scene, &path), release(scene, &path)] {
            assert_eq!(code(&again), (409, "already_discarded".into()));
        }
        let file = scene.finance.get(&format!("{path}/file?format=csv"));
        assert_eq!(code(&file), (409, "already_discarded".into()));

        let (batch, file) = scene.pay_out(10);
        assert_eq!((&batch["number"], &batch["lines"]), (&json!(2), &json!(2)));
        let names = payments(&file);
        assert!(names.iter().all(|name| name.ends_with("/2")), "{names:?}");
        // In the order of approval, as before.
        let first = before[0]["number"].as_str().unwrap();
        assert!(names[0].starts_with(first), "{names:?}");
        let released = format!("/v1/payout-batches/{}", batch["id"].as_str().unwrap());
        let late = discard(scene, &released);
        assert_eq!(code(&late), (409, "already_released".into()));
        let paid: Vec<String> = names.iter().map(|name| format!("{name},paid,")).collect();
        assert_eq!(scene.outcomes(&paid)["paid"], 2);
        // Its dealer was told, and has no statement of what was never sent.
        let told = scene.dealer.get("/v1/events?type=claim.payment_discarded");
        assert_eq!(told.json()["items"].as_array().unwrap().len(), 2);
        let statements = scene.dealer.get("/v1/dealer/statements").json();
        assert_eq!(statements["items"].as_array().unwrap().len(), 1);
    });
}

#[test]
fn what_the_bank_says_of_a_discarded_payment_is_left_to_people() {
    on_both("100000", |scene| {
        let id = scene.approved();
        let (path, _) = seal(scene);
        let number = scene.look(&id).0["number"].as_str().unwrap().to_owned();
        let line = format!("{number}/1,paid,");
        let sealed = scene.outcomes(std::slice::from_ref(&line));
        assert_eq!(
            (&sealed["unknown"], &sealed["conflicting"]),
            (&json!(1), &json!(0))
        );
        discard(scene, &path);
        let told = scene.outcomes(&[line]);
        assert_eq!(
            (&told["paid"], &told["conflicting"]),
            (&json!(0), &json!(1))
        );
        assert_eq!(told["conflicts"], json!([format!("{number}/1")]));
        assert_eq!(scene.state(&id), "approved");
        let body = json!({ "pool": POOL, "limit": 10 });
        let sealing = scene.finance.post("/v1/payout-batches", &body);
        assert_eq!(code(&sealing), (409, "nothing_to_pay".into()));
    });
}

#[test]
fn a_batch_with_a_flagged_claim_is_not_released_and_sealed_anew_without_it() {
    on_both("100000", |scene| {
        let ids = [80_000, 150_000].map(|yuan| approved_car(scene, yuan));
        let number = scene.look(&ids[1]).0["number"].clone();
        let (path, _) = seal(scene);
        flag(scene, &ids[1]);
        let sums = scene.sums();
        let entries = scene.last_entries(1);
        let refused = release(scene, &path);
        assert_eq!(code(&refused), (409, "kept_apart".into()));
        assert_eq!(refused.json()["at"], number);
        assert_eq!(scene.auditor.get(&path).json()["state"], "sealed");
        assert_eq!((scene.sums(), scene.last_entries(1)), (sums, entries));
        assert_eq!(discard(scene, &path).status, 200);
        let (_, file) = scene.pay_out(10);
        assert_eq!(payments(&file).len(), 1);
        assert_eq!(scene.state(&ids[0]), "paying");
        assert_eq!(scene.state(&ids[1]), "approved");
        let looked = json!({ "why": "已核实" });
        let clear = format!("/v1/claims/{}/flags/dealer_under_inquiry/clear", ids[1]);
        seen(scene.reviewer.post(&clear, &looked));
        assert_eq!(payments(&scene.pay_out(10).1).len(), 1);
    });
}

#[test]
fn goods_that_went_back_before_release_end_the_claim_with_its_batch() {
    on_both("100000", |scene| {
        let id = scene.approved();
        let (path, _) = seal(scene);
        let (claim, _) = seen(scene.dealer_acts(&id, "goods-returned", None));
        assert_eq!(claim["state"], "paying");
        assert_eq!(code(&release(scene, &path)), (409, "kept_apart".into()));
        assert_eq!(discard(scene, &path).status, 200);
        let bureau = scene.auditor.get(&format!("/v1/claims/{id}")).json();
        assert_eq!(
            (&bureau["state"], &bureau["flags"]),
            (&json!("goods_returned"), &json!([]))
        );
        assert_eq!(scene.sums(), ["100000.00", "0.00", "0.00", "0.00"]);
        let owed = scene.finance.get("/v1/receivables").json();
        assert_eq!(owed["items"], json!([]));
    });
}

#[test]
fn while_payout_is_stopped_a_batch_may_be_discarded_and_by_finance_alone() {
    on_both("100000", |scene| {
        let id = scene.approved();
        let (path, _) = seal(scene);
        let stop = json!({ "stage": "payout", "why": "稽核" });
        let stopped = scene
            .operator
            .post(&format!("/v1/pools/{POOL}/freeze"), &stop);
        assert_eq!(stopped.status, 200, "{}", stopped.text());
        assert_eq!(code(&release(scene, &path)), (409, "stage_stopped".into()));
        let others = scene
            .approver
            .call("POST", &format!("{path}/discard"), &[], b"");
        assert_eq!(code(&others), (403, "role_not_allowed".into()));
        let nowhere = "/v1/payout-batches/0199a7b0-2222-7222-8333-444455556666";
        assert_eq!(
            code(&discard(scene, nowhere)),
            (404, "no_such_object".into())
        );
        assert_eq!(discard(scene, &path).status, 200);
        assert_eq!(scene.state(&id), "approved");
    });
}

#[test]
fn a_payment_that_was_made_after_all_is_taken_once_the_next_attempt_is_discarded() {
    on_both("100000", |scene| {
        let id = scene.approved();
        let name = payments(&scene.pay_out(10).1)[0].clone();
        scene.outcomes(&[format!("{name},returned,AC04")]);
        let (path, _) = seal(scene);
        // The bank takes it back while the next attempt is sealed: the claim waits apart.
        let paid = [format!("{name},paid,")];
        assert_eq!(scene.outcomes(&paid)["conflicting"], 1);
        assert_eq!(code(&release(scene, &path)), (409, "kept_apart".into()));
        assert_eq!(discard(scene, &path).status, 200);
        // What was discarded was no attempt.
        assert_eq!(scene.outcomes(&paid)["paid"], 1);
        let (claim, _) = scene.look(&id);
        assert_eq!(
            (&claim["state"], &claim["payment"]["end_to_end_id"]),
            (&json!("paid"), &json!(name))
        );
        // What is owed back afterwards is owed by whom that attempt paid.
        seen(scene.dealer_acts(&id, "goods-returned", None));
        assert_eq!(scene.state(&id), "clawback_due");
    });
}
