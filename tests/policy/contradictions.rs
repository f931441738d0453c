//! Rules that contradict each other, planted in good packs, are found at their line.

use tradein::domain::policy::read_pack;

use crate::mistakes::{CAR, DIGITAL, GOODS, OPENING, SCRAP, finds, text_of};

#[test]
fn rules_that_exclude_each_other() {
    finds(
        OPENING,
        "remainder = \"fit\"\non_exhaustion = ",
        "remainder = \"strict\"\non_exhaustion = @",
        "contradicts `remainder`",
    );
    finds(
        CAR,
        "[old_item]\nkind = \"vehicle\"\nrequired = true",
        "[old_item]\nkind = \"vehicle\"\nrequired = @false",
        "must be required",
    );
    finds(
        CAR,
        "[old_item]\nkind = ",
        "[old_item]\nkind = @\"appliance\"#",
        "takes in old vehicles",
    );
    finds(CAR, "limit = 1\n", "limit = @0\n", "is 0");
    finds(
        CAR,
        "by = \"new_vehicle\"\n",
        "by = \"new_vehicle\"\ngroup = @\"car-2025\"\n",
        "excludes by person",
    );
}

#[test]
fn limits_of_dealers_only_ever_tighten() {
    let dealers = |keys: &str| format!("[dealers]\nparticipating_only = true\n{keys}\n");
    let finds_in = |keys: &str, message: &str| {
        let from = "[dealers]\nparticipating_only = true\n";
        finds(GOODS, from, &dealers(keys), message);
    };
    finds_in(
        "share_percent = 20\ntighten_below_percent = 25\ntightened_share_percent = @20.01",
        "`tightened_share_percent` is 20.01, above `share_percent` 20: it would loosen",
    );
    finds_in(
        "claims_per_minute = 6\ntighten_below_percent = 25\ntightened_claims_per_minute = @7",
        "above `claims_per_minute` 6: it would loosen",
    );
    finds_in(
        "share_percent = 20\ntighten_below_percent = @25",
        "tightens nothing",
    );
    finds_in(
        "share_percent = 20\ntightened_share_percent = @10",
        "needs `tighten_below_percent`",
    );
    finds_in(
        "claims_per_minute = 60\ntightened_claims_per_minute = @6",
        "needs `tighten_below_percent`",
    );
    finds_in("claims_per_minute = @0", "is 0");
    finds_in(
        "tighten_below_percent = @0.125\ntightened_share_percent = 10",
        "at most two decimal places",
    );
    let good = text_of(GOODS).replacen(
        "[dealers]\nparticipating_only = true\n",
        &dealers(
            "share_percent = 20\nclaims_per_minute = 60\ntighten_below_percent = 25\n\
             tightened_share_percent = 20\ntightened_claims_per_minute = 6",
        ),
        1,
    );
    let pack = read_pack(&good).unwrap();
    let again =
        tradein::domain::policy::Pack::from_canonical_json(&pack.to_canonical_json()).unwrap();
    assert_eq!(pack, again);
    let caps = pack.rules.dealers.unwrap().terms.caps();
    let level = |free| tradein::domain::policy::rules::dealers::Level { free, cap: 100 };
    assert_eq!(caps.claims_per_minute(level(25)), Some(60));
    assert_eq!(caps.claims_per_minute(level(24)), Some(6));
}

#[test]
fn rules_of_another_kind_of_programme() {
    finds(
        GOODS,
        "[money]",
        "[@age]\npetrol = 2012-06-30\ndays_included = true\nbasis = { document = \"rules\", clause = \"1\" }\n[money]",
        "is for cars",
    );
    finds(
        GOODS,
        "energy_levels = [2]",
        "@fuels = [\"nev\"]",
        "goods have no `fuels`",
    );
    finds(
        CAR,
        "[[amount.rate]]\nfuels = [\"nev\"]",
        "[[amount.rate]]\nfuels = [\"nev\"]\n@energy_levels = [1]",
        "cars have no `energy_levels`",
    );
    finds(
        DIGITAL,
        "percent = 15",
        "@energy_levels = [1]\npercent = 15",
        "digital articles have no",
    );
}

#[test]
fn shares_and_repetitions() {
    finds(
        CAR,
        "[money]\ncentre_percent = 90",
        "[@money]\ncentre_percent = 89",
        "sum to 99 %",
    );
    finds(
        CAR,
        "local_percent = 10",
        "zone_percent = 5\nlocal_percent = @10",
        "province and zone together",
    );
    finds(
        CAR,
        "name = \"invoice_copy\"",
        "name = @\"old_vehicle_transfer\"",
        "named twice",
    );
    finds(
        OPENING,
        "name = \"delivery_receipt\"",
        "name = @\"invoice\"",
        "asks for the paper `invoice` already",
    );
    finds(
        GOODS,
        "    \"washer\",",
        "    \"washer\",\n    @\"washer\",",
        "names this twice",
    );
}

#[test]
fn papers_prove_what_claims_of_the_programme_say() {
    for (pack, paper, field) in [
        (CAR, "old_vehicle_transfer", "/new_item/serial"),
        (CAR, "old_vehicle_transfer", "/old_item/collected_by"),
        (GOODS, "delivery_receipt", "/new_item/vin"),
        (GOODS, "delivery_receipt", "/new_item/imei"),
        (GOODS, "delivery_receipt", "/old_item/category"),
        (GOODS, "delivery_receipt", "/old_item/kind"),
    ] {
        let text = text_of(pack);
        let (_, rest) = text.split_once(&format!("name = \"{paper}\"")).unwrap();
        let (between, _) = rest.split_once("proves = [\n").unwrap();
        let head = format!("name = \"{paper}\"{between}");
        finds(
            pack,
            &format!("{head}proves = [\n"),
            &format!("{head}@proves = [\n    \"{field}\",\n"),
            &format!("claims of this programme have no `{field}`"),
        );
    }
}

#[test]
fn an_old_item_is_needed_for_rules_about_one() {
    let text = text_of(CAR);
    let start = text.find("[old_item]").unwrap();
    let end = text.find("[ownership]").unwrap();
    let bad = format!("{}{}", &text[..start], &text[end..]);
    let problems = read_pack(&bad).unwrap_err();
    for section in ["disposal_window", "ownership", "disposal"] {
        let header = format!("[{section}]");
        let line = bad.lines().position(|l| l == header).unwrap() + 1;
        let message = format!("`{section}` is about an old item, but there is no [old_item]");
        let found = problems
            .iter()
            .any(|p| p.line == line && p.message == message);
        assert!(found, "{section}: {problems:#?}");
    }
}

#[test]
fn missing_sections_are_named() {
    let text = text_of(CAR)
        .replace("[queue]", "[queues]")
        .replace("[buyer]", "[buyers]");
    let problems = read_pack(&text).unwrap_err();
    for wanted in [
        "the pack needs a section [queue]",
        "the pack needs a section [buyer]",
        "unknown key `queues` in the pack; did you mean `queue`?",
    ] {
        assert!(
            problems.iter().any(|p| p.message.contains(wanted)),
            "{wanted}: {problems:#?}"
        );
    }
    let problems = read_pack("").unwrap_err();
    assert!(problems.len() >= 10, "{problems:#?}");
    assert!(problems.iter().all(|p| (p.line, p.column) == (1, 1)));
}

#[test]
fn counter_opening_needs_a_most() {
    let text = text_of(OPENING)
        .replace("cap_yuan = 1000\n", "")
        .replace("ceiling_yuan = 8000\n", "");
    let problems = read_pack(&text).unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:#?}");
    assert!(problems[0].message.contains("this rate needs a cap"));
}

#[test]
fn every_mistake_is_reported_at_once() {
    let text = text_of(CAR)
        .replacen("limit = 1\n", "limit = 0\n", 1)
        .replacen("to = 2025-12-31", "to = 2024-12-31", 1)
        .replacen("below_yuan = 100000", "below_yuan = 90000", 1)
        .replacen("days = 12", "dys = 12", 1)
        .replacen("\"consumer\"", "\"nobody\"", 1);
    let problems = read_pack(&text).unwrap_err();
    let messages: Vec<&str> = problems.iter().map(|p| p.message.as_str()).collect();
    for wanted in [
        "`limit` is 0",
        "window is empty",
        "leave a gap",
        "unknown key `dys`",
        "needs `days`",
        "`payee` must be",
    ] {
        assert!(
            messages.iter().any(|m| m.contains(wanted)),
            "{wanted}: {messages:#?}"
        );
    }
    let lines: Vec<usize> = problems.iter().map(|p| p.line).collect();
    assert!(lines.is_sorted(), "{lines:?}");
}

#[test]
fn rules_that_contradict_themselves() {
    let place = "invoice = [\"41\"]\nregistration = [\"41\"]\n";
    let apart = "invoice = [\"41\"]\nregistration = [\"4201\"]\nsame_province = @true\n";
    finds(CAR, place, apart, "share no province");
    finds(
        CAR,
        "[place]\ninvoice = [\"41\"]\nregistration = [\"41\"]\n",
        "[@place]\n",
        "[place] says nothing",
    );
    finds(
        SCRAP,
        "new = [\"nev\", \"petrol\", \"diesel\", \"other\"]\nnev_for_nev = ",
        "new = [\"petrol\"]\nnev_for_nev = @",
        "which has no \"nev\"",
    );
    finds(
        CAR,
        "since = 2025-01-08\nsince_included = true",
        "since = @2025-01-08",
        "go together",
    );
    finds(
        SCRAP,
        "max_litres = 2.0",
        "max_litres = @0",
        "no engine is so small",
    );
    finds(
        CAR,
        "days = 7\nrounds = 2",
        "days = 7\nrounds = @0",
        "`rounds` is 0",
    );
    finds(
        OPENING,
        "share_percent = 12.5",
        "share_percent = @12.505",
        "at most two decimal places",
    );
}

#[test]
fn a_subsidy_is_not_given_twice() {
    let message = "`till_discount` contradicts `payee`";
    finds(
        DIGITAL,
        "payee = \"dealer\"",
        "payee = @\"consumer\"",
        message,
    );
}

#[test]
fn exclusions() {
    let awards = "by = \"new_vehicle\"\nawards = [\"scrappage\", \"replacement\"]\n";
    finds(
        CAR,
        "[[exclusive]]\nby = \"new_vehicle\"\nawards = [\"scrappage\", \"replacement\"]\n",
        "@[[exclusive]]\nby = \"new_vehicle\"\n",
        "this exclusion says nothing",
    );
    finds(
        CAR,
        awards,
        "by = \"person\"\ngroup = \"car\"\nawarded_from = @2025-01-01\n",
        "needs `awards`",
    );
    finds(
        CAR,
        awards,
        "by = \"person\"\ngroup = @\"Car 2025\"\n",
        "is not a name",
    );
    finds(
        CAR,
        awards,
        "by = \"pair\"\nawards = [\"scrappage\", @\"scrappage\"]\n",
        "names this twice",
    );
    finds(
        SCRAP,
        "[once]",
        "[[exclusive]]\nby = \"person\"\ngroup = @\"car-2026\"\nbasis = { document = \"rules\", clause = \"1\" }\n\n[once]",
        "the group `car-2026` is named twice",
    );
}
