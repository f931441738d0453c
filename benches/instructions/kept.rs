//! The figures that are kept: a line for each database and mode.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use crate::Fallible;

const HEAD: &str = "\
# Instructions a claim of the service's own process, under callgrind; see docs/performance.md.
# Written by `cargo bench --bench instructions -- --save`, with every change that moves them.
# database mode instructions claims-a-batch
";

/// What a claim costs.
#[derive(Debug, Clone, Copy)]
pub struct Counted {
    /// Instructions a claim.
    pub instructions: u64,
    /// Claims a batch, on the average: where it differs, two counts are not of the same work.
    pub batch: f64,
}

/// What is kept.
#[derive(Debug, Default)]
pub struct Kept(BTreeMap<(String, String), Counted>);

impl Kept {
    /// Reads the file; nothing is kept where there is none.
    pub fn read(path: &Path) -> Fallible<Self> {
        if !path.exists() {
            return Ok(Self::default());
        }
        let mut kept = BTreeMap::new();
        for line in std::fs::read_to_string(path)?.lines() {
            if line.starts_with('#') {
                continue;
            }
            let fields: Vec<&str> = line.split_whitespace().collect();
            let [database, mode, instructions, batch] = fields[..] else {
                return Err(format!("{}: {line:?} is no figure", path.display()).into());
            };
            let counted = Counted {
                instructions: instructions.parse()?,
                batch: batch.parse()?,
            };
            kept.insert((database.to_owned(), mode.to_owned()), counted);
        }
        Ok(Self(kept))
    }

    pub fn write(&self, path: &Path) -> Fallible<()> {
        let mut text = HEAD.to_owned();
        for ((database, mode), counted) in &self.0 {
            writeln!(
                text,
                "{database} {mode} {} {:.1}",
                counted.instructions, counted.batch
            )?;
        }
        Ok(std::fs::write(path, text)?)
    }

    pub fn note(&mut self, database: &str, mode: &str, counted: Counted) {
        self.0
            .insert((database.to_owned(), mode.to_owned()), counted);
    }

    /// Whether more is spent than `margin` percent above what is kept.
    pub fn is_dearer(&self, database: &str, mode: &str, now: Counted, margin: f64) -> bool {
        self.change(database, mode, now)
            .is_some_and(|percent| percent > margin)
    }

    /// A line that says what is spent, and how much more or less.
    pub fn compare(&self, database: &str, mode: &str, now: Counted) -> String {
        let change = self.change(database, mode, now);
        let change = change.map_or("not kept yet".to_owned(), |p| format!("{p:+.1} %"));
        format!(
            "{database}, {mode}: {} instructions a claim ({change}), {:.1} claims a batch",
            now.instructions, now.batch
        )
    }

    fn change(&self, database: &str, mode: &str, now: Counted) -> Option<f64> {
        let then = self.0.get(&(database.to_owned(), mode.to_owned()))?;
        Some((now.instructions as f64 / then.instructions as f64 - 1.0) * 100.0)
    }
}
