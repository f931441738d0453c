//! schemathesis makes up requests from the document of the API and holds every answer against it:
//! no 5xx, and no status, type, header or body that the document does not name.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::support::Backend;
use crate::support::effort::{seed, times};
use crate::support::folder::Folder;
use crate::world::World;

const DOCUMENT: &str = "tests/data/openapi.json";
const HOOKS: &str = "tests/fuzzed/hooks.py";
/// Where `tests/run.sh` puts it.
const PROGRAM: &str = "target/schemathesis/bin/schemathesis";
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_headers_conformance,response_schema_conformance";

const PHASES: &str = "examples,coverage,fuzzing";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// One run of schemathesis.
struct Run<'a> {
    url: &'a str,
    document: PathBuf,
    /// What [`HOOKS`] read.
    world: Value,
    seed: u64,
    /// For each operation.
    examples: u64,
    seconds: Option<u64>,
    /// Of schemathesis, with commas between them.
    phases: &'a str,
    /// All operations where there is none.
    only: Option<&'a str>,
}

/// What came of it.
struct Told {
    passed: bool,
    text: String,
    /// How often each operation gave which status.
    answers: BTreeMap<String, BTreeMap<String, u64>>,
}

impl Told {
    fn answers(&self, wanted: impl Fn(&str) -> bool) -> u64 {
        let all = self.answers.values().flatten();
        all.filter(|(status, _)| wanted(status))
            .map(|(_, n)| n)
            .sum()
    }

    /// The operations that were never done as they should be.
    fn never_good(&self) -> Vec<&str> {
        let good = |answers: &BTreeMap<String, u64>| answers.keys().any(|s| s.starts_with('2'));
        let all = self.answers.iter().filter(|(_, answers)| !good(answers));
        all.map(|(operation, _)| operation.as_str()).collect()
    }
}

impl Run<'_> {
    fn go(&self) -> Told {
        let program = root().join(PROGRAM);
        assert!(
            program.exists(),
            "{PROGRAM} is missing: run the tests with `bash tests/run.sh`"
        );
        let folder = Folder::new();
        let world = folder.path().join("world.json");
        std::fs::write(&world, self.world.to_string()).unwrap();
        let answers = folder.path().join("answers.json");
        let mut command = Command::new(program);
        command
            .arg("run")
            .arg(&self.document)
            .args(["--url", self.url, "--checks", CHECKS, "--no-color"])
            .args(["--phases", self.phases])
            .args(["--workers", "1", "--no-shrink", "--continue-on-failure"])
            .args(["--warnings", "off", "--generation-database", "none"])
            .args(["--suppress-health-check", "all"])
            .args(["--seed", &self.seed.to_string()])
            .args(["--max-examples", &self.examples.to_string()]);
        // Without it each phase ends by itself.
        if let Some(seconds) = self.seconds {
            command.args(["--max-time", &seconds.to_string()]);
        }
        if let Some(operation) = self.only {
            command.args(["--include-operation-id", operation]);
        }
        let output = command
            .env("SCHEMATHESIS_HOOKS", root().join(HOOKS))
            .env("TRADEIN_FUZZED_WORLD", &world)
            .env("TRADEIN_FUZZED_ANSWERS", &answers)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .current_dir(folder.path())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        Told {
            passed: output.status.success(),
            text: text + &String::from_utf8_lossy(&output.stderr),
            answers: serde_json::from_slice(&std::fs::read(&answers).unwrap()).unwrap(),
        }
    }
}

/// Good answers that a run has at least: one that is refused everywhere tests nothing.
const LEAST_GOOD: u64 = 40;

#[test]
fn no_answer_breaks_the_document() {
    for backend in Backend::ALL {
        let seed = seed(&format!("schemathesis {backend:?}"));
        let mut world = World::new(backend);
        let told = Run {
            world: world.told(),
            url: world.scene.server.url(),
            document: root().join(DOCUMENT),
            seed,
            examples: times(2, 1_000),
            seconds: Some(times(0, 900)).filter(|seconds| *seconds > 0),
            phases: match (backend, times(0, 1)) {
                (Backend::Postgres, 0) => "fuzzing",
                _ => PHASES,
            },
            only: None,
        }
        .go();
        assert!(told.passed, "on {backend:?}\n{}", told.text);
        let good = told.answers(|status| status.starts_with('2'));
        println!(
            "{} requests to {} operations on {backend:?}, {good} good answers; never good: {:?}",
            told.answers(|_| true),
            told.answers.len(),
            told.never_good()
        );
        assert!(good >= LEAST_GOOD, "{:?}", told.answers);
        let verified = world.scene.database.run_json(&["verify", "--json"]);
        assert_eq!(verified["ok"], true, "{verified}");
    }
}

/// The document with a lie in it.
fn lying(folder: &Folder, lie: impl FnOnce(&mut Value)) -> PathBuf {
    let text = std::fs::read_to_string(root().join(DOCUMENT)).unwrap();
    let mut document = serde_json::from_str(&text).unwrap();
    lie(&mut document);
    let path = folder.path().join("openapi.json");
    std::fs::write(&path, document.to_string()).unwrap();
    path
}

#[test]
fn planted_lies_of_the_document_and_faults_of_a_service_are_found() {
    let mut world = World::new(Backend::Sqlite);
    let folder = Folder::new();
    let told = world.told();
    let run = |document: PathBuf, operation: &str, url: &str| {
        Run {
            url,
            document,
            world: told.clone(),
            seed: 1,
            examples: 5,
            seconds: None,
            phases: PHASES,
            only: Some(operation),
        }
        .go()
    };
    let url = world.scene.server.url();
    let expect = |told: Told, words: &str| {
        assert!(
            !told.passed && told.text.contains(words),
            "{words}: {}",
            told.text
        );
        println!("found: {words}");
    };
    let honest = run(root().join(DOCUMENT), "listPools", url);
    assert!(honest.passed, "{}", honest.text);
    let member = lying(&folder, |document| {
        let required = &mut document["components"]["schemas"]["PoolPage"]["required"];
        required.as_array_mut().unwrap().push("a_lie".into());
    });
    expect(run(member, "listPools", url), "Response violates schema");
    let status = lying(&folder, |document| {
        let answers = &mut document["paths"]["/livez"]["get"]["responses"];
        answers.as_object_mut().unwrap().remove("200");
    });
    expect(run(status, "isAlive", url), "Undocumented status code");
    let kind = lying(&folder, |document| {
        let good = &mut document["paths"]["/livez"]["get"]["responses"]["200"]["content"];
        *good = json!({"text/html": {"schema": {"type": "string"}}});
    });
    expect(run(kind, "isAlive", url), "Undocumented");
    let broken = always_500();
    expect(
        run(root().join(DOCUMENT), "isAlive", &broken),
        "Server error",
    );
}

/// The address of a service that answers everybody with 500, as the document says it may.
fn always_500() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _asked = stream.read(&mut [0; 4096]);
            let _told = stream.write_all(
                b"HTTP/1.1 500 x\r\ncontent-type: application/problem+json\r\n\
                  connection: close\r\ncontent-length: 2\r\n\r\n{}",
            );
        }
    });
    url
}
