//! Papers and decisions: what is sent is of the published types, and so is what comes back.

use tradein::http::schema::{
    AppealDecision, AppealRequest, Claim, ClearFlagRequest, Decision, Finding, FlagRequest,
    PaymentState, ProblemDetails, ReturnRequest, State,
};

use crate::bureau::{Bureau, PDF, read};

fn finding(field: &str) -> Finding {
    Finding {
        code: "invoice_unreadable".to_owned(),
        field: field.to_owned(),
        message: "发票影印件不清晰".to_owned(),
    }
}

#[test]
fn a_claim_has_the_published_shape_from_papers_to_approval() {
    let bureau = Bureau::new();
    let id = bureau.file(&bureau.body());
    let path = format!("/v1/claims/{id}");
    let filed: Claim = read(&bureau.get(&bureau.dealer, &path));
    assert!(filed.deadline.is_some() && filed.papers.is_empty());
    assert_eq!(bureau.post(&bureau.reviewer, "/v1/review/next").status, 204);

    let paper = &filed.due[0].paper;
    let sent: Claim = read(&bureau.paper(&id, paper, "application/pdf", PDF));
    assert_eq!(
        (sent.state, sent.due.len()),
        (State::Reserved, filed.due.len() - 1)
    );
    assert_eq!(
        (sent.papers[0].paper.as_str(), sent.papers[0].bytes),
        (paper.as_str(), PDF.len() as i64)
    );
    for who in [&bureau.dealer, &bureau.auditor] {
        let file = bureau.get(who, &format!("{path}/papers/{paper}"));
        assert_eq!((file.status, file.body.as_slice()), (200, PDF));
        assert_eq!(file.header("content-type"), "application/pdf");
        assert_eq!(file.header("content-disposition"), "attachment");
    }
    for due in &filed.due[1..] {
        let _: Claim = read(&bureau.paper(&id, &due.paper, "application/pdf", PDF));
    }

    let taken = bureau.post(&bureau.reviewer, "/v1/review/next");
    let claim: Claim = read(&taken);
    assert_eq!(
        (claim.id.as_str(), claim.state),
        (id.as_str(), State::InReview)
    );
    assert!(claim.lease_until.is_some() && claim.flags == Some(vec![]));
    let again: Claim = read(&bureau.post(&bureau.reviewer, "/v1/review/next"));
    assert_eq!(again.id, id, "the same claim is on the desk");
    let seen: Claim = read(&bureau.get(&bureau.dealer, &path));
    assert_eq!(seen.lease_until, None, "the dealer sees no desk");

    let claim: Claim = read(&bureau.act(&bureau.reviewer, &id, "recommend"));
    assert_eq!((claim.state, claim.lease_until), (State::Recommended, None));
    let claim: Claim = read(&bureau.act(&bureau.approver, &id, "reopen"));
    assert_eq!(claim.state, State::InReview);
    let _: Claim = read(&bureau.act(&bureau.reviewer, &id, "recommend"));
    let claim: Claim = read(&bureau.act(&bureau.approver, &id, "approve"));
    assert_eq!(claim.state, State::Approved);
    assert!(claim.pay_by.is_some() && claim.payment.is_none());

    let ground = finding("/invoice");
    let alone = bureau.act_with(&bureau.approver, &id, "void", &ground);
    assert_eq!(alone.code(), "second_person_required");
    let second = bureau.person(&bureau.desk.world.another_of("approver"));
    let claim: Claim = read(&bureau.act_with(&second, &id, "void", &ground));
    assert_eq!((claim.state, claim.findings), (State::Voided, vec![ground]));
}

#[test]
fn corrections_rejections_and_appeals_have_the_published_shape() {
    let bureau = Bureau::new();
    let body = bureau.body();
    let id = bureau.file(&body);
    let filed: Claim = read(&bureau.get(&bureau.dealer, &format!("/v1/claims/{id}")));
    for due in &filed.due {
        let _: Claim = read(&bureau.paper(&id, &due.paper, "application/pdf", PDF));
    }
    let defects = vec![finding("/invoice/number"), finding("/consumer/mobile")];
    let back = ReturnRequest {
        days: 5,
        defects: defects.clone(),
    };
    let claim: Claim = read(&bureau.act_with(&bureau.reviewer, &id, "return", &back));
    assert_eq!((claim.state, claim.findings), (State::Returned, defects));
    assert!(claim.deadline.is_some());
    let claim: Claim = read(&bureau.act_with(&bureau.dealer, &id, "correction", &body));
    assert_eq!(
        (claim.state, claim.position),
        (State::InReview, filed.position)
    );

    let ground = finding("/old_item/vin");
    let claim: Claim = read(&bureau.act_with(&bureau.reviewer, &id, "reject", &ground));
    assert_eq!(
        (claim.state, claim.findings),
        (State::RejectionProposed, vec![ground.clone()])
    );
    let other = bureau.act_with(&bureau.approver, &id, "reject", &finding("/invoice"));
    assert_eq!(other.code(), "version_stale");
    let claim: Claim = read(&bureau.act(&bureau.approver, &id, "reject"));
    assert_eq!(
        (claim.state, claim.findings),
        (State::Rejected, vec![ground])
    );

    let contest = AppealRequest {
        message: "旧车信息以车管所档案为准".to_owned(),
    };
    let claim: Claim = read(&bureau.act_with(&bureau.dealer, &id, "appeal", &contest));
    assert_eq!(claim.state, State::Appealed);
    let decision = AppealDecision {
        decision: Decision::Lost,
        code: "record_confirmed".to_owned(),
        field: "/old_item/vin".to_owned(),
        message: "已核对档案".to_owned(),
    };
    let alone = bureau.act_with(&bureau.approver, &id, "appeal/decision", &decision);
    assert_eq!(alone.code(), "second_person_required");
    let second = bureau.person(&bureau.desk.world.another_of("approver"));
    let claim: Claim = read(&bureau.act_with(&second, &id, "appeal/decision", &decision));
    assert_eq!(
        (claim.state, claim.findings[0].code.as_str()),
        (State::Rejected, "record_confirmed")
    );
    let again = bureau.act_with(&bureau.dealer, &id, "appeal", &contest);
    assert_eq!(again.code(), "not_appealable");
}

#[test]
fn withdrawals_and_flags_have_the_published_shape() {
    let bureau = Bureau::new();
    let id = bureau.file(&bureau.body());
    let claim: Claim = read(&bureau.act(&bureau.dealer, &id, "withdraw"));
    assert_eq!(claim.state, State::Withdrawn);
    let claim: Claim = read(&bureau.act(&bureau.dealer, &id, "undo-withdrawal"));
    assert_eq!(claim.state, State::Reserved);

    let paying = bureau.approved();
    bureau.seal();
    let _: Claim = read(&bureau.act(&bureau.dealer, &paying, "goods-returned"));
    let seen: Claim = read(&bureau.get(&bureau.auditor, &format!("/v1/claims/{paying}")));
    assert_eq!(seen.flags, Some(vec!["goods_returned".to_owned()]));
    let payment = seen.payment.unwrap();
    assert_eq!(
        (payment.state, payment.end_to_end_id),
        (PaymentState::Pending, format!("{}/1", seen.number))
    );
    let clear = |code: &str| {
        let path = format!("/v1/claims/{paying}/flags/{code}/clear");
        let why = ClearFlagRequest {
            why: "经销商误报".to_owned(),
        };
        bureau.post_json(&bureau.approver, &path, &why)
    };
    assert_eq!(clear("nothing").code(), "no_such_object");
    assert_eq!(clear("goods_returned").code(), "wrong_state");
    let raise = |code: &str| {
        let flag = FlagRequest {
            code: code.to_owned(),
            why: "车管所系统暂不可用".to_owned(),
        };
        bureau.post_json(
            &bureau.reviewer,
            &format!("/v1/claims/{paying}/flags"),
            &flag,
        )
    };
    assert_eq!(raise("goods_returned").code(), "claim_malformed");
    let raised: Claim = read(&raise("register_pending"));
    assert_eq!(raised.flags.unwrap().len(), 2);
    let cleared: Claim = read(&clear("register_pending"));
    assert_eq!(cleared.flags, Some(vec!["goods_returned".to_owned()]));
}

#[test]
fn files_that_are_not_taken_are_told_apart() {
    let bureau = Bureau::new();
    let id = bureau.file(&bureau.body());
    let large = [PDF, &[b' '; 10 << 20]].concat();
    for (media, bytes, status, code) in [
        ("application/pdf", &b""[..], 422, "paper_empty"),
        ("application/pdf", b"no document", 415, "paper_type_unknown"),
        ("image/png", PDF, 415, "paper_type_mismatch"),
        ("image/png", b"\x89PNG\r\n\x1a\n", 422, "paper_damaged"),
        ("application/pdf", &large, 413, "paper_too_large"),
    ] {
        let answer = bureau.paper(&id, "invoice_copy", media, bytes);
        assert_eq!((answer.status, answer.code().as_str()), (status, code));
    }
    let unasked = bureau.paper(&id, "diploma", "application/pdf", PDF);
    assert_eq!(
        (unasked.status, unasked.code().as_str()),
        (404, "paper_not_asked")
    );
    let path = format!("/v1/claims/{id}/papers/invoice_copy");
    assert_eq!(bureau.get(&bureau.dealer, &path).code(), "no_such_object");
}

#[test]
fn small_bodies_are_refused_with_every_defect() {
    let bureau = Bureau::new();
    let id = bureau.in_review();
    let fields = |verb: &str, body: serde_json::Value| {
        let answer = bureau.act_with(&bureau.reviewer, &id, verb, &body);
        assert_eq!(answer.code(), "body_malformed", "{verb} {body}");
        let problem: ProblemDetails = serde_json::from_slice(&answer.body).unwrap();
        let each = problem.errors.into_iter();
        each.map(|e| format!("{}={}", e.field, e.code))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        fields("reject", serde_json::json!({})),
        ["/code=required", "/field=required", "/message=required"]
    );
    assert_eq!(
        fields(
            "reject",
            serde_json::json!({"code": "a b", "field": "x", "message": "", "why": 1})
        ),
        [
            "/why=unknown_field",
            "/code=format",
            "/field=format",
            "/message=length"
        ]
    );
    assert_eq!(
        fields(
            "return",
            serde_json::json!({"days": 0, "defects": [{"code": "x", "field": "/x"}]})
        ),
        ["/days=out_of_range", "/defects/0/message=required"]
    );
    let nothing = bureau.act(&bureau.reviewer, &id, "reject");
    assert_eq!(nothing.code(), "body_malformed");
}
