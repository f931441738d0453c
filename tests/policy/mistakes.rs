//! Each kind of mistake, planted in a good pack by replacing text, is found at its line.

use tradein::domain::policy::read_pack;

use crate::builder::shipped_text;

pub const CAR: &str = "henan-car-replacement-2025";
pub const SCRAP: &str = "national-car-scrappage-2026";
pub const GOODS: &str = "national-appliance-2025";
pub const DIGITAL: &str = "national-digital-2025";
pub const OPENING: &str = "counter-opening";

pub fn text_of(id: &str) -> String {
    if id == OPENING {
        let root = env!("CARGO_MANIFEST_DIR");
        return std::fs::read_to_string(format!("{root}/tests/data/packs/{id}.toml")).unwrap();
    }
    shipped_text(id)
}

/// Replaces the first `from` by `to`, where `@` in `to` marks the place at which a problem
/// with `message` must be reported.
#[track_caller]
pub fn finds(id: &str, from: &str, to: &str, message: &str) {
    let good = text_of(id);
    assert!(
        read_pack(&good).is_ok(),
        "{id} must be good before the mistake"
    );
    assert!(good.contains(from), "{id} has no {from:?}");
    let marked = good.replacen(from, to, 1);
    let at = marked.find('@').unwrap();
    let line = marked[..at].matches('\n').count() + 1;
    let column = marked[..at].rsplit('\n').next().unwrap().chars().count() + 1;
    let bad = marked.replacen('@', "", 1);
    let problems = read_pack(&bad).unwrap_err();
    assert!(
        problems
            .iter()
            .any(|p| (p.line, p.column) == (line, column) && p.message.contains(message)),
        "wanted {line}:{column} {message:?}, found {problems:#?}"
    );
}

#[test]
fn broken_toml() {
    finds(CAR, "limit = 1", "limit = @", "not TOML");
    finds(
        CAR,
        "kind = \"vehicle\"\n",
        "kind = \"vehicle\"\n@kind = \"home\"\n",
        "not TOML",
    );
}

#[test]
fn unknown_keys() {
    finds(
        CAR,
        "limit = 1\n",
        "limit = 1\n@colour = 2\n",
        "unknown key `colour` in [units]",
    );
    finds(
        CAR,
        "grade =",
        "@grad = 1\ngrade =",
        "unknown key `grad` in the pack; did you mean `grade`?",
    );
    finds(CAR, "[once]", "[@onec]", "unknown key `onec`");
    finds(
        CAR,
        "below_yuan = 100000",
        "@bellow_yuan = 100000",
        "unknown key `bellow_yuan`",
    );
    finds(
        CAR,
        "texts.unit_limit_reached",
        "texts.@pool_closed",
        "unknown key `pool_closed` in [units.texts]",
    );
}

#[test]
fn wrong_types_and_words() {
    finds(
        CAR,
        "from = 2025-01-01",
        "from = @\"2025-01-01\"",
        "must be a day",
    );
    finds(
        CAR,
        "from = 2025-01-01",
        "from = @2025-01-01T08:00:00Z",
        "must be a day",
    );
    finds(
        CAR,
        "limit = 1\n",
        "limit = @\"1\"\n",
        "must be a whole number",
    );
    finds(
        CAR,
        "participating_only = true",
        "participating_only = @1",
        "true or false",
    );
    finds(
        CAR,
        "kind = \"vehicle\"",
        "kind = @\"boat\"",
        "must be one of \"vehicle\"",
    );
    finds(
        CAR,
        "allowed = [\"sold\"]",
        "allowed = [@\"lost\"]",
        "`allowed` lists \"sold\"",
    );
    finds(
        CAR,
        "yuan = 15000 }",
        "yuan = @15000.001 }",
        "at most two decimal places",
    );
    finds(CAR, "yuan = 15000 }", "yuan = @-1 }", "an amount in yuan");
    finds(CAR, "[\"41\"]", "[@\"4100\\u6d4e\"]", "codes of places");
    finds(CAR, "grade = \"B\"", "grade = @\"D\"", "`grade` is");
    finds(
        DIGITAL,
        "[documents]",
        "engine = @1\n\n[documents]",
        "`engine` must be a table",
    );
}

#[test]
fn what_papers_prove() {
    finds(
        CAR,
        "    \"/invoice/number\",",
        "    @\"/invoice/nmber\",",
        "`proves` lists fields of a claim",
    );
    finds(
        CAR,
        "    \"/invoice/number\",",
        "    \"/invoice/number\", @\"/invoice/number\",",
        "`proves` names this twice",
    );
    finds(
        CAR,
        "days = 12\nproves = [\n",
        "days = 12\nproves = [@7,\n",
        "`proves` lists fields of a claim",
    );
    finds(
        OPENING,
        "name = \"delivery_receipt\"",
        "@proves = []\nname = \"delivery_receipt\"",
        "`proves` is empty",
    );
}

#[test]
fn ids() {
    for id in ["Henan-2025", "2025-henan", "henan_2025", "河南"] {
        finds(
            CAR,
            "id = \"henan-car-replacement-2025\"",
            &format!("id = @\"{id}\""),
            "is not an id",
        );
    }
}

#[test]
fn tiers() {
    let second = "{ from_yuan = 100000, below";
    finds(
        CAR,
        second,
        "{ from_yuan = @99999.99, below",
        "tiers overlap",
    );
    finds(
        CAR,
        second,
        "{ from_yuan = @100001, below",
        "tiers leave a gap from 100000.00 to 100001.00",
    );
    finds(
        CAR,
        "below_yuan = 200000",
        "below_yuan = @100000",
        "this tier is empty",
    );
    finds(
        CAR,
        "{ from_yuan = 60000, below_yuan = 100000,",
        "{ from_yuan = @60000,",
        "only the last tier",
    );
    finds(
        CAR,
        "tiers = [",
        "percent = 5\n@tiers = [",
        "exclude each other",
    );
    finds(
        CAR,
        "tiers = [",
        "yuan = 5\n@tiers = [",
        "exclude each other",
    );
    finds(
        SCRAP,
        "percent = 12\n",
        "yuan = 5\npercent = @12\n",
        "exclude each other",
    );
}

#[test]
fn rates() {
    finds(SCRAP, "percent = 12\n", "percent = @120\n", "above 100 %");
    finds(SCRAP, "percent = 12\n", "percent = @0\n", "must be above 0");
    finds(
        SCRAP,
        "[[amount.rate]]\nfuels = [\"nev\"]\npercent = 12\n",
        "@[[amount.rate]]\nfuels = [\"nev\"]\n",
        "pays nothing",
    );
    finds(
        SCRAP,
        "[[amount.rate]]\nfuels = [\"petrol\"",
        "@[[amount.rate]]\nfuels = [\"nev\", \"petrol\"",
        "rate 2 and rate 1 fit the same item",
    );
    finds(
        SCRAP,
        "[[amount.rate]]\nfuels = [\"nev\"]\npercent = 12\ncap_yuan = 20000",
        "@[[amount.rate]]\nfuels = [\"nev\"]\npercent = 12\ncap_yuan = 0",
        "of 0",
    );
}

#[test]
fn fuels_and_categories_agree_with_the_rates() {
    let tail = "[\"petrol\", \"diesel\", \"other\"]";
    let text = text_of(SCRAP);
    let unpaid = text.replace(
        &format!("fuels = {tail}"),
        "fuels = [\"petrol\", \"other\"]",
    );
    let problems = read_pack(&unpaid).unwrap_err();
    let line = unpaid
        .lines()
        .position(|l| l.starts_with("new = ["))
        .unwrap()
        + 1;
    assert_eq!(problems.len(), 1, "{problems:#?}");
    assert_eq!(problems[0].line, line);
    assert!(problems[0].message.contains("a fuel that no rate pays for"));

    let uncovered = text.replace("\"diesel\", \"other\"]\nnev", "\"other\"]\nnev");
    assert_ne!(uncovered, text);
    let problems = read_pack(&uncovered).unwrap_err();
    let line = uncovered
        .lines()
        .position(|l| l.starts_with("fuels = [\"petrol"))
        .unwrap()
        + 1;
    assert_eq!(problems[0].line, line, "{problems:#?}");
    assert!(
        problems[0]
            .message
            .contains("a fuel that [fuel] does not cover")
    );

    finds(
        OPENING,
        "categories = [\"stove\"]\nyuan",
        "@categories = [\"hob\"]\nyuan",
        "`hob` is not a category",
    );
    finds(
        OPENING,
        "categories = [\"fridge\", \"tv\", \"stove\"]",
        "@categories = [\"fridge\", \"tv\", \"stove\", \"hood\"]",
        "no rate pays for the category `hood`",
    );
    finds(
        GOODS,
        "{ air_conditioner = 3 }",
        "{ @aircon = 3 }",
        "`aircon` is not a category",
    );
    finds(
        GOODS,
        "{ air_conditioner = 3 }",
        "{ air_conditioner = @0 }",
        "a whole number from 1",
    );
}

#[test]
fn caps_floors_and_prices() {
    finds(
        OPENING,
        "floor_yuan = 50\ncap_yuan = 1000",
        "floor_yuan = 50\ncap_yuan = @49.99",
        "lies below the floor",
    );
    finds(
        SCRAP,
        "percent = 12\ncap_yuan = 20000\n\n[[amount.rate]]",
        "yuan = 20001\ncap_yuan = @20000\n\n[[amount.rate]]",
        "this rate pays 20001.00, above its cap 20000.00",
    );
    finds(
        CAR,
        "[amount]",
        "[price]\nfloor_yuan = @50000\nbasis = { document = \"rules\", clause = \"1\" }\n\n[amount]",
        "contradicts the lowest tier",
    );
    finds(
        CAR,
        "[amount]",
        "[price]\nceiling_yuan = @150000\nbasis = { document = \"rules\", clause = \"1\" }\n\n[amount]",
        "contradicts the highest tier",
    );
    finds(
        OPENING,
        "\"without_tax\"\ntax_percent = 13",
        "\"total\"\ntax_percent = @13",
        "goes with `price`",
    );
    finds(
        OPENING,
        "floor_yuan = 100.00",
        "floor_yuan = @8000.01",
        "above the ceiling",
    );
}

#[test]
fn windows() {
    finds(
        CAR,
        "to = 2025-12-31",
        "to = @2024-12-31",
        "the window is empty",
    );
}

#[test]
fn bases_and_texts() {
    finds(
        CAR,
        "title = { zh = \"河南省2025年汽车置换更新补贴\", en = ",
        "@title = { zh = \"河南省2025年汽车置换更新补贴\" }\n#",
        "[title] needs `en`",
    );
    finds(
        CAR,
        "[once]\nbasis",
        "[@once]\ntexts.asset_already_claimed = { zh = \"一\", en = \"1\" }\n#basis",
        "[once] has no basis",
    );
    finds(
        CAR,
        "{ document = \"bureau\"",
        "{ document = @\"burau\"",
        "`burau` is not listed under [documents]",
    );
    finds(
        CAR,
        "{ document = \"rules\", clause = \"个人消费者\" }",
        "{ document = \"rules\", clause = @\" \" }",
        "text that is not blank",
    );
    finds(
        CAR,
        "texts.unit_limit_reached = { zh = \"每位消费者每个自然年度只能享受一次\", ",
        "texts.@unit_limit_reached = { ",
        "needs `zh`",
    );
}
