//! Passwords, codes and guessing.

use crate::support::Backend;
use crate::world::{PASSWORD, World};

#[test]
fn v6_2_passwords_are_long_and_otherwise_free() {
    let world = World::new(Backend::Sqlite);
    let code = world.offer_dealer(0, "li.wang");
    let mut browser = world.browser();
    // v6.2.1, v6.2.4, v6.2.11
    for weak in [
        "elevenchars",
        "password1234",
        "li.wang-2025",
        "aaaaaaaaaaaaaa",
        "tradein12345",
    ] {
        let refused = browser.enrol(&code, weak, "");
        assert_eq!(refused.status, 422, "{weak}");
    }
    // v6.2.5, v6.2.8, v6.2.9: any characters, kept as they were typed, 64 of them and more.
    let long = format!("  槐树 {} ", "no rule but its length ".repeat(3));
    assert!(long.chars().count() >= 64);
    assert_eq!(browser.enrol(&code, &long, "").status, 200);
    for near in [long.trim(), &long.to_uppercase(), &long[..long.len() - 1]] {
        let refused = browser.sign_in("/dealer", "li.wang", near, "");
        assert_eq!(refused.status, 422, "{near:?}");
    }
    assert_eq!(browser.sign_in("/dealer", "li.wang", &long, "").status, 303);
}

#[test]
fn v6_2_6_and_v6_2_7_fields_of_passwords_are_masked_and_let_password_managers_in() {
    let world = World::new(Backend::Sqlite);
    let code = world.offer_dealer(0, "li");
    let mut clerk = world.clerk(1, "zhao");
    let pages = [
        world.browser().get("/dealer/sign-in").text(),
        world.browser().get(&format!("/enrol?code={code}")).text(),
        clerk.get("/dealer/password").text(),
    ];
    for page in pages {
        let fields: Vec<&str> = page
            .split("<input")
            .skip(1)
            .map(|field| field.split('>').next().unwrap())
            .filter(|field| {
                field.contains("name=\"password\"") || field.contains("name=\"present\"")
            })
            .collect();
        assert!(!fields.is_empty(), "{page}");
        for field in fields {
            assert!(field.contains("type=\"password\""), "{field}");
            assert!(field.contains("autocomplete=\""), "{field}");
            assert!(!field.contains("value="), "{field}");
        }
        assert!(!page.contains("onpaste"), "{page}");
    }
}

#[test]
fn v6_3_1_a_login_is_locked_after_a_few_wrong_passwords() {
    for backend in Backend::ALL {
        let world = World::new(backend);
        let mut clerk = world.clerk(0, "li");
        let mut guesser = world.browser();
        for n in 0..5 {
            let wrong = format!("three old locust tree{n}");
            assert_eq!(guesser.sign_in("/dealer", "li", &wrong, "").status, 422);
        }
        let right = guesser.sign_in("/dealer", "li", PASSWORD, "");
        assert_eq!(
            right.status, 422,
            "the right password after five wrong ones"
        );
        // v6.1.1: whoever is in stays in, so that nobody is kept out of his work.
        assert!(clerk.is_in("/dealer"));
    }
}

#[test]
fn v6_3_2_a_new_service_knows_nobody() {
    let world = World::new(Backend::Sqlite);
    let mut browser = world.browser();
    for login in ["admin", "root", "sa", "test", "demo", "tradein", "operator"] {
        for password in ["admin", "password", "123456", "tradein", login, ""] {
            for area in ["/dealer", "/bureau"] {
                let answer = browser.sign_in(area, login, password, "000000");
                assert!(
                    [422, 429].contains(&answer.status),
                    "{area} {login} {}",
                    answer.status
                );
            }
        }
    }
}

#[test]
fn v6_3_3_nobody_of_the_bureau_is_let_in_by_a_password_alone() {
    let world = World::new(Backend::Sqlite);
    let code = world.offer_staff("wang", "reviewer");
    let mut browser = world.browser();
    assert_eq!(browser.enrol(&code, PASSWORD, "").status, 422);
    let (mut official, mut shown) = world.official("zhao", "approver");
    assert_eq!(
        official.sign_in("/bureau", "zhao", PASSWORD, "").status,
        422
    );
    let entered = official.sign_in("/bureau", "zhao", PASSWORD, &shown.next());
    assert_eq!(entered.status, 303);
}

#[test]
fn v6_3_8_nobody_learns_who_has_a_login() {
    let world = World::new(Backend::Sqlite);
    world.clerk(0, "li");
    let mut browser = world.browser();
    let known = browser.sign_in("/dealer", "li", "three old locust treez", "");
    let unknown = browser.sign_in("/dealer", "no", "three old locust treez", "");
    let of_bureau = browser.sign_in("/bureau", "li", PASSWORD, "");
    assert_eq!(known.status, 422);
    assert_eq!(unknown.status, 422);
    assert_eq!(of_bureau.status, 422);
    let named =
        |page: &str, login: &str| page.replace(&format!("value=\"{login}\""), "value=\"…\"");
    assert_eq!(named(&known.text(), "li"), named(&unknown.text(), "no"));
}

#[test]
fn v6_4_1_a_code_enrols_once() {
    for backend in Backend::ALL {
        let world = World::new(backend);
        let code = world.offer_dealer(0, "li");
        let mut browser = world.browser();
        assert_eq!(browser.enrol(&code, PASSWORD, "").status, 200);
        let again = browser.enrol(&code, "a fourth tree by the gate", "");
        assert_eq!(again.status, 404, "{}", again.text());
        let entered = browser.sign_in("/dealer", "li", PASSWORD, "");
        assert_eq!(entered.status, 303);
    }
}

#[test]
fn v6_5_1_a_one_time_code_is_good_once() {
    for backend in Backend::ALL {
        let world = World::new(backend);
        let (mut official, mut shown) = world.official("wang", "reviewer");
        let code = shown.next();
        let entered = official.sign_in("/bureau", "wang", PASSWORD, &code);
        assert_eq!(entered.status, 303);
        // Whoever looked over his shoulder.
        let mut thief = world.browser();
        let replayed = thief.sign_in("/bureau", "wang", PASSWORD, &code);
        assert_eq!(replayed.status, 422);
    }
}

#[test]
fn v6_5_5_a_code_of_another_time_is_none() {
    let world = World::new(Backend::Sqlite);
    let (mut official, mut shown) = world.official("wang", "reviewer");
    for steps in [-20, -4, 4, 20] {
        let code = shown.at(steps);
        let refused = official.sign_in("/bureau", "wang", PASSWORD, &code);
        assert_eq!(refused.status, 422, "{steps} half minutes away");
    }
    let entered = official.sign_in("/bureau", "wang", PASSWORD, &shown.next());
    assert_eq!(entered.status, 303);
}
