//! `tradein rehearse`: a load of valid claims against a running service.

use std::fs::File;
use std::io::{BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use crate::clock;
use crate::rehearse::{self, Access, Pace, Plan, Profile, Record, RehearseError, Report, Volume};

/// Send a load of valid claims to a running service and measure it.
///
/// The claims are made up and all eligible, and they are really filed: never point this at a
/// service that serves the public.
#[derive(Debug, Args)]
pub struct RehearseArgs {
    /// Address of the service, http://host:port; repeat it for several instances
    #[arg(long, required = true, value_name = "URL")]
    url: Vec<String>,
    /// The dealer's client id, as `dealer add` printed it
    #[arg(long, env = "TRADEIN_CLIENT_ID", value_name = "ID")]
    client_id: String,
    /// The dealer's client secret
    #[arg(
        long,
        env = "TRADEIN_CLIENT_SECRET",
        hide_env_values = true,
        value_name = "SECRET"
    )]
    client_secret: String,
    /// The programme to claim from
    #[arg(long, value_name = "ID")]
    programme: String,
    /// The shipped programme that --programme resembles, when it is not a shipped one itself
    #[arg(long, value_name = "ID")]
    like: Option<String>,
    /// The dealer's credit code; found by asking the service when absent
    #[arg(long, value_name = "CODE")]
    seller: Option<String>,
    /// How many claims [default: 1000]
    #[arg(long, value_name = "N", conflicts_with = "duration", value_parser = clap::value_parser!(u64).range(1..))]
    claims: Option<u64>,
    /// How long, in seconds, instead of how many
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    duration: Option<u64>,
    /// File claims for this many seconds before measuring; they are filed like all others
    #[arg(long, value_name = "SECONDS", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=3_600))]
    warm_up: u64,
    /// Connections, each with at most one claim under way
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    connections: u32,
    /// Claims a second, whatever the service does; without it the next claim waits for an answer
    #[arg(long, value_name = "R", value_parser = positive)]
    rate: Option<f64>,
    /// All claims at one instant, as at an opening; every latency counts from there
    #[arg(long, conflicts_with_all = ["rate", "duration"])]
    at_once: bool,
    /// Makes the same claims again; a new number each time when absent
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// How often one claim is tried when the service is overloaded or breaks off
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    attempts: u32,
    /// Write every claim as a JSON line: sent_ns, answered_ns, key, status, outcome, position
    #[arg(long, value_name = "FILE")]
    history: Option<PathBuf>,
    /// Write a picture of arrivals, verdicts and latency over time, as SVG
    #[arg(long, value_name = "FILE")]
    picture: Option<PathBuf>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if rate.is_finite() && rate > 0.0 => Ok(rate),
        _ => Err("a number above zero is needed".to_owned()),
    }
}

impl RehearseArgs {
    /// # Errors
    /// When nobody knows what claims of the programme look like.
    fn plan(&self) -> Result<Plan, RehearseError> {
        let model = self.like.as_deref().unwrap_or(&self.programme);
        let profile = Profile::of(model)
            .ok_or_else(|| RehearseError::UnknownProgramme(model.to_owned()))?
            .renamed(&self.programme);
        let volume = match self.duration {
            Some(seconds) => Volume::Duration(Duration::from_secs(seconds)),
            None => Volume::Claims(self.claims.unwrap_or(1_000)),
        };
        // Seconds, so that a person can type the number again.
        let fresh = || clock::now().unix_seconds().unsigned_abs();
        let access = Access {
            client_id: self.client_id.clone(),
            client_secret: self.client_secret.clone(),
            uscc: self.seller.clone(),
        };
        Ok(Plan {
            urls: self.url.clone(),
            warm_up: Duration::from_secs(self.warm_up),
            volume,
            pace: match self.rate {
                Some(rate) => Pace::Open { rate },
                None if self.at_once => Pace::AtOnce,
                None => Pace::Closed,
            },
            connections: self.connections as usize,
            attempts: self.attempts,
            keep_history: self.history.is_some(),
            ..Plan::new("", access, profile, self.seed.unwrap_or_else(fresh))
        })
    }
}

/// Runs the command and prints its report to standard output.
///
/// # Errors
/// [`RehearseError`] when the rehearsal could not begin, when its history could not be written, or
/// when no claim at all got a verdict.
pub fn run(args: &RehearseArgs) -> Result<(), RehearseError> {
    let plan = args.plan()?;
    // Before the load, so that a wrong path costs nothing.
    let history = args.history.as_deref().map(create).transpose()?;
    let picture = args.picture.as_deref().map(create).transpose()?;
    let progress = progress_bar(plan.volume);
    let report = rehearse::run(&plan, &progress);
    progress.finish_and_clear();
    let report = report?;
    if let (Some(path), Some(file)) = (&args.history, history) {
        write(path, file, &report.history)?;
    }
    if let (Some(path), Some(mut file)) = (&args.picture, picture) {
        let written = file.write_all(report.picture().as_bytes());
        written.map_err(|source| cannot_write(path, source))?;
    }
    print(&report, args.json);
    if report.verdicts() == 0 {
        return Err(RehearseError::NoVerdict);
    }
    Ok(())
}

fn print(report: &Report, json: bool) {
    if json {
        println!("{}", serde_json::json!(report));
    } else {
        println!("{report}");
    }
}

/// On standard error, and only for a person who looks.
fn progress_bar(volume: Volume) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let (length, unit) = match volume {
        Volume::Claims(claims) => (claims, "claims"),
        Volume::Duration(time) => (time.as_secs(), "seconds"),
    };
    let template = format!("{{bar:40}} {{pos}}/{{len}} {unit} {{elapsed}}");
    let style = ProgressStyle::with_template(&template);
    ProgressBar::new(length).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn create(path: &Path) -> Result<File, RehearseError> {
    File::create(path).map_err(|source| cannot_write(path, source))
}

fn write(path: &Path, file: File, history: &[Record]) -> Result<(), RehearseError> {
    let mut out = BufWriter::new(file);
    rehearse::write_history(history, &mut out).map_err(|source| cannot_write(path, source))
}

fn cannot_write(path: &Path, source: std::io::Error) -> RehearseError {
    RehearseError::Io {
        what: format!("cannot write {}", path.display()),
        source,
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: RehearseArgs,
    }

    fn parse(more: &[&str]) -> Result<Line, clap::Error> {
        let line = "rehearse --url http://a:1 --client-id c --client-secret s";
        Line::try_parse_from(line.split(' ').chain(more.iter().copied()))
    }

    fn plan(more: &[&str]) -> Plan {
        parse(more).unwrap().args.plan().unwrap()
    }

    const PROGRAMME: [&str; 2] = ["--programme", "national-digital-2026"];

    #[test]
    fn arguments_become_a_plan() {
        let short = plan(&PROGRAMME);
        assert_eq!(short.volume, Volume::Claims(1_000));
        assert_eq!((short.pace, short.connections), (Pace::Closed, 64));
        assert!(!short.keep_history);
        let opening = plan(&["--programme", "national-digital-2026", "--at-once"]);
        assert_eq!(opening.pace, Pace::AtOnce);
        let long = plan(&[
            "--url",
            "http://b:2",
            "--programme",
            "mine-2026",
            "--like",
            PROGRAMME[1],
            "--duration",
            "5",
            "--warm-up",
            "2",
            "--rate",
            "0.5",
            "--connections",
            "3",
            "--seed",
            "9",
            "--history",
            "h.jsonl",
        ]);
        assert_eq!(long.urls, ["http://a:1", "http://b:2"]);
        assert_eq!(long.profile.programme, "mine-2026");
        assert_eq!(long.volume, Volume::Duration(Duration::from_secs(5)));
        assert_eq!(long.warm_up, Duration::from_secs(2));
        assert_eq!((long.pace, long.seed), (Pace::Open { rate: 0.5 }, 9));
        assert!(long.keep_history);
    }

    #[test]
    fn wrong_usage_is_refused() {
        for more in [
            &[][..],
            &["--programme", "a", "--claims", "1", "--duration", "1"],
            &["--programme", "a", "--claims", "0"],
            &["--programme", "a", "--rate", "0"],
            &["--programme", "a", "--at-once", "--rate", "1"],
            &["--programme", "a", "--at-once", "--duration", "1"],
            &["--programme", "a", "--rate", "NaN"],
            &["--programme", "a", "--connections", "0"],
        ] {
            assert!(parse(more).is_err(), "{more:?}");
        }
        let unknown = parse(&["--programme", "mine-2026"]).unwrap().args.plan();
        assert!(unknown.unwrap_err().to_string().contains("--like"));
    }
}
