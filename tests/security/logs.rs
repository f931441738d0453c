//! What the log says of those who sign in, and what it never says.

use crate::support::Backend;
use crate::world::{PASSWORD, World};

#[test]
fn v16_3_1_every_attempt_to_sign_in_is_logged_and_v16_2_5_no_secret_is() {
    let world = World::new(Backend::Sqlite);
    let code = world.offer_staff("wang", "reviewer");
    let mut browser = world.browser();
    let page = browser.get(&format!("/enrol?code={code}")).text();
    let spelled = page.split("class=\"secret\">").nth(1).unwrap();
    let spelled = spelled.split('<').next().unwrap().to_owned();
    let (mut official, mut shown) = world.official("zhao", "approver");
    let code_of_wrong = shown.next();
    official.sign_in("/bureau", "zhao", "a wrong password typed", &code_of_wrong);
    // Somebody types his password where his login belongs.
    official.sign_in("/bureau", "my-own-secret-password", "zhao", "");
    let right = shown.next();
    let entered = official.sign_in("/bureau", "zhao", PASSWORD, &right);
    assert_eq!(entered.status, 303);
    let token = official.cookie.split('=').nth(1).unwrap().to_owned();
    official.get("/bureau/nowhere\r\nforged");
    let log = world.server.stderr();
    for (said, times) in [
        ("somebody signs in", 1),
        ("somebody is not let in: no such login", 1),
    ] {
        assert_eq!(log.matches(said).count(), times, "{said}\n{log}");
    }
    assert!(log.contains("somebody is not let in"), "{log}");
    for secret in [
        PASSWORD,
        "a wrong password typed",
        "my-own-secret-password",
        &code,
        &spelled,
        &right,
        &code_of_wrong,
        &token,
    ] {
        assert!(!log.contains(secret), "{secret} stands in the log\n{log}");
    }
}

#[test]
fn v16_4_1_nobody_writes_lines_of_the_log() {
    let world = World::new(Backend::Sqlite);
    let mut client = world.server.client();
    let names = [
        "x\" level=ERROR forged",
        "a%0aERROR forged",
        "ERROR\tforged",
    ];
    for name in names {
        client.call("GET", "/v1/claims", &[("x-request-id", name)], b"");
        let path = format!("/{}", name.replace([' ', '"', '\t'], "%0a"));
        client.get(&path);
    }
    let log = world.server.stderr();
    assert!(!log.contains("forged"), "{log}");
}
