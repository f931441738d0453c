//! What may be done to the service.

use super::programmes::Claim;

/// People of the bureau; each has every role, so that only the person tells who prepared what.
pub const PEOPLE: usize = 3;

/// What a person of the bureau may act as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Prepares decisions.
    Reviewer,
    /// Decides what another prepared.
    Approver,
    /// Pays.
    Finance,
    /// Runs the pools.
    Operator,
}

impl Role {
    /// Every one.
    pub const ALL: [Role; 4] = [
        Role::Reviewer,
        Role::Approver,
        Role::Finance,
        Role::Operator,
    ];

    /// The word on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Role::Reviewer => "reviewer",
            Role::Approver => "approver",
            Role::Finance => "finance",
            Role::Operator => "operator",
        }
    }
}

/// Who sends a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// The dealer that files all claims.
    Dealer,
    /// Another one.
    OtherDealer,
    /// A person of the bureau in a role.
    Staff(usize, Role),
}

impl Who {
    /// In which role, if he is of the bureau.
    pub fn role(self) -> Option<Role> {
        match self {
            Who::Staff(_, role) => Some(role),
            _ => None,
        }
    }

    /// The person; none of the bureau is nobody.
    pub fn person(self) -> usize {
        match self {
            Who::Staff(person, _) => person,
            _ => usize::MAX,
        }
    }
}

/// What is done next. Claims are named by the order in which they were filed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Open the pool of a programme.
    Open(usize),
    /// File a claim with a fresh key.
    File(Claim),
    /// Send a claim again with its own key.
    Replay(usize),
    /// Send something else with the key of a claim.
    Reuse(usize, Claim),
    /// Do something to a claim that was seen at this many revisions from its real one.
    Act(Who, usize, i64, Deed),
    /// Do something that is about no one version of a claim.
    Run(Who, Office),
    /// Put money into the pool of a programme at the command line, in whole yuan.
    TopUp(usize, i64),
    /// Import a national award for the car with this number.
    Import(Award, u64),
    /// The deadline of a claim comes, if it has one.
    Overdue(usize),
    /// End the service and start it again.
    Restart,
}

/// Something done to a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// The dealer takes it back.
    Withdraw,
    /// The dealer takes that back.
    Undo,
    /// The dealer sends a paper.
    Paper(&'static str),
    /// The dealer sends the final invoice: its number and the price in whole yuan.
    Invoice(u64, i64),
    /// The dealer sends the corrected claim.
    Correct(Claim),
    /// The dealer says that the goods went back.
    GoodsReturned,
    /// The dealer contests a refusal.
    Appeal,
    /// A reviewer finds it good.
    Recommend,
    /// A reviewer gives it back.
    Return,
    /// A reviewer proposes a rejection, an approver confirms it.
    Reject,
    /// An approver sends it back to review.
    Reopen,
    /// An approver approves.
    Approve,
    /// An approver ends it.
    Void,
    /// An approver decides an appeal: won or lost.
    Decide(bool),
}

impl Deed {
    /// Whether it is a dealer's.
    pub fn is_dealers(&self) -> bool {
        use Deed::{Appeal, Correct, GoodsReturned, Invoice, Paper, Undo, Withdraw};
        matches!(
            self,
            Withdraw | Undo | Paper(_) | Invoice(..) | Correct(_) | GoodsReturned | Appeal
        )
    }

    /// Who may do it.
    pub fn allows(&self, who: Who) -> bool {
        match self {
            deed if deed.is_dealers() => who.role().is_none(),
            Deed::Recommend | Deed::Return => who.role() == Some(Role::Reviewer),
            Deed::Reject => matches!(who.role(), Some(Role::Reviewer | Role::Approver)),
            _ => who.role() == Some(Role::Approver),
        }
    }
}

/// Something of the bureau.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Office {
    /// A reviewer takes the next claim.
    Next,
    /// Put a flag on a claim.
    Flag(usize),
    /// Take a flag off.
    Clear(usize, &'static str),
    /// Seal at most so many claims of a pool.
    Seal(usize, usize),
    /// Release a batch.
    Release(usize),
    /// Discard a batch.
    Discard(usize),
    /// What the bank says: claims with the number of the attempt and whether it was paid.
    Outcomes(Vec<(usize, usize, bool)>),
    /// Money came back for a receivable: fen under a reference.
    PayIn(usize, i64, u64),
    /// Stop a stage of a pool or let it go on.
    Stage(usize, Stage, bool),
    /// Do something with the money of a pool, in fen.
    Money(usize, Money, i64),
}

impl Office {
    /// Who may do it.
    pub fn allows(&self, who: Who) -> bool {
        let roles: &[Role] = match self {
            Office::Next => &[Role::Reviewer],
            Office::Flag(_) | Office::Clear(..) => &[Role::Reviewer, Role::Approver],
            Office::Seal(..)
            | Office::Release(_)
            | Office::Discard(_)
            | Office::Outcomes(_)
            | Office::PayIn(..) => &[Role::Finance],
            Office::Stage(..) | Office::Money(..) => &[Role::Operator],
        };
        who.role().is_some_and(|role| roles.contains(&role))
    }
}

/// What can be stopped of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// New claims.
    Intake,
    /// Money for claims.
    Allocation,
    /// Batches.
    Payout,
}

impl Stage {
    /// Every one.
    pub const ALL: [Stage; 3] = [Stage::Intake, Stage::Allocation, Stage::Payout];

    /// The word in requests.
    pub const fn as_str(self) -> &'static str {
        match self {
            Stage::Intake => "intake",
            Stage::Allocation => "allocation",
            Stage::Payout => "payout",
        }
    }
}

/// What is done with a pool's money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Money {
    /// More comes in.
    TopUp,
    /// Some is set aside for appeals.
    SetAside,
    /// Some of that is free again.
    ReleaseAside,
    /// Free money goes to the pool of this programme.
    TransferTo(usize),
}

/// A national award.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Award {
    /// For a car that was scrapped.
    Scrappage,
    /// For a car that was replaced.
    Replacement,
}

impl Award {
    /// The word in the register.
    pub const fn as_str(self) -> &'static str {
        match self {
            Award::Scrappage => "scrappage",
            Award::Replacement => "replacement",
        }
    }

    /// The reason that it gives, which is also the flag's word.
    pub const fn reason(self) -> &'static str {
        match self {
            Award::Scrappage => "already_had_scrappage",
            Award::Replacement => "already_had_replacement",
        }
    }
}
