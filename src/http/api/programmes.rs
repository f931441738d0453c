//! Publishing a programme's pack.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::pool_control::answer;
use crate::domain::policy::Problem as Mistake;
use crate::http::auth::Operator;
use crate::http::body::FileBody;
use crate::http::preconditions::maybe_idempotency_key;
use crate::http::problem::Problem;
use crate::http::state::Shared;
use crate::operations::proposals::{self, PackError};

/// The largest pack that is taken, in bytes; those that are shipped have about ten thousand.
const LARGEST: usize = 256 * 1024;
/// How many mistakes are told at once.
const MISTAKES: usize = 50;

/// `POST /v1/programmes`: a pack's text, as TOML.
pub async fn publish(
    caller: Operator,
    body: FileBody<LARGEST>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let key = maybe_idempotency_key(request.headers())?;
    body.type_among(&["application/toml", "text/plain"])?;
    let text = String::from_utf8(body.bytes.to_vec()).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + good.iter().filter(|byte| **byte == b'\n').count();
        Problem::file(format!("{line}: not UTF-8"))
    })?;
    match proposals::pack(&shared.engine, &caller.0, text, key).await {
        Ok(asked) => Ok(answer(asked)),
        Err(PackError::Mistakes(mistakes)) => Err(Problem::file(places(&mistakes))),
        Err(PackError::Ended(ended)) => Err(ended.into_act().into()),
    }
}

/// `line:column: what is wrong`, one after the other.
fn places(mistakes: &[Mistake]) -> String {
    let told = mistakes.iter().take(MISTAKES);
    let lines = told.map(|m| format!("{}:{}: {}", m.line, m.column, m.message));
    lines.collect::<Vec<_>>().join("; ")
}
