//! Dealers: admission, accounts, what is held and paid, and where the bureau is late.

use actix_web::http::Method;
use tradein::http::schema::{
    Accounts, AdmittedDealer, Ageing, Batch, DealerFile, DealerStatus, Exposure, Holdings,
    NewAccount, NewDealer, PromiseStage, State, Statement, StatementPage, WaitingAccountPage,
    WhyRequest,
};

use crate::bureau::{Bureau, read};
use crate::world::{POOL, PROGRAMME};

const USCC: &str = "91419001MA0000002R";

fn account(holder: &str) -> NewAccount {
    NewAccount {
        name: holder.to_owned(),
        number: "6225881414207430".to_owned(),
        bank: "102491000017".to_owned(),
    }
}

#[test]
fn a_dealer_has_the_published_shape_from_admission_to_removal() {
    let bureau = Bureau::new();
    let new = NewDealer {
        uscc: USCC.to_owned(),
        name: "示范汽车".to_owned(),
        programmes: vec![PROGRAMME.to_owned()],
    };
    let answer = bureau.post_json(&bureau.operator, "/v1/dealers", &new);
    let path = format!("/v1/dealers/{USCC}");
    assert_eq!((answer.status, answer.header("location")), (201, &*path));
    let admitted: AdmittedDealer = read(&answer);
    assert_eq!(admitted.warnings, ["name_taken"]);

    let why = WhyRequest {
        why: "核查".to_owned(),
    };
    let act = |verb: &str| bureau.post_json(&bureau.operator, &format!("{path}/{verb}"), &why);
    for (verb, status) in [
        ("suspend", DealerStatus::Suspended),
        ("resume", DealerStatus::Active),
        ("remove", DealerStatus::Removed),
    ] {
        let file: DealerFile = read(&act(verb));
        assert_eq!(file.status, status);
        assert_eq!(file.changes[0].why.as_deref(), Some("核查"));
    }
    assert_eq!(act("resume").code(), "dealer_removed");
    let seen: DealerFile = read(&bureau.get(&bureau.auditor, &path));
    assert_eq!((seen.uscc.as_str(), seen.changes.len()), (USCC, 4));
    assert!(seen.bank_account.in_force.is_none());
    let nobody = bureau.get(&bureau.auditor, "/v1/dealers/x");
    assert_eq!(nobody.code(), "no_such_object");
}

#[test]
fn an_account_has_the_published_shape_until_it_is_used_or_refused() {
    let bureau = Bureau::new();
    let own = "/v1/dealer/bank-account";
    let propose = |holder: &str| -> Accounts {
        let body = serde_json::to_vec(&account(holder)).unwrap();
        let media = "application/json";
        read(&bureau.send(&bureau.dealer, Method::PUT, own, "", media, &body))
    };
    let first = propose("示范汽车").pending.remove(0);
    assert_eq!(
        (&*first.state, &*first.proposed_by, first.is_dealers_name),
        ("proposed", "dealer", true)
    );
    assert_ne!(first.number, "6225881414207430");
    let list = |query: &str| -> WaitingAccountPage {
        read(&bureau.get(&bureau.finance, &format!("/v1/bank-accounts{query}")))
    };
    let waiting = list("?state=proposed&limit=1");
    assert_eq!((waiting.items.len(), waiting.next_cursor), (1, None));
    let item = &waiting.items[0];
    assert_eq!(
        (&*item.uscc, &item.account.id),
        ("91419001MA0000001N", &first.id)
    );
    let unknown = bureau.get(&bureau.finance, "/v1/bank-accounts?state=refused");
    assert_eq!(unknown.code(), "query_malformed");
    let path = format!("/v1/dealers/91419001MA0000001N/bank-account/{}", first.id);
    let confirmed: Accounts = read(&bureau.post(&bureau.finance, &format!("{path}/confirm")));
    assert!(confirmed.in_force.unwrap().used_from.is_some());
    assert!(list("").items.is_empty());
    let again = bureau.post(&bureau.finance, &format!("{path}/confirm"));
    assert_eq!(again.code(), "account_not_pending");

    let changed = propose("示范汽车二店").pending.remove(0);
    assert!(!changed.is_dealers_name);
    let refuse = format!("{own}/{}/refuse", changed.id);
    let refused: Accounts = read(&bureau.post(&bureau.dealer, &refuse));
    assert!(refused.pending.is_empty());

    let bureaus = "/v1/dealers/91419001MA0000001N/bank-account";
    let proposed: Accounts =
        read(&bureau.post_json(&bureau.operator, bureaus, &account("示范汽车三店")));
    let third = &proposed.pending[0];
    assert_eq!(third.proposed_by, "bureau");
    let alone = bureau.post(&bureau.operator, &format!("{bureaus}/{}/confirm", third.id));
    assert_eq!(alone.code(), "second_person_required");
    let why = WhyRequest {
        why: "户名不符".to_owned(),
    };
    let refuse = format!("{bureaus}/{}/refuse", third.id);
    let refused: Accounts = read(&bureau.post_json(&bureau.finance, &refuse, &why));
    assert!(refused.pending.is_empty() && refused.in_force.is_some());
}

#[test]
fn what_a_dealer_is_owed_has_the_published_shape() {
    let bureau = Bureau::new();
    bureau.in_review();
    bureau.approved();
    let holdings: Holdings = read(&bureau.get(&bureau.dealer, "/v1/dealer/holdings"));
    let states: Vec<_> = holdings
        .states
        .iter()
        .map(|t| (t.state, t.claims))
        .collect();
    assert_eq!(states, [(State::InReview, 1), (State::Approved, 1)]);
    assert_eq!(holdings.pools[0].pool, POOL);
    let exposure: Exposure = read(&bureau.get(&bureau.dealer, "/v1/dealer/exposure"));
    assert_eq!(exposure.bands.len(), 6);
    let ageing: Ageing = read(&bureau.get(&bureau.reviewer, "/v1/ageing?limit=5"));
    let stages: Vec<_> = ageing.stages.iter().map(|s| s.stage).collect();
    assert_eq!(
        stages,
        [
            PromiseStage::Papers,
            PromiseStage::Review,
            PromiseStage::Payment
        ]
    );
    assert!(ageing.overdue.items.is_empty() && ageing.overdue.next_cursor.is_none());

    let batch = bureau.seal();
    let path = format!("/v1/dealer/statements/{}", batch.id);
    assert_eq!(bureau.get(&bureau.dealer, &path).code(), "no_such_object");
    let release = format!("/v1/payout-batches/{}/release", batch.id);
    let _: Batch = read(&bureau.post(&bureau.second_finance, &release));
    let page: StatementPage = read(&bureau.get(&bureau.dealer, "/v1/dealer/statements"));
    assert_eq!((page.items.len(), page.next_cursor), (1, None));
    let statement: Statement = read(&bureau.get(&bureau.dealer, &path));
    assert_eq!(
        (&statement.batch, &statement.net),
        (&batch.id, &batch.total)
    );
    assert_eq!(statement.items.len(), 1);
    let table = bureau.get(&bureau.dealer, &format!("{path}?format=csv"));
    assert_eq!(table.header("content-type"), "text/csv; charset=utf-8");
    assert!(table.body.starts_with(b"claim_number,end_to_end_id,payee,"));
}
