//! `tradein serve`.

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

use super::{DatabaseArg, Outcome};
use crate::http;
use crate::operations::Engine;

#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Where to listen; port 0 picks a free one
    #[arg(
        long,
        env = "TRADEIN_LISTEN",
        default_value = "127.0.0.1:8080",
        value_name = "ADDR"
    )]
    listen: String,
    #[command(flatten)]
    database: DatabaseArg,
}

/// How old the catalogue in memory may become. Admission does not rely on it; a revoked
/// client is refused after at most this time.
const CATALOGUE_AGE: Duration = Duration::from_millis(500);

pub fn run(args: &ServeArgs) -> Outcome {
    super::log()?;
    let engine = crate::startup::start(args.database.settings()?)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let listen = &args.listen;
    runtime.block_on(async {
        let asked_to_end = http::shutdown_signal().map_err(|e| format!("signals: {e}"))?;
        let fresh = tokio::spawn(keep_fresh(engine.clone()));
        let served = http::serve(engine, listen, asked_to_end).await;
        fresh.abort();
        served.map_err(|error| format!("serving on {listen}: {error}"))
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Follows changes of the catalogue that other processes make.
pub async fn keep_fresh(engine: Engine) {
    let mut tick = tokio::time::interval(CATALOGUE_AGE);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        metrics::gauge!("tradein_admission_queued").set(engine.admission.queued() as f64);
        if let Err(error) = engine.refresh().await {
            tracing::warn!(%error, "the catalogue could not be read");
        }
    }
}
