//! `tradein reconcile`.

use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use super::{DatabaseArg, Outcome};
use crate::operations::reconcile::{Reconciliation, Sums, every_pool};

#[derive(Debug, Args)]
pub struct ReconcileArgs {
    /// For machines
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: DatabaseArg,
}

#[derive(Serialize)]
struct Printed<'a> {
    equal: bool,
    pools: &'a [Reconciliation],
}

pub fn run(args: &ReconcileArgs) -> Outcome {
    let opened = super::database(&args.database)?;
    let pools = every_pool(&mut *opened.get()?)?;
    let equal = pools.iter().all(|pool| pool.equal);
    if args.json {
        let printed = Printed {
            equal,
            pools: &pools,
        };
        println!("{}", serde_json::to_string(&printed)?);
    } else {
        for pool in &pools {
            println!("{}", line(pool));
        }
    }
    Ok(if equal {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn line(found: &Reconciliation) -> String {
    if found.equal {
        return format!("{}: equal, {}", found.name, told(&found.pool));
    }
    format!(
        "{}: NOT EQUAL: the pool says {}; the claims say {}; the journal says {}",
        found.name,
        told(&found.pool),
        told(&found.claims),
        told(&found.journal)
    )
}

fn told(sums: &Sums) -> String {
    format!(
        "cap {} = free {} + reserved {} + committed {} + paid {}",
        sums.cap, sums.free, sums.reserved, sums.committed, sums.paid
    )
}
