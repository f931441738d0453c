//! What one person proposed and another decides.

use diesel::prelude::*;

use super::StorageError;
use super::batch::KeyHash;
use super::db::Db;
use super::schema::{proposals, staff};
use super::stored::staff_id;
use crate::domain::ids::{ProposalId, StaffId};
use crate::domain::time::Timestamp;

/// Where a proposal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProposalState {
    /// A second person's turn.
    Proposed,
    /// Approved and carried out, or done at once where one person may.
    Done,
    /// Turned down; nothing was done.
    Refused,
}

impl ProposalState {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Proposed, Self::Done, Self::Refused];

    /// The word in the database and in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            ProposalState::Proposed => "proposed",
            ProposalState::Done => "done",
            ProposalState::Refused => "refused",
        }
    }

    /// The state that `text` names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// A proposal.
#[derive(Debug, Clone)]
pub struct ProposalRow {
    /// The id.
    pub id: ProposalId,
    /// `top_up`, `transfer`, `set_aside`, `release_aside` or `pack`.
    pub kind: String,
    /// The pool or the programme that it is about.
    pub subject: String,
    /// Canonical JSON of what is to be done.
    pub payload: String,
    /// `sha256:…` of the kind, a line end, and the payload.
    pub digest: String,
    /// Who proposed it; none at the command line.
    pub proposed_by: Option<StaffId>,
    /// When.
    pub proposed: Timestamp,
    /// Where it stands.
    pub state: ProposalState,
    /// Who decided it; none where one person was enough.
    pub decided_by: Option<StaffId>,
    /// When.
    pub decided: Option<Timestamp>,
    /// Why it was refused.
    pub why: Option<String>,
}

type Tuple = (
    (Vec<u8>, String, String, String, String),
    (Option<Vec<u8>>, i64, String),
    (Option<Vec<u8>>, Option<i64>, Option<String>),
);

macro_rules! columns {
    () => {
        (
            (
                proposals::id,
                proposals::kind,
                proposals::subject,
                proposals::payload,
                proposals::digest,
            ),
            (
                proposals::proposed_by,
                proposals::proposed_us,
                proposals::state,
            ),
            (proposals::decided_by, proposals::decided_us, proposals::why),
        )
    };
}

fn stored(row: Tuple) -> Result<ProposalRow, StorageError> {
    let ((id, kind, subject, payload, digest), (proposer, at, state), decision) = row;
    let (decider, decided, why) = decision;
    let corrupt = |what: &str| StorageError::Corrupt(format!("a proposal's {what}"));
    let person = |id: Option<Vec<u8>>| id.map(|id| staff_id(&id)).transpose();
    Ok(ProposalRow {
        id: ProposalId::from_slice(&id).ok_or_else(|| corrupt("id"))?,
        kind,
        subject,
        payload,
        digest,
        proposed_by: person(proposer)?,
        proposed: Timestamp(at),
        state: ProposalState::parse(&state).ok_or_else(|| corrupt("state"))?,
        decided_by: person(decider)?,
        decided: decided.map(Timestamp),
        why,
    })
}

/// Keeps a proposal, under the keyed hash of an idempotency key where it came with one.
///
/// # Errors
/// The database's: a key is used once.
pub fn insert(conn: &mut Db, row: &ProposalRow, key: Option<&KeyHash>) -> Result<(), StorageError> {
    diesel::insert_into(proposals::table)
        .values((
            proposals::id.eq(row.id.to_vec()),
            proposals::kind.eq(&row.kind),
            proposals::subject.eq(&row.subject),
            proposals::payload.eq(&row.payload),
            proposals::digest.eq(&row.digest),
            proposals::proposed_by.eq(row.proposed_by.map(StaffId::to_vec)),
            proposals::proposed_us.eq(row.proposed.0),
            proposals::state.eq(row.state.as_str()),
            proposals::decided_by.eq(row.decided_by.map(StaffId::to_vec)),
            proposals::decided_us.eq(row.decided.map(|t| t.0)),
            proposals::why.eq(&row.why),
            proposals::key_hash.eq(key.map(|key| key.to_vec())),
        ))
        .execute(conn)?;
    Ok(())
}

/// One of them.
///
/// # Errors
/// The database's.
pub fn find(conn: &mut Db, id: ProposalId) -> Result<Option<ProposalRow>, StorageError> {
    let row: Option<Tuple> = proposals::table
        .filter(proposals::id.eq(id.to_vec()))
        .select(columns!())
        .first(conn)
        .optional()?;
    row.map(stored).transpose()
}

/// The one that came with an idempotency key.
///
/// # Errors
/// The database's.
pub fn under(conn: &mut Db, key: &KeyHash) -> Result<Option<ProposalRow>, StorageError> {
    let row: Option<Tuple> = proposals::table
        .filter(proposals::key_hash.eq(&key[..]))
        .select(columns!())
        .first(conn)
        .optional()?;
    row.map(stored).transpose()
}

/// At most `limit` after one, in the order in which they were made; in one state, or all.
///
/// # Errors
/// The database's.
pub fn list(
    conn: &mut Db,
    state: Option<ProposalState>,
    after: Option<ProposalId>,
    limit: i64,
) -> Result<Vec<ProposalRow>, StorageError> {
    let mut query = proposals::table
        .select(columns!())
        .order(proposals::id)
        .limit(limit)
        .into_boxed();
    if let Some(state) = state {
        query = query.filter(proposals::state.eq(state.as_str()));
    }
    if let Some(after) = after {
        query = query.filter(proposals::id.gt(after.to_vec()));
    }
    let rows: Vec<Tuple> = query.load(conn)?;
    rows.into_iter().map(stored).collect()
}

/// Decides a proposal, once: `false` when it was decided before. Until the transaction ends
/// nobody else decides it.
///
/// # Errors
/// The database's; a CHECK refuses the person who proposed it.
pub fn decide(
    conn: &mut Db,
    id: ProposalId,
    state: ProposalState,
    by: StaffId,
    at: Timestamp,
    why: Option<&str>,
) -> Result<bool, StorageError> {
    let open = proposals::table
        .filter(proposals::id.eq(id.to_vec()))
        .filter(proposals::state.eq(ProposalState::Proposed.as_str()));
    let changed = diesel::update(open)
        .set((
            proposals::state.eq(state.as_str()),
            proposals::decided_by.eq(by.to_vec()),
            proposals::decided_us.eq(at.0),
            proposals::why.eq(why),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

/// The login of a user of the bureau.
///
/// # Errors
/// The database's; [`StorageError::Corrupt`] when there is no such user.
pub fn login(conn: &mut Db, id: StaffId) -> Result<String, StorageError> {
    let found = staff::table
        .filter(staff::id.eq(id.to_vec()))
        .select(staff::login)
        .first(conn)
        .optional()?;
    found.ok_or_else(|| StorageError::Corrupt("who made a proposal is gone".into()))
}
