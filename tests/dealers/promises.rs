//! By when the bureau has promised to act, and where it is late.

use serde_json::{Value, json};

use super::desk::{Desk, GOODS, code, fen, for_review, good, held, look, on_both};
use crate::support::claims::claim;

const DAY: i64 = 86_400_000_000;

fn number(desk: &mut Desk, id: &str) -> String {
    let claim = look(&mut desk.auditor, id).0;
    claim["number"].as_str().unwrap().to_owned()
}

/// How many claims and how much money in a band, of a stage or of one of its states.
fn band(ageing: &Value, stage: &str, state: Option<&str>, band: &str) -> (i64, i64) {
    let of = if state.is_some() { "states" } else { "stages" };
    let found = ageing[of]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["stage"] == stage && state.is_none_or(|state| row["state"] == state));
    let bands = found.unwrap()["bands"].as_array().unwrap();
    let total = bands.iter().find(|b| b["band"] == band).unwrap();
    (total["claims"].as_i64().unwrap(), fen(&total["amount"]))
}

#[test]
fn open_claims_are_told_by_stage_and_lateness() {
    on_both(|desk| {
        let ids = [desk.approved(), desk.approved(), desk.approved()];
        let amounts = ids
            .each_ref()
            .map(|id| fen(&look(&mut desk.auditor, id).0["amount"]));
        let reviewed = held(&mut desk.dealer, &claim(GOODS));
        for_review(&mut desk.dealer, &reviewed);
        held(&mut desk.dealer, &claim(GOODS));
        let fresh = good(desk.reviewer.get("/v1/ageing"));
        assert_eq!(band(&fresh, "payment", None, "not_due").0, 3);
        assert_eq!(band(&fresh, "review", Some("in_review"), "not_due").0, 1);
        assert_eq!(band(&fresh, "papers", Some("reserved"), "not_due").0, 1);
        assert_eq!(
            fresh["overdue"],
            json!({ "items": [], "next_cursor": null })
        );

        // One was due a long time ago, one until the end of yesterday; one goes to the bank.
        let numbers = ids.each_ref().map(|id| number(desk, id));
        let midnight = "(SELECT MIN(pay_by_us) FROM claims)";
        let today = tradein::clock::now().beijing_day();
        let start = tradein::domain::time::Timestamp::end_of_beijing_day(today).0 - DAY;
        desk.sql(&format!(
            "UPDATE claims SET pay_by_us = {midnight} - {} WHERE number = '{}'",
            400 * DAY,
            numbers[0]
        ));
        desk.sql(&format!(
            "UPDATE claims SET pay_by_us = {start} WHERE number = '{}'",
            numbers[1]
        ));
        let batch = desk.seal();
        assert_eq!(batch["lines"], 3);
        let seen = good(desk.auditor.get("/v1/ageing"));
        assert_eq!(
            band(&seen, "payment", None, "overdue_over_30"),
            (1, amounts[0])
        );
        assert_eq!(
            band(&seen, "payment", Some("paying"), "overdue_1_5"),
            (1, amounts[1])
        );
        assert_eq!(
            band(&seen, "payment", Some("paying"), "not_due"),
            (1, amounts[2])
        );
        assert_eq!(band(&seen, "payment", Some("approved"), "not_due"), (0, 0));
        desk.release(&batch);
    });
}

#[test]
fn late_claims_are_listed_page_by_page_and_counted_for_the_monitor() {
    on_both(|desk| {
        let paid_late: Vec<String> = (0..3).map(|_| desk.approved()).collect();
        let mut reviewed_late = Vec::new();
        for _ in 0..3 {
            let id = held(&mut desk.dealer, &claim(GOODS));
            for_review(&mut desk.dealer, &id);
            reviewed_late.push(id);
        }
        desk.decide(&reviewed_late[2].clone());
        let in_time = reviewed_late.pop().unwrap();
        let in_time = number(desk, &in_time);
        desk.sql(&format!(
            "UPDATE claims SET pay_by_us = pay_by_us - {} WHERE number <> '{}'",
            400 * DAY,
            in_time
        ));
        desk.sql(&format!(
            "UPDATE claims SET review_us = review_us - {} WHERE state = 'in_review'",
            400 * DAY
        ));
        let mut listed = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = good(desk.operator.get(&format!("/v1/ageing?limit=2{cursor}")));
            let items = page["overdue"]["items"].as_array().unwrap();
            assert!(items.len() <= 2);
            listed.extend(items.clone());
            match page["overdue"]["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        let ids: Vec<&str> = listed.iter().map(|l| l["id"].as_str().unwrap()).collect();
        let expected: Vec<&String> = paid_late.iter().chain(&reviewed_late).collect();
        assert_eq!(ids, expected);
        for late in &listed {
            let number = number(desk, late["id"].as_str().unwrap());
            assert_eq!(late["claim_number"], number);
            let days = late["working_days_late"].as_i64().unwrap();
            // Of 400 days less the promise of 15 or 30 working days, about two in three are worked.
            assert!((200..300).contains(&days), "{late}");
        }
        assert_eq!(listed[0]["stage"], "payment");
        assert_eq!(
            (&listed[4]["stage"], &listed[4]["state"]),
            (&json!("review"), &json!("in_review"))
        );
        let odd = desk.operator.get("/v1/ageing?cursor=AAAA");
        assert_eq!(code(&odd), (422, "query_malformed".into()));
        let not_theirs = desk.dealer.get("/v1/ageing");
        assert_eq!(code(&not_theirs), (403, "role_not_allowed".into()));

        // A service that starts now looks at once.
        let monitor = desk.database.serve();
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
        let gauges = ["stage=\"payment\"} 3", "stage=\"review\"} 2"];
        loop {
            let metrics = monitor.client().get("/metrics").text();
            let there = |g: &&str| metrics.contains(&format!("tradein_overdue_claims{{{g}"));
            if gauges.iter().all(there) {
                break;
            }
            assert!(std::time::Instant::now() < deadline, "{metrics}");
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        let log = monitor.stderr();
        assert!(log.contains("claims have become overdue"), "{log}");
        assert!(
            !log.contains(listed[0]["claim_number"].as_str().unwrap()),
            "{log}"
        );
    });
}
