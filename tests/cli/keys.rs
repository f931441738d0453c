//! Key files: made once, readable by their owner only, and never shown.

use std::os::unix::fs::{MetadataExt, PermissionsExt};

use super::support::claims::claim;
use super::support::folder::Folder;
use super::support::{Backend, TestDatabase};
use super::{CARS, on_both, set_up, stderr, stdout};

fn mode(path: &std::path::Path) -> u32 {
    std::fs::metadata(path).unwrap().mode() & 0o7777
}

/// The random parts of a key file.
fn secrets(path: &std::path::Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap();
    let long = |word: &&str| word.len() >= 40;
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || "-_".contains(c)));
    words.filter(long).map(str::to_owned).collect()
}

#[test]
fn the_embedded_default_makes_keys_and_says_so_once() {
    let database = TestDatabase::new(Backend::Sqlite);
    let mut server = database.serve();
    assert_eq!(server.client().get("/livez").status, 200);
    let file = database.data_dir().join("keys.toml");
    assert_eq!(mode(&file), 0o600);
    assert!(server.stop().success());
    let said = server.stderr();
    assert!(
        said.contains(file.to_str().unwrap()) && said.contains("0600"),
        "{said}"
    );
    let before = std::fs::read(&file).unwrap();
    let mut again = database.serve();
    assert_eq!(again.client().get("/livez").status, 200);
    assert!(again.stop().success());
    assert!(!again.stderr().contains("keys"), "{}", again.stderr());
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

#[test]
fn new_keys_never_overwrite_old_ones() {
    let database = TestDatabase::new(Backend::Sqlite);
    let folder = Folder::new();
    let file = folder.path().join("keys.toml");
    let out = file.to_str().unwrap();
    let text = database.run(&["keys", "new", "--out", out]);
    assert!(text.contains("keep a copy safe"), "{text}");
    assert_eq!(mode(&file), 0o600);
    let before = std::fs::read(&file).unwrap();
    let again = database.output(&["keys", "new", "--out", out]);
    assert_eq!(again.status.code(), Some(1));
    assert!(stderr(&again).contains(out));
    assert_eq!(std::fs::read(&file).unwrap(), before);
    let nowhere = database.output(&["keys", "new", "--out", "/dev/null/keys.toml"]);
    assert_eq!(nowhere.status.code(), Some(1));
    assert!(stderr(&nowhere).contains("/dev/null/keys.toml"));
}

#[test]
fn keys_that_others_may_read_are_refused() {
    on_both(|database| {
        database.run(&["pool", "show"]);
        database.run(&["verify"]);
        let file = database.data_dir().join("keys.toml");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
        let output = database.output(&["verify"]);
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains("chmod 600"), "{}", stderr(&output));
    });
}

#[test]
fn keys_may_come_from_the_environment() {
    let database = TestDatabase::new(Backend::Postgres);
    database.run(&["pool", "show"]);
    let content = std::fs::read_to_string(database.keys_file().unwrap()).unwrap();
    let empty = Folder::new();
    let mut command = database.command(&["verify"]);
    command
        .env_remove("TRADEIN_KEYS_FILE")
        .env("TRADEIN_DATA_DIR", empty.path());
    command.env("TRADEIN_KEYS", content);
    assert!(command.output().unwrap().status.success());
    let mut broken = database.command(&["verify"]);
    broken.env("TRADEIN_KEYS", "canary = \"canary-key-material\"");
    let output = broken.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        !stderr(&output).contains("canary-key-material"),
        "{}",
        stderr(&output)
    );
}

/// Who loads packs or opens pools need not be able to read claims.
#[test]
fn commands_without_personal_data_need_no_keys() {
    let database = TestDatabase::new(Backend::Postgres);
    let empty = Folder::new();
    let mut command = database.command(&["pool", "show"]);
    command
        .env_remove("TRADEIN_KEYS_FILE")
        .env("TRADEIN_DATA_DIR", empty.path());
    assert!(command.output().unwrap().status.success());
}

#[test]
fn no_secret_is_written_to_standard_error() {
    on_both(|database| {
        let credentials = set_up(database, "1000000");
        let staff = database.add_staff("chen", "auditor");
        let mut seen = String::new();
        for arguments in [
            &["pool", "show"][..],
            &["verify"],
            &[
                "dealer",
                "add",
                "--uscc",
                super::SELLER,
                "--name",
                "x",
                "--json",
            ],
            &[
                "keys",
                "new",
                "--out",
                database.data_dir().join("more.toml").to_str().unwrap(),
            ],
            &["pool", "show", "nowhere"],
        ] {
            let mut command = database.command(arguments);
            let output = command.env("TRADEIN_LOG", "trace").output().unwrap();
            seen += &stderr(&output);
            if arguments[0] == "dealer" {
                let json: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
                assert!(!seen.contains(json["client_secret"].as_str().unwrap()));
            }
        }
        let mut server = database.serve_with(|command| {
            command.env("TRADEIN_LOG", "trace");
        });
        let token = server
            .client()
            .token(&credentials.client_id, &credentials.client_secret);
        let mut client = server.client().with_token(&token);
        assert_eq!(client.file("secrets-1", &claim(CARS)).status, 201);
        let wrong = format!(
            "grant_type=client_credentials&client_id={}&client_secret=x{}",
            staff.client_id, staff.client_secret
        );
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        assert_eq!(
            server
                .client()
                .call("POST", "/oauth/token", &headers, wrong.as_bytes())
                .status,
            401
        );
        assert!(server.stop().success());
        seen += &server.stderr();
        let mut hidden = secrets(&database.data_dir().join("keys.toml"));
        assert!(
            hidden.len() >= 4,
            "the key file has no secrets that this test knows"
        );
        hidden.extend([credentials.client_secret, staff.client_secret, token]);
        let found = hidden
            .iter()
            .filter(|secret| seen.contains(secret.as_str()))
            .count();
        assert_eq!(found, 0, "{found} secrets in the logs");
        assert!(
            seen.contains("answered"),
            "nothing was logged that could hold a secret"
        );
    });
}
