//! The service within the test, on a database of its own, so that a test can call use cases, too.

use actix_web::web::Data;
use tradein::clock;
use tradein::domain::formats::Uscc;
use tradein::http::rate::{Limits, Rates};
use tradein::http::state::Shared;
use tradein::keys::Keys;
use tradein::operations::{Engine, credentials, dealers, sign_in};
use tradein::settings::Settings;
use tradein::startup;

use crate::browser::{Browser, PASSWORD};
use crate::support::{Backend, TestDatabase};

pub struct Inside {
    pub engine: Engine,
    pub shared: Data<Shared>,
    // Dropped last.
    pub database: TestDatabase,
}

impl Inside {
    /// Above `alone` yuan two persons act.
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
        let limits = Limits::new(&Rates::default());
        let shared = Data::new(Shared::new(engine.clone(), limits));
        Self {
            engine,
            shared,
            database,
        }
    }

    /// Somebody of the bureau, signed in, who acts in the first of these roles.
    pub fn person(&self, login: &str, roles: &[&str]) -> Browser {
        let mut conn = self.engine.database.get().unwrap();
        for role in roles {
            let added = credentials::add_staff(&mut conn, login, role, false).unwrap();
            if let Some(code) = added.enrolment {
                sign_in::enrol_for_demo(&mut conn, &code, PASSWORD).unwrap();
            }
        }
        drop(conn);
        let browser = self.signed_in(true, login);
        if roles.len() > 1 {
            browser.acts_as(roles[0]);
        }
        browser
    }

    /// Somebody of a dealer, signed in.
    pub fn clerk(&self, dealer: &Uscc, login: &str) -> Browser {
        let mut conn = self.engine.database.get().unwrap();
        let code = dealers::offer_login(&mut conn, dealer, login).unwrap();
        sign_in::enrol_for_demo(&mut conn, &code, PASSWORD).unwrap();
        drop(conn);
        self.signed_in(false, login)
    }

    fn signed_in(&self, bureau: bool, login: &str) -> Browser {
        let (name, password) = (login.to_owned(), PASSWORD.to_owned());
        let signed_in = sign_in::sign_in(&self.engine, bureau, name, password, "", None);
        let session = actix_web::rt::System::new().block_on(signed_in).unwrap();
        Browser::within(self.shared.clone(), session)
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        self.engine.stop();
    }
}
