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
        let desk = both.get("/bureau/review");
        let empty = both.follow(&desk.form("/bureau/review/next"));
        empty.says("No claim waits for review now.");

        let (id, number) = office.in_review();
        let page = both.follow(&desk.form("/bureau/review/next"));
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
        both.get("/bureau/review")
            .says(&format!("/bureau/review/{id}"));

        let recommend = page.form("/recommend");
        both.follow(&recommend).says("it is a second person");
        assert_eq!(office.state(&id), "recommended");
        // The same form again is of a claim that has changed.
        let again = both.send(&recommend);
        again
            .is(412)
            .says("role=\"alert\"")
            .says("It changed since this page was opened");

        // Whoever recommended it sees that he may not approve it, and is told so if he tries.
        both.acts_as("approver");
        both.get("/bureau/approval")
            .says("you: another must decide");
        let page = both.get(&format!("/bureau/approval/{id}"));
        let approve = page.form("/approve");
        assert!(!approve.is_enabled());
        page.says("Another person must.");
        let denied = both.send(&approve);
        denied.is(403).says("role=\"alert\"");
        assert_eq!(office.state(&id), "recommended");

        let queue = approver.get("/bureau/approval");
        queue.says(&number).says("wang").says_not("you: another");
        let page = approver.get(&format!("/bureau/approval/{id}"));
        let (approve, reopen) = (page.form("/approve"), page.form("/reopen"));
        assert!(approve.is_enabled());
        approver.follow(&approve).says("Approved.");
        assert_eq!(office.state(&id), "approved");
        let stale = approver.send(&reopen);
        stale.is(412).says("role=\"alert\"");
        approver
            .get_in("zh-CN", &format!("/bureau/approval/{id}"))
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
        let give_back = reviewer.get(&path).form("/return");
        assert_eq!(give_back.value("days"), "7", "what the pack gives");
        let nothing = reviewer.send(&give_back);
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
        let again = reviewer.send(&half);
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
        reviewer.follow(&whole).says("Given back for correction.");
        assert_eq!(office.state(&id), "returned");
        let seen = reviewer.get(&format!("/bureau/claims/{id}"));
        seen.says("The numbers differ")
            .says("影像不清晰")
            .says("1 / 2");

        let (id, _) = office.in_review();
        let page = reviewer.get(&format!("/bureau/review/{id}"));
        let reject = page.form("/reject");
        reviewer
            .send(&reject)
            .is(422)
            .says("id=\"reject-1-message-wrong\"");
        let reject = reject
            .with("field_1", "/old_item/vin")
            .with("code_1", "not_own_name")
            .with("message_1", "旧车不在本人名下");
        reviewer.follow(&reject).says("Rejection proposed");
        let page = approver.get(&format!("/bureau/approval/{id}"));
        page.says("旧车不在本人名下").says("VIN of the old vehicle");
        approver
            .follow(&page.form("/confirm"))
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
        let desk = reviewer.get("/bureau/review").form("/bureau/review/next");
        let mine = reviewer.follow(&desk);
        let theirs = other.get(&path);
        theirs.says("Another reviewer has it").says("wang");
        assert!(!theirs.form("/recommend").is_enabled());
        other.send(&theirs.form("/recommend")).is(409);
        reviewer
            .follow(&mine.form("/put-back"))
            .says("Put back into the queue.");
        let page = other.get(&path);
        other.follow(&page.form("/recommend"));

        let page = approver.get(&format!("/bureau/approval/{id}"));
        approver
            .follow(&page.form("/reopen"))
            .says("Back to review.");
        let page = approver.get(&format!("/bureau/approval/{id}"));
        let end = page.form("/void");
        approver.send(&end).is(422).says("id=\"void-1-code-wrong\"");
        let end = end
            .with("field_1", "/invoice/number")
            .with("code_1", "paper_forged")
            .with("message_1", "发票为伪造");
        approver.follow(&end).says("The claim is ended.");
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
        let page = first.get(&format!("/bureau/approval/{id}"));
        let end = page
            .form("/void")
            .with("field_1", "/invoice/number")
            .with("code_1", "paper_wrong")
            .with("message_1", "发票不符");
        first.follow(&end);
        let grounds = r#"{"message":"请核对原件"}"#.as_bytes().to_vec();
        let path = format!("/v1/claims/{id}/appeal");
        office.act(&id, "POST", &path, "application/json", &grounds);
        let own = first.get(&format!("/bureau/approval/{id}"));
        own.says("Not yours to decide")
            .says_not("name=\"decision\"");
        second.get("/bureau/approval?state=appealed").says(&number);
        let page = second.get(&format!("/bureau/approval/{id}"));
        page.says_not("请核对原件");
        let decide = page.form("/appeal");
        second.send(&decide).is(422).says("id=\"decision-wrong\"");
        let lost = decide
            .with("decision", "lost")
            .with("field_1", "/invoice/number")
            .with("code_1", "record_confirmed")
            .with("message_1", "已核对");
        second.follow(&lost).says("The appeal is decided.");
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
            let engine = office.inside.engine.clone();
            let log = async move { access::log(&engine, None, 100).await.unwrap() };
            actix_web::rt::System::new().block_on(log)
        };
        reviewer.get(&format!("/bureau/review/{id}")).is(200);
        assert!(looks(&office).is_empty(), "the page itself opens no paper");
        let path = format!("/bureau/claims/{id}/papers/invoice_copy");
        reviewer
            .get(&format!("/bureau/claims/{id}"))
            .says(&format!("<td><a href=\"{path}\""))
            .says_not("hx-get");
        let paper = reviewer.get(&path);
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
        reviewer
            .get(&format!("/bureau/claims/{id}/papers/none"))
            .is(404);
    }
}
