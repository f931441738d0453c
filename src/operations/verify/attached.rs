//! What hangs on entries about a claim: the papers that came, the words of reviewers and dealers,
//! and what a withdrawn claim was. Each row belongs to one entry, and the entry says what it holds.

use super::told::ToldAct;
use super::{Broken, Told, VerifyFailure, broken};
use crate::domain::claim::ClaimState;
use crate::journal::canonical::hex;
use crate::journal::entry::EntryKind;
use crate::journal::verify::ClaimTrace;
use crate::keys::Keys;
use crate::storage::Db;
use crate::storage::batch::PoolRow;
use crate::storage::claim_changes::{self, Note};
use crate::storage::claims::StoredClaim;
use crate::storage::papers::{self, PaperRow};
use crate::vault::note_aad;

/// How many rows the entries account for.
#[derive(Debug, Default)]
pub(super) struct Counts {
    papers: i64,
    notes: i64,
    withdrawn: i64,
}

impl Counts {
    /// No row belongs to no entry.
    pub(super) fn check(&self, conn: &mut Db) -> Result<(), VerifyFailure> {
        let there = [
            papers::count(conn)?,
            claim_changes::count_notes(conn)?,
            claim_changes::count_before(conn)?,
        ];
        if there == [self.papers, self.notes, self.withdrawn] {
            return Ok(());
        }
        let message = "there are papers, notes or withdrawals that no entry speaks of".to_owned();
        Err(Broken {
            code: "attached_differs",
            pool: String::new(),
            seq: 0,
            message,
        }
        .into())
    }
}

pub(super) fn check(
    conn: &mut Db,
    keys: &Keys,
    row: &PoolRow,
    claim: &StoredClaim,
    told: &Told,
    counts: &mut Counts,
) -> Result<(), VerifyFailure> {
    let wrong = |seq: i64, what: &str| {
        let message = format!("claim {}: {what}", claim.number);
        broken(row, seq, "attached_differs", message)
    };
    let with = |member: &str| -> Vec<&ToldAct> {
        let has = |act: &&ToldAct| act.members().get(member).is_some();
        told.acts.iter().filter(has).collect()
    };
    let papers = with("sha256");
    if !papers.is_empty() {
        let rows = papers::of(conn, claim.id)?;
        for (at, act) in papers.iter().enumerate() {
            if !rows.get(at).is_some_and(|row| came(act, row)) {
                return Err(wrong(act.seq, "its paper is not the one that came"));
            }
        }
        // One too many is found by the count of all.
        counts.papers += papers.len() as i64;
    }
    let notes = with("note");
    if !notes.is_empty() {
        let rows = claim_changes::notes(conn, claim.id)?;
        for (at, act) in notes.iter().enumerate() {
            let same = |note: &Note| written(keys, claim, act, note);
            if !rows.get(at).is_some_and(same) {
                return Err(wrong(act.seq, "its note is not the one that was written"));
            }
        }
        counts.notes += notes.len() as i64;
    }
    Ok(())
}

/// What a withdrawn claim was: as the entries before tell it, and as its withdrawal committed to.
pub(super) fn check_before(
    conn: &mut Db,
    row: &PoolRow,
    claim: &StoredClaim,
    trace: Option<&ClaimTrace>,
    told: &Told,
    counts: &mut Counts,
) -> Result<(), VerifyFailure> {
    let withdrawals = |act: &&ToldAct| act.kind == EntryKind::Withdrawn;
    let last = told.acts.iter().rfind(withdrawals);
    let Some(act) = last.filter(|_| claim.state == ClaimState::Withdrawn) else {
        return Ok(());
    };
    counts.withdrawn += 1;
    let members = act.members();
    let kept = claim_changes::before(conn, claim.id)?.is_some_and(|before| {
        let deadline = before.deadline.map(|d| d.to_string());
        trace.and_then(|t| t.before) == Some(before.state)
            && members.get("before") == Some(before.state.as_str())
            && members.get("deadline") == deadline.as_deref()
    });
    if kept {
        return Ok(());
    }
    let message = format!("claim {}: it was something else before", claim.number);
    Err(broken(row, act.seq, "attached_differs", message))
}

fn came(act: &ToldAct, row: &PaperRow) -> bool {
    let members = act.members();
    let said = ["paper", "sha256", "media", "bytes", "object"].map(|name| members.get(name));
    let (hash, bytes) = (hex(&row.sha256), row.bytes.to_string());
    let there = [&row.paper, &hash, &row.media, &bytes, &row.object];
    said == there.map(|text| Some(text.as_str())) && (row.seq, row.at) == (act.seq, act.at)
}

fn written(keys: &Keys, claim: &StoredClaim, act: &ToldAct, note: &Note) -> bool {
    let members = act.members();
    let opened = keys.vault.open(&note_aad(claim.id, note.seq), &note.sealed);
    let says = opened.is_ok_and(|plain| {
        let mac = hex(&keys.vault.mac("note", &plain));
        members.get("note") == Some(mac.as_str())
    });
    says && (note.seq, note.at) == (act.seq, act.at)
        && note.kind == act.kind.as_str()
        && note.staff == members.staff()
}
