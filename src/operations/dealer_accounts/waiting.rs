//! The accounts of all dealers that are not used yet: where somebody of the bureau finds what he
//! is to confirm.

use serde::Serialize;

use super::{AccountView, view};
use crate::operations::Engine;
use crate::operations::denial::{ActError, Ended};
use crate::storage::dealer_accounts::{self as rows, Waits};
use crate::storage::dialect;

/// An account that is not used yet, with the dealer that it is to be of.
#[derive(Debug, Clone, Serialize)]
pub struct WaitingAccount {
    /// The dealer's credit code.
    pub uscc: String,
    /// The dealer's name.
    pub dealer: String,
    /// The account.
    pub account: AccountView,
}

/// At most `limit` of them in the order in which they were proposed, those behind `after` only.
///
/// # Errors
/// [`ActError::Unavailable`].
pub async fn list(
    engine: &Engine,
    waits: Option<Waits>,
    after: Option<uuid::Uuid>,
    limit: i64,
) -> Result<Vec<WaitingAccount>, ActError> {
    let worker = engine.clone();
    let done = engine.with_db(move |conn| -> Result<Vec<WaitingAccount>, Ended> {
        let now = dialect::now(conn)?;
        let found = rows::waiting(conn, waits, after, now, limit)?;
        let shown = found.into_iter().map(|(row, uscc, dealer)| {
            let account = view(&worker, row, &dealer)?;
            Ok(WaitingAccount {
                uscc,
                dealer,
                account,
            })
        });
        shown.collect()
    });
    done.await.map_err(Ended::into_act)
}
