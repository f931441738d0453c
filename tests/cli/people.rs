//! `dealer add`, `suspend`, `resume`, and `staff add`.

use super::support::claims::{SELLER, claim};
use super::support::{Credentials, TestDatabase};
use super::{CARS, PHONES, on_both, set_up};

/// What stands behind a word at the beginning of a line.
fn value_of(text: &str, word: &str) -> String {
    let line = text.lines().find_map(|line| line.strip_prefix(word));
    line.unwrap_or_else(|| panic!("no {word} in {text}"))
        .trim()
        .to_owned()
}

fn printed(text: &str) -> Credentials {
    Credentials {
        client_id: value_of(text, "client_id"),
        client_secret: value_of(text, "client_secret"),
    }
}

fn add_for_people(database: &TestDatabase) -> Credentials {
    let name = "济源示例汽车销售有限公司";
    let text = database.run(&[
        "dealer",
        "add",
        "--uscc",
        SELLER,
        "--name",
        name,
        "--programme",
        CARS,
    ]);
    assert!(text.contains("shown this once"), "{text}");
    printed(&text)
}

#[test]
fn credentials_work_as_printed_and_each_time_anew() {
    on_both(|database| {
        let first = set_up(database, "1000000");
        let second = add_for_people(database);
        assert_ne!(
            (&first.client_id, &first.client_secret),
            (&second.client_id, &second.client_secret)
        );
        let server = database.serve();
        for (i, credentials) in [&first, &second].into_iter().enumerate() {
            let answer = server
                .client_of(credentials)
                .file(&format!("people-{i}"), &claim(CARS))
                .json();
            assert_eq!(answer["state"], "reserved", "{answer}");
        }
        // One dealer: each sees the claim that the other filed.
        let listed = server.client_of(&first).get("/v1/claims").json();
        assert_eq!(listed["items"].as_array().unwrap().len(), 2);
        let dealers = server.client().get("/v1/public/dealers").json();
        assert_eq!(dealers["items"].as_array().unwrap().len(), 1, "{dealers}");
    });
}

#[test]
fn a_secret_is_not_kept() {
    let database = TestDatabase::new(super::Backend::Sqlite);
    let credentials = set_up(&database, "1000");
    let holds = |needle: &str| {
        let mut found = false;
        for entry in std::fs::read_dir(database.data_dir()).unwrap() {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            found |= bytes
                .windows(needle.len())
                .any(|window| window == needle.as_bytes());
        }
        found
    };
    assert!(!holds(&credentials.client_secret));
    assert!(holds(SELLER), "the search finds nothing at all");
}

#[test]
fn a_dealer_gets_further_programmes_under_the_same_code() {
    on_both(|database| {
        set_up(database, "1000000");
        database.load_programmes(&[PHONES]);
        database.create_pool("phones", "10000", &[PHONES]);
        let more = database.add_dealer(SELLER, "another name", &[PHONES]);
        let server = database.serve();
        let mut client = server.client_of(&more);
        for programme in [CARS, PHONES] {
            let answer = client
                .file(&format!("both-{programme}"), &claim(programme))
                .json();
            assert_eq!(answer["state"], "reserved", "{answer}");
        }
    });
}

#[test]
fn a_suspended_dealer_files_nothing_new_until_it_is_resumed() {
    on_both(|database| {
        let credentials = set_up(database, "1000000");
        let server = database.serve();
        let mut client = server.client_of(&credentials);
        let state = |client: &mut super::support::Client, key: &str| {
            let answer = client.file(key, &claim(CARS)).json();
            (
                answer["state"].as_str().unwrap().to_owned(),
                answer["reasons"][0]["code"].clone(),
            )
        };
        assert_eq!(state(&mut client, "suspend-1").0, "reserved");
        database.run(&["dealer", "suspend", "--uscc", SELLER]);
        let (refused, code) = state(&mut client, "suspend-2");
        assert_eq!(
            (refused.as_str(), code.as_str()),
            ("refused", Some("dealer_not_participating"))
        );
        assert_eq!(
            client.get("/v1/claims").json()["items"][0]["state"],
            "reserved"
        );
        database.run(&["dealer", "resume", "--uscc", SELLER]);
        assert_eq!(state(&mut client, "suspend-3").0, "reserved");
    });
}

#[test]
fn staff_credentials_read_all_claims_and_file_none() {
    on_both(|database| {
        let dealer = set_up(database, "1000000");
        let without = database.run_json(&[
            "staff", "add", "--login", "plain", "--role", "auditor", "--json",
        ]);
        assert_eq!(without["login"], "plain");
        assert!(without["client_secret"].is_null(), "{without}");
        let text = database.run(&[
            "staff", "add", "--login", "wang", "--role", "reviewer", "--api",
        ]);
        let mut users = vec![printed(&text)];
        for role in ["approver", "finance", "auditor", "operator"] {
            users.push(database.add_staff(&format!("{role}-1"), role));
        }
        let server = database.serve();
        let id = server
            .client_of(&dealer)
            .file("staff-sees", &claim(CARS))
            .json()["id"]
            .clone();
        for (i, user) in users.iter().enumerate() {
            let mut client = server.client_of(user);
            let seen = client.get(&format!("/v1/claims/{}", id.as_str().unwrap()));
            assert_eq!(seen.status, 200);
            assert!(seen.json()["flags"].is_array(), "{}", seen.text());
            let filed = client.file(&format!("staff-files-{i}"), &claim(CARS));
            assert_eq!(
                (filed.status, filed.json()["code"].as_str()),
                (403, Some("role_not_allowed"))
            );
        }
    });
}
