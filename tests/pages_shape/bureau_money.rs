//! Bulk approvals, payout and what is owed back, through pages.

use actix_web::http::Method;

use crate::bureau_office::{Office, POOL};
use crate::support::Backend;

#[test]
fn a_batch_is_sealed_once_released_by_another_and_settled_by_the_banks_file() {
    for backend in Backend::ALL {
        let office = Office::new(backend);
        let reviewer = office.person("wang", &["reviewer"]);
        let approver = office.person("li", &["approver"]);
        let finance = office.person("zhou", &["finance"]);
        let second = office.person("wei", &["finance"]);
        let auditor = office.person("qian", &["auditor"]);
        let (id, number) = office.approved(&reviewer, &approver);
        let seal = office
            .get(&finance, "/bureau/payouts")
            .form("/bureau/payouts");
        let wrong = office.send(&finance, &seal.clone().with("limit", "many"));
        wrong
            .is(422)
            .says("id=\"limit-wrong\"")
            .says("value=\"many\"");
        let page = office.follow(&finance, &seal);
        page.says("The batch is sealed.").says("zhou").says("Owed");
        page.says_not("6225881414207430");
        // A double click seals nothing more.
        let again = office.send(&finance, &seal);
        assert_eq!(
            again.header("location"),
            format!("{}?done=sealed", path_of(&page.path))
        );
        let next = office
            .get(&finance, "/bureau/payouts")
            .form("/bureau/payouts");
        office.send(&finance, &next).is(409).says("role=\"alert\"");

        let path = path_of(&page.path);
        let release = page.form("/release");
        assert!(!release.is_enabled());
        office
            .send(&finance, &release)
            .is(403)
            .says("role=\"alert\"");
        office
            .get(&finance, &format!("{path}/file?format=csv"))
            .is(409)
            .says("second person must");
        office
            .get(&auditor, &path)
            .says_not("/release\"")
            .says("zhou");
        office.get(&auditor, "/bureau").says(POOL);
        let page = office.get(&second, &path);
        office
            .follow(&second, &page.form("/release"))
            .says("The batch is released.");
        let file = office.get(&second, &format!("{path}/file?format=csv"));
        assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
        file.says(&number);
        office
            .get(&second, &format!("{path}/file?format=pain.001"))
            .is(409)
            .says("payer");

        let form = office
            .get(&finance, "/bureau/payouts/outcomes")
            .form("/outcomes");
        let upload = |text: &str| office.upload(&finance, &form, "file", text.as_bytes());
        upload("").is(422).says("the file has no outcomes");
        let bad = upload("end_to_end_id,outcome\nx,lost\n");
        bad.is(422)
            .says("line 2: the name of the payment is malformed");
        upload("<x/>").is(422);
        let text =
            format!("end_to_end_id,outcome,reason\n{number}/1,paid,\nJY25-0000009-9/1,paid,\n");
        let done = upload(&text);
        done.is(200).says("Lines that are not known: 3");
        assert_eq!(office.state(&id), "paid");
        upload(&text).says("<th scope=\"row\">Known before</th><td class=\"number\">1</td>");
        office.get(&finance, &path).says("paid 1");
        office
            .get(&finance, &format!("/bureau/claims/{id}"))
            .says("Attempts to pay it");
    }
}

#[test]
fn a_batch_with_a_flagged_claim_is_discarded() {
    for backend in Backend::ALL {
        let office = Office::new(backend);
        let reviewer = office.person("wang", &["reviewer"]);
        let approver = office.person("li", &["approver"]);
        let finance = office.person("zhou", &["finance"]);
        let second = office.person("wei", &["finance"]);
        let (id, number) = office.approved(&reviewer, &approver);
        let seal = office
            .get(&finance, "/bureau/payouts")
            .form("/bureau/payouts");
        let path = path_of(&office.follow(&finance, &seal).path);
        let page = office.get(&reviewer, &format!("/bureau/claims/{id}"));
        let raise = page.form("/flags").with("why", "举报");
        office.follow(&reviewer, &raise);
        let page = office.get(&second, &path);
        page.says("were flagged since it was sealed").says(&number);
        office
            .send(&second, &page.form("/release"))
            .is(409)
            .says(&number);
        office
            .follow(&second, &page.form("/discard"))
            .says("The batch is discarded.");
        assert_eq!(office.state(&id), "approved");
    }
}

#[test]
fn money_paid_in_is_noted_once_and_never_above_what_is_open() {
    for backend in Backend::ALL {
        let office = Office::new(backend);
        let reviewer = office.person("wang", &["reviewer"]);
        let approver = office.person("li", &["approver"]);
        let finance = office.person("zhou", &["finance"]);
        let second = office.person("wei", &["finance"]);
        let (id, number) = office.approved(&reviewer, &approver);
        let seal = office
            .get(&finance, "/bureau/payouts")
            .form("/bureau/payouts");
        let path = path_of(&office.follow(&finance, &seal).path);
        let page = office.get(&second, &path);
        office.follow(&second, &page.form("/release"));
        let form = office
            .get(&finance, "/bureau/payouts/outcomes")
            .form("/outcomes");
        let text = format!("end_to_end_id,outcome,reason\n{number}/1,paid,\n");
        office
            .upload(&finance, &form, "file", text.as_bytes())
            .is(200);
        let back = format!("/v1/claims/{id}/goods-returned");
        office.act(&id, Method::POST, &back, "application/json", Vec::new());

        let page = office.get(&finance, "/bureau/receivables");
        page.says(&number).says("The goods went back");
        let pay = page.form("/paid-in");
        let wrong = office.send(&finance, &pay.clone().with("amount", "12,5"));
        wrong
            .is(422)
            .says("id=\"amount-1-wrong\"")
            .says("value=\"12,5\"");
        wrong.says("id=\"reference-1-wrong\"");
        let much = pay
            .clone()
            .with("amount", "999999")
            .with("reference", "slip 1");
        office
            .send(&finance, &much)
            .is(422)
            .says("role=\"alert\"")
            .says("value=\"slip 1\"");
        let some = pay.with("amount", "1000.50").with("reference", "slip 2");
        let noted = office.follow(&finance, &some);
        noted.says("The money paid in is noted.").says("¥1,000.50");
        let settled = "<dd>¥1,000.50</dd>";
        office.follow(&finance, &some).says(settled);
    }
}

#[test]
fn many_claims_are_approved_after_a_sample_that_was_committed_to() {
    for backend in Backend::ALL {
        let office = Office::new(backend);
        let reviewer = office.person("wang", &["reviewer"]);
        let approver = office.person("li", &["approver"]);
        let auditor = office.person("qian", &["auditor"]);
        let claims: Vec<String> = (0..7).map(|_| office.in_review().0).collect();
        let begin = office.get(&approver, "/bureau/bulk").form("/bureau/bulk");
        let wrong = office.send(&approver, &begin.clone().with("limit", "0"));
        wrong.is(422).says("id=\"limit-wrong\"").says("value=\"0\"");
        let page = office.follow(&approver, &begin.with("limit", "100"));
        page.says("The seed is committed to.").says_not("Seed:");
        let draw = page.form("/draw");
        office.send(&approver, &draw).is(409).says("role=\"alert\"");
        for id in &claims {
            office.recommend(&reviewer, id);
        }
        let drawn = office.follow(&approver, &draw);
        drawn.says("Seed:").says("0 / 5");
        let rest = drawn.form("/approve");
        assert!(!rest.is_enabled());
        office.send(&approver, &rest).is(409);
        let path = path_of(&drawn.path);
        office
            .get(&auditor, &path)
            .says("0 / 5")
            .says_not("/approve\"");
        let text = drawn.text();
        let sampled = |id: &&String| text.contains(&format!("/bureau/approval/{id}"));
        for id in claims.iter().filter(sampled) {
            let page = office.get(&approver, &format!("/bureau/approval/{id}"));
            office.follow(&approver, &page.form("/approve"));
        }
        let page = office.get(&approver, &path);
        page.says("5 / 5");
        office
            .follow(&approver, &page.form("/approve"))
            .says("Approved with the others");
        for id in &claims {
            assert_eq!(office.state(id), "approved");
        }
        office
            .get(&auditor, "/bureau/bulk")
            .says(&path)
            .says_not("Commit to a seed");
    }
}

#[test]
fn a_double_click_begins_one_bulk_approval() {
    for backend in Backend::ALL {
        let office = Office::new(backend);
        let approver = office.person("li", &["approver"]);
        let other = office.person("zhao", &["approver"]);
        let listed = || {
            let page = office.get(&approver, "/bureau/bulk").text();
            page.matches("<a href=\"/bureau/bulk/").count()
        };
        let page = office.get(&approver, "/bureau/bulk");
        let begin = page.form("/bureau/bulk").with("limit", "10");
        let first = office.follow(&approver, &begin);
        let second = office.follow(&approver, &begin);
        assert_eq!(first.path, second.path);
        assert_eq!(listed(), 1);
        // The same form with another wish in it is refused, and brings a fresh one.
        let refused = office.send(&approver, &begin.clone().with("limit", "11"));
        refused.is(422).says("role=\"alert\"").says("value=\"11\"");
        let refused = office.send(&approver, &begin.clone().with("most_amount", "5000"));
        refused.is(422);
        assert_eq!(listed(), 1);
        let third = office.follow(&approver, &refused.form("/bureau/bulk"));
        assert_ne!(third.path, first.path);
        // A key belongs to its person.
        let key = begin.value("key").to_owned();
        let begin = office.get(&other, "/bureau/bulk").form("/bureau/bulk");
        let begin = begin.with("limit", "10").with("key", &key);
        assert_ne!(office.follow(&other, &begin).path, first.path);
        assert_eq!(listed(), 3);
    }
}

/// A path without its query.
fn path_of(address: &str) -> String {
    address.split('?').next().unwrap().to_owned()
}
