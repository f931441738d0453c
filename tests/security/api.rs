//! Objects of others, members that nobody may set, and bodies that are too much.

use serde_json::{Value, json};
use tradein::http::routes::TABLE;

use crate::support::claims::{claim, with};
use crate::support::{Backend, Client, Response};
use crate::world::{PASSWORD, PROGRAMME, World};

const NOBODYS: &str = "0199a7b0-1111-7222-8333-444455556666";

/// Everything of an answer that could tell one object from another.
fn told(answer: &Response, id: &str) -> (u16, String) {
    let text = answer.text().replace(id, "…");
    let code = serde_json::from_str::<Value>(&text)
        .map(|problem| problem["code"].to_string())
        .unwrap_or_else(|_| text.len().to_string());
    (answer.status, code)
}

fn call(client: &mut Client, method: &str, path: &str) -> Response {
    let headers = [
        ("content-type", "application/json"),
        ("if-match", "\"1\""),
        ("idempotency-key", "another-dealers"),
    ];
    client.call(method, path, &headers, b"{}")
}

#[test]
fn api1_and_v8_2_2_what_is_another_dealers_is_told_like_what_is_not_there() {
    for backend in Backend::ALL {
        let world = World::new(backend);
        let filed = world.program(0).file("mine-0001", &claim(PROGRAMME)).json();
        let mine = filed["id"].as_str().unwrap().to_owned();
        let hook = json!({"url": "https://example.com/hook", "types": ["claim.paid"]});
        let headers = [
            ("content-type", "application/json"),
            ("idempotency-key", "hook-0001"),
        ];
        let made = world.program(0).call(
            "POST",
            "/v1/webhooks",
            &headers,
            hook.to_string().as_bytes(),
        );
        let endpoint = made.json()["id"].as_str().map(str::to_owned);
        let endpoint = endpoint.unwrap_or_else(|| panic!("{}", made.text()));
        let before = world.program(0).get(&format!("/v1/claims/{mine}")).text();
        let mut other = world.program(1);
        let mut tried = 0;
        for (pattern, methods) in TABLE {
            let object = match *pattern {
                p if p.starts_with("/v1/claims/{id}") => &mine,
                p if p.starts_with("/v1/webhooks/{id}") => &endpoint,
                _ => continue,
            };
            for method in *methods {
                let at = |id: &str| {
                    pattern
                        .replace("{id}", id)
                        .replace("{paper}", "invoice_copy")
                        .replace("{code}", "x")
                };
                let theirs = call(&mut other, method, &at(object));
                let nothing = call(&mut other, method, &at(NOBODYS));
                let expected = told(&nothing, NOBODYS);
                assert_eq!(told(&theirs, object), expected, "{method} {pattern}");
                assert!(theirs.status >= 400, "{method} {pattern}");
                tried += 1;
            }
        }
        assert!(tried >= 20, "only {tried}");
        let after = world.program(0).get(&format!("/v1/claims/{mine}")).text();
        assert_eq!(after, before);
    }
}

#[test]
fn api1_pages_of_another_dealers_objects_are_not_there() {
    let world = World::new(Backend::Sqlite);
    let filed = world.program(0).file("mine-0001", &claim(PROGRAMME)).json();
    let mine = filed["id"].as_str().unwrap().to_owned();
    let number = filed["number"].as_str().unwrap();
    let mut owner = world.clerk(0, "li");
    let mut other = world.clerk(1, "mallory");
    let token = other.form_token("/dealer");
    let mut tried = 0;
    for (pattern, methods) in TABLE {
        if !pattern.starts_with("/dealer/claims/{id}") {
            continue;
        }
        let path = pattern
            .replace("{id}", &mine)
            .replace("{paper}", "invoice_copy");
        for method in *methods {
            let answer = match *method {
                "GET" => other.get(&path),
                _ => other.post(&path, &[("form_token", token.as_str()), ("revision", "1")]),
            };
            let refused = [400, 404, 415, 422].contains(&answer.status);
            assert!(refused, "{method} {path}: {}", answer.status);
            assert!(!answer.text().contains(number), "{method} {path}");
            tried += 1;
        }
    }
    assert!(tried >= 9, "only {tried}");
    assert!(
        owner
            .get(&format!("/dealer/claims/{mine}"))
            .text()
            .contains(number)
    );
}

#[test]
fn api3_and_v15_3_3_no_member_is_set_that_nobody_may_set() {
    let world = World::new(Backend::Sqlite);
    let mut program = world.program(0);
    let own = |n: usize| format!("assign-{n:04}");
    for (n, (pointer, value)) in [
        ("/amount", json!("20000.00")),
        ("/state", json!("approved")),
        ("/position", json!(1)),
        ("/dealer", json!("91419001MA0000002R")),
        ("/consumer/verified", json!(true)),
        ("/invoice/amount", json!("20000.00")),
        ("/__proto__", json!({"state": "paid"})),
    ]
    .into_iter()
    .enumerate()
    {
        let answer = program.file(&own(n), &with(claim(PROGRAMME), pointer, value));
        assert_eq!(answer.status, 422, "{pointer} {}", answer.text());
        let errors = answer.json()["errors"].clone();
        assert_eq!(errors[0]["field"], pointer, "{errors}");
    }
}

#[test]
fn api4_and_v15_2_2_a_body_that_is_too_much_is_not_read() {
    let world = World::new(Backend::Sqlite);
    let mut program = world.program(0);
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let many: String = (0..200_000).map(|n| format!("\"k{n}\":1,")).collect();
    let many = format!("{{{}\"z\":1}}", many);
    let long = format!("{{\"programme\":\"{}\"}}", "x".repeat(50 << 20));
    for (what, body) in [("deep", deep), ("many", many), ("long", long)] {
        let headers = [
            ("content-type", "application/json"),
            ("idempotency-key", "too-much-0001"),
        ];
        let answer = program.try_call("POST", "/v1/claims", &headers, body.as_bytes());
        // A sender that does not stop may find the connection closed.
        if let Ok(answer) = answer {
            assert!(
                [400, 413, 422].contains(&answer.status),
                "{what} {}",
                answer.status
            );
        }
    }
    assert_eq!(world.server.client().get("/livez").status, 200);
}

#[test]
fn api5_and_v8_2_1_an_act_of_the_bureau_is_none_of_a_dealers() {
    // The tables of tests/data name every route and role; here is what they are for.
    let world = World::new(Backend::Sqlite);
    let filed = world.program(0).file("mine-0001", &claim(PROGRAMME)).json();
    let id = filed["id"].as_str().unwrap();
    let mut program = world.program(0);
    for act in ["recommend", "approve", "void", "unseal", "reopen"] {
        let answer = call(&mut program, "POST", &format!("/v1/claims/{id}/{act}"));
        assert_eq!(answer.status, 403, "{act} {}", answer.text());
    }
    // v8.3.2: who loses a role loses it at once, whatever his session says.
    let (mut official, mut shown) = world.official("wang", "reviewer");
    official.sign_in("/bureau", "wang", PASSWORD, &shown.next());
    assert!(official.is_in("/bureau"));
    let gone = "DELETE FROM staff_roles";
    world.database.execute(gone);
    assert!(!official.is_in("/bureau"));
}
