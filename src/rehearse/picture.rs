//! The picture of a rehearsal: what arrived and what became of it, and under it how long it
//! took, over the same time. Plain SVG without script, for any browser.

use std::fmt::Write;

use super::report::Report;
use super::timeline::Slot;

const WIDTH: f64 = 960.0;
const LEFT: f64 = 80.0;
const RIGHT: f64 = 930.0;
/// Top and bottom of the two panels.
const RATES: (f64, f64) = (90.0, 300.0);
const TIMES: (f64, f64) = (370.0, 540.0);

type Series = (&'static str, &'static str, fn(&Slot) -> f64);

const RATE_SERIES: [Series; 4] = [
    ("arrivals", "#888888", |s| s.arrivals as f64),
    ("accepted", "#0a7d4f", |s| s.accepted as f64),
    ("refused", "#b06000", |s| s.refused as f64),
    ("turned away or failed", "#c5221f", |s| {
        (s.turned_away + s.failed) as f64
    }),
];

const TIME_SERIES: [Series; 2] = [
    ("p50", "#1a5fb4", |s| s.p50_ms),
    ("p99", "#8e24aa", |s| s.p99_ms),
];

impl Report {
    /// The rehearsal over time as an SVG document.
    pub fn picture(&self) -> String {
        let mut svg = String::new();
        // Writing to a string cannot fail.
        let _written = self.draw(&mut svg);
        svg
    }

    fn draw(&self, svg: &mut String) -> std::fmt::Result {
        writeln!(
            svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} 600\" role=\"img\" \
             font-family=\"sans-serif\" font-size=\"13\">\n\
             <title>Rehearsal of {}</title>\n\
             <rect width=\"{WIDTH}\" height=\"600\" fill=\"#ffffff\"/>",
            escaped(&self.programme)
        )?;
        let head = format!(
            "{}: {} claims, {} connections, {:.0} verdicts a second, p99 {:.1} ms",
            self.programme, self.claims, self.connections, self.claims_per_second, self.p99_ms
        );
        text(svg, (LEFT, 28.0), "start", "#111111", &head)?;
        let width = self.slot_seconds;
        let seconds = (self.timeline.len() as f64 * width).max(width);
        let highest = |series: &[Series], scale: f64| {
            let values = series
                .iter()
                .flat_map(|(_, _, read)| self.timeline.iter().map(move |s| read(s) * scale));
            values.fold(0.0, f64::max)
        };
        let rates = Panel {
            title: "claims a second",
            area: RATES,
            top: step(highest(&RATE_SERIES, 1.0 / width)),
            seconds,
            slot: width,
            scale: 1.0 / width,
        };
        rates.draw(svg, &self.timeline, &RATE_SERIES)?;
        let times = Panel {
            title: "latency of verdicts, ms",
            area: TIMES,
            top: step(highest(&TIME_SERIES, 1.0)),
            seconds,
            slot: width,
            scale: 1.0,
        };
        times.draw(svg, &self.timeline, &TIME_SERIES)?;
        text(
            svg,
            (f64::midpoint(LEFT, RIGHT), 585.0),
            "middle",
            "#444444",
            "seconds",
        )?;
        writeln!(svg, "</svg>")
    }
}

/// One of the two diagrams.
struct Panel {
    title: &'static str,
    area: (f64, f64),
    /// The value at its upper edge.
    top: f64,
    /// How long the whole is.
    seconds: f64,
    slot: f64,
    /// What a slot's figure is multiplied by.
    scale: f64,
}

impl Panel {
    fn x(&self, seconds: f64) -> f64 {
        LEFT + (RIGHT - LEFT) * seconds / self.seconds
    }

    fn y(&self, value: f64) -> f64 {
        let (top, bottom) = self.area;
        bottom - (bottom - top) * value / self.top
    }

    fn draw(&self, svg: &mut String, slots: &[Slot], series: &[Series]) -> std::fmt::Result {
        let (top, bottom) = self.area;
        text(svg, (LEFT, top - 12.0), "start", "#444444", self.title)?;
        for part in 0..=4 {
            let value = self.top * f64::from(part) / 4.0;
            let y = self.y(value);
            writeln!(
                svg,
                "<path d=\"M{LEFT} {y:.1}H{RIGHT}\" stroke=\"#dddddd\"/>"
            )?;
            text(svg, (LEFT - 8.0, y + 4.0), "end", "#444444", &number(value))?;
        }
        for part in 0..=5 {
            let seconds = self.seconds * f64::from(part) / 5.0;
            let place = (self.x(seconds), bottom + 18.0);
            text(svg, place, "middle", "#444444", &number(seconds))?;
        }
        let mut right = RIGHT;
        for (name, colour, read) in series.iter().rev() {
            text(svg, (right, top - 12.0), "end", colour, name)?;
            right -= 16.0 + 7.5 * name.len() as f64;
            self.line(svg, slots, colour, *read)?;
        }
        Ok(())
    }

    fn line(
        &self,
        svg: &mut String,
        slots: &[Slot],
        colour: &str,
        read: fn(&Slot) -> f64,
    ) -> std::fmt::Result {
        write!(
            svg,
            "<path fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.6\" d=\""
        )?;
        for (n, slot) in slots.iter().enumerate() {
            let (from, to) = (
                self.x(slot.from_seconds),
                self.x(slot.from_seconds + self.slot),
            );
            let y = self.y(read(slot) * self.scale);
            let begin = if n == 0 { 'M' } else { 'L' };
            write!(svg, "{begin}{from:.1} {y:.1}H{to:.1}")?;
        }
        writeln!(svg, "\"/>")
    }
}

fn text(
    svg: &mut String,
    (x, y): (f64, f64),
    anchor: &str,
    colour: &str,
    words: &str,
) -> std::fmt::Result {
    let words = escaped(words);
    writeln!(
        svg,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" fill=\"{colour}\">{words}</text>"
    )
}

fn escaped(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}

/// The next of 1, 2, 4, 5, 8, 10, 20 … at or above a value, so that its quarters read well.
fn step(value: f64) -> f64 {
    if value <= 0.0 {
        return 1.0;
    }
    let magnitude = 10f64.powf(value.log10().floor());
    let steps = [1.0, 2.0, 4.0, 5.0, 8.0, 10.0];
    let fits = steps.iter().find(|step| **step * magnitude >= value);
    fits.unwrap_or(&10.0) * magnitude
}

fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_end_at_numbers_that_read_well() {
        for (value, top) in [
            (0.0, 1.0),
            (0.03, 0.04),
            (1.0, 1.0),
            (9.5, 10.0),
            (10_400.0, 20_000.0),
        ] {
            assert!((step(value) - top).abs() < 1e-9, "{value}: {}", step(value));
        }
        assert_eq!(number(2_500.0), "2500");
        assert_eq!(number(0.25), "0.25");
    }
}
