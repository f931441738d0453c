//! Requests into the whole application without a socket, and files for its command line: what is
//! read there is read by code that is private to it.

use std::cell::RefCell;
use std::mem::ManuallyDrop;
use std::num::NonZeroU32;
use std::rc::Rc;
use std::time::Duration;

use actix_web::body::{BoxBody, to_bytes_limited};
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode, Uri};
use actix_web::rt::SystemRunner;
use actix_web::test::{TestRequest, init_service};
use actix_web::web::Data;
use futures_util::future::LocalBoxFuture;
use tradein::clock;
use tradein::domain::formats::Uscc;
use tradein::domain::ids::{ClaimId, ClientId};
use tradein::domain::money::Fen;
use tradein::http::rate::{Limits, Rate, Rates};
use tradein::http::routes::{TABLE, is_for_people};
use tradein::http::state::Shared;
use tradein::keys::Keys;
use tradein::operations::pools::NewPool;
use tradein::operations::screening::voided as voided_invoices;
use tradein::operations::{
    Engine, Principal, credentials, dealers, packs, pools, register as awards, sign_in,
};
use tradein::settings::Settings;
use tradein::startup::start_with;

use super::folder::Folder;

const PACK: &str = include_str!("../data/packs/no-papers.toml");
const PROGRAMME: &str = "test-no-papers";
const USCC: &str = "91419001MA0000001N";
const PASSWORD: &str = "three old locust trees";
const ROLES: [&str; 5] = ["reviewer", "approver", "finance", "auditor", "operator"];
/// What is read of an answer.
const LONGEST: usize = 16 << 20;

type Answered = Result<ServiceResponse<BoxBody>, actix_web::Error>;

/// An application with somebody of each role.
struct House {
    engine: Engine,
    app: Box<dyn Fn(TestRequest) -> LocalBoxFuture<'static, Answered>>,
    /// What stands for a secret in a file, and the secret.
    words: Vec<(String, String)>,
    system: SystemRunner,
    _folder: Folder,
}

thread_local! {
    /// Dropped by [`close`] alone: when a thread ends, what it needs for that is gone already.
    static HOUSE: RefCell<Option<ManuallyDrop<House>>> = const { RefCell::new(None) };
}

/// Uses the application of this thread, which is made where there is none.
fn in_house<T>(work: impl FnOnce(&House) -> T) -> T {
    HOUSE
        .with_borrow_mut(|house| work(house.get_or_insert_with(|| ManuallyDrop::new(House::new()))))
}

/// Takes down the application of this thread; one that is left goes with the process.
pub fn close() {
    drop(HOUSE.take().map(ManuallyDrop::into_inner));
}

/// Nobody is told to wait: how often somebody asks is not the question here.
fn rates() -> Rates {
    let free = Rate {
        burst: NonZeroU32::MAX,
        every: Duration::from_nanos(1),
    };
    Rates {
        token_address: free,
        token_client: free,
        status_address: free,
        status_number: free,
        status_overall: free,
        status_scarce: free,
        webhook_test: free,
        sign_in: free,
        name_address: free,
        name_number: free,
        receipt: free,
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.engine.stop();
    }
}

impl House {
    fn new() -> Self {
        tradein::http::metrics::install();
        let folder = Folder::new();
        let place = folder.path().to_str().unwrap().to_owned();
        let settings = Settings::load(&folder.path().join("none.toml"), |name| match name {
            "TRADEIN_DATA_DIR" => Some(place.clone()),
            "TRADEIN_WORKERS" => Some("1".to_owned()),
            "TRADEIN_TWO_PERSONS_ABOVE" => Some("1000".to_owned()),
            _ => None,
        });
        let engine = start_with(settings.unwrap(), Keys::generate(clock::now()).unwrap()).unwrap();
        let system = actix_web::rt::System::new();
        let people = people(&engine);
        let shared = Data::new(Shared::new(engine.clone(), Limits::new(&rates())));
        let words = words(&engine, &shared, &system, people);
        let app = Rc::new(system.block_on(init_service(tradein::http::app(shared))));
        let call = move |request: TestRequest| -> LocalBoxFuture<'static, Answered> {
            let app = app.clone();
            Box::pin(async move { app.call(request.to_request()).await })
        };
        Self {
            engine,
            app: Box::new(call),
            words,
            system,
            _folder: folder,
        }
    }

    /// The bytes with secrets in the place of the words that stand for them.
    fn filled(&self, bytes: &[u8]) -> Vec<u8> {
        let mut filled = Vec::with_capacity(bytes.len());
        let mut rest = bytes;
        while let Some((first, behind)) = rest.split_first() {
            let stands = |(word, _): &&(String, String)| rest.starts_with(word.as_bytes());
            if let Some((word, secret)) = self.words.iter().find(stands) {
                filled.extend_from_slice(secret.as_bytes());
                rest = &rest[word.len()..];
            } else {
                filled.push(*first);
                rest = behind;
            }
        }
        filled
    }
}

/// A pack, a pool, a dealer and the bureau: each role with the id of its client.
fn people(engine: &Engine) -> Vec<(&'static str, String)> {
    let mut conn = engine.database.get().unwrap();
    packs::load(&mut conn, PACK).unwrap();
    let pool = NewPool {
        name: "cars".to_owned(),
        cap: Fen::from_yuan(1_000_000),
        programmes: vec![PROGRAMME.to_owned()],
        remainder: None,
        opens: None,
        closes: None,
    };
    pools::create(&mut conn, &pool).unwrap();
    let added = dealers::add(&mut conn, USCC, "示范汽车", &[PROGRAMME.to_owned()]);
    let mut people = vec![("dealer", added.unwrap().1.client_id)];
    for role in ROLES {
        let added = credentials::add_staff(&mut conn, role, role, true).unwrap();
        people.push((role, added.credentials.unwrap().client_id));
    }
    engine.catalogue.refresh(&mut conn).unwrap();
    people
}

fn principal(engine: &Engine, client: &str) -> Principal {
    let catalogue = engine.catalogue.current();
    let id = ClientId::parse(client).unwrap();
    let client = catalogue.client(id).unwrap();
    Principal {
        client: id,
        role: client.role,
        staff: client.staff,
    }
}

/// What stands for a token, a session or the token of its forms in a file.
fn words(
    engine: &Engine,
    shared: &Data<Shared>,
    system: &SystemRunner,
    people: Vec<(&'static str, String)>,
) -> Vec<(String, String)> {
    let mut words = Vec::new();
    let mut conn = engine.database.get().unwrap();
    for (role, client) in people {
        let principal = principal(engine, &client);
        let token = shared.tokens.issue(&principal, clock::now());
        words.push((format!("@{role}@"), format!("Bearer {token}")));
        let code = match role {
            "dealer" => dealers::offer_login(&mut conn, &Uscc::parse(USCC).unwrap(), role),
            _ => credentials::enrol_staff_anew(&mut conn, role),
        };
        sign_in::enrol_for_demo(&mut conn, &code.unwrap(), PASSWORD).unwrap();
        let entered = sign_in::sign_in(
            engine,
            role != "dealer",
            role.to_owned(),
            PASSWORD.to_owned(),
            "",
            None,
        );
        let session = system.block_on(entered).unwrap();
        let form = sign_in::form_token(&session);
        words.push((format!("@{role}-form@"), form));
        words.push((format!("@{role}-session@"), format!("tradein={session}")));
    }
    words.push(("@claim@".to_owned(), ClaimId(clock::new_uuid()).to_string()));
    words
}

/// A request as it stands on the wire; `@dealer@` is a token of the dealer, `@dealer-session@` the
/// cookie of its clerk. No answer is a fault of ours, and every refusal of the API is a problem.
pub fn request(bytes: &[u8]) {
    in_house(|house| {
        let Some((what, request)) = read(house, bytes) else {
            return;
        };
        house.system.block_on(async {
            let answer = match (house.app)(request).await {
                Ok(answer) => answer,
                Err(error) => panic!("{what}: {error}"),
            };
            let status = answer.status();
            let fault = status.is_server_error() && status != StatusCode::SERVICE_UNAVAILABLE;
            assert!(!fault, "{what}: {status}");
            // A good answer may be a stream without an end.
            let kind = answer.headers().get("content-type").cloned();
            let problem = kind.is_some_and(|k| k.as_bytes() == b"application/problem+json");
            if status.is_client_error() && problem {
                let body = to_bytes_limited(answer.into_body(), LONGEST).await;
                let body: serde_json::Value =
                    serde_json::from_slice(&body.unwrap().unwrap()).unwrap();
                assert!(body["code"].is_string(), "{what}: {body}");
            }
        });
    });
}

/// `None` for what the HTTP library refuses before anything of ours is asked.
fn read(house: &House, bytes: &[u8]) -> Option<(String, TestRequest)> {
    let bytes = house.filled(bytes);
    let end = bytes.windows(2).position(|pair| pair == b"\n\n");
    let (head, body) = match end {
        Some(end) => (&bytes[..end], &bytes[end + 2..]),
        None => (bytes.as_slice(), &[][..]),
    };
    let mut lines = std::str::from_utf8(head).ok()?.lines();
    let (method, path) = lines.next()?.split_once(' ')?;
    let uri: Uri = path.parse().ok()?;
    if !uri.path().starts_with('/') {
        return None;
    }
    let mut request = TestRequest::default()
        .method(Method::from_bytes(method.as_bytes()).ok()?)
        .uri(path);
    for line in lines {
        let (name, value) = line.split_once(':')?;
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        let value = HeaderValue::from_bytes(value.trim().as_bytes()).ok()?;
        request = request.append_header((name, value));
    }
    Some((
        format!("{method} {path}"),
        request.set_payload(body.to_vec()),
    ))
}

/// A request to every address with every method that it takes, by everybody who works there.
pub fn to_every_route() -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for (pattern, methods) in TABLE {
        let mut path = (*pattern).to_owned();
        for (name, value) in [
            ("{id}", "@claim@"),
            ("{name}", "cars"),
            ("{pool}", "cars"),
            ("{uscc}", USCC),
            ("{programme}", PROGRAMME),
            ("{paper}", "invoice_copy"),
            ("{seq}", "1"),
        ] {
            path = path.replace(name, value);
        }
        let people = is_for_people(pattern);
        for method in *methods {
            for role in ROLES.iter().chain(["dealer"].iter()) {
                let (who, kind, body) = if people {
                    let form = format!("form_token=@{role}-form@&revision=1&limit=1&why=x&a=%E4");
                    let who = format!("cookie: @{role}-session@\naccept: text/html");
                    (who, "application/x-www-form-urlencoded", form)
                } else {
                    let who = format!("authorization: @{role}@\nif-match: \"1\"");
                    (who, "application/json", "{\"why\":\"x\"}".to_owned())
                };
                let request = format!("{method} {path}\n{who}\ncontent-type: {kind}\n\n{body}");
                all.push(request.into_bytes());
            }
        }
    }
    all
}

/// A register of national awards.
pub fn register(bytes: &[u8]) {
    in_house(|house| {
        let mut conn = house.engine.database.get().unwrap();
        if let Ok(done) = awards::import(&house.engine, &mut conn, bytes, &mut |_| {}) {
            assert!(done.new <= done.lines);
        }
    });
}

/// A list of voided invoices.
pub fn voided(bytes: &[u8]) {
    in_house(|house| {
        let mut conn = house.engine.database.get().unwrap();
        let _done = voided_invoices::import(&house.engine, &mut conn, None, bytes);
    });
}
