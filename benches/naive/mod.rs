//! The usual way to admit a claim, done well: one claim, one transaction, a guarded update
//! of the pool's row, on eight connections. It stands behind the same HTTP, does the same
//! work with the same code (verdict, keys, chain, sealing, answer), and what it leaves
//! behind passes the same verification.

mod rows;
pub mod statement;

use std::collections::HashMap;

use tradein::admission::fold::Fold;
use tradein::admission::{Reply, Submission};
use tradein::domain::ids::PoolId;
use tradein::ledger::LedgerError;
use tradein::operations::Engine;
use tradein::storage::batch::{NewAnswer, NewKey, PoolRow, Probe, Probed, Writes};
use tradein::storage::claim_keys::REQUEST;
use tradein::storage::{Db, Fault, StorageError, dialect, pools};

use self::rows::Take;
use crate::workers::Decide;

/// More connections only make one row slower.
pub const CONNECTIONS: usize = 8;
/// How often a claim that lost a race is tried.
const ATTEMPTS: u32 = 20;

/// Why a transaction did not commit.
enum Failure {
    Storage(StorageError),
    /// Under the lock the claim takes something else than was thought before.
    Otherwise(Take),
    Fault(LedgerError),
}

impl From<diesel::result::Error> for Failure {
    fn from(error: diesel::result::Error) -> Self {
        Failure::Storage(error.into())
    }
}

impl From<StorageError> for Failure {
    fn from(error: StorageError) -> Self {
        Failure::Storage(error)
    }
}

impl From<LedgerError> for Failure {
    fn from(error: LedgerError) -> Self {
        Failure::Fault(error)
    }
}

/// One claim, one transaction.
pub struct Naive {
    engine: Engine,
    conn: Db,
    /// What never changes of a pool's row; the rest is never used from here.
    pools: HashMap<PoolId, PoolRow>,
}

impl Decide for Naive {
    const MOST: usize = 1;

    fn decide(&mut self, claims: &[Box<Submission>]) -> Vec<Reply> {
        claims.iter().map(|claim| self.decide_one(claim)).collect()
    }
}

impl Naive {
    /// Workers on connections of `engine`'s database.
    ///
    /// # Errors
    /// The database's.
    pub fn workers(engine: &Engine) -> Result<Vec<Self>, StorageError> {
        let worker = |_| {
            let mut conn = engine.database.open_connection()?;
            conn.prefer_indexes()?;
            Ok(Self {
                engine: engine.clone(),
                conn,
                pools: HashMap::new(),
            })
        };
        (0..CONNECTIONS).map(worker).collect()
    }

    fn decide_one(&mut self, submission: &Submission) -> Reply {
        let mut take = if submission.judged.reasons.is_empty() {
            Take::Money
        } else {
            Take::Number
        };
        for _ in 0..ATTEMPTS {
            match self.attempt(submission, take) {
                Ok(reply) => return reply,
                Err(Failure::Otherwise(other)) => take = other,
                // A key or an answer that came in between, or a conflict: look again.
                Err(Failure::Storage(error))
                    if matches!(error.fault(), Fault::Constraint | Fault::Transient) => {}
                Err(Failure::Storage(error)) => {
                    eprintln!("the naive version: {error}");
                    return Reply::Unavailable;
                }
                Err(Failure::Fault(error)) => {
                    eprintln!("the naive version: {error}");
                    return Reply::Unavailable;
                }
            }
        }
        Reply::Unavailable
    }

    fn attempt(&mut self, submission: &Submission, take: Take) -> Result<Reply, Failure> {
        let template = self.template(submission.judged.pool)?;
        let engine = &self.engine;
        self.conn
            .write(|conn| transaction(conn, engine, template, submission, take))
    }

    fn template(&mut self, pool: PoolId) -> Result<PoolRow, StorageError> {
        if let Some(row) = self.pools.get(&pool) {
            return Ok(row.clone());
        }
        let gone = || StorageError::Corrupt("the pool is gone".into());
        let row = pools::read(&mut self.conn, pool)?.ok_or_else(gone)?;
        self.pools.insert(pool, row.clone());
        Ok(row)
    }
}

/// Look, insert the keys, take the money by a guarded update, insert claim, entry and
/// answer. The caller commits.
fn transaction(
    conn: &mut Db,
    engine: &Engine,
    template: PoolRow,
    submission: &Submission,
    take: Take,
) -> Result<Reply, Failure> {
    let pool = template.id;
    let probed = dialect::probe(conn, pool, &questions(submission))?;
    if let Some(answer) = probed.answers.get(&submission.answer_key) {
        return Ok(if answer.fingerprint == submission.content.fingerprint {
            Reply::Answered(answer.body.clone())
        } else {
            Reply::KeyReused
        });
    }
    let mut keys = match take {
        Take::Number => Vec::new(),
        _ => keys(submission, &probed).ok_or(Failure::Otherwise(Take::Number))?,
    };
    keys.push(NewKey {
        hash: submission.answer_key,
        ordinal: 1,
        claim: submission.claim,
        kind: REQUEST,
    });
    rows::insert_keys(conn, &keys)?;
    let (before, take) = guarded(conn, template, submission.judged.amount, take)?;
    let catalogue = engine.catalogue.current();
    let mut fold = Fold::new(
        before,
        probed,
        &catalogue,
        &engine.keys,
        &engine.settings.issuer,
    );
    fold.decide(submission)?;
    let (row, at, writes, answers) = fold.finish();
    let mut answers = answers.write();
    write(conn, &row, at.0, (&writes, &answers), take)?;
    let answer = answers.pop().map(|answer| Reply::Answered(answer.body));
    Ok(answer.unwrap_or(Reply::Unavailable))
}

/// Takes what the claim asks for, or a place in the line when the money is not there.
fn guarded(
    conn: &mut Db,
    template: PoolRow,
    amount: i64,
    take: Take,
) -> Result<(PoolRow, Take), Failure> {
    let gone = || StorageError::Corrupt("the pool is gone".into());
    let (after, taken) = match rows::take(conn, template.id, take, amount)? {
        Some(after) => (after, take),
        None => {
            let after = rows::take(conn, template.id, Take::Place, amount)?;
            (after.ok_or_else(gone)?, Take::Place)
        }
    };
    let before = rows::before(template, after, taken, amount).ok_or_else(gone)?;
    Ok((before, taken))
}

fn write(
    conn: &mut Db,
    row: &PoolRow,
    at_us: i64,
    (writes, answers): (&Writes, &[NewAnswer]),
    taken: Take,
) -> Result<(), Failure> {
    for claim in &writes.claims {
        let decided = match claim.state {
            "reserved" => Take::Money,
            "waiting" => Take::Place,
            _ => Take::Number,
        };
        if decided != taken {
            return Err(Failure::Otherwise(decided));
        }
        rows::insert_claim(conn, row.id, at_us, claim)?;
    }
    for entry in &writes.entries {
        rows::insert_entry(conn, row.id, entry)?;
    }
    rows::save_head(conn, row)?;
    for (dealer, amount) in &writes.usage {
        rows::add_usage(conn, row.id, *dealer, *amount)?;
    }
    for answer in answers {
        rows::insert_answer(conn, answer)?;
    }
    Ok(())
}

fn questions(submission: &Submission) -> Probe {
    let mut asked = Probe::default();
    asked.answers.push(submission.answer_key);
    submission.judged.ask(&mut asked);
    if submission.judged.dealer_caps.limit_shares() {
        asked.dealers.push(submission.dealer);
    }
    asked
}

/// The lowest free ordinal of each key, as the fold will choose it from the same answers;
/// `None` when one has none.
fn keys(submission: &Submission, probed: &Probed) -> Option<Vec<NewKey>> {
    let free = |hash, limit: i64| {
        let held = probed.keys.get(hash).map_or(&[][..], Vec::as_slice);
        (1..=limit).find(|n| held.iter().all(|h| h.ordinal != *n))
    };
    let asks = submission.judged.keys.iter();
    let keys = asks.map(|ask| {
        Some(NewKey {
            hash: ask.hash,
            ordinal: free(&ask.hash, ask.limit)?,
            claim: submission.claim,
            kind: ask.kind,
        })
    });
    keys.collect()
}
