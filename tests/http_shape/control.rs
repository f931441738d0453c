//! Stages, money and packs, and what two persons decide of them.

use actix_web::http::Method;
use tradein::http::schema::{
    MoneyRequest, Pool, PoolStage, Proposal, ProposalKind, ProposalPage, ProposalState,
    PublishedPack, StageRequest, TransferRequest, WhyRequest,
};

use crate::bureau::{Bureau, Person, read};
use crate::wire::Answer;
use crate::world::{ALONE, APPEALS, PACK, POOL, PROGRAMME};

impl Bureau {
    fn pool_act(&self, who: &Person, act: &str, body: &impl serde::Serialize) -> Answer {
        self.post_json(who, &format!("/v1/pools/{POOL}/{act}"), body)
    }

    fn publish(&self, text: &str) -> Answer {
        let media = "application/toml";
        let path = "/v1/programmes";
        self.send(
            &self.operator,
            Method::POST,
            path,
            "",
            media,
            text.as_bytes(),
        )
    }
}

fn money(amount: &str) -> MoneyRequest {
    MoneyRequest {
        amount: amount.to_owned(),
        reference: "济财〔2025〕31号".to_owned(),
    }
}

#[test]
fn stages_and_money_have_the_published_shape() {
    let bureau = Bureau::new();
    let stop = StageRequest {
        stage: PoolStage::Allocation,
        why: "核查".to_owned(),
    };
    let frozen: Pool = read(&bureau.pool_act(&bureau.operator, "freeze", &stop));
    assert_eq!(
        (&*frozen.intake, &*frozen.allocation, &*frozen.payout),
        ("open", "frozen", "open")
    );
    let again = bureau.pool_act(&bureau.operator, "freeze", &stop);
    assert_eq!(again.code(), "stage_unchanged");
    let open: Pool = read(&bureau.pool_act(&bureau.operator, "resume", &stop));
    assert_eq!(open.allocation, "open");

    let act = |verb: &str, amount: &str| bureau.pool_act(&bureau.operator, verb, &money(amount));
    let done = act("top-up", ALONE);
    assert_eq!(done.status, 200);
    let pool: Pool = read(&done);
    assert_eq!(pool.cap, "1100000.00");
    let pool: Pool = read(&act("set-aside", "5000.00"));
    assert_eq!((&*pool.set_aside, &*pool.reserved), ("5000.00", "5000.00"));
    let pool: Pool = read(&act("release-aside", "2000.00"));
    assert_eq!(pool.set_aside, "3000.00");
    assert_eq!(act("release-aside", "3000.01").code(), "aside_exhausted");
    assert_eq!(act("set-aside", "2000000.00").code(), "amount_above_free");
    let to_itself = TransferRequest {
        to: POOL.to_owned(),
        amount: "1.00".to_owned(),
        reference: "误操作".to_owned(),
    };
    let refused = bureau.pool_act(&bureau.operator, "transfer", &to_itself);
    assert_eq!(refused.code(), "same_pool");
    let nowhere = bureau.post_json(&bureau.operator, "/v1/pools/none/top-up", &money("1.00"));
    assert_eq!(nowhere.code(), "pool_not_found");
}

#[test]
fn a_proposal_has_the_published_shape_until_it_is_decided() {
    let bureau = Bureau::new();
    let asked = bureau.pool_act(&bureau.operator, "top-up", &money("100000.01"));
    let proposal: Proposal = read(&asked);
    let path = format!("/v1/proposals/{}", proposal.id);
    assert_eq!((asked.status, asked.header("location")), (202, &*path));
    assert_eq!(
        (proposal.kind, proposal.state),
        (ProposalKind::TopUp, ProposalState::Proposed)
    );
    assert_eq!(proposal.payload["amount"], "100000.01");
    let page = "/v1/proposals?state=proposed&limit=1";
    let listed: ProposalPage = read(&bureau.get(&bureau.auditor, page));
    assert_eq!((listed.items.len(), listed.next_cursor), (1, None));

    let approve = |who| bureau.post(who, &format!("{path}/approve"));
    assert_eq!(approve(&bureau.operator).code(), "second_person_required");
    let decided: Proposal = read(&approve(&bureau.approver));
    assert_eq!(decided.state, ProposalState::Done);
    assert!(decided.decided_by.is_some() && decided.decided_at.is_some());
    assert_eq!(approve(&bureau.approver).code(), "already_decided");

    let other: Proposal = read(&bureau.pool_act(&bureau.operator, "top-up", &money("999999.00")));
    let why = WhyRequest {
        why: "无批复文件".to_owned(),
    };
    let path = format!("/v1/proposals/{}", other.id);
    let refused = bureau.post_json(&bureau.approver, &format!("{path}/refuse"), &why);
    let refused: Proposal = read(&refused);
    assert_eq!(
        (refused.state, refused.why),
        (ProposalState::Refused, Some(why.why))
    );
    let seen: Proposal = read(&bureau.get(&bureau.reviewer, &path));
    assert_eq!(seen.digest, other.digest);
    let nothing = bureau.get(&bureau.auditor, "/v1/proposals/x");
    assert_eq!(nothing.code(), "no_such_object");
}

#[test]
fn a_pack_has_the_published_shape() {
    let bureau = Bureau::new();
    let known = bureau.publish(&format!("{PACK}{APPEALS}"));
    let pack: PublishedPack = read(&known);
    assert_eq!(
        (known.status, &*pack.programme, pack.new),
        (200, PROGRAMME, false)
    );
    let asked = bureau.publish(PACK);
    let proposal: Proposal = read(&asked);
    assert_eq!((asked.status, proposal.kind), (202, ProposalKind::Pack));
    assert_eq!(proposal.payload["source"], PACK);
    let page: ProposalPage = read(&bureau.get(&bureau.auditor, "/v1/proposals"));
    assert!(page.items[0].payload.get("source").is_none());
    let mistaken = bureau.publish("id = 1\n");
    assert_eq!(mistaken.code(), "file_malformed");
    assert!(mistaken.json()["at"].as_str().unwrap().starts_with("1:"));
}
