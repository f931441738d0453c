//! Bodies that are not a JSON text in UTF-8 of a bearable size.

use std::process::Command;

use super::support::claims::claim;
use super::{CARS, House, on_both, problem};

fn good() -> String {
    claim(CARS).to_string()
}

#[test]
fn what_is_not_json_is_400() {
    on_both(|house| {
        let good = good();
        let utf16 = |mark: &[u8], bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
            mark.iter()
                .copied()
                .chain(good.encode_utf16().flat_map(bytes))
                .collect()
        };
        let in_name = |bytes: &[u8]| -> Vec<u8> {
            let (head, tail) = good.split_once("\"name\":\"").unwrap();
            [head.as_bytes(), b"\"name\":\"", bytes, tail.as_bytes()].concat()
        };
        let nested = |open: &str, levels: usize| open.repeat(levels).into_bytes();
        for body in [
            Vec::new(),
            b" \n".to_vec(),
            b"{".to_vec(),
            good.as_bytes()[..good.len() / 2].to_vec(),
            good.as_bytes()[..good.len() - 1].to_vec(),
            format!("{good}{good}").into_bytes(),
            format!("{good},").into_bytes(),
            good.replace('"', "'").into_bytes(),
            format!("/* claim */{good}").into_bytes(),
            b"NaN".to_vec(),
            b"programme=x&consumer=y".to_vec(),
            nested("[", 60_000),
            nested("{\"a\":", 12_000),
            [nested("[", 30_000), nested("]", 30_000)].concat(),
            [b"\xEF\xBB\xBF", good.as_bytes()].concat(),
            utf16(b"\xFF\xFE", u16::to_le_bytes),
            utf16(b"\xFE\xFF", u16::to_be_bytes),
            utf16(b"", u16::to_le_bytes),
            in_name(b"Andr\xE9"),
            in_name(b"\xCD\xF5\xD0\xA1\xC3\xF7"),
            in_name(b"\xED\xA0\x80"),
            in_name(b"\xC0\x80"),
            in_name(b"\\ud800"),
            in_name(b"\\udc00\\ud800"),
            in_name(b"\n"),
            in_name(b"\0"),
        ] {
            let answer = house.claim_is_refused(&body, 400, "json_unreadable");
            assert!(answer["errors"].is_null(), "{answer}");
        }
    });
}

#[test]
fn a_body_above_64_kib_is_413() {
    on_both(|house| {
        let padded = |size: usize| {
            let good = good();
            format!("{good}{}", " ".repeat(size - good.len())).into_bytes()
        };
        house.claim_is_refused(&padded(64 * 1024 + 1), 413, "body_too_large");
        house.claim_is_refused(&[b'['; 100_000], 413, "body_too_large");
        for body in [
            [padded(64 * 1024), b" ".to_vec()].concat(),
            vec![b' '; 66_000],
        ] {
            let answer = chunked(house, &body, 16_384);
            problem(&answer, 413, "body_too_large");
        }
        for announced in ["10485760", "18446744073709551615"] {
            let answer = announced_only(house, announced);
            problem(&answer, 413, "body_too_large");
        }
        // The largest that is taken is read as it is: only what it says is wrong.
        let mut largest = padded(64 * 1024);
        largest[0] = b'[';
        house.claim_is_refused(&largest, 400, "json_unreadable");
    });
}

fn head(house: &House, more: &str) -> String {
    format!(
        "POST /v1/claims HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\nidempotency-key: bad-input-2\r\n{more}\r\n\r\n",
        house.token
    )
}

fn chunked(house: &House, body: &[u8], size: usize) -> super::Response {
    let mut request = head(house, "transfer-encoding: chunked").into_bytes();
    for chunk in body.chunks(size) {
        request.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        request.extend_from_slice(chunk);
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"0\r\n\r\n");
    house.client().send_raw(&request, false).unwrap()
}

/// The answer to a head that announces a body which never comes.
fn announced_only(house: &House, length: &str) -> super::Response {
    let request = head(house, &format!("content-length: {length}"));
    house.client().send_raw(request.as_bytes(), false).unwrap()
}

/// Fifty million zeros in less than 64 KiB.
fn gzip_bomb() -> Vec<u8> {
    let made = Command::new("sh")
        .args(["-c", "head -c 50000000 /dev/zero | gzip -9"])
        .output()
        .unwrap();
    assert!(made.status.success());
    assert!(
        (1_000..64 * 1024).contains(&made.stdout.len()),
        "{} bytes",
        made.stdout.len()
    );
    made.stdout
}

/// The most memory that the service has held so far, in KiB.
fn peak_kib(house: &House) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", house.server.id())).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn compressed_bodies_are_not_opened() {
    on_both(|house| {
        let bomb = gzip_bomb();
        let before = peak_kib(house);
        for encoding in [
            "gzip",
            "x-gzip",
            "br",
            "deflate",
            "zstd",
            "GZIP",
            "identity, gzip",
            "gzip, gzip",
        ] {
            for path in ["/v1/claims", "/v1/claims/check"] {
                let headers = [
                    ("content-type", "application/json"),
                    ("content-encoding", encoding),
                    ("idempotency-key", "bad-input-3"),
                ];
                house.refused("POST", path, &headers, &bomb, 415, "encoding_unsupported");
            }
        }
        // Without the header it is so many bytes that are no JSON.
        house.claim_is_refused(&bomb, 400, "json_unreadable");
        let grown = peak_kib(house) - before;
        assert!(
            grown < 25_000,
            "memory grew by {grown} KiB: a bomb was opened"
        );
    });
}

#[test]
fn other_types_than_json_are_415() {
    on_both(|house| {
        let good = good();
        let refused = |headers: &[(&str, &str)], code: &str| {
            let mut all = vec![("idempotency-key", "bad-input-4")];
            all.extend_from_slice(headers);
            house.refused("POST", "/v1/claims", &all, good.as_bytes(), 415, code);
        };
        refused(&[], "media_type_unsupported");
        for wrong in [
            "text/plain",
            "text/json",
            "application/xml",
            "application/jsonx",
            "json",
            "",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/*",
            "*/*",
        ] {
            refused(&[("content-type", wrong)], "media_type_unsupported");
        }
        let twice = [
            ("content-type", "application/json"),
            ("content-type", "application/json"),
        ];
        refused(&twice, "media_type_unsupported");
        for charset in ["gbk", "utf-16", "latin1"] {
            let value = format!("application/json; charset={charset}");
            refused(&[("content-type", &value)], "charset_unsupported");
        }
    });
}
