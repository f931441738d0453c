//! Checks a journal by folding its entries, sharing no code with what keeps the balances.
//!
//! The fold knows the rules of a pool from the entries alone: the chain, the sums, the
//! positions, the life of each claim, and who is served before whom.

mod batches;
mod claims;
mod fault;
mod samples;
mod steps;

use std::collections::HashMap;

pub use self::claims::ClaimTrace;
pub use self::fault::{Fault, VerifyError};

use self::batches::Batches;
use self::claims::{Claims, Remainder};
use self::samples::Samples;
use super::entry::{Entry, EntryKind, GENESIS};
use crate::domain::claim::Bucket;
use crate::domain::money::Fen;
use crate::domain::time::Timestamp;

/// What a pool's entries prove.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolProof {
    /// The pool's name.
    pub pool: String,
    /// How many entries there are: the number of the last.
    pub entries: i64,
    /// All money that came in.
    pub cap: Fen,
    /// Nobody's yet.
    pub free: Fen,
    /// Held for claims.
    pub reserved: Fen,
    /// Owed.
    pub committed: Fen,
    /// Paid out.
    pub paid: Fen,
    /// What of the reserved money is set aside for won appeals.
    pub disputes: Fen,
    /// What is stopped.
    pub stopped: Stopped,
    /// How many claims wait.
    pub waiting: i64,
    /// How many claims were accepted: the last position given.
    pub positions: i64,
    /// The last entry's hash.
    pub head_hash: [u8; 32],
    /// The last entry's time.
    pub last_at: Timestamp,
    /// Where each claim ended, by its commitment.
    pub claims: HashMap<[u8; 32], ClaimTrace>,
}

/// The state of a check: feed it the entries of one pool in order.
#[derive(Debug)]
pub struct Fold {
    pool: String,
    seq: i64,
    head_hash: [u8; 32],
    last_at: Timestamp,
    cap: i64,
    balances: Balances,
    disputes: i64,
    stages: Stopped,
    samples: Samples,
    batches: Batches,
    claims: Claims,
}

impl Fold {
    /// Begins with a pool's first entry, whose stated hash is `hash`.
    ///
    /// # Errors
    /// As [`Fold::feed`]; also when the first entry does not open a pool.
    pub fn begin(entry: &Entry, hash: &[u8; 32]) -> Result<Self, VerifyError> {
        let fail = |fault| VerifyError {
            pool: entry.pool.clone(),
            seq: 1,
            fault,
        };
        if entry.seq != 1 {
            return Err(fail(Fault::SeqGap { found: entry.seq }));
        }
        if entry.kind != EntryKind::Opened {
            return Err(fail(Fault::NotOpened));
        }
        let remainder = match entry.detail.as_deref() {
            Some("strict") => Remainder::Strict,
            Some("fit") => Remainder::Fit,
            _ => return Err(fail(Fault::UnknownRemainder)),
        };
        let mut fold = Self {
            pool: entry.pool.clone(),
            seq: 0,
            head_hash: GENESIS,
            last_at: entry.at,
            cap: 0,
            balances: Balances::default(),
            disputes: 0,
            stages: Stopped::default(),
            samples: Samples::default(),
            batches: Batches::default(),
            claims: Claims::new(remainder),
        };
        fold.feed(entry, hash)?;
        Ok(fold)
    }

    /// Checks the next entry, whose stated hash is `hash`. After an error the fold is spent.
    ///
    /// # Errors
    /// [`VerifyError`] with the first thing that is wrong.
    pub fn feed(&mut self, entry: &Entry, hash: &[u8; 32]) -> Result<(), VerifyError> {
        self.check(entry, hash).map_err(|fault| self.broken(fault))
    }

    /// The name of the pool.
    pub fn pool(&self) -> &str {
        &self.pool
    }

    /// An error at the entry that should come next.
    pub fn broken(&self, fault: Fault) -> VerifyError {
        VerifyError {
            pool: self.pool.clone(),
            seq: self.seq + 1,
            fault,
        }
    }

    /// What the entries so far prove.
    ///
    /// # Errors
    /// [`Fault::TooMuch`] when a balance is not an amount of money, which no fed entry allows.
    pub fn finish(self) -> Result<PoolProof, VerifyError> {
        let amount = |fen: i64| Fen::new(fen).ok_or_else(|| self.broken(Fault::TooMuch));
        Ok(PoolProof {
            entries: self.seq,
            cap: amount(self.cap)?,
            free: amount(self.balances.free)?,
            reserved: amount(self.balances.reserved)?,
            committed: amount(self.balances.committed)?,
            paid: amount(self.balances.paid)?,
            disputes: amount(self.disputes)?,
            stopped: self.stages,
            waiting: self.claims.waiting(),
            positions: self.claims.positions(),
            head_hash: self.head_hash,
            last_at: self.last_at,
            pool: self.pool,
            claims: self.claims.into_traces(),
        })
    }

    fn check(&mut self, entry: &Entry, hash: &[u8; 32]) -> Result<(), Fault> {
        if entry.pool != self.pool {
            let found = entry.pool.clone();
            return Err(Fault::OtherPool { found });
        }
        if entry.seq != self.seq + 1 {
            return Err(Fault::SeqGap { found: entry.seq });
        }
        if entry.prev != self.head_hash {
            return Err(Fault::BrokenChain);
        }
        if entry.hash() != *hash {
            return Err(Fault::WrongHash);
        }
        if entry.at < self.last_at {
            return Err(Fault::TimeBackwards);
        }
        check_fields(entry, self.seq == 0)?;
        self.stages.take(entry)?;
        self.samples.take(entry)?;
        self.batches.take(entry)?;
        // Who is served is judged by what was free before.
        self.claims.take(entry, self.balances.free)?;
        let fen = entry.amount.fen();
        match entry.kind {
            EntryKind::Opened | EntryKind::ToppedUp | EntryKind::TransferredIn => self.cap += fen,
            EntryKind::TransferredOut => self.cap -= fen,
            EntryKind::SetAside => self.disputes += fen,
            EntryKind::AsideReleased | EntryKind::AppealWon => self.disputes -= fen,
            _ => {}
        }
        if let Some((from, to)) = entry.moved {
            self.balances.shift(from, to, fen)?;
        }
        if self.cap > Fen::MAX.fen() {
            return Err(Fault::TooMuch);
        }
        if self.balances.sum() != self.cap {
            return Err(Fault::SumNotCap);
        }
        if !(0..=self.balances.reserved).contains(&self.disputes) {
            return Err(Fault::AsideExceeded);
        }
        self.seq = entry.seq;
        self.head_hash = *hash;
        self.last_at = entry.at;
        Ok(())
    }
}

/// Whether the entry has the fields of its kind. Claims that are there already are judged by
/// the steps that their state allows.
fn check_fields(entry: &Entry, first: bool) -> Result<(), Fault> {
    use Bucket::{Free, Funding, Reserved};
    let kind = entry.kind;
    if kind == EntryKind::Opened && !first {
        return Err(Fault::OpenedTwice);
    }
    let about_pool = kind.is_about_pool();
    let accepted = matches!(kind, EntryKind::Reserved | EntryKind::Waiting);
    let unplaced = about_pool || matches!(kind, EntryKind::Refused | EntryKind::Filed);
    let needs_detail = about_pool
        && !matches!(
            kind,
            EntryKind::ToppedUp
                | EntryKind::TransferredOut
                | EntryKind::TransferredIn
                | EntryKind::SetAside
                | EntryKind::AsideReleased
        );
    let judged_here = about_pool || kind.is_submission() || is_flag(kind);
    let fields_fit = entry.claim.is_none() == about_pool
        && (entry.position.is_some() || !accepted)
        && (entry.position.is_none() || !unplaced)
        && (entry.detail.is_some() == needs_detail || !judged_here);
    if !fields_fit {
        return Err(Fault::WrongFields { kind });
    }
    let nothing = entry.moved.is_none() && entry.amount == Fen::ZERO;
    let move_fits = match kind {
        EntryKind::Opened | EntryKind::ToppedUp | EntryKind::TransferredIn => {
            entry.moved == Some((Funding, Free))
        }
        EntryKind::TransferredOut => entry.moved == Some((Free, Funding)),
        EntryKind::Reserved | EntryKind::SetAside => entry.moved == Some((Free, Reserved)),
        EntryKind::AsideReleased => entry.moved == Some((Reserved, Free)),
        EntryKind::Waiting
        | EntryKind::Filed
        | EntryKind::BatchSealed
        | EntryKind::BatchReleased
        | EntryKind::BatchDiscarded => entry.moved.is_none(),
        _ if judged_here => nothing,
        _ => true,
    };
    if !move_fits {
        return Err(Fault::WrongMove { kind });
    }
    Ok(())
}

const fn is_flag(kind: EntryKind) -> bool {
    matches!(kind, EntryKind::Flagged | EntryKind::FlagCleared)
}

/// The stages of a pool that are stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stopped {
    /// No claim is accepted.
    pub intake: bool,
    /// Nobody is given money; who comes waits.
    pub allocation: bool,
    /// Nothing goes to the bank.
    pub payout: bool,
}

impl Stopped {
    /// Follows one entry: what is stopped must rest.
    fn take(&mut self, entry: &Entry) -> Result<(), Fault> {
        use Bucket::{Free, Reserved};
        let kind = entry.kind;
        if let EntryKind::Frozen | EntryKind::Resumed = kind {
            let stage = match entry.detail.as_deref() {
                Some("intake") => &mut self.intake,
                Some("allocation") => &mut self.allocation,
                Some("payout") => &mut self.payout,
                _ => return Err(Fault::WrongFields { kind }),
            };
            let stops = kind == EntryKind::Frozen;
            if *stage == stops {
                return Err(Fault::StageRepeated);
            }
            *stage = stops;
            return Ok(());
        }
        let accepts = kind.is_submission() && kind != EntryKind::Refused;
        // What the bureau set aside before, and what it sets aside now, is no claim's.
        let allocates = entry.claim.is_some() && entry.moved == Some((Free, Reserved));
        let pays = matches!(
            kind,
            EntryKind::BatchSealed | EntryKind::BatchReleased | EntryKind::Paying
        );
        for (stopped, does, stage) in [
            (self.intake, accepts, "intake"),
            (self.allocation, allocates, "allocation"),
            (self.payout, pays, "payout"),
        ] {
            if stopped && does {
                return Err(Fault::Stopped { stage });
            }
        }
        Ok(())
    }
}

/// What lies in each bucket, in fen.
#[derive(Debug, Default)]
struct Balances {
    free: i64,
    reserved: i64,
    committed: i64,
    paid: i64,
}

impl Balances {
    /// Moves `fen`; funding is outside and has no bottom.
    fn shift(&mut self, from: Bucket, to: Bucket, fen: i64) -> Result<(), Fault> {
        if let Some(source) = self.bucket(from) {
            *source -= fen;
            if *source < 0 {
                return Err(Fault::Overdrawn { bucket: from });
            }
        }
        if let Some(target) = self.bucket(to) {
            *target += fen;
        }
        Ok(())
    }

    fn bucket(&mut self, bucket: Bucket) -> Option<&mut i64> {
        match bucket {
            Bucket::Funding => None,
            Bucket::Free => Some(&mut self.free),
            Bucket::Reserved => Some(&mut self.reserved),
            Bucket::Committed => Some(&mut self.committed),
            Bucket::Paid => Some(&mut self.paid),
        }
    }

    fn sum(&self) -> i64 {
        self.free + self.reserved + self.committed + self.paid
    }
}
