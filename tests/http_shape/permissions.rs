//! Every route and who may call it, as a table in `tests/data/permissions.txt`.

use actix_web::http::Method;
use actix_web::test::TestRequest;
use serde_json::Value;
use tradein::http::openapi::document;
use tradein::http::routes::{TABLE, is_for_people};

use crate::wire::{Answer, Desk, bearer, check_golden};
use crate::world::POOL;

const ROLES: [&str; 6] = [
    "dealer", "reviewer", "approver", "finance", "auditor", "operator",
];

fn request(method: &str, pattern: &str) -> TestRequest {
    let path = pattern
        .replace("{id}", "0199a7b0-1111-7222-8333-444455556666")
        .replace("{name}", POOL)
        .replace("{pool}", POOL)
        .replace("{paper}", "invoice_copy")
        .replace("{code}", "goods_returned")
        .replace("{uscc}", "91419001MA0000001N")
        .replace("{account}", "0199a7b0-6666-7222-8333-444455556666")
        .replace("{batch}", "0199a7b0-2222-7222-8333-444455556666")
        .replace("{file}", "index.html");
    TestRequest::default()
        .method(Method::from_bytes(method.as_bytes()).unwrap())
        .uri(&path)
}

fn word(answer: &Answer, without_token: bool) -> &'static str {
    match answer.status {
        401 => "401",
        403 => "403",
        _ if without_token => "public",
        _ => "allowed",
    }
}

/// Whether the route takes tokens at all; the token endpoint has a 401 of its own.
fn is_private(pattern: &str) -> bool {
    pattern.starts_with("/v1/") && !pattern.starts_with("/v1/public/")
}

/// The roles that the API document names for a route.
fn described(document: &Value, method: &str, pattern: &str) -> Vec<String> {
    let roles = &document["paths"][pattern][method.to_lowercase()]["x-roles"];
    serde_json::from_value(roles.clone()).unwrap()
}

#[test]
fn every_route_is_for_those_whom_the_table_and_the_document_name() {
    let document: Value = serde_json::from_str(document()).unwrap();
    let desk = Desk::new();
    let tokens: Vec<String> = ROLES.iter().map(|role| desk.token(role)).collect();
    let head = ROLES.map(|role| format!("{role:<10}")).concat();
    let mut table = format!("{:<60}{:<10}{}\n", "route", "no token", head.trim_end());
    for (pattern, methods) in TABLE.iter().filter(|(path, _)| !is_for_people(path)) {
        for method in *methods {
            let without = desk.call(request(method, pattern));
            let mut row = format!(
                "{:<60}{:<10}",
                format!("{method} {pattern}"),
                word(&without, true)
            );
            let mut admitted = Vec::new();
            for (token, role) in tokens.iter().zip(ROLES) {
                let answer = desk.call(request(method, pattern).insert_header(bearer(token)));
                let word = word(&answer, !is_private(pattern));
                row.push_str(&format!("{word:<10}"));
                if word == "allowed" {
                    admitted.push(role.to_owned());
                }
            }
            let stated = described(&document, method, pattern);
            assert_eq!(admitted, stated, "{method} {pattern}");
            table.push_str(row.trim_end());
            table.push('\n');
        }
    }
    check_golden("permissions.txt", &table);
}

#[test]
fn whatever_needs_a_token_is_kept_by_no_cache() {
    let desk = Desk::new();
    let token = desk.token("dealer");
    for (pattern, methods) in TABLE.iter().filter(|(pattern, _)| is_private(pattern)) {
        for method in *methods {
            for with_token in [false, true] {
                let mut request = request(method, pattern);
                if with_token {
                    request = request.insert_header(bearer(&token));
                }
                let answer = desk.call(request);
                assert_eq!(
                    answer.header("cache-control"),
                    "no-store",
                    "{method} {pattern}"
                );
            }
        }
    }
}

#[test]
fn a_revoked_client_is_refused_with_a_token_that_was_good() {
    let desk = Desk::new();
    let token = desk.token("auditor");
    let ask = || {
        desk.call(
            TestRequest::get()
                .uri("/v1/claims")
                .insert_header(bearer(&token)),
        )
    };
    assert_eq!(ask().status, 200);
    desk.world.revoke_auditor();
    let refused = ask();
    assert_eq!(refused.code(), "token_invalid");
    assert_eq!(
        refused.header("www-authenticate"),
        r#"Bearer realm="tradein", error="invalid_token""#
    );
}

#[test]
fn what_is_no_bearer_token_is_told_apart() {
    let desk = Desk::new();
    let with = |value: &str| {
        let header = ("authorization", value.to_owned());
        desk.call(TestRequest::get().uri("/v1/claims").insert_header(header))
            .code()
    };
    assert_eq!(desk.get("/v1/claims").code(), "token_missing");
    assert_eq!(with("Basic aWQ6c2VjcmV0"), "token_missing");
    assert_eq!(with("Bearer"), "token_missing");
    assert_eq!(with("Bearer "), "token_invalid");
    assert_eq!(with("Bearer a.b.c"), "token_invalid");
    let good = desk.token("auditor");
    let spelled = ("authorization", format!("bEARER {good}"));
    let answer = desk.call(TestRequest::get().uri("/v1/claims").insert_header(spelled));
    assert_eq!(answer.status, 200);
    let twice = TestRequest::get()
        .uri("/v1/claims")
        .append_header(bearer(&good))
        .append_header(bearer(&good));
    assert_eq!(desk.call(twice).code(), "token_invalid");
}
