//! The only place with actix: routes, callers, problems, and the server itself.
//!
//! ```text
//! gate      every request: name, language, count, log line, headers
//! routes    the table
//! auth      who calls: extractors are permissions
//! body, preconditions, query    what a request brings, settled before any use case
//! pages     the same for people: rendered in two languages, with sessions in place of tokens
//! api, public, oauth            handlers: read, call one operation, answer
//! problem   the one place where errors become answers
//! ```

pub mod api;
mod aside;
pub mod auth;
mod background;
pub mod body;
pub mod connections;
pub mod docs_ui;
pub mod gate;
pub mod guesses;
pub mod health;
mod jobs;
pub mod lang;
mod live;
pub mod metrics;
pub mod oauth;
pub mod openapi;
pub mod page;
pub mod pages;
pub mod place;
pub mod preconditions;
pub mod problem;
mod problem_code;
pub mod public;
pub mod query;
pub mod rate;
pub mod request_id;
pub mod routes;
pub mod schema;
mod server;
pub mod state;
pub mod tokens;
mod words;

pub use background::Background;
pub use server::{Server, serve, shutdown_signal};

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::web::Data;
use actix_web::{App, Error};

use self::state::Shared;

/// The whole application around one state, for a server or for a test without one.
pub fn app(
    shared: Data<Shared>,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = Error,
        InitError = (),
    >,
> {
    let gate = shared.clone();
    App::new()
        .app_data(shared)
        .configure(routes::configure)
        .wrap_fn(move |request, inner| gate::pass(&gate, request, inner))
}
