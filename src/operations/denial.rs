//! Why an act on a claim, a batch or a pool is not done.

use crate::domain::claim::ClaimState;
use crate::domain::defect::Defect;
use crate::domain::reason::Reason;
use crate::operations::{OperationError, ReadError};
use crate::storage::{DatabaseError, Fault, StorageError};

macro_rules! denials {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        /// A rule that does not allow an act, whoever asks again.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
        pub enum Denial {
            $($(#[$doc])* #[error($text)] $name,)*
        }

        impl Denial {
            /// Every one.
            pub const ALL: &'static [Denial] = &[$(Denial::$name),*];
        }
    };
}

denials! {
    /// The caller prepared what a second person must decide.
    SecondPersonRequired = "a second person must do this";
    /// The caller changed the dealer whose claim it is.
    ConflictOfInterest = "the caller changed the dealer of this claim";
    /// Another reviewer has it on his desk.
    LeasedElsewhere = "another reviewer has this claim";
    /// A flag keeps it apart.
    KeptApart = "a flag keeps this claim apart";
    /// The deadline has passed.
    DeadlinePassed = "the deadline has passed";
    /// It was given back as often as the pack allows.
    RoundsExhausted = "the claim was given back as often as allowed";
    /// More than what is held.
    AmountAboveHold = "the amount is above what is held";
    /// The paper is not one of those that the pack asks for.
    PaperNotAsked = "the pack does not ask for this paper";
    /// The claim has no invoice yet.
    InvoiceMissing = "the claim has no invoice yet";
    /// Nobody has told that the claim's invoice was voided.
    InvoiceNotVoided = "the claim's invoice was not voided";
    /// The claim has an invoice already.
    InvoiceThere = "the claim has an invoice already";
    /// Too late, or somebody was promoted meanwhile.
    UndoTooLate = "the withdrawal can no longer be taken back";
    /// What the claim names was taken by another claim meanwhile.
    KeysTaken = "another claim names the same by now";
    /// The pack allows no appeal, its days are over, or there was one.
    NotAppealable = "the refusal cannot be contested";
    /// What was set aside for appeals does not suffice.
    AsideExhausted = "what is set aside does not suffice";
    /// The stage is stopped.
    StageStopped = "this stage of the pool is stopped";
    /// The idempotency key belongs to another wish.
    KeyReused = "the idempotency key was used for another request";
    /// Nothing is there to be paid.
    NothingToPay = "nothing is there to be paid";
    /// A batch that is not released has no file for the bank.
    NotReleased = "the batch is not released";
    /// The settings do not say who pays.
    PayerUnknown = "the settings do not name the payer";
    /// A batch that was released before.
    AlreadyReleased = "the batch was released before";
    /// A batch that was discarded before.
    AlreadyDiscarded = "the batch was discarded before";
    /// The dealer has as many endpoints as it may have.
    WebhookLimit = "the dealer has as many webhook endpoints as allowed";
    /// The examination of the sample is not finished, or it failed.
    SampleNotExamined = "the sample is not examined";
    /// More than what is free.
    AmountAboveFree = "the amount is above what is free";
    /// More than a pool may have.
    CapExceeded = "the pool would exceed the largest amount";
    /// A transfer from a pool to itself.
    SamePool = "a pool transfers nothing to itself";
    /// The stage is stopped already, or goes on already.
    StageUnchanged = "this stage of the pool is so already";
    /// A proposal that was decided before.
    AlreadyDecided = "the proposal was decided before";
    /// This version of the program reads a proposed pack otherwise than the one that took it.
    PackChanged = "the pack is read otherwise than when it was proposed";
    /// The sample of a bulk approval was drawn before.
    AlreadyDrawn = "the sample was drawn before";
    /// A sampled claim was not approved.
    BulkVoid = "a sampled claim was not approved";
    /// No claim of the pool may be approved in bulk.
    NothingToApprove = "no claim may be approved in bulk";
    /// An export has more rows than a workbook is made for.
    ExportTooLarge = "the export is too large for a workbook";
    /// A dealer that was removed comes back by no act.
    DealerRemoved = "the dealer was removed";
    /// The account is in force or was refused: nobody has to decide about it.
    AccountNotPending = "the account waits for no decision";
}

/// Why an act was not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActError {
    /// There is none, or not the caller's.
    #[error("no such thing")]
    NotFound,
    /// It changed since the caller saw it.
    #[error("it has changed")]
    Stale,
    /// The act is not allowed in this state.
    #[error("not allowed while the claim is {0}")]
    WrongState(ClaimState),
    /// A rule does not allow it.
    #[error(transparent)]
    Denied(#[from] Denial),
    /// Flags keep claims of a batch apart; their numbers.
    #[error("flags keep claims of the batch apart: {}", .0.join(", "))]
    KeptApart(Vec<String>),
    /// What was sent has defects.
    #[error("what was sent has defects")]
    Malformed(Vec<Defect>),
    /// The claim would be refused as it is now.
    #[error("the claim would be refused")]
    Ineligible(Vec<Reason>),
    /// The database is away: it stands as it stood, or as asked; its state tells.
    #[error("not available for now")]
    Unavailable,
    /// A fault in this program or in what it stored: asking again does not help.
    #[error("a fault in this program")]
    Broken,
}

/// What ends a transaction without effect.
#[derive(Debug, thiserror::Error)]
pub enum Ended {
    /// A rule.
    #[error(transparent)]
    Act(ActError),
    /// A fault.
    #[error(transparent)]
    Failed(OperationError),
}

impl Ended {
    /// What a fault of the database means.
    pub fn fault(&self) -> Option<Fault> {
        match self {
            Ended::Failed(OperationError::Storage(error)) => Some(error.fault()),
            _ => None,
        }
    }

    /// As the caller is told; a fault is logged.
    pub fn into_act(self) -> ActError {
        match self {
            Ended::Act(error) => error,
            Ended::Failed(OperationError::Storage(error)) if error.fault() == Fault::Internal => {
                tracing::error!(%error, "an act could not be done");
                ActError::Broken
            }
            Ended::Failed(error) => {
                tracing::warn!(%error, "an act could not be done");
                ActError::Unavailable
            }
        }
    }
}

impl From<Ended> for ReadError {
    /// Where no rule can end a transaction.
    fn from(ended: Ended) -> Self {
        match ended {
            Ended::Failed(error) => error.into(),
            Ended::Act(error) => {
                tracing::error!(%error, "a rule where none is asked");
                ReadError::Broken
            }
        }
    }
}

impl From<ActError> for Ended {
    fn from(error: ActError) -> Self {
        Ended::Act(error)
    }
}

impl From<Denial> for Ended {
    fn from(denial: Denial) -> Self {
        Ended::Act(denial.into())
    }
}

impl From<OperationError> for Ended {
    fn from(error: OperationError) -> Self {
        Ended::Failed(error)
    }
}

impl From<StorageError> for Ended {
    fn from(error: StorageError) -> Self {
        Ended::Failed(error.into())
    }
}

impl From<DatabaseError> for Ended {
    fn from(error: DatabaseError) -> Self {
        StorageError::from(error).into()
    }
}
