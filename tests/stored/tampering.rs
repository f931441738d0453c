//! Hundreds of changes, each made in a transaction, looked for, and rolled back.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Nullable, Text};
use tradein::operations::verify::{VerifyFailure, verify_within};
use tradein::rehearse::SplitMix64;
use tradein::storage::Db;
use tradein::storage::key_moves::advance;

use crate::support::{Backend, TestDatabase};
use crate::world::World;

/// Changes on each database.
const CHANGES: u32 = 400;

#[derive(Clone, Copy, Debug)]
enum Type {
    Int,
    Text,
    Bytes,
}

/// A table, the columns that make a row its own, and the columns that follow from the
/// journal or are committed to by it.
struct Table {
    name: &'static str,
    key: &'static str,
    columns: &'static [(&'static str, Type)],
}

const TABLES: &[Table] = &[
    Table {
        name: "claims",
        key: "id",
        columns: &[
            ("pool_id", Type::Bytes),
            ("number", Type::Text),
            ("position", Type::Int),
            ("programme", Type::Text),
            ("version_id", Type::Int),
            ("dealer_id", Type::Bytes),
            ("state", Type::Text),
            ("amount", Type::Int),
            ("sealed", Type::Bytes),
            ("content_mac", Type::Bytes),
            ("nonce", Type::Bytes),
            ("person_hash", Type::Bytes),
            ("keys", Type::Bytes),
            ("reasons", Type::Text),
            ("warnings", Type::Text),
            ("submitted_us", Type::Int),
            ("held_us", Type::Int),
            ("changed_us", Type::Int),
            ("revision", Type::Int),
            ("rounds", Type::Int),
            ("apart", Type::Int),
            ("prepared_by", Type::Bytes),
            ("approved_by", Type::Bytes),
            ("approval_seq", Type::Int),
            ("approved_us", Type::Int),
        ],
    },
    Table {
        name: "journal",
        key: "hash",
        columns: &[
            ("pool_id", Type::Bytes),
            ("seq", Type::Int),
            ("at_us", Type::Int),
            ("kind", Type::Text),
            ("actor", Type::Text),
            ("claim_id", Type::Bytes),
            ("commitment", Type::Bytes),
            ("position", Type::Int),
            ("amount", Type::Int),
            ("detail", Type::Text),
            ("from_bucket", Type::Text),
            ("to_bucket", Type::Text),
            ("private", Type::Text),
            ("private_hash", Type::Bytes),
            ("prev_hash", Type::Bytes),
            ("hash", Type::Bytes),
        ],
    },
    Table {
        name: "pools",
        key: "id",
        columns: &[
            ("name", Type::Text),
            ("remainder", Type::Text),
            ("waiting", Type::Int),
            ("next_ordinal", Type::Int),
            ("next_position", Type::Int),
            ("head_seq", Type::Int),
            ("head_us", Type::Int),
            ("head_hash", Type::Bytes),
        ],
    },
    Table {
        name: "claim_keys",
        key: "key_hash",
        columns: &[
            ("key_hash", Type::Bytes),
            ("ordinal", Type::Int),
            ("claim_id", Type::Bytes),
        ],
    },
    Table {
        name: "claim_keys_cold",
        key: "key_hash",
        columns: &[
            ("key_hash", Type::Bytes),
            ("ordinal", Type::Int),
            ("claim_id", Type::Bytes),
        ],
    },
    Table {
        name: "dealer_usage",
        key: "dealer_id",
        columns: &[("held", Type::Int)],
    },
    Table {
        name: "answers",
        key: "key_hash",
        columns: &[
            ("key_hash", Type::Bytes),
            ("fingerprint", Type::Bytes),
            ("claim_id", Type::Bytes),
            ("body", Type::Text),
            ("mac", Type::Bytes),
        ],
    },
    Table {
        name: "withdrawn_claims",
        key: "claim_id",
        columns: &[
            ("claim_id", Type::Bytes),
            ("state", Type::Text),
            ("deadline_us", Type::Int),
        ],
    },
    Table {
        name: "claim_notes",
        key: "sealed",
        columns: &[
            ("claim_id", Type::Bytes),
            ("seq", Type::Int),
            ("kind", Type::Text),
            ("staff_id", Type::Bytes),
            ("at_us", Type::Int),
            ("sealed", Type::Bytes),
        ],
    },
    Table {
        name: "papers",
        key: "claim_id",
        columns: &[
            ("claim_id", Type::Bytes),
            ("paper", Type::Text),
            ("media", Type::Text),
            ("bytes", Type::Int),
            ("sha256", Type::Bytes),
            ("object", Type::Text),
            ("at_us", Type::Int),
        ],
    },
    Table {
        name: "payout_batches",
        key: "id",
        columns: &[
            ("id", Type::Bytes),
            ("pool_id", Type::Bytes),
            ("number", Type::Int),
            ("state", Type::Text),
            ("lines", Type::Int),
            ("hash", Type::Bytes),
            ("salt", Type::Bytes),
            ("sealed_by", Type::Bytes),
            ("sealed_us", Type::Int),
            ("released_by", Type::Bytes),
            ("released_us", Type::Int),
            ("discarded_by", Type::Bytes),
            ("discarded_us", Type::Int),
        ],
    },
    Table {
        name: "payout_lines",
        key: "sealed",
        columns: &[
            ("end_to_end_id", Type::Text),
            ("batch_id", Type::Bytes),
            ("line", Type::Int),
            ("claim_id", Type::Bytes),
            ("attempt", Type::Int),
            ("dealer_id", Type::Bytes),
            ("payee", Type::Text),
            ("debtor_hash", Type::Bytes),
            ("sealed", Type::Bytes),
            ("state", Type::Text),
            ("reason", Type::Bytes),
            ("outcome_us", Type::Int),
        ],
    },
    Table {
        name: "receivables",
        key: "id",
        columns: &[
            ("id", Type::Bytes),
            ("pool_id", Type::Bytes),
            ("claim_id", Type::Bytes),
            ("payee", Type::Text),
            ("dealer_id", Type::Bytes),
            ("debtor_hash", Type::Bytes),
            ("reason", Type::Text),
            ("amount", Type::Int),
            ("settled", Type::Int),
            ("pending", Type::Int),
            ("raised_us", Type::Int),
        ],
    },
    Table {
        name: "set_offs",
        key: "receivable_id",
        columns: &[
            ("end_to_end_id", Type::Text),
            ("receivable_id", Type::Bytes),
            ("amount", Type::Int),
        ],
    },
    Table {
        name: "bulk_approvals",
        key: "commitment",
        columns: &[
            ("pool_id", Type::Bytes),
            ("state", Type::Text),
            ("most_claims", Type::Int),
            ("most_amount", Type::Int),
            ("staff_id", Type::Bytes),
            ("sealed", Type::Bytes),
            ("commitment", Type::Bytes),
            ("committed_us", Type::Int),
            ("committed_seq", Type::Int),
            ("seed", Type::Bytes),
            ("list_hash", Type::Bytes),
            ("drawn_us", Type::Int),
            ("drawn_seq", Type::Int),
        ],
    },
    Table {
        name: "bulk_claims",
        key: "commitment",
        columns: &[
            ("line", Type::Int),
            ("claim_id", Type::Bytes),
            ("commitment", Type::Bytes),
            ("revision", Type::Int),
            ("sampled", Type::Int),
            ("outcome", Type::Text),
            ("why", Type::Text),
        ],
    },
];

/// Changes that one statement makes; each touches at least one row of this history.
const STATEMENTS: &[&str] = &[
    "UPDATE pools SET free = free + 100, reserved = reserved - 100 WHERE name = 'cars'",
    "UPDATE pools SET cap = cap + 100, free = free + 100 WHERE name = 'phones'",
    "UPDATE pools SET paid = paid + 100, reserved = reserved - 100 WHERE name = 'cars'",
    "DELETE FROM claims WHERE state = 'waiting'",
    "DELETE FROM claims WHERE state = 'refused'",
    "DELETE FROM claim_keys",
    "DELETE FROM claim_keys_cold",
    "INSERT INTO claim_keys SELECT * FROM claim_keys_cold",
    "UPDATE claim_keys SET kind = 'request' WHERE kind = 'unit'",
    "DELETE FROM key_moves",
    "UPDATE key_moves SET generation = generation + 1",
    "DELETE FROM answers",
    "DELETE FROM dealer_usage",
    "UPDATE waiting_stretches SET claims = claims + 1",
    "UPDATE waiting_stretches SET amount = amount + 100",
    "UPDATE waiting_stretches SET stretch = stretch + 1",
    "DELETE FROM waiting_stretches",
    "DELETE FROM journal",
    "UPDATE claims SET state = 'reserved' WHERE state = 'waiting'",
    "UPDATE claims SET state = 'waiting' WHERE state = 'refused'",
    "UPDATE claims SET amount = amount * 2 WHERE state = 'reserved'",
    "UPDATE claims SET position = NULL",
    "UPDATE claims SET held_us = NULL",
    "UPDATE journal SET private = NULL",
    "UPDATE journal SET at_us = at_us - 1000000 WHERE kind = 'promoted'",
    "UPDATE journal SET actor = 'operator' WHERE actor = 'dealer'",
    // Amounts that a CHECK binds together.
    "UPDATE payout_batches SET gross = gross + 100, net = net + 100",
    "UPDATE payout_batches SET set_off = set_off + 100, net = net - 100",
    "UPDATE payout_lines SET gross = gross + 100, net = net + 100, local = local + 100",
    "UPDATE payout_lines SET set_off = set_off + 100, net = net - 100 WHERE net >= 100",
    "UPDATE payout_lines SET centre = centre + local, local = 0 WHERE local > 0",
    "UPDATE payout_lines SET province = province + local, local = 0 WHERE local > 0",
    "UPDATE payout_lines SET zone = zone + local, local = 0 WHERE local > 0",
    "UPDATE payout_lines SET state = 'pending', outcome_us = NULL WHERE state = 'paid'",
    "UPDATE payout_lines SET state = 'paid', outcome_us = 1 WHERE state = 'pending'",
    "UPDATE payout_batches SET released_by = NULL, released_us = NULL, state = 'sealed'",
    "UPDATE payout_batches SET discarded_by = NULL, discarded_us = NULL, state = 'sealed'
        WHERE state = 'discarded'",
    "UPDATE payout_batches SET discarded_by = sealed_by, discarded_us = sealed_us,
        state = 'discarded' WHERE state = 'sealed'",
    "UPDATE payout_batches SET released_by = claim_id, released_us = discarded_us,
        discarded_by = NULL, discarded_us = NULL, state = 'released'
        FROM payout_lines WHERE payout_batches.state = 'discarded'",
    "UPDATE payout_lines SET state = 'pending', outcome_us = NULL WHERE state = 'discarded'",
    "UPDATE payout_lines SET state = 'returned' WHERE state = 'discarded'",
    "UPDATE receivables SET settled = amount, pending = 0",
    "UPDATE receivables SET amount = amount + 100",
    "DELETE FROM payout_lines WHERE state = 'pending'",
    "DELETE FROM payout_batches",
    "DELETE FROM receivables",
    "DELETE FROM set_offs",
    "DELETE FROM claim_notes",
    "DELETE FROM withdrawn_claims",
    "INSERT INTO withdrawn_claims (claim_id, state)
     SELECT id, state FROM claims WHERE state = 'reserved'",
    "DELETE FROM claim_notes WHERE kind = 'flagged'",
    "DELETE FROM claim_notes WHERE kind = 'flag_cleared'",
    "DELETE FROM claim_notes WHERE kind = 'clawback_settled'",
    "DELETE FROM papers",
    "DELETE FROM bulk_claims",
    "UPDATE claims SET approved_by = prepared_by WHERE approved_by IS NOT NULL",
    "UPDATE claims SET prepared_by = NULL WHERE prepared_by IS NOT NULL",
    "UPDATE bulk_claims SET sampled = 1 - sampled WHERE outcome IS NULL",
];

#[derive(QueryableByName)]
struct Bytes {
    #[diesel(sql_type = Nullable<Binary>)]
    value: Option<Vec<u8>>,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = Nullable<BigInt>)]
    value: Option<i64>,
}

#[derive(QueryableByName)]
struct Words {
    #[diesel(sql_type = Nullable<Text>)]
    value: Option<String>,
}

macro_rules! on_either {
    ($conn:expr, $inner:ident => $work:expr) => {
        match $conn {
            Db::Sqlite($inner) => $work,
            Db::Postgres($inner) => $work,
        }
    };
}

/// `$1` on PostgreSQL, `?1` on SQLite.
fn mark(conn: &Db, n: usize) -> String {
    match conn {
        Db::Sqlite(_) => format!("?{n}"),
        Db::Postgres(_) => format!("${n}"),
    }
}

/// Makes one random change; what it was, or `None` when the database refused it or it
/// changed nothing.
fn change(conn: &mut Db, random: &mut SplitMix64) -> Option<String> {
    let pick = |random: &mut SplitMix64, n: usize| (random.next_u64() % n as u64) as usize;
    match pick(random, 10) {
        0 => {
            let statement = STATEMENTS[pick(random, STATEMENTS.len())];
            on_either!(conn, c => diesel::sql_query(statement).execute(c))
                .ok()
                .filter(|n| *n > 0)?;
            Some(statement.to_owned())
        }
        1 => delete(conn, random),
        2 => truncate(conn, random),
        3 => swap(conn, random),
        _ => {
            let table = &TABLES[pick(random, TABLES.len())];
            let (column, kind) = table.columns[pick(random, table.columns.len())];
            edit(conn, random, table, column, kind)
        }
    }
}

fn rows(conn: &mut Db, table: &str) -> u64 {
    let sql = format!("SELECT count(*) AS value FROM {table}");
    let number: Number = on_either!(conn, c => diesel::sql_query(sql).get_result(c)).unwrap();
    number.value.unwrap_or(0).unsigned_abs()
}

fn key_of_random_row(conn: &mut Db, random: &mut SplitMix64, table: &Table) -> Vec<u8> {
    let offset = random.next_u64() % rows(conn, table.name);
    let (name, key) = (table.name, table.key);
    let sql = format!("SELECT {key} AS value FROM {name} ORDER BY {key} LIMIT 1 OFFSET {offset}");
    let bytes: Bytes = on_either!(conn, c => diesel::sql_query(sql).get_result(c)).unwrap();
    bytes.value.unwrap()
}

fn delete(conn: &mut Db, random: &mut SplitMix64) -> Option<String> {
    let table = &TABLES[(random.next_u64() % TABLES.len() as u64) as usize];
    let key = key_of_random_row(conn, random, table);
    let sql = format!(
        "DELETE FROM {} WHERE {} = {}",
        table.name,
        table.key,
        mark(conn, 1)
    );
    on_either!(conn, c => diesel::sql_query(&sql).bind::<Binary, _>(key).execute(c)).ok()?;
    Some(sql)
}

/// Cuts the journal's end off, half of the time with the pool's row put back to match.
fn truncate(conn: &mut Db, random: &mut SplitMix64) -> Option<String> {
    let pool = if random.next_u64().is_multiple_of(2) {
        "cars"
    } else {
        "phones"
    };
    let cut = 1 + random.next_u64() % 5;
    let of_pool = format!("pool_id = (SELECT id FROM pools WHERE name = '{pool}')");
    let mut sql = format!(
        "DELETE FROM journal WHERE {of_pool} AND seq >
            (SELECT head_seq - {cut} FROM pools WHERE name = '{pool}');"
    );
    if random.next_u64().is_multiple_of(2) {
        sql.push_str(&format!(
            "UPDATE pools SET head_seq = head_seq - {cut},
                head_hash = (SELECT hash FROM journal j WHERE j.pool_id = pools.id
                    ORDER BY seq DESC LIMIT 1),
                head_us = (SELECT at_us FROM journal j WHERE j.pool_id = pools.id
                    ORDER BY seq DESC LIMIT 1) WHERE name = '{pool}';"
        ));
    }
    on_either!(conn, c => c.batch_execute(&sql)).ok()?;
    Some(sql)
}

/// Exchanges the numbers of two entries.
fn swap(conn: &mut Db, random: &mut SplitMix64) -> Option<String> {
    let first = 1 + random.next_u64() % 30;
    let second = first + 1 + random.next_u64() % 10;
    let of_pool = "pool_id = (SELECT id FROM pools WHERE name = 'cars')";
    let sql = format!(
        "UPDATE journal SET seq = -1 WHERE {of_pool} AND seq = {first};
         UPDATE journal SET seq = {first} WHERE {of_pool} AND seq = {second};
         UPDATE journal SET seq = {second} WHERE {of_pool} AND seq = -1;"
    );
    on_either!(conn, c => c.batch_execute(&sql)).ok()?;
    Some(sql)
}

fn edit(
    conn: &mut Db,
    random: &mut SplitMix64,
    table: &Table,
    column: &str,
    kind: Type,
) -> Option<String> {
    let key = key_of_random_row(conn, random, table);
    let (name, key_name) = (table.name, table.key);
    let one = mark(conn, 1);
    let select = format!("SELECT {column} AS value FROM {name} WHERE {key_name} = {one}");
    let update = format!(
        "UPDATE {name} SET {column} = {one} WHERE {key_name} = {}",
        mark(conn, 2)
    );
    let step = 1 + i64::try_from(random.next_u64() % 100).unwrap();
    let changed = match kind {
        Type::Int => {
            let old: Number = on_either!(conn, c => diesel::sql_query(select).bind::<Binary, _>(&key).get_result(c)).ok()?;
            let new = old.value.map_or(step, |v| v + step);
            on_either!(conn, c => diesel::sql_query(&update).bind::<BigInt, _>(new).bind::<Binary, _>(&key).execute(c))
        }
        Type::Text => {
            let old: Words = on_either!(conn, c => diesel::sql_query(select).bind::<Binary, _>(&key).get_result(c)).ok()?;
            let new = other_text(name, column, old.value.as_deref(), random);
            on_either!(conn, c => diesel::sql_query(&update).bind::<Text, _>(new).bind::<Binary, _>(&key).execute(c))
        }
        Type::Bytes => {
            let old: Bytes = on_either!(conn, c => diesel::sql_query(select).bind::<Binary, _>(&key).get_result(c)).ok()?;
            let mut new = old.value.unwrap_or_else(|| vec![7; 16]);
            match new.len() {
                0 => new.push(1),
                length => new[(random.next_u64() % length as u64) as usize] ^= 1 << (step % 8),
            }
            on_either!(conn, c => diesel::sql_query(&update).bind::<Binary, _>(new).bind::<Binary, _>(&key).execute(c))
        }
    };
    changed.ok().filter(|n| *n > 0)?;
    Some(format!("{update} (step {step})"))
}

/// Another word that the column could hold, or the same text with a character more.
fn other_text(table: &str, column: &str, old: Option<&str>, random: &mut SplitMix64) -> String {
    let words: &[&str] = match column {
        "state" if table == "payout_batches" => &["sealed", "released", "discarded"],
        "state" if table == "payout_lines" => &["pending", "paid", "returned", "discarded"],
        "state" if table == "bulk_approvals" => &["drawn", "approved", "void"],
        "payee" => &["dealer", "consumer"],
        "outcome" => &["approved", "skipped"],
        "state" => &["reserved", "waiting", "refused", "withdrawn"],
        "kind" => &[
            "reserved",
            "waiting",
            "refused",
            "promoted",
            "withdrawn",
            "flagged",
        ],
        "actor" => &["dealer", "staff", "operator", "system"],
        "remainder" | "detail" => &["strict", "fit"],
        "from_bucket" | "to_bucket" => &["funding", "free", "reserved", "committed", "paid"],
        _ => &[],
    };
    let others: Vec<&&str> = words.iter().filter(|word| Some(**word) != old).collect();
    match others.len() {
        0 => format!("{} ", old.unwrap_or_default()),
        n => (*others[(random.next_u64() % n as u64) as usize]).to_owned(),
    }
}

/// One change and what comes of it, in a transaction that is rolled back.
fn tried(
    world: &World,
    conn: &mut Db,
    change: impl FnOnce(&mut Db) -> Option<String>,
) -> Option<(String, Result<(), VerifyFailure>)> {
    on_either!(conn, c => c.batch_execute("BEGIN")).unwrap();
    let changed = change(conn);
    let found = changed
        .as_ref()
        .map(|_| verify_within(conn, &world.keys).map(drop));
    on_either!(conn, c => c.batch_execute("ROLLBACK")).unwrap();
    changed.zip(found)
}

/// Columns that the database itself lets nobody change alone.
const BOUND: &[&str] = &["bulk_approvals.state", "bulk_claims.sampled"];

/// Each column of each table is changed once at least.
fn every_column_is_held_against_the_journal(world: &World, conn: &mut Db, random: &mut SplitMix64) {
    for table in TABLES {
        for (column, kind) in table.columns {
            let name = format!("{}.{column}", table.name);
            let done = (0..40)
                .find_map(|_| tried(world, conn, |conn| edit(conn, random, table, column, *kind)));
            match done {
                Some((_, Err(VerifyFailure::Broken(_)))) => {}
                None if BOUND.contains(&name.as_str()) => {}
                other => panic!("{name}: {other:?}"),
            }
        }
    }
}

fn every_statement_is_found(world: &World, conn: &mut Db) {
    for statement in STATEMENTS {
        let done = tried(world, conn, |conn| {
            on_either!(conn, c => diesel::sql_query(*statement).execute(c))
                .ok()
                .filter(|n| *n > 0)?;
            Some((*statement).to_owned())
        });
        match done {
            Some((_, Err(VerifyFailure::Broken(_)))) => {}
            other => panic!("{statement}: {other:?}"),
        }
    }
}

fn every_change_is_found(backend: Backend) {
    let seed = std::env::var("TRADEIN_TEST_SEED")
        .ok()
        .and_then(|s| s.parse().ok())
        .unwrap_or_else(|| tradein::clock::now().0.unsigned_abs());
    println!("TRADEIN_TEST_SEED={seed}");
    let world = World::new(TestDatabase::new(backend));
    world.live();
    world.pay();
    let mut conn = world.engine.database.get().unwrap();
    advance(&mut conn, None, 200).unwrap();
    let mut random = SplitMix64::new(seed);
    let clean = verify_within(&mut conn, &world.keys);
    assert!(clean.is_ok(), "{clean:?}");
    every_column_is_held_against_the_journal(&world, &mut conn, &mut random);
    every_statement_is_found(&world, &mut conn);
    let mut made = 0;
    let mut tried = 0;
    while made < CHANGES {
        tried += 1;
        assert!(tried < CHANGES * 20, "hardly any change can be made");
        on_either!(&mut *conn, c => c.batch_execute("BEGIN")).unwrap();
        let changed = change(&mut conn, &mut random);
        let found = changed
            .as_ref()
            .map(|_| verify_within(&mut conn, &world.keys));
        on_either!(&mut *conn, c => c.batch_execute("ROLLBACK")).unwrap();
        if let (Some(what), Some(found)) = (changed, found) {
            made += 1;
            match found {
                Err(VerifyFailure::Broken(_)) => {}
                other => panic!("seed {seed}, change {made}: {what}\nfound: {other:?}"),
            }
        }
        // Clean data never alarms: the change is gone, and so is the finding.
        if tried % 50 == 0 {
            let clean = verify_within(&mut conn, &world.keys);
            assert!(clean.is_ok(), "seed {seed}: {clean:?}");
        }
    }
}

#[test]
fn every_change_is_found_on_sqlite() {
    every_change_is_found(Backend::Sqlite);
}

#[test]
fn every_change_is_found_on_postgres() {
    every_change_is_found(Backend::Postgres);
}

#[test]
fn other_keys_do_not_pass() {
    let world = World::new(TestDatabase::new(Backend::Sqlite));
    world.live();
    let mut conn = world.engine.database.get().unwrap();
    let others = tradein::keys::Keys::generate(tradein::clock::now()).unwrap();
    assert!(verify_within(&mut conn, &others).is_err());
}
