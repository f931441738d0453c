//! Nobody but the owner of the service looks into what it makes on its machine.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::support::{Backend, TestDatabase};

#[test]
fn what_the_service_makes_is_for_its_owner_only() {
    let database = TestDatabase::new(Backend::Sqlite);
    let above = database.data_dir().join("made");
    let folder = above.join("data");
    let server = database.serve_with(|command| {
        command.env_remove("TRADEIN_DATABASE_URL");
        command.env("TRADEIN_DATA_DIR", &folder);
    });
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let expected = if path.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(mode(&path), expected, "{}", path.display());
        found.insert(path.file_name().unwrap().to_str().unwrap().to_owned());
    }
    let there = [
        "keys.toml",
        "papers",
        "tradein.db",
        "tradein.db-shm",
        "tradein.db-wal",
    ];
    assert_eq!(found, there.map(str::to_owned).into());
    assert_eq!((mode(&folder), mode(&above)), (0o700, 0o700));
    drop(server);
}
