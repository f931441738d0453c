//! What the program is made of: everything that is locked stands in the bill of materials and comes
//! from one place, nothing of ours is `unsafe`, and no secret lies in the tree or in its history.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

const BILL: &str = "docs/sbom.json";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The packages of a lock file.
fn locked(lock: &str) -> Vec<toml::Table> {
    let lock: toml::Table = lock.parse().unwrap();
    let packages = lock["package"].as_array().unwrap();
    let packages = packages.iter().map(|p| p.as_table().unwrap().clone());
    packages.collect()
}

fn text<'a>(package: &'a toml::Table, name: &str) -> &'a str {
    package
        .get(name)
        .and_then(toml::Value::as_str)
        .unwrap_or("")
}

/// The bill of materials of a lock file (CycloneDX 1.6).
fn bill(lock: &str) -> Value {
    let others = locked(lock)
        .into_iter()
        .filter(|p| text(p, "name") != "tradein");
    let component = |package: toml::Table| {
        let (name, version) = (text(&package, "name"), text(&package, "version"));
        json!({
            "type": "library",
            "name": name,
            "version": version,
            "purl": format!("pkg:cargo/{name}@{version}"),
            "hashes": [{"alg": "SHA-256", "content": text(&package, "checksum")}],
        })
    };
    json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "tradein"}},
        "components": others.map(component).collect::<Vec<_>>(),
    })
}

/// What is wrong with where packages come from.
fn strange_sources(lock: &str) -> Vec<String> {
    let others = || {
        locked(lock)
            .into_iter()
            .filter(|p| text(p, "name") != "tradein")
    };
    let sources: BTreeSet<String> = others().map(|p| text(&p, "source").to_owned()).collect();
    let mut strange: Vec<String> = others()
        .filter(|p| !text(p, "source").starts_with("registry+") || text(p, "checksum").len() != 64)
        .map(|p| text(&p, "name").to_owned())
        .collect();
    if sources.len() > 1 {
        strange.push(format!("{} sources", sources.len()));
    }
    strange
}

fn lock() -> String {
    fs::read_to_string(root().join("Cargo.lock")).unwrap()
}

#[test]
fn the_bill_of_materials_lists_the_whole_lock_file() {
    let made = format!(
        "{}\n",
        serde_json::to_string_pretty(&bill(&lock())).unwrap()
    );
    let path = root().join(BILL);
    if std::env::var_os("TRADEIN_BLESS").is_some() {
        fs::write(&path, &made).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == made,
        "{BILL} is not of this lock file: TRADEIN_BLESS=1 makes it anew"
    );
    let listed = bill(&lock())["components"].as_array().unwrap().len();
    println!("{listed} packages");
    // A package more in the lock is seen.
    let more = "\n[[package]]\nname = \"planted\"\nversion = \"1.0.0\"\n";
    let planted = bill(&format!("{}{more}", lock()));
    assert_ne!(planted, bill(&lock()));
}

#[test]
fn everything_comes_from_one_place_with_its_hash() {
    assert_eq!(strange_sources(&lock()), Vec::<String>::new());
    let git = "\n[[package]]\nname = \"planted\"\nversion = \"1.0.0\"\n\
        source = \"git+https://example.com/planted#0123\"\n";
    let found = strange_sources(&format!("{}{git}", lock()));
    assert_eq!(found, ["planted", "2 sources"]);
}

/// Whether an expression of licences (SPDX) holds with those that are taken.
fn holds(expression: &str, taken: &BTreeSet<String>) -> bool {
    let spaced = expression.replace('/', " OR ");
    let spaced = spaced.replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let (holds, rest) = any_of(&words, taken);
    holds && rest.is_empty()
}

fn any_of<'a>(words: &'a [&'a str], taken: &BTreeSet<String>) -> (bool, &'a [&'a str]) {
    let (mut holds, mut rest) = all_of(words, taken);
    while let ["OR", more @ ..] = rest {
        let (other, behind) = all_of(more, taken);
        (holds, rest) = (holds || other, behind);
    }
    (holds, rest)
}

fn all_of<'a>(words: &'a [&'a str], taken: &BTreeSet<String>) -> (bool, &'a [&'a str]) {
    let (mut holds, mut rest) = one(words, taken);
    while let ["AND", more @ ..] = rest {
        let (other, behind) = one(more, taken);
        (holds, rest) = (holds && other, behind);
    }
    (holds, rest)
}

fn one<'a>(words: &'a [&'a str], taken: &BTreeSet<String>) -> (bool, &'a [&'a str]) {
    match words {
        ["(", more @ ..] => match any_of(more, taken) {
            (holds, [")", rest @ ..]) => (holds, rest),
            _ => (false, &[]),
        },
        [licence, "WITH", exception, rest @ ..] => {
            (taken.contains(&format!("{licence} WITH {exception}")), rest)
        }
        [licence, rest @ ..] => (taken.contains(*licence), rest),
        [] => (false, &[]),
    }
}

/// What `cargo deny check licenses bans` asks of the packages that are built, by their manifests.
#[test]
fn every_licence_is_taken_and_nothing_that_is_denied_is_locked() {
    let deny: toml::Table = fs::read_to_string(root().join("deny.toml"))
        .unwrap()
        .parse()
        .unwrap();
    let taken: BTreeSet<String> = deny["licenses"]["allow"]
        .as_array()
        .unwrap()
        .iter()
        .map(|licence| licence.as_str().unwrap().to_owned())
        .collect();
    let mut count = 0;
    for target in deny["graph"]["targets"].as_array().unwrap() {
        let output = Command::new(env!("CARGO"))
            .current_dir(root())
            .args(["metadata", "--format-version=1", "--locked"])
            .args([
                "--all-features",
                "--filter-platform",
                target.as_str().unwrap(),
            ])
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{told}");
        let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
        for package in metadata["packages"].as_array().unwrap() {
            let (name, licence) = (&package["name"], package["license"].as_str());
            if name != "tradein" {
                assert!(
                    licence.is_some_and(|l| holds(l, &taken)),
                    "{name}: {licence:?}"
                );
                count += 1;
            }
        }
    }
    let denied = deny["bans"]["deny"].as_array().unwrap();
    let lock = lock();
    for one in denied {
        let name = one["name"].as_str().unwrap();
        assert!(
            locked(&lock).iter().all(|p| text(p, "name") != name),
            "{name}"
        );
    }
    println!("{count} licences of {} kinds that are taken", taken.len());
    for (expression, wanted) in [
        ("MIT", true),
        ("MIT OR GPL-3.0", true),
        ("MIT/GPL-3.0", true),
        ("MIT AND GPL-3.0", false),
        ("(MIT OR GPL-3.0) AND ISC", true),
        ("(MIT AND GPL-3.0) OR ISC", true),
        ("Apache-2.0 WITH LLVM-exception", true),
        ("GPL-2.0 WITH Classpath-exception-2.0", false),
        ("", false),
    ] {
        assert_eq!(holds(expression, &taken), wanted, "planted {expression:?}");
    }
}

/// Files of the tree, without what is built.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap_or_default();
        if path.is_dir() {
            if !["target", ".git", "data"].contains(&name) || path.ends_with("tests/data") {
                files(&path, found);
            }
        } else {
            found.push(path);
        }
    }
}

/// Lines in which code is `unsafe`, that are no comment and no text.
fn unsafe_lines(code: &str) -> usize {
    let is_code = |line: &&str| !line.trim_start().starts_with("//");
    let found = |line: &&str| {
        [
            "unsafe {",
            "unsafe fn",
            "unsafe impl",
            "unsafe extern",
            "unsafe trait",
        ]
        .iter()
        .any(|word| line.contains(word))
    };
    code.lines().filter(is_code).filter(found).count()
}

#[test]
fn nothing_of_ours_is_unsafe() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    assert!(manifest.contains("unsafe_code = \"forbid\""));
    let mut all = Vec::new();
    files(&root().join("src"), &mut all);
    assert!(all.len() > 200, "only {} files", all.len());
    for path in all {
        let code = fs::read_to_string(&path).unwrap();
        assert_eq!(unsafe_lines(&code), 0, "{}", path.display());
    }
    let planted = ["let x = unsafe ", "{ *pointer };"].concat();
    assert_eq!(unsafe_lines(&planted), 1);
}

/// What looks like a secret in a text.
fn secrets(text: &str) -> Vec<String> {
    let long = |line: &str, name: &str| {
        let value = line.trim_start().strip_prefix(name)?.trim_start();
        let value = value.strip_prefix('=')?.trim().strip_prefix('"')?;
        let value = value.split('"').next()?;
        let alphabet = |c: char| c.is_ascii_alphanumeric() || "-_+/=".contains(c);
        // Thirty-two bytes, spelled, and not one letter over and over.
        let drawn = value.len() >= 43 && value.chars().all(alphabet);
        let letters: BTreeSet<char> = value.chars().collect();
        (drawn && letters.len() > 12).then(|| value.to_owned())
    };
    let mut found = Vec::new();
    for line in text.lines() {
        let line = line.trim_start_matches(['+', ' ']);
        for name in ["seed", "key", "secret", "password", "client_secret"] {
            found.extend(long(line, name));
        }
        let marks = [
            ["-----BEGIN", " PRIVATE KEY"].concat(),
            ["AK", "IA"].concat(),
        ];
        if line.contains(&marks[0]) || is_cloud_key(line, &marks[1]) {
            found.push(line.to_owned());
        }
    }
    found
}

/// A key of a cloud begins with four letters and has sixteen more.
fn is_cloud_key(line: &str, mark: &str) -> bool {
    line.split(|c: char| !c.is_ascii_alphanumeric())
        .any(|word| word.len() == 20 && word.starts_with(mark) && !word.ends_with("EXAMPLE"))
}

#[test]
fn no_secret_lies_in_the_tree_or_in_its_history() {
    let mut all = Vec::new();
    files(root(), &mut all);
    let mut read = 0;
    for path in all {
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        read += 1;
        assert_eq!(secrets(&text), Vec::<String>::new(), "{}", path.display());
    }
    assert!(read > 500, "only {read} files");
    // An archive of the sources has no history.
    let log = [
        "log",
        "-p",
        "--no-color",
        "--text",
        "--",
        "*.toml",
        "*.rs",
        "*.md",
        "*.sh",
        "*.py",
    ];
    let history = Command::new("git").current_dir(root()).args(log).output();
    if let Some(history) = history.ok().filter(|done| done.status.success()) {
        let text = String::from_utf8_lossy(&history.stdout);
        println!("{read} files, {} bytes of history", text.len());
        assert_eq!(secrets(&text), Vec::<String>::new());
    }
    let planted = "seed = \"kX3v9Qe1Zr7Tg5Ys2Wb8Nn4Mm6Ll0Pp_Jj-HhFfDdSsA\"";
    let found = secrets(&format!("[receipt]\n{}\n", planted.replace('_', "a")));
    assert_eq!(found.len(), 1);
}
