//! What people of the bureau do at pages with claims and their money.

use super::routes::{Route, subject, twin};
use super::world::{BULK, Call, PAYOUT, Who, World};

/// What is wrong with a claim, as a form has it.
const FINDING: [(&str, &str); 3] = [
    ("code_1", "plate_unreadable"),
    ("field_1", "/new_item/plate"),
    ("message_1", "车牌照片不清"),
];
const CLAIM: &str = "/bureau/claims";
const DESK: &str = "/bureau/review";
const APPROVAL: &str = "/bureau/approval";
const PAYOUTS: &str = "/bureau/payouts";

pub const ROUTES: &[Route] = &[
    Route::new("POST /bureau/claims/{id}/unseal", "", |world| {
        let id = subject(world, "POST /v1/claims/{id}/unseal", "");
        let why = [("why", "核对发票")];
        world.typed(Who::Reviewer, &format!("{CLAIM}/{id}"), "/unseal", &why)
    })
    // Each look is written down.
    .anew(),
    Route::new("POST /bureau/claims/{id}/flags", "", |world| {
        let id = subject(world, "POST /v1/claims/{id}/flags", "");
        let flag = [("code", "register_pending"), ("why", "登记机关尚未答复")];
        world.typed(Who::Reviewer, &format!("{CLAIM}/{id}"), "/flags", &flag)
    }),
    Route::new("POST /bureau/claims/{id}/flags/{code}/clear", "", |world| {
        let id = subject(world, "POST /v1/claims/{id}/flags/{code}/clear", "");
        let why = [("why", "登记机关已答复")];
        let to = "/flags/register_pending/clear";
        world.typed(Who::Reviewer, &format!("{CLAIM}/{id}"), to, &why)
    }),
    Route::new("POST /bureau/review/next", "", |world| {
        twin(world, "POST /v1/review/next", "");
        world.typed(Who::Reviewer, DESK, "/next", &[])
    }),
    Route::new("POST /bureau/review/{id}/put-back", "", |world| {
        let next = twin(world, "POST /v1/review/next", "");
        let taken = world.done(&next).json();
        let path = format!("{DESK}/{}", taken["id"].as_str().unwrap());
        world.typed(Who::Reviewer, &path, "/put-back", &[])
    }),
    Route::new("POST /bureau/review/{id}/recommend", "", |world| {
        let id = subject(world, "POST /v1/claims/{id}/recommend", "");
        world.typed(Who::Reviewer, &format!("{DESK}/{id}"), "/recommend", &[])
    }),
    Route::new("POST /bureau/review/{id}/return", "", |world| {
        let id = subject(world, "POST /v1/claims/{id}/return", "");
        world.typed(Who::Reviewer, &format!("{DESK}/{id}"), "/return", &FINDING)
    }),
    Route::new("POST /bureau/review/{id}/reject", "", |world| {
        let id = subject(world, "POST /v1/claims/{id}/reject", "proposed");
        world.typed(Who::Reviewer, &format!("{DESK}/{id}"), "/reject", &FINDING)
    }),
    Route::new("POST /bureau/approval/{id}/approve", "", |world| {
        let id = subject(world, "POST /v1/claims/{id}/approve", "");
        deciding(world, Who::Approver, &id, "approve", &[])
    }),
    Route::new("POST /bureau/approval/{id}/confirm", "", |world| {
        let id = subject(world, "POST /v1/claims/{id}/reject", "confirmed");
        deciding(world, Who::Approver, &id, "confirm", &[])
    }),
    Route::new("POST /bureau/approval/{id}/reopen", "", |world| {
        let id = subject(world, "POST /v1/claims/{id}/reopen", "");
        deciding(world, Who::Approver, &id, "reopen", &[])
    }),
    Route::new("POST /bureau/approval/{id}/void", "", |world| {
        let id = subject(world, "POST /v1/claims/{id}/void", "");
        deciding(world, Who::Approver, &id, "void", &FINDING)
    }),
    Route::new("POST /bureau/approval/{id}/claw-back", "", |world| {
        let id = subject(world, "POST /v1/claims/{id}/claw-back", "");
        let why = [("why", "发票已作废")];
        deciding(world, Who::SecondApprover, &id, "claw-back", &why)
    }),
    Route::new("POST /bureau/approval/{id}/appeal", "won", |world| {
        ruling(world, "won")
    }),
    Route::new("POST /bureau/approval/{id}/appeal", "lost", |world| {
        ruling(world, "lost")
    }),
    Route::new("POST /bureau/bulk", "", beginning),
    Route::new("POST /bureau/bulk/{id}/draw", "", |world| {
        let id = subject(world, "POST /v1/bulk-approvals/{id}/draw", "");
        world.typed(Who::Approver, &format!("/bureau/bulk/{id}"), "/draw", &[])
    }),
    Route::new("POST /bureau/bulk/{id}/approve", "", |world| {
        let id = subject(world, "POST /v1/bulk-approvals/{id}/approve", "");
        world.typed(
            Who::Approver,
            &format!("/bureau/bulk/{id}"),
            "/approve",
            &[],
        )
    }),
    Route::new("POST /bureau/payouts", "", |world| {
        twin(world, "POST /v1/payout-batches", "");
        let wish = [("pool", PAYOUT), ("limit", "1")];
        world.typed(Who::Finance, PAYOUTS, PAYOUTS, &wish)
    }),
    Route::new("POST /bureau/payouts/{id}/release", "", |world| {
        let id = subject(world, "POST /v1/payout-batches/{id}/release", "");
        let path = format!("{PAYOUTS}/{id}");
        world.typed(Who::SecondFinance, &path, "/release", &[])
    }),
    Route::new("POST /bureau/payouts/{id}/discard", "", |world| {
        let id = subject(world, "POST /v1/payout-batches/{id}/discard", "");
        let path = format!("{PAYOUTS}/{id}");
        world.typed(Who::SecondFinance, &path, "/discard", &[])
    }),
    Route::new("POST /bureau/payouts/outcomes", "", |world| {
        let call = twin(world, "POST /v1/payout-outcomes", "");
        let path = format!("{PAYOUTS}/outcomes");
        let file = ("file", "1.csv", "text/csv", call.body.as_slice());
        world.upload(Who::Finance, &path, &path, file)
    }),
    Route::new("POST /bureau/receivables/{id}/paid-in", "", |world| {
        let id = subject(world, "POST /v1/receivables/{id}/paid-in", "");
        let reference = format!("HD-{}", world.number());
        let paid = [("amount", "1.00"), ("reference", &reference)];
        let to = format!("/{id}/paid-in");
        world.typed(Who::Finance, "/bureau/receivables", &to, &paid)
    }),
    Route::new("POST /bureau/voided-invoices", "", |world| {
        let call = twin(world, "POST /v1/voided-invoices", "");
        let path = "/bureau/voided-invoices";
        let file = ("file", "1.csv", "text/csv", call.body.as_slice());
        world.upload(Who::Operator, path, path, file)
    }),
];

/// A form that begins a bulk approval.
pub fn beginning(world: &mut World) -> Call {
    let wish = [("pool", BULK), ("limit", "100")];
    world.typed(Who::Approver, "/bureau/bulk", "/bureau/bulk", &wish)
}

fn deciding(world: &mut World, who: Who, id: &str, verb: &str, typed: &[(&str, &str)]) -> Call {
    let path = format!("{APPROVAL}/{id}");
    world.typed(who, &path, &format!("/{verb}"), typed)
}

fn ruling(world: &mut World, decision: &str) -> Call {
    let id = subject(world, "POST /v1/claims/{id}/appeal/decision", decision);
    let typed = [&[("decision", decision)], FINDING.as_slice()].concat();
    deciding(world, Who::SecondApprover, &id, "appeal", &typed)
}
