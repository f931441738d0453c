//! What the bureau does with claims and their money.

use serde_json::json;

use super::control::money;
use super::dealer::{finding, rejected};
use super::routes::Route;
use super::world::{BULK, Call, PAYOUT, REVIEW, Who, World};

pub const ROUTES: &[Route] = &[
    Route::new("POST /v1/review/next", "", |world| {
        let next = Call::bare(Who::Reviewer, "/v1/review/next");
        loop {
            let taken = world.done(&next);
            if taken.status == 204 {
                break;
            }
            let id = taken.json()["id"].as_str().unwrap().to_owned();
            world.act(Who::Reviewer, &id, "recommend", None);
        }
        world.in_review(REVIEW);
        next
    }),
    Route::new("POST /v1/claims/{id}/recommend", "", |world| {
        let id = world.in_review(REVIEW);
        world.acting(Who::Reviewer, &id, "recommend", None)
    }),
    Route::new("POST /v1/claims/{id}/return", "", |world| {
        let id = world.in_review(REVIEW);
        let back = json!({ "days": 7, "defects": [finding()] });
        world.acting(Who::Reviewer, &id, "return", Some(&back))
    }),
    Route::new("POST /v1/claims/{id}/reject", "proposed", |world| {
        let id = world.in_review(REVIEW);
        world.acting(Who::Reviewer, &id, "reject", Some(&finding()))
    }),
    Route::new("POST /v1/claims/{id}/reject", "confirmed", |world| {
        let id = world.in_review(REVIEW);
        world.act(Who::Reviewer, &id, "reject", Some(&finding()));
        world.acting(Who::Approver, &id, "reject", None)
    }),
    Route::new("POST /v1/claims/{id}/reopen", "", |world| {
        let id = world.recommended(REVIEW);
        world.acting(Who::Approver, &id, "reopen", None)
    }),
    Route::new("POST /v1/claims/{id}/approve", "", |world| {
        let id = world.recommended(REVIEW);
        world.acting(Who::Approver, &id, "approve", None)
    }),
    Route::new("POST /v1/claims/{id}/void", "", |world| {
        let id = world.in_review(REVIEW);
        world.acting(Who::Approver, &id, "void", Some(&finding()))
    }),
    Route::new("POST /v1/claims/{id}/appeal/decision", "won", |world| {
        let aside = money(world, "set-aside", "90000.00");
        world.done(&aside);
        appealed(world, "won")
    }),
    Route::new("POST /v1/claims/{id}/appeal/decision", "lost", |world| {
        appealed(world, "lost")
    }),
    Route::new("POST /v1/claims/{id}/flags", "", |world| {
        let id = world.file(REVIEW);
        flagging(&id)
    }),
    Route::new("POST /v1/claims/{id}/flags/{code}/clear", "", |world| {
        let id = world.file(REVIEW);
        world.done(&flagging(&id));
        let why = json!({ "why": "登记机关已答复" });
        let path = format!("/v1/claims/{id}/flags/register_pending/clear");
        Call::json(Who::Reviewer, path, &why)
    }),
    Route::new("POST /v1/claims/{id}/unseal", "", |world| {
        let id = world.file(REVIEW);
        let why = json!({ "why": "核对发票" });
        Call::json(Who::Reviewer, format!("/v1/claims/{id}/unseal"), &why)
    })
    // Each look is written down.
    .anew(),
    Route::new("POST /v1/bulk-approvals", "", |world| {
        let key = format!("bulk-{:08}", world.number());
        beginning().with("idempotency-key", key)
    }),
    Route::new("POST /v1/bulk-approvals/{id}/draw", "", |world| {
        let path = begun(world, 1);
        Call::bare(Who::Approver, format!("{path}/draw"))
    }),
    Route::new("POST /v1/bulk-approvals/{id}/approve", "", examined),
    Route::new("POST /v1/payout-batches", "", |world| {
        world.approved(PAYOUT);
        let key = format!("batch-{:08}", world.number());
        sealing().with("idempotency-key", key)
    }),
    Route::new("POST /v1/payout-batches/{id}/release", "", |world| {
        let path = sealed(world);
        Call::bare(Who::SecondFinance, format!("{path}/release"))
    }),
    Route::new("POST /v1/payout-batches/{id}/discard", "", |world| {
        let path = sealed(world);
        Call::bare(Who::SecondFinance, format!("{path}/discard"))
    }),
    Route::new("POST /v1/payout-outcomes", "", |world| {
        let path = sealed(world);
        released(world, &path)
    }),
    Route::new("POST /v1/receivables/{id}/paid-in", "", paid_in),
    Route::new("POST /v1/voided-invoices", "", |world| {
        let (_, invoice) = paid(world);
        voiding(&invoice)
    }),
    Route::new("POST /v1/claims/{id}/claw-back", "", |world| {
        let (id, invoice) = paid(world);
        world.done(&voiding(&invoice));
        let why = json!({ "why": "发票已作废" });
        world.acting(Who::SecondApprover, &id, "claw-back", Some(&why))
    }),
];

/// A call that decides about a rejection that is contested.
fn appealed(world: &mut World, decision: &str) -> Call {
    let id = rejected(world);
    let grounds = json!({ "message": "有收据" });
    world.act(Who::Dealer, &id, "appeal", Some(&grounds));
    let mut decided = finding();
    decided["decision"] = json!(decision);
    world.acting(Who::SecondApprover, &id, "appeal/decision", Some(&decided))
}

fn flagging(id: &str) -> Call {
    let flag = json!({ "code": "register_pending", "why": "登记机关尚未答复" });
    Call::json(Who::Reviewer, format!("/v1/claims/{id}/flags"), &flag)
}

fn beginning() -> Call {
    let body = json!({ "pool": BULK, "limit": 100 });
    Call::json(Who::Approver, "/v1/bulk-approvals", &body)
}

/// The path of a bulk approval that has begun, with at least so many claims to be listed.
fn begun(world: &mut World, claims: usize) -> String {
    for _ in 0..claims {
        world.recommended(BULK);
    }
    let begun = world.done(&beginning());
    begun.header("location").unwrap().to_owned()
}

/// One whose sample was approved; two claims or more are left.
fn examined(world: &mut World) -> Call {
    let path = begun(world, 7);
    let drawn = world.done(&Call::bare(Who::Approver, format!("{path}/draw")));
    for claim in drawn.json()["claims"].as_array().unwrap() {
        if claim["sampled"] == true {
            let id = claim["id"].as_str().unwrap();
            world.act(Who::Approver, id, "approve", None);
        }
    }
    Call::bare(Who::Approver, format!("{path}/approve"))
}

fn sealing() -> Call {
    let body = json!({ "pool": PAYOUT, "limit": 1 });
    Call::json(Who::Finance, "/v1/payout-batches", &body)
}

/// The path of a batch of one claim.
fn sealed(world: &mut World) -> String {
    world.approved(PAYOUT);
    let sealed = world.done(&sealing());
    sealed.header("location").unwrap().to_owned()
}

/// Releases a batch; a call that says that its claim was paid.
fn released(world: &mut World, path: &str) -> Call {
    world.done(&Call::bare(Who::SecondFinance, format!("{path}/release")));
    let file = world.read(Who::Finance, &format!("{path}/file?format=csv"));
    let file = file.text();
    let line = file.lines().nth(1).unwrap();
    let name = line.split(',').next().unwrap();
    let text = format!("end_to_end_id,outcome,reason\n{name},paid,\n");
    Call::bare(Who::Finance, "/v1/payout-outcomes").bearing("text/csv", text)
}

/// A claim that was paid, and the number of its invoice.
fn paid(world: &mut World) -> (String, String) {
    // Whatever other scenes have approved goes first.
    loop {
        let sealed = world.send(&sealing());
        if sealed.status == 409 {
            break;
        }
        assert_eq!(sealed.status, 201, "{}", sealed.text());
    }
    let body = world.body(PAYOUT);
    let id = world.body_in_review(&body);
    world.act(Who::Reviewer, &id, "recommend", None);
    world.act(Who::Approver, &id, "approve", None);
    let batch = world.done(&sealing());
    let call = released(world, batch.header("location").unwrap());
    world.done(&call);
    let invoice = body["invoice"]["number"].as_str().unwrap();
    (id, invoice.to_owned())
}

/// A call with a list of one voided invoice.
fn voiding(invoice: &str) -> Call {
    let text = format!("invoice_number,voided_on\n{invoice},2025-06-01\n");
    Call::bare(Who::Operator, "/v1/voided-invoices").bearing("text/csv", text)
}

/// A receivable of a claim that was paid before its goods went back.
fn paid_in(world: &mut World) -> Call {
    let (id, _) = paid(world);
    world.act(Who::Dealer, &id, "goods-returned", None);
    let owed = world.read(Who::Finance, "/v1/receivables?limit=100").json();
    let number = world.read(Who::Dealer, &format!("/v1/claims/{id}")).json()["number"].clone();
    let owed = owed["items"].as_array().unwrap().iter();
    let owed = owed.clone().find(|o| o["claim_number"] == number).unwrap();
    let path = format!("/v1/receivables/{}/paid-in", owed["id"].as_str().unwrap());
    let body = json!({ "amount": "1.00", "reference": format!("HD-{}", world.number()) });
    Call::json(Who::Finance, path, &body)
}
