//! Dealers' own looks at claims that they are to correct, as auditors read them.

use crate::bureau_office::Office;
use crate::page::Page;
use crate::support::Backend;

const LOOKS: &str = "/bureau/audit/access/dealers";

fn rows(page: &Page) -> usize {
    page.html.matches("<tr><th scope=\"row\">").count()
}

#[test]
fn auditors_read_who_of_a_dealer_opened_a_claim_that_was_given_back() {
    for backend in Backend::ALL {
        let office = Office::new(backend);
        let reviewer = office.person("wang", &["reviewer"]);
        let auditor = office.person("qian", &["auditor"]);
        let clerk = office.clerk("xiaochen");
        auditor
            .get("/bureau/audit/access")
            .says(&format!("href=\"{LOOKS}\""));
        let (id, number) = office.in_review();
        let correction = format!("/dealer/claims/{id}/correction");
        clerk.get(&correction).is(409);
        auditor.get(LOOKS).says("There is none.");

        let page = reviewer.get(&format!("/bureau/review/{id}"));
        let give_back = page
            .form("/return")
            .with("days", "5")
            .with("field_1", "/consumer/name")
            .with("code_1", "paper_unreadable")
            .with("message_1", "姓名不清");
        reviewer.send(&give_back).is(303);
        let opened = clerk.get(&correction);
        let name = opened
            .form("/correction")
            .value("/consumer/name")
            .to_owned();
        let told = auditor.get(LOOKS);
        told.says(&number)
            .says(&format!("href=\"/bureau/claims/{id}\""))
            .says("<bdi>xiaochen</bdi>")
            .says("示范汽车")
            .says("Opened whole to correct it")
            .says_not(&name)
            .says_not("There is none.");
        assert_eq!(rows(&told), 1);
        auditor.get_in("zh-CN", LOOKS).says("打开全部内容以作补正");
        reviewer.get(LOOKS).is(403);
        // What the bureau opens stands on the other page.
        auditor.get("/bureau/audit/access").says_not("xiaochen");
    }
}

#[test]
fn looks_of_dealers_go_on_where_a_page_ends() {
    for backend in Backend::ALL {
        let office = Office::new(backend);
        let reviewer = office.person("wang", &["reviewer"]);
        let auditor = office.person("qian", &["auditor"]);
        let clerk = office.clerk("xiaochen");
        let (id, _) = office.in_review();
        let page = reviewer.get(&format!("/bureau/review/{id}"));
        let give_back = page
            .form("/return")
            .with("field_1", "/consumer/name")
            .with("code_1", "paper_unreadable")
            .with("message_1", "姓名不清");
        reviewer.send(&give_back).is(303);
        for _ in 0..51 {
            clerk
                .get(&format!("/dealer/claims/{id}/correction"))
                .is(200);
        }
        let first = auditor.get(LOOKS);
        assert_eq!(rows(&first), 50);
        let text = first.html.clone();
        let (_, next) = text.split_once("<a rel=\"next\" href=\"").unwrap();
        let second = auditor.get(next.split('"').next().unwrap());
        assert_eq!(rows(&second), 1);
        second.says_not("rel=\"next\"");
        auditor.get(&format!("{LOOKS}?cursor=nothing")).is(404);
    }
}
