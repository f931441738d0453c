//! The database's disk is full for a while: claims are told to come again, reads go on, and once there
//! is room the service goes on by itself.

use std::process::Command;

use super::books::{Check, Finding, assert_sound};
use super::cycles::Cycles;
use super::kill::assert_seen;
use super::scene::{Filing, Place, Scene};
use crate::support::effort::{seed, times};
use crate::support::{Backend, Server, TestDatabase};

const PROGRAMME: &str = "national-appliance-2025";

/// Claims that are filed while the disk is full.
const AMIDST: u64 = 8;

/// What PostgreSQL says where it finds no room for a table; a full disk under its log would end the
/// whole server.
const NO_ROOM: &str = "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        RAISE EXCEPTION USING ERRCODE = 'disk_full',
            MESSAGE = 'could not extend file \"base/1/2\": No space left on device';
    END $$;
    CREATE TRIGGER no_room BEFORE INSERT ON journal EXECUTE FUNCTION no_room()";

const ROOM: &str = "DROP TRIGGER no_room ON journal; DROP FUNCTION no_room()";

/// Starts a service that survives a limit to its files: the system would end it by a signal.
fn start(scene: &mut Scene) {
    let plain = scene
        .database
        .command(&["serve", "--listen", "127.0.0.1:0"]);
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; exec \"$@\"", "sh"]);
    command.arg(plain.get_program()).args(plain.get_args());
    command.current_dir(plain.get_current_dir().unwrap());
    for (name, value) in plain.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    scene.servers.clear();
    scene.servers.push(Server::start(command));
}

/// Takes the room for anything that is written, or gives it back.
fn set_room(database: &TestDatabase, server: &Server, room: bool) {
    match database.backend() {
        // No byte may be written to any file.
        Backend::Sqlite => {
            let limit = if room { "unlimited" } else { "0" };
            let mut command = Command::new("prlimit");
            command.args(["--pid", &server.id().to_string()]);
            let done = command.arg(format!("--fsize={limit}:")).status().unwrap();
            assert!(done.success());
        }
        Backend::Postgres => database.execute(if room { ROOM } else { NO_ROOM }),
    }
}

/// A finding for everybody who files and is not told to come again.
fn taken(scene: &Scene, filing: &Filing) -> Vec<Finding> {
    let answers = (0..AMIDST).map(|index| {
        let mut client = scene.dealer_client(0, filing.dealer(index));
        client.file(&filing.key(index), &filing.body(index))
    });
    answers
        .filter(|answer| answer.status != 503 || answer.header("retry-after").is_none())
        .map(|answer| Finding::new(Check::Answered, answer.text()))
        .collect()
}

fn assert_reads_go_on(scene: &Scene) {
    let mut auditor = scene.auditor_client(0);
    for path in [
        "/livez",
        "/readyz",
        "/v1/public/pools/interrupted",
        "/v1/public/journal/interrupted",
        "/v1/claims?limit=100",
    ] {
        let answer = auditor.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    }
}

#[test]
fn a_full_disk_costs_nothing_but_time() {
    for backend in Backend::ALL {
        let name = format!("disk full {backend:?}");
        let planned = times(3, 100);
        let mut cycles = Cycles::new(&name, planned);
        let mut scene = Scene::new(Place::one(backend), &[cycles.pool()]);
        start(&mut scene);
        // None of those of the cycles.
        let filing = Filing::new(PROGRAMME, seed(&name) + (1 << 32));
        for cycle in 0..planned {
            let plan = cycles.plan(&mut scene);
            let (database, server) = (&scene.database, &scene.servers[0]);
            let struck = cycles.strike(&plan, || set_room(database, server, false));
            assert_sound(&name, &taken(&scene, &filing));
            assert_reads_go_on(&scene);
            set_room(database, server, true);
            // From here on every claim gets its verdict, without anybody's help.
            let found = cycles.settle(&scene, struck);
            assert_sound(&format!("{name}, cycle {cycle}"), &found);
        }
        assert_sound(&name, &cycles.whole(&scene));
        cycles.print();
        let tally = cycles.tally();
        assert!(tally.acknowledged > 0, "{tally}");
        // What is looked for is there to be found: with room they are taken.
        assert_seen(&taken(&scene, &filing), Check::Answered);
    }
}
