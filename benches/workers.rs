//! Threads with a connection each, behind the service's own HTTP: what the references share.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use futures_util::future::BoxFuture;
use tokio::sync::oneshot;
use tradein::admission::{Admit, Reply, Room, Submission, Turned};
use tradein::domain::ids::{DealerId, PoolId};

/// Decides claims on one connection.
pub trait Decide: Send + 'static {
    /// How many claims it takes at once, of those that wait.
    const MOST: usize;

    /// Decides claims durably: a reply for each, in the same order.
    fn decide(&mut self, claims: &[Box<Submission>]) -> Vec<Reply>;
}

struct Waiting {
    submission: Box<Submission>,
    reply: oneshot::Sender<Reply>,
}

/// What stands in the place of the service's admission.
pub struct Workers {
    sender: Mutex<Option<SyncSender<Waiting>>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Workers {
    /// A thread for each.
    pub fn start<D: Decide>(queue: usize, workers: Vec<D>) -> Self {
        let (sender, receiver) = sync_channel(queue);
        let receiver = Arc::new(Mutex::new(receiver));
        let threads = workers.into_iter().map(|mut worker| {
            let receiver = receiver.clone();
            std::thread::spawn(move || while round(&mut worker, &receiver) {})
        });
        Self {
            sender: Mutex::new(Some(sender)),
            threads: Mutex::new(threads.collect()),
        }
    }
}

/// Takes what waits and decides it; `false` when nothing will come any more.
fn round<D: Decide>(worker: &mut D, receiver: &Mutex<Receiver<Waiting>>) -> bool {
    let (mut claims, mut replies) = (Vec::new(), Vec::new());
    {
        let receiver = receiver.lock().unwrap_or_else(PoisonError::into_inner);
        let Ok(first) = receiver.recv() else {
            return false;
        };
        claims.push(first.submission);
        replies.push(first.reply);
        while claims.len() < D::MOST {
            let Ok(next) = receiver.try_recv() else {
                break;
            };
            claims.push(next.submission);
            replies.push(next.reply);
        }
    }
    for (reply, decided) in replies.into_iter().zip(worker.decide(&claims)) {
        // A client that hung up does not wait for its answer.
        let _gone = reply.send(decided);
    }
    true
}

impl Admit for Workers {
    fn submit(&self, submission: Box<Submission>) -> BoxFuture<'_, Result<Reply, Turned>> {
        Box::pin(async move {
            let (reply, answer) = oneshot::channel();
            let waiting = Waiting { submission, reply };
            let sent = match &*self.sender.lock().unwrap_or_else(PoisonError::into_inner) {
                Some(sender) => sender.try_send(waiting),
                None => return Err(Turned::Stopping),
            };
            match sent {
                Ok(()) => Ok(answer.await.unwrap_or(Reply::Unavailable)),
                Err(TrySendError::Full(_)) => Err(Turned::Full {
                    retry_after_seconds: 1,
                }),
                Err(TrySendError::Disconnected(_)) => Err(Turned::Stopping),
            }
        })
    }

    fn look(&self, _: PoolId, _: DealerId) -> Result<Room, Turned> {
        Ok(Room::Ample)
    }

    fn queued(&self) -> usize {
        0
    }

    fn stop(&self) {
        drop(
            self.sender
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take(),
        );
        let threads =
            std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            if thread.join().is_err() {
                eprintln!("a worker ended by a panic");
            }
        }
    }
}
