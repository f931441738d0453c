//! Everything about a pool, as JSON lines and as a workbook.

use std::collections::BTreeMap;
use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use serde_json::{Value, json};

use super::scene::{CARS, POOL, Scene, code, on_both, payments};
use crate::support::claims::{claim, with};
use crate::support::{Backend, Response};

/// What the bureau wrote, with a name and a telephone number in it.
const WHY: &str = "王五 13800009999 来电举报";
/// A bank slip's reference, with a name.
const SLIP: &str = "王五退款 0017";
/// A name that a spreadsheet would run.
const HOSTILE: &str = "=cmd|' /C calc'!A0";

/// Claims in several states, a payment, a clawback; the sealed numbers of one applicant.
fn lived(scene: &mut Scene) -> (Value, usize) {
    let hostile = with(claim(CARS), "/consumer/name", json!(HOSTILE));
    let id = scene.file_claim(&hostile)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    scene.approve(&id);
    let csv = scene.pay_out(10).1;
    let lines: Vec<String> = payments(&csv)
        .iter()
        .map(|p| format!("{p},paid,"))
        .collect();
    scene.outcomes(&lines);
    let tag = scene.look(&id).1;
    let path = format!("/v1/claims/{id}/goods-returned");
    let back = scene.dealer.call("POST", &path, &[("if-match", &tag)], b"");
    assert_eq!(back.status, 200, "{}", back.text());
    for (path, body) in [
        ("flags", json!({ "code": "under_inquiry", "why": WHY })),
        ("flags/under_inquiry/clear", json!({ "why": WHY })),
    ] {
        let done = scene
            .reviewer
            .post(&format!("/v1/claims/{id}/{path}"), &body);
        assert_eq!(done.status, 200, "{}", done.text());
    }
    let owed = scene.finance.get("/v1/receivables").json();
    let owed = owed["items"][0]["id"].as_str().unwrap().to_owned();
    let slip = json!({ "amount": "1.00", "reference": SLIP });
    let paid_in = scene
        .finance
        .post(&format!("/v1/receivables/{owed}/paid-in"), &slip);
    assert_eq!(paid_in.status, 200, "{}", paid_in.text());
    for _ in 0..3 {
        scene.file();
    }
    scene.approved();
    scene.pay_out(10);
    (hostile["consumer"].clone(), 5)
}

fn export(scene: &mut Scene, query: &str) -> Response {
    scene
        .auditor
        .get(&format!("/v1/audit/export?pool={POOL}{query}"))
}

fn records(text: &str) -> BTreeMap<String, Vec<Value>> {
    let mut records: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for line in text.lines() {
        let value: Value = serde_json::from_str(line).unwrap();
        let kind = value["record"].as_str().unwrap().to_owned();
        records.entry(kind).or_default().push(value);
    }
    records
}

#[test]
fn json_lines_say_everything_once_and_end_with_a_count() {
    on_both("1000000", |scene| {
        let (person, claims) = lived(scene);
        let answer = export(scene, "");
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
        let text = answer.text();
        let all = records(&text);
        let end = &all["end"][0];
        for (kind, count) in [
            ("claim", "claims"),
            ("entry", "entries"),
            ("payout_batch", "payout_batches"),
            ("payout_line", "payout_lines"),
            ("receivable", "receivables"),
        ] {
            assert_eq!(end[count], all[kind].len(), "{kind}");
        }
        assert_eq!(all["claim"].len(), claims);
        assert_eq!(all["payout_line"].len(), 2);
        assert_eq!(all["receivable"].len(), 1);
        assert_eq!(all["export"][0]["unsealed"], false);
        assert!(text.lines().last().unwrap().contains("\"record\":\"end\""));

        // The public part of the entries is the public journal, byte for byte.
        let public = scene
            .auditor
            .get(&format!("/v1/public/journal/{POOL}"))
            .text();
        for line in public.lines().take(all["entry"].len()) {
            assert!(text.contains(line), "{line}");
        }
        let mut private = all["entry"].iter().filter_map(|e| e["private"].as_str());
        assert!(private.any(|record| record.contains("\"act\":\"recommended\"")));

        // Masked: the numbers are nowhere; the search finds them when they are opened.
        let numbers = ["id_number", "mobile"].map(|n| person[n].as_str().unwrap());
        let account = person["bank_account"]["number"].as_str().unwrap();
        for number in numbers.iter().chain([&account]) {
            assert!(!text.contains(number), "{number}");
        }
        assert!(!text.contains(HOSTILE));
        let open = export(scene, "&unsealed=true&why=annual%20audit");
        assert_eq!(open.status, 200, "{}", open.text());
        for number in numbers.iter().chain([&account, &HOSTILE]) {
            assert!(open.text().contains(number), "{number}");
        }
        let log = scene.auditor.get("/v1/audit/access-log").json();
        let look = log["items"].as_array().unwrap().last().unwrap().clone();
        assert_eq!(look["why"], "annual audit");
        assert_eq!(look["what"], format!("export of pool {POOL}"));
    });
}

#[test]
fn exports_are_for_auditors_and_ask_for_a_reason() {
    let mut scene = Scene::new(Backend::Sqlite, "1000000");
    for query in [
        "&unsealed=true",
        "&unsealed=true&why=",
        "&unsealed=true&why=%20",
        "&unsealed=yes&why=x",
        "&why=x",
        "&format=pdf",
        "&pool=cars",
    ] {
        let refused = export(&mut scene, query);
        assert_eq!(code(&refused), (422, "query_malformed".into()), "{query}");
    }
    let nameless = scene.auditor.get("/v1/audit/export");
    assert_eq!(code(&nameless), (422, "query_malformed".into()));
    for format in ["jsonl", "xlsx"] {
        let path = format!("/v1/audit/export?pool=nowhere&format={format}");
        let missing = scene.auditor.get(&path);
        assert_eq!(code(&missing), (404, "pool_not_found".into()));
    }
    assert_eq!(
        scene.auditor.get("/v1/audit/access-log").json()["items"],
        json!([])
    );
    for client in [&mut scene.finance, &mut scene.operator, &mut scene.dealer] {
        let refused = client.get(&format!("/v1/audit/export?pool={POOL}"));
        assert_eq!(code(&refused), (403, "role_not_allowed".into()));
    }
}

fn sheet(book: &mut Xlsx<Cursor<Vec<u8>>>, name: &str) -> Vec<BTreeMap<String, Data>> {
    let range = book.worksheet_range(name).unwrap();
    let mut rows = range.rows();
    let head: Vec<String> = rows
        .next()
        .unwrap()
        .iter()
        .map(ToString::to_string)
        .collect();
    rows.map(|row| head.iter().cloned().zip(row.iter().cloned()).collect())
        .collect()
}

#[test]
fn a_workbook_opens_in_a_reader_and_no_name_becomes_a_formula() {
    on_both("1000000", |scene| {
        let (person, claims) = lived(scene);
        for (query, unsealed) in [("", false), ("&unsealed=true&why=audit", true)] {
            let answer = export(scene, &format!("&format=xlsx{query}"));
            assert_eq!(answer.status, 200, "{}", answer.text());
            let mut book = Xlsx::new(Cursor::new(answer.body)).unwrap();
            let names = ["claims", "journal", "payouts", "receivables"];
            assert_eq!(book.sheet_names(), names);
            for name in names {
                let formulas = book.worksheet_formula(name).unwrap();
                assert!(formulas.cells().all(|(_, _, f)| f.is_empty()), "{name}");
            }
            let rows = sheet(&mut book, "claims");
            assert_eq!(rows.len(), claims);
            let first = &rows[0];
            let shown = scene.auditor.get("/v1/claims?limit=1").json();
            let amount = shown["items"][0]["amount"].as_str().unwrap().to_owned();
            assert_eq!(first["amount"], Data::String(amount.clone()));
            assert_eq!(first["amount_yuan"], Data::Float(amount.parse().unwrap()));
            let id_number = person["id_number"].as_str().unwrap();
            if unsealed {
                assert_eq!(first["consumer_name"], Data::String(HOSTILE.into()));
                assert_eq!(first["consumer_id_number"], Data::String(id_number.into()));
            } else {
                let masked = first["consumer_id_number"].to_string();
                assert!(masked.contains('*') && masked != id_number, "{masked}");
            }
            assert_eq!(sheet(&mut book, "payouts").len(), 2);
            assert_eq!(sheet(&mut book, "receivables").len(), 1);
            let journal = sheet(&mut book, "journal");
            let pool = scene
                .auditor
                .get(&format!("/v1/public/pools/{POOL}"))
                .json();
            assert_eq!(journal.len() as i64, pool["journal_seq"].as_i64().unwrap());
            let last = journal.last().unwrap()["hash"].to_string();
            assert_eq!(last, pool["journal_head"]);
        }
    });
}

#[test]
fn the_command_line_writes_a_file_that_only_its_owner_reads() {
    use std::os::unix::fs::PermissionsExt;
    on_both("1000000", |scene| {
        let (person, claims) = lived(scene);
        let database = &scene.database;
        let out = |name: &str| database.data_dir().join(name).to_str().unwrap().to_owned();
        for format in ["jsonl", "xlsx"] {
            let file = out(&format!("audit.{format}"));
            let arguments = [
                "audit", "export", "--pool", POOL, "--out", &file, "--format", format,
            ];
            database.run(&arguments);
            let mode = std::fs::metadata(&file).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
            let bytes = std::fs::read(&file).unwrap();
            if format == "jsonl" {
                let text = String::from_utf8(bytes).unwrap();
                assert_eq!(records(&text)["end"][0]["claims"], claims);
                assert!(!text.contains(person["id_number"].as_str().unwrap()));
            } else {
                let mut book = Xlsx::new(Cursor::new(bytes)).unwrap();
                assert_eq!(sheet(&mut book, "claims").len(), claims);
            }
            // Evidence is not written over.
            let again = database.output(&arguments);
            assert_eq!(again.status.code(), Some(1));
        }
        let file = out("nothing.jsonl");
        let missing = database.output(&["audit", "export", "--pool", "nowhere", "--out", &file]);
        assert_eq!(missing.status.code(), Some(1));
        assert!(!std::path::Path::new(&file).exists());
    });
}

#[test]
fn what_people_wrote_is_sealed_and_comes_back_to_who_says_why() {
    on_both("1000000", |scene| {
        let (person, _) = lived(scene);
        let masked = export(scene, "").text();
        for written in [WHY, SLIP, "13800009999"] {
            assert!(!masked.contains(written), "{written}");
        }
        let all = records(&masked);
        assert!(all["claim"].iter().all(|claim| claim["notes"].is_null()));
        assert!(all["payout_batch"].iter().all(|b| b["salt"].is_null()));
        // The journal says that something was written, and not what.
        let entries = all["entry"].iter();
        let flagged = entries.filter(|e| e["public"]["kind"] == "flagged");
        let private: Vec<&str> = flagged.map(|e| e["private"].as_str().unwrap()).collect();
        assert_eq!(private.len(), 1);
        assert!(private[0].contains("\"note\":\"") && !private[0].contains("\"why\""));

        let unsealed = records(&export(scene, "&unsealed=true&why=audit").text());
        let salts = unsealed["payout_batch"].iter().map(|b| b["salt"].as_str());
        assert!(salts.into_iter().all(|salt| salt.unwrap().len() == 64));
        let claim = unsealed["claim"]
            .iter()
            .find(|claim| claim["consumer"] == person)
            .unwrap();
        let number = claim["number"].clone();
        let path = format!("/v1/claims/{}/unseal", claim["id"].as_str().unwrap());
        let opened = scene.finance.post(&path, &json!({ "why": "核对退款" }));
        assert_eq!(opened.status, 200, "{}", opened.text());
        let opened = opened.json();
        assert_eq!(opened["notes"], claim["notes"]);
        let notes = opened["notes"].as_array().unwrap().iter();
        let told: Vec<(&str, &Value)> = notes
            .map(|note| (note["kind"].as_str().unwrap(), &note["words"]))
            .collect();
        let (why, slip) = (json!([{ "why": WHY }]), json!([{ "reference": SLIP }]));
        let expected = [
            ("flagged", &why),
            ("flag_cleared", &why),
            ("clawback_settled", &slip),
        ];
        assert_eq!(told, expected);
        let log = scene.auditor.get("/v1/audit/access-log").json();
        let looks = log["items"].as_array().unwrap();
        let last = looks.last().unwrap();
        assert_eq!(
            (&last["claim_number"], &last["why"]),
            (&number, &json!("核对退款"))
        );
    });
}
