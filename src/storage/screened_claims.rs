//! What screening compares claims by: who names the same, what dealers file and ask.

use diesel::prelude::*;

use super::StorageError;
use super::batch::KeyHash;
use super::db::Db;
use super::schema_of_screening::{screened_claims, screening_days};
use super::stored::{bytes16, claim_id, dealer_id};
use crate::domain::ids::{ClaimId, DealerId};
use crate::domain::money::Fen;
use crate::domain::screening::{Named, Near, Nights, Pace, Prices, Seen};
use crate::domain::time::Timestamp;

/// Claims that name the same are looked at so far.
const MOST_ALIKE: i64 = 1_000;
/// Claims near a tier are looked at so far, the last ones.
const MOST_NEAR: i64 = 2_000;
/// The dealer's first sales of an article: so few that its price is known before it raises it, and
/// that raised ones do not become its price.
const OWN_SALES: i64 = 10;
/// The last sales of others: so few that a dearer market is soon known.
const PEER_SALES: i64 = 20;
/// Claims in one run.
const MOST_IN_RUN: i64 = 500;
/// Days of another dealer from which it is known what it usually files.
const USUAL_DAYS: usize = 3;
const MINUTE: i64 = 60 * 1_000_000;

/// What is kept of a claim.
#[derive(Debug, Clone)]
pub struct Screened {
    /// The claim.
    pub claim: ClaimId,
    /// Its dealer.
    pub dealer: DealerId,
    /// Its programme.
    pub programme: String,
    /// Keyed hash of its applicant.
    pub person: KeyHash,
    /// Of the telephone.
    pub telephone: KeyHash,
    /// Of the bank account.
    pub account: KeyHash,
    /// Of the article: its GTIN, or the model of a car.
    pub goods: KeyHash,
    /// Its price, in fen.
    pub price: Option<Fen>,
    /// When it was filed.
    pub filed: Timestamp,
}

/// Keeps what a claim says now; `true` when it was not there before.
///
/// # Errors
/// The database's.
pub fn put(conn: &mut Db, row: &Screened) -> Result<bool, StorageError> {
    let before = diesel::delete(screened_claims::table.find(row.claim.to_vec())).execute(conn)?;
    diesel::insert_into(screened_claims::table)
        .values((
            screened_claims::claim_id.eq(row.claim.to_vec()),
            screened_claims::dealer_id.eq(row.dealer.to_vec()),
            screened_claims::programme.eq(&row.programme),
            screened_claims::person_hash.eq(&row.person[..]),
            screened_claims::telephone_hash.eq(&row.telephone[..]),
            screened_claims::account_hash.eq(&row.account[..]),
            screened_claims::goods_hash.eq(&row.goods[..]),
            screened_claims::price.eq(row.price.map(Fen::fen)),
            screened_claims::filed_us.eq(row.filed.0),
        ))
        .execute(conn)?;
    Ok(before == 0)
}

macro_rules! who_names {
    ($conn:expr, $column:expr, $what:expr) => {{
        let rows: Vec<(Vec<u8>, Vec<u8>)> = screened_claims::table
            .filter($column.eq(&$what[..]))
            .order(screened_claims::claim_id.desc())
            .limit(MOST_ALIKE)
            .select((screened_claims::claim_id, screened_claims::person_hash))
            .load($conn)?;
        let seen = |(claim, person): (Vec<u8>, Vec<u8>)| -> Result<Seen, StorageError> {
            Ok(Seen {
                claim: claim_id(&claim)?,
                person: bytes16(&person)?,
            })
        };
        Named {
            what: $what,
            by: rows.into_iter().map(seen).collect::<Result<_, _>>()?,
        }
    }};
}

/// Who names the same telephone, and who the same bank account.
///
/// # Errors
/// The database's.
pub fn alike(conn: &mut Db, row: &Screened) -> Result<(Named, Named), StorageError> {
    let telephone = who_names!(conn, screened_claims::telephone_hash, row.telephone);
    let account = who_names!(conn, screened_claims::account_hash, row.account);
    Ok((telephone, account))
}

/// When the dealer had filed last before this claim.
///
/// # Errors
/// The database's.
pub fn filed_before(conn: &mut Db, row: &Screened) -> Result<Option<Timestamp>, StorageError> {
    let before: Option<i64> = screened_claims::table
        .filter(screened_claims::dealer_id.eq(row.dealer.to_vec()))
        .filter(screened_claims::filed_us.le(row.filed.0))
        .filter(screened_claims::claim_id.ne(row.claim.to_vec()))
        .order(screened_claims::filed_us.desc())
        .select(screened_claims::filed_us)
        .first(conn)
        .optional()?;
    Ok(before.map(Timestamp))
}

/// Counts a claim for the day on which its dealer filed it.
///
/// # Errors
/// The database's.
pub fn count(conn: &mut Db, dealer: DealerId, day: i64, night: bool) -> Result<(), StorageError> {
    let night = i64::from(night);
    let there = diesel::update(screening_days::table.find((dealer.to_vec(), day)))
        .set((
            screening_days::claims.eq(screening_days::claims + 1),
            screening_days::night.eq(screening_days::night + night),
        ))
        .execute(conn)?;
    if there == 0 {
        diesel::insert_into(screening_days::table)
            .values((
                screening_days::dealer_id.eq(dealer.to_vec()),
                screening_days::day.eq(day),
                screening_days::claims.eq(1),
                screening_days::night.eq(night),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// What a dealer filed on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayOf {
    /// The dealer.
    pub dealer: DealerId,
    /// The day in Beijing, counted from the first of the common era.
    pub day: i64,
    /// Claims.
    pub claims: u32,
    /// Those at night by hand.
    pub night: u32,
}

/// What every dealer filed on these days.
///
/// # Errors
/// The database's.
pub fn days(conn: &mut Db, from: i64, until: i64) -> Result<Vec<DayOf>, StorageError> {
    let rows: Vec<(Vec<u8>, i64, i64, i64)> = screening_days::table
        .filter(screening_days::day.ge(from))
        .filter(screening_days::day.le(until))
        .load(conn)?;
    let read = |(dealer, day, claims, night): (Vec<u8>, i64, i64, i64)| {
        Ok(DayOf {
            dealer: dealer_id(&dealer)?,
            day,
            claims: u32::try_from(claims).unwrap_or(u32::MAX),
            night: u32::try_from(night).unwrap_or(u32::MAX),
        })
    };
    rows.into_iter().map(read).collect()
}

/// What a dealer filed in the minute before a claim and with it.
///
/// # Errors
/// The database's.
pub fn run(conn: &mut Db, row: &Screened) -> Result<Vec<ClaimId>, StorageError> {
    let rows: Vec<Vec<u8>> = screened_claims::table
        .filter(screened_claims::dealer_id.eq(row.dealer.to_vec()))
        .filter(screened_claims::filed_us.gt(row.filed.0 - MINUTE))
        .filter(screened_claims::filed_us.le(row.filed.0))
        .order(screened_claims::filed_us.desc())
        .limit(MOST_IN_RUN)
        .select(screened_claims::claim_id)
        .load(conn)?;
    rows.iter().map(|id| claim_id(id)).collect()
}

/// Claim, dealer, article and price.
type NearTuple = (Vec<u8>, Vec<u8>, Vec<u8>, Option<i64>);

/// Prices of a programme in a range: the dealer's, and those of others.
///
/// # Errors
/// The database's.
pub fn near(
    conn: &mut Db,
    row: &Screened,
    range: std::ops::Range<i64>,
) -> Result<(Vec<Near>, Vec<Near>), StorageError> {
    let rows: Vec<NearTuple> = screened_claims::table
        .filter(screened_claims::programme.eq(&row.programme))
        .filter(screened_claims::price.ge(range.start))
        .filter(screened_claims::price.lt(range.end))
        .order(screened_claims::claim_id.desc())
        .limit(MOST_NEAR)
        .select((
            screened_claims::claim_id,
            screened_claims::dealer_id,
            screened_claims::goods_hash,
            screened_claims::price,
        ))
        .load(conn)?;
    let (mut own, mut peers) = (Vec::new(), Vec::new());
    for (claim, dealer, goods, price) in rows {
        let near = Near {
            claim: claim_id(&claim)?,
            goods: bytes16(&goods)?,
            price: price.and_then(Fen::new).unwrap_or_default(),
        };
        if dealer_id(&dealer)? == row.dealer {
            own.push(near);
        } else {
            peers.push(near);
        }
    }
    Ok((own, peers))
}

/// What the same article cost within some time before a claim.
///
/// # Errors
/// The database's.
pub fn prices(conn: &mut Db, row: &Screened, since: Timestamp) -> Result<Prices, StorageError> {
    macro_rules! sales {
        ($of:expr, $order:expr, $limit:expr) => {
            screened_claims::table
                .filter(screened_claims::goods_hash.eq(&row.goods[..]))
                .filter(screened_claims::filed_us.ge(since.0))
                .filter(screened_claims::filed_us.le(row.filed.0))
                .filter(screened_claims::claim_id.ne(row.claim.to_vec()))
                .filter(screened_claims::price.is_not_null())
                .filter($of)
                .order($order)
                .limit($limit)
                .select(screened_claims::price)
                .load::<Option<i64>>(conn)?
                .into_iter()
                .flatten()
                .filter_map(Fen::new)
                .collect()
        };
    }
    let dealer = row.dealer.to_vec();
    Ok(Prices {
        goods: row.goods,
        own: sales!(
            screened_claims::dealer_id.eq(&dealer),
            screened_claims::filed_us.asc(),
            OWN_SALES
        ),
        peers: sales!(
            screened_claims::dealer_id.ne(&dealer),
            screened_claims::filed_us.desc(),
            PEER_SALES
        ),
    })
}

/// How fast a dealer files and how much of it at night, from the days of all dealers up to `day`.
pub fn habits(all: &[DayOf], row: &Screened, day: i64) -> (Pace, Nights) {
    let (mut pace, mut nights) = (Pace::default(), Nights::default());
    let mut peers: std::collections::BTreeMap<DealerId, Vec<u32>> = Default::default();
    for one in all {
        if one.dealer == row.dealer {
            nights.own += one.night;
            nights.own_all += one.claims;
            if one.day == day {
                pace.today = one.claims;
            } else if one.day < day {
                pace.days.push(one.claims);
            }
        } else {
            nights.peers += one.night;
            nights.peers_all += one.claims;
            if one.day < day {
                peers.entry(one.dealer).or_default().push(one.claims);
            }
        }
    }
    let median = |mut days: Vec<u32>| {
        days.sort_unstable();
        days.get(days.len() / 2).copied().unwrap_or(0)
    };
    // Where a programme has just begun nothing is usual yet.
    let known = peers.into_values().filter(|days| days.len() >= USUAL_DAYS);
    pace.peers = known.map(median).collect();
    (pace, nights)
}
