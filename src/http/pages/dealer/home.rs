//! `/dealer`: what waits for a dealer's people, and what its money does.

use actix_web::HttpResponse;
use actix_web::web::Data;
use askama::Template;

use crate::domain::claim::{Bucket, ClaimState};
use crate::domain::money::Fen;
use crate::http::pages::frame::Frame;
use crate::http::pages::page;
use crate::http::pages::session::DealerPage;
use crate::http::problem::{Problem, ProblemCode};
use crate::http::state::Shared;
use crate::operations::claims::ClaimView;
use crate::operations::dealer_claims::{self, Wanted};
use crate::operations::dealer_money::{self, StateTotal};
use crate::operations::denial::ActError;
use crate::operations::webhooks::{self, EndpointView};
use crate::operations::{DealerCaller, Engine, ReadError};
use crate::storage::webhook_deliveries::DeliveryState;

/// Claims that are shown of each kind.
const SHOWN: u32 = 10;

#[derive(Template)]
#[template(path = "dealer/home.html")]
struct Home {
    f: Frame,
    due: Vec<ClaimView>,
    troubled: Vec<EndpointView>,
    sums: [Sum; 4],
    recent: Vec<ClaimView>,
}

/// How many claims, and their money.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Sum {
    claims: i64,
    amount: Fen,
}

/// `GET /dealer`
pub async fn show(visit: DealerPage, shared: Data<Shared>) -> Result<HttpResponse, Problem> {
    let DealerPage { caller, frame: f } = visit;
    let engine = &shared.engine;
    let away = |error: ReadError| Problem::reading(error, ProblemCode::NoSuchObject);
    let wanted = Wanted {
        limit: SHOWN,
        ..Wanted::default()
    };
    let due = dealer_claims::due(engine, &caller, SHOWN, f.lang).await;
    let recent = dealer_claims::latest(engine, &caller, wanted, f.lang).await;
    let holdings = dealer_money::holdings(engine, &caller).await;
    let home = Home {
        due: due.map_err(away)?,
        troubled: troubled(engine, &caller).await?,
        sums: sums(&holdings.map_err(away)?.states),
        recent: recent.map_err(away)?.items,
        f,
    };
    page(home.f.lang, &home)
}

/// Endpoints that are sent nothing any more, or to which something was given up.
async fn troubled(engine: &Engine, caller: &DealerCaller) -> Result<Vec<EndpointView>, Problem> {
    let missing = |error: ActError| Problem::acting(error, ProblemCode::NoSuchObject);
    let mut found = Vec::new();
    for endpoint in webhooks::list(engine, caller).await.map_err(missing)? {
        let given_up = Some(DeliveryState::GivenUp);
        let lost = webhooks::deliveries(engine, caller, endpoint.id, given_up, None, 1).await;
        if endpoint.state == "disabled" || !lost.map_err(missing)?.items.is_empty() {
            found.push(endpoint);
        }
    }
    Ok(found)
}

/// What is held, approved, being paid and paid.
fn sums(states: &[StateTotal]) -> [Sum; 4] {
    let mut sums = [Sum::default(); 4];
    for total in states {
        let at = match (total.state, total.state.bucket()) {
            (ClaimState::Paying, _) => 2,
            (ClaimState::Paid, _) => 3,
            (_, Some(Bucket::Reserved)) => 0,
            (_, Some(Bucket::Committed)) => 1,
            _ => continue,
        };
        sums[at].claims += total.claims;
        let sum = sums[at].amount.checked_add(total.amount);
        sums[at].amount = sum.unwrap_or(sums[at].amount);
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sum_has_its_states() {
        let total = |state, yuan| StateTotal {
            state,
            claims: 1,
            amount: Fen::from_yuan(yuan),
        };
        let states = [
            total(ClaimState::Reserved, 1),
            total(ClaimState::InReview, 2),
            total(ClaimState::Approved, 4),
            total(ClaimState::Paying, 8),
            total(ClaimState::Paid, 16),
            total(ClaimState::Withdrawn, 32),
            total(ClaimState::ClawedBack, 64),
        ];
        let sums = sums(&states);
        assert_eq!(sums.map(|s| s.claims), [2, 1, 1, 1]);
        assert_eq!(sums.map(|s| s.amount), [3, 4, 8, 16].map(Fen::from_yuan));
    }
}
