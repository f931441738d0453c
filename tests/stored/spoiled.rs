//! One claim that cannot be written never spoils the others of its batch.

use futures_util::future::join_all;
use tradein::admission::judge::{judge, seal};
use tradein::admission::{Reply, Submission};
use tradein::clock;
use tradein::domain::ids::{ClaimId, DealerId};
use tradein::domain::intake::read_claim;
use tradein::domain::text::Lang;
use tradein::operations::verify::verify;
use tradein::rehearse::Profile;
use tradein::rehearse::generate::{Generator, uscc};

use crate::support::{Backend, TestDatabase};
use crate::world::World;

const CARS: &str = "henan-car-replacement-2025";

/// A claim ready for the lock.
fn submission(world: &World, dealer: DealerId, claim: ClaimId, body: &str) -> Box<Submission> {
    let engine = &world.engine;
    let now = clock::now();
    let intake = read_claim(body.as_bytes(), now.beijing_day()).unwrap();
    let catalogue = engine.catalogue.current();
    let known = catalogue.dealer(dealer).unwrap();
    let vault = &engine.keys.vault;
    let judged = judge(vault, &catalogue, known, &intake, now, Lang::En).unwrap();
    Box::new(Submission {
        claim,
        dealer,
        answer_key: vault.keyed_hash("answer", &[&clock::new_uuid().to_string()]),
        warnings: "[]".into(),
        content: seal(vault, claim, &intake.draft).unwrap(),
        intake,
        lang: Lang::En,
        judged,
    })
}

fn a_spoiled_claim_stands_alone(backend: Backend) {
    let world = World::new(TestDatabase::new(backend));
    let dealer = world.cars_dealer(CARS);
    let generator = Generator::new(Profile::of(CARS).unwrap(), 11);
    let new_id = || ClaimId(clock::new_uuid());
    let taken = new_id();
    // The second and the seventh have one id, which the database refuses; nothing before the
    // insertion can know.
    let claims: Vec<_> = (0..12)
        .map(|n| {
            let id = if n == 1 || n == 6 { taken } else { new_id() };
            submission(&world, dealer, id, &generator.body(n, &uscc(1)))
        })
        .collect();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let replies = runtime.block_on(join_all(
        claims.into_iter().map(|c| world.engine.admission.submit(c)),
    ));
    let answered: Vec<bool> = replies
        .into_iter()
        .map(|r| matches!(r, Ok(Reply::Answered(_))))
        .collect();
    let expected: Vec<bool> = (0..12).map(|n| n != 6).collect();
    assert_eq!(answered, expected);
    let mut conn = world.engine.database.get().unwrap();
    let pools = verify(&mut conn, &world.keys).unwrap();
    assert_eq!(pools[0].claims, 11);
}

#[test]
fn a_spoiled_claim_stands_alone_on_sqlite() {
    a_spoiled_claim_stands_alone(Backend::Sqlite);
}

#[test]
fn a_spoiled_claim_stands_alone_on_postgres() {
    a_spoiled_claim_stands_alone(Backend::Postgres);
}
