//! Each kind of mistake, planted in the shipped calendar by replacing text, is found at its place.

use tradein::domain::calendar::Calendar;

use crate::shipped::TEXT;

/// Replaces the first `from` by `to`, where `@` in `to` marks the place at which a problem with
/// `message` must be reported.
#[track_caller]
fn finds(from: &str, to: &str, message: &str) {
    assert!(TEXT.contains(from), "no {from:?}");
    finds_in(&TEXT.replacen(from, to, 1), message);
}

/// A problem with `message` must be reported at `@`, which is not part of the text, and no other.
#[track_caller]
fn finds_in(marked: &str, message: &str) {
    let at = marked.find('@').unwrap();
    let line = marked[..at].matches('\n').count() + 1;
    let column = marked[..at].rsplit('\n').next().unwrap().chars().count() + 1;
    let problems = Calendar::parse(&marked.replacen('@', "", 1)).unwrap_err();
    let found = problems.iter().any(|problem| {
        (problem.line, problem.column) == (line, column) && problem.message.contains(message)
    });
    assert!(
        found,
        "wanted {line}:{column} {message:?}, found {problems:#?}"
    );
    assert_eq!(problems.len(), 1, "and nothing else: {problems:#?}");
}

/// The text without what begins with `from` and ends with `to`.
fn cut(text: &str, from: &str, to: &str) -> String {
    let start = text.find(from).unwrap();
    let end = start + text[start..].find(to).unwrap() + to.len();
    format!("{}{}", &text[..start], &text[end..])
}

#[test]
fn broken_toml_and_unknown_keys() {
    finds(
        "year = 2024",
        "year = 2024\n@year = 2024",
        "not TOML: duplicate key",
    );
    finds(
        "[[year]]",
        "@colour = 1\n[[year]]",
        "unknown key `colour` in the calendar",
    );
    finds(
        "grade = \"A\"",
        "@note = 1\ngrade = \"A\"",
        "unknown key `note` in [year[0]]",
    );
    finds(
        "to = 2024-01-01 }",
        "to = 2024-01-01, @days = 1 }",
        "unknown key `days` in [year[0].holidays[0]]",
    );
    finds(
        "issued = 2023-10-25,",
        "issued = 2023-10-25, @day = 1,",
        "unknown key `day` in [year[0].basis]",
    );
}

#[test]
fn missing_keys() {
    finds(
        "[[year]]\nyear = 2024\n",
        "@[[year]]\n",
        "[year[0]] needs `year`",
    );
    finds(
        "basis = { number = \"国办发明电〔2023〕7号\", ",
        "@basis = { ",
        "[year[0].basis] needs `number`",
    );
    finds(
        "{ name = \"元旦\", ",
        "@{ ",
        "[year[0].holidays[0]] needs `name`",
    );
    // Without either, deadlines would be wrong and nobody would know.
    for (key, message) in [
        ("holidays = [", "[year[0]] needs `holidays`"),
        ("working = [", "[year[0]] needs `working`"),
    ] {
        let marked = TEXT.replacen("[[year]]", "@[[year]]", 1);
        finds_in(&cut(&marked, key, "]\n"), message);
    }
}

#[test]
fn an_empty_calendar() {
    for text in ["", "# nothing\n"] {
        let problems = Calendar::parse(text).unwrap_err();
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].message, "the calendar needs `year`");
    }
}

#[test]
fn wrong_values() {
    finds(
        "grade = \"A\"",
        "grade = @\"D\"",
        "`grade` is \"A\", \"B\" or \"C\"",
    );
    finds(
        "from = 2024-01-01",
        "from = @\"2024-01-01\"",
        "`from` must be a day",
    );
    finds(
        "to = 2024-01-01",
        "to = @2024-01-01T00:00:00",
        "`to` must be a day",
    );
    finds(
        "2024-02-04, #",
        "@\"2024-02-04\", #",
        "`working` lists days",
    );
    finds("year = 2024", "year = @4294967295", "this is not a year");
}

#[test]
fn a_year_twice() {
    let block = &TEXT[TEXT.rfind("[[year]]").unwrap()..];
    let twice = block.replacen("year = 2026", "year = @2026", 1);
    finds_in(&format!("{TEXT}\n{twice}"), "this year stands twice");
}

#[test]
fn days_of_another_year() {
    finds(
        "from = 2025-01-01, to = 2025-01-01",
        "from = @2024-12-31, to = 2025-01-01",
        "`from` is not a day of 2025",
    );
    finds(
        "from = 2026-10-01, to = 2026-10-07",
        "from = 2026-10-01, to = @2027-10-07",
        "`to` is not a day of 2026",
    );
    finds(
        "    2025-01-26,",
        "    @2024-12-28,",
        "2024-12-28 is not a day of 2025",
    );
}

#[test]
fn holidays_that_cannot_be() {
    finds(
        "from = 2026-02-15, to = 2026-02-23",
        "from = 2026-02-23, to = @2026-02-15",
        "`to` lies before `from`",
    );
    finds(
        "from = 2026-02-15, to = 2026-02-23",
        "from = 2026-02-15, to = @2026-03-23",
        "this makes 37 days off in a row, more than 15",
    );
    // Each at its border: no day at all, and one day too many.
    finds(
        "from = 2026-06-19, to = 2026-06-21",
        "from = 2026-06-19, to = @2026-06-18",
        "`to` lies before `from`",
    );
    finds(
        "from = 2026-06-19, to = 2026-06-21",
        "from = 2026-06-19, to = @2026-07-04",
        "this makes 16 days off in a row, more than 15",
    );
    let longest = TEXT.replacen("to = 2026-06-21", "to = 2026-07-03", 1);
    assert!(Calendar::parse(&longest).is_ok());
    finds(
        "from = 2026-10-01, to = 2026-10-07",
        "from = @2026-09-27, to = 2026-10-07",
        "these days overlap 中秋节",
    );
    let line = "    { name = \"中秋节\", from = 2026-09-25, to = 2026-09-27 },\n";
    let again = line.replacen("from = ", "from = @", 1);
    finds(line, &format!("{line}{again}"), "these days overlap 中秋节");
}

#[test]
fn worked_days_that_cannot_be() {
    finds(
        "    2026-02-14,",
        "    @2026-02-15,",
        "2026-02-15 lies within 春节",
    );
    finds(
        "    2026-02-14,",
        "    @2026-02-13,",
        "2026-02-13 is a Friday, worked anyway",
    );
    finds(
        "    2026-02-28,",
        "    @2026-02-14,",
        "`working` names this twice",
    );
}

#[test]
fn all_mistakes_are_named_at_once() {
    let text = TEXT
        .replacen("    2024-02-04,", "    2024-02-05,", 1)
        .replacen(
            "from = 2025-05-31, to = 2025-06-02",
            "from = 2025-06-02, to = 2025-05-31",
            1,
        )
        .replacen("    2025-09-28,", "    2025-01-26,", 1)
        .replacen("    2025-10-11,", "    2025-10-05,", 1)
        .replacen("    2026-01-04,", "    2025-01-04,", 1);
    let problems = Calendar::parse(&text).unwrap_err();
    let messages: Vec<&str> = problems.iter().map(|problem| &*problem.message).collect();
    assert_eq!(
        messages,
        [
            "2024-02-05 is a Monday, worked anyway",
            "`to` lies before `from`",
            "`working` names this twice",
            "2025-10-05 lies within 国庆节、中秋节",
            "2025-01-04 is not a day of 2026",
        ]
    );
}
