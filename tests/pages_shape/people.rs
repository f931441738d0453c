//! People at the door: enrolled once, let in with what is theirs, shut out in time. On both
//! databases, and across instances.

use std::sync::Arc;

use tradein::clock;
use tradein::domain::formats::Uscc;
use tradein::domain::money::Fen;
use tradein::one_time_code;
use tradein::operations::own_password::{Change, ChangeError, change as change_password};
use tradein::operations::sign_in::{self, Choice, EnrolError, SignInError};
use tradein::operations::{Engine, ReadError, credentials, dealers};
use tradein::passwords::Weakness;
use tradein::rehearse::generate::uscc;
use tradein::settings::Settings;

use crate::bureau::{Bureau, Lane};
use crate::support::Backend;

const PASSWORD: &str = "three old locust trees";

fn each(test: impl Fn(&Bureau, &Lane)) {
    for backend in Backend::ALL {
        let bureau = Bureau::new(backend, 1, Fen::from_yuan(1_000));
        let lane = bureau.lane();
        test(&bureau, &lane);
    }
}

fn staff(lane: &Lane, login: &str) -> String {
    let added = lane.with(|conn| credentials::add_staff(conn, login, "reviewer", false));
    added.unwrap().enrolment.unwrap()
}

/// The secret of one-time codes of who enrols with this code.
fn secret_of(lane: &Lane, code: &str) -> [u8; one_time_code::SECRET] {
    let enrolling = lane.run(sign_in::enrolling(&lane.engine, code));
    enrolling.unwrap().secret
}

/// Somebody of the bureau who has enrolled one step early, and his secret.
fn enrolled(lane: &Lane, login: &str) -> [u8; one_time_code::SECRET] {
    let code = staff(lane, login);
    let secret = secret_of(lane, &code);
    enrol(lane, &code, PASSWORD, &at(&secret, -1)).unwrap();
    secret
}

/// The one-time code `steps` half minutes from now of who enrols with this code.
fn one_time(lane: &Lane, code: &str, steps: i64) -> String {
    at(&secret_of(lane, code), steps)
}

fn at(secret: &[u8], steps: i64) -> String {
    let mut now = clock::now();
    now.0 += steps * 30_000_000;
    one_time_code::code(secret, now).unwrap()
}

fn enrol(lane: &Lane, code: &str, password: &str, one_time: &str) -> Result<(), EnrolError> {
    let choice = Choice {
        code: code.to_owned(),
        password: password.to_owned(),
        one_time: one_time.to_owned(),
    };
    lane.run(sign_in::enrol(&lane.engine, choice))
}

fn enter(lane: &Lane, bureau: bool, login: &str, password: &str, code: &str) -> Entered {
    let (login, password) = (login.to_owned(), password.to_owned());
    lane.run(sign_in::sign_in(
        &lane.engine,
        bureau,
        login,
        password,
        code,
        None,
    ))
}

type Entered = Result<String, SignInError>;

const WRONG: Entered = Err(SignInError::Wrong);

#[test]
fn a_code_enrols_once_and_a_new_one_ends_what_was() {
    each(|bureau, lane| {
        let code = staff(lane, "wang");
        let secret = secret_of(lane, &code);
        let good = at(&secret, -1);
        assert_eq!(
            enrol(lane, &code, "short", &good),
            Err(EnrolError::Weak(Weakness::TooShort))
        );
        assert_eq!(enrol(lane, &code, PASSWORD, ""), Err(EnrolError::CodeWrong));
        assert_eq!(
            enrol(lane, &code, PASSWORD, "000000"),
            Err(EnrolError::CodeWrong)
        );
        assert_eq!(
            enrol(lane, "x", PASSWORD, &good),
            Err(EnrolError::CodeUnknown)
        );
        assert_eq!(enrol(lane, &code, PASSWORD, &good), Ok(()));
        assert_eq!(
            enrol(lane, &code, PASSWORD, &good),
            Err(EnrolError::CodeUnknown)
        );

        let session = enter(lane, true, "wang", PASSWORD, &at(&secret, 0)).unwrap();
        // Another instance knows it.
        let other = bureau.lane();
        let seen = other
            .run(sign_in::session(&other.engine, &session))
            .unwrap()
            .unwrap();
        assert_eq!(
            (seen.name.as_str(), seen.role.as_deref()),
            ("wang", Some("reviewer"))
        );

        let anew = lane
            .with(|conn| credentials::enrol_staff_anew(conn, "wang"))
            .unwrap();
        assert_eq!(
            other
                .run(sign_in::session(&other.engine, &session))
                .unwrap(),
            None
        );
        assert_eq!(enter(lane, true, "wang", PASSWORD, &at(&secret, 1)), WRONG);
        let good = one_time(lane, &anew, 0);
        assert_eq!(enrol(lane, &anew, "another good sentence", &good), Ok(()));
    });
}

#[test]
fn an_old_code_enrols_nobody() {
    each(|bureau, lane| {
        let code = staff(lane, "wang");
        let good = one_time(lane, &code, 0);
        bureau
            .database
            .execute("UPDATE logins SET enrol_until_us = 1 WHERE login = 'wang'");
        assert_eq!(
            enrol(lane, &code, PASSWORD, &good),
            Err(EnrolError::CodeUnknown)
        );
    });
}

#[test]
fn whatever_is_wrong_is_told_alike_and_a_code_is_good_once() {
    each(|_, lane| {
        let secret = enrolled(lane, "wang");
        let good = at(&secret, 0);
        assert_eq!(enter(lane, true, "nobody", PASSWORD, &good), WRONG);
        assert_eq!(
            enter(lane, true, "wang", "three old locust treez", &good),
            WRONG
        );
        assert_eq!(enter(lane, true, "wang", PASSWORD, ""), WRONG);
        assert_eq!(
            enter(lane, false, "wang", PASSWORD, &good),
            WRONG,
            "the dealers' door"
        );
        assert!(enter(lane, true, "wang", PASSWORD, &good).is_ok());
        assert_eq!(
            enter(lane, true, "wang", PASSWORD, &good),
            WRONG,
            "used before"
        );
        assert!(enter(lane, true, "wang", PASSWORD, &at(&secret, 1)).is_ok());
    });
}

#[test]
fn a_crowd_of_attempts_is_counted_one_by_one_and_locks() {
    each(|bureau, lane| {
        let secret = enrolled(lane, "wang");
        let wrong = (0..12).map(|n| {
            let password = format!("guess number {n:04}");
            sign_in::sign_in(
                &lane.engine,
                true,
                "wang".to_owned(),
                password,
                "000000",
                None,
            )
        });
        let entered = lane.run(futures_util::future::join_all(wrong));
        assert!(entered.iter().all(|e| *e == WRONG));
        let good = at(&secret, 0);
        assert_eq!(enter(lane, true, "wang", PASSWORD, &good), WRONG, "locked");
        bureau
            .database
            .execute("UPDATE logins SET locked_until_us = 1 WHERE login = 'wang'");
        assert!(enter(lane, true, "wang", PASSWORD, &good).is_ok());
    });
}

#[test]
fn a_session_ends_when_it_is_not_used_or_too_old_or_its_role_is_gone() {
    each(|bureau, lane| {
        let secret = enrolled(lane, "wang");
        let session = enter(lane, true, "wang", PASSWORD, &at(&secret, 0)).unwrap();
        let is_there = |token: &str| {
            lane.run(sign_in::session(&lane.engine, token))
                .unwrap()
                .is_some()
        };
        assert!(is_there(&session) && !is_there("another") && !is_there(""));
        let minutes = |ago: i64| clock::now().0 - ago * 60_000_000;
        let age = |column: &str, ago: i64| {
            let statement = format!("UPDATE sessions SET {column} = {}", minutes(ago));
            bureau.database.execute(&statement);
        };
        age("seen_us", 29);
        assert!(is_there(&session), "it is used again");
        age("began_us", 12 * 60 - 1);
        assert!(is_there(&session));
        bureau
            .database
            .execute("UPDATE staff_roles SET role = 'finance' WHERE role = 'reviewer'");
        assert!(!is_there(&session), "the role was taken away");
        bureau
            .database
            .execute("UPDATE staff_roles SET role = 'reviewer' WHERE role = 'finance'");
        assert!(is_there(&session));
        age("seen_us", 31);
        assert!(!is_there(&session));

        let session = enter(lane, true, "wang", PASSWORD, &at(&secret, 1)).unwrap();
        age("began_us", 12 * 60 + 1);
        assert!(!is_there(&session));
    });
}

#[test]
fn a_dealer_needs_no_one_time_code_and_goes_with_its_removal() {
    each(|bureau, lane| {
        let code = Uscc::parse(&uscc(1)).unwrap();
        let offer = |login: &str| lane.with(|conn| dealers::offer_login(conn, &code, login));
        let enrolment = offer("clerk").unwrap();
        staff(lane, "wang");
        assert!(offer("wang").is_err(), "another person's name");
        assert!(offer("a clerk").is_err());
        enrol(lane, &enrolment, PASSWORD, "").unwrap();
        let session = enter(lane, false, "clerk", PASSWORD, "").unwrap();
        let seen = || lane.run(sign_in::session(&lane.engine, &session)).unwrap();
        assert!(seen().unwrap().dealer.is_some());
        bureau
            .database
            .execute("UPDATE dealers SET status = 'suspended'");
        assert!(seen().is_some(), "it sees its claims");
        bureau
            .database
            .execute("UPDATE dealers SET status = 'removed'");
        assert!(seen().is_none());
        assert_eq!(enter(lane, false, "clerk", PASSWORD, ""), WRONG);
        assert!(offer("clerk").is_err());
    });
}

#[test]
fn in_production_nobody_of_the_bureau_is_let_in_without_a_one_time_code() {
    each(|_, lane| {
        let code = staff(lane, "wang");
        lane.with(|conn| sign_in::enrol_for_demo(conn, &code, PASSWORD))
            .unwrap();
        let mut production = lane.engine.clone();
        let settings = (*production.settings).clone();
        production.settings = Arc::new(Settings {
            production: true,
            ..settings
        });
        let enter = |engine: &Engine| {
            let password = PASSWORD.to_owned();
            lane.run(sign_in::sign_in(
                engine,
                true,
                "wang".to_owned(),
                password,
                "",
                None,
            ))
        };
        assert_eq!(enter(&production), WRONG);
        assert!(enter(&lane.engine).is_ok());
    });
}

/// Trying again does not help, so nobody is told to.
#[test]
fn a_fault_of_the_program_is_not_told_as_a_database_that_is_away() {
    each(|bureau, lane| {
        let secret = enrolled(lane, "wang");
        let code = staff(lane, "zhao");
        let good = one_time(lane, &code, 0);
        let session = enter(lane, true, "wang", PASSWORD, &at(&secret, 0)).unwrap();
        let rename = "ALTER TABLE logins RENAME COLUMN status TO conditions";
        bureau.database.execute(rename);
        let entered = enter(lane, true, "wang", PASSWORD, &at(&secret, 1));
        assert_eq!(entered, Err(SignInError::Failed(ReadError::Broken)));
        let enrolled = enrol(lane, &code, PASSWORD, &good);
        assert_eq!(enrolled, Err(EnrolError::Failed(ReadError::Broken)));
        let change = Change {
            present: PASSWORD.to_owned(),
            code: at(&secret, 1),
            password: "another good sentence".to_owned(),
        };
        let changed = lane.run(change_password(&lane.engine, &session, change));
        assert_eq!(changed, Err(ChangeError::Failed(ReadError::Broken)));
    });
}
