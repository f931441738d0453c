//! Admission, suspension and removal: new claims stop, honest old ones go on and are paid.

use serde_json::{Value, json};

use super::desk::{
    ACCOUNT, Desk, GOODS, code, column, file, for_review, good, held, on_both, post,
};
use crate::support::claims::{SELLER, claim, with};
use crate::support::{Backend, Client, Credentials};

fn credentials(admitted: &Value) -> Credentials {
    let field = |name: &str| admitted[name].as_str().unwrap().to_owned();
    Credentials {
        client_id: field("client_id"),
        client_secret: field("client_secret"),
    }
}

fn published(client: &mut Client) -> Vec<String> {
    let list = client.get("/v1/public/dealers").json();
    let items = list["items"].as_array().unwrap();
    let uscc = |dealer: &Value| dealer["uscc"].as_str().unwrap().to_owned();
    items.iter().map(uscc).collect()
}

fn set(desk: &mut Desk, verb: &str) -> Value {
    let why = json!({ "why": format!("{verb} for the test") });
    good(
        desk.operator
            .post(&format!("/v1/dealers/{SELLER}/{verb}"), &why),
    )
}

#[test]
fn a_dealer_is_admitted_and_files_with_the_credentials_of_the_answer() {
    on_both(|desk| {
        let uscc = tradein::rehearse::generate::uscc(5);
        let body = json!({ "uscc": uscc, "name": "第五商行", "programmes": [GOODS] });
        let answer = desk.operator.post("/v1/dealers", &body);
        assert_eq!(answer.status, 201, "{}", answer.text());
        let place = answer.header("location").unwrap().to_owned();
        assert_eq!(place, format!("/v1/dealers/{uscc}"));
        let admitted = answer.json();
        assert_eq!(admitted["warnings"], json!([]));
        let mut dealer = desk.server.client_of(&credentials(&admitted));
        held(
            &mut dealer,
            &with(claim(GOODS), "/invoice/seller_uscc", json!(uscc)),
        );
        assert!(published(&mut desk.dealer).contains(&uscc));

        let seen = desk.auditor.get(&place);
        assert!(
            !seen
                .text()
                .contains(admitted["client_secret"].as_str().unwrap())
        );
        let seen = seen.json();
        assert_eq!(
            (&seen["status"], &seen["programmes"]),
            (&json!("active"), &json!([GOODS]))
        );
        let change = &seen["changes"][0];
        assert_eq!(
            (&change["by"], &change["what"]),
            (&json!("operator"), &json!("admitted"))
        );

        // The same code again: the dealer that is there gets further credentials.
        let again = good(desk.operator.post("/v1/dealers", &body));
        assert_eq!(again["dealer_id"], admitted["dealer_id"]);
        assert_ne!(again["client_secret"], admitted["client_secret"]);

        // The name of another dealer is worth a look at both licences.
        let other = tradein::rehearse::generate::uscc(6);
        let namesake = json!({ "uscc": other, "name": "第五商行", "programmes": [] });
        let warned = good(desk.operator.post("/v1/dealers", &namesake));
        assert_eq!(warned["warnings"], json!(["name_taken"]));
        for client in [&mut desk.finance, &mut desk.dealer] {
            let not_theirs = client.post("/v1/dealers", &body);
            assert_eq!(code(&not_theirs), (403, "role_not_allowed".into()));
        }
    });
}

#[test]
fn what_is_wrong_with_a_new_dealer_is_told_at_once() {
    let mut desk = Desk::new(Backend::Sqlite);
    let bad = json!({ "uscc": "91419001MA0000001X", "name": "", "programmes": [GOODS, GOODS] });
    let answer = desk.operator.post("/v1/dealers", &bad);
    assert_eq!(code(&answer), (422, "body_malformed".into()));
    let errors = answer.json()["errors"].clone();
    let fields: Vec<&str> = errors
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["field"].as_str().unwrap())
        .collect();
    assert_eq!(fields, ["/uscc", "/name", "/programmes/1"]);

    let uscc = tradein::rehearse::generate::uscc(5);
    let unknown = json!({ "uscc": uscc, "name": "第五商行", "programmes": [GOODS, "nothing"] });
    let answer = desk.operator.post("/v1/dealers", &unknown);
    assert_eq!(code(&answer), (422, "body_malformed".into()));
    let error = answer.json()["errors"][0].clone();
    assert_eq!(
        (&error["field"], &error["code"]),
        (&json!("/programmes/1"), &json!("unknown_programme"))
    );
    assert!(!published(&mut desk.dealer).contains(&uscc));
    let output = desk.database.output(&[
        "dealer",
        "add",
        "--uscc",
        &uscc,
        "--name",
        "第五商行",
        "--programme",
        "nothing",
    ]);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        error.contains("programme nothing is not published"),
        "{error}"
    );
    let output = desk.database.output(&[
        "dealer",
        "add",
        "--uscc",
        &uscc,
        "--name",
        "济源示例商行",
        "--json",
    ]);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.contains("another dealer has the name"), "{error}");
    assert!(output.status.success(), "{error}");
}

#[test]
fn a_suspended_dealer_files_nothing_new_and_its_old_claims_are_paid() {
    on_both(|desk| {
        let old = held(&mut desk.dealer, &claim(GOODS));
        let suspended = set(desk, "suspend");
        assert_eq!(suspended["status"], "suspended");
        assert_eq!(suspended["changes"][0]["why"], "suspend for the test");
        assert!(!published(&mut desk.dealer).contains(&SELLER.to_owned()));
        let refused = file(&mut desk.dealer, &claim(GOODS)).json();
        assert_eq!(refused["state"], "refused");
        assert_eq!(refused["reasons"][0]["code"], "dealer_not_participating");

        // Its papers are still taken, it is reviewed, approved and paid.
        for_review(&mut desk.dealer, &old);
        desk.decide(&old);
        let batch = desk.seal();
        let file_text = desk.release(&batch);
        assert_eq!(column(&file_text, "account"), [ACCOUNT]);
        let name = column(&file_text, "end_to_end_id").remove(0);
        assert_eq!(desk.outcomes(&[format!("{name},paid,")])["paid"], 1);
        assert_eq!(desk.state(&old), "paid");

        let resumed = set(desk, "resume");
        assert_eq!(resumed["status"], "active");
        held(&mut desk.dealer, &claim(GOODS));
        let nobody = desk.operator.post(
            "/v1/dealers/91419001MA0000009X/suspend",
            &json!({ "why": "x" }),
        );
        assert_eq!(code(&nobody), (404, "no_such_object".into()));
    });
}

#[test]
fn a_removed_dealer_is_gone_for_good_and_what_is_approved_is_paid() {
    on_both(|desk| {
        let approved = desk.approved();
        let removed = set(desk, "remove");
        assert_eq!(removed["status"], "removed");
        assert!(!published(&mut desk.other).contains(&SELLER.to_owned()));
        let out = desk.dealer.get("/v1/claims");
        assert_eq!(code(&out), (401, "token_invalid".into()));

        let why = json!({ "why": "back again" });
        for verb in ["resume", "suspend"] {
            let back = desk
                .operator
                .post(&format!("/v1/dealers/{SELLER}/{verb}"), &why);
            assert_eq!(code(&back), (409, "dealer_removed".into()), "{verb}");
        }
        let body = json!({ "uscc": SELLER, "name": "济源示例商行", "programmes": [GOODS] });
        let back = desk.operator.post("/v1/dealers", &body);
        assert_eq!(code(&back), (409, "dealer_removed".into()));
        let output = desk
            .database
            .output(&["dealer", "resume", "--uscc", SELLER]);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(error.contains("the dealer was removed"), "{error}");

        let batch = desk.seal();
        let file_text = desk.release(&batch);
        let name = column(&file_text, "end_to_end_id").remove(0);
        desk.outcomes(&[format!("{name},paid,")]);
        assert_eq!(desk.state(&approved), "paid");
        let why = json!({ "why": "once more" });
        let again = good(
            desk.operator
                .post(&format!("/v1/dealers/{SELLER}/remove"), &why),
        );
        // Nothing changed, so nothing is noted.
        assert_eq!(again["changes"][0]["why"], "remove for the test");
    });
}

#[test]
fn the_owner_of_the_machine_removes_a_dealer() {
    on_both(|desk| {
        let said = desk.database.run(&["dealer", "remove", SELLER]);
        assert_eq!(said.trim(), format!("{SELLER}: removed"));
        // The running service hears of it within half a second.
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
        while desk.dealer.get("/v1/claims").status != 401 {
            assert!(
                std::time::Instant::now() < deadline,
                "the token is still good"
            );
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        let output = desk.database.output(&["dealer", "remove", "x"]);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(error.contains("there is no dealer x"), "{error}");
        let gone = post(&mut desk.dealer, "/v1/claims/x/withdraw");
        assert_eq!(code(&gone), (401, "token_invalid".into()));
    });
}
