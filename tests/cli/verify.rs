//! `verify` on a database and on a public export.

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};

use super::support::claims::claim;
use super::support::folder::Folder;
use super::support::{Backend, TestDatabase};
use super::{CARS, POOL, on_both, set_up, stderr, stdout};

/// Three claims, and the public journal of the pool as a file.
fn exported(database: &TestDatabase, folder: &Folder) -> (String, String) {
    let credentials = set_up(database, "1000000");
    let server = database.serve();
    let mut client = server.client_of(&credentials);
    for i in 0..3 {
        assert_eq!(
            client.file(&format!("verify-{i}"), &claim(CARS)).status,
            201
        );
    }
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let journal = client.get(&format!("/v1/public/journal/{POOL}"));
    assert_eq!(journal.status, 200);
    let keys = client.get("/.well-known/jwks.json");
    (
        write("journal.jsonl", &journal.body),
        write("jwks.json", &keys.body),
    )
}

fn tamper(database: &TestDatabase, statement: &str) {
    match database.backend() {
        Backend::Sqlite => SqliteConnection::establish(database.file().to_str().unwrap())
            .unwrap()
            .batch_execute(statement)
            .unwrap(),
        Backend::Postgres => {
            PgConnection::establish(database.url())
                .unwrap()
                .batch_execute(statement)
                .unwrap();
        }
    }
}

#[test]
fn a_clean_database_is_one_line_a_pool_and_exit_0() {
    on_both(|database| {
        let folder = Folder::new();
        exported(database, &folder);
        let text = database.run(&["verify"]);
        let mine: Vec<&str> = text
            .lines()
            .filter(|l| l.starts_with(&format!("{POOL}: ok")))
            .collect();
        assert_eq!(mine.len(), 1, "{text}");
        assert!(
            mine[0].contains("4 entries") && mine[0].contains("cap 1000000.00"),
            "{text}"
        );
        let json = database.run_json(&["verify", "--json"]);
        assert_eq!(json["ok"], true);
        let pools = json["pools"].as_array().unwrap();
        assert!(
            pools.iter().any(|p| p["pool"] == POOL && p["entries"] == 4),
            "{json}"
        );
    });
}

#[test]
fn a_database_that_is_not_there_is_not_in_order() {
    let database = TestDatabase::new(Backend::Sqlite);
    let output = database.output(&["verify"]);
    assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
    assert!(
        stderr(&output).contains("tradein.db"),
        "{}",
        stderr(&output)
    );
    assert!(!database.file().exists(), "an empty database was made");
}

#[test]
fn a_changed_database_is_exit_1_and_the_first_broken_entry() {
    for (i, statement) in [
        "UPDATE journal SET amount = amount + 1 WHERE seq = 3",
        "UPDATE claims SET amount = amount + 1",
        "UPDATE claims SET state = 'withdrawn'",
        "UPDATE pools SET free = free - 100, paid = paid + 100 WHERE cap > 0",
        "DELETE FROM claims",
        "DELETE FROM journal WHERE seq = 4",
    ]
    .into_iter()
    .enumerate()
    {
        let backend = Backend::ALL[i % 2];
        let database = TestDatabase::new(backend);
        let folder = Folder::new();
        exported(&database, &folder);
        tamper(&database, statement);
        let output = database.output(&["verify"]);
        assert_eq!(
            output.status.code(),
            Some(1),
            "{backend:?} {statement}: {}",
            stdout(&output)
        );
        assert!(
            stderr(&output).starts_with("broken: "),
            "{statement}: {}",
            stderr(&output)
        );
        let json = database.output(&["verify", "--json"]);
        assert_eq!(json.status.code(), Some(1));
        let printed: serde_json::Value = serde_json::from_str(&stdout(&json)).unwrap();
        assert_eq!(printed["ok"], false);
        assert!(
            printed["broken"]["code"].is_string() && printed["broken"]["pool"] == POOL,
            "{printed}"
        );
    }
}

#[test]
fn an_export_is_verified_without_the_database() {
    on_both(|database| {
        let folder = Folder::new();
        let (journal, jwks) = exported(database, &folder);
        let offline = TestDatabase::new(Backend::Sqlite);
        let run = |arguments: &[&str]| {
            let mut command = offline.command(arguments);
            command.env_remove("TRADEIN_DATABASE_URL");
            command.output().unwrap()
        };
        let output = run(&["verify", "--export", &journal]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert!(
            stdout(&output).starts_with(&format!("{POOL}: ok, 4 entries")),
            "{}",
            stdout(&output)
        );
        let output = run(&["verify", "--export", &journal, "--jwks", &jwks, "--json"]);
        let printed: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
        assert_eq!(
            (output.status.code(), printed["ok"].as_bool()),
            (Some(0), Some(true))
        );
        assert!(!offline.file().exists(), "a database was opened");
    });
}

#[test]
fn the_database_of_the_environment_does_not_stand_in_the_way_of_an_export() {
    let database = TestDatabase::new(Backend::Sqlite);
    let folder = Folder::new();
    let (journal, _) = exported(&database, &folder);
    let output = database.output(&["verify", "--export", &journal]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

#[test]
fn an_edited_export_is_exit_1() {
    let database = TestDatabase::new(Backend::Sqlite);
    let folder = Folder::new();
    let (journal, _) = exported(&database, &folder);
    let text = std::fs::read_to_string(&journal).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 5, "{text}");
    let without = |n: usize| {
        let kept: Vec<&str> = lines
            .iter()
            .enumerate()
            .filter(|(i, _)| *i != n)
            .map(|(_, l)| *l)
            .collect();
        kept.join("\n") + "\n"
    };
    let mut swapped = lines.clone();
    swapped.swap(1, 2);
    for (what, edited) in [
        ("an amount", text.replacen("1000000.00", "1000001.00", 1)),
        ("an entry gone", without(1)),
        ("the last entry gone", without(3)),
        ("the checkpoint gone", without(4)),
        ("two entries in another order", swapped.join("\n") + "\n"),
        ("cut in a line", text[..text.len() / 2].to_owned()),
        ("nothing at all", String::new()),
    ] {
        let file = folder.path().join("edited.jsonl");
        std::fs::write(&file, edited).unwrap();
        let mut command = database.command(&["verify", "--export", file.to_str().unwrap()]);
        let output = command.env_remove("TRADEIN_DATABASE_URL").output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{what}: {}", stdout(&output));
        assert!(!stderr(&output).is_empty(), "{what}");
    }
}
