//! The documents say what the code says: every code, path, variable and setting stands where a
//! reader looks for it, and whatever a document points to is there.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use tradein::domain::claim::ClaimState;
use tradein::domain::defect::DefectCode;
use tradein::domain::reason::ReasonCode;
use tradein::domain::transition::{Transition, transitions};
use tradein::http::problem::ProblemCode;
use tradein::http::routes::{TABLE, is_for_people};
use tradein::journal::entry::EntryKind;

const API: &str = "docs/api-design.md";
const ARCHITECTURE: &str = "docs/architecture.md";
const SETTINGS: &str = "docs/settings.md";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The words that do not stand in `text` as code, between backticks.
fn missing(text: &str, words: impl IntoIterator<Item = String>) -> Vec<String> {
    words
        .into_iter()
        .filter(|word| !text.contains(&format!("`{word}`")))
        .collect()
}

fn problems() -> impl Iterator<Item = String> {
    ProblemCode::ALL.iter().map(|code| code.as_str().to_owned())
}

fn reasons() -> impl Iterator<Item = String> {
    ReasonCode::ALL.iter().map(|code| code.as_str().to_owned())
}

fn defects() -> impl Iterator<Item = String> {
    DefectCode::ALL.iter().map(|code| code.as_str().to_owned())
}

/// `GET /v1/claims`, as the tables write it.
fn routes() -> impl Iterator<Item = String> {
    TABLE
        .iter()
        .filter(|(path, _)| !is_for_people(path))
        .flat_map(|(path, methods)| methods.iter().map(move |method| format!("{method} {path}")))
}

fn states() -> impl Iterator<Item = String> {
    ClaimState::ALL
        .iter()
        .map(|state| state.as_str().to_owned())
}

fn entries() -> impl Iterator<Item = String> {
    EntryKind::ALL.iter().map(|kind| kind.as_str().to_owned())
}

/// The words of a name such as `BeginReview`.
fn spoken(name: &str) -> String {
    let mut words = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(c.to_ascii_lowercase());
    }
    words
}

/// The table of moves as the document has it: moves that differ in nothing but the state that
/// they start from stand in one row.
fn table_of_moves() -> String {
    let alike = |a: &Transition, b: &Transition| {
        (a.act, a.actor, a.to, a.money) == (b.act, b.actor, b.to, b.money)
    };
    let mut rows: Vec<(Transition, Vec<String>)> = Vec::new();
    for one in transitions() {
        let from = format!("`{}`", one.from);
        match rows.iter_mut().find(|(row, _)| alike(row, &one)) {
            Some((_, states)) => states.push(from),
            None => rows.push((one, vec![from])),
        }
    }
    let mut table = "| from | act | who | to | money |\n|---|---|---|---|---|\n".to_owned();
    for (row, from) in rows {
        let money = row.money.map_or("none".to_owned(), |(source, target)| {
            format!("{} → {}", source.as_str(), target.as_str())
        });
        let act = spoken(&format!("{:?}", row.act));
        table.push_str(&format!(
            "| {} | {act} | {} | `{}` | {money} |\n",
            from.join(", "),
            row.actor,
            row.to
        ));
    }
    table
}

/// The files below `folder` with this extension.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|e| e == extension) {
            found.push(path);
        }
    }
    found
}

/// The variables of the environment that a text names.
fn variables(text: &str) -> BTreeSet<String> {
    const PREFIXES: [&str; 2] = ["TRADEIN_", "AWS_"];
    PREFIXES
        .iter()
        .flat_map(|prefix| text.match_indices(prefix))
        .map(|(at, _)| {
            let rest = &text[at..];
            let letter = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
            let end = rest.find(|c: char| !letter(c));
            rest[..end.unwrap_or(rest.len())].to_owned()
        })
        // The prefix alone speaks of all of them.
        .filter(|name| !PREFIXES.contains(&name.as_str()))
        .collect()
}

/// The fields of a struct: lines like `    name: Type,` up to its closing brace.
fn fields(source: &str, name: &str) -> Vec<String> {
    let body = source.split(&format!("struct {name} {{")).nth(1).unwrap();
    let body = body.split("\n}").next().unwrap();
    body.lines()
        .filter_map(|line| line.trim().split_once(": "))
        .map(|(field, _)| field.to_owned())
        .collect()
}

/// The targets of links in Markdown that lead to files.
fn links(text: &str) -> Vec<String> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(target, _)| target.split('#').next().unwrap_or_default().to_owned())
        .filter(|target| !target.is_empty() && !target.contains("://"))
        .collect()
}

/// What stands between backticks, a line at a time; blocks of code are left out.
fn code_words(text: &str) -> Vec<String> {
    let mut in_block = false;
    let mut found = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_block = !in_block;
        } else if !in_block {
            found.extend(line.split('`').skip(1).step_by(2).map(str::to_owned));
        }
    }
    found
}

/// The files of this repository that a document names as code, such as `src/clock.rs`.
fn named_files(text: &str) -> Vec<String> {
    let tops = ["src/", "tests/", "config/", "docs/", "migrations/"];
    code_words(text)
        .into_iter()
        .filter(|word| tops.iter().any(|top| word.starts_with(top)))
        // Patterns, and the settings file, which nobody needs to have.
        .filter(|word| !word.contains(['*', '<', '{', ' ']) && word != "config/tradein.toml")
        .collect()
}

/// The test functions that a document names as code, such as `it_holds()`.
fn named_functions(text: &str) -> Vec<String> {
    let plain = |name: &str| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    code_words(text)
        .into_iter()
        .filter_map(|word| word.strip_suffix("()").map(str::to_owned))
        .filter(|name| plain(name))
        .collect()
}

fn documents() -> Vec<PathBuf> {
    let mut found = files(&root().join("docs"), "md");
    found.push(root().join("README.md"));
    found
}

/// Everything that a document at `path` points to and that is not there.
fn dead_ends(path: &Path, text: &str, source: &str) -> Vec<String> {
    let folder = path.parent().unwrap();
    let mut found = links(text);
    found.retain(|target| !folder.join(target).exists());
    found.extend(
        named_files(text)
            .into_iter()
            .filter(|file| !root().join(file).exists()),
    );
    found.extend(
        named_functions(text)
            .into_iter()
            .filter(|name| !source.contains(&format!("fn {name}("))),
    );
    found
}

fn source() -> String {
    ["src", "tests"]
        .iter()
        .flat_map(|folder| files(&root().join(folder), "rs"))
        .map(|path| read(&path))
        .collect()
}

const NONE: [String; 0] = [];

#[test]
fn the_api_document_names_every_code() {
    let text = read(API);
    assert_eq!(missing(&text, problems()), NONE);
    assert_eq!(missing(&text, reasons()), NONE);
    assert_eq!(missing(&text, defects()), NONE);
    assert_eq!(missing(&text, states()), NONE);
    assert_eq!(missing(&text, entries()), NONE);
}

#[test]
fn the_architecture_document_has_the_table_of_moves() {
    let table = table_of_moves();
    let text = read(ARCHITECTURE);
    let same = |text: &str| text.contains(&format!("\n\n{table}\n"));
    assert!(same(&text), "the table of moves is now:\n\n{table}");
    // A row that is changed, taken away or added is seen.
    let row = table.lines().nth(5).unwrap();
    assert!(!same(
        &text.replace(row, &row.replace("none", "free → paid"))
    ));
    assert!(!same(&text.replace(&format!("{row}\n"), "")));
    assert!(!same(&text.replace(row, &format!("{row}\n{row}"))));
}

#[test]
fn the_api_document_names_every_route() {
    assert_eq!(missing(&read(API), routes()), NONE);
}

#[test]
fn every_variable_and_setting_is_explained() {
    let text = read(SETTINGS);
    let mut named = variables(&read("tests/run.sh"));
    // What only a build with planted faults listens to is no setting.
    let settings = |file: &PathBuf| !file.ends_with("src/planted.rs");
    for file in files(&root().join("src"), "rs")
        .into_iter()
        .filter(settings)
    {
        named.extend(variables(&read(file)));
    }
    assert!(named.len() > 10, "{named:?}");
    assert_eq!(missing(&text, named), NONE);
    let keys = fields(&read("src/settings.rs"), "SettingsFile");
    assert!(keys.len() > 5, "{keys:?}");
    assert_eq!(missing(&text, keys), NONE);
}

#[test]
fn whatever_a_document_points_to_is_there() {
    let source = source();
    for path in documents() {
        let text = read(&path);
        assert_eq!(dead_ends(&path, &text, &source), NONE, "{}", path.display());
    }
}

#[test]
fn chinese_terms_stand_once_in_the_glossary() {
    let text = read("docs/glossary.md");
    let terms: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("| "))
        .filter_map(|row| row.split(" | ").next())
        .filter(|term| !term.is_ascii())
        .collect();
    assert!(terms.len() >= 45, "{} terms", terms.len());
    let different: BTreeSet<&&str> = terms.iter().collect();
    assert_eq!(different.len(), terms.len(), "a term stands twice");
}

#[test]
fn planted_gaps_are_found() {
    for (path, words) in [
        (API, problems().collect::<Vec<_>>()),
        (API, reasons().collect()),
        (API, routes().collect()),
        (API, entries().collect()),
        (SETTINGS, vec!["TRADEIN_KEYS_FILE".to_owned()]),
    ] {
        let word = words[0].clone();
        let text = read(path).replace(&format!("`{word}`"), "`gone`");
        assert_eq!(missing(&text, words), [word]);
    }
    let lines = "var(\"TRADEIN_NEW\") // TRADEIN_* TRADEIN_OLD: x AWS_PLACE_S3,";
    let named: Vec<String> = variables(lines).into_iter().collect();
    assert_eq!(named, ["AWS_PLACE_S3", "TRADEIN_NEW", "TRADEIN_OLD"]);
    let settings = "struct SettingsFile {\n    new_key: Option<u32>,\n}\nother: u8";
    assert_eq!(fields(settings, "SettingsFile"), ["new_key"]);
    let text = "[a](gone.md#x) [b](settings.md) [c](https://x.example/) `src/gone.rs` `src/*.rs` \
        `it_is_gone()` `planted_gaps_are_found()`\n```\n`src/in_a_block.rs`\n```\n";
    let found = dead_ends(&root().join(API), text, "fn planted_gaps_are_found() {");
    assert_eq!(found, ["gone.md", "src/gone.rs", "it_is_gone"]);
}
