//! The flags that nobody has cleared, over all pools.

use crate::domain::ids::ClaimId;
use crate::operations::Engine;
use crate::operations::denial::{ActError, Ended};
use crate::storage::inspection::{self, OpenFlag};

/// A page of open flags.
#[derive(Debug, Clone)]
pub struct FlagsView {
    /// How many there are of each code.
    pub counts: Vec<(String, i64)>,
    /// The flags, by claim.
    pub flags: Vec<OpenFlag>,
    /// The claim after which the next page begins.
    pub next: Option<ClaimId>,
}

/// About `limit` flags of claims after one. All flags of a claim stand on one page, unless it has
/// more than a page of them.
///
/// # Errors
/// [`ActError::Unavailable`].
pub async fn list(
    engine: &Engine,
    after: Option<ClaimId>,
    limit: usize,
) -> Result<FlagsView, ActError> {
    let done = engine.with_db(move |conn| -> Result<FlagsView, Ended> {
        let counts = inspection::flag_counts(conn)?;
        let asked = i64::try_from(limit + 1).unwrap_or(i64::MAX);
        let (flags, next) = page(inspection::flags(conn, after, asked)?, limit);
        Ok(FlagsView {
            counts,
            flags,
            next,
        })
    });
    done.await.map_err(Ended::into_act)
}

fn page(mut flags: Vec<OpenFlag>, limit: usize) -> (Vec<OpenFlag>, Option<ClaimId>) {
    if flags.len() <= limit {
        return (flags, None);
    }
    let whole = |flags: &[OpenFlag]| {
        let last = flags.last().map(|flag| flag.claim);
        flags.iter().position(|flag| Some(flag.claim) == last)
    };
    match whole(&flags) {
        Some(begin) if begin > 0 => flags.truncate(begin),
        _ => flags.truncate(limit),
    }
    let next = flags.last().map(|flag| flag.claim);
    (flags, next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::claim::ClaimState;
    use crate::domain::time::Timestamp;

    fn flags(claims: &[u8]) -> Vec<OpenFlag> {
        let flag = |n: &u8| OpenFlag {
            claim: ClaimId::from_slice(&[*n; 16]).unwrap(),
            number: String::new(),
            state: ClaimState::InReview,
            code: String::new(),
            raised: Timestamp(0),
        };
        claims.iter().map(flag).collect()
    }

    #[test]
    fn flags_of_a_claim_stay_together() {
        let lengths = |claims: &[u8], limit| {
            let (page, next) = page(flags(claims), limit);
            (page.len(), next.map(|id| id.to_vec()[0]))
        };
        assert_eq!(lengths(&[1, 2, 3], 3), (3, None));
        assert_eq!(lengths(&[1, 2, 3], 2), (2, Some(2)));
        assert_eq!(lengths(&[1, 2, 2], 2), (1, Some(1)));
        assert_eq!(lengths(&[2, 2, 2], 2), (2, Some(2)));
    }
}
