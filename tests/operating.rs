//! The operating document runs: every block of shell in it, in its order, on both databases, and
//! prints what the document shows.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod support;

use std::fmt::Write as _;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use support::{Backend, TestDatabase};

/// A block of shell, and what the document shows of its output.
#[derive(Debug, Default, PartialEq, Eq)]
struct Block {
    line: usize,
    script: String,
    shown: String,
}

/// The blocks of a document: `sh` is run, a `text` after it is what must be printed.
fn blocks(text: &str) -> Vec<Block> {
    let mut found: Vec<Block> = Vec::new();
    let mut kind = None;
    for (number, line) in (1..).zip(text.lines()) {
        match (kind, line.strip_prefix("```")) {
            (None, Some("sh")) => {
                found.push(Block {
                    line: number,
                    ..Block::default()
                });
                kind = Some("sh");
            }
            (None, Some(other)) => kind = Some(if other == "text" { "text" } else { "other" }),
            (Some(_), Some(_)) => kind = None,
            (Some("sh"), None) => writeln!(found.last_mut().unwrap().script, "{line}").unwrap(),
            (Some("text"), None) => writeln!(found.last_mut().unwrap().shown, "{line}").unwrap(),
            _ => {}
        }
    }
    found
}

/// The first shown line that was not printed, in order; `…` stands for anything.
fn missing<'a>(shown: &'a str, printed: &str) -> Option<&'a str> {
    let mut lines = printed.lines();
    shown
        .lines()
        .find(|wanted| !lines.any(|line| fits(wanted, line)))
}

fn fits(wanted: &str, line: &str) -> bool {
    let parts: Vec<&str> = wanted.split('…').collect();
    let (first, last) = (parts[0], parts[parts.len() - 1]);
    if !line.starts_with(first) || !line.ends_with(last) {
        return false;
    }
    let mut rest = line;
    parts.iter().all(|part| match rest.find(part) {
        Some(at) => {
            rest = &rest[at + part.len()..];
            true
        }
        None => false,
    }) && (parts.len() > 1 || line == wanted)
}

const MARK: &str = "=== the block of line ";

fn run(database: &TestDatabase, document: &str) {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port().to_string();
    drop(free);
    let found = blocks(document);
    assert!(found.len() > 8, "{} blocks", found.len());
    let mut script = String::from("set -euo pipefail\ntrap 'kill %1 2>/dev/null || true' EXIT\n");
    for block in &found {
        writeln!(script, "echo '{MARK}{}'", block.line).unwrap();
        script.push_str(
            &block
                .script
                .replace("127.0.0.1:8080", &format!("127.0.0.1:{port}")),
        );
    }
    let output = shell(database, &script);
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{}\n{printed}\n{told}",
        output.status
    );
    for block in &found {
        let begin = format!("{MARK}{}\n", block.line);
        let own = printed.split(&begin).nth(1).unwrap();
        let own = own.split(MARK).next().unwrap();
        if let Some(line) = missing(&block.shown, own) {
            panic!(
                "line {}: {line:?} was not printed, but\n{own}\n{told}",
                block.line
            );
        }
    }
}

/// A shell that finds the program on its path and works on this database.
fn shell(database: &TestDatabase, script: &str) -> std::process::Output {
    let program = Path::new(env!("CARGO_BIN_EXE_tradein")).parent().unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let ours = database.command(&[]);
    let mut command = Command::new("bash");
    command
        .arg("-c")
        .arg(script)
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    for (name, value) in ours.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.env("PATH", format!("{}:{path}", program.display()));
    command.output().unwrap()
}

#[test]
fn the_operating_document_runs() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/operating.md");
    let document = std::fs::read_to_string(path).unwrap();
    for backend in Backend::ALL {
        run(&TestDatabase::new(backend), &document);
    }
}

#[test]
fn planted_lies_are_found() {
    let text = "a\n```sh\necho one\necho two\n```\nb\n```text\none\n```\n```toml\nx = 1\n```\n";
    let found = blocks(text);
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].script.as_str(), found[0].shown.as_str()),
        ("echo one\necho two\n", "one\n")
    );
    assert_eq!(missing("one\n", "one\ntwo\n"), None);
    assert_eq!(missing("two\none\n", "one\ntwo\n"), Some("one"));
    assert_eq!(missing("on\n", "one\n"), Some("on"));
    assert_eq!(missing("a…c\n", "abc\n"), None);
    assert_eq!(missing("a…d\n", "abc\n"), Some("a…d"));
    assert_eq!(missing("a…b…\n", "acbd\n"), None);
}
