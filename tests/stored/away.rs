//! Connections that are cut while claims come in: nothing is lost, nothing twice.

use std::sync::atomic::{AtomicBool, Ordering};

use diesel::prelude::*;
use futures_util::future::join_all;
use tradein::clock;
use tradein::domain::ids::ClientId;
use tradein::domain::intake::read_claim;
use tradein::domain::text::Lang;
use tradein::operations::DealerCaller;
use tradein::operations::submit::{SubmitError, submit};
use tradein::operations::verify::verify;
use tradein::rehearse::Profile;
use tradein::rehearse::generate::{Generator, uscc};
use tradein::storage::Db;

use crate::support::{Backend, TestDatabase};
use crate::world::World;

const CARS: &str = "henan-car-replacement-2025";
const CLAIMS: u64 = 300;
/// As a dealer's program would: the same key until there is an answer.
const TRIES: u32 = 1_000;

const CUT: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()";

/// Cuts every other connection to the database until it is told to stop; how often it did.
fn cut(world: &World, stop: &AtomicBool) -> u32 {
    let Db::Postgres(mut conn) = world.engine.database.open_connection().unwrap() else {
        panic!("not PostgreSQL")
    };
    let mut cuts = 0;
    while !stop.load(Ordering::Relaxed) {
        diesel::sql_query(CUT).execute(&mut conn).unwrap();
        cuts += 1;
        // Let some batches through in between: work, not sleep, sets the pace.
        diesel::sql_query("SELECT count(*) FROM generate_series(1, 300000)")
            .execute(&mut conn)
            .unwrap();
    }
    cuts
}

#[test]
fn cut_connections_lose_nothing_and_file_nothing_twice() {
    let world = World::new(TestDatabase::new(Backend::Postgres));
    let caller = DealerCaller {
        dealer: world.cars_dealer(CARS),
        client: ClientId(clock::new_uuid()),
    };
    let generator = Generator::new(Profile::of(CARS).unwrap(), 23);
    let stop = AtomicBool::new(false);
    let file = async |n: u64| {
        let body = generator.body(n, &uscc(1));
        for _ in 0..TRIES {
            let intake = read_claim(body.as_bytes(), clock::now().beijing_day()).unwrap();
            match submit(&world.engine, &caller, &generator.key(n), intake, Lang::En).await {
                Ok(answer) => return answer,
                Err(SubmitError::Unavailable) => {}
                Err(other) => panic!("{other}"),
            }
        }
        panic!("claim {n} got no answer")
    };
    let (answers, cuts) = std::thread::scope(|scope| {
        let cutter = scope.spawn(|| cut(&world, &stop));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let mut answers = Vec::new();
        for first in (0..CLAIMS).step_by(20) {
            answers.extend(runtime.block_on(join_all((first..first + 20).map(file))));
        }
        stop.store(true, Ordering::Relaxed);
        (answers, cutter.join().unwrap())
    });
    assert!(cuts > 1, "the connections were cut {cuts} times");
    let mut conn = world.engine.database.get().unwrap();
    let pools = verify(&mut conn, &world.keys).unwrap();
    assert_eq!(pools[0].claims as u64, CLAIMS);
    // Every answer is the claim's own, and stands.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    for (n, answer) in answers.iter().enumerate() {
        assert_eq!(*answer, runtime.block_on(file(n as u64)), "claim {n}");
    }
}
