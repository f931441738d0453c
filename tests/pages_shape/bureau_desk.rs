//! Review by two persons through pages.

use tradein::operations::access;

use crate::bureau_office::{Office, PDF};
use crate::support::Backend;

#[test]
fn a_claim_goes_from_the_desk_through_the_hands_of_two_persons() {
    for backend in Backend::ALL {
        let office = Office::new(backend);
        let both = office.person("wang", &["reviewer", "approver"]);
        let approver = office.person("li", &["approver"]);
        let desk = office.get(&both, "/bureau/review");
        let empty = office.follow(&both, &desk.form("/bureau/review/next"));
        empty.says("No claim waits for review now.");

        let (id, number) = office.in_review();
        let page = office.follow(&both, &desk.form("/bureau/review/next"));
        assert_eq!(page.path, format!("/bureau/review/{id}"));
        page.is(200).says(&number).says("This claim is yours until");
        page.says("data-key=\"n\"")
            .says("data-key=\"r\"")
            .says("data-key=\"b\"");
        page.says("data-key=\"x\"").says("data-step");
        // A fact leads to the paper that proves it, and the paper stands beside.
        page.says("href=\"?paper=new_vehicle_registration#paper\"");
        page.says(&format!("<object data=\"/bureau/claims/{id}/papers/"));
        let policy = page.header("content-security-policy");
        assert!(policy.contains("object-src 'self'"), "{policy}");
        office
            .get(&both, "/bureau/review")
            .says(&format!("/bureau/review/{id}"));

        let recommend = page.form("/recommend");
        office
            .follow(&both, &recommend)
            .says("it is a second person");
        assert_eq!(office.state(&id), "recommended");
        // The same form again is of a claim that has changed.
        let again = office.send(&both, &recommend);
        again
            .is(412)
            .says("role=\"alert\"")
            .says("It changed since this page was opened");

        // Whoever recommended it sees that he may not approve it, and is told so if he tries.
        office.acts_as(&both, "approver");
        office
            .get(&both, "/bureau/approval")
            .says("you: another must decide");
        let page = office.get(&both, &format!("/bureau/approval/{id}"));
        let approve = page.form("/approve");
        assert!(!approve.is_enabled());
        page.says("Another person must.");
        let denied = office.send(&both, &approve);
        denied.is(403).says("role=\"alert\"");
        assert_eq!(office.state(&id), "recommended");

        let queue = office.get(&approver, "/bureau/approval");
        queue.says(&number).says("wang").says_not("you: another");
        let page = office.get(&approver, &format!("/bureau/approval/{id}"));
        let (approve, reopen) = (page.form("/approve"), page.form("/reopen"));
        assert!(approve.is_enabled());
        office.follow(&approver, &approve).says("Approved.");
        assert_eq!(office.state(&id), "approved");
        let stale = office.send(&approver, &reopen);
        stale.is(412).says("role=\"alert\"");
        office
            .get_zh(&approver, &format!("/bureau/approval/{id}"))
            .says("复核结论");
    }
}

#[test]
fn what_is_missing_in_a_finding_is_told_at_its_field_and_nothing_is_lost() {
    for backend in Backend::ALL {
        let office = Office::new(backend);
        let reviewer = office.person("wang", &["reviewer"]);
        let approver = office.person("li", &["approver"]);
        let (id, _) = office.in_review();
        let path = format!("/bureau/review/{id}");
        let give_back = office.get(&reviewer, &path).form("/return");
        assert_eq!(give_back.value("days"), "7", "what the pack gives");
        let nothing = office.send(&reviewer, &give_back);
        nothing
            .is(422)
            .says("role=\"alert\"")
            .says("id=\"return-1-field-wrong\"");
        nothing.says("aria-describedby=\"return-1-code-wrong\"");

        let half = give_back
            .clone()
            .with("days", "99")
            .with("field_3", "/invoice/number")
            .with("message_3", "号码 <b>不符</b>");
        let again = office.send(&reviewer, &half);
        again
            .is(422)
            .says("id=\"days-wrong\"")
            .says("id=\"return-3-code-wrong\"");
        again
            .says_not("id=\"return-3-field-wrong\"")
            .says_not("<b>不符");
        let form = again.form("/return");
        assert_eq!(form.value("field_3"), "/invoice/number");
        let whole = form
            .with("days", "5")
            .with("code_3", "number_mismatch")
            .with("code_1", "paper_unreadable")
            .with("field_1", "/new_item/vin")
            .with("message_1", "影像不清晰");
        office
            .follow(&reviewer, &whole)
            .says("Given back for correction.");
        assert_eq!(office.state(&id), "returned");
        let seen = office.get(&reviewer, &format!("/bureau/claims/{id}"));
        seen.says("The numbers differ")
            .says("影像不清晰")
            .says("1 / 2");

        let (id, _) = office.in_review();
        let page = office.get(&reviewer, &format!("/bureau/review/{id}"));
        let reject = page.form("/reject");
        office
            .send(&reviewer, &reject)
            .is(422)
            .says("id=\"reject-1-message-wrong\"");
        let reject = reject
            .with("field_1", "/old_item/vin")
            .with("code_1", "not_own_name")
            .with("message_1", "旧车不在本人名下");
        office.follow(&reviewer, &reject).says("Rejection proposed");
        let page = office.get(&approver, &format!("/bureau/approval/{id}"));
        page.says("旧车不在本人名下").says("VIN of the old vehicle");
        office
            .follow(&approver, &page.form("/confirm"))
            .says("The rejection is confirmed.");
        assert_eq!(office.state(&id), "rejected");
    }
}

#[test]
fn a_claim_is_put_back_sent_back_and_ended() {
    for backend in Backend::ALL {
        let office = Office::new(backend);
        let reviewer = office.person("wang", &["reviewer"]);
        let other = office.person("zhao", &["reviewer"]);
        let approver = office.person("li", &["approver"]);
        let (id, _) = office.in_review();
        let path = format!("/bureau/review/{id}");
        let desk = office
            .get(&reviewer, "/bureau/review")
            .form("/bureau/review/next");
        let mine = office.follow(&reviewer, &desk);
        let theirs = office.get(&other, &path);
        theirs.says("Another reviewer has it").says("wang");
        assert!(!theirs.form("/recommend").is_enabled());
        office.send(&other, &theirs.form("/recommend")).is(409);
        office
            .follow(&reviewer, &mine.form("/put-back"))
            .says("Put back into the queue.");
        let page = office.get(&other, &path);
        office.follow(&other, &page.form("/recommend"));

        let page = office.get(&approver, &format!("/bureau/approval/{id}"));
        office
            .follow(&approver, &page.form("/reopen"))
            .says("Back to review.");
        let page = office.get(&approver, &format!("/bureau/approval/{id}"));
        let end = page.form("/void");
        office
            .send(&approver, &end)
            .is(422)
            .says("id=\"void-1-code-wrong\"");
        let end = end
            .with("field_1", "/invoice/number")
            .with("code_1", "paper_forged")
            .with("message_1", "发票为伪造");
        office.follow(&approver, &end).says("The claim is ended.");
        assert_eq!(office.state(&id), "voided");
    }
}

#[test]
fn an_appeal_is_decided_by_somebody_who_did_not_end_the_claim() {
    for backend in Backend::ALL {
        let office = Office::new(backend);
        let first = office.person("li", &["approver"]);
        let second = office.person("sun", &["approver"]);
        let (id, number) = office.in_review();
        let page = office.get(&first, &format!("/bureau/approval/{id}"));
        let end = page
            .form("/void")
            .with("field_1", "/invoice/number")
            .with("code_1", "paper_wrong")
            .with("message_1", "发票不符");
        office.follow(&first, &end);
        let grounds = r#"{"message":"请核对原件"}"#.as_bytes().to_vec();
        let path = format!("/v1/claims/{id}/appeal");
        office.act(
            &id,
            actix_web::http::Method::POST,
            &path,
            "application/json",
            grounds,
        );
        let own = office.get(&first, &format!("/bureau/approval/{id}"));
        own.says("Not yours to decide")
            .says_not("name=\"decision\"");
        office
            .get(&second, "/bureau/approval?state=appealed")
            .says(&number);
        let page = office.get(&second, &format!("/bureau/approval/{id}"));
        page.says_not("请核对原件");
        let decide = page.form("/appeal");
        office
            .send(&second, &decide)
            .is(422)
            .says("id=\"decision-wrong\"");
        let lost = decide
            .with("decision", "lost")
            .with("field_1", "/invoice/number")
            .with("code_1", "record_confirmed")
            .with("message_1", "已核对");
        office.follow(&second, &lost).says("The appeal is decided.");
        assert_eq!(office.state(&id), "voided");
    }
}

#[test]
fn papers_are_shown_in_our_pages_only_and_every_look_is_logged() {
    for backend in Backend::ALL {
        let office = Office::new(backend);
        let reviewer = office.person("wang", &["reviewer"]);
        let (id, _) = office.in_review();
        let looks = |office: &Office| {
            let engine = office.engine.clone();
            let log = async move { access::log(&engine, None, 100).await.unwrap() };
            actix_web::rt::System::new().block_on(log)
        };
        office
            .get(&reviewer, &format!("/bureau/review/{id}"))
            .is(200);
        assert!(looks(&office).is_empty(), "the page itself opens no paper");
        let path = format!("/bureau/claims/{id}/papers/invoice_copy");
        office
            .get(&reviewer, &format!("/bureau/claims/{id}"))
            .says(&format!("<td><a href=\"{path}\""))
            .says_not("hx-get");
        let paper = office.get(&reviewer, &path);
        assert_eq!((paper.status, paper.body.as_slice()), (200, PDF));
        assert_eq!(paper.header("content-type"), "application/pdf");
        assert_eq!(
            paper.header("content-disposition"),
            "inline; filename=\"invoice_copy.pdf\""
        );
        let policy = paper.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none';"), "{policy}");
        assert!(policy.contains("frame-ancestors 'self'") && !policy.contains("script-src"));
        assert_eq!(paper.header("x-content-type-options"), "nosniff");
        assert_eq!(paper.header("x-frame-options"), "SAMEORIGIN");
        assert_eq!(paper.header("cross-origin-resource-policy"), "same-origin");
        assert_eq!(paper.header("cache-control"), "no-store");
        let looks = looks(&office);
        assert_eq!(looks.len(), 1);
        assert_eq!(
            (looks[0].what.as_str(), looks[0].login.as_deref()),
            ("paper invoice_copy", Some("wang"))
        );
        office
            .get(&reviewer, &format!("/bureau/claims/{id}/papers/none"))
            .is(404);
    }
}
