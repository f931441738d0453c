//! Every page that links lead to, as everybody who may see it: nothing that axe-core finds, light
//! enough, and a picture of it.
//!
//! `TRADEIN_SCREENS=docs/screens cargo test --test pages every_page` writes the pictures.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

use actix_web::http::Method;
use serde_json::Value;
use tradein::http::place::Place;
use tradein::http::routes::{TABLE, is_for_people};

use crate::browser::{Browser, SCREENS, Screen};
use crate::demo::{Demo, PEOPLE};

const AXE: &str = include_str!("../data/axe/axe.min.js");
/// Bytes of a page with everything that it loads.
const MOST_BYTES: u64 = 100_000;
/// Pages that no link leads to: parts of pages, who sees them got a link otherwise, or they are shown
/// in states that no shipped programme has.
pub const UNLINKED: [&str; 7] = [
    "/assets/{file}",
    "/language",
    "/enrol",
    "/pools/events",
    "/pools/live",
    "/dealer/uploads/{id}/progress",
    // Opened at the counter, before there is an invoice.
    "/dealer/claims/{id}/invoice",
];

/// What is wrong with a page in the eyes of axe-core.
pub fn violations(browser: &Browser) -> Vec<String> {
    let script = format!(
        "const done = arguments[arguments.length - 1];
         if (!window.axe) {{ {AXE} }}
         window.axe.run(document, {{ resultTypes: ['violations'] }}).then(
            (found) => done(found.violations.map((v) =>
                v.id + ': ' + v.nodes.slice(0, 3).map((n) => n.html + ' -- ' + n.failureSummary).join(' | '))),
            (error) => done(['axe failed: ' + error]));"
    );
    let found = browser.driver.execute_async(&script, &[]);
    serde_json::from_value(found).unwrap()
}

/// Bytes of a page with everything that it loads.
fn weight(browser: &Browser) -> u64 {
    let script = "return performance.getEntriesByType('navigation')
        .concat(performance.getEntriesByType('resource'))
        .filter((e) => !e.name.includes('/papers/'))
        .reduce((sum, e) => sum + e.encodedBodySize, 0);";
    let sum = browser.driver.execute(script, &[]);
    sum.as_f64().unwrap() as u64
}

/// Where links of the page lead to on this site.
fn links(browser: &Browser) -> Vec<String> {
    let script = "return [...document.querySelectorAll('a[href]')]
        .filter((a) => a.origin === location.origin && !a.hasAttribute('download'))
        .map((a) => a.pathname + a.search);";
    let found = browser.driver.execute(script, &[]);
    serde_json::from_value(found).unwrap()
}

pub fn pattern(path: &str) -> &'static str {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    Place::of(&Method::GET, path).pattern()
}

/// The first page of each pattern that somebody finds from where he begins; files are there without
/// a path.
pub fn explore(browser: &Browser, from: &str) -> BTreeMap<&'static str, String> {
    let mut found = BTreeMap::new();
    let mut ahead = VecDeque::from([from.to_owned()]);
    while let Some(path) = ahead.pop_front() {
        let pattern = pattern(&path);
        let skip = UNLINKED.contains(&pattern) || !is_for_people(&path);
        if skip || found.contains_key(pattern) {
            continue;
        }
        assert_ne!(
            pattern, "unmatched",
            "a link leads to {path}, where nothing is"
        );
        browser.open(&path);
        let came = browser.path();
        let there = self::pattern(&came);
        if there != pattern {
            // A file was saved, and the browser stays where it was; or somebody was sent on.
            found.insert(pattern, String::new());
            if there != "unmatched" && !found.contains_key(there) {
                found.insert(there, came);
            }
            continue;
        }
        ahead.extend(links(browser));
        found.insert(pattern, path);
    }
    found
}

fn file_name(who: &str, pattern: &str, screen: Screen) -> String {
    let page: String = pattern
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    let page = page.trim_matches('-').replace("--", "-");
    let page = if page.is_empty() {
        "start".to_owned()
    } else {
        page
    };
    format!(
        "{}-{page}-{}.webp",
        who.trim_start_matches("demo-"),
        screen.name
    )
}

fn pictures() -> Option<PathBuf> {
    let folder = std::env::var_os("TRADEIN_SCREENS")?;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    std::fs::create_dir_all(&folder).unwrap();
    Some(folder)
}

/// Looks at the page that a browser shows, on every screen, and has nothing against it.
pub fn sound(browser: &Browser, who: &str, name: &str) {
    for screen in SCREENS {
        browser.look_as(screen);
        let found = violations(browser);
        assert!(found.is_empty(), "{who} {name} {}: {found:?}", screen.name);
        if let Some(folder) = pictures() {
            let file = format!("{who}-{name}-{}.webp", screen.name);
            std::fs::write(folder.join(file), browser.picture()).unwrap();
        }
    }
    browser.look_as(SCREENS[0]);
}

/// Looks at one page on every screen.
fn examine(browser: &Browser, who: &str, path: &str, wrong: &mut Vec<String>) {
    let pattern = pattern(path);
    for screen in SCREENS {
        browser.look_as(screen);
        let found = violations(browser);
        wrong.extend(
            found
                .into_iter()
                .map(|v| format!("{who} {path} {}: {v}", screen.name)),
        );
        let wide = "return document.documentElement.scrollWidth > window.innerWidth + 1;";
        let wide = browser.driver.execute(wide, &[]);
        if wide == Value::Bool(true) {
            wrong.push(format!(
                "{who} {path} {}: wider than the screen",
                screen.name
            ));
        }
        if let Some(folder) = pictures() {
            let picture = browser.picture();
            std::fs::write(folder.join(file_name(who, pattern, screen)), picture).unwrap();
        }
    }
    browser.look_as(SCREENS[0]);
}

/// What somebody does first, so that there is something to see; a page that only this leads to.
pub fn prepare(browser: &Browser, who: &str) -> Option<String> {
    match who {
        "demo-dealer" => {
            let folder =
                std::env::temp_dir().join(format!("tradein-upload-{}", std::process::id()));
            std::fs::write(&folder, "/consumer/name\n王小明\n").unwrap();
            let file = folder.with_extension("csv");
            std::fs::rename(&folder, &file).unwrap();
            browser.open("/dealer/uploads");
            let field = browser.find("#file");
            browser
                .driver
                .send_keys(&field, file.to_str().unwrap())
                .unwrap();
            browser.follow("form[enctype] button");
            browser.comes_to_say("已完成");
            std::fs::remove_file(&file).unwrap();
            browser.open("/dealer/api");
            let form = "form[action='/dealer/api/webhooks']";
            browser.fill(
                &format!("{form} [name=url]"),
                "https://receiver.example/hook",
            );
            browser.follow(&format!("{form} button"));
            browser.find("form[action$='/replay']");
        }
        "demo-reviewer" => {
            browser.open("/bureau/review");
            browser.follow("form[action='/bureau/review/next'] button");
            browser.find("form[action$='/put-back']");
        }
        "demo-approver" => {
            browser.open("/bureau/bulk");
            browser.fill("form[action='/bureau/bulk'] [name=limit]", "2");
            browser.follow("form[action='/bureau/bulk'] button");
            browser.find("form[action$='/draw']");
        }
        "demo-auditor" => {
            browser.open("/bureau/audit/verification");
            browser.follow("form[action='/bureau/audit/verification'] button");
            browser.comes_to_say("全部一致");
            browser.open("/bureau/audit/samples");
            let day = tradein::clock::now().beijing_day().to_string();
            for field in ["#draw-from", "#draw-to"] {
                browser.choose(field, &day);
            }
            browser.fill("form[method=post] [name=why]", "季度抽查");
            browser.follow("form[action='/bureau/audit/samples'][method=post] button");
            return Some(browser.arrives("/drawn"));
        }
        "demo-operator" => {
            browser.open("/bureau/pools/demo-cars-2025");
            browser.click("input[name=act][value=top_up]");
            browser.fill("form[action$='/money'] [name=amount]", "100.00");
            browser.fill("form[action$='/money'] [name=reference]", "财政拨款 2026-1");
            browser.follow("form[action$='/money'] button");
            return Some(browser.arrives("/bureau/proposals/"));
        }
        _ => {}
    }
    None
}

#[test]
fn every_page_is_sound_on_every_screen() {
    let demo = Demo::start();
    let browser = Browser::start(&demo.url, SCREENS[0]);
    let (mut seen, mut others, mut wrong) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    for who in ["everybody"].into_iter().chain(PEOPLE) {
        if who == "demo-second-finance" {
            continue;
        }
        let from = match who {
            "everybody" => "/",
            "demo-dealer" => "/dealer",
            _ => "/bureau",
        };
        if who != "everybody" {
            demo.sign_in(&browser, who);
        }
        let prepared = prepare(&browser, who).map(|path| (pattern(&path), path));
        for (pattern, path) in prepared.into_iter().chain(explore(&browser, from)) {
            // A file, a paper, or where somebody was sent on from.
            if path.is_empty() || pattern.contains("/papers/") {
                others.insert(pattern);
                continue;
            }
            // What looks the same for several is looked at once.
            if !seen.insert(pattern) {
                continue;
            }
            browser.open(&path);
            let bytes = weight(&browser);
            if bytes > MOST_BYTES {
                wrong.push(format!("{who} {path}: {bytes} bytes"));
            }
            examine(&browser, who, &path, &mut wrong);
        }
    }
    let pages = TABLE
        .iter()
        .filter(|(path, methods)| is_for_people(path) && methods.contains(&"GET"));
    let unseen: Vec<_> = pages
        .map(|(path, _)| *path)
        .filter(|path| !seen.contains(path) && !others.contains(path))
        .filter(|path| !UNLINKED.contains(path))
        .collect();
    assert!(
        wrong.is_empty() && unseen.is_empty(),
        "no link leads to {unseen:?}\n{}",
        wrong.join("\n")
    );
}

/// That the search can find anything: a page that is spoilt on purpose.
#[test]
fn what_axe_is_there_for_is_found() {
    let demo = Demo::start();
    let browser = Browser::start(&demo.url, SCREENS[0]);
    browser.open("/");
    assert_eq!(violations(&browser), Vec::<String>::new());
    let spoil = "document.querySelector('label').remove();
            const p = document.createElement('p');
            p.textContent = 'hardly to be read';
            p.setAttribute('class', 'faint');
            document.querySelector('main').append(p);
            const sheet = new CSSStyleSheet();
            sheet.replaceSync('.faint { color: #ccc; background: #fff; }');
            document.adoptedStyleSheets.push(sheet);";
    browser.driver.execute(spoil, &[]);
    let found = violations(&browser);
    for id in ["label", "color-contrast"] {
        assert!(found.iter().any(|v| v.starts_with(id)), "{id}: {found:?}");
    }
}
