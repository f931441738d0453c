//! The OpenAPI document: locked, complete, and about the routes that there are.

use std::collections::BTreeSet;

use serde_json::Value;
use tradein::http::openapi::document;
use tradein::http::problem::ProblemCode;
use tradein::http::routes::{TABLE, is_for_people};

use crate::wire::{Desk, check_golden};

fn parsed() -> Value {
    serde_json::from_str(document()).unwrap()
}

fn operations(document: &Value) -> Vec<(String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    let each = paths.iter().flat_map(|(path, item)| {
        let item = item.as_object().unwrap();
        item.iter()
            .map(move |(m, operation)| (format!("{} {path}", m.to_uppercase()), operation))
    });
    each.collect()
}

#[test]
fn the_document_is_locked_and_served_as_it_is() {
    check_golden("openapi.json", document());
    let served = Desk::new().get("/openapi.json");
    assert_eq!(served.header("content-type"), "application/json");
    assert_eq!(served.body, document().as_bytes());
    assert_eq!(parsed()["openapi"], "3.1.0");
}

#[test]
fn every_route_is_documented_and_nothing_else() {
    let routes: BTreeSet<String> = TABLE
        .iter()
        .filter(|(path, _)| !is_for_people(path))
        .flat_map(|(path, methods)| methods.iter().map(move |method| format!("{method} {path}")))
        .collect();
    let document = parsed();
    let described: BTreeSet<String> = operations(&document).into_iter().map(|(o, _)| o).collect();
    assert_eq!(routes, described);
}

#[test]
fn operations_are_complete() {
    let document = parsed();
    let mut ids = BTreeSet::new();
    for (name, operation) in operations(&document) {
        assert!(
            ids.insert(operation["operationId"].as_str().unwrap()),
            "{name}"
        );
        assert!(!operation["summary"].as_str().unwrap().is_empty(), "{name}");
        let responses = operation["responses"].as_object().unwrap();
        assert!(
            responses
                .keys()
                .any(|status| status.starts_with(['2', '3'])),
            "{name}"
        );
        assert!(responses.contains_key("500"), "{name}");
        let private = name.contains(" /v1/") && !name.contains("/v1/public/");
        assert_eq!(
            private,
            responses.contains_key("401") && !name.contains("/oauth/"),
            "{name}"
        );
        assert_eq!(
            private,
            !operation["security"].as_array().unwrap().is_empty(),
            "{name}"
        );
        let in_path = name.matches('{').count();
        let parameters = operation["parameters"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let described = parameters.iter().filter(|p| p["in"] == "path").count();
        assert_eq!(in_path, described, "{name}");
    }
}

/// Whatever a caller may be told stands at some operation; a wrong method has none.
#[test]
fn every_problem_is_told_by_an_operation() {
    let document = parsed();
    let mut told = BTreeSet::new();
    for (_, operation) in operations(&document) {
        for response in operation["responses"].as_object().unwrap().values() {
            let examples = &response["content"]["application/problem+json"]["examples"];
            told.extend(
                examples
                    .as_object()
                    .into_iter()
                    .flatten()
                    .map(|(code, _)| code),
            );
        }
    }
    let codes = ProblemCode::ALL.iter().map(|code| code.as_str());
    let untold: Vec<_> = codes
        .filter(|code| !told.contains(&(*code).to_owned()))
        .collect();
    // Any address tells the last one; the others are told by pages alone.
    let by_pages = ["sign_in_needed", "form_foreign", "enrolment_unknown"];
    assert_eq!(untold, [&by_pages[..], &["method_not_allowed"]].concat());
}

fn walk<'a>(value: &'a Value, see: &mut impl FnMut(&'a Value)) {
    see(value);
    match value {
        Value::Object(members) => members.values().for_each(|member| walk(member, see)),
        Value::Array(items) => items.iter().for_each(|item| walk(item, see)),
        _ => {}
    }
}

#[test]
fn references_resolve_and_every_property_has_an_example() {
    let document = parsed();
    let mut used = BTreeSet::new();
    walk(&document, &mut |value| {
        if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{reference}");
            used.insert(reference.to_owned());
        }
    });
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        assert!(
            used.contains(&format!("#/components/schemas/{name}")),
            "{name} is used nowhere"
        );
        walk(schema, &mut |value| {
            let Some(properties) = value.get("properties").and_then(Value::as_object) else {
                return;
            };
            for (property, described) in properties {
                let text = described.to_string();
                let told = ["\"example", "$ref", "\"enum\"", "\"object\""]
                    .iter()
                    .any(|w| text.contains(w));
                assert!(told, "{name}.{property} has no example");
            }
        });
    }
}

#[test]
fn the_interface_loads_nothing_from_elsewhere() {
    let desk = Desk::new();
    assert_eq!(desk.get("/docs").header("location"), "/docs/");
    let index = desk.get("/docs/");
    assert_eq!(index.status, 200);
    let policy = index.header("content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self';"),
        "{policy}"
    );
    let html = String::from_utf8(index.body.clone()).unwrap();
    assert!(html.contains("swagger-ui"), "{html}");
    for attribute in ["src=\"", "href=\""] {
        for address in html.split(attribute).skip(1) {
            let file = address.split('"').next().unwrap().trim_start_matches("./");
            assert!(!file.contains("//"), "{file}");
            assert_eq!(desk.get(&format!("/docs/{file}")).status, 200, "{file}");
        }
    }
    let start = desk.get("/docs/swagger-initializer.js");
    let start = String::from_utf8(start.body).unwrap();
    assert!(
        start.contains("/openapi.json") && start.contains("\"validatorUrl\": \"none\""),
        "{start}"
    );
    assert!(!start.contains("https://"), "{start}");
}
