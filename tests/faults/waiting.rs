//! The standby is gone, and its primary waits for it with every COMMIT: whoever does anything is told so
//! in time, whoever only looks is answered, and a service that is told to end does.

use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;
use tradein::clock;
use tradein::domain::money::Fen;

use super::books::{Books, Check, Finding, assert_sound, row};
use super::kill::assert_seen;
use super::standby::{GIVEN_UP, Stage, WAITING};
use crate::support::{Client, Credentials, Response};

/// Claims that are taken back at once: more than the service has connections.
const TAKEN_BACK: u64 = 12;
/// Where those claims begin in the filing, and those that get a paper.
const FIRST: u64 = 100;
const PAPER: &[u8] = include_bytes!("../../src/cli/demo/paper.pdf");

/// A claim that something is done to.
struct Target {
    client: Client,
    path: String,
    tag: String,
}

impl Target {
    /// Files a claim.
    fn new(stage: &Stage, index: u64) -> Self {
        let answer = stage.file(index);
        assert_eq!(answer.status, 201, "{}", answer.text());
        let id = answer.json()["id"].as_str().unwrap().to_owned();
        let client = stage.scene.dealer_client(0, stage.filing.dealer(index));
        Self {
            client,
            path: format!("/v1/claims/{id}"),
            tag: answer.header("etag").unwrap().to_owned(),
        }
    }

    fn take_back(&mut self) -> Response {
        let path = format!("{}/withdraw", self.path);
        let headers = [("if-match", self.tag.as_str())];
        self.client.call("POST", &path, &headers, b"")
    }

    fn bring_paper(&mut self) -> Response {
        let path = format!("{}/papers/invoice_copy", self.path);
        let headers = [
            ("content-type", "application/pdf"),
            ("if-match", self.tag.as_str()),
        ];
        self.client.call("PUT", &path, &headers, PAPER)
    }

    /// Looks at it as it stands now; its state.
    fn look(&mut self) -> String {
        let seen = self.client.get(&self.path);
        self.tag = seen.header("etag").unwrap().to_owned();
        seen.json()["state"].as_str().unwrap().to_owned()
    }

    /// What has become of it; it is taken back unless it was.
    fn settle(&mut self) -> bool {
        loop {
            if self.look() == "withdrawn" {
                return true;
            }
            match self.take_back().status {
                200 => return false,
                // Somebody who was told that nobody knows was still at it.
                409 | 412 | 503 => {}
                status => panic!("{status}"),
            }
        }
    }
}

fn put_money_in(stage: &Stage, operator: &Credentials) -> Response {
    let mut client = stage.scene.servers[0].client_of(operator);
    let body = json!({ "amount": "1000.00", "reference": "拨款" });
    client.post("/v1/pools/standby/top-up", &body)
}

/// Everybody does something at once, and others look all the time. A finding for everybody who is not
/// told that nobody knows what came of it.
fn do_all(stage: &Stage, targets: &mut [Target], operator: &Credentials) -> Vec<Finding> {
    let over = AtomicBool::new(false);
    let begun = clock::monotonic_ns();
    let answers: Vec<Response> = std::thread::scope(|scope| {
        let looks = scope.spawn(|| {
            let mut looks = 0;
            while !over.load(Ordering::Relaxed) {
                stage.assert_reads_go_on();
                looks += 1;
            }
            looks
        });
        let acts: Vec<_> = targets
            .iter_mut()
            .enumerate()
            .map(|(index, target)| match index {
                0 => scope.spawn(|| target.bring_paper()),
                _ => scope.spawn(|| target.take_back()),
            })
            .chain([scope.spawn(|| put_money_in(stage, operator))])
            .collect();
        let answers = acts.into_iter().map(|act| act.join().unwrap()).collect();
        over.store(true, Ordering::Relaxed);
        println!("looked at {} times meanwhile", looks.join().unwrap());
        answers
    });
    let took = Duration::from_nanos(clock::monotonic_ns() - begun);
    println!(
        "{} acts answered within {took:.1?}; seed {}",
        answers.len(),
        stage.seed
    );
    let told = |answer: &&Response| {
        let again = answer.header("retry-after").is_some();
        answer.status == 503 && again && answer.json()["code"] == "unavailable"
    };
    answers
        .iter()
        .filter(|answer| !told(answer))
        .map(|answer| Finding::new(Check::Answered, answer.text()))
        .collect()
}

#[test]
fn whoever_does_anything_is_told_in_time_while_the_standby_is_gone_and_looks_go_on() {
    let mut stage = Stage::new("acts", "on");
    let operator = stage.scene.database.add_staff("operator", "operator");
    let file = |from: u64| -> Vec<Target> {
        let all = from..=from + TAKEN_BACK;
        all.map(|index| Target::new(&stage, index)).collect()
    };
    let (mut now, mut before) = (file(FIRST), file(2 * FIRST));
    // With the standby there everything is done.
    let done = do_all(&stage, &mut before, &operator);
    assert_seen(&done, Check::Answered);
    assert_eq!(done.len(), before.len() + 1);

    // What came free has gone to some of those who waited; only who holds money brings a paper.
    while now[0].look() != "reserved" {
        let topped = put_money_in(&stage, &operator);
        assert_eq!(topped.status, 200, "{}", topped.text());
    }
    now.iter_mut().for_each(|target| drop(target.look()));
    stage.pair.standby.kill();
    assert_sound("acts", &do_all(&stage, &mut now, &operator));
    stage.pair.standby.start();
    let stood = now
        .iter_mut()
        .skip(1)
        .filter_map(|target| target.settle().then_some(()))
        .count();
    println!("acts: {stood} of {TAKEN_BACK} stood before they were asked for again");
    let mut auditor = stage.scene.auditor_client(0);
    stage.scene.pools[0].cap = Fen::new(row(&mut auditor, "standby").cap).unwrap();
    let books = Books::read(&stage.scene, 0);
    assert_sound("books", &books.check());
}

#[test]
fn a_service_that_is_told_to_end_does_while_the_standby_is_gone() {
    let mut stage = Stage::new("ending", "on");
    let mut target = Target::new(&stage, FIRST);
    stage.pair.standby.kill();
    let mut server = stage.scene.servers.remove(0);
    let claims: Vec<(Client, u64)> = (0..GIVEN_UP)
        .map(|index| {
            let token = stage.scene.token(stage.filing.dealer(index));
            (server.client().with_token(token), index)
        })
        .collect();
    let (filing, process) = (&stage.filing, server.id());
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let mut told: Vec<_> = claims
            .into_iter()
            .map(|(mut client, index)| {
                scope.spawn(move || client.file(&filing.key(index), &filing.body(index)))
            })
            .collect();
        told.push(scope.spawn(|| target.take_back()));
        stage.pair.primary.until(WAITING, "t");
        scope.spawn(|| kill_unless(process, &ended));
        let status = server.stop();
        ended.store(true, Ordering::Relaxed);
        assert!(status.success(), "{status}\n{}", server.stderr());
        for told in told {
            let answer = told.join().unwrap();
            assert_eq!(answer.status, 503, "{}", answer.text());
        }
    });
    stage.pair.standby.start();
    stage.scene.start();
    // It stands taken back or not; either way it is learned.
    target.client = stage.scene.dealer_client(0, stage.filing.dealer(FIRST));
    target.settle();
    for index in 0..GIVEN_UP {
        let answer = stage.file(index);
        assert_eq!(answer.status, 201, "{}", answer.text());
    }
    let books = Books::read(&stage.scene, 0);
    assert_sound("books", &books.check());
    assert_eq!(books.claims.len() as u64, GIVEN_UP + 2);
}

/// A service that never ends is killed, so that its test fails instead of never ending.
fn kill_unless(process: u32, ended: &AtomicBool) {
    const PATIENCE: u32 = 1_200;
    for _ in 0..PATIENCE {
        if ended.load(Ordering::Relaxed) {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    let mut kill = Command::new("sh");
    let killed = kill.args(["-c", &format!("kill -KILL {process}")]).status();
    assert!(killed.unwrap().success());
}
