//! The shipped packs as documents.

use tradein::cli::programme_check::check;
use tradein::domain::policy::{Pack, read_pack};
use tradein::domain::reason::ReasonCode;

use crate::builder::{SHIPPED, pack, shipped_text};

#[test]
fn every_shipped_pack_is_sound_and_named_as_its_file() {
    let root = env!("CARGO_MANIFEST_DIR");
    let mut found: Vec<String> = std::fs::read_dir(format!("{root}/config/programmes"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    found.sort();
    let expected: Vec<String> = SHIPPED.iter().map(|id| format!("{id}.toml")).collect();
    assert_eq!(found, expected);
    for id in SHIPPED {
        assert_eq!(pack(id).id.0, id);
    }
}

#[test]
fn shipped_packs_keep_the_line_as_agreed() {
    use tradein::domain::policy::rules::queue::{OnExhaustion, QueueBy, Remainder};
    for id in SHIPPED {
        let pack = pack(id);
        let queue = &pack.rules.queue.as_ref().unwrap().terms;
        assert_eq!(queue.remainder, Remainder::Strict, "{id}");
        assert_eq!(queue.queue_by, QueueBy::Submission, "{id}");
        assert_eq!(queue.on_exhaustion, OnExhaustion::Waitlist, "{id}");
        assert!(pack.rules.counter_opening.is_none(), "{id}");
    }
}

#[test]
fn every_paper_of_a_shipped_pack_proves_something() {
    for id in SHIPPED {
        for paper in &pack(id).rules.paper {
            let terms = &paper.terms;
            assert!(!terms.proves.is_empty(), "{id}: {}", terms.name);
        }
    }
}

/// Else every version that was published before would get another name.
#[test]
fn a_paper_that_says_nothing_leaves_no_trace_in_the_content() {
    for (id, says) in [("counter-opening", false), (SHIPPED[0], true)] {
        let text = crate::mistakes::text_of(id);
        let content = read_pack(&text).unwrap().to_canonical_json();
        assert_eq!(content.contains("\"proves\""), says, "{id}");
        assert!(Pack::from_canonical_json(&content).is_ok(), "{id}");
    }
}

#[test]
fn every_reason_has_texts_and_a_basis_in_every_pack() {
    for id in SHIPPED {
        let pack = pack(id);
        for code in ReasonCode::ALL {
            let (text, basis) = pack.reason_text(*code);
            assert!(!text.zh.is_empty() && !text.en.is_empty(), "{id} {code}");
            assert!(basis.contains(' '), "{id} {code}: {basis}");
        }
    }
}

#[test]
fn a_reason_rests_on_its_own_rule() {
    let pack = pack("jiyuan-car-replacement-2024");
    let (text, basis) = pack.reason_text(ReasonCode::AlreadyHadScrappage);
    assert!(text.zh.contains("不再享受置换更新补贴"), "{}", text.zh);
    assert!(basis.starts_with("济管〔2024〕12号"), "{basis}");
    let (text, _) = pack.reason_text(ReasonCode::PriceBelowFloor);
    assert!(text.en.contains("60,000"), "{}", text.en);
}

#[test]
fn the_digest_does_not_depend_on_layout() {
    for id in SHIPPED {
        let text = shipped_text(id);
        let pack = read_pack(&text).unwrap();
        let respaced: String = text
            .lines()
            .filter(|line| !line.starts_with('#'))
            .map(|line| line.replacen(" = ", "   =  ", 1) + "   # checked\n\n")
            .collect();
        let other = read_pack(&respaced).unwrap_or_else(|p| panic!("{id}: {p:#?}"));
        assert_eq!(pack.digest(), other.digest(), "{id}");
        let plain_number = text.replace("percent = 8\n", "percent = 8.00\n");
        assert_eq!(pack.digest(), read_pack(&plain_number).unwrap().digest());
    }
}

#[test]
fn the_digest_depends_on_every_figure_and_sentence() {
    let text = shipped_text("henan-car-replacement-2025");
    let digest = read_pack(&text).unwrap().digest();
    assert!(
        digest.starts_with("sha256:") && digest.len() == 71,
        "{digest}"
    );
    for (from, to) in [
        ("yuan = 15000", "yuan = 15001"),
        ("to = 2025-12-31", "to = 2025-12-30"),
        ("Each person may draw once", "Everybody may draw once"),
        ("每人每自然年度限享受一次", "每人限享受一次"),
        ("days = 12", "days = 13"),
    ] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(text, changed, "{from}");
        assert_ne!(read_pack(&changed).unwrap().digest(), digest, "{from}");
    }
}

#[test]
fn canonical_json_comes_back() {
    for id in SHIPPED {
        let pack = pack(id);
        let json = pack.to_canonical_json();
        assert_eq!(Pack::from_canonical_json(&json).unwrap(), pack, "{id}");
        assert!(Pack::from_canonical_json(&format!(" {json}")).is_err());
        assert!(Pack::from_canonical_json(&json.replacen("\"id\"", "\"name\"", 1)).is_err());
    }
}

#[test]
fn check_says_ok_with_the_digest_and_warns_of_second_hand_figures() {
    let file = |id: &str| {
        let root = env!("CARGO_MANIFEST_DIR");
        std::path::PathBuf::from(format!("{root}/config/programmes/{id}.toml"))
    };
    let mut out = Vec::new();
    let files = [
        file("jiyuan-car-purchase-2022"),
        file("national-digital-2026"),
    ];
    assert!(check(&files, &mut out).unwrap());
    let out = String::from_utf8(out).unwrap();
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines.len(), 3, "{out}");
    let digest = pack("jiyuan-car-purchase-2022").digest();
    assert!(
        lines[0].ends_with(&format!(": ok jiyuan-car-purchase-2022 {digest}")),
        "{out}"
    );
    assert!(
        lines[2].ends_with("note: grade C: check against the original before opening"),
        "{out}"
    );
}

#[test]
fn check_shows_places_and_goes_on_after_a_bad_file() {
    let folder = std::env::temp_dir().join(format!("tradein-check-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let bad = folder.join("bad.toml");
    let text = shipped_text("national-digital-2026").replace("percent = 15\n", "percent = 150\n");
    std::fs::write(&bad, &text).unwrap();
    let absent = folder.join("absent.toml");
    let mut out = Vec::new();
    assert!(!check(&[absent, bad.clone()], &mut out).unwrap());
    std::fs::remove_dir_all(&folder).unwrap();
    let out = String::from_utf8(out).unwrap();
    assert!(
        out.lines().next().unwrap().contains("cannot be read"),
        "{out}"
    );
    let line = text.lines().position(|l| l == "percent = 150").unwrap() + 1;
    let expected = format!("{}:{line}:11: `percent` is 150: above 100 %", bad.display());
    assert!(out.lines().any(|l| l == expected), "{out}");
}

#[test]
fn the_example_of_the_manual_is_sound() {
    let root = env!("CARGO_MANIFEST_DIR");
    let manual = std::fs::read_to_string(format!("{root}/docs/programmes.md")).unwrap();
    let example = manual.split("```toml\n").nth(1).unwrap();
    let example = example.split("```").next().unwrap();
    let pack = read_pack(example).unwrap_or_else(|problems| panic!("{problems:#?}"));
    assert_eq!(pack.id.0, "example-car-replacement-2027");
    let json: serde_json::Value = serde_json::from_str(&pack.to_canonical_json()).unwrap();
    for section in json["rules"].as_object().unwrap().keys() {
        let named = manual.contains(&format!("[{section}]"));
        assert!(named, "the manual does not name [{section}]");
    }
}
