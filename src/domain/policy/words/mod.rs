//! A pack in sentences: every rule with its figures and what it rests on, for whoever asks what a
//! programme demands.
//!
//! The sentences are made of the terms, so they say what the engine does. Whoever adds a kind of
//! rule must say it here: [`rules`] takes the rules apart by name.

mod amount;
mod names;
mod procedure;
mod things;

pub use self::amount::{AmountRow, amounts};
pub use self::names::{category, kind_of_item};

use super::pack::{Pack, Rule};
use super::rules::Rules;
use crate::domain::text::Text;

/// A rule in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleInWords {
    /// What it is about.
    pub title: Text,
    /// What it says.
    pub sentences: Vec<Text>,
    /// Document and clause.
    pub basis: String,
    /// The document alone.
    pub document: String,
    /// Whether it asks for a paper.
    pub is_paper: bool,
}

/// What a kind of rule must be able to say.
trait InWords {
    /// What it is about: Chinese, English.
    const TITLE: (&'static str, &'static str);
    /// Whether it asks for a paper.
    const IS_PAPER: bool = false;

    /// What it says.
    fn say(&self, told: &mut Told);
}

/// Sentences, gathered.
#[derive(Default)]
struct Told(Vec<Text>);

impl Told {
    fn say(&mut self, zh: impl Into<String>, en: impl Into<String>) {
        self.0.push(Text::new(zh, en));
    }

    /// The same where it holds.
    fn say_if(&mut self, holds: bool, zh: &str, en: &str) {
        if holds {
            self.say(zh, en);
        }
    }
}

fn one<T: InWords>(rule: &Rule<T>) -> RuleInWords {
    let mut told = Told::default();
    rule.terms.say(&mut told);
    let (zh, en) = T::TITLE;
    RuleInWords {
        title: Text::new(zh, en),
        sentences: told.0,
        basis: rule.basis.to_string(),
        document: rule.basis.document.clone(),
        is_paper: T::IS_PAPER,
    }
}

/// Every rule of a pack, in the order in which a claim meets them; papers and amounts are told
/// apart, see [`amounts`].
pub fn rules(pack: &Pack) -> Vec<RuleInWords> {
    // Without `..`: a new kind of rule does not compile until it is told.
    let Rules {
        invoice_window,
        disposal_window,
        registration_window,
        dealers,
        buyer,
        place,
        price,
        old_item,
        ownership,
        disposal,
        age,
        fuel,
        engine,
        goods,
        units,
        once,
        counter_opening,
        queue,
        money,
        payout,
        returns,
        corrections,
        clocks,
        public_notice,
        appeals,
        exclusive,
        paper,
    } = &pack.rules;
    let mut words = Vec::new();
    macro_rules! tell {
        ($($rule:ident)*) => { $(words.extend($rule.iter().map(one));)* };
    }
    tell!(invoice_window buyer old_item ownership disposal disposal_window age);
    tell!(goods fuel engine registration_window place price);
    tell!(units exclusive once dealers counter_opening paper);
    tell!(queue corrections clocks public_notice appeals payout returns money);
    words
}

/// The order of claims of a pack, in words.
pub fn order(pack: &Pack) -> Option<RuleInWords> {
    pack.rules.queue.as_ref().map(one)
}
