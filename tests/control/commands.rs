//! The command line of the machine's owner: it acts at once, but where two persons are needed it
//! leaves a proposal for the service.

use serde_json::{Value, json};
use tradein::operations::denial::Denial;

use super::scene::{
    APPEALS, CARS, OTHER, POOL, Scene, answered, approve, code, on_both, shipped_with,
};
use crate::support::{Backend, TestDatabase};

const LIMIT: Option<&str> = Some("10000");

fn proposals(scene: &Scene, state: &str) -> Vec<Value> {
    let list = ["proposal", "list", "--state", state, "--json"];
    let all = scene.database.run_json(&list);
    all.as_array().unwrap().clone()
}

/// A pack in a file.
fn pack_file(database: &TestDatabase) -> String {
    let file = database.data_dir().join("appeals.toml");
    std::fs::write(&file, shipped_with(CARS, APPEALS)).unwrap();
    file.to_str().unwrap().to_owned()
}

#[test]
fn above_the_sum_a_command_leaves_a_proposal_and_says_who_must_approve() {
    on_both("40000", LIMIT, |scene| {
        let pack = pack_file(&scene.database);
        for (arguments, kind) in [
            (&["pool", "top-up", POOL, "10000.01"][..], "top_up"),
            (&["pool", "transfer", POOL, OTHER, "11000"], "transfer"),
            (&["pool", "set-aside", POOL, "12000"], "set_aside"),
            (&["pool", "release-aside", POOL, "12000"], "release_aside"),
            (&["programme", "load", &pack], "pack"),
        ] {
            let before = [POOL, OTHER].map(|pool| scene.entries(pool));
            let (status, text, _) = scene.command(LIMIT, arguments);
            assert_eq!(status, 0, "{arguments:?}");
            let found = proposals(scene, "proposed");
            let proposal = found.first().unwrap();
            let id = proposal["id"].as_str().unwrap();
            assert!(
                text.contains(id) && text.contains("operator or an approver"),
                "{text}"
            );
            assert_eq!((found.len(), &proposal["kind"]), (1, &json!(kind)));
            assert_eq!(proposal["proposed_by"], "command line");
            assert_eq!([POOL, OTHER].map(|pool| scene.entries(pool)), before);
            let shown = scene.database.run(&["proposal", "show", id]);
            assert!(
                shown.contains(kind) && shown.contains("command line"),
                "{shown}"
            );
            answered(approve(&mut scene.operator, proposal), 200);
            let again = approve(&mut scene.approver, proposal);
            assert_eq!(code(&again), (409, "already_decided".into()));
        }
        assert_eq!(scene.money(POOL), ["39000.01", "39000.01", "0.00"]);
        let done = scene.database.run(&["proposal", "list", "--state", "done"]);
        assert_eq!(done.lines().count(), 7, "{done}");
        let noted = [
            "pool",
            "top-up",
            POOL,
            "20000",
            "--reference",
            "文 9",
            "--json",
        ];
        let (status, text, _) = scene.command(LIMIT, &noted);
        let proposal: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            (status, &proposal["payload"]["reference"]),
            (0, &json!("文 9"))
        );
    });
}

#[test]
fn up_to_the_sum_and_without_one_a_command_acts_at_once() {
    on_both("40000", LIMIT, |scene| {
        let (_, text, _) = scene.command(LIMIT, &["pool", "top-up", POOL, "10000"]);
        assert!(text.contains("10000.00 yuan put in"), "{text}");
        scene.database.run(&["pool", "top-up", POOL, "90000"]);
        assert_eq!(scene.money(POOL)[0], "140000.00");
        let pack = pack_file(&scene.database);
        let text = scene.database.run(&["programme", "load", &pack]);
        assert!(text.contains("published sha256:"), "{text}");
        assert_eq!(proposals(scene, "proposed"), [] as [Value; 0]);
        // Stopping a stage never needs a second person.
        let freeze = ["pool", "freeze", POOL, "--stage", "payout", "--why", "x"];
        assert_eq!(scene.command(Some("0"), &freeze).0, 0);
        assert_eq!(scene.pool(POOL)["payout"], "frozen");
    });
}

#[test]
fn in_production_no_sum_is_moved_alone() {
    let database = TestDatabase::new(Backend::Sqlite);
    database.load_programmes(&[CARS]);
    database.create_pool(POOL, "1000", &[CARS]);
    let run = |arguments: &[&str]| {
        let mut command = database.command(arguments);
        command.env("TRADEIN_PRODUCTION", "true");
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let pack = pack_file(&database);
    for arguments in [
        &["pool", "top-up", POOL, "0.01"][..],
        &["pool", "set-aside", POOL, "0.01"],
        &["programme", "load", &pack],
    ] {
        let text = run(arguments);
        assert!(text.contains("proposed, not done"), "{text}");
    }
    let shown = database.run_json(&["pool", "show", POOL, "--json"]);
    assert_eq!(
        (&shown["free"], &shown["cap"]),
        (&json!("1000.00"), &json!("1000.00"))
    );
}

#[test]
fn what_cannot_be_done_is_not_proposed_and_exits_with_1() {
    on_both("40000", LIMIT, |scene| {
        for (arguments, word) in [
            (
                &["pool", "set-aside", POOL, "40000.01"][..],
                Denial::AmountAboveFree.to_string(),
            ),
            (
                &["pool", "transfer", POOL, POOL, "20000"],
                Denial::SamePool.to_string(),
            ),
            (&["pool", "top-up", "nowhere", "20000"], "nowhere".into()),
            (
                &["proposal", "show", "0199a7b0-1111-7222-8333-444455556666"],
                "no proposal".into(),
            ),
        ] {
            let (status, out, told) = scene.command(LIMIT, arguments);
            assert_eq!((status, out.as_str()), (1, ""), "{arguments:?}");
            assert!(told.contains(&word), "{arguments:?}: {told}");
        }
        assert_eq!(proposals(scene, "proposed"), [] as [Value; 0]);
        for arguments in [
            &["pool", "freeze", POOL, "--stage", "review", "--why", "x"][..],
            &["pool", "freeze", POOL, "--stage", "intake"],
            &["proposal", "list", "--state", "open"],
            &["proposal", "show", "7"],
        ] {
            assert_eq!(scene.command(LIMIT, arguments).0, 2, "{arguments:?}");
        }
    });
}
