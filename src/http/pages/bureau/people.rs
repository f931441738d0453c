//! `/bureau/people`: who may sign in to the bureau's pages. Nobody is let in here.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::typed::{Typed, body};
use crate::http::pages::form::Form;
use crate::http::pages::frame::Frame;
use crate::http::pages::session::OperatorPage;
use crate::http::pages::{page_with, see};
use crate::http::problem::{Problem, ProblemCode};
use crate::http::state::Shared;
use crate::http::words;
use crate::operations::denial::ActError;
use crate::operations::people::{self, LoginState, PersonView};

#[derive(Template)]
#[template(path = "bureau/people.html")]
struct People {
    f: Frame,
    people: Vec<PersonView>,
    typed: Typed,
}

/// `GET /bureau/people`
pub async fn list(visit: OperatorPage, shared: Data<Shared>) -> Result<HttpResponse, Problem> {
    render(visit.frame, &shared, Typed::nothing()).await
}

async fn render(f: Frame, shared: &Shared, typed: Typed) -> Result<HttpResponse, Problem> {
    let people = people::list(&shared.engine).await.map_err(nobody)?;
    let page = People { f, people, typed };
    page_with(page.typed.status(), page.f.lang, &page)
}

/// `POST /bureau/people/{login}/close`
pub async fn close(
    visit: OperatorPage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let form = form?;
    let login = request.match_info().get("login").unwrap_or_default();
    let done = async {
        let why = words::why(&body(&form, &["why"]))?;
        let (engine, caller) = (&shared.engine, &visit.caller);
        let closed = people::close(engine, caller, login.to_owned(), why).await;
        closed.map_err(nobody)
    };
    match done.await {
        Ok(()) => Ok(see("/bureau/people")),
        Err(problem) => {
            let typed = Typed::refused("close", &form, problem, visit.frame.lang)?;
            render(visit.frame, &shared, typed).await
        }
    }
}

fn nobody(error: ActError) -> Problem {
    Problem::acting(error, ProblemCode::NoSuchObject)
}
