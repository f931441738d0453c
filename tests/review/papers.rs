//! Papers: what is taken, what is not, and how they lie at rest.

use std::path::Path;

use serde_json::{Value, json};

use super::scene::{PAPERS, PDF, Scene, act, code, giving_back, id_of, on_both, seen};
use crate::support::{Client, Response};

/// A photograph's first bytes and nothing behind them.
const CUT_JPEG: &[u8] = &[0xFF, 0xD8, 0xFF, 0xE0, 0x00, 0x10];
/// More than the 10 MiB that a paper may have.
const TOO_MUCH: usize = (10 << 20) + 1;

/// Sends a paper with its headers.
fn send(client: &mut Client, at: (&str, &str), tag: &str, media: &str, bytes: &[u8]) -> Response {
    let (id, paper) = at;
    let path = format!("/v1/claims/{id}/papers/{paper}");
    let headers = [("if-match", tag), ("content-type", media)];
    client.call("PUT", &path, &headers, bytes)
}

/// Sends a PDF for a claim as it stands.
fn pdf(scene: &mut Scene, id: &str, paper: &str) -> Response {
    let tag = scene.look(id).1;
    send(&mut scene.dealer, (id, paper), &tag, "application/pdf", PDF)
}

/// A PDF with this text in it.
fn pdf_with(text: &str) -> Vec<u8> {
    let text = format!("%PDF-1.7\n% {text}\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n");
    text.into_bytes()
}

#[test]
fn what_is_no_paper_is_refused_and_changes_nothing() {
    on_both("100000", |scene| {
        let id = id_of(&scene.file());
        let (before, tag) = scene.look(&id);
        let at = (id.as_str(), PAPERS[0]);
        let zip = b"PK\x03\x04 and the rest of an archive";
        let large = [PDF, &vec![b' '; TOO_MUCH]].concat();
        let mut refused =
            |media: &str, bytes: &[u8]| code(&send(&mut scene.dealer, at, &tag, media, bytes));
        for (media, bytes, expected) in [
            (
                "application/pdf",
                &b"MZ\x90 a program"[..],
                (415, "paper_type_unknown"),
            ),
            ("application/zip", &zip[..], (422, "paper_damaged")),
            ("image/jpeg", PDF, (415, "paper_type_mismatch")),
            ("image/jpeg", CUT_JPEG, (422, "paper_damaged")),
            ("application/pdf", b"", (422, "paper_empty")),
            ("application/pdf", &large[..], (413, "paper_too_large")),
        ] {
            let seen = refused(media, bytes);
            assert_eq!((seen.0, seen.1.as_str()), expected, "{media}");
        }
        assert_eq!(scene.look(&id), (before, tag));
    });
}

#[test]
fn a_paper_is_taken_where_it_is_asked_for_and_nowhere_else() {
    on_both("100000", |scene| {
        let id = id_of(&scene.file());
        let other = pdf(scene, &id, "marriage_certificate");
        assert_eq!(code(&other), (404, "paper_not_asked".into()));
        // The invoice of a claim that came with one is not asked for again.
        let invoice = pdf(scene, &id, "invoice");
        assert_eq!(code(&invoice), (404, "paper_not_asked".into()));
        let claim = scene.send_papers(&id);
        assert_eq!(claim["state"], "in_review");
        let late = pdf(scene, &id, PAPERS[0]);
        assert_eq!(code(&late), (409, "wrong_state".into()));
        assert_eq!(late.json()["state"], "in_review");
        // A claim that is given back takes better ones, and keeps its deadline.
        seen(scene.reviewer_acts(&id, "return", Some(&giving_back())));
        let deadline = scene.look(&id).0["deadline"].clone();
        let (claim, _) = seen(pdf(scene, &id, PAPERS[0]));
        assert_eq!(
            (&claim["state"], &claim["deadline"]),
            (&json!("returned"), &deadline)
        );
    });
}

#[test]
fn the_deadline_follows_the_papers_that_are_still_due() {
    on_both("100000", |scene| {
        let id = id_of(&scene.file());
        let (claim, _) = scene.look(&id);
        assert_eq!(claim["due"].as_array().unwrap().len(), 3);
        let (claim, _) = seen(pdf(scene, &id, PAPERS[1]));
        let due: Vec<&Value> = claim["due"].as_array().unwrap().iter().collect();
        assert_eq!(due.len(), 2);
        let earliest = due.iter().map(|d| d["by"].as_str().unwrap()).min();
        assert_eq!(claim["deadline"].as_str(), earliest);
        seen(pdf(scene, &id, PAPERS[0]));
        let (claim, _) = seen(pdf(scene, &id, PAPERS[2]));
        assert_eq!(
            (&claim["deadline"], &claim["due"]),
            (&Value::Null, &json!([]))
        );
    });
}

#[test]
fn a_paper_that_comes_again_takes_the_place_of_the_first() {
    on_both("100000", |scene| {
        let id = id_of(&scene.file());
        let path = format!("/v1/claims/{id}/papers/{}", PAPERS[0]);
        let missing = scene.dealer.get(&path);
        assert_eq!(code(&missing), (404, "no_such_object".into()));
        let (first, second) = (pdf_with("first"), pdf_with("second"));
        let at = (id.as_str(), PAPERS[0]);
        let tag = scene.look(&id).1;
        let (_, tag) = seen(send(&mut scene.dealer, at, &tag, "application/pdf", &first));
        assert_eq!(scene.dealer.get(&path).body, first);
        let (claim, _) = seen(send(
            &mut scene.dealer,
            at,
            &tag,
            "application/octet-stream",
            &second,
        ));
        // Both came, and two are still due.
        assert_eq!(claim["papers"].as_array().unwrap().len(), 2);
        assert_eq!(claim["due"].as_array().unwrap().len(), 2);
        for client in [&mut scene.dealer, &mut scene.reviewer] {
            let read = client.get(&path);
            assert_eq!((read.status, &read.body), (200, &second));
            assert_eq!(read.header("content-type"), Some("application/pdf"));
            assert_eq!(read.header("content-disposition"), Some("attachment"));
        }
    });
}

#[test]
fn what_another_dealer_filed_is_not_there() {
    on_both("100000", |scene| {
        let id = scene.in_review();
        let mut other = scene.other_dealer();
        let tag = scene.look(&id).1;
        let at = (id.as_str(), PAPERS[0]);
        let path = format!("/v1/claims/{id}/papers/{}", PAPERS[0]);
        let sent = send(&mut other, at, &tag, "application/pdf", PDF);
        assert_eq!(code(&sent), (404, "claim_not_found".into()));
        assert_eq!(code(&other.get(&path)), (404, "no_such_object".into()));
        for verb in ["withdraw", "undo-withdrawal", "goods-returned"] {
            let acted = act(&mut other, &id, verb, &tag, None);
            assert_eq!(code(&acted), (404, "claim_not_found".into()), "{verb}");
        }
        // Nobody of the bureau sends papers, whatever he sees.
        let sent = send(&mut scene.operator, at, &tag, "application/pdf", PDF);
        assert_eq!(code(&sent), (403, "role_not_allowed".into()));
    });
}

#[test]
fn a_request_is_refused_for_its_first_mistake() {
    on_both("100000", |scene| {
        let id = id_of(&scene.file());
        let path = format!("/v1/claims/{id}/papers/{}", PAPERS[0]);
        let media = ("content-type", "application/pdf");
        let bare = scene.dealer.call("PUT", &path, &[media], b"no paper");
        assert_eq!(code(&bare), (428, "version_missing".into()));
        for stale in ["*", "\"2\"", "W/\"1\"", "\"01\""] {
            let headers = [("if-match", stale), media];
            let answer = scene.dealer.call("PUT", &path, &headers, PDF);
            assert_eq!(code(&answer), (412, "version_stale".into()), "{stale}");
        }
        // Who has not seen the claim is told so before he is told of its state.
        scene.send_papers(&id);
        let headers = [("if-match", "\"1\""), media];
        let answer = scene.dealer.call("PUT", &path, &headers, PDF);
        assert_eq!(code(&answer), (412, "version_stale".into()));
        // What is no paper is none at any version.
        let answer = scene.dealer.call("PUT", &path, &headers, b"no paper");
        assert_eq!(code(&answer), (415, "paper_type_unknown".into()));
        // No token, no answer.
        let mut stranger = scene.server.client();
        let answer = stranger.call("PUT", &path, &headers, PDF);
        assert_eq!(code(&answer), (401, "token_missing".into()));
    });
}

#[test]
fn papers_lie_sealed() {
    const CANARY: &str = "金丝雀鸣于密封之柜 419099-canary-paper";
    on_both("100000", |scene| {
        let id = id_of(&scene.file());
        let paper = pdf_with(CANARY);
        let tag = scene.look(&id).1;
        let at = (id.as_str(), PAPERS[0]);
        seen(send(&mut scene.dealer, at, &tag, "application/pdf", &paper));
        let mut files = 0;
        let mut bytes = 0;
        search(scene.database.data_dir(), &mut |path, content| {
            (files, bytes) = (files + 1, bytes + content.len());
            for trace in [CANARY.as_bytes(), b"canary-paper", b"%PDF"] {
                let found = content.windows(trace.len()).any(|part| part == trace);
                assert!(!found, "{} lies open in {}", CANARY, path.display());
            }
        });
        assert!(files > 0 && bytes > paper.len(), "nothing was stored");
        assert_eq!(
            scene
                .dealer
                .get(&format!("/v1/claims/{id}/papers/{}", PAPERS[0]))
                .body,
            paper
        );
    });
}

#[test]
fn the_search_for_open_papers_finds_one() {
    let folder = crate::support::folder::Folder::new();
    let inside = folder.path().join("a/b");
    std::fs::create_dir_all(&inside).unwrap();
    std::fs::write(inside.join("paper"), pdf_with("canary-paper")).unwrap();
    let mut found = false;
    search(folder.path(), &mut |_, content| {
        found |= content.windows(4).any(|part| part == b"%PDF");
    });
    assert!(found);
}

/// Looks into every file below a folder.
fn search(folder: &Path, look: &mut impl FnMut(&Path, &[u8])) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            search(&path, look);
        } else {
            look(&path, &std::fs::read(&path).unwrap());
        }
    }
}
