//! `tradein serve`.

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

use super::{DatabaseArg, Outcome};
use crate::http;
use crate::storage::logins;

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

/// How long work that nobody waits for may take once everything else has ended: it may wait for a
/// database that does not answer, and would keep the process for ever.
const LEFT_OVER: Duration = Duration::from_secs(5);

pub fn run(args: &ServeArgs) -> Outcome {
    super::log()?;
    let engine = crate::startup::start(args.database.settings()?)?;
    if !logins::bureau_has_any(&mut *engine.database.get()?)? {
        tracing::warn!(
            "nobody of the bureau can sign in to the pages yet: `tradein staff add --login NAME \
             --role operator` prints a link for the first one; `tradein demo --serve` shows \
             everything with sample data"
        );
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let listen = &args.listen;
    let served = runtime.block_on(async {
        let asked_to_end = http::shutdown_signal().map_err(|e| format!("signals: {e}"))?;
        let served = http::serve(engine, listen, asked_to_end).await;
        served.map_err(|error| format!("serving on {listen}: {error}"))
    });
    runtime.shutdown_timeout(LEFT_OVER);
    served?;
    Ok(ExitCode::SUCCESS)
}
