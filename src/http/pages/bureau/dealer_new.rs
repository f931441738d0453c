//! `/bureau/dealers/new`: a dealer is admitted.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;
use serde_json::{Value, json};

use super::dealers::no_dealer;
use super::typed::Typed;
use crate::clock;
use crate::http::pages::form::Form;
use crate::http::pages::frame::Frame;
use crate::http::pages::page_with;
use crate::http::pages::session::OperatorPage;
use crate::http::problem::Problem;
use crate::http::state::Shared;
use crate::http::words;
use crate::operations::dealers::{self, Admitted, NAME_TAKEN};

#[derive(Template)]
#[template(path = "bureau/dealer_new.html")]
struct New {
    f: Frame,
    /// Id and title.
    programmes: Vec<(String, String)>,
    typed: Typed,
}

#[derive(Template)]
#[template(path = "bureau/dealer_admitted.html")]
struct Done {
    f: Frame,
    uscc: String,
    admitted: Admitted,
    name_taken: bool,
}

/// `GET /bureau/dealers/new`
pub async fn show(visit: OperatorPage, shared: Data<Shared>) -> Result<HttpResponse, Problem> {
    render(visit.frame, &shared, Typed::nothing())
}

fn render(f: Frame, shared: &Shared, typed: Typed) -> Result<HttpResponse, Problem> {
    let catalogue = shared.engine.catalogue.current();
    let programmes = catalogue.programmes(clock::now());
    let programmes = programmes.into_iter().map(|published| {
        let pack = &published.pack;
        (pack.id.0.clone(), pack.title.get(f.lang).to_owned())
    });
    let page = New {
        programmes: programmes.collect(),
        typed,
        f,
    };
    page_with(page.typed.status(), page.f.lang, &page)
}

/// `POST /bureau/dealers`: its secret is on the page that answers and nowhere else. Sent twice, it
/// has further credentials, of which the first are known to nobody: better than none that are.
pub async fn admit(
    visit: OperatorPage,
    form: Result<Form, Problem>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let form = form?;
    let programmes: Vec<&str> = form.all("programmes").collect();
    let mut wish = json!({ "programmes": programmes });
    for name in ["uscc", "name"] {
        if let Some(text) = form.some(name) {
            wish[name] = Value::from(text);
        }
    }
    let admitted = match words::new_dealer(wish.to_string().as_bytes()) {
        Ok(new) => {
            let uscc = new.uscc.as_str().to_owned();
            let done = dealers::admit_by(&shared.engine, &visit.caller, new).await;
            done.map(|admitted| (uscc, admitted)).map_err(no_dealer)
        }
        Err(problem) => Err(problem),
    };
    match admitted {
        Ok((uscc, admitted)) => {
            let page = Done {
                f: visit.frame,
                uscc,
                name_taken: admitted.warnings.contains(&NAME_TAKEN),
                admitted,
            };
            page_with(StatusCode::CREATED, page.f.lang, &page)
        }
        Err(problem) => {
            let typed = Typed::refused("admit", &form, problem, visit.frame.lang)?;
            render(visit.frame, &shared, typed)
        }
    }
}
