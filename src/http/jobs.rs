//! What a server does by the clock, beside answering: it follows the catalogue, ends claims whose
//! deadline has come, and counts those for which the bureau is late. Every instance does it; the database decides who was first.

use std::time::Duration;

use crate::operations::{Engine, ageing, lapse};

/// How old the catalogue in memory may become. Admission does not rely on it; a revoked
/// client is refused after at most this time.
const CATALOGUE_AGE: Duration = Duration::from_millis(500);
/// How often deadlines are looked at.
const SWEEP_EVERY: Duration = Duration::from_secs(1);
/// How often the bureau's own promises are looked at; they end with days.
const WATCH_EVERY: Duration = Duration::from_secs(60);

/// Runs until it is dropped.
pub(super) async fn run(engine: Engine) {
    tokio::join!(
        keep_fresh(engine.clone()),
        sweep(engine.clone()),
        watch_promises(engine)
    );
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

fn every(period: Duration) -> tokio::time::Interval {
    let mut tick = tokio::time::interval(period);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    tick
}
