use std::panic::catch_unwind;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestError, TestRunner};

use super::*;

fn inspect_all(bytes: &[u8]) -> Result<Inspected, ContentError> {
    inspect(bytes, &Limits::default())
}

fn media(bytes: &[u8]) -> Result<Media, ContentError> {
    inspect_all(bytes).map(|found| found.media)
}

/// Long enough that a lost end shows.
fn pdf() -> Vec<u8> {
    let head = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /EncryptMetadata false >>\nendobj\n";
    let page = b"% a scanned page\n".repeat(200);
    let end = b"xref\n0 2\n0000000000 65535 f \n0000000009 00000 n \n\
      trailer\n<< /Size 2 /Root 1 0 R >>\nstartxref\n68\n%%EOF";
    [&head[..], &page, &end[..]].concat()
}

#[test]
fn a_short_document_needs_no_end() {
    assert_eq!(media(b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n"), Ok(Media::Pdf));
    assert_eq!(media(b"%PDF-1.4"), Ok(Media::Pdf));
    assert_eq!(media(b"%PDF-"), Err(ContentError::Damaged));
}

/// The check value is not looked at, so any four bytes serve.
fn png_chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap().to_be_bytes();
    [&length, kind.as_slice(), data, &[0; 4]].concat()
}

fn png_header(width: u32, height: u32, rest: [u8; 5]) -> Vec<u8> {
    let data = [&width.to_be_bytes(), &height.to_be_bytes(), &rest[..]].concat();
    png_chunk(b"IHDR", &data)
}

fn png(width: u32, height: u32) -> Vec<u8> {
    [
        png::SIGNATURE.to_vec(),
        png_header(width, height, [8, 2, 0, 0, 0]),
        png_chunk(b"tEXt", b"Title\0x"),
        png_chunk(b"IDAT", b"\x78\x9c\x63\x60\x60\x60\0\0\0\x04\0\x01"),
        png_chunk(b"IEND", b""),
    ]
    .concat()
}

fn jpeg_segment(marker: u8, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len() + 2).unwrap().to_be_bytes();
    [&[0xff, marker], &length[..], data].concat()
}

fn jpeg_frame(marker: u8, width: u16, height: u16) -> Vec<u8> {
    let ([h0, h1], [w0, w1]) = (height.to_be_bytes(), width.to_be_bytes());
    jpeg_segment(marker, &[8, h0, h1, w0, w1, 1, 1, 0x11, 0])
}

/// With a small picture inside its notes, two scans, a restart and a stuffed zero, as telephones
/// and the progressive mode have them.
fn jpeg(width: u16, height: u16) -> Vec<u8> {
    let scan = jpeg_segment(0xda, &[1, 1, 0, 0, 63, 0]);
    [
        vec![0xff, 0xd8],
        jpeg_segment(0xe1, b"Exif\0\0\xff\xd8\xff\xd9"),
        jpeg_segment(0xdb, &[0; 65]),
        jpeg_frame(0xc2, width, height),
        jpeg_segment(0xc4, &[0; 17]),
        scan.clone(),
        vec![0x12, 0xff, 0x00, 0x34, 0xff, 0xd3, 0x56, 0xff],
        jpeg_segment(0xc4, &[0; 17]),
        scan,
        vec![0x78, 0xff, 0xd9],
    ]
    .concat()
}

/// An entry of an archive: what its head and the directory state.
#[derive(Clone)]
struct Zipped {
    name: &'static str,
    flags: u16,
    method: u16,
    unpacked: u32,
    head_name: &'static str,
}

fn zipped(name: &'static str) -> Zipped {
    Zipped {
        name,
        flags: 1 << 3,
        method: 8,
        unpacked: 2,
        head_name: name,
    }
}

fn zip(entries: &[Zipped], comment: &[u8]) -> Vec<u8> {
    let packed = [0x03, 0x00];
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for entry in entries {
        let at = u32::try_from(out.len()).unwrap();
        let numbers = |name: &str| {
            let mut bytes = [20u16, entry.flags, entry.method, 0, 0]
                .map(u16::to_le_bytes)
                .concat();
            bytes.extend([0u32, 2, entry.unpacked].map(u32::to_le_bytes).concat());
            let name = u16::try_from(name.len()).unwrap();
            bytes.extend([name, 0].map(u16::to_le_bytes).concat());
            bytes
        };
        out.extend([ofd::SIGNATURE, &numbers(entry.head_name)].concat());
        out.extend([entry.head_name.as_bytes(), &packed].concat());
        directory.extend([b"PK\x01\x02\x14\0".as_slice(), &numbers(entry.name)].concat());
        directory.extend([0; 10]);
        directory.extend(at.to_le_bytes());
        directory.extend(entry.name.as_bytes());
    }
    let count = u16::try_from(entries.len()).unwrap().to_le_bytes();
    let sizes = [directory.len(), out.len()].map(|n| u32::try_from(n).unwrap().to_le_bytes());
    let comment_len = u16::try_from(comment.len()).unwrap().to_le_bytes();
    out.extend(directory);
    out.extend([b"PK\x05\x06\0\0\0\0".as_slice(), &count, &count].concat());
    out.extend([&sizes.concat(), &comment_len[..], comment].concat());
    out
}

fn ofd() -> Vec<u8> {
    zip(&[zipped("Doc_0/Document.xml"), zipped("OFD.xml")], b"")
}

fn golden() -> Vec<(Media, Vec<u8>)> {
    vec![
        (Media::Pdf, pdf()),
        (Media::Jpeg, jpeg(4000, 3000)),
        (Media::Png, png(1, 1)),
        (Media::Ofd, ofd()),
    ]
}

/// `bytes` with every `from` replaced by `to`; there must be one.
fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = bytes.windows(from.len()).position(|part| part == from);
    let at = at.expect("the part to replace");
    [&bytes[..at], to, &bytes[at + from.len()..]].concat()
}

#[test]
fn knows_each_kind_and_the_size_of_pictures() {
    for (kind, bytes) in golden() {
        let pixels = match kind {
            Media::Jpeg => Some((4000, 3000)),
            Media::Png => Some((1, 1)),
            Media::Pdf | Media::Ofd => None,
        };
        let found = Inspected {
            media: kind,
            pixels,
        };
        assert_eq!(inspect_all(&bytes), Ok(found), "{kind:?}");
        assert_eq!(Media::parse(kind.as_str()), Some(kind));
    }
    assert_eq!(Media::parse("gif"), None);
    assert_eq!(golden().len(), Media::ALL.len());
}

#[test]
fn every_cut_is_found() {
    for (kind, bytes) in golden() {
        let signature = match kind {
            Media::Pdf => pdf::SIGNATURE,
            Media::Jpeg => jpeg::SIGNATURE,
            Media::Png => png::SIGNATURE,
            Media::Ofd => ofd::SIGNATURE,
        };
        // A document this short is let pass without its end.
        let short = |at: &usize| kind == Media::Pdf && (8..pdf::END_WITHIN).contains(at);
        for at in (0..bytes.len()).filter(|at| !short(at)) {
            let expected = match at {
                0 => ContentError::Empty,
                _ if at < signature.len() => ContentError::TypeUnknown,
                _ => ContentError::Damaged,
            };
            assert_eq!(media(&bytes[..at]), Err(expected), "{kind:?} cut at {at}");
        }
    }
}

#[test]
fn other_files_and_disguised_ones_are_not_taken() {
    let docx = zip(
        &[zipped("[Content_Types].xml"), zipped("word/document.xml")],
        b"",
    );
    let below = zip(&[zipped("a/OFD.xml"), zipped("ofd.xml")], b"");
    for bytes in [
        b"<!DOCTYPE html><script>alert(1)</script>".to_vec(),
        b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_vec(),
        b"MZ\x90\0\x03".to_vec(),
        b"\x7fELF\x02\x01".to_vec(),
        b"GIF89a\x01\0\x01\0\0\0\0;".to_vec(),
        b"RIFF\x04\0\0\0WEBP".to_vec(),
        zip(&[], b""),
        docx,
        below,
        // A reader that searches for the beginning would take these.
        [b"GIF89a".as_slice(), &pdf()].concat(),
        [b"\n".as_slice(), &pdf()].concat(),
        [b"\0".as_slice(), &png(1, 1)].concat(),
        [b"MZ".as_slice(), &ofd()].concat(),
    ] {
        assert_eq!(
            media(&bytes),
            Err(ContentError::TypeUnknown),
            "{:?}",
            String::from_utf8_lossy(&bytes)
        );
    }
}

#[test]
fn claims_of_great_size_are_refused_unread() {
    let limits = Limits::default();
    let large = |(width, height): (u32, u32)| {
        let found = media(&png(width, height));
        if let (Ok(width), Ok(height)) = (width.try_into(), height.try_into()) {
            assert_eq!(media(&jpeg(width, height)).err(), found.err());
        }
        found == Err(ContentError::ImageTooLarge)
    };
    for size in [
        (60_000, 60_000),
        (20_001, 1),
        (1, 20_001),
        (10_000, 5_001),
        (u32::MAX, u32::MAX),
    ] {
        assert!(large(size), "{size:?}");
    }
    assert!(!large((10_000, 5_000)) && !large((20_000, 2_500)));
    for size in [(0, 1), (1, 0)] {
        assert_eq!(
            media(&png(size.0, size.1)),
            Err(ContentError::Damaged),
            "{size:?}"
        );
    }
    let bomb = |unpacked| Zipped {
        unpacked,
        ..zipped("Doc_0/Res/a.png")
    };
    let stated = |each: u32| zip(&[zipped("OFD.xml"), bomb(each), bomb(each)], b"");
    assert_eq!(media(&stated((100 << 20) - 1)), Ok(Media::Ofd));
    assert_eq!(media(&stated(100 << 20)), Err(ContentError::TooLarge));
    assert_eq!(media(&stated(u32::MAX)), Err(ContentError::TooLarge));
    let many = |count| {
        let mut entries = vec![zipped("a"); count];
        entries.push(zipped("OFD.xml"));
        media(&zip(&entries, b""))
    };
    assert_eq!(many(999), Ok(Media::Ofd));
    assert_eq!(many(1000), Err(ContentError::TooLarge));
    let mut long = pdf();
    long.resize(limits.bytes + 1, b' ');
    assert_eq!(media(&long), Err(ContentError::TooLarge));
}

#[test]
fn encrypted_files_are_refused() {
    for entry in ["/Encrypt 5 0 R /Size", "/Encrypt<< /V 4 >> /Size"] {
        let bytes = replaced(&pdf(), b"/Size", entry.as_bytes());
        assert_eq!(media(&bytes), Err(ContentError::Encrypted), "{entry}");
    }
    for flags in [1, 1 << 6, 1 << 13] {
        let entry = Zipped {
            flags,
            ..zipped("OFD.xml")
        };
        assert_eq!(media(&zip(&[entry], b"")), Err(ContentError::Encrypted));
    }
    let aes = Zipped {
        method: 99,
        ..zipped("OFD.xml")
    };
    assert_eq!(media(&zip(&[aes], b"")), Err(ContentError::Encrypted));
    let own = zip(&[zipped("OFD.xml"), zipped("Encryptions.xml")], b"");
    assert_eq!(media(&own), Err(ContentError::Encrypted));
}

#[test]
fn what_makes_no_sense_is_damaged() {
    let good = png(1, 1);
    let header = |rest: [u8; 5]| replaced(&good, &[8, 2, 0, 0, 0], &rest);
    let frame = jpeg_frame(0xc2, 4000, 3000);
    let photo = jpeg(4000, 3000);
    let counted =
        |here: u8, all: u8| replaced(&ofd(), &[0, 0, 2, 0, 2, 0], &[0, 0, here, 0, all, 0]);
    let other_name = Zipped {
        head_name: "OFD.xmk",
        ..zipped("OFD.xml")
    };
    let packed_otherwise = Zipped {
        method: 12,
        ..zipped("OFD.xml")
    };
    for (what, bytes) in [
        ("a version of letters", replaced(&pdf(), b"1.7", b"x.7")),
        ("version 3", replaced(&pdf(), b"1.7", b"3.0")),
        ("its end far away", [pdf(), vec![b' '; 2048]].concat()),
        ("3 bits a pixel", header([3, 0, 0, 0, 0])),
        ("2 bits of colour", header([2, 2, 0, 0, 0])),
        ("another packing", header([8, 2, 1, 0, 0])),
        ("another interlacing", header([8, 2, 0, 0, 2])),
        ("no pixels", replaced(&good, b"IDAT", b"IDAX")),
        ("no header", replaced(&good, b"IHDR", b"IHDX")),
        ("a second header", replaced(&good, b"tEXt", b"IHDR")),
        ("no frame", replaced(&photo, &frame, &[])),
        (
            "two frames",
            replaced(&photo, &frame, &[&frame[..], &frame].concat()),
        ),
        (
            "a frame of 9 bits",
            replaced(&photo, &[8, 0x0b], &[9, 0x0b]),
        ),
        (
            "a length of 1",
            replaced(&photo, &[0xc2, 0, 11], &[0xc2, 0, 1]),
        ),
        (
            "a start inside",
            replaced(&photo, &[0xff, 0xdb], &[0xff, 0xd8]),
        ),
        ("another name in front", zip(&[other_name], b"")),
        ("an old packing", zip(&[packed_otherwise], b"")),
        (
            "two documents",
            zip(&[zipped("OFD.xml"), zipped("OFD.xml")], b""),
        ),
        ("bytes behind", [ofd(), vec![0]].concat()),
        ("fewer entries stated", counted(1, 1)),
        ("more entries stated", counted(3, 3)),
        ("two counts of entries", counted(1, 2)),
        (
            "encrypted in front only",
            replaced(&ofd(), &[20, 0, 8], &[20, 0, 9]),
        ),
        (
            "two parts",
            replaced(&ofd(), b"PK\x05\x06\0", b"PK\x05\x06\x01"),
        ),
    ] {
        assert_eq!(media(&bytes), Err(ContentError::Damaged), "{what}");
    }
    let lossless = replaced(&photo, &[0xff, 0xc2], &[0xff, 0xc3]);
    assert_eq!(media(&lossless), Err(ContentError::TypeUnknown));
}

#[test]
fn what_programs_and_telephones_add_is_let_pass() {
    let photo = jpeg(4000, 3000);
    for (kind, bytes) in [
        (Media::Pdf, [pdf(), b"\r\n".to_vec()].concat()),
        (Media::Pdf, [pdf(), vec![0; 1024]].concat()),
        (Media::Pdf, replaced(&pdf(), b"1.7", b"2.0")),
        (
            Media::Jpeg,
            [photo.clone(), b"....ftypmp42".to_vec()].concat(),
        ),
        (
            Media::Jpeg,
            replaced(&photo, &[0xff, 0xdb], &[0xff, 0xff, 0xff, 0xdb]),
        ),
        (Media::Png, [png(3, 2), vec![0; 100]].concat()),
        (
            Media::Ofd,
            zip(&[zipped("OFD.xml")], b"made by PK\x05\x06 a program"),
        ),
    ] {
        assert_eq!(media(&bytes), Ok(kind));
    }
}

#[test]
fn a_declared_type_is_compared() {
    for (kind, declared) in [
        (Media::Pdf, "application/pdf"),
        (Media::Pdf, "Application/PDF; name=a.pdf"),
        (Media::Jpeg, " image/jpeg "),
        (Media::Ofd, "application/ofd"),
        (Media::Ofd, "application/octet-stream"),
    ] {
        assert!(kind.matches(declared), "{declared}");
    }
    for declared in [
        "",
        "image/png",
        "application/pdfx",
        "text/html",
        "image/jpeg",
    ] {
        assert!(!Media::Pdf.matches(declared), "{declared}");
    }
}

#[test]
fn every_code_is_another() {
    use ContentError::*;
    let all = [
        Empty,
        TooLarge,
        TypeUnknown,
        TypeMismatch,
        Damaged,
        ImageTooLarge,
        Encrypted,
    ];
    let mut codes = all.map(ContentError::code).to_vec();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), all.len());
    assert!(codes.iter().all(|code| code.starts_with("paper_")));
}

/// Looks for bytes that make `read` panic: any, any behind each signature, and changed good files.
fn panicking(read: fn(&[u8])) -> Option<Vec<u8>> {
    let good: Vec<Vec<u8>> = golden().into_iter().map(|(_, bytes)| bytes).collect();
    let begun = (
        proptest::sample::select(good.clone()),
        0..12usize,
        vec(any::<u8>(), 0..200),
    )
        .prop_map(|(bytes, kept, rest)| [&bytes[..kept], &rest].concat());
    let changes = vec((any::<prop::sample::Index>(), any::<u8>()), 1..6);
    let changed = (proptest::sample::select(good), changes, any::<bool>()).prop_map(
        |(mut bytes, changes, cut)| {
            for (at, byte) in &changes {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            if cut {
                bytes.truncate(changes[0].0.index(bytes.len()));
            }
            bytes
        },
    );
    let inputs = prop_oneof![vec(any::<u8>(), 0..300), begun, changed];
    let mut runner = TestRunner::new(Config {
        cases: 20_000,
        failure_persistence: None,
        ..Config::default()
    });
    let found = runner.run(&inputs, |bytes| {
        catch_unwind(|| read(&bytes)).map_err(|_| TestCaseError::fail("it panics"))
    });
    match found {
        Ok(()) => None,
        Err(TestError::Fail(_, bytes)) => Some(bytes),
        Err(TestError::Abort(why)) => panic!("{why}"),
    }
}

#[test]
fn no_bytes_make_it_panic() {
    assert_eq!(
        panicking(|bytes| assert_ne!(inspect_all(bytes), Err(ContentError::TypeMismatch))),
        None
    );
}

#[test]
fn the_search_finds_a_planted_panic() {
    // Trusts the length of a chunk, as a hasty reader would.
    let found = panicking(|bytes| {
        if bytes.starts_with(png::SIGNATURE) && bytes.len() > 12 {
            let length = usize::from(bytes[11]);
            assert!(bytes[12..].len() >= length);
        }
    });
    assert!(found.is_some());
}
