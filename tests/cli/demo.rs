//! The main job in one command.

use super::{Backend, TestDatabase};

/// The figure behind a word of the table.
fn figure(text: &str, word: &str) -> String {
    let line = text
        .lines()
        .find(|line| line.trim_start().starts_with(word));
    let line = line.unwrap_or_else(|| panic!("no {word} in {text}"));
    line.split_whitespace().last().unwrap().to_owned()
}

/// In whole yuan, by the pack of the demo.
const LARGEST_AWARD: u64 = 15_000;

fn check(text: &str) {
    let count = |word| figure(text, word).parse::<u64>().unwrap();
    let (reserved, waiting, refused) = (count("reserved"), count("waiting"), count("refused"));
    assert_eq!(reserved + waiting + refused, 400, "{text}");
    // One dealer of forty has no contract for the programme; the money is too little for all.
    assert_eq!((refused, count("without a verdict")), (10, 0), "{text}");
    assert!(waiting > 0, "{text}");
    assert_eq!(figure(text, "pool cap"), "3000000.00");
    assert!(text.contains("journal verified: 401 entries"), "{text}");
    // After the click day: every reviewed claim is decided, paid or sent back and paid anew.
    let (approved, rejected) = (count("approved"), count("rejected"));
    assert_eq!(approved + rejected, 40, "{text}");
    assert_eq!(count("papers"), 3 * 40, "{text}");
    // How many a rejection lets move up depends on what they ask; what is left serves nobody who waits.
    let after = &text[text.find("after the click day").unwrap()..];
    let left = figure(after, "pool free");
    let left: u64 = left.strip_suffix(".00").unwrap().parse().unwrap();
    assert!(left < LARGEST_AWARD, "{text}");
    assert_eq!(
        (count("paid"), count("sent back") > 0),
        (approved, true),
        "{text}"
    );
    assert!(
        text.contains("reconciled: pool, claims and journal are equal"),
        "{text}"
    );
}

const DEMO: &[&str] = &[
    "demo",
    "--claims",
    "400",
    "--connections",
    "16",
    "--reviews",
    "40",
];

#[test]
fn a_click_day_needs_no_set_up() {
    let database = TestDatabase::new(Backend::Sqlite);
    let mut command = database.command(DEMO);
    command.env_remove("TRADEIN_DATABASE_URL");
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    check(&String::from_utf8(output.stdout).unwrap());
}

/// With few claims the bank sends nothing back; where no claim holds money nothing is paid.
#[test]
fn a_demo_with_little_to_pay_says_so() {
    let database = TestDatabase::new(Backend::Sqlite);
    let demo = |claims: &str, reviews: &str| {
        let volume = ["--claims", claims, "--reviews", reviews, "--seed", "1"];
        let mut command = database.command(&[&["demo"][..], &volume].concat());
        command.env_remove("TRADEIN_DATABASE_URL");
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        String::from_utf8(output.stdout).unwrap()
    };
    let few = demo("40", "2");
    let counts = ["approved", "paid", "sent back"].map(|word| figure(&few, word));
    assert_eq!(counts, ["2", "2", "0"], "{few}");
    assert!(
        few.contains("no second batch") && few.contains("reconciled"),
        "{few}"
    );
    // The money for one claim is less than what this one asks.
    let none = demo("1", "1");
    assert_eq!(
        (figure(&none, "waiting"), figure(&none, "paid")),
        ("1".into(), "0".into())
    );
    assert!(
        none.contains("nothing was approved") && none.contains("reconciled"),
        "{none}"
    );
}

#[test]
fn a_click_day_on_postgres_leaves_nothing_behind() {
    let database = TestDatabase::new(Backend::Postgres);
    for _ in 0..2 {
        check(&database.run(DEMO));
    }
    // The schemas are gone: the database is as empty as before.
    let text = database.run(&["pool", "show"]);
    assert!(!text.contains("demo"), "{text}");
}
