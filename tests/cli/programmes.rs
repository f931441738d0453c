//! Publishing packs: the same content is one version, another content is another, and a claim keeps
//! the version that judged it.

use super::support::claims::claim;
use super::support::{Client, TestDatabase};
use super::{CARS, PHONES, car, edited_pack, on_both, set_up};

/// `ID: published sha256:…` → the two words behind the id.
fn loaded(output: &str, id: &str) -> (String, String) {
    let line = output.lines().next().unwrap();
    let words: Vec<&str> = line
        .strip_prefix(&format!("{id}: "))
        .unwrap()
        .split(' ')
        .collect();
    (words[0].to_owned(), words[1].to_owned())
}

fn load(database: &TestDatabase, file: &str) -> (String, String) {
    loaded(&database.run(&["programme", "load", file]), CARS)
}

/// Files a claim for a car of 150,000 yuan and gives id, version and amount.
fn judged(client: &mut Client, key: &str) -> (String, String, String) {
    let answer = client.file(key, &car()).json();
    assert_eq!(answer["state"], "reserved", "{answer}");
    let text = |name: &str| answer[name].as_str().unwrap().to_owned();
    (text("id"), text("programme_version"), text("amount"))
}

#[test]
fn the_same_content_is_published_once() {
    on_both(|database| {
        let file = format!("config/programmes/{CARS}.toml");
        let (first, digest) = load(database, &file);
        assert_eq!(first, "published");
        assert_eq!(
            load(database, &file),
            ("unchanged".to_owned(), digest.clone())
        );
        // What nobody is judged by is no content: comments and blanks.
        let spaced = edited_pack(database, CARS, &[("[queue]", "# the line\n\n[queue]")]);
        assert_eq!(load(database, &spaced), ("unchanged".to_owned(), digest));
    });
}

#[test]
fn a_pack_from_second_hand_comes_with_a_warning() {
    on_both(|database| {
        let text = database.run(&[
            "programme",
            "load",
            &format!("config/programmes/{PHONES}.toml"),
        ]);
        assert!(
            text.contains("check against the original before opening"),
            "{text}"
        );
        let sure = database.run(&[
            "programme",
            "load",
            "config/programmes/jiyuan-car-purchase-2022.toml",
        ]);
        assert!(!sure.contains("check against"), "{sure}");
    });
}

#[test]
fn a_claim_keeps_the_version_that_judged_it() {
    on_both(|database| {
        let credentials = set_up(database, "1000000");
        let (_, first) = load(database, &format!("config/programmes/{CARS}.toml"));
        let server = database.serve();
        let mut client = server.client_of(&credentials);
        let (old_id, version, amount) = judged(&mut client, "version-1");
        assert_eq!(
            (version.as_str(), amount.as_str()),
            (first.as_str(), "14000.00")
        );

        let less = edited_pack(database, CARS, &[("yuan = 14000", "yuan = 13500")]);
        let (word, second) = load(database, &less);
        assert!(word == "published" && second != first);
        let (_, version, amount) = judged(&mut client, "version-2");
        assert_eq!(
            (version.as_str(), amount.as_str()),
            (second.as_str(), "13500.00")
        );

        let future = [
            ("yuan = 14000", "yuan = 1000"),
            ("effective_from = 2025-01-01", "effective_from = 2099-01-01"),
        ];
        let (word, third) = load(database, &edited_pack(database, CARS, &future));
        assert!(word == "published" && third != second);
        let (_, version, amount) = judged(&mut client, "version-3");
        assert_eq!(
            (version, amount.as_str()),
            (second, "13500.00"),
            "a version judged before its day"
        );

        let kept = client.get(&format!("/v1/claims/{old_id}")).json();
        assert_eq!(
            (kept["programme_version"].as_str(), kept["amount"].as_str()),
            (Some(first.as_str()), Some("14000.00"))
        );
        assert_eq!(kept["state"], "reserved");
        database.run(&["verify"]);
    });
}

#[test]
fn a_programme_whose_first_version_is_not_yet_effective_is_not_open() {
    on_both(|database| {
        let future = [("effective_from = 2025-01-01", "effective_from = 2099-01-01")];
        load(database, &edited_pack(database, CARS, &future));
        database.create_pool("later", "1000000", &[CARS]);
        let seller = super::SELLER;
        let credentials = database.add_dealer(seller, "济源示例汽车销售有限公司", &[CARS]);
        let server = database.serve();
        let answer = server
            .client_of(&credentials)
            .file("too-early", &claim(CARS))
            .json();
        assert_eq!(answer["state"], "refused");
        assert_eq!(answer["reasons"][0]["code"], "programme_not_open");
    });
}

#[test]
fn a_running_service_learns_of_a_programme_published_meanwhile() {
    on_both(|database| {
        let credentials = set_up(database, "1000000");
        let server = database.serve();
        let mut client = server.client_of(&credentials);
        let unknown = client.file("phones-1", &claim(PHONES));
        assert_eq!(unknown.status, 422);
        assert_eq!(unknown.json()["errors"][0]["field"], "/programme");
        database.load_programmes(&[PHONES]);
        let closed = client.file("phones-2", &claim(PHONES)).json();
        assert_eq!(closed["state"], "refused");
        let mut codes: Vec<&str> = closed["reasons"]
            .as_array()
            .unwrap()
            .iter()
            .map(|r| r["code"].as_str().unwrap())
            .collect();
        codes.sort_unstable();
        assert_eq!(codes, ["dealer_not_participating", "programme_not_open"]);
        database.create_pool("phones", "10000", &[PHONES]);
        database.add_dealer(super::SELLER, "济源示例汽车销售有限公司", &[PHONES]);
        let open = client.file("phones-3", &claim(PHONES)).json();
        assert_eq!(open["state"], "reserved", "{open}");
    });
}
