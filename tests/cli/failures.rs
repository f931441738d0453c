//! Failures: exit code 1, a sentence that says what went wrong, nothing on standard output.

use std::io::Read;
use std::process::{Command, Stdio};

use super::support::claims::SELLER;
use super::support::folder::Folder;
use super::support::{Backend, TestDatabase};
use super::{CARS, PHONES, POOL, on_both, set_up, stderr, stdout};

fn fails(mut command: Command, words: &[&str]) {
    let output = command.output().unwrap();
    let text = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{command:?}: {text}");
    for word in words {
        assert!(
            text.contains(word),
            "{command:?} says nothing of {word:?}: {text}"
        );
    }
    assert!(!text.contains("panicked"), "{text}");
    assert_eq!(stdout(&output), "", "{command:?}");
}

#[test]
fn what_is_unknown_or_taken_is_named() {
    on_both(|database| {
        set_up(database, "1000");
        let fails = |arguments: &[&str], words: &[&str]| fails(database.command(arguments), words);
        let unpublished = ["no-such-programme", "tradein programme load"];
        fails(
            &[
                "pool",
                "create",
                "other",
                "--cap",
                "1",
                "--programme",
                "no-such-programme",
            ],
            &unpublished,
        );
        fails(
            &[
                "dealer",
                "add",
                "--uscc",
                SELLER,
                "--name",
                "x",
                "--programme",
                "no-such-programme",
            ],
            &unpublished,
        );
        fails(
            &["pool", "create", POOL, "--cap", "1", "--programme", CARS],
            &[POOL, "exists"],
        );
        let twice = ["pool", "create", "other", "--cap", "1", "--programme", CARS];
        fails(&twice, &[CARS, "is served by pool", POOL]);
        fails(
            &["pool", "create", "a/b", "--cap", "1", "--programme", CARS],
            &["name"],
        );
        fails(
            &[
                "pool",
                "create",
                "unassigned",
                "--cap",
                "1",
                "--programme",
                CARS,
            ],
            &["name"],
        );
        fails(&["pool", "show", "nowhere"], &["nowhere"]);
        fails(&["pool", "top-up", "nowhere", "5"], &["nowhere"]);
        fails(&["pool", "top-up", POOL, "0"], &["nothing"]);
        fails(
            &["dealer", "suspend", "--uscc", SELLER.trim_end_matches('N')],
            &["no dealer"],
        );
        let wrong_digit = SELLER.replace('N', "M");
        fails(
            &[
                "dealer",
                "add",
                "--uscc",
                &wrong_digit,
                "--name",
                "x",
                "--programme",
                CARS,
            ],
            &[&wrong_digit, "GB 32100"],
        );
        fails(
            &[
                "dealer",
                "add",
                "--uscc",
                SELLER,
                "--name",
                " ",
                "--programme",
                CARS,
            ],
            &["name"],
        );
        database.run(&["staff", "add", "--login", "li", "--role", "reviewer"]);
        fails(
            &["staff", "add", "--login", "li", "--role", "reviewer"],
            &["li", "exists"],
        );
        fails(
            &["staff", "add", "--login", "李", "--role", "auditor"],
            &["login"],
        );
    });
}

#[test]
fn a_pool_that_would_hold_too_much_is_refused() {
    on_both(|database| {
        set_up(database, "1");
        let before = database.run(&["pool", "show", "--json"]);
        for yuan in [
            "92233720368547758.07",
            "99999999999999999999",
            "90071992547409.91",
        ] {
            let code = database
                .output(&["pool", "top-up", POOL, yuan])
                .status
                .code();
            assert!(matches!(code, Some(1 | 2)), "{yuan}: {code:?}");
        }
        let strip = |text: &str| text.split("\"as_of\"").next().unwrap().to_owned();
        assert_eq!(
            strip(&database.run(&["pool", "show", "--json"])),
            strip(&before)
        );
    });
}

#[test]
fn missing_and_broken_files_are_named() {
    let database = TestDatabase::new(Backend::Sqlite);
    let folder = Folder::new();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let missing = path("missing");
    for arguments in [
        &["programme", "load", &missing][..],
        &["register", "import", &missing],
        &["verify", "--export", &missing],
    ] {
        let mut command = database.command(arguments);
        command.env_remove("TRADEIN_DATABASE_URL");
        fails(command, &[&missing]);
    }
    let broken = path("broken.toml");
    std::fs::write(&broken, "id = \"x\"\nkind = 5\n").unwrap();
    fails(
        database.command(&["programme", "load", &broken]),
        &["broken.toml:2:", "nothing was loaded"],
    );
    let shipped = format!("config/programmes/{CARS}.toml");
    let both = database.output(&["programme", "load", &shipped, &broken]);
    assert_eq!(both.status.code(), Some(1));
    let pools = database.output(&["pool", "create", "p", "--cap", "1", "--programme", CARS]);
    assert!(
        stderr(&pools).contains("not published"),
        "a good file beside a broken one was loaded"
    );
}

#[test]
fn a_broken_pack_is_shown_by_check_with_its_places() {
    let database = TestDatabase::new(Backend::Sqlite);
    let folder = Folder::new();
    let broken = folder.path().join("broken.toml");
    let shipped = std::fs::read_to_string(format!("config/programmes/{PHONES}.toml")).unwrap();
    let mistakes = shipped
        .replace("ceiling_yuan", "cieling_yuan")
        .replace("till_discount = true", "till_discount = 1");
    std::fs::write(&broken, mistakes).unwrap();
    let good = format!("config/programmes/{CARS}.toml");
    let output = database.output(&["programme", "check", &good, broken.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    let text = stdout(&output);
    assert!(
        text.contains(&format!("{good}: ok {CARS} sha256:")),
        "{text}"
    );
    assert!(text.matches("broken.toml:").count() >= 2, "{text}");
    assert!(
        text.contains("cieling_yuan") && text.contains("till_discount"),
        "{text}"
    );
    assert!(!database.file().exists(), "check opens no database");
}

#[test]
fn a_database_that_cannot_be_opened_is_explained() {
    let database = TestDatabase::new(Backend::Sqlite);
    let postgres = TestDatabase::new(Backend::Postgres);
    fails(
        database.command(&["pool", "show", "--database", "mysql://localhost/x"]),
        &["sqlite", "postgres"],
    );
    fails(
        database.command(&["pool", "show", "--database", "sqlite:///dev/null/x.db"]),
        &["/dev/null"],
    );
    let nobody = "postgres://nobody:canary-password@127.0.0.1:1/x";
    let output = postgres.output(&["pool", "show", "--database", nobody]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("127.0.0.1"), "{}", stderr(&output));
    assert!(
        !stderr(&output).contains("canary-password"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn an_address_in_use_or_none_at_all_is_explained() {
    let database = TestDatabase::new(Backend::Sqlite);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    fails(
        database.command(&["serve", "--listen", &address]),
        &[&address],
    );
    fails(
        database.command(&["serve", "--listen", "nonsense"]),
        &["nonsense"],
    );
}

#[test]
fn postgres_without_keys_names_the_way_to_make_them() {
    let database = TestDatabase::new(Backend::Postgres);
    let folder = Folder::new();
    for arguments in [&["serve", "--listen", "127.0.0.1:0"][..], &["verify"]] {
        let mut command = database.command(arguments);
        command
            .env_remove("TRADEIN_KEYS_FILE")
            .env("TRADEIN_DATA_DIR", folder.path());
        fails(command, &["tradein keys new --out", "TRADEIN_KEYS_FILE"]);
    }
    let found = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(found, 0, "keys were made up");
}

#[test]
fn settings_that_cannot_be_read_are_named() {
    let database = TestDatabase::new(Backend::Sqlite);
    for (variable, value) in [
        ("TRADEIN_BATCH", "many"),
        ("TRADEIN_LOG", "tradein=loud"),
        ("TRADEIN_LOG_FORMAT", "xml"),
    ] {
        let mut command = database.command(&["serve", "--listen", "127.0.0.1:0"]);
        command.env(variable, value);
        fails(command, &[variable]);
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_fault() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tradein"));
    command
        .arg("openapi")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut program = command.spawn().unwrap();
    let mut first = [0];
    let mut reading = program.stdout.take().unwrap();
    reading.read_exact(&mut first).unwrap();
    // The document is larger than what a pipe holds, so the program is still writing.
    drop(reading);
    let output = program.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(141));
    assert_eq!(stderr(&output), "");
}
