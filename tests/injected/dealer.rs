//! What dealers do: claims, accounts, endpoints.

use serde_json::{Value, json};
use tradein::domain::time::Timestamp;

use super::routes::Route;
use super::world::{COUNTER, Call, REVIEW, Who, World};
use crate::support::claims::with;

const ACCOUNT: &str = "/v1/dealer/bank-account";

pub const ROUTES: &[Route] = &[
    Route::new("POST /v1/claims", "", |world| {
        let body = world.body(REVIEW);
        world.filing(&body)
    }),
    Route::new("POST /v1/claims/{id}/withdraw", "", |world| {
        let id = world.file(REVIEW);
        world.acting(Who::Dealer, &id, "withdraw", None)
    }),
    Route::new("POST /v1/claims/{id}/undo-withdrawal", "", |world| {
        let id = world.file(REVIEW);
        world.act(Who::Dealer, &id, "withdraw", None);
        world.acting(Who::Dealer, &id, "undo-withdrawal", None)
    }),
    Route::new("PUT /v1/claims/{id}/papers/{paper}", "", |world| {
        let id = world.file(REVIEW);
        world.paper(&id)
    }),
    Route::new("POST /v1/claims/{id}/invoice", "", |world| {
        let body = world.body(COUNTER);
        let id = world.file_body(&with(body.clone(), "/invoice", Value::Null));
        world.acting(Who::Dealer, &id, "invoice", Some(&body["invoice"]))
    }),
    Route::new("POST /v1/claims/{id}/correction", "", |world| {
        let body = world.body(REVIEW);
        let id = world.body_in_review(&body);
        let back = json!({ "days": 7, "defects": [finding()] });
        world.act(Who::Reviewer, &id, "return", Some(&back));
        let body = with(body, "/consumer/mobile", json!("13800138001"));
        world.acting(Who::Dealer, &id, "correction", Some(&body))
    }),
    Route::new("POST /v1/claims/{id}/goods-returned", "", |world| {
        let id = world.file(REVIEW);
        world.acting(Who::Dealer, &id, "goods-returned", None)
    }),
    Route::new("POST /v1/claims/{id}/appeal", "", |world| {
        let id = rejected(world);
        let grounds = json!({ "message": "有收据" });
        world.acting(Who::Dealer, &id, "appeal", Some(&grounds))
    }),
    Route::new("PUT /v1/dealer/bank-account", "", |world| {
        // The next one takes its place.
        proposed_account(world);
        Call::json(Who::Second, ACCOUNT, &account(world)).by("PUT")
    }),
    Route::new(
        "POST /v1/dealer/bank-account/{account}/refuse",
        "",
        |world| {
            let id = proposed_account(world);
            Call::bare(Who::Second, format!("{ACCOUNT}/{id}/refuse"))
        },
    ),
    Route::new("POST /v1/webhooks", "", |world| {
        no_endpoints(world);
        Call::json(Who::Second, "/v1/webhooks", &endpoint())
    })
    // Its secret is told once.
    .anew(),
    Route::new("DELETE /v1/webhooks/{id}", "", |world| {
        endpoint_call(world, "").by("DELETE")
    }),
    Route::new("POST /v1/webhooks/{id}/rotate-secret", "", |world| {
        endpoint_call(world, "/rotate-secret")
    }),
    Route::new("POST /v1/webhooks/{id}/enable", "", |world| {
        let call = endpoint_call(world, "/enable");
        // As after days in which nobody answered.
        let disabled = "UPDATE webhook_endpoints SET state = 'disabled', disabled_why = 'failing'";
        world.tables.execute(disabled);
        call
    }),
    Route::new("POST /v1/webhooks/{id}/replay", "", |world| {
        let path = endpoint_call(world, "/replay").path;
        let since = Timestamp(tradein::clock::now().0 - 3_600_000_000);
        let since = json!({ "since": since.to_string() });
        Call::json(Who::Second, path, &since)
    }),
];

/// Something that is wrong with a claim.
pub fn finding() -> Value {
    json!({ "code": "plate_unreadable", "field": "/new_item/plate", "message": "车牌照片不清" })
}

/// A claim whose rejection was confirmed.
pub fn rejected(world: &mut World) -> String {
    let id = world.in_review(REVIEW);
    world.act(Who::Reviewer, &id, "reject", Some(&finding()));
    world.act(Who::Approver, &id, "reject", None);
    id
}

/// A fresh account.
pub fn account(world: &mut World) -> Value {
    let number = format!("410501000400{:08}", world.number());
    json!({ "name": "济源示例商行", "number": number, "bank": "济源示例银行" })
}

/// The id of an account that the second dealer has proposed.
pub fn proposed_account(world: &mut World) -> String {
    let call = Call::json(Who::Second, ACCOUNT, &account(world)).by("PUT");
    let accounts = world.done(&call).json();
    let pending = accounts["pending"].as_array().unwrap();
    let id = pending.last().unwrap()["id"].as_str().unwrap();
    id.to_owned()
}

fn endpoint() -> Value {
    json!({ "url": "https://receiver.example/hook" })
}

/// A dealer may have so many and no more.
fn no_endpoints(world: &mut World) {
    let list = world.read(Who::Second, "/v1/webhooks").json();
    for item in list["items"].as_array().unwrap() {
        let path = format!("/v1/webhooks/{}", item["id"].as_str().unwrap());
        world.done(&Call::bare(Who::Second, path).by("DELETE"));
    }
}

/// A call to a fresh endpoint.
fn endpoint_call(world: &mut World, verb: &str) -> Call {
    no_endpoints(world);
    let made = world.done(&Call::json(Who::Second, "/v1/webhooks", &endpoint()));
    let place = made.header("location").unwrap();
    Call::bare(Who::Second, format!("{place}{verb}"))
}
