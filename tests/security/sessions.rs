//! Cookies, forms, and how long somebody stays who he is.

use tradein::http::routes::{TABLE, is_for_people};

use crate::support::Backend;
use crate::world::{PASSWORD, World};

#[test]
fn v3_3_cookies_are_for_this_host_alone_and_for_no_script() {
    let world = World::new(Backend::Sqlite);
    let code = world.offer_dealer(0, "li");
    let mut browser = world.browser();
    browser.enrol(&code, PASSWORD, "");
    let entered = browser.sign_in("/dealer", "li", PASSWORD, "");
    let cookie = entered.header("set-cookie").unwrap().to_owned();
    assert!(cookie.starts_with("__Host-tradein="), "{cookie}");
    for attribute in ["; Secure", "; HttpOnly", "; SameSite=Lax", "; Path=/"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(!cookie.to_lowercase().contains("domain"), "{cookie}");
    // v7.2.3: 256 random bits, spelled.
    let token = cookie.split(['=', ';']).nth(1).unwrap();
    assert_eq!(token.len(), 43, "{cookie}");
    let chosen = world.browser().get("/language?to=en&back=%2F");
    let cookie = chosen.header("set-cookie").unwrap();
    for attribute in ["; Secure", "; HttpOnly", "; SameSite=Lax"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
}

#[test]
fn v3_5_1_no_form_is_taken_without_its_token_or_from_another_site() {
    let world = World::new(Backend::Sqlite);
    let mut clerk = world.clerk(0, "li");
    let (mut official, mut shown) = world.official("wang", "operator");
    official.sign_in("/bureau", "wang", PASSWORD, &shown.next());
    let mut tried = 0;
    for (area, browser) in [("/dealer/", &mut clerk), ("/bureau/", &mut official)] {
        let mine = |(path, methods): &&(&str, &[&str])| {
            path.starts_with(area) && methods.contains(&"POST") && !path.ends_with("/sign-in")
        };
        let token = browser.form_token(area.trim_end_matches('/'));
        for (pattern, _) in TABLE.iter().filter(mine) {
            let path = pattern
                .replace("{paper}", "invoice_copy")
                .replace("{name}", "appliances");
            let path = path
                .split('/')
                .map(|part| match part.starts_with('{') {
                    true => "0199a7b0-1111-7222-8333-444455556666",
                    false => part,
                })
                .collect::<Vec<_>>()
                .join("/");
            let without = browser.post(&path, &[("amount", "1.00")]);
            let wrong = browser.post(&path, &[("form_token", "AAAAAAAAAAAAAAAAAAAAAA")]);
            let elsewhere = [("form_token", token.as_str())];
            let site = [("sec-fetch-site", "cross-site")];
            let crossed = browser.post_with(&path, &elsewhere, &site);
            let origin = [("origin", "https://evil.example")];
            let foreign = browser.post_with(&path, &elsewhere, &origin);
            for answer in [without, wrong, crossed, foreign] {
                // 403 also where the role may not do it at all; never anything that was done.
                let refused = [400, 403, 415].contains(&answer.status);
                assert!(refused, "{path}: {} {}", answer.status, answer.text());
                tried += 1;
            }
        }
    }
    assert!(tried > 150, "only {tried}");
    assert!(clerk.is_in("/dealer") && official.is_in("/bureau"));
}

#[test]
fn v3_5_3_nothing_is_done_by_getting_a_page() {
    // Every route that changes something is a POST or a PUT; a GET of such an address is refused.
    let world = World::new(Backend::Sqlite);
    let mut clerk = world.clerk(0, "li");
    let only_post = TABLE.iter().filter(|(path, methods)| {
        is_for_people(path) && methods.contains(&"POST") && !methods.contains(&"GET")
    });
    for (pattern, _) in only_post {
        let path = pattern.replace(['{', '}'], "");
        let answer = clerk.get(&path);
        assert!(
            [404, 405].contains(&answer.status),
            "{path}: {}",
            answer.status
        );
    }
    assert!(clerk.is_in("/dealer"), "a GET has signed somebody out");
}

#[test]
fn v3_7_2_nobody_is_sent_to_another_site() {
    let world = World::new(Backend::Sqlite);
    let code = world.offer_dealer(0, "li");
    world.browser().enrol(&code, PASSWORD, "");
    for evil in [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
    ] {
        let mut browser = world.browser();
        let members = [("login", "li"), ("password", PASSWORD), ("back", evil)];
        let entered = browser.post("/dealer/sign-in", &members);
        assert_eq!(entered.header("location"), Some("/dealer"), "{evil}");
        let spelled: String = url::form_urlencoded::byte_serialize(evil.as_bytes()).collect();
        let chosen = browser.get(&format!("/language?to=en&back={spelled}"));
        assert_eq!(chosen.header("location"), Some("/"), "{evil}");
    }
}

#[test]
fn v7_2_4_a_session_that_an_attacker_has_planted_is_not_taken_over() {
    let world = World::new(Backend::Sqlite);
    let mut attacker = world.clerk(1, "mallory");
    let code = world.offer_dealer(0, "li");
    let mut victim = world.browser();
    victim.enrol(&code, PASSWORD, "");
    // His browser carries the attacker's session, or a token that the attacker made up.
    for planted in [attacker.cookie.clone(), "__Host-tradein=fixed".to_owned()] {
        victim.cookie.clone_from(&planted);
        let token = victim.form_token("/dealer/sign-in");
        let members = [
            ("form_token", token.as_str()),
            ("login", "li"),
            ("password", PASSWORD),
        ];
        let entered = victim.post("/dealer/sign-in", &members);
        assert_eq!(entered.status, 303);
        assert_ne!(victim.cookie, planted);
        assert!(victim.get("/dealer").text().contains("li"));
    }
    // What was planted is worth nothing afterwards.
    assert!(!attacker.is_in("/dealer"));
    let mut forged = world.browser();
    forged.cookie = "__Host-tradein=fixed".into();
    assert!(!forged.is_in("/dealer"));
}

#[test]
fn v7_4_1_a_session_that_was_ended_is_worth_nothing() {
    for backend in Backend::ALL {
        let world = World::new(backend);
        let mut clerk = world.clerk(0, "li");
        let kept = clerk.cookie.clone();
        let token = clerk.form_token("/dealer");
        let out = clerk.post("/sign-out", &[("form_token", &token)]);
        let cookie = out.header("set-cookie").unwrap();
        assert!(cookie.contains("Max-Age=0"), "{cookie}");
        let mut thief = world.browser();
        thief.cookie = kept;
        assert!(!thief.is_in("/dealer"));
    }
}

#[test]
fn v7_4_2_a_new_enrolment_ends_every_session_of_a_login() {
    for backend in Backend::ALL {
        let world = World::new(backend);
        let mut clerk = world.clerk(0, "li");
        assert!(clerk.is_in("/dealer"));
        world.offer_dealer(0, "li");
        assert!(!clerk.is_in("/dealer"));
        let again = world.browser().sign_in("/dealer", "li", PASSWORD, "");
        assert_eq!(again.status, 422, "the old password is none any more");
    }
}

#[test]
fn v7_4_3_a_changed_password_signs_every_other_device_out() {
    const NEW: &str = "a fourth tree by the gate";
    for backend in Backend::ALL {
        let world = World::new(backend);
        let mut here = world.clerk(0, "li");
        let mut there = world.browser();
        there.sign_in("/dealer", "li", PASSWORD, "");
        assert!(there.is_in("/dealer"));
        let token = here.form_token("/dealer/password");
        let members = [
            ("form_token", token.as_str()),
            ("present", PASSWORD),
            ("password", NEW),
        ];
        let before = here.cookie.clone();
        let done = here.post("/dealer/password", &members);
        assert_eq!(done.status, 303, "{}", done.text());
        assert_ne!(here.cookie, before);
        assert!(here.is_in("/dealer") && !there.is_in("/dealer"));
        let old = world.browser().sign_in("/dealer", "li", PASSWORD, "");
        assert_eq!(old.status, 422);
        let new = world.browser().sign_in("/dealer", "li", NEW, "");
        assert_eq!(new.status, 303);
    }
}

#[test]
fn v7_5_1_an_open_session_alone_changes_no_password() {
    let world = World::new(Backend::Sqlite);
    let (mut official, mut shown) = world.official("wang", "auditor");
    official.sign_in("/bureau", "wang", PASSWORD, &shown.next());
    let used = shown.again();
    let token = official.form_token("/bureau/password");
    let mut change = |present: &str, code: &str| {
        let members = [
            ("form_token", token.as_str()),
            ("present", present),
            ("code", code),
            ("password", "a fourth tree by the gate"),
        ];
        official.post("/bureau/password", &members).status
    };
    assert_eq!(change("not the password", &shown.next()), 422);
    assert_eq!(change(PASSWORD, ""), 422, "without a code");
    assert_eq!(change(PASSWORD, &used), 422, "with a code that was used");
    assert_eq!(change(PASSWORD, &shown.next()), 303);
}
