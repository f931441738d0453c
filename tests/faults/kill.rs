//! `kill -9` of the service.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::books::{Check, Finding, assert_sound};
use super::cycles::{CLAIMS, Cycles};
use super::scene::{CONNECTIONS, Place, Scene};
use super::standing::{Standing, open};
use crate::support::Backend;
use crate::support::effort::times;
use crate::support::folder::Folder;

/// How often all books are read, in parts of the cycles.
pub fn parts() -> u64 {
    times(1, 10)
}

#[test]
fn a_service_that_is_killed_loses_nothing_it_acknowledged() {
    for backend in Backend::ALL {
        let planned = times(20, 1_000);
        let mut cycles = Cycles::new(&format!("killed {backend:?}"), planned);
        let mut scene = Scene::new(Place::one(backend), &[cycles.pool()]);
        for cycle in 0..planned {
            let plan = cycles.plan(&mut scene);
            let mut server = scene.servers.remove(0);
            let struck = cycles.strike(&plan, || {
                server.kill();
            });
            scene.start();
            let found = cycles.settle(&scene, struck);
            assert_sound(&format!("cycle {cycle}"), &found);
            if cycles.is_time(parts()) {
                assert_sound("books", &cycles.whole(&scene));
            }
        }
        cycles.print();
        let tally = cycles.tally();
        assert!(tally.acknowledged > 0 && tally.unknown > 0, "{tally}");
    }
}

/// A killed process takes nothing along that it has written: the pages are the system's. So what
/// `synchronous = OFF` would lose when the system dies is taken away by hand: the disk has what it
/// had some batches before.
#[test]
fn a_disk_that_did_not_flush_is_seen() {
    let mut cycles = Cycles::new("planted: not flushed Sqlite", 1);
    let mut scene = Scene::new(Place::one(Backend::Sqlite), &[cycles.pool()]);
    let (disk, data) = (Folder::new(), scene.database.data_dir().to_owned());
    let plan = cycles.plan(&mut scene);
    let mut server = scene.servers.remove(0);
    let mut conn = open(&scene.database);
    let mut claims = || Standing::read(&mut conn, "interrupted").claims;
    let struck = cycles.strike_after(&plan, (1, Duration::ZERO), || {
        copy(&data, disk.path());
        // Of so many more at least a whole load of connections is answered.
        let enough = claims() + 2 * CONNECTIONS as i64;
        while claims() < enough.min(CLAIMS as i64) {
            std::thread::yield_now();
        }
        server.kill();
    });
    // The last to close the file takes log and index away, which belong to the file of now.
    drop(conn);
    assert!(!data.join("tradein.db-shm").exists());
    copy(disk.path(), &data);
    scene.start();
    assert_seen(&cycles.settle(&scene, struck), Check::Lost);
}

/// Copies the file, then its log: whatever goes from the log to the file meanwhile is in both, so
/// the copy is what the database was when the log was read.
fn copy(from: &Path, to: &Path) {
    for name in ["tradein.db", "tradein.db-wal"] {
        fs::copy(from.join(name), to.join(name)).unwrap();
    }
}

/// What was planted is found.
pub fn assert_seen(found: &[Finding], check: Check) {
    let seen: Vec<_> = found.iter().filter(|f| f.check == check).collect();
    println!("planted: {} findings of {check:?}", seen.len());
    let first: Vec<_> = found.iter().take(3).collect();
    assert!(!seen.is_empty(), "{check:?} saw nothing: {first:#?}");
}
