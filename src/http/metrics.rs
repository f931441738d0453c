//! `GET /metrics`: counts and latencies in the text format of Prometheus.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::header::CONTENT_TYPE;
use metrics::{Counter, Histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use super::place::{self, Place};
use super::problem::{Problem, ProblemCode};

/// Upper bounds of the latency histogram, in seconds.
const BUCKETS: [f64; 14] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];
/// The statuses that have a counter of their own.
const STATUSES: [u16; 22] = [
    200, 201, 204, 304, 308, 400, 401, 403, 404, 405, 408, 409, 412, 413, 415, 422, 428, 429, 431,
    500, 502, 503,
];

/// How often samples are folded into histograms when nobody fetches them.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

static EXPORTER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Sets up the exporter of this process; later calls change nothing.
pub fn install() {
    EXPORTER.get_or_init(|| {
        let recorder = PrometheusBuilder::new()
            .set_buckets(&BUCKETS)
            .ok()?
            .build_recorder();
        let handle = recorder.handle();
        metrics::set_global_recorder(recorder).ok()?;
        metrics::describe_counter!("tradein_http_requests_total", "Requests answered");
        metrics::describe_histogram!(
            "tradein_http_request_seconds",
            metrics::Unit::Seconds,
            "Time from the head of a request to the head of its answer"
        );
        Some(handle)
    });
}

/// Folds samples from time to time, so that they do not pile up unfetched. Never ends.
pub async fn upkeep() {
    loop {
        tokio::time::sleep(UPKEEP_EVERY).await;
        if let Some(Some(exporter)) = EXPORTER.get() {
            exporter.run_upkeep();
        }
    }
}

/// The handles of one method at one address.
struct Cell {
    seconds: OnceLock<Histogram>,
    answered: [OnceLock<Counter>; STATUSES.len() + 1],
}

/// Handles that are registered once, so that a request looks nothing up by name.
pub struct HttpMetrics {
    cells: Arc<[Cell]>,
}

impl HttpMetrics {
    /// Handles for every route.
    pub fn new() -> Self {
        let cell = |_| Cell {
            seconds: OnceLock::new(),
            answered: [const { OnceLock::new() }; STATUSES.len() + 1],
        };
        Self {
            cells: (0..place::PLACES).map(cell).collect(),
        }
    }

    /// Counts an answered request.
    pub fn answered(&self, place: Place, status: u16, took: Duration) {
        let Some(cell) = self.cells.get(place.index()) else {
            return;
        };
        let (route, method) = (place.pattern(), place.method());
        let seconds = cell.seconds.get_or_init(|| {
            metrics::histogram!("tradein_http_request_seconds", "route" => route, "method" => method)
        });
        seconds.record(took.as_secs_f64());
        let known = STATUSES.binary_search(&status).ok();
        let counter = cell.answered.get(known.unwrap_or(STATUSES.len()));
        if let Some(counter) = counter {
            let word = || known.map_or("other".to_owned(), |_| status.to_string());
            let counter = counter.get_or_init(|| {
                metrics::counter!("tradein_http_requests_total",
                    "route" => route, "method" => method, "status" => word())
            });
            counter.increment(1);
        }
    }
}

impl Default for HttpMetrics {
    fn default() -> Self {
        Self::new()
    }
}

/// `GET /metrics`
pub async fn show() -> Result<HttpResponse, Problem> {
    let exporter = EXPORTER
        .get()
        .and_then(Option::as_ref)
        .ok_or(ProblemCode::Internal)?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"))
        .body(exporter.render()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_sorted_for_the_search() {
        assert!(STATUSES.is_sorted());
        for code in ProblemCode::ALL {
            assert!(STATUSES.contains(&code.status()), "{code:?}");
        }
    }
}
