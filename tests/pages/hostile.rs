//! What somebody wants to be run, typed into every field of every form: it stays text.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::browser::{Browser, SCREENS};
use crate::demo::{Demo, PEOPLE};
use crate::every_page::explore;

/// Script, formula, writing from right to left, zero width, a long name, a lone quotation mark.
const HOSTILE: [&str; 4] = [
    "\"><img src=x onerror=window.ran=1><script>window.ran=1</script>",
    "=HYPERLINK(\"https://evil.example\",\"paid\")",
    "\u{202e}\u{200b}王\u{2066}'; DROP TABLE claims; --",
    "{{7*7}}${7*7}<svg/onload=window.ran=1>",
];

/// Fills the form of the button with this number on the page and sends it, past what the browser
/// would refuse; says whether there was one to send.
const SEND: &str = "
    const [number, text] = arguments;
    const forms = [...document.querySelectorAll('form[method=post]')].filter((form) =>
        !['/sign-out', '/bureau/role'].includes(new URL(form.action).pathname));
    const buttons = forms.flatMap((form) => [...form.elements].filter((e) => e.type === 'submit'));
    const button = buttons[number];
    if (!button) return false;
    const form = button.form;
    for (const field of form.elements) {
        const kept = ['form_token', 'revision'].includes(field.name);
        if (!field.name || kept || ['file', 'submit', 'button'].includes(field.type)) continue;
        if (['checkbox', 'radio'].includes(field.type)) { field.checked = true; continue; }
        if (field.tagName === 'SELECT') { field.selectedIndex = field.options.length - 1; continue; }
        field.type = 'text';
        field.removeAttribute('maxlength');
        field.value = text;
    }
    form.noValidate = true;
    delete form.dataset.ask;
    button.disabled = false;
    form.requestSubmit(button);
    return true;";

/// What was run or became part of the page.
const TAKEN_IN: &str = "
    const found = [];
    if (window.ran) found.push('script ran');
    for (const bad of document.querySelectorAll('img[src=\"x\"], svg[onload], script:not([src])'))
        found.push(bad.outerHTML);
    if (document.body.textContent.includes('$49')) found.push('a template in a template');
    return found;";

fn taken_in(browser: &Browser) -> Vec<String> {
    let found = browser.driver.execute(TAKEN_IN, &[]);
    serde_json::from_value(found).unwrap()
}

/// Sends every form of a page with one text, and looks at what comes back and at the page anew.
fn send_all(browser: &Browser, path: &str, text: &str, wrong: &mut Vec<String>) -> usize {
    let mut sent = 0;
    loop {
        browser.open(path);
        let arguments = [json!(sent), json!(text)];
        let there = browser.driver.execute(SEND, &arguments);
        if there != Value::Bool(true) {
            return sent;
        }
        sent += 1;
        browser.find("footer.site, body > pre");
        for at in [browser.path(), path.to_owned()] {
            let found = taken_in(browser);
            wrong.extend(
                found
                    .into_iter()
                    .map(|what| format!("{path} -> {at}: {what}")),
            );
            if browser.text().contains("500") && browser.count("main h1") == 0 {
                wrong.push(format!("{path} -> {at}: fails"));
            }
            browser.open(path);
        }
    }
}

#[test]
fn what_is_typed_stays_text_everywhere() {
    let demo = Demo::start();
    let browser = Browser::start(&demo.url, SCREENS[0]);
    let (mut seen, mut wrong, mut forms) = (BTreeSet::new(), Vec::new(), 0);
    for (turn, who) in ["everybody"].into_iter().chain(PEOPLE).enumerate() {
        let from = match who {
            "everybody" => "/",
            "demo-dealer" => "/dealer",
            _ => "/bureau",
        };
        if who != "everybody" {
            demo.sign_in(&browser, who);
        }
        for (pattern, path) in explore(&browser, from) {
            if path.is_empty() || pattern.contains("/papers/") {
                continue;
            }
            let text = HOSTILE[(turn + seen.len()) % HOSTILE.len()];
            if seen.insert((pattern, who == "everybody")) {
                forms += send_all(&browser, &path, text, &mut wrong);
            }
        }
    }
    println!("{forms} forms were sent");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(forms >= 20, "only {forms} forms were found");
}

/// That the search can find anything.
#[test]
fn what_is_taken_in_is_found() {
    let demo = Demo::start();
    let browser = Browser::start(&demo.url, SCREENS[0]);
    browser.open("/");
    assert!(taken_in(&browser).is_empty());
    let careless = "document.querySelector('main').innerHTML += arguments[0];";
    browser.driver.execute(careless, &[json!(HOSTILE[0])]);
    assert!(!taken_in(&browser).is_empty());
}
