//! Sealed batches that finance discards: by choice, or because a flag keeps one from release.

use tradein::domain::claim::ClaimState;
use tradein::domain::ids::BatchId;
use tradein::operations::denial::{ActError, Denial};
use tradein::operations::payout;
use tradein::storage::payout_lines::{self, LineState};

use super::Office;
use crate::bureau::look;

impl Office<'_> {
    /// Whether finance discards a batch instead of releasing it.
    pub(super) fn changes_its_mind(&mut self) -> bool {
        !self.bank.prompt && self.chance(12)
    }

    /// Discards a batch; it can be released no more, nor discarded again, and its claims are
    /// owed as before or ended because their goods went back.
    pub(super) fn discard(&mut self, id: BatchId) {
        self.note("discards");
        let who = self.random.below(2) as usize;
        let finance = self.bureau.people.finance;
        let engine = &self.lane.engine;
        let act = |who: usize| self.lane.run(payout::discard(engine, &finance[who], id));
        let (done, again) = (act(who), act(1 - who));
        let release = |who: usize| self.lane.run(payout::release(engine, &finance[who], id));
        let released = [release(0), release(1)];
        let denied = Some(ActError::Denied(Denial::AlreadyDiscarded));
        let mut wrong = Vec::new();
        if let Err(error) = done {
            wrong.push(format!("discard: {error}"));
        }
        if again.err() != denied || !released.iter().any(|r| r.as_ref().err() == denied.as_ref()) {
            wrong.push("a discarded batch ended twice".to_owned());
        }
        for line in self
            .lane
            .with(|conn| payout_lines::lines_of(conn, id).unwrap())
        {
            let claim = look(&self.lane, line.claim).state;
            let back = matches!(claim, ClaimState::Approved | ClaimState::GoodsReturned);
            if !back || line.state != LineState::Discarded {
                let name = &line.end_to_end_id;
                wrong.push(format!("discard: {name} is {:?}, {claim}", line.state));
            }
        }
        self.wrong.append(&mut wrong);
    }
}
