//! Invoices that were voided after the claim: imported from the tax office's list, all or nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_lc_rs::digest;

use super::{basis_of, raise};
use crate::admission::judge::invoice_key_hash;
use crate::clock;
use crate::domain::claim::ClaimState;
use crate::domain::formats::InvoiceNumber;
use crate::domain::ids::{ClaimId, PoolId, StaffId};
use crate::domain::screening::{Rule, voided};
use crate::domain::time::Timestamp;
use crate::operations::denial::Ended;
use crate::operations::register_file::{ImportError, LineProblem, day, read};
use crate::operations::scene::{Scene, settle, with_retries};
use crate::operations::{Engine, ReadError, StaffCaller, pools};
use crate::storage::claims::StoredClaim;
use crate::storage::screening::{self as rows, Import};
use crate::storage::{Db, StorageError, access, claim_keys, claims, dialect};

const COLUMNS: &str = "invoice_number,voided_on";
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

/// A file that was imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastImport {
    /// When.
    pub at: Timestamp,
    /// Lines with invoices.
    pub lines: i64,
    /// The login of who brought it; none where it was the command line.
    pub by: Option<String>,
}

/// Imports a file (columns `invoice_number,voided_on`). Claims that hold such an invoice are
/// flagged, those that are paid for a decision; who claims with one later is flagged by screening.
/// Nobody is named where it is the command line.
///
/// # Errors
/// [`ImportError`].
pub fn import(
    engine: &Engine,
    conn: &mut Db,
    by: Option<StaffId>,
    file: &[u8],
) -> Result<VoidedImport, ImportError> {
    let invoices = read(file, COLUMNS, |record| invoice(engine, record))?;
    let invoices: BTreeMap<[u8; 16], String> = invoices.into_iter().collect();
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
        let import = Import {
            at: dialect::now(conn)?,
            lines: i64::try_from(lines).unwrap_or(i64::MAX),
            staff: by,
        };
        rows::insert_import(conn, &digest, &import)?;
        Ok(done)
    })?;
    Ok(done)
}

/// [`import`] for somebody of the bureau.
///
/// # Errors
/// [`ImportError`].
pub async fn import_by(
    engine: &Engine,
    caller: &StaffCaller,
    file: Vec<u8>,
) -> Result<VoidedImport, ImportError> {
    let (worker, staff) = (engine.clone(), caller.staff);
    let done = engine.write_db(move |conn| import(&worker, conn, Some(staff), &file));
    done.await
}

/// At most `limit` files that were imported, the last first.
///
/// # Errors
/// [`ReadError::Unavailable`].
pub async fn imports(engine: &Engine, limit: i64) -> Result<Vec<PastImport>, ReadError> {
    let found = engine.with_db(move |conn| -> Result<_, StorageError> {
        let found = rows::imports(conn, limit)?;
        let persons: Vec<StaffId> = found.iter().filter_map(|import| import.staff).collect();
        let logins: HashMap<_, _> = access::logins(conn, &persons)?.into_iter().collect();
        let past = |import: Import| PastImport {
            at: import.at,
            lines: import.lines,
            by: import.staff.and_then(|who| logins.get(&who).cloned()),
        };
        Ok(found.into_iter().map(past).collect())
    });
    Ok(found.await?)
}

/// Whether the invoice of a claim was voided.
///
/// # Errors
/// The database's.
pub fn is_voided(conn: &mut Db, claim: &StoredClaim) -> Result<bool, StorageError> {
    let keys: Vec<_> = claim_keys::unpack(&claim.keys)
        .map(|(key, _)| key)
        .collect();
    rows::is_voided(conn, &keys)
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
            let finding = voided(rule);
            let basis = basis_of(engine, &finding);
            if raise(&mut scene, &finding, &basis)? {
                done.flagged += 1;
                done.paid += usize::from(paid);
            }
        }
        settle(conn, ledger)?;
    }
    Ok(())
}

fn invoice(engine: &Engine, record: &csv::StringRecord) -> Result<([u8; 16], String), LineProblem> {
    let field = |i: usize| record.get(i).unwrap_or_default();
    let number = InvoiceNumber::parse(field(0), clock::now().beijing_day())
        .map_err(|_| LineProblem::InvoiceNumber)?;
    let day = day(field(1), "voided_on")?;
    Ok((invoice_key_hash(&engine.keys.vault, number.as_str()), day))
}
