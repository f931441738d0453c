//! The daily identity: what the pool's row, the claims and the journal say of its money, side
//! by side. They are reckoned apart and must be equal to the fen.

use serde::Serialize;

use crate::catalogue::NO_POOL;
use crate::domain::claim::{Bucket, ClaimState};
use crate::domain::money::Fen;
use crate::domain::time::Timestamp;
use crate::operations::{Engine, ReadError};
use crate::storage::batch::PoolRow;
use crate::storage::{Db, StorageError, claims, dialect, journal, pools, receivables};

/// What one source says of a pool's money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Sums {
    /// All money in it.
    pub cap: Fen,
    /// Nobody's.
    pub free: Fen,
    /// Held for claims, or set aside for won appeals.
    pub reserved: Fen,
    /// Owed.
    pub committed: Fen,
    /// Paid.
    pub paid: Fen,
}

/// The sums side by side.
#[derive(Debug, Clone, Serialize)]
pub struct Reconciliation {
    /// The pool.
    pub name: String,
    /// When everything was read, on one snapshot.
    pub as_of: Timestamp,
    /// What the pool's row says.
    pub pool: Sums,
    /// What the claims say; what no claim holds is free.
    pub claims: Sums,
    /// What the journal's entries say.
    pub journal: Sums,
    /// What of the reserved money is set aside for won appeals and is no claim's.
    pub set_aside: Fen,
    /// Whether all are equal.
    pub equal: bool,
}

/// Reconciles a pool.
///
/// # Errors
/// [`ReadError`].
pub async fn pool(engine: &Engine, name: String) -> Result<Reconciliation, ReadError> {
    let all = engine.with_db(move |conn| -> Result<_, StorageError> {
        conn.snapshot(|conn| {
            let found = pools::all(conn)?.into_iter().find(|p| p.name == name);
            found
                .filter(|p| p.name != NO_POOL)
                .map(|row| reconcile(conn, &row))
                .transpose()
        })
    });
    all.await?.ok_or(ReadError::NotFound)
}

/// Reconciles every pool, on one snapshot.
///
/// # Errors
/// The database's.
pub fn every_pool(conn: &mut Db) -> Result<Vec<Reconciliation>, StorageError> {
    conn.snapshot(|conn| {
        let rows = pools::all(conn)?;
        let of_claims = rows.iter().filter(|p| p.name != NO_POOL);
        of_claims.map(|row| reconcile(conn, row)).collect()
    })
}

fn reconcile(conn: &mut Db, row: &PoolRow) -> Result<Reconciliation, StorageError> {
    let pool = sums([row.cap, row.free, row.reserved, row.committed, row.paid]);
    let mut held = [
        row.disputes,
        0,
        -receivables::settled_in_part(conn, row.id)?,
    ];
    for (state, amount) in claims::sums(conn, row.id)? {
        match ClaimState::parse(&state).and_then(ClaimState::bucket) {
            Some(Bucket::Reserved) => held[0] += amount,
            Some(Bucket::Committed) => held[1] += amount,
            Some(Bucket::Paid) => held[2] += amount,
            _ => {}
        }
    }
    let free = row.cap - held.iter().sum::<i64>();
    let claims = sums([row.cap, free, held[0], held[1], held[2]]);
    let moved = journal::balances(conn, row.id)?;
    let of = |bucket: Bucket| moved.get(&bucket).copied().unwrap_or(0);
    let journal = sums([
        -of(Bucket::Funding),
        of(Bucket::Free),
        of(Bucket::Reserved),
        of(Bucket::Committed),
        of(Bucket::Paid),
    ]);
    let possible = pool.1 && claims.1 && journal.1;
    let (pool, claims, journal) = (pool.0, claims.0, journal.0);
    Ok(Reconciliation {
        name: row.name.clone(),
        as_of: dialect::now(conn)?,
        equal: possible && pool == claims && claims == journal,
        set_aside: Fen::new(row.disputes).unwrap_or_default(),
        pool,
        claims,
        journal,
    })
}

/// Cap, free, reserved, committed and paid, and whether all of them are amounts of money. One
/// that is below nothing is shown as nothing, and never passes for equal.
fn sums(of: [i64; 5]) -> (Sums, bool) {
    let amounts = of.map(Fen::new);
    let [cap, free, reserved, committed, paid] = amounts.map(Option::unwrap_or_default);
    let sums = Sums {
        cap,
        free,
        reserved,
        committed,
        paid,
    };
    (sums, amounts.iter().all(Option::is_some))
}
