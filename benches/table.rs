//! The figures side by side, as Markdown: it reads as well on a terminal, and can be kept.

use std::collections::BTreeMap;
use std::fmt;

use crate::growth::Grown;
use crate::load::Figures;
use crate::scene::Way;
use crate::steady::Outcome;

/// Every run, in the order in which lines were first seen.
#[derive(Default)]
pub struct Table {
    lines: Vec<Line>,
    steady: Vec<(&'static str, &'static str, Vec<Outcome>)>,
    growth: Vec<(&'static str, u64, Grown)>,
}

/// What stands side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    pub scenario: &'static str,
    pub database: &'static str,
    pub connections: usize,
}

struct Line {
    key: Key,
    ways: BTreeMap<Way, Vec<Figures>>,
}

impl Table {
    pub fn note(&mut self, key: Key, way: Way, figures: Figures) {
        let found = self.lines.iter().position(|line| line.key == key);
        let index = found.unwrap_or_else(|| {
            let ways = BTreeMap::new();
            self.lines.push(Line { key, ways });
            self.lines.len() - 1
        });
        if let Some(line) = self.lines.get_mut(index) {
            line.ways.entry(way).or_default().push(figures);
        }
    }

    pub fn note_steady(&mut self, scenario: &'static str, database: &'static str, come: Outcome) {
        let mut lines = self.steady.iter_mut();
        match lines.find(|line| (line.0, line.1) == (scenario, database)) {
            Some((_, _, all)) => all.push(come),
            None => self.steady.push((scenario, database, vec![come])),
        }
    }

    pub fn note_growth(&mut self, database: &'static str, earlier: u64, grown: Grown) {
        self.growth.push((database, earlier, grown));
    }

    fn speeds(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        head(
            f,
            "scenario | database | connections | way | claims a second | p50 ms | p99 ms | turned away | service µs | load µs",
        )?;
        for Line { key, ways } in &self.lines {
            for (way, all) in ways {
                let middle = |figure: fn(&Figures) -> f64| spread(all.iter().map(figure)).1;
                let speeds = range(all.iter().map(|x| x.claims_per_second), 0);
                let (p50, p99) = (middle(|x| x.p50_ms), middle(|x| x.p99_ms));
                let turned = middle(|x| x.turned_away.claims as f64);
                let (server, client) = (middle(|x| x.server_us), middle(|x| x.client_us));
                let (scenario, database, connections) =
                    (key.scenario, key.database, key.connections);
                writeln!(
                    f,
                    "| {scenario} | {database} | {connections} | {way} | {speeds} | {p50:.1} | \
                     {p99:.1} | {turned:.0} | {server:.0} | {client:.0} |"
                )?;
            }
        }
        Ok(())
    }

    fn ratios(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nWithin each round, median (from–to):\n")?;
        head(f, "scenario | database | connections | what | times")?;
        for Line { key, ways } in &self.lines {
            let Some(service) = ways.get(&Way::Service) else {
                continue;
            };
            for (way, all) in ways.iter().filter(|(way, _)| **way != Way::Service) {
                let pairs = service.iter().zip(all);
                let pairs = pairs.map(|(s, n)| (s.claims_per_second, n.claims_per_second));
                let (what, ratio) = match way {
                    Way::Two => (
                        "two instances to one".to_owned(),
                        range(pairs.map(|(one, two)| two / one), 2),
                    ),
                    _ => (
                        format!("service to {way}"),
                        range(pairs.map(|(s, n)| s / n), 2),
                    ),
                };
                let (scenario, database, connections) =
                    (key.scenario, key.database, key.connections);
                writeln!(
                    f,
                    "| {scenario} | {database} | {connections} | {what} | {ratio} |"
                )?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.lines.is_empty() {
            self.speeds(f)?;
            if self.lines.iter().any(|line| line.ways.len() > 1) {
                self.ratios(f)?;
            }
        }
        for (scenario, database, all) in &self.steady {
            writeln!(f, "\n{scenario}, {database}:\n")?;
            head(f, "what | median (from–to)")?;
            for (what, of, places) in ROWS {
                let values = range(all.iter().map(of), *places);
                writeln!(f, "| {what} | {values} |")?;
            }
        }
        for grown in &self.growth {
            growth(f, grown)?;
        }
        Ok(())
    }
}

/// What is said of a database that has grown.
fn growth(
    f: &mut fmt::Formatter<'_>,
    (database, earlier, grown): &(&str, u64, Grown),
) -> fmt::Result {
    writeln!(f, "\n{earlier} claims there already, {database}:\n")?;
    head(f, "what | median (from–to)")?;
    let rounds = || grown.rounds.iter();
    let empty = range(rounds().map(|(empty, _)| empty.claims_per_second), 0);
    let full = range(rounds().map(|(_, full)| full.claims_per_second), 0);
    let ratio = rounds().map(|(empty, full)| full.claims_per_second / empty.claims_per_second);
    let (_, status) = grown.beside.readings.unwrap_or_default();
    writeln!(f, "| on an empty database, claims a second | {empty} |")?;
    writeln!(f, "| on this one, claims a second | {full} |")?;
    writeln!(f, "| this one to the empty one | {} |", range(ratio, 2))?;
    writeln!(
        f,
        "| claim status through HTTP, p50 ms | {:.1} |",
        status.p50_ms
    )?;
    writeln!(
        f,
        "| claim status through HTTP, p99 ms | {:.1} |",
        status.p99_ms
    )?;
    writeln!(
        f,
        "| page of fifty open claims, p50 ms | {:.1} |",
        grown.page_ms.0
    )?;
    writeln!(
        f,
        "| page of fifty open claims, p99 ms | {:.1} |",
        grown.page_ms.1
    )
}

type Row = (&'static str, fn(&Outcome) -> f64, usize);

/// What is said of a steady load.
const ROWS: &[Row] = &[
    (
        "best closed loop of the round, claims a second",
        |o| o.best,
        0,
    ),
    ("claims sent", |o| o.figures.claims as f64, 0),
    (
        "sent late, of a hundred",
        |o| 100.0 * o.figures.late as f64 / o.figures.claims.max(1) as f64,
        1,
    ),
    ("verdicts a second", |o| o.figures.claims_per_second, 0),
    (
        "verdicts a second to the best closed loop",
        |o| o.figures.claims_per_second / o.best,
        2,
    ),
    ("verdicts, p50 ms", |o| o.figures.p50_ms, 1),
    ("verdicts, p99 ms", |o| o.figures.p99_ms, 1),
    ("one commit of one row, p99 ms", |o| o.commit_p99_ms, 1),
    (
        "verdicts p99 to one commit p99",
        |o| o.figures.p99_ms / o.commit_p99_ms,
        1,
    ),
    ("turned away", |o| o.figures.turned_away.claims as f64, 0),
    (
        "turned away without Retry-After",
        |o| o.figures.turned_away.not_told_when as f64,
        0,
    ),
    (
        "turned away, p50 ms from being due",
        |o| o.figures.turned_away.p50_ms,
        1,
    ),
    (
        "turned away, p99 ms from being due",
        |o| o.figures.turned_away.p99_ms,
        1,
    ),
    (
        "turned away, p99 ms from the sending",
        |o| o.figures.turned_away.sent_p99_ms,
        1,
    ),
    ("without any answer", |o| o.figures.unanswered as f64, 0),
    ("memory at the beginning, MB", |o| o.memory_mb[0], 0),
    ("memory in the middle, MB", |o| o.memory_mb[1], 0),
    ("memory at the end, MB", |o| o.memory_mb[2], 0),
    (
        "public pools, p50 ms",
        |o| o.figures.readings.unwrap_or_default().0.p50_ms,
        1,
    ),
    (
        "public pools, p99 ms",
        |o| o.figures.readings.unwrap_or_default().0.p99_ms,
        1,
    ),
    (
        "claim status, p50 ms",
        |o| o.figures.readings.unwrap_or_default().1.p50_ms,
        1,
    ),
    (
        "claim status, p99 ms",
        |o| o.figures.readings.unwrap_or_default().1.p99_ms,
        1,
    ),
    (
        "readings that failed",
        |o| {
            let (pools, status) = o.figures.readings.unwrap_or_default();
            (pools.failed + status.failed) as f64
        },
        0,
    ),
    ("service, CPU µs a claim sent", |o| o.figures.server_us, 0),
    ("load, CPU µs a claim sent", |o| o.figures.client_us, 0),
];

fn head(f: &mut fmt::Formatter<'_>, columns: &str) -> fmt::Result {
    let lines = "---|".repeat(columns.matches('|').count() + 1);
    writeln!(f, "| {columns} |\n|{lines}")
}

/// Median, with least and most where there is more than one.
fn range(values: impl Iterator<Item = f64>, places: usize) -> String {
    let (low, middle, high) = spread(values);
    let middle_text = format!("{middle:.places$}");
    if (high - low).abs() < f64::EPSILON {
        return middle_text;
    }
    format!("{middle_text} ({low:.places$}–{high:.places$})")
}

/// Least, median and most.
fn spread(values: impl Iterator<Item = f64>) -> (f64, f64, f64) {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let at = |i: usize| values.get(i).copied().unwrap_or_default();
    let count = values.len().max(1);
    let middle = (at((count - 1) / 2) + at(count / 2)) / 2.0;
    (at(0), middle, at(count - 1))
}
