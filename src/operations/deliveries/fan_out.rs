//! From the journal to deliveries: what lies behind each endpoint's cursor.

use std::collections::BTreeMap;

use crate::domain::event::EventType;
use crate::domain::ids::{EndpointId, PoolId};
use crate::journal::event::told_kinds;
use crate::operations::denial::{ActError, Ended};
use crate::operations::events::told;
use crate::operations::scene::with_retries;
use crate::storage::events::{self, Window};
use crate::storage::webhook_deliveries::{self as rows, DeliveryKey};
use crate::storage::webhook_endpoints::{self as endpoints, Behind};
use crate::storage::{Db, dialect};

/// Journal entries that become deliveries in one transaction.
const WINDOW: i64 = 1_000;
/// Such transactions in one tick, so that sending has its turn while a long journal is read.
const WINDOWS_A_TICK: usize = 20;

/// Makes deliveries of the entries behind each endpoint's cursor. Endpoints that stand at the
/// same entry go together, and one that has much to catch up on holds up no other.
pub(super) fn fan_out(conn: &mut Db) -> Result<(), Ended> {
    for _ in 0..WINDOWS_A_TICK {
        let mut groups: BTreeMap<(PoolId, i64), Vec<Behind>> = BTreeMap::new();
        for one in endpoints::behind(conn)? {
            groups.entry((one.pool, one.seq)).or_default().push(one);
        }
        let more = groups
            .values()
            .flatten()
            .any(|one| one.head - one.seq > WINDOW);
        for group in groups.into_values() {
            match step(conn, &group) {
                // Another instance has done it, or an endpoint was changed: the next look tells.
                Err(Ended::Act(ActError::Stale)) => {}
                other => other?,
            }
        }
        if !more {
            break;
        }
    }
    Ok(())
}

/// One window of one pool's journal, for endpoints that stand at the same entry.
fn step(conn: &mut Db, group: &[Behind]) -> Result<(), Ended> {
    let Some(first) = group.first() else {
        return Ok(());
    };
    let window = Window {
        pool: first.pool,
        after: first.seq,
        up_to: first.head.min(first.seq + WINDOW),
    };
    let mut dealers: Vec<_> = group.iter().map(|one| one.dealer).collect();
    dealers.sort_unstable();
    dealers.dedup();
    // Entries never change, so they are read before anything is locked.
    let mut made = Vec::new();
    for row in events::within(conn, window, &told_kinds(), Some(&dealers), WINDOW)? {
        let (claim, dealer, seq) = (row.claim, row.dealer, row.seq);
        let Some((kind, _)) = told(row, "") else {
            continue;
        };
        let concerned = |one: &&Behind| one.dealer == dealer && wants(&one.types, kind);
        made.extend(group.iter().filter(concerned).map(|one| {
            let key = DeliveryKey {
                endpoint: one.endpoint,
                pool: window.pool,
                seq,
            };
            (key, claim)
        }));
    }
    let ids: Vec<EndpointId> = group.iter().map(|one| one.endpoint).collect();
    with_retries(conn, |conn| {
        if !endpoints::advance(conn, window.pool, &ids, window.after, window.up_to)? {
            return Err(ActError::Stale.into());
        }
        let now = dialect::now(conn)?;
        for (key, claim) in &made {
            rows::put(conn, *key, *claim, now)?;
        }
        Ok(())
    })
}

/// Whether a list of types parted by blanks, of which none is all, holds this one.
fn wants(types: &str, kind: EventType) -> bool {
    types.is_empty() || types.split(' ').any(|word| word == kind.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_types_are_all_types_and_words_are_whole() {
        assert!(wants("", EventType::Paid));
        assert!(wants("claim.paid claim.refused", EventType::Refused));
        assert!(!wants("claim.paying", EventType::Paid));
        assert!(!wants("claim.refused", EventType::Paid));
    }
}
