//! What every answer says to the browser, and what the server lets through at all.

use tradein::http::routes::{TABLE, is_for_people};

use crate::support::{Backend, Response};
use crate::world::World;

const ID: &str = "0199a7b0-1111-7222-8333-444455556666";

/// An address of every route, and one of none.
fn addresses() -> Vec<String> {
    let filled = |pattern: &str| {
        let part = |part: &str| match part {
            "{name}" | "{pool}" => "appliances".to_owned(),
            "{file}" => "app.css".to_owned(),
            part if part.starts_with('{') => ID.to_owned(),
            part => part.to_owned(),
        };
        pattern.split('/').map(part).collect::<Vec<_>>().join("/")
    };
    let mut all: Vec<String> = TABLE.iter().map(|(pattern, _)| filled(pattern)).collect();
    all.push("/nowhere".into());
    all
}

fn guards(path: &str, answer: &Response) {
    let header = |name: &str| answer.header(name).unwrap_or_default().to_owned();
    let at = format!("{path} {}", answer.status);
    // v3.4.1, v3.4.4, v3.4.5
    let tls = header("strict-transport-security");
    assert_eq!(tls, "max-age=31536000; includeSubDomains", "{at}");
    assert_eq!(header("x-content-type-options"), "nosniff", "{at}");
    assert_eq!(header("referrer-policy"), "no-referrer", "{at}");
    // v3.4.3, v3.4.6
    let policy = header("content-security-policy");
    assert!(policy.contains("default-src 'none'"), "{at}: {policy}");
    assert!(policy.contains("frame-ancestors"), "{at}: {policy}");
    assert!(!policy.contains("unsafe-eval"), "{at}: {policy}");
    // v3.4.2: nobody else's page may read anything.
    assert_eq!(answer.header("access-control-allow-origin"), None, "{at}");
    // v13.4.6
    assert_eq!(answer.header("server"), None, "{at}");
    assert_eq!(answer.header("x-powered-by"), None, "{at}");
    // v3.4.8, v4.1.1
    let kind = header("content-type");
    if kind.starts_with("text/html") && !path.starts_with("/docs") {
        assert_eq!(header("cross-origin-opener-policy"), "same-origin", "{at}");
    }
    if kind.starts_with("text/") {
        assert!(kind.contains("charset=utf-8"), "{at}: {kind}");
    }
    assert!(
        answer.body.is_empty() || !kind.is_empty(),
        "{at} has no type"
    );
}

#[test]
fn v3_4_every_answer_of_every_route_carries_its_guards() {
    let world = World::new(Backend::Sqlite);
    let mut clerk = world.clerk(0, "li");
    let mut program = world.program(0);
    for path in addresses() {
        // Streams of events do not end by themselves.
        if path == "/pools/events" {
            continue;
        }
        guards(&path, &clerk.get(&path));
        let answer = program.get(&path);
        guards(&path, &answer);
        // v14.3.2: what only some may see is kept by nobody.
        if path.starts_with("/v1/") && !path.starts_with("/v1/public/") {
            let kept = answer.header("cache-control").unwrap_or_default();
            assert!(kept.contains("no-store"), "{path}: {kept}");
        }
    }
}

#[test]
fn v4_1_4_methods_that_no_route_names_are_refused() {
    let world = World::new(Backend::Sqlite);
    let mut client = world.program(0);
    let mut tried = 0;
    for (pattern, methods) in TABLE {
        let path = pattern.replace(['{', '}'], "");
        for method in [
            "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "OPTIONS", "PROPFIND",
        ] {
            if methods.contains(&method) {
                continue;
            }
            let answer = client.call(method, &path, &[("x-tried", "v13.4.4")], b"");
            assert!(
                [400, 404, 405].contains(&answer.status),
                "{method} {path} {answer:?}"
            );
            assert!(
                !answer.text().contains("v13.4.4"),
                "{method} {path} is echoed"
            );
            tried += 1;
        }
    }
    assert!(tried > 500, "only {tried}");
}

#[test]
fn v4_1_3_nobody_writes_his_own_address() {
    let world = World::new(Backend::Sqlite);
    let mut browser = world.browser();
    let members = [("login", "nobody"), ("password", "three old locust treez")];
    let mut told = Vec::new();
    // More than one address is granted at once, each claiming to be another.
    for n in 0..70 {
        let from = format!("198.51.100.{n}");
        let more = [
            ("x-forwarded-for", from.as_str()),
            ("forwarded", "for=203.0.113.9"),
        ];
        told.push(browser.post_with("/dealer/sign-in", &members, &more).status);
    }
    assert_eq!(told[0], 422, "{told:?}");
    assert!(told.contains(&429), "{told:?}");
}

#[test]
fn v4_2_1_a_request_with_two_lengths_is_refused() {
    let world = World::new(Backend::Sqlite);
    let twice = [
        "content-length: 6\r\ntransfer-encoding: chunked\r\n",
        "content-length: 6\r\ncontent-length: 7\r\n",
        "transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n",
        "transfer-encoding: xchunked\r\n",
        "content-length: +6\r\n",
    ];
    for lengths in twice {
        let request = format!(
            "POST /oauth/token HTTP/1.1\r\nhost: x\r\n\
             content-type: application/x-www-form-urlencoded\r\n{lengths}\r\n0\r\n\r\nGET /livez HTTP/1.1\r\nhost: x\r\n\r\n"
        );
        let answer = world.server.client().send_raw(request.as_bytes(), false);
        // Refused, or the connection is closed; never two answers out of one request's bytes.
        if let Ok(answer) = answer {
            assert_eq!(answer.status, 400, "{lengths:?} {}", answer.text());
        }
    }
}

#[test]
fn v13_4_3_no_folder_is_listed_and_no_other_file_served() {
    let world = World::new(Backend::Sqlite);
    let mut client = world.server.client();
    for path in [
        "/assets/",
        "/assets",
        "/assets/..%2fCargo.toml",
        "/assets/../Cargo.toml",
        "/assets/%2e%2e/%2e%2e/etc/passwd",
        "/docs/..%2f..%2fCargo.toml",
        "/.git/config",
        "/.env",
        "/data/keys.toml",
        "/static/app.css",
    ] {
        let answer = client.call("GET", path, &[("accept", "*/*")], b"");
        assert!(
            [400, 404].contains(&answer.status),
            "{path}: {}",
            answer.status
        );
    }
    let served = client.get("/assets/app.css").status;
    assert!([200, 404].contains(&served), "{served}");
}

#[test]
fn v16_5_1_what_goes_wrong_is_told_without_its_inside() {
    let world = World::new(Backend::Sqlite);
    let mut client = world.program(0);
    let broken = "ALTER TABLE claims RENAME TO claims_away";
    world.database.execute(broken);
    let answer = client.get("/v1/claims");
    assert!(answer.status >= 500, "{answer:?}");
    let text = answer.text().to_lowercase();
    for inside in [
        "claims_away",
        "no such table",
        "sqlite",
        "select",
        "panicked",
        ".rs",
        "diesel",
    ] {
        assert!(!text.contains(inside), "{inside} in {text}");
    }
    // v16.5.4: one failure takes nothing else down.
    assert_eq!(client.get("/livez").status, 200);
    assert!(!is_for_people("/v1/claims"));
}
