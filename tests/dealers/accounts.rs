//! Where a dealer is paid: two persons, a waiting time, and the dealer sees it coming.

use serde_json::{Value, json};

use super::desk::{
    ACCOUNT, Desk, POOL, code, column, for_review, good, held, of_other, on_both, other_uscc, post,
    put, set_account,
};
use crate::support::claims::{SELLER, claim};
use crate::support::{Backend, Client, TestDatabase};

const OWN: &str = "/v1/dealer/bank-account";
/// Of whoever wants the money.
const THIEF: &str = "62258814142074309999";
/// The account to which the dealer really moves.
const NEW: &str = "41050100040000002222";

fn account(number: &str) -> Value {
    json!({ "name": "济源示例商行", "number": number, "bank": "济源示例银行" })
}

fn path(uscc: &str, rest: &str) -> String {
    format!("/v1/dealers/{uscc}/bank-account{rest}")
}

/// The only change that is pending.
fn pending(accounts: &Value) -> &Value {
    let pending = accounts["pending"].as_array().unwrap();
    assert_eq!(pending.len(), 1, "{accounts}");
    &pending[0]
}

fn propose(client: &mut Client, number: &str) -> String {
    let accounts = good(put(client, OWN, &account(number)));
    let pending = pending(&accounts);
    assert_eq!(pending["proposed_by"], "dealer");
    pending["id"].as_str().unwrap().to_owned()
}

fn confirm(client: &mut Client, uscc: &str, id: &str) -> crate::support::Response {
    post(client, &path(uscc, &format!("/{id}/confirm")))
}

/// The account numbers to which a fresh payout goes.
fn paid_to(desk: &mut Desk) -> Vec<String> {
    desk.approved();
    let batch = desk.seal();
    let file = desk.release(&batch);
    let lines: Vec<String> = column(&file, "end_to_end_id")
        .iter()
        .map(|id| format!("{id},paid,"))
        .collect();
    desk.outcomes(&lines);
    column(&file, "account")
}

#[test]
fn a_hijacked_account_gets_nothing_while_somebody_can_notice() {
    on_both(|desk| {
        assert_eq!(paid_to(desk), [ACCOUNT]);
        let id = propose(&mut desk.dealer, THIEF);
        assert_eq!(paid_to(desk), [ACCOUNT]);

        // Somebody of the bureau believes it.
        let accounts = good(confirm(&mut desk.finance, SELLER, &id));
        let change = pending(&accounts);
        assert_eq!(
            (&change["state"], &change["number"]),
            (&json!("confirmed"), &json!("6225************9999"))
        );
        let day = |text: &Value| {
            let at = tradein::domain::time::Timestamp::parse_rfc3339(text.as_str().unwrap());
            at.unwrap().0 / 1_000_000
        };
        let waits = day(&change["used_from"]) - tradein::clock::now().0 / 1_000_000;
        let three_days = 3 * 86_400;
        assert!((three_days - 60..=three_days).contains(&waits), "{waits}");
        assert_eq!(paid_to(desk), [ACCOUNT]);

        // The dealer sees it and objects.
        let seen = good(desk.dealer.get(OWN));
        assert_eq!(seen["in_force"]["number"], "4105************1111");
        assert_eq!(pending(&seen)["id"], json!(id));
        assert!(!seen.to_string().contains(THIEF) && !seen.to_string().contains(ACCOUNT));
        let refused = good(post(&mut desk.dealer, &format!("{OWN}/{id}/refuse")));
        assert_eq!(refused["pending"], json!([]));
        let late = confirm(&mut desk.finance, SELLER, &id);
        assert_eq!(code(&late), (409, "account_not_pending".into()));
        let again = post(&mut desk.dealer, &format!("{OWN}/{id}/refuse"));
        assert_eq!(code(&again), (409, "account_not_pending".into()));
        desk.sql("UPDATE dealer_accounts SET from_us = 1 WHERE state = 'refused'");
        assert_eq!(paid_to(desk), [ACCOUNT]);

        // A change that nobody objects to comes into force with its time.
        let id = propose(&mut desk.dealer, NEW);
        good(confirm(&mut desk.operator, SELLER, &id));
        assert_eq!(paid_to(desk), [ACCOUNT]);
        desk.sql(&format!(
            "UPDATE dealer_accounts SET from_us = from_us - {} WHERE state = 'confirmed'",
            3 * 86_400_000_000_i64
        ));
        assert_eq!(paid_to(desk), [NEW]);
        let log = desk.server.stderr();
        assert!(!log.contains(THIEF) && !log.contains(NEW), "{log}");
    });
}

/// Credit code, number and state of what is listed, page by page.
fn listed(client: &mut Client, state: &str, limit: usize) -> Vec<[String; 3]> {
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/v1/bank-accounts?limit={limit}{state}{cursor}");
        let page = good(client.get(&path));
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= limit, "{page}");
        for item in items {
            let word = |value: &Value| value.as_str().unwrap().to_owned();
            let account = &item["account"];
            found.push([&item["uscc"], &account["number"], &account["state"]].map(word));
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

#[test]
fn whoever_confirms_finds_what_waits_of_all_dealers() {
    on_both(|desk| {
        let line = |uscc: &str, tail: &str, state: &str| {
            let masked = format!(
                "{}************{tail}",
                if tail == "9999" { "6225" } else { "4105" }
            );
            [uscc.to_owned(), masked, state.to_owned()]
        };
        // What is used already waits for nothing.
        assert!(listed(&mut desk.finance, "", 50).is_empty());
        let first = propose(&mut desk.dealer, NEW);
        let other = good(put(&mut desk.other, OWN, &account(THIEF)));
        assert_eq!(other["pending"].as_array().unwrap().len(), 1);
        let proposed = [
            line(SELLER, "2222", "proposed"),
            line(&other_uscc(), "9999", "proposed"),
        ];
        for limit in [1, 2, 50] {
            assert_eq!(listed(&mut desk.finance, "", limit), proposed);
            assert_eq!(
                listed(&mut desk.operator, "&state=proposed", limit),
                proposed
            );
        }
        assert_eq!(desk.dealer.get("/v1/bank-accounts").status, 403);

        good(confirm(&mut desk.finance, SELLER, &first));
        let waits = [line(SELLER, "2222", "confirmed")];
        assert_eq!(listed(&mut desk.finance, "&state=confirmed", 50), waits);
        assert_eq!(
            listed(&mut desk.finance, "&state=proposed", 50),
            proposed[1..]
        );
        let all = [waits[0].clone(), proposed[1].clone()];
        assert_eq!(listed(&mut desk.finance, "", 1), all);

        // Its time has come, and the other is refused.
        desk.sql("UPDATE dealer_accounts SET from_us = 1 WHERE from_us IS NOT NULL");
        let id = other["pending"][0]["id"].as_str().unwrap();
        good(post(&mut desk.other, &format!("{OWN}/{id}/refuse")));
        assert!(listed(&mut desk.finance, "", 50).is_empty());
    });
}

#[test]
fn whoever_proposes_does_not_confirm() {
    on_both(|desk| {
        let uscc = other_uscc();
        let place = path(&uscc, "");
        let proposed = good(desk.operator.post(&place, &account(NEW)));
        assert_eq!(proposed["in_force"], Value::Null);
        let change = pending(&proposed);
        assert_eq!(change["proposed_by"], "bureau");
        // It is named in the request, but it is not the name of this dealer.
        assert_eq!(change["is_dealers_name"], false);
        let id = change["id"].as_str().unwrap().to_owned();
        let alone = confirm(&mut desk.operator, &uscc, &id);
        assert_eq!(code(&alone), (403, "second_person_required".into()));
        // The same person with another role stays the same person.
        let hat = desk.database.add_staff("operator", "finance");
        let mut hat = desk.server.client_of(&hat);
        let alone = confirm(&mut hat, &uscc, &id);
        assert_eq!(code(&alone), (403, "second_person_required".into()));
        for client in [&mut desk.reviewer, &mut desk.approver, &mut desk.auditor] {
            let not_theirs = confirm(client, &uscc, &id);
            assert_eq!(code(&not_theirs), (403, "role_not_allowed".into()));
        }
        let elsewhere = confirm(&mut desk.finance, SELLER, &id);
        assert_eq!(code(&elsewhere), (404, "no_such_object".into()));

        // The first account is used at once: no money could be led astray before.
        let confirmed = good(confirm(&mut desk.finance, &uscc, &id));
        assert_eq!(confirmed["in_force"]["id"], json!(id));
        assert_eq!(confirmed["pending"], json!([]));

        // Whoever proposed or confirmed it approves no claim of this dealer.
        let claim_id = held(&mut desk.other, &of_other(claim(super::desk::GOODS)));
        for_review(&mut desk.other, &claim_id);
        let tag = super::desk::look(&mut desk.reviewer, &claim_id).1;
        let answer = super::desk::act(&mut desk.reviewer, &claim_id, "recommend", &tag);
        let tag = answer.header("etag").unwrap().to_owned();
        for login in ["operator", "finance"] {
            let hat = desk.database.add_staff(login, "approver");
            let mut hat = desk.server.client_of(&hat);
            let biased = super::desk::act(&mut hat, &claim_id, "approve", &tag);
            assert_eq!(
                code(&biased),
                (403, "conflict_of_interest".into()),
                "{login}"
            );
        }
        let free = super::desk::act(&mut desk.approver, &claim_id, "approve", &tag);
        assert_eq!(free.status, 200, "{}", free.text());
    });
}

#[test]
fn who_has_seen_a_dealers_credentials_is_no_second_person_for_it() {
    on_both(|desk| {
        let uscc = tradein::rehearse::generate::uscc(3);
        let body = json!({ "uscc": uscc, "name": "第三商行", "programmes": [] });
        let admitted = good(desk.operator.post("/v1/dealers", &body));
        let mut dealer = desk.server.client_of(&crate::support::Credentials {
            client_id: admitted["client_id"].as_str().unwrap().to_owned(),
            client_secret: admitted["client_secret"].as_str().unwrap().to_owned(),
        });
        let id = propose(&mut dealer, NEW);
        let alone = confirm(&mut desk.operator, &uscc, &id);
        assert_eq!(code(&alone), (403, "second_person_required".into()));
        good(confirm(&mut desk.second_operator, &uscc, &id));
    });
}

#[test]
fn another_proposal_takes_the_place_of_the_one_before() {
    on_both(|desk| {
        let first = propose(&mut desk.dealer, THIEF);
        // Asked for again it stays what it is.
        assert_eq!(propose(&mut desk.dealer, THIEF), first);
        let second = propose(&mut desk.dealer, NEW);
        assert_ne!(first, second);
        let gone = confirm(&mut desk.finance, SELLER, &first);
        assert_eq!(code(&gone), (409, "account_not_pending".into()));

        // What is confirmed later ends what waits.
        good(confirm(&mut desk.finance, SELLER, &second));
        let third = propose_beside(&mut desk.dealer, THIEF);
        let accounts = good(confirm(&mut desk.finance, SELLER, &third));
        assert_eq!(pending(&accounts)["id"], json!(third));

        // Whoever asks for what is in force wants no change.
        let kept = good(put(&mut desk.dealer, OWN, &account(ACCOUNT)));
        assert_eq!(kept["pending"], json!([]));
        assert_eq!(kept["in_force"]["number"], "4105************1111");

        // What is in force is not refused: the next account would be a first one.
        let used = kept["in_force"]["id"].as_str().unwrap();
        let why = json!({ "why": "the dealer called" });
        let path = path(SELLER, &format!("/{used}/refuse"));
        let refused = desk.finance.post(&path, &why);
        assert_eq!(code(&refused), (409, "account_not_pending".into()));
    });
}

/// Proposes an account while another one waits for its time.
fn propose_beside(client: &mut Client, number: &str) -> String {
    let accounts = good(put(client, OWN, &account(number)));
    let found = accounts["pending"].as_array().unwrap();
    let proposed = found.iter().find(|a| a["state"] == "proposed").unwrap();
    assert_eq!(found.len(), 2, "{accounts}");
    proposed["id"].as_str().unwrap().to_owned()
}

#[test]
fn the_bureau_refuses_a_change_and_says_why() {
    on_both(|desk| {
        let id = propose(&mut desk.dealer, THIEF);
        let why = json!({ "why": "the dealer knows nothing of it" });
        let place = path(SELLER, &format!("/{id}/refuse"));
        let refused = good(desk.finance.post(&place, &why));
        assert_eq!(refused["pending"], json!([]));
        let seen = good(desk.auditor.get(&format!("/v1/dealers/{SELLER}")));
        let change = &seen["changes"][0];
        assert_eq!(
            (&change["what"], &change["by"], &change["why"]),
            (&json!("account_refused"), &json!("finance"), &why["why"])
        );
        // Another dealer neither sees nor refuses it.
        let id = propose(&mut desk.dealer, NEW);
        assert_eq!(good(desk.other.get(OWN))["pending"], json!([]));
        let foreign = post(&mut desk.other, &format!("{OWN}/{id}/refuse"));
        assert_eq!(code(&foreign), (404, "no_such_object".into()));
    });
}

#[test]
fn a_claim_without_an_account_is_left_out_and_paid_in_the_next_batch() {
    on_both(|desk| {
        let (mine, others) = (desk.approved(), desk.approved_of_other());
        let first = desk.seal();
        assert_eq!(first["lines"], 1, "{first}");
        let left_out = first["left_out"].as_array().unwrap();
        let number = super::desk::look(&mut desk.other, &others).0["number"].clone();
        assert_eq!(
            left_out[..],
            [json!({ "claim_number": number, "why": "account_missing" })]
        );
        assert_eq!(
            (desk.state(&mine), desk.state(&others)),
            ("paying".into(), "approved".into())
        );
        // A proposal alone is no account.
        let id = propose(&mut desk.other, NEW);
        let body = json!({ "pool": POOL });
        let nothing = desk.finance.post("/v1/payout-batches", &body);
        assert_eq!(code(&nothing), (409, "nothing_to_pay".into()));
        good(confirm(&mut desk.finance, &other_uscc(), &id));
        let second = desk.seal();
        assert_eq!(
            (&second["lines"], &second["left_out"]),
            (&json!(1), &Value::Null)
        );
        assert_eq!(column(&desk.release(&second), "account"), [NEW]);
        desk.release(&first);
    });
}

#[test]
fn what_is_no_account_is_told_part_by_part() {
    let mut desk = Desk::new(Backend::Sqlite);
    let bad = json!({ "name": " ", "number": "=1+1", "bank": "b\u{200B}", "more": 1 });
    let answer = put(&mut desk.dealer, OWN, &bad);
    assert_eq!(code(&answer), (422, "body_malformed".into()));
    let errors = answer.json()["errors"].clone();
    let mut found: Vec<String> = errors
        .as_array()
        .unwrap()
        .iter()
        .map(|e| {
            format!(
                "{} {}",
                e["field"].as_str().unwrap(),
                e["code"].as_str().unwrap()
            )
        })
        .collect();
    found.sort();
    let expected = [
        "/bank control_character",
        "/more unknown_field",
        "/name length",
        "/number format",
    ];
    assert_eq!(found, expected);
    let nobody = desk
        .operator
        .post(&path("91419001MA0000009X", ""), &account(NEW));
    assert_eq!(code(&nobody), (404, "no_such_object".into()));
}

#[test]
fn the_owner_of_the_machine_sets_accounts_and_changes_wait_as_well() {
    for backend in Backend::ALL {
        let database = TestDatabase::new(backend);
        database.load_programmes(&[super::desk::GOODS]);
        let uscc = tradein::rehearse::generate::uscc(7);
        let added = database.run_json(&[
            "dealer",
            "add",
            "--uscc",
            &uscc,
            "--name",
            "第七商行",
            "--account-number",
            ACCOUNT,
            "--bank",
            "ICBKCNBJ",
            "--json",
        ]);
        assert_eq!(added["warnings"], json!([]));
        let said = set_account(&database, &uscc, NEW);
        assert!(said.contains("is used from"), "{said}");
        assert!(!said.contains(NEW), "{said}");
        let server = database.serve();
        let mut dealer = server.client_of(&crate::support::Credentials {
            client_id: added["client_id"].as_str().unwrap().to_owned(),
            client_secret: added["client_secret"].as_str().unwrap().to_owned(),
        });
        let accounts = good(dealer.get(OWN));
        assert_eq!(accounts["in_force"]["name"], "第七商行");
        assert_eq!(accounts["in_force"]["is_dealers_name"], true);
        assert_eq!(accounts["in_force"]["number"], "4105************1111");
        assert_eq!(pending(&accounts)["number"], "4105************2222");
        for (arguments, said) in [
            (
                vec!["dealer", "account", &uscc, "--number", "1/2", "--bank", "b"],
                "/number",
            ),
            (
                vec!["dealer", "account", "x", "--number", "1", "--bank", "b"],
                "there is no dealer x",
            ),
        ] {
            let output = database.output(&arguments);
            let error = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(1), "{error}");
            assert!(error.contains(said), "{error}");
        }
    }
}

#[test]
fn an_account_lies_sealed() {
    let mut desk = Desk::new(Backend::Sqlite);
    propose(&mut desk.dealer, THIEF);
    let holds = |needle: &str| {
        std::fs::read_dir(desk.database.data_dir())
            .unwrap()
            .filter_map(|entry| std::fs::read(entry.unwrap().path()).ok())
            .any(|bytes| bytes.windows(needle.len()).any(|w| w == needle.as_bytes()))
    };
    assert!(!holds(THIEF));
    assert!(holds(SELLER), "the search finds nothing at all");
}
