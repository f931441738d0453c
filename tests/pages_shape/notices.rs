//! `/notices`: masked lists of payout batches that were not discarded.

use crate::place::{PROGRAMME, Place, fen, yuan};
use crate::support::Backend;
use crate::support::claims::claim;

/// Seals a batch of one claim behind the program's back, so that no whole review is needed.
fn seal(place: &Place, number: &str, batch: i64, state: &str) {
    let ended = if state == "discarded" {
        "submitted_us"
    } else {
        "NULL"
    };
    place.database.execute(&format!(
        "INSERT INTO payout_batches (id, pool_id, number, state, lines, gross, set_off, net, hash,
            salt, sealed_by, sealed_us, discarded_by, discarded_us)
        SELECT id, pool_id, {batch}, '{state}', 1, amount, 0, amount, content_mac, sealed,
            dealer_id, submitted_us, CASE WHEN {ended} IS NULL THEN NULL ELSE dealer_id END, {ended}
        FROM claims WHERE number = '{number}';
        INSERT INTO payout_lines (end_to_end_id, batch_id, line, claim_id, attempt, dealer_id,
            payee, debtor_hash, sealed, gross, set_off, net, centre, province, zone, local, state)
        SELECT number, id, 1, id, 1, dealer_id, 'dealer', person_hash, sealed, amount, 0, amount,
            amount, 0, 0, 0, 'pending'
        FROM claims WHERE number = '{number}'"
    ));
}

fn lists_are_masked(backend: Backend) {
    let place = Place::new(backend, "1000000", &[PROGRAMME]);
    let visitor = place.visitor();
    visitor.get("/notices").whole().has(&["目前没有公示"]);
    let (sent, thrown) = (claim(PROGRAMME), claim(PROGRAMME));
    let listed = place.file(&sent);
    let gone = place.file(&thrown);

    let number = listed["number"].as_str().unwrap();
    let amount = yuan(fen(&listed["amount"]));
    seal(&place, number, 1, "sealed");
    seal(&place, gone["number"].as_str().unwrap(), 2, "discarded");

    let lists = visitor.get("/notices").whole();
    let address = |filed: &serde_json::Value| format!("/notices/{}", filed["id"].as_str().unwrap());
    lists.has(&[&address(&listed), "第 1 批", &amount, "公示中"]);
    lists.lacks(&[&address(&gone)]);
    assert_eq!(visitor.get(&address(&gone)).status, 404);

    let list = visitor.get(&address(&listed)).whole();
    let name = sent["consumer"]["name"].as_str().unwrap();
    let first: String = name.chars().take(1).collect();
    let masked = format!("<bdi>{first}{}</bdi>", "*".repeat(name.chars().count() - 1));
    list.has(&[
        number,
        &masked,
        "示范汽车",
        "汽车</td>",
        "0391-1234567",
        "尚未提交银行",
    ]);
    list.lacks(&[name, sent["consumer"]["id_number"].as_str().unwrap()]);

    // Seven days after the day on which it was sealed it may not be objected to any more.
    let week = 8_i64 * 24 * 3_600 * 1_000_000;
    place.database.execute(&format!(
        "UPDATE payout_batches SET sealed_us = sealed_us - {week}"
    ));
    visitor.get("/notices").whole().has(&["公示期满"]);
}

#[test]
fn lists_are_masked_sqlite() {
    lists_are_masked(Backend::Sqlite);
}

#[test]
fn lists_are_masked_postgres() {
    lists_are_masked(Backend::Postgres);
}
