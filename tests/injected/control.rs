//! What the bureau does with dealers, pools and packs.

use serde_json::{Value, json};
use tradein::rehearse::generate::uscc;

use super::dealer::{account, proposed_account};
use super::routes::Route;
use super::world::{BULK, COUNTER, Call, REVIEW, Who, World};

pub const ROUTES: &[Route] = &[
    // Its credentials are told once.
    Route::new("POST /v1/dealers", "", admitting).anew(),
    Route::new("POST /v1/dealers/{uscc}/suspend", "", |world| {
        on_dealer(&admitted(world), "suspend")
    }),
    Route::new("POST /v1/dealers/{uscc}/resume", "", |world| {
        let code = admitted(world);
        world.done(&on_dealer(&code, "suspend"));
        on_dealer(&code, "resume")
    }),
    Route::new("POST /v1/dealers/{uscc}/remove", "", |world| {
        on_dealer(&admitted(world), "remove")
    }),
    Route::new("POST /v1/dealers/{uscc}/bank-account", "", |world| {
        // The next one takes its place.
        proposed_account(world);
        let path = format!("/v1/dealers/{}/bank-account", uscc(2));
        Call::json(Who::Operator, path, &account(world))
    }),
    Route::new(
        "POST /v1/dealers/{uscc}/bank-account/{account}/confirm",
        "",
        |world| {
            // One is in force, one waits for its time, and the next one takes that one's place.
            for _ in 0..2 {
                let call = confirming(world);
                world.done(&call);
            }
            confirming(world)
        },
    ),
    Route::new(
        "POST /v1/dealers/{uscc}/bank-account/{account}/refuse",
        "",
        |world| {
            let id = proposed_account(world);
            let path = format!("/v1/dealers/{}/bank-account/{id}/refuse", uscc(2));
            Call::json(Who::Finance, path, &why())
        },
    ),
    Route::new("POST /v1/pools/{name}/freeze", "", |world| {
        world.send(&brake("resume"));
        brake("freeze")
    }),
    Route::new("POST /v1/pools/{name}/resume", "", |world| {
        world.send(&brake("freeze"));
        brake("resume")
    }),
    Route::new("POST /v1/pools/{name}/top-up", "alone", |world| {
        money(world, "top-up", "10.00")
    }),
    Route::new("POST /v1/pools/{name}/top-up", "proposed", |world| {
        money(world, "top-up", "100000.01")
    }),
    Route::new("POST /v1/pools/{name}/transfer", "", |world| {
        money(world, "transfer", "10.00")
    }),
    Route::new("POST /v1/pools/{name}/set-aside", "", |world| {
        money(world, "set-aside", "10.00")
    }),
    Route::new("POST /v1/pools/{name}/release-aside", "", |world| {
        let aside = money(world, "set-aside", "10.00");
        world.done(&aside);
        money(world, "release-aside", "10.00")
    }),
    Route::new("POST /v1/programmes", "", publishing),
    Route::new("POST /v1/proposals/{id}/approve", "of money", |world| {
        let asked = money(world, "transfer", "100000.01");
        deciding(world, &asked, "approve")
    }),
    Route::new("POST /v1/proposals/{id}/approve", "of a pack", |world| {
        let asked = publishing(world);
        deciding(world, &asked, "approve")
    }),
    Route::new("POST /v1/proposals/{id}/refuse", "", |world| {
        let asked = money(world, "top-up", "100000.01");
        let path = deciding(world, &asked, "refuse").path;
        Call::json(Who::SecondOperator, path, &why())
    }),
];

/// A call that confirms an account that was proposed.
fn confirming(world: &mut World) -> Call {
    let id = proposed_account(world);
    let path = format!("/v1/dealers/{}/bank-account/{id}/confirm", uscc(2));
    Call::bare(Who::Finance, path)
}

fn why() -> Value {
    json!({ "why": "核查举报" })
}

fn admitting(world: &mut World) -> Call {
    let number = world.number();
    let body = json!({
        "uscc": uscc(number),
        "name": format!("第{number}商行"),
        "programmes": [REVIEW],
    });
    Call::json(Who::Operator, "/v1/dealers", &body)
}

/// The code of a fresh dealer.
fn admitted(world: &mut World) -> String {
    let call = admitting(world);
    let made = world.done(&call);
    let place = made.header("location").unwrap();
    place.rsplit('/').next().unwrap().to_owned()
}

fn on_dealer(code: &str, verb: &str) -> Call {
    Call::json(Who::Operator, format!("/v1/dealers/{code}/{verb}"), &why())
}

fn brake(verb: &str) -> Call {
    let body = json!({ "stage": "intake", "why": "核查举报" });
    Call::json(Who::Operator, format!("/v1/pools/{BULK}/{verb}"), &body)
}

/// Something done with a pool's money.
pub fn money(world: &mut World, verb: &str, yuan: &str) -> Call {
    let number = world.number();
    let mut body = json!({ "amount": yuan, "reference": format!("示范区财〔2026〕{number}号") });
    if verb == "transfer" {
        body["to"] = json!(COUNTER);
    }
    let path = format!("/v1/pools/{REVIEW}/{verb}");
    let key = format!("money-{number:08}");
    Call::json(Who::Operator, path, &body).with("idempotency-key", key)
}

/// A pack that nobody has seen before.
fn publishing(world: &mut World) -> Call {
    let pack = include_str!("../data/packs/no-papers.toml");
    let id = format!("test-number-{}", world.number());
    let pack = pack.replace(REVIEW, &id);
    Call::bare(Who::Operator, "/v1/programmes")
        .bearing("application/toml", pack)
        .with("idempotency-key", id)
}

/// A call of a second person about what is proposed.
fn deciding(world: &mut World, asked: &Call, verb: &str) -> Call {
    let proposed = world.done(asked);
    assert_eq!(proposed.status, 202, "{}", proposed.text());
    let place = proposed.header("location").unwrap();
    Call::bare(Who::SecondOperator, format!("{place}/{verb}"))
}
