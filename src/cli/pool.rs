//! `tradein pool create`, `top-up` and `show`.

use std::process::ExitCode;

use clap::Subcommand;

use super::{DatabaseArg, Outcome};
use crate::catalogue::{CatalogueCell, NO_POOL};
use crate::clock;
use crate::domain::money::Fen;
use crate::domain::time::Timestamp;
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
    TopUp {
        /// The pool
        name: String,
        /// How much, in yuan
        #[arg(value_name = "YUAN", value_parser = yuan)]
        amount: Fen,
        /// For machines
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        database: DatabaseArg,
    },
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

fn yuan(text: &str) -> Result<Fen, String> {
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
        PoolCommand::TopUp {
            name,
            amount,
            json,
            database,
        } => {
            let opened = super::database(database)?;
            let (row, promoted) = pools::top_up(&mut *opened.get()?, name, *amount)?;
            if !json {
                println!("{amount} yuan put in; waiting claims promoted: {promoted}");
            }
            print(&opened, vec![row], *json, true)
        }
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

fn print(opened: &Database, rows: Vec<PoolRow>, json: bool, one: bool) -> Outcome {
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
            ("committed", view.committed),
            ("paid", view.paid),
        ] {
            println!("  {what:<10} {:>18}", amount.to_string());
        }
        println!("  {:<10} {:>18}", "waiting", view.waiting);
    }
    Ok(ExitCode::SUCCESS)
}
