//! Backup and restore, with the commands of the operating document: what stands afterwards is what
//! stood at the moment, to the fen, and what came later is known to be missing.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tradein::domain::money::Fen;
use tradein::rehearse::Record;
use tradein::storage::DatabaseError;

use super::books::{Books, Check, Finding, Sums, assert_sound, check_kept, row};
use super::kill::assert_seen;
use super::replay::{Replayed, replay};
use super::scene::{Filing, Place, Pool, Scene, load_while};
use super::standing::{Standing, open};
use crate::support::effort::{seed, times};
use crate::support::folder::Folder;
use crate::support::{Backend, Cluster, TestDatabase};

const PROGRAMME: &str = "national-appliance-2025";

/// Claims of a load.
fn claims() -> u64 {
    times(120, 5_000)
}

/// Receipts that the second verifier is asked about, each by itself.
const ASKED: usize = 3;

/// Where the document keeps backups, and where keys.
const BACKUPS: &str = "/srv/backup";
const KEYS: &str = "/srv/keys";
const RESTORED: &str = "/srv/restored";

/// A block of a part of the document's section, with other places in it.
fn block(part: &str, number: usize, places: &[(&str, &Path)]) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/operating.md");
    let document = fs::read_to_string(path).unwrap();
    let (_, section) = document.split_once("\n## Backup and restore\n").unwrap();
    let (_, text) = section.split_once(&format!("\n### {part}\n")).unwrap();
    // Every other piece between fences is a block, and begins with its language.
    let block = text.split("\n```").nth(2 * number + 1).unwrap();
    let (_, text) = block.split_once('\n').unwrap();
    let mut text = format!("{text}\n");
    for (place, ours) in places {
        assert!(text.contains(place), "{part} {number}: {place}");
        text = text.replace(place, ours.to_str().unwrap());
    }
    text
}

/// What stood at a moment: what the service said of its pool, and what clients knew.
struct Noted {
    reconciled: Value,
    row: Sums,
    history: Vec<Record>,
    replayed: Replayed,
}

/// The sums of pool, claims and journal, and whether they are equal.
fn reconciled(scene: &Scene) -> Value {
    let output = scene.database.output(&["reconcile", "--json"]);
    let mut said: Value = serde_json::from_slice(&output.stdout).unwrap();
    for pool in said["pools"].as_array_mut().unwrap() {
        pool.as_object_mut().unwrap().remove("as_of").unwrap();
    }
    said
}

impl Noted {
    /// Loads the service to the end, and notes what stands then.
    fn load(scene: &Scene, seed: u64) -> Self {
        let history = scene.load(0, seed, claims()).history;
        Self::of(scene, seed, &history)
    }

    /// Notes what stands after a load, once all of its claims have their verdict.
    fn of(scene: &Scene, seed: u64, history: &[Record]) -> Self {
        let replayed = replay(scene, &scene.filing(0, seed), claims(), history);
        assert_sound("load", &replayed.findings);
        Self {
            reconciled: reconciled(scene),
            row: row(&mut scene.auditor_client(0), scene.pools[0].name),
            history: replayed.history.clone(),
            replayed,
        }
    }

    /// Whether a restored service says the same.
    fn compare(&self, scene: &Scene) -> Vec<Finding> {
        let books = Books::read(scene, 0);
        let mut found = books.check();
        let now = row(&mut scene.auditor_client(0), scene.pools[0].name);
        if now != self.row {
            let seen = format!("{now:?} instead of {:?}", self.row);
            found.push(Finding::new(Check::Sums, seen));
        }
        let now = reconciled(scene);
        if now != self.reconciled {
            let seen = format!("{now} instead of {}", self.reconciled);
            found.push(Finding::new(Check::Sums, seen));
        }
        found.extend(check_kept(&books.claims, &self.history));
        found.extend(self.replayed.check_receipts(scene, &books));
        found
    }

    fn receipts(&self) -> impl Iterator<Item = &str> {
        let answers = self.replayed.answers.values();
        answers.map(|answer| answer["receipt"].as_str().unwrap())
    }

    /// How many of some receipts the second verifier does not find in the journal.
    fn second_check(&self, scene: &Scene) -> usize {
        let folder = Folder::new();
        let keep = |name: &str, bytes: &[u8]| {
            let file = folder.path().join(name);
            fs::write(&file, bytes).unwrap();
            file
        };
        let mut client = scene.servers[0].client();
        let path = format!("/v1/public/journal/{}", scene.pools[0].name);
        let journal = keep("journal.jsonl", &client.get(&path).body);
        let jwks = keep("jwks.json", &client.get("/.well-known/jwks.json").body);
        let missing = self.receipts().take(ASKED).filter(|receipt| {
            let script = "tests/second_verifier/verify.py";
            let mut python = Command::new("python3");
            python.current_dir(env!("CARGO_MANIFEST_DIR"));
            python.args(["-B", script]).arg(&journal);
            python.arg("--jwks").arg(&jwks);
            python.arg("--receipts");
            python.arg(keep("receipts", format!("{receipt}\n").as_bytes()));
            !python.output().unwrap().status.success()
        });
        missing.count()
    }
}

/// No receipt that was given after the moment resolves, and both verifiers say so.
fn assert_known_as_missing(scene: &Scene, before: &Noted, after: &Noted) {
    let books = Books::read(scene, 0);
    let missing = after.replayed.check_receipts(scene, &books).len();
    assert_eq!(missing, after.receipts().count());
    assert_eq!(before.second_check(scene), 0);
    assert_eq!(after.second_check(scene), ASKED);
    println!("restored: all {missing} receipts from after the moment are known as missing");
}

/// The service that was restored goes on: whoever asks again gets a verdict.
fn assert_goes_on(scene: &Scene, seed: u64, after: &Noted) {
    let filing = scene.filing(0, seed);
    let again = replay(scene, &filing, claims(), &[]);
    assert_sound("asked again", &again.findings);
    assert_eq!(again.answers.len(), after.history.len());
    assert_sound("goes on", &Books::read(scene, 0).check());
}

/// With money for the first load and for a third of the second.
fn pool(seed: u64) -> Pool {
    let filing = Filing::new(PROGRAMME, seed);
    Pool {
        name: "restored",
        programme: PROGRAMME,
        remainder: "strict",
        cap: Fen::new(4 * filing.third(claims()).fen()).unwrap(),
    }
}

/// A fen more for one claim, by hand.
const CHANGE: &str = "UPDATE claims SET amount = amount + 1
    WHERE id = (SELECT id FROM claims WHERE amount > 0 ORDER BY id LIMIT 1)";

fn assert_change_is_seen(scene: &Scene, noted: &Noted) {
    scene.database.execute(CHANGE);
    assert_seen(&noted.compare(scene), Check::Verify);
}

/// A server that archives its log, as the document says.
struct Archive {
    cluster: Cluster,
    restored: Cluster,
}

impl Archive {
    fn new() -> Self {
        let cluster = Cluster::new(&[]);
        let place = cluster.socket();
        cluster.shell(&format!("mkdir {}/log", place.display()));
        cluster.set_text(&block("PostgreSQL", 0, &[(BACKUPS, &place)]));
        cluster.stop();
        cluster.start();
        Self {
            cluster,
            restored: Cluster::empty(),
        }
    }

    /// The document's commands for the backup.
    fn back_up(&self) {
        let place = self.cluster.socket();
        let script = block("PostgreSQL", 1, &[(BACKUPS, &place)]);
        self.cluster.shell(&script);
    }

    /// The document's commands for restoring, and a server on what they give.
    fn restore(&self, moment: &str) {
        let (place, data) = (self.cluster.socket(), self.restored.data());
        let places = [
            (BACKUPS, &*place),
            (RESTORED, &*data),
            ("2025-06-03 12:00:00+08", Path::new(moment)),
        ];
        self.restored.shell(&block("PostgreSQL", 2, &places));
        self.restored.listen();
        self.restored.start();
        self.restored.until("SELECT pg_is_in_recovery()", "f");
    }
}

#[test]
fn postgresql_is_restored_to_a_chosen_moment() {
    let seed = seed("restored Postgres");
    let archive = Archive::new();
    let database = TestDatabase::on(&archive.cluster);
    let mut scene = Scene::on(database, 1, &[pool(seed)], &[]);
    archive.back_up();
    let before = Noted::load(&scene, seed);
    let moment = archive.cluster.ask("SELECT clock_timestamp()");
    let after = Noted::load(&scene, seed + 1);
    assert_ne!(before.reconciled, after.reconciled);
    scene.servers.clear();
    // Ended in an orderly way, it archives the rest of its log.
    archive.cluster.stop();
    archive.restore(&moment);
    let (old, new) = (archive.cluster.socket(), archive.restored.socket());
    let url = scene.database.url();
    let url = url.replace(old.to_str().unwrap(), new.to_str().unwrap());
    scene.database.move_to(url);
    scene.start();
    assert_sound("restored", &before.compare(&scene));
    assert_known_as_missing(&scene, &before, &after);
    assert_goes_on(&scene, seed + 1, &after);
    assert_change_is_seen(&scene, &before);
}

/// Runs the service on a copy of its database.
fn restore_file(scene: &mut Scene, copy: &Path) {
    let old = scene.database.data_dir().join("keys.toml");
    let restored = TestDatabase::new(Backend::Sqlite);
    let (backups, place) = (copy.parent().unwrap(), restored.data_dir());
    let places = [
        (BACKUPS, backups),
        (KEYS, old.parent().unwrap()),
        (RESTORED, place),
    ];
    let mut script = block("SQLite", 1, &places);
    script = script.replace(
        "tradein.backup",
        copy.file_name().unwrap().to_str().unwrap(),
    );
    run(&scene.database, &script);
    scene.servers.clear();
    scene.database = restored;
    scene.start();
}

/// Runs a script with the program on its path, for this database.
fn run(database: &TestDatabase, script: &str) -> Output {
    let program = Path::new(env!("CARGO_BIN_EXE_tradein")).parent().unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new("bash");
    command.args(["-c", &format!("set -euo pipefail\n{script}")]);
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command.env("PATH", format!("{}:{path}", program.display()));
    command.env("TRADEIN_DATABASE_URL", database.url());
    command.env("TRADEIN_DATA_DIR", database.data_dir());
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script}\n{said}");
    output
}

#[test]
fn sqlite_is_restored_from_a_copy_that_was_taken_while_it_was_used() {
    let seed = seed("restored Sqlite");
    let mut scene = Scene::new(Place::one(Backend::Sqlite), &[pool(seed)]);
    let folder = Folder::new();
    let between = folder.path().join("tradein.backup");
    let (amidst, naive) = (folder.path().join("amidst"), folder.path().join("naive"));
    // Somebody reads for a long time: what comes meanwhile is kept in the log.
    let mut reader = open(&scene.database);
    let before = reader
        .snapshot(|conn| {
            Standing::read(conn, "restored");
            let before = Noted::load(&scene, seed);
            let script = block("SQLite", 0, &[(BACKUPS, folder.path())]);
            run(&scene.database, &script);
            fs::copy(scene.database.file(), &naive).unwrap();
            Ok::<_, DatabaseError>(before)
        })
        .unwrap();
    drop(reader);
    let plan = scene.plan(0, seed + 1, claims());
    let report = load_while(&plan, claims() / 3, || {
        scene.database.run(&["backup", amidst.to_str().unwrap()]);
    });
    let after = Noted::of(&scene, seed + 1, &report.history);
    restore_file(&mut scene, &between);
    assert_sound("restored", &before.compare(&scene));
    assert_known_as_missing(&scene, &before, &after);
    assert_goes_on(&scene, seed + 1, &after);

    restore_file(&mut scene, &amidst);
    let books = Books::read(&scene, 0);
    assert_sound("amidst", &books.check());
    assert_sound("amidst", &check_kept(&books.claims, &before.history));
    let (least, most) = (claims() + claims() / 3, 2 * claims());
    let stands = books.claims.len() as u64;
    println!("restored: of {most} claims {stands} are in the copy that was taken amidst");
    assert!((least..=most).contains(&stands), "{stands}");

    restore_file(&mut scene, &between);
    assert_change_is_seen(&scene, &before);
    restore_file(&mut scene, &naive);
    assert_seen(&before.compare(&scene), Check::Lost);
}

#[test]
fn a_backup_overwrites_nothing_and_copies_only_what_is_there() {
    let folder = Folder::new();
    let file = folder.path().join("copy");
    let argument = file.to_str().unwrap();
    let said = |database: &TestDatabase| {
        let output = database.output(&["backup", argument]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.success(), said)
    };
    let database = TestDatabase::new(Backend::Sqlite);
    let (done, why) = said(&database);
    assert!(!done && why.contains("there is no database"), "{why}");
    assert!(!file.exists() && !database.file().exists());
    database.load_programmes(&[PROGRAMME]);
    fs::write(&file, "somebody's").unwrap();
    let (done, why) = said(&database);
    assert!(!done && why.contains("exists"), "{why}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "somebody's");
    fs::remove_file(&file).unwrap();
    let printed = database.run(&["backup", argument]);
    for word in ["keys.toml", "papers", argument] {
        assert!(printed.contains(word), "{printed}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    let (done, why) = said(&TestDatabase::new(Backend::Postgres));
    assert!(!done && why.contains("pg_basebackup"), "{why}");
}
