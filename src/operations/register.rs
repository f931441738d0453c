//! The register of national awards: importing it, and what a late import finds.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use aws_lc_rs::digest;

use crate::admission::judge::{
    RegisterAsk, VinKey, award_vin_hash, person_hash, register_asks, vin_key_hash,
};
use crate::clock;
use crate::domain::claim::ClaimState;
use crate::domain::formats::{IdNumber, Vin};
use crate::domain::ids::{ClaimId, PoolId};
use crate::domain::policy::verdict::AwardKind;
use crate::domain::reason::ReasonCode;
use crate::domain::time::Timestamp;
use crate::journal::entry::EntryKind;
use crate::ledger::Ledger;
use crate::operations::claims::{evaluated, open};
use crate::operations::denial::Ended;
use crate::operations::register_file::{ImportError, LineProblem, day, read};
use crate::operations::scene::{By, Scene};
use crate::operations::{Engine, OperationError, clawback, flags, pools};
use crate::storage::awards::NewAward;
use crate::storage::claims::StoredClaim;
use crate::storage::{
    Db, StorageError, awards as register, claim_flags, claim_keys, claims, journal, pools as rows,
};

const COLUMNS: &str = "kind,id_number,vin,awarded_on";

/// Awards written in one statement.
const CHUNK: usize = 2_000;

/// Where a flag comes from.
const SOURCE: &str = "register import";

/// Keys looked up in one statement, below the least limit of parameters.
const LOOKUP: usize = 500;

/// What came of an import.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Imported {
    /// Lines with awards.
    pub lines: usize,
    /// Awards that were not known before.
    pub new: usize,
    /// Live claims flagged for review.
    pub flagged: usize,
    /// Whether this very file had been imported before.
    pub repeated: bool,
}

/// Imports a file (columns `kind,id_number,vin,awarded_on`), all or nothing. `progress` is
/// told how many lines are done.
///
/// # Errors
/// [`ImportError`].
pub fn import(
    engine: &Engine,
    conn: &mut Db,
    file: &[u8],
    progress: &mut dyn FnMut(usize),
) -> Result<Imported, ImportError> {
    let awards = read(file, COLUMNS, |record| award(engine, record))?;
    let digest = digest::digest(&digest::SHA256, file).as_ref().to_vec();
    conn.write(|conn| {
        if let Some(lines) = register::find_import(conn, &digest)? {
            let lines = usize::try_from(lines).unwrap_or(0);
            return Ok(Imported {
                lines,
                new: 0,
                flagged: 0,
                repeated: true,
            });
        }
        let id = clock::new_uuid();
        // What earlier files said was shown to people then, and they may have cleared it.
        let mut new = Vec::new();
        for (i, chunk) in awards.chunks(CHUNK).enumerate() {
            let rows: Vec<NewAward> = chunk.iter().map(|a| a.row.clone()).collect();
            let added = register::insert_awards(conn, &rows, id.as_bytes())?;
            new.extend(chunk.iter().zip(added).filter(|(_, n)| *n).map(|(a, _)| a));
            progress(i * CHUNK + chunk.len());
        }
        let (flagged, at) = flag_live_claims(engine, conn, &new, id.as_bytes())?;
        let lines = i64::try_from(awards.len()).unwrap_or(i64::MAX);
        register::insert_import(conn, id.as_bytes(), &digest, lines, at)?;
        Ok(Imported {
            lines: awards.len(),
            new: new.len(),
            flagged,
            repeated: false,
        })
    })
}

struct Award {
    row: NewAward,
    old_key: [u8; 16],
    new_key: [u8; 16],
}

fn award(engine: &Engine, record: &csv::StringRecord) -> Result<Award, LineProblem> {
    let field = |i: usize| record.get(i).unwrap_or_default();
    let kind = match field(0) {
        "scrappage" => AwardKind::Scrappage.as_str(),
        "replacement" => AwardKind::Replacement.as_str(),
        _ => return Err(LineProblem::Kind),
    };
    let today = clock::now().beijing_day();
    let person = IdNumber::parse(field(1), today).map_err(|_| LineProblem::IdNumber)?;
    let vin = Vin::parse(field(2)).map_err(|_| LineProblem::Vin)?;
    let awarded_on = day(field(3), "awarded_on")?;
    let vault = &engine.keys.vault;
    Ok(Award {
        row: NewAward {
            person: person_hash(vault, person.as_str()),
            vin: award_vin_hash(vault, vin.as_str()),
            kind,
            awarded_on,
        },
        old_key: vin_key_hash(vault, VinKey::Old, vin.as_str()),
        new_key: vin_key_hash(vault, VinKey::New, vin.as_str()),
    })
}

/// Flags live claims that these awards, new in this import, would have refused. The claims keep
/// their state, place and money: people decide.
///
/// The search is long and holds no pool's lock. Then every pool is locked, and the claims of
/// which its journal tells since the search began are looked at again: whoever was accepted
/// before is found, and whoever comes afterwards is judged by the awards.
///
/// The awards of earlier files are left out: each claim that was there was held against them by
/// their import, and each that came since was judged by them.
///
/// Says how many were flagged, and when this was: under the locks of all pools, so that of a claim
/// that did not live then it can be told that these awards were not held against it.
fn flag_live_claims(
    engine: &Engine,
    conn: &mut Db,
    awards: &[&Award],
    import: &[u8],
) -> Result<(usize, Timestamp), OperationError> {
    let heads: HashMap<PoolId, i64> = rows::all(conn)?
        .iter()
        .map(|p| (p.id, p.head_seq))
        .collect();
    let excluding = Excluding::of(awards);
    let mut hits = BTreeSet::new();
    let mut found = claims::live_of_import(conn, import)?;
    for chunk in awards.chunks(LOOKUP) {
        let keys: Vec<[u8; 16]> = chunk.iter().flat_map(|a| [a.old_key, a.new_key]).collect();
        found.extend(claims::live_holders(conn, &keys)?);
    }
    for claim in &found {
        excluding.judge(engine, conn, claim, &mut hits)?;
    }
    let mut ledgers = lock_every_pool(conn)?;
    let at = ledgers.values().map(|l| l.at).max();
    let moved = moved_since(conn, &heads, &ledgers)?;
    hits.retain(|(_, claim, _)| !moved.contains(claim));
    let moved: Vec<ClaimId> = moved.into_iter().collect();
    for chunk in moved.chunks(LOOKUP) {
        for claim in claims::live_among(conn, chunk)? {
            if excluding.names(&claim) {
                excluding.judge(engine, conn, &claim, &mut hits)?;
            }
        }
    }
    let mut flagged = 0;
    for (pool, claim, code) in hits {
        let gone = || StorageError::Corrupt("the pool of a claim is gone".into());
        let ledger = ledgers.get_mut(&pool).ok_or_else(gone)?;
        flagged += usize::from(hit(conn, ledger, claim, code)?);
    }
    for ledger in ledgers.into_values().filter(|l| !l.entries.is_empty()) {
        journal::save(conn, &ledger.pool, ledger.entries, ledger.line)?;
    }
    Ok((flagged, at.unwrap_or_else(clock::now)))
}

/// The claims that were filed, or that anything happened to, since the pools stood at `heads`.
fn moved_since(
    conn: &mut Db,
    heads: &HashMap<PoolId, i64>,
    ledgers: &BTreeMap<PoolId, Ledger>,
) -> Result<BTreeSet<ClaimId>, StorageError> {
    let mut moved = BTreeSet::new();
    for (id, ledger) in ledgers {
        // A pool that was opened meanwhile is looked at whole.
        let head = heads.get(id).copied().unwrap_or(0);
        if ledger.pool.head_seq > head {
            moved.extend(journal::claims_after(conn, *id, head)?);
        }
    }
    Ok(moved)
}

/// A claim that an award hits, and the reason.
type Hit = (PoolId, ClaimId, &'static str);

/// In the order of their ids, so that two imports cannot wait for each other.
fn lock_every_pool(conn: &mut Db) -> Result<BTreeMap<PoolId, Ledger>, StorageError> {
    let mut ids: Vec<PoolId> = rows::all(conn)?.iter().map(|pool| pool.id).collect();
    ids.sort_unstable();
    let locked = ids.into_iter().map(|id| Ok((id, pools::lock(conn, id)?)));
    locked.collect()
}

/// The new awards of a file by whom and what they exclude.
struct Excluding<'a> {
    persons: HashMap<[u8; 16], Vec<&'a NewAward>>,
    vins: HashMap<[u8; 16], Vec<&'a NewAward>>,
    /// The keys of the cars, as claims hold them.
    keys: HashSet<[u8; 16]>,
}

impl<'a> Excluding<'a> {
    fn of(awards: &[&'a Award]) -> Self {
        let mut excluding = Self {
            persons: HashMap::new(),
            vins: HashMap::new(),
            keys: HashSet::new(),
        };
        for Award {
            row,
            old_key,
            new_key,
        } in awards
        {
            excluding.keys.extend([*old_key, *new_key]);
            excluding.persons.entry(row.person).or_default().push(row);
            excluding.vins.entry(row.vin).or_default().push(row);
        }
        excluding
    }

    /// Whether the claim is by a person or holds a car of the file; the claims of all others
    /// need not be opened.
    fn names(&self, claim: &StoredClaim) -> bool {
        let mut held = claim_keys::unpack(&claim.keys);
        self.persons.contains_key(&claim.person_hash)
            || held.any(|(key, _)| self.keys.contains(&key))
    }

    /// Opens a claim and adds the reasons for which these awards would have refused it.
    fn judge(
        &self,
        engine: &Engine,
        conn: &mut Db,
        claim: &StoredClaim,
        hits: &mut BTreeSet<Hit>,
    ) -> Result<(), OperationError> {
        let asks = asks_of(engine, conn, claim)?;
        let refused = asks.into_iter().filter(|ask| self.answers(ask));
        hits.extend(refused.map(|ask| (claim.pool, claim.id, ask.reason.as_str())));
        Ok(())
    }

    fn answers(&self, ask: &RegisterAsk) -> bool {
        let side = if ask.person {
            &self.persons
        } else {
            &self.vins
        };
        side.get(&ask.hash).is_some_and(|awards| {
            let mut awards = awards.iter();
            awards.any(|award| ask.is_met_by(award.kind, &award.awarded_on))
        })
    }
}

/// What a claim asks of the register.
///
/// # Errors
/// The database's; [`StorageError::Corrupt`] when the claim does not open.
pub fn asks_of(
    engine: &Engine,
    conn: &mut Db,
    claim: &StoredClaim,
) -> Result<Vec<RegisterAsk>, StorageError> {
    let draft = open(engine, claim)?;
    let (_, evaluation) = evaluated(engine, conn, claim, &draft)?;
    Ok(register_asks(&engine.keys.vault, &draft, &evaluation))
}

/// A late award hits a claim: it waits apart until people decide, and what was paid must come
/// back. `false` when an earlier file said the same.
fn hit(
    conn: &mut Db,
    ledger: &mut Ledger,
    id: ClaimId,
    code: &str,
) -> Result<bool, OperationError> {
    if !claim_flags::raise(conn, id, code, SOURCE, ledger.at)? {
        return Ok(false);
    }
    // As it stands now: another award of this file may have hit it before.
    let gone = || StorageError::Corrupt("a flagged claim is gone".into());
    let claim = claims::by_id(conn, id)?.ok_or_else(gone)?;
    let mut scene = Scene::on(conn, ledger, claim);
    let by = By::System;
    let mut done = flags::entry(&mut scene, EntryKind::Flagged, &by, code, SOURCE);
    if done.is_ok() && scene.claim.state == ClaimState::Paid {
        done = clawback::raise(&mut scene, &by, clawback::REGISTER);
    }
    done.map_err(|ended| match ended {
        Ended::Failed(error) => error,
        Ended::Act(error) => StorageError::Corrupt(error.to_string()).into(),
    })?;
    Ok(true)
}

/// Whether a flag says that the register of awards hit a claim.
pub fn is_award(code: &str) -> bool {
    [
        ReasonCode::AlreadyHadScrappage,
        ReasonCode::AlreadyHadReplacement,
    ]
    .iter()
    .any(|award| award.as_str() == code)
}
