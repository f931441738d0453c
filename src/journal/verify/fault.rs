//! What can be wrong with a journal.

use crate::domain::claim::{Bucket, ClaimState};
use crate::journal::entry::EntryKind;

/// The first thing wrong with a journal, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("pool {pool}, entry {seq}: {fault}")]
pub struct VerifyError {
    /// The pool; empty when the fault comes before any entry.
    pub pool: String,
    /// The number of the first broken entry: the one that should stand there.
    pub seq: i64,
    /// What is wrong.
    pub fault: Fault,
}

impl VerifyError {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        self.fault.code()
    }
}

macro_rules! faults {
    ($($(#[$doc:meta])* $name:ident $({ $($field:ident: $type:ty = $what:literal),* })? = $code:literal, $text:literal;)*) => {
        /// What is wrong with an entry or an export. The codes are stable.
        #[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
        pub enum Fault {
            $($(#[$doc])* #[error($text)] $name $({ $(#[doc = $what] $field: $type),* })?,)*
        }

        impl Fault {
            /// The stable code.
            pub const fn code(&self) -> &'static str {
                match self { $(Fault::$name $({ $($field: _),* })? => $code),* }
            }
        }
    };
}

faults! {
    /// The number does not follow.
    SeqGap { found: i64 = "The number found." } = "seq_gap", "the next entry found has number {found}";
    /// Does not continue the chain.
    BrokenChain = "broken_chain", "`prev` is not the hash of the entry before";
    /// The content is not what was hashed.
    WrongHash = "wrong_hash", "the content does not give the stated hash";
    /// An entry of another pool among this pool's.
    OtherPool { found: String = "The pool it names." } = "other_pool", "belongs to pool {found}";
    /// Older than the entry before.
    TimeBackwards = "time_backwards", "is dated before the entry that it follows";
    /// The first entry does not open the pool.
    NotOpened = "not_opened", "the first entry does not open the pool";
    /// Opened a second time.
    OpenedTwice = "opened_twice", "opens the pool a second time";
    /// The remainder rule is neither strict nor fit.
    UnknownRemainder = "unknown_remainder", "does not say whether the remainder rule is strict or fit";
    /// A field that this kind does not have, or misses.
    WrongFields { kind: EntryKind = "The kind." } = "wrong_fields", "has other fields than a `{kind}` entry";
    /// The money moves otherwise than this kind moves it.
    WrongMove { kind: EntryKind = "The kind." } = "wrong_move", "moves money otherwise than a `{kind}` entry does";
    /// A balance below zero.
    Overdrawn { bucket: Bucket = "Which balance." } = "overdrawn", "takes more out of {bucket:?} than is in it";
    /// The buckets do not add up to the cap.
    SumNotCap = "sum_not_cap", "free, reserved, committed and paid do not add up to the cap";
    /// Money beyond what a pool may have.
    TooMuch = "too_much", "lifts the cap above the largest that a pool may have";
    /// The position does not follow.
    PositionGap { expected: i64 = "The next position." } = "position_gap", "does not take position {expected}";
    /// Submitted a second time.
    ClaimRepeated = "claim_repeated", "submits a claim that was submitted before";
    /// About a claim that was never submitted.
    ClaimUnknown = "claim_unknown", "is about a claim that was never submitted";
    /// The claim's state does not allow it.
    WrongState { state: ClaimState = "The claim's state." } = "wrong_state", "cannot follow for a claim that is {state}";
    /// The claim comes back as something else than it was.
    WrongReturn { before: ClaimState = "What it was." } = "wrong_return", "brings back as something else a claim that was {before}";
    /// Another amount than the claim's.
    WrongAmount = "wrong_amount", "has another amount than the claim";
    /// Another position than the claim's.
    WrongPosition = "wrong_position", "has another position than the claim";
    /// A flag that nobody raised is cleared.
    NoFlag = "no_flag", "clears a flag that is not there";
    /// More is taken from what was set aside than was set aside, or more set aside than reserved.
    AsideExceeded = "aside_exceeded", "uses more than what was set aside for appeals";
    /// Something happens in a stage that is stopped.
    Stopped { stage: &'static str = "Which stage." } = "stopped", "happens although {stage} is stopped";
    /// A stage is stopped or resumed a second time.
    StageRepeated = "stage_repeated", "stops or resumes a stage that is so already";
    /// A sample that nobody committed to, or a seed that is another one's.
    WrongSample = "wrong_sample", "is about a sample whose seed was not committed to, or out of turn";
    /// A batch that is not sealed, was sealed or ended before, or pays another amount.
    WrongBatch = "wrong_batch", "is about a batch that is not sealed, or was sealed or ended before, or pays another amount";
    /// Served before somebody who waited.
    PassedTheLine { position: i64 = "Who should have been served." } = "passed_the_line", "is served although position {position} waits before it";
    /// A line that is no entry.
    BadLine = "bad_line", "is not an entry in canonical form";
    /// The export begins in the middle.
    PartialExport { first: i64 = "Its first entry." } = "partial_export", "the export begins at entry {first}; only an export from the first entry can be verified";
    /// The export does not end with its checkpoint.
    IncompleteExport = "incomplete_export", "the export stops before its signed checkpoint";
    /// Something follows the checkpoint.
    AfterCheckpoint = "after_checkpoint", "something follows the checkpoint";
    /// A pool stands in the export twice.
    PoolRepeated = "pool_repeated", "the pool stands in the export twice";
    /// The checkpoint is not a well-formed signed one.
    BadCheckpoint = "bad_checkpoint", "the checkpoint is not well-formed or its signature does not fit";
    /// Signed by somebody else.
    ForeignKey = "foreign_key", "the checkpoint is signed with a key that is not the service's";
    /// The checkpoint says something else than the entries.
    CheckpointDisagrees = "checkpoint_disagrees", "the checkpoint states another end, balance or line than the entries give";
    /// The export cannot be read.
    Unreadable { reason: String = "What the system said." } = "unreadable", "the export cannot be read: {reason}";
}
