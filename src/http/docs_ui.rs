//! `/docs`: the API document to read and try. All of it comes from this binary.

use std::sync::{Arc, LazyLock};

use actix_web::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, LOCATION};
use actix_web::{HttpRequest, HttpResponse};
use utoipa_swagger_ui::Config;

use super::problem::{Problem, ProblemCode};

/// Nothing is loaded from or sent to elsewhere; the interface styles its elements inline
/// and draws icons from data addresses.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";

// The badge of the public validator would send the document away.
static CONFIG: LazyLock<Arc<Config<'static>>> =
    LazyLock::new(|| Arc::new(Config::new(["/openapi.json"]).validator_url("none")));

/// `GET /docs`: its files lie one level below.
pub async fn redirect() -> HttpResponse {
    HttpResponse::PermanentRedirect()
        .insert_header((LOCATION, "/docs/"))
        .finish()
}

/// `GET /docs/`
pub async fn index() -> Result<HttpResponse, Problem> {
    file("index.html")
}

/// `GET /docs/{file}`
pub async fn asset(request: HttpRequest) -> Result<HttpResponse, Problem> {
    file(request.match_info().get("file").unwrap_or_default())
}

fn file(name: &str) -> Result<HttpResponse, Problem> {
    let found =
        utoipa_swagger_ui::serve(name, CONFIG.clone()).map_err(|_| ProblemCode::Internal)?;
    let file = found.ok_or(ProblemCode::NotFound)?;
    let mut kind = file.content_type;
    if kind.starts_with("text/") && !kind.contains("charset") {
        kind.push_str("; charset=utf-8");
    }
    let mut answer = HttpResponse::Ok();
    answer
        .insert_header((CONTENT_TYPE, kind))
        .insert_header(("content-security-policy", POLICY))
        .insert_header((CACHE_CONTROL, "public, max-age=3600"));
    if file.gzpipped {
        answer.insert_header((CONTENT_ENCODING, "gzip"));
    }
    Ok(answer.body(file.bytes.into_owned()))
}
