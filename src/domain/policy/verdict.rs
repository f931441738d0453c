//! From a well-formed claim and a pack to a verdict: pure.

use chrono::NaiveDate;
use rust_decimal::Decimal;

pub use super::explanation::ExplanationLine;

use super::explanation::Explanation;
use super::pack::{Pack, ProgrammeKind};
use super::rules::amount::{Found, Pays, Rate};
use super::rules::dealers::DealerCaps;
use super::rules::queue::OnExhaustion;
use crate::domain::defect::{Defect, DefectCode};
use crate::domain::draft::{
    ClaimDraft, Consumer, Goods, GoodsKind, Invoice, NewItem, NewVehicle, OldAppliance, OldItem,
    OldVehicle,
};
use crate::domain::formats::Uscc;
use crate::domain::money::Fen;
use crate::domain::reason::{Reason, ReasonCode};
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
    /// What one dealer may hold of the pool, and how fast it may file.
    pub dealer_caps: DealerCaps,
    /// Whether a claim that finds the pool empty keeps a place in line.
    pub waitlist: bool,
}

/// The word of the invoice among the papers that are due.
pub const INVOICE: &str = "invoice";

/// A paper and the days in which it must come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperDue {
    /// The paper's word, such as `old_vehicle_transfer`.
    pub paper: String,
    /// Whole Beijing days after the day on which money was held.
    pub days: u32,
    /// A last day in Beijing that `days` does not extend.
    pub not_after: Option<NaiveDate>,
}

impl PaperDue {
    /// The instant before which the paper must have come when money was held at `held`.
    pub fn deadline(&self, held: Timestamp) -> Timestamp {
        let days = held.end_of_day_after(self.days);
        self.not_after
            .map_or(days, |last| days.min(Timestamp::end_of_beijing_day(last)))
    }
}

/// A limit of units for each person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitLimit {
    /// Programme, category and period in one word, such as
    /// `national-appliance-2025/air_conditioner/all`: claims with the same scope count together.
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

impl AwardKind {
    /// The word in the register and in packs.
    pub const fn as_str(self) -> &'static str {
        match self {
            AwardKind::Scrappage => "scrappage",
            AwardKind::Replacement => "replacement",
        }
    }

    /// The reason that refuses who already drew this award.
    pub const fn reason(self) -> ReasonCode {
        match self {
            AwardKind::Scrappage => ReasonCode::AlreadyHadScrappage,
            AwardKind::Replacement => ReasonCode::AlreadyHadReplacement,
        }
    }

    /// The words of packs and of the register's files.
    pub const WORDS: &'static [(&'static str, AwardKind)] = &[
        ("scrappage", AwardKind::Scrappage),
        ("replacement", AwardKind::Replacement),
    ];
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

/// A claim as the rules of one pack see it: items of another kind than the programme's are absent.
pub(super) struct Claim<'a> {
    facts: &'a Facts<'a>,
    kind: ProgrammeKind,
}

impl<'a> Claim<'a> {
    pub(super) fn facts(&self) -> &'a Facts<'a> {
        self.facts
    }

    pub(super) fn consumer(&self) -> &'a Consumer {
        &self.facts.draft.consumer
    }

    pub(super) fn invoice(&self) -> Option<&'a Invoice> {
        self.facts.draft.invoice.as_ref()
    }

    pub(super) fn new_vehicle(&self) -> Option<&'a NewVehicle> {
        match &self.facts.draft.new_item {
            NewItem::Vehicle(vehicle) if self.kind == ProgrammeKind::Vehicle => Some(vehicle),
            _ => None,
        }
    }

    pub(super) fn goods(&self) -> Option<&'a Goods> {
        match &self.facts.draft.new_item {
            NewItem::Goods(goods) => {
                let kind = match goods.kind {
                    GoodsKind::Appliance => ProgrammeKind::Appliance,
                    GoodsKind::Digital => ProgrammeKind::Digital,
                    GoodsKind::Home => ProgrammeKind::Home,
                };
                (kind == self.kind).then_some(goods)
            }
            NewItem::Vehicle(_) => None,
        }
    }

    pub(super) fn old_vehicle(&self) -> Option<&'a OldVehicle> {
        match &self.facts.draft.old_item {
            Some(OldItem::Vehicle(old)) if self.kind == ProgrammeKind::Vehicle => Some(old),
            _ => None,
        }
    }

    pub(super) fn old_appliance(&self) -> Option<&'a OldAppliance> {
        match &self.facts.draft.old_item {
            Some(OldItem::Appliance(old)) if self.kind != ProgrammeKind::Vehicle => Some(old),
            _ => None,
        }
    }
}

/// What the rules found.
#[derive(Default)]
pub(super) struct Findings {
    defects: Vec<Defect>,
    reasons: Vec<Reason>,
}

impl Findings {
    /// A reason of refusal; the first field that gives it is the one that is named.
    pub(super) fn refuse(&mut self, code: ReasonCode, field: &str) {
        if !self.reasons.iter().any(|reason| reason.code == code) {
            self.reasons.push(Reason::new(code, field));
        }
    }

    /// A fact that the pack needs and the claim lacks.
    pub(super) fn lacks(&mut self, field: &str, code: DefectCode) {
        self.defects.push(Defect::new(field, code));
    }

    fn has(&self, code: ReasonCode) -> bool {
        self.reasons.iter().any(|reason| reason.code == code)
    }
}

/// Judges a claim by a pack.
pub fn evaluate(pack: &Pack, facts: &Facts<'_>) -> Evaluation {
    let claim = Claim {
        facts,
        kind: pack.kind,
    };
    let mut findings = Findings::default();
    if claim.new_vehicle().is_none() && claim.goods().is_none() {
        findings.refuse(ReasonCode::CategoryNotCovered, "/new_item/kind");
    }
    let opening = pack.rules.counter_opening.as_ref();
    if claim.invoice().is_none() && opening.is_none() {
        findings.lacks("/invoice", DefectCode::Required);
    }
    pack.rules.judge(&claim, &mut findings);
    let (amount, explanation) = reckon(pack, &claim, &mut findings);
    findings.reasons.sort_by_key(|reason| reason.code);
    let rules = &pack.rules;
    let exclusive = || rules.exclusive.iter().map(|rule| &rule.terms);
    Evaluation {
        defects: findings.defects,
        reasons: findings.reasons,
        amount,
        explanation,
        papers: papers_due(pack, claim.invoice().is_none()),
        unit_limit: rules
            .units
            .as_ref()
            .map(|rule| rule.terms.for_claim(&pack.id.0, &claim)),
        person_groups: exclusive().filter_map(|e| e.group.clone()).collect(),
        registers: exclusive().flat_map(|e| e.checks()).collect(),
        dealer_caps: rules
            .dealers
            .as_ref()
            .map(|d| d.terms.caps())
            .unwrap_or_default(),
        waitlist: rules
            .queue
            .as_ref()
            .is_none_or(|q| q.terms.on_exhaustion == OnExhaustion::Waitlist),
    }
}

/// The papers that fall due once money is held; a claim that was opened at the counter owes
/// its invoice, too.
pub fn papers_due(pack: &Pack, invoice_due: bool) -> Vec<PaperDue> {
    let mut papers: Vec<PaperDue> = pack
        .rules
        .paper
        .iter()
        .map(|rule| PaperDue {
            paper: rule.terms.name.clone(),
            days: rule.terms.days,
            not_after: rule.terms.not_after,
        })
        .collect();
    if let (true, Some(opening)) = (invoice_due, &pack.rules.counter_opening) {
        papers.push(PaperDue {
            paper: INVOICE.to_owned(),
            days: opening.terms.invoice_days,
            not_after: None,
        });
    }
    papers
}

/// The amount with its explanation; zero and none when it cannot be told.
fn reckon(pack: &Pack, claim: &Claim<'_>, findings: &mut Findings) -> (Fen, Vec<ExplanationLine>) {
    let none = (Fen::ZERO, Vec::new());
    if findings.has(ReasonCode::CategoryNotCovered) || findings.has(ReasonCode::FuelNotCovered) {
        return none;
    }
    let rate = match pack.amount.terms.rate(claim) {
        Some(Found::Rate(rate)) => rate,
        Some(Found::Refused(code, field)) => {
            findings.refuse(code, field);
            return none;
        }
        Some(Found::LevelMissing) => {
            findings.lacks("/new_item/energy_level", DefectCode::Required);
            return none;
        }
        None => return none,
    };
    let mut explanation = Explanation::new(&pack.amount.basis);
    let Some(invoice) = claim.invoice() else {
        let amount = most(pack, rate);
        explanation.most(rate, amount);
        return (amount, explanation.into_lines());
    };
    let Some(amount) = for_price(pack, rate, invoice, findings, &mut explanation) else {
        return none;
    };
    if findings.has(ReasonCode::PriceBelowFloor) || findings.has(ReasonCode::PriceAboveCeiling) {
        return none;
    }
    if pack.amount.terms.till_discount {
        match invoice.total.checked_sub(amount) {
            Some(paid) if paid == invoice.paid => explanation.till(amount, paid),
            _ => findings.refuse(ReasonCode::PaidMismatch, "/invoice/paid"),
        }
    }
    (amount, explanation.into_lines())
}

/// The amount for an invoice; none when its price is out of range, which is then noted.
fn for_price(
    pack: &Pack,
    rate: &Rate,
    invoice: &Invoice,
    findings: &mut Findings,
    explanation: &mut Explanation<'_>,
) -> Option<Fen> {
    let terms = &pack.amount.terms;
    let price = terms.price_of(invoice);
    let mut amount = match &rate.pays {
        Pays::Fixed(amount) => {
            explanation.fixed(rate, *amount);
            *amount
        }
        Pays::Tiers(tiers) => {
            let above = |fen: Fen| price >= Decimal::from(fen.fen());
            let Some(tier) = tiers.iter().rev().find(|tier| above(tier.from)) else {
                findings.refuse(ReasonCode::PriceBelowFloor, "/invoice/total");
                return None;
            };
            if tier.below.is_some_and(above) {
                findings.refuse(ReasonCode::PriceAboveCeiling, "/invoice/total");
                return None;
            }
            explanation.tier(rate, terms.price, price, tier);
            tier.amount
        }
        Pays::Percent(percent) => {
            let exact = price * *percent / Decimal::ONE_HUNDRED;
            let amount = terms.rounding.round(exact)?;
            explanation.percent(rate, terms.price, price, *percent, exact);
            if Decimal::from(amount.fen()) != exact {
                explanation.rounding(terms.rounding, amount);
            }
            amount
        }
    };
    if let Some(cap) = terms.cap_for(rate).filter(|cap| amount > *cap) {
        explanation.cap(cap);
        amount = cap;
    }
    if let Some(floor) = terms.floor.filter(|floor| amount < *floor) {
        explanation.floor(floor);
        amount = floor;
    }
    if amount == Fen::ZERO {
        // A share that rounds to nothing: such a price is lower than any that is covered.
        findings.refuse(ReasonCode::PriceBelowFloor, "/invoice/total");
        return None;
    }
    Some(amount)
}

/// The most that the pack can pay for an item of this rate.
fn most(pack: &Pack, rate: &Rate) -> Fen {
    let terms = &pack.amount.terms;
    let ceiling = pack.rules.price.as_ref().and_then(|p| p.terms.ceiling);
    let reckoned = match (&rate.pays, ceiling) {
        (Pays::Percent(percent), Some(ceiling)) => terms
            .rounding
            .round(terms.price_of_total(ceiling) * *percent / Decimal::ONE_HUNDRED),
        _ => rate.most(),
    };
    let most = match (reckoned, terms.cap_for(rate)) {
        (Some(a), Some(b)) => a.min(b),
        (a, b) => a.or(b).unwrap_or(Fen::ZERO),
    };
    terms.floor.map_or(most, |floor| most.max(floor))
}
