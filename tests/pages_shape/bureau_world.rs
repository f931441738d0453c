//! A bureau on a database of its own, and people of it with their browsers.

use actix_web::http::header::HeaderMap;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::web::Data;
use tradein::catalogue::Role;
use tradein::clock;
use tradein::domain::ids::ClientId;
use tradein::domain::intake::read_claim;
use tradein::domain::money::Fen;
use tradein::domain::text::Lang;
use tradein::http::rate::{Limits, Rates};
use tradein::http::state::Shared;
use tradein::keys::Keys;
use tradein::operations::bulk::NewBulk;
use tradein::operations::pools::NewPool;
use tradein::operations::submit::submit;
use tradein::operations::{
    DealerCaller, Engine, StaffCaller, bulk, credentials, dealers, packs, pools, sign_in,
};
use tradein::settings::Settings;
use tradein::startup;
use tradein::storage::admin;

use crate::support::claims::claim;
use crate::support::{Backend, TestDatabase};

pub const POOL: &str = "jiyuan-cars";
pub const OTHER_POOL: &str = "jiyuan-more-cars";
pub const PROGRAMME: &str = "henan-car-replacement-2025";
pub const OTHER_PROGRAMME: &str = "national-car-scrappage-2025";
pub const DEALER: &str = "91419001MA0000001N";
pub const PACK: &str = include_str!("../../config/programmes/henan-car-replacement-2025.toml");
const OTHER_PACK: &str = include_str!("../../config/programmes/national-car-scrappage-2025.toml");
const PASSWORD: &str = "three old locust trees";

pub struct Bureau {
    pub engine: Engine,
    shared: Data<Shared>,
    // Dropped last.
    pub database: TestDatabase,
}

impl Bureau {
    /// Two packs, two pools with a million each, a dealer; above `alone` yuan two persons.
    pub fn new(backend: Backend, alone: Option<&str>) -> Self {
        tradein::http::metrics::install();
        let database = TestDatabase::new(backend);
        let variable = |name: &str| match name {
            "TRADEIN_DATA_DIR" => database.data_dir().to_str().map(str::to_owned),
            "TRADEIN_DATABASE_URL" => Some(database.url().to_owned()),
            "TRADEIN_WORKERS" => Some("1".to_owned()),
            "TRADEIN_TWO_PERSONS_ABOVE" => alone.map(str::to_owned),
            _ => None,
        };
        let none = database.data_dir().join("none.toml");
        let settings = Settings::load(&none, variable).unwrap();
        let engine = startup::start_with(settings, Keys::generate(clock::now()).unwrap()).unwrap();
        let mut conn = engine.database.get().unwrap();
        for pack in [PACK, OTHER_PACK] {
            assert!(packs::load(&mut conn, pack).is_ok());
        }
        for (name, programme) in [(POOL, PROGRAMME), (OTHER_POOL, OTHER_PROGRAMME)] {
            let pool = NewPool {
                name: name.to_owned(),
                cap: Fen::from_yuan(1_000_000),
                programmes: vec![programme.to_owned()],
                remainder: None,
                opens: None,
                closes: None,
            };
            pools::create(&mut conn, &pool).unwrap();
        }
        dealers::add(&mut conn, DEALER, "示范汽车", &[PROGRAMME.to_owned()]).unwrap();
        engine.catalogue.refresh(&mut conn).unwrap();
        drop(conn);
        let limits = Limits::new(&Rates::default());
        let shared = Data::new(Shared::new(engine.clone(), limits));
        Self {
            engine,
            shared,
            database,
        }
    }

    /// Somebody new of the bureau, signed in.
    pub fn person(&self, login: &str, role: &str) -> Visitor<'_> {
        let mut conn = self.engine.database.get().unwrap();
        let added = credentials::add_staff(&mut conn, login, role, false).unwrap();
        sign_in::enrol_for_demo(&mut conn, &added.enrolment.unwrap(), PASSWORD).unwrap();
        self.signed_in(login)
    }

    /// Files claims of the dealer; how the pack judges them is all the same here.
    pub fn file_claims(&self, count: usize) {
        let engine = self.engine.clone();
        actix_web::rt::System::new().block_on(async move {
            let catalogue = engine.catalogue.current();
            let dealer = catalogue.dealers()[0].id;
            let client = ClientId(clock::new_uuid());
            let caller = DealerCaller { dealer, client };
            for _ in 0..count {
                let body = claim(PROGRAMME).to_string();
                let today = clock::now().beijing_day();
                let intake = read_claim(body.as_bytes(), today).unwrap();
                let key = clock::new_uuid().to_string();
                submit(&engine, &caller, &key, intake, Lang::En)
                    .await
                    .unwrap();
            }
        });
    }

    /// Somebody begins a bulk approval.
    pub fn begin_bulk(&self, login: &str, pool: &str) {
        let mut conn = self.engine.database.get().unwrap();
        let (staff, _) = admin::find_staff(&mut conn, login).unwrap().unwrap();
        let role = Role::Approver;
        let (engine, pool) = (self.engine.clone(), pool.to_owned());
        actix_web::rt::System::new().block_on(async move {
            let caller = StaffCaller { staff, role };
            bulk::begin(&engine, &caller, NewBulk::of(&pool, 10))
                .await
                .unwrap();
        });
    }

    fn signed_in(&self, login: &str) -> Visitor<'_> {
        let (engine, login) = (self.engine.clone(), login.to_owned());
        let token = actix_web::rt::System::new().block_on(async move {
            let password = PASSWORD.to_owned();
            sign_in::sign_in(&engine, true, login, password, "").await
        });
        Visitor {
            bureau: self,
            cookie: format!("tradein={}; tradein-language=en", token.unwrap()),
        }
    }

    fn call(&self, request: TestRequest) -> Page {
        let shared = self.shared.clone();
        let page = actix_web::rt::System::new().block_on(async move {
            let app = init_service(tradein::http::app(shared)).await;
            let response = call_service(&app, request.to_request()).await;
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            let body = read_body(response).await.to_vec();
            Page {
                status,
                headers,
                body,
            }
        });
        if page.header("content-type").starts_with("text/html") {
            check_markup(&page.html());
        }
        page
    }
}

impl Drop for Bureau {
    fn drop(&mut self) {
        self.engine.stop();
    }
}

/// A browser with a session.
pub struct Visitor<'a> {
    bureau: &'a Bureau,
    cookie: String,
}

pub struct Page {
    pub status: u16,
    headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Page {
    pub fn html(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }

    /// Where a form that was done leads.
    pub fn leads_to(&self) -> &str {
        assert_eq!(self.status, 303, "{}", self.html());
        self.header("location")
    }

    #[track_caller]
    pub fn says(&self, text: &str) -> &Self {
        assert!(self.html().contains(text), "no {text:?} in {}", self.html());
        self
    }

    #[track_caller]
    pub fn is_silent_about(&self, text: &str) -> &Self {
        assert!(!self.html().contains(text), "{text:?} in {}", self.html());
        self
    }

    /// What a form of the page would send as it stands: hidden fields, texts, chosen words.
    #[track_caller]
    pub fn form(&self, action: &str) -> Vec<(String, String)> {
        self.forms(action).next().unwrap_or_else(|| {
            panic!("no form for {action} in {}", self.html());
        })
    }

    pub fn forms(&self, action: &str) -> impl Iterator<Item = Vec<(String, String)>> {
        let html = self.html();
        let of_action = format!("action=\"{action}\"");
        let forms: Vec<_> = html
            .split("<form ")
            .skip(1)
            .filter_map(|form| form.split_once("</form>"))
            .filter(|(form, _)| form.split('>').next().unwrap().contains(&of_action))
            .map(|(form, _)| fields(form))
            .collect();
        forms.into_iter()
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    let value = rest.split('"').next()?;
    Some(
        value
            .replace("&#34;", "\"")
            .replace("&#39;", "'")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&")
            .replace("&#38;", "&"),
    )
}

/// Names and values of the fields of a form; what is not chosen stands there empty.
fn fields(form: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for tag in form.split('<').skip(1) {
        let head = tag.split('>').next().unwrap_or_default();
        let Some(name) = attribute(head, "name") else {
            continue;
        };
        let value = attribute(head, "value").unwrap_or_default();
        let kind = attribute(head, "type").unwrap_or_default();
        let chosen = head.ends_with(" checked") || !matches!(&*kind, "radio" | "checkbox");
        let known = found.iter().any(|(known, _)| *known == name);
        if chosen || !known {
            let value = if chosen { value } else { String::new() };
            found.retain(|(known, _)| !(chosen && *known == name));
            found.push((name, value));
        }
    }
    found
}

impl Visitor<'_> {
    pub fn get(&self, path: &str) -> Page {
        let request = TestRequest::get().uri(path);
        let request = request.insert_header(("cookie", self.cookie.clone()));
        self.bureau.call(request)
    }

    /// Loads a page that is there.
    #[track_caller]
    pub fn open(&self, path: &str) -> Page {
        let page = self.get(path);
        assert_eq!(page.status, 200, "{path}: {}", page.html());
        assert!(page.body.len() < 100_000, "{path}: {}", page.body.len());
        page
    }

    /// Fills in a form of a page and sends it.
    #[track_caller]
    pub fn send(&self, page: &Page, action: &str, typed: &[(&str, &str)]) -> Page {
        self.send_fields(action, page.form(action), typed)
    }

    #[track_caller]
    pub fn send_fields(
        &self,
        action: &str,
        mut fields: Vec<(String, String)>,
        typed: &[(&str, &str)],
    ) -> Page {
        for (name, value) in typed {
            let field = fields.iter_mut().find(|(known, _)| known == name);
            let field = field.unwrap_or_else(|| panic!("{action}: no field {name}"));
            (*value).clone_into(&mut field.1);
        }
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in fields.iter().filter(|(_, value)| !value.is_empty()) {
            form.append_pair(name, value);
        }
        let request = TestRequest::post()
            .uri(action)
            .insert_header(("cookie", self.cookie.clone()))
            .insert_header(("sec-fetch-site", "same-origin"))
            .insert_header(("content-type", "application/x-www-form-urlencoded"))
            .set_payload(form.finish());
        self.bureau.call(request)
    }

    /// The same as a form with files does it.
    pub fn upload(&self, page: &Page, action: &str, typed: &[(&str, &str)]) -> Page {
        let mut body = String::new();
        let mut fields = page.form(action);
        fields.retain(|(name, _)| typed.iter().all(|(typed, _)| typed != name) && name != "file");
        let typed = typed
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        for (name, value) in fields.into_iter().chain(typed) {
            let file = if name == "file" {
                "; filename=\"pack.toml\""
            } else {
                ""
            };
            body += &format!(
                "--line\r\ncontent-disposition: form-data; name=\"{name}\"{file}\r\n\r\n{value}\r\n"
            );
        }
        body += "--line--\r\n";
        let request = TestRequest::post()
            .uri(action)
            .insert_header(("cookie", self.cookie.clone()))
            .insert_header(("content-type", "multipart/form-data; boundary=line"))
            .set_payload(body);
        self.bureau.call(request)
    }
}

/// One heading of the first rank, no id twice, a label for every field, and nothing inline.
#[track_caller]
fn check_markup(html: &str) {
    let path = html
        .split("<title>")
        .nth(1)
        .and_then(|rest| rest.split('<').next());
    let path = path.unwrap_or_default();
    assert_eq!(html.matches("<h1").count(), 1, "{path}");
    let tags = || {
        html.split('<')
            .skip(1)
            .filter_map(|tag| tag.split('>').next())
    };
    let mut ids: Vec<String> = tags().filter_map(|tag| attribute(tag, "id")).collect();
    let labels: Vec<String> = tags().filter_map(|tag| attribute(tag, "for")).collect();
    ids.sort();
    let count = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), count, "{path}: an id stands twice");
    for tag in tags() {
        let kind = attribute(tag, "type").unwrap_or_default();
        let field = ["input ", "select ", "textarea "]
            .iter()
            .any(|name| tag.starts_with(name));
        // A box stands within its label.
        if field && !["hidden", "radio", "checkbox"].contains(&&*kind) {
            let id = attribute(tag, "id").unwrap_or_default();
            assert!(labels.contains(&id), "{path}: no label for {tag}");
        }
        for name in ["aria-describedby", "aria-labelledby"] {
            let told = attribute(tag, name).unwrap_or_default();
            assert!(
                told.split(' ')
                    .all(|id| id.is_empty() || ids.contains(&id.to_owned())),
                "{path}: {tag}"
            );
        }
    }
    for inline in ["<script>", " style=", " onclick=", "javascript:"] {
        assert!(!html.contains(inline), "{path}: {inline}");
    }
}

/// Runs a test on both databases.
pub fn on_both(test: impl Fn(Backend)) {
    for backend in Backend::ALL {
        test(backend);
    }
}
