//! `Idempotency-Key`: its form, and that the same request gets the same bytes again.

use serde_json::{Value, json};

use super::support::claims::{at_price, claim, with};
use super::support::{Backend, Response};
use super::{CARS, House, PHONES, on_both, problem};

const JSON: (&str, &str) = ("content-type", "application/json");

#[test]
fn a_key_that_is_missing_or_malformed_is_400() {
    on_both(|house| {
        let body = claim(CARS).to_string();
        let refused = |headers: &[(&str, &str)], code: &str| {
            house.refused("POST", "/v1/claims", headers, body.as_bytes(), 400, code);
        };
        refused(&[JSON], "idempotency_key_missing");
        let long = "k".repeat(129);
        for key in [
            "",
            "1234567",
            &long,
            "1234 5678",
            "12\t345678",
            "schlüssel",
            "键键键键键键键键",
        ] {
            refused(
                &[JSON, ("idempotency-key", key)],
                "idempotency_key_malformed",
            );
        }
        let twice = [
            JSON,
            ("idempotency-key", "12345678"),
            ("idempotency-key", "12345678"),
        ];
        refused(&twice, "idempotency_key_malformed");
    });
}

/// Status and body, without the headers that name the request.
fn of(answer: &Response) -> (u16, String) {
    (answer.status, answer.text())
}

#[test]
fn the_same_request_gets_the_same_bytes_also_after_a_restart() {
    for backend in Backend::ALL {
        println!("on {backend:?}");
        let mut house = House::new(backend);
        let reserved = claim(CARS);
        let refused = at_price(claim(CARS), "59999.99");
        let longest = "~".repeat(128);
        let cases: [(&str, &Value); 3] = [
            ("!12345~8", &reserved),
            (&longest, &refused),
            ("third-key", &refused),
        ];
        let mut client = house.client();
        let first: Vec<_> = cases
            .iter()
            .map(|(key, claim)| of(&client.file(key, claim)))
            .collect();
        assert!(first.iter().all(|(status, _)| *status == 201), "{first:?}");
        let states = first
            .iter()
            .map(|(_, body)| serde_json::from_str::<Value>(body).unwrap()["state"].clone());
        assert_eq!(
            states.collect::<Vec<_>>(),
            ["reserved", "refused", "refused"]
        );
        let again = |client: &mut super::Client| {
            let answers = cases
                .iter()
                .map(|(key, claim)| of(&client.file(key, claim)));
            assert_eq!(answers.collect::<Vec<_>>(), first, "{backend:?}");
        };
        again(&mut client);
        let journal = super::public(&house.server);
        // The language was chosen by the first request.
        let english = [
            JSON,
            ("idempotency-key", "third-key"),
            ("accept-language", "en"),
        ];
        let answer = client.call(
            "POST",
            "/v1/claims",
            &english,
            refused.to_string().as_bytes(),
        );
        assert_eq!(of(&answer), first[2]);

        house.server.kill();
        house.server = house.database.serve();
        again(&mut house.server.client_of(&house.credentials));
        if backend == Backend::Postgres {
            let second = house.database.serve();
            again(&mut second.client_of(&house.credentials));
        }
        assert_eq!(
            super::public(&house.server),
            journal,
            "a repetition changed something"
        );
        house.database.run(&["verify"]);
    }
}

#[test]
fn the_same_key_with_another_body_is_422() {
    for backend in Backend::ALL {
        println!("on {backend:?}");
        let house = House::new(backend);
        let mut client = house.client();
        let good = claim(CARS);
        let first = of(&client.file("reused-key", &good));
        assert_eq!(first.0, 201, "{first:?}");
        let before = super::public(&house.server);
        for other in [
            claim(CARS),
            claim(PHONES),
            at_price(good.clone(), "59999.99"),
            with(good.clone(), "/consumer/name", json!("另一人")),
        ] {
            let answer = client.file("reused-key", &other);
            problem(&answer, 422, "idempotency_key_reused");
        }
        assert_eq!(of(&client.file("reused-key", &good)), first);
        assert_eq!(super::public(&house.server), before);
    }
}

#[test]
fn a_malformed_claim_does_not_use_its_key_up() {
    for backend in Backend::ALL {
        println!("on {backend:?}");
        let house = House::new(backend);
        let mut client = house.client();
        let good = claim(CARS);
        let broken = with(good.clone(), "/invoice/total", json!("12.345"));
        problem(&client.file("second-try", &broken), 422, "claim_malformed");
        assert_eq!(client.file("second-try", &good).json()["state"], "reserved");
        problem(&client.file("second-try", &broken), 422, "claim_malformed");
    }
}

#[test]
fn keys_belong_to_their_caller() {
    for backend in Backend::ALL {
        println!("on {backend:?}");
        let house = House::new(backend);
        let uscc = tradein::rehearse::generate::uscc(7);
        let other = house.database.add_dealer(&uscc, "另一家经销商", &[CARS]);
        let first = house.client().file("shared-key", &claim(CARS)).json();
        let theirs = with(claim(CARS), "/invoice/seller_uscc", json!(uscc));
        let second = house
            .server
            .client_of(&other)
            .file("shared-key", &theirs)
            .json();
        assert_eq!(
            (&first["state"], &second["state"]),
            (&"reserved".into(), &"reserved".into())
        );
        assert_ne!(first["id"], second["id"]);
        // Nor does a dealer see what the other filed.
        let path = format!("/v1/claims/{}", first["id"].as_str().unwrap());
        problem(
            &house.server.client_of(&other).get(&path),
            404,
            "claim_not_found",
        );
        assert_eq!(house.client().get(&path).status, 200);
    }
}

#[test]
fn a_check_needs_no_key_and_keeps_nothing() {
    on_both(|house| {
        let mut client = house.client();
        let good = claim(CARS);
        for _ in 0..2 {
            let answer = client.post("/v1/claims/check", &good);
            assert_eq!(
                (answer.status, &answer.json()["state"]),
                (200, &"reserved".into())
            );
        }
    });
}
