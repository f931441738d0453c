//! `tradein verify`.

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use super::{DatabaseArg, Outcome};
use crate::journal::export::verify_export;
use crate::keys::Jwks;
use crate::operations::verify::{Broken, VerifiedPool, VerifyFailure, verify};
use crate::storage::Target;

#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// A file of the public journal instead of a database, which is then not opened
    // No conflict with --database: one that the environment names would count as given.
    #[arg(long, value_name = "FILE")]
    export: Option<PathBuf>,
    /// The service's published key set: proves that the export is the service's own
    #[arg(long, value_name = "FILE", requires = "export")]
    jwks: Option<PathBuf>,
    /// For machines
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: DatabaseArg,
}

#[derive(Serialize)]
struct Printed<'a> {
    ok: bool,
    pools: &'a [VerifiedPool],
    #[serde(skip_serializing_if = "Option::is_none")]
    broken: Option<&'a Broken>,
}

pub fn run(args: &VerifyArgs) -> Outcome {
    let verified = match &args.export {
        Some(file) => export(file, args.jwks.as_ref())?,
        None => database(&args.database)?,
    };
    let (pools, broken) = match &verified {
        Ok(pools) => (pools.as_slice(), None),
        Err(broken) => (&[][..], Some(broken)),
    };
    if args.json {
        let printed = Printed {
            ok: broken.is_none(),
            pools,
            broken,
        };
        println!("{}", serde_json::to_string(&printed)?);
    } else {
        for p in pools {
            println!(
                "{}: ok, {} entries, {} claims, cap {} = free {} + reserved {} + committed {} + paid {}, {} waiting",
                p.pool,
                p.entries,
                p.claims,
                p.cap,
                p.free,
                p.reserved,
                p.committed,
                p.paid,
                p.waiting
            );
        }
    }
    match broken {
        None => Ok(ExitCode::SUCCESS),
        Some(broken) => {
            eprintln!("broken: {broken} ({})", broken.code);
            Ok(ExitCode::FAILURE)
        }
    }
}

type Verified = Result<Vec<VerifiedPool>, Broken>;

fn export(
    file: &PathBuf,
    jwks: Option<&PathBuf>,
) -> Result<Verified, Box<dyn std::error::Error + Send + Sync>> {
    let open = |path: &PathBuf| File::open(path).map_err(|e| format!("{}: {e}", path.display()));
    let keys = match jwks {
        Some(path) => {
            let text =
                std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
            Some(Jwks::parse(&text)?)
        }
        None => None,
    };
    let proofs = verify_export(BufReader::new(open(file)?), keys.as_ref());
    if keys.is_none() && proofs.is_ok() {
        eprintln!("note: without --jwks nobody has shown that this export is the service's own");
    }
    Ok(proofs
        .map(|proofs| proofs.into_iter().map(VerifiedPool::from).collect())
        .map_err(|e| Broken {
            code: e.code(),
            seq: e.seq,
            message: e.fault.to_string(),
            pool: e.pool,
        }))
}

fn database(database: &DatabaseArg) -> Result<Verified, Box<dyn std::error::Error + Send + Sync>> {
    // Opening would make an empty database, and find it in order.
    if let Target::Sqlite(file) = database.settings()?.target()?
        && !file.exists()
    {
        return Err(format!("{}: there is no database", file.display()).into());
    }
    let engine = super::engine(database)?;
    let mut conn = engine.database.get()?;
    match verify(&mut conn, &engine.keys) {
        Ok(pools) => Ok(Ok(pools)),
        Err(VerifyFailure::Broken(broken)) => Ok(Err(broken)),
        Err(VerifyFailure::Storage(error)) => Err(error.into()),
    }
}
