//! A claim looked at again: by the pack version that judged it, against what the database
//! holds now, leaving out what the claim itself holds.

use std::collections::HashMap;

use crate::admission::fold::{key_refusal, refuse_by_registers};
use crate::admission::judge::{Judged, RegisterAsk, judge_by};
use crate::domain::draft::ClaimDraft;
use crate::domain::ids::ClaimId;
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::text::Lang;
use crate::domain::time::Timestamp;
use crate::operations::claims::versions_and_dealer;
use crate::operations::denial::{ActError, Ended};
use crate::operations::scene::Scene;
use crate::operations::{Engine, register};
use crate::storage::batch::{HeldKey, KeyHash, NewKey, Probe};
use crate::storage::claims::StoredClaim;
use crate::storage::{Db, StorageError, awards, claim_keys, dialect};

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
/// Of the register only those awards count that nobody has looked at: all of a person or car that
/// the claim did not name before; of those that it did, none while it stands, for its verdict and
/// each import since held them against it and people decided, and for a claim that does not stand
/// those that came `since` it did.
///
/// # Errors
/// [`ActError::Malformed`] for facts that the pack needs; the database's.
pub fn recheck(
    engine: &Engine,
    scene: &mut Scene<'_>,
    draft: &ClaimDraft,
    since: Option<Timestamp>,
) -> Result<Rechecked, Ended> {
    let claim = &scene.claim;
    let (published, dealer) = versions_and_dealer(engine, scene.conn, claim)?;
    let catalogue = engine.catalogue.current();
    let mut judged = judge_by(
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
    let before = register::asks_of(engine, scene.conn, claim)?;
    let asks = std::mem::take(&mut judged.registers).into_iter();
    let (same, new): (Vec<_>, Vec<_>) = asks.partition(|ask| before.contains(ask));
    judged.registers = new;
    let mut asked = Probe::default();
    judged.ask(&mut asked);
    let keys = std::mem::take(&mut asked.keys);
    let probed = dialect::probe(scene.conn, claim.pool, &asked)?;
    refuse_by_registers(&probed, &judged, &mut reasons);
    if let Some(since) = since {
        reasons.extend(met_since(scene.conn, &same, since)?);
    }
    let (own, others) = held(scene.conn, &keys, claim.id)?;
    for ask in &judged.keys {
        let held = others.get(&ask.hash).map_or(&[][..], Vec::as_slice);
        let at = scene.ledger.at;
        if let Some(code) = key_refusal(&catalogue, at, &draft.programme, &judged, ask, held) {
            reasons.push(Reason::new(code, ask.field.clone()));
        }
    }
    reasons.sort_by_key(|r| r.code);
    let (packed, add) = plan(&judged, claim, &own, &others);
    Ok(Rechecked {
        judged,
        reasons,
        packed,
        add,
    })
}

impl Rechecked {
    /// The reasons that still speak against the claim. What refused it when it was filed was
    /// overruled by the appeal that it won, or it would not stand; only the law of one claim for
    /// one thing is never overruled.
    pub fn standing(&self, claim: &StoredClaim) -> Vec<Reason> {
        let overruled = |r: &Reason| !is_final(r) && claim.reasons.iter().any(|o| o.code == r.code);
        let reasons = self.reasons.iter();
        reasons.filter(|r| !overruled(r)).cloned().collect()
    }
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

/// The reasons for which awards that came `since` then refuse.
fn met_since(
    conn: &mut Db,
    asks: &[RegisterAsk],
    since: Timestamp,
) -> Result<Vec<Reason>, StorageError> {
    let mut met = Vec::new();
    for ask in asks {
        let awards = awards::since(conn, ask.person, &ask.hash, since)?;
        let mut awards = awards.iter();
        if awards.any(|a| ask.is_met_by(&a.kind, &a.awarded_on)) {
            met.push(Reason::new(ask.reason, ask.field));
        }
    }
    Ok(met)
}

type Held = HashMap<KeyHash, Vec<HeldKey>>;

type Own = HashMap<KeyHash, i64>;

/// Which of these keys the claim holds itself, and who else holds which.
fn held(conn: &mut Db, keys: &[KeyHash], claim: ClaimId) -> Result<(Own, Held), StorageError> {
    let (mut own, mut others) = (Own::new(), Held::new());
    for holder in claim_keys::holders(conn, keys)? {
        if holder.claim == claim {
            own.insert(holder.hash, holder.held.ordinal);
        } else {
            others.entry(holder.hash).or_default().push(holder.held);
        }
    }
    Ok((own, others))
}

/// The keys as the claim would hold them: what it has keeps its ordinal, so does what it had while
/// nobody else has that, and the rest takes the lowest free one.
fn plan(judged: &Judged, claim: &StoredClaim, own: &Own, others: &Held) -> (Vec<u8>, Vec<NewKey>) {
    let had: Own = claim_keys::unpack(&claim.keys).collect();
    let mut packed = Vec::with_capacity(judged.keys.len() * 17);
    let mut add = Vec::new();
    for ask in &judged.keys {
        let held = others.get(&ask.hash).map_or(&[][..], Vec::as_slice);
        let free = |n: &i64| held.iter().all(|h| h.ordinal != *n);
        let has = own.get(&ask.hash).copied();
        let kept = has.or_else(|| had.get(&ask.hash).copied().filter(free));
        let ordinal = kept.unwrap_or_else(|| (1..=ask.limit).find(free).unwrap_or(ask.limit));
        packed.extend_from_slice(&ask.hash);
        packed.push(u8::try_from(ordinal).unwrap_or(u8::MAX));
        if has.is_none() {
            add.push(NewKey {
                hash: ask.hash,
                ordinal,
                claim: claim.id,
                kind: ask.kind,
            });
        }
    }
    (packed, add)
}
