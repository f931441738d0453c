//! An engine on a database of its own, with one client of each role.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use tradein::clock;
use tradein::domain::formats::Uscc;
use tradein::domain::ids::ClientId;
use tradein::domain::money::Fen;
use tradein::keys::Keys;
use tradein::operations::credentials::Issued;
use tradein::operations::pools::NewPool;
use tradein::operations::{Engine, credentials, dealers, packs, pools, sign_in};
use tradein::settings::Settings;
use tradein::startup;

/// A client and its credentials.
pub struct Known {
    pub role: &'static str,
    pub id: String,
    pub secret: String,
}

pub struct World {
    pub engine: Engine,
    pub clients: Vec<Known>,
    dir: PathBuf,
}

pub const POOL: &str = "jiyuan-cars";

pub const PROGRAMME: &str = "henan-car-replacement-2025";
/// The largest sum, in yuan, that one person moves alone.
pub const ALONE: &str = "100000.00";
pub const PACK: &str = include_str!("../../config/programmes/henan-car-replacement-2025.toml");
/// No shipped pack lets a refusal be contested.
pub const APPEALS: &str =
    "\n[appeals]\ndays = 15\nbasis = { document = \"bureau\", clause = \"申诉期限\" }\n";
const STAFF: [&str; 5] = ["reviewer", "approver", "finance", "auditor", "operator"];

impl World {
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("tradein-http-shape-{}-{number}", std::process::id());
        let dir = std::env::temp_dir().join(name);
        let variable = |name: &str| match name {
            "TRADEIN_DATA_DIR" => dir.to_str().map(str::to_owned),
            "TRADEIN_WORKERS" => Some("1".to_owned()),
            "TRADEIN_TWO_PERSONS_ABOVE" => Some(ALONE.to_owned()),
            // No receiver of a test has a name and a certificate.
            "TRADEIN_WEBHOOKS_SANDBOX" => Some("true".to_owned()),
            _ => None,
        };
        std::fs::create_dir_all(&dir).unwrap();
        let settings = Settings::load(&dir.join("none.toml"), variable).unwrap();
        let engine = startup::start_with(settings, Keys::generate(clock::now()).unwrap()).unwrap();
        let clients = populate(&engine);
        Self {
            engine,
            clients,
            dir,
        }
    }

    pub fn client(&self, role: &str) -> &Known {
        self.clients
            .iter()
            .find(|known| known.role == role)
            .unwrap()
    }

    /// Admits one more dealer; the engine hears of it when it first asks for a token.
    pub fn another_dealer(&self) -> Known {
        let mut conn = self.engine.database.get().unwrap();
        let programmes = [PROGRAMME.to_owned()];
        let added = dealers::add(&mut conn, "91419001MA0000002R", "另一家汽车", &programmes);
        let issued = added.unwrap().1;
        Known {
            role: "dealer",
            id: issued.client_id,
            secret: issued.client_secret,
        }
    }

    /// One more user of the bureau; the engine hears of him when he first asks for a token.
    pub fn another_of(&self, role: &'static str) -> Known {
        let mut conn = self.engine.database.get().unwrap();
        let login = format!("another-{role}");
        let issued = credentials::add_staff(&mut conn, &login, role, true)
            .unwrap()
            .credentials;
        let issued = issued.unwrap();
        Known {
            role,
            id: issued.client_id,
            secret: issued.client_secret,
        }
    }

    /// The token of a session of somebody of a role, who has just signed in to the pages.
    pub fn session(&self, role: &str) -> String {
        const PASSWORD: &str = "three old locust trees";
        let mut conn = self.engine.database.get().unwrap();
        let uscc = Uscc::parse("91419001MA0000001N").unwrap();
        let (login, code) = match role {
            "dealer" => ("clerk", dealers::offer_login(&mut conn, &uscc, "clerk")),
            role => (role, credentials::enrol_staff_anew(&mut conn, role)),
        };
        sign_in::enrol_for_demo(&mut conn, &code.unwrap(), PASSWORD).unwrap();
        let (engine, login) = (self.engine.clone(), login.to_owned());
        let bureau = role != "dealer";
        actix_web::rt::System::new().block_on(async move {
            let entered =
                sign_in::sign_in(&engine, bureau, login, PASSWORD.to_owned(), "", None).await;
            entered.unwrap()
        })
    }

    /// Revokes the auditor, and lets the engine hear of it.
    pub fn revoke_auditor(&self) {
        let mut conn = self.engine.database.get().unwrap();
        let id = ClientId::parse(&self.client("auditor").id).unwrap();
        credentials::revoke(&mut conn, id).unwrap();
        assert!(self.engine.catalogue.refresh(&mut conn).unwrap());
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.engine.stop();
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

/// A pack, a pool, a dealer, and one user of the bureau for each role.
fn populate(engine: &Engine) -> Vec<Known> {
    let mut conn = engine.database.get().unwrap();
    let known = |role, issued: Issued| Known {
        role,
        id: issued.client_id,
        secret: issued.client_secret,
    };
    assert!(packs::load(&mut conn, &format!("{PACK}{APPEALS}")).is_ok());
    let pool = NewPool {
        name: POOL.to_owned(),
        cap: Fen::from_yuan(1_000_000),
        programmes: vec![PROGRAMME.to_owned()],
        remainder: None,
        opens: None,
        closes: None,
    };
    pools::create(&mut conn, &pool).unwrap();
    let programmes = [PROGRAMME.to_owned()];
    let dealer = dealers::add(&mut conn, "91419001MA0000001N", "示范汽车", &programmes);
    let mut clients = vec![known("dealer", dealer.unwrap().1)];
    for role in STAFF {
        let issued = credentials::add_staff(&mut conn, role, role, true)
            .unwrap()
            .credentials;
        clients.push(known(role, issued.unwrap()));
    }
    engine.catalogue.refresh(&mut conn).unwrap();
    clients
}
