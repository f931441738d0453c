//! A bank that times out and answers late, in parts, twice, out of order, in two forms and in
//! contradictions. What it does with money is another matter: that it knows exactly.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;

use tradein::domain::money::Fen;
use tradein::rehearse::SplitMix64;

/// The longest that an answer takes, in steps.
const LATEST: u64 = 4;

/// What becomes of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Truth {
    /// The payee has the money.
    Paid,
    /// The payee never had it.
    Returned,
    /// He had it, and it came back later.
    CameBack,
}

/// A payment that the bank was told to make.
#[derive(Debug)]
struct Payment {
    claim: String,
    amount: Fen,
    /// The money is with the payee now.
    outside: bool,
}

/// What a line of a report says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The payment.
    pub id: String,
    /// Whether it says that it was paid.
    pub paid: bool,
    /// Whether that is so.
    pub true_now: bool,
}

/// A file for the bureau.
#[derive(Debug, Clone)]
pub struct Report {
    /// `text/csv`, or else XML.
    pub csv: bool,
    /// The file.
    pub bytes: Vec<u8>,
    /// What it says.
    pub told: Vec<Told>,
    /// The message that it refuses as a whole.
    pub refuses: Option<String>,
}

/// News that the bureau does not have yet.
#[derive(Debug, Clone)]
struct News {
    due: u64,
    id: String,
    paid: bool,
    lies_first: bool,
}

/// The bank.
#[derive(Debug)]
pub struct Bank {
    random: SplitMix64,
    payments: BTreeMap<String, Payment>,
    messages: HashSet<String>,
    news: Vec<News>,
    refused: Vec<(u64, String)>,
    old: Vec<Report>,
    /// What the bank was asked to do and should not have been.
    pub wrong: Vec<String>,
    /// From now on it answers at once and pays everything.
    pub prompt: bool,
}

impl Bank {
    /// A bank without customers.
    pub fn new(seed: u64) -> Self {
        Self {
            random: SplitMix64::new(seed),
            payments: BTreeMap::new(),
            messages: HashSet::new(),
            news: Vec::new(),
            refused: Vec::new(),
            old: Vec::new(),
            wrong: Vec::new(),
            prompt: false,
        }
    }

    fn chance(&mut self, percent: u64) -> bool {
        !self.prompt && self.random.below(100) < percent
    }

    fn later(&mut self, step: u64) -> u64 {
        step + if self.prompt {
            0
        } else {
            self.random.below(LATEST + 1)
        }
    }

    /// Takes a file of payments. The same message a second time is the same message: the
    /// sender had no answer to the first.
    pub fn take(&mut self, step: u64, message: &str, csv: &str) {
        if !self.messages.insert(message.to_owned()) {
            return;
        }
        let refuses = self.chance(4);
        for line in csv.lines().skip(1) {
            let cells: Vec<&str> = line.split(',').collect();
            let (id, claim, amount) = (cells[0], cells[1], Fen::parse_yuan(cells[4]).unwrap());
            let truth = match self.random.below(100) {
                _ if refuses => Truth::Returned,
                _ if self.prompt => Truth::Paid,
                0..14 => Truth::Returned,
                14..22 => Truth::CameBack,
                _ => Truth::Paid,
            };
            self.pay(id, claim, amount, truth);
            let (paid, due) = (truth != Truth::Returned, self.later(step));
            let lies_first = truth == Truth::Returned && !refuses && self.chance(15);
            if !refuses {
                self.tell(due, id, paid, lies_first);
            }
            if truth == Truth::CameBack {
                self.tell(due + 1 + LATEST, id, false, false);
            }
        }
        if refuses {
            let due = self.later(step);
            self.refused.push((due, message.to_owned()));
        }
    }

    /// Money leaves the bureau's account: for a name once, and for a claim only while nobody has
    /// any for it.
    fn pay(&mut self, id: &str, claim: &str, amount: Fen, truth: Truth) {
        let same = |p: &&Payment| p.claim == claim && p.outside;
        if self.payments.values().any(|p| same(&p)) {
            self.wrong
                .push(format!("{id}: claim {claim} is paid twice"));
        }
        let payment = Payment {
            claim: claim.to_owned(),
            amount,
            outside: truth != Truth::Returned,
        };
        if self.payments.insert(id.to_owned(), payment).is_some() {
            self.wrong.push(format!("{id}: the name is used twice"));
        }
    }

    fn tell(&mut self, due: u64, id: &str, paid: bool, lies_first: bool) {
        self.news.push(News {
            due,
            id: id.to_owned(),
            paid,
            lies_first,
        });
    }

    /// Whether the bureau knows everything.
    pub fn is_silent(&self) -> bool {
        self.news.is_empty() && self.refused.is_empty()
    }

    /// What is with payees for a claim.
    pub fn outside(&self, claim: &str) -> Fen {
        let paid = self
            .payments
            .values()
            .filter(|p| p.claim == claim && p.outside);
        let sum = paid.map(|p| p.amount.fen()).sum();
        Fen::new(sum).unwrap()
    }

    /// How many payments it made.
    pub fn made(&self) -> usize {
        self.payments.len()
    }

    /// The files of this step, in the order in which they arrive.
    pub fn reports(&mut self, step: u64) -> Vec<Report> {
        let mut files = Vec::new();
        let refused = std::mem::take(&mut self.refused).into_iter();
        let (now, then): (Vec<_>, Vec<_>) = refused.partition(|(due, _)| *due <= step);
        self.refused = then;
        files.extend(now.into_iter().map(|(_, message)| refusal(&message)));
        let mut kept = Vec::new();
        let mut due = Vec::new();
        let news = std::mem::take(&mut self.news);
        for one in &news {
            // Of one payment the older news comes first; some news comes another day.
            let older = |other: &News| other.id == one.id && other.due < one.due;
            if one.due > step || news.iter().any(older) || self.chance(15) {
                kept.push(one.clone());
            } else {
                due.push(one.clone());
            }
        }
        self.news = kept;
        self.shuffle(&mut due);
        for news in &due {
            if !news.paid
                && let Some(payment) = self.payments.get_mut(&news.id)
            {
                payment.outside = false;
            }
        }
        files.extend(self.lies(&due));
        while !due.is_empty() {
            let some = 1 + self.random.below(due.len() as u64) as usize;
            let told = due.split_off(due.len() - some).iter().map(truth).collect();
            files.push(self.report(told));
        }
        if self.chance(20)
            && let Some(old) = self.random.pick(&self.old).cloned()
        {
            files.push(old);
        }
        self.old.extend(files.iter().cloned());
        // What was told may have become untrue since.
        for file in &mut files {
            for told in &mut file.told {
                told.true_now = self.payments[&told.id].outside == told.paid;
            }
        }
        files
    }

    /// For payments that came back: first the truth, then that they were paid, and with the
    /// files that follow the truth again.
    fn lies(&mut self, due: &[News]) -> Vec<Report> {
        let lies: Vec<&News> = due.iter().filter(|news| news.lies_first).collect();
        let told = |paid| {
            let told = lies.iter().map(|news| Told {
                paid,
                ..truth(news)
            });
            told.collect::<Vec<Told>>()
        };
        if lies.is_empty() {
            return Vec::new();
        }
        [false, true]
            .into_iter()
            .map(|paid| self.report(told(paid)))
            .collect()
    }

    fn shuffle(&mut self, news: &mut [News]) {
        for last in (1..news.len()).rev() {
            news.swap(last, self.random.below(last as u64 + 1) as usize);
        }
    }

    /// One of the two forms.
    fn report(&mut self, told: Vec<Told>) -> Report {
        let csv = self.random.below(2) == 0;
        let pending = self.news.iter().map(|news| news.id.as_str());
        let bytes = if csv {
            csv_file(&told)
        } else {
            let said: HashSet<&str> = told.iter().map(|t| t.id.as_str()).collect();
            let pending: Vec<&str> = pending.filter(|id| !said.contains(id)).take(1).collect();
            pain002(&told, &pending)
        };
        Report {
            csv,
            bytes: bytes.into_bytes(),
            told,
            refuses: None,
        }
    }
}

fn truth(news: &News) -> Told {
    Told {
        id: news.id.clone(),
        paid: news.paid,
        true_now: true,
    }
}

fn csv_file(told: &[Told]) -> String {
    let mut file = "end_to_end_id,outcome,reason\n".to_owned();
    for told in told {
        let word = if told.paid { "paid," } else { "returned,AC04" };
        writeln!(file, "{},{word}", told.id).unwrap();
    }
    file
}

/// A report on transactions, some of which are under way.
fn pain002(told: &[Told], pending: &[&str]) -> String {
    let mut transactions = String::new();
    let said = told
        .iter()
        .map(|t| (t.id.as_str(), if t.paid { "ACSC" } else { "RJCT" }));
    for (id, status) in said.chain(pending.iter().map(|id| (*id, "ACSP"))) {
        write!(
            transactions,
            "<TxInfAndSts><OrgnlEndToEndId>{id}</OrgnlEndToEndId><TxSts>{status}</TxSts></TxInfAndSts>"
        )
        .unwrap();
    }
    document(
        "",
        &format!(
            "<OrgnlPmtInfAndSts><OrgnlPmtInfId>B</OrgnlPmtInfId>{transactions}</OrgnlPmtInfAndSts>"
        ),
        "B",
    )
}

/// A report that refuses a message as a whole, and names none of its payments.
fn refusal(message: &str) -> Report {
    let bytes = document("<GrpSts>RJCT</GrpSts>", "", message).into_bytes();
    Report {
        csv: false,
        bytes,
        told: Vec::new(),
        refuses: Some(message.to_owned()),
    }
}

fn document(status: &str, rest: &str, message: &str) -> String {
    format!(
        "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.002.001.03\"><CstmrPmtStsRpt>\
         <OrgnlGrpInfAndSts><OrgnlMsgId>{message}</OrgnlMsgId>\
         <OrgnlMsgNmId>pain.001.001.03</OrgnlMsgNmId>{status}</OrgnlGrpInfAndSts>{rest}\
         </CstmrPmtStsRpt></Document>"
    )
}
