//! The made-up claims against the shipped packs: each must pass every rule of its programme, or
//! a rehearsal measures refusals and the tests stand on sand.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

use std::collections::BTreeSet;
use std::path::Path;

use tradein::clock;
use tradein::domain::formats::Uscc;
use tradein::domain::intake::read_claim;
use tradein::domain::money::Fen;
use tradein::domain::policy::{Evaluation, Facts, Pack, evaluate, read_pack};
use tradein::domain::reason::ReasonCode;
use tradein::rehearse::Profile;
use tradein::rehearse::generate::Generator;

const SELLER: &str = "91419001MA0000001N";
const CLAIMS: u64 = 300;

fn packs() -> Vec<(String, Pack)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/programmes");
    let mut packs: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let id = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (id, read_pack(&text).unwrap())
        })
        .collect();
    packs.sort_by(|(a, _), (b, _)| a.cmp(b));
    packs
}

fn judge(pack: &Pack, body: &str) -> Evaluation {
    let at = clock::now();
    let intake = read_claim(body.as_bytes(), at.beijing_day()).unwrap();
    assert_eq!(intake.warnings, [], "{body}");
    let facts = Facts {
        draft: &intake.draft,
        dealer_uscc: &Uscc::parse(SELLER).unwrap(),
        dealer_participates: true,
        at,
    };
    evaluate(pack, &facts)
}

#[test]
fn every_shipped_pack_has_claims() {
    let shipped: Vec<String> = packs().into_iter().map(|(id, _)| id).collect();
    let mut known: Vec<&str> = Profile::programmes().collect();
    known.sort_unstable();
    assert_eq!(shipped, known);
}

#[test]
fn every_made_up_claim_is_eligible() {
    for (id, pack) in packs() {
        let mut amounts = BTreeSet::new();
        for seed in [0, 1, u64::MAX] {
            let generator = Generator::new(Profile::of(&id).unwrap(), seed);
            for index in 0..CLAIMS {
                let body = generator.body(index, SELLER);
                let verdict = judge(&pack, &body);
                assert_eq!(verdict.defects, [], "{body}");
                assert_eq!(verdict.reasons, [], "{body}");
                assert!(verdict.amount > Fen::ZERO, "{body}");
                amounts.insert(verdict.amount);
            }
        }
        assert!(amounts.len() > 1, "{id}: every claim asks for the same");
    }
}

#[test]
fn a_planted_wrong_claim_is_not_eligible() {
    let (_, pack) = packs().swap_remove(0);
    let generator = Generator::new(Profile::of("henan-car-replacement-2025").unwrap(), 0);
    let body = generator
        .body(0, SELLER)
        .replace(r#""sold""#, r#""gifted""#);
    let verdict = judge(&pack, &body);
    assert_eq!(verdict.reasons[0].code, ReasonCode::DisposalNotAllowed);
}
