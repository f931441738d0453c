//! A claim as a page of the bureau shows it: its dossier with facts and papers side by side.

use super::facts::{self, Fact, Part};
use crate::domain::transition::Act;
use crate::http::pages::frame::Frame;
use crate::http::pages::told;
use crate::http::problem::Problem;
use crate::operations::dossier::{Dossier, Step};

/// What is shown of a claim.
#[derive(Debug)]
pub struct Sheet {
    /// The dossier.
    pub d: Dossier,
    /// The facts, masked.
    pub parts: Vec<Part>,
    /// Papers that came, the last of each kind.
    pub papers: Vec<PaperLine>,
    /// Titles of papers that were asked for and are not there.
    pub missing: Vec<String>,
    /// How the amount was reckoned.
    pub explanation: Vec<Explained>,
    /// Whether the page shows a paper beside the facts; else each is opened by itself.
    pub beside: bool,
}

/// A line of the explanation of an amount.
#[derive(Debug, Clone, serde::Deserialize)]
pub struct Explained {
    /// The sentence.
    pub text: String,
    /// Document and clause.
    pub basis: String,
}

/// A paper that came.
#[derive(Debug, Clone)]
pub struct PaperLine {
    /// Its word.
    pub paper: String,
    /// Its title.
    pub title: String,
    /// How it can be shown.
    pub kind: Kind,
    /// How large it is, in kB.
    pub kilobytes: i64,
    /// When it came, in words.
    pub came: String,
}

/// How a browser can show a paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A picture.
    Picture,
    /// A document.
    Pdf,
    /// Not at all: it is saved.
    File,
}

impl Kind {
    /// Of a media type.
    pub fn of(media: &str) -> Self {
        match media {
            "application/pdf" => Kind::Pdf,
            "image/jpeg" | "image/png" => Kind::Picture,
            _ => Kind::File,
        }
    }

    /// Whether it is a picture.
    pub fn is_picture(self) -> bool {
        self == Kind::Picture
    }

    /// Whether it is a document that browsers show.
    pub fn is_pdf(self) -> bool {
        self == Kind::Pdf
    }
}

impl Sheet {
    /// The sheet of a dossier.
    pub fn new(f: &Frame, d: Dossier) -> Self {
        let title = |paper: &str| {
            let asked = d.asked.iter().find(|asked| asked.paper == paper);
            asked.map_or_else(|| paper.to_owned(), |asked| asked.title.clone())
        };
        let mut papers: Vec<PaperLine> = Vec::new();
        for paper in &d.claim.papers {
            papers.retain(|line| line.paper != paper.paper);
            papers.push(PaperLine {
                title: title(&paper.paper),
                kind: Kind::of(&paper.media_type),
                kilobytes: (paper.bytes + 1023) / 1024,
                came: f.time(&paper.received_at),
                paper: paper.paper.clone(),
            });
        }
        let there = |paper: &str| papers.iter().any(|line| line.paper == paper);
        let missing = d.asked.iter().filter(|asked| !there(&asked.paper));
        let explanation = serde_json::from_str(d.claim.explanation.get());
        Self {
            parts: facts::parts(f, &d.claim),
            missing: missing.map(|asked| asked.title.clone()).collect(),
            explanation: explanation.unwrap_or_default(),
            beside: false,
            papers,
            d,
        }
    }

    /// The same for a page that shows a paper beside the facts.
    #[must_use]
    pub fn with_paper_beside(mut self) -> Self {
        self.beside = true;
        self
    }

    /// The address of the claim, for everybody of the bureau.
    pub fn path(&self) -> String {
        format!("/bureau/claims/{}", self.d.claim.id)
    }

    /// The paper of this word, else the first one.
    pub fn paper(&self, word: &str) -> Option<&PaperLine> {
        let chosen = self.papers.iter().find(|line| line.paper == word);
        chosen.or(self.papers.first())
    }

    /// The address of a paper.
    pub fn paper_path(&self, line: &PaperLine) -> String {
        format!("{}/papers/{}", self.path(), line.paper)
    }

    /// The papers that came of those that prove a fact by the claim's pack.
    pub fn proving(&self, fact: &Fact) -> Vec<&PaperLine> {
        let proves = |line: &&PaperLine| {
            let mut asked = self.d.asked.iter();
            asked.any(|asked| asked.paper == line.paper && asked.proves.contains(&fact.pointer))
        };
        self.papers.iter().filter(proves).collect()
    }

    /// The title of the paper that came in a step.
    pub fn paper_of(&self, step: &Step) -> Option<&str> {
        let Step::Paper(word) = step else { return None };
        let line = self.papers.iter().find(|line| line.paper == *word);
        line.map(|line| line.title.as_str())
    }

    /// What a field of the claim is called; its pointer where it is none of the facts.
    pub fn field<'a>(&'a self, pointer: &'a str) -> &'a str {
        let mut facts = self.parts.iter().flat_map(|part| &part.facts);
        let fact = facts.find(|fact| fact.pointer == pointer);
        fact.map_or(pointer, |fact| fact.label)
    }

    /// Whether an act is possible in this state, and in words what hinders this person.
    pub fn prospect(&self, f: &Frame, act: Act) -> Option<Option<&'static str>> {
        let found = self.d.prospects.iter().find(|p| p.act == act)?;
        let words = |denial| told::words(Problem::from(denial).code(), f.lang).1;
        Some(found.denial.map(words))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::paper_content::Media;

    #[test]
    fn browsers_show_pictures_and_documents() {
        let kinds = Media::ALL.iter().map(|media| Kind::of(media.media_type()));
        let kinds: Vec<Kind> = kinds.collect();
        for kind in [Kind::Picture, Kind::Pdf, Kind::File] {
            assert!(kinds.contains(&kind), "{kind:?}");
        }
    }
}
