//! Everything there is: what is committed, what two instances are about to do, and what was answered.

const CLAIMS: usize = 3;
/// Crashes in one history.
const CRASHES: u8 = 1;

/// Who wants what.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// The pool of each claim.
    pub pool_of: [usize; CLAIMS],
    /// The asset that each names.
    pub asset_of: [usize; CLAIMS],
    /// What each asks for.
    pub amount: [i8; CLAIMS],
    /// What is in each pool.
    pub cap: [i8; 2],
    /// What a top-up brings to pool 0.
    pub top_up: i8,
}

/// Two claims for one pool that has money for one, and one for another pool that names the same
/// asset as the first.
pub const TWO_POOLS: Case = Case {
    pool_of: [0, 0, 1],
    asset_of: [0, 1, 0],
    amount: [2, 2, 1],
    cap: [2, 1],
    top_up: 2,
};

/// Three claims for one pool that has money for one.
pub const ONE_LINE: Case = Case {
    pool_of: [0; CLAIMS],
    asset_of: [0, 1, 2],
    amount: [1; CLAIMS],
    cap: [1, 0],
    top_up: 1,
};

/// What is done right; a design error is one of them left out.
#[derive(Debug, Clone, Copy)]
pub struct Design {
    /// Who wants what.
    pub case: Case,
    /// A transaction locks its pool's row.
    pub locks: bool,
    /// It reads what it decides by after that.
    pub reads_under_lock: bool,
    /// A unique index refuses a second live claim of an asset.
    pub index_decides: bool,
    /// Nothing is answered before the commit.
    pub answers_after_commit: bool,
    /// A request that comes again finds its answer.
    pub knows_its_requests: bool,
    /// Freed money goes to the line in the transaction that frees it.
    pub promotes_in_the_same_transaction: bool,
    /// It goes to the head of the line.
    pub promotes_the_head: bool,
    /// An act holds for the state that it accepts, under the lock.
    pub compares_and_sets: bool,
}

/// How a claim stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum State {
    Absent,
    Waiting,
    Reserved,
    Approved,
    Refused,
    Ended,
}

impl State {
    const fn is_live(self) -> bool {
        matches!(self, State::Waiting | State::Reserved | State::Approved)
    }
}

/// What is committed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Database {
    /// The pool's rows: cap, free, reserved, committed.
    rows: [[i8; 4]; 2],
    claims: [State; CLAIMS],
    /// Places in line.
    positions: [i8; CLAIMS],
    next_position: [i8; 2],
    /// How often each submission had an effect.
    effects: [i8; CLAIMS],
    /// In which order claims of a pool were given money.
    served: Vec<(usize, i8)>,
}

/// An act of the world outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Act {
    Submit(usize),
    Approve(usize),
    Release(usize),
    Expire(usize),
    TopUp,
    /// What a design does that promotes in a transaction of its own.
    Promote(usize),
}

impl Act {
    const fn pool(self, case: &Case) -> usize {
        match self {
            Act::Submit(c) | Act::Approve(c) | Act::Release(c) | Act::Expire(c) => case.pool_of[c],
            Act::TopUp => 0,
            Act::Promote(pool) => pool,
        }
    }
}

/// Where an instance is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Instance {
    Idle,
    /// Decided to do it; nothing is locked. What was read already, where the design does so.
    Asked(Act, Option<Box<Database>>),
    /// The pool's row is locked, where the design locks.
    Begun(Act, Option<Box<Database>>),
    /// Knows what it will write: what it saw, and what it makes of it.
    Decided(Act, Box<Database>, Box<Database>),
    /// Committed; the answer is on its way.
    Committed(Act),
}

/// What the caller of a submission knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Client {
    Idle,
    Waits,
    /// His connection broke: he asks again.
    Unknown,
    Answered,
}

/// The whole.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct World {
    database: Database,
    instances: [Instance; 2],
    clients: [Client; CLAIMS],
    /// Which other acts were begun.
    begun: Vec<Act>,
    crashes: u8,
}

impl World {
    /// Nothing has happened.
    pub fn new(case: &Case) -> Self {
        Self {
            database: Database {
                rows: case.cap.map(|cap| [cap, cap, 0, 0]),
                claims: [State::Absent; CLAIMS],
                positions: [0; CLAIMS],
                next_position: [1; 2],
                effects: [0; CLAIMS],
                served: Vec::new(),
            },
            instances: [Instance::Idle, Instance::Idle],
            clients: [Client::Idle; CLAIMS],
            begun: Vec::new(),
            crashes: 0,
        }
    }

    /// Every step that may come next, with its name.
    pub fn steps(&self, design: &Design) -> Vec<(String, World)> {
        let mut steps = Vec::new();
        for i in 0..2 {
            match &self.instances[i] {
                Instance::Idle => self.begin(i, design, &mut steps),
                Instance::Asked(act, seen) => self.lock(i, *act, seen, design, &mut steps),
                Instance::Begun(act, seen) => {
                    let seen = seen
                        .clone()
                        .unwrap_or_else(|| Box::new(self.database.clone()));
                    let made = Box::new(decide(&seen, *act, design));
                    let mut next = self.with(i, Instance::Decided(*act, seen, made));
                    if !design.answers_after_commit {
                        next.answer(*act);
                    }
                    steps.push((format!("{i} decides {act:?}"), next));
                }
                Instance::Decided(act, seen, made) => {
                    steps.push((
                        format!("{i} commits {act:?}"),
                        self.commit(i, *act, seen, made, design),
                    ));
                }
                Instance::Committed(act) => {
                    let mut next = self.with(i, Instance::Idle);
                    next.answer(*act);
                    steps.push((format!("{i} answers {act:?}"), next));
                }
            }
            if self.crashes < CRASHES && self.instances[i] != Instance::Idle {
                steps.push((format!("{i} crashes"), self.crash(i)));
            }
        }
        steps
    }

    fn with(&self, i: usize, instance: Instance) -> World {
        let mut next = self.clone();
        next.instances[i] = instance;
        next
    }

    /// Callers come to an idle instance.
    fn begin(&self, i: usize, design: &Design, steps: &mut Vec<(String, World)>) {
        for claim in 0..CLAIMS {
            if matches!(self.clients[claim], Client::Idle | Client::Unknown) {
                let mut next = self.with(i, self.asked(Act::Submit(claim), design));
                next.clients[claim] = Client::Waits;
                steps.push((format!("{i} is sent claim {claim}"), next));
            }
        }
        // The others are about claim 0 and pool 0, which is where the line is.
        for act in [Act::Approve(0), Act::Release(0), Act::Expire(0), Act::TopUp] {
            let about = self.database.claims[0] != State::Absent || act == Act::TopUp;
            if about && !self.begun.contains(&act) {
                let mut next = self.with(i, self.asked(act, design));
                next.begun.push(act);
                next.begun.sort_by_key(|act| format!("{act:?}"));
                steps.push((format!("{i} is asked to {act:?}"), next));
            }
        }
    }

    fn asked(&self, act: Act, design: &Design) -> Instance {
        let seen = (!design.reads_under_lock).then(|| Box::new(self.database.clone()));
        Instance::Asked(act, seen)
    }

    fn lock(
        &self,
        i: usize,
        act: Act,
        seen: &Option<Box<Database>>,
        design: &Design,
        steps: &mut Vec<(String, World)>,
    ) {
        let pool = act.pool(&design.case);
        let held = match &self.instances[1 - i] {
            Instance::Begun(act, _) | Instance::Decided(act, ..) => act.pool(&design.case) == pool,
            _ => false,
        };
        if !(design.locks && held) {
            let begun = Instance::Begun(act, seen.clone());
            steps.push((format!("{i} locks for {act:?}"), self.with(i, begun)));
        }
    }

    fn commit(
        &self,
        i: usize,
        act: Act,
        seen: &Database,
        made: &Database,
        design: &Design,
    ) -> World {
        // The index compares with what is committed, whoever committed it.
        if let Act::Submit(claim) = act
            && design.index_decides
            && made.claims[claim].is_live()
        {
            let taken = (0..CLAIMS).any(|other| {
                other != claim
                    && design.case.asset_of[other] == design.case.asset_of[claim]
                    && self.database.claims[other].is_live()
            });
            if taken {
                // Rolled back, and decided anew.
                return self.with(i, self.asked(act, design));
            }
        }
        let mut next = self.with(i, Instance::Committed(act));
        next.database.take(act.pool(&design.case), seen, made);
        if !design.promotes_in_the_same_transaction
            && matches!(act, Act::Release(_) | Act::Expire(_) | Act::TopUp)
        {
            next.answer(act);
            let promotion = Act::Promote(act.pool(&design.case));
            next.instances[i] = next.asked(promotion, design);
        }
        next
    }

    fn answer(&mut self, act: Act) {
        if let Act::Submit(claim) = act {
            self.clients[claim] = Client::Answered;
        }
    }

    /// Whatever the instance has not committed is gone; whoever waits for it does not know.
    fn crash(&self, i: usize) -> World {
        let mut next = self.with(i, Instance::Idle);
        next.crashes += 1;
        if let Instance::Asked(Act::Submit(claim), _)
        | Instance::Begun(Act::Submit(claim), _)
        | Instance::Decided(Act::Submit(claim), ..)
        | Instance::Committed(Act::Submit(claim)) = self.instances[i]
            && self.clients[claim] == Client::Waits
        {
            next.clients[claim] = Client::Unknown;
        }
        next
    }

    /// What no state may show.
    pub fn wrong(&self, design: &Design) -> Option<String> {
        self.database.wrong(design).or_else(|| {
            let lost = (0..CLAIMS).find(|&claim| {
                let done = self.database.claims[claim] != State::Absent;
                self.clients[claim] == Client::Answered && !done
            });
            // With an early answer the claim may still come; it is lost once nobody works on it.
            let claim = lost?;
            let worked_on = self.instances.iter().any(|instance| match instance {
                Instance::Decided(Act::Submit(c), ..) => *c == claim,
                _ => false,
            });
            (!worked_on).then(|| format!("claim {claim} was acknowledged and is not there"))
        })
    }

    /// What no state may show in which everything has come to rest.
    pub fn wrong_at_the_end(&self, design: &Design) -> Option<String> {
        if let Some(claim) = self.clients.iter().position(|c| *c != Client::Answered) {
            return Some(format!("the caller of claim {claim} never hears of it"));
        }
        let head = |pool: usize| {
            (0..CLAIMS)
                .filter(|&c| {
                    design.case.pool_of[c] == pool && self.database.claims[c] == State::Waiting
                })
                .min_by_key(|&c| self.database.positions[c])
        };
        (0..2).find_map(|pool| {
            let claim = head(pool)?;
            let free = self.database.rows[pool][1];
            (design.case.amount[claim] <= free)
                .then(|| format!("claim {claim} waits although {free} is free"))
        })
    }
}

impl Database {
    /// Writes what a transaction made of what it saw: its pool's row whole, and the rows of the
    /// claims that it changed.
    fn take(&mut self, pool: usize, seen: &Database, made: &Database) {
        self.rows[pool] = made.rows[pool];
        self.next_position[pool] = made.next_position[pool];
        for claim in 0..CLAIMS {
            if made.claims[claim] != seen.claims[claim] {
                self.claims[claim] = made.claims[claim];
            }
            if made.positions[claim] != seen.positions[claim] {
                self.positions[claim] = made.positions[claim];
            }
            self.effects[claim] += made.effects[claim] - seen.effects[claim];
        }
        self.served
            .extend_from_slice(&made.served[seen.served.len()..]);
    }

    fn wrong(&self, design: &Design) -> Option<String> {
        for pool in 0..2 {
            let [cap, free, reserved, committed] = self.rows[pool];
            let held = |state: State| -> i8 {
                let of = |&c: &usize| design.case.pool_of[c] == pool && self.claims[c] == state;
                (0..CLAIMS).filter(of).map(|c| design.case.amount[c]).sum()
            };
            let sums = free + reserved + committed == cap && free >= 0;
            if !sums || held(State::Reserved) != reserved || held(State::Approved) != committed {
                return Some(format!(
                    "the money of pool {pool} does not add up: {:?}",
                    self.rows[pool]
                ));
            }
        }
        let live = |asset: usize| {
            let of = |&c: &usize| design.case.asset_of[c] == asset && self.claims[c].is_live();
            (0..CLAIMS).filter(of).count()
        };
        if live(0) > 1 {
            return Some("one asset has two live claims".to_owned());
        }
        if let Some(claim) = self.effects.iter().position(|n| *n > 1) {
            return Some(format!("claim {claim} took effect twice"));
        }
        for pool in 0..2 {
            let order = self.served.iter().filter(|(p, _)| *p == pool);
            let order: Vec<i8> = order.map(|(_, position)| *position).collect();
            if order.is_sorted() {
                continue;
            }
            return Some(format!("somebody of pool {pool} was passed: {order:?}"));
        }
        None
    }

    fn give(&mut self, claim: usize, design: &Design) {
        let row = &mut self.rows[design.case.pool_of[claim]];
        row[1] -= design.case.amount[claim];
        row[2] += design.case.amount[claim];
        self.claims[claim] = State::Reserved;
        self.served
            .push((design.case.pool_of[claim], self.positions[claim]));
    }

    /// Money to the line.
    fn promote(&mut self, pool: usize, design: &Design) {
        let mut line: Vec<usize> = (0..CLAIMS)
            .filter(|&c| design.case.pool_of[c] == pool && self.claims[c] == State::Waiting)
            .collect();
        line.sort_by_key(|&c| self.positions[c]);
        if !design.promotes_the_head {
            line.reverse();
        }
        for claim in line {
            if design.case.amount[claim] > self.rows[pool][1] {
                break;
            }
            self.give(claim, design);
        }
    }
}

/// What a transaction makes of what it sees.
fn decide(seen: &Database, act: Act, design: &Design) -> Database {
    let mut made = seen.clone();
    let pool = act.pool(&design.case);
    match act {
        Act::Submit(claim) => submit(&mut made, claim, design),
        Act::TopUp => {
            made.rows[pool][0] += design.case.top_up;
            made.rows[pool][1] += design.case.top_up;
        }
        Act::Approve(claim) => {
            if made.claims[claim] == State::Reserved {
                made.claims[claim] = State::Approved;
                made.rows[pool][2] -= design.case.amount[claim];
                made.rows[pool][3] += design.case.amount[claim];
            }
        }
        Act::Release(claim) | Act::Expire(claim) => {
            let accepts = made.claims[claim] == State::Reserved;
            // Without looking again, the act goes by what held when it was asked for.
            if accepts || (!design.compares_and_sets && made.claims[claim] != State::Absent) {
                made.claims[claim] = State::Ended;
                made.rows[pool][2] -= design.case.amount[claim];
                made.rows[pool][1] += design.case.amount[claim];
            }
        }
        Act::Promote(_) => made.promote(pool, design),
    }
    if design.promotes_in_the_same_transaction && !matches!(act, Act::Submit(_)) {
        made.promote(pool, design);
    }
    made
}

fn submit(made: &mut Database, claim: usize, design: &Design) {
    let pool = design.case.pool_of[claim];
    if made.claims[claim] != State::Absent && design.knows_its_requests {
        return;
    }
    made.effects[claim] += 1;
    let taken = (0..CLAIMS).any(|other| {
        other != claim
            && design.case.asset_of[other] == design.case.asset_of[claim]
            && made.claims[other].is_live()
    });
    if taken {
        made.claims[claim] = State::Refused;
        return;
    }
    made.positions[claim] = made.next_position[pool];
    made.next_position[pool] += 1;
    let somebody_waits =
        (0..CLAIMS).any(|c| design.case.pool_of[c] == pool && made.claims[c] == State::Waiting);
    if somebody_waits || design.case.amount[claim] > made.rows[pool][1] {
        made.claims[claim] = State::Waiting;
    } else {
        made.give(claim, design);
    }
}
