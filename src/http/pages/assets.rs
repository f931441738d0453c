//! Files that pages load, out of the binary.

use std::sync::LazyLock;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse};
use aws_lc_rs::digest;

use crate::http::problem::{Problem, ProblemCode};
use crate::journal::canonical::hex;

/// A file, with its type and content.
struct Asset {
    name: &'static str,
    kind: &'static str,
    content: &'static str,
}

const SCRIPT: &str = "text/javascript; charset=utf-8";

static ASSETS: [Asset; 4] = [
    Asset {
        name: "app.css",
        kind: "text/css; charset=utf-8",
        content: include_str!("../../../static/app.css"),
    },
    Asset {
        name: "app.js",
        kind: SCRIPT,
        content: include_str!("../../../static/app.js"),
    },
    Asset {
        name: "htmx.js",
        kind: SCRIPT,
        content: include_str!("../../../static/htmx.min.js"),
    },
    Asset {
        name: "icon.svg",
        kind: "image/svg+xml",
        content: include_str!("../../../static/icon.svg"),
    },
];

/// The beginning of each file's hash: its address changes with it, so it may be kept for long.
static VERSIONS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let short = |asset: &Asset| {
        let hash = digest::digest(&digest::SHA256, asset.content.as_bytes());
        hex(&hash.as_ref()[..6])
    };
    ASSETS.iter().map(short).collect()
});

/// The address of a file.
pub fn address(name: &str) -> String {
    let found = ASSETS.iter().position(|asset| asset.name == name);
    let version = found.map_or("", |at| VERSIONS[at].as_str());
    format!("/assets/{name}?v={version}")
}

/// `GET /assets/{file}`
pub async fn get(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let name = request.match_info().get("file").unwrap_or_default();
    let found = ASSETS.iter().find(|asset| asset.name == name);
    let asset = found.ok_or(ProblemCode::NotFound)?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, asset.kind))
        .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .body(asset.content))
}
