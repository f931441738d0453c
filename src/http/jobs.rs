//! What a server does by the clock, beside answering: it follows the catalogue, ends claims whose
//! deadline has come, tells dealers what happened, counts the claims for which the bureau is late,
//! and holds the sums of every pool side by side. Every instance does it; where something changes,
//! the database decides who was first.

use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::clock;
use crate::operations::reconcile::{self, Reconciliation};
use crate::operations::{
    Engine, ageing, deliveries, in_my_name, key_moves, lapse, screening, sign_in, uploads,
};
use crate::storage::{Db, Fault, StorageError};

/// How old the catalogue in memory may become. Admission does not rely on it; a revoked
/// client is refused after at most this time.
const CATALOGUE_AGE: Duration = Duration::from_millis(500);
/// How often deadlines are looked at.
const SWEEP_EVERY: Duration = Duration::from_secs(1);
/// How often the sums of every pool are held side by side; it reads all of them.
const RECONCILE_EVERY: Duration = Duration::from_secs(5 * 60);
/// How often the bureau's own promises are looked at; they end with days.
const WATCH_EVERY: Duration = Duration::from_secs(60);
/// How often SQLite's log is written back.
const WRITE_BACK_EVERY: Duration = Duration::from_millis(500);
/// How often a quiet moment is looked for, and moves of other instances are learned.
const LOOK_FOR_QUIET_EVERY: Duration = Duration::from_millis(500);
/// How often sessions that have ended are forgotten; they are good for nothing anyway.
const FORGET_SESSIONS_EVERY: Duration = Duration::from_secs(10 * 60);
/// How often uploads are looked for that nobody works at.
const LOOK_FOR_UPLOADS_EVERY: Duration = Duration::from_secs(1);
/// Uploads at which one instance works at once.
const UPLOADS_AT_ONCE: usize = 4;
/// How often uploads that ended long ago are forgotten.
const FORGET_UPLOADS_EVERY: Duration = Duration::from_secs(60 * 60);
/// How often hot keys are counted.
const COUNT_KEYS_EVERY: Duration = Duration::from_secs(60);

/// Runs until `stopping` says so, and then as long as webhooks that are on their way take.
pub(super) async fn run(engine: Engine, stopping: watch::Receiver<bool>) {
    tokio::select! {
        () = keep_fresh(engine.clone()) => {}
        () = sweep(engine.clone()) => {}
        () = reconcile(engine.clone()) => {}
        () = watch_promises(engine.clone()) => {}
        () = move_keys(engine.clone()) => {}
        () = write_log_back(engine.clone()) => {}
        () = forget_sessions(engine.clone()) => {}
        () = read_names(engine.clone()) => {}
        () = screen(engine.clone()) => {}
        () = file_uploads(engine.clone()) => {}
        () = forget_uploads(engine.clone()) => {}
        () = deliveries::run(engine, stopping) => {}
    }
}

/// Follows changes of the catalogue that other processes make.
async fn keep_fresh(engine: Engine) {
    let mut tick = every(CATALOGUE_AGE);
    loop {
        tick.tick().await;
        ::metrics::gauge!("tradein_admission_queued").set(engine.admission.queued() as f64);
        if let Err(error) = engine.refresh().await {
            tracing::warn!(%error, "the catalogue could not be read");
        }
    }
}

/// Ends claims whose deadline has come.
async fn sweep(engine: Engine) {
    let mut tick = every(SWEEP_EVERY);
    loop {
        tick.tick().await;
        match engine.write_db_in_background(lapse::sweep).await {
            Ok(0) => {}
            Ok(lapsed) => {
                ::metrics::counter!("tradein_claims_lapsed_total").increment(lapsed);
                tracing::info!(lapsed, "claims lapsed");
            }
            Err(ended) => drop(ended.into_act()),
        }
    }
}

/// Forgets sessions of people that have ended.
async fn forget_sessions(engine: Engine) {
    let mut tick = every(FORGET_SESSIONS_EVERY);
    loop {
        tick.tick().await;
        if let Err(error) = sign_in::sweep(&engine).await {
            tracing::warn!(%error, "sessions could not be forgotten");
        }
    }
}

/// Takes steps in moments in which nobody queues, as long as there is something to do, and rests
/// after each as long as it took.
async fn when_quiet<F: Future<Output = bool>>(engine: &Engine, step: impl Fn() -> F) {
    let mut tick = every(LOOK_FOR_QUIET_EVERY);
    loop {
        tick.tick().await;
        while engine.admission.queued() == 0 {
            let begun = monotonic();
            if !step().await {
                break;
            }
            tokio::time::sleep(monotonic().saturating_sub(begun)).await;
        }
    }
}

/// Reads on whose claims are whose.
async fn read_names(engine: Engine) {
    let step = || async {
        let more = engine.write_db_in_background(in_my_name::follow).await;
        more.unwrap_or_else(|error| {
            tracing::debug!(%error, "whose claims are whose is read later");
            false
        })
    };
    when_quiet(&engine, step).await;
}

/// Screens claims that were accepted or changed.
async fn screen(engine: Engine) {
    let step = || async {
        let worker = engine.clone();
        let step = engine.write_db_in_background(move |conn| screening::follow(&worker, conn));
        match step.await {
            Ok(Some(held)) => {
                ::metrics::counter!("tradein_screening_held_total").increment(held);
                true
            }
            Ok(None) => false,
            Err(ended) => {
                drop(ended.into_act());
                false
            }
        }
    };
    when_quiet(&engine, step).await;
}

/// Files what dealers uploaded. What is cut off here is taken up by any instance.
async fn file_uploads(engine: Engine) {
    let worker = clock::new_uuid();
    let mut running = JoinSet::new();
    let mut tick = every(LOOK_FOR_UPLOADS_EVERY);
    loop {
        tick.tick().await;
        while running.try_join_next().is_some() {}
        while running.len() < UPLOADS_AT_ONCE {
            let upload = match uploads::take(&engine, worker).await {
                Ok(Some(upload)) => upload,
                Ok(None) => break,
                Err(error) => {
                    tracing::warn!(%error, "uploads could not be looked for");
                    break;
                }
            };
            let engine = engine.clone();
            running.spawn(async move {
                if let Err(error) = uploads::run(&engine, worker, upload).await {
                    tracing::warn!(%error, "an upload is gone on with later");
                }
            });
        }
    }
}

/// Forgets uploads that ended long ago: their lines hold personal data.
async fn forget_uploads(engine: Engine) {
    let mut tick = every(FORGET_UPLOADS_EVERY);
    loop {
        tick.tick().await;
        if let Err(error) = uploads::forget(&engine).await {
            tracing::warn!(%error, "uploads could not be forgotten");
        }
    }
}

/// Says of each pool whether its row, its claims and its journal agree, to the fen.
async fn reconcile(engine: Engine) {
    let mut tick = every(RECONCILE_EVERY);
    loop {
        tick.tick().await;
        match engine.with_db(reconcile::every_pool).await {
            Ok(pools) => pools.iter().for_each(told),
            Err(error) => tracing::error!(%error, "the pools could not be reconciled"),
        }
    }
}

/// Counts the claims for which the bureau is late, and warns when there are new ones.
async fn watch_promises(engine: Engine) {
    ::metrics::describe_gauge!(
        "tradein_overdue_claims",
        "Claims whose review or payment is late"
    );
    let mut tick = every(WATCH_EVERY);
    let mut before = None;
    loop {
        tick.tick().await;
        let Ok(look) = ageing::look(&engine, before).await else {
            continue;
        };
        before = Some(look.at);
        for (stage, late, new) in [
            ("review", look.late.review, look.since.review),
            ("payment", look.late.payment, look.since.payment),
        ] {
            ::metrics::gauge!("tradein_overdue_claims", "stage" => stage).set(late as f64);
            if new > 0 {
                tracing::warn!(stage, new, late, "claims have become overdue");
            }
        }
    }
}

/// SQLite: writes its log back, so that the writer of claims need not.
async fn write_log_back(engine: Engine) {
    if engine.database.target().is_postgres() {
        return std::future::pending().await;
    }
    let mut tick = every(WRITE_BACK_EVERY);
    loop {
        tick.tick().await;
        if let Err(error) = engine.write_db_in_background(Db::write_log_back).await {
            tracing::debug!(%error, "the log is written back later");
        }
    }
}

/// Keeps the table small in which keys are taken, in moments in which nobody queues: a move keeps
/// claims waiting as long as it takes.
async fn move_keys(engine: Engine) {
    let mut tick = every(LOOK_FOR_QUIET_EVERY);
    let mut looked: Option<Duration> = None;
    let mut anew = true;
    loop {
        tick.tick().await;
        let filter = engine.key_filter.clone();
        let learned = engine.with_db(move |conn| key_moves::learn(conn, &filter));
        if let Err(error) = learned.await {
            tracing::warn!(%error, "the moves of keys could not be read");
            continue;
        }
        let now = monotonic();
        if anew || engine.key_filter.is_stale() {
            let filter = engine.key_filter.clone();
            let learned = engine.with_db(move |conn| key_moves::learn_hot(conn, &filter));
            anew = learned.await.is_err();
        }
        if looked.is_some_and(|at| now < at + COUNT_KEYS_EVERY) {
            continue;
        }
        looked = Some(now);
        let most = engine.settings.hot_keys;
        let many = engine.with_db(move |conn| key_moves::are_many(conn, most));
        match many.await {
            Ok(false) => {}
            Ok(true) => match sweep_keys(&engine).await {
                Ok(()) => {
                    tracing::info!("keys were moved to the cold table");
                    anew = true;
                }
                Err(error) if error.fault() == Fault::Transient => {
                    tracing::debug!(%error, "keys are moved later");
                }
                Err(error) => tracing::error!(%error, "keys could not be moved"),
            },
            Err(error) => tracing::warn!(%error, "keys could not be counted"),
        }
    }
}

/// Moves all keys that are hot, a step in each quiet moment, and rests after each as long as it
/// took.
async fn sweep_keys(engine: &Engine) -> Result<(), StorageError> {
    let mut place = None;
    loop {
        while engine.admission.queued() > 0 {
            tokio::time::sleep(LOOK_FOR_QUIET_EVERY).await;
        }
        let begun = monotonic();
        let filter = engine.key_filter.clone();
        place = engine
            .write_db_in_background(move |conn| key_moves::step(conn, &filter, place))
            .await?;
        if place.is_none() {
            return Ok(());
        }
        tokio::time::sleep(monotonic().saturating_sub(begun)).await;
    }
}

fn told(found: &Reconciliation) {
    let equal = if found.equal { 1.0 } else { 0.0 };
    ::metrics::gauge!("tradein_reconciliation_equal", "pool" => found.name.clone()).set(equal);
    if !found.equal {
        tracing::error!(
            pool = %found.name,
            row = ?found.pool,
            claims = ?found.claims,
            journal = ?found.journal,
            "the sums of a pool are not equal: run `tradein verify`"
        );
    }
}

fn monotonic() -> Duration {
    Duration::from_nanos(clock::monotonic_ns())
}

fn every(period: Duration) -> tokio::time::Interval {
    let mut tick = tokio::time::interval(period);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    tick
}
