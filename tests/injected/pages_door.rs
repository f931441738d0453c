//! How people come in and go: enrolment, sign-in, passwords, roles.

use tradein::clock;
use tradein::domain::formats::Uscc;
use tradein::one_time_code;
use tradein::operations::{credentials, dealers, sign_in};

use super::people::{PASSWORD, begin, open};
use super::routes::Route;
use super::world::{Call, World};
use crate::support::claims::SELLER;
use crate::support::form::Form;
use crate::support::one_time;

const ENROL: &str = "/enrol";
const DEALERS: &str = "/dealer/sign-in";
const BUREAU: &str = "/bureau/sign-in";

pub const ROUTES: &[Route] = &[
    Route::new("POST /enrol", "of a dealer", |world| {
        let (_, code) = offered(world);
        let form = enrolling(world, &code).0.with("password", PASSWORD);
        world.sending(None, &form)
    }),
    Route::new("POST /enrol", "of the bureau", |world| {
        let (_, code) = hired(world, &["reviewer"]);
        enrolling_with_codes(world, &code).0
    }),
    Route::new("POST /dealer/sign-in", "", |world| {
        let login = clerk(world);
        entering(world, None, DEALERS, &[("login", &login)])
    })
    // The token of a session is told once.
    .anew(),
    Route::new("POST /dealer/sign-in", "in place of another", |world| {
        let (before, login) = (clerk(world), clerk(world));
        let session = begin(&mut open(&world.database), &before, None);
        entering(world, Some(&session), DEALERS, &[("login", &login)])
    })
    .anew(),
    // With a one-time code, which is good once: who was not told waits for the next one.
    Route::new("POST /bureau/sign-in", "", |world| {
        let (login, code) = hired(world, &["reviewer"]);
        let (call, secret) = enrolling_with_codes(world, &code);
        world.done(&call);
        // As if that had been a while ago.
        world.tables.execute("UPDATE logins SET totp_step = 0");
        let code = one_time_code::code(&secret, clock::now()).unwrap();
        entering(world, None, BUREAU, &[("login", &login), ("code", &code)])
    }),
    Route::new("POST /dealer/password", "", |world| {
        let login = clerk(world);
        let session = begin(&mut open(&world.database), &login, None);
        another_password(world, &session, "/dealer/password")
    }),
    Route::new("POST /bureau/password", "", |world| {
        let (login, code) = hired(world, &["reviewer"]);
        let mut conn = open(&world.database);
        sign_in::enrol_for_demo(&mut conn, &code, PASSWORD).unwrap();
        let session = begin(&mut conn, &login, Some("reviewer"));
        another_password(world, &session, "/bureau/password")
    }),
    Route::new("POST /bureau/role", "", |world| {
        let (login, _) = hired(world, &["reviewer", "approver"]);
        let session = begin(&mut open(&world.database), &login, Some("reviewer"));
        let form = world.forms(Some(&session), "/bureau", "/bureau/role");
        let form = form[0].clone().with("role", "approver");
        world.sending(Some(&session), &form)
    }),
    Route::new("POST /sign-out", "", |world| {
        let login = clerk(world);
        let session = begin(&mut open(&world.database), &login, None);
        let forms = world.forms(Some(&session), "/dealer", "/sign-out");
        world.sending(Some(&session), &forms[0])
    }),
];

/// A new login of a dealer, and the code with which it is enrolled.
fn offered(world: &mut World) -> (String, String) {
    let login = format!("person-{}", world.number());
    let dealer = Uscc::parse(SELLER).unwrap();
    let code = dealers::offer_login(&mut open(&world.database), &dealer, &login);
    (login, code.unwrap())
}

/// The login of somebody of a dealer who has a password.
fn clerk(world: &mut World) -> String {
    let (login, code) = offered(world);
    sign_in::enrol_for_demo(&mut open(&world.database), &code, PASSWORD).unwrap();
    login
}

/// Somebody new of the bureau: the login, and the code with which it is enrolled.
fn hired(world: &mut World, roles: &[&str]) -> (String, String) {
    let login = format!("person-{}", world.number());
    let mut conn = open(&world.database);
    let mut code = None;
    for role in roles {
        let added = credentials::add_staff(&mut conn, &login, role, false).unwrap();
        code = code.or(added.enrolment);
    }
    (login, code.unwrap())
}

/// The form to enrol with a code, and the page that it stands on.
fn enrolling(world: &mut World, code: &str) -> (Form, String) {
    let path = format!("{ENROL}?code={code}");
    let form = world.forms(None, &path, ENROL).swap_remove(0);
    (form, world.page(None, &path))
}

/// Sends it with a one-time code; the secret of such codes with it.
fn enrolling_with_codes(world: &mut World, code: &str) -> (Call, Vec<u8>) {
    let (form, page) = enrolling(world, code);
    let spelled = page.split("class=\"secret\">").nth(1).unwrap();
    let spelled = spelled.split('<').next().unwrap();
    let secret = one_time::secret(spelled);
    let code = one_time_code::code(&secret, clock::now()).unwrap();
    let form = form.filled(&[("password", PASSWORD), ("code", &code)]);
    (world.sending(None, &form), secret)
}

/// Signs in at a door.
fn entering(world: &mut World, session: Option<&str>, door: &str, typed: &[(&str, &str)]) -> Call {
    let form = world.forms(session, door, door).swap_remove(0);
    let form = form.with("password", PASSWORD).filled(typed);
    world.sending(session, &form)
}

fn another_password(world: &mut World, session: &str, path: &str) -> Call {
    let form = world.forms(Some(session), path, path).swap_remove(0);
    let form = form.filled(&[("present", PASSWORD), ("password", "four young mulberries")]);
    world.sending(Some(session), &form)
}
