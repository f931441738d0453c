//! What all handlers share.

use actix_web::HttpRequest;
use actix_web::web::Data;

use super::aside::Aside;
use super::connections::Connections;
use super::live::Live;
use super::metrics::HttpMetrics;
use super::problem::{Problem, ProblemCode};
use super::rate::Limits;
use super::request_id::RequestIds;
use super::tokens::TokenDesk;
use crate::operations::Engine;
use crate::operations::pool_days::DayBook;
use crate::operations::verification::Verification;

/// One for all workers.
pub struct Shared {
    /// The use cases.
    pub engine: Engine,
    /// Issues and checks tokens.
    pub tokens: TokenDesk,
    /// Who has asked too often.
    pub limits: Limits,
    /// Counts and latencies.
    pub metrics: HttpMetrics,
    /// Names for requests.
    pub ids: RequestIds,
    /// Threads beside those of requests.
    pub aside: Aside,
    /// The verification that an auditor began.
    pub verification: Verification,
    /// Balances for many who look.
    pub live: Live,
    /// What was accepted in pools, by days.
    pub days: DayBook,
    /// Who is connected.
    pub connections: Connections,
}

impl Shared {
    /// The state of a fresh server.
    pub fn new(engine: Engine, limits: Limits) -> Self {
        let settings = &engine.settings;
        let tokens = TokenDesk::new(engine.keys.clone(), &settings.issuer, &settings.audience);
        Self {
            tokens,
            limits,
            metrics: HttpMetrics::new(),
            ids: RequestIds::new(),
            aside: Aside::default(),
            verification: Verification::default(),
            live: Live::default(),
            days: DayBook::default(),
            connections: Connections::default(),
            engine,
        }
    }
}

/// The state behind a request.
///
/// # Errors
/// [`ProblemCode::Internal`] in a server that was put together without it.
pub fn of(request: &HttpRequest) -> Result<&Shared, Problem> {
    match request.app_data::<Data<Shared>>() {
        Some(shared) => Ok(shared.get_ref()),
        None => Err(ProblemCode::Internal.into()),
    }
}
