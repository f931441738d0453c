//! What people of dealers do at pages.

use serde_json::Value;
use tradein::clock;
use tradein::storage::logins;

use super::people::{after_a_while, open};
use super::routes::{Route, part, subject, twin};
use super::world::{Call, REVIEW, Who, World};
use crate::support::form::Form;

pub const ROUTES: &[Route] = &[
    Route::new("POST /dealer/claims/new", "", |world| {
        let body = world.body(REVIEW);
        let path = format!("/dealer/claims/new?programme={REVIEW}");
        let fields = fields(&body, "");
        filled(world, Who::Dealer, &path, "/dealer/claims/new", &fields)
    }),
    Route::new("POST /dealer/claims/{id}/withdraw", "", |world| {
        acting(world, "withdraw", &[])
    }),
    // That the session is used is noted first.
    Route::new(
        "POST /dealer/claims/{id}/withdraw",
        "after a while",
        |world| {
            let call = acting(world, "withdraw", &[]);
            after_a_while(world);
            call
        },
    ),
    Route::new("POST /dealer/claims/{id}/undo-withdrawal", "", |world| {
        acting(world, "undo-withdrawal", &[])
    }),
    Route::new("POST /dealer/claims/{id}/goods-returned", "", |world| {
        acting(world, "goods-returned", &[])
    }),
    Route::new("POST /dealer/claims/{id}/appeal", "", |world| {
        acting(world, "appeal", &[("message", "有收据")])
    }),
    Route::new("POST /dealer/claims/{id}/papers/{paper}", "", |world| {
        let call = twin(world, "PUT /v1/claims/{id}/papers/{paper}", "");
        let path = format!("/dealer/claims/{}", part(&call.path, 3));
        let file = ("file", "1.pdf", "application/pdf", call.body.as_slice());
        world.upload(Who::Dealer, &path, "/papers/delivery_receipt", file)
    }),
    Route::new("POST /dealer/claims/{id}/correction", "", |world| {
        let id = subject(world, "POST /v1/claims/{id}/correction", "");
        let path = format!("/dealer/claims/{id}/correction");
        let mobile = [("/consumer/mobile", "13800138001")];
        world.typed(Who::Dealer, &path, "/correction", &mobile)
    }),
    Route::new("POST /dealer/claims/{id}/invoice", "", |world| {
        let call = twin(world, "POST /v1/claims/{id}/invoice", "");
        let path = format!("/dealer/claims/{}/invoice", part(&call.path, 3));
        let fields = fields(&serde_json::from_slice(&call.body).unwrap(), "/invoice");
        filled(world, Who::Dealer, &path, "/invoice", &fields)
    }),
    Route::new("POST /dealer/uploads", "", |world| {
        // A dealer has so many at work and no more.
        let ended = "UPDATE uploads SET state = 'ended', ended_us = 1 WHERE state = 'running'";
        world.tables.execute(ended);
        // Its line has a mistake, so that nothing is filed beside it.
        let table = format!("/invoice/number\nx{}\n", world.number());
        let form = world.form(Who::Dealer, "/dealer/uploads", "/dealer/uploads");
        let form = form.with("programme", REVIEW);
        let form = form.file(("file", "1.csv", "text/csv", table.as_bytes()));
        world.sent(Who::Dealer, &form)
    }),
    Route::new("POST /dealer/account", "", |world| {
        let call = twin(world, "PUT /v1/dealer/bank-account", "");
        let fields = plain(&call);
        filled(
            world,
            Who::Second,
            "/dealer/account",
            "/dealer/account",
            &fields,
        )
    }),
    Route::new("POST /dealer/account/{account}/refuse", "", |world| {
        let call = twin(world, "POST /v1/dealer/bank-account/{account}/refuse", "");
        let to = format!("/dealer/account/{}/refuse", part(&call.path, 4));
        world.typed(Who::Second, "/dealer/account", &to, &[])
    }),
    Route::new("POST /dealer/api/credentials", "", |world| {
        // A dealer may have so many and no more; with the first it is a program here.
        for form in revoking(world).split_off(1) {
            let call = world.sent(Who::Second, &form);
            world.done(&call);
        }
        world.typed(Who::Second, API, "/dealer/api/credentials", &[])
    })
    // Their secret is told once.
    .anew(),
    Route::new(
        "POST /dealer/api/credentials/{client}/revoke",
        "",
        |world| {
            let call = world.typed(Who::Second, API, "/dealer/api/credentials", &[]);
            world.done(&call);
            let last = revoking(world).pop().unwrap();
            world.sent(Who::Second, &last)
        },
    ),
    Route::new("POST /dealer/api/webhooks", "", |world| {
        twin(world, "POST /v1/webhooks", "");
        let typed = [
            ("url", "https://receiver.example/hook"),
            ("types", "claim.refused"),
        ];
        world.typed(Who::Second, API, "/dealer/api/webhooks", &typed)
    })
    // Its secret is told once.
    .anew(),
    Route::new(
        "POST /dealer/api/webhooks/{id}/rotate-secret",
        "",
        |world| endpoint(world, "rotate-secret", &[]),
    ),
    Route::new("POST /dealer/api/webhooks/{id}/replay", "", |world| {
        let today = clock::now().beijing_day().to_string();
        endpoint(world, "replay", &[("day", &today)])
    }),
    Route::new("POST /dealer/api/webhooks/{id}/enable", "", |world| {
        endpoint(world, "enable", &[])
    }),
    Route::new("POST /dealer/api/webhooks/{id}/delete", "", |world| {
        let id = subject(world, "DELETE /v1/webhooks/{id}", "");
        world.typed(Who::Second, &format!("{API}/webhooks/{id}"), "/delete", &[])
    }),
    // The link is told once.
    Route::new("POST /dealer/people", "", adding).anew(),
    Route::new("POST /dealer/people/{id}/renew", "", |world| {
        colleague(world, "renew")
    })
    // The link is told once.
    .anew(),
    Route::new("POST /dealer/people/{id}/close", "", |world| {
        colleague(world, "close")
    }),
];

const API: &str = "/dealer/api";
const PEOPLE: &str = "/dealer/people";

/// Names and contents of the fields of a form for what programs would send.
fn fields(value: &Value, name: &str) -> Vec<(String, String)> {
    match value {
        Value::Object(members) => {
            let members = members.iter();
            let each = members.map(|(member, value)| fields(value, &format!("{name}/{member}")));
            each.flatten().collect()
        }
        Value::String(text) => vec![(name.to_owned(), text.clone())],
        Value::Number(number) => vec![(name.to_owned(), number.to_string())],
        Value::Null | Value::Bool(_) => Vec::new(),
        Value::Array(_) => panic!("{name}: no field holds {value}"),
    }
}

/// The same for a form whose fields are named like members.
pub fn plain(call: &Call) -> Vec<(String, String)> {
    let body = serde_json::from_slice(&call.body).unwrap();
    let named = |(name, value): (String, String)| (name.trim_start_matches('/').to_owned(), value);
    fields(&body, "").into_iter().map(named).collect()
}

/// Sends a form with everything that it has a field for.
pub fn filled(
    world: &mut World,
    who: Who,
    path: &str,
    to: &str,
    fields: &[(String, String)],
) -> Call {
    let form = world.form(who, path, to);
    let there = fields.iter().filter(|(name, _)| form.has(name));
    let there: Vec<(&str, &str)> = there.map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let form = form.clone().filled(&there);
    world.sent(who, &form)
}

/// What somebody does at the page of a claim in the scene of a program that does the same.
fn acting(world: &mut World, verb: &str, typed: &[(&str, &str)]) -> Call {
    let id = subject(world, &format!("POST /v1/claims/{{id}}/{verb}"), "");
    let path = format!("/dealer/claims/{id}");
    world.typed(Who::Dealer, &path, &format!("/{verb}"), typed)
}

/// The same at the page of an endpoint.
fn endpoint(world: &mut World, verb: &str, typed: &[(&str, &str)]) -> Call {
    let id = subject(world, &format!("POST /v1/webhooks/{{id}}/{verb}"), "");
    let path = format!("{API}/webhooks/{id}");
    world.typed(Who::Second, &path, &format!("/{verb}"), typed)
}

/// The forms that revoke credentials of the second dealer, the oldest first.
fn revoking(world: &mut World) -> Vec<Form> {
    let session = world.session(Who::Second);
    world.forms(Some(&session), API, "/revoke")
}

/// A form that makes a login which nobody has.
fn adding(world: &mut World) -> Call {
    newcomer(world).0
}

/// The same, and the login.
fn newcomer(world: &mut World) -> (Call, String) {
    // A dealer has so many open ones and no more.
    let closed = "UPDATE logins SET status = 'closed' WHERE login LIKE 'clerk-%'";
    world.tables.execute(closed);
    let login = format!("clerk-{}", world.number());
    let call = world.typed(Who::Second, PEOPLE, PEOPLE, &[("login", &login)]);
    (call, login)
}

/// What somebody does about the login of a new colleague.
fn colleague(world: &mut World, verb: &str) -> Call {
    let (call, login) = newcomer(world);
    world.done(&call);
    let found = logins::by_name(&mut open(&world.database), &login);
    let to = format!("{PEOPLE}/{}/{verb}", found.unwrap().unwrap().id);
    world.typed(Who::Second, PEOPLE, &to, &[])
}
