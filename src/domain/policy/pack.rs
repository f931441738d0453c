//! A programme as officials publish it: the typed vocabulary of a pack.

use std::collections::BTreeMap;
use std::fmt;

use aws_lc_rs::digest;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::canonical::canonical;
use super::rules::Rules;
use super::rules::amount::Amount;
use super::rules::queue::{QueueBy, Remainder};
use super::verdict::AwardKind;
use crate::domain::ids::ProgrammeId;
use crate::domain::reason::ReasonCode;
use crate::domain::text::Text;

/// Document and clause that a rule rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Basis {
    /// The document's title with its number.
    pub document: String,
    /// The clause in it.
    pub clause: String,
}

impl fmt::Display for Basis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.document, self.clause)
    }
}

/// A section of a pack: its terms, what they rest on, and its own sentences.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule<T> {
    /// Document and clause.
    pub basis: Basis,
    /// Sentences that replace the usual ones.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub texts: BTreeMap<ReasonCode, Text>,
    /// The terms.
    pub terms: T,
}

/// How sure the figures of a pack are: letters from A (the authority's own text) to C
/// (second hand), several where parts differ, such as `B/A`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Grade(String);

impl Grade {
    /// Reads letters `A`, `B`, `C` with `/` between them.
    pub fn parse(text: &str) -> Option<Self> {
        text.split('/')
            .all(|letter| matches!(letter, "A" | "B" | "C"))
            .then(|| Self(text.to_owned()))
    }

    /// As written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What to say to whoever opens the programme: nothing when all figures are of grade A.
    pub fn advice(&self) -> Option<&'static str> {
        (self.0 != "A").then_some("check against the original before opening")
    }
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a programme subsidises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProgrammeKind {
    /// Cars.
    Vehicle,
    /// Household appliances.
    Appliance,
    /// Telephones, tablets, watches, glasses.
    Digital,
    /// Kitchen, bath and home renewal.
    Home,
}

impl ProgrammeKind {
    /// The words of a pack.
    pub const WORDS: &'static [(&'static str, ProgrammeKind)] = &[
        ("vehicle", ProgrammeKind::Vehicle),
        ("appliance", ProgrammeKind::Appliance),
        ("digital", ProgrammeKind::Digital),
        ("home", ProgrammeKind::Home),
    ];
}

/// A programme as published. Its content is what its digest is taken over, so
/// a published pack cannot be changed, only followed by another version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pack {
    /// The id, such as `henan-car-replacement-2025`.
    pub id: ProgrammeId,
    /// The programme's name.
    pub title: Text,
    /// What it subsidises.
    pub kind: ProgrammeKind,
    /// How sure its figures are.
    pub grade: Grade,
    /// The day in Beijing from which this version counts.
    pub effective_from: NaiveDate,
    /// The national award that this programme pays, if it pays one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub award_kind: Option<AwardKind>,
    /// What the programme as a whole rests on.
    pub basis: Basis,
    /// What is paid.
    pub amount: Rule<Amount>,
    /// Every other rule.
    pub rules: Rules,
}

/// Why a text is not the canonical content of a pack.
#[derive(Debug, thiserror::Error)]
pub enum ContentError {
    /// Not the JSON of a pack.
    #[error("not the content of a pack: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// The same pack, but other bytes than the canonical ones.
    #[error("not the canonical form of this pack")]
    NotCanonical,
}

impl Pack {
    /// `sha256:` and the hash in hexadecimal over the canonical JSON: the version's name.
    pub fn digest(&self) -> String {
        let hash = digest::digest(&digest::SHA256, self.to_canonical_json().as_bytes());
        let mut text = String::from("sha256:");
        for byte in hash.as_ref() {
            for half in [byte >> 4, byte & 15] {
                text.extend(char::from_digit(half.into(), 16));
            }
        }
        text
    }

    /// The content in canonical JSON (RFC 8785).
    pub fn to_canonical_json(&self) -> String {
        // A pack has only string keys and no value that JSON lacks, so this never is null.
        canonical(&serde_json::to_value(self).unwrap_or_default())
    }

    /// Reads what [`Pack::to_canonical_json`] wrote.
    ///
    /// # Errors
    /// [`ContentError`] when the text is no pack or is not in canonical form.
    pub fn from_canonical_json(text: &str) -> Result<Self, ContentError> {
        let pack: Self = serde_json::from_str(text)?;
        if pack.to_canonical_json() == text {
            Ok(pack)
        } else {
            Err(ContentError::NotCanonical)
        }
    }

    /// What happens when the first claim in line is larger than what is free.
    pub fn remainder(&self) -> Remainder {
        self.rules
            .queue
            .as_ref()
            .map_or(Remainder::Strict, |rule| rule.terms.remainder)
    }

    /// What the order of claims goes by.
    pub fn queue_by(&self) -> QueueBy {
        self.rules
            .queue
            .as_ref()
            .map_or(QueueBy::Submission, |rule| rule.terms.queue_by)
    }

    /// Whether only dealers admitted to this programme may claim.
    pub fn participating_dealers_only(&self) -> bool {
        self.rules
            .dealers
            .as_ref()
            .is_none_or(|rule| rule.terms.participating_only)
    }

    /// What a person is told when this pack refuses for `code`, and the clause it rests on:
    /// the pack's own sentence where it has one, the basis of the rule that refuses, and else
    /// that of the pack as a whole.
    pub fn reason_text(&self, code: ReasonCode) -> (Text, String) {
        let mut ground = None;
        self.rules.grounds(&mut |codes, basis, texts| {
            if ground.is_none() && codes.contains(&code) {
                ground = Some((basis, texts.get(&code)));
            }
        });
        if ground.is_none() && super::rules::reasons_of::<Amount>().contains(&code) {
            ground = Some((&self.amount.basis, self.amount.texts.get(&code)));
        }
        let (basis, text) = ground.unwrap_or((&self.basis, None));
        let own = text.or_else(|| self.amount.texts.get(&code));
        let text = own.cloned().unwrap_or_else(|| {
            let (zh, en) = code.default_text();
            Text::new(zh, en)
        });
        (text, basis.to_string())
    }
}
