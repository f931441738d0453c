//! Sealing while screening is further behind than sealing itself catches up: what nobody has screened
//! as it stands is left out, and everything else is paid.

use serde_json::{Value, json};
use tradein::catalogue::Role;
use tradein::operations::{payout, screening};
use tradein::storage::{claim_queues, pools};

use crate::support::{Backend, TestDatabase};
use crate::world::World;

const POOL: &str = "cars";
/// Entries that sealing screens before it takes the lock: a thousand steps of twenty claims.
const CAUGHT_UP: i64 = 20_000;

/// Puts so many corrections behind the journal's head, of no claim, and one of `claim` behind them.
/// Nothing checks their hashes here.
fn fall_behind(database: &TestDatabase, claim: &str) {
    let last = CAUGHT_UP + 1;
    let (claim, none) = match database.backend() {
        Backend::Sqlite => (format!("x'{claim}'"), "x'00'"),
        Backend::Postgres => (format!("'\\x{claim}'::bytea"), "'\\x00'::bytea"),
    };
    database.execute(&format!(
        "WITH RECURSIVE numbers (n) AS
            (SELECT CAST(1 AS BIGINT) UNION ALL SELECT n + 1 FROM numbers WHERE n < {last})
         INSERT INTO journal (pool_id, seq, at_us, kind, actor, claim_id, amount, private_hash,
                prev_hash, hash)
            SELECT id, head_seq + n, head_us, 'corrected', 'dealer',
                CASE WHEN n = {last} THEN {claim} END, 0, {none}, {none}, {none}
            FROM pools, numbers WHERE name = '{POOL}';
         UPDATE pools SET head_seq = head_seq + {last} WHERE name = '{POOL}';"
    ));
}

fn what_is_not_screened_is_left_out_on(backend: Backend) {
    let world = World::new(TestDatabase::new(backend));
    world.live();
    world.pay();
    let finance = world.staff("finance-3", Role::Finance);
    let mut conn = world.engine.database.get().unwrap();
    while screening::follow(&world.engine, &mut conn)
        .unwrap()
        .is_some()
    {}
    let all = pools::all(&mut conn).unwrap();
    let pool = all.iter().find(|pool| pool.name == POOL).unwrap();
    let approved = claim_queues::approved(&mut conn, pool.id, 0, 100).unwrap();
    let (late, others) = approved.split_first().unwrap();
    assert!(!others.is_empty(), "one claim is not enough");
    drop(conn);
    let seal = || -> Value {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let wanted = payout::NewBatch::of(POOL, 100);
        let sealed = runtime.block_on(payout::seal(&world.engine, &finance, wanted));
        serde_json::from_str(&sealed.unwrap().body).unwrap()
    };

    fall_behind(&world.database, &late.id.0.simple().to_string());
    let batch = seal();
    let left_out = json!([{ "claim_number": late.number, "why": "not_screened" }]);
    assert_eq!(batch["left_out"], left_out, "{batch}");
    assert_eq!(batch["lines"], json!(others.len()), "{batch}");

    // Planted: a cursor that says that everything is screened. Nothing else held the claim back.
    world.database.execute(&format!(
        "UPDATE screening_read SET seq = (SELECT head_seq FROM pools WHERE name = '{POOL}')
            WHERE pool_id = (SELECT id FROM pools WHERE name = '{POOL}')"
    ));
    let batch = seal();
    assert_eq!(
        (&batch["left_out"], &batch["lines"]),
        (&Value::Null, &json!(1))
    );
}

#[test]
fn what_is_not_screened_is_left_out_of_a_batch_on_sqlite() {
    what_is_not_screened_is_left_out_on(Backend::Sqlite);
}

#[test]
fn what_is_not_screened_is_left_out_of_a_batch_on_postgres() {
    what_is_not_screened_is_left_out_on(Backend::Postgres);
}
