//! Who is paid.

use serde::{Deserialize, Serialize};

use super::Terms;
use crate::domain::policy::section::Section;
use crate::domain::policy::source::Read;
use crate::domain::reason::ReasonCode;

/// Who is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payee {
    /// The dealer, who gave the discount at the till.
    Dealer,
    /// The consumer.
    Consumer,
}

/// Who is paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payout {
    /// Who.
    pub payee: Payee,
}

impl Terms for Payout {
    const REASONS: &'static [ReasonCode] = &[];

    fn read(section: &mut Section<'_, '_>) -> Read<Self> {
        let payees = [("dealer", Payee::Dealer), ("consumer", Payee::Consumer)];
        let payee = section.need("payee", |s, key| s.choice(key, &payees))?;
        Ok(Self { payee })
    }
}
