//! The goods went back to the shop: before payment the claim ends, afterwards its money is owed.

use crate::domain::claim::ClaimState;
use crate::domain::ids::ClaimId;
use crate::domain::text::Lang;
use crate::domain::transition::Act;
use crate::journal::entry::EntryKind;
use crate::operations::claims::ClaimView;
use crate::operations::denial::{ActError, Ended};
use crate::operations::scene::{By, Move, Packs, Scene, act};
use crate::operations::{DealerCaller, Engine, clawback, flags};
use crate::storage::claim_flags;
use crate::storage::claim_keys::Release;

/// The flag of a claim whose goods went back while a payment was on its way: what becomes of it
/// is decided when the bank has said what became of the payment.
pub const RETURNED_WHILE_PAYING: &str = "goods_returned";

/// Says that the goods of a claim went back.
///
/// # Errors
/// [`ActError`].
pub async fn returned(
    engine: &Engine,
    caller: &DealerCaller,
    id: ClaimId,
    expected: i64,
    lang: Lang,
) -> Result<ClaimView, ActError> {
    let by = By::Dealer(caller.dealer);
    act(
        engine,
        by,
        id,
        expected,
        lang,
        move |_, scene| match scene.claim.state {
            ClaimState::Paying => {
                let (id, at) = (scene.claim.id, scene.at());
                let why = "the goods went back while the payment was on its way";
                if claim_flags::raise(scene.conn, id, RETURNED_WHILE_PAYING, "", at)? {
                    let code = RETURNED_WHILE_PAYING;
                    flags::entry(scene, EntryKind::Flagged, &by, code, why)?;
                }
                Ok(())
            }
            ClaimState::Paid => {
                let place = place(scene)?;
                clawback::raise(scene, &by, place.0)
            }
            _ => end(scene, &by),
        },
    )
    .await
}

/// Ends a claim that is not paid: its money is free, its things may be claimed again, and the
/// pack says whether the person has the place back.
///
/// # Errors
/// [`ActError::WrongState`], and the database's.
pub fn end(scene: &mut Scene<'_>, by: &By) -> Result<(), Ended> {
    let (word, release) = place(scene)?;
    let amount = scene.claim.amount;
    let step = Move::of(
        Act::ReturnGoods,
        ClaimState::GoodsReturned,
        EntryKind::GoodsReturned,
    );
    let step = step
        .with_amount(amount)
        .with_detail(word)
        .releasing(release);
    scene.go(step, by, |_, _| {})?;
    Ok(())
}

/// What the pack says of the person's place when goods go back: the public word, and the keys
/// that are given back. A pack that says nothing gives the place back.
///
/// # Errors
/// The database's.
pub fn place(scene: &mut Scene<'_>) -> Result<(&'static str, Release), Ended> {
    let mut packs = Packs::default();
    let rules = &packs.of(scene.conn, &scene.claim)?.rules;
    let restored = rules
        .returns
        .as_ref()
        .is_none_or(|r| r.terms.restored_by_return);
    Ok(if restored {
        (PLACE_RESTORED, Release::All)
    } else {
        (PLACE_USED, Release::Things)
    })
}

/// The person may claim again.
pub const PLACE_RESTORED: &str = "place_restored";
/// The person's place stays used.
pub const PLACE_USED: &str = "place_used";
