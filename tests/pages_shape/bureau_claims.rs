//! The board, lists of claims, and a claim with its flags and its personal data.

use tradein::operations::{access, dealers, in_my_name};
use tradein::rehearse::generate::uscc;

use crate::bureau_office::Office;
use crate::support::Backend;
use crate::support::claims::with;

#[test]
fn the_board_counts_what_waits_and_each_role_has_its_next_step() {
    for backend in Backend::ALL {
        let office = Office::new(backend);
        let reviewer = office.person("wang", &["reviewer"]);
        let finance = office.person("zhou", &["finance"]);
        let operator = office.person("wu", &["operator"]);
        let row = |page: &str, queue: &str| {
            let (_, rest) = page.split_once(&format!(">{queue}</a>")).unwrap();
            let (_, rest) = rest.split_once("<td class=\"number\">").unwrap();
            rest.split('<').next().unwrap().to_owned()
        };
        let empty = reviewer.get("/bureau");
        assert_eq!(row(&empty.html, "To review"), "0");
        let (first, _) = office.in_review();
        office.in_review();
        office.file(&office.body());
        let board = reviewer.get("/bureau");
        assert_eq!(row(&board.html, "To review"), "2");
        board
            .says("<p class=\"figure\">3</p>")
            .says("Review the next claim");
        office.recommend(&reviewer, &first);
        let board = reviewer.get("/bureau");
        assert_eq!(row(&board.html, "To review"), "1");
        assert_eq!(row(&board.html, "Recommended"), "1");
        board.says("role=\"img\" aria-label=\"jiyuan-cars");
        finance
            .get("/bureau")
            .says("Seal or release batches")
            .says_not("Review the next");
        operator.get("/bureau").is(200);
    }
}

#[test]
fn a_claim_is_found_by_number_state_and_programme() {
    for backend in Backend::ALL {
        let office = Office::new(backend);
        let reviewer = office.person("wang", &["reviewer"]);
        let (id, number) = office.in_review();
        let (_, other) = office.file(&office.body());
        let typed = format!("/bureau/claims?number=%20{}", number.to_ascii_lowercase());
        let found = reviewer.get(&typed);
        assert_eq!(found.status, 303);
        assert_eq!(found.header("location"), format!("/bureau/claims/{id}"));
        let none = reviewer.get("/bureau/claims?number=JY25-9999999-9");
        none.is(404)
            .says("aria-invalid=\"true\"")
            .says("value=\"JY25-9999999-9\"");
        reviewer.get("/bureau/claims").says(&number).says(&other);
        let narrowed = reviewer.get("/bureau/claims?state=in_review");
        narrowed.says(&number).says_not(&other);
        let programme = "/bureau/claims?programme=henan-car-replacement-2025&state=reserved";
        reviewer.get(programme).says(&other).says_not(&number);
        reviewer
            .get("/bureau/claims?state=paid")
            .says("There is none.");
        reviewer
            .get("/bureau/claims?flagged=yes")
            .says("There is none.");
    }
}

#[test]
fn lists_go_on_where_a_page_ends() {
    let office = Office::new(Backend::Sqlite);
    let approver = office.person("li", &["approver"]);
    let reviewer = office.person("wang", &["reviewer"]);
    let claims: Vec<(String, String)> = (0..42).map(|_| office.in_review()).collect();
    for (id, _) in &claims {
        office.recommend(&reviewer, id);
    }
    for path in [
        "/bureau/claims?state=recommended",
        "/bureau/approval?state=recommended",
    ] {
        let first = approver.get(path).html;
        let (_, rest) = first.split_once("<p class=\"pager\"><a href=\"").unwrap();
        let next = rest.split('"').next().unwrap().replace("&#38;", "&");
        let second = approver.get(&next).html;
        assert!(!second.contains("class=\"pager\""));
        let once = |number: &String| {
            let shown = [&first, &second].map(|page| page.contains(&format!(">{number}<")));
            assert!(shown[0] != shown[1], "{path} {number}");
        };
        claims.iter().for_each(|(_, number)| once(number));
    }
}

#[test]
fn a_claim_that_ended_elsewhere_is_found_by_its_person() {
    for backend in Backend::ALL {
        let office = Office::new(backend);
        let reviewer = office.person("wang", &["reviewer"]);
        let body = office.body();
        let (first, number) = office.file(&body);
        let withdraw = format!("/v1/claims/{first}/withdraw");
        office.act(&first, "POST", &withdraw, "application/json", b"");
        let other = uscc(77);
        let mut conn = office.inside.engine.database.get().unwrap();
        dealers::add(&mut conn, &other, "另一商行", &[]).unwrap();
        office.inside.engine.catalogue.refresh(&mut conn).unwrap();
        office.inside.database.execute(&format!(
            "UPDATE claims SET dealer_id = (SELECT id FROM dealers WHERE uscc = '{other}')"
        ));
        let (second, _) = office.file(&body);
        let (stranger, _) = office.file(&office.body());
        let found = |id: &str| reviewer.get(&format!("/bureau/claims/{id}"));
        found(&second).says(&number).says("另一商行");
        found(&stranger).says_not(&number);
        // The same once the journal has been read on.
        while in_my_name::follow(&mut conn).unwrap() {}
        found(&second).says(&number);
    }
}

#[test]
fn a_flag_keeps_a_claim_apart_until_it_is_cleared() {
    for backend in Backend::ALL {
        let office = Office::new(backend);
        let reviewer = office.person("wang", &["reviewer"]);
        let auditor = office.person("qian", &["auditor"]);
        let (id, number) = office.in_review();
        let path = format!("/bureau/claims/{id}");
        let raise = reviewer.get(&path).form("/flags");
        reviewer.send(&raise).is(422).says("id=\"flag-why-wrong\"");
        let raise = raise.with("code", "ask_dealer").with("why", "发票号码存疑");
        reviewer
            .follow(&raise)
            .says("Flagged: the claim waits apart.");
        let page = reviewer.get(&format!("/bureau/review/{id}"));
        assert!(!page.form("/recommend").is_enabled());
        reviewer.get("/bureau/claims?flagged=yes").says(&number);
        let page = auditor.get(&path);
        page.says("To be asked of the dealer")
            .says_not("/clear\"")
            .says_not("发票号码存疑");
        let clear = reviewer.get(&path).form("/flags/ask_dealer/clear");
        let empty = reviewer.send(&clear);
        empty.is(422).says("id=\"clear-1-wrong\"");
        let cleared = reviewer.follow(&clear.with("why", "已核实"));
        cleared
            .says("The flag is cleared.")
            .says("A flag was cleared")
            .says("There is none.");
    }
}

#[test]
fn personal_data_is_masked_and_opened_once_with_a_reason_that_is_logged() {
    for backend in Backend::ALL {
        let office = Office::new(backend);
        let auditor = office.person("qian", &["auditor"]);
        let operator = office.person("wu", &["operator"]);
        let body = office.body();
        let secret = body["consumer"]["id_number"].as_str().unwrap().to_owned();
        let (id, _) = office.file(&body);
        let path = format!("/bureau/claims/{id}");
        let page = auditor.get(&path);
        page.says_not(&secret)
            .says(&format!("{}********", &secret[..6]));
        operator.get(&path).says_not("/unseal");
        let open = page.form("/unseal");
        auditor
            .send(&open)
            .is(422)
            .says("id=\"unseal-why-wrong\"")
            .says_not(&secret);
        let opened = auditor.send(&open.with("why", "抽查第 3 号"));
        opened.is(200).says(&secret).says("is logged");
        assert_eq!(opened.header("cache-control"), "no-store");
        auditor.get(&path).says_not(&secret);
        let engine = office.inside.engine.clone();
        let log = async move { access::log(&engine, None, 10).await.unwrap() };
        let log = actix_web::rt::System::new().block_on(log);
        assert_eq!(log.len(), 1);
        assert_eq!(
            (log[0].what.as_str(), log[0].why.as_str()),
            ("claim", "抽查第 3 号")
        );
    }
}

#[test]
fn claims_of_the_same_person_or_vehicle_are_shown_beside() {
    for backend in Backend::ALL {
        let office = Office::new(backend);
        let reviewer = office.person("wang", &["reviewer"]);
        let body = office.body();
        let (first, number) = office.file(&body);
        // The same person and the same car again: refused, and it holds no keys.
        let again = with(body, "/invoice/number", "25412000000087654321".into());
        let (second, other) = office.file(&again);
        assert_eq!(office.state(&second), "refused");
        let page = reviewer.get(&format!("/bureau/claims/{second}"));
        page.says(&number)
            .says("same old vehicle")
            .says("same new vehicle")
            .says("same person");
        page.says_not("same invoice");
        // The one that stands sees the one that ended, of the same dealer.
        let page = reviewer.get(&format!("/bureau/claims/{first}"));
        page.says(&other).says("same person");
        let (alone, _) = office.file(&office.body());
        reviewer
            .get(&format!("/bureau/claims/{alone}"))
            .says("No other claim of this person");
    }
}
