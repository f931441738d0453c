//! Small files that would be large if somebody opened them: refused, or kept as they are, with
//! flat memory.

use std::io::{Cursor, Read as _, Write as _};
use std::process::Command;

use serde_json::Value;
use tradein::table_file::{self, Format, TableError};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::office::{Browser, PROGRAMME, World};
use crate::support::claims::claim;
use crate::support::{Backend, Client, Response, Server};

/// What the peak of memory may grow by while all bombs come, in KiB.
const FLAT: u64 = 25_000;
const MEGABYTE: usize = 1 << 20;
/// Large honest tables that come at once.
const HONEST: usize = 2;
const REFUSED: [u16; 4] = [400, 413, 415, 422];

/// The most memory that the service has held so far, in KiB.
fn peak_kib(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let figure = line.unwrap().split_whitespace().nth(1).unwrap();
    figure.parse().unwrap()
}

/// Somebody of every kind who may send files, and a claim that waits for a paper.
struct House {
    world: World,
    clerk: Browser,
    form_token: String,
    program: Client,
    finance: Client,
    paper: String,
    tag: String,
}

impl House {
    fn new() -> Self {
        // Each thread keeps memory that it has freed for itself.
        let world = World::with(Backend::Sqlite, |command| {
            command.env("TRADEIN_WORKERS", "1");
        });
        let mut clerk = world.clerk(0, "li");
        let form_token = clerk.form_token("/dealer/uploads");
        let mut program = world.program(0);
        let credentials = world.database.add_staff("money", "finance");
        let finance = world.server.client_of(&credentials);
        let filed = program.file("bombs-0001", &claim(PROGRAMME));
        let tag = filed.header("etag").unwrap().to_owned();
        let filed: Value = filed.json();
        let (id, due) = (&filed["id"], &filed["due"][0]["paper"]);
        let paper = format!(
            "/v1/claims/{}/papers/{}",
            id.as_str().unwrap(),
            due.as_str().unwrap()
        );
        Self {
            world,
            clerk,
            form_token,
            program,
            finance,
            paper,
            tag,
        }
    }

    fn table(&self, name: &str, bytes: &[u8]) -> Response {
        let boundary = "----a-boundary-of-the-tests";
        let mut body = Vec::new();
        for (member, value) in [
            ("form_token", self.form_token.as_str()),
            ("programme", PROGRAMME),
        ] {
            let part = format!(
                "--{boundary}\r\ncontent-disposition: form-data; name=\"{member}\"\r\n\r\n\
                 {value}\r\n"
            );
            body.extend_from_slice(part.as_bytes());
        }
        let head = format!(
            "--{boundary}\r\ncontent-disposition: form-data; name=\"file\"; \
             filename=\"{name}\"\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        self.multipart(boundary, &body)
    }

    fn multipart(&self, boundary: &str, body: &[u8]) -> Response {
        let kind = format!("multipart/form-data; boundary={boundary}");
        let headers = [
            ("cookie", self.clerk.cookie.as_str()),
            ("accept", "text/html"),
            ("content-type", kind.as_str()),
        ];
        // A fresh connection: the service may close one on which it refused a large body.
        let mut client = self.world.server.client();
        client.call("POST", "/dealer/uploads", &headers, body)
    }

    fn put_paper(&mut self, kind: &str, bytes: &[u8]) -> Response {
        let headers = [("content-type", kind), ("if-match", self.tag.as_str())];
        self.program.call("PUT", &self.paper, &headers, bytes)
    }

    fn post_claim(&mut self, headers: &[(&str, &str)], bytes: &[u8]) -> Response {
        let mut all = vec![
            ("content-type", "application/json"),
            ("idempotency-key", "bombs-0002"),
        ];
        all.extend_from_slice(headers);
        self.program.call("POST", "/v1/claims", &all, bytes)
    }
}

/// What a shell makes of a command.
fn made(command: &str) -> Vec<u8> {
    let made = Command::new("sh").args(["-c", command]).output().unwrap();
    assert!(made.status.success(), "{command}");
    made.stdout
}

/// An archive of these parts; each is a beginning and how many megabytes of blanks follow.
fn archive(parts: &[(&str, &str, usize)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let blank = vec![b' '; MEGABYTE];
    for (name, text, megabytes) in parts {
        zip.start_file(*name, options).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
        for _ in 0..*megabytes {
            zip.write_all(&blank).unwrap();
        }
    }
    zip.finish().unwrap().into_inner()
}

/// A good workbook but for its only sheet, which is this with blanks behind it, and with more parts.
fn sheet(text: &str, megabytes: usize, more: &[(&str, &str, usize)]) -> Vec<u8> {
    const SHEET: &str = "xl/worksheets/sheet1.xml";
    let good = table_file::write(Format::Xlsx, &["a".to_owned()], &[]).unwrap();
    let mut good = ZipArchive::new(Cursor::new(good)).unwrap();
    let mut kept = Vec::new();
    for index in 0..good.len() {
        let mut part = good.by_index(index).unwrap();
        let mut text = String::new();
        part.read_to_string(&mut text).unwrap();
        kept.push((part.name().unwrap().into_owned(), text));
    }
    let replaced = |name: &str| name == SHEET || more.iter().any(|(other, ..)| *other == name);
    let kept = kept.iter().filter(|(name, _)| !replaced(name));
    let mut parts: Vec<_> = kept.map(|(n, t)| (n.as_str(), t.as_str(), 0)).collect();
    parts.push((SHEET, text, megabytes));
    parts.extend_from_slice(more);
    archive(&parts)
}

/// The same with sizes in its directory and heads that say it is small.
fn lying(mut workbook: Vec<u8>, megabytes: usize) -> Vec<u8> {
    let stated = u32::try_from(megabytes * MEGABYTE).unwrap();
    for at in 0..workbook.len() - 4 {
        let four: [u8; 4] = workbook[at..at + 4].try_into().unwrap();
        // The beginning of the sheet stands before the blanks.
        if (stated..stated + 4096).contains(&u32::from_le_bytes(four)) {
            workbook[at..at + 4].copy_from_slice(&1_000_u32.to_le_bytes());
        }
    }
    workbook
}

const FAR: &str = "<worksheet><sheetData><row r=\"1\"><c r=\"A1\"><v>1</v></c></row>\
    <row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row></sheetData></worksheet>";
const LAUGHS: &str = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\">\
    <!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">\
    <!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\">\
    <!ENTITY d \"&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;\">\
    <!ENTITY e \"&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;\">\
    <!ENTITY f \"&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;\">]>";

fn tables() -> Vec<(&'static str, Vec<u8>)> {
    let laughing = format!(
        "{LAUGHS}<worksheet><sheetData><row r=\"1\">\
         <c r=\"A1\" t=\"inlineStr\"><is><t>&f;</t></is></c></row></sheetData></worksheet>"
    );
    let blank = "<worksheet>";
    let parts: Vec<(String, usize)> = (0..2_000).map(|n| (format!("xl/{n}.xml"), 0)).collect();
    let parts: Vec<_> = parts
        .iter()
        .map(|(name, n)| (name.as_str(), "", *n))
        .collect();
    vec![
        ("a sheet of 512 MB", sheet(blank, 512, &[])),
        (
            "a sheet of 300 MB that says it is small",
            lying(sheet(blank, 300, &[]), 300),
        ),
        (
            "strings of 300 MB",
            sheet(blank, 0, &[("xl/sharedStrings.xml", "<sst><si><t>", 300)]),
        ),
        ("a workbook of 2,000 parts", sheet(blank, 0, &parts)),
        (
            "a workbook in a workbook",
            sheet(blank, 0, &[("xl/a.xlsx", "", 400)]),
        ),
        (
            "two cells with seventeen thousand million between",
            sheet(FAR, 0, &[]),
        ),
        ("a thousand million laughs", sheet(&laughing, 0, &[])),
        (
            "a row of ten million cells",
            ",".repeat(10 * MEGABYTE - 1).into_bytes(),
        ),
        ("a million rows", b"a\n".repeat(MEGABYTE)),
        ("a cell of ten megabytes", vec![b'a'; 10 * MEGABYTE]),
        ("twelve megabytes", vec![b'a'; 12 * MEGABYTE + 1]),
    ]
}

fn outcomes() -> [(&'static str, Vec<u8>); 2] {
    let head = b"end_to_end_id,outcome,reason\n".to_vec();
    [
        (
            "an outcome of eight million cells",
            [head.clone(), b",".repeat(8 * MEGABYTE - 64)].concat(),
        ),
        (
            "four million wrong outcomes",
            [head, b"a\n".repeat(4 * MEGABYTE - 64)].concat(),
        ),
    ]
}

fn papers() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let mut png = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR".to_vec();
    png.extend_from_slice(&1_000_000_u32.to_be_bytes());
    png.extend_from_slice(&1_000_000_u32.to_be_bytes());
    png.extend_from_slice(&[8, 6, 0, 0, 0]);
    png.extend_from_slice(&[0; 64]);
    let jpeg = b"\xff\xd8\xff\xc0\x00\x0b\x08\xff\xff\xff\xff\x01\x01\x11\x00\xff\xda".to_vec();
    let ofd = |megabytes| archive(&[("OFD.xml", "<ofd:OFD/>", 0), ("Doc_0/a.xml", "", megabytes)]);
    vec![
        ("a picture of a million by a million", "image/png", png),
        ("a photograph of 65,535 by 65,535", "image/jpeg", jpeg),
        ("an OFD of 512 MB", "application/ofd", ofd(512)),
        (
            "11 MB of nothing",
            "application/pdf",
            vec![0; 11 * MEGABYTE],
        ),
    ]
}

fn bodies() -> Vec<(&'static str, Option<&'static str>, Vec<u8>)> {
    let zeros = "head -c 100000000 /dev/zero | gzip -9";
    let keys = |count: usize| {
        let members: Vec<String> = (0..count).map(|n| format!("\"k{n}\":0")).collect();
        format!("{{{}}}", members.join(",")).into_bytes()
    };
    vec![
        (
            "gzip",
            Some("gzip"),
            made(&format!("{zeros} | head -c 60000")),
        ),
        ("brotli", Some("br"), vec![0x5b; 60_000]),
        ("deflate", Some("deflate"), vec![0x78; 60_000]),
        (
            "zstandard",
            Some("zstd"),
            b"\x28\xb5\x2f\xfd".repeat(15_000),
        ),
        (
            "gzip in gzip",
            Some("gzip, gzip"),
            made(&format!("{zeros} | gzip -9")),
        ),
        ("60,000 levels of lists", None, b"[".repeat(60_000)),
        ("12,000 levels of objects", None, b"{\"a\":".repeat(12_000)),
        ("as many members as a body holds", None, keys(5_500)),
        ("a million members", None, keys(1_000_000)),
        (
            "sixty thousand numbers",
            None,
            format!("[{}0]", "0,".repeat(30_000)).into_bytes(),
        ),
    ]
}

#[test]
fn bombs_are_refused_with_flat_memory_and_a_large_honest_file_is_seen() {
    let mut house = House::new();
    // What every large body needs, whatever it holds, is there before.
    let blank = vec![b' '; 11 * MEGABYTE];
    for _ in 0..3 {
        let answer = house.table("blank.csv", &blank[..10 * MEGABYTE]);
        assert_eq!(answer.status, 422, "{}", answer.text());
        assert_eq!(house.put_paper("application/pdf", &blank).status, 413);
    }
    let before = peak_kib(&house.world.server);
    let (mut count, mut worst) = (0, (0, ""));
    let mut seen = |house: &House, what: &'static str, answer: &Response| {
        assert!(
            REFUSED.contains(&answer.status),
            "{what}: {} {}",
            answer.status,
            answer.text()
        );
        let grown = peak_kib(&house.world.server).saturating_sub(before);
        count += 1;
        if grown > worst.0 {
            worst = (grown, what);
        }
        assert!(
            grown < FLAT,
            "{what}: the peak of memory has grown by {grown} KiB"
        );
    };
    for (what, encoding, bytes) in bodies() {
        let headers: Vec<_> = encoding.iter().map(|e| ("content-encoding", *e)).collect();
        let answer = house.post_claim(&headers, &bytes);
        seen(&house, what, &answer);
    }
    let xml = format!("{LAUGHS}<Document>&f;</Document>");
    let headers = [("content-type", "application/xml")];
    let answer = house
        .finance
        .call("POST", "/v1/payout-outcomes", &headers, xml.as_bytes());
    seen(&house, "a report of a thousand million laughs", &answer);
    let headers = [("content-type", "text/csv")];
    for (what, bytes) in outcomes() {
        let answer = house
            .finance
            .call("POST", "/v1/payout-outcomes", &headers, &bytes);
        seen(&house, what, &answer);
        assert!(
            answer.body.len() < MEGABYTE,
            "{what}: {} bytes told",
            answer.body.len()
        );
    }
    for (what, kind, bytes) in papers() {
        let answer = house.put_paper(kind, &bytes);
        seen(&house, what, &answer);
    }
    let parts = b"--b\r\ncontent-disposition: form-data; name=\"a\"\r\n\r\n\r\n".repeat(100_000);
    let answer = house.multipart("b", &parts);
    seen(&house, "a form of a hundred thousand parts", &answer);
    for (what, bytes) in tables() {
        let answer = house.table("bomb", &bytes);
        seen(&house, what, &answer);
    }
    println!(
        "{count} bombs: the peak of {before} KiB has grown by {} KiB, by {:?}",
        worst.0, worst.1
    );
    assert!(house.clerk.is_in("/dealer"));
    // Planted: what really is large is seen in the figure.
    let before = peak_kib(&house.world.server);
    let honest = honest_table();
    std::thread::scope(|scope| {
        for _ in 0..HONEST {
            scope.spawn(|| house.table("honest.xlsx", &honest));
        }
    });
    let grown = peak_kib(&house.world.server).saturating_sub(before);
    println!("{HONEST} honest tables of 46 MB when they are unpacked: {grown} KiB more");
    assert!(grown > FLAT, "{grown} KiB: nobody would notice a bomb");
}

/// Three thousand rows, each cell nearly as long as a cell may be.
fn honest_table() -> Vec<u8> {
    let cell = |row: usize, column: usize| format!("{row}-{column}-{}", "x".repeat(1_900));
    let row = |row: usize| (0..8).map(|column| cell(row, column)).collect();
    let rows: Vec<Vec<String>> = (0..3_000).map(row).collect();
    let head: Vec<String> = (0..8).map(|column| format!("/{column}")).collect();
    let table = table_file::write(Format::Xlsx, &head, &rows).unwrap();
    assert!(table_file::read(&table).is_ok());
    table
}

#[test]
fn the_workbooks_are_good_but_for_what_is_odd_in_them() {
    let good =
        "<worksheet><sheetData><row r=\"1\"><c r=\"A1\"><v>1</v></c></row></sheetData></worksheet>";
    let read = table_file::read(&sheet(good, 1, &[])).unwrap();
    assert_eq!(read.rows, [(1, vec!["1".to_owned()])]);
    let far = table_file::read(&sheet(FAR, 0, &[])).unwrap_err();
    assert_eq!(far, TableError::TooManyColumns);
    let large = table_file::read(&lying(sheet(good, 300, &[]), 300)).unwrap_err();
    assert!(
        [TableError::Bomb, TableError::Unreadable].contains(&large),
        "{large}"
    );
    for file in ["stored.xlsx", "packed.xlsx"] {
        let path = format!(
            "{}/tests/data/fuzz/table/{file}",
            env!("CARGO_MANIFEST_DIR")
        );
        let read = table_file::read(&std::fs::read(path).unwrap());
        assert!(read.is_ok(), "{file}: {read:?}");
    }
}
