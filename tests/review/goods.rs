//! Goods that go back, awards that come to be known late, and the money that is owed back.

use serde_json::{Value, json};

use super::scene::{
    CARS, POOL, Scene, act, car, code, error_codes, id_of, on_both, payments, seen,
};
use crate::support::Backend;
use crate::support::claims::{at_price, claim, with};

/// A programme of the next year that the same person may use: 8 % for a new-energy car, and a
/// place once used stays used.
const NEXT_YEAR: &str = "national-car-replacement-2026";

/// A claim of [`NEXT_YEAR`] for a new-energy car at a price in whole yuan.
fn next_car(yuan: u32) -> Value {
    let made = at_price(claim(NEXT_YEAR), &format!("{yuan}.00"));
    let plate = made["new_item"]["plate"].as_str().unwrap();
    let plate = format!("豫UD{}", &plate[plate.len() - 5..]);
    let made = with(made, "/new_item/fuel", json!("nev"));
    let made = with(made, "/new_item/engine_litres", Value::Null);
    with(made, "/new_item/plate", json!(plate))
}

/// The claim as the person of another one.
fn by_person_of(mut claim: Value, other: &Value) -> Value {
    let person = other.pointer("/consumer/id_number").unwrap();
    for pointer in [
        "/consumer/id_number",
        "/old_item/owner_id_number",
        "/old_item/disposal/seller_id_number",
        "/invoice/buyer_id_number",
    ] {
        claim = with(claim, pointer, person.clone());
    }
    claim
}

/// A test with both programmes in one pool, on both databases.
fn with_two_years(test: impl Fn(&mut Scene)) {
    for backend in Backend::ALL {
        let mut scene = Scene::with(backend, "100000", &[CARS, NEXT_YEAR]);
        test(&mut scene);
        scene.check_books();
    }
}

/// Approves a claim, pays it, and imports that it was paid; its id.
fn paid(scene: &mut Scene, body: &Value) -> String {
    let id = id_of(&scene.file_claim(body));
    scene.approve(&id);
    let names = payments(&scene.pay_out(10).1);
    let lines: Vec<String> = names.iter().map(|name| format!("{name},paid,")).collect();
    assert_eq!(scene.outcomes(&lines)["paid"], names.len());
    id
}

/// What is owed back, as finance sees it.
fn receivables(scene: &mut Scene) -> Vec<Value> {
    let page = scene.finance.get("/v1/receivables").json();
    page["items"].as_array().unwrap().clone()
}

/// Pays something in.
fn pay_in(scene: &mut Scene, owed: &Value, yuan: &str) -> (u16, Value) {
    pay_in_by(scene, owed, yuan, &format!("HD-2026-{yuan}"))
}

/// The same with the bank slip of a number.
fn pay_in_by(scene: &mut Scene, owed: &Value, yuan: &str, slip: &str) -> (u16, Value) {
    let path = format!("/v1/receivables/{}/paid-in", owed["id"].as_str().unwrap());
    let body = json!({ "amount": yuan, "reference": slip });
    let answer = scene.finance.post(&path, &body);
    (answer.status, answer.json())
}

/// A line of the register: somebody drew that award for the new car of a claim.
fn award(kind: &str, claim: &Value, day: &str) -> String {
    let vin = claim["new_item"]["vin"].as_str().unwrap();
    let person = claim["consumer"]["id_number"].as_str().unwrap();
    format!("{kind},{person},{vin},{day}")
}

#[test]
fn before_payment_the_claim_ends_and_its_money_is_free() {
    on_both("24000", |scene| {
        let (first, second) = (car(150_000), car(80_000));
        let ids = [&first, &second].map(|body| id_of(&scene.file_claim(body)));
        let waits = id_of(&scene.file_claim(&car(150_000)));
        scene.approve(&ids[0]);
        assert_eq!(scene.sums(), ["0.00", "10000.00", "14000.00", "0.00"]);
        let (claim, _) = seen(scene.dealer_acts(&ids[0], "goods-returned", None));
        assert_eq!(claim["state"], "goods_returned");
        assert_eq!(scene.state(&waits), "reserved");
        assert_eq!(scene.sums(), ["0.00", "24000.00", "0.00", "0.00"]);
        seen(scene.dealer_acts(&ids[1], "goods-returned", None));
        assert_eq!(scene.sums(), ["10000.00", "14000.00", "0.00", "0.00"]);
        // The pack says nothing of returns: the person and the cars may claim again.
        assert_eq!(scene.file_claim(&second)["state"], "reserved");
        let twice = scene.dealer_acts(&ids[1], "goods-returned", None);
        assert_eq!(code(&twice), (409, "wrong_state".into()));
    });
}

#[test]
fn a_place_that_stays_used_is_used_and_the_things_are_free() {
    with_two_years(|scene| {
        let body = next_car(100_000);
        let id = id_of(&scene.file_claim(&body));
        seen(scene.dealer_acts(&id, "goods-returned", None));
        let again = scene.file_claim(&by_person_of(next_car(100_000), &body));
        assert_eq!(again["state"], "refused");
        // The same car, bought by somebody else.
        let other = with(
            next_car(100_000),
            "/new_item/vin",
            body.pointer("/new_item/vin").unwrap().clone(),
        );
        assert_eq!(scene.file_claim(&other)["state"], "reserved");
    });
}

#[test]
fn while_a_payment_is_on_its_way_the_bank_decides_what_becomes_of_the_claim() {
    on_both("100000", |scene| {
        let [paid, back] = [car(80_000), car(150_000)].map(|body| {
            let id = id_of(&scene.file_claim(&body));
            scene.approve(&id);
            id
        });
        let names = payments(&scene.pay_out(10).1);
        for id in [&paid, &back] {
            let (claim, _) = seen(scene.dealer_acts(id, "goods-returned", None));
            assert_eq!(claim["state"], "paying");
            // Said twice, noted once.
            seen(scene.dealer_acts(id, "goods-returned", None));
        }
        // Nobody makes the engine forget it.
        let why = json!({ "why": "看错了" });
        let path = format!("/v1/claims/{paid}/flags/goods_returned/clear");
        let refused = scene.reviewer.post(&path, &why);
        assert_eq!(code(&refused), (409, "wrong_state".into()));
        assert_eq!(scene.sums(), ["76000.00", "0.00", "24000.00", "0.00"]);
        scene.outcomes(&[
            format!("{},paid,", names[0]),
            format!("{},returned,AC04", names[1]),
        ]);
        assert_eq!(scene.state(&paid), "clawback_due");
        assert_eq!(scene.state(&back), "goods_returned");
        assert_eq!(scene.sums(), ["90000.00", "0.00", "0.00", "10000.00"]);
        let owed = receivables(scene);
        assert_eq!(owed.len(), 1);
        assert_eq!(owed[0]["reason"], "place_restored");
        // The bank's second thoughts about a claim that has ended are left to people.
        let late = scene.outcomes(&[format!("{},paid,", names[1])]);
        assert_eq!(late["conflicting"], 1);
    });
}

#[test]
fn after_payment_it_is_owed_back_and_paid_in_to_the_fen() {
    on_both("24000", |scene| {
        let id = paid(scene, &car(80_000));
        let (claim, _) = seen(scene.dealer_acts(&id, "goods-returned", None));
        assert_eq!(claim["state"], "clawback_due");
        let owed = receivables(scene);
        assert_eq!(owed.len(), 1);
        let told = |owed: &Value| {
            ["amount", "settled", "pending"].map(|f| owed[f].as_str().unwrap().to_owned())
        };
        assert_eq!(told(&owed[0]), ["10000.00", "0.00", "0.00"]);
        assert_eq!(owed[0]["claim_number"], claim["number"]);
        let dealers = scene.dealer.get("/v1/receivables").json();
        assert_eq!(dealers["items"], json!(owed), "its dealer sees it");
        let others = scene.other_dealer().get("/v1/receivables").json();
        assert_eq!(others["items"], json!([]), "another dealer does not");
        // What comes back goes to those who wait at once.
        scene.file_claim(&car(150_000));
        let waits = id_of(&scene.file_claim(&car(80_000)));
        assert_eq!(scene.state(&waits), "waiting");
        let (status, seen) = pay_in(scene, &owed[0], "9999.99");
        assert_eq!((status, told(&seen)[1].as_str()), (200, "9999.99"));
        assert_eq!(scene.state(&id), "clawback_due");
        assert_eq!(scene.sums(), ["9999.99", "14000.00", "0.00", "0.01"]);
        scene.check_books();
        let (status, problem) = pay_in(scene, &owed[0], "0.02");
        assert_eq!(
            (status, &problem["code"]),
            (422, &json!("amount_above_hold"))
        );
        let (_, seen) = pay_in(scene, &owed[0], "0.01");
        assert_eq!(told(&seen)[1], "10000.00");
        assert_eq!(scene.state(&id), "clawed_back");
        assert_eq!(scene.state(&waits), "reserved");
        assert_eq!(scene.sums(), ["0.00", "24000.00", "0.00", "0.00"]);
        // The same slip again is the same money; another slip would be too much.
        let (status, seen) = pay_in(scene, &owed[0], "0.01");
        assert_eq!((status, told(&seen)[1].as_str()), (200, "10000.00"));
        assert_eq!(scene.sums(), ["0.00", "24000.00", "0.00", "0.00"]);
        assert_eq!(pay_in(scene, &owed[0], "0.02").0, 422);
        let (status, problem) = pay_in_by(scene, &owed[0], "0.02", "HD-2026-0.01");
        assert_eq!(
            (status, &problem["code"]),
            (422, &json!("idempotency_key_reused"))
        );
        scene.check_books();
    });
}

#[test]
fn what_is_owed_back_is_set_off_against_the_next_payment_of_the_same_person() {
    with_two_years(|scene| {
        let body = car(80_000);
        let first = paid(scene, &body);
        seen(scene.dealer_acts(&first, "goods-returned", None));
        // 8,000 of the 10,000: the bank has nothing to do.
        let smaller = by_person_of(next_car(100_000), &body);
        let second = id_of(&scene.file_claim(&smaller));
        scene.approve(&second);
        let (batch, file) = scene.pay_out(10);
        let sums = ["gross", "set_off", "total"].map(|f| batch[f].as_str().unwrap());
        assert_eq!(sums, ["8000.00", "8000.00", "0.00"]);
        assert_eq!(payments(&file), Vec::<String>::new());
        assert_eq!(scene.state(&second), "paid");
        assert_eq!(scene.state(&first), "clawback_due");
        let owed = receivables(scene);
        assert_eq!(owed[0]["settled"], "8000.00");
        // Of the 18,000 that were paid for both, 8,000 came back.
        assert_eq!(scene.sums(), ["90000.00", "0.00", "0.00", "10000.00"]);
        pay_in(scene, &owed[0], "2000.00");
        assert_eq!(scene.state(&first), "clawed_back");
        assert_eq!(scene.sums(), ["92000.00", "0.00", "0.00", "8000.00"]);
        let (claim, _) = scene.look(&second);
        assert_eq!(
            (&claim["payment"]["amount"], &claim["payment"]["set_off"]),
            (&json!("0.00"), &json!("8000.00"))
        );
    });
}

#[test]
fn a_set_off_counts_when_the_payment_does() {
    with_two_years(|scene| {
        let body = car(80_000);
        let first = paid(scene, &body);
        seen(scene.dealer_acts(&first, "goods-returned", None));
        let larger = by_person_of(next_car(150_000), &body);
        let second = id_of(&scene.file_claim(&larger));
        scene.approve(&second);
        let (batch, file) = scene.pay_out(10);
        let sums = ["gross", "set_off", "total"].map(|f| batch[f].as_str().unwrap().to_owned());
        assert_eq!(sums, ["12000.00", "10000.00", "2000.00"]);
        assert!(file.contains(",2000.00\n"), "{file}");
        let owed = receivables(scene);
        assert_eq!(
            (&owed[0]["settled"], &owed[0]["pending"]),
            (&json!("0.00"), &json!("10000.00"))
        );
        // What is on its way is not paid in a second time.
        assert_eq!(pay_in(scene, &owed[0], "0.01").0, 422);
        let names = payments(&file);
        scene.outcomes(&[format!("{},returned,AC04", names[0])]);
        let owed = receivables(scene);
        assert_eq!(
            (&owed[0]["settled"], &owed[0]["pending"]),
            (&json!("0.00"), &json!("0.00"))
        );
        assert_eq!(scene.state(&first), "clawback_due");
        // Some is paid in before the payment is tried again: less is set off.
        assert_eq!(pay_in(scene, &owed[0], "0.01").0, 200);
        let (batch, file) = scene.pay_out(10);
        assert_eq!(
            (&batch["set_off"], &batch["total"]),
            (&json!("9999.99"), &json!("2000.01"))
        );
        let again = payments(&file);
        assert_ne!(again, names);
        assert_eq!(scene.outcomes(&[format!("{},paid,", again[0])])["paid"], 1);
        assert_eq!(scene.state(&first), "clawed_back");
        assert_eq!(scene.state(&second), "paid");
        assert_eq!(scene.sums(), ["88000.00", "0.00", "0.00", "12000.00"]);
        // A payment with a set-off that is said to have come back after all needs people.
        let late = scene.outcomes(&[format!("{},returned,AC04", again[0])]);
        assert_eq!(late["conflicting"], 1);
    });
}

#[test]
fn what_a_discarded_batch_would_have_set_off_is_open_again() {
    with_two_years(|scene| {
        let body = car(80_000);
        let first = paid(scene, &body);
        seen(scene.dealer_acts(&first, "goods-returned", None));
        let second = id_of(&scene.file_claim(&by_person_of(next_car(150_000), &body)));
        scene.approve(&second);
        for _ in 0..2 {
            let sealing = json!({ "pool": POOL, "limit": 10 });
            let batch = scene.finance.post("/v1/payout-batches", &sealing).json();
            assert_eq!(batch["set_off"], "10000.00");
            assert_eq!(receivables(scene)[0]["pending"], "10000.00");
            let id = batch["id"].as_str().unwrap();
            let path = format!("/v1/payout-batches/{id}/discard");
            assert_eq!(scene.finance.call("POST", &path, &[], b"").status, 200);
            let owed = &receivables(scene)[0];
            let told = (&owed["settled"], &owed["pending"]);
            assert_eq!(told, (&json!("0.00"), &json!("0.00")));
            scene.check_books();
        }
        // Some is paid in meanwhile: the next batch sets off less.
        let owed = receivables(scene);
        assert_eq!(pay_in(scene, &owed[0], "0.01").0, 200);
        let (batch, file) = scene.pay_out(10);
        assert_eq!(batch["set_off"], "9999.99");
        let names = payments(&file);
        assert_eq!(scene.outcomes(&[format!("{},paid,", names[0])])["paid"], 1);
        assert_eq!(scene.state(&first), "clawed_back");
    });
}

#[test]
fn an_award_that_comes_to_be_known_after_payment_is_owed_back() {
    with_two_years(|scene| {
        let body = next_car(100_000);
        let id = paid(scene, &body);
        // Two awards at once: two flags, one receivable.
        let awards = [
            award("scrappage", &body, "2026-03-03"),
            award("replacement", &body, "2026-03-04"),
        ];
        assert_eq!(scene.import_awards(&awards), 2);
        assert_eq!(scene.state(&id), "clawback_due");
        let owed = receivables(scene);
        assert_eq!(owed.len(), 1);
        assert_eq!(
            (&owed[0]["reason"], &owed[0]["amount"]),
            (&json!("register"), &json!("8000.00"))
        );
        assert_eq!(pay_in(scene, &owed[0], "8000.00").0, 200);
        assert_eq!(scene.state(&id), "clawed_back");
        assert_eq!(scene.sums(), ["100000.00", "0.00", "0.00", "0.00"]);
    });
}

#[test]
fn an_award_that_comes_to_be_known_while_the_bank_pays_is_owed_back_once_it_has() {
    on_both("100000", |scene| {
        let (hit, cleared) = (car(80_000), car(150_000));
        let ids = [&hit, &cleared].map(|body| {
            let id = id_of(&scene.file_claim(body));
            scene.approve(&id);
            id
        });
        let names = payments(&scene.pay_out(10).1);
        let awards = [&hit, &cleared].map(|body| award("replacement", body, "2025-03-03"));
        assert_eq!(scene.import_awards(&awards), 2);
        // Somebody looks at one of them in time.
        let why = json!({ "why": "登记为同一补贴" });
        let path = format!("/v1/claims/{}/flags/already_had_replacement/clear", ids[1]);
        seen(scene.reviewer.post(&path, &why));
        let lines: Vec<String> = names.iter().map(|name| format!("{name},paid,")).collect();
        assert_eq!(scene.outcomes(&lines)["paid"], 2);
        assert_eq!(scene.state(&ids[0]), "clawback_due");
        assert_eq!(scene.state(&ids[1]), "paid");
        assert_eq!(receivables(scene)[0]["reason"], "register");
    });
}

#[test]
fn a_flagged_claim_is_not_paid_before_somebody_looked() {
    on_both("100000", |scene| {
        let body = car(80_000);
        let id = id_of(&scene.file_claim(&body));
        scene.approve(&id);
        assert_eq!(
            scene.import_awards(&[award("replacement", &body, "2025-03-03")]),
            1
        );
        let sealing = json!({ "pool": POOL, "limit": 10 });
        let nothing = scene.finance.post("/v1/payout-batches", &sealing);
        assert_eq!(code(&nothing), (409, "nothing_to_pay".into()));
        assert_eq!(scene.sums()[2], "10000.00", "it is still owed");
        let why = json!({ "why": "已核对" });
        let path = format!("/v1/claims/{id}/flags/already_had_replacement/clear");
        seen(scene.reviewer.post(&path, &why));
        scene.pay_out(10);
        assert_eq!(scene.state(&id), "paying");
    });
}

#[test]
fn goods_that_never_were_paid_for_owe_nothing() {
    on_both("100000", |scene| {
        let id = scene.approved();
        let names = payments(&scene.pay_out(10).1);
        scene.outcomes(&[format!("{},returned,AC04", names[0])]);
        let tag = scene.look(&id).1;
        let (claim, _) = seen(act(&mut scene.dealer, &id, "goods-returned", &tag, None));
        assert_eq!(claim["state"], "goods_returned");
        assert_eq!(receivables(scene), Vec::<Value>::new());
        let body = json!({ "amount": "0.00", "reference": "x" });
        let path = format!("/v1/receivables/{id}/paid-in");
        let nothing = scene.finance.post(&path, &body);
        assert_eq!(code(&nothing), (422, "body_malformed".into()));
        assert_eq!(error_codes(&nothing), ["out_of_range"]);
        let body = json!({ "amount": "1.00", "reference": "x" });
        let unknown = scene.finance.post(&path, &body);
        assert_eq!(code(&unknown), (404, "no_such_object".into()));
    });
}
