//! `tradein staff add`.

use std::process::ExitCode;

use clap::Subcommand;

use super::{DatabaseArg, Outcome};
use crate::operations::credentials;

#[derive(Debug, Subcommand)]
pub enum StaffCommand {
    /// Create a user of the bureau
    Add {
        /// Login name
        #[arg(long)]
        login: String,
        /// reviewer, approver, finance, auditor or operator
        #[arg(long, value_parser = ["reviewer", "approver", "finance", "auditor", "operator"])]
        role: String,
        /// Also print API credentials, once
        #[arg(long)]
        api: bool,
        /// For machines
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        database: DatabaseArg,
    },
}

pub fn run(command: &StaffCommand) -> Outcome {
    let StaffCommand::Add {
        login,
        role,
        api,
        json,
        database,
    } = command;
    let opened = super::database(database)?;
    let issued = credentials::add_staff(&mut *opened.get()?, login, role, *api)?;
    match (issued, json) {
        (Some(issued), true) => println!("{}", serde_json::to_string(&issued)?),
        (None, true) => println!("{}", serde_json::json!({ "login": login })),
        (Some(issued), false) => {
            println!("client_id      {}", issued.client_id);
            println!("client_secret  {}", issued.client_secret);
            println!("The secret is shown this once and kept only as a hash.");
        }
        (None, false) => println!("{login}: {role}"),
    }
    Ok(ExitCode::SUCCESS)
}
