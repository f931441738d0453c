//! What was answered stays answered, also when a pack that was published since would find
//! the claim malformed.

use tradein::clock;
use tradein::domain::defect::DefectCode;
use tradein::domain::ids::ClientId;
use tradein::domain::intake::read_claim;
use tradein::domain::text::Lang;
use tradein::operations::submit::{SubmitError, submit};
use tradein::operations::{DealerCaller, packs};
use tradein::rehearse::generate::uscc;

use crate::support::claims::{claim, with};
use crate::support::{Backend, TestDatabase};
use crate::world::World;

const CARS: &str = "henan-car-replacement-2025";
const PACK: &str = include_str!("../../config/programmes/henan-car-replacement-2025.toml");
const ENGINE: &str =
    "[engine]\nmax_litres = 2.0\nbasis = { document = \"rules\", clause = \"x\" }\n";

fn replay(backend: Backend) {
    let world = World::new(TestDatabase::new(backend));
    let engine = &world.engine;
    let dealer = world.cars_dealer(CARS);
    let caller = DealerCaller {
        dealer,
        client: ClientId(clock::new_uuid()),
    };
    let mut conn = engine.database.get().unwrap();

    let petrol = with(claim(CARS), "/new_item/fuel", "petrol".into());
    let petrol = with(petrol, "/new_item/engine_litres", serde_json::Value::Null);
    let petrol = with(petrol, "/new_item/plate", "豫U12345".into());
    let petrol = with(petrol, "/invoice/seller_uscc", uscc(1).into());
    let file = |key: &'static str, body: &serde_json::Value| {
        let intake = read_claim(body.to_string().as_bytes(), clock::now().beijing_day()).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(submit(engine, &caller, key, intake, Lang::En))
    };
    let first = file("till-0001", &petrol).unwrap();

    let edited = PACK.replacen("[amount]", &format!("{ENGINE}\n[amount]"), 1);
    assert!(packs::load(&mut conn, &edited).unwrap().new);
    // Heard at once, and only under the lock: the writer finds it out by itself.
    for refreshed in [false, true] {
        if refreshed {
            engine.catalogue.refresh(&mut conn).unwrap();
        }
        assert_eq!(
            file("till-0001", &petrol).unwrap(),
            first,
            "refreshed: {refreshed}"
        );
    }
    // A new key is a new claim, which the new pack finds wanting; another claim under the old
    // key is told so.
    let wanting = file("till-0002", &petrol);
    let Err(SubmitError::Malformed(defects)) = wanting else {
        panic!("the pack asks for the size of the engine: {wanting:?}")
    };
    assert_eq!(defects[0].code, DefectCode::Required);
    let other = with(petrol.clone(), "/consumer/name", "别人".into());
    assert_eq!(file("till-0001", &other), Err(SubmitError::KeyReused));
}

#[test]
fn an_answer_outlives_its_pack_on_sqlite() {
    replay(Backend::Sqlite);
}

#[test]
fn an_answer_outlives_its_pack_on_postgres() {
    replay(Backend::Postgres);
}
