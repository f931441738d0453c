//! Problems: their bodies, and that nothing is refused in any other form.

use actix_web::test::TestRequest;
use tradein::domain::defect::{Defect, DefectCode};
use tradein::domain::text::Lang;
use tradein::http::problem::{Problem, ProblemCode};
use tradein::http::schema::ProblemDetails;

use crate::wire::{Desk, bearer, check_golden};

#[test]
fn bodies_are_locked() {
    let mut lines = String::new();
    for code in ProblemCode::ALL {
        for lang in [Lang::Zh, Lang::En] {
            lines.push_str(&Problem::new(*code).body(lang));
            lines.push('\n');
        }
    }
    let defects = vec![
        Defect::new("/new_item/vin", DefectCode::CheckDigit),
        Defect::new("/invoice/total", DefectCode::MoneyAsNumber),
    ];
    for lang in [Lang::Zh, Lang::En] {
        let problem = Problem::with_errors(ProblemCode::ClaimMalformed, defects.clone());
        lines.push_str(&problem.body(lang));
        lines.push('\n');
    }
    for line in lines.lines() {
        serde_json::from_str::<ProblemDetails>(line).unwrap();
    }
    check_golden("problems.jsonl", &lines);
}

#[test]
fn unknown_addresses_and_wrong_methods_are_problems() {
    let desk = Desk::new();
    for path in [
        "/v1",
        "/v1/claims/",
        "/v1/public",
        "/v1/public/pools/",
        "/%2e%2e/etc",
        "/docs/no.js",
    ] {
        let answer = desk.get(path);
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (404, "not_found"),
            "{path}"
        );
    }
    for (path, allow) in [
        ("/v1/claims", "POST, GET, HEAD"),
        ("/v1/claims/0199", "GET, HEAD"),
        ("/oauth/token", "POST"),
        ("/livez", "GET, HEAD"),
    ] {
        let answer = desk.call(TestRequest::delete().uri(path));
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (405, "method_not_allowed")
        );
        assert_eq!(answer.header("allow"), allow, "{path}");
    }
}

#[test]
fn what_is_not_there_has_its_own_code() {
    let desk = Desk::new();
    let token = desk.token("dealer");
    for id in [
        "x",
        "0199a7b0-1111-7222-8333-444455556666",
        "%00",
        "..%2f",
        "1%27%20or%201",
    ] {
        let request = TestRequest::get().uri(&format!("/v1/claims/{id}"));
        let answer = desk.call(request.insert_header(bearer(&token)));
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (404, "claim_not_found"),
            "{id}"
        );
    }
    for path in ["/v1/public/pools/none", "/v1/public/journal/none?after=0"] {
        assert_eq!(desk.get(path).code(), "pool_not_found", "{path}");
    }
}

#[test]
fn languages_are_chosen_by_the_caller() {
    let desk = Desk::new();
    let ask = |language: &'static str| {
        let request = TestRequest::get().uri("/nowhere");
        let answer = desk.call(request.insert_header(("accept-language", language)));
        let title = answer.json()["title"].as_str().unwrap().to_owned();
        (answer.header("content-language").to_owned(), title)
    };
    assert_eq!(ask("en"), ("en".into(), "No such address".into()));
    assert_eq!(ask("zh-CN"), ("zh-CN".into(), "地址不存在".into()));
    assert_eq!(ask("fr"), ("zh-CN".into(), "地址不存在".into()));
}

#[test]
fn queries_are_refused_by_field() {
    let desk = Desk::new();
    let token = desk.token("auditor");
    let ask = |query: &str| {
        let request = TestRequest::get().uri(&format!("/v1/claims?{query}"));
        let answer = desk.call(request.insert_header(bearer(&token)));
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (422, "query_malformed"),
            "{query}"
        );
        let errors = answer.json()["errors"].as_array().unwrap().clone();
        let text = |error: &serde_json::Value, key: &str| error[key].as_str().unwrap().to_owned();
        errors
            .iter()
            .map(|e| format!("{}={}", text(e, "field"), text(e, "code")))
            .collect::<Vec<_>>()
    };
    assert_eq!(ask("state=gone"), ["state=not_in_list"]);
    assert_eq!(ask("limit=0"), ["limit=out_of_range"]);
    assert_eq!(ask("limit=101"), ["limit=out_of_range"]);
    assert_eq!(ask("cursor=%00"), ["cursor=format"]);
    assert_eq!(ask("cursor=AAAA"), ["cursor=format"]);
    assert_eq!(
        ask("limit=x&state=gone&state=gone&who=me"),
        [
            "state=duplicate_field",
            "limit=wrong_type",
            "who=unknown_field"
        ]
    );
    let after = desk.get("/v1/public/journal/jiyuan-cars?after=-1");
    assert_eq!(after.code(), "query_malformed");
}

/// One thing is put right at a time, and the next refusal is the one that the order names.
#[test]
fn a_submission_is_checked_in_the_stated_order() {
    let desk = Desk::new();
    let (dealer, staff) = (desk.token("dealer"), desk.token("finance"));
    let huge = "x".repeat(64 * 1024 + 1);
    let post = || TestRequest::post().uri("/v1/claims");
    let json = ("content-type", "application/json");
    let key = ("idempotency-key", "attempt-0001");
    let code = |request: TestRequest| desk.call(request).code();

    assert_eq!(code(post().set_payload(huge.clone())), "token_missing");
    assert_eq!(
        code(
            post()
                .insert_header(bearer(&staff))
                .set_payload(huge.clone())
        ),
        "role_not_allowed"
    );
    let as_dealer = || post().insert_header(bearer(&dealer));
    assert_eq!(
        code(as_dealer().set_payload(huge.clone())),
        "media_type_unsupported"
    );
    let gbk = ("content-type", "application/json; charset=gbk");
    assert_eq!(code(as_dealer().insert_header(gbk)), "charset_unsupported");
    let zipped = as_dealer()
        .insert_header(json)
        .insert_header(("content-encoding", "br"));
    let answer = desk.call(zipped.set_payload(huge.clone()));
    assert_eq!(answer.code(), "encoding_unsupported");
    assert_eq!(answer.header("accept-encoding"), "identity");
    assert_eq!(
        code(as_dealer().insert_header(json).set_payload(huge)),
        "body_too_large"
    );
    let broken = || as_dealer().insert_header(json).set_payload("{");
    assert_eq!(code(broken()), "idempotency_key_missing");
    assert_eq!(
        code(broken().insert_header(("idempotency-key", "short"))),
        "idempotency_key_malformed"
    );
    assert_eq!(code(broken().insert_header(key)), "json_unreadable");
}

#[test]
fn a_withdrawal_says_which_version_it_means() {
    let desk = Desk::new();
    let token = desk.token("dealer");
    let path = "/v1/claims/0199a7b0-1111-7222-8333-444455556666/withdraw";
    let post = || TestRequest::post().uri(path).insert_header(bearer(&token));
    assert_eq!(desk.call(post()).code(), "version_missing");
    assert_eq!(
        desk.call(post().insert_header(("if-match", "*"))).code(),
        "version_stale"
    );
    assert_eq!(
        desk.call(post().insert_header(("if-match", "\"1\"")))
            .code(),
        "claim_not_found"
    );
}
