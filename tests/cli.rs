//! Every command as a person runs it: what it prints, how it ends, and what it leaves behind.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod support;

#[path = "cli/demo.rs"]
mod demo;
#[path = "cli/failures.rs"]
mod failures;
#[path = "cli/keys.rs"]
mod keys;
#[path = "cli/money.rs"]
mod money;
#[path = "cli/people.rs"]
mod people;
#[path = "cli/programmes.rs"]
mod programmes;
#[path = "cli/usage.rs"]
mod usage;
#[path = "cli/verify.rs"]
mod verify;

use std::process::Output;

use support::claims::{SELLER, at_price, claim, with};
use support::{Backend, Credentials, TestDatabase};

const CARS: &str = "henan-car-replacement-2025";
const PHONES: &str = "national-digital-2025";
const POOL: &str = "cars-2025";

/// Runs a test on a fresh database of each kind.
fn on_both(test: impl Fn(&TestDatabase)) {
    for backend in Backend::ALL {
        println!("on {backend:?}");
        test(&TestDatabase::new(backend));
    }
}

/// A programme, its pool, and a dealer that takes part.
fn set_up(database: &TestDatabase, cap_yuan: &str) -> Credentials {
    database.load_programmes(&[CARS]);
    database.create_pool(POOL, cap_yuan, &[CARS]);
    database.add_dealer(SELLER, "济源示例汽车销售有限公司", &[CARS])
}

/// A claim for a new-energy car of 150,000 yuan: 14,000 yuan by the shipped pack.
fn car() -> serde_json::Value {
    let claim = at_price(claim(CARS), "150000.00");
    let claim = with(claim, "/new_item/fuel", "nev".into());
    with(claim, "/new_item/engine_litres", serde_json::Value::Null)
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A shipped pack with some text in place of another, in a file of its own.
fn edited_pack(database: &TestDatabase, id: &str, changes: &[(&str, &str)]) -> String {
    let shipped = format!("{}/config/programmes/{id}.toml", env!("CARGO_MANIFEST_DIR"));
    let mut text = std::fs::read_to_string(shipped).unwrap();
    for (old, new) in changes {
        assert!(text.contains(old), "{id} has no {old}");
        text = text.replace(old, new);
    }
    let file = database
        .data_dir()
        .join(format!("{}.toml", support::folder::unique_name()));
    std::fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}
