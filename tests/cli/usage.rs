//! Help, and how wrong usage ends.

use super::support::{Backend, TestDatabase};
use super::{stderr, stdout};

const COMMANDS: &[&[&str]] = &[
    &[],
    &["serve"],
    &["demo"],
    &["programme"],
    &["programme", "check"],
    &["programme", "load"],
    &["pool"],
    &["pool", "create"],
    &["pool", "top-up"],
    &["pool", "transfer"],
    &["pool", "set-aside"],
    &["pool", "release-aside"],
    &["pool", "freeze"],
    &["pool", "resume"],
    &["pool", "show"],
    &["proposal"],
    &["proposal", "list"],
    &["proposal", "show"],
    &["dealer"],
    &["dealer", "add"],
    &["dealer", "suspend"],
    &["dealer", "resume"],
    &["staff"],
    &["staff", "add"],
    &["register"],
    &["register", "import"],
    &["keys"],
    &["keys", "new"],
    &["verify"],
    &["reconcile"],
    &["backup"],
    &["audit"],
    &["audit", "export"],
    &["rehearse"],
    &["openapi"],
];

#[test]
fn every_command_has_help() {
    let database = TestDatabase::new(Backend::Sqlite);
    for command in COMMANDS {
        let mut arguments = command.to_vec();
        arguments.push("--help");
        let output = database.output(&arguments);
        assert_eq!(output.status.code(), Some(0), "{command:?}");
        let text = stdout(&output);
        let usage = format!("Usage: {}", [&["tradein"], *command].concat().join(" "));
        assert!(text.contains(&usage), "{command:?}: {text}");
        assert!(output.stderr.is_empty(), "{command:?}");
    }
    assert!(!database.file().exists(), "help opens no database");
}

#[test]
fn help_tells_what_the_contract_names() {
    let database = TestDatabase::new(Backend::Sqlite);
    for (command, words) in [
        (
            &["serve"][..],
            &["--listen", "--database", "TRADEIN_DATABASE_URL"][..],
        ),
        (&["demo"], &["--serve", "--database"]),
        (&["pool", "create"], &["--cap", "--programme", "YUAN"]),
        (
            &["dealer", "add"],
            &["--uscc", "--name", "--programme", "--json"],
        ),
        (
            &["staff", "add"],
            &["--login", "--role", "reviewer", "operator", "--api"],
        ),
        (&["verify"], &["--export", "--json", "--database"]),
        (
            &["rehearse"],
            &[
                "--url",
                "--client-id",
                "--client-secret",
                "--programme",
                "--claims",
                "--duration",
                "--connections",
                "--rate",
                "--seed",
                "--json",
                "--history",
            ],
        ),
    ] {
        let mut arguments = command.to_vec();
        arguments.push("--help");
        let text = database.run(&arguments);
        for word in words {
            assert!(
                text.contains(word),
                "{command:?} says nothing of {word}: {text}"
            );
        }
    }
}

#[test]
fn the_help_shows_no_secret_of_the_environment() {
    let database = TestDatabase::new(Backend::Sqlite);
    let mut command = database.command(&["rehearse", "--help"]);
    command.env("TRADEIN_CLIENT_SECRET", "canary-secret");
    command.env(
        "TRADEIN_DATABASE_URL",
        "postgres://user:canary-password@nowhere/x",
    );
    let text = stdout(&command.output().unwrap());
    assert!(text.contains("TRADEIN_CLIENT_SECRET"), "{text}");
    assert!(!text.contains("canary"), "{text}");
}

#[test]
fn wrong_usage_exits_with_2_and_names_the_help() {
    let database = TestDatabase::new(Backend::Sqlite);
    for arguments in [
        &[][..],
        &["frobnicate"],
        &["serve", "--port", "80"],
        &["serve", "surplus"],
        &["demo", "--claims", "0"],
        &["programme"],
        &["programme", "check"],
        &["programme", "load"],
        &["pool", "create", "x", "--programme", "p"],
        &["pool", "create", "x", "--cap", "1"],
        &["pool", "create", "--cap", "1", "--programme", "p"],
        &["pool", "create", "x", "--cap", "12.345", "--programme", "p"],
        &["pool", "create", "x", "--cap", "-5", "--programme", "p"],
        &["pool", "create", "x", "--cap", "1e9", "--programme", "p"],
        &[
            "pool",
            "create",
            "x",
            "--cap",
            "1",
            "--programme",
            "p",
            "--opens-at",
            "tomorrow",
        ],
        &[
            "pool",
            "create",
            "x",
            "--cap",
            "1",
            "--programme",
            "p",
            "--remainder",
            "lottery",
        ],
        &["pool", "top-up", "x"],
        &["pool", "top-up", "x", "much"],
        &["dealer", "add", "--uscc", "91419001MA0000001N"],
        &["staff", "add", "--login", "x"],
        &["staff", "add", "--login", "x", "--role", "king"],
        &["register", "import"],
        &["keys", "new"],
        &["verify", "--jwks", "x.json"],
        &["rehearse", "--url", "http://127.0.0.1:1"],
        &["openapi", "--yaml"],
    ] {
        let output = database.output(arguments);
        let text = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {text}");
        assert!(
            text.contains("Usage:") || text.contains("--help"),
            "{arguments:?}: {text}"
        );
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
    assert!(!database.file().exists(), "wrong usage opens no database");
}

#[test]
fn an_unknown_role_is_answered_with_the_roles() {
    let database = TestDatabase::new(Backend::Sqlite);
    let output = database.output(&["staff", "add", "--login", "x", "--role", "king"]);
    for role in ["reviewer", "approver", "finance", "auditor", "operator"] {
        assert!(stderr(&output).contains(role));
    }
}

#[test]
fn the_api_document_is_json() {
    let text = TestDatabase::new(Backend::Sqlite).run(&["openapi"]);
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
}

#[test]
fn a_service_that_is_asked_to_end_at_once_ends_well() {
    let database = TestDatabase::new(Backend::Sqlite);
    for _ in 0..10 {
        assert!(database.serve().stop().success());
    }
}
