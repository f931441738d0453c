//! Who waits before a claim is told from stretches of the line, as if all were counted.

use tradein::domain::ids::PoolId;
use tradein::storage::waiting_line::{Waiting, before, whole};
use tradein::storage::{Db, claims};

use crate::support::{Backend, TestDatabase};
use crate::world::World;

/// What a database that was there before gets is what the migration counts.
const MIGRATIONS: [(Backend, &str); 2] = [
    (
        Backend::Sqlite,
        include_str!("../../migrations/sqlite/2026-11-26-000012_waiting_line/up.sql"),
    ),
    (
        Backend::Postgres,
        include_str!("../../migrations/postgres/2026-11-26-000012_waiting_line/up.sql"),
    ),
];

/// How many claims of a pool wait, each of which is told the truth.
fn told(conn: &mut Db, pool: PoolId) -> i64 {
    let mut counted = Waiting::default();
    for claim in claims::waiting(conn, pool, 0, None, 1_000).unwrap() {
        let place = claim.position.unwrap();
        assert_eq!(before(conn, pool, place).unwrap(), counted, "place {place}");
        counted.claims += 1;
        counted.amount += claim.amount.fen();
    }
    assert_eq!(whole(conn, pool).unwrap(), counted);
    assert_eq!(before(conn, pool, i64::from(u32::MAX)).unwrap(), counted);
    counted.claims
}

#[test]
fn who_waits_before_a_claim_is_told_as_if_all_were_counted() {
    for (backend, migration) in MIGRATIONS {
        let world = World::new(TestDatabase::new(backend));
        world.live();
        let mut conn = world.engine.database.get().unwrap();
        let pools = ["cars", "phones"].map(|name| {
            let pool = world.engine.catalogue.current().pool_named(name);
            pool.unwrap()
        });
        let waiting = pools.map(|pool| told(&mut conn, pool));
        assert!(waiting.iter().sum::<i64>() > 10, "{waiting:?}");
        // The same claims over many stretches.
        let (_, counting) = migration.split_once("INSERT INTO").unwrap();
        world.database.execute(&format!(
            "UPDATE claims SET position = position * 400;
             DELETE FROM waiting_stretches; INSERT INTO{counting}"
        ));
        assert_eq!(pools.map(|pool| told(&mut conn, pool)), waiting);
    }
}
