//! From the text of a pack to the pack, or to every mistake in it.

use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};

use super::lint::lint;
use super::pack::{Grade, Pack, ProgrammeKind};
use super::rules::exclusive::is_id;
use super::rules::{Rules, read_amount};
use super::section::Section;
use super::source::{Noted, Problem, Read, Source};
use super::verdict::AwardKind;
use crate::domain::ids::ProgrammeId;

/// Reads a pack.
///
/// # Errors
/// Every mistake in the text, in its order: broken TOML, unknown keys, wrong types, missing
/// bases and rules that contradict each other.
pub fn read_pack(text: &str) -> Result<Pack, Vec<Problem>> {
    read_document(text, read)
}

/// Reads a whole text with `read`; a value only if no mistake was noted.
///
/// # Errors
/// Every mistake that `read` noted and every one in the syntax, in the order of the text.
pub(in crate::domain) fn read_document<T>(
    text: &str,
    read: impl FnOnce(&Source<'_>, &DeTable<'_>) -> Read<T>,
) -> Result<T, Vec<Problem>> {
    let (document, errors) = DeTable::parse_recoverable(text);
    let source = Source::new(text, !errors.is_empty());
    for error in &errors {
        let at = error.span().map_or(text.len(), |span| span.start);
        source.note(at, format!("not TOML: {}", error.message()));
    }
    let value = read(&source, document.get_ref());
    let problems = source.into_problems();
    match value {
        Ok(value) if problems.is_empty() => Ok(value),
        _ => Err(problems),
    }
}

fn read(source: &Source<'_>, document: &DeTable<'_>) -> Read<Pack> {
    let mut root = Section::root("the pack", source, document);
    if let Ok(documents) = read_documents(&mut root) {
        source.set_documents(documents);
    }
    let id = read_id(&mut root);
    let title = root.need("title", Section::both_languages);
    let kind = root.need("kind", |s, key| s.choice(key, ProgrammeKind::WORDS));
    let grade = read_grade(&mut root);
    let effective_from = root.need("effective_from", Section::day);
    let award_kind = root.choice("award_kind", AwardKind::WORDS);
    let basis = root.basis();
    let amount = read_amount(&mut root);
    let rules = Rules::read(&mut root);
    root.close();
    lint(source, kind.ok(), amount.as_ref().ok(), &rules);
    Ok(Pack {
        id: id?,
        title: title?,
        kind: kind?,
        grade: grade?,
        effective_from: effective_from?,
        award_kind: award_kind?,
        basis: basis?,
        amount: amount?,
        rules,
    })
}

fn read_documents(root: &mut Section<'_, '_>) -> Read<BTreeMap<String, String>> {
    let mut section = root.need("documents", Section::table)?;
    section.entries("the title of a document", |value: &DeValue<'_>| {
        let title = value.as_str()?.trim();
        (!title.is_empty()).then(|| title.to_owned())
    })
}

fn read_id(root: &mut Section<'_, '_>) -> Read<ProgrammeId> {
    let id = root.need("id", Section::text)?;
    if is_id(&id) {
        Ok(ProgrammeId(id))
    } else {
        Err(note_id(root, &id))
    }
}

fn note_id(root: &Section<'_, '_>, id: &str) -> Noted {
    let message = format!("`{id}` is not an id: small letters, digits and hyphens, a letter first");
    root.note("id", message)
}

/// How sure a section's figures are, from its `grade`.
pub(in crate::domain) fn read_grade(section: &mut Section<'_, '_>) -> Read<Grade> {
    let written = section.need("grade", Section::text)?;
    Grade::parse(&written).ok_or_else(|| {
        section.note(
            "grade",
            "`grade` is \"A\", \"B\" or \"C\", or several with / between, like \"B/A\"",
        )
    })
}
