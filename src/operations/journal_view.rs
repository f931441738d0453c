//! The journal of a pool as people of the bureau read it: entry by entry, with who did it.

use std::collections::HashMap;

use crate::domain::claim::Bucket;
use crate::domain::ids::{ClaimId, StaffId};
use crate::domain::money::Fen;
use crate::domain::time::Timestamp;
use crate::journal::canonical::hex;
use crate::journal::entry::{EntryActor, EntryKind};
use crate::operations::denial::{ActError, Ended};
use crate::operations::{Engine, export};
use crate::storage::journal::StoredEntry;
use crate::storage::{Db, StorageError, access, journal};

/// How many entries a page looks through for those about the pool itself, which nothing lists.
const LOOKED_THROUGH: i64 = 50_000;

/// An entry as it is read.
#[derive(Debug, Clone)]
pub struct EntryView {
    /// 1, 2, 3 … in the pool.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// What happened.
    pub kind: EntryKind,
    /// Who caused it, as the public journal says it.
    pub actor: EntryActor,
    /// The small public word.
    pub detail: Option<String>,
    /// The claim.
    pub claim: Option<ClaimId>,
    /// Its number.
    pub number: Option<String>,
    /// What stands for it in public, in hexadecimal.
    pub commitment: Option<String>,
    /// Its place among the accepted ones.
    pub position: Option<i64>,
    /// The amount.
    pub amount: Fen,
    /// From where to where it moved.
    pub moved: Option<(Bucket, Bucket)>,
    /// What stands for the private record in public, in hexadecimal.
    pub private: String,
    /// The hash of the entry before, in hexadecimal.
    pub prev: String,
    /// Its own hash, in hexadecimal.
    pub hash: String,
    /// Whether that is what its content gives.
    pub hash_fits: bool,
    /// The public line.
    pub line: String,
    /// The members of the private record, people by their logins; none of a submission, whose
    /// record is the claim itself.
    pub record: Vec<(String, String)>,
}

impl EntryView {
    /// A member of the private record.
    pub fn told(&self, name: &str) -> Option<&str> {
        let found = self.record.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Whether the small public word names a stage.
    pub fn detail_is_stage(&self) -> bool {
        matches!(self.kind, EntryKind::Frozen | EntryKind::Resumed)
    }

    /// The login of who did it, or `command line`.
    pub fn by(&self) -> Option<&str> {
        self.told("by").or_else(|| self.told("staff"))
    }
}

/// Some entries of a pool, and how many there are.
#[derive(Debug, Clone)]
pub struct EntriesView {
    /// The number of the last entry.
    pub head: i64,
    /// The entries.
    pub entries: Vec<EntryView>,
}

/// At most `limit` entries of a pool after one.
///
/// # Errors
/// [`ActError::NotFound`] for the pool.
pub async fn entries(
    engine: &Engine,
    pool: String,
    after: i64,
    limit: i64,
) -> Result<EntriesView, ActError> {
    let done = engine.with_db(move |conn| -> Result<EntriesView, Ended> {
        let row = export::find(conn, &pool)?;
        let found = journal::after(conn, row.id, &row.name, after, limit)?;
        Ok(EntriesView {
            head: row.head_seq,
            entries: shown(conn, found)?,
        })
    });
    done.await.map_err(Ended::into_act)
}

/// One entry.
///
/// # Errors
/// [`ActError::NotFound`] for the pool and the entry.
pub async fn entry(engine: &Engine, pool: String, seq: i64) -> Result<EntryView, ActError> {
    let found = entries(engine, pool, seq.saturating_sub(1), 1).await?;
    let mut of_seq = found.entries.into_iter().filter(|entry| entry.seq == seq);
    of_seq.next().ok_or(ActError::NotFound)
}

/// What happened to a pool itself.
#[derive(Debug, Clone)]
pub struct HistoryView {
    /// The entries, the last first.
    pub entries: Vec<EntryView>,
    /// Everything from this entry on was looked through; where it is above one, what is before it
    /// comes next.
    pub from: i64,
}

/// At most `limit` entries about a pool and no claim before one, the last first. No more than
/// fifty thousand entries are looked through at a time.
///
/// # Errors
/// [`ActError::NotFound`] for the pool.
pub async fn history(
    engine: &Engine,
    pool: String,
    before: Option<i64>,
    limit: i64,
) -> Result<HistoryView, ActError> {
    let done = engine.with_db(move |conn| -> Result<HistoryView, Ended> {
        let row = export::find(conn, &pool)?;
        let before = before.unwrap_or(i64::MAX).min(row.head_seq + 1);
        let after = before.saturating_sub(LOOKED_THROUGH + 1).max(0);
        let found = journal::about_pool(conn, row.id, &row.name, (after, before), limit)?;
        let full = found.len() as i64 >= limit;
        let from = match found.last() {
            Some(last) if full => last.entry.seq,
            _ => after + 1,
        };
        Ok(HistoryView {
            entries: shown(conn, found)?,
            from,
        })
    });
    done.await.map_err(Ended::into_act)
}

fn shown(conn: &mut Db, found: Vec<StoredEntry>) -> Result<Vec<EntryView>, StorageError> {
    let mut records = Vec::with_capacity(found.len());
    let mut persons = Vec::new();
    for stored in &found {
        let record = members(stored.private.as_deref());
        persons.extend(record.iter().filter_map(|(_, value)| StaffId::parse(value)));
        records.push(record);
    }
    persons.sort_unstable();
    persons.dedup();
    let logins: HashMap<StaffId, String> = access::logins(conn, &persons)?.into_iter().collect();
    let mut about: Vec<ClaimId> = found.iter().filter_map(|stored| stored.claim).collect();
    about.sort_unstable();
    about.dedup();
    let numbers: HashMap<ClaimId, String> = access::numbers(conn, &about)?.into_iter().collect();
    let views = found.into_iter().zip(records).map(|(stored, mut record)| {
        for (_, value) in &mut record {
            let login = StaffId::parse(value).and_then(|id| logins.get(&id));
            if let Some(login) = login {
                value.clone_from(login);
            }
        }
        view(stored, record, &numbers)
    });
    Ok(views.collect())
}

/// The members of a private record, all of which are texts.
fn members(record: Option<&str>) -> Vec<(String, String)> {
    type Members = std::collections::BTreeMap<String, String>;
    let read = record.and_then(|text| serde_json::from_str::<Members>(text).ok());
    read.unwrap_or_default().into_iter().collect()
}

fn view(
    stored: StoredEntry,
    record: Vec<(String, String)>,
    numbers: &HashMap<ClaimId, String>,
) -> EntryView {
    let entry = stored.entry;
    EntryView {
        hash: hex(&stored.hash),
        hash_fits: entry.hash() == stored.hash,
        line: entry.line(&stored.hash),
        claim: stored.claim,
        number: stored.claim.and_then(|id| numbers.get(&id).cloned()),
        record,
        seq: entry.seq,
        at: entry.at,
        kind: entry.kind,
        actor: entry.actor,
        commitment: entry.claim.map(|mark| hex(&mark)),
        position: entry.position,
        amount: entry.amount,
        moved: entry.moved,
        private: hex(&entry.private),
        prev: hex(&entry.prev),
        detail: entry.detail,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_member_by_member() {
        let record = members(Some(r#"{"act":"frozen","by":"command line"}"#));
        assert_eq!(record.len(), 2);
        assert_eq!(record[1], ("by".to_owned(), "command line".to_owned()));
        assert_eq!(members(None), []);
        assert_eq!(members(Some("[1]")), []);
    }
}
