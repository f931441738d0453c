//! `tradein dealer add`, `account`, `login`, `suspend`, `resume` and `remove`.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::{DatabaseArg, Fallible, Outcome};
use crate::domain::defect::Defect;
use crate::domain::formats::Uscc;
use crate::domain::text::Lang;
use crate::operations::dealer_accounts::{self, NewAccount};
use crate::operations::dealers::{self, Admitted, NewDealer, Status};

#[derive(Debug, Subcommand)]
pub enum DealerCommand {
    /// Admit a dealer to programmes and print its API credentials, once
    Add(AddArgs),
    /// Set the account to which a dealer is paid: the first one is used at once, a change after
    /// the waiting time (TRADEIN_ACCOUNT_WAIT_DAYS)
    Account {
        /// Unified social credit code
        #[arg(value_name = "USCC")]
        uscc: String,
        /// Account number
        #[arg(long, value_name = "NUMBER")]
        number: String,
        /// Bank with its branch, or its code
        #[arg(long)]
        bank: String,
        /// Holder of the account, where it is not the dealer's name
        #[arg(long, value_name = "NAME")]
        holder: Option<String>,
        #[command(flatten)]
        database: DatabaseArg,
    },
    /// Give somebody of a dealer a code to enrol for its pages; what he had before ends at once
    Login {
        /// Unified social credit code
        #[arg(value_name = "USCC")]
        uscc: String,
        /// Login name
        #[arg(long, value_name = "NAME")]
        login: String,
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
    /// Remove a dealer for good and revoke its credentials; its claims stand and are paid
    Remove {
        /// Unified social credit code
        #[arg(value_name = "USCC")]
        uscc: String,
        #[command(flatten)]
        database: DatabaseArg,
    },
}

#[derive(Debug, Args)]
pub struct AddArgs {
    /// Unified social credit code
    #[arg(long, value_name = "CODE")]
    uscc: String,
    /// Name as on the licence
    #[arg(long)]
    name: String,
    /// A programme that it takes part in; repeat for several
    #[arg(long = "programme", value_name = "ID")]
    programmes: Vec<String>,
    /// The account to which it is paid
    #[arg(long, value_name = "NUMBER", requires = "bank")]
    account_number: Option<String>,
    /// The bank of that account with its branch, or its code
    #[arg(long, requires = "account_number")]
    bank: Option<String>,
    /// The holder of that account, where it is not the dealer's name
    #[arg(long, value_name = "NAME", requires = "account_number")]
    holder: Option<String>,
    /// For machines
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: DatabaseArg,
}

pub fn run(command: &DealerCommand) -> Outcome {
    match command {
        DealerCommand::Add(args) => add(args)?,
        DealerCommand::Account {
            uscc,
            number,
            bank,
            holder,
            database,
        } => {
            let code = Uscc::parse(uscc).map_err(|_| format!("there is no dealer {uscc}"))?;
            // An account is sealed, so this needs keys.
            let engine = super::engine(database)?;
            let mut conn = engine.database.get()?;
            let name = dealers::name_of(&mut conn, &code)?;
            let new = account(holder.as_ref().unwrap_or(&name), number, bank)?;
            let from = dealer_accounts::set(&engine, &mut conn, &code, &new)
                .map_err(|ended| dealers::refused(ended, uscc))?;
            println!("{uscc}: the account is used from {from}");
        }
        DealerCommand::Login {
            uscc,
            login,
            database,
        } => {
            let code = Uscc::parse(uscc).map_err(|_| format!("there is no dealer {uscc}"))?;
            let opened = super::database(database)?;
            let enrolment = dealers::offer_login(&mut *opened.get()?, &code, login)?;
            super::tell_enrolment(&enrolment);
        }
        DealerCommand::Suspend { uscc, database } => set(database, uscc, Status::Suspended)?,
        DealerCommand::Resume { uscc, database } => set(database, uscc, Status::Active)?,
        DealerCommand::Remove { uscc, database } => set(database, uscc, Status::Removed)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn add(args: &AddArgs) -> Fallible<()> {
    let new = NewDealer::read(&args.uscc, &args.name, &args.programmes)?;
    let admitted = match (&args.account_number, &args.bank) {
        (Some(number), Some(bank)) => {
            let holder = args.holder.as_deref().unwrap_or(&new.name);
            let account = account(holder, number, bank)?;
            let engine = super::engine(&args.database)?;
            let mut conn = engine.database.get()?;
            dealers::add_with_account(&engine, &mut conn, &new, &account)?.0
        }
        _ => {
            let opened = super::database(&args.database)?;
            let mut conn = opened.get()?;
            dealers::admit(&mut conn, &new)?
        }
    };
    print(&admitted, args.json)?;
    if admitted.warnings.contains(&dealers::NAME_TAKEN) {
        eprintln!(
            "tradein: warning: another dealer has the name {}; check both licences",
            admitted.name
        );
    }
    Ok(())
}

fn print(admitted: &Admitted, json: bool) -> Fallible<()> {
    if json {
        println!("{}", serde_json::to_string(admitted)?);
    } else {
        println!("dealer         {}", admitted.dealer_id);
        println!("client_id      {}", admitted.credentials.client_id);
        println!("client_secret  {}", admitted.credentials.client_secret);
        println!("The secret is shown this once and kept only as a hash.");
    }
    Ok(())
}

/// What is wrong with an account is told by the name of its part, and quotes nothing of it.
fn account(holder: &str, number: &str, bank: &str) -> Fallible<NewAccount> {
    Ok(NewAccount::of(holder, number, bank).map_err(|defects| {
        let told = |d: &Defect| format!("account {}: {}", d.field, d.code.text(Lang::En));
        defects.iter().map(told).collect::<Vec<_>>().join("; ")
    })?)
}

fn set(database: &DatabaseArg, uscc: &str, status: Status) -> Fallible<()> {
    let opened = super::database(database)?;
    dealers::set_status(&mut *opened.get()?, uscc, status)?;
    println!("{uscc}: {}", status.as_str());
    Ok(())
}
