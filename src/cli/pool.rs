//! `tradein pool create` and `show`, and the commands that change a pool.

use std::process::ExitCode;

use clap::Subcommand;

use super::{DatabaseArg, Outcome, pool_money, pool_stage};
use crate::catalogue::{CatalogueCell, NO_POOL};
use crate::clock;
use crate::domain::money::Fen;
use crate::domain::time::Timestamp;
use crate::operations::pool_money::MoneyKind;
use crate::operations::pool_stages::Brake;
use crate::operations::pools::{self, NewPool};
use crate::operations::public::PoolView;
use crate::storage::batch::PoolRow;
use crate::storage::{self, Database};

#[derive(Debug, Subcommand)]
pub enum PoolCommand {
    /// Open a pool for one or more programmes
    Create {
        /// The name people know
        name: String,
        /// All money in it, in yuan
        #[arg(long, value_name = "YUAN", value_parser = yuan)]
        cap: Fen,
        /// A programme that it serves; repeat for several
        #[arg(long = "programme", value_name = "ID", required = true)]
        programmes: Vec<String>,
        /// What happens to money that is too little for the head of the line; the packs say
        /// when it is not given
        #[arg(long, value_parser = ["strict", "fit"])]
        remainder: Option<String>,
        /// First instant at which claims are taken (RFC 3339)
        #[arg(long, value_name = "TIME", value_parser = instant)]
        opens_at: Option<Timestamp>,
        /// First instant at which claims are no longer taken (RFC 3339)
        #[arg(long, value_name = "TIME", value_parser = instant)]
        closes_at: Option<Timestamp>,
        /// For machines
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        database: DatabaseArg,
    },
    /// Put money in; those who wait get it first
    TopUp(pool_money::WithinPool),
    /// Move free money to another pool; those who wait there get it first
    Transfer(pool_money::Transfer),
    /// Set free money aside for won appeals
    SetAside(pool_money::WithinPool),
    /// Give back what was set aside; those who wait get it first
    ReleaseAside(pool_money::WithinPool),
    /// Stop a stage: no claims are accepted, no money is given, or nothing is paid
    Freeze(pool_stage::StageArgs),
    /// Let a stage go on; those who waited are served in their order
    Resume(pool_stage::StageArgs),
    /// Show one pool, or all
    Show {
        /// The pool
        name: Option<String>,
        /// For machines
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        database: DatabaseArg,
    },
}

pub(super) fn yuan(text: &str) -> Result<Fen, String> {
    Fen::parse_yuan(text).map_err(|e| e.to_string())
}

fn instant(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse_rfc3339(text).ok_or_else(|| "not a time like 2025-01-08T02:00:00Z".into())
}

pub fn run(command: &PoolCommand) -> Outcome {
    match command {
        PoolCommand::Create {
            name,
            cap,
            programmes,
            remainder,
            opens_at,
            closes_at,
            json,
            database,
        } => {
            let opened = super::database(database)?;
            let new = NewPool {
                name: name.clone(),
                cap: *cap,
                programmes: programmes.clone(),
                remainder: remainder.clone(),
                opens: *opens_at,
                closes: *closes_at,
            };
            let row = pools::create(&mut *opened.get()?, &new)?;
            print(&opened, vec![row], *json, true)
        }
        PoolCommand::TopUp(args) => pool_money::within(MoneyKind::TopUp, args),
        PoolCommand::Transfer(args) => pool_money::transfer(args),
        PoolCommand::SetAside(args) => pool_money::within(MoneyKind::SetAside, args),
        PoolCommand::ReleaseAside(args) => pool_money::within(MoneyKind::ReleaseAside, args),
        PoolCommand::Freeze(args) => pool_stage::set(args, Brake::Freeze),
        PoolCommand::Resume(args) => pool_stage::set(args, Brake::Resume),
        PoolCommand::Show {
            name,
            json,
            database,
        } => {
            let opened = super::database(database)?;
            let mut rows = storage::pools::all(&mut *opened.get()?)?;
            rows.retain(|row| row.name != NO_POOL);
            if let Some(name) = name {
                rows.retain(|row| row.name == *name);
                if rows.is_empty() {
                    return Err(format!("there is no pool named {name}").into());
                }
            }
            print(&opened, rows, *json, name.is_some())
        }
    }
}

pub(super) fn print(opened: &Database, rows: Vec<PoolRow>, json: bool, one: bool) -> Outcome {
    let catalogue = CatalogueCell::load(opened)?.current();
    let views: Vec<PoolView> = rows
        .into_iter()
        .map(|row| PoolView::new(row, &catalogue, clock::now()))
        .collect();
    if json {
        match views.first().filter(|_| one) {
            Some(view) => println!("{}", serde_json::to_string(view)?),
            None => println!("{}", serde_json::to_string(&views)?),
        }
        return Ok(ExitCode::SUCCESS);
    }
    for view in views {
        println!("{}  ({})", view.name, view.programmes.join(", "));
        for (what, amount) in [
            ("cap", view.cap),
            ("free", view.free),
            ("reserved", view.reserved),
            ("set aside", view.set_aside),
            ("committed", view.committed),
            ("paid", view.paid),
        ] {
            println!("  {what:<10} {:>18}", amount.to_string());
        }
        println!("  {:<10} {:>18}", "waiting", view.waiting);
        for (stage, word) in [
            ("intake", view.intake),
            ("allocation", view.allocation),
            ("payout", view.payout),
        ] {
            println!("  {stage:<10} {word:>18}");
        }
    }
    Ok(ExitCode::SUCCESS)
}
