//! `/pools`, `/programmes`, `/participants`.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

use tradein::operations::dealers;
use tradein::operations::shipped::SHIPPED;
use tradein::rehearse::generate::uscc;
use tradein::storage::{Database, Target};

use crate::browser::Browser;
use crate::place::{POOL, PROGRAMME, Place, dear, fen, yuan};
use crate::support::Backend;
use crate::support::claims::claim;

#[test]
fn balances_are_told_in_words_and_figures() {
    let place = Place::new(Backend::Sqlite, "20000", &[PROGRAMME]);
    let visitor = place.visitor();
    visitor
        .get("/pools")
        .whole()
        .has(&["20,000.00 元", "(100.0%)", "正在受理", "无人排队"]);
    let held = fen(&place.file(&dear())["amount"]);
    let asked = fen(&place.file(&dear())["amount"]);
    let (left, cap) = (2_000_000 - held, 2_000_000);
    assert!(left > 0 && left < asked);
    std::thread::sleep(Duration::from_millis(1100));
    let pools = visitor.get("/pools").whole();
    let bar = left * 1_000 / cap;
    let bar = format!(
        "class=\"reserved\" x=\"{bar}\" y=\"0\" width=\"{}\"",
        1_000 - bar
    );
    let percent = format!(
        "{} ({}.{}%)",
        yuan(left),
        left * 100 / cap,
        left * 1_000 / cap % 10
    );
    pools.has(&[&bar, "aria-label=\"cars-2025：剩余"]);
    pools.has(&[&percent, "已用完，可排队", "<strong>1</strong>"]);
    let fragment = visitor.get(&format!("/pools/live?pool={POOL}"));
    fragment.has(&[&percent]);
    fragment.lacks(&["<html"]);
    assert_eq!(visitor.get("/pools/live?pool=none").html.trim(), "");
    let one = visitor.get("/pools/cars-2025").whole();
    one.has(&[
        &yuan(asked),
        "不得插队",
        "资金已经用完",
        "/programmes/henan-car-replacement-2025",
    ]);
    visitor
        .get_in("en", "/pools")
        .whole()
        .has(&["Used up; claims wait"]);
    assert_eq!(visitor.get("/pools/none").status, 404);
}

/// Reads lines of a stream until one begins so; panics when the stream ends before.
fn until(lines: &mut impl Iterator<Item = std::io::Result<String>>, wanted: &str) {
    for line in lines {
        if line.unwrap().contains(wanted) {
            return;
        }
    }
    panic!("the stream ended before {wanted:?}");
}

#[test]
fn a_stream_tells_of_changes_and_ends_with_the_service() {
    let mut place = Place::new(Backend::Sqlite, "1000000", &[PROGRAMME]);
    let address = place
        .server
        .url()
        .strip_prefix("http://")
        .unwrap()
        .to_owned();
    let mut stream = TcpStream::connect(&address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    let request = format!("GET /pools/events HTTP/1.1\r\nhost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut lines = BufReader::new(stream).lines();
    until(&mut lines, "text/event-stream");
    until(&mut lines, "event: pools");
    // The reader's first look.
    until(&mut lines, "event: pools");
    place.file(&claim(PROGRAMME));
    until(&mut lines, "event: pools");
    // It does not keep the service from ending: otherwise that takes half a minute.
    let begun = tradein::clock::since_start();
    assert!(place.server.stop().success());
    let took = tradein::clock::since_start() - begun;
    assert!(took < Duration::from_secs(20), "{took:?}");
    assert!(
        lines.all(|line| line.is_ok()),
        "the stream is ended, not cut"
    );
}

#[test]
fn every_shipped_programme_is_told_in_both_languages() {
    let place = Place::new(Backend::Sqlite, "1000000", &[PROGRAMME]);
    let files: Vec<String> = std::fs::read_dir("config/programmes")
        .unwrap()
        .map(|file| {
            file.unwrap()
                .path()
                .file_stem()
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(files.len(), SHIPPED.len());
    let ids: Vec<&str> = files.iter().map(String::as_str).collect();
    place.database.load_programmes(&ids);
    let visitor = place.visitor();
    let list = visitor.get("/programmes").whole();
    for id in &ids {
        let path = format!("/programmes/{id}");
        list.has(&[&format!("href=\"{path}\"")]);
        let told = visitor.get(&path).whole();
        told.has(&["补贴标准", "依据：", "sha256:", "现行"]);
        visitor
            .get_in("en", &path)
            .whole()
            .has(&["Amounts", "Basis: ", "in force"]);
    }
    visitor
        .get("/programmes/henan-car-replacement-2025")
        .whole()
        .has(&["/pools/cars-2025"]);
    visitor
        .get("/programmes/luoyang-home-2025")
        .whole()
        .has(&["未开放", "15%，每件最高"]);
    assert_eq!(visitor.get("/programmes/none").status, 404);
}

fn names(visitor: &Browser, path: &str) -> (Vec<String>, Option<String>) {
    let list = visitor.get(path).whole();
    let names = list.html.split("<th scope=\"row\"><bdi>").skip(1);
    let names = names.map(|rest| rest.split('<').next().unwrap().to_owned());
    let next = list
        .html
        .split_once("<p class=\"pager\"><a href=\"")
        .map(|(_, rest)| {
            let (path, _) = rest.split_once('"').unwrap();
            path.replace("&#38;", "&").replace("&amp;", "&")
        });
    (names.collect(), next)
}

fn dealers_are_found(backend: Backend) {
    let place = Place::new(backend, "1000000", &[PROGRAMME]);
    let database = Database::open(Target::parse(place.database.url()).unwrap(), 1).unwrap();
    let mut conn = database.get().unwrap();
    for n in 0..120_u64 {
        let name = format!("经销商{n:03}");
        dealers::add(&mut conn, &uscc(n), &name, &[PROGRAMME.to_owned()]).unwrap();
    }
    let odd = "\u{202E}<b>倒写</b>\u{200B}=1+1";
    dealers::add(&mut conn, &uscc(500), odd, &[]).unwrap();
    let visitor = place.visitor();
    let mut seen = Vec::new();
    let mut path = Some("/participants?q=%E7%BB%8F%E9%94%80%E5%95%86".to_owned());
    while let Some(here) = path {
        let (found, next) = names(&visitor, &here);
        assert!(found.len() <= 50);
        seen.extend(found);
        path = next;
    }
    let expected: Vec<String> = (0..120).map(|n| format!("经销商{n:03}")).collect();
    assert_eq!(seen, expected);
    let code = uscc(7).to_lowercase();
    assert_eq!(
        names(&visitor, &format!("/participants?q={code}")).0,
        ["经销商007"]
    );
    let of_programme = format!("/participants?programme={PROGRAMME}");
    visitor
        .get(&of_programme)
        .whole()
        .has(&["121 家", "selected"]);
    let all = visitor.get("/participants?q=%3Cb%3E").whole();
    all.has(&["&#60;b&#62;倒写", "1 家"]);
    visitor.get("/participants?q=none").whole().has(&["0 家"]);
}

#[test]
fn dealers_are_found_sqlite() {
    dealers_are_found(Backend::Sqlite);
}

#[test]
fn dealers_are_found_postgres() {
    dealers_are_found(Backend::Postgres);
}
