//! A library between the service and the system, for faults that no database and no setting can be
//! asked for: compiled from C, and loaded by the dynamic linker before everything else.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::folder::Folder;

/// A compiled library; it goes when this is dropped.
#[derive(Debug)]
pub struct Preload(Folder);

impl Preload {
    /// Compiles `source`, a file of this project, with the system's C compiler.
    ///
    /// # Panics
    /// With what the compiler said.
    pub fn compile(source: &str) -> Self {
        let preload = Self(Folder::new());
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(source);
        let output = Command::new("cc")
            .args([
                "-O1", "-fPIC", "-shared", "-Wall", "-Wextra", "-Werror", "-o",
            ])
            .arg(preload.object())
            .arg(&source)
            .args(["-ldl", "-lpthread"])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {said}", source.display());
        preload
    }

    /// Has `command` start with it.
    pub fn load_into(&self, command: &mut Command) {
        command.env("LD_PRELOAD", self.object());
    }

    fn object(&self) -> PathBuf {
        self.0.path().join("preload.so")
    }
}
