//! A claim as people of the bureau have it before them: masked, with everything around it that
//! helps to decide, read in one snapshot.

mod near;
mod prospects;
mod timeline;

use std::collections::HashMap;

use crate::domain::ids::{ClaimId, StaffId};
use crate::domain::policy::verdict::AwardKind;
use crate::domain::text::Lang;
use crate::domain::time::Timestamp;
use crate::operations::claim_lists::title;
use crate::operations::claims::{ClaimView, versions_and_dealer, view};
use crate::operations::{
    Engine, ReadError, StaffCaller, Viewer, payment_reason, register, review, screening,
};
use crate::storage::claim_flags::Flag;
use crate::storage::claims::StoredClaim;
use crate::storage::payout_lines::{LineRow, LineState};
use crate::storage::screening::Found;
use crate::storage::{
    Db, StorageError, access, awards, claim_changes, claim_flags, claims, payout_lines, pools,
};

pub use self::near::{Near, SAME_DEALER, Shared};
pub use self::prospects::Prospect;
pub use self::timeline::{Happened, Step};

/// Everything about a claim that a decision needs.
#[derive(Debug)]
pub struct Dossier {
    /// The claim, masked.
    pub claim: ClaimView,
    /// The pool that pays it.
    pub pool: String,
    /// The programme's title.
    pub programme: String,
    /// The dealer's name.
    pub dealer: String,
    /// Its credit code.
    pub uscc: String,
    /// Papers that the claim's own version of the pack asks for.
    pub asked: Vec<AskedPaper>,
    /// Its flags.
    pub flags: Vec<Flag>,
    /// What screening found, cleared or not.
    pub screened: Vec<Found>,
    /// What the register of national awards says now.
    pub register: Vec<RegisterAnswer>,
    /// Other claims of the same person, or that name the same.
    pub near: Vec<Near>,
    /// What happened to it, the first first.
    pub timeline: Vec<Happened>,
    /// Every attempt to pay it.
    pub payments: Vec<Attempt>,
    /// The login of who prepared the decision.
    pub prepared_by: Option<String>,
    /// Who has it on his desk.
    pub desk: Option<Desk>,
    /// How often it was given back, and how often it may be.
    pub rounds: (i64, u32),
    /// The most days for a correction.
    pub correction_days: u32,
    /// What this person may do with it, and what hinders him.
    pub prospects: Vec<Prospect>,
}

/// An attempt to pay a claim.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// The name that the bank knows it by.
    pub end_to_end_id: String,
    /// `dealer` or `consumer`.
    pub payee: String,
    /// What of the claim is set off, fen.
    pub set_off: i64,
    /// What the bank pays, fen.
    pub net: i64,
    /// What became of it.
    pub state: LineState,
    /// Why it came back, where it did; the payee masked in it.
    pub reason: Option<String>,
}

fn attempt(engine: &Engine, line: LineRow) -> Result<Attempt, StorageError> {
    let (vault, id) = (&engine.keys.vault, &line.end_to_end_id);
    Ok(Attempt {
        reason: payment_reason::shown(vault, id, &line.sealed, line.reason.as_deref())?,
        end_to_end_id: line.end_to_end_id,
        payee: line.payee,
        set_off: line.set_off,
        net: line.net,
        state: line.state,
    })
}

/// A paper that the pack asks for.
#[derive(Debug, Clone)]
pub struct AskedPaper {
    /// Its word.
    pub paper: String,
    /// Its title.
    pub title: String,
    /// JSON pointers of the fields that it proves.
    pub proves: Vec<String>,
}

/// What the register says about a person or a car.
#[derive(Debug, Clone)]
pub struct RegisterAnswer {
    /// The field that it is about.
    pub field: &'static str,
    /// The award that was asked for.
    pub award: &'static str,
    /// The first day on which awards count, where there is one.
    pub from: Option<String>,
    /// Awards that speak against the claim: the day of each.
    pub found: Vec<String>,
}

/// A reviewer's desk.
#[derive(Debug, Clone)]
pub struct Desk {
    /// Whether it is the one who asks.
    pub own: bool,
    /// His login.
    pub login: String,
    /// Until when he has the claim there.
    pub until: Timestamp,
}

/// The dossier of a claim for somebody of the bureau.
///
/// # Errors
/// [`ReadError`].
pub async fn show(
    engine: &Engine,
    caller: &StaffCaller,
    id: ClaimId,
    lang: Lang,
) -> Result<Dossier, ReadError> {
    let (worker, caller) = (engine.clone(), *caller);
    let found = engine.with_db(move |conn| -> Result<Option<Dossier>, StorageError> {
        conn.snapshot(|conn| within(&worker, conn, caller, id, lang))
    });
    found.await?.ok_or(ReadError::NotFound)
}

fn within(
    engine: &Engine,
    conn: &mut Db,
    caller: StaffCaller,
    id: ClaimId,
    lang: Lang,
) -> Result<Option<Dossier>, StorageError> {
    let Some(row) = claims::by_id(conn, id)? else {
        return Ok(None);
    };
    let Some(claim) = view(engine, conn, Viewer::Bureau, id, lang)? else {
        return Ok(None);
    };
    let (published, dealer) = versions_and_dealer(engine, conn, &row)?;
    let notes = claim_changes::notes(conn, id)?;
    let attempts = payout_lines::attempts(conn, id)?;
    let persons: Vec<StaffId> = [row.progress.prepared_by, row.progress.approved_by]
        .into_iter()
        .flatten()
        .chain(row.progress.lease.map(|(who, _)| who))
        .chain(notes.iter().filter_map(|note| note.staff))
        .collect();
    let logins: HashMap<StaffId, String> = access::logins(conn, &persons)?.into_iter().collect();
    let login = |who: StaffId| logins.get(&who).cloned().unwrap_or_default();
    let corrections = published.pack.rules.corrections.as_ref();
    let terms = corrections.map(|c| (c.terms.days, c.terms.rounds));
    let (correction_days, rounds) = terms.unwrap_or((review::CORRECTION_DAYS, review::ROUNDS));
    let now = crate::storage::dialect::now(conn)?;
    let desk = row.progress.lease.filter(|(_, until)| *until > now);
    let asked = published.pack.rules.paper.iter();
    Ok(Some(Dossier {
        pool: pools::read(conn, row.pool)?.map_or_else(String::new, |pool| pool.name),
        programme: title(&engine.catalogue.current(), &row.programme, lang),
        dealer: dealer.name.clone(),
        uscc: dealer.uscc.as_str().to_owned(),
        asked: asked
            .map(|rule| AskedPaper {
                paper: rule.terms.name.clone(),
                title: rule.terms.title.get(lang).to_owned(),
                proves: rule.terms.proves.clone(),
            })
            .collect(),
        flags: claim_flags::whole(conn, id)?,
        screened: screening::of(conn, id)?,
        register: register_answers(engine, conn, &row)?,
        near: near::find(engine, conn, &row, lang)?,
        timeline: timeline::of(&row, &claim, &notes, &attempts, login),
        prepared_by: row.progress.prepared_by.map(login),
        desk: desk.map(|(who, until)| Desk {
            own: who == caller.staff,
            login: login(who),
            until,
        }),
        rounds: (row.progress.rounds, rounds),
        correction_days,
        prospects: prospects::of(conn, &row, &notes, caller.staff, now, rounds)?,
        payments: attempts
            .into_iter()
            .map(|line| attempt(engine, line))
            .collect::<Result<_, _>>()?,
        claim,
    }))
}

/// What the register says now, to every question that the claim asks.
fn register_answers(
    engine: &Engine,
    conn: &mut Db,
    claim: &StoredClaim,
) -> Result<Vec<RegisterAnswer>, StorageError> {
    let mut answers = Vec::new();
    for ask in register::asks_of(engine, conn, claim)? {
        let awards = awards::since(conn, ask.person, &ask.hash, Timestamp(0))?;
        let met = awards
            .iter()
            .filter(|a| ask.is_met_by(&a.kind, &a.awarded_on));
        answers.push(RegisterAnswer {
            field: ask.field,
            award: ask.award,
            found: met.map(|award| award.awarded_on.clone()).collect(),
            from: ask.from,
        });
    }
    Ok(answers)
}

impl RegisterAnswer {
    /// Whether it asks for scrappage awards; else for replacement awards.
    pub fn is_scrappage(&self) -> bool {
        self.award == AwardKind::Scrappage.as_str()
    }
}
