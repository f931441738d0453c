//! `tradein dealer add`, `suspend` and `resume`.

use std::process::ExitCode;

use clap::Subcommand;

use super::{DatabaseArg, Outcome};
use crate::operations::dealers;

#[derive(Debug, Subcommand)]
pub enum DealerCommand {
    /// Admit a dealer to programmes and print its API credentials, once
    Add {
        /// Unified social credit code
        #[arg(long, value_name = "CODE")]
        uscc: String,
        /// Name as on the licence
        #[arg(long)]
        name: String,
        /// A programme that it takes part in; repeat for several
        #[arg(long = "programme", value_name = "ID")]
        programmes: Vec<String>,
        /// For machines
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        database: DatabaseArg,
    },
    /// Let a dealer file nothing new; its claims stand
    Suspend {
        /// Unified social credit code
        #[arg(long, value_name = "CODE")]
        uscc: String,
        #[command(flatten)]
        database: DatabaseArg,
    },
    /// End a suspension
    Resume {
        /// Unified social credit code
        #[arg(long, value_name = "CODE")]
        uscc: String,
        #[command(flatten)]
        database: DatabaseArg,
    },
}

pub fn run(command: &DealerCommand) -> Outcome {
    match command {
        DealerCommand::Add {
            uscc,
            name,
            programmes,
            json,
            database,
        } => {
            let opened = super::database(database)?;
            let mut conn = opened.get()?;
            let (id, issued) = dealers::add(&mut conn, uscc, name, programmes)?;
            if *json {
                let printed = serde_json::json!({
                    "dealer_id": id,
                    "client_id": issued.client_id,
                    "client_secret": issued.client_secret,
                });
                println!("{printed}");
            } else {
                println!("dealer         {id}");
                println!("client_id      {}", issued.client_id);
                println!("client_secret  {}", issued.client_secret);
                println!("The secret is shown this once and kept only as a hash.");
            }
        }
        DealerCommand::Suspend { uscc, database } => set(database, uscc, true)?,
        DealerCommand::Resume { uscc, database } => set(database, uscc, false)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn set(
    database: &DatabaseArg,
    uscc: &str,
    suspended: bool,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let opened = super::database(database)?;
    dealers::set_suspended(&mut *opened.get()?, uscc, suspended)?;
    println!("{uscc}: {}", if suspended { "suspended" } else { "active" });
    Ok(())
}
