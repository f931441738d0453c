//! Two persons: what is above the stated sum, and every pack where there is such a sum, is
//! proposed by one and decided by another. What is approved is carried out in the transaction
//! that decides it, so it happens once or not at all.

pub mod once;

use std::collections::HashMap;

use aws_lc_rs::digest;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use self::once::Under;

use crate::clock;
use crate::domain::ids::{ProposalId, StaffId};
use crate::domain::money::Fen;
use crate::domain::policy::Problem;
use crate::domain::time::Timestamp;
use crate::journal::canonical::hex;
use crate::operations::author::{Author, Warrant};
use crate::operations::denial::{ActError, Denial, Ended};
use crate::operations::packs::{Loaded, Source};
use crate::operations::pool_money::{self, MoneyAct, MoneyKind, MoneyTerms, Moved};
use crate::operations::public::PoolView;
use crate::operations::scene::with_retries;
use crate::operations::{Engine, StaffCaller};
use crate::storage::proposals::{self, ProposalRow, ProposalState};
use crate::storage::{Db, StorageError, dialect};

/// The kind of a proposal to publish a pack.
const PACK: &str = "pack";

/// What came of asking for something.
#[derive(Debug)]
pub enum Asked<T> {
    /// One person was enough: it is done.
    Done(T),
    /// A second person must decide.
    Proposed(Box<ProposalView>),
}

/// A proposal as the bureau sees it.
#[derive(Debug, Clone, Serialize)]
pub struct ProposalView {
    /// The id.
    pub id: ProposalId,
    /// `top_up`, `transfer`, `set_aside`, `release_aside` or `pack`.
    pub kind: String,
    /// The pool or the programme that it is about.
    pub subject: String,
    /// What is to be done; a pack's text only where one proposal is shown.
    pub payload: Value,
    /// `sha256:…` of the kind, a line end, and the canonical JSON of the whole payload.
    pub digest: String,
    /// `proposed`, `done` or `refused`.
    pub state: &'static str,
    /// The login of who proposed it, or `command line`.
    pub proposed_by: String,
    /// When.
    pub proposed_at: Timestamp,
    /// The login of who decided it; null also where one person was enough.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<Timestamp>,
    /// Why it was refused.
    pub why: Option<String>,
}

/// A pack to be published. Its JSON is canonical (RFC 8785), as that of [`MoneyTerms`].
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PackTerms {
    programme: String,
    source: String,
    version: String,
}

/// Why a pack was neither published nor proposed.
#[derive(Debug)]
pub enum PackError {
    /// It has mistakes.
    Mistakes(Vec<Problem>),
    /// It could not be done.
    Ended(Ended),
}

impl From<StorageError> for PackError {
    fn from(error: StorageError) -> Self {
        PackError::Ended(error.into())
    }
}

/// Does something with a pool's money, or proposes it where the sum is above `limit`.
///
/// # Errors
/// As [`pool_money::carry_out`]: also what could not be done now is not proposed.
pub fn ask_money(
    conn: &mut Db,
    limit: Option<Fen>,
    act: &MoneyAct,
    by: Author,
) -> Result<Asked<Moved>, Ended> {
    let above = limit.is_some_and(|limit| act.terms.amount > limit);
    if !above {
        let moved = pool_money::act(conn, act, &Warrant::alone(by))?;
        return Ok(Asked::Done(moved));
    }
    with_retries(conn, |conn| {
        pool_money::check(conn, act)?;
        let payload = canonical(&act.terms);
        let row = proposed(conn, act.kind.as_str(), &act.terms.pool, payload, by)?;
        proposals::insert(conn, &row, None)?;
        Ok(Asked::Proposed(shown(conn, row, true)?.into()))
    })
}

/// Publishes a pack, or proposes it where there is a limit. What is published already is
/// neither. Whoever publishes alone is kept, too.
///
/// # Errors
/// [`PackError`].
pub fn ask_pack(
    conn: &mut Db,
    limit: Option<Fen>,
    text: &str,
    by: Author,
) -> Result<Asked<Loaded>, PackError> {
    ask_pack_as(conn, limit, text, by, Under::Nothing)
}

fn ask_pack_as(
    conn: &mut Db,
    limit: Option<Fen>,
    text: &str,
    by: Author,
    under: Under,
) -> Result<Asked<Loaded>, PackError> {
    let source = Source::read(text).map_err(PackError::Mistakes)?;
    let asked = with_retries(conn, |conn| {
        if source.is_published(conn)? {
            return Ok(Asked::Done(source.loaded(false)));
        }
        let programme = &source.pack.id.0;
        let payload = canonical(&PackTerms {
            programme: programme.clone(),
            source: text.to_owned(),
            version: source.digest.clone(),
        });
        let mut row = proposed(conn, PACK, programme, payload, by)?;
        if let Some(kept) = under.kept(conn, &mut row)? {
            return Ok(Asked::Proposed(shown(conn, kept, true)?.into()));
        }
        if limit.is_some() {
            proposals::insert(conn, &row, under.key())?;
            return Ok(Asked::Proposed(shown(conn, row, true)?.into()));
        }
        row.state = ProposalState::Done;
        row.decided = Some(row.proposed);
        proposals::insert(conn, &row, under.key())?;
        Ok(Asked::Done(source.publish(conn)?))
    });
    asked.map_err(PackError::Ended)
}

fn proposed(
    conn: &mut Db,
    kind: &str,
    subject: &str,
    payload: String,
    by: Author,
) -> Result<ProposalRow, StorageError> {
    Ok(ProposalRow {
        id: ProposalId(clock::new_uuid()),
        kind: kind.to_owned(),
        subject: subject.to_owned(),
        digest: digest_of(kind, &payload),
        payload,
        proposed_by: by.staff(),
        proposed: dialect::now(conn)?,
        state: ProposalState::Proposed,
        decided_by: None,
        decided: None,
        why: None,
    })
}

/// The canonical JSON of what is proposed.
fn canonical(terms: &impl Serialize) -> String {
    // A struct of texts always serialises.
    serde_json::to_string(terms).unwrap_or_default()
}

fn digest_of(kind: &str, payload: &str) -> String {
    let text = format!("{kind}\n{payload}");
    let hash = digest::digest(&digest::SHA256, text.as_bytes());
    format!("sha256:{}", hex(hash.as_ref()))
}

/// Approves a proposal and carries it out.
///
/// # Errors
/// [`Denial::SecondPersonRequired`] for whoever proposed it, [`Denial::AlreadyDecided`]; what
/// cannot be done any more stays proposed, with the denials of [`pool_money::carry_out`] and
/// [`Denial::PackChanged`].
pub async fn approve(
    engine: &Engine,
    caller: &StaffCaller,
    id: ProposalId,
) -> Result<ProposalView, ActError> {
    let staff = caller.staff;
    let done = engine.write_db(move |conn| -> Result<ProposalView, Ended> {
        with_retries(conn, |conn| {
            let row = decide(conn, staff, id, ProposalState::Done, None)?;
            carry_out(conn, &row, staff)
        })?;
        view(conn, id)
    });
    done.await.map_err(Ended::into_act)
}

/// Refuses a proposal; nothing is done.
///
/// # Errors
/// [`Denial::SecondPersonRequired`] for whoever proposed it, [`Denial::AlreadyDecided`].
pub async fn refuse(
    engine: &Engine,
    caller: &StaffCaller,
    id: ProposalId,
    why: String,
) -> Result<ProposalView, ActError> {
    let staff = caller.staff;
    let done = engine.write_db(move |conn| -> Result<ProposalView, Ended> {
        with_retries(conn, |conn| {
            decide(conn, staff, id, ProposalState::Refused, Some(&why))
        })?;
        view(conn, id)
    });
    done.await.map_err(Ended::into_act)
}

/// Takes the decision, before any pool is locked: whoever else decides the same proposal waits
/// here, and then finds it decided.
fn decide(
    conn: &mut Db,
    staff: StaffId,
    id: ProposalId,
    state: ProposalState,
    why: Option<&str>,
) -> Result<ProposalRow, Ended> {
    let row = proposals::find(conn, id)?.ok_or(ActError::NotFound)?;
    if row.proposed_by == Some(staff) {
        return Err(Denial::SecondPersonRequired.into());
    }
    let now = dialect::now(conn)?;
    if !proposals::decide(conn, id, state, staff, now, why)? {
        return Err(Denial::AlreadyDecided.into());
    }
    if row.digest != digest_of(&row.kind, &row.payload) {
        let changed = format!("proposal {id} is not what was proposed");
        return Err(StorageError::Corrupt(changed).into());
    }
    Ok(row)
}

fn carry_out(conn: &mut Db, row: &ProposalRow, staff: StaffId) -> Result<(), Ended> {
    let corrupt = || StorageError::Corrupt(format!("proposal {}: its payload", row.id));
    if row.kind == PACK {
        let terms: PackTerms = serde_json::from_str(&row.payload).map_err(|_| corrupt())?;
        let source = Source::read(&terms.source).map_err(|_| Denial::PackChanged)?;
        if source.digest != terms.version {
            return Err(Denial::PackChanged.into());
        }
        source.publish(conn)?;
        return Ok(());
    }
    let act = money_act(row).ok_or_else(corrupt)?;
    let warrant = Warrant {
        by: Author::Staff(staff),
        proposal: Some((row.id, row.proposed_by.into())),
    };
    pool_money::carry_out(conn, &act, &warrant)?;
    Ok(())
}

fn money_act(row: &ProposalRow) -> Option<MoneyAct> {
    let kind = MoneyKind::parse(&row.kind)?;
    let terms: MoneyTerms = serde_json::from_str(&row.payload).ok()?;
    // Only a transfer has another pool.
    let whole = terms.to.is_some() == (kind == MoneyKind::Transfer);
    whole.then_some(MoneyAct { kind, terms })
}

/// A proposal with all of its payload.
///
/// # Errors
/// [`ActError::NotFound`]; the database's.
pub fn view(conn: &mut Db, id: ProposalId) -> Result<ProposalView, Ended> {
    let row = proposals::find(conn, id)?.ok_or(ActError::NotFound)?;
    Ok(shown(conn, row, true)?)
}

/// At most `limit` proposals after one, in the order in which they were made; in one state, or
/// all. Of packs the text is left out.
///
/// # Errors
/// The database's.
pub fn views(
    conn: &mut Db,
    state: Option<ProposalState>,
    after: Option<ProposalId>,
    limit: i64,
) -> Result<Vec<ProposalView>, StorageError> {
    let rows = proposals::list(conn, state, after, limit)?;
    let mut logins = Logins::default();
    rows.into_iter()
        .map(|row| logins.shown(conn, row, false))
        .collect()
}

/// [`view`] for the service.
///
/// # Errors
/// [`ActError`].
pub async fn get(engine: &Engine, id: ProposalId) -> Result<ProposalView, ActError> {
    let found = engine.with_db(move |conn| view(conn, id));
    found.await.map_err(Ended::into_act)
}

/// [`views`] for the service.
///
/// # Errors
/// [`ActError::Unavailable`].
pub async fn list(
    engine: &Engine,
    state: Option<ProposalState>,
    after: Option<ProposalId>,
    limit: i64,
) -> Result<Vec<ProposalView>, ActError> {
    let found = engine.with_db(move |conn| views(conn, state, after, limit));
    found.await.map_err(|error| Ended::from(error).into_act())
}

/// [`ask_money`] for a caller of the service, who is shown the pool where it is done at once. The
/// same wish under the same idempotency key is done once, and then shown as it stands.
///
/// # Errors
/// [`ActError`]; [`Denial::KeyReused`] where the key belongs to another wish.
pub async fn money(
    engine: &Engine,
    caller: &StaffCaller,
    act: MoneyAct,
    key: Option<&str>,
) -> Result<Asked<PoolView>, ActError> {
    let (worker, by) = (engine.clone(), Author::Staff(caller.staff));
    let limit = engine.settings.two_persons_above;
    let under = key.map(|key| Under::key_of(engine, caller, key));
    let done = engine.write_db(move |conn| -> Result<Asked<PoolView>, Ended> {
        let asked = match under {
            Some(under) => once::ask_money(conn, limit, &act, by, under)?,
            None => ask_money(conn, limit, &act, by)?,
        };
        Ok(match asked {
            Asked::Proposed(proposal) => Asked::Proposed(proposal),
            Asked::Done(moved) => {
                let catalogue = worker.catalogue.current();
                let now = dialect::now(conn)?;
                Asked::Done(PoolView::new(moved.pool, &catalogue, now))
            }
        })
    });
    done.await.map_err(Ended::into_act)
}

/// [`ask_pack`] for a caller of the service, once where it comes with an idempotency key.
///
/// # Errors
/// [`PackError`]; with [`Denial::KeyReused`] where the key belongs to another wish.
pub async fn pack(
    engine: &Engine,
    caller: &StaffCaller,
    text: String,
    key: Option<&str>,
) -> Result<Asked<Loaded>, PackError> {
    let by = Author::Staff(caller.staff);
    let limit = engine.settings.two_persons_above;
    let under = key.map_or(Under::Nothing, |key| Under::key_of(engine, caller, key));
    let done = engine.write_db(move |conn| ask_pack_as(conn, limit, &text, by, under));
    done.await
}

fn shown(conn: &mut Db, row: ProposalRow, whole: bool) -> Result<ProposalView, StorageError> {
    Logins::default().shown(conn, row, whole)
}

/// Logins, each read once.
#[derive(Default)]
struct Logins(HashMap<StaffId, String>);

impl Logins {
    fn of(&mut self, conn: &mut Db, id: StaffId) -> Result<String, StorageError> {
        if let Some(login) = self.0.get(&id) {
            return Ok(login.clone());
        }
        let login = proposals::login(conn, id)?;
        self.0.insert(id, login.clone());
        Ok(login)
    }

    fn shown(
        &mut self,
        conn: &mut Db,
        row: ProposalRow,
        whole: bool,
    ) -> Result<ProposalView, StorageError> {
        let corrupt = |_| StorageError::Corrupt(format!("proposal {}: its payload", row.id));
        let mut payload: Value = serde_json::from_str(&row.payload).map_err(corrupt)?;
        if let (false, Some(members)) = (whole, payload.as_object_mut()) {
            members.remove("source");
        }
        let proposed_by = match row.proposed_by {
            Some(staff) => self.of(conn, staff)?,
            None => Author::CommandLine.named(),
        };
        let decided_by = match row.decided_by {
            Some(staff) => Some(self.of(conn, staff)?),
            None => None,
        };
        Ok(ProposalView {
            id: row.id,
            kind: row.kind,
            subject: row.subject,
            payload,
            digest: row.digest,
            state: row.state.as_str(),
            proposed_by,
            proposed_at: row.proposed,
            decided_by,
            decided_at: row.decided,
            why: row.why,
        })
    }
}
