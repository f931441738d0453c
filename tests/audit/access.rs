//! Personal data opened by the bureau.

use serde_json::{Value, json};

use super::scene::{code, on_both};

fn log(client: &mut crate::support::Client, limit: usize) -> Vec<Value> {
    let mut all = Vec::new();
    let mut path = format!("/v1/audit/access-log?limit={limit}");
    loop {
        let page = client.get(&path);
        assert_eq!(page.status, 200, "{}", page.text());
        let page = page.json();
        all.extend(page["items"].as_array().unwrap().clone());
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("/v1/audit/access-log?limit={limit}&cursor={cursor}"),
            None => return all,
        }
    }
}

#[test]
fn every_unsealing_is_in_the_log_with_its_reason() {
    on_both("1000000", |scene| {
        let claim = scene.file();
        let id = claim["id"].as_str().unwrap();
        let sent = crate::support::claims::claim_number(super::scene::CARS, 0);
        let path = format!("/v1/claims/{id}/unseal");
        let mut whys = Vec::new();
        for (login, client) in [
            ("reviewer", &mut scene.reviewer),
            ("approver", &mut scene.approver),
            ("finance", &mut scene.finance),
            ("auditor", &mut scene.auditor),
        ] {
            let why = format!("{login} 核对身份");
            let opened = client.post(&path, &json!({ "why": why }));
            assert_eq!(opened.status, 200, "{}", opened.text());
            assert_eq!(opened.header("cache-control"), Some("no-store"));
            let opened = opened.json();
            assert_eq!(opened["number"], claim["number"]);
            let number = opened["consumer"]["id_number"].as_str().unwrap();
            assert!(!number.contains('*'), "{number}");
            assert_eq!(
                number.len(),
                sent["consumer"]["id_number"].as_str().unwrap().len()
            );
            assert!(!opened["invoice"].is_null() && !opened["new_item"].is_null());
            whys.push((login, why));
        }
        for body in [json!({}), json!({ "why": "" }), json!({ "why": "  " })] {
            let refused = scene.reviewer.post(&path, &body);
            assert_eq!(code(&refused), (422, "body_malformed".into()));
        }
        let why = json!({ "why": "curiosity" });
        for client in [&mut scene.operator, &mut scene.dealer] {
            let refused = client.post(&path, &why);
            assert_eq!(code(&refused), (403, "role_not_allowed".into()));
        }
        let nowhere = format!("/v1/claims/{}/unseal", uuid::Uuid::now_v7());
        let missing = scene.reviewer.post(&nowhere, &why);
        assert_eq!(code(&missing), (404, "claim_not_found".into()));

        for limit in [1, 100] {
            let looks = log(&mut scene.auditor, limit);
            assert_eq!(looks.len(), whys.len(), "nothing else is in the log");
            for (look, (login, why)) in looks.iter().zip(&whys) {
                assert_eq!(look["login"], *login);
                assert_eq!(look["why"], why.as_str());
                assert_eq!(look["what"], "claim");
                assert_eq!(look["claim"], id);
                assert_eq!(look["claim_number"], claim["number"]);
                assert!(look["at"].is_string());
            }
        }
        for client in [&mut scene.reviewer, &mut scene.finance, &mut scene.operator] {
            assert_eq!(client.get("/v1/audit/access-log").status, 403);
        }
    });
}
