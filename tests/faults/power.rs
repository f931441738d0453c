//! `kill -9` of the whole PostgreSQL server: what it had not flushed is gone with its memory.

use super::books::{Check, assert_sound};
use super::cycles::Cycles;
use super::kill::{assert_seen, parts};
use super::scene::Scene;
use crate::support::effort::times;
use crate::support::{Cluster, TestDatabase};

/// How often it is asked whether it is ready again; each takes some two seconds while it is not.
const PATIENCE: u32 = 1_000;

#[test]
fn a_service_whose_database_server_is_killed_loses_nothing_and_comes_back() {
    let planned = times(4, 200);
    let cluster = Cluster::new(&[]);
    let mut cycles = Cycles::new("server killed", planned);
    let database = TestDatabase::on(&cluster);
    let mut scene = Scene::on(database, 1, &[cycles.pool()], &[]);
    let mut asked = 0;
    for cycle in 0..planned {
        let plan = cycles.plan(&mut scene);
        let struck = cycles.strike(&plan, || cluster.kill());
        assert_away(&scene);
        cluster.start();
        asked += until_ready(&scene);
        // From here on every claim gets its verdict: the service is what it says.
        let found = cycles.settle(&scene, struck);
        assert_sound(&format!("cycle {cycle}"), &found);
        if cycles.is_time(parts()) {
            assert_sound("books", &cycles.whole(&scene));
        }
    }
    cycles.print();
    println!("server killed: asked {asked} times whether it is ready again");
    let tally = cycles.tally();
    assert!(tally.acknowledged > 0 && tally.unknown > 0, "{tally}");
}

/// The service lives and says that it cannot work.
fn assert_away(scene: &Scene) {
    let mut client = scene.servers[0].client();
    assert_eq!(client.get("/livez").status, 200);
    let ready = client.get("/readyz");
    assert_eq!(ready.status, 503, "{}", ready.text());
}

/// Waits until the service says that it can work; how often it said that it cannot.
pub fn until_ready(scene: &Scene) -> u32 {
    let mut client = scene.servers[0].client();
    for asked in 0..PATIENCE {
        assert_eq!(client.get("/livez").status, 200);
        let ready = client.get("/readyz");
        match ready.status {
            200 => return asked,
            503 => {}
            _ => panic!("{}", ready.text()),
        }
    }
    panic!(
        "the service does not come back: {}",
        scene.servers[0].stderr()
    );
}

/// A database that says yes when it is told to wait for its disk and does not: what the service
/// acknowledged is lost, and that is seen.
#[test]
fn a_server_that_commits_without_flushing_is_seen() {
    const AT_MOST: u64 = 20;
    let cluster = Cluster::new(&[("wal_writer_delay", "10s")]);
    let mut cycles = Cycles::new("planted: synchronous_commit = off", AT_MOST);
    let database = TestDatabase::on(&cluster);
    let mut scene = Scene::on(database, 1, &[cycles.pool()], &[]);
    scene.database.execute(
        "CREATE FUNCTION public.set_config(text, text, boolean) RETURNS text VOLATILE
         LANGUAGE sql AS 'SELECT $2';
         DO $$ BEGIN
            EXECUTE format('ALTER DATABASE %I SET search_path = public, pg_catalog',
                current_database());
            EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database());
         END $$;",
    );
    scene.servers.clear();
    scene.start();
    for _ in 0..AT_MOST {
        let plan = cycles.plan(&mut scene);
        let struck = cycles.strike(&plan, || cluster.kill());
        cluster.start();
        until_ready(&scene);
        let found = cycles.settle(&scene, struck);
        if !found.is_empty() {
            assert_seen(&found, Check::Lost);
            return cycles.print();
        }
    }
    panic!("nothing was lost: {}", cycles.tally());
}
