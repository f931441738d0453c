//! The kinds of rules that a pack may have: one file a kind, and one line in the list below.

pub mod age;
pub mod amount;
pub mod buyer;
pub mod counter_opening;
pub mod dealers;
pub mod disposal;
pub mod engine;
pub mod exclusive;
pub mod fuel;
pub mod goods;
pub mod money;
pub mod old_item;
pub mod once;
pub mod ownership;
pub mod papers;
pub mod payout;
pub mod place;
pub mod price;
pub mod queue;
pub mod returns;
pub mod review;
pub mod rounding;
pub mod units;
pub mod window;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::pack::{Basis, Rule};
use super::section::Section;
use super::source::Read;
use super::verdict::{Claim, Findings};
use crate::domain::reason::ReasonCode;
use crate::domain::text::Text;

/// What a kind of rule must be able to do.
trait Terms: Sized {
    /// The reasons that it may give, and that its section may have sentences for.
    const REASONS: &'static [ReasonCode];

    /// Reads its keys.
    fn read(section: &mut Section<'_, '_>) -> Read<Self>;

    /// Notes what a claim lacks and why it is refused.
    fn judge(&self, claim: &Claim<'_>, findings: &mut Findings) {
        let _ = (claim, findings);
    }
}

/// The reasons that a kind of rule may give.
#[expect(
    private_bounds,
    reason = "the kinds of rules are closed: only this module adds one"
)]
pub(super) const fn reasons_of<T: Terms>() -> &'static [ReasonCode] {
    T::REASONS
}

fn read_rule<T: Terms>(section: &mut Section<'_, '_>) -> Read<Rule<T>> {
    let basis = section.basis();
    let texts = section.texts(T::REASONS);
    let terms = T::read(section);
    section.close();
    Ok(Rule {
        basis: basis?,
        texts: texts?,
        terms: terms?,
    })
}

/// The section of that name, where the pack has one.
pub(super) fn read_amount(root: &mut Section<'_, '_>) -> Read<Rule<amount::Amount>> {
    let mut section = root.need("amount", Section::table)?;
    read_rule(&mut section)
}

macro_rules! rules {
    (
        single { $($(#[$doc:meta])* $one:ident: $kind:ty;)* }
        several { $($(#[$docs:meta])* $many:ident: $kinds:ty;)* }
    ) => {
        /// The rules of a pack beside the amount, each named as its section.
        #[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct Rules {
            $($(#[$doc])* #[serde(default, skip_serializing_if = "Option::is_none")]
            pub $one: Option<Rule<$kind>>,)*
            $($(#[$docs])* #[serde(default, skip_serializing_if = "Vec::is_empty")]
            pub $many: Vec<Rule<$kinds>>,)*
        }

        impl Rules {
            /// Reads every section there is; one with a mistake is left out, its mistake noted.
            pub(super) fn read(root: &mut Section<'_, '_>) -> Self {
                let mut rules = Self::default();
                $(if let Ok(Some(mut section)) = root.table(stringify!($one)) {
                    rules.$one = read_rule(&mut section).ok();
                })*
                $(for section in root.tables(stringify!($many)).iter_mut().flatten() {
                    rules.$many.extend(read_rule(section).ok());
                })*
                rules
            }

            /// Judges a claim by every rule.
            pub(super) fn judge(&self, claim: &Claim<'_>, findings: &mut Findings) {
                $(if let Some(rule) = &self.$one {
                    rule.terms.judge(claim, findings);
                })*
                $(for rule in &self.$many {
                    rule.terms.judge(claim, findings);
                })*
            }

            /// Shows every rule's reasons, basis and sentences.
            pub(super) fn grounds<'a>(
                &'a self,
                visit: &mut dyn FnMut(
                    &'static [ReasonCode],
                    &'a Basis,
                    &'a BTreeMap<ReasonCode, Text>,
                ),
            ) {
                $(if let Some(rule) = &self.$one {
                    visit(<$kind as Terms>::REASONS, &rule.basis, &rule.texts);
                })*
                $(for rule in &self.$many {
                    visit(<$kinds as Terms>::REASONS, &rule.basis, &rule.texts);
                })*
            }
        }
    };
}

rules! {
    single {
        /// When the invoice must be dated.
        invoice_window: window::InvoiceWindow;
        /// When the old item must be given up.
        disposal_window: window::DisposalWindow;
        /// When the new car must be registered.
        registration_window: window::RegistrationWindow;
        /// Who may file.
        dealers: dealers::Dealers;
        /// Who may apply.
        buyer: buyer::Buyer;
        /// Where the invoice is issued and the car registered.
        place: place::Place;
        /// The lowest and the highest price.
        price: price::PriceRange;
        /// Whether something old is given up.
        old_item: old_item::OldItemRule;
        /// Whose the old car is, and since when.
        ownership: ownership::Ownership;
        /// How the old car is given up.
        disposal: disposal::DisposalRule;
        /// How old the old car is.
        age: age::Age;
        /// The new car's fuel.
        fuel: fuel::FuelRule;
        /// The new car's engine.
        engine: engine::Engine;
        /// The categories of goods.
        goods: goods::GoodsRule;
        /// How many a person may have.
        units: units::Units;
        /// That each car, article and invoice counts once.
        once: once::Once;
        /// Whether a claim may be opened before the purchase.
        counter_opening: counter_opening::CounterOpening;
        /// The order of claims and what happens at the end of the money.
        queue: queue::Queue;
        /// Whose money it is.
        money: money::Money;
        /// Who is paid.
        payout: payout::Payout;
        /// What a return of the goods does.
        returns: returns::Returns;
        /// Corrections.
        corrections: review::Corrections;
        /// The bureau's own deadlines.
        clocks: review::Clocks;
        /// Publication of the names before payment.
        public_notice: review::PublicNotice;
        /// Appeals.
        appeals: review::Appeals;
    }
    several {
        /// Other awards that exclude this one.
        exclusive: exclusive::Exclusive;
        /// Papers that must come.
        paper: papers::Paper;
    }
}
