//! Whole lives of claims, from filing to payout and back: random legal ones pass and give the
//! sums of a simple model; each planted breach is named at its entry.

use std::collections::BTreeSet;

use tradein::domain::claim::Bucket::{Committed, Free, Funding, Paid, Reserved};
use tradein::domain::claim::{Bucket, ClaimState};
use tradein::domain::money::Fen;
use tradein::domain::transition::{Act, Transition, transitions};
use tradein::journal::entry::{Entry, EntryKind as Kind};
use tradein::journal::verify::ClaimTrace;

use crate::history::{Dice, Held, History, seed};

/// Money that is set aside for appeals, in fen.
const ASIDE: i64 = 50_000_000;

// The unit test of the two tables has such a list, too. This one cannot see it, and in the program
// itself it would be code that only tests call.
fn kind_of(act: Act) -> Option<Kind> {
    Some(match act {
        // Nobody waits in these pools.
        Act::Promote => return None,
        Act::Place => Kind::Placed,
        Act::Paper => Kind::Paper,
        Act::Invoice => Kind::Invoiced,
        Act::BeginReview => Kind::ReviewBegun,
        Act::Recommend => Kind::Recommended,
        Act::Return => Kind::Returned,
        Act::Correct => Kind::Corrected,
        Act::ProposeRejection => Kind::RejectionProposed,
        Act::ConfirmRejection => Kind::Rejected,
        Act::Reopen => Kind::Reopened,
        Act::Approve => Kind::Approved,
        Act::Lapse => Kind::Lapsed,
        Act::Withdraw => Kind::Withdrawn,
        Act::UndoWithdrawal => Kind::WithdrawalUndone,
        Act::Void => Kind::Voided,
        Act::ReturnGoods => Kind::GoodsReturned,
        Act::Seal => Kind::Paying,
        Act::Discard => Kind::PaymentDiscarded,
        Act::Pay => Kind::Paid,
        Act::ReturnPayment => Kind::PaymentReturned,
        Act::RaiseClawback => Kind::ClawbackRaised,
        Act::SettleClawback => Kind::ClawbackSettled,
        Act::Appeal => Kind::Appealed,
        Act::WinAppeal => Kind::AppealWon,
        Act::LoseAppeal => Kind::AppealLost,
    })
}

fn detail_of(kind: Kind, to: ClaimState) -> Option<String> {
    match kind {
        Kind::Placed | Kind::Paper | Kind::Invoiced | Kind::WithdrawalUndone | Kind::AppealLost => {
            Some(to.as_str().to_owned())
        }
        Kind::GoodsReturned => Some("place_used".to_owned()),
        Kind::ClawbackRaised => Some("register".to_owned()),
        _ => None,
    }
}

/// Whether a claim that was `before` may come back so.
fn comes_back(before: Option<ClaimState>, t: &Transition) -> bool {
    use ClaimState::{InReview, Recommended, RejectionProposed, Voided};
    match (t.act, before) {
        (Act::UndoWithdrawal, Some(Recommended | RejectionProposed)) => t.to == InReview,
        (Act::UndoWithdrawal, before) => before == Some(t.to),
        (Act::LoseAppeal, before) => (before == Some(Voided)) == (t.to == Voided),
        _ => true,
    }
}

#[derive(Clone)]
struct Life {
    claim: [u8; 32],
    state: ClaimState,
    /// What it was, while it is withdrawn or contested.
    before: Option<ClaimState>,
    amount: i64,
    position: Option<i64>,
    settled: i64,
}

/// A pool with claims, and what its buckets should hold.
struct Pool {
    history: History,
    lives: Vec<Life>,
    sums: [i64; 4],
    aside: i64,
    placed: i64,
    /// Every state that a claim has been in, also on its way to another.
    reached: BTreeSet<&'static str>,
}

fn bucket(bucket: Bucket) -> Option<usize> {
    [Free, Reserved, Committed, Paid]
        .iter()
        .position(|b| *b == bucket)
}

impl Pool {
    fn new() -> Self {
        let cap = 1_000_000_000;
        let mut pool = Self {
            history: History::open(true, cap),
            lives: Vec::new(),
            sums: [cap, 0, 0, 0],
            aside: 0,
            placed: 0,
            reached: BTreeSet::new(),
        };
        pool.plain(Kind::SetAside, ASIDE, Some((Free, Reserved)));
        pool.aside = ASIDE;
        pool
    }

    fn shift(&mut self, fen: i64, moved: Option<(Bucket, Bucket)>) {
        if let Some((from, to)) = moved {
            for (place, change) in [(bucket(from), -fen), (bucket(to), fen)] {
                if let Some(place) = place {
                    self.sums[place] += change;
                }
            }
        }
    }

    fn plain(&mut self, kind: Kind, fen: i64, moved: Option<(Bucket, Bucket)>) {
        let entry = self.history.entry(kind, fen, moved);
        self.history.push(entry);
        self.shift(fen, moved);
    }

    fn file(&mut self, dice: &mut Dice) {
        let amount = 1_000 + dice.below(2_000_000) as i64;
        let n = self.lives.len() as u8;
        let mut claim = [n; 32];
        claim[1] = 77;
        let (state, kind, fen, moved) = match dice.below(3) {
            0 => (ClaimState::Filed, Kind::Filed, amount, None),
            1 => (ClaimState::Refused, Kind::Refused, 0, None),
            _ => (
                ClaimState::Reserved,
                Kind::Reserved,
                amount,
                Some((Free, Reserved)),
            ),
        };
        let position = (state == ClaimState::Reserved).then(|| {
            self.placed += 1;
            self.placed
        });
        let mut entry = self.history.entry(kind, fen, moved);
        (entry.claim, entry.position) = (Some(claim), position);
        self.history.push(entry);
        self.shift(fen, moved);
        self.reached.insert(state.as_str());
        self.lives.push(Life {
            claim,
            state,
            before: None,
            amount: fen,
            position,
            settled: 0,
        });
    }

    /// One random step of a random claim.
    fn step(&mut self, dice: &mut Dice) {
        let n = dice.below(self.lives.len());
        let life = self.lives[n].clone();
        let open: Vec<Transition> = transitions()
            .filter(|t| t.from == life.state && t.to != ClaimState::Waiting)
            .filter(|t| kind_of(t.act).is_some() && comes_back(life.before, t))
            .collect();
        if open.is_empty() {
            return;
        }
        let t = open[dice.below(open.len())];
        if let Some(entry) = self.entry_of(dice, &life, t) {
            self.take(n, t, entry);
        }
    }

    fn entry_of(&mut self, dice: &mut Dice, life: &Life, t: Transition) -> Option<Entry> {
        let kind = kind_of(t.act)?;
        let rest = life.amount - life.settled;
        let (fen, moved) = match kind {
            Kind::Invoiced | Kind::Corrected => {
                let back = if dice.below(2) == 0 {
                    0
                } else {
                    life.amount / 3
                };
                let held = life.state.bucket().is_some() && back > 0;
                (back, held.then_some((Reserved, Free)))
            }
            Kind::ClawbackSettled if t.to == ClaimState::ClawedBack => (rest, t.money),
            Kind::ClawbackSettled if rest > 1 => (rest / 2, t.money),
            Kind::ClawbackSettled => return None,
            Kind::AppealWon => (self.aside.min(1_500_000), None),
            Kind::Placed if t.to == ClaimState::Refused => (0, None),
            Kind::Paper
            | Kind::ReviewBegun
            | Kind::Recommended
            | Kind::Returned
            | Kind::RejectionProposed
            | Kind::Reopened
            | Kind::Appealed
            | Kind::AppealLost => (0, None),
            _ => (life.amount, t.money),
        };
        let mut entry = self.history.entry(kind, fen, moved);
        entry.claim = Some(life.claim);
        entry.position = life.position;
        entry.detail = detail_of(kind, t.to);
        if kind == Kind::Placed && t.to == ClaimState::InReview {
            self.placed += 1;
            entry.position = Some(self.placed);
        }
        Some(entry)
    }

    fn take(&mut self, n: usize, t: Transition, entry: Entry) {
        let fen = entry.amount.fen();
        self.shift(fen, entry.moved);
        let life = &mut self.lives[n];
        match entry.kind {
            Kind::Invoiced | Kind::Corrected => life.amount -= fen,
            // Refused by its last paper: it asks for nothing any more.
            Kind::Placed if t.to == ClaimState::Refused => life.amount = 0,
            Kind::ClawbackSettled => life.settled += fen,
            Kind::AppealWon => {
                life.amount = fen;
                self.aside -= fen;
            }
            _ => {}
        }
        (life.state, life.position) = (t.to, entry.position);
        let may = matches!(t.to, ClaimState::Withdrawn | ClaimState::Appealed);
        life.before = may.then_some(t.from);
        self.reached.insert(t.to.as_str());
        self.history.push(entry);
    }
}

#[test]
fn legal_lives_pass_and_the_proof_is_the_model() {
    let seed = seed();
    println!("TRADEIN_TEST_SEED={seed}");
    let mut dice = Dice(seed);
    let mut reached = BTreeSet::new();
    for round in 0..200 {
        let mut pool = Pool::new();
        for _ in 0..12 {
            pool.file(&mut dice);
        }
        for _ in 0..150 {
            pool.step(&mut dice);
        }
        let proof = pool
            .history
            .proof()
            .unwrap_or_else(|e| panic!("round {round}: {e}"));
        let sums = [proof.free, proof.reserved, proof.committed, proof.paid].map(Fen::fen);
        assert_eq!(sums, pool.sums, "round {round}");
        assert_eq!(proof.disputes.fen(), pool.aside);
        let mut held = [0, pool.aside, 0, 0];
        for life in &pool.lives {
            let trace = &proof.claims[&life.claim];
            assert_eq!((trace.state, trace.amount.fen()), (life.state, life.amount));
            assert_eq!(trace.before, life.before);
            if let Some(place) = life.state.bucket().and_then(bucket) {
                held[place] += life.amount - life.settled;
            }
        }
        assert_eq!(
            held[1..],
            sums[1..],
            "claims, pool and journal, round {round}"
        );
        reached.append(&mut pool.reached);
    }
    let missing: Vec<_> = ClaimState::ALL
        .iter()
        .filter(|s| **s != ClaimState::Waiting && !reached.contains(s.as_str()))
        .collect();
    assert!(missing.is_empty(), "never reached: {missing:?}");
}

/// A claim of 100.00 after these steps; the last may be spoiled.
fn life(steps: &[Step]) -> Result<(), String> {
    lived(steps).map(|_| ())
}

/// What the entries of such a life prove of the claim.
fn lived(steps: &[Step]) -> Result<ClaimTrace, String> {
    let mut history = History::open(true, 100_000);
    let held = Held {
        claim: [3; 32],
        position: 1,
        amount: 10_000,
    };
    history.about(Kind::Reserved, &held, Some((Free, Reserved)));
    for (kind, fen, moved, detail) in steps {
        let mut entry = history.entry(*kind, *fen, *moved);
        if !kind.is_about_pool() {
            entry.claim = Some(held.claim);
        }
        entry.detail = detail.map(str::to_owned);
        history.push(entry);
    }
    let last = history.entries.len() as i64;
    let proof = history.proof().map_err(|error| {
        assert_eq!(error.seq, last, "{error}");
        error.code().to_owned()
    })?;
    Ok(proof.claims[&held.claim].clone())
}

type Step = (Kind, i64, Option<(Bucket, Bucket)>, Option<&'static str>);

const IN_REVIEW: Step = (Kind::Paper, 0, None, Some("in_review"));
const RECOMMENDED: Step = (Kind::Recommended, 0, None, None);
const APPROVED: Step = (Kind::Approved, 10_000, Some((Reserved, Committed)), None);
const PAYING: Step = (Kind::Paying, 10_000, None, None);
const DISCARDED: Step = (Kind::PaymentDiscarded, 10_000, None, None);
const PAID: Step = (Kind::Paid, 10_000, Some((Committed, Paid)), None);
const OWED: Step = (Kind::ClawbackRaised, 10_000, None, Some("register"));

fn spoiled(before: &[Step], last: Step) -> String {
    assert_eq!(life(before), Ok(()), "{before:?}");
    life(&[before, &[last]].concat()).unwrap_err()
}

#[test]
fn breaches_on_the_way_to_the_money_are_named() {
    let reviewed = [IN_REVIEW, RECOMMENDED];
    let approved = [IN_REVIEW, RECOMMENDED, APPROVED];
    let paid = [IN_REVIEW, RECOMMENDED, APPROVED, PAYING, PAID];
    assert_eq!(life(&paid), Ok(()));
    // What was discarded is owed as before.
    let anew = [&paid[..4], &[DISCARDED, PAYING, PAID]].concat();
    assert_eq!(life(&anew), Ok(()));
    let give = Some((Reserved, Free));
    for (before, last, code) in [
        (&reviewed[..1], APPROVED, "wrong_state"),
        (
            &reviewed[..],
            (Kind::Approved, 10_000, None, None),
            "wrong_move",
        ),
        (
            &reviewed[..],
            (Kind::Approved, 9_999, Some((Reserved, Committed)), None),
            "wrong_amount",
        ),
        (&reviewed[..], PAID, "wrong_state"),
        (&approved[..], PAID, "wrong_state"),
        (&approved[..], APPROVED, "wrong_state"),
        (
            &approved[..],
            (Kind::Withdrawn, 10_000, give, None),
            "wrong_state",
        ),
        (
            &approved[..],
            (Kind::Voided, 10_000, give, None),
            "wrong_move",
        ),
        (&paid[..], PAID, "wrong_state"),
        (&paid[..], PAYING, "wrong_state"),
        (&paid[..], DISCARDED, "wrong_state"),
        (&approved[..], DISCARDED, "wrong_state"),
        (
            &paid[..4],
            (
                Kind::PaymentDiscarded,
                10_000,
                Some((Committed, Free)),
                None,
            ),
            "wrong_move",
        ),
        (
            &reviewed[..1],
            (Kind::Recommended, 1, None, None),
            "wrong_amount",
        ),
        (
            &reviewed[..0],
            (Kind::Paper, 0, None, Some("approved")),
            "wrong_fields",
        ),
        (&reviewed[..0], (Kind::Paper, 0, None, None), "wrong_fields"),
        (
            &approved[..],
            (
                Kind::GoodsReturned,
                10_000,
                Some((Committed, Free)),
                Some("x"),
            ),
            "wrong_fields",
        ),
    ] {
        assert_eq!(spoiled(before, last), code, "{last:?}");
    }
}

#[test]
fn what_is_paid_back_is_never_more_than_was_paid() {
    let owed = [IN_REVIEW, RECOMMENDED, APPROVED, PAYING, PAID, OWED];
    let back = |fen| (Kind::ClawbackSettled, fen, Some((Paid, Free)), None);
    assert_eq!(
        life(&[&owed[..], &[back(4_000), back(6_000)]].concat()),
        Ok(())
    );
    assert_eq!(spoiled(&owed, back(10_001)), "wrong_amount");
    let some = [&owed[..], &[back(4_000)]].concat();
    assert_eq!(spoiled(&some, back(6_001)), "wrong_amount");
    let all = [&some[..], &[back(6_000)]].concat();
    assert_eq!(spoiled(&all, back(1)), "wrong_state");
}

#[test]
fn a_claim_comes_back_as_what_it_was() {
    let withdrawn = (Kind::Withdrawn, 10_000, Some((Reserved, Free)), None);
    let undone = |to| {
        (
            Kind::WithdrawalUndone,
            10_000,
            Some((Free, Reserved)),
            Some(to),
        )
    };
    let proposed = (Kind::RejectionProposed, 0, None, None);
    let given_back = (Kind::Returned, 0, None, None);
    for (before, back) in [
        (&[][..], "reserved"),
        (&[IN_REVIEW], "in_review"),
        (&[IN_REVIEW, given_back], "returned"),
        (&[IN_REVIEW, RECOMMENDED], "in_review"),
        (&[IN_REVIEW, proposed], "in_review"),
    ] {
        let gone = [before, &[withdrawn]].concat();
        assert_eq!(life(&[&gone[..], &[undone(back)]].concat()), Ok(()));
        for other in ["reserved", "in_review", "returned"] {
            if other != back {
                assert_eq!(spoiled(&gone, undone(other)), "wrong_return", "{other}");
            }
        }
        let unpaid = (Kind::WithdrawalUndone, 10_000, None, Some("waiting"));
        assert_eq!(spoiled(&gone, unpaid), "wrong_return");
    }
}

#[test]
fn a_lost_appeal_leads_back_to_what_was_contested() {
    let rejected = [
        IN_REVIEW,
        (Kind::RejectionProposed, 0, None, None),
        (Kind::Rejected, 10_000, Some((Reserved, Free)), None),
    ];
    let voided = [(Kind::Voided, 10_000, Some((Reserved, Free)), None)];
    let appealed = (Kind::Appealed, 0, None, None);
    let lost = |to| (Kind::AppealLost, 0, None, Some(to));
    for (end, back, other, holds) in [
        (&rejected[..], "rejected", "voided", false),
        (&voided[..], "voided", "rejected", true),
    ] {
        let contested = [end, &[appealed]].concat();
        assert_eq!(lived(&contested).unwrap().holds_keys(), holds);
        let done = lived(&[&contested[..], &[lost(back)]].concat()).unwrap();
        assert_eq!((done.state.as_str(), done.holds_keys()), (back, holds));
        assert_eq!(spoiled(&contested, lost(other)), "wrong_return");
        let bare = (Kind::AppealLost, 0, None, None);
        assert_eq!(spoiled(&contested, bare), "wrong_fields");
    }
}

#[test]
fn a_stage_that_is_stopped_rests() {
    let stop = |stage| (Kind::Frozen, 0, None, Some(stage));
    let go_on = |stage| (Kind::Resumed, 0, None, Some(stage));
    let approved = [IN_REVIEW, RECOMMENDED, APPROVED];
    let stopped = [&approved[..], &[stop("payout")]].concat();
    assert_eq!(spoiled(&stopped, PAYING), "stopped");
    let sealed = (Kind::BatchSealed, 10_000, None, Some("00"));
    assert_eq!(spoiled(&stopped, sealed), "stopped");
    assert_eq!(
        life(&[&stopped[..], &[go_on("payout"), PAYING]].concat()),
        Ok(())
    );
    assert_eq!(spoiled(&stopped, stop("payout")), "stage_repeated");
    assert_eq!(spoiled(&approved, go_on("intake")), "stage_repeated");
    assert_eq!(spoiled(&approved, stop("everything")), "wrong_fields");
    for (stage, kind, moved) in [
        ("intake", Kind::Waiting, None),
        ("intake", Kind::Reserved, Some((Free, Reserved))),
        ("allocation", Kind::Reserved, Some((Free, Reserved))),
    ] {
        let mut history = History::open(true, 100_000);
        let mut entry = history.entry(Kind::Frozen, 0, None);
        entry.detail = Some(stage.to_owned());
        history.push(entry);
        let late = Held {
            claim: [4; 32],
            position: 1,
            amount: 500,
        };
        history.about(kind, &late, moved);
        assert_eq!(
            history.proof().unwrap_err().code(),
            "stopped",
            "{stage} {kind}"
        );
    }
}

#[test]
fn a_batch_ends_once_under_the_hash_that_it_was_sealed_with() {
    let sealed = |fen, hash| (Kind::BatchSealed, fen, None, Some(hash));
    let released = |fen, hash| (Kind::BatchReleased, fen, None, Some(hash));
    let discarded = |fen, hash| (Kind::BatchDiscarded, fen, None, Some(hash));
    let both = [sealed(500, "aa"), sealed(500, "bb")];
    let ends = [released(500, "bb"), discarded(500, "aa")];
    assert_eq!(life(&[&both[..], &ends].concat()), Ok(()));
    assert_eq!(spoiled(&both, sealed(700, "aa")), "wrong_batch");
    assert_eq!(spoiled(&both, released(500, "cc")), "wrong_batch");
    assert_eq!(spoiled(&both, released(499, "aa")), "wrong_batch");
    assert_eq!(spoiled(&both, discarded(501, "aa")), "wrong_batch");
    let over = [&both[..], &ends].concat();
    for again in [
        released(500, "aa"),
        released(500, "bb"),
        discarded(500, "bb"),
    ] {
        assert_eq!(spoiled(&over, again), "wrong_batch");
    }
    let moved = (
        Kind::BatchDiscarded,
        500,
        Some((Committed, Free)),
        Some("aa"),
    );
    assert_eq!(spoiled(&both, moved), "wrong_move");
    assert_eq!(
        spoiled(&both, (Kind::BatchDiscarded, 500, None, None)),
        "wrong_fields"
    );
}

#[test]
fn money_that_is_set_aside_is_used_once() {
    let aside = |fen| (Kind::SetAside, fen, Some((Free, Reserved)), None);
    let release = |fen| (Kind::AsideReleased, fen, Some((Reserved, Free)), None);
    assert_eq!(life(&[aside(500), release(500)]), Ok(()));
    assert_eq!(spoiled(&[aside(500)], release(501)), "aside_exceeded");
    let lost = [
        IN_REVIEW,
        (Kind::RejectionProposed, 0, None, None),
        (Kind::Rejected, 10_000, Some((Reserved, Free)), None),
        (Kind::Appealed, 0, None, None),
        aside(9_000),
    ];
    let won = |fen| (Kind::AppealWon, fen, None, None);
    assert_eq!(life(&[&lost[..], &[won(9_000)]].concat()), Ok(()));
    assert_eq!(spoiled(&lost, won(9_001)), "aside_exceeded");
    // What others hold is not there for appeals.
    assert_eq!(spoiled(&[], release(10_000)), "aside_exceeded");
}

#[test]
fn money_leaves_a_pool_only_from_what_is_free() {
    let out = |fen| (Kind::TransferredOut, fen, Some((Free, Funding)), None);
    assert_eq!(life(&[out(90_000)]), Ok(()));
    assert_eq!(spoiled(&[], out(90_001)), "overdrawn");
    assert_eq!(
        spoiled(
            &[],
            (Kind::TransferredOut, 1, Some((Reserved, Funding)), None)
        ),
        "wrong_move"
    );
    let back = (Kind::TransferredIn, 90_000, Some((Funding, Free)), None);
    assert_eq!(life(&[out(90_000), back]), Ok(()));
    let cleared = (Kind::FlagCleared, 0, None, None);
    assert_eq!(spoiled(&[], cleared), "no_flag");
}
