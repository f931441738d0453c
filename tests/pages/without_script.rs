//! Every page works without script, but for live figures: what is shown does something, what does
//! something is shown, and everybody gets his main work done.

use actix_web::http::Method;
use serde_json::{Value, json};
use tradein::http::place::Place;
use tradein::http::routes::TABLE;
use tradein::rehearse::Profile;
use tradein::rehearse::generate::{Generator, uscc};

use crate::browser::{Browser, SCREENS};
use crate::demo::{Demo, PEOPLE};
use crate::every_page::{explore, prepare};
use crate::journey::fill_in;

const PROGRAMME: &str = "henan-car-replacement-2025";

/// What of a page is dead or out of reach, and where its forms go. The developer tools look at it:
/// the page itself runs nothing. Folded parts are unfolded first, as browsers do by themselves.
const LOOK: &str = "
    const found = [];
    const tell = (why, e) => found.push(why + ': ' + e.outerHTML.slice(0, 160));
    if (!matchMedia('(scripting: none)').matches) found.push('script runs');
    for (const part of document.querySelectorAll('details')) part.open = true;
    const shown = (e) => e.checkVisibility({ visibilityProperty: true })
        && e.getBoundingClientRect().width > 0;
    const inert = (e) => e.matches('button[type=button], input[type=button]')
        && !e.hasAttribute('popovertarget');
    for (const e of document.querySelectorAll('button, input, select, textarea, a, summary')) {
        if (e.type === 'hidden') continue;
        if (inert(e)) { if (shown(e)) tell('does nothing', e); continue; }
        if (!shown(e)) tell('is not shown', e);
        if (e.tabIndex < 0) tell('is out of reach', e);
        if (e.matches('button, input, select, textarea') && !e.form) tell('is in no form', e);
        const why = document.getElementById(e.getAttribute('aria-describedby'));
        if (e.disabled && !(why && shown(why))) tell('cannot be used', e);
        if (e.matches('a')) {
            const to = e.getAttribute('href') ?? '';
            const there = to.startsWith('#') ? document.getElementById(to.slice(1)) : to;
            if (!there || to.startsWith('javascript:')) tell('leads nowhere', e);
        }
    }
    for (const e of document.querySelectorAll('body *')) {
        const way = e.getAttribute('hx-trigger') ?? '';
        const acts = e.matches('[hx-get], [hx-post]');
        if (acts && !e.matches('a[href], form[action]') && !/^(live|every )/.test(way))
            tell('only script acts', e);
        if (acts && !e.textContent.trim()) tell('only script fills', e);
        if (e.matches('kbd') && shown(e)) tell('is a key that does nothing', e);
        const silent = inert(e) || e.matches('script, template, datalist, datalist *, object *, kbd, .keys');
        const hidden = !silent && e.parentElement.checkVisibility() && !e.checkVisibility();
        if (hidden && !e.matches('option, input[type=hidden]') && e.textContent.trim())
            tell('is hidden', e);
    }
    const ways = [];
    for (const form of document.forms) {
        const buttons = [...form.elements].filter((e) => e.type === 'submit');
        if (!buttons.some(shown)) tell('cannot be sent', form);
        for (const to of [form, ...buttons])
            ways.push([to.formMethod || form.method,
                new URL(to.hasAttribute('formaction') ? to.formAction : form.action).pathname]);
    }
    return [found, ways];";

/// What is wrong with the page for whom runs no script.
fn dead(browser: &Browser) -> Vec<String> {
    let seen = browser.driver.execute(LOOK, &[]);
    let mut found: Vec<String> = serde_json::from_value(seen[0].clone()).unwrap();
    let ways: Vec<(String, String)> = serde_json::from_value(seen[1].clone()).unwrap();
    for (method, path) in ways {
        let method = method.to_uppercase();
        let place = Place::of(&Method::from_bytes(method.as_bytes()).unwrap(), &path);
        let mut routes = TABLE.iter().filter(|(known, _)| *known == place.pattern());
        if !routes.any(|(_, methods)| methods.contains(&method.as_str())) {
            found.push(format!("no form is taken there: {method} {path}"));
        }
    }
    found
}

/// Faults that a page could have, and what each is told as.
const PLANTED: [(&str, &str); 6] = [
    ("<button type=button>", "does nothing"),
    (
        "<form><input name=x hidden><button>y</button></form>",
        "is not shown",
    ),
    ("<div hidden>words</div>", "is hidden"),
    ("<a>words</a>", "leads nowhere"),
    (
        "<form action='/nowhere'><button>y</button></form>",
        "no form is taken",
    ),
    (
        "<p hx-get='/pools/live' hx-trigger='load'></p>",
        "only script",
    ),
];

/// That the search can find anything.
fn plant(browser: &Browser) {
    browser.open("/");
    assert_eq!(dead(browser), Vec::<String>::new());
    for (html, told) in PLANTED {
        browser.open("/");
        let spoil = "document.querySelector('main').insertAdjacentHTML('beforeend', arguments[0]);";
        browser.driver.execute(spoil, &[json!(html)]);
        let found = dead(browser);
        assert!(
            found.iter().any(|f| f.starts_with(told)),
            "{html}: {found:?}"
        );
    }
}

fn from(who: &str) -> &'static str {
    match who {
        "everybody" => "/",
        "demo-dealer" => "/dealer",
        _ => "/bureau",
    }
}

/// A claim that no other of the demo resembles, of the dealer who is signed in.
fn file_a_claim(browser: &Browser) -> (Value, String) {
    let generator = Generator::new(Profile::of(PROGRAMME).unwrap(), 77);
    browser.open("/dealer/claims/new");
    browser.follow(&format!("main ul a[href$='={PROGRAMME}']"));
    let who = browser.driver.text(&browser.find(".who")).unwrap();
    let dealer: u64 = who.split("示例经销商").nth(1).unwrap().parse().unwrap();
    let claim = generator.body(1, &uscc(dealer));
    let claim: Value = serde_json::from_str(&claim).unwrap();
    fill_in(browser, &claim);
    browser.follow("button[formaction='/dealer/claims/check']");
    browser.says("预检结果");
    browser.follow(".actions button:not([formaction])");
    browser.says("受理回执");
    let number = browser.driver.text(&browser.find("h1")).unwrap();
    (claim, number)
}

fn dealer_works(browser: &Browser) -> (Value, String) {
    let filed = file_a_claim(browser);
    // The demo's money is gone, and papers are asked of those for whom some is held.
    browser.open("/dealer/claims?state=reserved");
    browser.follow("main tbody a");
    let due = browser.count(".badge.warn");
    assert!(due > 0, "{}", browser.text());
    let paper = concat!(env!("CARGO_MANIFEST_DIR"), "/src/cli/demo/paper.pdf");
    let form = ".card:has(.badge.warn) form[enctype]";
    let field = browser.find(&format!("{form} input[type=file]:not([capture])"));
    browser.driver.send_keys(&field, paper).unwrap();
    browser.follow(&format!("{form} button"));
    browser.says("已收到");
    assert_eq!(browser.count(".badge.warn"), due - 1);

    browser.open("/dealer/claims?state=returned");
    browser.follow("main tbody a");
    browser.follow("a[href$='/correction']");
    browser.fill("[name=\"/consumer/name\"]", "王更正");
    browser.follow("main form .actions button");
    browser.says("审核中");
    filed
}

/// The main work of somebody, after what `prepare` did.
fn works(browser: &Browser, who: &str) {
    match who {
        "demo-reviewer" => {
            browser.open("/bureau/review");
            browser.follow("form[action='/bureau/review/next'] button");
            browser.follow("form[action$='/recommend'] button");
            browser.arrives("/bureau/review?done=");
        }
        "demo-approver" => {
            browser.open("/bureau/approval?state=recommended");
            browser.follow("main tbody a");
            browser.follow("form[action$='/approve'] button");
            browser.arrives("/bureau/approval?done=");
        }
        "demo-finance" => {
            browser.open("/bureau/payouts");
            browser.follow("form[action='/bureau/payouts'][method=post] button");
            browser.find("form[action$='/discard']");
        }
        _ => {}
    }
}

fn look_up(browser: &Browser, claim: &Value, number: &str) {
    let tail = |member: &str| {
        let text = claim["consumer"][member].as_str().unwrap();
        text[text.len() - 4..].to_owned()
    };
    browser.open("/");
    browser.fill("#number", number);
    browser.fill("#id_tail", &tail("id_number"));
    browser.fill("#mobile_tail", &tail("mobile"));
    browser.follow("main form button");
    browser.says("排队候补");
    browser.follow("a.language");
    browser.says("Trade-in subsidy");
    browser.follow("a.language");
    browser.says("以旧换新补贴");
}

#[test]
fn every_page_works_without_script() {
    let demo = Demo::start();
    let browser = Browser::start(&demo.url, SCREENS[0]);
    browser.without_script();
    plant(&browser);
    let (mut seen, mut wrong, mut filed) = (0, Vec::new(), None);
    for who in ["everybody"].into_iter().chain(PEOPLE) {
        if who != "everybody" {
            demo.sign_in(&browser, who);
        }
        let prepared = prepare(&browser, who);
        let pages = explore(&browser, from(who)).into_values();
        for path in prepared.into_iter().chain(pages) {
            // A file, a paper, or where somebody was sent on from.
            if path.is_empty() || path.contains("/papers/") {
                continue;
            }
            browser.open(&path);
            seen += 1;
            for what in dead(&browser) {
                println!("{who} {path}: {what}");
                wrong.push(format!("{who} {path}: {what}"));
            }
        }
        if who == "demo-dealer" {
            filed = Some(dealer_works(&browser));
        }
        works(&browser, who);
        if who != "everybody" {
            browser.open(from(who));
            browser.follow("form[action='/sign-out'] button");
            browser.open(from(who));
            browser.arrives("/sign-in");
        }
    }
    let (claim, number) = filed.unwrap();
    look_up(&browser, &claim, &number);
    println!("{seen} pages were looked at");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 60, "only {seen} pages were found");
}
