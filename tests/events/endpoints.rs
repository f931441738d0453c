//! Registering endpoints, their secrets, and which URLs are taken.

use serde_json::json;
use tradein::rehearse::generate::uscc;
use tradein::webhooks::signature::VerifyError;

use super::listening::Listener;
use super::world::{World, meddle, push, register, sandbox, until};
use crate::scene::{CARS, Scene, code};
use crate::support::{Backend, TestDatabase};

#[test]
fn an_endpoint_is_its_dealers_and_tells_its_secret_once() {
    for backend in Backend::ALL {
        let mut world = World::new(backend);
        let url = "https://receiver.example/hook?a=b";
        let body = json!({ "url": url, "types": ["claim.paid", "claim.refused"] });
        let answer = world.dealer.post("/v1/webhooks", &body);
        assert_eq!(answer.status, 201, "{}", answer.text());
        let mut created = answer.json();
        let place = answer.header("location").unwrap().to_owned();
        let secret = created.as_object_mut().unwrap().remove("secret").unwrap();
        assert!(secret.as_str().unwrap().starts_with("whsec_"));
        assert_eq!(
            (&created["url"], &created["state"]),
            (&json!(url), &json!("active"))
        );
        assert_eq!(created["types"], json!(["claim.paid", "claim.refused"]));
        assert_eq!(world.dealer.get(&place).json(), created);
        let list = world.dealer.get("/v1/webhooks").json();
        assert_eq!(list, json!({ "items": [created], "next_cursor": null }));

        let other = world.database.add_dealer(&uscc(2), "另一商行", &[CARS]);
        let mut other = world.server.client_of(&other);
        assert_eq!(other.get("/v1/webhooks").json()["items"], json!([]));
        let since = json!({ "since": "2025-01-01T00:00:00Z" });
        for (method, verb) in [
            ("GET", ""),
            ("DELETE", ""),
            ("POST", "/rotate-secret"),
            ("POST", "/test"),
            ("POST", "/enable"),
            ("GET", "/deliveries"),
        ] {
            let path = format!("{place}{verb}");
            let answer = other.call(method, &path, &[], b"");
            assert_eq!(code(&answer), (404, "no_such_object".into()), "{path}");
            let answer = world.auditor.call(method, &path, &[], b"");
            assert_eq!(code(&answer), (403, "role_not_allowed".into()), "{path}");
        }
        let answer = other.post(&format!("{place}/replay"), &since);
        assert_eq!(code(&answer), (404, "no_such_object".into()));

        assert_eq!(world.dealer.call("DELETE", &place, &[], b"").status, 204);
        assert_eq!(
            code(&world.dealer.get(&place)),
            (404, "no_such_object".into())
        );
        let list = world.dealer.get("/v1/webhooks").json();
        assert_eq!(list["items"], json!([]));
    }
}

#[test]
fn a_dealer_has_five_endpoints_at_most_also_when_it_asks_at_once() {
    for backend in Backend::ALL {
        let world = World::new(backend);
        let dealer = world.database.add_dealer(&uscc(2), "另一商行", &[CARS]);
        let answers: Vec<(u16, String)> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..10)
                .map(|number| {
                    let mut client = world.server.client_of(&dealer);
                    let body = json!({ "url": format!("https://receiver.example/{number}") });
                    scope.spawn(move || code(&client.post("/v1/webhooks", &body)))
                })
                .collect();
            threads.into_iter().map(|t| t.join().unwrap()).collect()
        });
        let created = answers.iter().filter(|(status, _)| *status == 201).count();
        let limit = (409, "webhook_limit".to_owned());
        let refused = answers.iter().filter(|answer| **answer == limit).count();
        assert_eq!((created, refused), (5, 5), "{answers:?}");
    }
}

#[test]
fn only_public_https_is_taken_unless_in_a_sandbox() {
    let mut scene = Scene::new(Backend::Sqlite, "1000000");
    for (url, why) in [
        ("http://receiver.example/", "webhook_url_scheme"),
        ("ftp://receiver.example/", "webhook_url_scheme"),
        ("https://127.0.0.1/", "webhook_url_private"),
        ("https://169.254.169.254/latest", "webhook_url_private"),
        ("https://localhost:8443/", "webhook_url_private"),
        (
            "https://user:word@receiver.example/",
            "webhook_url_credentials",
        ),
        ("https://receiver.example/#x", "webhook_url_fragment"),
        ("https://receiver.example:22/", "webhook_url_port"),
        ("receiver.example", "webhook_url_malformed"),
    ] {
        let answer = scene.dealer.post("/v1/webhooks", &json!({ "url": url }));
        assert_eq!(code(&answer), (422, "webhook_url_refused".into()), "{url}");
        assert_eq!(answer.json()["at"], why, "{url}");
    }
    for (body, field, defect) in [
        (json!({}), "/url", "required"),
        (json!({ "url": 1 }), "/url", "wrong_type"),
        (
            json!({ "url": "https://a.example", "types": ["claim.flagged"] }),
            "/types/0",
            "not_in_list",
        ),
        (
            json!({ "url": "https://a.example", "kind": 1 }),
            "/kind",
            "unknown_field",
        ),
    ] {
        let answer = scene.dealer.post("/v1/webhooks", &body);
        assert_eq!(code(&answer), (422, "body_malformed".into()), "{body}");
        let error = &answer.json()["errors"][0];
        assert_eq!(
            (&error["field"], &error["code"]),
            (&json!(field), &json!(defect))
        );
    }
    assert_eq!(scene.dealer.get("/v1/webhooks").json()["items"], json!([]));
}

#[test]
fn a_url_that_was_taken_in_a_sandbox_is_not_called_outside() {
    for backend in Backend::ALL {
        let mut world = World::new(backend);
        let listener = Listener::new();
        let (place, _) = register(&mut world.dealer, &listener.url());
        let id = world.file()["id"].as_str().unwrap().to_owned();
        // Written down as well, or the restarted service would send it once more.
        until("the first webhook", || {
            let list = world
                .dealer
                .get(&format!("{place}/deliveries?state=accepted"));
            (list.json()["items"].as_array()?.len() == 1).then_some(())
        });
        world.restart(|_| {});
        world.withdraw(&id);
        let refused = until("a refused delivery", || {
            let list = world
                .dealer
                .get(&format!("{place}/deliveries?state=pending"));
            let first = list.json()["items"][0].clone();
            (first["attempts"].as_u64() > Some(0)).then_some(first)
        });
        assert_eq!(refused["last_failure"], "webhook_not_allowed");
        assert_eq!(listener.came().len(), 1);
        let test = push(&mut world.dealer, &place, "test");
        assert_eq!(test["failure"], "webhook_not_allowed", "{test}");
    }
}

#[test]
fn both_secrets_sign_for_a_day_after_a_rotation() {
    for backend in Backend::ALL {
        let mut world = World::new(backend);
        let listener = Listener::new();
        let (place, first) = register(&mut world.dealer, &listener.url());
        let rotated = push(&mut world.dealer, &place, "rotate-secret");
        let second = rotated["secret"].as_str().unwrap().to_owned();
        assert_ne!(first, second);
        assert!(rotated["old_secret_until"].is_string(), "{rotated}");
        let mut tested = |secrets: &[&str]| {
            let test = push(&mut world.dealer, &place, "test");
            assert_eq!(test["outcome"], "accepted", "{test}");
            let came = listener.came().last().unwrap().clone();
            assert_eq!(came.id, test["id"]);
            assert_eq!(came.json()["type"], "webhook.test");
            assert_eq!(came.signature.split(' ').count(), secrets.len());
            for secret in secrets {
                assert_eq!(came.verify(secret), Ok(()));
            }
            came
        };
        tested(&[&first, &second]);
        meddle(
            &world.database,
            "UPDATE webhook_endpoints SET old_until_us = old_until_us - 86400000000",
        );
        let later = tested(&[&second]);
        assert_eq!(later.verify(&first), Err(VerifyError::NoMatch));
        let shown = world.dealer.get(&place).json();
        assert_eq!(shown["old_secret_until"], json!(null));
    }
}

#[test]
fn the_test_button_tells_what_came_back() {
    let mut world = World::new(Backend::Sqlite);
    let listener = Listener::answering(|_, before| Some(if before == 0 { 500 } else { 410 }));
    let (place, _) = register(&mut world.dealer, &listener.url());
    let refused = push(&mut world.dealer, &place, "test");
    assert_eq!(
        (&refused["outcome"], &refused["status"]),
        (&json!("refused"), &json!(500))
    );
    let gone = push(&mut world.dealer, &place, "test");
    assert_eq!(
        (&gone["outcome"], &gone["status"]),
        (&json!("gone"), &json!(410))
    );
    // A test decides nothing.
    assert_eq!(world.dealer.get(&place).json()["state"], "active");
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = nobody.local_addr().unwrap().port();
    drop(nobody);
    let (place, _) = register(&mut world.dealer, &format!("http://127.0.0.1:{port}/"));
    let failed = push(&mut world.dealer, &place, "test");
    assert_eq!(
        (&failed["outcome"], &failed["failure"]),
        (&json!("failed"), &json!("webhook_connect"))
    );
}

#[test]
fn production_has_no_sandbox() {
    let database = TestDatabase::new(Backend::Sqlite);
    let mut command = database.command(&["serve", "--listen", "127.0.0.1:0"]);
    command.env("TRADEIN_PRODUCTION", "true");
    sandbox(&mut command);
    let output = command.output().unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("TRADEIN_WEBHOOKS_SANDBOX"), "{said}");
}
