//! Whether the database still answers somebody who waits for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use diesel::connection::{Connection, InstrumentationEvent};

use super::Db;
use crate::clock;

/// When the database last answered a statement of a piece of work.
#[derive(Debug, Clone)]
pub struct Pulse(Arc<AtomicU64>);

impl Default for Pulse {
    /// One that was heard just now.
    fn default() -> Self {
        Self(Arc::new(AtomicU64::new(clock::monotonic_ns())))
    }
}

impl Pulse {
    /// For how long nothing was heard.
    pub fn silence(&self) -> Duration {
        let heard = self.0.load(Ordering::Relaxed);
        Duration::from_nanos(clock::monotonic_ns().saturating_sub(heard))
    }

    /// Listens to a connection, until the next one listens to it.
    pub fn listen(&self, conn: &mut Db) {
        let heard = self.0.clone();
        heard.store(clock::monotonic_ns(), Ordering::Relaxed);
        conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            if matches!(event, InstrumentationEvent::FinishQuery { .. }) {
                heard.store(clock::monotonic_ns(), Ordering::Relaxed);
            }
        });
    }
}
