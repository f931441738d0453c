//! Balances of pools for many who look at once.
//!
//! Whoever wants to know is told what was read at most a moment ago, so however many look, the
//! database is asked once. While somebody listens, one reader looks every second and tells all of
//! them when something has changed; when the server ends, so do their streams.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix_web::web::Bytes;
use futures_util::stream::{self, Stream};
use tokio::sync::{Mutex, watch};
use tokio::time::timeout;

use crate::clock;
use crate::domain::time::Timestamp;
use crate::operations::public::{self, PoolView};
use crate::operations::{Engine, ReadError};

/// How old an answer may be.
const AGE: Duration = Duration::from_secs(1);
/// How often the reader looks while somebody listens.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// A line without meaning is sent so often, so that proxies keep a quiet stream.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Streams of one process; whoever comes then asks every few seconds instead.
const MOST_LISTENERS: usize = 2_000;

/// What a stream begins with.
const GREETING: &str = "retry: 3000\nevent: pools\ndata: changed\n\n";

/// What was read last, and when.
type Read = Option<(Duration, Result<Arc<Vec<PoolView>>, ReadError>)>;

/// The balances, and who listens to them.
pub struct Live {
    last: Mutex<Read>,
    /// Grows with every change; none while no reader runs.
    version: watch::Sender<Option<u64>>,
    listeners: Arc<AtomicUsize>,
    most: usize,
    heartbeat: Duration,
}

impl Default for Live {
    fn default() -> Self {
        Self {
            last: Mutex::new(None),
            version: watch::Sender::new(None),
            listeners: Arc::default(),
            most: MOST_LISTENERS,
            heartbeat: HEARTBEAT,
        }
    }
}

impl Live {
    /// Every pool, as it was a moment ago at most.
    ///
    /// # Errors
    /// [`ReadError::Unavailable`].
    pub async fn pools(&self, engine: &Engine) -> Result<Arc<Vec<PoolView>>, ReadError> {
        // Who comes while another reads waits for it, and is told the same.
        let mut last = self.last.lock().await;
        let now = clock::since_start();
        if let Some((at, pools)) = &*last
            && now.saturating_sub(*at) < AGE
        {
            return pools.clone();
        }
        // A failure is told to who waits too: each of them would otherwise wait for his own.
        let pools = public::pools(engine).await.map(Arc::new);
        *last = Some((clock::since_start(), pools.clone()));
        pools
    }

    /// Looks for changes until it is dropped; nobody listens, nothing is read.
    pub async fn run(&self, engine: Engine) {
        self.version.send_replace(Some(0));
        let mut tick = tokio::time::interval(LOOK_EVERY);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut seen = None;
        loop {
            tick.tick().await;
            if self.version.receiver_count() == 0 {
                continue;
            }
            let Ok(pools) = self.pools(&engine).await else {
                continue;
            };
            let figures = figures(&pools);
            if seen.as_ref() != Some(&figures) {
                seen = Some(figures);
                self.version
                    .send_modify(|version| *version = version.map(|v| v + 1));
            }
        }
    }

    /// Ends every stream.
    pub fn end(&self) {
        self.version.send_replace(None);
    }

    /// A stream of events, one for each change; `None` when too many listen. It begins with an
    /// event, so that nothing is missed between the page and the stream.
    pub fn listen(&self) -> Option<impl Stream<Item = Result<Bytes, std::io::Error>> + use<>> {
        let place = Place::take(&self.listeners, self.most)?;
        let heard = self.version.subscribe();
        let heartbeat = self.heartbeat;
        Some(stream::unfold(
            (heard, Some(GREETING), place),
            move |(mut heard, first, place)| async move {
                let text = match first {
                    Some(greeting) => greeting,
                    None => next(&mut heard, heartbeat).await?,
                };
                Some((
                    Ok(Bytes::from_static(text.as_bytes())),
                    (heard, None, place),
                ))
            },
        ))
    }
}

/// What is sent next; `None` when the reader has ended.
async fn next(
    heard: &mut watch::Receiver<Option<u64>>,
    heartbeat: Duration,
) -> Option<&'static str> {
    if heard.borrow().is_none() {
        return None;
    }
    match timeout(heartbeat, heard.changed()).await {
        Err(_) => Some(": still here\n\n"),
        Ok(Err(_)) => None,
        Ok(Ok(())) => {
            let version = *heard.borrow_and_update();
            version.map(|_| "event: pools\ndata: changed\n\n")
        }
    }
}

/// A listener's place, free again when its stream is dropped.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(places: &Arc<AtomicUsize>, most: usize) -> Option<Self> {
        let taken = places.fetch_add(1, Ordering::Relaxed);
        let place = Self(places.clone());
        (taken < most).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What changes whenever something changes that is shown: no balance moves without an entry of the
/// journal, and a pool opens and closes by the clock.
fn figures(pools: &[PoolView]) -> Vec<(i64, bool, bool)> {
    let one = |pool: &PoolView| {
        let passed = |at: Option<Timestamp>| at.is_some_and(|at| at <= pool.as_of);
        (
            pool.journal_seq,
            passed(pool.opens_at),
            passed(pool.closes_at),
        )
    };
    pools.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::StreamExt;

    #[tokio::test]
    async fn listeners_are_told_of_changes_and_of_the_end() {
        let live = Live::default();
        live.version.send_replace(Some(0));
        let mut stream = Box::pin(live.listen().unwrap());
        let mut told = async || stream.next().await.map(|item| item.unwrap());
        assert_eq!(told().await.unwrap(), GREETING);
        live.version.send_replace(Some(1));
        assert_eq!(told().await.unwrap(), "event: pools\ndata: changed\n\n");
        live.end();
        assert_eq!(told().await, None);
    }

    #[tokio::test]
    async fn where_no_reader_runs_a_stream_ends() {
        let live = Live::default();
        assert_eq!(live.listen().unwrap().count().await, 1);
    }

    #[tokio::test]
    async fn a_quiet_stream_is_kept() {
        let live = Live {
            heartbeat: Duration::from_millis(1),
            ..Live::default()
        };
        live.version.send_replace(Some(0));
        let mut stream = Box::pin(live.listen().unwrap().skip(1));
        let heard = stream.next().await.unwrap().unwrap();
        assert!(heard.starts_with(b":"), "{heard:?}");
    }

    #[test]
    fn places_are_counted_and_given_back() {
        let live = Live {
            most: 2,
            ..Live::default()
        };
        let (one, two) = (live.listen().unwrap(), live.listen().unwrap());
        assert!(live.listen().is_none());
        drop(one);
        assert!(live.listen().is_some());
        drop(two);
        assert_eq!(live.listeners.load(Ordering::Relaxed), 0);
    }
}
