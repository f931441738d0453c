//! What people of the bureau do at pages with dealers, pools, packs and each other.

use tradein::clock;
use tradein::operations::credentials;
use tradein::rehearse::generate::uscc;

use super::pages_dealer::{filled, plain};
use super::people::open;
use super::routes::{Route, part, subject, twin};
use super::world::{BULK, COUNTER, Call, REVIEW, Who, World};

const DEALERS: &str = "/bureau/dealers";
const WHY: [(&str, &str); 1] = [("why", "核查举报")];

pub const ROUTES: &[Route] = &[
    Route::new("POST /bureau/dealers", "", |world| {
        let number = world.number();
        let (code, name) = (uscc(number), format!("第{number}商行"));
        let new = [
            ("uscc", code.as_str()),
            ("name", &name),
            ("programmes", REVIEW),
        ];
        world.typed(Who::Operator, "/bureau/dealers/new", DEALERS, &new)
    })
    // Its credentials are told once.
    .anew(),
    Route::new("POST /bureau/dealers/{uscc}/status", "suspended", |world| {
        standing(world, "suspend", "suspended")
    }),
    Route::new("POST /bureau/dealers/{uscc}/status", "active", |world| {
        standing(world, "resume", "active")
    }),
    Route::new("POST /bureau/dealers/{uscc}/status", "removed", |world| {
        standing(world, "remove", "removed")
    }),
    Route::new("POST /bureau/dealers/{uscc}/bank-account", "", |world| {
        let call = twin(world, "POST /v1/dealers/{uscc}/bank-account", "");
        let path = format!("{DEALERS}/{}", part(&call.path, 3));
        let account = plain(&call);
        filled(world, Who::Operator, &path, "/bank-account", &account)
    }),
    Route::new(
        "POST /bureau/dealers/{uscc}/bank-account/{account}",
        "confirm",
        |world| deciding(world, "confirm", &[]),
    ),
    Route::new(
        "POST /bureau/dealers/{uscc}/bank-account/{account}",
        "refuse",
        |world| deciding(world, "refuse", &WHY),
    ),
    Route::new("POST /bureau/dealers/{uscc}/logins", "", |world| {
        let code = subject(world, "POST /v1/dealers/{uscc}/suspend", "");
        offering(world, &code)
    })
    // The link is told once.
    .anew(),
    Route::new(
        "POST /bureau/dealers/{uscc}/logins/{login}/close",
        "",
        |world| {
            let code = subject(world, "POST /v1/dealers/{uscc}/suspend", "");
            let call = offering(world, &code);
            world.done(&call);
            world.typed(Who::Operator, &format!("{DEALERS}/{code}"), "/close", &WHY)
        },
    ),
    Route::new("POST /bureau/pools/{name}/stage", "freeze", |world| {
        brake(world, "freeze")
    }),
    Route::new("POST /bureau/pools/{name}/stage", "resume", |world| {
        brake(world, "resume")
    }),
    Route::new("POST /bureau/pools/{name}/money", "alone", |world| {
        money(world, "top_up", "10.00")
    }),
    Route::new("POST /bureau/pools/{name}/money", "proposed", |world| {
        money(world, "transfer", "100000.01")
    }),
    Route::new("POST /bureau/proposals/{id}/approve", "of money", |world| {
        proposal(world, "approve", "of money", &[])
    }),
    Route::new(
        "POST /bureau/proposals/{id}/approve",
        "of a pack",
        |world| proposal(world, "approve", "of a pack", &[]),
    ),
    Route::new("POST /bureau/proposals/{id}/refuse", "", |world| {
        proposal(world, "refuse", "", &WHY)
    }),
    Route::new("POST /bureau/packs/new", "", |world| {
        let call = twin(world, "POST /v1/programmes", "");
        let form = world.form(Who::Operator, "/bureau/packs/new", "/bureau/packs/new");
        let form = form.with("act", "publish");
        let form = form.file(("file", "1.toml", "application/toml", &call.body));
        world.sent(Who::Operator, &form)
    }),
    Route::new("POST /bureau/people/{login}/close", "", |world| {
        let login = format!("leaving-{}", world.number());
        let mut conn = open(&world.database);
        credentials::add_staff(&mut conn, &login, "reviewer", false).unwrap();
        let to = format!("/{login}/close");
        world.typed(Who::Operator, "/bureau/people", &to, &WHY)
    }),
    Route::new("POST /bureau/audit/samples", "", |world| {
        let today = clock::now().beijing_day().to_string();
        let asked = [
            ("pool", REVIEW),
            ("from", today.as_str()),
            ("to", &today),
            ("why", "抽查"),
        ];
        let path = "/bureau/audit/samples";
        world.typed(Who::Auditor, path, path, &asked)
    })
    // Each draw is written down.
    .anew(),
    Route::new("POST /bureau/audit/export", "", |world| {
        let asked = [
            ("pool", COUNTER),
            ("format", "jsonl"),
            ("unsealed", "true"),
            ("why", "年度审计"),
        ];
        let path = "/bureau/audit/export";
        world.typed(Who::Auditor, path, path, &asked)
    })
    // Each look is written down.
    .anew(),
];

fn standing(world: &mut World, verb: &str, to: &str) -> Call {
    let code = subject(world, &format!("POST /v1/dealers/{{uscc}}/{verb}"), "");
    let typed = [("to", to), WHY[0]];
    world.typed(
        Who::Operator,
        &format!("{DEALERS}/{code}"),
        "/status",
        &typed,
    )
}

/// A form that decides about an account of a dealer.
fn deciding(world: &mut World, decision: &str, typed: &[(&str, &str)]) -> Call {
    let route = format!("POST /v1/dealers/{{uscc}}/bank-account/{{account}}/{decision}");
    let call = twin(world, &route, "");
    let path = format!("{DEALERS}/{}", part(&call.path, 3));
    let to = format!("/{}", part(&call.path, 5));
    let session = world.session(Who::Finance);
    let mut forms = world.forms(Some(&session), &path, &to).into_iter();
    let form = forms.find(|form| form.value("decision") == decision);
    world.sent(Who::Finance, &form.unwrap().filled(typed))
}

/// A form that offers a new login of a dealer.
fn offering(world: &mut World, code: &str) -> Call {
    let login = format!("offered-{}", world.number());
    let path = format!("{DEALERS}/{code}");
    world.typed(Who::Operator, &path, "/logins", &[("login", &login)])
}

/// A form that stops the intake of a pool or lets it go on.
fn brake(world: &mut World, brake: &str) -> Call {
    twin(world, &format!("POST /v1/pools/{{name}}/{brake}"), "");
    let (session, path) = (
        world.session(Who::Operator),
        format!("/bureau/pools/{BULK}"),
    );
    let mut forms = world.forms(Some(&session), &path, "/stage").into_iter();
    let form = forms.find(|form| form.value("stage") == "intake").unwrap();
    assert_eq!(form.value("brake"), brake);
    world.sent(Who::Operator, &form.filled(&WHY))
}

fn money(world: &mut World, act: &str, yuan: &str) -> Call {
    let reference = format!("示范区财〔2026〕{}号", world.number());
    let mut typed = vec![("act", act), ("amount", yuan), ("reference", &reference)];
    if act == "transfer" {
        typed.push(("to", COUNTER));
    }
    let path = format!("/bureau/pools/{REVIEW}");
    world.typed(Who::Operator, &path, "/money", &typed)
}

/// A form of a second person about what is proposed.
fn proposal(world: &mut World, verb: &str, scene: &str, typed: &[(&str, &str)]) -> Call {
    let id = subject(world, &format!("POST /v1/proposals/{{id}}/{verb}"), scene);
    let path = format!("/bureau/proposals/{id}");
    world.typed(Who::SecondOperator, &path, &format!("/{verb}"), typed)
}
