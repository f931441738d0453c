//! The naive version's statements, one row each.

use std::borrow::Cow;

use diesel::QueryResult;
use tradein::domain::ids::{DealerId, PoolId};
use tradein::storage::Db;
use tradein::storage::batch::{NewAnswer, NewClaim, NewEntry, NewKey, PoolRow};

use super::statement::{Bind, Counters, Statement};

/// What a claim takes from its pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Take {
    /// Money and a place.
    Money,
    /// A place in the line.
    Place,
    /// Only a number.
    Number,
}

const RETURNING: &str = " RETURNING cap, free, reserved, committed, paid, waiting, next_ordinal,
    next_position, head_seq, head_us, head_hash";
const TAKE_MONEY: &str = "UPDATE pools SET free = free - ?, reserved = reserved + ?,
    next_ordinal = next_ordinal + 1, next_position = next_position + 1, head_seq = head_seq + 1
    WHERE id = ? AND free >= ? AND (remainder = 'fit' OR waiting = 0)";
const TAKE_PLACE: &str = "UPDATE pools SET waiting = waiting + 1,
    next_ordinal = next_ordinal + 1, next_position = next_position + 1, head_seq = head_seq + 1
    WHERE id = ?";
const TAKE_NUMBER: &str = "UPDATE pools SET next_ordinal = next_ordinal + 1,
    head_seq = head_seq + 1 WHERE id = ?";

/// The guarded update; `None` when the money is not there.
pub fn take(conn: &mut Db, pool: PoolId, take: Take, amount: i64) -> QueryResult<Option<Counters>> {
    let id = pool.0.as_bytes();
    let (text, binds) = match take {
        Take::Money => (
            TAKE_MONEY,
            vec![
                Bind::Int(amount),
                Bind::Int(amount),
                Bind::Bytes(id),
                Bind::Int(amount),
            ],
        ),
        Take::Place => (TAKE_PLACE, vec![Bind::Bytes(id)]),
        Take::Number => (TAKE_NUMBER, vec![Bind::Bytes(id)]),
    };
    let text = Cow::Owned(format!("{text}{RETURNING}"));
    Statement { text, binds }.counters(conn)
}

/// The pool as it was before `take` changed it, from what the change returned.
pub fn before(mut row: PoolRow, after: Counters, take: Take, amount: i64) -> Option<PoolRow> {
    let accepted = i64::from(take != Take::Number);
    let money = if take == Take::Money { amount } else { 0 };
    row.cap = after.0;
    row.free = after.1 + money;
    row.reserved = after.2 - money;
    row.committed = after.3;
    row.paid = after.4;
    row.waiting = after.5 - i64::from(take == Take::Place);
    row.next_ordinal = after.6 - 1;
    row.next_position = after.7 - accepted;
    row.head_seq = after.8 - 1;
    row.head_us = after.9;
    row.head_hash = after.10.try_into().ok()?;
    Some(row)
}

pub fn insert_keys(conn: &mut Db, keys: &[NewKey]) -> QueryResult<()> {
    let rows = vec!["(?, ?, ?, ?)"; keys.len()].join(", ");
    let text = "INSERT INTO claim_keys (key_hash, ordinal, claim_id, kind) VALUES ";
    let binds = keys.iter().flat_map(|k| {
        [
            Bind::Bytes(&k.hash),
            Bind::Int(k.ordinal),
            Bind::Bytes(k.claim.0.as_bytes()),
            Bind::Text(k.kind),
        ]
    });
    let text = Cow::Owned(format!("{text}{rows}"));
    let binds = binds.collect();
    Statement { text, binds }.run(conn).map(|_| ())
}

pub fn insert_claim(conn: &mut Db, pool: PoolId, at_us: i64, c: &NewClaim) -> QueryResult<()> {
    let text = Cow::Borrowed(
        "INSERT INTO claims (id, pool_id, number, position, programme, version_id, dealer_id,
            state, amount, sealed, content_mac, nonce, person_hash, keys, reasons, warnings,
            submitted_us, held_us, changed_us, revision)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)",
    );
    let binds = vec![
        Bind::Bytes(c.id.0.as_bytes()),
        Bind::Bytes(pool.0.as_bytes()),
        Bind::Text(&c.number),
        Bind::MaybeInt(c.position),
        Bind::Text(&c.programme),
        Bind::Int(c.version_id),
        Bind::Bytes(c.dealer.0.as_bytes()),
        Bind::Text(c.state),
        Bind::Int(c.amount),
        Bind::Bytes(&c.sealed),
        Bind::Bytes(&c.content_mac),
        Bind::Bytes(&c.nonce),
        Bind::Bytes(&c.person_hash),
        Bind::Bytes(&c.keys),
        Bind::Text(&c.reasons),
        Bind::Text(&c.warnings),
        Bind::Int(at_us),
        Bind::MaybeInt(c.held_us),
        Bind::Int(at_us),
    ];
    Statement { text, binds }.run(conn).map(|_| ())
}

pub fn insert_entry(conn: &mut Db, pool: PoolId, e: &NewEntry) -> QueryResult<()> {
    let text = Cow::Borrowed(
        "INSERT INTO journal (pool_id, seq, at_us, kind, actor, claim_id, commitment, position,
            amount, detail, from_bucket, to_bucket, private, private_hash, prev_hash, hash)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    );
    let binds = vec![
        Bind::Bytes(pool.0.as_bytes()),
        Bind::Int(e.seq),
        Bind::Int(e.at_us),
        Bind::Text(e.kind),
        Bind::Text(e.actor),
        Bind::MaybeBytes(e.claim.as_ref().map(|c| &c.0.as_bytes()[..])),
        Bind::MaybeBytes(e.commitment.as_ref().map(|c| &c[..])),
        Bind::MaybeInt(e.position),
        Bind::Int(e.amount),
        Bind::MaybeText(e.detail.as_deref()),
        Bind::MaybeText(e.from),
        Bind::MaybeText(e.to),
        Bind::MaybeText(e.private.as_deref()),
        Bind::Bytes(&e.private_hash),
        Bind::Bytes(&e.prev),
        Bind::Bytes(&e.hash),
    ];
    Statement { text, binds }.run(conn).map(|_| ())
}

/// The head of the chain, which only the entry's content decides.
pub fn save_head(conn: &mut Db, row: &PoolRow) -> QueryResult<()> {
    let text = Cow::Borrowed("UPDATE pools SET head_hash = ?, head_us = ? WHERE id = ?");
    let binds = vec![
        Bind::Bytes(&row.head_hash),
        Bind::Int(row.head_us),
        Bind::Bytes(row.id.0.as_bytes()),
    ];
    Statement { text, binds }.run(conn).map(|_| ())
}

pub fn add_usage(conn: &mut Db, pool: PoolId, dealer: DealerId, amount: i64) -> QueryResult<()> {
    let text = Cow::Borrowed(
        "INSERT INTO dealer_usage (pool_id, dealer_id, held) VALUES (?, ?, ?)
         ON CONFLICT (pool_id, dealer_id) DO UPDATE SET held = dealer_usage.held + excluded.held",
    );
    let binds = vec![
        Bind::Bytes(pool.0.as_bytes()),
        Bind::Bytes(dealer.0.as_bytes()),
        Bind::Int(amount),
    ];
    Statement { text, binds }.run(conn).map(|_| ())
}

pub fn insert_answer(conn: &mut Db, a: &NewAnswer) -> QueryResult<()> {
    let text = Cow::Borrowed(
        "INSERT INTO answers (key_hash, fingerprint, claim_id, body, mac) VALUES (?, ?, ?, ?, ?)",
    );
    let binds = vec![
        Bind::Bytes(&a.key),
        Bind::Bytes(&a.fingerprint),
        Bind::Bytes(a.claim.0.as_bytes()),
        Bind::Text(&a.body),
        Bind::Bytes(&a.mac),
    ];
    Statement { text, binds }.run(conn).map(|_| ())
}
