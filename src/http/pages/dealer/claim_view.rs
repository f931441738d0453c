//! A claim in words: what its parts say, how its amount was reckoned, which papers it needs, and what
//! its dealer may do to it now.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::claim_form;
use crate::catalogue::Published;
use crate::clock;
use crate::domain::claim::ClaimState;
use crate::domain::policy::verdict::INVOICE;
use crate::domain::text::Lang;
use crate::domain::time::Timestamp;
use crate::domain::transition::{Act, allows};
use crate::http::pages::frame::Frame;
use crate::operations::claims::{ClaimView, PaperView};
use crate::operations::{DealerCaller, Engine, withdraw};

/// A line of how an amount was reckoned.
#[derive(Debug, Clone, Deserialize)]
pub struct LineView {
    /// The sentence.
    pub text: String,
    /// Document and clause.
    pub basis: String,
}

/// How an amount was reckoned.
pub fn explained(explanation: &RawValue) -> Vec<LineView> {
    serde_json::from_str(explanation.get()).unwrap_or_default()
}

/// A part of a claim as it was sent, masked.
#[derive(Debug, Clone)]
pub struct SaidView {
    /// What people call the part.
    pub title: &'static str,
    /// What people call each field, and what stands there.
    pub facts: Vec<(&'static str, String)>,
}

/// A paper of a claim.
#[derive(Debug, Clone)]
pub struct PaperRow {
    /// Its word.
    pub paper: String,
    /// What people call it.
    pub title: String,
    /// By when it must come, where it is missing.
    pub due: Option<Timestamp>,
    /// What came.
    pub came: Option<PaperView>,
    /// Whether it is sent as a file: the invoice comes as figures.
    pub is_file: bool,
}

/// What a dealer may do to a claim now.
#[derive(Debug, Clone, Default)]
pub struct Allowed {
    /// Take it back.
    pub withdraw: bool,
    /// Take that back.
    pub undo: bool,
    /// Send its invoice.
    pub invoice: bool,
    /// Correct it.
    pub correct: bool,
    /// Say that the goods came back.
    pub goods_returned: bool,
    /// Contest how it ended, until when.
    pub appeal: Option<Timestamp>,
    /// Send papers.
    pub papers: bool,
}

impl Allowed {
    /// Whether there is anything.
    pub const fn any(&self) -> bool {
        self.withdraw
            || self.undo
            || self.invoice
            || self.correct
            || self.goods_returned
            || self.appeal.is_some()
    }
}

/// The version of a claim's programme that is in force.
fn published(engine: &Engine, programme: &str) -> Option<Arc<Published>> {
    let catalogue = engine.catalogue.current();
    catalogue.published(programme, clock::now()).cloned()
}

/// What people call a paper of a programme.
pub fn paper_title(engine: &Engine, programme: &str, paper: &str, f: &Frame) -> String {
    if paper == INVOICE {
        return f.t("发票信息", "Invoice").to_owned();
    }
    let found = published(engine, programme);
    let titled = found.as_ref().and_then(|published| {
        let papers = published.pack.rules.paper.iter();
        let mut named = papers.filter(|rule| rule.terms.name == paper);
        named
            .next()
            .map(|rule| rule.terms.title.get(f.lang).to_owned())
    });
    titled.unwrap_or_else(|| paper.to_owned())
}

/// The papers of a claim: those that its programme asks for, what came, and what is due.
pub fn papers(engine: &Engine, claim: &ClaimView, f: &Frame) -> Vec<PaperRow> {
    let mut words: Vec<String> = Vec::new();
    let asked = published(engine, &claim.programme);
    let asked = asked.iter().flat_map(|p| p.pack.rules.paper.iter());
    let due = claim.due.iter().map(|due| &due.paper);
    let came = claim.papers.iter().map(|paper| &paper.paper);
    for word in due.chain(asked.map(|rule| &rule.terms.name)).chain(came) {
        if !words.contains(word) {
            words.push(word.clone());
        }
    }
    let row = |paper: String| PaperRow {
        title: paper_title(engine, &claim.programme, &paper, f),
        due: claim
            .due
            .iter()
            .find(|due| due.paper == paper)
            .map(|due| due.by),
        came: claim.papers.iter().rfind(|p| p.paper == paper).cloned(),
        is_file: paper != INVOICE,
        paper,
    };
    words.into_iter().map(row).collect()
}

/// What a dealer may do to a claim at `now`. The engine decides again when it is done.
pub fn allowed(engine: &Engine, claim: &ClaimView, now: Timestamp) -> Allowed {
    let state = claim.state;
    let may = |act: Act| allows(act, state);
    let since = now.0 - claim.changed_at.0;
    Allowed {
        withdraw: may(Act::Withdraw),
        undo: may(Act::UndoWithdrawal) && since < withdraw::UNDO_SECONDS * 1_000_000,
        invoice: may(Act::Invoice) && claim.due.iter().any(|due| due.paper == INVOICE),
        correct: may(Act::Correct),
        goods_returned: may(Act::ReturnGoods)
            || matches!(state, ClaimState::Paying | ClaimState::Paid),
        appeal: appeal(engine, claim).filter(|until| may(Act::Appeal) && now < *until),
        papers: may(Act::Paper),
    }
}

/// Until when the end of a claim may be contested, by the days of its programme.
fn appeal(engine: &Engine, claim: &ClaimView) -> Option<Timestamp> {
    let published = published(engine, &claim.programme)?;
    let days = published.pack.rules.appeals.as_ref()?.terms.days;
    Some(claim.changed_at.end_of_day_after(days))
}

/// What the parts of a claim say, masked, in words.
pub fn said(
    engine: &Engine,
    caller: &DealerCaller,
    claim: &ClaimView,
    lang: Lang,
) -> Vec<SaidView> {
    let found = claim_form::find(engine, caller.dealer, &claim.programme, lang);
    let Some((form, _)) = found else {
        return Vec::new();
    };
    let document: Value = json!({
        "consumer": claim.consumer,
        "old_item": claim.old_item,
        "new_item": claim.new_item,
        "invoice": claim.invoice,
    });
    let typed = form.typed_of(&document);
    let parts = form.parts().into_iter().map(|part| SaidView {
        title: part.title(lang),
        facts: form
            .fields(part)
            .iter()
            .filter(|field| !typed.get(field.pointer).is_empty())
            .map(|field| {
                let text = typed.get(field.pointer);
                let mut choices = form.choices(field, lang).into_iter();
                let named = choices.find(|(word, _)| word == text).map(|(_, name)| name);
                let label = if lang == Lang::Zh { field.zh } else { field.en };
                (label, named.unwrap_or_else(|| text.to_owned()))
            })
            .collect(),
    });
    parts.filter(|part| !part.facts.is_empty()).collect()
}
