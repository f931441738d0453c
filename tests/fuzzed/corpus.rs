//! Every file of `tests/data/fuzz`, as it is and spoiled in many ways, through the parser that its
//! folder is named after.

use std::any::Any;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::parsers::requests::{close, to_every_route};
use crate::parsers::{ALL, Parser};
use crate::spoil::Chance;
use crate::support::effort::{seed, times};

const PLACE: &str = "tests/data/fuzz";
/// What is found in a parser is told by the input that shows it, shortened to this.
const SHOWN: usize = 300;
/// Tests in which panics are caught take turns, because what is printed about one is kept back.
static QUIET: Mutex<()> = Mutex::new(());

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(PLACE).join(name)
}

/// The files of a folder, in the order of their names.
fn seeds(name: &str) -> Vec<Vec<u8>> {
    let entries = std::fs::read_dir(folder(name));
    let entries = entries.unwrap_or_else(|e| panic!("{PLACE}/{name}: {e}"));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{PLACE}/{name} is empty");
    let mut seeds: Vec<_> = paths.iter().map(|p| std::fs::read(p).unwrap()).collect();
    if name == "request" {
        seeds.extend(to_every_route());
    }
    seeds
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
    text.unwrap_or_default()
}

/// Feeds a parser with every seed and with `count` spoiled ones; the first input on which it stops.
fn feed(parser: Parser, seeds: &[Vec<u8>], count: u64, seed: u64) -> Result<u64, String> {
    let _turn = QUIET
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let mut chance = Chance::new(seed);
    let spoiled = (0..count).map(|_| chance.spoiled(seeds));
    let all = seeds.iter().cloned().chain(spoiled);
    let mut fed = 0;
    let mut found = Ok(());
    for input in all {
        fed += 1;
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| parser(&input))) {
            let shown = String::from_utf8_lossy(&input[..input.len().min(SHOWN)]).into_owned();
            found = Err(format!("{} on {shown:?}", message(panic.as_ref())));
            break;
        }
    }
    std::panic::set_hook(before);
    found.map(|()| fed)
}

/// Dear parsers get fewer.
fn spoiled_of(name: &str) -> u64 {
    match name {
        "request" | "table" | "pack" => times(400, 40_000),
        "register" | "voided" | "settings" | "keys" => times(200, 20_000),
        _ => times(2_000, 1_000_000),
    }
}

#[test]
fn no_parser_stops_on_spoiled_files() {
    let seed = seed("spoiled files");
    let mut wrong = Vec::new();
    for (name, parser) in ALL {
        match feed(*parser, &seeds(name), spoiled_of(name), seed) {
            Ok(fed) => println!("{name}: {fed} inputs"),
            Err(found) => wrong.push(format!("{name}: {found}")),
        }
    }
    close();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_parser_has_seeds_and_a_target() {
    let names = |place: &str| -> BTreeSet<String> {
        let entries = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(place)).unwrap();
        let stem = |path: PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
        entries.map(|entry| stem(entry.unwrap().path())).collect()
    };
    let parsers: BTreeSet<String> = ALL.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(parsers, names(PLACE));
    assert_eq!(parsers, names("fuzz/fuzz_targets"));
}

/// A parser that believes a length that it is told.
fn planted(bytes: &[u8]) {
    if let [b'P', b'K', .., length] = bytes {
        let _part = &bytes[..usize::from(*length) / 8];
    }
}

/// One that loses what it has read when it is printed.
fn planted_loss(bytes: &[u8]) {
    let read: Option<u32> = std::str::from_utf8(bytes).ok().and_then(|t| t.parse().ok());
    if let Some(read) = read {
        assert_eq!(read.to_string().len(), bytes.len());
    }
}

#[test]
fn planted_parsers_that_stop_are_found() {
    let seed = seed("planted parsers");
    let found = feed(planted, &[b"PK\x03\x04 a table\x08".to_vec()], 20_000, seed).unwrap_err();
    println!("{found}");
    assert!(found.contains("range end index"), "{found}");
    let found = feed(planted_loss, &[b"12345".to_vec()], 20_000, seed).unwrap_err();
    println!("{found}");
    assert!(found.contains("left == right"), "{found}");
}
