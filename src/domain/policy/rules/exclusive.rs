//! Other awards that exclude this one.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::Terms;
use crate::domain::policy::section::Section;
use crate::domain::policy::source::Read;
use crate::domain::policy::verdict::{AwardKind, RegisterCheck, RegisterSubject};
use crate::domain::reason::ReasonCode;

/// By whom or what another award excludes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// The applicant.
    Person,
    /// The new car.
    NewVehicle,
    /// The old car.
    OldVehicle,
    /// Either car.
    Pair,
}

impl By {
    const fn subjects(self) -> &'static [RegisterSubject] {
        match self {
            By::Person => &[RegisterSubject::Person],
            By::NewVehicle => &[RegisterSubject::NewVehicle],
            By::OldVehicle => &[RegisterSubject::OldVehicle],
            By::Pair => &[RegisterSubject::OldVehicle, RegisterSubject::NewVehicle],
        }
    }
}

/// Other awards that exclude this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exclusive {
    /// By whom or what.
    pub by: By,
    /// Programmes that name the same group share one draw a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Awards that the national register is asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub awards: Vec<AwardKind>,
    /// Awards before this day do not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub awarded_from: Option<NaiveDate>,
}

impl Exclusive {
    /// The look-ups in the national register.
    pub(in crate::domain::policy) fn checks(&self) -> impl Iterator<Item = RegisterCheck> + '_ {
        self.by.subjects().iter().flat_map(|subject| {
            self.awards.iter().map(|award| RegisterCheck {
                subject: *subject,
                award: *award,
                awarded_from: self.awarded_from,
            })
        })
    }
}

impl Terms for Exclusive {
    const REASONS: &'static [ReasonCode] = &[
        ReasonCode::AlreadyHadScrappage,
        ReasonCode::AlreadyHadReplacement,
    ];

    fn read(section: &mut Section<'_, '_>) -> Read<Self> {
        let subjects = [
            ("person", By::Person),
            ("new_vehicle", By::NewVehicle),
            ("old_vehicle", By::OldVehicle),
            ("pair", By::Pair),
        ];
        let by = section.need("by", |s, key| s.choice(key, &subjects));
        let group = section.text("group");
        let awards = section.choices("awards", AwardKind::WORDS);
        let awarded_from = section.day("awarded_from");
        let rule = Self {
            by: by?,
            group: group?,
            awards: awards?.unwrap_or_default(),
            awarded_from: awarded_from?,
        };
        match &rule.group {
            Some(group) if !is_id(group) => {
                return Err(section.note("group", format!("`{group}` is not a name like car-2026")));
            }
            Some(_) if rule.by != By::Person => {
                return Err(section.note(
                    "group",
                    "a `group` excludes by person: `by` must be \"person\"",
                ));
            }
            None if rule.awards.is_empty() => {
                return Err(
                    section.note_here("this exclusion says nothing: give `awards` or `group`")
                );
            }
            _ => {}
        }
        if rule.awards.is_empty() && rule.awarded_from.is_some() {
            return Err(section.note("awarded_from", "`awarded_from` needs `awards`"));
        }
        Ok(rule)
    }
}

/// Whether a text is an id such as `henan-car-replacement-2025`.
pub(in crate::domain::policy) fn is_id(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}
