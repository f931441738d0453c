//! Threads beside the request threads, for what a claim costs before it waits for its pool.
//!
//! As a rule a claim is read and judged where its request came in, which is fastest. While many
//! wait that would only make others wait too: whoever asks how much money is left, and whoever is
//! told to come again. Then it is done here.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tokio::sync::oneshot;

type Job = Box<dyn FnOnce() + Send>;

/// Jobs that may wait for a thread: a batch or so, a few milliseconds of work.
const MOST_WAITING: usize = 256;

/// The threads; they start with the first job and end with this value.
#[derive(Debug, Default)]
pub struct Aside {
    jobs: OnceLock<SyncSender<Job>>,
}

impl Aside {
    /// Does `work` on a thread of its own and gives what came of it; `None` when too much waits
    /// there already, or when the work ended by a panic.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let (done, answer) = oneshot::channel();
        let job: Job = Box::new(move || {
            // A client that hung up does not wait for it.
            let _gone = done.send(work());
        });
        self.jobs.get_or_init(start).try_send(job).ok()?;
        answer.await.ok()
    }
}

/// A thread for each core. If none can be started nothing is ever taken.
fn start() -> SyncSender<Job> {
    let (sender, receiver) = sync_channel(MOST_WAITING);
    let receiver = Arc::new(Mutex::new(receiver));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    for _ in 0..threads {
        let receiver = Arc::clone(&receiver);
        let started = std::thread::Builder::new()
            .name("aside".into())
            .spawn(move || while work(&receiver) {});
        if let Err(error) = started {
            tracing::error!(%error, "a thread for claims could not be started");
        }
    }
    sender
}

/// Does the next job; `false` when none will come any more.
fn work(receiver: &Mutex<Receiver<Job>>) -> bool {
    let next = receiver
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .recv();
    let Ok(job) = next else {
        return false;
    };
    if catch_unwind(AssertUnwindSafe(job)).is_err() {
        tracing::error!("work on a claim ended by a panic");
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_is_done_on_another_thread_and_a_panic_ends_only_itself() {
        let aside = Aside::default();
        let here = std::thread::current().id();
        let there = aside.run(|| std::thread::current().id()).await;
        assert!(there.is_some_and(|there| there != here));
        for _ in 0..20 {
            assert_eq!(aside.run(|| panic!("on purpose")).await, None::<()>);
        }
        assert_eq!(aside.run(|| 7).await, Some(7));
    }

    #[tokio::test]
    async fn what_finds_no_room_is_told_at_once() {
        let aside = Arc::new(Aside::default());
        let (release, held) = std::sync::mpsc::channel::<()>();
        let held = Arc::new(Mutex::new(held));
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let waiting: Vec<_> = (0..threads + MOST_WAITING)
            .map(|_| {
                let (aside, held) = (Arc::clone(&aside), Arc::clone(&held));
                tokio::spawn(async move {
                    let wait = move || held.lock().unwrap().recv().is_err();
                    aside.run(wait).await
                })
            })
            .collect();
        // Until the threads hold their jobs and the rest waits.
        let full = loop {
            tokio::task::yield_now().await;
            match aside.jobs.get().map(|jobs| jobs.try_send(Box::new(|| ()))) {
                Some(Err(_)) => break true,
                _ => tokio::time::sleep(std::time::Duration::from_millis(5)).await,
            }
        };
        assert!(full);
        assert_eq!(aside.run(|| 7).await, None);
        drop(release);
        let mut done = 0;
        for one in waiting {
            done += usize::from(one.await.unwrap() == Some(true));
        }
        assert!(done > threads);
        assert_eq!(aside.run(|| 7).await, Some(7));
    }
}
