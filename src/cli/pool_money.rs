//! `tradein pool top-up`, `transfer`, `set-aside` and `release-aside`.

use clap::Args;

use super::pool::{print, yuan};
use super::{DatabaseArg, Outcome, proposal};
use crate::domain::money::Fen;
use crate::operations::author::Author;
use crate::operations::denial::{ActError, Ended};
use crate::operations::pool_money::{MoneyAct, MoneyKind, MoneyTerms};
use crate::operations::proposals::{self, Asked};

/// What every one of these commands takes.
#[derive(Debug, Args)]
pub struct Common {
    /// The document behind it, in your own words
    #[arg(long, default_value = "", value_name = "TEXT")]
    reference: String,
    /// For machines
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: DatabaseArg,
}

/// Money of one pool.
#[derive(Debug, Args)]
pub struct WithinPool {
    /// The pool
    name: String,
    /// How much, in yuan
    #[arg(value_name = "YUAN", value_parser = yuan)]
    amount: Fen,
    #[command(flatten)]
    common: Common,
}

/// Money from one pool to another.
#[derive(Debug, Args)]
pub struct Transfer {
    /// The pool that gives
    from: String,
    /// The pool that receives
    to: String,
    /// How much, in yuan
    #[arg(value_name = "YUAN", value_parser = yuan)]
    amount: Fen,
    #[command(flatten)]
    common: Common,
}

/// One of the acts within a pool.
pub fn within(kind: MoneyKind, args: &WithinPool) -> Outcome {
    run(kind, &args.name, None, args.amount, &args.common)
}

/// `tradein pool transfer`
pub fn transfer(args: &Transfer) -> Outcome {
    let to = Some(args.to.as_str());
    run(
        MoneyKind::Transfer,
        &args.from,
        to,
        args.amount,
        &args.common,
    )
}

fn run(kind: MoneyKind, pool: &str, to: Option<&str>, amount: Fen, common: &Common) -> Outcome {
    if amount == Fen::ZERO {
        return Err("an amount of nothing changes nothing".into());
    }
    let act = MoneyAct {
        kind,
        terms: MoneyTerms {
            amount,
            pool: pool.to_owned(),
            reference: common.reference.clone(),
            to: to.map(str::to_owned),
        },
    };
    let limit = common.database.settings()?.two_persons_above;
    let opened = super::database(&common.database)?;
    let mut conn = opened.get()?;
    let asked = proposals::ask_money(&mut conn, limit, &act, Author::CommandLine);
    let asked = asked.map_err(|ended| match ended {
        Ended::Act(ActError::NotFound) => {
            let names = to.map_or_else(|| pool.to_owned(), |to| format!("{pool} or {to}"));
            format!("there is no pool named {names}: tradein pool show").into()
        }
        ended => Box::<dyn std::error::Error + Send + Sync>::from(ended),
    })?;
    match asked {
        Asked::Proposed(asked) => proposal::print(&asked, common.json),
        Asked::Done(moved) => {
            drop(conn);
            if !common.json {
                let what = match kind {
                    MoneyKind::TopUp => "put in",
                    MoneyKind::Transfer => "transferred",
                    MoneyKind::SetAside => "set aside",
                    MoneyKind::ReleaseAside => "given back",
                };
                let promoted = moved.promoted;
                println!("{amount} yuan {what}; waiting claims promoted: {promoted}");
            }
            print(&opened, vec![moved.pool], common.json, true)
        }
    }
}
