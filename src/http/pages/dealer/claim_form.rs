//! The form of a claim as a page shows it: fields with what was typed and what is wrong there.

use std::collections::BTreeMap;

use crate::clock;
use crate::domain::claim_form::{self, ClaimForm, FormField, Input, Otherwise, Part, Typed};
use crate::domain::ids::DealerId;
use crate::domain::text::Lang;
use crate::http::pages::form::Form;
use crate::http::pages::frame::Frame;
use crate::http::pages::told;
use crate::http::problem::Problem;
use crate::operations::Engine;

/// A field on a page.
#[derive(Debug, Clone)]
pub struct FieldView {
    /// The JSON pointer, which is the name of the control.
    pub pointer: &'static str,
    /// The id of the control.
    pub id: String,
    /// What people call it.
    pub label: &'static str,
    /// What stands in it.
    pub value: String,
    /// What is wrong; empty where nothing is.
    pub wrong: String,
    /// What helps to fill it in; empty where nothing does.
    pub hint: String,
    /// `text`, `number`, `date`, `money` or `choice`.
    pub kind: &'static str,
    /// The words of a choice, their names, and which is chosen.
    pub choices: Vec<(String, String, bool)>,
    /// Whether the form must not be sent without it.
    pub required: bool,
}

/// A part of a claim on a page.
#[derive(Debug, Clone)]
pub struct PartView {
    /// What people call it.
    pub title: &'static str,
    /// Whether it may be left empty, and why.
    pub note: &'static str,
    /// Its fields.
    pub fields: Vec<FieldView>,
}

/// What is wrong with a form that was sent: in words, with the id of the field that it is about.
#[derive(Debug, Clone, Default)]
pub struct Mistakes {
    at: BTreeMap<String, String>,
    /// Every one, as the summary lists it: the id of a field or nothing, then the sentence.
    pub listed: Vec<(String, String)>,
}

impl Mistakes {
    /// What a problem says about fields; where it says nothing, what it says as a whole.
    pub fn of(problem: &Problem, form: &ClaimForm, lang: Lang) -> Self {
        let mut mistakes = Self::default();
        let defects = problem.defects().iter();
        let mut all: Vec<(String, &str)> = defects
            .map(|defect| (defect.field.clone(), defect.code.text(lang)))
            .collect();
        all.extend(problem.reasons().iter().map(|reason| {
            let (zh, en) = reason.code.default_text();
            (reason.field.clone(), if lang == Lang::Zh { zh } else { en })
        }));
        if all.is_empty() {
            all.push((String::new(), told::words(problem.code(), lang).1));
        }
        let fields = form.all_fields();
        for (field, sentence) in all {
            mistakes.add(&fields, &field, sentence, lang);
        }
        mistakes
    }

    fn add(&mut self, fields: &[FormField], field: &str, sentence: &str, lang: Lang) {
        let colon = if lang == Lang::Zh { "：" } else { ": " };
        let name = claim_form::label(field, lang).unwrap_or(field);
        let told = if name.is_empty() {
            sentence.to_owned()
        } else {
            format!("{name}{colon}{sentence}")
        };
        let id = if fields.iter().any(|known| known.pointer == field) {
            id(field)
        } else {
            String::new()
        };
        self.listed.push((id, told));
        self.at
            .entry(field.to_owned())
            .and_modify(|before| {
                before.push(' ');
                before.push_str(sentence);
            })
            .or_insert_with(|| sentence.to_owned());
    }

    /// What is wrong at a field; empty where nothing is.
    pub fn at(&self, pointer: &str) -> &str {
        self.at.get(pointer).map_or("", String::as_str)
    }
}

/// The id of a field's control: its pointer without what means something to selectors.
pub fn id(pointer: &str) -> String {
    pointer.replace('/', "-").trim_start_matches('-').to_owned()
}

/// The form of a programme that the dealer is admitted to, by the version in force; and the
/// programme's title.
pub fn find(
    engine: &Engine,
    dealer: DealerId,
    programme: &str,
    lang: Lang,
) -> Option<(ClaimForm, String)> {
    let catalogue = engine.catalogue.current();
    let dealer = catalogue.dealer(dealer)?;
    let pack = &catalogue.published(programme, clock::now())?.pack;
    let form = ClaimForm::of(pack, dealer.uscc.as_str());
    Some((form, pack.title.get(lang).to_owned()))
}

/// The programmes that the dealer is admitted to, by id, with their titles.
pub fn programmes(engine: &Engine, dealer: DealerId, lang: Lang) -> Vec<(String, String)> {
    let catalogue = engine.catalogue.current();
    let Some(dealer) = catalogue.dealer(dealer) else {
        return Vec::new();
    };
    let all = catalogue.programmes(clock::now()).into_iter();
    all.filter(|published| dealer.programmes.contains(&published.pack.id.0))
        .map(|published| {
            let title = published.pack.title.get(lang).to_owned();
            (published.pack.id.0.clone(), title)
        })
        .collect()
}

/// What was typed into a form.
pub fn typed(claim: &ClaimForm, form: &Form) -> Typed {
    claim.typed(|pointer| form.some(pointer))
}

/// The parts of a form with what was typed. `alone` is an invoice that comes without its claim.
pub fn parts(
    f: &Frame,
    claim: &ClaimForm,
    typed: &Typed,
    mistakes: &Mistakes,
    alone: bool,
) -> Vec<PartView> {
    let wanted = |part: &Part| !alone || *part == Part::Invoice;
    let view = |part: Part| PartView {
        title: part.title(f.lang),
        note: match part {
            _ if alone || !claim.is_optional(part) => "",
            Part::Invoice => f.t(
                "尚未开票的，本部分可暂不填写，先按可享受的最高金额预留资金，开票后再补。",
                "Leave this empty before the purchase: the most is held until the invoice comes.",
            ),
            _ => f.t(
                "没有的，本部分不用填写。",
                "Leave this empty if there is none.",
            ),
        },
        fields: claim
            .fields(part)
            .iter()
            .map(|field| {
                let required = alone || !claim.is_optional(part);
                field_view(f, claim, field, typed, mistakes, (required, alone))
            })
            .collect(),
    };
    claim.parts().into_iter().filter(wanted).map(view).collect()
}

fn field_view(
    f: &Frame,
    claim: &ClaimForm,
    field: &FormField,
    typed: &Typed,
    mistakes: &Mistakes,
    (in_needed_part, alone): (bool, bool),
) -> FieldView {
    let value = typed.get(field.pointer);
    let chosen = match field.otherwise {
        Otherwise::Word(word) if value.is_empty() => word,
        _ => value,
    };
    let choices = claim.choices(field, f.lang).into_iter();
    FieldView {
        pointer: field.pointer,
        id: id(field.pointer),
        label: f.t(field.zh, field.en),
        value: value.to_owned(),
        wrong: mistakes.at(field.pointer).to_owned(),
        hint: hint(f, field, alone).to_owned(),
        kind: match field.input {
            Input::Text => "text",
            Input::Number => "number",
            Input::Day => "date",
            Input::Money => "money",
            Input::Choice(_) | Input::Category => "choice",
        },
        choices: choices
            .map(|(word, name)| {
                let is_chosen = word == chosen;
                (word, name, is_chosen)
            })
            .collect(),
        required: in_needed_part
            && (field.is_required() || alone && field.otherwise == Otherwise::Applicant),
    }
}

fn hint(f: &Frame, field: &FormField, alone: bool) -> &'static str {
    match (field.otherwise, field.input) {
        (Otherwise::Applicant, _) if !alone => f.t(
            "与申请人相同的可不填。",
            "Leave it empty if it is the applicant's.",
        ),
        (Otherwise::Dealer, _) => f.t("是本商户的可不填。", "Leave it empty if it is yours."),
        (_, Input::Money) => f.t("例如 5999.00", "Such as 5999.00"),
        _ => match field.pointer {
            "/new_item/engine_litres" => f.t("纯电动车不填。", "Empty for a battery car."),
            "/invoice/issued_in" | "/new_item/registered_in" => {
                f.t("六位数字，例如 419001", "Six digits, such as 419001")
            }
            _ => "",
        },
    }
}
