//! `/dealer/api`: what a dealer's own programs need: credentials, and webhooks.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use chrono::NaiveDate;
use serde_json::json;

use super::asked::named;
use crate::clock;
use crate::domain::event::EventType;
use crate::domain::ids::{ClientId, EndpointId};
use crate::domain::time::Timestamp;
use crate::http::api::webhooks::{delivery_cursor, read_delivery_cursor};
use crate::http::pages::form::Form;
use crate::http::pages::frame::Frame;
use crate::http::pages::session::DealerPage;
use crate::http::pages::{page, page_again, page_with, see, told};
use crate::http::problem::{Problem, ProblemCode};
use crate::http::state::Shared;
use crate::http::words;
use crate::operations::credentials::{self, Issued, MOST_OF_A_DEALER, OwnCredentials};
use crate::operations::webhooks::{
    self, DeliveryView, EndpointView, EndpointWithSecret, MOST_ENDPOINTS, TestView,
};
use crate::operations::{DealerCaller, Engine};
use crate::storage::webhook_deliveries::ListedAfter;

/// Deliveries of one endpoint that are shown.
const DELIVERIES: u32 = 50;

#[derive(Template)]
#[template(path = "dealer/api.html")]
struct Api {
    f: Frame,
    credentials: Vec<OwnCredentials>,
    most: usize,
    full: bool,
    endpoints: Vec<EndpointView>,
    most_endpoints: usize,
    types: Vec<(&'static str, &'static str)>,
    url: String,
    wrong: String,
}

#[derive(Template)]
#[template(path = "dealer/credentials_made.html")]
struct Made {
    f: Frame,
    issued: Issued,
}

/// `GET /dealer/api`
pub async fn show(visit: DealerPage, shared: Data<Shared>) -> Result<HttpResponse, Problem> {
    shown(
        visit.frame,
        &visit.caller,
        &shared.engine,
        String::new(),
        None,
    )
    .await
}

async fn shown(
    f: Frame,
    caller: &DealerCaller,
    engine: &Engine,
    url: String,
    problem: Option<Problem>,
) -> Result<HttpResponse, Problem> {
    let credentials = credentials::own(engine, caller)
        .await
        .map_err(Problem::on_object)?;
    let endpoints = webhooks::list(engine, caller)
        .await
        .map_err(Problem::on_object)?;
    let types = EventType::ALL.iter();
    let active = credentials.iter().filter(|c| c.active).count();
    let shown = Api {
        types: types.map(|t| (t.as_str(), f.event(t.as_str()))).collect(),
        full: active >= MOST_OF_A_DEALER,
        most: MOST_OF_A_DEALER,
        most_endpoints: MOST_ENDPOINTS,
        wrong: problem.as_ref().map_or_else(String::new, |problem| {
            let defects = problem.defects().iter().map(|d| d.code.text(f.lang));
            let lines: Vec<&str> = defects.collect();
            if lines.is_empty() {
                told::words(problem.code(), f.lang).1.to_owned()
            } else {
                lines.join(" ")
            }
        }),
        credentials,
        endpoints,
        url,
        f,
    };
    page_again(problem.as_ref(), shown.f.lang, &shown)
}

/// `POST /dealer/api/credentials`: the secret is told this once.
pub async fn issue(
    visit: DealerPage,
    form: Result<Form, Problem>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    form?;
    let issued = credentials::issue_own(&shared.engine, &visit.caller).await;
    match issued.map_err(Problem::on_object)? {
        Some(issued) => {
            let f = visit.frame;
            page(f.lang, &Made { f, issued })
        }
        // The page says that there are as many as may be.
        None => Ok(see("/dealer/api")),
    }
}

/// `POST /dealer/api/credentials/{client}/revoke`
pub async fn revoke(
    visit: DealerPage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    form?;
    let id = ClientId::parse(named(&request, "client")).ok_or(ProblemCode::NoSuchObject)?;
    let done = credentials::revoke_own(&shared.engine, &visit.caller, id).await;
    done.map_err(Problem::on_object)?;
    Ok(see("/dealer/api"))
}

#[derive(Template)]
#[template(path = "dealer/endpoint.html")]
struct Endpoint {
    f: Frame,
    endpoint: EndpointView,
    secret: String,
    test: Option<TestView>,
    deliveries: Vec<DeliveryView>,
    next: Option<String>,
    again: Again,
}

/// What came of asking that everything since a day be sent again.
#[derive(Debug, Default, PartialEq, Eq)]
enum Again {
    /// Nobody asked just now.
    #[default]
    Unasked,
    /// It is on its way.
    Begun,
    /// What was typed is no day, or one to come.
    NoDay(String),
}

/// What an endpoint's page shows once, after an act.
#[derive(Debug, Default)]
struct Told {
    secret: String,
    test: Option<TestView>,
    again: Again,
}

async fn endpoint(
    visit: DealerPage,
    shared: &Shared,
    id: EndpointId,
    told: Told,
    after: Option<ListedAfter>,
) -> Result<HttpResponse, Problem> {
    let (engine, caller) = (&shared.engine, &visit.caller);
    let found = webhooks::get(engine, caller, id)
        .await
        .map_err(Problem::on_object)?;
    let deliveries = webhooks::deliveries(engine, caller, id, None, after, DELIVERIES).await;
    let deliveries = deliveries.map_err(Problem::on_object)?;
    let shown = Endpoint {
        endpoint: found,
        secret: told.secret,
        test: told.test,
        again: told.again,
        deliveries: deliveries.items,
        next: deliveries.next.map(delivery_cursor),
        f: visit.frame,
    };
    let status = match shown.again {
        Again::NoDay(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Again::Unasked | Again::Begun => StatusCode::OK,
    };
    page_with(status, shown.f.lang, &shown)
}

impl Endpoint {
    /// The day that was typed and is none, to be mended.
    fn no_day(&self) -> Option<&str> {
        match &self.again {
            Again::NoDay(typed) => Some(typed),
            Again::Unasked | Again::Begun => None,
        }
    }
}

fn endpoint_id(request: &HttpRequest) -> Result<EndpointId, Problem> {
    let id = EndpointId::parse(named(request, "id"));
    id.ok_or_else(|| ProblemCode::NoSuchObject.into())
}

/// `POST /dealer/api/webhooks`: the secret is told this once.
pub async fn create_endpoint(
    visit: DealerPage,
    form: Result<Form, Problem>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let form = form?;
    let url = form.text("url").to_owned();
    let types: Vec<&str> = form.all("types").collect();
    let body = json!({ "url": url, "types": types });
    let engine = &shared.engine;
    let created = match words::webhook(body.to_string().as_bytes()) {
        Ok((url, types)) => webhooks::create(engine, &visit.caller, &url, &types)
            .await
            .map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    match created {
        Ok(EndpointWithSecret {
            endpoint: made,
            secret,
        }) => {
            let told = Told {
                secret,
                ..Told::default()
            };
            endpoint(visit, &shared, made.id, told, None).await
        }
        Err(problem) => shown(visit.frame, &visit.caller, engine, url, Some(problem)).await,
    }
}

/// `GET /dealer/api/webhooks/{id}`
pub async fn show_endpoint(
    visit: DealerPage,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let id = endpoint_id(&request)?;
    let after = match Form::query(&request).some("cursor") {
        None => None,
        Some(text) => Some(read_delivery_cursor(text).ok_or(ProblemCode::NotFound)?),
    };
    let again = if Form::query(&request).some("done") == Some("replayed") {
        Again::Begun
    } else {
        Again::Unasked
    };
    let told = Told {
        again,
        ..Told::default()
    };
    endpoint(visit, &shared, id, told, after).await
}

/// `POST /dealer/api/webhooks/{id}/rotate-secret`: the fresh secret is told this once.
pub async fn rotate_secret(
    visit: DealerPage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    form?;
    let id = endpoint_id(&request)?;
    let done = webhooks::rotate_secret(&shared.engine, &visit.caller, id).await;
    let secret = done.map_err(Problem::on_object)?.secret;
    let told = Told {
        secret,
        ..Told::default()
    };
    endpoint(visit, &shared, id, told, None).await
}

/// `POST /dealer/api/webhooks/{id}/test`: what the receiver answers.
pub async fn test_endpoint(
    visit: DealerPage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    form?;
    let id = endpoint_id(&request)?;
    shared.limits.webhook_test(visit.caller.dealer)?;
    let done = webhooks::test(&shared.engine, &visit.caller, id).await;
    let told = Told {
        test: Some(done.map_err(Problem::on_object)?),
        ..Told::default()
    };
    endpoint(visit, &shared, id, told, None).await
}

/// `POST /dealer/api/webhooks/{id}/enable`
pub async fn enable_endpoint(
    visit: DealerPage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    form?;
    let id = endpoint_id(&request)?;
    let done = webhooks::enable(&shared.engine, &visit.caller, id).await;
    done.map_err(Problem::on_object)?;
    Ok(see(&format!("/dealer/api/webhooks/{id}")))
}

/// `POST /dealer/api/webhooks/{id}/replay`: everything since the begin of a day in Beijing.
pub async fn replay_endpoint(
    visit: DealerPage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let form = form?;
    let id = endpoint_id(&request)?;
    let typed = form.text("day");
    let day = typed.parse::<NaiveDate>().ok();
    let Some(day) = day.filter(|day| *day <= clock::now().beijing_day()) else {
        let told = Told {
            again: Again::NoDay(typed.to_owned()),
            ..Told::default()
        };
        return endpoint(visit, &shared, id, told, None).await;
    };
    let since = Timestamp::start_of_beijing_day(day);
    let done = webhooks::replay(&shared.engine, &visit.caller, id, since).await;
    done.map_err(Problem::on_object)?;
    Ok(see(&format!("/dealer/api/webhooks/{id}?done=replayed")))
}

/// `POST /dealer/api/webhooks/{id}/delete`
pub async fn delete_endpoint(
    visit: DealerPage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    form?;
    let id = endpoint_id(&request)?;
    let done = webhooks::delete(&shared.engine, &visit.caller, id).await;
    done.map_err(Problem::on_object)?;
    Ok(see("/dealer/api"))
}
