//! A folder that goes when its owner goes.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// An empty folder below the system's place for temporary files.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// Makes it.
    pub fn new() -> Self {
        let path = std::env::temp_dir().join(unique_name());
        fs::create_dir(&path).unwrap_or_else(|e| panic!("cannot make {}: {e}", path.display()));
        Self(path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left behind lies in the place for temporary files.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A name that no other test on this machine has: letters, digits and underscores.
pub fn unique_name() -> String {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let now = tradein::clock::now().0;
    let count = COUNTER.fetch_add(1, Ordering::Relaxed);
    format!("tradein_test_{}_{now}_{count}", std::process::id())
}
