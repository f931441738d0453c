//! A claim whose invoice turns out voided after it was paid: the list comes over HTTP, an approver
//! who did not approve the claim demands the money back, and finance notes that it came.

use serde_json::{Value, json};

use crate::scene::{CARS, POOL, Scene, act, code, id_of, on_both, payments, seen};
use crate::support::Response;
use crate::support::claims::claim;

const FLAG: &str = "screening_paid_invoice_voided";
/// A programme that keeps a person's place used when the goods go back.
const KEEPS: &str = "national-car-replacement-2026";

fn number(claim: &Value) -> &str {
    claim["invoice"]["number"].as_str().unwrap()
}

/// Sends a list of voided invoices.
fn send(scene: &mut Scene, media: &str, text: &str) -> Response {
    let headers = [("content-type", media)];
    let path = "/v1/voided-invoices";
    scene.operator.call("POST", path, &headers, text.as_bytes())
}

/// The same with these numbers, a number a line.
fn import(scene: &mut Scene, numbers: &[&str]) -> Response {
    let mut text = "invoice_number,voided_on\n".to_owned();
    for number in numbers {
        text += &format!("{number},2025-06-01\n");
    }
    send(scene, "text/csv", &text)
}

/// Claims that are approved and paid; their ids.
fn paid(scene: &mut Scene, claims: &[Value]) -> Vec<String> {
    let filed = claims.iter().map(|claim| id_of(&scene.file_claim(claim)));
    let ids: Vec<String> = filed.collect();
    for id in &ids {
        scene.approve(id);
    }
    let (_, csv) = scene.pay_out(10);
    let lines = payments(&csv)
        .into_iter()
        .map(|name| format!("{name},paid,"));
    scene.outcomes(&lines.collect::<Vec<_>>());
    ids
}

fn owed(scene: &mut Scene) -> Value {
    let found = scene.finance.get("/v1/receivables").json();
    found["items"].clone()
}

#[test]
fn a_list_of_voided_invoices_is_taken_whole_or_not_at_all() {
    on_both("1000000", |scene| {
        let claims = [claim(CARS), claim(CARS)];
        let ids = paid(scene, &claims);
        let good = [number(&claims[0]), number(&claims[1])];
        let table = format!("invoice_number,voided_on\n{},2025-06-01\n", good[0]);
        for (media, text, answer) in [
            ("text/plain", table.clone(), (415, "media_type_unsupported")),
            (
                "text/csv; charset=gbk",
                table.clone(),
                (415, "charset_unsupported"),
            ),
            (
                "text/csv",
                " ".repeat(1024 * 1024 + 1),
                (413, "body_too_large"),
            ),
            (
                "text/csv",
                table.replace("voided_on", "day"),
                (422, "file_malformed"),
            ),
        ] {
            let (status, word) = answer;
            assert_eq!(code(&send(scene, media, &text)), (status, word.to_owned()));
        }
        let bad = import(scene, &[good[0], "no number"]);
        assert_eq!(code(&bad), (422, "file_malformed".to_owned()));
        assert_eq!(bad.json()["at"], "3: register_invoice_number");
        let day = send(scene, "text/csv", &table.replace("06-01", "06-31"));
        assert_eq!(day.json()["at"], "2: register_day");
        assert!(!day.text().contains(good[0]), "a refused line was quoted");
        assert_eq!(scene.flags(&ids[0]), json!([]), "all or nothing");

        let done = import(scene, &good[..1]);
        assert_eq!(done.status, 200, "{}", done.text());
        let told = json!({ "lines": 1, "new": 1, "flagged": 1, "paid": 1, "repeated": false });
        assert_eq!(done.json(), told);
        assert_eq!(import(scene, &good[..1]).json()["repeated"], true);
        assert_eq!(import(scene, &good).json()["new"], 1);
        for id in &ids {
            assert_eq!(scene.flags(id), json!([FLAG]));
            assert_eq!(scene.state(id), "paid", "people decide what comes back");
        }
    });
}

#[test]
fn a_second_person_demands_back_what_was_paid_on_a_voided_invoice() {
    on_both("1000000", |scene| {
        let claims = [claim(CARS), claim(CARS)];
        let ids = paid(scene, &claims);
        let unpaid = id_of(&scene.file());
        scene.approve(&unpaid);
        let mut second = scene.staff("approver-2", "approver");
        let why = json!({ "why": "王小明 called: the shop took the car back" });
        assert_eq!(import(scene, &[number(&claims[0])]).status, 200);

        let demand = |scene: &mut Scene, by: &mut crate::support::Client, id: &str| {
            let tag = scene.look(id).1;
            act(by, id, "claw-back", &tag, Some(&why))
        };
        // Nobody has told that the other's invoice was voided, and nothing was paid on the third.
        let denied = demand(scene, &mut second, &ids[1]);
        assert_eq!(code(&denied), (409, "invoice_not_voided".to_owned()));
        let denied = demand(scene, &mut second, &unpaid);
        assert_eq!(code(&denied), (409, "wrong_state".to_owned()));
        // Who approved it does not demand it back, and nobody without a reason or an old version.
        let tag = scene.look(&ids[0]).1;
        let alone = act(&mut scene.approver, &ids[0], "claw-back", &tag, Some(&why));
        assert_eq!(code(&alone), (403, "second_person_required".to_owned()));
        let empty = act(
            &mut second,
            &ids[0],
            "claw-back",
            &tag,
            Some(&json!({ "why": "" })),
        );
        assert_eq!(code(&empty), (422, "body_malformed".to_owned()));
        let stale = act(&mut second, &ids[0], "claw-back", "\"1\"", Some(&why));
        assert_eq!(code(&stale), (412, "version_stale".to_owned()));
        assert_eq!(
            (owed(scene), scene.flags(&ids[0])),
            (json!([]), json!([FLAG]))
        );

        let (claim, _) = seen(demand(scene, &mut second, &ids[0]));
        assert_eq!(claim["state"], "clawback_due");
        assert_eq!(
            scene.flags(&ids[0]),
            json!([]),
            "it asked for this decision"
        );
        let again = demand(scene, &mut second, &ids[0]);
        assert_eq!(code(&again), (409, "wrong_state".to_owned()));
        let owed = owed(scene);
        assert_eq!(owed.as_array().unwrap().len(), 1);
        assert_eq!(owed[0]["reason"], "invoice_voided");
        assert_eq!(owed[0]["amount"], claim["amount"]);
        let path = format!("/v1/claims/{}/unseal", ids[0]);
        let opened = scene.auditor.post(&path, &json!({ "why": "audit" })).json();
        let notes = opened["notes"].as_array().unwrap();
        let note = notes.iter().find(|note| note["kind"] == "clawback_raised");
        assert_eq!(note.unwrap()["words"][0], why);

        let back = json!({ "amount": claim["amount"], "reference": "slip 1" });
        let path = format!(
            "/v1/receivables/{}/paid-in",
            owed[0]["id"].as_str().unwrap()
        );
        assert_eq!(scene.finance.post(&path, &back).status, 200);
        assert_eq!(scene.state(&ids[0]), "clawed_back");
        let verified = scene.database.run_json(&["verify", "--json"]);
        assert_eq!(verified["ok"], true, "{verified}");
    });
}

#[test]
fn a_voided_invoice_gives_no_more_back_than_returned_goods() {
    for backend in crate::support::Backend::ALL {
        let scene = &mut Scene::with(backend, "1000000", &[KEEPS]);
        let body = claim(KEEPS);
        let ids = paid(scene, std::slice::from_ref(&body));
        assert_eq!(import(scene, &[number(&body)]).json()["paid"], 1);
        let mut second = scene.staff("approver-2", "approver");
        let tag = scene.look(&ids[0]).1;
        let why = json!({ "why": "red letter" });
        seen(act(&mut second, &ids[0], "claw-back", &tag, Some(&why)));
        let owed = owed(scene);
        assert_eq!(owed[0]["reason"], "invoice_voided_place_used", "{POOL}");
        let back = json!({ "amount": owed[0]["amount"], "reference": "slip 1" });
        let path = format!(
            "/v1/receivables/{}/paid-in",
            owed[0]["id"].as_str().unwrap()
        );
        assert_eq!(scene.finance.post(&path, &back).status, 200);
        // The same person with other cars: his one place is used.
        let mut again = claim(KEEPS);
        for member in ["consumer", "invoice"] {
            let number = again["invoice"]["number"].clone();
            again[member] = body[member].clone();
            if member == "invoice" {
                again[member]["number"] = number;
            }
        }
        for (pointer, from) in [
            ("/old_item/owner_id_number", "/consumer/id_number"),
            ("/old_item/disposal/seller_id_number", "/consumer/id_number"),
        ] {
            let value = body.pointer(from).unwrap().clone();
            *again.pointer_mut(pointer).unwrap() = value;
        }
        let filed = scene.file_claim(&again);
        assert_eq!(filed["state"], "refused", "{filed}");
        let verified = scene.database.run_json(&["verify", "--json"]);
        assert_eq!(verified["ok"], true, "{verified}");
    }
}
