//! The load generator, in a process of its own: what it is to do comes on stdin, what it
//! measured goes to stdout, both as JSON.

use std::io::{Read, Write};
use std::process::{Command, Stdio};

use indicatif::ProgressBar;
use serde::{Deserialize, Serialize};
use tradein::rehearse::{self, Access, Plan, Profile, Volume};

use crate::scene::Fallible;

/// What the load is.
#[derive(Serialize, Deserialize)]
pub struct Load {
    pub programme: String,
    pub claims: u64,
    pub connections: usize,
    pub seed: u64,
    /// Client id, client secret and credit code of each dealer.
    pub dealers: Vec<(String, String, String)>,
}

/// What came of it.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Figures {
    pub claims_per_second: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub verdicts: u64,
    /// CPU of the service for one claim, the database server's not counted.
    #[serde(default)]
    pub server_us: f64,
    /// CPU of the load for one claim.
    #[serde(default)]
    pub client_us: f64,
}

/// Starts the other process and waits for its figures.
pub fn start(url: &str, load: &Load) -> Fallible<Figures> {
    let mut child = Command::new(std::env::current_exe()?)
        .args(["--load", url])
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
pub fn run(url: &str) -> Fallible<()> {
    let mut text = Vec::new();
    std::io::stdin().read_to_end(&mut text)?;
    let load: Load = serde_json::from_slice(&text)?;
    let dealers = load
        .dealers
        .into_iter()
        .map(|(client_id, client_secret, uscc)| Access {
            client_id,
            client_secret,
            uscc: Some(uscc),
        });
    let dealers: Vec<Access> = dealers.collect();
    let first = dealers.first().cloned().ok_or("no dealers")?;
    let profile = Profile::of(&load.programme).ok_or("an unknown programme")?;
    let plan = Plan {
        dealers,
        volume: Volume::Claims(load.claims),
        connections: load.connections,
        ..Plan::new(url, first, profile, load.seed)
    };
    let report = rehearse::run(&plan, &ProgressBar::hidden())?;
    if let Some(failure) = &report.first_failure {
        eprintln!("the first answer that was no verdict: {failure}");
    }
    let figures = Figures {
        claims_per_second: report.claims_per_second,
        p50_ms: report.p50_ms,
        p99_ms: report.p99_ms,
        verdicts: report.verdicts(),
        server_us: 0.0,
        client_us: 0.0,
    };
    println!("{}", serde_json::to_string(&figures)?);
    Ok(())
}
