//! Rubbish at every address, from whoever may call it: each answer is a problem in the language that
//! was asked for.

use tradein::http::routes::TABLE;

use super::support::claims::SELLER;
use super::support::{Client, Response};
use super::{House, POOL, on_both, problem};

const NOBODY: &str = "0199a7b0-1111-7222-8333-444455556666";
const STAFF: [&str; 5] = ["reviewer", "approver", "finance", "auditor", "operator"];
const JSON: &str = "application/json";

/// No address takes any of these: the type that is stated, and the body.
fn rubbish() -> Vec<(&'static str, Vec<u8>)> {
    let deep = "[".repeat(5_000);
    let large = format!("{{\"why\":\"{}\"}}", "x".repeat(70_000));
    let long = format!(
        "{{\"why\":\"{}\",\"amount\":\"{}\"}}",
        "x".repeat(9_000),
        "9".repeat(9_000)
    );
    let marks = r#"{"why":"\u0000","code":"\u0001","amount":"\u0000","stage":"\u0007","url":"\u0000",
        "reference":"\u001b[31m","pool":"\u0000","to":"\u0000","uscc":"\u0000","number":"\u0000"}"#;
    [
        (JSON, ""),
        (JSON, "{\"why\":"),
        (JSON, "null"),
        (JSON, "[{}]"),
        (JSON, "{\"no_such_member\":1}"),
        (JSON, "{\"days\":1e999}"),
        (
            JSON,
            "{\"limit\":99999999999999999999,\"amount\":-1,\"why\":{}}",
        ),
        (JSON, "{\"why\":\"\\ud800\"}"),
        (JSON, marks),
        (JSON, &deep),
        (JSON, &large),
        (JSON, &long),
        ("application/json; charset=gbk", "{}"),
        (
            "text/plain",
            "id = \"\u{0}\"\n[a]\nb = 99999999999999999999",
        ),
        (
            "text/csv",
            "end_to_end_id,outcome,reason\n\u{0},,\n=1+1,paid,\n",
        ),
        (
            "application/xml",
            "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>",
        ),
        ("application/pdf", "%PDF-1.7\n"),
        ("multipart/form-data; boundary=x", "--x\r\n"),
    ]
    .into_iter()
    .map(|(stated, body)| (stated, body.as_bytes().to_vec()))
    .chain(
        [JSON, "text/plain", "text/csv", "application/xml"].map(|stated| {
            let no_utf8 = b"{\"why\":\"\xff\xfe\"}".to_vec();
            (stated, no_utf8)
        }),
    )
    .collect()
}

/// The address with what no claim, batch, or proposal is called; of pools and dealers a real one where
/// `real` says so, since some look for it first.
fn filled(pattern: &str, id: &str, real: bool) -> String {
    let mut path = pattern.to_owned();
    for (name, known) in [("{name}", POOL), ("{pool}", POOL), ("{uscc}", SELLER)] {
        path = path.replace(name, if real { known } else { id });
    }
    for name in ["{id}", "{paper}", "{code}", "{batch}", "{account}"] {
        path = path.replace(name, id);
    }
    path
}

/// Whatever is refused is a problem, in the language that was asked for; nothing is a fault of ours.
fn told(answer: &Response, language: &str, what: &str) {
    assert!(answer.status < 500, "{what}: {}", answer.text());
    if answer.status < 400 {
        return;
    }
    let code = answer.json()["code"].as_str().map(str::to_owned);
    let body = problem(
        answer,
        answer.status,
        &code.unwrap_or_else(|| panic!("{what}: no problem")),
    );
    assert_eq!(answer.header("content-language"), Some(language), "{what}");
    let sentences = body["errors"].as_array().into_iter().flatten();
    let sentences = sentences.map(|error| &error["message"]);
    for sentence in sentences.chain([&body["title"], &body["detail"]]) {
        let english = sentence.as_str().unwrap().is_ascii();
        assert_eq!(english, language == "en", "{what}: {body}");
    }
}

/// Tokens of every role.
fn everybody(house: &House) -> Vec<String> {
    let token = |role| {
        let who = house.database.add_staff(role, role);
        let mut client = house.server.client();
        client.token(&who.client_id, &who.client_secret)
    };
    let staff = STAFF.into_iter().map(token);
    staff.chain([house.token.clone()]).collect()
}

/// A client of somebody whose role may make this call.
fn admitted(house: &House, tokens: &[String], method: &str, path: &str) -> Client {
    let mut clients = tokens.iter().map(|t| house.server.client().with_token(t));
    let found = clients.find_map(|mut who| {
        let answer = who.call(method, path, &[], b"");
        (answer.status != 403).then_some(who)
    });
    found.unwrap_or_else(|| panic!("{method} {path}: nobody may"))
}

#[test]
fn rubbish_at_every_address_is_a_problem_in_the_language_that_was_asked_for() {
    on_both(|house| {
        let tokens = everybody(house);
        let mut languages = ["zh-CN", "en"].into_iter().cycle();
        let mut asked = 0;
        let calls = TABLE.iter().filter(|(path, _)| path.starts_with("/v1/"));
        for (pattern, method) in
            calls.flat_map(|(path, methods)| methods.iter().map(move |m| (path, m)))
        {
            for (id, real) in [(NOBODY, false), (NOBODY, true), ("no%00such", false)] {
                let path = filled(pattern, id, real);
                let mut who = admitted(house, &tokens, method, &path);
                for (stated, body) in rubbish() {
                    let language = languages.next().unwrap();
                    let headers = [
                        ("accept-language", language),
                        ("content-type", stated),
                        ("if-match", "\"1\""),
                    ];
                    let answer = who.call(method, &path, &headers, &body);
                    let what = format!("{method} {path} with {stated}, {} bytes", body.len());
                    told(&answer, language, &what);
                    asked += 1;
                }
            }
        }
        assert!(asked > 2_000, "{asked}");
    });
}
