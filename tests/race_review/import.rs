//! Claims that are filed or end while an import of the register searches.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use diesel::prelude::*;
use tradein::domain::claim::ClaimState;
use tradein::domain::money::Fen;
use tradein::operations::{OperationError, pools, register};

use super::meet::withdraw_it;
use crate::bureau::{Bureau, look};
use crate::support::Backend;

#[derive(QueryableByName)]
struct Waiting {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    waiting: i64,
}

/// Waits until so many transactions wait for a lock.
fn until_waiting(conn: &mut PgConnection, count: i64) {
    let asked = Instant::now();
    loop {
        let query = "SELECT count(*) AS waiting FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let seen: Waiting = diesel::sql_query(query).get_result(conn).unwrap();
        if seen.waiting >= count {
            return;
        }
        assert!(asked.elapsed() < Duration::from_secs(8), "nobody waits");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_claim_that_is_filed_while_an_import_searches_does_not_escape() {
    let bureau = Bureau::new(Backend::Postgres, 3, Fen::from_yuan(10_000_000));
    let lanes = [bureau.lane(), bureau.lane(), bureau.lane(), bureau.lane()];
    let [holder, importer, filer, ender] = &lanes;
    let before = bureau.file(filer, 0..3);
    let vin = |n| {
        bureau.body(n)["new_item"]["vin"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let person = bureau.body(900)["consumer"]["id_number"].clone();
    let person = person.as_str().unwrap();
    let mut file = "kind,id_number,vin,awarded_on\n".to_owned();
    // One that stays, one that ends meanwhile, and one that comes meanwhile.
    for n in [0, 1, 7] {
        file += &format!("scrappage,{person},{},2025-03-03\n", vin(n));
    }
    let mut watcher = PgConnection::establish(bureau.database.url()).unwrap();
    let (release, released) = mpsc::channel::<()>();
    let (locked, is_locked) = mpsc::channel::<()>();
    let (imported, filed, ended) = std::thread::scope(|scope| {
        let bureau = &bureau;
        let held = scope.spawn(move || {
            let done: Result<(), OperationError> = holder.with(|conn| {
                conn.write(|conn| {
                    pools::lock(conn, bureau.pool)?;
                    locked.send(()).unwrap();
                    let _ = released.recv();
                    Err(OperationError::Refused("it was only held".into()))
                })
            });
            assert!(matches!(done, Err(OperationError::Refused(_))), "{done:?}");
        });
        is_locked.recv().unwrap();
        // They come to the lock one after the other.
        let filing = scope.spawn(|| bureau.file(filer, 7..8));
        until_waiting(&mut watcher, 1);
        let claim = look(importer, before[1].id);
        let ending = scope.spawn(move || withdraw_it(bureau)(ender, &claim));
        until_waiting(&mut watcher, 2);
        let importing = scope.spawn(|| {
            importer.with(|conn| {
                register::import(&importer.engine, conn, file.as_bytes(), &mut |_| {}).unwrap()
            })
        });
        until_waiting(&mut watcher, 3);
        release.send(()).unwrap();
        held.join().unwrap();
        (
            importing.join().unwrap(),
            filing.join().unwrap(),
            ending.join().unwrap(),
        )
    });
    assert_eq!(
        filed[0].state,
        ClaimState::Reserved,
        "it came after the import"
    );
    assert_eq!(ended.map(|c| c.state), Ok(ClaimState::Withdrawn));
    // Who waits for a row that was changed meanwhile looks for its new version, and nobody promises in
    // which order: now and then the import comes before what ends.
    assert!((2..=3).contains(&imported.flagged), "{}", imported.flagged);
    let flagged = |id| {
        look(importer, id)
            .flags
            .is_some_and(|flags| !flags.is_empty())
    };
    let ids = [before[0].id, before[2].id, filed[0].id];
    assert_eq!(ids.map(flagged), [true, false, true]);
    bureau.check_books(importer);
}
