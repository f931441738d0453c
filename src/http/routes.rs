//! Every route, top to bottom. Who may call one stands in the signature of its handler.

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Route, guard};

use super::place::matches;
use super::problem::{Problem, ProblemCode};
use super::{api, docs_ui, health, metrics, oauth, openapi, pages, public};

macro_rules! routes {
    ($($path:literal { $($method:ident $handler:path;)+ })+) => {
        /// Every address and the methods that it takes.
        pub const TABLE: &[(&str, &[&str])] = &[$(($path, &[$(stringify!($method)),+])),+];

        /// Puts every route into a server.
        pub fn configure(config: &mut ServiceConfig) {
            $(config.service(
                web::resource($path)
                    $(.route(on(stringify!($method)).to($handler)))+
                    .default_service(web::to(wrong_method)),
            );)+
            config.default_service(web::to(nowhere));
        }
    };
}

routes! {
    // A dealer's claims; the bureau reads all of them.
    "/v1/claims" {
        POST api::claims::submit;
        GET api::claims::list;
    }
    "/v1/claims/check" { POST api::claims::check; }
    "/v1/claims/{id}" { GET api::claims::get; }
    "/v1/claims/{id}/withdraw" { POST api::claims::withdraw; }
    "/v1/claims/{id}/undo-withdrawal" { POST api::claims::undo_withdrawal; }
    "/v1/claims/{id}/papers/{paper}" {
        PUT api::papers::put;
        GET api::papers::get;
    }
    "/v1/claims/{id}/invoice" { POST api::claims::invoice; }
    "/v1/claims/{id}/correction" { POST api::claims::correct; }
    "/v1/claims/{id}/goods-returned" { POST api::claims::goods_returned; }
    "/v1/claims/{id}/appeal" { POST api::claims::appeal; }

    // Review by two persons.
    "/v1/review/next" { POST api::review::next; }
    "/v1/claims/{id}/recommend" { POST api::review::recommend; }
    "/v1/claims/{id}/return" { POST api::review::give_back; }
    "/v1/claims/{id}/reject" { POST api::review::reject; }
    "/v1/claims/{id}/reopen" { POST api::review::reopen; }
    "/v1/claims/{id}/approve" { POST api::review::approve; }
    "/v1/claims/{id}/void" { POST api::review::void; }
    "/v1/claims/{id}/claw-back" { POST api::receivables::demand; }
    "/v1/claims/{id}/appeal/decision" { POST api::review::decide_appeal; }
    "/v1/claims/{id}/flags" { POST api::review::raise_flag; }
    "/v1/claims/{id}/flags/{code}/clear" { POST api::review::clear_flag; }

    // Many claims approved together, after a sample was examined.
    "/v1/bulk-approvals" { POST api::bulk::begin; }
    "/v1/bulk-approvals/{id}" { GET api::bulk::get; }
    "/v1/bulk-approvals/{id}/draw" { POST api::bulk::draw; }
    "/v1/bulk-approvals/{id}/approve" { POST api::bulk::approve; }

    // Payout and what is owed back.
    "/v1/payout-batches" {
        POST api::payout::seal;
        GET api::payout::list;
    }
    "/v1/payout-batches/{id}" { GET api::payout::get; }
    "/v1/payout-batches/{id}/release" { POST api::payout::release; }
    "/v1/payout-batches/{id}/discard" { POST api::payout::discard; }
    "/v1/payout-batches/{id}/file" { GET api::payout::file; }
    "/v1/payout-outcomes" { POST api::payout::outcomes; }
    "/v1/receivables" { GET api::receivables::list; }
    "/v1/receivables/{id}/paid-in" { POST api::receivables::pay_in; }
    "/v1/voided-invoices" { POST api::voided_invoices::import; }

    // Personal data opened, with the reason kept; what auditors read.
    "/v1/claims/{id}/unseal" { POST api::audit::unseal; }
    "/v1/audit/access-log" { GET api::audit::access_log; }
    "/v1/audit/export" { GET api::audit::export; }
    // Dealers: what one asks about itself, and what the bureau does about it.
    "/v1/dealer/bank-account" {
        GET api::dealer::account;
        PUT api::dealer::propose_account;
    }
    "/v1/dealer/bank-account/{account}/refuse" { POST api::dealer::refuse_account; }
    "/v1/dealer/holdings" { GET api::dealer::holdings; }
    "/v1/dealer/exposure" { GET api::dealer::exposure; }
    "/v1/dealer/statements" { GET api::dealer::statements; }
    "/v1/dealer/statements/{batch}" { GET api::dealer::statement; }
    "/v1/dealers" { POST api::dealers::admit; }
    "/v1/dealers/{uscc}" { GET api::dealers::get; }
    "/v1/dealers/{uscc}/suspend" { POST api::dealers::suspend; }
    "/v1/dealers/{uscc}/resume" { POST api::dealers::resume; }
    "/v1/dealers/{uscc}/remove" { POST api::dealers::remove; }
    "/v1/dealers/{uscc}/bank-account" { POST api::dealers::propose_account; }
    "/v1/dealers/{uscc}/bank-account/{account}/confirm" { POST api::dealers::confirm_account; }
    "/v1/dealers/{uscc}/bank-account/{account}/refuse" { POST api::dealers::refuse_account; }
    "/v1/bank-accounts" { GET api::dealers::waiting_accounts; }

    // What was promised, and where the bureau is late.
    "/v1/ageing" { GET api::ageing::show; }

    // The sums side by side.
    "/v1/pools/{name}/reconciliation" { GET api::pools::reconciliation; }

    // What happened, to be asked for or to be told.
    "/v1/events" { GET api::events::feed; }
    "/v1/webhooks" {
        POST api::webhooks::create;
        GET api::webhooks::list;
    }
    "/v1/webhooks/{id}" {
        GET api::webhooks::get;
        DELETE api::webhooks::delete;
    }
    "/v1/webhooks/{id}/rotate-secret" { POST api::webhooks::rotate_secret; }
    "/v1/webhooks/{id}/test" { POST api::webhooks::test; }
    "/v1/webhooks/{id}/enable" { POST api::webhooks::enable; }
    "/v1/webhooks/{id}/replay" { POST api::webhooks::replay; }
    "/v1/webhooks/{id}/deliveries" { GET api::webhooks::deliveries; }
    // Control of pools: one person stops a stage, two persons move much money.
    "/v1/pools/{name}/freeze" { POST api::pool_control::freeze; }
    "/v1/pools/{name}/resume" { POST api::pool_control::resume; }
    "/v1/pools/{name}/top-up" { POST api::pool_control::top_up; }
    "/v1/pools/{name}/transfer" { POST api::pool_control::transfer; }
    "/v1/pools/{name}/set-aside" { POST api::pool_control::set_aside; }
    "/v1/pools/{name}/release-aside" { POST api::pool_control::release_aside; }
    "/v1/programmes" { POST api::programmes::publish; }
    "/v1/proposals" { GET api::proposals::list; }
    "/v1/proposals/{id}" { GET api::proposals::get; }
    "/v1/proposals/{id}/approve" { POST api::proposals::approve; }
    "/v1/proposals/{id}/refuse" { POST api::proposals::refuse; }

    // For everybody.
    "/v1/public/pools" { GET public::pools::list; }
    "/v1/public/pools/{name}" { GET public::pools::get; }
    "/v1/public/programmes" { GET public::programmes::list; }
    "/v1/public/dealers" { GET public::dealers::list; }
    "/v1/public/claim-status" { POST public::claim_status::ask; }
    "/v1/public/journal/{pool}" { GET public::journal::stream; }

    // Tokens and the keys that check them.
    "/oauth/token" { POST oauth::token; }
    "/.well-known/jwks.json" { GET oauth::jwks; }

    // Pages: what all of them need.
    "/assets/{file}" { GET pages::assets::get; }
    "/language" { GET pages::sign_in::language; }
    "/enrol" {
        GET pages::sign_in::show_enrolment;
        POST pages::sign_in::enrol;
    }
    "/dealer/sign-in" {
        GET pages::sign_in::show_dealer;
        POST pages::sign_in::dealer;
    }
    "/bureau/sign-in" {
        GET pages::sign_in::show_bureau;
        POST pages::sign_in::bureau;
    }
    "/dealer/password" {
        GET pages::password::show_dealer;
        POST pages::password::dealer;
    }
    "/bureau/password" {
        GET pages::password::show_bureau;
        POST pages::password::bureau;
    }
    "/bureau/role" { POST pages::sign_in::role; }
    "/sign-out" { POST pages::sign_in::sign_out; }

    // Pages for applicants.
    "/" {
        GET pages::consumer::look_up::show;
        POST pages::consumer::look_up::find;
    }
    "/in-my-name" {
        GET pages::consumer::in_my_name::show;
        POST pages::consumer::in_my_name::ask;
    }
    "/receipt" {
        GET pages::consumer::receipt::show;
        POST pages::consumer::receipt::check;
    }

    // Pages for the public.
    "/pools" { GET pages::open::pools::list; }
    "/pools/live" { GET pages::open::pools::live; }
    "/pools/events" { GET pages::open::pools::events; }
    "/pools/{name}" { GET pages::open::pools::one; }
    "/programmes" { GET pages::open::programmes::list; }
    "/programmes/{programme}" { GET pages::open::programmes::one; }
    "/participants" { GET pages::open::participants::list; }
    "/notices" { GET pages::open::notices::list; }
    "/notices/{batch}" { GET pages::open::notices::one; }

    // Pages for dealers.
    "/dealer" { GET pages::dealer::home::show; }
    "/dealer/claims" { GET pages::dealer::claims::list; }
    "/dealer/claims/new" {
        GET pages::dealer::new_claim::show;
        POST pages::dealer::new_claim::file;
    }
    "/dealer/claims/check" { POST pages::dealer::new_claim::check; }
    "/dealer/claims/check-fields" { POST pages::dealer::new_claim::check_fields; }
    "/dealer/claims/{id}" { GET pages::dealer::claims::show; }
    "/dealer/claims/{id}/receipt" { GET pages::dealer::claims::receipt; }
    "/dealer/claims/{id}/withdraw" { POST pages::dealer::acts::withdraw; }
    "/dealer/claims/{id}/undo-withdrawal" { POST pages::dealer::acts::undo_withdrawal; }
    "/dealer/claims/{id}/goods-returned" { POST pages::dealer::acts::goods_returned; }
    "/dealer/claims/{id}/appeal" { POST pages::dealer::acts::contest; }
    "/dealer/claims/{id}/papers/{paper}" {
        GET pages::dealer::papers::get;
        POST pages::dealer::papers::put;
    }
    "/dealer/claims/{id}/correction" {
        GET pages::dealer::correct::show_correction;
        POST pages::dealer::correct::correct;
    }
    "/dealer/claims/{id}/invoice" {
        GET pages::dealer::correct::show_invoice;
        POST pages::dealer::correct::invoice;
    }
    "/dealer/uploads" {
        GET pages::dealer::uploads::list;
        POST pages::dealer::uploads::take;
    }
    "/dealer/uploads/template" { GET pages::dealer::uploads::template; }
    "/dealer/uploads/{id}" { GET pages::dealer::uploads::show; }
    "/dealer/uploads/{id}/progress" { GET pages::dealer::uploads::progress; }
    "/dealer/uploads/{id}/to-mend" { GET pages::dealer::uploads::to_mend; }
    "/dealer/statements" { GET pages::dealer::money::statements; }
    "/dealer/statements/{batch}" { GET pages::dealer::money::statement; }
    "/dealer/exposure" { GET pages::dealer::money::exposure; }
    "/dealer/account" {
        GET pages::dealer::money::account;
        POST pages::dealer::money::propose_account;
    }
    "/dealer/account/{account}/refuse" { POST pages::dealer::money::refuse_account; }
    "/dealer/api" { GET pages::dealer::api::show; }
    "/dealer/api/credentials" { POST pages::dealer::api::issue; }
    "/dealer/api/credentials/{client}/revoke" { POST pages::dealer::api::revoke; }
    "/dealer/api/webhooks" { POST pages::dealer::api::create_endpoint; }
    "/dealer/api/webhooks/{id}" { GET pages::dealer::api::show_endpoint; }
    "/dealer/api/webhooks/{id}/rotate-secret" { POST pages::dealer::api::rotate_secret; }
    "/dealer/api/webhooks/{id}/test" { POST pages::dealer::api::test_endpoint; }
    "/dealer/api/webhooks/{id}/replay" { POST pages::dealer::api::replay_endpoint; }
    "/dealer/api/webhooks/{id}/enable" { POST pages::dealer::api::enable_endpoint; }
    "/dealer/api/webhooks/{id}/delete" { POST pages::dealer::api::delete_endpoint; }
    "/dealer/people" {
        GET pages::dealer::people::list;
        POST pages::dealer::people::add;
    }
    "/dealer/people/{id}/renew" { POST pages::dealer::people::renew; }
    "/dealer/people/{id}/close" { POST pages::dealer::people::close; }

    // Pages for the bureau.
    "/bureau" { GET pages::bureau::home::show; }
    "/bureau/claims" { GET pages::bureau::claims::show; }
    "/bureau/claims/{id}" { GET pages::bureau::claim::show; }
    "/bureau/claims/{id}/unseal" { POST pages::bureau::claim::unseal; }
    "/bureau/claims/{id}/papers/{paper}" { GET pages::bureau::paper::show; }
    "/bureau/claims/{id}/flags" { POST pages::bureau::claim::raise_flag; }
    "/bureau/claims/{id}/flags/{code}/clear" { POST pages::bureau::claim::clear_flag; }
    "/bureau/review" { GET pages::bureau::review::desk; }
    "/bureau/review/next" { POST pages::bureau::review::next; }
    "/bureau/review/{id}" { GET pages::bureau::review::claim; }
    "/bureau/review/{id}/recommend" { POST pages::bureau::review::recommend; }
    "/bureau/review/{id}/return" { POST pages::bureau::review::give_back; }
    "/bureau/review/{id}/reject" { POST pages::bureau::review::reject; }
    "/bureau/review/{id}/put-back" { POST pages::bureau::review::put_back; }
    "/bureau/approval" { GET pages::bureau::approval::queue; }
    "/bureau/approval/{id}" { GET pages::bureau::approval::claim; }
    "/bureau/approval/{id}/approve" { POST pages::bureau::approval::approve; }
    "/bureau/approval/{id}/confirm" { POST pages::bureau::approval::confirm; }
    "/bureau/approval/{id}/reopen" { POST pages::bureau::approval::reopen; }
    "/bureau/approval/{id}/void" { POST pages::bureau::approval::void; }
    "/bureau/approval/{id}/claw-back" { POST pages::bureau::approval::claw_back; }
    "/bureau/approval/{id}/appeal" { POST pages::bureau::approval::decide_appeal; }
    "/bureau/bulk" {
        GET pages::bureau::bulk::list;
        POST pages::bureau::bulk::begin;
    }
    "/bureau/bulk/{id}" { GET pages::bureau::bulk::one; }
    "/bureau/bulk/{id}/draw" { POST pages::bureau::bulk::draw; }
    "/bureau/bulk/{id}/approve" { POST pages::bureau::bulk::approve; }
    "/bureau/payouts" {
        GET pages::bureau::payouts::list;
        POST pages::bureau::payouts::seal;
    }
    "/bureau/payouts/outcomes" {
        GET pages::bureau::outcomes::show;
        POST pages::bureau::outcomes::upload;
    }
    "/bureau/payouts/{id}" { GET pages::bureau::payouts::one; }
    "/bureau/payouts/{id}/release" { POST pages::bureau::payouts::release; }
    "/bureau/payouts/{id}/discard" { POST pages::bureau::payouts::discard; }
    "/bureau/payouts/{id}/file" { GET pages::bureau::payouts::file; }
    "/bureau/receivables" { GET pages::bureau::receivables::list; }
    "/bureau/receivables/{id}/paid-in" { POST pages::bureau::receivables::pay_in; }
    "/bureau/voided-invoices" {
        GET pages::bureau::voided_invoices::show;
        POST pages::bureau::voided_invoices::upload;
    }

    // Of the bureau: control, rules and audit.
    "/bureau/dealers" {
        GET pages::bureau::dealers::list;
        POST pages::bureau::dealer_new::admit;
    }
    "/bureau/dealers/new" { GET pages::bureau::dealer_new::show; }
    "/bureau/dealers/{uscc}" { GET pages::bureau::dealers::show; }
    "/bureau/dealers/{uscc}/status" { POST pages::bureau::dealers::set_status; }
    "/bureau/dealers/{uscc}/bank-account" { POST pages::bureau::dealers::propose_account; }
    "/bureau/dealers/{uscc}/bank-account/{account}" {
        POST pages::bureau::dealers::decide_account;
    }
    "/bureau/dealers/{uscc}/logins" { POST pages::bureau::dealers::offer_login; }
    "/bureau/dealers/{uscc}/logins/{login}/close" { POST pages::bureau::dealers::close_login; }
    "/bureau/bank-accounts" { GET pages::bureau::bank_accounts::list; }
    "/bureau/pools" { GET pages::bureau::pools::list; }
    "/bureau/pools/{name}" { GET pages::bureau::pools::show; }
    "/bureau/pools/{name}/stage" { POST pages::bureau::pools::stage; }
    "/bureau/pools/{name}/money" { POST pages::bureau::pools::money; }
    "/bureau/pools/{name}/history" { GET pages::bureau::pools::history; }
    "/bureau/pools/{name}/reconciliation" { GET pages::bureau::pools::reconciliation; }
    "/bureau/proposals" { GET pages::bureau::proposals::list; }
    "/bureau/proposals/{id}" { GET pages::bureau::proposals::show; }
    "/bureau/proposals/{id}/approve" { POST pages::bureau::proposals::approve; }
    "/bureau/proposals/{id}/refuse" { POST pages::bureau::proposals::refuse; }
    "/bureau/packs" { GET pages::bureau::packs::list; }
    "/bureau/packs/new" {
        GET pages::bureau::packs::publish::show;
        POST pages::bureau::packs::publish::send;
    }
    "/bureau/packs/{programme}" { GET pages::bureau::packs::show; }
    "/bureau/packs/{programme}/source" { GET pages::bureau::packs::source; }
    "/bureau/packs/{programme}/try" {
        GET pages::bureau::packs::trial::show;
        POST pages::bureau::packs::trial::judge;
    }
    "/bureau/people" { GET pages::bureau::people::list; }
    "/bureau/people/{login}/close" { POST pages::bureau::people::close; }
    "/bureau/export/dealers.xlsx" { GET pages::bureau::lists::dealers; }
    "/bureau/export/pools.xlsx" { GET pages::bureau::lists::pools; }
    "/bureau/export/batches.xlsx" { GET pages::bureau::lists::batches; }
    "/bureau/audit" { GET pages::bureau::audit::show; }
    "/bureau/audit/journal/{name}" { GET pages::bureau::audit::journal::list; }
    "/bureau/audit/journal/{name}/{seq}" { GET pages::bureau::audit::journal::show; }
    "/bureau/audit/verification" {
        GET pages::bureau::audit::verification::show;
        POST pages::bureau::audit::verification::begin;
    }
    "/bureau/audit/samples" {
        GET pages::bureau::audit::samples::show;
        POST pages::bureau::audit::samples::draw;
    }
    "/bureau/audit/samples/drawn" { GET pages::bureau::audit::samples::drawn; }
    "/bureau/audit/samples/{id}" { GET pages::bureau::audit::samples::bulk; }
    "/bureau/audit/access" { GET pages::bureau::audit::access::list; }
    "/bureau/audit/access/dealers" { GET pages::bureau::audit::access::of_dealers; }
    "/bureau/audit/flags" { GET pages::bureau::audit::flags::list; }
    "/bureau/audit/export" {
        GET pages::bureau::audit::export::show;
        POST pages::bureau::audit::export::download;
    }

    // The service itself.
    "/livez" { GET health::live; }
    "/readyz" { GET health::ready; }
    "/metrics" { GET metrics::show; }
    "/openapi.json" { GET openapi::show; }
    "/docs" { GET docs_ui::redirect; }
    "/docs/" { GET docs_ui::index; }
    "/docs/{file}" { GET docs_ui::asset; }
}

/// Where addresses of programs begin; all others are pages of people.
const FOR_PROGRAMS: [&str; 8] = [
    "/v1/",
    "/oauth/",
    "/.well-known/",
    "/livez",
    "/readyz",
    "/metrics",
    "/openapi.json",
    "/docs",
];

/// Whether an address, or the pattern of one, is for people: it answers with pages.
pub fn is_for_people(path: &str) -> bool {
    !FOR_PROGRAMS.iter().any(|start| path.starts_with(start))
}

/// `GET` answers `HEAD` too; the server leaves the body away.
fn on(method: &str) -> Route {
    match method {
        "GET" => web::route().guard(guard::Any(guard::Get()).or(guard::Head())),
        "PUT" => web::put(),
        "DELETE" => web::delete(),
        _ => web::post(),
    }
}

async fn wrong_method(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let path = request.path();
    let methods = TABLE
        .iter()
        .find(|(pattern, _)| matches(pattern, path))
        .map(|(_, m)| *m);
    let mut allow = Vec::new();
    for method in methods.unwrap_or_default() {
        allow.push(*method);
        if *method == "GET" {
            allow.push("HEAD");
        }
    }
    Err(Problem::method_not_allowed(allow.join(", ")))
}

async fn nowhere() -> Result<HttpResponse, Problem> {
    Err(ProblemCode::NotFound.into())
}
