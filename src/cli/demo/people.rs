//! Who can look around in the demo: one login for each role, and one of a dealer.

use super::{Fallible, after};
use crate::operations::{self, Engine, credentials, sign_in};

/// Users of the bureau and their roles; those who paid out in the demo are there already.
const BUREAU: [(&str, &str); 6] = [
    ("demo-reviewer", "reviewer"),
    ("demo-approver", "approver"),
    ("demo-finance", "finance"),
    ("demo-second-finance", "finance"),
    ("demo-auditor", "auditor"),
    ("demo-operator", "operator"),
];
/// The login of a dealer.
const DEALER: &str = "demo-dealer";

/// Who was let in, with the one password of all.
pub(super) struct People {
    password: String,
}

/// Lets everybody of the demo in with a fresh password, and leaves them something to do.
pub(super) fn let_in(engine: &Engine) -> Fallible<People> {
    let mut conn = engine.database.get()?;
    let password = sign_in::fresh_password()?;
    for (login, role) in BUREAU {
        let code = match credentials::enrol_staff_anew(&mut conn, login) {
            Ok(code) => code,
            Err(_) => {
                let added = credentials::add_staff(&mut conn, login, role, false)?;
                added.enrolment.ok_or("a user of the demo was there")?
            }
        };
        sign_in::enrol_for_demo(&mut conn, &code, &password)?;
    }
    drop(conn);
    let has_work = after::leave_work(engine)?;
    let catalogue = engine.catalogue.current();
    let mut dealers = catalogue.dealers().into_iter();
    let dealer = dealers.find(|dealer| has_work.is_none_or(|id| dealer.id == id));
    let dealer = dealer.ok_or("the demo has no dealer")?;
    let mut conn = engine.database.get()?;
    let code = operations::dealers::offer_login(&mut conn, &dealer.uscc, DEALER)?;
    sign_in::enrol_for_demo(&mut conn, &code, &password)?;
    Ok(People { password })
}

/// Tells how to sign in.
pub(super) fn print(people: &People, url: &str) {
    println!(
        "  {url}/bureau  as {}",
        BUREAU.map(|(login, _)| login).join(", ")
    );
    println!("  {url}/dealer  as {DEALER}");
    println!("  password of all: {}", people.password);
}
