//! One claim under its pool's lock: every act after the verdict is made of the same steps.
//!
//! A [`Scene`] knows the transition table: it moves the claim by compare and set, gives keys
//! and share back where the new state does not hold them, moves the money, and writes exactly
//! one journal entry. [`act`] puts a transaction around it: whatever came free goes to the head
//! of the line before COMMIT.

use std::collections::{HashMap, hash_map::Entry};

use crate::domain::claim::{Bucket, ClaimState};
use crate::domain::ids::{ClaimId, DealerId, StaffId};
use crate::domain::money::Fen;
use crate::domain::policy::Pack;
use crate::domain::policy::rules::queue::QueueBy;
use crate::domain::policy::verdict::{PaperDue, papers_due};
use crate::domain::text::Lang;
use crate::domain::time::Timestamp;
use crate::domain::transition::{Act, transition};
use crate::journal::entry::{EntryActor, EntryKind};
use crate::ledger::{Ledger, Line, Private, act_record};
use crate::operations::claims::{ClaimView, view};
use crate::operations::denial::{ActError, Denial, Ended};
use crate::operations::{Engine, Viewer, papers, pools};
use crate::storage::claim_keys::Release;
use crate::storage::claims::StoredClaim;
use crate::storage::{Db, Fault, StorageError, catalogue, claim_changes, claim_keys, claims};

/// How often a conflict with another transaction is tried again.
const ATTEMPTS: u32 = 5;

/// Who does an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The engine.
    System,
    /// The dealer that filed.
    Dealer(DealerId),
    /// A user of the bureau.
    Staff(StaffId),
}

impl By {
    /// As the journal says it in public.
    pub const fn actor(self) -> EntryActor {
        match self {
            By::System => EntryActor::System,
            By::Dealer(_) => EntryActor::Dealer,
            By::Staff(_) => EntryActor::Staff,
        }
    }

    /// As the private record says it.
    pub fn named(self) -> (&'static str, String) {
        match self {
            By::System => ("system", "engine".to_owned()),
            By::Dealer(id) => ("dealer", id.to_string()),
            By::Staff(id) => ("staff", id.to_string()),
        }
    }
}

/// What an act does.
#[derive(Debug)]
pub struct Move {
    act: Act,
    to: ClaimState,
    kind: EntryKind,
    amount: Fen,
    given_back: bool,
    detail: Option<String>,
    release: Release,
    record: Vec<(&'static str, String)>,
}

impl Move {
    /// An act that moves no money.
    pub fn of(act: Act, to: ClaimState, kind: EntryKind) -> Self {
        Self {
            act,
            to,
            kind,
            amount: Fen::ZERO,
            given_back: false,
            detail: None,
            release: Release::All,
            record: Vec::new(),
        }
    }

    /// The kind of the entry.
    pub const fn kind(&self) -> EntryKind {
        self.kind
    }

    /// The amount of the entry, moved as the transition says.
    #[must_use]
    pub fn with_amount(mut self, amount: Fen) -> Self {
        self.amount = amount;
        self
    }

    /// The claim keeps all but this.
    #[must_use]
    pub fn giving_back(mut self, amount: Fen) -> Self {
        self.amount = amount;
        self.given_back = true;
        self
    }

    /// The public word.
    #[must_use]
    pub fn with_detail(mut self, detail: &str) -> Self {
        self.detail = Some(detail.to_owned());
        self
    }

    /// Which keys are given back if the new state holds none.
    #[must_use]
    pub fn releasing(mut self, release: Release) -> Self {
        self.release = release;
        self
    }

    /// Something more for the private record.
    #[must_use]
    pub fn noting(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.record.push((name, value.into()));
        self
    }
}

/// A claim, its pool's ledger, and the connection whose transaction holds the lock.
pub struct Scene<'a> {
    /// The connection.
    pub conn: &'a mut Db,
    /// The pool's row and the entries so far.
    pub ledger: &'a mut Ledger,
    /// The claim as it stands in this transaction.
    pub claim: StoredClaim,
}

impl<'a> Scene<'a> {
    /// A scene on a claim that was read under the lock.
    pub fn on(conn: &'a mut Db, ledger: &'a mut Ledger, claim: StoredClaim) -> Self {
        Self {
            conn,
            ledger,
            claim,
        }
    }

    /// When everything of this transaction happens.
    pub fn at(&self) -> Timestamp {
        self.ledger.at
    }

    /// Whether the deadline has come: from that instant on only the engine moves the claim.
    pub fn is_late(&self) -> bool {
        self.claim.progress.deadline.is_some_and(|d| d <= self.at())
    }

    /// Moves the claim. `change` sets what else is new of it; the desk is cleared and the
    /// deadline taken off before. Returns the number of the entry.
    ///
    /// # Errors
    /// [`ActError::WrongState`] where the table has no such move; [`ActError::Stale`] when the
    /// claim moved unseen.
    pub fn go(
        &mut self,
        step: Move,
        by: &By,
        change: impl FnOnce(&mut StoredClaim, Timestamp),
    ) -> Result<i64, Ended> {
        let before = self.claim.clone();
        let rule = transition(step.act, before.state, step.to)
            .ok_or(ActError::WrongState(before.state))?;
        let mut after = before.clone();
        after.state = step.to;
        after.changed = self.at();
        after.revision += 1;
        after.progress.lease = None;
        after.progress.deadline = None;
        if step.given_back {
            let rest = before.amount.checked_sub(step.amount);
            after.amount = rest.ok_or(Denial::AmountAboveHold)?;
        }
        let moved = match (step.given_back, before.state.bucket()) {
            (true, Some(bucket)) if step.amount > Fen::ZERO => Some((bucket, Bucket::Free)),
            (true, _) => None,
            (false, _) => rule.money,
        };
        // A withdrawal that is taken back begins no days anew.
        let given = moved == Some((Bucket::Free, Bucket::Reserved));
        if given && step.act != Act::UndoWithdrawal || step.act == Act::WinAppeal {
            after.held = Some(self.ledger.at);
        }
        change(&mut after, self.ledger.at);
        let moved_on = claim_changes::advance(self.conn, &before, &after)?;
        #[cfg(feature = "planted-faults")]
        let moved_on = crate::planted::believed(moved_on);
        if !moved_on {
            return Err(ActError::Stale.into());
        }
        self.count(&before, &after);
        self.give_back(&before, &after, step.release)?;
        let seq = self.append(&step, moved, by, &after)?;
        self.claim = after;
        Ok(seq)
    }

    fn count(&mut self, before: &StoredClaim, after: &StoredClaim) {
        let waits = |claim: &StoredClaim| claim.state == ClaimState::Waiting;
        let (waited, waits) = (waits(before), waits(after));
        self.ledger.pool.waiting += i64::from(waits) - i64::from(waited);
        let line = &mut self.ledger.line;
        if let Some(position) = before.position.filter(|_| waited) {
            line.goes(position, before.amount.fen());
        }
        if let Some(position) = after.position.filter(|_| waits) {
            line.comes(position, after.amount.fen());
        }
        if waited || waits {
            self.ledger.line_changes(waits);
        }
    }

    /// What the claim's new state does not hold any more goes back.
    fn give_back(
        &mut self,
        before: &StoredClaim,
        after: &StoredClaim,
        release: Release,
    ) -> Result<(), StorageError> {
        // What was voided names what it names also while that is contested, or another claim would
        // take what a won appeal needs.
        let keeps = |state: ClaimState| state.holds_keys() || state == ClaimState::Appealed;
        if keeps(before.state) && !keeps(after.state) {
            claim_keys::release(self.conn, before, release)?;
        }
        let share = |claim: &StoredClaim| {
            if claim.state.is_live() {
                claim.amount.fen()
            } else {
                0
            }
        };
        let released = share(before) - share(after);
        if released != 0 {
            let pool = &self.ledger.pool;
            claim_changes::release_share(self.conn, pool, before.dealer, released)?;
        }
        Ok(())
    }

    fn append(
        &mut self,
        step: &Move,
        moved: Option<(Bucket, Bucket)>,
        by: &By,
        after: &StoredClaim,
    ) -> Result<i64, Ended> {
        let claim = after.id.to_string();
        let (who, name) = by.named();
        let mut fields: Vec<(&str, &str)> =
            vec![("act", step.kind.as_str()), ("claim", &claim), (who, &name)];
        fields.extend(step.record.iter().map(|(k, v)| (*k, v.as_str())));
        let line = Line {
            kind: step.kind,
            actor: by.actor(),
            about: Some(after.into()),
            amount: step.amount,
            moved,
            detail: step.detail.clone(),
            private: Private::Kept(act_record(&fields)),
        };
        let (seq, _) = self
            .ledger
            .append(line)
            .map_err(|e| StorageError::Corrupt(e.to_string()))?;
        Ok(seq)
    }
}

/// Pack versions as far as a transaction needs them, each read once.
#[derive(Default)]
pub struct Packs(HashMap<i64, Pack>);

impl Packs {
    /// The pack version that judged a claim.
    ///
    /// # Errors
    /// The database's; [`StorageError::Corrupt`] when it is gone.
    pub fn of(&mut self, conn: &mut Db, claim: &StoredClaim) -> Result<&Pack, StorageError> {
        match self.0.entry(claim.version_id) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(place) => {
                let id = claim.version_id;
                let gone = || StorageError::Corrupt(format!("pack version {id} is gone"));
                let content = catalogue::content(conn, id)?.ok_or_else(gone)?;
                let pack = Pack::from_canonical_json(&content)
                    .map_err(|e| StorageError::Corrupt(format!("pack version {id}: {e}")))?;
                Ok(place.insert(pack))
            }
        }
    }

    /// The papers that are still due for a claim that waits: where the order goes by complete
    /// papers they came before its place, elsewhere they come after the money.
    ///
    /// # Errors
    /// The database's.
    pub fn papers_awaited(
        &mut self,
        conn: &mut Db,
        claim: &StoredClaim,
    ) -> Result<Vec<PaperDue>, StorageError> {
        match self.of(conn, claim)?.queue_by() {
            QueueBy::Submission => self.papers_due(conn, claim),
            QueueBy::Complete => papers::missing(conn, self, claim),
        }
    }

    /// The papers that fall due for a claim once money is held.
    ///
    /// # Errors
    /// The database's.
    pub fn papers_due(
        &mut self,
        conn: &mut Db,
        claim: &StoredClaim,
    ) -> Result<Vec<PaperDue>, StorageError> {
        let pack = self.of(conn, claim)?;
        Ok(papers_due(pack, claim.invoice_due))
    }
}

/// Does something to a claim that the caller has seen at `expected`, in one transaction, and
/// shows the claim as it stands then.
///
/// # Errors
/// [`ActError`].
pub async fn act<F>(
    engine: &Engine,
    by: By,
    id: ClaimId,
    expected: i64,
    lang: Lang,
    work: F,
) -> Result<ClaimView, ActError>
where
    F: Fn(&Engine, &mut Scene<'_>) -> Result<(), Ended> + Send + 'static,
{
    let worker = engine.clone();
    let viewer = match by {
        By::Dealer(dealer) => Viewer::Dealer(dealer),
        By::Staff(_) | By::System => Viewer::Bureau,
    };
    let done = engine
        .write_db(move |conn| -> Result<ClaimView, Ended> {
            with_retries(conn, |conn| {
                on_claim(conn, by, id, Some(expected), |scene| work(&worker, scene))
            })?;
            let seen = view(&worker, conn, viewer, id, lang)?;
            seen.ok_or(Ended::Act(ActError::NotFound))
        })
        .await;
    done.map_err(Ended::into_act)
}

/// Runs a write transaction, again while it only meets conflicts that pass. A constraint that
/// refuses means that another pool's transaction was faster than a look: the next look sees it.
///
/// # Errors
/// Those of `work`.
pub fn with_retries<T>(
    conn: &mut Db,
    mut work: impl FnMut(&mut Db) -> Result<T, Ended>,
) -> Result<T, Ended> {
    let mut attempt = 1;
    loop {
        match conn.write(&mut work) {
            Err(ended) if attempt < ATTEMPTS && ended.passes() => attempt += 1,
            other => return other,
        }
    }
}

/// Locks the pool of a claim, does something to the claim, gives freed money on, and writes the
/// entries: everything of one transaction but BEGIN and COMMIT.
///
/// # Errors
/// [`ActError::NotFound`] also for a claim that is another dealer's; [`ActError::Stale`] when
/// it is not at `expected` any more.
pub fn on_claim<T>(
    conn: &mut Db,
    by: By,
    id: ClaimId,
    expected: Option<i64>,
    work: impl FnOnce(&mut Scene<'_>) -> Result<T, Ended>,
) -> Result<T, Ended> {
    let own = |claim: &StoredClaim| match by {
        By::Dealer(dealer) => claim.dealer == dealer,
        By::Staff(_) | By::System => true,
    };
    let found = claims::by_id(conn, id)?.filter(own);
    let found = found.ok_or(ActError::NotFound)?;
    let mut ledger = pools::lock(conn, found.pool)?;
    // Read again: only under the lock does it stand still.
    let claim = claims::by_id(conn, id)?.filter(own);
    #[cfg(feature = "planted-faults")]
    let claim = match crate::planted::is(crate::planted::Fault::FreesTwice) {
        true => Some(found),
        false => claim,
    };
    let claim = claim.ok_or(ActError::NotFound)?;
    if expected.is_some_and(|expected| expected != claim.revision) {
        return Err(ActError::Stale.into());
    }
    let mut scene = Scene::on(conn, &mut ledger, claim);
    let done = work(&mut scene)?;
    settle(conn, ledger)?;
    Ok(done)
}

/// Gives what came free to those who wait, and writes the entries.
///
/// # Errors
/// The database's.
pub fn settle(conn: &mut Db, ledger: Ledger) -> Result<(), Ended> {
    pools::finish(conn, ledger)?;
    Ok(())
}

impl Ended {
    /// Whether the same may succeed when it is tried again.
    fn passes(&self) -> bool {
        matches!(self.fault(), Some(Fault::Transient | Fault::Constraint))
    }
}
