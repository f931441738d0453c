//! Every page and who may see it or send it a form, as a table in `tests/data/page_permissions.txt`.

use actix_web::http::Method;
use actix_web::test::TestRequest;
use tradein::http::routes::{TABLE, is_for_people};
use tradein::operations::sign_in::form_token;

use crate::wire::{Answer, Desk, check_golden};
use crate::world::{POOL, PROGRAMME};

const ROLES: [&str; 6] = [
    "dealer", "reviewer", "approver", "finance", "auditor", "operator",
];
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

fn request(method: &str, pattern: &str, session: Option<&str>) -> TestRequest {
    let path = pattern
        .replace("{name}", POOL)
        .replace("{programme}", PROGRAMME)
        .replace("{paper}", "invoice_copy")
        .replace("{code}", "goods_returned")
        .replace("{uscc}", "91419001MA0000001N")
        .replace("{file}", "app.css");
    // Whatever else a pattern names is an id of nothing.
    let path = match path.split_once('{') {
        Some((head, tail)) => {
            let rest = tail.split_once('}').map_or("", |(_, rest)| rest);
            format!("{head}0199a7b0-1111-7222-8333-444455556666{rest}")
        }
        None => path,
    };
    assert!(
        !path.contains('{'),
        "{pattern}: say in this test what stands for a name"
    );
    let mut request = TestRequest::default()
        .method(Method::from_bytes(method.as_bytes()).unwrap())
        .uri(&path);
    if let Some(token) = session {
        request = request.insert_header(("cookie", format!("tradein={token}")));
        if method == "POST" {
            let form = format!("form_token={}", form_token(token));
            request = request.insert_header(FORM).set_payload(form);
        }
    }
    request
}

fn word(answer: &Answer) -> &'static str {
    let to_sign_in = answer.header("location").contains("/sign-in?back=");
    match answer.status {
        303 if to_sign_in => "sign-in",
        403 => "403",
        _ => "allowed",
    }
}

#[test]
fn every_page_is_for_those_whom_the_table_names() {
    let desk = Desk::new();
    let pages = || TABLE.iter().filter(|(path, _)| is_for_people(path));
    let head = ROLES.map(|role| format!("{role:<10}")).concat();
    let mut table = format!("{:<56}{:<10}{}\n", "page", "nobody", head.trim_end());
    let sessions: Vec<String> = ROLES.iter().map(|role| desk.world.session(role)).collect();
    for (pattern, methods) in pages() {
        for method in *methods {
            let mut row = format!("{:<56}", format!("{method} {pattern}"));
            let nobody = desk.call(request(method, pattern, None));
            row.push_str(&format!("{:<10}", word(&nobody)));
            for (session, role) in sessions.iter().zip(ROLES) {
                // These end the session or change what it may do.
                if ["/sign-out", "/bureau/role"].contains(pattern) {
                    row.push_str(&format!("{:<10}", "own"));
                    continue;
                }
                let answer = desk.call(request(method, pattern, Some(session)));
                assert!(
                    answer.status < 500,
                    "{method} {pattern} as {role}: {answer:?}"
                );
                row.push_str(&format!("{:<10}", word(&answer)));
            }
            table.push_str(row.trim_end());
            table.push('\n');
        }
    }
    check_golden("page_permissions.txt", &table);
}

#[test]
fn a_form_without_its_token_or_from_elsewhere_does_nothing() {
    let desk = Desk::new();
    let session = desk.world.session("operator");
    let cookie = ("cookie", format!("tradein={session}"));
    let good = format!("form_token={}&role=operator", form_token(&session));
    let send = |form: &str, site: &str| {
        let request = TestRequest::post()
            .uri("/bureau/role")
            .insert_header(FORM)
            .insert_header(cookie.clone())
            .insert_header(("sec-fetch-site", site.to_owned()))
            .set_payload(form.to_owned());
        desk.call(request).status
    };
    assert_eq!(send("role=operator", "same-origin"), 403);
    assert_eq!(send("form_token=x&role=operator", "same-origin"), 403);
    assert_eq!(send(&good, "cross-site"), 403);
    assert_eq!(send(&good, "same-site"), 403);
    assert_eq!(send(&good, "same-origin"), 303);
}

#[test]
fn pages_have_their_headers_and_are_kept_by_nobody() {
    let desk = Desk::new();
    let session = desk.world.session("reviewer");
    for (pattern, methods) in TABLE.iter().filter(|(path, _)| is_for_people(path)) {
        for method in *methods {
            let answer = desk.call(request(method, pattern, Some(&session)));
            if *pattern == "/assets/{file}" {
                assert!(answer.header("cache-control").contains("immutable"));
                continue;
            }
            assert_eq!(
                answer.header("cache-control"),
                "no-store",
                "{method} {pattern}"
            );
            if answer.header("content-type").starts_with("text/html") {
                let policy = answer.header("content-security-policy");
                assert!(policy.starts_with("default-src 'none'; script-src 'self';"));
                assert!(!policy.contains("unsafe"), "{policy}");
                assert_eq!(answer.header("x-frame-options"), "DENY");
                assert_eq!(answer.header("x-content-type-options"), "nosniff");
                let html = String::from_utf8(answer.body).unwrap();
                for inline in ["<script>", " onclick=", " style=", "javascript:"] {
                    assert!(!html.contains(inline), "{method} {pattern}: {inline}");
                }
            }
        }
    }
}

#[test]
fn forms_for_everybody_are_taken_from_who_is_signed_in_too() {
    let desk = Desk::new();
    let session = desk.world.session("auditor");
    let cookie = ("cookie", format!("tradein={session}"));
    for path in ["/", "/in-my-name", "/bureau/sign-in"] {
        let show = TestRequest::get().uri(path).insert_header(cookie.clone());
        let html = String::from_utf8(desk.call(show).body).unwrap();
        let field = html.split("name=\"form_token\" value=\"").nth(1).unwrap();
        let token = field.split('"').next().unwrap();
        assert_eq!(token, form_token(&session), "{path}");
        let send = TestRequest::post()
            .uri(path)
            .insert_header(FORM)
            .insert_header(cookie.clone())
            .set_payload(format!("form_token={token}"));
        assert_ne!(desk.call(send).status, 403, "{path}");
    }
}
