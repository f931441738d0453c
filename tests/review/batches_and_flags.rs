//! A batch is sealed once for a key; a flag keeps a claim apart until somebody has looked.

use serde_json::{Value, json};

use super::scene::{POOL, Scene, act, code, error_codes, on_both, seen};
use crate::support::Response;

fn seal(scene: &mut Scene, key: &str, limit: u32) -> Response {
    let body = json!({ "pool": POOL, "limit": limit }).to_string();
    let headers = [
        ("content-type", "application/json"),
        ("idempotency-key", key),
    ];
    scene
        .finance
        .call("POST", "/v1/payout-batches", &headers, body.as_bytes())
}

#[test]
fn the_same_key_seals_one_batch() {
    on_both("100000", |scene| {
        scene.approved();
        scene.approved();
        let first = seal(scene, "monday-batch", 1);
        assert_eq!(first.status, 201, "{}", first.text());
        // Another approved claim is there, and yet no second batch is made of it.
        let again = seal(scene, "monday-batch", 1);
        assert_eq!((again.status, &again.body), (201, &first.body));
        let other = seal(scene, "monday-batch", 2);
        assert_eq!(code(&other), (422, "idempotency_key_reused".into()));
        assert_eq!(
            code(&seal(scene, "short", 1)),
            (400, "idempotency_key_malformed".into())
        );
        let second = seal(scene, "tuesday-batch", 1);
        assert_ne!(second.json()["id"], first.json()["id"]);
        let listed = scene.auditor.get("/v1/payout-batches?limit=1").json();
        assert_eq!(listed["items"][0]["id"], first.json()["id"]);
        assert!(listed["next_cursor"].is_string());
    });
}

#[test]
fn a_batch_says_whose_money_it_is() {
    on_both("100000", |scene| {
        scene.approved();
        let batch = seal(scene, "one-batch", 10).json();
        let fen = |value: &Value| {
            let text = value.as_str().unwrap().replace('.', "");
            text.parse::<i64>().unwrap()
        };
        // The programme's money is the centre's to 90 percent.
        let (total, centre) = (fen(&batch["gross"]), fen(&batch["sources"]["centre"]));
        assert_eq!(centre, total * 90 / 100);
        assert_eq!(fen(&batch["sources"]["local"]), total - centre);
    });
}

#[test]
fn a_flag_keeps_a_claim_apart_with_its_money() {
    on_both("100000", |scene| {
        let id = scene.file()["id"].as_str().unwrap().to_owned();
        scene.send_papers(&id);
        let held = scene.sums();
        let flag =
            json!({ "code": "register_pending", "why": "the vehicle office does not answer" });
        let path = format!("/v1/claims/{id}/flags");
        let (claim, tag) = seen(scene.reviewer.post(&path, &flag));
        assert_eq!(claim["flags"], json!(["register_pending"]));
        assert_eq!(
            scene
                .reviewer
                .call("POST", "/v1/review/next", &[], b"")
                .status,
            204
        );
        let early = act(&mut scene.reviewer, &id, "recommend", &tag, None);
        assert_eq!(code(&early), (409, "kept_apart".into()));
        assert_eq!(scene.sums(), held);
        // What the engine itself raises nobody raises by hand.
        for code in [
            "already_had_scrappage",
            "already_had_replacement",
            "goods_returned",
            "payment_disputed",
        ] {
            let forged = scene
                .reviewer
                .post(&path, &json!({ "code": code, "why": "x" }));
            assert_eq!(forged.status, 422, "{code}");
            assert_eq!(error_codes(&forged), ["not_in_list"], "{code}");
        }
        let clear = json!({ "why": "the office has answered: all is well" });
        let cleared = scene
            .reviewer
            .post(&format!("{path}/register_pending/clear"), &clear);
        assert_eq!(seen(cleared).0["flags"], json!([]));
        let again = scene
            .reviewer
            .post(&format!("{path}/register_pending/clear"), &clear);
        assert_eq!(code(&again), (404, "no_such_object".into()));
        let (next, _) = seen(scene.reviewer.call("POST", "/v1/review/next", &[], b""));
        assert_eq!(next["id"], json!(id));
    });
}
