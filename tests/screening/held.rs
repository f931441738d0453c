//! Through the service: a held claim keeps its place and its money, is paid once it is cleared, and
//! nothing is refused.

use serde_json::{Value, json};
use tradein::storage::{Database, Target, claim_flags, screening};

use crate::scene::{CARS, Scene, act, code, id_of, on_both, payments, seen};
use crate::support::Backend;
use crate::support::claims::{claim, with};

const TELEPHONE: &str = "screening_shared_telephone";

/// A claim of a fresh person with this telephone.
fn with_telephone(mobile: &str) -> Value {
    with(claim(CARS), "/consumer/mobile", json!(mobile))
}

/// Waits until the service has screened claims: every one of these has this flag.
fn wait_for_flag(scene: &mut Scene, id: &str, flag: &str) {
    for _ in 0..600 {
        if scene.flags(id).as_array().unwrap().contains(&json!(flag)) {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("{id} has no {flag} but {}", scene.flags(id));
}

/// Seals once, so that everything before is screened; says whether there was something to pay.
fn seal(scene: &mut Scene) -> (u16, Value) {
    let body = json!({ "pool": crate::scene::POOL, "limit": 100 });
    let sealed = scene.finance.post("/v1/payout-batches", &body);
    (sealed.status, sealed.json())
}

fn clear(scene: &mut Scene, id: &str, flag: &str) {
    let path = format!("/v1/claims/{id}/flags/{flag}/clear");
    seen(scene.reviewer.post(&path, &json!({ "why": "已电话核实" })));
}

#[test]
fn six_persons_with_one_telephone_are_held_and_keep_place_and_money() {
    on_both("1000000", |scene| {
        let five: Vec<Value> = (0..5)
            .map(|_| scene.file_claim(&with_telephone("13900000001")))
            .collect();
        let alone = id_of(&scene.file());
        // A family of five is left alone, and the first of them is approved.
        let first = id_of(&five[0]);
        scene.approve(&first);
        let (status, batch) = seal(scene);
        assert_eq!((status, &batch["lines"]), (201, &json!(1)), "{batch}");
        assert_eq!(scene.flags(&first), json!([]));
        let discard = format!(
            "/v1/payout-batches/{}/discard",
            batch["id"].as_str().unwrap()
        );
        assert_eq!(scene.finance.call("POST", &discard, &[], b"").status, 200);
        let sums = scene.sums();

        // The sixth holds all of them, whoever came first; nothing is refused and no money moves.
        let sixth = scene.file_claim(&with_telephone("13900000001"));
        assert_eq!(sixth["state"], "reserved");
        wait_for_flag(scene, &id_of(&sixth), TELEPHONE);
        for held in five.iter().chain([&sixth]) {
            assert_eq!(scene.flags(&id_of(held)), json!([TELEPHONE]), "{held}");
            let now = scene.look(&id_of(held)).0;
            assert_eq!(now["position"], held["position"]);
            assert_eq!(now["amount"], held["amount"]);
        }
        assert_eq!(scene.flags(&alone), json!([]));
        let (before, now) = (sums, scene.sums());
        assert_eq!(before[2], now[2], "committed");

        // Held, it is neither recommended nor paid; cleared, it is, and is not held again.
        let second = id_of(&five[1]);
        scene.send_papers(&second);
        let tag = scene.look(&second).1;
        let denied = act(&mut scene.reviewer, &second, "recommend", &tag, None);
        assert_eq!(code(&denied), (409, "kept_apart".to_owned()));
        assert_eq!(seal(scene).0, 409, "the approved one is held, too");
        clear(scene, &first, TELEPHONE);
        let seventh = id_of(&scene.file_claim(&with_telephone("13900000001")));
        wait_for_flag(scene, &seventh, TELEPHONE);
        assert_eq!(scene.flags(&first), json!([]), "it was cleared for this");
        let (batch, csv) = scene.pay_out(10);
        assert_eq!((&batch["lines"], payments(&csv).len()), (&json!(1), 1));
    });
}

#[test]
fn what_a_claim_says_of_itself_is_held_and_cleared() {
    on_both("1000000", |scene| {
        // Made in 2011, registered in 2019.
        let late = with(
            claim(CARS),
            "/old_item/first_registered",
            json!("2019-04-01"),
        );
        let late = with(late, "/old_item/owned_since", json!("2019-05-01"));
        let bought = with(claim(CARS), "/old_item/owned_since", json!("2025-01-07"));
        let bought = with(bought, "/old_item/disposal/date", json!("2025-01-08"));
        for (body, flag) in [
            (late, "screening_model_year"),
            (bought, "screening_ownership"),
        ] {
            let filed = scene.file_claim(&body);
            let id = id_of(&filed);
            assert_eq!(filed["state"], "reserved", "nothing is refused");
            wait_for_flag(scene, &id, flag);
            assert_eq!(scene.flags(&id), json!([flag]));
            // People raise other flags; those of screening are the engine's.
            let raised = json!({ "code": flag, "why": "x" });
            let raised = scene
                .reviewer
                .post(&format!("/v1/claims/{id}/flags"), &raised);
            assert_eq!(code(&raised).0, 422, "{}", raised.text());
            clear(scene, &id, flag);
            scene.approve(&id);
            let (batch, _) = scene.pay_out(10);
            assert_eq!(batch["lines"], 1);
        }
    });
}

/// Imports voided invoices, a number a line.
fn import(scene: &Scene, numbers: &[&str]) -> Value {
    let path = scene.database.data_dir().join("voided.csv");
    let mut text = "invoice_number,voided_on\n".to_owned();
    for number in numbers {
        text += &format!("{number},2025-06-01\n");
    }
    std::fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap();
    let output = scene
        .database
        .output(&["register", "voided", path, "--json"]);
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn an_invoice_that_is_voided_later_is_held_also_when_it_is_paid() {
    on_both("1000000", |scene| {
        let bodies: Vec<Value> = (0..3).map(|_| claim(CARS)).collect();
        let number = |n: usize| bodies[n]["invoice"]["number"].as_str().unwrap();
        let paid = id_of(&scene.file_claim(&bodies[0]));
        scene.approve(&paid);
        let (_, csv) = scene.pay_out(1);
        scene.outcomes(&[format!("{},paid,", payments(&csv)[0])]);
        let held = id_of(&scene.file_claim(&bodies[1]));

        let refused = import(scene, &[number(0), "no number"]);
        assert_eq!(refused["refused"][0]["line"], 3, "{refused}");
        assert_eq!(scene.flags(&paid), json!([]), "all or nothing");
        let all = [number(0), number(1), number(2)];
        let done = import(scene, &all);
        assert_eq!(
            done,
            json!({ "lines": 3, "new": 3, "flagged": 2, "paid": 1, "repeated": false })
        );
        assert_eq!(import(scene, &all)["repeated"], true);
        assert_eq!(import(scene, &all[..2])["new"], 0);
        assert_eq!(scene.flags(&paid), json!(["screening_paid_invoice_voided"]));
        assert_eq!(scene.state(&paid), "paid", "people decide what comes back");
        assert_eq!(scene.flags(&held), json!(["screening_invoice_voided"]));

        // Who claims with it afterwards is held by screening.
        let late = scene.file_claim(&bodies[2]);
        assert_eq!(late["state"], "reserved");
        wait_for_flag(scene, &id_of(&late), "screening_invoice_voided");
    });
}

#[test]
fn a_service_that_is_killed_holds_each_claim_once_whoever_goes_on() {
    for backend in Backend::ALL {
        let scene = &mut Scene::new(backend, "1000000");
        let ids: Vec<String> = (0..12)
            .map(|_| id_of(&scene.file_claim(&with_telephone("13900000002"))))
            .collect();
        // What it had screened until now stands; the rest is another's.
        scene.server.kill();
        let both = [scene.database.serve(), scene.database.serve()];
        let target = Target::parse(scene.database.url()).unwrap();
        let database = Database::open(target, 1).unwrap();
        let mut conn = database.get().unwrap();
        let mut counts = Vec::new();
        for _ in 0..600 {
            counts = claim_flags::counts(&mut conn).unwrap();
            if counts.len() == ids.len() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        assert_eq!(counts.len(), ids.len());
        assert!(counts.iter().all(|(_, flags)| *flags == 1), "{counts:?}");
        for (id, _) in &counts {
            let found = screening::found(&mut conn, *id).unwrap();
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(found[0].held && ids.contains(&id.to_string()));
        }
        drop(both);
        drop(conn);
        let verified = scene.database.run_json(&["verify", "--json"]);
        assert_eq!(verified["ok"], true, "{verified}");
    }
}
