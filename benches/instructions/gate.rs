//! Holds the pool's writer up while a burst comes in, as a slow disk would. How many claims go into
//! one batch is a matter of timing, and a batch has its own price: so every burst is one batch, which
//! is filled when the writer has the lock.

use diesel::connection::SimpleConnection;
use tradein::storage::{Db, Target};

use crate::Fallible;

/// A session that can keep the pool locked.
pub struct Gate {
    session: Db,
    begin: &'static str,
}

impl Gate {
    /// Connects to the database at `url`.
    pub fn new(url: &str) -> Fallible<Self> {
        let target = Target::parse(url)?;
        let begin = if target.is_postgres() {
            "BEGIN; SELECT FROM pools FOR UPDATE"
        } else {
            "BEGIN IMMEDIATE"
        };
        Ok(Self {
            session: target.open()?,
            begin,
        })
    }

    /// From now on nothing is written.
    pub fn close(&mut self) -> Fallible<()> {
        Ok(self.session.batch_execute(self.begin)?)
    }

    /// What waits is written.
    pub fn open(&mut self) -> Fallible<()> {
        Ok(self.session.batch_execute("ROLLBACK")?)
    }
}
