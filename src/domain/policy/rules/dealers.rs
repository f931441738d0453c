//! Who may file claims.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};

use super::Terms;
use crate::domain::policy::section::Section;
use crate::domain::policy::source::Read;
use crate::domain::policy::verdict::{Claim, Findings};
use crate::domain::reason::ReasonCode;

/// Who may file claims, and how much of the pool one of them may hold and how fast.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dealers {
    /// Only dealers admitted to the programme.
    pub participating_only: bool,
    /// The invoice's seller must be the dealer that files.
    pub seller_files: bool,
    /// The largest share of the pool that one dealer may hold, in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share_percent: Option<Decimal>,
    /// How many claims one dealer may file in a minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims_per_minute: Option<u32>,
    /// While less than this part of the pool is free, in percent, the tightened limits count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tighten_below_percent: Option<Decimal>,
    /// The share that counts then, in percent of the whole pool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tightened_share_percent: Option<Decimal>,
    /// The rate that counts then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tightened_claims_per_minute: Option<u32>,
}

/// How far a pool has run down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Level {
    /// Nobody's money, in fen.
    pub free: i64,
    /// All money ever put in, in fen.
    pub cap: i64,
}

/// What one dealer may hold of a pool and how fast it may file, in whole numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DealerCaps {
    share_bp: Option<u32>,
    claims_per_minute: Option<u32>,
    tighten_below_bp: Option<u32>,
    tightened_share_bp: Option<u32>,
    tightened_claims_per_minute: Option<u32>,
}

impl DealerCaps {
    /// The largest share of the pool for one dealer, in hundredths of a percent.
    pub fn share_bp(&self, level: Level) -> Option<u32> {
        let tightened = self.tightened_share_bp.filter(|_| self.is_tight(level));
        tightened.or(self.share_bp)
    }

    /// How many claims one dealer may file in a minute.
    pub fn claims_per_minute(&self, level: Level) -> Option<u32> {
        let tightened = self
            .tightened_claims_per_minute
            .filter(|_| self.is_tight(level));
        tightened.or(self.claims_per_minute)
    }

    /// Whether what a dealer holds matters at any level.
    pub fn limit_shares(&self) -> bool {
        self.share_bp.or(self.tightened_share_bp).is_some()
    }

    /// Whether less is free than the part below which the limits tighten.
    fn is_tight(&self, level: Level) -> bool {
        self.tighten_below_bp.is_some_and(|below| {
            i128::from(level.free) * 10_000 < i128::from(level.cap) * i128::from(below)
        })
    }
}

impl Dealers {
    /// The limits of one dealer.
    pub fn caps(&self) -> DealerCaps {
        let bp = |percent: Option<Decimal>| {
            percent.and_then(|percent| (percent * Decimal::ONE_HUNDRED).to_u32())
        };
        DealerCaps {
            share_bp: bp(self.share_percent),
            claims_per_minute: self.claims_per_minute,
            tighten_below_bp: bp(self.tighten_below_percent),
            tightened_share_bp: bp(self.tightened_share_percent),
            tightened_claims_per_minute: self.tightened_claims_per_minute,
        }
    }

    /// Notes limits that contradict each other, every one at its key.
    fn contradictions(self, section: &Section<'_, '_>) -> Read<Self> {
        let mut noted = None;
        let tightened = [
            (
                "tightened_share_percent",
                self.tightened_share_percent,
                "share_percent",
                self.share_percent,
            ),
            (
                "tightened_claims_per_minute",
                self.tightened_claims_per_minute.map(Decimal::from),
                "claims_per_minute",
                self.claims_per_minute.map(Decimal::from),
            ),
        ];
        for (key, tight, usual_key, usual) in tightened {
            let Some(tight) = tight else { continue };
            if self.tighten_below_percent.is_none() {
                let message = format!(
                    "`{key}` needs `tighten_below_percent`, which says from when it counts"
                );
                noted = Some(section.note(key, message));
            }
            if let Some(usual) = usual.filter(|usual| tight > *usual) {
                let message =
                    format!("`{key}` is {tight}, above `{usual_key}` {usual}: it would loosen");
                noted = Some(section.note(key, message));
            }
        }
        if self.tighten_below_percent.is_some() && tightened.iter().all(|(_, t, ..)| t.is_none()) {
            noted = Some(section.note(
                "tighten_below_percent",
                "`tighten_below_percent` tightens nothing: it needs `tightened_share_percent` or \
                 `tightened_claims_per_minute`",
            ));
        }
        noted.map_or(Ok(self), Err)
    }
}

/// A percentage that is a whole number of hundredths of a percent.
fn hundredths(section: &mut Section<'_, '_>, key: &'static str) -> Read<Option<Decimal>> {
    match section.percent(key)? {
        Some(percent) if percent.scale() > 2 => {
            Err(section.note(key, format!("`{key}` has at most two decimal places")))
        }
        other => Ok(other),
    }
}

impl Terms for Dealers {
    const REASONS: &'static [ReasonCode] = &[
        ReasonCode::DealerNotParticipating,
        ReasonCode::SellerMismatch,
        ReasonCode::DealerShareExhausted,
    ];

    fn read(section: &mut Section<'_, '_>) -> Read<Self> {
        let participating_only = section.need("participating_only", Section::flag);
        let seller_files = section.flag("seller_files");
        let share_percent = hundredths(section, "share_percent");
        let claims_per_minute = section.positive("claims_per_minute");
        let tighten_below_percent = hundredths(section, "tighten_below_percent");
        let tightened_share_percent = hundredths(section, "tightened_share_percent");
        let tightened_claims_per_minute = section.positive("tightened_claims_per_minute");
        let dealers = Self {
            participating_only: participating_only?,
            seller_files: seller_files?.unwrap_or(true),
            share_percent: share_percent?,
            claims_per_minute: claims_per_minute?,
            tighten_below_percent: tighten_below_percent?,
            tightened_share_percent: tightened_share_percent?,
            tightened_claims_per_minute: tightened_claims_per_minute?,
        };
        dealers.contradictions(section)
    }

    fn judge(&self, claim: &Claim<'_>, findings: &mut Findings) {
        let facts = claim.facts();
        if self.participating_only && !facts.dealer_participates {
            findings.refuse(ReasonCode::DealerNotParticipating, "");
        }
        let mismatch = |seller| self.seller_files && seller != facts.dealer_uscc;
        if claim.invoice().is_some_and(|i| mismatch(&i.seller_uscc)) {
            findings.refuse(ReasonCode::SellerMismatch, "/invoice/seller_uscc");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_tighten_below_the_part_and_not_at_it() {
        let caps = DealerCaps {
            share_bp: Some(2_000),
            claims_per_minute: Some(60),
            tighten_below_bp: Some(2_550),
            tightened_share_bp: Some(500),
            tightened_claims_per_minute: Some(6),
        };
        let at = |free| Level { free, cap: 10_000 };
        for free in [10_000, 2_551, 2_550] {
            assert_eq!(caps.share_bp(at(free)), Some(2_000), "{free}");
            assert_eq!(caps.claims_per_minute(at(free)), Some(60), "{free}");
        }
        for free in [2_549, 0] {
            assert_eq!(caps.share_bp(at(free)), Some(500), "{free}");
            assert_eq!(caps.claims_per_minute(at(free)), Some(6), "{free}");
        }
        // A pool that nobody has looked at yet is not tight.
        assert_eq!(caps.share_bp(Level::default()), Some(2_000));
        let largest = crate::domain::money::Fen::MAX.fen();
        let whole = Level {
            free: largest,
            cap: largest,
        };
        assert_eq!(caps.share_bp(whole), Some(2_000));
    }

    #[test]
    fn what_is_not_tightened_stays_and_what_only_tightens_has_no_limit_before() {
        let caps = DealerCaps {
            claims_per_minute: Some(60),
            tighten_below_bp: Some(5_000),
            tightened_share_bp: Some(500),
            ..DealerCaps::default()
        };
        let [plenty, low] = [9, 1].map(|free| Level { free, cap: 10 });
        assert_eq!(
            (caps.share_bp(plenty), caps.share_bp(low)),
            (None, Some(500))
        );
        assert!(caps.limit_shares());
        assert_eq!(caps.claims_per_minute(low), Some(60));
        assert!(!DealerCaps::default().limit_shares());
    }
}
