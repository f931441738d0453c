//! Real answers read into the published types: whatever the document says is what comes.

use actix_web::test::TestRequest;
use serde::de::DeserializeOwned;
use tradein::http::schema::{
    CheckedVerdict, Claim, ClaimPage, ClaimStatus, DealerPage, Health, Pool, PoolPage,
    ProblemDetails, ProgrammePage, State, Verdict,
};

use crate::wire::{Answer, Desk, bearer};
use crate::world::POOL;

const CLAIM: &str = include_str!("../../src/http/schema/claim_example.json");

fn read<T: DeserializeOwned>(answer: &Answer) -> T {
    let text = String::from_utf8_lossy(&answer.body);
    serde_json::from_slice(&answer.body).unwrap_or_else(|error| panic!("{error}: {text}"))
}

struct Till {
    desk: Desk,
    token: String,
}

impl Till {
    fn new() -> Self {
        let desk = Desk::new();
        let token = desk.token("dealer");
        Self { desk, token }
    }

    fn submit(&self, key: &str, body: &str) -> Answer {
        let request = TestRequest::post()
            .uri("/v1/claims")
            .insert_header(("content-type", "application/json"))
            .insert_header(("idempotency-key", key.to_owned()))
            .insert_header(bearer(&self.token));
        self.desk.call(request.set_payload(body.to_owned()))
    }

    fn get(&self, path: &str) -> Answer {
        let request = TestRequest::get().uri(path);
        self.desk.call(request.insert_header(bearer(&self.token)))
    }

    fn withdraw(&self, path: &str, version: &str) -> Answer {
        let request = TestRequest::post()
            .uri(&format!("{path}/withdraw"))
            .insert_header(("if-match", version.to_owned()))
            .insert_header(bearer(&self.token));
        self.desk.call(request)
    }
}

#[test]
fn a_claim_has_the_published_shape_all_its_way() {
    let till = Till::new();
    let first = till.submit("attempt-0001", CLAIM);
    assert_eq!((first.status, first.header("etag")), (201, "\"1\""));
    let verdict: Verdict = read(&first);
    assert_eq!(
        (verdict.state, verdict.position),
        (State::Reserved, Some(1)),
        "{verdict:?}"
    );
    let path = first.header("location").to_owned();
    assert_eq!(path, format!("/v1/claims/{}", verdict.id));
    let again = till.submit("attempt-0001", CLAIM);
    assert_eq!(
        (again.status, &again.body),
        (201, &first.body),
        "the same bytes again"
    );

    let shown = till.get(&path);
    assert_eq!((shown.status, shown.header("etag")), (200, "\"1\""));
    let claim: Claim = read(&shown);
    assert_eq!(
        (claim.number.as_str(), claim.flags),
        (verdict.number.as_str(), None)
    );
    assert_eq!(claim.consumer["id_number"], "419099********0014");
    let page: ClaimPage = read(&till.get("/v1/claims?state=reserved&limit=1"));
    assert_eq!((page.items.len(), page.next_cursor), (1, None));

    assert_eq!(till.withdraw(&path, "\"9\"").code(), "version_stale");
    let withdrawn = till.withdraw(&path, "\"1\"");
    assert_eq!((withdrawn.status, withdrawn.header("etag")), (200, "\"2\""));
    let claim: Claim = read(&withdrawn);
    assert_eq!(claim.state, State::Withdrawn);
    let twice = till.withdraw(&path, "\"2\"");
    assert_eq!((twice.status, twice.code().as_str()), (409, "wrong_state"));
    assert_eq!(read::<ProblemDetails>(&twice).state, Some(State::Withdrawn));
}

#[test]
fn other_refusals_and_the_check_have_the_published_shape() {
    let till = Till::new();
    let check = |body: &str| {
        let request = TestRequest::post()
            .uri("/v1/claims/check")
            .insert_header(("content-type", "application/json"))
            .insert_header(bearer(&till.token));
        till.desk.call(request.set_payload(body.to_owned()))
    };
    let checked = check(CLAIM);
    assert_eq!(checked.status, 200);
    assert_eq!(read::<CheckedVerdict>(&checked).state, State::Reserved);
    let cheap = CLAIM.replace("166666.00", "1.00");
    let refused = till.submit("attempt-0002", &cheap);
    let verdict: Verdict = read(&refused);
    assert_eq!(
        (refused.status, verdict.state, verdict.position),
        (201, State::Refused, None)
    );
    assert!(!verdict.reasons.is_empty());
    let reused = till.submit("attempt-0002", CLAIM);
    assert_eq!(
        (reused.status, reused.code().as_str()),
        (422, "idempotency_key_reused")
    );
    let malformed = till.submit("attempt-0003", &CLAIM.replace("\"166666.00\"", "166666"));
    assert_eq!(
        (malformed.status, malformed.code().as_str()),
        (422, "claim_malformed")
    );
    let fields: Vec<String> = read::<ProblemDetails>(&malformed)
        .errors
        .into_iter()
        .map(|e| e.field)
        .collect();
    assert!(fields.contains(&"/invoice/total".to_owned()), "{fields:?}");
    assert!(fields.contains(&"/invoice/paid".to_owned()), "{fields:?}");
}

#[test]
fn what_everybody_may_read_has_the_published_shape() {
    let till = Till::new();
    let verdict: Verdict = read(&till.submit("attempt-0001", CLAIM));
    let pools: PoolPage = read(&till.desk.get("/v1/public/pools"));
    assert_eq!(pools.items.len(), 1);
    let pool: Pool = read(&till.desk.get(&format!("/v1/public/pools/{POOL}")));
    assert_eq!(pool.reserved, verdict.amount);
    let programmes: ProgrammePage = read(&till.desk.get("/v1/public/programmes"));
    assert_eq!(programmes.items[0].id, verdict.programme);
    let dealers: DealerPage = read(&till.desk.get("/v1/public/dealers"));
    assert_eq!(dealers.items.len(), 1);
    let _: Health = read(&till.desk.get("/readyz"));
    let body = format!(
        r#"{{"number":"{}","id_tail":"0014","mobile_tail":"8000"}}"#,
        verdict.number
    );
    let request = TestRequest::post()
        .uri("/v1/public/claim-status")
        .insert_header(("content-type", "application/json"));
    let status: ClaimStatus = read(&till.desk.call(request.set_payload(body)));
    assert_eq!((status.state, status.position), (State::Reserved, Some(1)));
    let journal = till.desk.get(&format!("/v1/public/journal/{POOL}"));
    let lines = String::from_utf8(journal.body).unwrap();
    assert_eq!(
        lines.lines().count(),
        3,
        "opened, reserved, checkpoint: {lines}"
    );
}

#[test]
fn another_dealers_claim_is_not_there() {
    let till = Till::new();
    let verdict: Verdict = read(&till.submit("attempt-0001", CLAIM));
    let other = till.desk.world.another_dealer();
    let token = till.desk.token_of(&other);
    let path = format!("/v1/claims/{}", verdict.id);
    let ask = |request: TestRequest| till.desk.call(request.insert_header(bearer(&token)));
    let shown = ask(TestRequest::get().uri(&path));
    assert_eq!(
        (shown.status, shown.code().as_str()),
        (404, "claim_not_found")
    );
    let withdraw = TestRequest::post().uri(&format!("{path}/withdraw"));
    let acted = ask(withdraw.insert_header(("if-match", "\"1\"")));
    assert_eq!(
        (acted.status, acted.code().as_str()),
        (404, "claim_not_found")
    );
    let page: ClaimPage = read(&ask(TestRequest::get().uri("/v1/claims")));
    assert!(page.items.is_empty());
}
