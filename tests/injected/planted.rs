//! What the checks must find, or they show nothing.

use serde_json::json;

use super::control::money;
use super::fault::{Kind, Strike};
use super::pages_bureau::beginning;
use super::people;
use super::proxy::{BEGIN, COMMIT};
use super::routes::{self, Route};
use super::trial::{self, Finding, Outcome, Reference};
use super::world::{Call, Ground, REVIEW, Who, World};
use crate::support::{Backend, Response};

/// Injects an error until it meets the call and not a job that runs beside it.
fn until_met(mut injected: impl FnMut() -> Result<Outcome, Finding>) -> Result<Outcome, Finding> {
    for _ in 0..20 {
        match injected() {
            Ok(Outcome::Answered | Outcome::Missed) => {}
            met => return met,
        }
    }
    panic!("the error never met the call");
}

fn reference(ground: &Ground, world: &mut World, route: &Route) -> Reference {
    Reference::of(ground, world, route, Kind::of(ground.backend))
}

/// An error at the begin of the first transaction that writes.
fn at_begin(kind: Kind, lasting: bool) -> Strike {
    Strike {
        kind,
        nth: 1,
        of: BEGIN,
        lasting,
    }
}

#[test]
fn an_error_that_nobody_knows_is_seen() {
    let ground = Ground::new(Backend::Postgres);
    let mut world = World::new(&ground);
    for name in [
        "POST /v1/claims",
        "POST /v1/claims/{id}/withdraw",
        "POST /v1/dealers",
        "POST /dealer/claims/new",
        "POST /bureau/pools/{name}/stage",
    ] {
        let route = routes::first(name);
        let known = reference(&ground, &mut world, &route);
        let strike = at_begin(Kind::Strange, false);
        let found = until_met(|| trial::run(&ground, &mut world, &route, &known, strike));
        let found = found.unwrap_err();
        println!("planted: {found}");
        assert!(
            found.what.starts_with("not classified (answered 500"),
            "{found}"
        );
    }
    // It is counted how often the same is tried; a job that runs beside it is counted, too.
    let route = routes::first("POST /v1/claims/{id}/withdraw");
    let begun = (0..5).map(|_| {
        let call = (route.prepare)(&mut world);
        ground.arm(Kind::Deadlock, Some(at_begin(Kind::Deadlock, true)));
        let answer = world.send(&call);
        let seen = ground.release();
        assert_eq!(answer.status, 503, "{}", answer.text());
        seen.begun
    });
    assert_eq!(begun.min(), Some(5));
}

#[test]
fn an_act_that_is_half_done_is_seen() {
    for backend in Backend::ALL {
        let ground = Ground::new(backend);
        let mut world = World::new(&ground);
        let route = routes::first("POST /v1/claims/{id}/withdraw");
        let known = reference(&ground, &mut world, &route);
        (route.prepare)(&mut world);
        assert_eq!(world.wrong_books(), None);
        let before = world.tables.read();
        // As without a transaction, cut off after its first statement: no key and no money goes
        // back, and the journal says nothing.
        world.tables.execute(
            "UPDATE claims SET state = 'withdrawn', revision = revision + 1
            WHERE id = (SELECT id FROM claims ORDER BY id DESC LIMIT 1)",
        );
        let after = world.tables.read();
        let delta = world.tables.delta(&before, &after);
        let half = known.effect(&delta).unwrap_err();
        println!("planted: {half}");
        assert!(half.starts_with("half done"), "{half}");
        assert!(world.wrong_books().is_some());
    }
}

#[test]
fn an_act_that_is_done_twice_is_seen() {
    let ground = Ground::new(Backend::Postgres);
    let mut world = World::new(&ground);
    // The client leaves its key away, and sends it again after an answer that was lost.
    let keyless = Route::new("POST /v1/pools/{name}/top-up", "without a key", |world| {
        let keyed = money(world, "top-up", "10.00");
        Call {
            headers: vec![("content-type", "application/json".to_owned())],
            ..keyed
        }
    });
    let keyed = routes::first("POST /v1/pools/{name}/top-up");
    done_once_with_its_key_only(&ground, &mut world, &keyless, &keyed);
    // And it is none that another wish may use.
    let call = money(&mut world, "top-up", "10.00");
    world.done(&call);
    let other = json!({ "amount": "11.00", "reference": "示范区财〔2026〕0号" });
    let path = format!("/v1/pools/{REVIEW}/top-up");
    let key = call
        .headers
        .iter()
        .find(|(name, _)| *name == "idempotency-key");
    let other = Call::json(Who::Operator, path, &other).with("idempotency-key", &key.unwrap().1);
    let refused = world.send(&other);
    assert_eq!(
        (refused.status, &refused.json()["code"]),
        (422, &json!("idempotency_key_reused"))
    );
}

/// Sent again after an answer that was lost, the one is seen to be done twice, the other once.
fn done_once_with_its_key_only(ground: &Ground, world: &mut World, keyless: &Route, keyed: &Route) {
    let strike = Strike {
        kind: Kind::Lost,
        nth: 1,
        of: COMMIT,
        lasting: false,
    };
    let known = reference(ground, world, keyless);
    let found = until_met(|| trial::run(ground, world, keyless, &known, strike));
    let found = found.unwrap_err();
    println!("planted: {found}");
    assert!(
        found.what.starts_with("half done, or more than once"),
        "{found}"
    );
    let known = reference(ground, world, keyed);
    let outcome = until_met(|| trial::run(ground, world, keyed, &known, strike));
    assert_eq!(outcome, Ok(Outcome::Stood));
}

#[test]
fn a_form_that_is_done_twice_is_seen() {
    let ground = Ground::new(Backend::Postgres);
    let mut world = World::new(&ground);
    // The form has lost its key, and is sent again after an answer that was lost.
    let keyless = Route::new("POST /bureau/bulk", "without its key", |world| {
        let whole = beginning(world);
        let members = whole.body.split(|byte| *byte == b'&');
        let others = members.filter(|member| !member.starts_with(b"key="));
        let body = others.collect::<Vec<_>>().join(&b'&');
        assert_ne!(body, whole.body);
        Call { body, ..whole }
    });
    let keyed = routes::first("POST /bureau/bulk");
    done_once_with_its_key_only(&ground, &mut world, &keyless, &keyed);
    // Where it is not done, the page that says so holds it, and one with another key is seen.
    let call = beginning(&mut world);
    ground.arm(Kind::Full, Some(at_begin(Kind::Full, true)));
    let answer = world.send(&call);
    ground.release();
    assert_eq!(answer.status, 503, "{}", answer.text());
    assert_eq!(people::holds(&answer, &call), Ok(()));
    let html = answer.text().replace("name=\"key\"", "name=\"other\"");
    let other = Response {
        body: html.into_bytes(),
        ..answer
    };
    let found = people::holds(&other, &call).unwrap_err();
    println!("planted: {found}");
}
