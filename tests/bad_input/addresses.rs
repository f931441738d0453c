//! Addresses, methods, query strings, preconditions, and heads that are too large.

use super::support::Backend;
use super::support::claims::claim;
use super::{CARS, House, POOL, on_both, problem};

#[test]
fn what_is_not_there_is_404_and_other_methods_405() {
    on_both(|house| {
        let nobody = "0199a7b0-1111-7222-8333-444455556666";
        for (path, code) in [
            ("/nowhere", "not_found"),
            ("/v1", "not_found"),
            ("/v1/claims/", "not_found"),
            ("/v1/claims/..%2f..%2fetc%2fpasswd", "claim_not_found"),
            ("/v1/claims/x", "claim_not_found"),
            (&format!("/v1/claims/{nobody}"), "claim_not_found"),
            ("/v1/public/pools/no-such-pool", "pool_not_found"),
            ("/v1/public/journal/no-such-pool", "pool_not_found"),
            ("/v1/public/pools/unassigned'--", "pool_not_found"),
        ] {
            house.refused("GET", path, &[], b"", 404, code);
        }
        for (method, path, allowed) in [
            ("DELETE", "/v1/claims", "GET"),
            ("PUT", "/v1/claims", "POST"),
            ("PATCH", &format!("/v1/public/pools/{POOL}"), "GET"),
            ("GET", "/v1/claims/check", "POST"),
            ("BREW", "/livez", "GET"),
        ] {
            let answer = house.client().call(method, path, &[], b"");
            problem(&answer, 405, "method_not_allowed");
            assert!(answer.header("allow").unwrap().contains(allowed), "{path}");
        }
    });
}

#[test]
fn bad_query_parameters_are_named() {
    on_both(|house| {
        for (query, field) in [
            ("limit=0", "limit"),
            ("limit=101", "limit"),
            ("limit=-1", "limit"),
            ("limit=ten", "limit"),
            ("limit=1&limit=2", "limit"),
            ("limit=99999999999999999999", "limit"),
            ("state=lost", "state"),
            ("programme=", "programme"),
            ("cursor=x", "cursor"),
            ("cursor=%ff%fe", "cursor"),
            ("cursor=AAAA", "cursor"),
            ("colour=red", "colour"),
        ] {
            let answer = house.refused(
                "GET",
                &format!("/v1/claims?{query}"),
                &[],
                b"",
                422,
                "query_malformed",
            );
            let named = answer["errors"].as_array().unwrap().iter().any(|e| {
                e["field"]
                    .as_str()
                    .unwrap()
                    .trim_start_matches('/')
                    .contains(field)
            });
            assert!(named, "{query}: {answer}");
        }
        for query in ["after=x", "after=-1", "after=1.5"] {
            let path = format!("/v1/public/journal/{POOL}?{query}");
            house.refused("GET", &path, &[], b"", 422, "query_malformed");
        }
    });
}

#[test]
fn a_list_is_paged_without_gaps() {
    for backend in Backend::ALL {
        let house = House::new(backend);
        let mut client = house.client();
        let mut filed: Vec<String> = (0..5)
            .map(|i| {
                client.file(&format!("page-key-{i}"), &claim(CARS)).json()["id"]
                    .as_str()
                    .unwrap()
                    .to_owned()
            })
            .collect();
        let mut found = Vec::new();
        let mut path = "/v1/claims?limit=2".to_owned();
        loop {
            let page = client.get(&path).json();
            let items = page["items"].as_array().unwrap();
            assert!(items.len() <= 2);
            found.extend(
                items
                    .iter()
                    .map(|item| item["id"].as_str().unwrap().to_owned()),
            );
            match page["next_cursor"].as_str() {
                Some(cursor) => path = format!("/v1/claims?limit=2&cursor={cursor}"),
                None => break,
            }
        }
        filed.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, filed, "{backend:?}");
        assert_eq!(
            client.get("/v1/claims?state=refused").json()["items"],
            serde_json::json!([])
        );
    }
}

#[test]
fn acts_need_the_version_that_the_caller_has_seen() {
    for backend in Backend::ALL {
        println!("on {backend:?}");
        let house = House::new(backend);
        let mut client = house.client();
        let filed = client.file("version-key", &claim(CARS));
        let tag = filed.header("etag").unwrap().to_owned();
        let path = format!("{}/withdraw", filed.header("location").unwrap());
        house.refused("POST", &path, &[], b"", 428, "version_missing");
        for stale in ["\"99\"", "*", "W/\"1\"", "1", "\"x\"", "\"1\", \"2\""] {
            house.refused(
                "POST",
                &path,
                &[("if-match", stale)],
                b"",
                412,
                "version_stale",
            );
        }
        let seen = client.get(filed.header("location").unwrap());
        assert_eq!(seen.header("etag"), Some(tag.as_str()));
        let withdrawn = client.call("POST", &path, &[("if-match", tag.as_str())], b"");
        assert_eq!(withdrawn.status, 200, "{}", withdrawn.text());
        assert_eq!(withdrawn.json()["state"], "withdrawn");
        house.refused(
            "POST",
            &path,
            &[("if-match", tag.as_str())],
            b"",
            412,
            "version_stale",
        );
        let newer = withdrawn.header("etag").unwrap().to_owned();
        house.refused(
            "POST",
            &path,
            &[("if-match", &newer)],
            b"",
            409,
            "wrong_state",
        );
        house.database.run(&["verify"]);
    }
}

/// What a service may say to a head that no client would send: no, or nothing at all.
fn turned_away(house: &House, request: &[u8]) {
    if let Ok(answer) = house.server.client().send_raw(request, false) {
        assert!(
            (400..500).contains(&answer.status),
            "{} {}",
            answer.status,
            answer.text()
        );
    }
    assert_eq!(house.server.client().get("/livez").status, 200);
}

#[test]
fn heads_that_are_too_large_or_broken_are_turned_away() {
    on_both(|house| {
        let line =
            |rest: &str| format!("GET /livez HTTP/1.1\r\nhost: x\r\n{rest}\r\n\r\n").into_bytes();
        turned_away(house, &line(&format!("x-large: {}", "a".repeat(300_000))));
        let many: Vec<String> = (0..5_000).map(|i| format!("x-{i}: 1")).collect();
        turned_away(house, &line(&many.join("\r\n")));
        turned_away(
            house,
            format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "a".repeat(300_000)).as_bytes(),
        );
        for broken in [
            "no colon here",
            "content-length: x",
            "content-length: -1",
            "content-length: 5\r\ncontent-length: 6",
            "transfer-encoding: gzip, chunked, x\r\ncontent-length: 5",
            "na me: x",
            "idempotency-key: 12345678\u{7f}",
        ] {
            turned_away(house, &line(broken));
        }
        turned_away(house, b"\0\0\0\0\r\n\r\n");
        turned_away(house, b"GET /livez HTTP/9.9\r\n\r\n");
        turned_away(
            house,
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        );
    });
}
