//! The list of voided invoices, and what an approver decides about a claim that was paid on one.

use crate::bureau_office::Office;
use crate::support::Backend;
use crate::support::claims::claim_number;

const PROGRAMME: &str = "henan-car-replacement-2025";
const PAGE: &str = "/bureau/voided-invoices";

#[test]
fn a_list_is_uploaded_and_a_second_person_demands_the_money_back() {
    for backend in Backend::ALL {
        let office = Office::new(backend);
        let reviewer = office.person("wang", &["reviewer"]);
        let approver = office.person("li", &["approver"]);
        let second = office.person("sun", &["approver"]);
        let finance = office.person("zhou", &["finance"]);
        let other = office.person("wei", &["finance"]);
        let operator = office.person("qian", &["operator"]);
        let invoice = claim_number(PROGRAMME, 0)["invoice"]["number"].clone();
        let invoice = invoice.as_str().unwrap();
        let (id, number) = office.approved(&reviewer, &approver);
        let seal = finance.get("/bureau/payouts").form("/bureau/payouts");
        let sealed = finance.follow(&seal);
        let batch = sealed.path.split('?').next().unwrap();
        let release = other.get(batch).form("/release");
        other.send(&release).is(303);
        let form = finance.get("/bureau/payouts/outcomes").form("/outcomes");
        let paid = format!("end_to_end_id,outcome,reason\n{number}/1,paid,\n");
        let file = ("file", "bank.csv", "text/csv", paid.as_bytes());
        finance.send(&form.file(file)).is(200);
        let deciding = format!("/bureau/approval/{id}");
        second.get(&deciding).says_not("claw-back");

        operator.get("/bureau").says(PAGE);
        let form = operator.open(PAGE).form(PAGE);
        let upload = |text: &str| {
            let file = ("file", "voided.csv", "text/csv", text.as_bytes());
            operator.send(&form.clone().file(file))
        };
        upload("").is(422).says("the first line must be");
        let bad = upload("invoice_number,voided_on\nx,2025-06-01\n25412000000000000001,June\n");
        bad.is(422)
            .says("line 2: the invoice&#39;s number is malformed")
            .says("line 3: the day must be written YYYY-MM-DD")
            .says("role=\"alert\"");
        upload(&" ".repeat(1024 * 1024 + 1)).is(413);
        let list = format!("invoice_number,voided_on\n{invoice},2025-06-01\n");
        upload(&list)
            .is(200)
            .says("Of these paid: an approver decides")
            .says("<td class=\"number\">1</td><td><bdi>qian</bdi></td>");
        upload(&list).is(200).says("Nothing changed.");

        let claim = format!("/bureau/claims/{id}");
        reviewer.get(&claim).says_not(&deciding);
        second
            .get(&claim)
            .says(&deciding)
            .says("decide on getting it back");
        let own = approver.get(&deciding);
        own.says("Not yours to demand").says_not("claw-back-why");
        let page = second.open(&deciding);
        let form = page.form("/claw-back");
        second
            .send(&form.clone().with("why", " "))
            .is(422)
            .says("claw-back-why-wrong");
        let form = form.with("why", "the shop took the car back");
        second
            .follow(&form)
            .is(200)
            .says("The money is demanded back.");
        // A double click finds the claim changed.
        second.send(&form).is(412).says("The claim has changed");
        assert_eq!(office.state(&id), "clawback_due");
        finance
            .get("/bureau/receivables")
            .says("The invoice was voided");
        second.get(&claim).says("There is none.");
    }
}
