//! How a reckoned amount becomes money.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};

use crate::domain::money::Fen;
use crate::domain::text::Text;

/// How a reckoned amount becomes money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// Whole fen, the rest cut off.
    FenCut,
    /// Whole fen, a half rounded up.
    HalfUpFen,
    /// Whole yuan, the rest cut off.
    YuanCut,
    /// Up to the next whole yuan.
    YuanUp,
    /// Whole yuan, a half rounded up.
    HalfUpYuan,
    /// Whole tens of yuan, a half rounded up.
    HalfUpTens,
    /// The first two digits of the whole yuan kept, the rest zero.
    TwoLeadingDigits,
}

impl Rounding {
    /// The words of a pack.
    pub(super) const WORDS: &'static [(&'static str, Rounding)] = &[
        ("fen_cut", Rounding::FenCut),
        ("half_up_fen", Rounding::HalfUpFen),
        ("yuan_cut", Rounding::YuanCut),
        ("yuan_up", Rounding::YuanUp),
        ("half_up_yuan", Rounding::HalfUpYuan),
        ("half_up_tens", Rounding::HalfUpTens),
        ("two_leading_digits", Rounding::TwoLeadingDigits),
    ];

    /// Rounds an amount in fen with fractions; `None` beyond the largest amount of money.
    pub fn round(self, exact: Decimal) -> Option<Fen> {
        let down = exact.floor().to_i64()?;
        let up = exact.ceil().to_i64()?;
        let half_up = |unit: i64| {
            let half = Decimal::from(unit) / Decimal::TWO;
            Some((exact + half).floor().to_i64()? / unit * unit)
        };
        let fen = match self {
            Rounding::FenCut => down,
            Rounding::HalfUpFen => half_up(1)?,
            Rounding::YuanCut => down / 100 * 100,
            Rounding::YuanUp => up.checked_add(99)? / 100 * 100,
            Rounding::HalfUpYuan => half_up(100)?,
            Rounding::HalfUpTens => half_up(1000)?,
            Rounding::TwoLeadingDigits => two_leading_digits(down / 100) * 100,
        };
        Fen::new(fen)
    }

    /// What it does, for the consumer.
    pub(in crate::domain::policy) fn sentence(self) -> Text {
        let (zh, en) = match self {
            Rounding::FenCut => ("不足一分的舍去", "fractions of a fen are dropped"),
            Rounding::HalfUpFen => ("四舍五入到分", "rounded to the nearest fen"),
            Rounding::YuanCut => ("不足一元的舍去", "fractions of a yuan are dropped"),
            Rounding::YuanUp => ("不足一元的进一元", "rounded up to the next whole yuan"),
            Rounding::HalfUpYuan => ("四舍五入到元", "rounded to the nearest yuan"),
            Rounding::HalfUpTens => ("四舍五入到十元", "rounded to the nearest ten yuan"),
            Rounding::TwoLeadingDigits => (
                "保留前两位数字，其余为零",
                "the first two digits are kept, the rest are zero",
            ),
        };
        Text::new(zh, en)
    }
}

fn two_leading_digits(yuan: i64) -> i64 {
    let mut unit = 1;
    while yuan / unit >= 100 {
        unit *= 10;
    }
    yuan / unit * unit
}
