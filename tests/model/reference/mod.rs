//! The reference: everything in memory, one thing at a time, as plain as it can be. Where money
//! lies is not kept but follows from what each claim is, so it cannot move twice.

mod dealer;
mod filing;
mod payout;
mod pools;
mod review;

use std::collections::{BTreeMap, BTreeSet};

use tradein::domain::claim::ClaimState as State;
use tradein::domain::transition::Act;

use super::command::{Award, Command, Deed, Office, Stage, Who};
use super::programmes::{Claim, PROGRAMMES, Programme, Term};

pub use payout::{Batch, Fate, Line, Owed};
pub use review::LOOK;

/// By which rules the model decides; all but the first are wrong on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rules {
    /// As published.
    Right,
    /// In a strict pool a newcomer passes those who wait.
    NewcomersPass,
    /// What a withdrawn claim named stays taken.
    KeysStayTaken,
    /// Released money stays free.
    NobodyIsPromoted,
    /// The money of a withdrawn claim is freed twice.
    FreedTwice,
    /// Who prepared something decides it, too.
    OnePersonDecides,
    /// A batch's sums were taken before its last line was added.
    TotalWithoutLast,
    /// A claim whose last paper finds no money keeps its amount.
    RefusedAsks,
}

/// What is seen of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    /// HTTP status, or exit code.
    pub status: u16,
    /// The state.
    pub state: String,
    /// The amount in fen.
    pub amount: i64,
    /// The place.
    pub position: Option<i64>,
    /// Codes of reasons or of the problem, sorted.
    pub codes: Vec<String>,
    /// For a replay: whether it is the first answer, byte for byte.
    pub same_bytes: Option<bool>,
    /// Other numbers of the answer.
    pub numbers: Vec<i64>,
}

/// What everybody sees of a pool, in fen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// Its name.
    pub pool: String,
    /// Cap, free, reserved, committed, paid, and what of the reserved is set aside.
    pub money: [i64; 6],
    /// How many wait.
    pub waiting: usize,
    /// How many entries its journal has.
    pub entries: usize,
}

/// A claim as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// State, amount in fen, and place.
    pub claim: (String, i64, Option<i64>),
    /// How often it changed, from 1.
    pub revision: i64,
    /// Whether something is due by a deadline.
    pub deadline: bool,
    /// What keeps it apart.
    pub flags: BTreeSet<String>,
    /// The last attempt to pay it: its number, what the bank pays, what is set off, its state.
    pub payment: Option<(usize, i64, i64, String)>,
}

/// A claim that has been filed, and all that is known of it.
#[derive(Debug, Clone)]
struct Filed {
    claim: Claim,
    /// As it was filed.
    filed_as: Claim,
    /// The answer to its filing.
    first: Seen,
    /// Whether a pool has it; refusals of a programme that is not open are in none.
    pooled: bool,
    state: State,
    amount: i64,
    position: Option<i64>,
    revision: i64,
    reasons: Vec<String>,
    papers: BTreeSet<&'static str>,
    /// Money was held for it once.
    held: bool,
    deadline: bool,
    /// Since when it is a reviewer's turn.
    review: Option<u64>,
    /// On whose desk it lies.
    desk: Option<usize>,
    rounds: u32,
    prepared_by: Option<usize>,
    approved_by: Option<usize>,
    /// Its place in the order of approval.
    approved: u64,
    /// Who rejected or ended it.
    ended_by: BTreeSet<usize>,
    /// What is contested, or was.
    contested: Option<State>,
    /// When it was rejected or ended last.
    ended: Option<u64>,
    flags: BTreeSet<&'static str>,
    /// When it was withdrawn last, and what it was then: where it stood, and whether something
    /// was due.
    withdrawn: (u64, State, bool),
    /// What was paid back.
    settled: i64,
    /// The goods went back and the person's place stays used.
    place_used: bool,
}

/// A pool that is open.
#[derive(Debug, Clone, Default)]
struct Pool {
    cap: i64,
    aside: i64,
    positions: i64,
    stopped: BTreeSet<Stage>,
    /// When somebody was promoted last.
    promoted: u64,
    /// Kind and amount of each entry of the journal.
    told: Vec<(String, i64)>,
}

/// One row of the table of moves.
pub type Move = (Act, State, State);

/// The model.
#[derive(Debug, Clone)]
pub struct Model {
    rules: Rules,
    /// Commands so far.
    now: u64,
    filed: Vec<Filed>,
    pools: [Option<Pool>; PROGRAMMES.len()],
    batches: Vec<Batch>,
    lines: Vec<Line>,
    owed: Vec<Owed>,
    /// National awards by car, and when they became known.
    awards: BTreeMap<(Award, u64), u64>,
    /// Money paid in, by receivable and reference.
    paid_in: BTreeMap<(usize, u64), i64>,
    moves: Vec<Move>,
    states: Vec<State>,
    /// How often each move was made and each refusal was given.
    happened: BTreeMap<String, usize>,
}

impl Model {
    /// At the start.
    pub fn new(rules: Rules) -> Self {
        let mut model = Self {
            rules,
            now: 0,
            filed: Vec::new(),
            pools: Default::default(),
            batches: Vec::new(),
            lines: Vec::new(),
            owed: Vec::new(),
            awards: BTreeMap::new(),
            paid_in: BTreeMap::new(),
            moves: Vec::new(),
            states: Vec::new(),
            happened: BTreeMap::new(),
        };
        for (n, programme) in PROGRAMMES.iter().enumerate() {
            if programme.open {
                model.open(n);
            }
        }
        model
    }

    /// Does it, and says what must be seen.
    pub fn apply(&mut self, command: &Command) -> Seen {
        self.now += 1;
        let seen = match command {
            Command::Open(programme) => self.open(*programme),
            Command::File(claim) => self.file(claim),
            Command::Replay(index) => self.replay(*index),
            Command::Reuse(index, claim) if self.filed[*index].filed_as == *claim => {
                self.replay(*index)
            }
            Command::Reuse(..) => problem(422, "idempotency_key_reused"),
            Command::Act(who, index, off, deed) => self.act(*who, *index, *off, deed),
            Command::Run(who, office) if !office.allows(*who) => wrong_role(),
            Command::Run(who, office) => self.run(who.person(), office),
            Command::TopUp(programme, yuan) => self.top_up(*programme, yuan * 100),
            Command::Import(award, serial) => self.import(*award, *serial),
            Command::Overdue(index) => self.overdue(*index),
            Command::Restart => {
                self.happens("restart".to_owned(), 4);
                exit(0)
            }
        };
        for programme in 0..PROGRAMMES.len() {
            self.promote(programme);
        }
        for code in &seen.codes {
            self.happens(format!("{} {code}", seen.status), 2);
        }
        seen
    }

    fn act(&mut self, who: Who, index: usize, off: i64, deed: &Deed) -> Seen {
        if !deed.allows(who) {
            return wrong_role();
        }
        if who == Who::OtherDealer {
            return problem(404, "claim_not_found");
        }
        if off != 0 {
            return problem(412, "version_stale");
        }
        let done = if deed.is_dealers() {
            self.dealer(index, deed)
        } else {
            self.decide(index, who, deed)
        };
        // Whoever waits again may be given money at once.
        self.promote(self.filed[index].claim.programme);
        done.map_or_else(|refused| refused, |()| self.shown(index))
    }

    fn run(&mut self, person: usize, office: &Office) -> Seen {
        match office {
            Office::Next => self.next(person),
            Office::Flag(index) => self.flag(*index),
            Office::Clear(index, code) => self.clear(*index, code),
            Office::Seal(programme, limit) => self.seal(person, *programme, *limit),
            Office::Release(batch) => self.release(person, *batch),
            Office::Discard(batch) => self.discard(*batch),
            Office::Outcomes(outcomes) => self.outcomes(outcomes),
            Office::PayIn(owed, fen, reference) => self.pay_in(*owed, *fen, *reference),
            Office::Stage(programme, stage, stop) => self.stage(*programme, *stage, *stop),
            Office::Money(programme, money, fen) => self.money(*programme, *money, *fen),
        }
    }

    /// The claim as an answer shows it.
    fn shown(&self, index: usize) -> Seen {
        let filed = &self.filed[index];
        let refused = matches!(filed.state, State::Refused | State::Appealed);
        Seen {
            status: 200,
            state: filed.state.as_str().to_owned(),
            amount: filed.amount,
            position: filed.position,
            codes: if refused {
                filed.reasons.clone()
            } else {
                Vec::new()
            },
            ..Seen::default()
        }
    }

    /// Moves a claim, with its entry.
    fn go(&mut self, index: usize, act: Act, to: State, kind: &str, fen: i64) {
        let filed = &mut self.filed[index];
        let from = filed.state;
        self.moves.push((act, from, to));
        self.states.push(to);
        filed.state = to;
        filed.revision += 1;
        filed.desk = None;
        filed.deadline = false;
        let (pooled, programme) = (filed.pooled, filed.claim.programme);
        self.happens(format!("{act:?} {from} {to}"), weight(act, from));
        if pooled {
            self.tell(programme, kind, fen);
        }
    }

    fn happens(&mut self, what: String, weight: usize) {
        *self.happened.entry(what).or_default() += weight;
    }

    /// How often each verdict was given, each move made, and each refusal given; what shortens a
    /// life or does nothing counts as more.
    pub fn happened(&self) -> &BTreeMap<String, usize> {
        &self.happened
    }

    /// An entry in the journal of a pool.
    fn tell(&mut self, programme: usize, kind: &str, fen: i64) {
        if let Some(pool) = &mut self.pools[programme] {
            pool.told.push((kind.to_owned(), fen));
        }
    }

    fn terms(&self, index: usize) -> &'static Programme {
        self.filed[index].claim.terms()
    }

    /// An entry about a flag; the claim itself does not change.
    fn raise_flag(&mut self, index: usize, code: &'static str) -> bool {
        let fresh = self.filed[index].flags.insert(code);
        if fresh {
            self.tell(self.filed[index].claim.programme, "flagged", 0);
        }
        fresh
    }

    fn take_flag(&mut self, index: usize, code: &str) -> bool {
        let there = self.filed[index].flags.remove(code);
        if there {
            self.tell(self.filed[index].claim.programme, "flag_cleared", 0);
        }
        there
    }

    /// Every claim of a pool.
    fn of_pool(&self, programme: usize) -> impl Iterator<Item = &Filed> {
        self.filed
            .iter()
            .filter(move |f| f.pooled && f.claim.programme == programme)
    }

    fn waiting(&self, programme: usize) -> usize {
        let waits = |f: &&Filed| f.state == State::Waiting;
        self.of_pool(programme).filter(waits).count()
    }

    /// Free, reserved, committed and paid, as they follow from the claims.
    fn money_of(&self, programme: usize) -> [i64; 4] {
        let Some(pool) = &self.pools[programme] else {
            return [0; 4];
        };
        let sum = |states: &[State]| -> i64 {
            let counted = self
                .of_pool(programme)
                .filter(|f| states.contains(&f.state));
            counted.map(|f| f.amount - f.settled).sum()
        };
        let reserved = pool.aside + sum(HELD);
        let committed = sum(&[State::Approved, State::Paying]);
        let paid = sum(&[State::Paid, State::ClawbackDue]);
        let again = match self.rules {
            Rules::FreedTwice => sum(&[State::Withdrawn]),
            _ => 0,
        };
        let free = pool.cap - reserved - committed - paid + again;
        [free, reserved, committed, paid]
    }

    /// What is nobody's in a pool, in fen.
    pub fn free(&self, programme: usize) -> i64 {
        self.money_of(programme)[0]
    }

    fn is_stopped(&self, programme: usize, stage: Stage) -> bool {
        let pool = self.pools[programme].as_ref();
        pool.is_some_and(|pool| pool.stopped.contains(&stage))
    }
}

/// As how much a move counts when one is picked that was made least: lives shall be long.
fn weight(act: Act, from: State) -> usize {
    match act {
        Act::Withdraw | Act::Void | Act::ReturnGoods | Act::Lapse => {
            let young = [
                State::Filed,
                State::Waiting,
                State::Reserved,
                State::InReview,
            ];
            if young.contains(&from) { 6 } else { 2 }
        }
        Act::UndoWithdrawal | Act::Appeal | Act::LoseAppeal => 3,
        _ => 1,
    }
}

/// Where money is held and nothing is decided.
const HELD: &[State] = &[
    State::Reserved,
    State::InReview,
    State::Returned,
    State::Recommended,
    State::RejectionProposed,
];

/// What a part of the reference comes to: done, or refused with this.
type Done = Result<(), Seen>;

/// A refused request.
pub fn problem(status: u16, code: &str) -> Seen {
    Seen {
        status,
        codes: vec![code.to_owned()],
        ..Seen::default()
    }
}

fn wrong_role() -> Seen {
    problem(403, "role_not_allowed")
}

fn wrong_state() -> Seen {
    problem(409, "wrong_state")
}

fn second_person() -> Seen {
    problem(403, "second_person_required")
}

/// A command line that ended.
pub fn exit(code: u16) -> Seen {
    Seen {
        status: code,
        ..Seen::default()
    }
}
