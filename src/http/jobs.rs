//! What a server does by the clock, beside answering: it follows the catalogue, ends claims whose
//! deadline has come, tells dealers what happened, counts the claims for which the bureau is late,
//! and holds the sums of every pool side by side. Every instance does it; where something changes,
//! the database decides who was first.

use std::time::Duration;

use tokio::sync::watch;

use crate::operations::reconcile::{self, Reconciliation};
use crate::operations::{Engine, ageing, deliveries, lapse};

/// How old the catalogue in memory may become. Admission does not rely on it; a revoked
/// client is refused after at most this time.
const CATALOGUE_AGE: Duration = Duration::from_millis(500);
/// How often deadlines are looked at.
const SWEEP_EVERY: Duration = Duration::from_secs(1);
/// How often the sums of every pool are held side by side; it reads all of them.
const RECONCILE_EVERY: Duration = Duration::from_secs(5 * 60);
/// How often the bureau's own promises are looked at; they end with days.
const WATCH_EVERY: Duration = Duration::from_secs(60);

/// Runs until `stopping` says so, and then as long as webhooks that are on their way take.
pub(super) async fn run(engine: Engine, stopping: watch::Receiver<bool>) {
    tokio::select! {
        () = keep_fresh(engine.clone()) => {}
        () = sweep(engine.clone()) => {}
        () = reconcile(engine.clone()) => {}
        () = watch_promises(engine.clone()) => {}
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
        match engine.with_db(lapse::sweep).await {
            Ok(0) => {}
            Ok(lapsed) => {
                ::metrics::counter!("tradein_claims_lapsed_total").increment(lapsed);
                tracing::info!(lapsed, "claims lapsed");
            }
            Err(ended) => drop(ended.into_act()),
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

fn every(period: Duration) -> tokio::time::Interval {
    let mut tick = tokio::time::interval(period);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    tick
}
