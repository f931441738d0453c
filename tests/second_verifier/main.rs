//! A second verifier, in another language and written from the documents alone, agrees about what the
//! service published, and finds every change that somebody with all rights makes to it.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tradein::rehearse::Profile;
use tradein::rehearse::generate::{Generator, uscc};

#[path = "../support/mod.rs"]
mod support;

use support::effort::{seed, times};
use support::http::Client;
use support::{Backend, TestDatabase};

const PROGRAMME: &str = "henan-car-replacement-2025";
/// Changes that are tried on each database.
const CHANGES: (u64, u64) = (300, 10_000);

fn python(script: &str, folder: &Path, more: &[&str]) -> Output {
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/second_verifier")
        .join(script);
    let mut command = Command::new("python3");
    command
        .arg("-B")
        .arg(script)
        .arg(folder.join("journal.jsonl"));
    for (flag, file) in [
        ("--jwks", "jwks.json"),
        ("--receipts", "receipts"),
        ("--heads", "heads"),
    ] {
        command.arg(flag).arg(folder.join(file));
    }
    command.args(more).output().unwrap()
}

/// The checkpoint that ends the journal now, as a line.
fn head(client: &mut Client) -> String {
    let journal = String::from_utf8(client.get("/v1/public/journal/cars").body).unwrap();
    format!("{}\n", journal.lines().last().unwrap())
}

/// What a service publishes of a pool in which claims are held, wait, are taken back and come up.
fn publish(database: &TestDatabase) {
    database.load_programmes(&[PROGRAMME]);
    database.create_pool("cars", "200000", &[PROGRAMME]);
    let code = uscc(1);
    let dealer = database.add_dealer(&code, "济源示例汽车", &[PROGRAMME]);
    let server = database.serve();
    let mut client = server.client();
    let token = client.token(&dealer.client_id, &dealer.client_secret);
    let mut client = client.with_token(&token);
    let generator = Generator::new(Profile::of(PROGRAMME).unwrap(), 7);
    let (mut receipts, mut heads) = (String::new(), String::new());
    for index in 0..30 {
        let claim: Value = serde_json::from_str(&generator.body(index, &code)).unwrap();
        let answer = client.file(&format!("second-verifier-{index}"), &claim);
        assert_eq!(answer.status, 201, "{answer:?}");
        receipts += answer.json()["receipt"].as_str().unwrap();
        receipts.push('\n');
        if index % 4 == 0 {
            let path = format!(
                "/v1/claims/{}/withdraw",
                answer.json()["id"].as_str().unwrap()
            );
            let withdrawn = client.call("POST", &path, &[("if-match", "\"1\"")], b"");
            assert_eq!(withdrawn.status, 200, "{withdrawn:?}");
        }
        if index % 10 == 9 {
            heads += &head(&mut client);
        }
    }
    database.run(&["pool", "top-up", "cars", "50000"]);
    // Whoever has the signing key may cut off what nobody has seen: so the last head is kept, too.
    heads += &head(&mut client);
    let folder = database.data_dir();
    let keep = |name: &str, bytes: &[u8]| std::fs::write(folder.join(name), bytes).unwrap();
    keep("journal.jsonl", &client.get("/v1/public/journal/cars").body);
    keep("jwks.json", &client.get("/.well-known/jwks.json").body);
    keep("receipts", receipts.as_bytes());
    keep("heads", heads.as_bytes());
}

#[test]
fn both_verifiers_agree_and_the_second_finds_every_change() {
    for backend in Backend::ALL {
        let database = TestDatabase::new(backend);
        publish(&database);
        let folder = database.data_dir();
        let export = folder.join("journal.jsonl");
        database.run(&["verify", "--export", export.to_str().unwrap()]);
        let verified = python("verify.py", folder, &[]);
        assert!(verified.status.success(), "{verified:?}");
        let said = String::from_utf8(verified.stdout).unwrap();
        assert!(said.starts_with("cars: "), "{said}");

        let count = times(CHANGES.0, CHANGES.1).to_string();
        let seed = seed(&format!("tampering {backend:?}")).to_string();
        let tried = python("tamper.py", folder, &["--count", &count, "--seed", &seed]);
        println!("{backend:?}: {}", String::from_utf8_lossy(&tried.stdout));
        assert!(tried.status.success(), "{tried:?}");
    }
}
