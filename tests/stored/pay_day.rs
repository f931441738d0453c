//! The second half of a history: papers, review by two persons, payout, what the bank says,
//! goods that go back, debts that are set off, and a bulk approval.

use tradein::banking::{Fate, Outcome};
use tradein::catalogue::Role;
use tradein::clock;
use tradein::domain::claim::ClaimState;
use tradein::domain::ids::{BatchId, ClaimId, ClientId};
use tradein::domain::money::Fen;
use tradein::domain::text::Lang;
use tradein::operations::bulk::NewBulk;
use tradein::operations::papers::Upload;
use tradein::operations::payout::PayeeAccount;
use tradein::operations::review::{Decision, Finding, decide, next};
use tradein::operations::{
    DealerCaller, StaffCaller, bulk, clawback, credentials, flags, goods, outcomes, papers, payout,
};
use tradein::storage::claims::{ClaimFilter, StoredClaim, by_id, list};
use tradein::storage::dealers::{AccountRow, insert_account};
use tradein::storage::{admin, payout_lines, receivables};
use tradein::vault::account_aad;

use crate::world::World;

const CARS: &str = "henan-car-replacement-2025";
const PHONES: &str = "national-digital-2025";
const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n";

impl World {
    /// Goes on where `live` ended.
    pub fn pay(&self) {
        self.dealer_accounts();
        let reviewer = self.staff("reviewer", Role::Reviewer);
        let approver = self.staff("approver", Role::Approver);
        let finance = self.staff("finance", Role::Finance);
        let second = self.staff("finance-2", Role::Finance);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            for (programme, count) in [(CARS, 14), (PHONES, 9)] {
                for claim in self.claims(programme, ClaimState::Reserved, count) {
                    self.send_papers(&claim).await;
                }
            }
            self.review(&reviewer, &approver).await;
            for pool in ["cars", "phones"] {
                self.pay_out(&finance, &second, pool).await;
            }
            self.goods_go_back(&finance).await;
            for pool in ["cars", "phones"] {
                if pool == "cars" {
                    let gone =
                        payout::seal(&self.engine, &finance, payout::NewBatch::of(pool, 2)).await;
                    let gone = payout::discard(&self.engine, &finance, gone.unwrap().id).await;
                    assert_eq!(gone.unwrap().state, "discarded");
                }
                let batch =
                    payout::seal(&self.engine, &finance, payout::NewBatch::of(pool, 2)).await;
                let batch = batch.unwrap();
                if pool == "phones" {
                    let batch = payout::get(&self.engine, batch.id).await.unwrap();
                    assert!(batch.set_off > Fen::ZERO, "{batch:?}");
                    payout::release(&self.engine, &second, batch.id)
                        .await
                        .unwrap();
                }
            }
            self.look_at_one(&reviewer, &approver).await;
            self.approve_in_bulk(&approver).await;
        });
    }

    /// Every dealer is paid on a confirmed account.
    fn dealer_accounts(&self) {
        let mut conn = self.engine.database.get().unwrap();
        self.engine.catalogue.refresh(&mut conn).unwrap();
        for dealer in self.engine.catalogue.current().dealers() {
            let id = clock::new_uuid();
            let account = PayeeAccount {
                name: dealer.name.clone(),
                number: "6225881414207430".into(),
                bank: "示例银行".into(),
            };
            let plain = serde_json::to_vec(&account).unwrap();
            let row = AccountRow {
                id,
                dealer: dealer.id,
                sealed: self.keys.vault.seal(&account_aad(id), &plain),
                state: "confirmed".into(),
                proposed_by: None,
                proposed: clock::now(),
                from: Some(clock::now()),
            };
            insert_account(&mut conn, &row).unwrap();
        }
    }

    pub fn staff(&self, login: &str, role: Role) -> StaffCaller {
        let mut conn = self.engine.database.get().unwrap();
        credentials::add_staff(&mut conn, login, role.as_str(), false).unwrap();
        let (staff, _) = admin::find_staff(&mut conn, login).unwrap().unwrap();
        StaffCaller { staff, role }
    }

    pub fn claims(&self, programme: &str, state: ClaimState, most: i64) -> Vec<StoredClaim> {
        let filter = ClaimFilter {
            state: Some(state),
            programme: Some(programme.into()),
            ..ClaimFilter::default()
        };
        list(&mut self.engine.database.get().unwrap(), &filter, most).unwrap()
    }

    fn claim(&self, id: ClaimId) -> StoredClaim {
        let mut conn = self.engine.database.get().unwrap();
        by_id(&mut conn, id).unwrap().unwrap()
    }

    async fn send_papers(&self, claim: &StoredClaim) {
        let caller = dealer_of(claim);
        let names: &[&str] = if claim.programme == PHONES {
            &["invoice_copy"]
        } else {
            &[
                "old_vehicle_transfer",
                "new_vehicle_registration",
                "invoice_copy",
            ]
        };
        for name in names {
            let upload = Upload {
                paper: (*name).into(),
                content: PDF.to_vec(),
                declared: None,
            };
            let at = self.claim(claim.id).revision;
            papers::put(&self.engine, &caller, claim.id, at, upload, Lang::En)
                .await
                .unwrap();
        }
    }

    async fn decide(&self, by: &StaffCaller, id: ClaimId, decision: Decision) {
        let at = self.claim(id).revision;
        decide(&self.engine, by, id, at, decision, Lang::En)
            .await
            .unwrap();
    }

    /// One goes back, one is rejected, one is reopened, one ended; of the others every third
    /// waits for the bulk approval and the rest is approved.
    async fn review(&self, reviewer: &StaffCaller, approver: &StaffCaller) {
        let finding = || Finding {
            code: "unreadable".into(),
            field: "/invoice/number".into(),
            message: "发票号码无法辨认".into(),
        };
        let mut n = 0;
        while let Some(claim) = next(&self.engine, reviewer, Lang::En).await.unwrap() {
            let id = claim.id;
            match n {
                0 => {
                    let back = Decision::Return(3, vec![finding()]);
                    self.decide(reviewer, id, back).await;
                }
                1 | 2 => {
                    let bad = Decision::ProposeRejection(finding());
                    self.decide(reviewer, id, bad).await;
                    let second = if n == 1 {
                        Decision::ConfirmRejection(None)
                    } else {
                        Decision::Reopen
                    };
                    self.decide(approver, id, second).await;
                }
                _ => {
                    self.decide(reviewer, id, Decision::Recommend).await;
                    if n == 4 {
                        let end = Decision::Void(finding());
                        self.decide(approver, id, end).await;
                    } else if claim.programme == PHONES || n % 3 == 0 {
                        self.decide(approver, id, Decision::Approve).await;
                    }
                }
            }
            n += 1;
        }
        assert!(n > 15, "only {n} came to review");
    }

    /// Of a batch one payment is paid, one comes back and is paid by another batch, and the
    /// others are on their way.
    async fn pay_out(&self, finance: &StaffCaller, second: &StaffCaller, pool: &str) {
        let engine = &self.engine;
        let batch = payout::seal(engine, finance, payout::NewBatch::of(pool, 3))
            .await
            .unwrap();
        payout::release(engine, second, batch.id).await.unwrap();
        let names = self.names(batch.id);
        assert_eq!(names.len(), 3);
        let said = |name: &String, fate: Fate| Outcome {
            id: name.clone(),
            fate,
            line: 0,
        };
        let back = Fate::Returned {
            reason: "AC04".into(),
        };
        let report = vec![said(&names[0], Fate::Paid), said(&names[1], back)];
        outcomes::import(engine, finance, report).await.unwrap();
        let again = payout::seal(engine, finance, payout::NewBatch::of(pool, 1))
            .await
            .unwrap();
        payout::release(engine, second, again.id).await.unwrap();
        let report = self.names(again.id);
        let report = report.iter().map(|name| said(name, Fate::Paid)).collect();
        outcomes::import(engine, finance, report).await.unwrap();
    }

    fn names(&self, batch: BatchId) -> Vec<String> {
        let mut conn = self.engine.database.get().unwrap();
        payout_lines::payments_of(&mut conn, batch).unwrap()
    }

    /// What was paid is owed back; half of one debt is paid in.
    async fn goods_go_back(&self, finance: &StaffCaller) {
        for programme in [CARS, PHONES] {
            for claim in self.claims(programme, ClaimState::Paid, 10) {
                let at = claim.revision;
                let caller = dealer_of(&claim);
                goods::returned(&self.engine, &caller, claim.id, at, Lang::En)
                    .await
                    .unwrap();
            }
        }
        let debts = {
            let mut conn = self.engine.database.get().unwrap();
            receivables::list(&mut conn, None, None, 10).unwrap()
        };
        assert!(debts.len() >= 3, "{debts:?}");
        let half = Fen::new(debts[0].amount / 2).unwrap();
        clawback::pay_in(&self.engine, finance, debts[0].id, half, "R-1".into())
            .await
            .unwrap();
    }

    /// A flag is raised and cleared, each with a reason.
    async fn look_at_one(&self, reviewer: &StaffCaller, approver: &StaffCaller) {
        let claim = self.claims(CARS, ClaimState::Paying, 1).remove(0);
        let (code, why) = ("under_inquiry".to_owned(), "王先生来电举报".to_owned());
        let raised = flags::raise(
            &self.engine,
            reviewer,
            claim.id,
            code.clone(),
            why.clone(),
            Lang::En,
        );
        raised.await.unwrap();
        flags::clear(&self.engine, approver, claim.id, code, why, Lang::En)
            .await
            .unwrap();
    }

    /// One bulk approval that is done, and one that is only begun.
    async fn approve_in_bulk(&self, approver: &StaffCaller) {
        let engine = &self.engine;
        let begun = bulk::begin(engine, approver, NewBulk::of("cars", 50)).await;
        let id = begun.unwrap().id;
        let drawn = bulk::draw(engine, approver, id).await.unwrap();
        assert!(drawn.claims.len() > 5, "{}", drawn.claims.len());
        for claim in drawn.claims.iter().filter(|c| c.sampled) {
            self.decide(approver, claim.id, Decision::Approve).await;
        }
        bulk::approve(engine, approver, id).await.unwrap();
        let small = NewBulk {
            most_amount: Some(Fen::from_yuan(1)),
            ..NewBulk::of("cars", 50)
        };
        bulk::begin(engine, approver, small).await.unwrap();
    }
}

fn dealer_of(claim: &StoredClaim) -> DealerCaller {
    DealerCaller {
        dealer: claim.dealer,
        client: ClientId(clock::new_uuid()),
    }
}
