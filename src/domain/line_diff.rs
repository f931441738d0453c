//! What differs between two texts, line by line.

/// A row of two texts side by side; a line has its number, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row<'a> {
    /// The line of the first text; none where one was added.
    pub before: Option<(usize, &'a str)>,
    /// The line of the second text; none where one was removed.
    pub after: Option<(usize, &'a str)>,
    /// Whether the two differ.
    pub changed: bool,
}

/// Pairs of lines that are compared at most: sixteen megabytes of counts. Texts that differ in
/// more are told as wholly replaced from their first difference to their last.
const MOST_PAIRS: usize = 4_000_000;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Same,
    Remove,
    Add,
}

/// The parts in which two texts differ, each with at most `context` common lines around it; none
/// where the texts are the same.
pub fn side_by_side<'a>(before: &'a str, after: &'a str, context: usize) -> Vec<Vec<Row<'a>>> {
    let (a, b): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let rows = rows(&a, &b);
    let mut parts: Vec<Vec<Row<'a>>> = Vec::new();
    let mut shown_to = 0;
    for (at, row) in rows.iter().enumerate() {
        if !row.changed {
            continue;
        }
        let from = at.saturating_sub(context).max(shown_to);
        let to = (at + context + 1).min(rows.len());
        let joins = from == shown_to && !parts.is_empty();
        match parts.last_mut() {
            Some(last) if joins => last.extend(&rows[from..to.max(from)]),
            _ => parts.push(rows[from..to].to_vec()),
        }
        shown_to = to.max(shown_to);
    }
    parts
}

/// Every line of both texts; what was removed stands beside what was added in its place.
fn rows<'a>(a: &[&'a str], b: &[&'a str]) -> Vec<Row<'a>> {
    let mut rows = Vec::with_capacity(a.len().max(b.len()));
    let (mut i, mut j) = (0, 0);
    let (mut removed, mut added) = (Vec::new(), Vec::new());
    for step in script(a, b) {
        match step {
            Step::Remove => removed.push((i + 1, a[i])),
            Step::Add => added.push((j + 1, b[j])),
            Step::Same => {
                settle(&mut rows, &mut removed, &mut added);
                rows.push(Row {
                    before: Some((i + 1, a[i])),
                    after: Some((j + 1, b[j])),
                    changed: false,
                });
            }
        }
        i += usize::from(step != Step::Add);
        j += usize::from(step != Step::Remove);
    }
    settle(&mut rows, &mut removed, &mut added);
    rows
}

/// Puts lines that were removed beside those that were added in their place.
fn settle<'a>(
    rows: &mut Vec<Row<'a>>,
    removed: &mut Vec<(usize, &'a str)>,
    added: &mut Vec<(usize, &'a str)>,
) {
    for at in 0..removed.len().max(added.len()) {
        rows.push(Row {
            before: removed.get(at).copied(),
            after: added.get(at).copied(),
            changed: true,
        });
    }
    removed.clear();
    added.clear();
}

/// The steps that make the second text of the first, with as many common lines as can be.
fn script(a: &[&str], b: &[&str]) -> Vec<Step> {
    let begin = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (rest_a, rest_b) = (&a[begin..], &b[begin..]);
    let ends = rest_a.iter().rev().zip(rest_b.iter().rev());
    let end = ends.take_while(|(x, y)| x == y).count();
    let (a, b) = (&rest_a[..rest_a.len() - end], &rest_b[..rest_b.len() - end]);
    let mut steps = vec![Step::Same; begin];
    if a.len().saturating_mul(b.len()) > MOST_PAIRS {
        steps.extend(vec![Step::Remove; a.len()]);
        steps.extend(vec![Step::Add; b.len()]);
    } else {
        steps.extend(middle(a, b));
    }
    steps.extend(vec![Step::Same; end]);
    steps
}

/// The longest common subsequence, reckoned from the end of both.
fn middle(a: &[&str], b: &[&str]) -> Vec<Step> {
    let width = b.len() + 1;
    let mut longest = vec![0_u32; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            longest[i * width + j] = if a[i] == b[j] {
                1 + longest[(i + 1) * width + j + 1]
            } else {
                longest[(i + 1) * width + j].max(longest[i * width + j + 1])
            };
        }
    }
    let mut steps = Vec::with_capacity(a.len() + b.len());
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        let step = if a[i] == b[j] {
            Step::Same
        } else if longest[(i + 1) * width + j] >= longest[i * width + j + 1] {
            Step::Remove
        } else {
            Step::Add
        };
        i += usize::from(step != Step::Add);
        j += usize::from(step != Step::Remove);
        steps.push(step);
    }
    steps.extend(vec![Step::Remove; a.len() - i]);
    steps.extend(vec![Step::Add; b.len() - j]);
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `=` for a common line, `-`, `+`, and `~` for a line in the place of another; `|` between
    /// parts.
    fn told(before: &str, after: &str, context: usize) -> String {
        let mark = |row: &Row<'_>| match (row.before, row.after) {
            _ if !row.changed => '=',
            (Some(_), Some(_)) => '~',
            (Some(_), None) => '-',
            _ => '+',
        };
        let parts = side_by_side(before, after, context);
        let parts = parts.iter().map(|p| p.iter().map(mark).collect::<String>());
        parts.collect::<Vec<_>>().join("|")
    }

    #[test]
    fn what_is_the_same_is_not_shown() {
        assert_eq!(told("a\nb\nc", "a\nb\nc", 3), "");
        assert_eq!(told("", "", 3), "");
    }

    #[test]
    fn lines_are_removed_added_and_replaced() {
        assert_eq!(told("a\nb\nc", "a\nc", 1), "=-=");
        assert_eq!(told("a\nc", "a\nb\nc", 1), "=+=");
        assert_eq!(told("a\nb\nc", "a\nB\nc", 1), "=~=");
        assert_eq!(told("", "a\nb", 1), "++");
        assert_eq!(told("a\nb", "", 1), "--");
        assert_eq!(told("a\nb\nc", "a\nx\ny\nc", 0), "~+");
    }

    #[test]
    fn parts_that_touch_are_one_and_others_stand_apart() {
        let text = |marks: &str| marks.split("").collect::<Vec<_>>().join("\n");
        assert_eq!(told(&text("abcdefgh"), &text("aBcdefGh"), 1), "=~=|=~=");
        assert_eq!(told(&text("abcdefgh"), &text("aBcdeFgh"), 2), "==~===~==");
        assert_eq!(told(&text("abcd"), &text("aBCd"), 1), "=~~=");
    }

    #[test]
    fn rows_put_together_are_both_texts() {
        let cases = [
            ("a\nb\nc\nd", "b\nd\ne"),
            ("x\nx\ny", "y\nx\nx"),
            ("1\n2", "3\n4\n5"),
        ];
        for (before, after) in cases {
            let parts = side_by_side(before, after, 100);
            let side = |pick: fn(&Row<'_>) -> Option<(usize, String)>| {
                let lines: Vec<_> = parts.iter().flatten().filter_map(pick).collect();
                assert!(lines.iter().zip(1..).all(|((number, _), at)| *number == at));
                lines
                    .into_iter()
                    .map(|(_, line)| line)
                    .collect::<Vec<_>>()
                    .join("\n")
            };
            assert_eq!(side(|r| r.before.map(|(n, l)| (n, l.to_owned()))), before);
            assert_eq!(side(|r| r.after.map(|(n, l)| (n, l.to_owned()))), after);
        }
    }

    #[test]
    fn texts_that_are_too_long_to_compare_are_wholly_replaced() {
        let long = |word: &str| {
            (0..2_500)
                .map(|n| format!("{word}{n}\n"))
                .collect::<String>()
        };
        let (before, after) = (
            format!("same\n{}", long("a")),
            format!("same\n{}", long("b")),
        );
        let parts = side_by_side(&before, &after, 1);
        assert_eq!(parts.len(), 1);
        assert_eq!(parts[0].iter().filter(|row| row.changed).count(), 2_500);
    }
}
