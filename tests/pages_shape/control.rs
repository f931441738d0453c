//! Dealers, pools, proposals and people.

use tradein::clock;
use tradein::domain::formats::Uscc;
use tradein::domain::ids::ClientId;
use tradein::operations::dealer_accounts::{self, NewAccount};
use tradein::operations::{DealerCaller, reconcile};

use crate::bureau_world::{Bureau, DEALER, OTHER_POOL, POOL, PROGRAMME, on_both};
use crate::page::Page;

const ALONE: Option<&str> = Some("100000.00");

#[test]
fn an_operator_admits_suspends_and_resumes_a_dealer() {
    on_both(|backend| {
        let bureau = Bureau::new(backend, ALONE);
        let operator = bureau.person("olive", "operator");
        let new = operator.open("/bureau/dealers/new");
        let wrong = operator.send(
            &new.form("/bureau/dealers")
                .filled(&[("uscc", "123"), ("name", "<b>坏店")]),
        );
        assert_eq!(wrong.status, 422);
        wrong
            .says("role=\"alert\"")
            .says("value=\"123\"")
            .says("aria-invalid=\"true\"");
        wrong.says_not("<b>坏店");
        let done = operator.send(&wrong.form("/bureau/dealers").filled(&[
            ("uscc", "91419001MA0000002R"),
            ("name", "另一家汽车"),
            ("programmes", PROGRAMME),
        ]));
        assert_eq!(done.status, 201);
        done.says("client_secret").says("另一家汽车");
        operator
            .open("/bureau/dealers?text=%E5%8F%A6%E4%B8%80")
            .says("91419001MA0000002R")
            .says_not(DEALER);

        let path = "/bureau/dealers/91419001MA0000002R";
        let action = format!("{path}/status");
        let page = operator.open(path);
        page.says("Admitted").says("olive");
        let wrong = operator.send(
            &page
                .form(&action)
                .filled(&[("to", "suspended"), ("why", "")]),
        );
        assert_eq!(wrong.status, 422);
        let done = operator.send(
            &page
                .form(&action)
                .filled(&[("to", "suspended"), ("why", "复查中")]),
        );
        assert_eq!(done.leads_to(), path);
        let page = operator.open(path);
        page.says("复查中").says("Suspended");
        operator
            .send(
                &page
                    .form(&action)
                    .filled(&[("to", "active"), ("why", "查清")]),
            )
            .leads_to();
        operator.open(path).says("Resumed");
        operator
            .open("/bureau/dealers?status=suspended")
            .says_not("91419001MA0000002R");
        let reviewer = bureau.person("rita", "reviewer");
        reviewer
            .open(path)
            .says_not("<form method=\"post\" action=\"/bureau/dealers");
    });
}

fn holds(page: &Page) -> String {
    let html = &page.html;
    let (_, rest) = html.split_once("/bank-account/").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[test]
fn an_account_is_confirmed_by_another_person_and_shown_masked() {
    on_both(|backend| {
        let bureau = Bureau::new(backend, ALONE);
        let operator = bureau.person("olive", "operator");
        let finance = bureau.person("fritz", "finance");
        let path = format!("/bureau/dealers/{DEALER}");
        let page = operator.open(&path);
        let account = [
            ("name", "示范汽车"),
            ("number", "6225881414207430"),
            ("bank", "中国邮政储蓄银行济源市支行"),
        ];
        let propose = format!("{path}/bank-account");
        let wrong =
            operator.send(
                &page
                    .form(&propose)
                    .filled(&[("number", "账"), account[0], account[2]]),
            );
        assert_eq!(wrong.status, 422);
        operator
            .send(&wrong.form(&propose).filled(&account))
            .leads_to();
        let waiting = finance.open("/bureau/bank-accounts");
        waiting.says("示范汽车").says_not("6225881414207430");
        let decide = format!("{path}/bank-account/{}", holds(&operator.open(&path)));
        let own = operator.send(&operator.open(&path).form(&decide));
        assert_eq!(own.status, 403);
        own.says("role=\"alert\"");
        finance.send(&finance.open(&path).form(&decide)).leads_to();
        finance
            .open(&path)
            .says("In force")
            .says_not("6225881414207430");
        finance
            .open("/bureau/bank-accounts")
            .says("No account waits");
    });
}

#[test]
fn who_offered_a_login_does_not_confirm_what_the_dealer_proposes() {
    on_both(|backend| {
        let bureau = Bureau::new(backend, ALONE);
        let operator = bureau.person("olive", "operator");
        let another = bureau.person("oscar", "operator");
        let path = format!("/bureau/dealers/{DEALER}");
        let logins = format!("{path}/logins");
        let page = operator.open(&path);
        assert_eq!(
            operator
                .send(&page.form(&logins).filled(&[("login", "a b")]))
                .status,
            422
        );
        assert_eq!(
            operator
                .send(&page.form(&logins).filled(&[("login", "oscar")]))
                .status,
            422
        );
        let offered = operator.send(&page.form(&logins).filled(&[("login", "clerk")]));
        assert_eq!(offered.status, 201);
        offered.says("/enrol?code=");
        operator
            .open(&path)
            .says("clerk")
            .says("To be enrolled")
            .says_not("/enrol?code=");

        let uscc = Uscc::parse(DEALER).unwrap();
        let dealers = bureau.engine().catalogue.current();
        let dealer = dealers
            .dealers()
            .iter()
            .find(|d| d.uscc == uscc)
            .unwrap()
            .id;
        let caller = DealerCaller {
            dealer,
            client: ClientId(clock::new_uuid()),
        };
        let new = NewAccount::of("别人", "6225881414207430", "某银行").unwrap();
        let engine = bureau.engine().clone();
        actix_web::rt::System::new().block_on(async move {
            dealer_accounts::propose_own(&engine, &caller, new)
                .await
                .unwrap();
        });
        let page = operator.open(&path);
        page.says("Not the dealer&#39;s name");
        let decide = format!("{path}/bank-account/{}", holds(&page));
        assert_eq!(operator.send(&page.form(&decide)).status, 403);
        another.send(&another.open(&path).form(&decide)).leads_to();

        let page = operator.open(&path);
        let html = &page.html;
        let close = html
            .split("action=\"")
            .find(|part| part.contains("/close\""))
            .unwrap();
        let close = close.split('"').next().unwrap().to_owned();
        assert_eq!(operator.send(&page.form(&close)).status, 422);
        operator
            .send(&page.form(&close).filled(&[("why", "离职")]))
            .leads_to();
        operator
            .open(&path)
            .says("Closed")
            .says("离职")
            .says_not("of the dealer)");
    });
}

#[test]
fn a_stage_stops_at_once_and_goes_on() {
    on_both(|backend| {
        let bureau = Bureau::new(backend, ALONE);
        let operator = bureau.person("olive", "operator");
        let path = format!("/bureau/pools/{POOL}");
        let action = format!("{path}/stage");
        let page = operator.open(&path);
        assert_eq!(page.forms(&action).count(), 3);
        assert_eq!(operator.send(&page.form(&action)).status, 422);
        operator
            .send(&page.form(&action).filled(&[("why", "核查发票")]))
            .leads_to();
        // The same form again finds that it is so already.
        let again = operator.send(&page.form(&action).filled(&[("why", "核查发票")]));
        assert_eq!(again.status, 409);
        again.says("role=\"alert\"").says("Stopped");
        let history = format!("{path}/history");
        operator
            .open(&history)
            .says("A stage stops: Intake")
            .says("核查发票")
            .says("olive");
        operator
            .send(
                &operator
                    .open(&path)
                    .form(&action)
                    .filled(&[("why", "已查清")]),
            )
            .leads_to();
        operator.open(&history).says("A stage goes on: Intake");
        operator.open(&path).says_not("Stopped");
    });
}

fn cap(bureau: &Bureau, name: &str) -> String {
    let (engine, name) = (bureau.engine().clone(), name.to_owned());
    actix_web::rt::System::new().block_on(async move {
        let found = reconcile::pool(&engine, name).await.unwrap();
        assert!(found.equal);
        found.pool.cap.to_string()
    })
}

#[test]
fn money_up_to_the_limit_is_moved_once_however_often_the_form_is_sent() {
    on_both(|backend| {
        let bureau = Bureau::new(backend, ALONE);
        let operator = bureau.person("olive", "operator");
        let path = format!("/bureau/pools/{POOL}");
        let action = format!("{path}/money");
        let page = operator.open(&path);
        page.says("¥100,000.00");
        let wish = [
            ("act", "top_up"),
            ("amount", "100,000"),
            ("reference", "济财〔2025〕8号"),
        ];
        let wrong = operator.send(
            &page
                .form(&action)
                .filled(&[wish[0], ("amount", "0"), wish[2]]),
        );
        assert_eq!(wrong.status, 422);
        wrong.says("value=\"济财〔2025〕8号\"");
        let first = operator.send(&page.form(&action).filled(&wish));
        let second = operator.send(&page.form(&action).filled(&wish));
        assert_eq!(first.leads_to(), second.leads_to());
        assert_eq!(cap(&bureau, POOL), "1100000.00");
        operator
            .open(first.leads_to())
            .says("was done at once")
            .says("济财〔2025〕8号");
        // The same form with another wish is not taken for the first.
        let changed =
            operator.send(
                &page
                    .form(&action)
                    .filled(&[wish[0], ("amount", "5"), wish[2]]),
            );
        assert_eq!(changed.status, 422);
        changed.says("This form was sent before");
        assert_eq!(cap(&bureau, POOL), "1100000.00");

        let too_much = [
            ("act", "set_aside"),
            ("amount", "100000"),
            ("reference", "x"),
        ];
        operator
            .send(&operator.open(&path).form(&action).filled(&too_much))
            .leads_to();
        let transfer = [("act", "transfer"), ("amount", "50000"), ("reference", "y")];
        let page = operator.open(&path);
        assert_eq!(
            operator.send(&page.form(&action).filled(&transfer)).status,
            422
        );
        let to = [&transfer[..], &[("to", OTHER_POOL)]].concat();
        operator.send(&page.form(&action).filled(&to)).leads_to();
        assert_eq!(cap(&bureau, POOL), "1050000.00");
        assert_eq!(cap(&bureau, OTHER_POOL), "1050000.00");
        operator
            .open(&format!("{path}/history"))
            .says(OTHER_POOL)
            .says("Free → Held");
    });
}

#[test]
fn above_the_limit_another_person_decides() {
    on_both(|backend| {
        let bureau = Bureau::new(backend, ALONE);
        let operator = bureau.person("olive", "operator");
        let approver = bureau.person("anna", "approver");
        let auditor = bureau.person("arthur", "auditor");
        let path = format!("/bureau/pools/{POOL}");
        let action = format!("{path}/money");
        let wish = [
            ("act", "top_up"),
            ("amount", "100000.01"),
            ("reference", "文"),
        ];
        let page = operator.open(&path);
        let proposal = operator
            .send(&page.form(&action).filled(&wish))
            .leads_to()
            .to_owned();
        assert_eq!(cap(&bureau, POOL), "1000000.00");
        let own = operator.open(&proposal);
        own.says("Nothing is done yet")
            .says("You proposed this")
            .says("sha256:");
        own.says_not("/approve");
        auditor.open(&proposal).says_not("/approve");
        approver.open("/bureau/proposals").says(&proposal);
        let (approve, refuse) = (format!("{proposal}/approve"), format!("{proposal}/refuse"));
        let page = approver.open(&proposal);
        assert_eq!(approver.send(&page.form(&refuse)).status, 422);
        approver.send(&page.form(&approve)).leads_to();
        assert_eq!(cap(&bureau, POOL), "1100000.01");
        approver
            .open(&proposal)
            .says("A second person agreed")
            .says("anna");
        let again = approver.send(&page.form(&approve));
        assert_eq!(again.status, 409);
        assert_eq!(cap(&bureau, POOL), "1100000.01");

        let page = operator.open(&path);
        let refused = operator
            .send(&page.form(&action).filled(&wish))
            .leads_to()
            .to_owned();
        let page = approver.open(&refused);
        let refuse = format!("{refused}/refuse");
        approver
            .send(&page.form(&refuse).filled(&[("why", "文号有误")]))
            .leads_to();
        approver.open(&refused).says("文号有误");
        approver
            .open("/bureau/proposals?state=refused")
            .says(&refused);
        approver.open("/bureau/proposals").says_not(&refused);
        assert_eq!(cap(&bureau, POOL), "1100000.01");
    });
}

#[test]
fn a_login_of_the_bureau_is_closed_by_one_person_and_auditors_read_it() {
    on_both(|backend| {
        let bureau = Bureau::new(backend, ALONE);
        let operator = bureau.person("olive", "operator");
        let auditor = bureau.person("arthur", "auditor");
        let reviewer = bureau.person("r.ita@bureau", "reviewer");
        assert_eq!(auditor.get("/bureau/people").status, 403);
        let page = operator.open("/bureau/people");
        page.says("tradein staff enrol")
            .says("r.ita@bureau")
            .says_not("/enrol?code=");
        assert_eq!(reviewer.get("/bureau").status, 200);
        assert_eq!(
            operator
                .send(&page.form("/bureau/people/r.ita%40bureau/close"))
                .status,
            422
        );
        let done = operator.send(
            &page
                .form("/bureau/people/r.ita%40bureau/close")
                .filled(&[("why", "调离")]),
        );
        assert_eq!(done.leads_to(), "/bureau/people");
        assert_eq!(reviewer.get("/bureau").status, 303);
        operator
            .open("/bureau/people")
            .says("Closed")
            .says_not("/people/r.ita%40bureau/close");
        let log = auditor.open("/bureau/audit/access");
        log.says("Closed the login r.ita@bureau")
            .says("调离")
            .says("olive");
    });
}

#[test]
fn lists_come_as_workbooks() {
    on_both(|backend| {
        let bureau = Bureau::new(backend, ALONE);
        let finance = bureau.person("fritz", "finance");
        for list in ["dealers", "pools", "batches"] {
            let file = finance.get(&format!("/bureau/export/{list}.xlsx"));
            assert_eq!(file.status, 200, "{list}");
            assert!(file.body.starts_with(b"PK"), "{list}");
            assert!(file.header("content-disposition").contains(list));
        }
        let reviewer = bureau.person("rita", "reviewer");
        assert_eq!(reviewer.get("/bureau/export/batches.xlsx").status, 403);
    });
}

/// Names, reasons and references of people are texts, whatever they look like.
#[test]
fn what_people_type_is_shown_as_text() {
    on_both(|backend| {
        let bureau = Bureau::new(backend, ALONE);
        let operator = bureau.person("olive", "operator");
        let path = format!("/bureau/pools/{POOL}");
        let odd = "<script>alert(1)</script>=1+1";
        let (stage, money) = (format!("{path}/stage"), format!("{path}/money"));
        operator
            .send(&operator.open(&path).form(&stage).filled(&[("why", odd)]))
            .leads_to();
        let wish = [("act", "top_up"), ("amount", "1"), ("reference", odd)];
        let proposal = operator.send(&operator.open(&path).form(&money).filled(&wish));
        let proposal = proposal.leads_to().to_owned();
        let shown = "<bdi>&#60;script&#62;alert(1)&#60;/script&#62;=1+1</bdi>";
        for page in [format!("{path}/history"), proposal] {
            operator.open(&page).says(shown).says_not("<script>");
        }
        let search = "/bureau/dealers?text=%22%3E%3Cscript%3E";
        operator
            .open(search)
            .says_not("<script>")
            .says("No dealer matches");
    });
}
