//! Payout, clawback and the sums: published types in, published types out.

use actix_web::http::Method;
use aws_lc_rs::digest;
use tradein::http::schema::{
    Batch, BatchPage, BatchRequest, BatchState, Claim, ImportedInvoices, ImportedOutcomes,
    PaidInRequest, PaymentState, Receivable, ReceivablePage, Reconciliation, State, WhyRequest,
};

use crate::bureau::{Bureau, read};
use crate::wire::Answer;
use crate::world::POOL;

impl Bureau {
    /// Seals a batch of everything that can be paid.
    pub fn seal(&self) -> Batch {
        let request = BatchRequest {
            pool: POOL.to_owned(),
            limit: None,
        };
        let answer = self.post_json(&self.finance, "/v1/payout-batches", &request);
        let batch: Batch = read(&answer);
        let path = format!("/v1/payout-batches/{}", batch.id);
        assert_eq!(
            (answer.status, answer.header("location")),
            (201, path.as_str())
        );
        batch
    }

    /// A claim that is paid, as it was before the bank said so.
    fn paid(&self) -> (String, Claim) {
        let id = self.approved();
        let path = format!("/v1/payout-batches/{}/release", self.seal().id);
        let _: Batch = read(&self.post(&self.second_finance, &path));
        let claim: Claim = read(&self.get(&self.dealer, &format!("/v1/claims/{id}")));
        assert_eq!(self.table(&format!("{}/1,paid,", claim.number)).paid, 1);
        (id, claim)
    }

    fn outcomes(&self, media: &str, text: &str) -> Answer {
        let path = "/v1/payout-outcomes";
        self.send(
            &self.finance,
            Method::POST,
            path,
            "",
            media,
            text.as_bytes(),
        )
    }

    fn table(&self, line: &str) -> ImportedOutcomes {
        let text = format!("end_to_end_id,outcome,reason\n{line}\n");
        read(&self.outcomes("text/csv", &text))
    }
}

#[test]
fn a_batch_has_the_published_shape_all_its_way() {
    let bureau = Bureau::new();
    let id = bureau.approved();
    let number = read::<Claim>(&bureau.get(&bureau.dealer, &format!("/v1/claims/{id}"))).number;
    let sealed = bureau.seal();
    assert_eq!(
        (sealed.state, sealed.lines, sealed.left_out.len()),
        (BatchState::Sealed, 1, 0)
    );
    assert!(sealed.sources.is_some());
    let path = format!("/v1/payout-batches/{}", sealed.id);
    let file = |format: &str| bureau.get(&bureau.finance, &format!("{path}/file{format}"));
    assert_eq!(file("").code(), "not_released");
    let release = |who| bureau.post(who, &format!("{path}/release"));
    assert_eq!(release(&bureau.finance).code(), "second_person_required");
    let released: Batch = read(&release(&bureau.second_finance));
    assert!(released.state == BatchState::Released && released.released_at.is_some());
    assert_eq!(release(&bureau.second_finance).code(), "already_released");
    let discard = bureau.post(&bureau.finance, &format!("{path}/discard"));
    assert_eq!(discard.code(), "already_released");
    let seen: Batch = read(&bureau.get(&bureau.auditor, &path));
    assert_eq!((seen.hash, seen.total), (sealed.hash.clone(), sealed.gross));
    assert_eq!(seen.salt, released.salt);
    let page: BatchPage = read(&bureau.get(&bureau.auditor, "/v1/payout-batches?limit=1"));
    assert_eq!((page.items.len(), page.next_cursor), (1, None));

    let table = file("?format=csv");
    assert_eq!(table.header("content-type"), "text/csv; charset=utf-8");
    let digits = |bytes: &[u8]| -> String {
        let hash = digest::digest(&digest::SHA256, bytes);
        hash.as_ref().iter().map(|b| format!("{b:02x}")).collect()
    };
    let salt = released.salt.unwrap();
    let head = format!("tradein.payout.v1\n{salt}\n");
    assert_eq!(
        digits(&[head.as_bytes(), &table.body].concat()),
        sealed.hash,
        "the batch is named by the salted hash of its file"
    );
    assert_ne!(digits(&table.body), sealed.hash);
    assert_eq!(
        (salt.len(), sealed.salt),
        (64, None),
        "told once it is released"
    );
    assert!(page.items[0].salt.is_none(), "nor told in lists");
    assert_eq!(file("?format=pain.001").code(), "payer_unknown");
    assert_eq!(file("?format=xls").code(), "query_malformed");

    let done = bureau.table(&format!("{number}/1,returned,AC04"));
    assert_eq!((done.returned, done.conflicts.len()), (1, 0));
    let claim: Claim = read(&bureau.get(&bureau.dealer, &format!("/v1/claims/{id}")));
    let payment = claim.payment.unwrap();
    assert_eq!(
        (claim.state, payment.state, payment.reason.as_deref()),
        (State::Approved, PaymentState::Returned, Some("AC04"))
    );
    let known = bureau.table(&format!("{number}/1,returned,AC04\nJY25-0000009-9/1,paid,"));
    assert_eq!(
        (known.repeated, known.unknown, known.unknown_lines),
        (1, 1, vec![3])
    );
    assert_eq!(
        bureau.outcomes("text/plain", "").code(),
        "media_type_unsupported"
    );
    let gbk = bureau.outcomes("text/csv; charset=gbk", "end_to_end_id,outcome\n");
    assert_eq!(gbk.code(), "charset_unsupported");
    let malformed = bureau.outcomes("text/csv", "end_to_end_id,outcome\nx,lost\n");
    assert_eq!(malformed.code(), "file_malformed");
    assert_eq!(malformed.json()["at"], "2: outcomes_id");
    assert_eq!(
        bureau.outcomes("application/xml", "<x/>").code(),
        "file_malformed"
    );
    assert_eq!(
        bureau
            .post(&bureau.finance, "/v1/payout-batches/x/release")
            .code(),
        "no_such_object"
    );
}

#[test]
fn a_discarded_batch_has_the_published_shape() {
    let bureau = Bureau::new();
    let id = bureau.approved();
    let sealed = bureau.seal();
    let path = format!("/v1/payout-batches/{}", sealed.id);
    let discard = || bureau.post(&bureau.finance, &format!("{path}/discard"));
    let gone: Batch = read(&discard());
    assert!(gone.state == BatchState::Discarded && gone.discarded_at.is_some());
    assert!(gone.released_at.is_none() && sealed.discarded_at.is_none());
    assert_eq!(discard().code(), "already_discarded");
    let file = bureau.get(&bureau.finance, &format!("{path}/file"));
    assert_eq!(file.code(), "already_discarded");
    let claim: Claim = read(&bureau.get(&bureau.dealer, &format!("/v1/claims/{id}")));
    assert!(claim.state == State::Approved && claim.payment.is_none());
}

#[test]
fn what_is_owed_back_has_the_published_shape() {
    let bureau = Bureau::new();
    let (id, _) = bureau.paid();
    let claim: Claim = read(&bureau.act(&bureau.dealer, &id, "goods-returned"));
    assert_eq!(claim.state, State::ClawbackDue);

    for who in [&bureau.dealer, &bureau.finance, &bureau.auditor] {
        let page: ReceivablePage = read(&bureau.get(who, "/v1/receivables"));
        assert_eq!((page.items.len(), page.next_cursor), (1, None));
    }
    let page: ReceivablePage = read(&bureau.get(&bureau.finance, "/v1/receivables"));
    let owed = &page.items[0];
    assert_eq!(
        (&owed.claim_number, &owed.amount),
        (&claim.number, &claim.amount)
    );
    let pay_in = |amount: &str| {
        let path = format!("/v1/receivables/{}/paid-in", owed.id);
        let body = PaidInRequest {
            amount: amount.to_owned(),
            reference: format!("2025-05-{amount}"),
        };
        bureau.post_json(&bureau.finance, &path, &body)
    };
    assert_eq!(pay_in("0").code(), "body_malformed");
    assert_eq!(pay_in("99999999.00").code(), "amount_above_hold");
    let part: Receivable = read(&pay_in("1000.50"));
    assert_eq!(
        (part.settled.as_str(), part.pending.as_str()),
        ("1000.50", "0.00")
    );
    let sums = || -> Reconciliation {
        read(&bureau.get(&bureau.auditor, &format!("/v1/pools/{POOL}/reconciliation")))
    };
    let between = sums();
    assert!(between.equal && between.pool == between.claims && between.pool == between.journal);
    assert_ne!(between.pool.paid, "0.00");
    let yuan = |text: &str| text.replace('.', "").parse::<i64>().unwrap();
    let rest = yuan(&owed.amount) - yuan("1000.50");
    let last: Receivable = read(&pay_in(&format!("{}.{:02}", rest / 100, rest % 100)));
    assert_eq!(last.settled, last.amount);
    let claim: Claim = read(&bureau.get(&bureau.dealer, &format!("/v1/claims/{id}")));
    assert_eq!(claim.state, State::ClawedBack);
    assert_eq!(sums().pool.paid, "0.00");
    let nowhere = bureau.get(&bureau.auditor, "/v1/pools/none/reconciliation");
    assert_eq!(nowhere.code(), "pool_not_found");
}

#[test]
fn a_claim_whose_invoice_was_voided_has_the_published_shape_all_its_way() {
    let bureau = Bureau::new();
    let (id, claim) = bureau.paid();
    let second = bureau.person(&bureau.desk.world.another_of("approver"));
    let why = WhyRequest {
        why: "the shop voided it".to_owned(),
    };
    let demand = || bureau.act_with(&second, &id, "claw-back", &why);
    assert_eq!(demand().code(), "invoice_not_voided");

    let invoice = claim.invoice["number"].as_str().unwrap().to_owned();
    let list = |text: &str| {
        let path = "/v1/voided-invoices";
        let text = format!("invoice_number,voided_on\n{text}\n");
        bureau.send(
            &bureau.operator,
            Method::POST,
            path,
            "",
            "text/csv",
            text.as_bytes(),
        )
    };
    let bad = list("x,2025-06-01");
    assert_eq!(bad.code(), "file_malformed");
    assert_eq!(bad.json()["at"], "2: register_invoice_number");
    let done: ImportedInvoices = read(&list(&format!("{invoice},2025-06-01")));
    assert_eq!(
        (done.lines, done.new, done.flagged, done.paid),
        (1, 1, 1, 1)
    );
    let alone = bureau.act_with(&bureau.approver, &id, "claw-back", &why);
    assert_eq!(alone.code(), "second_person_required");
    let claim: Claim = read(&demand());
    assert_eq!(claim.state, State::ClawbackDue);
    let page: ReceivablePage = read(&bureau.get(&bureau.finance, "/v1/receivables"));
    assert_eq!(page.items[0].reason, "invoice_voided");
}
