//! Programmes that keep no line: when the money is gone, who comes is refused.

use serde_json::{Value, json};

use super::counter::{COUNTER, Order, PACK, fridge, invoice, open, receipt};
use super::scene::{POOL, Scene, code, finding, id_of, seen};
use crate::support::Backend;

/// Refusals may be contested.
const APPEALS: &str = "[appeals]\ndays = 15\nbasis = { document = \"rules\", clause = \"13\" }\n";

/// A test on a pool that keeps no line, on both databases.
fn without_line(order: Order, cap_yuan: &str, test: impl Fn(&mut Scene)) {
    let pack = order.of(PACK);
    let pack = pack.replace("remainder = \"strict\"", "remainder = \"fit\"");
    let pack = pack.replace("\"waitlist\"", "\"refuse\"") + APPEALS;
    for backend in Backend::ALL {
        let mut scene = Scene::with_pack(backend, cap_yuan, COUNTER, &pack);
        test(&mut scene);
        scene.check_books();
    }
}

fn reasons(claim: &Value) -> Vec<&str> {
    let reasons = claim["reasons"].as_array().unwrap();
    reasons
        .iter()
        .map(|r| r["code"].as_str().unwrap())
        .collect()
}

/// What a refused claim shows: nothing held, nothing asked, no place, and why.
fn assert_refused(claim: &Value) {
    let shown = ["state", "amount", "position", "due", "deadline"].map(|name| &claim[name]);
    let nothing = [
        &json!("refused"),
        &json!("0.00"),
        &Value::Null,
        &json!([]),
        &Value::Null,
    ];
    assert_eq!(shown, nothing);
    assert_eq!(reasons(claim), ["pool_closed"]);
}

#[test]
fn who_comes_when_the_money_is_gone_is_refused_and_nobody_waits() {
    without_line(Order::Submission, "3000", |scene| {
        let first = scene.file_claim(&fridge(9_000));
        assert_eq!(first["state"], "reserved");
        let second = fridge(7_000);
        let refused = scene.file_claim(&second);
        assert_refused(&refused);
        assert_refused(&scene.look(&id_of(&refused)).0);
        // A smaller one still fits, and the refused one names nothing: it may come again.
        let third = id_of(&scene.file_claim(&fridge(6_000)));
        assert_eq!(scene.sums(), ["0.00", "3000.00", "0.00", "0.00"]);
        // Freed money goes to nobody by itself.
        seen(scene.dealer_acts(&third, "withdraw", None));
        seen(scene.dealer_acts(&id_of(&first), "withdraw", None));
        assert_eq!(scene.sums()[0], "3000.00");
        assert_eq!(scene.state(&id_of(&refused)), "refused");
        assert_eq!(scene.file_claim(&second)["state"], "reserved");
    });
}

#[test]
fn the_last_paper_finds_no_money_and_the_claim_asks_for_nothing_any_more() {
    without_line(Order::Complete, "2500", |scene| {
        let fridges = [9_000, 7_000, 4_000].map(fridge);
        let ids = fridges.each_ref().map(|fridge| id_of(&open(scene, fridge)));
        let number = scene.look(&ids[1]).0["number"].as_str().unwrap().to_owned();
        for (n, id) in ids.iter().enumerate().take(2) {
            assert_eq!(seen(invoice(scene, id, &fridges[n])).0["state"], "filed");
        }
        // Once with a file as the last paper, once with the invoice.
        assert_eq!(seen(receipt(scene, &ids[0])).0["state"], "in_review");
        assert_refused(&seen(receipt(scene, &ids[1])).0);
        assert_eq!(seen(receipt(scene, &ids[2])).0["state"], "filed");
        assert_refused(&seen(invoice(scene, &ids[2], &fridges[2])).0);
        assert_eq!(scene.sums(), ["700.00", "1800.00", "0.00", "0.00"]);
        assert_eq!(scene.last_entries(1)[0].1, "0.00");
        // It is over, and what it named is free.
        let again = scene.dealer_acts(&ids[1], "withdraw", None);
        assert_eq!(code(&again), (409, "wrong_state".into()));
        assert_eq!(scene.file_claim(&fridges[1])["state"], "filed");
        scene.check_books();
        // The row asks for nothing either, and verify knows what it must be.
        let amount =
            |fen: i64| format!("UPDATE claims SET amount = {fen} WHERE number = '{number}'");
        scene.database.execute(&amount(140_000));
        let output = scene.database.output(&["verify", "--json"]);
        assert!(!output.status.success());
        scene.database.execute(&amount(0));
    });
}

#[test]
fn a_won_appeal_gives_the_amount_that_the_last_paper_found_gone() {
    without_line(Order::Complete, "2500", |scene| {
        let (mine, other) = (fridge(7_000), fridge(9_000));
        let ids = [&other, &mine].map(|fridge| {
            let id = id_of(&open(scene, fridge));
            seen(invoice(scene, &id, fridge));
            seen(receipt(scene, &id));
            id
        });
        let id = &ids[1];
        let set_aside = json!({ "amount": "600.00", "reference": "示范区财〔2025〕1号" });
        let path = format!("/v1/pools/{POOL}/set-aside");
        assert_eq!(scene.operator.post(&path, &set_aside).status, 200);
        let grounds = json!({ "message": "材料先于他人交齐" });
        let (claim, _) = seen(scene.dealer_acts(id, "appeal", Some(&grounds)));
        assert_eq!(
            (&claim["state"], &claim["amount"]),
            (&json!("appealed"), &json!("0.00"))
        );
        let mut won = finding();
        won["decision"] = json!("won");
        let short = scene.approver_acts(id, "appeal/decision", Some(&won));
        assert_eq!(code(&short), (409, "aside_exhausted".into()));
        // More is set aside as soon as the other goes.
        seen(scene.dealer_acts(&ids[0], "withdraw", None));
        let more = json!({ "amount": "800.00", "reference": "示范区财〔2025〕2号" });
        assert_eq!(scene.operator.post(&path, &more).status, 200);
        let (claim, _) = seen(scene.approver_acts(id, "appeal/decision", Some(&won)));
        assert_eq!(
            (&claim["state"], &claim["amount"]),
            (&json!("in_review"), &json!("1400.00"))
        );
        assert_eq!(scene.sums(), ["1100.00", "1400.00", "0.00", "0.00"]);
    });
}
