//! What a published version would say of a claim. Nothing is kept, nothing is held, and what only
//! the database knows (money, registers, earlier claims) is not asked.

use chrono::NaiveDate;

use crate::domain::formats::Uscc;
use crate::domain::intake::{IntakeError, Warning, read_claim};
use crate::domain::policy::{Evaluation, Facts, evaluate};
use crate::domain::text::Lang;
use crate::domain::time::Timestamp;
use crate::operations::Engine;
use crate::operations::denial::ActError;
use crate::operations::pack_views;

/// A claim to try a pack on.
pub struct SampleClaim {
    /// The word by which it is asked for.
    pub word: &'static str,
    /// What it is, in Chinese.
    pub zh: &'static str,
    /// What it is, in English.
    pub en: &'static str,
    /// A day on which it may be filed.
    pub day: &'static str,
    /// Its JSON.
    pub body: &'static str,
}

/// The claims that are shipped; nobody in them exists.
pub const SAMPLES: [SampleClaim; 3] = [
    SampleClaim {
        word: "vehicle",
        zh: "汽车置换（新能源）",
        en: "Car replacement (new energy)",
        day: "2025-03-05",
        body: include_str!("../../config/sample_claims/vehicle.json"),
    },
    SampleClaim {
        word: "digital",
        zh: "手机购新",
        en: "Telephone",
        day: "2025-03-05",
        body: include_str!("../../config/sample_claims/digital.json"),
    },
    SampleClaim {
        word: "appliance",
        zh: "家电以旧换新",
        en: "Household appliance",
        day: "2025-03-05",
        body: include_str!("../../config/sample_claims/appliance.json"),
    },
];

/// Why a claim was not tried.
#[derive(Debug)]
pub enum TrialError {
    /// It is no claim.
    Intake(IntakeError),
    /// It could not be done.
    Act(ActError),
}

/// What a version says of a claim.
#[derive(Debug, Clone)]
pub struct Trial {
    /// What the rules say.
    pub evaluation: Evaluation,
    /// The reasons in words, each with what it rests on.
    pub reasons: Vec<(&'static str, String, String, String)>,
    /// What does not refuse it.
    pub warnings: Vec<Warning>,
}

/// Judges a claim by a version as if it were filed at noon of a day in Beijing by a dealer that
/// takes part: the one that the invoice names.
///
/// # Errors
/// [`TrialError`].
pub async fn judge(
    engine: &Engine,
    programme: String,
    digest: Option<String>,
    body: &[u8],
    day: NaiveDate,
    lang: Lang,
) -> Result<Trial, TrialError> {
    let version = pack_views::version(engine, programme, digest).await;
    let pack = version.map_err(TrialError::Act)?.1.pack;
    let intake = read_claim(body, day).map_err(TrialError::Intake)?;
    let nobody = || Uscc::parse(NOBODY).map_err(|_| TrialError::Act(ActError::NotFound));
    let seller = match &intake.draft.invoice {
        Some(invoice) => invoice.seller_uscc.clone(),
        None => nobody()?,
    };
    let facts = Facts {
        draft: &intake.draft,
        dealer_uscc: &seller,
        dealer_participates: true,
        at: noon(day),
    };
    let evaluation = evaluate(&pack, &facts);
    let told = |reason: &crate::domain::reason::Reason| {
        let (text, basis) = pack.reason_text(reason.code);
        let field = reason.field.to_string();
        (
            reason.code.as_str(),
            field,
            text.get(lang).to_owned(),
            basis,
        )
    };
    Ok(Trial {
        reasons: evaluation.reasons.iter().map(told).collect(),
        warnings: intake.warnings,
        evaluation,
    })
}

/// A dealer for claims whose invoice names none yet.
const NOBODY: &str = "91419001MA0000001N";
/// Half a day in microseconds.
const HALF_A_DAY: i64 = 12 * 3_600_000_000;

fn noon(day: NaiveDate) -> Timestamp {
    Timestamp(Timestamp::end_of_beijing_day(day).0 - HALF_A_DAY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::policy::read_pack;
    use crate::operations::shipped::SHIPPED;

    #[test]
    fn shipped_claims_are_eligible_by_shipped_packs_on_their_days() {
        let packs: Vec<_> = SHIPPED.into_iter().flat_map(read_pack).collect();
        for sample in SAMPLES {
            let day: NaiveDate = sample.day.parse().unwrap();
            let draft = read_claim(sample.body.as_bytes(), day).unwrap().draft;
            let pack = packs
                .iter()
                .find(|pack| pack.id == draft.programme)
                .unwrap();
            let facts = Facts {
                dealer_uscc: &draft.invoice.as_ref().unwrap().seller_uscc,
                draft: &draft,
                dealer_participates: true,
                at: noon(day),
            };
            let evaluation = evaluate(pack, &facts);
            assert_eq!(
                (evaluation.defects, evaluation.reasons),
                (vec![], vec![]),
                "{}",
                sample.word
            );
            assert!(evaluation.amount.fen() > 0, "{}", sample.word);
            assert_eq!(noon(day).beijing_day(), day);
        }
    }

    #[test]
    fn nobody_is_a_dealer() {
        assert!(Uscc::parse(NOBODY).is_ok());
    }
}
