//! What was accepted by days, against a journal whose entries were moved to other days.

use tradein::clock;
use tradein::domain::time::Timestamp;
use tradein::storage::{Database, Target, journal_days, pools};

use crate::place::{POOL, PROGRAMME, Place, fen, yuan};
use crate::support::Backend;
use crate::support::claims::claim;

const DAY: i64 = 24 * 3_600 * 1_000_000;

fn days_are_told(backend: Backend) {
    let place = Place::new(backend, "1000000", &[PROGRAMME]);
    let amounts: Vec<i64> = (0..7)
        .map(|_| fen(&place.file(&claim(PROGRAMME))["amount"]))
        .collect();
    let sum = |claims: std::ops::Range<usize>| {
        let count = claims.len().to_string();
        (count, yuan(amounts[claims].iter().sum()))
    };

    // Entry 1 opens the pool; entries 2 to 8 are claims. Four days ago: the opening and two claims;
    // three and two days ago: one each; today: three.
    for (upto, days) in [(3, 4), (4, 3), (5, 2)] {
        place.database.execute(&format!(
            "UPDATE journal SET at_us = at_us - {} WHERE seq <= {upto} AND at_us > {}",
            days * DAY,
            clock::now().0 - DAY / 24
        ));
    }
    let told = place.visitor().get(&format!("/pools/{POOL}")).whole();
    let rows: Vec<&str> = told.html.split("<tr><th scope=\"row\">").skip(1).collect();
    let figures = |row: &str| {
        let cells: Vec<&str> = row.split("<td class=\"number\">").skip(1).collect();
        let cell = |at: usize| cells[at].split('<').next().unwrap().trim().to_owned();
        (cell(0), cell(1))
    };
    let found: Vec<(String, String)> = rows.iter().map(|row| figures(row)).collect();
    let expected = [sum(0..2), sum(2..3), sum(3..4), sum(4..4), sum(4..7)];
    assert_eq!(found, expected);
    told.has(&[
        "数据太少",
        "<polyline class=\"line\"",
        "tradein verify --export",
    ]);
    told.has(&["https://trade-in.example/v1/public/journal/cars-2025"]);

    // Every boundary is what counting gives.
    let database = Database::open(Target::parse(place.database.url()).unwrap(), 1).unwrap();
    let mut conn = database.get().unwrap();
    let all = pools::all(&mut conn).unwrap();
    let pool = all.into_iter().find(|pool| pool.name == POOL).unwrap();
    let mut times = Vec::new();
    for seq in 1..=pool.head_seq {
        times.push(journal_days::at(&mut conn, pool.id, seq).unwrap().unwrap());
    }
    for at in times.iter().flat_map(|at| [at.0 - 1, at.0, at.0 + 1]) {
        let expected = times.iter().filter(|time| time.0 < at).count() as i64;
        let found = journal_days::last_before(&mut conn, pool.id, Timestamp(at), 0, pool.head_seq);
        assert_eq!(found.unwrap(), expected);
    }
}

#[test]
fn days_are_told_sqlite() {
    days_are_told(Backend::Sqlite);
}

#[test]
fn days_are_told_postgres() {
    days_are_told(Backend::Postgres);
}
