//! How many wait in each stretch of a pool's line, and for how much. A line may have a million
//! places: what stands before one of them is told from the stretches before its own and from the
//! claims of its own, some hundreds of rows each.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::StorageError;
use super::claims::is;
use super::db::Db;
use super::schema::claims;
use super::schema_of_line::waiting_stretches;
use crate::domain::claim::ClaimState;
use crate::domain::ids::PoolId;

/// Places of a stretch: about the root of a line of a quarter of a million.
const PLACES: i64 = 512;

/// How many wait, and for how much.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Claims.
    pub claims: i64,
    /// What they ask for together, fen.
    pub amount: i64,
}

/// Who waits, or how that changes, stretch by stretch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line(BTreeMap<i64, Waiting>);

impl Line {
    /// Somebody waits at a place for so many fen.
    pub fn comes(&mut self, position: i64, amount: i64) {
        self.add(position / PLACES, 1, amount);
    }

    /// Somebody waits there no longer.
    pub fn goes(&mut self, position: i64, amount: i64) {
        self.add(position / PLACES, -1, -amount);
    }

    fn add(&mut self, stretch: i64, claims: i64, amount: i64) {
        let there = self.0.entry(stretch).or_default();
        there.claims += claims;
        there.amount += amount;
        if *there == Waiting::default() {
            self.0.remove(&stretch);
        }
    }
}

/// Who waits in a pool.
///
/// # Errors
/// The database's.
pub fn of(conn: &mut Db, pool: PoolId) -> Result<Line, StorageError> {
    let mut line = Line::default();
    for (stretch, claims, amount) in stretches(conn, pool, i64::MAX)? {
        line.add(stretch, claims, amount);
    }
    Ok(line)
}

/// Writes how a line changed, under the pool's lock.
///
/// # Errors
/// The database's: a stretch from which more go than wait there violates a CHECK.
pub(super) fn change(conn: &mut Db, pool: PoolId, line: &Line) -> Result<(), StorageError> {
    for (stretch, change) in &line.0 {
        let there = waiting_stretches::table.find((pool.to_vec(), stretch));
        let changed = diesel::update(there)
            .set((
                waiting_stretches::claims.eq(waiting_stretches::claims + change.claims),
                waiting_stretches::amount.eq(waiting_stretches::amount + change.amount),
            ))
            .execute(conn)?;
        if changed == 0 {
            diesel::insert_into(waiting_stretches::table)
                .values((
                    waiting_stretches::pool_id.eq(pool.to_vec()),
                    waiting_stretches::stretch.eq(stretch),
                    waiting_stretches::claims.eq(change.claims),
                    waiting_stretches::amount.eq(change.amount),
                ))
                .execute(conn)?;
        }
    }
    Ok(())
}

/// Who waits in a pool before a place.
///
/// # Errors
/// The database's.
pub fn before(conn: &mut Db, pool: PoolId, position: i64) -> Result<Waiting, StorageError> {
    let stretch = position / PLACES;
    let near: Vec<i64> = claims::table
        .filter(claims::pool_id.eq(pool.to_vec()))
        .filter(is(ClaimState::Waiting))
        .filter(claims::position.ge(stretch * PLACES))
        .filter(claims::position.lt(position))
        .select(claims::amount)
        .load(conn)?;
    let mut waiting = sum(&stretches(conn, pool, stretch)?);
    waiting.claims += near.len() as i64;
    waiting.amount += near.iter().sum::<i64>();
    Ok(waiting)
}

/// All who wait in a pool.
///
/// # Errors
/// The database's.
pub fn whole(conn: &mut Db, pool: PoolId) -> Result<Waiting, StorageError> {
    Ok(sum(&stretches(conn, pool, i64::MAX)?))
}

fn sum(stretches: &[(i64, i64, i64)]) -> Waiting {
    Waiting {
        claims: stretches.iter().map(|(_, claims, _)| claims).sum(),
        amount: stretches.iter().map(|(_, _, amount)| amount).sum(),
    }
}

/// The stretches before one.
fn stretches(
    conn: &mut Db,
    pool: PoolId,
    before: i64,
) -> Result<Vec<(i64, i64, i64)>, StorageError> {
    Ok(waiting_stretches::table
        .filter(waiting_stretches::pool_id.eq(pool.to_vec()))
        .filter(waiting_stretches::stretch.lt(before))
        .select((
            waiting_stretches::stretch,
            waiting_stretches::claims,
            waiting_stretches::amount,
        ))
        .load(conn)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_came_and_went_leaves_nothing() {
        let mut line = Line::default();
        line.comes(511, 100);
        line.comes(512, 300);
        line.comes(513, 500);
        let both = [(0, 1, 100), (1, 2, 800)];
        let told = |line: &Line| {
            let stretches = line.0.iter();
            let told = stretches.map(|(stretch, there)| (*stretch, there.claims, there.amount));
            told.collect::<Vec<_>>()
        };
        assert_eq!(told(&line), both);
        line.goes(511, 100);
        line.goes(513, 400);
        assert_eq!(told(&line), [(1, 1, 400)]);
        line.goes(512, 400);
        assert_eq!(line, Line::default());
        line.goes(7, 50);
        assert_eq!(told(&line), [(0, -1, -50)]);
    }
}
