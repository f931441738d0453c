//! Screening: what is odd about an accepted claim beside all others. A finding holds a claim or is
//! noted for its reviewer, always with a reason; it never refuses, and it moves no money.
//!
//! Pure: what other claims and dealers did is delivered as [`Facts`], so a finding can be made again
//! from them.

mod baseline;
mod model_year;
mod night;
mod ownership;
mod shared;
mod speed;
mod thresholds;
mod tier;
mod void;

use chrono::NaiveDate;

use super::ids::ClaimId;
use super::money::Fen;
use super::text::Text;
use super::time::Timestamp;

pub use self::night::is_night;
pub use self::thresholds::Thresholds;
pub use self::tier::{band, near};
pub use self::void::finding as voided;

/// What every code of screening begins with.
pub const PREFIX: &str = "screening_";

macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => {
        /// A rule of screening.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Rule {
            $($(#[$doc])* $name,)*
        }

        impl Rule {
            /// Every rule.
            pub const ALL: &'static [Rule] = &[$(Rule::$name),*];

            /// The stable code; flags carry it.
            pub const fn code(self) -> &'static str {
                match self { $(Rule::$name => $code),* }
            }
        }
    };
}

rules! {
    /// One telephone for many persons.
    Telephone = "screening_shared_telephone";
    /// One bank account for many persons.
    Account = "screening_shared_account";
    /// A dealer files faster than people can.
    Speed = "screening_speed";
    /// A dealer's prices lie just above a tier.
    Tier = "screening_price_tier";
    /// A price above the dealer's own.
    Baseline = "screening_price_raised";
    /// A dealer files at night.
    Night = "screening_night";
    /// A VIN and a first registration that contradict each other.
    ModelYear = "screening_model_year";
    /// A car that was owned for a day.
    Ownership = "screening_ownership";
    /// The invoice was voided.
    Voided = "screening_invoice_voided";
    /// The invoice of a claim that is paid was voided.
    VoidedPaid = "screening_paid_invoice_voided";
}

impl Rule {
    /// The rule that `code` names.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rule| rule.code() == code)
    }
}

/// What a finding does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weight {
    /// The reviewer is told.
    Note,
    /// The claim waits apart until somebody has looked.
    Hold,
}

impl Weight {
    /// The word in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Weight::Note => "note",
            Weight::Hold => "hold",
        }
    }
}

/// Something odd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule that found it.
    pub rule: Rule,
    /// What it does.
    pub weight: Weight,
    /// What it is about, for machines: the same finding is made once for a claim, and one that
    /// somebody cleared is not made again.
    pub basis: String,
    /// Why, with figures, and without anything that names a person.
    pub reason: Text,
    /// Other claims that it is about as well.
    pub with: Vec<ClaimId>,
}

/// A keyed hash: claims are compared by it, nobody reads it.
pub type Hash = [u8; 16];

/// A claim that names the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// The claim.
    pub claim: ClaimId,
    /// Its applicant.
    pub person: Hash,
}

/// Something that many claims may name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Which it is.
    pub what: Hash,
    /// Who names it, this claim too.
    pub by: Vec<Seen>,
}

/// A car's number beside the day of its first registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Car {
    /// Whether it is the one that was bought.
    pub new: bool,
    /// Its VIN.
    pub vin: String,
    /// The day of its first registration.
    pub registered: NaiveDate,
}

/// How long the old car was owned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owned {
    /// Since when.
    pub since: NaiveDate,
    /// Until when.
    pub until: NaiveDate,
}

/// What a dealer files in a day.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pace {
    /// The claims that the dealer filed in the last minute, this one too.
    pub run: Vec<ClaimId>,
    /// When it filed last before this claim.
    pub before: Option<Timestamp>,
    /// How many on this day, this one too.
    pub today: u32,
    /// How many on each earlier day on which it filed.
    pub days: Vec<u32>,
    /// How many other dealers file on a day on which they file.
    pub peers: Vec<u32>,
}

/// Claims that were filed at night and not in a run, and all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Nights {
    /// The dealer's at night, this one too.
    pub own: u32,
    /// All of the dealer's.
    pub own_all: u32,
    /// Those of others at night.
    pub peers: u32,
    /// All of others.
    pub peers_all: u32,
}

/// The price of a claim near a tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Near {
    /// The claim.
    pub claim: ClaimId,
    /// Which article.
    pub goods: Hash,
    /// The price, in fen.
    pub price: Fen,
}

/// Prices near the lower edge of a tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// The edge: the lowest price of the tier, in fen.
    pub at: Fen,
    /// The dealer's, this claim too.
    pub own: Vec<Near>,
    /// Those of others.
    pub peers: Vec<Near>,
}

/// What the same article cost.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Prices {
    /// Which article.
    pub goods: Hash,
    /// The dealer's first sales of it, in fen.
    pub own: Vec<Fen>,
    /// The last sales of others, in fen.
    pub peers: Vec<Fen>,
}

/// What is known of a claim beside all others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The claim.
    pub claim: ClaimId,
    /// When it was filed, by the database's clock.
    pub filed: Timestamp,
    /// Its price, in fen; none before the purchase.
    pub price: Option<Fen>,
    /// Who has the same telephone.
    pub telephone: Named,
    /// Who has the same bank account.
    pub account: Named,
    /// The cars that it names.
    pub cars: Vec<Car>,
    /// How long the old one was owned.
    pub owned: Option<Owned>,
    /// How fast its dealer files.
    pub pace: Pace,
    /// How much of it at night.
    pub nights: Nights,
    /// Prices near the tier that it reaches by little.
    pub edge: Option<Edge>,
    /// What its article cost before.
    pub prices: Prices,
    /// Whether its invoice was voided.
    pub invoice_voided: bool,
}

/// Everything that is odd about a claim, in the order of [`Rule::ALL`]. Notes that several rules make
/// of one claim hold it together: each may be chance, all at once hardly.
pub fn screen(facts: &Facts, by: &Thresholds) -> Vec<Finding> {
    let mut found: Vec<Finding> = [
        shared::telephone(facts, by),
        shared::account(facts, by),
        speed::find(facts, by),
        tier::find(facts, by),
        baseline::find(facts, by),
        night::find(facts, by),
        model_year::find(facts, by),
        ownership::find(facts, by),
        void::find(facts, by),
    ]
    .into_iter()
    .flatten()
    .collect();
    let noted = found.iter().all(|f| f.weight == Weight::Note);
    if noted && by.notes_that_hold > 0 && found.len() >= by.notes_that_hold as usize {
        for finding in &mut found {
            finding.weight = Weight::Hold;
            // The others have one note each.
            finding.with.clear();
        }
    }
    found
}

/// The words of a finding in both languages.
fn words(zh: String, en: String) -> Text {
    Text::new(zh, en)
}

/// The middle of values, the lower of the two where they are even; zero of none.
fn median(values: &mut [i64]) -> i64 {
    values.sort_unstable();
    let middle = values.len().saturating_sub(1) / 2;
    values.get(middle).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_come_back_and_are_words_that_flags_take() {
        for rule in Rule::ALL {
            assert_eq!(Rule::parse(rule.code()), Some(*rule));
            let code = rule.code();
            let fits = |b: u8| b.is_ascii_lowercase() || b == b'_';
            assert!(code.len() <= 40 && code.bytes().all(fits) && code.starts_with(PREFIX));
        }
        assert_eq!(Rule::parse("suspected_fraud"), None);
    }

    #[test]
    fn nothing_is_odd_about_a_plain_claim() {
        assert_eq!(screen(&plain(), &Thresholds::default()), []);
    }

    #[test]
    fn two_notes_hold_together() {
        let day = |d| NaiveDate::from_ymd_opt(2025, 3, d).unwrap();
        let mut facts = plain();
        facts.owned = Some(Owned {
            since: day(1),
            until: day(12),
        });
        let by = Thresholds::default();
        let weights = |facts: &Facts, by: &Thresholds| -> Vec<Weight> {
            screen(facts, by).iter().map(|f| f.weight).collect()
        };
        assert_eq!(weights(&facts, &by), [Weight::Note]);
        facts.pace.run = vec![facts.claim; 40];
        facts.pace.today = 40;
        assert_eq!(weights(&facts, &by), [Weight::Hold, Weight::Hold]);
        assert!(screen(&facts, &by).iter().all(|f| f.with.is_empty()));
        let alone = Thresholds {
            notes_that_hold: 0,
            ..by
        };
        assert_eq!(weights(&facts, &alone), [Weight::Note, Weight::Note]);
    }

    /// A claim about which nothing is odd, filed at noon in Beijing.
    pub(super) fn plain() -> Facts {
        let claim = ClaimId(uuid::Uuid::from_u128(1));
        let named = |what| Named {
            what: [what; 16],
            by: vec![Seen {
                claim,
                person: [1; 16],
            }],
        };
        Facts {
            claim,
            filed: Timestamp::parse_rfc3339("2025-03-05T04:00:00Z").unwrap(),
            price: None,
            telephone: named(1),
            account: named(2),
            cars: Vec::new(),
            owned: None,
            pace: Pace {
                run: vec![claim],
                today: 1,
                ..Pace::default()
            },
            nights: Nights::default(),
            edge: None,
            prices: Prices::default(),
            invoice_voided: false,
        }
    }
}
