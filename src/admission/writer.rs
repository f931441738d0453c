//! The writer of one pool: takes what waits, commits it, answers.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::mpsc::SendError;
use std::thread::sleep;
use std::time::Duration;

use chrono::NaiveDate;
use tokio::sync::mpsc;

use super::crowd::Crowd;
use super::fold::{Decision, Fold};
use super::judge::judge;
use super::key_filter::KeyFilter;
use super::pace::Gauge;
use super::pending::PendingAnswers;
use super::{Reply, Settled, Shared, Waiting};
use crate::catalogue::Catalogue;
use crate::clock;
use crate::domain::ids::PoolId;
use crate::domain::policy::rules::dealers::Level;
use crate::domain::time::Timestamp;
use crate::ledger::LedgerError;
use crate::storage::batch::{KeyHash, NewAnswer, PoolRow, Probe, Probed};
use crate::storage::dialect::{Written, conclude, lock_pool, probe, write};
use crate::storage::{DatabaseError, Db, Fault, StorageError};

/// Claims from which on a thread is worth its waking.
const MANY: usize = 16;

/// How often one batch is tried before its claims are told to come again.
const ATTEMPTS: u32 = 10;

/// Runs until every sender is gone and the queue is empty.
pub(super) fn run(
    shared: Shared,
    pool: PoolId,
    (gauge, crowd): (Arc<Gauge>, Arc<Crowd>),
    mut receiver: mpsc::Receiver<Waiting>,
) {
    let (herald, settled) = std::sync::mpsc::channel();
    let telling = std::thread::Builder::new()
        .name("answers".into())
        .spawn(move || {
            for (batch, replies) in settled {
                answer(batch, replies);
            }
        });
    let mut writer = Writer {
        shared,
        pool,
        gauge,
        herald,
        conn: None,
        away: false,
    };
    while let Some(first) = receiver.blocking_recv() {
        let begun = clock::monotonic_ns();
        crowd.leave(std::iter::once(first.submission.dealer));
        let claims = writer.settle(vec![first], Some(Line(&mut receiver, &crowd)));
        metrics::histogram!("tradein_admission_batch_claims").record(claims as f64);
        let took = Duration::from_nanos(clock::monotonic_ns() - begun);
        crowd.paced(claims, took);
    }
    // Whoever stops this writer waits until everybody is told.
    drop(writer);
    if telling.is_ok_and(|telling| telling.join().is_err()) {
        tracing::error!("the thread that answers ended by a panic");
    }
}

/// Those who wait for the writer.
struct Line<'a>(&'a mut mpsc::Receiver<Waiting>, &'a Crowd);

impl Line<'_> {
    /// Fills a batch with whoever waits, up to its limit.
    fn fill(&mut self, batch: &mut Vec<Waiting>, limit: usize) {
        let before = batch.len();
        while batch.len() < limit
            && let Ok(next) = self.0.try_recv()
        {
            batch.push(next);
        }
        let new = batch.iter().skip(before);
        self.1.leave(new.map(|waiting| waiting.submission.dealer));
    }
}

struct Writer {
    shared: Shared,
    pool: PoolId,
    gauge: Arc<Gauge>,
    /// To a thread that answers large batches: waking hundreds of clients takes a while, and the
    /// next batch need not wait for that.
    herald: std::sync::mpsc::Sender<(Vec<Waiting>, Vec<Reply>)>,
    conn: Option<Db>,
    /// The database did not answer the batch before: this one is tried once only, so that
    /// those who queue are told soon.
    away: bool,
}

/// Why a transaction did not commit.
enum Failure {
    Storage(StorageError),
    /// Somebody has one of the keys of whom the batch did not know: another pool's batch that was
    /// faster, another instance, or a correction.
    Raced,
    /// A claim of the batch stands already.
    Standing,
    /// The catalogue changed, or by the database's clock another pack version is in force or it is
    /// another day: judge again, as of this instant.
    Outdated(Timestamp),
    /// A fault in this program.
    Ledger(LedgerError),
}

impl From<DatabaseError> for Failure {
    fn from(error: DatabaseError) -> Self {
        Failure::Storage(error.into())
    }
}

impl From<StorageError> for Failure {
    fn from(error: StorageError) -> Self {
        Failure::Storage(error)
    }
}

impl From<LedgerError> for Failure {
    fn from(error: LedgerError) -> Self {
        Failure::Ledger(error)
    }
}

impl Writer {
    /// Commits a batch, with whoever stands in line when it has the lock, and answers it; says how
    /// many they were. A batch that the program itself cannot commit is tried claim by claim, so
    /// that one bad claim never spoils the others.
    fn settle(&mut self, mut batch: Vec<Waiting>, line: Option<Line<'_>>) -> usize {
        let committed = self.commit(&mut batch, line);
        let claims = batch.len();
        match committed {
            Some(replies) => self.tell(batch, replies),
            None if claims > 1 => {
                for one in batch {
                    self.settle(vec![one], None);
                }
            }
            None => {
                let replies = batch.iter().map(|_| Reply::Broken).collect();
                answer(batch, replies);
            }
        }
        claims
    }

    fn tell(&self, batch: Vec<Waiting>, replies: Vec<Reply>) {
        if batch.len() < MANY {
            answer(batch, replies);
        } else if let Err(SendError((batch, replies))) = self.herald.send((batch, replies)) {
            answer(batch, replies);
        }
    }

    /// `None` when the batch holds something that cannot be committed.
    fn commit(
        &mut self,
        batch: &mut Vec<Waiting>,
        mut line: Option<Line<'_>>,
    ) -> Option<Vec<Reply>> {
        // Now, so that all of them are told soon where the database is away.
        if let Some(line) = &mut line {
            line.fill(batch, self.shared.sizes.batch);
        }
        let mut stood = false;
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                // Short at first: most conflicts are over at once.
                sleep(Duration::from_millis(u64::from(attempt * attempt)));
            }
            match self.attempt(batch, line.as_mut()) {
                Ok(replies) => {
                    self.away = false;
                    return Some(replies);
                }
                Err(Failure::Outdated(at)) => self.judge_again(batch, at),
                Err(Failure::Raced) => {
                    metrics::counter!("tradein_admission_raced").increment(1);
                    self.shared.key_filter.be_wary();
                }
                // Asked for everything, its own answers are found; if they are not, one of its
                // claims has the id of another.
                Err(Failure::Standing) if !stood => {
                    stood = true;
                    self.shared.key_filter.be_wary();
                }
                Err(Failure::Standing) => {
                    tracing::error!("a batch was not committed: a claim with an id of its stands");
                    return None;
                }
                Err(Failure::Ledger(error)) => {
                    tracing::error!(%error, "a batch was not committed");
                    return None;
                }
                Err(Failure::Storage(error)) => match error.fault() {
                    Fault::Transient => tracing::debug!(%error, "a batch is tried again"),
                    // After COMMIT the outcome is unknown: the next attempt finds the
                    // claims' own answers under the lock, if they are there.
                    Fault::ConnectionLost | Fault::Unavailable => {
                        tracing::warn!(%error, "the database is away");
                        self.conn = None;
                        if self.away {
                            break;
                        }
                        sleep(Duration::from_millis(50 * u64::from(attempt)));
                    }
                    Fault::Constraint | Fault::Internal => {
                        tracing::error!(%error, "a batch was not committed");
                        return None;
                    }
                },
            }
        }
        self.away = self.conn.is_none();
        Some(unavailable(batch))
    }

    fn attempt(
        &mut self,
        batch: &mut Vec<Waiting>,
        line: Option<&mut Line<'_>>,
    ) -> Result<Vec<Reply>, Failure> {
        let shared = self.shared.clone();
        let pool = self.pool;
        let catalogue = shared.catalogue.current();
        let (replies, level, taken) = self.connection()?.write(|conn| {
            let Some(row) = lock_pool(conn, pool)? else {
                return Err(StorageError::Corrupt("the pool is gone".into()).into());
            };
            // Another instance may have had the lock for a while: whoever came meanwhile need not
            // wait for the next turn.
            if let Some(line) = line {
                line.fill(batch, shared.sizes.batch);
            }
            let probed = ask(conn, pool, &mut questions(batch), &shared.key_filter)?;
            let now = Timestamp(probed.now_us);
            if probed.catalogue_version != catalogue.version
                || !batch
                    .iter()
                    .all(|w| is_current(&catalogue, w, (now, now.beijing_day())))
            {
                return Err(Failure::Outdated(now));
            }
            commit_fold(conn, row, probed, &catalogue, &shared, batch)
        })?;
        self.gauge.set(level);
        shared.key_filter.took(&taken);
        Ok(replies)
    }

    fn connection(&mut self) -> Result<&mut Db, StorageError> {
        if self.conn.is_none() {
            let mut conn = self.shared.database.open_connection()?;
            conn.prefer_indexes()?;
            self.conn = Some(conn);
        }
        self.conn
            .as_mut()
            .ok_or_else(|| StorageError::NoConnection("none open".into()))
    }

    /// Judges every claim by the newest catalogue.
    fn judge_again(&mut self, batch: &mut Vec<Waiting>, at: Timestamp) {
        let cell = self.shared.catalogue.clone();
        if let Err(error) = self.connection().and_then(|conn| cell.refresh(conn)) {
            tracing::warn!(%error, "the catalogue could not be read again");
            return;
        }
        let catalogue = self.shared.catalogue.current();
        for mut waiting in std::mem::take(batch) {
            let submission = &mut waiting.submission;
            let judged = catalogue.dealer(submission.dealer).map(|dealer| {
                let vault = &self.shared.keys.vault;
                judge(
                    vault,
                    &catalogue,
                    dealer,
                    &submission.intake,
                    at,
                    submission.lang,
                )
            });
            let (reply, spent) = match judged {
                Some(Ok(judged)) => {
                    submission.judged = judged;
                    if submission.judged.pool == self.pool {
                        batch.push(waiting);
                        continue;
                    }
                    (Reply::Moved(waiting.submission), None)
                }
                Some(Err(defects)) => (Reply::Malformed(defects), Some(waiting.submission)),
                None => (Reply::Unavailable, Some(waiting.submission)),
            };
            // A client that hung up does not wait for its answer.
            let _gone = waiting.reply.send(Settled { reply, spent });
        }
    }
}

/// Asks what the batch must know: of the keys only those that somebody may have by what the filter
/// knows, and all of them where keys were moved that it has not learned yet.
fn ask(
    conn: &mut Db,
    pool: PoolId,
    asked: &mut Probe,
    filter: &KeyFilter,
) -> Result<Probed, StorageError> {
    let keys = || asked.keys.iter().chain(&asked.answers);
    let mut hot = filter.perhaps_hot(keys());
    if let Some(hot) = &mut hot {
        // How many hold one no index knows: it refuses the same ordinal, and a pack may allow
        // fewer of them than the one before.
        hot.extend(&asked.units);
    }
    let (cold, learned) = filter.perhaps_cold(keys());
    (asked.hot, asked.cold) = (hot, Some(cold));
    let probed = probe(conn, pool, asked)?;
    let known = probed.key_moves <= learned;
    #[cfg(feature = "planted-faults")]
    let known = known || crate::planted::is(crate::planted::Fault::StaleFilter);
    if known {
        return Ok(probed);
    }
    metrics::counter!("tradein_admission_unfiltered").increment(1);
    (asked.hot, asked.cold) = (None, None);
    probe(conn, pool, asked)
}

/// Whether a claim was judged by this catalogue, on the day of `at`, and by the pack version in
/// force then.
fn is_current(catalogue: &Catalogue, waiting: &Waiting, (at, day): (Timestamp, NaiveDate)) -> bool {
    let submission = &waiting.submission;
    submission.judged.catalogue_version == catalogue.version
        && submission.judged.day == day
        && catalogue
            .published(&submission.intake.draft.programme.0, at)
            .is_some_and(|p| p.version_id == submission.judged.published.version_id)
}

fn commit_fold(
    conn: &mut Db,
    row: PoolRow,
    probed: Probed,
    catalogue: &Catalogue,
    shared: &Shared,
    batch: &[Waiting],
) -> Result<(Vec<Reply>, Level, Vec<KeyHash>), Failure> {
    let mut fold = Fold::new(row, probed, catalogue, &shared.keys, &shared.issuer);
    let mut decisions = Vec::with_capacity(batch.len());
    for waiting in batch {
        decisions.push(fold.decide(&waiting.submission)?);
    }
    let (row, at, writes, pending) = fold.finish();
    let mut answers = Vec::new();
    // Replays alone change nothing.
    if !pending.is_empty() {
        let (written, made) = beside(&pending, || write(conn, row.id, at.0, &writes));
        match written? {
            Written::All => {}
            Written::Raced => return Err(Failure::Raced),
            Written::Standing => return Err(Failure::Standing),
        }
        answers = made;
        conclude(conn, &row, &answers)?;
    }
    let replies = replies(decisions, answers);
    let level = Level {
        free: row.free,
        cap: row.cap,
    };
    let taken = writes.keys.iter().map(|key| key.hash).collect();
    Ok((replies, level, taken))
}

/// Writes answers out while the database is at work. A few are not worth a thread.
fn beside<T>(pending: &PendingAnswers<'_>, work: impl FnOnce() -> T) -> (T, Vec<NewAnswer>) {
    if pending.len() < MANY {
        return (work(), pending.write());
    }
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("answers".into());
        let writing = thread.spawn_scoped(scope, || pending.write());
        let done = work();
        let answers = writing.ok().and_then(|writing| writing.join().ok());
        // Without a thread, or after its panic, which is then this thread's to meet.
        (done, answers.unwrap_or_else(|| pending.write()))
    })
}

/// What everybody is told. From behind, so that whoever asked again copies the answer before it
/// goes to whom it was made for.
fn replies(decisions: Vec<Decision>, mut answers: Vec<NewAnswer>) -> Vec<Reply> {
    let mut body = |index: usize, keep: bool| match answers.get_mut(index) {
        Some(answer) if keep => Reply::Answered(answer.body.clone()),
        Some(answer) => Reply::Answered(std::mem::take(&mut answer.body)),
        None => Reply::Unavailable,
    };
    let told = decisions.into_iter().rev().map(|decision| match decision {
        Decision::Verdict(index) => body(index, false),
        Decision::Again(index) => body(index, true),
        Decision::Replay(body) => Reply::Answered(body),
        Decision::KeyReused => Reply::KeyReused,
    });
    let mut replies: Vec<Reply> = told.collect();
    replies.reverse();
    replies
}

/// Everything that the batch asks of the database, each once.
fn questions(batch: &[Waiting]) -> Probe {
    let mut asked = Probe::default();
    let mut dealers = HashSet::new();
    for Waiting { submission, .. } in batch {
        asked.answers.push(submission.answer_key);
        submission.judged.ask(&mut asked);
        if submission.judged.dealer_caps.limit_shares() {
            dealers.insert(submission.dealer);
        }
    }
    for list in [
        &mut asked.keys,
        &mut asked.answers,
        &mut asked.persons,
        &mut asked.vins,
    ] {
        list.sort_unstable();
        list.dedup();
    }
    asked.dealers = dealers.into_iter().collect();
    asked
}

fn unavailable(batch: &[Waiting]) -> Vec<Reply> {
    batch.iter().map(|_| Reply::Unavailable).collect()
}

fn answer(batch: Vec<Waiting>, replies: Vec<Reply>) {
    for (waiting, reply) in batch.into_iter().zip(replies) {
        // A client that hung up does not wait for its answer; the claim stands.
        let spent = Some(waiting.submission);
        let _gone = waiting.reply.send(Settled { reply, spent });
    }
}
