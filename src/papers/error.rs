//! What can go wrong with a store of papers.

/// Why a paper was not stored, not given back, or its store not opened. None says anything about
/// what is in a paper, and none repeats a secret.
#[derive(Debug, thiserror::Error)]
pub enum PaperStoreError {
    /// The setting names no place.
    #[error("{text:?} is no place for papers: {problem}")]
    Location {
        /// The setting.
        text: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A variable of the environment is missing or cannot be used.
    #[error("{name}: {problem}")]
    Variable {
        /// Its name.
        name: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The place cannot be opened.
    #[error("the place for papers cannot be opened")]
    Open(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Not the word of a paper: 1 to 64 of `a-z`, `0-9` and `_`.
    #[error("not the word of a paper")]
    Word,
    /// Not the name under which this paper is stored.
    #[error("not the name of this paper's object")]
    ObjectName,
    /// More bytes than a paper may have at rest.
    #[error("the paper is too large to be stored")]
    TooLarge,
    /// Nothing is stored under the name.
    #[error("the paper is not in its store")]
    Missing,
    /// What is stored is not what was put: changed, cut, or another paper's.
    #[error("the paper was changed where it is stored")]
    DamagedAtRest,
    /// Sealed with a key that the key file does not have.
    #[error("the paper needs sealing key {0}, which the key file does not have")]
    UnknownKey(u32),
    /// The store knows us and says no, or does not know us: it takes an operator.
    #[error("the store of papers refuses")]
    Refused(#[source] object_store::Error),
    /// The store failed; it may work again soon.
    #[error("the store of papers does not work")]
    Unavailable(#[source] object_store::Error),
    /// No answer within [`super::ANSWER_WITHIN`].
    #[error("the store of papers does not answer")]
    Silent,
}

impl PaperStoreError {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            PaperStoreError::Location { .. } => "paper_store_location",
            PaperStoreError::Variable { .. } => "paper_store_variable",
            PaperStoreError::Open(_) => "paper_store_not_opened",
            PaperStoreError::Word => "paper_word",
            PaperStoreError::ObjectName => "paper_object_name",
            PaperStoreError::TooLarge => "paper_too_large",
            PaperStoreError::Missing => "paper_missing",
            PaperStoreError::DamagedAtRest => "paper_damaged_at_rest",
            PaperStoreError::UnknownKey(_) => "paper_key_unknown",
            PaperStoreError::Refused(_) => "paper_store_refused",
            PaperStoreError::Unavailable(_) | PaperStoreError::Silent => "paper_store_unavailable",
        }
    }
}

impl From<object_store::Error> for PaperStoreError {
    fn from(error: object_store::Error) -> Self {
        use object_store::Error;
        match error {
            Error::NotFound { .. } => PaperStoreError::Missing,
            Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => {
                PaperStoreError::Refused(error)
            }
            _ => PaperStoreError::Unavailable(error),
        }
    }
}
