//! A change of the sealing key: everything sealed is sealed anew, in whatever table it stands, and
//! opens afterwards without the old key.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use tradein::clock;
use tradein::domain::ids::{EndpointId, LoginId, UploadId};
use tradein::journal::canonical::hex;
use tradein::keys::{KeySource, Keys};
use tradein::operations::Engine;
use tradein::operations::reseal::{self, Resealed};
use tradein::operations::verify::verify;
use tradein::startup::start_with;
use tradein::storage::Db;
use tradein::vault::{Suite, access_aad, change_aad, endpoint_aad, login_aad, upload_aad};

use crate::support::{Backend, TestDatabase};
use crate::world::World;

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

fn literal(backend: Backend, bytes: &[u8]) -> String {
    match backend {
        Backend::Sqlite => format!("x'{}'", hex(bytes)),
        Backend::Postgres => format!("'\\x{}'::bytea", hex(bytes)),
    }
}

/// Every column of bytes in which something begins with `header`, found by looking and not by the
/// program's own list.
fn columns_with(conn: &mut Db, backend: Backend, header: &[u8]) -> BTreeSet<String> {
    let columns = match backend {
        Backend::Sqlite => {
            "SELECT m.name AS table_name, c.name AS column_name
               FROM sqlite_master m, pragma_table_info(m.name) c
              WHERE m.type = 'table' AND c.type = 'BLOB'"
        }
        Backend::Postgres => {
            "SELECT table_name::text, column_name::text FROM information_schema.columns
              WHERE table_schema = 'public' AND data_type = 'bytea'"
        }
    };
    let columns: Vec<Column> = diesel::sql_query(columns).load(conn).unwrap();
    assert!(columns.len() > 50, "the columns were not read");
    let begins = literal(backend, header);
    columns
        .into_iter()
        .filter(|c| {
            let Column {
                table_name,
                column_name,
            } = c;
            let text = format!(
                "SELECT count(*) AS count FROM {table_name}
                  WHERE substr({column_name}, 1, {}) = {begins}",
                header.len()
            );
            let found: Count = diesel::sql_query(text).get_result(conn).unwrap();
            found.count > 0
        })
        .map(|c| format!("{}.{}", c.table_name, c.column_name))
        .collect()
}

/// What the rest of the history leaves out: an endpoint of webhooks, a person who signs in, an
/// upload, and two reasons that somebody wrote.
fn add_what_people_made(world: &World) {
    let (vault, backend) = (&world.keys.vault, world.database.backend());
    let id = clock::new_uuid();
    let seal = |aad: &[u8]| literal(backend, &vault.seal(aad, b"secret"));
    let own = literal(backend, id.as_bytes());
    let hash = literal(backend, &[7; 32]);
    let secret = endpoint_aad(EndpointId(id), "secret");
    let line = |line| seal(&upload_aad(UploadId(id), line));
    let dealer = "(SELECT id FROM dealers ORDER BY id LIMIT 1)";
    world.database.execute(&format!(
        "INSERT INTO webhook_endpoints (id, dealer_id, url, secret, old_secret, old_until_us, types,
                state, disabled_why, tried_us, created_us)
            VALUES ({own}, {dealer}, {}, {}, {}, 1, 'claim.paid', 'disabled', 'gone', 0, 0);
         INSERT INTO logins (id, login, dealer_id, totp, totp_step, failures, status, created_us)
            VALUES ({own}, 'somebody', {dealer}, {}, 0, 0, 'active', 0);
         INSERT INTO uploads (id, dealer_id, login_id, programme, name, format, sha256, lines, filed,
                refused, defective, state, beat_us, created_us, ended_us)
            VALUES ({own}, {dealer}, {own}, 'p', {}, 'csv', {hash}, 2, 0, 0, 2, 'ended', 0, 0, 0);
         INSERT INTO upload_lines (upload_id, line, state, sealed)
            VALUES ({own}, 2, 'defective', {}), ({own}, 3, 'defective', {});
         INSERT INTO access_log (id, at_us, staff_id, what, why) VALUES ({own}, 0, {own}, 'claim', {});
         INSERT INTO dealer_changes (id, dealer_id, login_id, what, at_us, why)
            VALUES ({own}, {dealer}, {own}, 'suspended', 0, {});",
        seal(&endpoint_aad(EndpointId(id), "url")),
        seal(&secret),
        seal(&secret),
        seal(&login_aad(LoginId(id))),
        line(0),
        line(2),
        line(3),
        seal(&access_aad(id)),
        seal(&change_aad(id)),
    ));
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(future)
}

/// Another process on the same database.
fn beside(world: &World, keys: Keys) -> Engine {
    start_with((*world.engine.settings).clone(), keys).unwrap()
}

fn left(places: &[Resealed]) -> u64 {
    places.iter().map(|place| place.left).sum()
}

/// The key file without its sealing keys below `id`.
fn without_below(text: &str, id: u32) -> String {
    let tables = text.split("\n[").collect::<Vec<_>>();
    let kept: Vec<&str> = tables
        .into_iter()
        .filter(|table| {
            let number = table.strip_prefix("[sealing]]\nid = ");
            let number = number.map(|rest| rest.lines().next().unwrap().parse::<u32>().unwrap());
            number.is_none_or(|number| number >= id)
        })
        .collect();
    kept.join("\n[")
}

struct KeyFile(PathBuf);

impl KeyFile {
    fn load(&self) -> Keys {
        Keys::load(&KeySource::File(self.0.clone())).unwrap()
    }

    /// The keys of the file without the first, which leaves so many that seal.
    fn without_the_first(&self, left: usize) -> Keys {
        let text = without_below(&fs::read_to_string(&self.0).unwrap(), 2);
        let sealing = text.lines().filter(|line| *line == "[[sealing]]");
        assert_eq!(sealing.count(), left);
        Keys::load(&KeySource::Inline(text.into())).unwrap()
    }

    fn rotate(&self, suite: Suite) {
        Keys::rotate(&self.0, suite, false, clock::now()).unwrap();
    }
}

fn everything_follows(backend: Backend, from: Suite, to: Suite) {
    let database = TestDatabase::new(backend);
    let file = KeyFile(database.data_dir().join("rotated/keys.toml"));
    Keys::create(&file.0, from, clock::now()).unwrap();
    let world = World::with_keys(database, file.load());
    world.live();
    world.pay();
    add_what_people_made(&world);
    let mut conn = world.engine.database.get().unwrap();
    let old_header = world.keys.vault.header();
    let sealed_before = columns_with(&mut conn, backend, &old_header);
    assert!(sealed_before.len() > 10, "{sealed_before:?}");

    file.rotate(to);
    let second = beside(&world, file.load());
    let before = block_on(reseal::count(&second)).unwrap();
    let done = block_on(reseal::run(&second)).unwrap();
    assert_eq!(left(&done), 0, "{done:?}");
    for (before, done) in before.iter().zip(&done) {
        assert_eq!((before.name, before.left), (done.name, done.done));
    }
    let known: BTreeSet<String> = done
        .iter()
        .filter(|place| place.done > 0 && place.name != "papers")
        .map(|place| place.name.to_owned())
        .collect();
    assert_eq!(known, sealed_before, "a sealed column is not on the list");
    assert!(done.iter().any(|p| p.name == "papers" && p.done > 0));
    assert_eq!(
        columns_with(&mut conn, backend, &old_header),
        BTreeSet::new()
    );
    let again = block_on(reseal::run(&second)).unwrap();
    assert!(again.iter().all(|place| place.done == 0 && place.left == 0));

    // Without the old key everything opens, or it could not be sealed anew once more.
    let only_new = file.without_the_first(1);
    assert!(verify(&mut conn, &only_new).is_ok());
    file.rotate(from);
    let third = beside(&world, file.without_the_first(2));
    let done = block_on(reseal::run(&third)).unwrap();
    assert_eq!(left(&done), 0, "{done:?}");
    for (before, done) in before.iter().zip(&done) {
        assert_eq!((before.name, before.left), (done.name, done.done));
    }
    second.stop();
    third.stop();
}

#[test]
fn everything_sealed_is_sealed_anew_on_sqlite() {
    everything_follows(Backend::Sqlite, Suite::Standard, Suite::National);
}

#[test]
fn everything_sealed_is_sealed_anew_on_postgres() {
    everything_follows(Backend::Postgres, Suite::National, Suite::Standard);
}

/// Somebody else writes and does not stop: what is sealed under the old key is left and counted,
/// and the next run does it.
#[test]
fn a_database_that_stays_locked_ends_a_run_and_breaks_none() {
    let database = TestDatabase::new(Backend::Sqlite);
    let file = KeyFile(database.data_dir().join("rotated/keys.toml"));
    Keys::create(&file.0, Suite::Standard, clock::now()).unwrap();
    let world = World::with_keys(database, file.load());
    world.live();
    file.rotate(Suite::Standard);
    let second = beside(&world, file.load());
    // Every connection of its pool is told not to wait for long.
    let conns: Vec<_> = (0..4).map(|_| second.database.get().unwrap()).collect();
    for mut conn in conns {
        diesel::sql_query("PRAGMA busy_timeout = 5")
            .execute(&mut *conn)
            .unwrap();
    }
    let before = left(&block_on(reseal::count(&second)).unwrap());
    assert!(before > 50, "{before}");

    let mut other = world.engine.database.open_connection().unwrap();
    diesel::sql_query("BEGIN IMMEDIATE")
        .execute(&mut other)
        .unwrap();
    let locked = block_on(reseal::run(&second)).unwrap();
    assert_eq!(left(&locked), before);
    assert!(locked.iter().all(|place| place.done == 0), "{locked:?}");
    diesel::sql_query("ROLLBACK").execute(&mut other).unwrap();

    let done = block_on(reseal::run(&second)).unwrap();
    assert_eq!(left(&done), 0, "{done:?}");
    assert_eq!(done.iter().map(|place| place.done).sum::<u64>(), before);
    second.stop();
}
