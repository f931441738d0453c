//! A claim as people fill it in, on a page or in a line of a table: which fields a programme needs,
//! and the document that what was typed makes. What is right is said by the reader of claims alone
//! ([`crate::domain::intake`]); here nothing is judged.

mod fields;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use self::fields::{
    CATEGORIES, CONSUMER, ENERGY_LEVEL, GOODS, IMEIS, INVOICE, NEW_VEHICLE, OLD_APPLIANCE,
    OLD_VEHICLE,
};
pub use self::fields::{Choice, FormField, Input, Otherwise};
use crate::domain::policy::Pack;
use crate::domain::policy::pack::ProgrammeKind;
use crate::domain::policy::rules::old_item::OldKind;
use crate::domain::text::Lang;

/// Parts of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The applicant.
    Consumer,
    /// What is given up.
    OldItem,
    /// What was bought.
    NewItem,
    /// The invoice of what was bought.
    Invoice,
}

impl Part {
    const fn name(self) -> &'static str {
        match self {
            Part::Consumer => "consumer",
            Part::OldItem => "old_item",
            Part::NewItem => "new_item",
            Part::Invoice => "invoice",
        }
    }

    /// What people call it.
    pub const fn title(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Part::Consumer, Lang::Zh) => "申请人",
            (Part::Consumer, Lang::En) => "Applicant",
            (Part::OldItem, Lang::Zh) => "交售的旧物品",
            (Part::OldItem, Lang::En) => "What is given up",
            (Part::NewItem, Lang::Zh) => "购买的新物品",
            (Part::NewItem, Lang::En) => "What was bought",
            (Part::Invoice, Lang::Zh) => "发票",
            (Part::Invoice, Lang::En) => "Invoice",
        }
    }
}

/// What was typed, by pointer: only fields in which something stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Typed(BTreeMap<String, String>);

impl Typed {
    /// What stands in a field; empty where nothing does.
    pub fn get(&self, pointer: &str) -> &str {
        self.0.get(pointer).map_or("", String::as_str)
    }

    /// Whether nothing was typed at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The form of one programme for one dealer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimForm {
    programme: String,
    kind: ProgrammeKind,
    /// The kind of what is given up, and whether it must be.
    old: Option<(OldKind, bool)>,
    invoice_may_come_later: bool,
    levels: bool,
    categories: Vec<String>,
    dealer_uscc: String,
}

impl ClaimForm {
    /// The form of the pack's programme; `dealer_uscc` is the credit code of the dealer that files.
    pub fn of(pack: &Pack, dealer_uscc: &str) -> Self {
        let rules = &pack.rules;
        let rates = &pack.amount.terms.rates;
        let categories = rules.goods.as_ref().map(|g| g.terms.categories.clone());
        Self {
            programme: pack.id.0.clone(),
            kind: pack.kind,
            old: rules
                .old_item
                .as_ref()
                .map(|old| (old.terms.kind, old.terms.required)),
            invoice_may_come_later: rules.counter_opening.is_some(),
            levels: rates.iter().any(|rate| !rate.energy_levels.is_empty()),
            categories: categories.unwrap_or_default(),
            dealer_uscc: dealer_uscc.to_owned(),
        }
    }

    /// Whether a claim may be opened before the purchase.
    pub const fn invoice_may_come_later(&self) -> bool {
        self.invoice_may_come_later
    }

    /// The parts that the programme needs, in the order of the form.
    pub fn parts(&self) -> Vec<Part> {
        let old = self.old.map(|_| Part::OldItem);
        [Part::Consumer]
            .into_iter()
            .chain(old)
            .chain([Part::NewItem, Part::Invoice])
            .collect()
    }

    /// Whether a part may be left empty.
    pub fn is_optional(&self, part: Part) -> bool {
        match part {
            Part::OldItem => self.old.is_none_or(|(_, required)| !required),
            Part::Invoice => self.invoice_may_come_later,
            Part::Consumer | Part::NewItem => false,
        }
    }

    /// The fields of a part.
    pub fn fields(&self, part: Part) -> Vec<FormField> {
        let list = match (part, self.old, self.kind) {
            (Part::Consumer, _, _) => CONSUMER,
            (Part::OldItem, Some((OldKind::Vehicle, _)), _) => OLD_VEHICLE,
            (Part::OldItem, Some((OldKind::Appliance, _)), _) => OLD_APPLIANCE,
            (Part::OldItem, None, _) => &[],
            (Part::NewItem, _, ProgrammeKind::Vehicle) => NEW_VEHICLE,
            (Part::NewItem, _, _) => GOODS,
            (Part::Invoice, _, _) => INVOICE,
        };
        let mut fields = list.to_vec();
        if part == Part::NewItem && self.levels {
            fields.push(ENERGY_LEVEL);
        }
        if part == Part::NewItem && self.kind == ProgrammeKind::Digital {
            fields.extend(IMEIS);
        }
        fields
    }

    /// Every field, in the order of the form.
    pub fn all_fields(&self) -> Vec<FormField> {
        let parts = self.parts().into_iter();
        parts.flat_map(|part| self.fields(part)).collect()
    }

    /// The words that a field may have, each with what people call it; none where it is free.
    pub fn choices(&self, field: &FormField, lang: Lang) -> Vec<(String, String)> {
        let called = |(word, zh, en): &Choice| {
            let name = if lang == Lang::Zh { zh } else { en };
            ((*word).to_owned(), (*name).to_owned())
        };
        let named = |word: &String| (word.clone(), category(word, lang).to_owned());
        match field.input {
            Input::Choice(list) => list.iter().map(called).collect(),
            Input::Category => self.categories.iter().map(named).collect(),
            _ => Vec::new(),
        }
    }

    /// Gathers what was typed. `value` tells it by pointer. Blanks around a text are nothing, the
    /// words of a choice may stand for it, and no IMEI stands behind an empty place.
    pub fn typed<'a>(&self, value: impl Fn(&str) -> Option<&'a str>) -> Typed {
        let mut typed = BTreeMap::new();
        let mut imeis = Vec::new();
        for field in self.all_fields() {
            let text = value(field.pointer).unwrap_or_default().trim();
            if text.is_empty() {
                continue;
            }
            if field.pointer.starts_with("/new_item/imei/") {
                imeis.push(text);
                continue;
            }
            typed.insert(field.pointer.to_owned(), self.word(&field, text).to_owned());
        }
        for (field, text) in IMEIS.iter().zip(imeis) {
            typed.insert(field.pointer.to_owned(), text.to_owned());
        }
        Typed(typed)
    }

    /// The word of the contract that somebody means by what people call it.
    fn word<'a>(&self, field: &FormField, text: &'a str) -> &'a str {
        let list = match field.input {
            Input::Choice(list) => list,
            Input::Category => CATEGORIES,
            _ => return text,
        };
        let meant = list
            .iter()
            .find(|(_, zh, en)| *zh == text || en.eq_ignore_ascii_case(text));
        meant.map_or(text, |(word, _, _)| word)
    }

    /// What a claim says in the fields of this form. `claim` is the claim as a document.
    pub fn typed_of(&self, claim: &Value) -> Typed {
        let mut typed = BTreeMap::new();
        for field in self.all_fields() {
            let text = match claim.pointer(field.pointer) {
                Some(Value::String(text)) => text.clone(),
                Some(Value::Number(number)) => number.to_string(),
                _ => continue,
            };
            typed.insert(field.pointer.to_owned(), text);
        }
        Typed(typed)
    }

    /// The document that what was typed makes, as a dealer's program would send it.
    pub fn document(&self, typed: &Typed) -> Vec<u8> {
        let mut claim = Map::new();
        claim.insert("programme".into(), self.programme.clone().into());
        for part in self.parts() {
            if self.is_optional(part) && !self.is_filled(part, typed) {
                continue;
            }
            claim.insert(part.name().into(), self.part(part, typed).into());
        }
        Value::Object(claim).to_string().into_bytes()
    }

    /// The invoice alone, for a claim that was opened before the purchase.
    pub fn invoice(&self, typed: &Typed) -> Vec<u8> {
        let invoice = self.part(Part::Invoice, typed);
        Value::Object(invoice).to_string().into_bytes()
    }

    /// Whether anything stands in a part that does not stand there by itself.
    pub fn is_filled(&self, part: Part, typed: &Typed) -> bool {
        let default = |field: &FormField, text: &str| matches!(field.otherwise, Otherwise::Word(word) if word == text);
        self.fields(part).iter().any(|field| {
            let text = typed.get(field.pointer);
            !text.is_empty() && !default(field, text)
        })
    }

    fn part(&self, part: Part, typed: &Typed) -> Map<String, Value> {
        let mut object = Map::new();
        let kind = match (part, self.old, self.kind) {
            (Part::OldItem, Some((OldKind::Vehicle, _)), _) => Some("vehicle"),
            (Part::OldItem, Some((OldKind::Appliance, _)), _) => Some("appliance"),
            (Part::NewItem, _, ProgrammeKind::Vehicle) => Some("vehicle"),
            (Part::NewItem, _, ProgrammeKind::Appliance) => Some("appliance"),
            (Part::NewItem, _, ProgrammeKind::Digital) => Some("digital"),
            (Part::NewItem, _, ProgrammeKind::Home) => Some("home"),
            _ => None,
        };
        if let Some(kind) = kind {
            object.insert("kind".into(), kind.into());
        }
        for field in self.fields(part) {
            let path = field.pointer.split('/').skip(2).collect::<Vec<_>>();
            let value = self.value(&field, typed);
            match path[..] {
                ["imei", _] => {
                    let list = object.entry("imei").or_insert_with(|| Value::Array(vec![]));
                    if let (Value::Array(list), Some(value)) = (list, value) {
                        list.push(value);
                    }
                }
                [name] => object.extend(value.map(|value| (name.to_owned(), value))),
                // An inner object is there even when it is empty, so that what lacks is told
                // field by field.
                [inner, name] => {
                    let inner = object
                        .entry(inner)
                        .or_insert_with(|| Value::Object(Map::new()));
                    if let (Value::Object(inner), Some(value)) = (inner, value) {
                        inner.insert(name.to_owned(), value);
                    }
                }
                _ => {}
            }
        }
        object
    }

    fn value(&self, field: &FormField, typed: &Typed) -> Option<Value> {
        let text = match (typed.get(field.pointer), field.otherwise) {
            ("", Otherwise::Nothing) => "",
            ("", Otherwise::Word(word)) => word,
            ("", Otherwise::Applicant) => typed.get("/consumer/id_number"),
            ("", Otherwise::Dealer) => &self.dealer_uscc,
            (text, _) => text,
        };
        if text.is_empty() {
            return None;
        }
        let level = field.pointer == ENERGY_LEVEL.pointer;
        let number = text.parse::<i64>().ok().filter(|_| level);
        Some(number.map_or_else(|| text.into(), Value::from))
    }
}

/// What people call a category; the word itself where nobody has said.
pub fn category(word: &str, lang: Lang) -> &str {
    match (CATEGORIES.iter().find(|(known, _, _)| *known == word), lang) {
        (Some((_, zh, _)), Lang::Zh) => zh,
        (Some((_, _, en)), Lang::En) => en,
        (None, _) => word,
    }
}

/// What people call a field, wherever it stands; `None` for a pointer to no field of any form.
pub fn label(pointer: &str, lang: Lang) -> Option<&'static str> {
    let lists = [
        CONSUMER,
        OLD_VEHICLE,
        OLD_APPLIANCE,
        NEW_VEHICLE,
        GOODS,
        std::slice::from_ref(&ENERGY_LEVEL),
        &IMEIS,
        INVOICE,
    ];
    let parts = [Part::Consumer, Part::OldItem, Part::NewItem, Part::Invoice];
    let field = lists.into_iter().flatten().find(|f| f.pointer == pointer);
    let part = || {
        let name = pointer.strip_prefix('/')?;
        parts.into_iter().find(|part| part.name() == name)
    };
    match (field, lang) {
        (Some(field), Lang::Zh) => Some(field.zh),
        (Some(field), Lang::En) => Some(field.en),
        (None, _) => part().map(|part| part.title(lang)),
    }
}

#[cfg(test)]
mod tests;
