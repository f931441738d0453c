//! After the click day: papers, review by two persons, payout with some returns, money that
//! comes back, and the sums side by side.

use tokio::runtime::Runtime;

use super::Fallible;
use crate::catalogue::Role;
use crate::clock;
use crate::domain::claim::ClaimState;
use crate::domain::ids::{ClaimId, ClientId, DealerId};
use crate::domain::intake::Intake;
use crate::domain::money::Fen;
use crate::domain::text::Lang;
use crate::operations::claims::{self, ClaimView};
use crate::operations::outcomes::{self, Imported};
use crate::operations::papers::{self, Upload};
use crate::operations::payout::{self, BatchView, FileFormat, NewBatch};
use crate::operations::reconcile::{self, Reconciliation};
use crate::operations::review::{self, Decision, Finding};
use crate::operations::{
    DealerCaller, Engine, StaffCaller, Viewer, amend, clawback, credentials, flags, goods,
};
use crate::storage::claims::{ClaimFilter, StoredClaim};
use crate::storage::{admin, claims as rows};

const LANG: Lang = Lang::En;
/// A document as small as it may be and still be shown: a page that says what it is.
const DOCUMENT: &[u8] = include_bytes!("paper.pdf");

/// One in so many is given back for correction, rejected, sent back by the bank, or has its
/// goods returned.
const RETURNED: usize = 10;
const REJECTED: usize = 15;
pub(super) const SENT_BACK: usize = 12;
const GOODS_BACK: usize = 50;

/// What happened.
#[derive(Debug, Default)]
pub(super) struct Afterwards {
    pub papers: u64,
    pub corrected: u64,
    pub rejected: u64,
    pub promoted: i64,
    pub approved: u64,
    pub batches: Vec<BatchView>,
    pub outcomes: Vec<Imported>,
    pub goods_back: u64,
    pub owed_back: Fen,
    pub paid_in: Fen,
    pub sums: Vec<Reconciliation>,
}

/// Everybody of the bureau.
struct Staff {
    reviewer: StaffCaller,
    approver: StaffCaller,
    finance: StaffCaller,
    second_finance: StaffCaller,
}

/// Takes the first `count` claims of `pool` that hold money all the way.
pub(super) fn run(engine: &Engine, pool: &str, count: usize) -> Fallible<Afterwards> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut day = Day {
        staff: staff(engine)?,
        engine,
        runtime,
        done: Afterwards::default(),
    };
    let waiting = waiting(engine, pool)?;
    let claims = day.first(count)?;
    for (n, claim) in claims.iter().enumerate() {
        day.review(n + 1, claim)?;
    }
    let promoted = waiting - self::waiting(engine, pool)?;
    day.done.promoted = promoted;
    day.pay(pool)?;
    day.goods_come_back(&claims)?;
    day.done.sums = reconcile::every_pool(&mut *engine.database.get()?)?;
    Ok(day.done)
}

/// Leaves some claims half-way, so that everybody who looks around finds work: given back, in review,
/// one of them flagged, recommended, approved, and one to be rejected. Says whose was given back.
pub(super) fn leave_work(engine: &Engine) -> Fallible<Option<DealerId>> {
    let mut day = Day {
        staff: staff(engine)?,
        engine,
        runtime: tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?,
        done: Afterwards::default(),
    };
    let reviewer = day.staff.reviewer;
    let unclear = || {
        finding(
            "price_unclear",
            "/invoice/total",
            "发票金额看不清，请重新拍照。",
        )
    };
    let claims = day.first(9)?;
    for (n, claim) in claims.iter().enumerate() {
        let seen = day.send_papers(claim)?;
        match n {
            0 => day.decide(Decision::Return(7, vec![unclear()]), &seen, reviewer)?,
            1 => day.decide(Decision::ProposeRejection(unclear()), &seen, reviewer)?,
            2..=4 => day.decide(Decision::Recommend, &seen, reviewer)?,
            5 => {
                let seen = day.decide(Decision::Recommend, &seen, reviewer)?;
                day.decide(Decision::Approve, &seen, day.staff.approver)?
            }
            6 => {
                let why = "同一电话号码出现在多笔申请中".to_owned();
                let code = "same_mobile".to_owned();
                let raised = flags::raise(engine, &reviewer, seen.id, code, why, LANG);
                day.runtime.block_on(raised)?
            }
            _ => seen,
        };
    }
    Ok(claims.first().map(|claim| claim.dealer))
}

struct Day<'a> {
    staff: Staff,
    engine: &'a Engine,
    runtime: Runtime,
    done: Afterwards,
}

impl Day<'_> {
    /// The first claims that hold money.
    fn first(&self, count: usize) -> Fallible<Vec<StoredClaim>> {
        let filter = ClaimFilter {
            state: Some(ClaimState::Reserved),
            ..ClaimFilter::default()
        };
        let limit = i64::try_from(count)?;
        Ok(rows::list(
            &mut *self.engine.database.get()?,
            &filter,
            limit,
        )?)
    }

    /// Papers, and what two persons make of them.
    fn review(&mut self, n: usize, claim: &StoredClaim) -> Fallible<()> {
        let mut seen = self.send_papers(claim)?;
        if n.is_multiple_of(RETURNED) {
            let found = finding(
                "price_unclear",
                "/invoice/total",
                "The price is hard to read.",
            );
            seen = self.decide(Decision::Return(7, vec![found]), &seen, self.staff.reviewer)?;
            seen = self.correct(claim, &seen)?;
            self.done.corrected += 1;
        }
        if n.is_multiple_of(REJECTED) {
            let ground = finding(
                "invoice_forged",
                "/invoice/number",
                "The tax office knows none.",
            );
            let proposal = Decision::ProposeRejection(ground);
            seen = self.decide(proposal, &seen, self.staff.reviewer)?;
            self.decide(Decision::ConfirmRejection(None), &seen, self.staff.approver)?;
            self.done.rejected += 1;
            return Ok(());
        }
        seen = self.decide(Decision::Recommend, &seen, self.staff.reviewer)?;
        self.decide(Decision::Approve, &seen, self.staff.approver)?;
        self.done.approved += 1;
        Ok(())
    }

    fn send_papers(&mut self, claim: &StoredClaim) -> Fallible<ClaimView> {
        let caller = dealer_of(claim);
        let mut seen = self.look(claim.id)?;
        for due in seen.due.clone() {
            let upload = Upload {
                paper: due.paper,
                content: DOCUMENT.to_vec(),
                declared: None,
            };
            let sent = papers::put(self.engine, &caller, claim.id, seen.revision, upload, LANG);
            seen = self.runtime.block_on(sent)?;
            self.done.papers += 1;
        }
        Ok(seen)
    }

    fn look(&self, id: ClaimId) -> Fallible<ClaimView> {
        let found = claims::get(self.engine, &Viewer::Bureau, id, LANG);
        Ok(self.runtime.block_on(found)?)
    }

    fn decide(
        &self,
        decision: Decision,
        seen: &ClaimView,
        who: StaffCaller,
    ) -> Fallible<ClaimView> {
        let done = review::decide(self.engine, &who, seen.id, seen.revision, decision, LANG);
        Ok(self.runtime.block_on(done)?)
    }

    /// The dealer looked again, and sends the claim as it was.
    fn correct(&self, claim: &StoredClaim, seen: &ClaimView) -> Fallible<ClaimView> {
        let intake = Intake {
            draft: claims::open(self.engine, claim)?,
            warnings: Vec::new(),
        };
        let caller = dealer_of(claim);
        let done = amend::correct(self.engine, &caller, seen.id, seen.revision, intake, LANG);
        Ok(self.runtime.block_on(done)?)
    }

    /// Two batches: in the first the bank sends some payments back, in the second it pays them.
    /// With few claims there is nothing for one of them, or for both.
    fn pay(&mut self, pool: &str) -> Fallible<()> {
        let mut owed = self.done.approved;
        for returns in [true, false] {
            if owed == 0 {
                return Ok(());
            }
            let (batch, names) = self.batch(pool)?;
            let lines = names.iter().enumerate().map(|(n, name)| {
                if returns && (n + 1).is_multiple_of(SENT_BACK) {
                    format!("{name},returned,AC04 account closed")
                } else {
                    format!("{name},paid,")
                }
            });
            let text = format!(
                "end_to_end_id,outcome,reason\n{}\n",
                lines.collect::<Vec<_>>().join("\n")
            );
            let read = crate::banking::outcomes::read_csv(text.as_bytes())
                .map_err(|_| "the bank's file is malformed")?;
            let imported = outcomes::import(self.engine, &self.staff.finance, read);
            let imported = self.runtime.block_on(imported)?;
            owed = imported.returned;
            self.done.outcomes.push(imported);
            self.done.batches.push(batch);
        }
        Ok(())
    }

    /// Seals and releases a batch; says what the bank is told to pay.
    fn batch(&self, pool: &str) -> Fallible<(BatchView, Vec<String>)> {
        let (finance, second) = (self.staff.finance, self.staff.second_finance);
        let wanted = NewBatch::of(pool, payout::MOST_LINES);
        let sealed = payout::seal(self.engine, &finance, wanted);
        let id = self.runtime.block_on(sealed)?.id;
        let released = payout::release(self.engine, &second, id);
        let batch = self.runtime.block_on(released)?;
        let file = payout::file(self.engine, &finance, id, FileFormat::Csv);
        let file = String::from_utf8(self.runtime.block_on(file)?)?;
        let name = |line: &str| line.split(',').next().unwrap_or_default().to_owned();
        Ok((batch, file.lines().skip(1).map(name).collect()))
    }

    /// Some goods go back to the shop after payment; half of what is owed back is paid in.
    fn goods_come_back(&mut self, claims: &[StoredClaim]) -> Fallible<()> {
        for (n, claim) in claims.iter().enumerate() {
            let seen = self.look(claim.id)?;
            if !(n + 1).is_multiple_of(GOODS_BACK) || seen.state != ClaimState::Paid {
                continue;
            }
            let caller = dealer_of(claim);
            let back = goods::returned(self.engine, &caller, seen.id, seen.revision, LANG);
            self.runtime.block_on(back)?;
            self.done.goods_back += 1;
        }
        let owed = clawback::list(self.engine, Viewer::Bureau, None, 100);
        for (n, owed) in self.runtime.block_on(owed)?.into_iter().enumerate() {
            self.done.owed_back = sum(self.done.owed_back, owed.amount)?;
            if n % 2 == 0 {
                let (finance, reference) = (self.staff.finance, format!("transfer {n}"));
                let paid = clawback::pay_in(self.engine, &finance, owed.id, owed.amount, reference);
                self.runtime.block_on(paid)?;
                self.done.paid_in = sum(self.done.paid_in, owed.amount)?;
            }
        }
        Ok(())
    }
}

fn sum(a: Fen, b: Fen) -> Fallible<Fen> {
    a.checked_add(b).ok_or_else(|| "too much money".into())
}

fn dealer_of(claim: &StoredClaim) -> DealerCaller {
    DealerCaller {
        dealer: claim.dealer,
        client: ClientId(clock::new_uuid()),
    }
}

fn finding(code: &str, field: &str, message: &str) -> Finding {
    Finding {
        code: code.to_owned(),
        field: field.to_owned(),
        message: message.to_owned(),
    }
}

fn waiting(engine: &Engine, pool: &str) -> Fallible<i64> {
    let pools = crate::storage::pools::all(&mut *engine.database.get()?)?;
    let found = pools.into_iter().find(|p| p.name == pool);
    Ok(found.ok_or("the pool is gone")?.waiting)
}

/// The users of the bureau; those who are not there yet are added.
fn staff(engine: &Engine) -> Fallible<Staff> {
    let mut conn = engine.database.get()?;
    let mut known = |login: &str, role: Role| -> Fallible<StaffCaller> {
        if admin::find_staff(&mut conn, login)?.is_none() {
            credentials::add_staff(&mut conn, login, role.as_str(), false)?;
        }
        let (staff, _) = admin::find_staff(&mut conn, login)?.ok_or("a user is gone")?;
        Ok(StaffCaller { staff, role })
    };
    Ok(Staff {
        reviewer: known("demo-reviewer", Role::Reviewer)?,
        approver: known("demo-approver", Role::Approver)?,
        finance: known("demo-finance", Role::Finance)?,
        second_finance: known("demo-second-finance", Role::Finance)?,
    })
}
