//! Holding rows against what the journal says.

use std::collections::HashMap;

use super::{Broken, SharedTables, Told, VerifyFailure, broken};
use crate::admission::fold::answer_mac;
use crate::domain::claim::ClaimState;
use crate::domain::ids::{ClaimId, DealerId};
use crate::journal::entry::{claim_commitment, private_commitment};
use crate::journal::verify::PoolProof;
use crate::keys::Keys;
use crate::ledger::submission_record;
use crate::storage::batch::{NewClaim, PoolRow};
use crate::storage::claims::{self, StoredClaim};
use crate::storage::{Db, journal};
use crate::vault::claim_aad;

/// Rows read at a time.
const PAGE: i64 = 2_000;

/// The pool's row: head, balances, counters.
pub(super) fn check_pool(
    row: &PoolRow,
    proof: &PoolProof,
    claims: usize,
) -> Result<(), VerifyFailure> {
    let ends = row.head_seq == proof.entries && row.head_hash == proof.head_hash;
    if !ends || row.head_us != proof.last_at.0 {
        let message = "the pool's row names another last entry";
        return Err(broken(row, proof.entries, "head_differs", message));
    }
    let stored = [row.cap, row.free, row.reserved, row.committed, row.paid];
    let folded = [
        proof.cap,
        proof.free,
        proof.reserved,
        proof.committed,
        proof.paid,
    ];
    if stored != folded.map(|amount| amount.fen()) {
        let message = "the pool's row has other balances than its journal";
        return Err(broken(row, proof.entries, "balances_differ", message));
    }
    let counters = [row.waiting, row.next_position - 1, row.next_ordinal - 1];
    if counters != [proof.waiting, proof.positions, claims as i64] {
        let message = "the pool's row has other counters than its journal";
        return Err(broken(row, proof.entries, "counters_differ", message));
    }
    Ok(())
}

/// A claim's row against its entries, and its sealed content against its MAC.
pub(super) fn check_claim(
    keys: &Keys,
    row: &PoolRow,
    claim: &StoredClaim,
    told: &Told,
    proof: &PoolProof,
) -> Result<(), VerifyFailure> {
    let wrong = |seq: i64, what: &str| {
        broken(
            row,
            seq,
            "claim_differs",
            format!("claim {}: {what}", claim.number),
        )
    };
    if claim_commitment(&claim.nonce, &claim.number) != told.number_commitment {
        return Err(wrong(
            told.seq,
            "its number or nonce is not the one committed to",
        ));
    }
    let record = submission_record(&as_submitted(claim, told), told.submitted);
    if private_commitment(&claim.nonce, &record) != told.private {
        return Err(wrong(told.seq, "its row is not the one committed to"));
    }
    for (seq, commitment, record) in &told.acts {
        if private_commitment(&claim.nonce, record) != *commitment {
            return Err(wrong(
                *seq,
                "the private record is not the one committed to",
            ));
        }
    }
    let held = match told.first_state() {
        ClaimState::Reserved => Some(told.submitted),
        _ => told.promoted,
    };
    let agrees = proof
        .claims
        .get(&told.number_commitment)
        .is_some_and(|trace| {
            trace.state == claim.state
                && trace.amount == claim.amount
                && trace.position == claim.position
                && trace.revisions == claim.revision
        });
    let times = (claim.submitted, claim.held, claim.changed);
    if !agrees || times != (told.submitted, held, told.changed) {
        return Err(wrong(
            told.seq,
            "its state, amount, place or times are not the journal's",
        ));
    }
    let content = keys.vault.open(&claim_aad(claim.id), &claim.sealed);
    if content.is_ok_and(|plain| keys.vault.mac("content", &plain) == claim.content_mac) {
        return Ok(());
    }
    Err(wrong(
        told.seq,
        "its sealed content was changed, or the keys are others",
    ))
}

/// The claim as its submission wrote it.
fn as_submitted(claim: &StoredClaim, told: &Told) -> NewClaim {
    NewClaim {
        id: claim.id,
        number: claim.number.clone(),
        position: claim.position,
        programme: claim.programme.clone(),
        version_id: claim.version_id,
        dealer: claim.dealer,
        state: told.first_state().as_str(),
        amount: claim.amount.fen(),
        sealed: Vec::new(),
        content_mac: claim.content_mac,
        nonce: claim.nonce,
        person_hash: claim.person_hash,
        keys: claim.keys.clone(),
        reasons: claim.reasons_json.clone(),
        warnings: claim.warnings_json.clone(),
        held_us: None,
    }
}

/// What dealers hold.
pub(super) fn check_shares(
    conn: &mut Db,
    row: &PoolRow,
    mut expected: HashMap<DealerId, i64>,
) -> Result<(), VerifyFailure> {
    for (dealer, held) in claims::shares(conn, row.id)? {
        if expected.remove(&dealer).unwrap_or(0) != held {
            let message = format!("what dealer {dealer} holds is not the sum of its claims");
            return Err(broken(row, 0, "share_differs", message));
        }
    }
    match expected.into_iter().find(|(_, held)| *held != 0) {
        Some((dealer, _)) => {
            let message = format!("what dealer {dealer} holds is not recorded");
            Err(broken(row, 0, "share_differs", message))
        }
        None => Ok(()),
    }
}

/// The hashes and ordinals that a claim took.
pub(super) fn unpack_keys(packed: &[u8]) -> impl Iterator<Item = ([u8; 16], i64)> + '_ {
    packed.chunks_exact(17).map(|key| {
        let mut hash = [0; 16];
        hash.copy_from_slice(&key[..16]);
        (hash, i64::from(key[16]))
    })
}

/// Every entry and every claim belongs to a pool that was verified.
pub(super) fn check_counts(
    conn: &mut Db,
    entries: i64,
    claims: usize,
) -> Result<(), VerifyFailure> {
    if journal::count(conn)? == entries && claims::count(conn)? == claims as i64 {
        return Ok(());
    }
    let message = "there are entries or claims of a pool that is gone".to_owned();
    Err(Broken {
        code: "pool_missing",
        pool: String::new(),
        seq: 0,
        message,
    }
    .into())
}

/// The flags: as many for each claim as its journal has raised.
pub(super) fn check_flags(conn: &mut Db, shared: &mut SharedTables) -> Result<(), VerifyFailure> {
    let wrong = |claim: ClaimId| {
        let message = format!("claim {claim} has other flags than its journal");
        Broken {
            code: "flags_differ",
            pool: String::new(),
            seq: 0,
            message,
        }
    };
    for (claim, count) in claims::flag_counts(conn)? {
        if shared.flags.remove(&claim) != Some(count) {
            return Err(wrong(claim).into());
        }
    }
    match shared.flags.keys().next() {
        Some(claim) => Err(wrong(*claim).into()),
        None => Ok(()),
    }
}

/// The table of held keys: exactly those of the live claims.
pub(super) fn check_keys(conn: &mut Db, shared: &mut SharedTables) -> Result<(), VerifyFailure> {
    let wrong = |message: String| Broken {
        code: "keys_differ",
        pool: String::new(),
        seq: 0,
        message,
    };
    let mut after = None;
    loop {
        let page = claims::keys_after(conn, after, PAGE)?;
        let Some((hash, ordinal, _)) = page.last() else {
            break;
        };
        after = Some((*hash, *ordinal));
        for held in &page {
            if !shared.held_keys.remove(held) {
                return Err(
                    wrong(format!("claim {} holds a key that is not its own", held.2)).into(),
                );
            }
        }
    }
    match shared.held_keys.iter().next() {
        Some((_, _, claim)) => Err(wrong(format!("claim {claim} does not hold its key")).into()),
        None => Ok(()),
    }
}

/// The kept answers: one for each claim, each as it was written.
pub(super) fn check_answers(
    conn: &mut Db,
    keys: &Keys,
    mut shared: SharedTables,
) -> Result<(), VerifyFailure> {
    let wrong = |message: String| Broken {
        code: "answer_differs",
        pool: String::new(),
        seq: 0,
        message,
    };
    let mut after = None;
    loop {
        let page = journal::answers_after(conn, after, PAGE)?;
        let Some(last) = page.last() else { break };
        after = Some(last.0);
        for (key, fingerprint, claim, body, mac) in &page {
            if answer_mac(keys, key, fingerprint, *claim, body) != *mac {
                return Err(wrong(format!("the answer about claim {claim} was changed")).into());
            }
            if !shared.claims.remove(claim) {
                return Err(wrong(format!("claim {claim} has no or two answers")).into());
            }
        }
    }
    match shared.claims.iter().next() {
        Some(claim) => Err(wrong(format!("the answer about claim {claim} is gone")).into()),
        None => Ok(()),
    }
}
