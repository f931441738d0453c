//! Between the service and the files of an SQLite database; see `strike.c`.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::process::Command;

use super::fault::{Kind, Seen, Strike};
use crate::support::folder::Folder;
use crate::support::preload::Preload;

/// Fields of the mapped file, each of eight bytes.
#[derive(Debug, Clone, Copy)]
enum Field {
    Kind,
    Lasting,
    Nth,
    Passed,
    Struck,
}

/// The library and the file that tells it what to do.
#[derive(Debug)]
pub struct Disk {
    preload: Preload,
    folder: Folder,
    control: File,
}

impl Disk {
    pub fn new() -> Self {
        let folder = Folder::new();
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        let control = options.open(folder.path().join("control")).unwrap();
        control.set_len(4096).unwrap();
        Self {
            preload: Preload::compile("tests/injected/strike.c"),
            folder,
            control,
        }
    }

    /// Has `command` start under it.
    pub fn load_into(&self, command: &mut Command) {
        self.preload.load_into(command);
        command.env("STRIKE_CONTROL", self.path());
    }

    /// Counts the calls that a kind of error meets from now on, and strikes where one is to be struck.
    pub fn arm(&self, kind: Kind, strike: Option<Strike>) {
        let number = match kind {
            Kind::Full => 1,
            Kind::Broken => 2,
            Kind::Busy => 3,
            _ => panic!("{kind:?} is none of SQLite's"),
        };
        self.set(Field::Lasting, strike.is_some_and(|s| s.lasting).into());
        self.set(Field::Nth, strike.map_or(0, |s| s.nth));
        self.set(Field::Passed, 0);
        self.set(Field::Struck, 0);
        // The last: from here on it strikes.
        self.set(Field::Kind, number);
    }

    /// Lets everything pass again; says what was seen.
    pub fn release(&self) -> Seen {
        self.set(Field::Kind, 0);
        Seen {
            passed: self.get(Field::Passed),
            struck: self.get(Field::Struck),
            ..Seen::default()
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("control")
    }

    fn set(&self, field: Field, value: u64) {
        let bytes = value.to_ne_bytes();
        self.control.write_all_at(&bytes, 8 * field as u64).unwrap();
    }

    fn get(&self, field: Field) -> u64 {
        let mut bytes = [0; 8];
        self.control
            .read_exact_at(&mut bytes, 8 * field as u64)
            .unwrap();
        u64::from_ne_bytes(bytes)
    }
}
