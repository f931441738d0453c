//! Invoices that were voided after the claim: imported from the tax office's list, all or nothing.

use std::collections::{BTreeMap, BTreeSet};

use aws_lc_rs::digest;
use chrono::NaiveDate;

use super::raise;
use crate::admission::judge::invoice_key_hash;
use crate::clock;
use crate::domain::claim::ClaimState;
use crate::domain::formats::InvoiceNumber;
use crate::domain::ids::{ClaimId, PoolId};
use crate::domain::line_numbers::LineNumbers;
use crate::domain::screening::{Rule, voided};
use crate::operations::denial::Ended;
use crate::operations::register::RefusedLine;
use crate::operations::scene::{Scene, settle, with_retries};
use crate::operations::{Engine, pools};
use crate::storage::{Db, StorageError, claims, dialect, screening as rows};

const COLUMNS: [&str; 2] = ["invoice_number", "voided_on"];
/// Keys looked up in one statement, below the least limit of parameters.
const LOOKUP: usize = 500;

/// What came of an import.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct VoidedImport {
    /// Lines with invoices.
    pub lines: usize,
    /// Invoices that were not known as voided before.
    pub new: usize,
    /// Claims that are flagged.
    pub flagged: usize,
    /// Of these, claims that are paid: whether it must come back is to be decided.
    pub paid: usize,
    /// Whether this very file had been imported before.
    pub repeated: bool,
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum VoidedError {
    /// Lines were refused; all or nothing.
    #[error("nothing was imported; lines refused: {}", .0.len())]
    Lines(Vec<RefusedLine>),
    /// The database refused.
    #[error(transparent)]
    Ended(#[from] Ended),
}

/// Imports a file (columns `invoice_number,voided_on`). Claims that hold such an invoice are
/// flagged, those that are paid for a decision; who claims with one later is flagged by screening.
///
/// # Errors
/// [`VoidedError`].
pub fn import(engine: &Engine, conn: &mut Db, file: &[u8]) -> Result<VoidedImport, VoidedError> {
    let invoices = read(engine, file)?;
    let digest = digest::digest(&digest::SHA256, file).as_ref().to_vec();
    let lines = invoices.len();
    let done = with_retries(conn, |conn| {
        // Whoever screens waits: a claim is screened before, and found here, or after, and finds it.
        rows::take_turn(conn)?;
        let mut done = VoidedImport {
            lines,
            new: 0,
            flagged: 0,
            paid: 0,
            repeated: rows::was_imported(conn, &digest)?,
        };
        if done.repeated {
            return Ok(done);
        }
        let mut new = Vec::new();
        for (key, day) in &invoices {
            if rows::insert_voided(conn, key, day)? {
                new.push(*key);
            }
        }
        done.new = new.len();
        flag(engine, conn, &new, &mut done)?;
        let now = dialect::now(conn)?;
        let count = i64::try_from(lines).unwrap_or(i64::MAX);
        rows::insert_import(conn, &digest, count, now)?;
        Ok(done)
    })?;
    Ok(done)
}

fn flag(
    engine: &Engine,
    conn: &mut Db,
    keys: &[[u8; 16]],
    done: &mut VoidedImport,
) -> Result<(), Ended> {
    let mut found: BTreeMap<PoolId, BTreeSet<ClaimId>> = BTreeMap::new();
    for chunk in keys.chunks(LOOKUP) {
        for claim in claims::live_holders(conn, chunk)? {
            found.entry(claim.pool).or_default().insert(claim.id);
        }
    }
    for (pool, ids) in found {
        let mut ledger = pools::lock(conn, pool)?;
        for id in ids {
            let gone = || StorageError::Corrupt("a claim with an invoice is gone".into());
            let claim = claims::by_id(conn, id)?.ok_or_else(gone)?;
            let paid = claim.state == ClaimState::Paid;
            let rule = if paid { Rule::VoidedPaid } else { Rule::Voided };
            let mut scene = Scene::on(conn, &mut ledger, claim);
            if raise(engine, &mut scene, &voided(rule))? {
                done.flagged += 1;
                done.paid += usize::from(paid);
            }
        }
        settle(conn, ledger)?;
    }
    Ok(())
}

/// The keys of invoices, each with its day.
fn read(engine: &Engine, file: &[u8]) -> Result<BTreeMap<[u8; 16], String>, VoidedError> {
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    let refuse = |line, problem: &str| RefusedLine {
        line,
        problem: problem.to_owned(),
    };
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(file);
    let headed = reader.headers().is_ok_and(|h| h.iter().eq(COLUMNS));
    if !headed {
        let problem = "the first line must be invoice_number,voided_on";
        return Err(VoidedError::Lines(vec![refuse(1, problem)]));
    }
    let (mut invoices, mut refused) = (BTreeMap::new(), Vec::new());
    let mut numbers = LineNumbers::of(file);
    for record in reader.records() {
        let position = match &record {
            Ok(record) => record.position(),
            Err(error) => error.position(),
        };
        let line = numbers.after(position.map_or(0, csv::Position::byte));
        match record.map_err(|_| "not UTF-8, or not two columns") {
            Ok(record) => match invoice(engine, &record) {
                Ok((key, day)) => drop(invoices.insert(key, day)),
                Err(problem) => refused.push(refuse(line, problem)),
            },
            Err(problem) => refused.push(refuse(line, problem)),
        }
    }
    if refused.is_empty() {
        Ok(invoices)
    } else {
        Err(VoidedError::Lines(refused))
    }
}

fn invoice(
    engine: &Engine,
    record: &csv::StringRecord,
) -> Result<([u8; 16], String), &'static str> {
    let field = |i: usize| record.get(i).unwrap_or_default();
    let number = InvoiceNumber::parse(field(0), clock::now().beijing_day())
        .map_err(|_| "invoice_number is malformed")?;
    let day = NaiveDate::parse_from_str(field(1), "%Y-%m-%d")
        .ok()
        .filter(|day| day.to_string() == field(1))
        .ok_or("voided_on must be a day, YYYY-MM-DD")?;
    let key = invoice_key_hash(&engine.keys.vault, number.as_str());
    Ok((key, day.to_string()))
}
