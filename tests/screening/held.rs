//! Through the service: a held claim keeps its place and its money, is paid once it is cleared, and
//! nothing is refused.

use serde_json::{Value, json};

use crate::scene::{CARS, Scene, act, code, id_of, on_both, payments, seen};
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
