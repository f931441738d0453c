//! Whether a receipt is the service's, and whether what it says still stands in the journal.

use crate::domain::claim::ClaimState;
use crate::domain::text::Text;
use crate::journal::entry::EntryKind;
use crate::journal::receipt::{ReceiptError, ReceiptPayload, verify_receipt};
use crate::operations::{Engine, ReadError};
use crate::storage::journal::StoredEntry;
use crate::storage::{Db, StorageError, claims, journal, pools};

/// What a check of a receipt found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checked {
    /// No receipt of this service: it was forged or altered, or is something else.
    NotOurs(ReceiptError),
    /// Rightly signed with a key of ours, in the name of another service.
    OtherService,
    /// Rightly signed, and the journal does not hold what it says: somebody signed with our key
    /// what was never decided, or the journal was changed.
    NotInJournal(ReceiptPayload),
    /// Authentic.
    Authentic(Authentic),
}

/// An authentic receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authentic {
    /// What it says.
    pub says: ReceiptPayload,
    /// What its programme is called, where it is known.
    pub programme: Option<Text>,
    /// Where the claim stands now.
    pub state: ClaimState,
}

/// Checks a receipt.
///
/// # Errors
/// [`ReadError::Unavailable`].
pub async fn check(engine: &Engine, text: &str) -> Result<Checked, ReadError> {
    let says = match verify_receipt(&receipt_in(text), &engine.keys.public_keys()) {
        Ok(says) => says,
        Err(error) => return Ok(Checked::NotOurs(error)),
    };
    if says.iss != engine.settings.issuer {
        return Ok(Checked::OtherService);
    }
    let asked = says.clone();
    let state = engine
        .with_db(move |conn| -> Result<_, StorageError> { stands(conn, &asked) })
        .await?;
    let Some(state) = state else {
        return Ok(Checked::NotInJournal(says));
    };
    let catalogue = engine.catalogue.current();
    let mut versions = catalogue.versions();
    let published = versions.find(|version| version.digest == says.version);
    Ok(Checked::Authentic(Authentic {
        programme: published.map(|published| published.pack.title.clone()),
        says,
        state,
    }))
}

/// Where the claim stands now, if the journal holds the entry that the receipt names, with its
/// hash, and entry and claim say what the receipt says.
fn stands(conn: &mut Db, says: &ReceiptPayload) -> Result<Option<ClaimState>, StorageError> {
    let pool = pools::all(conn)?.into_iter().find(|p| p.name == says.pool);
    let Some(pool) = pool else { return Ok(None) };
    let entries = journal::after(conn, pool.id, &pool.name, says.seq - 1, 1)?;
    let Some(entry) = entries.first().filter(|entry| agrees(says, entry)) else {
        return Ok(None);
    };
    let claim = claims::by_number(conn, &says.number)?;
    let same = claim.filter(|claim| entry.claim == Some(claim.id) && claim.nonce == says.opening);
    Ok(same.map(|claim| claim.state))
}

fn agrees(says: &ReceiptPayload, stored: &StoredEntry) -> bool {
    let entry = &stored.entry;
    let kind = match says.outcome {
        ClaimState::Reserved => EntryKind::Reserved,
        ClaimState::Waiting => EntryKind::Waiting,
        ClaimState::Filed => EntryKind::Filed,
        _ => EntryKind::Refused,
    };
    entry.seq == says.seq
        && stored.hash == says.journal_hash
        && entry.hash() == stored.hash
        && entry.claim.is_some_and(|claim| says.opens(&claim))
        && (entry.kind, entry.amount, entry.position, entry.at)
            == (kind, says.amount, says.position, says.at)
}

/// The receipt in what was pasted: the whole of it without the blanks that mail programs put in,
/// or the member of an answer that carries it.
fn receipt_in(text: &str) -> String {
    let answer: Option<serde_json::Value> = serde_json::from_str(text.trim()).ok();
    let member = answer.as_ref().and_then(|a| match a {
        serde_json::Value::String(receipt) => Some(receipt.as_str()),
        other => other.get("receipt")?.as_str(),
    });
    let text = member.unwrap_or(text);
    text.chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '\u{200B}' | '\u{FEFF}'))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_is_found_in_what_was_pasted() {
        for text in [
            "a.b.c",
            " a.b\r\n.c\n",
            "\u{FEFF}a.b.c",
            "\"a.b.c\"",
            "{\"number\":\"x\",\"receipt\":\"a.b.c\"}",
        ] {
            assert_eq!(receipt_in(text), "a.b.c", "{text:?}");
        }
    }
}
