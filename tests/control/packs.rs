//! Packs are published through the service, by two persons where there is a stated sum.

use serde_json::{Value, json};

use super::scene::{
    APPEALS, CARS, PHONES, POOL, Scene, answered, approve, code, on_both, publish, refuse,
    shipped_with,
};

/// The version of a programme that is in force, once the service has heard of it.
fn version(scene: &mut Scene, programme: &str) -> Value {
    let page = scene.auditor.get("/v1/public/programmes").json();
    let items = page["items"].as_array().unwrap();
    let found = items.iter().find(|p| p["id"] == programme);
    found.unwrap()["version"].clone()
}

#[test]
fn without_a_stated_sum_one_person_publishes_and_is_kept() {
    on_both("1000", None, |scene| {
        let before = version(scene, CARS);
        let pack = shipped_with(CARS, APPEALS);
        let published = answered(publish(&mut scene.operator, &pack), 200);
        assert_eq!(
            (&published["programme"], &published["new"]),
            (&json!(CARS), &json!(true))
        );
        assert_ne!(published["version"], before);
        assert_eq!(version(scene, CARS), published["version"]);
        let again = answered(publish(&mut scene.operator, &pack), 200);
        assert_eq!(again["new"], false);
        let kept = answered(scene.auditor.get("/v1/proposals?state=done"), 200);
        let last = kept["items"].as_array().unwrap().last().unwrap().clone();
        assert_eq!(
            (&last["kind"], &last["proposed_by"]),
            (&json!("pack"), &json!("operator"))
        );
        assert_eq!(last["decided_by"], Value::Null);
        assert_eq!(
            last["payload"],
            json!({ "programme": CARS, "version": published["version"] })
        );
    });
}

#[test]
fn with_a_stated_sum_a_second_person_publishes() {
    // Whatever the sum: a pack decides over every one.
    on_both("1000", Some("100000000000"), |scene| {
        let before = version(scene, CARS);
        let pack = shipped_with(CARS, APPEALS);
        let proposal = answered(publish(&mut scene.operator, &pack), 202);
        assert_eq!(
            (&proposal["kind"], &proposal["subject"]),
            (&json!("pack"), &json!(CARS))
        );
        let path = format!("/v1/proposals/{}", proposal["id"].as_str().unwrap());
        let whole = answered(scene.approver.get(&path), 200);
        assert_eq!(whole["payload"]["source"], pack.as_str());
        let listed = answered(scene.approver.get("/v1/proposals?state=proposed"), 200);
        assert_eq!(listed["items"][0]["payload"]["source"], Value::Null);
        let alone = approve(&mut scene.operator, &proposal);
        assert_eq!(code(&alone), (403, "second_person_required".into()));
        assert_eq!(version(scene, CARS), before);
        answered(approve(&mut scene.second_operator, &proposal), 200);
        assert_eq!(version(scene, CARS), proposal["payload"]["version"]);
        // What is published already needs nobody.
        assert_eq!(
            answered(publish(&mut scene.operator, &pack), 200)["new"],
            false
        );
        let other = shipped_with(PHONES, APPEALS);
        let other = answered(publish(&mut scene.operator, &other), 202);
        answered(refuse(&mut scene.approver, &other), 200);
        assert_ne!(version(scene, PHONES), other["payload"]["version"]);
        assert_eq!(scene.entries(POOL).len(), 1);
    });
}

#[test]
fn mistakes_of_a_pack_are_told_with_their_places() {
    on_both("1000", None, |scene| {
        let before = version(scene, CARS);
        let pack = shipped_with(CARS, "[appeals]\ndays = 0\nsurplus = 1\n");
        let lines = pack.lines().count();
        let turned = publish(&mut scene.operator, &pack);
        assert_eq!(code(&turned), (422, "file_malformed".into()));
        let body = turned.json();
        let at = body["at"].as_str().unwrap();
        for line in [lines - 1, lines] {
            assert!(at.contains(&format!("{line}:")), "{at}");
        }
        let torn = [b"id = \"a\"\ntitle = \"", &[0xff][..]].concat();
        let headers = [("content-type", "text/plain; charset=utf-8")];
        let torn = scene
            .operator
            .call("POST", "/v1/programmes", &headers, &torn);
        assert_eq!(code(&torn), (422, "file_malformed".into()));
        assert_eq!(torn.json()["at"], "2: not UTF-8");
        let typed = scene.operator.post("/v1/programmes", &json!({}));
        assert_eq!(code(&typed), (415, "media_type_unsupported".into()));
        let large = vec![b'#'; 256 * 1024 + 1];
        let headers = [("content-type", "application/toml")];
        let large = scene
            .operator
            .call("POST", "/v1/programmes", &headers, &large);
        assert_eq!(code(&large), (413, "body_too_large".into()));
        let other = publish(&mut scene.approver, &pack);
        assert_eq!(code(&other), (403, "role_not_allowed".into()));
        assert_eq!(version(scene, CARS), before);
    });
}
