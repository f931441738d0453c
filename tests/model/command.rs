//! What may be done to the service, and how it is picked.

use serde_json::{Value, json};
use tradein::rehearse::SplitMix64;

use super::reference::Model;
use crate::support::claims::{claim_number, with};

/// A programme, its pool, and what the published rules say about its claims.
#[derive(Debug)]
pub struct Programme {
    /// Its id.
    pub id: &'static str,
    /// Its pool, once opened.
    pub pool: &'static str,
    /// Whether its pool is there from the start.
    pub open: bool,
    /// `strict` or `fit`.
    pub remainder: &'static str,
    /// The pool's money at first, in whole yuan.
    pub cap_yuan: i64,
    /// `appliance` or `digital`.
    pub kind: &'static str,
    /// Categories, and how many of each a person may have.
    pub categories: &'static [(&'static str, usize)],
    /// Percent of the price by energy level from 1; one entry where there are no levels.
    pub percent: &'static [i64],
    /// The most for one article, in whole yuan.
    pub most_yuan: i64,
    /// The highest price, in whole yuan.
    pub ceiling_yuan: Option<i64>,
    /// The day of its invoices.
    pub date: &'static str,
}

/// One strict pool, one fit pool, and one that is opened on the way.
pub const PROGRAMMES: [Programme; 3] = [
    Programme {
        id: "national-appliance-2025",
        pool: "appliances",
        open: true,
        remainder: "strict",
        cap_yuan: 4_000,
        kind: "appliance",
        categories: &[("fridge", 1), ("tv", 1), ("air_conditioner", 3)],
        percent: &[20, 15],
        most_yuan: 2_000,
        ceiling_yuan: None,
        date: "2025-03-02",
    },
    Programme {
        id: "national-digital-2025",
        pool: "digital",
        open: true,
        remainder: "fit",
        cap_yuan: 900,
        kind: "digital",
        categories: &[("phone", 1), ("tablet", 1), ("watch", 1)],
        percent: &[15],
        most_yuan: 500,
        ceiling_yuan: Some(6_000),
        date: "2025-03-02",
    },
    Programme {
        id: "national-digital-2026",
        pool: "later",
        open: false,
        remainder: "strict",
        cap_yuan: 600,
        kind: "digital",
        categories: &[("phone", 1), ("tablet", 1), ("glasses", 1)],
        percent: &[15],
        most_yuan: 500,
        ceiling_yuan: Some(6_000),
        date: "2026-02-10",
    },
];

/// What somebody claims; small numbers, so that claims get into each other's way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Index into [`PROGRAMMES`].
    pub programme: usize,
    /// Who.
    pub person: u64,
    /// Index into the categories.
    pub category: usize,
    /// Energy level, from 1.
    pub level: usize,
    /// Serial number.
    pub serial: u64,
    /// Invoice number.
    pub invoice: u64,
    /// Price in whole yuan.
    pub yuan: i64,
    /// The shop took one fen too little off.
    pub paid_wrong: bool,
}

impl Claim {
    /// Its programme.
    pub fn terms(&self) -> &'static Programme {
        &PROGRAMMES[self.programme]
    }

    /// Its category.
    pub fn category(&self) -> (&'static str, usize) {
        self.terms().categories[self.category]
    }

    /// What the programme pays, in fen: a percentage of whole yuan is a whole number of fen.
    pub fn amount(&self) -> i64 {
        let terms = self.terms();
        let percent = terms.percent[self.level - 1];
        (self.yuan * percent).min(terms.most_yuan * 100)
    }

    /// Whether it names the one telephone that everybody has.
    pub fn has_imei(&self) -> bool {
        self.category().0 == "phone"
    }

    /// The request.
    pub fn body(&self) -> Value {
        let terms = self.terms();
        let mut item = json!({
            "kind": terms.kind, "category": self.category().0, "gtin": "6901234567892",
            "serial": format!("SN{:06}", self.serial), "model": "M-1",
        });
        if terms.kind == "appliance" {
            item["energy_level"] = json!(self.level);
        }
        if self.has_imei() {
            item["imei"] = json!(["490154203237518"]);
        }
        let paid = self.yuan * 100 - self.amount() + i64::from(self.paid_wrong);
        let number = format!("{}4120{:014}", &terms.date[2..4], self.invoice);
        let mut body = claim_number(PROGRAMMES[0].id, self.person);
        for (pointer, value) in [
            ("/programme", json!(terms.id)),
            ("/new_item", item),
            ("/invoice/number", json!(number)),
            ("/invoice/date", json!(terms.date)),
            ("/invoice/total", json!(format!("{}.00", self.yuan))),
            (
                "/invoice/paid",
                json!(format!("{}.{:02}", paid / 100, paid % 100)),
            ),
        ] {
            body = with(body, pointer, value);
        }
        body
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
    /// Take a claim back, having seen it at this many revisions from its real one.
    Withdraw(usize, i64),
    /// Put money into the pool of a programme, in whole yuan.
    TopUp(usize, i64),
    /// End the service and start it again.
    Restart,
}

/// Picks what is done next.
pub fn next_command(random: &mut SplitMix64, model: &Model) -> Command {
    let filed = model.filed() as u64;
    let earlier = |random: &mut SplitMix64| random.below(filed) as usize;
    match random.below(100) {
        0..12 if filed > 0 => Command::Replay(earlier(random)),
        12..16 if filed > 0 => Command::Reuse(earlier(random), any_claim(random)),
        16..24 if filed > 0 => Command::File(model.claim(earlier(random)).clone()),
        24..40 if filed > 0 => {
            let off = [0, 0, 0, 0, 1][random.below(5) as usize];
            Command::Withdraw(earlier(random), off)
        }
        40..45 => {
            let programme = random.below(PROGRAMMES.len() as u64) as usize;
            Command::TopUp(programme, 1 + random.below(400) as i64)
        }
        45..47 => Command::Restart,
        47..51 => Command::Open(random.below(PROGRAMMES.len() as u64) as usize),
        _ => Command::File(any_claim(random)),
    }
}

fn any_claim(random: &mut SplitMix64) -> Claim {
    let programme = random.below(PROGRAMMES.len() as u64) as usize;
    let terms = &PROGRAMMES[programme];
    Claim {
        programme,
        person: random.below(16),
        category: random.below(terms.categories.len() as u64) as usize,
        level: 1 + random.below(terms.percent.len() as u64) as usize,
        serial: random.below(150),
        invoice: random.below(150),
        yuan: 600 + random.below(5_600) as i64,
        paid_wrong: random.below(25) == 0,
    }
}
