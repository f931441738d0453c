//! One claim, one call: the transaction of the naive version as one stored procedure, so that a
//! claim costs one round trip and its lock is held no longer than the server needs.

use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Binary, Nullable, Text};
use tradein::admission::judge::KeyAsk;
use tradein::admission::{Reply, Submission};
use tradein::domain::claim::ClaimState;
use tradein::domain::time::Timestamp;
use tradein::operations::Engine;
use tradein::storage::batch::Probe;
use tradein::storage::{Db, Fault, StorageError, classify, pools};

use crate::answered::{Decided, answered};
use crate::naive::CONNECTIONS;
use crate::scene::Fallible;
use crate::workers::Decide;

const PROCEDURE: &str = include_str!("file_claim.sql");
/// How often a claim that lost a race is tried.
const ATTEMPTS: u32 = 20;

/// One claim, one call.
pub struct OneCall {
    engine: Engine,
    conn: PgConnection,
    pool: String,
    series: String,
}

impl OneCall {
    /// Makes the procedure, and workers on connections of `engine`'s database.
    ///
    /// # Errors
    /// The database's; where it is not PostgreSQL.
    pub fn workers(engine: &Engine, pool: &str) -> Fallible<Vec<Self>> {
        let mut conn = engine.database.open_connection()?;
        let row = pools::all(&mut conn)?.into_iter().find(|p| p.name == pool);
        let row = row.ok_or("no pool")?;
        diesel::connection::SimpleConnection::batch_execute(&mut conn, PROCEDURE)?;
        let worker = |_| {
            let mut conn = engine.database.open_connection()?;
            conn.prefer_indexes()?;
            match conn {
                Db::Postgres(conn) => Ok(Self {
                    engine: engine.clone(),
                    conn,
                    pool: row.name.clone(),
                    series: row.series.clone(),
                }),
                Db::Sqlite(_) => Err("stored procedures need PostgreSQL".into()),
            }
        };
        (0..CONNECTIONS).map(worker).collect()
    }

    fn decide_one(&mut self, submission: &Submission) -> Reply {
        for _ in 0..ATTEMPTS {
            match Call::of(submission, &self.series).get_result::<Outcome>(&mut self.conn) {
                Ok(outcome) => {
                    return match decided(outcome) {
                        Some(decided) => {
                            let pool = (&*self.pool, &*self.series);
                            answered(&self.engine, pool, submission, decided)
                        }
                        None => Reply::Unavailable,
                    };
                }
                Err(error) if matches!(classify(&error), Fault::Constraint | Fault::Transient) => {}
                Err(error) => {
                    eprintln!("one call: {}", StorageError::from(error));
                    return Reply::Unavailable;
                }
            }
        }
        Reply::Unavailable
    }
}

impl Decide for OneCall {
    const MOST: usize = 1;

    fn decide(&mut self, claims: &[Box<Submission>]) -> Vec<Reply> {
        claims.iter().map(|claim| self.decide_one(claim)).collect()
    }
}

type Outcome = (String, i64, Option<i64>, i64, i64, Vec<u8>);

fn decided((state, ordinal, position, seq, at_us, hash): Outcome) -> Option<Decided> {
    Some(Decided {
        state: ClaimState::parse(&state)?,
        ordinal,
        position,
        seq,
        at: Timestamp(at_us),
        hash: hash.try_into().ok()?,
    })
}

/// The call with its arguments.
struct Call<'a> {
    submission: &'a Submission,
    series: &'a str,
    version: i64,
    amount: i64,
    reasons: String,
    keys: Vec<&'a [u8]>,
    kinds: Vec<&'a str>,
    limits: Vec<i64>,
    persons: Vec<Vec<u8>>,
    vins: Vec<Vec<u8>>,
}

impl<'a> Call<'a> {
    fn of(submission: &'a Submission, series: &'a str) -> Self {
        let judged = &submission.judged;
        let asks = |of: fn(&'a KeyAsk) -> &'a [u8]| judged.keys.iter().map(of).collect();
        let mut asked = Probe::default();
        judged.ask(&mut asked);
        Self {
            submission,
            series,
            version: judged.published.version_id,
            amount: judged.amount,
            reasons: serde_json::to_string(&judged.reasons).unwrap_or_default(),
            keys: asks(|ask| &ask.hash),
            kinds: judged.keys.iter().map(|ask| ask.kind).collect(),
            limits: judged.keys.iter().map(|ask| ask.limit).collect(),
            persons: asked.persons.iter().map(|hash| hash.to_vec()).collect(),
            vins: asked.vins.iter().map(|hash| hash.to_vec()).collect(),
        }
    }
}

impl QueryId for Call<'_> {
    type QueryId = ();
    // The statement is found again by its text, and so prepared once.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Call<'_> {
    type SqlType = (Text, BigInt, Nullable<BigInt>, BigInt, BigInt, Binary);
}

impl RunQueryDsl<PgConnection> for Call<'_> {}

impl QueryFragment<Pg> for Call<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let Submission {
            claim,
            dealer,
            answer_key,
            intake,
            warnings,
            content,
            judged,
            ..
        } = self.submission;
        out.push_sql("SELECT * FROM file_claim(");
        out.push_bind_param::<Binary, _>(judged.pool.0.as_bytes())?;
        out.push_sql(", ");
        out.push_bind_param::<Text, _>(self.series)?;
        for bytes in [&answer_key[..], &content.fingerprint, claim.0.as_bytes()] {
            out.push_sql(", ");
            out.push_bind_param::<Binary, _>(bytes)?;
        }
        out.push_sql(", ");
        out.push_bind_param::<Text, _>(&intake.draft.programme.0)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&self.version)?;
        out.push_sql(", ");
        out.push_bind_param::<Binary, _>(dealer.0.as_bytes())?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&self.amount)?;
        out.push_sql(", ");
        out.push_bind_param::<Text, _>(&self.reasons)?;
        for bytes in [
            &content.sealed[..],
            &content.mac,
            &content.nonce,
            &content.person,
        ] {
            out.push_sql(", ");
            out.push_bind_param::<Binary, _>(bytes)?;
        }
        out.push_sql(", ");
        out.push_bind_param::<Text, _>(warnings)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Binary>, _>(&self.keys)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.kinds)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.limits)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Binary>, _>(&self.persons)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Binary>, _>(&self.vins)?;
        out.push_sql(")");
        Ok(())
    }
}
