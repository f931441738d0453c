//! The reference: everything in memory, one thing at a time, as plain as it can be.

use super::command::{Claim, Command, PROGRAMMES};

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
}

/// What everybody sees of a pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// Its name.
    pub pool: String,
    /// All money, in fen.
    pub cap: i64,
    /// Nobody's, in fen.
    pub free: i64,
    /// Held, in fen.
    pub reserved: i64,
    /// How many wait.
    pub waiting: usize,
}

/// A claim as it stands: state, place and revision.
pub type Standing = (String, Option<i64>, i64);

#[derive(Debug)]
struct Filed {
    claim: Claim,
    first: Seen,
    state: &'static str,
    position: Option<i64>,
    revision: i64,
}

impl Filed {
    fn is_live(&self) -> bool {
        matches!(self.state, "reserved" | "waiting")
    }
}

/// The model.
#[derive(Debug)]
pub struct Model {
    rules: Rules,
    filed: Vec<Filed>,
    /// The money of each programme's pool in fen; none before it is opened.
    caps: [Option<i64>; PROGRAMMES.len()],
}

impl Model {
    /// At the start.
    pub fn new(rules: Rules) -> Self {
        let caps = PROGRAMMES
            .each_ref()
            .map(|p| p.open.then_some(p.cap_yuan * 100));
        Self {
            rules,
            filed: Vec::new(),
            caps,
        }
    }

    /// How many claims got a verdict.
    pub fn filed(&self) -> usize {
        self.filed.len()
    }

    /// An earlier claim.
    pub fn claim(&self, index: usize) -> &Claim {
        &self.filed[index].claim
    }

    /// Every claim as it stands.
    pub fn claims(&self) -> Vec<Standing> {
        let standing = |f: &Filed| (f.state.to_owned(), f.position, f.revision);
        self.filed.iter().map(standing).collect()
    }

    /// The public figures of the pools that are open.
    pub fn figures(&self) -> Vec<Figures> {
        let of = |programme: usize| {
            let cap = self.caps[programme]?;
            Some(Figures {
                pool: PROGRAMMES[programme].pool.to_owned(),
                cap,
                free: self.free(programme),
                reserved: cap - self.free(programme),
                waiting: self.in_state(programme, "waiting").count(),
            })
        };
        (0..PROGRAMMES.len()).filter_map(of).collect()
    }

    /// Does it, and says what must be seen.
    pub fn apply(&mut self, command: &Command) -> Seen {
        match command {
            Command::Open(programme) => self.open(*programme),
            Command::File(claim) => self.file(claim),
            Command::Replay(index) => Seen {
                same_bytes: Some(true),
                ..self.filed[*index].first.clone()
            },
            Command::Reuse(index, claim) if self.filed[*index].claim == *claim => Seen {
                same_bytes: Some(true),
                ..self.filed[*index].first.clone()
            },
            Command::Reuse(..) => problem(422, "idempotency_key_reused"),
            Command::Withdraw(index, off) => self.withdraw(*index, *off),
            Command::TopUp(programme, yuan) => {
                let Some(cap) = &mut self.caps[*programme] else {
                    return exit(1);
                };
                *cap += yuan * 100;
                self.promote(*programme);
                exit(0)
            }
            Command::Restart => exit(0),
        }
    }

    fn open(&mut self, programme: usize) -> Seen {
        if self.caps[programme].is_some() {
            return exit(1);
        }
        self.caps[programme] = Some(PROGRAMMES[programme].cap_yuan * 100);
        exit(0)
    }

    fn file(&mut self, claim: &Claim) -> Seen {
        let codes = self.refusals(claim);
        let strict = claim.terms().remainder == "strict" && self.rules != Rules::NewcomersPass;
        let somebody_waits = self.in_state(claim.programme, "waiting").next().is_some();
        let state = if !codes.is_empty() {
            "refused"
        } else if claim.amount() <= self.free(claim.programme) && !(strict && somebody_waits) {
            "reserved"
        } else {
            "waiting"
        };
        let accepted = state != "refused";
        let placed = self
            .of_programme(claim.programme)
            .filter(|f| f.position.is_some());
        let position = accepted.then_some(placed.count() as i64 + 1);
        let first = Seen {
            status: 201,
            state: state.to_owned(),
            amount: if accepted { claim.amount() } else { 0 },
            position,
            codes,
            same_bytes: None,
        };
        self.filed.push(Filed {
            claim: claim.clone(),
            first: first.clone(),
            state,
            position,
            revision: 1,
        });
        first
    }

    fn refusals(&self, claim: &Claim) -> Vec<String> {
        let terms = claim.terms();
        let holders = || {
            let counts = |f: &&Filed| {
                f.is_live() || (self.rules == Rules::KeysStayTaken && f.state == "withdrawn")
            };
            self.filed.iter().filter(counts).map(|f| &f.claim)
        };
        let year = |c: &Claim| &c.terms().date[..4];
        let units = holders().filter(|other| {
            (other.programme, other.person, other.category)
                == (claim.programme, claim.person, claim.category)
        });
        // A price that draws nothing leaves nothing to be taken off it.
        let too_dear = terms.ceiling_yuan.is_some_and(|most| claim.yuan > most);
        let all = [
            (self.caps[claim.programme].is_none(), "programme_not_open"),
            (claim.paid_wrong && !too_dear, "paid_mismatch"),
            (too_dear, "price_above_ceiling"),
            (units.count() >= claim.category().1, "unit_limit_reached"),
            (
                holders().any(|other| other.serial == claim.serial),
                "asset_already_claimed",
            ),
            (
                claim.has_imei() && holders().any(Claim::has_imei),
                "asset_already_claimed",
            ),
            (
                holders().any(|o| o.invoice == claim.invoice && year(o) == year(claim)),
                "invoice_already_claimed",
            ),
        ];
        let codes = all.iter().filter(|(applies, _)| *applies);
        let mut codes: Vec<String> = codes.map(|(_, code)| (*code).to_owned()).collect();
        codes.sort();
        codes
    }

    fn withdraw(&mut self, index: usize, off: i64) -> Seen {
        if off != 0 {
            return problem(412, "version_stale");
        }
        let filed = &mut self.filed[index];
        if !filed.is_live() {
            return problem(409, "wrong_state");
        }
        filed.state = "withdrawn";
        filed.revision += 1;
        let seen = Seen {
            status: 200,
            state: "withdrawn".to_owned(),
            amount: filed.claim.amount(),
            position: filed.position,
            ..Seen::default()
        };
        let programme = filed.claim.programme;
        self.promote(programme);
        seen
    }

    fn promote(&mut self, programme: usize) {
        if self.rules == Rules::NobodyIsPromoted {
            return;
        }
        for index in 0..self.filed.len() {
            let free = self.free(programme);
            let filed = &mut self.filed[index];
            if filed.claim.programme != programme || filed.state != "waiting" {
                continue;
            }
            if filed.claim.amount() <= free {
                filed.state = "reserved";
                filed.revision += 1;
            } else if PROGRAMMES[programme].remainder == "strict" {
                return;
            }
        }
    }

    fn of_programme(&self, programme: usize) -> impl Iterator<Item = &Filed> {
        self.filed
            .iter()
            .filter(move |f| f.claim.programme == programme)
    }

    fn in_state(&self, programme: usize, state: &'static str) -> impl Iterator<Item = &Filed> {
        self.of_programme(programme)
            .filter(move |f| f.state == state)
    }

    fn free(&self, programme: usize) -> i64 {
        let held = self
            .in_state(programme, "reserved")
            .map(|f| f.claim.amount());
        self.caps[programme].unwrap_or(0) - held.sum::<i64>()
    }
}

/// A refused request.
pub fn problem(status: u16, code: &str) -> Seen {
    Seen {
        status,
        codes: vec![code.to_owned()],
        ..Seen::default()
    }
}

/// A command line that ended.
pub fn exit(code: u16) -> Seen {
    Seen {
        status: code,
        ..Seen::default()
    }
}
