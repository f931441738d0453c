//! Payout and what the bank says.

use std::slice::from_ref;

use serde_json::json;

use super::scene::{POOL, code, on_both, payments};

#[test]
fn money_goes_from_the_pool_to_the_payee() {
    on_both("100000", |scene| {
        let id = scene.approved();
        let amount = scene.look(&id).0["amount"].as_str().unwrap().to_owned();
        let body = json!({ "pool": POOL, "limit": 10 });
        let sealed = scene.finance.post("/v1/payout-batches", &body);
        assert_eq!(sealed.status, 201, "{}", sealed.text());
        let sealed = sealed.json();
        assert_eq!(
            (&sealed["state"], &sealed["lines"]),
            (&json!("sealed"), &json!(1))
        );
        assert_eq!(sealed["total"], amount);
        assert_eq!(scene.state(&id), "paying");
        let path = format!("/v1/payout-batches/{}", sealed["id"].as_str().unwrap());
        let early = scene.finance.get(&format!("{path}/file?format=csv"));
        assert_eq!(code(&early), (409, "not_released".into()));
        let alone = scene
            .finance
            .call("POST", &format!("{path}/release"), &[], b"");
        assert_eq!(code(&alone), (403, "second_person_required".into()));
        let released = scene
            .second_finance
            .call("POST", &format!("{path}/release"), &[], b"");
        assert_eq!(released.json()["state"], "released", "{}", released.text());

        let file = scene.finance.get(&format!("{path}/file?format=csv")).text();
        let head = "end_to_end_id,claim_number,payee_name,account,amount";
        assert_eq!(file.lines().next().unwrap(), head);
        let names = payments(&file);
        assert_eq!(names.len(), 1);
        let lines = [
            format!("{},paid,", names[0]),
            "JY25-0000009-9/1,paid,".to_owned(),
        ];
        let imported = scene.outcomes(&lines);
        assert_eq!(
            (&imported["paid"], &imported["unknown"]),
            (&json!(1), &json!(1))
        );
        let again = scene.outcomes(&lines[..1]);
        assert_eq!((&again["paid"], &again["repeated"]), (&json!(0), &json!(1)));
        assert_eq!(scene.state(&id), "paid");
        assert_eq!(scene.sums()[3], amount);
    });
}

#[test]
fn a_returned_payment_is_owed_again_and_gets_a_new_name() {
    on_both("100000", |scene| {
        let id = scene.approved();
        let first = payments(&scene.pay_out(10).1);
        let back = scene.outcomes(&[format!("{},returned,AC04 account closed", first[0])]);
        assert_eq!(back["returned"], 1);
        let (claim, _) = scene.look(&id);
        assert_eq!(claim["state"], "approved");
        assert_eq!(claim["payment"]["reason"], "AC04 account closed");
        assert_eq!(scene.sums()[2], claim["amount"].as_str().unwrap());
        let second = payments(&scene.pay_out(10).1);
        assert_ne!(first, second);
        // The old name says nothing new; a contradiction is left to people.
        let old = scene.outcomes(&[format!("{},paid,", first[0])]);
        assert_eq!((&old["paid"], &old["conflicting"]), (&json!(0), &json!(1)));
        assert_eq!(scene.outcomes(&[format!("{},paid,", second[0])])["paid"], 1);
        assert_eq!(scene.state(&id), "paid");
    });
}

#[test]
fn what_the_bank_wrote_of_the_payee_is_kept_sealed_and_shown_masked() {
    on_both("100000", |scene| {
        let id = scene.approved();
        let (batch, file) = scene.pay_out(10);
        let mut cells = file.lines().nth(1).unwrap().split(',').skip(2);
        let (name, account) = (cells.next().unwrap(), cells.next().unwrap());
        let reason = format!("户名{name}与账号{account}不符");
        let back = scene.outcomes(&[format!("{},returned,{reason}", payments(&file)[0])]);
        assert_eq!(back["returned"], 1);
        let claim = scene.look(&id).0;
        let told = claim["payment"]["reason"].as_str().unwrap();
        assert!(told.starts_with("户名") && told.ends_with("不符"), "{told}");
        let path = format!("/v1/payout-batches/{}", batch["id"].as_str().unwrap());
        let masked = [
            told.to_owned(),
            scene.finance.get(&path).text(),
            scene.auditor.get(&export("")).text(),
        ];
        // The export has the private records of the journal, too.
        assert!(masked[2].contains("reason_mac") && masked[2].contains("不符"));
        for text in masked {
            assert!(!text.contains(name) && !text.contains(account), "{text}");
        }
        let opened = scene.auditor.get(&export("&unsealed=true&why=audit"));
        assert!(opened.text().contains(&reason));
    });
}

fn export(query: &str) -> String {
    format!("/v1/audit/export?pool={POOL}{query}")
}

#[test]
fn nothing_is_paid_again_while_the_bank_contradicts_itself() {
    on_both("100000", |scene| {
        let id = scene.approved();
        let name = payments(&scene.pay_out(10).1)[0].clone();
        let (paid, back) = (format!("{name},paid,"), format!("{name},returned,AC04"));
        // It was said to have come back too early: it is paid, and not paid again.
        scene.outcomes(from_ref(&back));
        assert_eq!(scene.outcomes(from_ref(&paid))["paid"], 1);
        assert_eq!(scene.state(&id), "paid");
        // It came back after all; then the file with the payment comes a second time.
        assert_eq!(scene.outcomes(&[back])["returned"], 1);
        assert_eq!(scene.state(&id), "approved");
        for _ in 0..2 {
            let old = scene.outcomes(from_ref(&paid));
            assert_eq!((&old["paid"], &old["conflicting"]), (&json!(0), &json!(1)));
        }
        let body = json!({ "pool": POOL, "limit": 10 });
        let sealing = scene.finance.post("/v1/payout-batches", &body);
        assert_eq!(code(&sealing), (409, "nothing_to_pay".into()));
        let looked = json!({ "why": "银行确认退汇" });
        let path = format!("/v1/claims/{id}/flags/payment_disputed/clear");
        let claim = scene.reviewer.post(&path, &looked);
        assert_eq!(claim.json()["flags"], json!([]), "{}", claim.text());
        let again = payments(&scene.pay_out(10).1);
        assert_eq!(scene.outcomes(&[format!("{},paid,", again[0])])["paid"], 1);
    });
}
