//! Everything about a claim that needs no lock: verdict of the rules, keyed hashes, sealing.

use std::borrow::Cow;
use std::sync::Arc;

use chrono::NaiveDate;
use serde_json::value::RawValue;

use super::fold::papers_from;
use crate::catalogue::{Catalogue, Dealer, Published};
use crate::domain::claim::ClaimState;
use crate::domain::defect::{Defect, DefectCode};
use crate::domain::draft::{ClaimDraft, NewItem, OldItem};
use crate::domain::ids::{ClaimId, PoolId};
use crate::domain::intake::Intake;
use crate::domain::policy::rules::dealers::DealerCaps;
use crate::domain::policy::rules::queue::QueueBy;
use crate::domain::policy::verdict::{PaperDue, RegisterSubject};
use crate::domain::policy::{Evaluation, Facts, evaluate};
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::text::Lang;
use crate::domain::time::Timestamp;
use crate::storage::batch::{KeyHash, Probe};
use crate::vault::{Vault, claim_aad};

/// The content of a claim, sealed once.
#[derive(Debug)]
pub struct SealedContent {
    /// Ciphertext.
    pub sealed: Vec<u8>,
    /// Keyed MAC of the plain content: proves it unchanged, also after re-sealing.
    pub mac: [u8; 32],
    /// Keyed hash of the content: two requests are the same when it is the same.
    pub fingerprint: KeyHash,
    /// Opens the public commitment to the claim.
    pub nonce: [u8; 16],
    /// Keyed hash of the applicant's number.
    pub person: KeyHash,
}

/// Seals a claim's content.
///
/// # Errors
/// When the system has no randomness or the draft cannot be serialised: neither can be
/// mended by the caller.
pub fn seal(vault: &Vault, id: ClaimId, draft: &ClaimDraft) -> Result<SealedContent, SealError> {
    let content = serde_json::to_vec(draft).map_err(|_| SealError)?;
    let mut nonce = [0; 16];
    aws_lc_rs::rand::fill(&mut nonce).map_err(|_| SealError)?;
    let mac = vault.mac("content", &content);
    let mut fingerprint = [0; 16];
    fingerprint.copy_from_slice(&mac[..16]);
    Ok(SealedContent {
        sealed: vault.seal(&claim_aad(id), &content),
        mac,
        fingerprint,
        nonce,
        person: person_hash(vault, draft.consumer.id_number.as_str()),
    })
}

/// A claim could not be sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the claim could not be sealed")]
pub struct SealError;

/// The keyed hash by which a person is found.
pub fn person_hash(vault: &Vault, id_number: &str) -> KeyHash {
    vault.keyed_hash("person", &[id_number])
}

/// The keyed hash by which a car is found among national awards.
pub fn award_vin_hash(vault: &Vault, vin: &str) -> KeyHash {
    vault.keyed_hash("award_vin", &[vin])
}

/// The key by which a claim holds an invoice.
pub fn invoice_key_hash(vault: &Vault, number: &str) -> KeyHash {
    vault.keyed_hash("invoice", &[number])
}

/// The keyed hash that keeps a car in one live claim, by the part it plays: a car bought
/// with one subsidy may years later be traded in for another.
pub fn vin_key_hash(vault: &Vault, kind: VinKey, vin: &str) -> KeyHash {
    vault.keyed_hash(kind.as_str(), &[vin])
}

/// The part that a car plays in a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VinKey {
    /// It is given up.
    Old,
    /// It is bought.
    New,
}

impl VinKey {
    /// The kind's word in `claim_keys`.
    pub const fn as_str(self) -> &'static str {
        match self {
            VinKey::Old => "vin_old",
            VinKey::New => "vin_new",
        }
    }
}

/// The kind of a key that as many claims may hold as a pack says. All others only one may.
const UNIT: &str = "unit";

/// A key that the claim wants to hold, and what is said when it cannot.
#[derive(Debug, Clone)]
pub struct KeyAsk {
    /// The kind's word in `claim_keys`.
    pub kind: &'static str,
    /// The hash.
    pub hash: KeyHash,
    /// How many live claims may hold it.
    pub limit: i64,
    /// The refusal.
    pub refusal: KeyRefusal,
    /// The field that the refusal names.
    pub field: Cow<'static, str>,
}

/// What is said when a key is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyRefusal {
    /// This reason.
    Reason(ReasonCode),
    /// The award that the holder's programme gives; nothing when the holder is the same
    /// programme, whose own limit speaks for itself.
    HolderAward,
}

/// A look-up among national awards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterAsk {
    /// Keyed hash of the person or VIN.
    pub hash: KeyHash,
    /// Whether it is a person's.
    pub person: bool,
    /// The award's word.
    pub award: &'static str,
    /// Earlier awards (`YYYY-MM-DD`) do not count.
    pub from: Option<String>,
    /// The refusal.
    pub reason: ReasonCode,
    /// The field that the refusal names.
    pub field: &'static str,
}

impl RegisterAsk {
    /// Whether an award of this kind and day (`YYYY-MM-DD`) refuses.
    pub fn is_met_by(&self, kind: &str, awarded_on: &str) -> bool {
        let from = self.from.as_deref();
        kind == self.award && from.is_none_or(|from| awarded_on >= from)
    }
}

/// A claim judged by one snapshot of the catalogue.
#[derive(Debug)]
pub struct Judged {
    /// Which snapshot.
    pub catalogue_version: i64,
    /// The day in China on which it was judged: limits may count by it.
    pub day: NaiveDate,
    /// The pool that serves the programme, or the one for refusals.
    pub pool: PoolId,
    /// The pack version.
    pub published: Arc<Published>,
    /// Reasons that need no database.
    pub reasons: Vec<Reason>,
    /// Fen, also when refused.
    pub amount: i64,
    /// Keys that it would hold.
    pub keys: Vec<KeyAsk>,
    /// Register look-ups.
    pub registers: Vec<RegisterAsk>,
    /// Papers due once money is held.
    pub papers: Vec<PaperDue>,
    /// The explanation as JSON, in the caller's language.
    pub explanation: Box<RawValue>,
    /// What one dealer may hold of the pool, and how fast it may file.
    pub dealer_caps: DealerCaps,
    /// Whether it waits when the pool is empty.
    pub waitlist: bool,
}

impl Judged {
    /// Whether the claim gets its place only when its papers are there.
    pub fn place_by_papers(&self) -> bool {
        self.published.pack.queue_by() == QueueBy::Complete && !self.papers.is_empty()
    }

    /// When the claim lapses unless papers come, where any are due in this state.
    pub fn deadline(&self, state: ClaimState, at: Timestamp) -> Option<Timestamp> {
        let from = papers_from(state, at)?;
        self.papers.iter().map(|p| p.deadline(from)).min()
    }

    /// Adds what this claim asks of the database, but for its dealer's share.
    pub fn ask(&self, probe: &mut Probe) {
        probe.keys.extend(self.keys.iter().map(|k| k.hash));
        let units = self.keys.iter().filter(|k| k.kind == UNIT);
        probe.units.extend(units.map(|k| k.hash));
        for ask in &self.registers {
            let side = if ask.person {
                &mut probe.persons
            } else {
                &mut probe.vins
            };
            side.push(ask.hash);
        }
    }
}

/// Judges a claim.
///
/// # Errors
/// Defects that show only beside the pack: an unknown programme, a fact the pack needs.
pub fn judge(
    vault: &Vault,
    catalogue: &Catalogue,
    dealer: &Dealer,
    intake: &Intake,
    at: Timestamp,
    lang: Lang,
) -> Result<Judged, Vec<Defect>> {
    let draft = &intake.draft;
    let unknown = || vec![Defect::new("/programme", DefectCode::UnknownProgramme)];
    let published = catalogue
        .published(&draft.programme.0, at)
        .ok_or_else(unknown)?;
    let pool = catalogue.pool_for(&draft.programme).ok_or_else(unknown)?;
    let mut judged = judge_by(
        vault,
        catalogue.version,
        published,
        pool,
        dealer,
        draft,
        at,
        lang,
    )?;
    let reasons = &mut judged.reasons;
    if !catalogue.is_served(&draft.programme) || published.effective > at {
        reasons.push(Reason::new(ReasonCode::ProgrammeNotOpen, "/programme"));
    }
    // A suspended dealer files nothing new, also where a programme needs no list.
    if !dealer.active
        && reasons
            .iter()
            .all(|r| r.code != ReasonCode::DealerNotParticipating)
    {
        reasons.push(Reason::new(ReasonCode::DealerNotParticipating, ""));
    }
    Ok(judged)
}

/// Judges what a claim says by one version of a pack.
///
/// # Errors
/// Facts that the pack needs and the claim lacks.
#[expect(
    clippy::too_many_arguments,
    reason = "a verdict is a function of all of these"
)]
pub fn judge_by(
    vault: &Vault,
    catalogue_version: i64,
    published: &Arc<Published>,
    pool: PoolId,
    dealer: &Dealer,
    draft: &ClaimDraft,
    at: Timestamp,
    lang: Lang,
) -> Result<Judged, Vec<Defect>> {
    let facts = Facts {
        draft,
        dealer_uscc: &dealer.uscc,
        dealer_participates: dealer.active && dealer.programmes.contains(&draft.programme.0),
        at,
    };
    let evaluation = evaluate(&published.pack, &facts);
    if !evaluation.defects.is_empty() {
        return Err(evaluation.defects);
    }
    Ok(Judged {
        catalogue_version,
        day: at.beijing_day(),
        pool,
        keys: key_asks(vault, draft, &evaluation),
        registers: register_asks(vault, draft, &evaluation),
        explanation: super::answer::explanation(&evaluation.explanation, lang),
        published: published.clone(),
        reasons: evaluation.reasons,
        amount: evaluation.amount.fen(),
        papers: evaluation.papers,
        dealer_caps: evaluation.dealer_caps,
        waitlist: evaluation.waitlist,
    })
}

/// The keys of a claim: law 5, and the limits of the pack.
fn key_asks(vault: &Vault, draft: &ClaimDraft, evaluation: &Evaluation) -> Vec<KeyAsk> {
    let asset = |kind: &'static str, hash: KeyHash, field: Cow<'static, str>| KeyAsk {
        kind,
        hash,
        limit: 1,
        refusal: KeyRefusal::Reason(ReasonCode::AssetAlreadyClaimed),
        field,
    };
    let mut keys = Vec::with_capacity(6);
    if let Some(OldItem::Vehicle(old)) = &draft.old_item {
        let hash = vin_key_hash(vault, VinKey::Old, old.vin.as_str());
        keys.push(asset(
            VinKey::Old.as_str(),
            hash,
            Cow::Borrowed("/old_item/vin"),
        ));
    }
    match &draft.new_item {
        NewItem::Vehicle(new) => {
            let hash = vin_key_hash(vault, VinKey::New, new.vin.as_str());
            keys.push(asset(
                VinKey::New.as_str(),
                hash,
                Cow::Borrowed("/new_item/vin"),
            ));
        }
        NewItem::Goods(goods) => {
            let hash = vault.keyed_hash("serial", &[goods.serial.as_str()]);
            keys.push(asset("serial", hash, Cow::Borrowed("/new_item/serial")));
            for (i, imei) in goods.imei.iter().enumerate() {
                let hash = vault.keyed_hash("imei", &[imei.as_str()]);
                keys.push(asset(
                    "imei",
                    hash,
                    Cow::Owned(format!("/new_item/imei/{i}")),
                ));
            }
        }
    }
    if let Some(invoice) = &draft.invoice {
        keys.push(KeyAsk {
            kind: "invoice",
            hash: invoice_key_hash(vault, invoice.number.as_str()),
            limit: 1,
            refusal: KeyRefusal::Reason(ReasonCode::InvoiceAlreadyClaimed),
            field: Cow::Borrowed("/invoice/number"),
        });
    }
    let person = draft.consumer.id_number.as_str();
    if let Some(limit) = &evaluation.unit_limit {
        keys.push(KeyAsk {
            kind: UNIT,
            hash: vault.keyed_hash("unit", &[&limit.scope, person]),
            limit: limit.limit.into(),
            refusal: KeyRefusal::Reason(ReasonCode::UnitLimitReached),
            field: Cow::Borrowed(limit.field),
        });
    }
    for group in &evaluation.person_groups {
        keys.push(KeyAsk {
            kind: "group",
            hash: vault.keyed_hash("group", &[group, person]),
            limit: 1,
            refusal: KeyRefusal::HolderAward,
            field: Cow::Borrowed("/consumer/id_number"),
        });
    }
    keys
}

/// The register look-ups of a claim.
pub fn register_asks(
    vault: &Vault,
    draft: &ClaimDraft,
    evaluation: &Evaluation,
) -> Vec<RegisterAsk> {
    let mut asks = Vec::new();
    for check in &evaluation.registers {
        let subject = match (check.subject, &draft.old_item, &draft.new_item) {
            (RegisterSubject::Person, _, _) => Some((
                person_hash(vault, draft.consumer.id_number.as_str()),
                "/consumer/id_number",
            )),
            (RegisterSubject::OldVehicle, Some(OldItem::Vehicle(old)), _) => {
                Some((award_vin_hash(vault, old.vin.as_str()), "/old_item/vin"))
            }
            (RegisterSubject::NewVehicle, _, NewItem::Vehicle(new)) => {
                Some((award_vin_hash(vault, new.vin.as_str()), "/new_item/vin"))
            }
            _ => None,
        };
        if let Some((hash, field)) = subject {
            asks.push(RegisterAsk {
                hash,
                person: check.subject == RegisterSubject::Person,
                award: check.award.as_str(),
                from: check.awarded_from.map(|day| day.to_string()),
                reason: check.award.reason(),
                field,
            });
        }
    }
    asks
}
