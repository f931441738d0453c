//! The figures side by side.

use std::collections::BTreeMap;
use std::fmt;

use crate::load::Figures;
use crate::scene::Way;

/// Every run, in the order in which lines were first seen.
#[derive(Default)]
pub struct Table {
    lines: Vec<Line>,
}

struct Line {
    database: &'static str,
    connections: usize,
    ways: BTreeMap<Way, Vec<Figures>>,
}

impl Table {
    pub fn note(&mut self, database: &'static str, connections: usize, way: Way, figures: Figures) {
        let same = |line: &Line| line.database == database && line.connections == connections;
        let found = self.lines.iter().position(same);
        let index = found.unwrap_or_else(|| {
            self.lines.push(Line {
                database,
                connections,
                ways: BTreeMap::new(),
            });
            self.lines.len() - 1
        });
        if let Some(line) = self.lines.get_mut(index) {
            line.ways.entry(way).or_default().push(figures);
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "\n{:<12}{:>6}  {:<9}{:>22}{:>10}{:>10}{:>12}{:>12}",
            "database",
            "conn.",
            "way",
            "claims/s (from–to)",
            "p50 ms",
            "p99 ms",
            "service µs",
            "load µs"
        )?;
        for line in &self.lines {
            for (way, all) in &line.ways {
                let middle = |figure: fn(&Figures) -> f64| spread(all.iter().map(figure)).1;
                let (p50, p99) = (middle(|x| x.p50_ms), middle(|x| x.p99_ms));
                let (server, client) = (middle(|x| x.server_us), middle(|x| x.client_us));
                let speed = spread(all.iter().map(|x| x.claims_per_second));
                let speeds = format!("{:.0} ({:.0}–{:.0})", speed.1, speed.0, speed.2);
                let (database, connections, way) =
                    (line.database, line.connections, way.to_string());
                writeln!(
                    f,
                    "{database:<12}{connections:>6}  {way:<9}{speeds:>22}{p50:>10.1}{p99:>10.1}\
                     {server:>12.0}{client:>12.0}"
                )?;
            }
        }
        writeln!(
            f,
            "\nservice to the others, within each round: median (from–to)"
        )?;
        for line in &self.lines {
            let Some(service) = line.ways.get(&Way::Service) else {
                continue;
            };
            for (way, all) in line.ways.iter().filter(|(way, _)| **way != Way::Service) {
                let pairs = service.iter().zip(all);
                let ratios = pairs.map(|(s, n)| s.claims_per_second / n.claims_per_second);
                let (low, middle, high) = spread(ratios);
                let (database, connections, way) =
                    (line.database, line.connections, way.to_string());
                writeln!(
                    f,
                    "{database:<12}{connections:>6}  {way:<9}{middle:.2} times ({low:.2}–{high:.2})"
                )?;
            }
        }
        Ok(())
    }
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
