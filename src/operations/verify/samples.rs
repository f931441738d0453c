//! Samples of bulk approvals: that each follows from the seed that was committed to and the list
//! that was frozen, and that what was approved in bulk was on the list and not in the sample.
//!
//! Why a claim was skipped, and when a bulk approval ended, are not in the journal.

use std::collections::{HashMap, HashSet};

use super::told::ToldAct;
use super::{Broken, Told as ToldClaim, VerifyFailure};
use crate::domain::ids::{ClaimId, PoolId};
use crate::domain::money::Fen;
use crate::domain::sample;
use crate::journal::canonical::hex;
use crate::journal::entry::{EntryKind, claim_commitment};
use crate::keys::Keys;
use crate::operations::bulk::{has_failed, revisions_hash};
use crate::storage::batch::PoolRow;
use crate::storage::bulk::{self, BulkRow, BulkState, Standing};
use crate::storage::claims::StoredClaim;
use crate::storage::{Db, claims, pools};
use crate::vault::seed_aad;

/// What the entries of all pools say of samples.
#[derive(Default)]
pub(super) struct Told {
    samples: HashMap<String, ToldSample>,
    approved: HashSet<(String, ClaimId)>,
}

struct ToldSample {
    pool: PoolId,
    committed: ToldAct,
    drawn: Option<ToldAct>,
    revealed: Option<ToldAct>,
}

impl Told {
    /// Follows an entry about a pool.
    pub(super) fn tell(&mut self, row: &PoolRow, act: ToldAct) {
        let members = act.members();
        let Some(id) = members.get("bulk") else {
            return;
        };
        match act.kind {
            EntryKind::SampleCommitted => {
                let sample = ToldSample {
                    pool: row.id,
                    committed: act,
                    drawn: None,
                    revealed: None,
                };
                self.samples.insert(id.to_owned(), sample);
            }
            EntryKind::SampleDrawn => {
                if let Some(sample) = self.samples.get_mut(id) {
                    sample.drawn = Some(act);
                }
            }
            EntryKind::SampleRevealed => {
                if let Some(sample) = self.samples.get_mut(id) {
                    sample.revealed = Some(act);
                }
            }
            _ => {}
        }
    }
}

/// Follows the approvals of one claim.
pub(super) fn collect(claim: &StoredClaim, told: &ToldClaim, all: &mut Told) {
    let approvals = told
        .acts
        .iter()
        .filter(|act| act.kind == EntryKind::Approved);
    for act in approvals {
        if let Some(bulk) = act.members().get("bulk") {
            all.approved.insert((bulk.to_owned(), claim.id));
        }
    }
}

/// Holds every bulk approval and its list against what was told.
pub(super) fn check(conn: &mut Db, keys: &Keys, mut told: Told) -> Result<(), VerifyFailure> {
    let (mut bulks, mut listed) = (0, 0);
    for pool in pools::all(conn)? {
        for row in bulk::of_pool(conn, pool.id)? {
            let wrong = |what: &str| wrong(&pool.name, format!("bulk approval {}: {what}", row.id));
            let Some(sample) = told.samples.remove(&row.id.to_string()) else {
                return Err(wrong("no entry speaks of it"));
            };
            if !committed(keys, &row, &sample) {
                return Err(wrong("its seed is not the one committed to"));
            }
            let list = bulk::standing(conn, row.id)?;
            if !drawn(conn, &row, &sample, &list)? {
                return Err(wrong(
                    "its sample does not follow from its seed and its list",
                ));
            }
            let void = row.state == BulkState::Void;
            if void && !has_failed(conn, &row, &list)? {
                return Err(wrong("it is void, and every sampled claim was approved"));
            }
            if !decided(&row, &list, &mut told.approved) {
                return Err(wrong("what it approved is not what the entries say"));
            }
            bulks += 1;
            listed += list.len() as i64;
        }
    }
    let rest = told.samples.len() + told.approved.len();
    if rest > 0 || bulk::counts(conn)? != (bulks, listed) {
        let message = "there are bulk approvals or lists that are gone, or of nothing";
        return Err(wrong("", message.to_owned()));
    }
    Ok(())
}

fn wrong(pool: &str, message: String) -> VerifyFailure {
    Broken {
        code: "sample_differs",
        pool: pool.to_owned(),
        seq: 0,
        message,
    }
    .into()
}

fn committed(keys: &Keys, row: &BulkRow, told: &ToldSample) -> bool {
    let act = &told.committed;
    let members = act.members();
    let most = row.most_amount.and_then(Fen::new);
    let most = most.map_or_else(String::new, |most| most.to_string());
    let opened = keys.vault.open(&seed_aad(row.id), &row.sealed);
    let kept = opened.is_ok_and(|seed| {
        let seed = sample::Seed::try_from(seed);
        seed.is_ok_and(|seed| sample::seed_commitment(&seed) == row.commitment)
    });
    kept && row.pool == told.pool
        && (row.committed_seq, row.committed) == (act.seq, act.at)
        && act.detail == Some(hex(&row.commitment))
        && members.staff() == Some(row.staff)
        && members.get("limit") == Some(row.most_claims.to_string().as_str())
        && members.get("most_amount") == Some(most.as_str())
}

fn drawn(
    conn: &mut Db,
    row: &BulkRow,
    told: &ToldSample,
    list: &[Standing],
) -> Result<bool, VerifyFailure> {
    let (row, act, revealed) = match (&row.drawn, &told.drawn, &told.revealed) {
        (Some(row), Some(act), Some(revealed)) => (row, act, revealed),
        (None, None, None) => return Ok(list.is_empty() && row.state == BulkState::Committed),
        _ => return Ok(false),
    };
    for listed in list {
        let claim = claims::by_id(conn, listed.row.claim)?;
        let mark = claim.map(|claim| claim_commitment(&claim.nonce, &claim.number));
        if mark != Some(listed.row.commitment) {
            return Ok(false);
        }
    }
    let marks: Vec<[u8; 32]> = list.iter().map(|l| l.row.commitment).collect();
    let revisions: Vec<i64> = list.iter().map(|l| l.row.revision).collect();
    let sampled: Vec<bool> = list.iter().map(|l| l.row.sampled).collect();
    let members = act.members();
    let revisions = revisions_hash(&marks, &revisions);
    let commitment = hex(&sample::seed_commitment(&row.seed));
    Ok((row.seq, row.at) == (act.seq, act.at)
        && (1..).zip(list).all(|(line, l)| l.row.line == line)
        && row.list_hash == sample::list_hash(&marks)
        && act.detail == Some(hex(&row.list_hash))
        && members.get("revisions") == Some(revisions.as_str())
        && revealed.detail == Some(hex(&row.seed))
        && told.committed.detail == Some(commitment)
        && sampled == sample::sample(&row.seed, &marks))
}

fn decided(row: &BulkRow, list: &[Standing], approved: &mut HashSet<(String, ClaimId)>) -> bool {
    let id = row.id.to_string();
    let fits = list.iter().all(|listed| {
        let told = approved.remove(&(id.clone(), listed.row.claim));
        let said = listed.row.outcome.as_deref() == Some("approved");
        let why = listed.row.why.is_some() == (listed.row.outcome.as_deref() == Some("skipped"));
        told == said && why
    });
    let all = || {
        let done = |l: &Standing| l.row.sampled || l.row.outcome.is_some();
        list.iter().all(done)
    };
    let ended = matches!(row.state, BulkState::Approved | BulkState::Void);
    fits && ended == row.ended.is_some() && (row.state != BulkState::Approved || all())
}
