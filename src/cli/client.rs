//! `tradein client revoke`.

use std::process::ExitCode;

use clap::Subcommand;

use super::{DatabaseArg, Outcome};
use crate::domain::ids::ClientId;
use crate::operations::credentials;

#[derive(Debug, Subcommand)]
pub enum ClientCommand {
    /// End API credentials; running services refuse their tokens within a second
    Revoke {
        /// The client id, as `dealer add` or `staff add` printed it
        #[arg(value_name = "CLIENT_ID")]
        id: String,
        #[command(flatten)]
        database: DatabaseArg,
    },
}

pub fn run(command: &ClientCommand) -> Outcome {
    let ClientCommand::Revoke { id, database } = command;
    let client = ClientId::parse(id).ok_or_else(|| format!("{id} is no client id"))?;
    let opened = super::database(database)?;
    credentials::revoke(&mut *opened.get()?, client)?;
    println!("{id}: revoked");
    Ok(ExitCode::SUCCESS)
}
