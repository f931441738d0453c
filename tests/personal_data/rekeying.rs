//! Another sealing key while claims come in: nothing is lost, nothing is left under the old key,
//! and what was passed over is seen.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::CARS;
use super::support::claims::SELLER;
use super::support::effort::{seed, times};
use super::support::{Backend, Credentials, Server, TestDatabase};

const POOL: &str = "rekeyed";

struct Keyed {
    database: TestDatabase,
    dealer: Credentials,
    seed: u64,
}

impl Keyed {
    fn new(backend: Backend, suite: &str) -> Self {
        let database = TestDatabase::new(backend);
        // Before any other command, which would make keys of its own.
        let file = database.data_dir().join("keys.toml");
        let made = Command::new(env!("CARGO_BIN_EXE_tradein"))
            .args(["keys", "new", "--suite", suite, "--out"])
            .arg(&file)
            .output();
        assert!(made.unwrap().status.success());
        database.load_programmes(&[CARS]);
        database.create_pool(POOL, "20000000000", &[CARS]);
        let dealer = database.add_dealer(SELLER, "济源示例商贸有限公司", &[CARS]);
        Self {
            database,
            dealer,
            seed: seed(&format!("re-keying {backend:?} {suite}")),
        }
    }

    fn file(&self) -> PathBuf {
        self.database.data_dir().join("keys.toml")
    }

    /// Starts filing `claims` made of this seed and the `part`.
    fn rehearse(&self, server: &Server, part: u64, claims: u64) -> Child {
        let (seed, claims) = ((self.seed * 2 + part).to_string(), claims.to_string());
        let mut command = self.database.command(&["rehearse", "--json"]);
        command
            .args(["--programme", CARS, "--url", server.url()])
            .args(["--client-id", &self.dealer.client_id])
            .args(["--client-secret", &self.dealer.client_secret])
            .args(["--seller", SELLER, "--seed", &seed, "--claims", &claims])
            .args(["--connections", "16", "--attempts", "20"])
            .stdout(Stdio::piped());
        command.spawn().unwrap()
    }

    /// Every claim has its verdict.
    fn all_answered(load: Child, claims: u64) {
        let output = load.wait_with_output().unwrap();
        assert!(output.status.success());
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["outcomes"]["reserved"], claims, "{report}");
    }

    fn reseal(&self, more: &[&str]) -> (bool, String) {
        let output = self.database.output(&[&["keys", "reseal"], more].concat());
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(said).unwrap())
    }

    fn rotate(&self, suite: &str) {
        let file = self.file();
        let file = file.to_str().unwrap();
        self.database
            .run(&["keys", "rotate", "--file", file, "--suite", suite]);
    }

    /// Takes the first sealing key out of the file.
    fn forget_the_old_key(&self) {
        let text = fs::read_to_string(self.file()).unwrap();
        let (before, after) = text.split_once("[[sealing]]\nid = 1\n").unwrap();
        let (_, after) = after.split_once("\n\n").unwrap();
        fs::write(self.file(), format!("{before}{after}")).unwrap();
    }
}

/// Claims before the change, and while it goes on.
fn many() -> (u64, u64) {
    (times(2_000, 1_000_000), times(600, 100_000))
}

fn nothing_is_lost(backend: Backend, suite: &str, (before, during): (u64, u64)) {
    let keyed = Keyed::new(backend, suite);
    let mut server = keyed.database.serve();
    Keyed::all_answered(keyed.rehearse(&server, 0, before), before);
    assert!(server.stop().success());
    keyed
        .database
        .execute("CREATE TABLE kept AS SELECT id, sealed FROM claims ORDER BY id LIMIT 1");

    keyed.rotate(suite);
    let mut server = keyed.database.serve();
    let load = keyed.rehearse(&server, 1, during);
    let (done, said) = keyed.reseal(&[]);
    Keyed::all_answered(load, during);
    assert!(done, "{said}");
    let line = said.lines().find(|l| l.starts_with("claims.sealed"));
    assert!(line.unwrap().contains(&format!(" {before},")), "{said}");
    println!("{backend:?} {suite}, {during} claims meanwhile: {said}");

    // Planted: a row that was passed over.
    keyed.database.execute(
        "UPDATE claims SET sealed = (SELECT sealed FROM kept) WHERE id = (SELECT id FROM kept)",
    );
    let (done, said) = keyed.reseal(&["--check"]);
    assert!(!done && said.contains("in all: 1\n"), "{said}");
    let (done, said) = keyed.reseal(&[]);
    assert!(done && said.contains("in all: 0\n"), "{said}");
    keyed.database.execute("DROP TABLE kept");
    assert!(server.stop().success());

    keyed.forget_the_old_key();
    let verified = keyed.database.run(&["verify"]);
    let claims = before + during;
    assert!(
        verified.contains(&format!(" {claims} claims")),
        "{verified}"
    );
    let server = keyed.database.serve();
    let mut client = server.client_of(&keyed.dealer);
    let some = client.get("/v1/claims?limit=100").json();
    let some = some["items"].as_array().unwrap();
    assert_eq!(some.len(), 100);
    for claim in some {
        let path = format!("/v1/claims/{}", claim["id"].as_str().unwrap());
        assert_eq!(client.get(&path).status, 200);
    }
}

#[test]
fn keys_change_under_load_on_sqlite() {
    nothing_is_lost(Backend::Sqlite, "standard", many());
}

#[test]
fn keys_change_under_load_on_postgres() {
    nothing_is_lost(Backend::Postgres, "standard", many());
}

#[test]
fn the_national_suite_serves_and_changes_keys_on_sqlite() {
    nothing_is_lost(Backend::Sqlite, "sm", (400, 200));
}

#[test]
fn the_national_suite_serves_and_changes_keys_on_postgres() {
    nothing_is_lost(Backend::Postgres, "sm", (400, 200));
}
