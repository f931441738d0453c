//! Programmes: versions, what differs, what one says of a claim, and publishing.

use crate::bureau_world::{Bureau, PACK, PROGRAMME, on_both};
use crate::page::Page;
use crate::support::form::Form;

/// The same pack with another figure, and so another version.
fn changed() -> String {
    let changed = PACK.replacen("grade = \"", "# 修订\ngrade = \"B/", 1);
    assert_ne!(changed, PACK);
    changed
}

/// The form with the changed pack as a file, and one of its buttons.
fn of_file(page: &Page, act: &str) -> Form {
    let changed = changed();
    let file = ("file", "pack.toml", "application/toml", changed.as_bytes());
    page.form("/bureau/packs/new").with("act", act).file(file)
}

#[test]
fn a_pack_is_checked_published_and_compared() {
    on_both(|backend| {
        let bureau = Bureau::new(backend, None);
        let operator = bureau.person("olive", "operator");
        let path = "/bureau/packs/new";
        let page = operator.open(path);
        assert_eq!(
            operator.send(&page.form(path).with("act", "check")).status,
            422
        );
        let broken = PACK.replacen("kind = \"vehicle\"", "kind = \"ship\"", 1);
        assert_ne!(broken, PACK);
        let wrong = operator.send(
            &page
                .form(path)
                .filled(&[("act", "publish"), ("source", &broken)]),
        );
        assert_eq!(wrong.status, 422);
        wrong.says("role=\"alert\"").says("line ").says("ship");
        let good = operator.send(&of_file(&page, "check"));
        assert_eq!(good.status, 200);
        good.says("has no mistake");
        let list = operator.open("/bureau/packs");
        assert_eq!(list.html.matches("?version=").count(), 2);

        let wish = of_file(&page, "publish");
        let done = operator.send(&wish);
        let version = done.leads_to().to_owned();
        assert!(version.starts_with(&format!("/bureau/packs/{PROGRAMME}?version=sha256:")));
        assert_eq!(operator.send(&wish).leads_to(), version);
        let list = operator.open("/bureau/packs");
        assert_eq!(list.html.matches("?version=").count(), 3);
        operator.open(&version).says("# 修订");

        let digests: Vec<String> = list
            .html
            .split(&format!("/bureau/packs/{PROGRAMME}?version="))
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap().to_owned())
            .collect();
        let compare = format!(
            "/bureau/packs/{PROGRAMME}?a={}&b={}",
            digests[1], digests[0]
        );
        let rules = operator.open(&compare);
        rules
            .says("<del>")
            .says("<ins>")
            .says("removed")
            .says("added")
            .says_not("修订");
        operator
            .open(&format!("{compare}&of=source"))
            .says("<ins><code># 修订");
        let same = format!("/bureau/packs/{PROGRAMME}?a={0}&b={0}", digests[0]);
        operator.open(&same).says("do not differ");
        let source = operator.get(&format!(
            "/bureau/packs/{PROGRAMME}/source?version={}",
            digests[1]
        ));
        assert_eq!(source.body, PACK.as_bytes());
    });
}

#[test]
fn where_two_persons_publish_a_pack_is_proposed_once() {
    on_both(|backend| {
        let bureau = Bureau::new(backend, Some("100000.00"));
        let operator = bureau.person("olive", "operator");
        let approver = bureau.person("anna", "approver");
        let path = "/bureau/packs/new";
        let page = operator.open(path);
        let wish = of_file(&page, "publish");
        let proposal = operator.send(&wish).leads_to().to_owned();
        assert!(proposal.starts_with("/bureau/proposals/"));
        assert_eq!(operator.send(&wish).leads_to(), proposal);
        let list = approver.open("/bureau/packs").html;
        assert_eq!(list.matches("?version=").count(), 2);
        let page = approver.open(&proposal);
        page.says("# 修订");
        approver
            .send(&page.form(&format!("{proposal}/approve")))
            .leads_to();
        let list = approver.open("/bureau/packs").html;
        assert_eq!(list.matches("?version=").count(), 3);
        assert_eq!(approver.get(path).status, 403);
    });
}

#[test]
fn a_version_is_tried_on_a_claim_and_nothing_is_kept() {
    on_both(|backend| {
        let bureau = Bureau::new(backend, None);
        let reviewer = bureau.person("rita", "reviewer");
        let path = format!("/bureau/packs/{PROGRAMME}/try");
        let page = reviewer.open(&format!("{path}?sample=vehicle"));
        page.says("419099199001010014");
        let html = &page.html;
        let claim = html.split("spellcheck=\"false\" required>").nth(1).unwrap();
        let claim = claim
            .split("</textarea>")
            .next()
            .unwrap()
            .replace("&#34;", "\"");
        let judged = reviewer.send(&page.form(&path).filled(&[("claim", &claim)]));
        assert_eq!(judged.status, 200);
        judged
            .says("Eligible")
            .says("¥14,000.00")
            .says("How the amount was reckoned");
        let fuel = claim.replace("\"nev\"", "\"diesel\"");
        let other = reviewer.send(&page.form(&path).filled(&[("claim", &fuel)]));
        other.says_not("¥14,000.00");
        let abroad = claim.replace("\"issued_in\": \"410000\"", "\"issued_in\": \"110000\"");
        let refused = reviewer.send(&page.form(&path).filled(&[("claim", &abroad)]));
        assert_eq!(refused.status, 200);
        refused
            .says("Refused")
            .says("/invoice")
            .says_not("Eligible");
        assert_eq!(
            reviewer
                .send(&page.form(&path).filled(&[("claim", "{")]))
                .status,
            422
        );
        let lacking = reviewer.send(&page.form(&path).filled(&[("claim", "{}")]));
        assert_eq!(lacking.status, 422);
        lacking.says("/consumer");
        let day = reviewer.send(
            &page
                .form(&path)
                .filled(&[("claim", &claim), ("day", "soon")]),
        );
        assert_eq!(day.status, 422);
        day.says("day-wrong");
    });
}
