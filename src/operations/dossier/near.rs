//! Claims that look like one: of the same person, or that name the same vehicle, article or
//! invoice.
//!
//! Those that stand are found by their keys, whoever filed them; so are those whose things stay
//! taken. A claim that ended otherwise has given its keys back. It is found by its person, whoever
//! filed it. Who tries again under another name is found by no index: of those the last claims of
//! the same dealer are looked through, where a second try is most likely.

use std::collections::BTreeMap;

use crate::admission::judge::{judge_by, person_hash};
use crate::domain::ids::ClaimId;
use crate::domain::text::Lang;
use crate::operations::Engine;
use crate::operations::claim_lists::{Listed, listed};
use crate::operations::claims::{open, versions_and_dealer};
use crate::storage::batch::KeyHash;
use crate::storage::claims::StoredClaim;
use crate::storage::{Db, StorageError, claim_briefs, claim_keys, claim_persons};

/// So many of the last claims of the same dealer are looked through.
pub const SAME_DEALER: i64 = 1_000;
/// So many claims of the same person are looked at, in the order of filing.
const SAME_PERSON: i64 = 200;
/// So many entries of each journal are looked through for claims that no index of persons has yet.
const TAIL: i64 = 5_000;
/// So many near claims are shown.
const MOST: usize = 20;

/// What two claims have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shared {
    /// The vehicle that is given up.
    OldVehicle,
    /// The vehicle that was bought.
    NewVehicle,
    /// The article.
    Article,
    /// The invoice.
    Invoice,
    /// The applicant.
    Person,
}

impl Shared {
    fn of_kind(kind: &str) -> Self {
        match kind {
            "vin_old" => Shared::OldVehicle,
            "vin_new" => Shared::NewVehicle,
            "invoice" => Shared::Invoice,
            "unit" | "group" => Shared::Person,
            _ => Shared::Article,
        }
    }
}

/// A claim that looks like another.
#[derive(Debug, Clone)]
pub struct Near {
    /// The claim.
    pub claim: Listed,
    /// What they have in common.
    pub shared: Vec<Shared>,
}

pub(super) fn find(
    engine: &Engine,
    conn: &mut Db,
    claim: &StoredClaim,
    lang: Lang,
) -> Result<Vec<Near>, StorageError> {
    let vault = &engine.keys.vault;
    let draft = open(engine, claim)?;
    let person = person_hash(vault, draft.consumer.id_number.as_str());
    let kinds = kinds(engine, conn, claim)?;
    let hashes: Vec<KeyHash> = kinds.keys().copied().collect();
    let mut near: BTreeMap<ClaimId, Vec<Shared>> = BTreeMap::new();
    for holder in claim_keys::holders(conn, &hashes)? {
        let shared = near.entry(holder.claim).or_default();
        shared.extend(kinds.get(&holder.hash));
    }
    for marks in claim_briefs::marks_of_dealer(conn, claim.dealer, SAME_DEALER)? {
        let alike: Vec<Shared> = claim_keys::unpack(&marks.keys)
            .filter_map(|(hash, _)| kinds.get(&hash).copied())
            .chain((marks.person == person).then_some(Shared::Person))
            .collect();
        if !alike.is_empty() {
            near.entry(marks.id).or_default().extend(alike);
        }
    }
    for theirs in claim_persons::of_person(conn, &person, SAME_PERSON, TAIL)?.claims {
        let alike = claim_keys::unpack(&theirs.keys);
        let alike = alike.filter_map(|(hash, _)| kinds.get(&hash).copied());
        let shared = near.entry(theirs.id).or_default();
        shared.extend(alike.chain([Shared::Person]));
    }
    near.remove(&claim.id);
    let ids: Vec<ClaimId> = near.keys().rev().take(MOST).copied().collect();
    let mut rows = claim_briefs::among(conn, &ids)?;
    rows.sort_by_key(|row| std::cmp::Reverse(row.id));
    let shown = listed(engine, conn, rows, lang)?.into_iter();
    Ok(shown
        .map(|claim| {
            let mut shared = near.remove(&claim.id).unwrap_or_default();
            shared.sort_unstable();
            shared.dedup();
            Near { claim, shared }
        })
        .collect())
}

/// The keys that the claim would hold, and what each stands for.
fn kinds(
    engine: &Engine,
    conn: &mut Db,
    claim: &StoredClaim,
) -> Result<BTreeMap<KeyHash, Shared>, StorageError> {
    let draft = open(engine, claim)?;
    let (published, dealer) = versions_and_dealer(engine, conn, claim)?;
    let judged = judge_by(
        &engine.keys.vault,
        engine.catalogue.current().version,
        &published,
        claim.pool,
        &dealer,
        &draft,
        claim.submitted,
        Lang::default(),
    );
    // A claim that was taken has the facts that its pack needs; else it has no keys.
    let keys = judged.map(|judged| judged.keys).unwrap_or_default();
    let kind = |key: &crate::admission::judge::KeyAsk| (key.hash, Shared::of_kind(key.kind));
    Ok(keys.iter().map(kind).collect())
}
