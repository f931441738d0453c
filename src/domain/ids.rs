//! Identifiers: UUIDv7 behind a type each, so that no two kinds can be mixed up.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// From the sixteen bytes that the database keeps; `None` for another length.
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                Uuid::from_slice(bytes).ok().map(Self)
            }

            /// Reads the hyphenated form of an address or an answer.
            pub fn parse(text: &str) -> Option<Self> {
                Uuid::try_parse(text).ok().map(Self)
            }

            /// The sixteen bytes that the database keeps.
            pub fn to_vec(self) -> Vec<u8> {
                self.0.as_bytes().to_vec()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }
    };
}

id!(
    /// A claim.
    ClaimId
);
id!(
    /// A pool of money.
    PoolId
);
id!(
    /// A participating dealer.
    DealerId
);
id!(
    /// A user of the bureau.
    StaffId
);
id!(
    /// API credentials of a dealer or of a user of the bureau; the `sub` of tokens.
    ClientId
);

id!(
    /// A payout batch.
    BatchId
);
id!(
    /// Something that is owed back.
    ReceivableId
);
id!(
    /// Where a dealer wants to hear of events.
    EndpointId
);
id!(
    /// Something that a second person must decide.
    ProposalId
);
id!(
    /// An approval of many claims after a sample of them was examined.
    BulkId
);
id!(
    /// A person who signs in to the pages.
    LoginId
);
id!(
    /// A table of claims that a dealer uploaded.
    UploadId
);

/// A programme's id as its pack names it, such as `henan-car-replacement-2025`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProgrammeId(pub String);

impl fmt::Display for ProgrammeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
