//! Review by two persons.

use serde_json::json;

use super::scene::{Scene, act, code, on_both, seen};

#[test]
fn a_claim_goes_from_papers_to_approval() {
    on_both("100000", |scene| {
        let filed = scene.file();
        assert_eq!(filed["state"], "reserved");
        let id = filed["id"].as_str().unwrap();
        assert_eq!(
            scene
                .reviewer
                .call("POST", "/v1/review/next", &[], b"")
                .status,
            204
        );
        let claim = scene.send_papers(id);
        assert_eq!(claim["state"], "in_review");
        assert_eq!(claim["due"], json!([]));
        assert_eq!(claim["papers"].as_array().unwrap().len(), 3);

        let (next, tag) = seen(scene.reviewer.call("POST", "/v1/review/next", &[], b""));
        assert_eq!(next["id"], filed["id"]);
        assert!(next["lease_until"].is_string());
        let (claim, tag) = seen(act(&mut scene.reviewer, id, "recommend", &tag, None));
        assert_eq!(claim["state"], "recommended");
        let stale = act(&mut scene.approver, id, "approve", "\"1\"", None);
        assert_eq!(code(&stale), (412, "version_stale".into()));
        let (claim, _) = seen(act(&mut scene.approver, id, "approve", &tag, None));
        assert_eq!(claim["state"], "approved");
        assert!(claim["pay_by"].is_string(), "{claim}");
        assert_eq!(scene.sums()[2], filed["amount"].as_str().unwrap());
    });
}

#[test]
fn nobody_decides_what_he_prepared() {
    on_both("100000", |scene: &mut Scene| {
        let filed = scene.file();
        let id = filed["id"].as_str().unwrap();
        scene.send_papers(id);
        let tag = scene.look(id).1;
        let (_, tag) = seen(act(&mut scene.reviewer, id, "recommend", &tag, None));
        let alone = act(&mut scene.reviewer, id, "approve", &tag, None);
        assert_eq!(code(&alone), (403, "role_not_allowed".into()));
        // The same person with another role stays the same person.
        let second_hat = scene.database.add_staff("reviewer", "approver");
        let mut second_hat = scene.server.client_of(&second_hat);
        let alone = act(&mut second_hat, id, "approve", &tag, None);
        assert_eq!(code(&alone), (403, "second_person_required".into()));
        assert_eq!(scene.state(id), "recommended");
        seen(act(&mut scene.approver, id, "approve", &tag, None));
    });
}
