//! The text of a pack with its places, and the mistakes that are found in it.

use std::cell::RefCell;
use std::collections::BTreeMap;

/// A mistake in a pack, at its place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

/// A mistake was found and has been noted; only noting one makes this.
#[derive(Debug, Clone, Copy)]
pub(in crate::domain) struct Noted(());

/// A value, or the knowledge that its mistake is noted.
pub(in crate::domain) type Read<T> = Result<T, Noted>;

/// Where mistakes are gathered.
pub(in crate::domain) struct Source<'t> {
    text: &'t str,
    /// With broken syntax a thing that seems absent may merely be unreadable.
    broken: bool,
    problems: RefCell<Vec<(usize, String)>>,
    places: RefCell<BTreeMap<String, usize>>,
    documents: RefCell<BTreeMap<String, String>>,
}

impl<'t> Source<'t> {
    /// A source without mistakes so far.
    pub(super) fn new(text: &'t str, broken: bool) -> Self {
        Self {
            text,
            broken,
            problems: RefCell::default(),
            places: RefCell::default(),
            documents: RefCell::default(),
        }
    }

    /// Notes a mistake at a byte offset.
    pub(super) fn note(&self, offset: usize, message: impl Into<String>) -> Noted {
        self.problems.borrow_mut().push((offset, message.into()));
        Noted(())
    }

    /// Notes that something is missing, unless broken syntax may merely hide it.
    pub(super) fn absent(&self, offset: usize, message: String) -> Noted {
        if self.broken {
            Noted(())
        } else {
            self.note(offset, message)
        }
    }

    /// Notes a mistake at a path such as `amount.rate[0].cap_yuan`, or at the nearest part of it
    /// that the text has.
    pub(super) fn note_at(&self, path: &str, message: impl Into<String>) -> Noted {
        let places = self.places.borrow();
        let mut path = path;
        loop {
            if let Some(offset) = places.get(path) {
                return self.note(*offset, message);
            }
            match path.rfind(['.', '[']) {
                Some(end) => path = &path[..end],
                None => return self.note(0, message),
            }
        }
    }

    /// Notes that a section is missing.
    pub(super) fn missing_section(&self, name: &str) -> Noted {
        self.absent(0, format!("the pack needs a section [{name}]"))
    }

    /// Whether the text has something at a path that was read.
    pub(super) fn has(&self, path: &str) -> bool {
        self.offset_of(path).is_some()
    }

    /// Remembers where a path stands.
    pub(super) fn remember(&self, path: String, offset: usize) {
        self.places.borrow_mut().insert(path, offset);
    }

    /// Where a path stands.
    pub(super) fn offset_of(&self, path: &str) -> Option<usize> {
        self.places.borrow().get(path).copied()
    }

    /// The title of the document that bases name so.
    pub(super) fn document(&self, name: &str) -> Option<String> {
        self.documents.borrow().get(name).cloned()
    }

    /// Keeps the titles of the documents that bases name.
    pub(super) fn set_documents(&self, documents: BTreeMap<String, String>) {
        *self.documents.borrow_mut() = documents;
    }

    /// Every mistake in the order of the text.
    pub(super) fn into_problems(self) -> Vec<Problem> {
        let text = self.text;
        let mut problems: Vec<Problem> = self
            .problems
            .into_inner()
            .into_iter()
            .map(|(offset, message)| place(text, offset, message))
            .collect();
        problems.sort();
        problems.dedup();
        problems
    }
}

fn place(text: &str, offset: usize, message: String) -> Problem {
    let mut end = offset.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let before = &text[..end];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    Problem {
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
        message,
    }
}
