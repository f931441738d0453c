//! The programmes of the model, what the published rules say about them, and their claims.

use serde_json::{Value, json};

use crate::support::claims::{claim_number, with};

/// Something that is so in a programme and not in others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Term {
    /// The last paper gives a claim its place.
    ByPapers,
    /// When the money is gone, who comes is refused; elsewhere he waits.
    Refuses,
    /// A claim may be opened at the counter, before its invoice.
    Counter,
    /// The shop takes the subsidy off at the till, and is paid.
    Till,
    /// Refusals may be contested.
    Appeals,
    /// The person's place stays used when goods go back.
    PlaceUsed,
    /// National awards for the car exclude it.
    Awards,
}

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
    /// `vehicle`, `appliance` or `digital`.
    pub kind: &'static str,
    /// Categories, and how many of each a person may have.
    pub categories: &'static [(&'static str, usize)],
    /// Thousandths of a percent of the price by energy level from 1; one entry where there are
    /// no levels.
    pub rates: &'static [i64],
    /// The most for one article, in whole yuan.
    pub most_yuan: i64,
    /// The highest price, in whole yuan.
    pub ceiling_yuan: Option<i64>,
    /// The lowest price that is filed, in whole yuan, and how many more there are.
    pub prices: (i64, u64),
    /// The day of its invoices.
    pub date: &'static str,
    /// The papers that are sent as files.
    pub papers: &'static [&'static str],
    /// How often a claim is returned.
    pub rounds: u32,
    /// What else is so.
    pub terms: &'static [Term],
}

/// Goods that nobody has a limit of.
const ANY: usize = usize::MAX;
const COUNTER: &str = include_str!("../data/packs/counter-invoice.toml");
const NO_PAPERS: &str = include_str!("../data/packs/no-papers.toml");

/// Every way that a pool may go: strict and fit, by submission and by papers, with a line and
/// without, opened on the way, opened at the counter, without papers.
pub const PROGRAMMES: [Programme; 7] = [
    Programme {
        id: "national-appliance-2025",
        pool: "appliances",
        open: true,
        remainder: "strict",
        cap_yuan: 4_000,
        kind: "appliance",
        categories: &[("fridge", 1), ("tv", 1), ("air_conditioner", 3)],
        rates: &[20_000, 15_000],
        most_yuan: 2_000,
        ceiling_yuan: None,
        prices: (600, 5_600),
        date: "2025-03-02",
        papers: &["invoice_copy", "delivery_receipt"],
        rounds: 2,
        terms: &[Term::Till, Term::Appeals],
    },
    Programme {
        id: "national-digital-2025",
        pool: "digital",
        open: true,
        remainder: "fit",
        cap_yuan: 900,
        kind: "digital",
        categories: &[("phone", 1), ("tablet", 1), ("watch", 1)],
        rates: &[15_000],
        most_yuan: 500,
        ceiling_yuan: Some(6_000),
        prices: (600, 5_600),
        date: "2025-03-02",
        papers: &["invoice_copy"],
        rounds: 2,
        terms: &[Term::Till, Term::Appeals, Term::PlaceUsed],
    },
    Programme {
        id: "national-digital-2026",
        pool: "later",
        open: false,
        remainder: "strict",
        cap_yuan: 600,
        kind: "digital",
        categories: &[("phone", 1), ("tablet", 1), ("glasses", 1)],
        rates: &[15_000],
        most_yuan: 500,
        ceiling_yuan: Some(6_000),
        prices: (600, 5_600),
        date: "2026-02-10",
        papers: &["invoice_copy"],
        rounds: 2,
        terms: &[Term::Till],
    },
    Programme {
        id: "test-counter-line",
        pool: "line",
        terms: &[Term::Counter, Term::ByPapers],
        ..AT_THE_COUNTER
    },
    Programme {
        id: "test-counter-refuse",
        pool: "refuse",
        remainder: "fit",
        terms: &[Term::Counter, Term::ByPapers, Term::Refuses, Term::Appeals],
        ..AT_THE_COUNTER
    },
    Programme {
        id: "test-counter-invoice",
        pool: "counter",
        terms: &[Term::Counter, Term::Appeals],
        ..AT_THE_COUNTER
    },
    Programme {
        id: "test-no-papers",
        pool: "cars",
        open: true,
        remainder: "strict",
        cap_yuan: 6_000,
        kind: "vehicle",
        categories: &[("car", ANY)],
        rates: &[3_137],
        most_yuan: 1_000_000,
        ceiling_yuan: None,
        prices: (20_000, 90_000),
        date: "2025-03-02",
        papers: &[],
        rounds: 5,
        terms: &[Term::Awards],
    },
];

const AT_THE_COUNTER: Programme = Programme {
    id: "",
    pool: "",
    open: true,
    remainder: "strict",
    cap_yuan: 2_600,
    kind: "appliance",
    categories: &[("fridge", ANY), ("tv", ANY)],
    rates: &[20_000, 15_000],
    most_yuan: 2_000,
    ceiling_yuan: None,
    prices: (2_000, 8_000),
    date: "2025-03-02",
    papers: &["delivery_receipt"],
    rounds: 1,
    terms: &[],
};

impl Programme {
    /// Whether something is so in it.
    pub fn has(&self, term: Term) -> bool {
        self.terms.contains(&term)
    }

    /// The pack.
    pub fn pack(&self) -> String {
        let mut text = match self.kind {
            "vehicle" => NO_PAPERS.to_owned(),
            _ if self.has(Term::Counter) => COUNTER.replace("test-counter-invoice", self.id),
            _ => {
                let root = env!("CARGO_MANIFEST_DIR");
                let file = format!("{root}/config/programmes/{}.toml", self.id);
                std::fs::read_to_string(file).unwrap()
            }
        };
        if self.has(Term::ByPapers) {
            text = text.replace("\"submission\"", "\"complete\"");
        }
        if self.has(Term::Refuses) {
            text = text.replace("\"strict\"", "\"fit\"");
            text = text.replace("\"waitlist\"", "\"refuse\"");
        }
        let basis = "basis = { document = \"rules\", clause = \"x\" }";
        if self.has(Term::Appeals) {
            text += &format!("[appeals]\ndays = 15\n{basis}\n");
        }
        if self.has(Term::PlaceUsed) {
            text += &format!("[returns]\nrestored_by_return = false\n{basis}\n");
        }
        text
    }
}

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
    /// Serial number, or the number of the cars given up and bought.
    pub serial: u64,
    /// Invoice number.
    pub invoice: u64,
    /// Price in whole yuan.
    pub yuan: i64,
    /// The shop took one fen too little off.
    pub paid_wrong: bool,
    /// Opened at the counter: the invoice comes later.
    pub opened: bool,
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

    /// What the programme pays, in fen, cut to whole fen; before the invoice the most that it
    /// can be.
    pub fn amount(&self) -> i64 {
        let terms = self.terms();
        let most = terms.most_yuan * 100;
        if self.opened {
            return most;
        }
        (self.yuan * terms.rates[self.level - 1] / 1_000).min(most)
    }

    /// Whether it names the one telephone that everybody has.
    pub fn has_imei(&self) -> bool {
        self.category().0 == "phone"
    }

    /// The request.
    pub fn body(&self) -> Value {
        let terms = self.terms();
        let mut body = if terms.kind == "vehicle" {
            self.car()
        } else {
            with(
                claim_number(PROGRAMMES[0].id, self.person),
                "/new_item",
                self.article(),
            )
        };
        let off = if terms.has(Term::Till) {
            self.amount() - i64::from(self.paid_wrong)
        } else {
            0
        };
        let paid = self.yuan * 100 - off;
        let number = format!("{}4120{:014}", &terms.date[2..4], self.invoice);
        for (pointer, value) in [
            ("/programme", json!(terms.id)),
            ("/invoice/number", json!(number)),
            ("/invoice/date", json!(terms.date)),
            ("/invoice/total", json!(format!("{}.00", self.yuan))),
            ("/invoice/paid", json!(yuan(paid))),
        ] {
            body = with(body, pointer, value);
        }
        if self.opened {
            body = with(body, "/invoice", Value::Null);
        }
        body
    }

    fn article(&self) -> Value {
        let kind = self.terms().kind;
        let mut item = json!({
            "kind": kind, "category": self.category().0, "gtin": "6901234567892",
            "serial": format!("SN{:06}", self.serial), "model": "M-1",
        });
        if kind == "appliance" {
            item["energy_level"] = json!(self.level);
        }
        if self.has_imei() {
            item["imei"] = json!(["490154203237518"]);
        }
        item
    }

    /// The cars of one number with another person.
    fn car(&self) -> Value {
        let mut body = cars(self.serial);
        let consumer = claim_number(PROGRAMMES[0].id, self.person)["consumer"].clone();
        for pointer in [
            "/old_item/owner_id_number",
            "/old_item/disposal/seller_id_number",
            "/invoice/buyer_id_number",
        ] {
            body = with(body, pointer, consumer["id_number"].clone());
        }
        with(body, "/consumer", consumer)
    }
}

/// A claim for the cars of this number.
pub fn cars(serial: u64) -> Value {
    claim_number("henan-car-replacement-2025", serial)
}

/// An amount as the service writes it.
pub fn yuan(fen: i64) -> String {
    format!("{}.{:02}", fen / 100, fen % 100)
}
