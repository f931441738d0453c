//! Webhooks on their way: from the journal to each endpoint, at least once and in the order of
//! each claim.
//!
//! Any number of instances may do it at once. New entries become deliveries by moving an
//! endpoint's cursor, compare and set; a delivery is taken under a short lease. What an instance
//! leaves behind when it dies is due again when the lease ends, and receivers know it by its id.

mod fan_out;
mod outcome;
mod parcel;

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{Id, JoinSet};
use tokio::time::MissedTickBehavior;

use self::fan_out::fan_out;
use self::outcome::send;
use self::parcel::{Parcel, parcel};
use crate::clock;
use crate::domain::ids::{EndpointId, PoolId};
use crate::domain::time::Timestamp;
use crate::operations::Engine;
use crate::operations::denial::Ended;
use crate::operations::scene::with_retries;
use crate::storage::webhook_deliveries::{self as rows, DeliveryRow};
use crate::storage::{Db, dialect, events, webhook_endpoints as endpoints};

pub use self::outcome::answered;
pub use self::parcel::{addressee, send_once, url};

/// How often new entries and due deliveries are looked for.
const TICK: Duration = Duration::from_secs(1);
/// For how long a delivery is taken: three times what a sender may need for one.
const LEASE_SECONDS: i64 = 30;
/// Deliveries at once to endpoints that work.
const LANE: usize = 16;
/// Deliveries at once to endpoints that fail or are slow: apart, so that however many of them
/// let us wait, an endpoint that works does not.
const SLOW_LANE: usize = 16;
/// A delivery that takes longer counts for the lane of the slow.
const SLOW: Duration = Duration::from_secs(2);
/// Deliveries at once to one endpoint; a failing one gets one.
const AT_ONCE: usize = 4;
/// Deliveries at once in all: slow ones leave their lane to others, but not for ever.
const MOST: usize = 64;
/// For how many days it is told what became of a delivery.
const KEPT_DAYS: i64 = 30;
/// How often what is older is forgotten, and new pools are looked for.
const UPKEEP_EVERY: Duration = Duration::from_secs(60);

const MICROS: i64 = 1_000_000;

/// Delivers until `stopping` says so, then lets what is on its way end.
pub async fn run(engine: Engine, mut stopping: watch::Receiver<bool>) {
    if engine.outbound.sender().is_none() {
        // Other instances may have one. This one waits to be stopped.
        let _told = stopping.changed().await;
        return;
    }
    let mut desk = Desk::default();
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => desk.look(&engine).await,
            () = desk.one_ended(), if !desk.sends.is_empty() => {}
            _ = stopping.changed() => break,
        }
        desk.fill(&engine).await;
    }
    while !desk.sends.is_empty() {
        desk.one_ended().await;
    }
}

/// What this instance is at.
#[derive(Default)]
struct Desk {
    sends: JoinSet<()>,
    on_their_way: HashMap<Id, OnItsWay>,
    pools: Vec<PoolId>,
    upkeep_due: Duration,
}

/// A delivery that is being sent.
struct OnItsWay {
    to: EndpointId,
    failing: bool,
    since: Duration,
}

/// What may be taken: free places in both lanes, and how much is on its way to whom.
#[derive(Debug)]
struct Room {
    working: usize,
    failing: usize,
    busy: HashMap<EndpointId, usize>,
}

impl Desk {
    /// Makes deliveries of new entries, and does from time to time what is done from time to
    /// time.
    async fn look(&mut self, engine: &Engine) {
        let known = std::mem::take(&mut self.pools);
        let upkeep = clock::since_start() >= self.upkeep_due;
        let done = engine.write_db_in_background(move |conn| -> Result<Vec<PoolId>, Ended> {
            let pools: Vec<PoolId> = events::heads(conn)?.iter().map(|h| h.pool).collect();
            if upkeep || pools != known {
                with_retries(conn, |conn| Ok(endpoints::add_cursors(conn)?))?;
            }
            if upkeep {
                let now = dialect::now(conn)?;
                let before = Timestamp(now.0 - KEPT_DAYS * 86_400 * MICROS);
                with_retries(conn, |conn| Ok(rows::forget(conn, before)?))?;
            }
            fan_out(conn)?;
            Ok(pools)
        });
        match done.await {
            Ok(pools) => {
                self.pools = pools;
                if upkeep {
                    self.upkeep_due = clock::since_start() + UPKEEP_EVERY;
                }
            }
            Err(ended) => drop(ended.into_act()),
        }
    }

    /// Sends as much of what is due as there is room for.
    async fn fill(&mut self, engine: &Engine) {
        let room = self.room();
        if room.working + room.failing == 0 {
            return;
        }
        let worker = engine.clone();
        let taken = engine
            .write_db_in_background(move |conn| take(&worker, conn, room))
            .await;
        match taken {
            Ok(parcels) => {
                for (parcel, failing) in parcels {
                    let one = OnItsWay {
                        to: parcel.key.endpoint,
                        failing,
                        since: clock::since_start(),
                    };
                    let task = self.sends.spawn(send(engine.clone(), parcel));
                    self.on_their_way.insert(task.id(), one);
                }
            }
            Err(ended) => drop(ended.into_act()),
        }
    }

    fn room(&self) -> Room {
        let now = clock::since_start();
        let mut room = Room {
            working: LANE,
            failing: SLOW_LANE,
            busy: HashMap::new(),
        };
        for one in self.on_their_way.values() {
            let slow = one.failing || now.saturating_sub(one.since) > SLOW;
            let lane = if slow {
                &mut room.failing
            } else {
                &mut room.working
            };
            *lane = lane.saturating_sub(1);
            *room.busy.entry(one.to).or_default() += 1;
        }
        let rest = MOST.saturating_sub(self.on_their_way.len());
        room.working = room.working.min(rest);
        room.failing = room.failing.min(rest - room.working);
        room
    }

    /// Waits until one has ended, and takes note of all that have.
    async fn one_ended(&mut self) {
        let mut ended = self.sends.join_next_with_id().await;
        while let Some(done) = ended {
            let id = match done {
                Ok((id, ())) => id,
                Err(error) => error.id(),
            };
            self.on_their_way.remove(&id);
            ended = self.sends.try_join_next_with_id();
        }
    }
}

/// Takes what is due, as far as there is room, each endpoint in its turn.
fn take(engine: &Engine, conn: &mut Db, mut room: Room) -> Result<Vec<(Parcel, bool)>, Ended> {
    let now = dialect::now(conn)?;
    let mut parcels = Vec::new();
    for endpoint in endpoints::due(conn, now)? {
        let (lane, at_once) = if endpoint.failing {
            (&mut room.failing, 1)
        } else {
            (&mut room.working, AT_ONCE)
        };
        let busy = room.busy.get(&endpoint.id).copied().unwrap_or(0);
        let free = at_once.saturating_sub(busy).min(*lane);
        if free == 0 {
            continue;
        }
        let leased = with_retries(conn, |conn| lease(conn, endpoint.id, now, free))?;
        *lane = lane.saturating_sub(leased.len());
        for row in leased {
            match parcel(engine, conn, &row, now) {
                Ok(Some(parcel)) => parcels.push((parcel, endpoint.failing)),
                // Deleted meanwhile.
                Ok(None) => {}
                // It is due again when the lease ends.
                Err(error) => tracing::error!(%error, endpoint = %endpoint.id, "a webhook"),
            }
        }
    }
    Ok(parcels)
}

fn lease(
    conn: &mut Db,
    endpoint: EndpointId,
    now: Timestamp,
    most: usize,
) -> Result<Vec<DeliveryRow>, Ended> {
    let until = Timestamp(now.0 + LEASE_SECONDS * MICROS);
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let mut leased = Vec::new();
    for mut row in rows::due(conn, endpoint, now, most)? {
        if rows::lease(conn, &row, until)? {
            row.next = until;
            leased.push(row);
        }
    }
    endpoints::tried(conn, endpoint, now)?;
    Ok(leased)
}
