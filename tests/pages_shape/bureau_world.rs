//! A bureau within the test, with two pools, and people of it with their browsers.

use tradein::catalogue::Role;
use tradein::clock;
use tradein::domain::ids::ClientId;
use tradein::domain::intake::read_claim;
use tradein::domain::money::Fen;
use tradein::domain::text::Lang;
use tradein::operations::bulk::NewBulk;
use tradein::operations::pools::NewPool;
use tradein::operations::submit::submit;
use tradein::operations::{DealerCaller, Engine, StaffCaller, bulk, dealers, packs, pools};
use tradein::storage::admin;

use crate::browser::Browser;
use crate::inside::Inside;
use crate::support::claims::claim;
use crate::support::{Backend, TestDatabase};

pub const POOL: &str = "jiyuan-cars";
pub const OTHER_POOL: &str = "jiyuan-more-cars";
pub const PROGRAMME: &str = "henan-car-replacement-2025";
pub const OTHER_PROGRAMME: &str = "national-car-scrappage-2025";
pub const DEALER: &str = "91419001MA0000001N";
pub const PACK: &str = include_str!("../../config/programmes/henan-car-replacement-2025.toml");
const OTHER_PACK: &str = include_str!("../../config/programmes/national-car-scrappage-2025.toml");

pub struct Bureau {
    inside: Inside,
}

impl Bureau {
    /// Two packs, two pools with a million each, a dealer; above `alone` yuan two persons.
    pub fn new(backend: Backend, alone: Option<&str>) -> Self {
        let inside = Inside::new(backend, alone);
        let mut conn = inside.engine.database.get().unwrap();
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
        inside.engine.catalogue.refresh(&mut conn).unwrap();
        drop(conn);
        Self { inside }
    }

    pub fn engine(&self) -> &Engine {
        &self.inside.engine
    }

    pub fn database(&self) -> &TestDatabase {
        &self.inside.database
    }

    /// Somebody new of the bureau, signed in.
    pub fn person(&self, login: &str, role: &str) -> Browser {
        self.inside.person(login, &[role])
    }

    /// Files claims of the dealer; how the pack judges them is all the same here.
    pub fn file_claims(&self, count: usize) {
        let engine = self.engine().clone();
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
        let mut conn = self.engine().database.get().unwrap();
        let (staff, _) = admin::find_staff(&mut conn, login).unwrap().unwrap();
        let role = Role::Approver;
        let (engine, pool) = (self.engine().clone(), pool.to_owned());
        actix_web::rt::System::new().block_on(async move {
            let caller = StaffCaller { staff, role };
            bulk::begin(&engine, &caller, NewBulk::of(&pool, 10))
                .await
                .unwrap();
        });
    }
}

/// Runs a test on both databases.
pub fn on_both(test: impl Fn(Backend)) {
    for backend in Backend::ALL {
        test(backend);
    }
}
