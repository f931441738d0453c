//! The load generator, in a process of its own: what it is to do comes on stdin, what it
//! measured goes to stdout, both as JSON. It holds the history of what it saw against the law.

use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use indicatif::ProgressBar;
use serde::{Deserialize, Serialize};
use tradein::clock;
use tradein::domain::money::Fen;
use tradein::rehearse::generate::Generator;
use tradein::rehearse::{
    self, Access, Pace, Plan, Profile, Question, Reading, Record, TurnedAway, Volume, WhatHeld,
    check_history, read_on,
};

use crate::scene::Fallible;

/// When the next claim is sent.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub enum Rhythm {
    /// As soon as a connection has its answer.
    Closed,
    /// All at one instant.
    Opening,
    /// So many a second, for so many seconds, whatever comes.
    Open { rate: f64, seconds: u64 },
}

/// What the load is.
#[derive(Serialize, Deserialize)]
pub struct Load {
    pub urls: Vec<String>,
    pub programme: String,
    /// In an open loop its rhythm says how many.
    pub claims: u64,
    pub rhythm: Rhythm,
    pub connections: usize,
    pub seed: u64,
    /// Client id, client secret and credit code of each dealer.
    pub dealers: Vec<(String, String, String)>,
    /// What is in the pool.
    pub cap_fen: i64,
    /// The next place in line.
    pub first_position: i64,
    /// Questions a second of each of two readers beside the load.
    pub readers: Option<f64>,
}

/// What came of it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Figures {
    pub claims_per_second: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub claims: u64,
    pub verdicts: u64,
    pub turned_away: TurnedAway,
    pub unanswered: u64,
    /// Of an open loop: sent late, because every connection was busy or the load itself was.
    pub late: u64,
    /// Claims of before the clock started.
    pub before: u64,
    /// When the clock started, and when the last answer was there: microseconds of the system's
    /// clock.
    pub between_us: (i64, i64),
    /// Pools and claim status.
    pub readings: Option<(Reading, Reading)>,
    /// CPU of the service for one claim, the database server's not counted.
    pub server_us: f64,
    /// CPU of the load for one claim.
    pub client_us: f64,
}

/// Starts the other process and waits for its figures.
pub fn start(load: &Load) -> Fallible<Figures> {
    let mut child = Command::new(std::env::current_exe()?)
        .arg("--load")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut stdin = child.stdin.take().ok_or("no stdin")?;
    stdin.write_all(&serde_json::to_vec(load)?)?;
    drop(stdin);
    let output = child.wait_with_output()?;
    if !output.status.success() {
        return Err("the load generator failed".into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// The other process.
pub fn run() -> Fallible<()> {
    let mut text = Vec::new();
    std::io::stdin().read_to_end(&mut text)?;
    let load: Load = serde_json::from_slice(&text)?;
    let plan = plan(&load)?;
    let (mut history, questions) = match load.readers {
        Some(_) => prepare(&plan)?,
        None => (Vec::new(), Vec::new()),
    };
    let before = history.len() as u64;
    let ended = Arc::new(AtomicBool::new(false));
    let url = load.urls.first().ok_or("no address")?;
    let reader = |questions: Vec<Question>| {
        let (url, ended) = (url.clone(), ended.clone());
        let rate = load.readers.unwrap_or_default();
        std::thread::spawn(move || read_on(&url, questions, rate, ended))
    };
    let pools = Question {
        path: "/v1/public/pools".to_owned(),
        body: None,
        from: None,
    };
    let readers = load
        .readers
        .map(|_| (reader(vec![pools]), reader(questions)));
    let report = rehearse::run(&plan, &ProgressBar::hidden());
    ended.store(true, Ordering::Relaxed);
    let mut report = report?;
    let ended_us = clock::now().0;
    let join = |reader: std::thread::JoinHandle<Result<Reading, _>>| {
        reader.join().map_err(|_| "a reader ended by a panic")
    };
    let readings = match readers {
        Some((pools, status)) => Some((join(pools)??, join(status)??)),
        None => None,
    };
    history.append(&mut report.history);
    check(&load, &history)?;
    if let Some(failure) = &report.first_failure
        && report.turned_away.claims == 0
    {
        eprintln!("the first answer that was no verdict: {failure}");
    }
    let figures = Figures {
        claims_per_second: report.claims_per_second,
        p50_ms: report.p50_ms,
        p99_ms: report.p99_ms,
        claims: report.claims,
        verdicts: report.verdicts(),
        turned_away: report.turned_away,
        unanswered: report.unanswered,
        late: report.late,
        before,
        between_us: (ended_us - (report.seconds * 1e6) as i64, ended_us),
        readings,
        server_us: 0.0,
        client_us: 0.0,
    };
    println!("{}", serde_json::to_string(&figures)?);
    Ok(())
}

fn plan(load: &Load) -> Fallible<Plan> {
    let dealers = load
        .dealers
        .iter()
        .map(|(client_id, client_secret, uscc)| Access {
            client_id: client_id.clone(),
            client_secret: client_secret.clone(),
            uscc: Some(uscc.clone()),
        });
    let dealers: Vec<Access> = dealers.collect();
    let first = dealers.first().cloned().ok_or("no dealers")?;
    let profile = Profile::of(&load.programme).ok_or("an unknown programme")?;
    let (volume, pace) = match load.rhythm {
        Rhythm::Closed => (Volume::Claims(load.claims), Pace::Closed),
        Rhythm::Opening => (Volume::Claims(load.claims), Pace::AtOnce),
        Rhythm::Open { rate, seconds } => (
            Volume::Duration(Duration::from_secs(seconds)),
            Pace::Open { rate },
        ),
    };
    Ok(Plan {
        urls: load.urls.clone(),
        dealers,
        volume,
        pace,
        connections: load.connections,
        keep_history: true,
        // What the load spends while the clock runs is missing to the service.
        stock: 2_000_000,
        ..Plan::new("", first, profile, load.seed)
    })
}

/// Files some claims before the clock starts, and asks for their status.
fn prepare(plan: &Plan) -> Fallible<(Vec<Record>, Vec<Question>)> {
    const CLAIMS: u64 = 400;
    let plan = Plan {
        volume: Volume::Claims(CLAIMS),
        pace: Pace::Closed,
        connections: 16,
        seed: plan.seed + 1_000_000,
        ..plan.clone()
    };
    let report = rehearse::run(&plan, &ProgressBar::hidden())?;
    let generator = Generator::new(plan.profile.clone(), plan.seed);
    let mut questions = Vec::new();
    for (n, record) in report.history.iter().enumerate() {
        let index = record
            .key
            .rsplit('-')
            .next()
            .ok_or("a key without number")?;
        let body: serde_json::Value = serde_json::from_str(&generator.body(index.parse()?, ""))?;
        let tail = |name: &str| {
            let text = body["consumer"][name].as_str().unwrap_or_default();
            text[text.len().saturating_sub(4)..].to_owned()
        };
        let asked = serde_json::json!({
            "number": record.number,
            "id_tail": tail("id_number"),
            "mobile_tail": tail("mobile"),
        });
        questions.push(Question {
            path: "/v1/public/claim-status".to_owned(),
            body: Some(asked.to_string()),
            // Applicants sit behind addresses of their own, here of the range for benchmarks.
            from: Some(format!("198.18.{}.{}", n / 250, n % 250 + 1)),
        });
    }
    Ok((report.history, questions))
}

/// Holds what came against the law.
fn check(load: &Load, history: &[Record]) -> Fallible<()> {
    let cap = Fen::new(load.cap_fen).ok_or("no money")?;
    let held = WhatHeld {
        first_position: load.first_position,
        ..WhatHeld::fresh(cap)
    };
    let Err(found) = check_history(history, &held) else {
        return Ok(());
    };
    for violation in found.iter().take(5) {
        eprintln!("{violation}");
    }
    Err(format!("the history breaks the law {} times", found.len()).into())
}
