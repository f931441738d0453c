//! First come, first served: one queue and one writer for each pool.
//!
//! A batch is whatever arrived while the last one committed. Under the pool's row lock it
//! is folded in the order of arrival and committed as a whole; nothing is answered before.
//! Other instances take the same lock, so the database is the only arbiter.

pub mod answer;
mod bloom;
mod crowd;
pub mod fold;
pub mod judge;
pub mod key_filter;
pub mod number;
mod pace;
mod pending;
mod writer;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::{mpsc, oneshot};

use crate::catalogue::CatalogueCell;
use crate::domain::defect::Defect;
use crate::domain::ids::{ClaimId, DealerId, PoolId};
use crate::domain::intake::Intake;
use crate::domain::policy::rules::dealers::Level;
use crate::domain::text::Lang;
use crate::keys::Keys;
use crate::storage::Database;
use crate::storage::batch::KeyHash;

use self::crowd::Crowd;
use self::judge::{Judged, SealedContent};
use self::key_filter::KeyFilter;
use self::pace::{Gauge, Paces};

/// A claim ready for the lock.
#[derive(Debug)]
pub struct Submission {
    /// Its id.
    pub claim: ClaimId,
    /// Who files it.
    pub dealer: DealerId,
    /// Keyed hash of caller and idempotency key.
    pub answer_key: KeyHash,
    /// What was sent; judged again if the catalogue changes meanwhile.
    pub intake: Intake,
    /// The warnings as JSON.
    pub warnings: String,
    /// The language of the answer.
    pub lang: Lang,
    /// Sealed content.
    pub content: SealedContent,
    /// The verdict so far.
    pub judged: Judged,
}

/// What came of a submission.
#[derive(Debug)]
pub enum Reply {
    /// Committed now or before: the body up to the receipt's signature.
    Answered(String),
    /// The idempotency key belongs to another request.
    KeyReused,
    /// A pack published meanwhile finds the claim malformed.
    Malformed(Vec<Defect>),
    /// The claim belongs to another pool since the catalogue changed: submit it there.
    Moved(Box<Submission>),
    /// The database did not take it, or has not yet said whether it did: try again with the same
    /// key.
    Unavailable,
    /// A fault in this program: nothing of it is kept.
    Broken,
}

/// Why a submission was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Turned {
    /// Too many wait already, or too many of this dealer.
    #[error("the queue of this pool is full")]
    Full {
        /// Seconds after which to try again.
        retry_after_seconds: u32,
    },
    /// The service is stopping.
    #[error("the service is stopping")]
    Stopping,
    /// The dealer files faster than the programme allows.
    #[error("the dealer files faster than the programme allows")]
    TooFast {
        /// Seconds after which to try again.
        retry_after_seconds: u32,
    },
}

/// How much room there is for one more claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// Less than half of those wait who may.
    Ample,
    /// More do: there is no haste with a claim that comes now.
    Scarce,
}

/// How admission is sized.
#[derive(Debug, Clone, Copy)]
pub struct Sizes {
    /// How many claims may wait for a pool's writer.
    pub queue: usize,
    /// How many claims are decided in one transaction.
    pub batch: usize,
    /// How long a claim may wait for its batch, by the pace of the last ones; whoever would wait
    /// longer is told at once.
    pub wait: Duration,
}

/// Who decides claims for an engine. The service has [`Admission`]; what it is measured
/// against stands in its place behind the same front.
pub trait Admit: Send + Sync {
    /// Decides a claim, and resolves once the decision is durable.
    ///
    /// Dropping the future changes nothing: the claim is decided all the same, and its
    /// idempotency key finds the answer.
    ///
    /// # Errors
    /// [`Turned`]: the claim was not taken and nothing is kept of it.
    fn submit(&self, submission: Box<Submission>) -> BoxFuture<'_, Result<Reply, Turned>>;

    /// Whether a claim of this dealer would be turned away now, before work is done for it.
    ///
    /// # Errors
    /// [`Turned`].
    fn look(&self, pool: PoolId, dealer: DealerId) -> Result<Room, Turned>;

    /// How many claims wait, for the metrics.
    fn queued(&self) -> usize;

    /// Takes nothing more, answers what was taken, and ends. Blocks.
    fn stop(&self);
}

struct Waiting {
    submission: Box<Submission>,
    reply: oneshot::Sender<Settled>,
}

/// A reply, and the submission that goes back with it: the thread that allocated it frees
/// it cheaper than the writer would, and the next batch need not wait for that.
struct Settled {
    reply: Reply,
    spent: Option<Box<Submission>>,
}

/// What every writer needs.
#[derive(Clone)]
struct Shared {
    database: Database,
    catalogue: CatalogueCell,
    key_filter: Arc<KeyFilter>,
    keys: Arc<Keys>,
    issuer: Arc<str>,
    sizes: Sizes,
}

struct Queue {
    sender: mpsc::Sender<Waiting>,
    gauge: Arc<Gauge>,
    crowd: Arc<Crowd>,
    thread: JoinHandle<()>,
}

/// What a claim needs to join a queue.
struct Place {
    sender: mpsc::Sender<Waiting>,
    crowd: Arc<Crowd>,
    /// How far the pool had run down after the last batch.
    level: Level,
}

impl Queue {
    fn place(&self) -> Place {
        Place {
            sender: self.sender.clone(),
            crowd: self.crowd.clone(),
            level: self.gauge.level(),
        }
    }
}

/// How long a client waits for the fate of its claim once it is in a queue, where the settings allow
/// no longer waiting there: less than ten seconds, with the way there and back. A COMMIT may wait
/// without end, for a standby that is gone or for a disk that hangs. The client is then told that the
/// outcome is unknown; its claim stays where it is, and the idempotency key finds what came of it.
/// Whoever does anything else waits as long for one answer of the database.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(8);

/// No writer could be started, or it was slower than it should be able to be.
const FULL: Turned = Turned::Full {
    retry_after_seconds: 1,
};

#[derive(Default)]
struct Queues {
    by_pool: HashMap<PoolId, Queue>,
    stopping: bool,
}

/// The queues of all pools.
pub struct Admission {
    shared: Shared,
    queues: Mutex<Queues>,
    paces: Paces,
}

impl Admission {
    /// No thread is started before a pool's first claim.
    pub fn new(
        database: Database,
        (catalogue, key_filter): (CatalogueCell, Arc<KeyFilter>),
        keys: Arc<Keys>,
        issuer: Arc<str>,
        sizes: Sizes,
    ) -> Self {
        let shared = Shared {
            database,
            catalogue,
            key_filter,
            keys,
            issuer,
            sizes,
        };
        Self {
            shared,
            queues: Mutex::default(),
            paces: Paces::default(),
        }
    }

    /// Where claims of a pool are put; its writer is started with the first.
    fn queue(&self, pool: PoolId) -> Result<Place, Turned> {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        if queues.stopping {
            return Err(Turned::Stopping);
        }
        if let Some(queue) = queues.by_pool.get(&pool)
            && !queue.sender.is_closed()
        {
            return Ok(queue.place());
        }
        let (sender, receiver) = mpsc::channel(self.shared.sizes.queue);
        let shared = self.shared.clone();
        let gauge = Arc::new(Gauge::default());
        let crowd = Arc::new(Crowd::new(self.shared.sizes));
        let writers = (gauge.clone(), crowd.clone());
        let thread = std::thread::Builder::new()
            .name("admission".into())
            .spawn(move || writer::run(shared, pool, writers, receiver))
            .map_err(|_| FULL)?;
        let queue = Queue {
            sender,
            gauge,
            crowd,
            thread,
        };
        let place = queue.place();
        queues.by_pool.insert(pool, queue);
        Ok(place)
    }
}

impl Admit for Admission {
    /// Puts a claim into its pool's queue and waits for the commit.
    fn submit(&self, submission: Box<Submission>) -> BoxFuture<'_, Result<Reply, Turned>> {
        Box::pin(async move {
            let (reply, answer) = oneshot::channel();
            let place = self.queue(submission.judged.pool)?;
            let asked = || self.paces.ask(&submission, place.level);
            place.crowd.join_if(submission.dealer, asked)?;
            match place.sender.try_send(Waiting { submission, reply }) {
                Ok(()) => {
                    let within = ANSWER_WITHIN.max(self.shared.sizes.wait);
                    match tokio::time::timeout(within, answer).await {
                        Ok(Ok(Settled { reply, spent })) => {
                            drop(spent);
                            Ok(reply)
                        }
                        Ok(Err(_)) | Err(_) => Ok(Reply::Unavailable),
                    }
                }
                // Never, since the crowd is no larger than the channel.
                Err(mpsc::error::TrySendError::Full(_)) => Err(FULL),
                Err(mpsc::error::TrySendError::Closed(_)) => Ok(Reply::Unavailable),
            }
        })
    }

    fn look(&self, pool: PoolId, dealer: DealerId) -> Result<Room, Turned> {
        let queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        let crowd = queues.by_pool.get(&pool).map(|queue| queue.crowd.clone());
        drop(queues);
        crowd.map_or(Ok(Room::Ample), |crowd| crowd.look(dealer))
    }

    fn queued(&self) -> usize {
        let queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        queues.by_pool.values().map(|q| q.crowd.count()).sum()
    }

    fn stop(&self) {
        let taken = {
            let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
            queues.stopping = true;
            std::mem::take(&mut queues.by_pool)
        };
        for queue in taken.into_values() {
            drop(queue.sender);
            if queue.thread.join().is_err() {
                tracing::error!("an admission writer ended by a panic");
            }
        }
    }
}
