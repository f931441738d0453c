//! `tradein pool freeze` and `tradein pool resume`.

use clap::Args;

use super::pool::print;
use super::{DatabaseArg, Outcome};
use crate::operations::author::Author;
use crate::operations::denial::{ActError, Ended};
use crate::operations::pool_stages::{self, Brake, Stage};

/// Which stage of which pool, and why.
#[derive(Debug, Args)]
pub struct StageArgs {
    /// The pool
    name: String,
    /// intake, allocation or payout
    #[arg(long, value_parser = stage)]
    stage: Stage,
    /// For the record
    #[arg(long, value_name = "TEXT")]
    why: String,
    /// For machines
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: DatabaseArg,
}

fn stage(text: &str) -> Result<Stage, String> {
    Stage::parse(text).ok_or_else(|| "intake, allocation or payout".to_owned())
}

/// Stops a stage or lets it go on.
pub fn set(args: &StageArgs, brake: Brake) -> Outcome {
    let opened = super::database(&args.database)?;
    let (name, stage) = (&args.name, args.stage);
    let mut conn = opened.get()?;
    let set = pool_stages::set(
        &mut conn,
        name,
        stage,
        brake,
        &args.why,
        Author::CommandLine,
    );
    drop(conn);
    let (row, promoted) = set.map_err(|ended| match ended {
        Ended::Act(ActError::NotFound) => {
            format!("there is no pool named {name}: tradein pool show").into()
        }
        ended => Box::<dyn std::error::Error + Send + Sync>::from(ended),
    })?;
    if !args.json {
        let word = match brake {
            Brake::Freeze => "is stopped",
            Brake::Resume => "goes on",
        };
        let stage = stage.as_str();
        println!("{stage} {word}; waiting claims promoted: {promoted}");
    }
    print(&opened, vec![row], args.json, true)
}
