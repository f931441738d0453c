//! A claim looked at again: by the pack version that judged it, against what the database
//! holds now, leaving out what the claim itself holds.

use std::collections::HashMap;

use crate::admission::fold::{key_refusal, refuse_by_registers};
use crate::admission::judge::{Judged, judge_by};
use crate::domain::draft::ClaimDraft;
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::text::Lang;
use crate::operations::Engine;
use crate::operations::claims::versions_and_dealer;
use crate::operations::denial::{ActError, Ended};
use crate::operations::scene::Scene;
use crate::storage::batch::{HeldKey, KeyHash, NewKey, Probe};
use crate::storage::claims::StoredClaim;
use crate::storage::{Db, StorageError, claim_keys, dialect};

/// A claim judged again, and the keys that it would hold.
pub struct Rechecked {
    /// The verdict of the rules.
    pub judged: Judged,
    /// Every reason that refuses it now.
    pub reasons: Vec<Reason>,
    /// The keys as the claim's row packs them.
    pub packed: Vec<u8>,
    /// Keys that it does not hold yet.
    pub add: Vec<NewKey>,
}

/// Judges `draft` in place of what the claim says.
///
/// # Errors
/// [`ActError::Malformed`] for facts that the pack needs; the database's.
pub fn recheck(
    engine: &Engine,
    scene: &mut Scene<'_>,
    draft: &ClaimDraft,
) -> Result<Rechecked, Ended> {
    let claim = &scene.claim;
    let (published, dealer) = versions_and_dealer(engine, scene.conn, claim)?;
    let catalogue = engine.catalogue.current();
    let judged = judge_by(
        &engine.keys.vault,
        catalogue.version,
        &published,
        claim.pool,
        &dealer,
        draft,
        claim.submitted,
        Lang::default(),
    )
    .map_err(ActError::Malformed)?;
    let mut reasons = judged.reasons.clone();
    // Whether the dealer took part was decided when the claim was filed: honest old claims of a
    // dealer that was suspended since go on.
    reasons.retain(|r| r.code != ReasonCode::DealerNotParticipating);
    let mut asked = Probe::default();
    judged.ask(&mut asked);
    let keys = std::mem::take(&mut asked.keys);
    let probed = dialect::probe(scene.conn, claim.pool, &asked)?;
    refuse_by_registers(&probed, &judged, &mut reasons);
    let others = held_by_others(scene.conn, &keys, claim)?;
    for ask in &judged.keys {
        let held = others.get(&ask.hash).map_or(&[][..], Vec::as_slice);
        let at = scene.ledger.at;
        if let Some(code) = key_refusal(&catalogue, at, &draft.programme, &judged, ask, held) {
            reasons.push(Reason::new(code, ask.field.clone()));
        }
    }
    reasons.sort_by_key(|r| r.code);
    let (packed, add) = plan(&judged, claim, &others);
    Ok(Rechecked {
        judged,
        reasons,
        packed,
        add,
    })
}

/// Whether a reason stays whoever decides otherwise: the law of one claim for one thing.
pub fn is_final(reason: &Reason) -> bool {
    matches!(
        reason.code,
        ReasonCode::AssetAlreadyClaimed
            | ReasonCode::InvoiceAlreadyClaimed
            | ReasonCode::UnitLimitReached
            | ReasonCode::AlreadyHadScrappage
            | ReasonCode::AlreadyHadReplacement
    )
}

type Held = HashMap<KeyHash, Vec<HeldKey>>;

fn held_by_others(
    conn: &mut Db,
    keys: &[KeyHash],
    claim: &StoredClaim,
) -> Result<Held, StorageError> {
    let mut held = Held::new();
    for holder in claim_keys::holders(conn, keys)? {
        if holder.claim != claim.id {
            held.entry(holder.hash).or_default().push(holder.held);
        }
    }
    Ok(held)
}

/// The keys as the claim would hold them: what it has, or had, keeps its ordinal while nobody
/// else has that, and the rest takes the lowest free one.
fn plan(judged: &Judged, claim: &StoredClaim, others: &Held) -> (Vec<u8>, Vec<NewKey>) {
    let own: HashMap<KeyHash, i64> = claim_keys::unpack(&claim.keys).collect();
    let holds = claim.state.holds_keys();
    let mut packed = Vec::with_capacity(judged.keys.len() * 17);
    let mut add = Vec::new();
    for ask in &judged.keys {
        let held = others.get(&ask.hash).map_or(&[][..], Vec::as_slice);
        let free = |n: &i64| held.iter().all(|h| h.ordinal != *n);
        let kept = own.get(&ask.hash).copied().filter(free);
        let ordinal = kept.unwrap_or_else(|| (1..=ask.limit).find(free).unwrap_or(ask.limit));
        packed.extend_from_slice(&ask.hash);
        packed.push(u8::try_from(ordinal).unwrap_or(u8::MAX));
        if !(holds && own.contains_key(&ask.hash)) {
            add.push(NewKey {
                hash: ask.hash,
                ordinal,
                claim: claim.id,
                kind: ask.kind,
                programme: claim.programme.clone(),
            });
        }
    }
    (packed, add)
}
