//! What every act on a claim is asked with: the claim, the version of it that the caller has seen, and
//! the language of the answer.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use super::claims::claim_id;
use crate::domain::ids::ClaimId;
use crate::domain::text::Lang;
use crate::http::lang;
use crate::http::preconditions::expected_revision;
use crate::http::problem::Problem;

/// The claim that the address names, the revision that the caller has seen (`If-Match`), and the
/// language of the answer (`Accept-Language`).
///
/// Handlers take it as a `Result` and look into it themselves: extractors are polled together, so one
/// that fails at once would be answered before a body that is still on its way, now and then.
#[derive(Debug, Clone, Copy)]
pub struct Act(pub ClaimId, pub i64, pub Lang);

impl FromRequest for Act {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request))
    }
}

fn read(request: &HttpRequest) -> Result<Act, Problem> {
    let claim = claim_id(request)?;
    let seen = expected_revision(request.headers())?;
    Ok(Act(claim, seen, lang::of(request.headers())))
}
