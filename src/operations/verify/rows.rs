//! Holding rows against what the journal says.

use std::collections::{HashMap, HashSet};

use super::{Broken, SharedTables, Told, VerifyFailure, broken};
use crate::admission::fold::answer_mac;
use crate::admission::key_filter::KeyFilter;
use crate::domain::claim::ClaimState;
use crate::domain::ids::{ClaimId, DealerId};
use crate::domain::money::Fen;
use crate::journal::entry::{claim_commitment, private_commitment};
use crate::journal::verify::PoolProof;
use crate::keys::Keys;
use crate::ledger::{amendment_record, submission_record};
use crate::operations::key_moves;
use crate::storage::batch::{KeyHash, NewClaim, PoolRow};
use crate::storage::claim_changes::PastClaim;
use crate::storage::claim_keys::{self, KeyHeld, Table};
use crate::storage::claims::{self, StoredClaim};
use crate::storage::{Db, StorageError, claim_flags, journal, waiting_line};
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
    let stopped = [&row.allocation, &row.payout].map(|word| word != "open");
    let told = [proof.stopped.allocation, proof.stopped.payout];
    let intake = row.intake == "frozen";
    if stopped != told || intake != proof.stopped.intake || row.disputes != proof.disputes.fen() {
        let message = "the pool's row stops other stages, or sets another amount aside";
        return Err(broken(row, proof.entries, "stages_differ", message));
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
    past: &[PastClaim],
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
    let record = submission_record(&as_submitted(claim, past.first(), told), told.submitted);
    if private_commitment(&claim.nonce, &record) != told.private {
        return Err(wrong(told.seq, "its row is not the one committed to"));
    }
    for act in &told.acts {
        if private_commitment(&claim.nonce, &act.record) != act.private {
            return Err(wrong(
                act.seq,
                "the private record is not the one committed to",
            ));
        }
    }
    if let Some(seq) = wrong_amendment(claim, past, told) {
        return Err(wrong(
            seq,
            "what it says is not what the entry committed to",
        ));
    }
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
    if !agrees || times != (told.submitted, told.held, told.changed) {
        return Err(wrong(
            told.seq,
            "its state, amount, place or times are not the journal's",
        ));
    }
    let now = (&claim.sealed, &claim.content_mac);
    let before = past.iter().map(|p| (&p.sealed, &p.content_mac));
    for (sealed, mac) in before.chain([now]) {
        let content = keys.vault.open(&claim_aad(claim.id), sealed);
        if !content.is_ok_and(|plain| keys.vault.mac("content", &plain) == *mac) {
            return Err(wrong(
                told.seq,
                "its sealed content was changed, or the keys are others",
            ));
        }
    }
    Ok(())
}

/// The entry that amended the claim to something else than what its rows say, if there is one.
fn wrong_amendment(claim: &StoredClaim, past: &[PastClaim], told: &Told) -> Option<i64> {
    let mut rows: Vec<StoredClaim> = past.iter().skip(1).map(|p| as_it_was(claim, p)).collect();
    if !past.is_empty() {
        rows.push(claim.clone());
    }
    let mut rows = rows.iter();
    for act in &told.acts {
        let after = serde_json::from_str::<serde_json::Value>(&act.record).ok()?;
        let Some(after) = after["after"].as_str() else {
            continue;
        };
        if rows.next().map(amendment_record).as_deref() != Some(after) {
            return Some(act.seq);
        }
    }
    rows.next().map(|_| told.seq)
}

fn as_it_was(claim: &StoredClaim, past: &PastClaim) -> StoredClaim {
    StoredClaim {
        amount: Fen::new(past.amount).unwrap_or_default(),
        content_mac: past.content_mac,
        person_hash: past.person_hash,
        keys: past.keys.clone(),
        warnings_json: past.warnings_json.clone(),
        ..claim.clone()
    }
}

/// The claim as its submission wrote it.
fn as_submitted(claim: &StoredClaim, first: Option<&PastClaim>, told: &Told) -> NewClaim {
    let filed = told.first_state() == ClaimState::Filed;
    let then = first.map_or_else(|| claim.clone(), |past| as_it_was(claim, past));
    NewClaim {
        id: claim.id,
        number: claim.number.clone(),
        // Its papers gave it its place, and may have found no money.
        position: claim.position.filter(|_| !filed),
        programme: claim.programme.clone(),
        version_id: claim.version_id,
        dealer: claim.dealer,
        state: told.first_state().as_str(),
        amount: then.amount.fen(),
        sealed: Vec::new(),
        content_mac: then.content_mac,
        nonce: claim.nonce,
        person_hash: then.person_hash,
        keys: then.keys,
        reasons: if filed {
            "[]".to_owned()
        } else {
            claim.reasons_json.clone()
        },
        warnings: then.warnings_json,
        held_us: None,
        invoice_due: false,
        deadline_us: None,
        review_us: None,
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

/// Who waits, stretch by stretch, is who waits by the journal.
pub(super) fn check_line(
    conn: &mut Db,
    row: &PoolRow,
    proof: &PoolProof,
) -> Result<(), VerifyFailure> {
    let mut line = waiting_line::Line::default();
    for trace in proof.claims.values() {
        let waits = trace.state == ClaimState::Waiting;
        if let Some(position) = trace.position.filter(|_| waits) {
            line.comes(position, trace.amount.fen());
        }
    }
    if waiting_line::of(conn, row.id)? == line {
        return Ok(());
    }
    let message = "how many wait, and for how much, is not what its journal says";
    Err(broken(row, proof.entries, "line_differs", message))
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
    shared.flags.retain(|_, count| *count > 0);
    for (claim, count) in claim_flags::counts(conn)? {
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
    let filter = KeyFilter::default();
    match key_moves::learn(conn, &filter) {
        Err(StorageError::Corrupt(message)) => return Err(wrong(message).into()),
        learned => learned?,
    }
    for table in [Table::Hot, Table::Cold] {
        let mut after = None;
        loop {
            let page = claim_keys::after(conn, table, after, PAGE)?;
            let Some((hash, ordinal, ..)) = page.last() else {
                break;
            };
            after = Some((*hash, *ordinal));
            if table == Table::Cold {
                check_cold(conn, &page, &filter)?;
            }
            for (hash, ordinal, claim, kind) in page {
                if kind == claim_keys::REQUEST && ordinal == 1 {
                    shared.requests += 1;
                    continue;
                }
                let held = (hash, ordinal, claim);
                let place = claim_keys::PLACES.contains(&kind.as_str());
                let used = place && shared.used_places.remove(&held);
                if !(shared.held_keys.remove(&held) || used) {
                    let message = format!("claim {claim} holds a key that is not its own");
                    return Err(wrong(message).into());
                }
            }
        }
    }
    match shared.held_keys.iter().next() {
        Some((_, _, claim)) => Err(wrong(format!("claim {claim} does not hold its key")).into()),
        None => Ok(()),
    }
}

/// Keys that were moved: they are in this table only, and admission knows that they may be here.
fn check_cold(conn: &mut Db, page: &[KeyHeld], filter: &KeyFilter) -> Result<(), VerifyFailure> {
    let hashes: Vec<KeyHash> = page.iter().map(|key| key.0).collect();
    let wrong = |message: &str| Broken {
        code: "keys_differ",
        pool: String::new(),
        seq: 0,
        message: message.to_owned(),
    };
    if filter.perhaps_cold(hashes.iter()).0.len() < hashes.len() {
        return Err(wrong("a key was moved and no move tells of it").into());
    }
    let hot: HashSet<(KeyHash, i64)> = claim_keys::hot(conn, &hashes)?.into_iter().collect();
    if page.iter().any(|key| hot.contains(&(key.0, key.1))) {
        return Err(wrong("a key is held twice").into());
    }
    Ok(())
}

/// The kept answers: one for each claim, each as it was written, and found by its request.
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
        after = Some(last.2);
        let keys_of_page: Vec<KeyHash> = page.iter().map(|row| row.0).collect();
        let requests = claim_keys::requests(conn, &keys_of_page)?;
        shared.requests -= requests.len() as i64;
        for (key, fingerprint, claim, body, mac) in &page {
            if requests.get(key) != Some(claim) {
                return Err(
                    wrong(format!("the request of claim {claim} would not find it")).into(),
                );
            }
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
        None if shared.requests != 0 => Err(wrong("a request finds no answer".into()).into()),
        None => Ok(()),
    }
}
