//! Files that are something else than they say, or more than they seem.

use crate::support::Backend;
use crate::support::claims::claim;
use crate::world::{PROGRAMME, World};

/// A picture that says it is a million pixels wide and high.
fn giant_png() -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR".to_vec();
    bytes.extend_from_slice(&1_000_000_u32.to_be_bytes());
    bytes.extend_from_slice(&1_000_000_u32.to_be_bytes());
    bytes.extend_from_slice(&[8, 6, 0, 0, 0]);
    bytes.extend_from_slice(&[0; 64]);
    bytes
}

#[test]
fn v5_2_2_a_paper_is_what_it_says_and_v5_2_6_no_flood_of_pixels() {
    let world = World::new(Backend::Sqlite);
    let mut program = world.program(0);
    let filed = program.file("paper-0001", &claim(PROGRAMME));
    let tag = filed.header("etag").unwrap_or("\"1\"").to_owned();
    let filed = filed.json();
    let id = filed["id"].as_str().unwrap();
    let paper = filed["due"][0]["paper"].as_str().unwrap();
    let path = format!("/v1/claims/{id}/papers/{paper}");
    let page = b"<!doctype html><script>alert(1)</script>".to_vec();
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".to_vec();
    let polyglot = b"GIF89a/*<script>alert(1)</script>*/".to_vec();
    let program_file = b"\x7fELF\x02\x01\x01\x00".to_vec();
    let behind = [b"<script>alert(1)</script>".as_slice(), b"%PDF-1.7\n%%EOF"].concat();
    for (what, kind, bytes) in [
        ("a page", "text/html", &page),
        ("a page as a document", "application/pdf", &page),
        ("a drawing with script", "image/svg+xml", &svg),
        ("a drawing as a picture", "image/png", &svg),
        ("a polyglot", "image/jpeg", &polyglot),
        ("a program", "application/pdf", &program_file),
        ("a page before a document", "application/pdf", &behind),
        ("a flood of pixels", "image/png", &giant_png()),
    ] {
        let headers = [("content-type", kind), ("if-match", tag.as_str())];
        let answer = program.call("PUT", &path, &headers, bytes);
        assert!(
            [415, 422].contains(&answer.status),
            "{what} {}",
            answer.text()
        );
    }
    let after = program.get(&format!("/v1/claims/{id}")).json();
    assert_eq!(after["due"], filed["due"], "nothing was taken");
}

#[test]
fn v5_2_3_a_table_that_unfolds_to_gigabytes_is_refused() {
    let world = World::new(Backend::Sqlite);
    let mut clerk = world.clerk(0, "li");
    let form = clerk.form("/dealer/uploads").with("programme", PROGRAMME);
    for (name, bytes) in [
        ("bomb.xlsx", bomb()),
        ("not.xlsx", b"PK\x03\x04 and nothing".to_vec()),
        ("page.csv", b"<html><script>alert(1)</script>".to_vec()),
        ("../../keys.toml", b"a,b\n1,2\n".to_vec()),
    ] {
        let chosen = ("file", name, "application/octet-stream", bytes.as_slice());
        let answer = clerk.send(&form.clone().file(chosen));
        let refused = [400, 413, 415, 422].contains(&answer.status);
        assert!(refused, "{name} {} {}", answer.status, answer.text());
    }
    assert!(clerk.is_in("/dealer"));
}

/// A workbook of a few kilobytes whose sheet unfolds to half a gigabyte.
fn bomb() -> Vec<u8> {
    use std::io::Write as _;
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for (name, head) in [
        ("[Content_Types].xml", "<Types/>"),
        ("xl/workbook.xml", "<workbook/>"),
        ("xl/worksheets/sheet1.xml", "<worksheet>"),
    ] {
        zip.start_file(name, options).unwrap();
        zip.write_all(head.as_bytes()).unwrap();
    }
    let blank = vec![b' '; 1 << 20];
    for _ in 0..512 {
        zip.write_all(&blank).unwrap();
    }
    zip.finish().unwrap().into_inner()
}
