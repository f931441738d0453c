//! "What do you hold of mine": holdings, exposure and statements agree with claims and batches.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::desk::{
    GOODS, POOL, code, column, fen, for_review, good, held, look, on_both, other_uscc, set_account,
};
use crate::support::Client;
use crate::support::claims::claim;

/// Every claim that a dealer can read, page by page.
fn claims_of(client: &mut Client) -> Vec<Value> {
    let mut found = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = good(client.get(&format!("/v1/claims?limit=3{cursor}")));
        found.extend(page["items"].as_array().unwrap().clone());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

fn totals(states: &Value) -> BTreeMap<String, (i64, i64)> {
    let total = |t: &Value| {
        let state = t["state"].as_str().unwrap().to_owned();
        (state, (t["claims"].as_i64().unwrap(), fen(&t["amount"])))
    };
    states.as_array().unwrap().iter().map(total).collect()
}

#[test]
fn holdings_are_the_claims_by_pool_and_state() {
    on_both(|desk| {
        assert_eq!(
            good(desk.dealer.get("/v1/dealer/holdings"))["pools"],
            json!([])
        );
        desk.approved();
        desk.approved_of_other();
        let withdrawn = held(&mut desk.dealer, &claim(GOODS));
        let tag = look(&mut desk.dealer, &withdrawn).1;
        let answer = super::desk::act(&mut desk.dealer, &withdrawn, "withdraw", &tag);
        assert_eq!(answer.status, 200, "{}", answer.text());
        for _ in 0..3 {
            held(&mut desk.dealer, &claim(GOODS));
        }
        let mut expected: BTreeMap<String, (i64, i64)> = BTreeMap::new();
        for claim in claims_of(&mut desk.dealer) {
            let total = expected.entry(claim["state"].as_str().unwrap().to_owned());
            let total = total.or_default();
            total.0 += 1;
            total.1 += fen(&claim["amount"]);
        }
        assert_eq!(expected.values().map(|t| t.0).sum::<i64>(), 5);
        let found = good(desk.dealer.get("/v1/dealer/holdings"));
        let pools = found["pools"].as_array().unwrap();
        assert_eq!((pools.len(), &pools[0]["pool"]), (1, &json!(POOL)));
        assert_eq!(totals(&pools[0]["states"]), expected);
        assert_eq!(totals(&found["states"]), expected);
        let standing = expected["approved"].1 + expected["reserved"].1;
        assert_eq!(fen(&pools[0]["share"]), standing);
        let not_theirs = desk.finance.get("/v1/dealer/holdings");
        assert_eq!(code(&not_theirs), (403, "role_not_allowed".into()));
    });
}

fn bands(exposure: &Value) -> BTreeMap<String, (i64, i64)> {
    let band = |b: &Value| {
        let name = b["band"].as_str().unwrap().to_owned();
        (name, (b["claims"].as_i64().unwrap(), fen(&b["amount"])))
    };
    let bands = exposure["bands"].as_array().unwrap().iter().map(band);
    bands.filter(|(_, total)| total.0 > 0).collect()
}

#[test]
fn exposure_is_what_the_dealer_fronted_by_lateness() {
    on_both(|desk| {
        let empty = good(desk.dealer.get("/v1/dealer/exposure"));
        assert_eq!(
            (&empty["claims"], &empty["oldest"]),
            (&json!(0), &Value::Null)
        );
        let [old, fresh] = [desk.approved(), desk.approved()];
        let in_review = held(&mut desk.dealer, &claim(GOODS));
        for_review(&mut desk.dealer, &in_review);
        let reserved = held(&mut desk.dealer, &claim(GOODS));
        desk.approved_of_other();
        let amount = |desk: &mut super::desk::Desk, id: &str| {
            let claim = look(&mut desk.dealer, id).0;
            (claim["number"].clone(), fen(&claim["amount"]))
        };
        let (number, owed) = amount(desk, &old);
        let sums = [&fresh, &in_review, &reserved].map(|id| amount(desk, id).1);
        let before = good(desk.dealer.get("/v1/dealer/exposure"));
        assert_eq!(
            bands(&before),
            [("not_due".to_owned(), (4, owed + sums.iter().sum::<i64>()))].into()
        );

        // Approved and forgotten more than a year ago.
        let year = 400 * 86_400_000_000_i64;
        desk.sql(&format!(
            "UPDATE claims SET approved_us = approved_us - {year}, pay_by_us = pay_by_us - {year}
             WHERE number = '{}'",
            number.as_str().unwrap()
        ));
        let found = good(desk.dealer.get("/v1/dealer/exposure"));
        assert_eq!(found["claims"], 4);
        assert_eq!(fen(&found["amount"]), owed + sums.iter().sum::<i64>());
        let expected = [
            ("not_due".to_owned(), (3, sums.iter().sum())),
            ("overdue_over_30".to_owned(), (1, owed)),
        ];
        assert_eq!(bands(&found), expected.into());
        let oldest = &found["oldest"];
        assert_eq!(
            (&oldest["claim_number"], &oldest["state"]),
            (&number, &json!("approved"))
        );
        assert_eq!(oldest["days"], 0);
        let aged = |desk: &super::desk::Desk, days: i64| {
            desk.sql(&format!(
                "UPDATE claims SET submitted_us = submitted_us - {} WHERE state = 'in_review'",
                days * 86_400_000_000
            ));
        };
        aged(desk, 40);
        let found = good(desk.dealer.get("/v1/dealer/exposure"));
        let oldest = &found["oldest"];
        assert_eq!(
            (&oldest["id"], &oldest["days"]),
            (&json!(in_review), &json!(40))
        );
        // The journal knows when it was filed.
        aged(desk, -40);

        // Review is late as well once its own clock has run out.
        desk.sql(&format!(
            "UPDATE claims SET review_us = review_us - {year} WHERE state = 'in_review'"
        ));
        let found = good(desk.dealer.get("/v1/dealer/exposure"));
        assert_eq!(bands(&found)["overdue_over_30"], (2, owed + sums[1]));

        // The journal knows when it was approved.
        desk.sql(&format!(
            "UPDATE claims SET approved_us = approved_us + {year} WHERE number = '{}'",
            number.as_str().unwrap()
        ));
        // What is paid is fronted no more.
        let batch = desk.seal();
        let file = desk.release(&batch);
        let paid: Vec<String> = column(&file, "end_to_end_id")
            .iter()
            .map(|id| format!("{id},paid,"))
            .collect();
        desk.outcomes(&paid);
        let found = good(desk.dealer.get("/v1/dealer/exposure"));
        assert_eq!(found["claims"], 2);
    });
}

/// Says of a paid claim of a dealer that its goods went back.
fn return_goods(client: &mut Client, number: &str) {
    let claims = claims_of(client);
    let claim = claims.iter().find(|c| c["number"] == number).unwrap();
    let id = claim["id"].as_str().unwrap();
    let tag = look(client, id).1;
    let answer = super::desk::act(client, id, "goods-returned", &tag);
    assert_eq!(good(answer)["state"], "clawback_due");
}

#[test]
fn statements_sum_to_the_batches_to_the_fen() {
    on_both(|desk| {
        set_account(&desk.database, &other_uscc(), "41050100040000003333");
        let mut batches = Vec::new();
        for round in 0..3 {
            desk.approved();
            desk.approved();
            desk.approved_of_other();
            let batch = desk.seal();
            if round == 2 {
                // Sealed and not released: no statement yet.
                batches.push(batch);
                break;
            }
            let file = desk.release(&batch);
            let names = column(&file, "end_to_end_id");
            desk.outcomes(&[
                format!("{},paid,", names[0]),
                format!("{},returned,=AC04 closed", names[1]),
            ]);
            batches.push(batch);
            if round == 0 {
                // Goods of a paid claim go back: the next payout of its dealer sets that off.
                let number = names[0].rsplit_once('/').unwrap().0.to_owned();
                return_goods(&mut desk.dealer, &number);
            }
        }
        assert!(fen(&batches[1]["set_off"]) > 0, "{}", batches[1]);
        let mut statements = Vec::new();
        for client in [&mut desk.dealer, &mut desk.other] {
            let mut cursor = String::new();
            loop {
                let page = good(client.get(&format!("/v1/dealer/statements?limit=1{cursor}")));
                statements.extend(page["items"].as_array().unwrap().clone());
                match page["next_cursor"].as_str() {
                    Some(next) => cursor = format!("&cursor={next}"),
                    None => break,
                }
            }
        }
        assert_eq!(statements.len(), 4);
        for batch in &batches[..2] {
            let of_batch = || statements.iter().filter(|s| s["batch"] == batch["id"]);
            assert_eq!(of_batch().count(), 2);
            for (sum, whole) in [("gross", "gross"), ("set_off", "set_off"), ("net", "total")] {
                let together: i64 = of_batch().map(|s| fen(&s[sum])).sum();
                assert_eq!(together, fen(&batch[whole]), "{sum}");
            }
            let lines: i64 = of_batch().map(|s| s["lines"].as_i64().unwrap()).sum();
            assert_eq!(json!(lines), batch["lines"]);
            assert!(of_batch().all(|s| s["net_to_dealer"] == s["net"] && s["pool"] == POOL));
        }

        let path = format!(
            "/v1/dealer/statements/{}",
            batches[0]["id"].as_str().unwrap()
        );
        let one = good(desk.dealer.get(&path));
        let listed = statements
            .iter()
            .find(|s| s["batch"] == one["batch"])
            .unwrap();
        for sum in [
            "gross", "set_off", "net", "lines", "paid", "returned", "pending", "number",
        ] {
            assert_eq!(one[sum], listed[sum], "{sum}");
        }
        assert_eq!((&one["paid"], &one["returned"]), (&json!(1), &json!(1)));
        let items = one["items"].as_array().unwrap();
        let net: i64 = items.iter().map(|line| fen(&line["net"])).sum();
        assert_eq!(net, fen(&one["net"]));
        assert_eq!(items[1]["reason"], "=AC04 closed");
        for line in items {
            let number = line["claim_number"].as_str().unwrap();
            assert!(
                line["end_to_end_id"]
                    .as_str()
                    .unwrap()
                    .starts_with(&format!("{number}/"))
            );
        }

        let csv = desk.dealer.get(&format!("{path}?format=csv"));
        assert_eq!(csv.header("content-type"), Some("text/csv; charset=utf-8"));
        let csv = csv.text();
        assert_eq!(column(&csv, "reason"), ["", "'=AC04 closed"]);
        let nets: Vec<Value> = column(&csv, "net").into_iter().map(Value::from).collect();
        assert_eq!(nets.iter().map(fen).sum::<i64>(), net);

        let sealed = batches[2]["id"].as_str().unwrap();
        let early = desk.dealer.get(&format!("/v1/dealer/statements/{sealed}"));
        assert_eq!(code(&early), (404, "no_such_object".into()));
        let odd = desk.dealer.get(&format!("{path}?format=xml"));
        assert_eq!(code(&odd), (422, "query_malformed".into()));
    });
}

#[test]
fn a_dealer_without_lines_has_no_statement_of_a_batch() {
    on_both(|desk| {
        desk.approved();
        let batch = desk.seal();
        desk.release(&batch);
        let path = format!("/v1/dealer/statements/{}", batch["id"].as_str().unwrap());
        let foreign = desk.other.get(&path);
        assert_eq!(code(&foreign), (404, "no_such_object".into()));
        assert_eq!(
            good(desk.other.get("/v1/dealer/statements"))["items"],
            json!([])
        );
        good(desk.dealer.get(&path));
    });
}
