//! Why an act on a claim, a batch or a pool is not done.

use crate::domain::claim::ClaimState;
use crate::domain::defect::Defect;
use crate::domain::reason::Reason;
use crate::operations::OperationError;
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
    /// Nothing is there to be paid.
    NothingToPay = "nothing is there to be paid";
    /// A batch that is not released has no file for the bank.
    NotReleased = "the batch is not released";
    /// The settings do not say who pays.
    PayerUnknown = "the settings do not name the payer";
    /// A batch that was released before.
    AlreadyReleased = "the batch was released before";
    /// The examination of the sample is not finished, or it failed.
    SampleNotExamined = "the sample is not examined";
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
    /// What was sent has defects.
    #[error("what was sent has defects")]
    Malformed(Vec<Defect>),
    /// The claim would be refused as it is now.
    #[error("the claim would be refused")]
    Ineligible(Vec<Reason>),
    /// The database is away: it stands as it stood, or as asked; its state tells.
    #[error("not available for now")]
    Unavailable,
}

/// What ends a transaction without effect.
#[derive(Debug)]
pub enum Ended {
    /// A rule.
    Act(ActError),
    /// A fault.
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
            Ended::Failed(error) => {
                tracing::warn!(%error, "an act could not be done");
                ActError::Unavailable
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
