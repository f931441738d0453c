//! Which paper proves which fact is what the pack says by which a claim was filed.

use crate::bureau_office::{Office, pack};
use crate::page::Page;
use crate::support::Backend;

/// The row of a fact.
#[track_caller]
fn row(page: &Page, fact: &str) -> String {
    let text = &page.html;
    let head = format!("<th scope=\"row\">{fact}</th>");
    let (_, rest) = text
        .split_once(&head)
        .unwrap_or_else(|| panic!("no {fact}"));
    rest.split("</tr>").next().unwrap().to_owned()
}

/// The pack in which no paper says what it proves.
fn silent() -> String {
    let (mut within, mut kept) = (false, String::new());
    for line in pack().lines() {
        within |= line.starts_with("proves = [");
        if !within {
            kept.push_str(line);
            kept.push('\n');
        }
        within &= line != "]";
    }
    assert_ne!(kept, pack());
    kept
}

#[test]
fn papers_stand_beside_the_facts_that_the_claims_own_pack_says_they_prove() {
    for backend in Backend::ALL {
        let office = Office::new(backend);
        let reviewer = office.person("wang", &["reviewer"]);
        let (first, _) = office.in_review();
        let told = pack().replacen("    \"/invoice/number\", ", "    ", 1);
        assert_ne!(told, pack());
        office.publish(&told);
        let (second, _) = office.in_review();
        office.publish(&silent());
        let (third, _) = office.in_review();

        let pages = [&first, &second, &third].map(|id| {
            let (page, desk) = (
                format!("/bureau/claims/{id}"),
                format!("/bureau/review/{id}"),
            );
            [page, desk].map(|path| reviewer.get(&path))
        });
        let papers = |at: usize, fact: &str| {
            let rows = pages[at].each_ref().map(|page| row(page, fact));
            let named = [
                "old_vehicle_transfer",
                "new_vehicle_registration",
                "invoice_copy",
            ];
            let beside = |row: &String| named.map(|paper| row.contains(paper));
            assert_eq!(beside(&rows[0]), beside(&rows[1]), "{fact}");
            beside(&rows[0])
        };
        for at in [0, 1] {
            assert_eq!(papers(at, "VIN of the old vehicle"), [true, false, false]);
            assert_eq!(papers(at, "VIN of the new vehicle"), [false, true, true]);
            assert_eq!(papers(at, "Mobile number"), [false; 3]);
        }
        assert_eq!(papers(0, "Invoice number"), [false, false, true]);
        assert_eq!(papers(1, "Invoice number"), [false; 3]);
        for fact in [
            "VIN of the old vehicle",
            "VIN of the new vehicle",
            "Invoice number",
        ] {
            assert_eq!(papers(2, fact), [false; 3], "{fact}");
        }
        assert!(row(&pages[2][0], "Invoice number").contains("none"));
    }
}
