//! `tradein staff add` and `enrol`.

use std::process::ExitCode;

use clap::Subcommand;

use super::{DatabaseArg, Outcome};
use crate::operations::credentials::{self, StaffAdded};

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
    /// Give a user a new code to enrol with, when password or authenticator are lost; what he had
    /// ends at once
    Enrol {
        /// Login name
        #[arg(long)]
        login: String,
        #[command(flatten)]
        database: DatabaseArg,
    },
}

pub fn run(command: &StaffCommand) -> Outcome {
    match command {
        StaffCommand::Add {
            login,
            role,
            api,
            json,
            database,
        } => {
            let opened = super::database(database)?;
            let added = credentials::add_staff(&mut *opened.get()?, login, role, *api)?;
            if *json {
                println!("{}", serde_json::to_string(&added)?);
            } else {
                tell(&added, role);
            }
        }
        StaffCommand::Enrol { login, database } => {
            let opened = super::database(database)?;
            let code = credentials::enrol_staff_anew(&mut *opened.get()?, login)?;
            super::tell_enrolment(&code);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn tell(added: &StaffAdded, role: &str) {
    println!("{}: {role}", added.login);
    if let Some(issued) = &added.credentials {
        println!("client_id      {}", issued.client_id);
        println!("client_secret  {}", issued.client_secret);
        println!("The secret is shown this once and kept only as a hash.");
    }
    if let Some(code) = &added.enrolment {
        super::tell_enrolment(code);
    }
}
