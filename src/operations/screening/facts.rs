//! What screening knows of a claim: its content, opened in the engine, beside what other claims
//! left in the tables of screening.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};

use super::voided::is_voided;
use crate::admission::judge::person_hash;
use crate::domain::draft::{ClaimDraft, NewItem, OldItem};
use crate::domain::ids::DealerId;
use crate::domain::money::Fen;
use crate::domain::screening::{
    Car, Edge, Facts, Nights, Owned, Pace, Thresholds, band, is_night, near,
};
use crate::domain::time::Timestamp;
use crate::operations::Engine;
use crate::operations::claims::{open, versions_and_dealer};
use crate::storage::claims::StoredClaim;
use crate::storage::screened_claims::{self as rows, DayOf, Screened};
use crate::storage::{Db, StorageError};

/// Days whose filings tell how much a dealer files, and how much of it at night.
const HABIT_DAYS: i64 = 30;
/// For how long a price is compared with earlier ones.
const PRICE_MICROS: i64 = 180 * 86_400 * 1_000_000;
/// The first places of a VIN, which tell maker and model (GB 16735-2019).
const MODEL_PLACES: usize = 8;

/// What every dealer filed in the days up to one; read once, then counted on.
#[derive(Default)]
pub(super) struct Habits {
    until: Option<i64>,
    days: BTreeMap<(DealerId, i64), DayOf>,
}

impl Habits {
    fn look(&mut self, conn: &mut Db, row: &Screened, day: i64) -> Result<(), StorageError> {
        if self.until != Some(day) {
            let read = rows::days(conn, day - HABIT_DAYS, day)?;
            self.days = read.into_iter().map(|d| ((d.dealer, d.day), d)).collect();
            self.until = Some(day);
        }
        let nothing = DayOf {
            dealer: row.dealer,
            day,
            claims: 0,
            night: 0,
        };
        self.days.entry((row.dealer, day)).or_insert(nothing);
        Ok(())
    }

    /// Counts a claim of a day that was looked at.
    fn count(
        &mut self,
        conn: &mut Db,
        dealer: DealerId,
        day: i64,
        night: bool,
    ) -> Result<(), StorageError> {
        rows::count(conn, dealer, day, night)?;
        if let Some(known) = self.days.get_mut(&(dealer, day)) {
            known.claims += 1;
            known.night += u32::from(night);
        }
        Ok(())
    }

    fn of(&self, row: &Screened, day: i64) -> (Pace, Nights) {
        let days: Vec<DayOf> = self.days.values().copied().collect();
        rows::habits(&days, row, day)
    }
}

/// What is known of a claim, which is kept for those after it.
pub(super) fn of(
    engine: &Engine,
    conn: &mut Db,
    claim: &StoredClaim,
    habits: &mut Habits,
) -> Result<Facts, StorageError> {
    let draft = open(engine, claim)?;
    let (published, _) = versions_and_dealer(engine, conn, claim)?;
    let stepped = draft.invoice.as_ref();
    let stepped = stepped.map(|i| published.pack.amount.terms.stepped(&draft.new_item, i));
    let row = row(engine, claim, &draft, stepped.map(|(price, _)| price));
    let before = rows::filed_before(conn, &row)?;
    let new = rows::put(conn, &row)?;
    let day = i64::from(claim.submitted.beijing_day().num_days_from_ce());
    habits.look(conn, &row, day)?;
    if new {
        let night = is_night(claim.submitted, before, &engine.thresholds);
        habits.count(conn, claim.dealer, day, night)?;
    }
    let (mut pace, nights) = habits.of(&row, day);
    pace.run = rows::run(conn, &row)?;
    pace.before = before;
    let (telephone, account) = rows::alike(conn, &row)?;
    let edge = edge(conn, &row, stepped, &engine.thresholds)?;
    let since = Timestamp(claim.submitted.0 - PRICE_MICROS);
    Ok(Facts {
        claim: claim.id,
        filed: claim.submitted,
        price: row.price,
        telephone,
        account,
        cars: cars(&draft),
        owned: owned(&draft),
        pace,
        nights,
        edge,
        prices: rows::prices(conn, &row, since)?,
        invoice_voided: is_voided(conn, claim)?,
    })
}

fn row(engine: &Engine, claim: &StoredClaim, draft: &ClaimDraft, price: Option<Fen>) -> Screened {
    let vault = &engine.keys.vault;
    let goods = match &draft.new_item {
        NewItem::Vehicle(car) => car.vin.as_str().get(..MODEL_PLACES).unwrap_or_default(),
        NewItem::Goods(goods) => goods.gtin.as_str(),
    };
    let consumer = &draft.consumer;
    Screened {
        claim: claim.id,
        dealer: claim.dealer,
        programme: claim.programme.clone(),
        person: person_hash(vault, consumer.id_number.as_str()),
        telephone: vault.keyed_hash("screening_telephone", &[consumer.mobile.as_str()]),
        account: vault.keyed_hash(
            "screening_account",
            &[consumer.bank_account.number.as_str()],
        ),
        goods: vault.keyed_hash("screening_goods", &[goods]),
        price,
        filed: claim.submitted,
    }
}

/// Prices around the tier that the claim's price reaches by little; of all others they are not read.
fn edge(
    conn: &mut Db,
    row: &Screened,
    stepped: Option<(Fen, Option<Fen>)>,
    by: &Thresholds,
) -> Result<Option<Edge>, StorageError> {
    let Some((price, Some(at))) = stepped else {
        return Ok(None);
    };
    if !band(at, by).contains(&price.fen()) {
        return Ok(None);
    }
    let (own, peers) = rows::near(conn, row, near(at))?;
    Ok(Some(Edge { at, own, peers }))
}

fn cars(draft: &ClaimDraft) -> Vec<Car> {
    let car = |new: bool, vin: &str, registered: NaiveDate| Car {
        new,
        vin: vin.to_owned(),
        registered,
    };
    let old = match &draft.old_item {
        Some(OldItem::Vehicle(old)) => Some(car(false, old.vin.as_str(), old.first_registered)),
        Some(OldItem::Appliance(_)) | None => None,
    };
    let new = match &draft.new_item {
        NewItem::Vehicle(new) => Some(car(true, new.vin.as_str(), new.registered_on)),
        NewItem::Goods(_) => None,
    };
    old.into_iter().chain(new).collect()
}

fn owned(draft: &ClaimDraft) -> Option<Owned> {
    match &draft.old_item {
        Some(OldItem::Vehicle(old)) => Some(Owned {
            since: old.owned_since,
            until: old.disposal.date,
        }),
        Some(OldItem::Appliance(_)) | None => None,
    }
}
