//! Two persons decide one proposal at the same moment: one wins, and it is done once or not at
//! all.

use std::sync::Barrier;

use serde_json::Value;

use super::scene::{POOL, Scene, answered, approve, code, on_both, on_pool, refuse, sum};
use crate::support::{Client, Response};

const ROUNDS: usize = 100;

/// Both decide at once; whoever wins, the other is told that it is decided.
fn race(
    clients: [&mut Client; 2],
    verbs: [fn(&mut Client, &Value) -> Response; 2],
    proposal: &Value,
) -> Result<String, String> {
    let start = &Barrier::new(2);
    let answers = std::thread::scope(|scope| {
        let lanes: Vec<_> = clients
            .into_iter()
            .zip(verbs)
            .map(|(client, verb)| {
                scope.spawn(move || {
                    start.wait();
                    verb(client, proposal)
                })
            })
            .collect();
        let answers = lanes.into_iter().map(|lane| lane.join().unwrap());
        answers.collect::<Vec<_>>()
    });
    let won: Vec<&Response> = answers.iter().filter(|a| a.status == 200).collect();
    let lost = (409, "already_decided".to_owned());
    let told = answers.iter().filter(|a| code(a) == lost).count();
    match won[..] {
        [winner] if told == 1 => Ok(winner.json()["state"].as_str().unwrap().to_owned()),
        _ => Err(answers.iter().map(Response::text).collect()),
    }
}

/// Whether as much came in as was approved, with an entry each.
fn books(scene: &mut Scene, approved: usize) -> Result<(), String> {
    let money = scene.money(POOL)[0].clone();
    let entries = scene.count(POOL, "topped_up");
    if entries == approved && money == format!("{}.00", 1_000 + 500 * approved) {
        Ok(())
    } else {
        Err(format!(
            "{approved} approved, {entries} entries, {money} yuan"
        ))
    }
}

#[test]
fn of_two_who_decide_at_once_one_wins() {
    on_both("1000", Some("100"), |scene| {
        let mut approved = 0;
        for round in 0..ROUNDS {
            let asked = on_pool(&mut scene.operator, POOL, "top-up", &sum("500"));
            let proposal = answered(asked, 202);
            let second = if round % 2 == 0 { approve } else { refuse };
            let clients = [&mut scene.approver, &mut scene.second_operator];
            let state = race(clients, [approve, second], &proposal);
            let state = state.unwrap_or_else(|seen| panic!("round {round}: {seen}"));
            assert!(round % 2 == 1 || state == "done", "round {round}: {state}");
            approved += usize::from(state == "done");
        }
        assert!(approved >= ROUNDS / 2);
        books(scene, approved).unwrap();
        // Planted: the same money came in once more than it was approved.
        scene.database.run(&["pool", "top-up", POOL, "500"]);
        assert!(books(scene, approved).is_err());
    });
}
