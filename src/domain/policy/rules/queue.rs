//! The order of claims and what happens at the end of the money.

use serde::{Deserialize, Serialize};

use super::Terms;
use crate::domain::policy::section::Section;
use crate::domain::policy::source::Read;
use crate::domain::reason::ReasonCode;

/// What the order of claims goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueueBy {
    /// When the claim came.
    Submission,
    /// When its last paper came.
    Complete,
}

/// What happens when the first claim in line is larger than what is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remainder {
    /// It waits and nobody passes it.
    Strict,
    /// A later, smaller claim may be served.
    Fit,
}

impl Remainder {
    /// The word in packs, pools and journals.
    pub const fn as_str(self) -> &'static str {
        match self {
            Remainder::Strict => "strict",
            Remainder::Fit => "fit",
        }
    }
}

/// What happens to claims that find no money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnExhaustion {
    /// They keep a place in line.
    Waitlist,
    /// They are refused.
    Refuse,
}

/// The order of claims and what happens at the end of the money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Queue {
    /// What the order goes by.
    pub queue_by: QueueBy,
    /// The first claim that does not fit.
    pub remainder: Remainder,
    /// No money left.
    pub on_exhaustion: OnExhaustion,
}

impl Terms for Queue {
    const REASONS: &'static [ReasonCode] = &[ReasonCode::PoolClosed];

    fn read(section: &mut Section<'_, '_>) -> Read<Self> {
        let orders = [
            ("submission", QueueBy::Submission),
            ("complete", QueueBy::Complete),
        ];
        let remainders = [("strict", Remainder::Strict), ("fit", Remainder::Fit)];
        let ends = [
            ("waitlist", OnExhaustion::Waitlist),
            ("refuse", OnExhaustion::Refuse),
        ];
        let queue_by = section.need("queue_by", |s, key| s.choice(key, &orders));
        let remainder = section.need("remainder", |s, key| s.choice(key, &remainders));
        let on_exhaustion = section.need("on_exhaustion", |s, key| s.choice(key, &ends));
        let queue = Self {
            queue_by: queue_by?,
            remainder: remainder?,
            on_exhaustion: on_exhaustion?,
        };
        if queue.remainder == Remainder::Strict && queue.on_exhaustion == OnExhaustion::Refuse {
            return Err(section.note(
                "on_exhaustion",
                "`on_exhaustion` \"refuse\" contradicts `remainder` \"strict\": a strict line needs claims that wait",
            ));
        }
        Ok(queue)
    }
}
