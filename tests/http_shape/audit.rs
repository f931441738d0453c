//! Bulk approval, personal data that is opened, the log of it, and the export.

use tradein::http::schema::{
    AccessLogPage, BulkApproval, BulkRequest, BulkState, Claim, State, UnsealedClaim, WhyRequest,
};

use crate::bureau::{Bureau, read};
use crate::world::POOL;

#[test]
fn a_bulk_approval_has_the_published_shape_all_its_way() {
    let bureau = Bureau::new();
    let request = BulkRequest {
        pool: POOL.to_owned(),
        limit: 10,
        most_amount: Some("20000.00".to_owned()),
    };
    let answer = bureau.post_json(&bureau.approver, "/v1/bulk-approvals", &request);
    let begun: BulkApproval = read(&answer);
    let path = format!("/v1/bulk-approvals/{}", begun.id);
    assert_eq!((answer.status, answer.header("location")), (201, &*path));
    assert_eq!((begun.state, begun.seed), (BulkState::Committed, None));
    let act = |verb: &str| bureau.post(&bureau.approver, &format!("{path}/{verb}"));
    assert_eq!(act("draw").code(), "nothing_to_approve");

    let ids: Vec<String> = (0..6).map(|_| bureau.in_review()).collect();
    for id in &ids {
        let _: Claim = read(&bureau.act(&bureau.reviewer, id, "recommend"));
    }
    let drawn: BulkApproval = read(&act("draw"));
    assert_eq!((drawn.state, drawn.claims.len()), (BulkState::Drawn, 6));
    assert!(drawn.seed.is_some() && drawn.list_hash.is_some());
    assert_eq!(act("draw").code(), "already_drawn");
    assert_eq!(act("approve").code(), "sample_not_examined");
    let sampled = drawn.claims.iter().filter(|claim| claim.sampled);
    for claim in sampled.clone() {
        assert_eq!(claim.standing, "to_examine");
        let _: Claim = read(&bureau.act(&bureau.approver, &claim.id, "approve"));
    }
    assert_eq!(sampled.count(), 5);
    let approved: BulkApproval = read(&act("approve"));
    assert_eq!(approved.state, BulkState::Approved);
    let seen: BulkApproval = read(&bureau.get(&bureau.auditor, &path));
    let standings = |word: &str| seen.claims.iter().filter(|c| c.standing == word).count();
    assert_eq!((standings("examined"), standings("approved")), (5, 1));
    for id in &ids {
        let claim: Claim = read(&bureau.get(&bureau.auditor, &format!("/v1/claims/{id}")));
        assert_eq!(claim.state, State::Approved);
    }
}

#[test]
fn a_bulk_approval_of_which_a_sampled_claim_fails_is_void() {
    let bureau = Bureau::new();
    let id = bureau.in_review();
    let _: Claim = read(&bureau.act(&bureau.reviewer, &id, "recommend"));
    let request = BulkRequest {
        pool: POOL.to_owned(),
        limit: 1,
        most_amount: None,
    };
    let answer = bureau.post_json(&bureau.approver, "/v1/bulk-approvals", &request);
    let path = format!("/v1/bulk-approvals/{}", read::<BulkApproval>(&answer).id);
    let _: BulkApproval = read(&bureau.post(&bureau.approver, &format!("{path}/draw")));
    let _: Claim = read(&bureau.act(&bureau.dealer, &id, "withdraw"));
    let ended = bureau.post(&bureau.approver, &format!("{path}/approve"));
    assert_eq!(ended.code(), "bulk_void");
    let seen: BulkApproval = read(&bureau.get(&bureau.auditor, &path));
    assert_eq!(
        (seen.state, seen.claims[0].standing.as_str()),
        (BulkState::Void, "failed")
    );
}

#[test]
fn what_is_opened_has_the_published_shape_and_so_has_the_log_of_it() {
    let bureau = Bureau::new();
    let body = bureau.body();
    let id = bureau.file(&body);
    let why = WhyRequest {
        why: "核对退汇原因".to_owned(),
    };
    let path = format!("/v1/claims/{id}/unseal");
    let opened: UnsealedClaim = read(&bureau.post_json(&bureau.finance, &path, &why));
    assert_eq!(opened.consumer["id_number"], body["consumer"]["id_number"]);
    let log: AccessLogPage = read(&bureau.get(&bureau.auditor, "/v1/audit/access-log?limit=1"));
    let look = &log.items[0];
    assert_eq!(
        (look.claim.as_deref(), &*look.what, &look.why),
        (Some(id.as_str()), "claim", &why.why)
    );
    assert_eq!(
        (look.login.as_deref(), log.next_cursor),
        (Some("finance"), None)
    );

    let export = format!("/v1/audit/export?pool={POOL}");
    let lines = bureau.get(&bureau.auditor, &export);
    assert_eq!(
        (lines.status, lines.header("content-type")),
        (200, "application/x-ndjson")
    );
    let text = String::from_utf8(lines.body).unwrap();
    let last: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert_eq!(
        (&last["record"], &last["claims"]),
        (&"end".into(), &1.into())
    );
    let book = bureau.get(&bureau.auditor, &format!("{export}&format=xlsx"));
    assert!(book.body.starts_with(b"PK"), "a workbook is an archive");
    let silent = bureau.get(&bureau.auditor, &format!("{export}&unsealed=true"));
    assert_eq!(silent.code(), "query_malformed");
    let nowhere = bureau.get(&bureau.auditor, "/v1/audit/export?pool=none");
    assert_eq!(nowhere.code(), "pool_not_found");
}
