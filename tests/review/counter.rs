//! Claims that are opened at the counter: the most is held until the invoice comes, or the place
//! is given when everything is there.

use serde_json::{Value, json};

use super::scene::{POOL, Scene, act, code, finding, giving_back, id_of, seen};
use crate::support::claims::{at_price, claim, with};
use crate::support::{Backend, Response};

/// Claims may be opened at the counter; one paper, and who comes when the money is gone waits.
pub const PACK: &str = include_str!("../data/packs/counter-invoice.toml");

/// The id in the pack.
pub const COUNTER: &str = "test-counter-invoice";

/// What the order of a pack goes by.
#[derive(Debug, Clone, Copy)]
pub enum Order {
    /// When a claim is filed.
    Submission,
    /// When its last paper comes.
    Complete,
}

impl Order {
    /// The pack in this order.
    pub fn of(self, pack: &str) -> String {
        match self {
            Order::Submission => pack.to_owned(),
            Order::Complete => pack.replace("queue_by = \"submission\"", "queue_by = \"complete\""),
        }
    }
}

/// A test on a pool of this programme, on both databases.
fn counter(order: Order, cap_yuan: &str, test: impl Fn(&mut Scene)) {
    let pack = order.of(PACK);
    for backend in Backend::ALL {
        let mut scene = Scene::with_pack(backend, cap_yuan, COUNTER, &pack);
        test(&mut scene);
        scene.check_books();
    }
}

/// A fridge of the best level at a price in whole yuan: 20 %, at most 2,000 yuan.
pub fn fridge(yuan: u32) -> Value {
    let made = at_price(claim("national-appliance-2025"), &format!("{yuan}.00"));
    let made = with(made, "/programme", json!(COUNTER));
    let made = with(made, "/new_item/category", json!("fridge"));
    with(made, "/new_item/energy_level", json!(1))
}

/// Opens a claim for it without its invoice.
pub fn open(scene: &mut Scene, fridge: &Value) -> Value {
    scene.file_claim(&with(fridge.clone(), "/invoice", Value::Null))
}

/// Sends the invoice of a fridge.
pub fn invoice(scene: &mut Scene, id: &str, fridge: &Value) -> Response {
    let invoice = fridge["invoice"].clone();
    scene.dealer_acts(id, "invoice", Some(&invoice))
}

/// Sends the paper that is due beside the invoice.
pub fn receipt(scene: &mut Scene, id: &str) -> Response {
    let tag = scene.look(id).1;
    let path = format!("/v1/claims/{id}/papers/delivery_receipt");
    let headers = [
        ("if-match", tag.as_str()),
        ("content-type", "application/pdf"),
    ];
    scene.dealer.call("PUT", &path, &headers, super::scene::PDF)
}

/// The papers that are due, by their words.
fn due(claim: &Value) -> Vec<&str> {
    let due = claim["due"].as_array().unwrap();
    due.iter().map(|d| d["paper"].as_str().unwrap()).collect()
}

#[test]
fn the_final_invoice_frees_what_it_does_not_need() {
    counter(Order::Submission, "4000", |scene| {
        let (first, second, third) = (fridge(5_000), fridge(9_000), fridge(4_000));
        let opened = open(scene, &first);
        assert_eq!(
            (&opened["state"], &opened["amount"]),
            (&json!("reserved"), &json!("2000.00"))
        );
        assert_eq!(due(&opened), ["delivery_receipt", "invoice"]);
        let id = id_of(&opened);
        open(scene, &second);
        let waits = id_of(&scene.file_claim(&third));
        assert_eq!(scene.state(&waits), "waiting");
        let (claim, _) = seen(invoice(scene, &id, &first));
        assert_eq!(
            (&claim["state"], &claim["amount"]),
            (&json!("reserved"), &json!("1000.00"))
        );
        assert_eq!(due(&claim), ["delivery_receipt"]);
        assert_eq!(scene.state(&waits), "reserved");
        assert_eq!(scene.sums(), ["200.00", "3800.00", "0.00", "0.00"]);
        // It comes once.
        let again = invoice(scene, &id, &first);
        assert_eq!(code(&again), (409, "invoice_there".into()));
        let (claim, _) = seen(receipt(scene, &id));
        assert_eq!(claim["state"], "in_review");
        seen(scene.reviewer_acts(&id, "recommend", None));
        seen(scene.approver_acts(&id, "approve", None));
        assert_eq!(scene.sums()[2], "1000.00");
    });
}

#[test]
fn the_invoice_may_come_last_and_must_be_good() {
    counter(Order::Submission, "4000", |scene| {
        let (mine, theirs) = (fridge(5_000), fridge(5_000));
        scene.file_claim(&theirs);
        let id = id_of(&open(scene, &mine));
        let (claim, _) = seen(receipt(scene, &id));
        assert_eq!(due(&claim), ["invoice"]);
        // Dear or cheap, what was held is the most; nobody else's invoice; no other buyer.
        let used = with(
            mine.clone(),
            "/invoice/number",
            theirs.pointer("/invoice/number").unwrap().clone(),
        );
        let refused = invoice(scene, &id, &used);
        assert_eq!(code(&refused), (422, "claim_ineligible".into()));
        let other = with(
            mine.clone(),
            "/invoice/buyer_id_number",
            theirs.pointer("/invoice/buyer_id_number").unwrap().clone(),
        );
        let refused = invoice(scene, &id, &other);
        assert_eq!(code(&refused), (422, "claim_ineligible".into()));
        let (claim, _) = seen(invoice(scene, &id, &mine));
        assert_eq!(claim["state"], "in_review");
        assert_eq!(
            (&claim["deadline"], &claim["due"]),
            (&Value::Null, &json!([]))
        );
        // Once lower, it is not raised again.
        seen(scene.reviewer_acts(&id, "return", Some(&giving_back())));
        let dearer = at_price(mine.clone(), "5000.05");
        let refused = scene.dealer_acts(&id, "correction", Some(&dearer));
        assert_eq!(code(&refused), (422, "amount_above_hold".into()));
        seen(scene.dealer_acts(&id, "correction", Some(&mine)));
        assert_eq!(scene.sums()[1], "2000.00");
    });
}

#[test]
fn a_claim_that_is_not_completed_in_time_lapses_once() {
    counter(Order::Submission, "2000", |scene| {
        let mine = fridge(5_000);
        let id = id_of(&open(scene, &mine));
        let waits = id_of(&scene.file_claim(&fridge(8_000)));
        scene.set_claim(&id, "deadline_us = 1");
        scene.wait_until(&id, "lapsed");
        assert_eq!(scene.state(&waits), "reserved");
        assert_eq!(scene.sums(), ["400.00", "1600.00", "0.00", "0.00"]);
        let late = invoice(scene, &id, &mine);
        assert_eq!(code(&late), (409, "wrong_state".into()));
        // What it named may be claimed again.
        assert_eq!(scene.file_claim(&mine)["state"], "waiting");
    });
}

#[test]
fn by_complete_papers_the_place_is_given_with_the_last_one() {
    counter(Order::Complete, "3000", |scene| {
        let fridges = [5_000, 9_000, 4_000, 7_000].map(fridge);
        let ids = fridges.each_ref().map(|fridge| {
            let opened = open(scene, fridge);
            assert_eq!(
                (&opened["state"], &opened["position"]),
                (&json!("filed"), &Value::Null)
            );
            assert_eq!(due(&opened), ["delivery_receipt", "invoice"]);
            id_of(&opened)
        });
        assert_eq!(
            scene.sums(),
            ["3000.00", "0.00", "0.00", "0.00"],
            "nobody holds money"
        );
        // The second is complete first, with the invoice as its last paper.
        seen(receipt(scene, &ids[1]));
        let (claim, _) = seen(invoice(scene, &ids[1], &fridges[1]));
        let placed = |claim: &Value| {
            let text = |name: &str| claim[name].as_str().unwrap().to_owned();
            (text("state"), text("amount"), claim["position"].as_i64())
        };
        assert_eq!(
            placed(&claim),
            ("in_review".into(), "1800.00".into(), Some(1))
        );
        // The third with the receipt.
        let (claim, _) = seen(invoice(scene, &ids[2], &fridges[2]));
        assert_eq!(placed(&claim), ("filed".into(), "800.00".into(), None));
        let (claim, _) = seen(receipt(scene, &ids[2]));
        assert_eq!(
            placed(&claim),
            ("in_review".into(), "800.00".into(), Some(2))
        );
        // 400 are left: the others wait, by the order in which they were complete.
        for (n, place) in [(3, 3), (0, 4)] {
            seen(invoice(scene, &ids[n], &fridges[n]));
            let (claim, _) = seen(receipt(scene, &ids[n]));
            assert_eq!(
                (&claim["state"], &claim["position"]),
                (&json!("waiting"), &json!(place))
            );
        }
        let public = scene
            .auditor
            .get(&format!("/v1/public/pools/{POOL}"))
            .json();
        assert_eq!(public["waiting"], 2);
        // Money comes: nothing is due any more, it is a reviewer's turn.
        seen(scene.dealer_acts(&ids[1], "withdraw", None));
        let (claim, _) = scene.look(&ids[3]);
        assert_eq!(
            placed(&claim),
            ("reserved".into(), "1400.00".into(), Some(3))
        );
        assert_eq!(
            (&claim["deadline"], &claim["due"]),
            (&Value::Null, &json!([]))
        );
        let next = |scene: &mut Scene| {
            let answer = scene.reviewer.call("POST", "/v1/review/next", &[], b"");
            let (claim, tag) = seen(answer);
            let id = id_of(&claim);
            seen(act(
                &mut scene.reviewer,
                &id,
                "reject",
                &tag,
                Some(&finding()),
            ));
            id
        };
        assert_eq!([next(scene), next(scene)], [ids[2].clone(), ids[3].clone()]);
        assert_eq!(scene.state(&ids[0]), "waiting");
    });
}

#[test]
fn a_filed_claim_lapses_and_is_withdrawn_without_a_place() {
    counter(Order::Complete, "3000", |scene| {
        let [lapses, goes, comes] = [5_000, 5_000, 5_000].map(fridge).map(|fridge| {
            let id = id_of(&open(scene, &fridge));
            seen(invoice(scene, &id, &fridge));
            id
        });
        scene.set_claim(&lapses, "deadline_us = 1");
        scene.wait_until(&lapses, "lapsed");
        seen(scene.dealer_acts(&goes, "withdraw", None));
        let (claim, _) = seen(receipt(scene, &comes));
        assert_eq!(
            (&claim["state"], &claim["position"]),
            (&json!("in_review"), &json!(1))
        );
        let (claim, _) = seen(scene.dealer_acts(&goes, "undo-withdrawal", None));
        assert_eq!(
            (&claim["state"], &claim["position"]),
            (&json!("filed"), &Value::Null)
        );
        let (claim, _) = seen(receipt(scene, &goes));
        assert_eq!(claim["position"], 2);
    });
}
