//! What auditors look at.

use std::time::Duration;

use crate::browser::Browser;
use crate::bureau_world::{Bureau, POOL, on_both};
use crate::page::Page;

const VERIFICATION: &str = "/bureau/audit/verification";

#[test]
fn a_journal_is_read_entry_by_entry() {
    on_both(|backend| {
        let bureau = Bureau::new(backend, None);
        bureau.file_claims(60);
        let auditor = bureau.person("arthur", "auditor");
        let path = format!("/bureau/audit/journal/{POOL}");
        auditor.open("/bureau/audit").says(&path).says("61 entries");
        let first = auditor.open(&path);
        first
            .says("The pool opens")
            .says(&format!("{path}/50\""))
            .says_not(&format!("{path}/51\""));
        first.says(&format!("{path}?after=50"));
        let second = auditor.open(&format!("{path}?after=50"));
        second.says(&format!("{path}/61\"")).says_not("Next page");
        let entry = auditor.open(&format!("{path}/2"));
        entry
            .says("The hash is what the content gives")
            .says("A dealer")
            .says("&#34;seq&#34;:2");
        assert_eq!(auditor.get(&format!("{path}/99")).status, 404);
        assert_eq!(auditor.get("/bureau/audit/journal/none").status, 404);
        bureau
            .database()
            .execute("UPDATE journal SET amount = amount + 1 WHERE seq = 2");
        auditor
            .open(&format!("{path}/2"))
            .says("The hash is not what the content gives");
        auditor.open(&path).says("Hash does not fit");
        let operator = bureau.person("olive", "operator");
        assert_eq!(operator.get(&path).status, 403);
    });
}

/// Waits until the verification that runs has ended, as somebody does who reloads the page.
fn ended(auditor: &Browser) -> Page {
    for _ in 0..600 {
        let page = auditor.open(VERIFICATION);
        if !page.html.contains("It runs since") {
            return page;
        }
        page.says("hx-trigger")
            .says_not(&format!("action=\"{VERIFICATION}\""));
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("a verification does not end");
}

#[test]
fn a_verification_is_begun_and_its_result_is_kept() {
    on_both(|backend| {
        let bureau = Bureau::new(backend, None);
        bureau.file_claims(3);
        let auditor = bureau.person("arthur", "auditor");
        let page = auditor.open(VERIFICATION);
        page.says("None since this process began");
        assert_eq!(
            auditor.send(&page.form(VERIFICATION)).leads_to(),
            VERIFICATION
        );
        ended(&auditor)
            .says("Everything agrees")
            .says(POOL)
            .says("arthur");
        auditor.open("/bureau/audit").says("Sound");
        bureau
            .database()
            .execute("UPDATE pools SET free = free - 1, paid = paid + 1 WHERE free > 0");
        auditor.send(&ended(&auditor).form(VERIFICATION)).leads_to();
        ended(&auditor)
            .says("Something is wrong")
            .says(POOL)
            .says_not("Everything agrees");
        let reconciliation = format!("/bureau/pools/{POOL}/reconciliation");
        auditor.open(&reconciliation).says("They do not agree");
    });
}

#[test]
fn claims_are_drawn_by_chance_and_the_draw_is_noted_first() {
    on_both(|backend| {
        let bureau = Bureau::new(backend, None);
        bureau.file_claims(30);
        // Ten of them were filed long ago.
        bureau.database().execute(
            "UPDATE claims SET submitted_us = submitted_us - 864000000000 \
             WHERE number < 'JY26-0000011'",
        );
        let auditor = bureau.person("arthur", "auditor");
        let path = "/bureau/audit/samples";
        let page = auditor.open(path);
        page.says("has no bulk approval");
        let today = tradein::clock::now().beijing_day();
        let (from, to) = (today.pred_opt().unwrap().to_string(), today.to_string());
        let wish = [
            ("pool", POOL),
            ("from", &*from),
            ("to", &*to),
            ("count", "5"),
        ];
        assert_eq!(auditor.send(&page.form(path).filled(&wish)).status, 422);
        let wish = [&wish[..], &[("why", "年度审计")]].concat();
        let drawn = auditor
            .send(&page.form(path).filled(&wish))
            .leads_to()
            .to_owned();
        let seed = drawn.split("seed=").nth(1).unwrap();
        assert!(drawn.contains("first=11&last=30&count=5"), "{drawn}");
        let shown = auditor.open(&drawn);
        shown.says(seed);
        assert_eq!(shown.html.matches("/bureau/claims/").count(), 5);
        assert_eq!(shown.html, auditor.open(&drawn).html);
        auditor
            .open("/bureau/audit/access")
            .says(seed)
            .says("年度审计");
        let old = today.pred_opt().unwrap() - chrono::Days::new(8);
        let old = [
            ("from", &*(old - chrono::Days::new(3)).to_string()),
            ("to", &*old.to_string()),
        ]
        .map(|(name, day)| (name, day.to_owned()));
        let old: Vec<(&str, &str)> = old.iter().map(|(n, d)| (*n, &**d)).collect();
        let wish = [&old[..], &[("pool", POOL), ("count", "9"), ("why", "x")]].concat();
        let drawn = auditor
            .send(&page.form(path).filled(&wish))
            .leads_to()
            .to_owned();
        assert!(drawn.contains("first=1&last=10&count=9"), "{drawn}");
        let never = [
            ("pool", POOL),
            ("from", "2020-01-01"),
            ("to", "2020-12-31"),
            ("why", "x"),
        ];
        assert_eq!(auditor.send(&page.form(path).filled(&never)).status, 422);
        let forged = drawn.replace("last=10", "last=31");
        assert_eq!(auditor.get(&forged).status, 404);
    });
}

#[test]
fn a_bulk_approval_is_made_again() {
    on_both(|backend| {
        let bureau = Bureau::new(backend, None);
        let auditor = bureau.person("arthur", "auditor");
        bureau.person("anna", "approver");
        bureau.begin_bulk("anna", POOL);
        let page = auditor.open(&format!("/bureau/audit/samples?pool={POOL}"));
        let html = &page.html;
        let id = html
            .split("/bureau/audit/samples/")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        let bulk = auditor.open(&format!("/bureau/audit/samples/{id}"));
        bulk.says("The journal has the commitment")
            .says("Not drawn yet")
            .says("Fits");
        bureau
            .database()
            .execute("UPDATE journal SET detail = 'x' WHERE kind = 'sample_committed'");
        auditor
            .open(&format!("/bureau/audit/samples/{id}"))
            .says("Does not fit");
    });
}

#[test]
fn everything_is_exported_and_personal_data_only_with_a_reason() {
    on_both(|backend| {
        let bureau = Bureau::new(backend, None);
        bureau.file_claims(2);
        let auditor = bureau.person("arthur", "auditor");
        let path = "/bureau/audit/export";
        let page = auditor.open(path);
        let book = auditor.send(
            &page
                .form(path)
                .filled(&[("pool", POOL), ("format", "xlsx")]),
        );
        assert_eq!(book.status, 200);
        assert!(book.body.starts_with(b"PK"));
        let lines = auditor.send(
            &page
                .form(path)
                .filled(&[("pool", POOL), ("format", "jsonl")]),
        );
        assert_eq!(lines.status, 200);
        assert!(lines.html.lines().count() > 4);
        let log = "/bureau/audit/access";
        auditor.open(log).says("There is none");
        let wish = [("pool", POOL), ("format", "jsonl"), ("unsealed", "true")];
        let refused = auditor.send(&page.form(path).filled(&wish));
        assert_eq!(refused.status, 422);
        refused.says("why-wrong");
        let wish = [&wish[..], &[("why", "省审计厅调阅")]].concat();
        let opened = auditor.send(&page.form(path).filled(&wish));
        assert!(opened.html.len() > lines.html.len());
        auditor
            .open(log)
            .says("省审计厅调阅")
            .says("Export with personal data");
        let operator = bureau.person("olive", "operator");
        assert_eq!(operator.get(path).status, 403);
    });
}

#[test]
fn open_flags_are_listed() {
    on_both(|backend| {
        let bureau = Bureau::new(backend, None);
        bureau.file_claims(1);
        let auditor = bureau.person("arthur", "auditor");
        let path = "/bureau/audit/flags";
        auditor.open(path).says("No flag is open");
        bureau.database().execute(
            "INSERT INTO claim_flags (claim_id, code, detail, raised_us) \
             SELECT id, 'goods_returned', '', 1 FROM claims",
        );
        auditor
            .open(path)
            .says("goods_returned")
            .says("JY26-0000001");
    });
}
