//! `tradein demo`: the main job in one command, with nothing set up before.

mod after;
mod people;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use self::after::Afterwards;
use super::{DatabaseArg, Outcome};
use crate::clock;
use crate::domain::money::Fen;
use crate::http::{self, Background};
use crate::keys::Keys;
use crate::operations::pools::NewPool;
use crate::operations::shipped::SHIPPED;
use crate::operations::verify::{VerifiedPool, verify};
use crate::operations::{Engine, dealers, packs, pools};
use crate::rehearse::{self, Access, Plan, Profile, Report, Volume};
use crate::settings::Settings;
use crate::startup;

#[derive(Debug, Args)]
pub struct DemoArgs {
    /// How many claims the click day has
    #[arg(long, default_value_t = 20_000, value_name = "N",
        value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    claims: u64,
    /// Connections of the dealers together
    #[arg(long, default_value_t = 256, value_name = "N",
        value_parser = clap::value_parser!(u32).range(1..=10_000))]
    connections: u32,
    /// Fixes the claims
    #[arg(long, default_value_t = 2025, value_name = "N")]
    seed: u64,
    /// How many claims are reviewed and paid after the click day
    #[arg(long, default_value_t = 120, value_name = "N",
        value_parser = clap::value_parser!(u16).range(1..=900))]
    reviews: u16,
    /// Leave the service running for a look
    #[arg(long)]
    serve: bool,
    #[command(flatten)]
    database: DatabaseArg,
}

const PROGRAMME: &str = "henan-car-replacement-2025";
const POOL: &str = "demo-cars-2025";
/// Yuan in the pool for each claim of the click day: too little for all of them.
const YUAN_A_CLAIM: u64 = 7_500;
const DEALERS: usize = 40;

type Fallible<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

pub fn run(args: &DemoArgs) -> Outcome {
    super::log_quietly()?;
    let place = Place::make(&args.database)?;
    println!(
        "tradein demo: a click day of {} claims on {}",
        args.claims,
        place.what()
    );
    let engine = startup::start_with(place.settings.clone(), Keys::generate(clock::now())?)?;
    let access = set_up(&engine, args)?;
    let service = Background::start(engine.clone())?;
    let report = click_day(args, service.url().to_owned(), access)?;
    let verified = verify(&mut *engine.database.get()?, &engine.keys)?;
    print(&report, &verified)?;
    let afterwards = after::run(&engine, POOL, args.reviews.into())?;
    let verified = verify(&mut *engine.database.get()?, &engine.keys)?;
    print_afterwards(&afterwards, &verified)?;
    if args.serve {
        let people = people::let_in(&engine)?;
        println!(
            "\nThe service is still there: {}/ for everybody, {}/docs/ for programs",
            service.url(),
            service.url()
        );
        people::print(&people, service.url());
        println!("Ctrl-C ends it.");
        let waiting = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        waiting.block_on(async {
            http::shutdown_signal()?.await;
            Ok::<(), std::io::Error>(())
        })?;
    }
    service.stop()?;
    drop(engine);
    place.clear();
    Ok(ExitCode::SUCCESS)
}

/// Where the demo lives: a directory or a schema of its own, removed at the end.
struct Place {
    settings: Settings,
    directory: PathBuf,
    schema: Option<(String, String)>,
}

impl Place {
    fn make(database: &DatabaseArg) -> Fallible<Self> {
        let mut settings = database.settings()?;
        let id = format!("tradein_demo_{}", clock::new_uuid().simple());
        let directory = std::env::temp_dir().join(&id);
        settings.data_dir.clone_from(&directory);
        let url = settings
            .database
            .take()
            .filter(|url| url.starts_with("postgres"));
        let mut schema = None;
        if let Some(url) = url {
            crate::storage::schema_of_ones_own::create(&url, &id)?;
            let mark = if url.contains('?') { '&' } else { '?' };
            settings.database = Some(format!("{url}{mark}options=-csearch_path%3D{id}"));
            schema = Some((url, id));
        }
        Ok(Self {
            settings,
            directory,
            schema,
        })
    }

    fn what(&self) -> &'static str {
        if self.schema.is_some() {
            "PostgreSQL"
        } else {
            "embedded SQLite"
        }
    }

    fn clear(self) {
        if let Some((url, id)) = &self.schema
            && let Err(error) = crate::storage::schema_of_ones_own::drop(url, id)
        {
            eprintln!("schema {id} was left behind: {error}");
        }
        if self.directory.exists()
            && let Err(error) = std::fs::remove_dir_all(&self.directory)
        {
            eprintln!("{} was left behind: {error}", self.directory.display());
        }
    }
}

/// Packs, a pool and dealers; one of them has a contract for another programme only, so
/// that its claims show what a refusal is.
fn set_up(engine: &Engine, args: &DemoArgs) -> Fallible<Vec<Access>> {
    let mut conn = engine.database.get()?;
    for source in SHIPPED {
        packs::load(&mut conn, source)?;
    }
    let yuan = u32::try_from(args.claims * YUAN_A_CLAIM).unwrap_or(u32::MAX);
    let new = NewPool {
        name: POOL.to_owned(),
        cap: Fen::from_yuan(yuan),
        programmes: vec![PROGRAMME.to_owned()],
        remainder: None,
        opens: None,
        closes: None,
    };
    pools::create(&mut conn, &new)?;
    let mut access = Vec::with_capacity(DEALERS);
    for n in 0..DEALERS {
        let uscc = rehearse::generate::uscc(n as u64);
        let programme = if n + 1 == DEALERS {
            "national-digital-2025"
        } else {
            PROGRAMME
        };
        let name = format!("示例经销商{n:02}");
        let (_, issued) = dealers::add(&mut conn, &uscc, &name, &[programme.to_owned()])?;
        access.push(Access {
            client_id: issued.client_id,
            client_secret: issued.client_secret,
            uscc: Some(uscc),
        });
    }
    engine.catalogue.refresh(&mut conn)?;
    println!(
        "{} programme packs, a pool of {} yuan for {PROGRAMME}, {DEALERS} dealers",
        SHIPPED.len(),
        new.cap
    );
    Ok(access)
}

fn click_day(args: &DemoArgs, url: String, access: Vec<Access>) -> Fallible<Report> {
    let profile = Profile::of(PROGRAMME).ok_or("no claims are known for the demo's programme")?;
    let first = access.first().cloned().ok_or("no dealers")?;
    let plan = Plan {
        dealers: access,
        volume: Volume::Claims(args.claims),
        connections: args.connections as usize,
        attempts: 5,
        ..Plan::new(url, first, profile, args.seed)
    };
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} claims, {per_sec}, {elapsed}")?;
    let bar = ProgressBar::new(args.claims).with_style(style);
    bar.enable_steady_tick(Duration::from_millis(100));
    let report = rehearse::run(&plan, &bar)?;
    bar.finish_and_clear();
    Ok(report)
}

fn print(report: &Report, verified: &[VerifiedPool]) -> Fallible<()> {
    let mut out = std::io::stdout().lock();
    let count = |outcome| report.outcomes.get(outcome).copied().unwrap_or(0);
    writeln!(out)?;
    for (what, value) in [
        ("reserved", count("reserved").to_string()),
        ("waiting", count("waiting").to_string()),
        ("refused", count("refused").to_string()),
        (
            "without a verdict",
            (report.claims - report.verdicts()).to_string(),
        ),
        (
            "claims per second",
            format!("{:.0}", report.claims_per_second),
        ),
        (
            "p50 / p99 ms",
            format!("{:.1} / {:.1}", report.p50_ms, report.p99_ms),
        ),
    ] {
        writeln!(out, "  {what:<20} {value:>18}")?;
    }
    writeln!(out)?;
    print_pool(&mut out, verified)
}

/// What happened after the click day.
fn print_afterwards(done: &Afterwards, verified: &[VerifiedPool]) -> Fallible<()> {
    let mut out = std::io::stdout().lock();
    let paid: u64 = done.outcomes.iter().map(|o| o.paid).sum();
    let returned: u64 = done.outcomes.iter().map(|o| o.returned).sum();
    writeln!(
        out,
        "\nafter the click day: papers, review by two persons, payout\n"
    )?;
    for (what, value) in [
        ("papers", done.papers.to_string()),
        ("corrected", done.corrected.to_string()),
        ("rejected", done.rejected.to_string()),
        ("promoted", done.promoted.to_string()),
        ("approved", done.approved.to_string()),
        ("paid", paid.to_string()),
        ("sent back, paid anew", returned.to_string()),
        ("goods returned", done.goods_back.to_string()),
        ("owed back", done.owed_back.to_string()),
        ("of it paid in", done.paid_in.to_string()),
    ] {
        writeln!(out, "  {what:<20} {value:>18}")?;
    }
    writeln!(out)?;
    for batch in &done.batches {
        writeln!(
            out,
            "  batch {}: {} payments, {} yuan, sha256 {}…",
            batch.number,
            batch.lines,
            batch.total,
            &batch.hash[..16]
        )?;
    }
    match done.batches.len() {
        0 => writeln!(out, "  nothing was approved, so nothing was paid")?,
        1 => writeln!(
            out,
            "  no second batch: the bank sends back every {}th payment, and there were fewer",
            after::SENT_BACK
        )?,
        _ => {}
    }
    writeln!(out)?;
    print_pool(&mut out, verified)?;
    if !done.sums.iter().all(|s| s.equal) {
        return Err("pool, claims and journal disagree".into());
    }
    writeln!(
        out,
        "  reconciled: pool, claims and journal are equal to the fen"
    )?;
    Ok(())
}

fn print_pool(out: &mut impl std::io::Write, verified: &[VerifiedPool]) -> Fallible<()> {
    let pool = verified
        .iter()
        .find(|p| p.pool == POOL)
        .ok_or("the pool is gone")?;
    for (what, amount) in [
        ("cap", pool.cap),
        ("free", pool.free),
        ("reserved", pool.reserved),
        ("committed", pool.committed),
        ("paid", pool.paid),
    ] {
        writeln!(
            out,
            "  {:<20} {:>18}",
            format!("pool {what}"),
            amount.to_string()
        )?;
    }
    let entries: i64 = verified.iter().map(|p| p.entries).sum();
    writeln!(
        out,
        "\n  journal verified: {entries} entries, every pool to the fen"
    )?;
    Ok(())
}
