//! A claim's whole way, at the pages of everybody who takes part: the dealer files and corrects and
//! uploads many at once, a reviewer recommends, another person approves, finance pays out, the
//! applicant looks up, the auditor verifies.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::{Value, json};
use tradein::rehearse::Profile;
use tradein::rehearse::generate::Generator;

use crate::browser::{Browser, SCREENS};
use crate::every_page::sound;
use crate::sign_in::{Person, link};
use crate::support::database::{Backend, TestDatabase};
use crate::support::program::Server;

const PROGRAMME: &str = "henan-car-replacement-2025";
const USCC: &str = "91419001MA0000001N";
const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n";

/// A service with a pool, a dealer and the bureau's people, and the links with which they enrol.
struct Town {
    database: TestDatabase,
    server: Server,
    links: Vec<(&'static str, String)>,
}

impl Town {
    fn new() -> Self {
        let database = TestDatabase::new(Backend::Sqlite);
        database.load_programmes(&[PROGRAMME]);
        database.create_pool("cars", "1000000", &[PROGRAMME]);
        database.add_dealer(USCC, "济源示例汽车", &[PROGRAMME]);
        let mut links = vec![(
            "clerk",
            link(&database.run(&["dealer", "login", USCC, "--login", "clerk"])),
        )];
        for (login, role) in [
            ("li", "reviewer"),
            ("zhao", "approver"),
            ("qian", "finance"),
            ("sun", "finance"),
            ("zhou", "auditor"),
        ] {
            let printed = database.run(&["staff", "add", "--login", login, "--role", role]);
            links.push((login, link(&printed)));
        }
        let server = database.serve();
        Self {
            database,
            server,
            links,
        }
    }

    /// Somebody at a browser of his own, signed in.
    fn at_work(&self, login: &str) -> Browser {
        let browser = Browser::start(self.server.url(), SCREENS[0]);
        let (_, link) = self.links.iter().find(|(name, _)| *name == login).unwrap();
        let home = if login == "clerk" {
            "/dealer"
        } else {
            "/bureau"
        };
        Person::enrol(&browser, login, link).sign_in(&browser, home);
        browser.find("form[action='/sign-out']");
        browser
    }

    /// A file that somebody will upload.
    fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.database.data_dir().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }
}

/// The members of a claim by their pointers.
fn members(value: &Value, pointer: &str, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                members(value, &format!("{pointer}/{key}"), found);
            }
        }
        Value::Null => {}
        Value::String(text) => found.push((pointer.to_owned(), text.clone())),
        other => found.push((pointer.to_owned(), other.to_string())),
    }
}

/// Types a claim into the form: what it has a field for.
pub fn fill_in(browser: &Browser, claim: &Value) {
    let mut all = Vec::new();
    members(claim, "", &mut all);
    for (pointer, text) in all {
        let selector = format!("main [name=\"{pointer}\"]:not([type=hidden])");
        if browser.count(&selector) == 0 {
            continue;
        }
        let script = "const field = document.querySelector(arguments[0]);
            field.value = arguments[1];
            field.dispatchEvent(new Event('change', { bubbles: true }));
            return field.value;";
        let typed = browser
            .driver
            .execute(script, &[json!(selector), json!(text)]);
        assert_eq!(typed, json!(text), "{pointer}");
    }
}

/// The number of the claim that is shown.
fn number(browser: &Browser) -> String {
    browser.driver.text(&browser.find("h1")).unwrap()
}

fn upload(browser: &Browser, selector: &str, file: &std::path::Path) {
    let field = browser.find(selector);
    browser
        .driver
        .send_keys(&field, file.to_str().unwrap())
        .unwrap();
}

/// The dealer's part: pre-check, filing, papers.
fn file_a_claim(town: &Town, clerk: &Browser) -> (String, String) {
    let claim: Value = serde_json::from_str(include_str!("../data/claim_vehicle.json")).unwrap();
    clerk.open("/dealer/claims/new");
    clerk.follow("main ul a");
    fill_in(clerk, &claim);
    // A wrong number is told at its field while the form is being filled.
    let vin = "[name=\"/new_item/vin\"]";
    let good = claim["new_item"]["vin"].as_str().unwrap();
    clerk.fill(vin, "LGXC16AF4P000000Q");
    clerk.click("h1");
    clerk.find("[name=\"/new_item/vin\"][aria-invalid=true], .wrong:not(:empty)");
    clerk.fill(vin, good);
    clerk.follow("button[formaction='/dealer/claims/check']");
    clerk.says("预检");
    clerk.says("14,000.00");
    sound(clerk, "dealer", "pre-check");
    clerk.follow(".actions button:not([formaction])");
    clerk.says("资金已预留");
    sound(clerk, "dealer", "filed");
    let (number, path) = (number(clerk), clerk.path());
    assert!(path.starts_with("/dealer/claims/0"), "{path}");
    let paper = town.file("paper.pdf", PDF);
    while clerk.count("form[enctype] input[type=file]:not([capture])") > 0 {
        let due = clerk.count(".badge.warn");
        if due == 0 {
            break;
        }
        let first = ".card:has(.badge.warn) form[enctype]";
        upload(
            clerk,
            &format!("{first} input:not([capture])[type=file]"),
            &paper,
        );
        clerk.follow(&format!("{first} button"));
        let left = clerk.count(".badge.warn");
        assert!(left < due, "the paper did not come: {}", clerk.text());
    }
    clerk.says("审核中");
    (number, path)
}

/// Given back with a finding, corrected, and recommended.
fn review(clerk: &Browser, path: &str, li: &Browser) {
    li.open("/bureau/review");
    li.follow("form[action='/bureau/review/next'] button");
    li.says("此件由您办理");
    // By the keyboard: b opens what gives back.
    let body = li.find("body");
    li.driver.send_keys(&body, "b").unwrap();
    let form = "form[action$='/return']";
    for (part, value) in [("field_1", "/new_item/plate"), ("code_1", "")] {
        let selector = format!("{form} select[name={part}]");
        let script = "const list = document.querySelector(arguments[0]);
            list.value = arguments[1] || list.options[1].value; return list.value;";
        li.find(&selector);
        let chosen = li.driver.execute(script, &[json!(selector), json!(value)]);
        assert_ne!(chosen, json!(""), "{part}");
    }
    li.fill(
        &format!("{form} input[name=message_1]"),
        "号牌与行驶证不一致",
    );
    li.follow(&format!("{form} button"));
    li.arrives("/bureau/review?done=");

    clerk.open(path);
    clerk.says("号牌与行驶证不一致");
    clerk.follow("a[href$='/correction']");
    clerk.fill("[name=\"/new_item/plate\"]", "豫UD54321");
    clerk.follow("main form .actions button");
    clerk.says("审核中");

    li.open("/bureau/review");
    li.follow("form[action='/bureau/review/next'] button");
    li.says("此件由您办理");
    li.follow("form[action$='/recommend'] button");
    li.arrives("/bureau/review?done=");
}

/// Sealed by one, released by another, sent to the bank, and paid.
fn pay_out(town: &Town, qian: &Browser, sun: &Browser) {
    qian.open("/bureau/payouts");
    qian.follow("form[action='/bureau/payouts'][method=post] button");
    qian.find("form[action$='/discard']");
    let batch = qian.path();
    // Who sealed it does not release it.
    assert_eq!(
        qian.count("form[action$='/release'] button:not([disabled])"),
        0
    );
    sun.open(&batch);
    sun.follow("form[action$='/release'] button");
    sun.find("a[href*='format=csv']");
    let cell = "return document.querySelector('main tbody th a').textContent;";
    let payment = sun.driver.execute(cell, &[]);
    let outcome = format!(
        "end_to_end_id,outcome,reason\n{},paid,\n",
        payment.as_str().unwrap()
    );
    let file = town.file("outcomes.csv", outcome.as_bytes());
    sun.open("/bureau/payouts/outcomes");
    upload(sun, "input[type=file]", &file);
    sun.follow("form[enctype] button");
    sun.says("文件已处理");
}

/// What an applicant is told, with the receipt that the dealer gave him.
fn look_up(town: &Town, clerk: &Browser, path: &str, number: &str) {
    clerk.open(path);
    let read = "return document.querySelector('#receipt').textContent.trim();";
    let receipt = clerk.driver.execute(read, &[]);
    let applicant = Browser::start(town.server.url(), SCREENS[0]);
    applicant.open(&format!("/?number={number}"));
    applicant.fill("#id_tail", "0014");
    applicant.fill("#mobile_tail", "8000");
    applicant.follow("main form button");
    applicant.says("已拨付");
    sound(&applicant, "everybody", "claim");

    applicant.open("/receipt");
    applicant.fill("textarea", receipt.as_str().unwrap());
    applicant.follow("main form button");
    applicant.says(number);
    sound(&applicant, "everybody", "receipt-checked");
    applicant.open("/receipt");
    applicant.fill(
        "textarea",
        &receipt.as_str().unwrap().replacen("ey", "eY", 1),
    );
    applicant.follow("main form button");
    applicant.find(".notice.bad");

    applicant.open("/in-my-name");
    applicant.fill("main form [name=name]", "王小明");
    applicant.fill("main form [name=id_number]", "419099199001010014");
    applicant.follow("main form button");
    applicant.says("济源示例汽车");
    sound(&applicant, "everybody", "in-name");

    applicant.open("/nowhere");
    sound(&applicant, "everybody", "nowhere");
}

/// A table of two good lines and a bad one.
fn bulk(town: &Town, clerk: &Browser) {
    let generator = Generator::new(Profile::of(PROGRAMME).unwrap(), 7);
    let mut table: Vec<Vec<(String, String)>> = Vec::new();
    for index in 0..3 {
        let mut claim: Value = serde_json::from_str(&generator.body(index, USCC)).unwrap();
        // The template has no column for what follows from the programme.
        claim.as_object_mut().unwrap().remove("programme");
        for item in ["old_item", "new_item"] {
            claim[item].as_object_mut().unwrap().remove("kind");
        }
        if index == 2 {
            claim["consumer"]["mobile"] = json!("12");
        }
        let mut line = Vec::new();
        members(&claim, "", &mut line);
        line.sort();
        table.push(line);
    }
    let columns: Vec<&str> = table[0]
        .iter()
        .map(|(pointer, _)| pointer.as_str())
        .collect();
    let mut csv = columns.join(",");
    for line in &table {
        assert!(
            line.iter()
                .map(|(p, _)| p.as_str())
                .eq(columns.iter().copied())
        );
        let values: Vec<&str> = line.iter().map(|(_, value)| value.as_str()).collect();
        write!(csv, "\n{}", values.join(",")).unwrap();
    }
    let file = town.file("many.csv", csv.as_bytes());
    clerk.open("/dealer/uploads");
    upload(clerk, "#file", &file);
    clerk.follow("form[enctype] button");
    clerk.says("已完成");
    clerk.open(&clerk.path());
    clerk.says("已提交 2");
    clerk.says("填写有误 1");
    clerk.find("a[href$='/to-mend']");
}

#[test]
fn a_claim_goes_its_whole_way_at_the_pages() {
    let town = Town::new();
    let clerk = town.at_work("clerk");
    let (number, path) = file_a_claim(&town, &clerk);
    let li = town.at_work("li");
    review(&clerk, &path, &li);

    let zhao = town.at_work("zhao");
    zhao.open("/bureau/approval");
    zhao.follow("main tbody a");
    zhao.follow("form[action$='/approve'] button");
    zhao.arrives("/bureau/approval?done=");

    let (qian, sun) = (town.at_work("qian"), town.at_work("sun"));
    pay_out(&town, &qian, &sun);

    // On a phone, without script: the code on the receipt fills the number in.
    let applicant = Browser::start(town.server.url(), SCREENS[2]);
    applicant.without_script();
    applicant.open(&format!("/?number={number}"));
    applicant.fill("#id_tail", "0014");
    applicant.fill("#mobile_tail", "8000");
    applicant.follow("main form button");
    applicant.says("已拨付");
    applicant.says("14,000.00");
    applicant.open("/");
    applicant.fill("#number", &number);
    applicant.fill("#id_tail", "0015");
    applicant.fill("#mobile_tail", "8000");
    applicant.follow("main form button");
    applicant.says("没有与所填信息相符的申请");

    look_up(&town, &clerk, &path, &number);

    bulk(&town, &clerk);

    let zhou = town.at_work("zhou");
    zhou.open("/bureau/audit/verification");
    zhou.follow("form[action='/bureau/audit/verification'] button");
    zhou.says("全部一致");
}
