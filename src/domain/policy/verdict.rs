//! From a well-formed claim and a pack to a verdict: pure.

use chrono::NaiveDate;

use super::pack::Pack;
use crate::domain::defect::Defect;
use crate::domain::draft::ClaimDraft;
use crate::domain::formats::Uscc;
use crate::domain::money::Fen;
use crate::domain::reason::Reason;
use crate::domain::text::Text;
use crate::domain::time::Timestamp;

/// What a verdict depends on beside the pack.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The claim.
    pub draft: &'a ClaimDraft,
    /// The credit code of the dealer that files it.
    pub dealer_uscc: &'a Uscc,
    /// Whether that dealer is admitted to this programme and not suspended.
    pub dealer_participates: bool,
    /// When the claim is judged.
    pub at: Timestamp,
}

/// What the rules of a pack say about a claim, before anything that only the database knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluation {
    /// Facts that this pack needs and the claim lacks; with any of these the claim is malformed.
    pub defects: Vec<Defect>,
    /// Every reason of refusal that applies, in the order of `ReasonCode::ALL`.
    pub reasons: Vec<Reason>,
    /// The amount when nothing refuses it; zero when no amount can be computed.
    pub amount: Fen,
    /// How the amount was reckoned, for the consumer.
    pub explanation: Vec<ExplanationLine>,
    /// Papers that fall due once money is held.
    pub papers: Vec<PaperDue>,
    /// How many a person may have.
    pub unit_limit: Option<UnitLimit>,
    /// Groups of programmes from which a person may draw only once.
    pub person_groups: Vec<String>,
    /// Register look-ups that may refuse the claim.
    pub registers: Vec<RegisterCheck>,
    /// The largest share of the pool that one dealer may hold, in hundredths of a percent.
    pub dealer_share_bp: Option<u32>,
    /// Whether a claim that finds the pool empty keeps a place in line.
    pub waitlist: bool,
}

/// A sentence of the explanation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplanationLine {
    /// The rule's stable name, such as `amount.tier`.
    pub rule: &'static str,
    /// The sentence.
    pub text: Text,
    /// Document and clause.
    pub basis: String,
}

/// A paper and the days in which it must come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperDue {
    /// The paper's word, such as `old_vehicle_transfer`.
    pub paper: String,
    /// Whole Beijing days after the day on which money was held.
    pub days: u32,
}

/// A limit of units for each person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitLimit {
    /// Programme, category and period in one word, such as
    /// `national-appliance-2025/air_conditioner/2025`: claims with the same scope count together.
    pub scope: String,
    /// How many.
    pub limit: u32,
    /// JSON pointer that a refusal names.
    pub field: &'static str,
}

/// Who or what is looked up in the register of national awards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RegisterSubject {
    /// The applicant, by number.
    Person,
    /// The old car, by VIN.
    OldVehicle,
    /// The new car, by VIN.
    NewVehicle,
}

/// The two awards that the national register knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AwardKind {
    /// For scrapping an old car.
    Scrappage,
    /// For replacing one.
    Replacement,
}

/// One look-up in the register of national awards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterCheck {
    /// By whom or what.
    pub subject: RegisterSubject,
    /// Which award excludes.
    pub award: AwardKind,
    /// Awards before this day do not count.
    pub awarded_from: Option<NaiveDate>,
}

/// Judges a claim by a pack.
pub fn evaluate(pack: &Pack, facts: &Facts<'_>) -> Evaluation {
    let _ = (pack, facts);
    Evaluation {
        defects: vec![],
        reasons: vec![],
        amount: Fen::ZERO,
        explanation: vec![],
        papers: vec![],
        unit_limit: None,
        person_groups: vec![],
        registers: vec![],
        dealer_share_bp: None,
        waitlist: true,
    }
}
