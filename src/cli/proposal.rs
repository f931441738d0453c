//! `tradein proposal list` and `tradein proposal show`. Who decides does so through the service,
//! where it is known who he is.

use std::process::ExitCode;

use clap::Subcommand;

use super::{DatabaseArg, Outcome};
use crate::domain::ids::ProposalId;
use crate::operations::denial::{ActError, Ended};
use crate::operations::proposals::{self, ProposalView};
use crate::storage::proposals::ProposalState;

/// Proposals read at a time.
const PAGE: i64 = 100;

#[derive(Debug, Subcommand)]
pub enum ProposalCommand {
    /// List proposals, the oldest first
    List {
        /// proposed, done or refused; all when it is not given
        #[arg(long, value_parser = state)]
        state: Option<ProposalState>,
        /// For machines
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        database: DatabaseArg,
    },
    /// Show one proposal with all that it asks for
    Show {
        /// Its id
        #[arg(value_parser = id)]
        id: ProposalId,
        /// For machines
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        database: DatabaseArg,
    },
}

fn state(text: &str) -> Result<ProposalState, String> {
    ProposalState::parse(text).ok_or_else(|| "proposed, done or refused".to_owned())
}

fn id(text: &str) -> Result<ProposalId, String> {
    ProposalId::parse(text).ok_or_else(|| "not the id of a proposal".to_owned())
}

/// Runs one of them.
pub fn run(command: &ProposalCommand) -> Outcome {
    match command {
        ProposalCommand::List {
            state,
            json,
            database,
        } => {
            let opened = super::database(database)?;
            let mut conn = opened.get()?;
            let mut all = Vec::new();
            loop {
                let after = all.last().map(|p: &ProposalView| p.id);
                let page = proposals::views(&mut conn, *state, after, PAGE)?;
                if page.is_empty() {
                    break;
                }
                all.extend(page);
            }
            if *json {
                println!("{}", serde_json::to_string(&all)?);
            } else {
                for proposal in &all {
                    line(proposal);
                }
            }
            Ok(ExitCode::SUCCESS)
        }
        ProposalCommand::Show { id, json, database } => {
            let opened = super::database(database)?;
            let found = proposals::view(&mut *opened.get()?, *id);
            let proposal = found.map_err(|ended| match ended {
                Ended::Act(ActError::NotFound) => {
                    format!("there is no proposal {id}: tradein proposal list").into()
                }
                ended => Box::<dyn std::error::Error + Send + Sync>::from(ended),
            })?;
            if *json {
                println!("{}", serde_json::to_string(&proposal)?);
            } else {
                whole(&proposal);
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn line(proposal: &ProposalView) {
    let (kind, subject) = (&proposal.kind, &proposal.subject);
    let amount = proposal.payload["amount"].as_str().unwrap_or_default();
    let (id, state) = (proposal.id, proposal.state);
    println!("{id}  {state:<8}  {kind:<13}  {subject}  {amount}");
}

fn whole(proposal: &ProposalView) {
    line(proposal);
    let proposed = proposal.proposed_at.to_rfc3339_micros();
    println!("  proposed by {} at {proposed}", proposal.proposed_by);
    if let Some(at) = proposal.decided_at {
        let by = proposal.decided_by.as_deref();
        let by = by.unwrap_or(&proposal.proposed_by);
        println!("  decided by {by} at {}", at.to_rfc3339_micros());
    }
    if let Some(why) = &proposal.why {
        println!("  refused: {why}");
    }
    println!("  {}", proposal.digest);
    for (name, value) in proposal.payload.as_object().into_iter().flatten() {
        let text = value.as_str().unwrap_or_default();
        if name != "source" {
            println!("  {name}: {text}");
        }
    }
    if let Some(source) = proposal.payload["source"].as_str() {
        println!("\n{source}");
    }
}

/// Prints a proposal that a command left, and what must come of it.
pub fn print(proposal: &ProposalView, json: bool) -> Outcome {
    if json {
        println!("{}", serde_json::to_string(proposal)?);
    } else {
        announce(proposal);
    }
    Ok(ExitCode::SUCCESS)
}

/// Says that nothing is done yet, and who must approve.
pub fn announce(proposal: &ProposalView) {
    let (id, subject) = (proposal.id, &proposal.subject);
    println!("{subject}: proposed, not done: {id}");
    println!(
        "{subject}: an operator or an approver must approve it: POST /v1/proposals/{id}/approve"
    );
}
