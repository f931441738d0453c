//! Verifying all pools while the service runs: one at a time in a process, begun by an auditor,
//! with what came of the last one kept until the process ends.

use std::sync::{Arc, Mutex, PoisonError};

use crate::clock;
use crate::domain::time::Timestamp;
use crate::operations::Engine;
use crate::operations::verify::{Broken, VerifiedPool, VerifyFailure, verify};

/// What came of a verification.
#[derive(Debug, Clone)]
pub enum Found {
    /// Rows and journal agree.
    Sound(Vec<VerifiedPool>),
    /// The first thing that is wrong.
    Broken(Broken),
    /// The database could not be read to the end.
    Unavailable,
}

/// A verification that has ended.
#[derive(Debug, Clone)]
pub struct Ended {
    /// When it began.
    pub began: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
    /// The login of who began it.
    pub by: String,
    /// What came of it.
    pub found: Found,
}

/// How verification stands in this process.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    /// Since when one runs, and the login of who began it.
    pub running: Option<(Timestamp, String)>,
    /// The last one that has ended.
    pub last: Option<Ended>,
}

/// Where one process keeps it.
#[derive(Debug, Clone, Default)]
pub struct Verification(Arc<Mutex<Standing>>);

impl Verification {
    /// How it stands now.
    pub fn standing(&self) -> Standing {
        self.locked().clone()
    }

    /// Begins a verification on a thread and a connection of its own; `false` when one runs.
    pub fn begin(&self, engine: &Engine, by: String) -> bool {
        let began = clock::now();
        {
            let mut standing = self.locked();
            if standing.running.is_some() {
                return false;
            }
            standing.running = Some((began, by.clone()));
        }
        let (desk, engine) = (self.clone(), engine.clone());
        tokio::task::spawn_blocking(move || {
            let mut running = Running {
                desk,
                began,
                by,
                found: Found::Unavailable,
            };
            running.found = found(&engine);
        });
        true
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, Standing> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A verification that runs. However it ends, the next one can begin.
struct Running {
    desk: Verification,
    began: Timestamp,
    by: String,
    found: Found,
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut standing = self.desk.locked();
        standing.running = None;
        standing.last = Some(Ended {
            began: self.began,
            ended: clock::now(),
            by: std::mem::take(&mut self.by),
            found: std::mem::replace(&mut self.found, Found::Unavailable),
        });
    }
}

fn found(engine: &Engine) -> Found {
    // A connection of its own: it may take minutes, and others need those of the pool.
    let read = engine.database.open_connection();
    let verified = read
        .map_err(VerifyFailure::from)
        .and_then(|mut conn| verify(&mut conn, &engine.keys));
    match verified {
        Ok(pools) => Found::Sound(pools),
        Err(VerifyFailure::Broken(broken)) => {
            tracing::error!(%broken, "verification found something wrong");
            Found::Broken(broken)
        }
        Err(VerifyFailure::Storage(error)) => {
            tracing::warn!(%error, "a verification stopped");
            Found::Unavailable
        }
    }
}
