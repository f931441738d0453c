//! `/participants`: dealers that take part.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::http::pages::form::Form;
use crate::http::pages::frame::Frame;
use crate::http::pages::page;
use crate::http::problem::{Problem, ProblemCode};
use crate::http::state::Shared;
use crate::operations::public_catalogue::{self, DealerSearch, Participants};

/// Characters of a search that are read.
const MOST_CHARACTERS: usize = 100;

#[derive(Template)]
#[template(path = "public/participants.html")]
struct Dealers {
    f: Frame,
    search: DealerSearch,
    found: Participants,
}

impl Dealers {
    fn is_chosen(&self, programme: &str) -> bool {
        self.search.programme.as_deref() == Some(programme)
    }

    /// What a programme is called; its id where nothing is known of it.
    fn title<'a>(&'a self, programme: &'a str) -> &'a str {
        let known = self.found.programmes.iter().find(|(id, _)| id == programme);
        known.map_or(programme, |(_, title)| title.get(self.f.lang))
    }

    fn next(&self) -> Option<String> {
        let after = self.found.next.as_ref()?;
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("q", &self.search.words);
        if let Some(programme) = &self.search.programme {
            query.append_pair("programme", programme);
        }
        query.append_pair("after", after);
        Some(format!("/participants?{}", query.finish()))
    }
}

/// `GET /participants?q=&programme=&after=`
pub async fn list(
    f: Frame,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let query = Form::query(&request);
    let search = DealerSearch {
        words: query.text("q").chars().take(MOST_CHARACTERS).collect(),
        programme: query.some("programme").map(str::to_owned),
        after: query.some("after").map(str::to_owned),
    };
    let found = public_catalogue::participants(&shared.engine, &search).await;
    let shown = Dealers {
        found: found.map_err(|error| Problem::reading(error, ProblemCode::NotFound))?,
        search,
        f,
    };
    page(shown.f.lang, &shown)
}
