//! The feed: what happened to claims, in the order of each pool's journal, read from wherever
//! the caller has come to.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::claim::ClaimState;
use crate::domain::event::EventType;
use crate::domain::ids::{ClaimId, DealerId, PoolId};
use crate::domain::money::Fen;
use crate::domain::time::Timestamp;
use crate::journal::canonical::hex;
use crate::journal::event::{event_id, event_type, kinds_of, told_kinds};
use crate::operations::{Engine, ReadError, Viewer};
use crate::storage::events::{self, EventRow, Head, Window};
use crate::storage::{Db, StorageError};

/// Journal entries that one call looks at, over all pools.
const SCAN: i64 = 5_000;

/// What an event is about.
#[derive(Debug, Clone, Serialize)]
pub struct Subject {
    /// The claim.
    pub claim_id: ClaimId,
    /// The number people know.
    pub claim_number: String,
    /// Where the claim stands since, where the entry tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<ClaimState>,
    /// The programme.
    pub programme: String,
    /// The pool's name.
    pub pool: String,
    /// The number of the entry in the pool's journal.
    pub seq: i64,
    /// The amount of the entry.
    pub amount: Fen,
}

/// What the public journal says of it besides.
#[derive(Debug, Clone, Serialize)]
pub struct Facts {
    /// The kind of the entry.
    pub entry: &'static str,
    /// The entry's hash, by which it is found in the public journal.
    pub entry_hash: String,
    /// Who caused it: `dealer`, `staff`, `operator` or `system`.
    pub actor: &'static str,
    /// The claim's place among the accepted claims of the pool.
    pub position: Option<i64>,
    /// The public word of the entry, where its kind has one.
    pub detail: Option<String>,
}

/// An event. It holds nothing personal: the claim itself is asked for with credentials.
#[derive(Debug, Clone, Serialize)]
pub struct EventView {
    /// The id, the same whenever and however it is told.
    pub id: String,
    /// What happened.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// When it happened.
    pub at: Timestamp,
    /// What it happened to.
    #[serde(flatten)]
    pub about: Subject,
    /// What the public journal says of it besides.
    pub data: Facts,
}

/// An entry as its dealer is told of it; `None` for one that dealers are not told of.
pub fn told(row: EventRow, pool: &str) -> Option<(EventType, EventView)> {
    let detail = row.detail.as_deref().and_then(ClaimState::parse);
    let kind = event_type(row.kind, detail)?;
    let view = EventView {
        id: event_id(row.pool, row.seq),
        kind: kind.as_str(),
        at: row.at,
        about: Subject {
            claim_id: row.claim,
            claim_number: row.number,
            state: detail.or(kind.state()),
            programme: row.programme,
            pool: pool.to_owned(),
            seq: row.seq,
            amount: row.amount,
        },
        data: Facts {
            entry: row.kind.as_str(),
            entry_hash: hex(&row.hash),
            actor: row.actor.as_str(),
            position: row.position,
            detail: row.detail,
        },
    };
    Some((kind, view))
}

/// How far a caller has read each pool's journal; a pool that is not named, not at all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reached(BTreeMap<PoolId, i64>);

/// The first byte of the bytes of a [`Reached`]; another form will have another one.
const FORM: u8 = 1;
const POOL_BYTES: usize = 16 + 8;

impl Reached {
    fn of(&self, pool: PoolId) -> i64 {
        self.0.get(&pool).copied().unwrap_or(0)
    }

    /// The bytes in a cursor: the form, then each pool and the number of its last entry.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(1 + self.0.len() * POOL_BYTES);
        bytes.push(FORM);
        for (pool, seq) in &self.0 {
            bytes.extend_from_slice(pool.0.as_bytes());
            bytes.extend_from_slice(&seq.to_be_bytes());
        }
        bytes
    }

    /// Reads what [`Reached::to_bytes`] wrote; `None` for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (FORM, rest) = bytes.split_first().map(|(form, rest)| (*form, rest))? else {
            return None;
        };
        let mut reached = BTreeMap::new();
        for entry in rest.chunks(POOL_BYTES) {
            let (pool, seq) = entry.split_at_checked(16)?;
            let seq = i64::from_be_bytes(seq.try_into().ok()?);
            let pool = PoolId::from_slice(pool)?;
            let ascends = reached
                .last_key_value()
                .is_none_or(|(last, _)| *last < pool);
            if seq < 0 || !ascends {
                return None;
            }
            reached.insert(pool, seq);
        }
        Some(Self(reached))
    }
}

/// A part of the feed.
#[derive(Debug)]
pub struct Feed {
    /// The events: perhaps fewer than asked for although there are more.
    pub items: Vec<EventView>,
    /// Where to read on, also when there is nothing more for now.
    pub reached: Reached,
}

/// What the viewer may know of behind `reached`.
///
/// # Errors
/// [`ReadError::Unavailable`].
pub async fn feed(
    engine: &Engine,
    viewer: Viewer,
    reached: Reached,
    kind: Option<EventType>,
    limit: u32,
) -> Result<Feed, ReadError> {
    let dealer = match viewer {
        Viewer::Dealer(dealer) => Some(dealer),
        Viewer::Bureau => None,
    };
    let read = move |conn: &mut Db| read(conn, dealer, reached, kind, limit);
    Ok(engine.with_db(read).await?)
}

fn read(
    conn: &mut Db,
    dealer: Option<DealerId>,
    mut reached: Reached,
    kind: Option<EventType>,
    limit: u32,
) -> Result<Feed, StorageError> {
    let kinds = kind.map_or_else(told_kinds, kinds_of);
    let dealers = dealer.map(|dealer| [dealer]);
    let heads = events::heads(conn)?;
    let news: Vec<&Head> = heads
        .iter()
        .filter(|head| head.seq > reached.of(head.pool))
        .collect();
    let share = SCAN / i64::try_from(news.len()).unwrap_or(SCAN).max(1);
    let mut found = Vec::new();
    for head in news {
        let after = reached.of(head.pool);
        let window = Window {
            pool: head.pool,
            after,
            up_to: head.seq.min(after + share.max(1)),
        };
        let dealers = dealers.as_ref().map(<[_; 1]>::as_slice);
        let rows = events::within(conn, window, &kinds, dealers, limit.into())?;
        // Behind the last of a full page there may be more of the window.
        let full = rows.last().filter(|_| rows.len() == limit as usize);
        let last = full.map_or(window.up_to, |row| row.seq);
        reached.0.insert(head.pool, last);
        let told = rows.into_iter().filter_map(|row| told(row, &head.name));
        let wanted = told.filter(|(told, _)| kind.is_none_or(|kind| kind == *told));
        found.extend(wanted.map(|(_, view)| (head.pool, view)));
    }
    // By time, so that no pool can hold up another; within a pool time never goes back.
    found.sort_by(|(p, a), (q, b)| (a.at, p, a.about.seq).cmp(&(b.at, q, b.about.seq)));
    for (pool, left) in found.split_off(found.len().min(limit as usize)) {
        // What does not fit this time is read again.
        let seq = reached.0.entry(pool).or_default();
        *seq = (*seq).min(left.about.seq - 1);
    }
    Ok(Feed {
        items: found.into_iter().map(|(_, view)| view).collect(),
        reached,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(number: u128) -> PoolId {
        PoolId(uuid::Uuid::from_u128(number))
    }

    #[test]
    fn how_far_one_has_read_comes_back() {
        for pools in [0_u128, 1, 3] {
            let reached = Reached((0..pools).map(|n| (pool(n), n as i64 * 9)).collect());
            assert_eq!(Reached::from_bytes(&reached.to_bytes()), Some(reached));
        }
        assert_eq!(Reached::default().of(pool(1)), 0);
    }

    #[test]
    fn what_was_not_given_out_is_not_taken() {
        let good = Reached([(pool(1), 7), (pool(2), 8)].into()).to_bytes();
        let form = [&[2], &good[1..]].concat();
        let twice = [&good[..25], &good[1..25]].concat();
        let turned = [&[FORM], &good[25..], &good[1..25]].concat();
        let mut negative = good.clone();
        negative[17] = 0xFF;
        let cut = &good[..good.len() - 1];
        let pool_alone = &good[..17];
        for bytes in [&[][..], &form, &twice, &turned, &negative, cut, pool_alone] {
            assert_eq!(Reached::from_bytes(bytes), None, "{bytes:?}");
        }
    }
}
