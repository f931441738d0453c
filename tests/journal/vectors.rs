//! Golden vectors: made by another program, and derived a third time here from plain JSON.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use tradein::domain::claim::{Bucket, ClaimState};
use tradein::domain::money::Fen;
use tradein::domain::time::Timestamp;
use tradein::journal::canonical::hex;
use tradein::journal::entry::{Entry, EntryActor, EntryKind, claim_commitment, private_commitment};
use tradein::journal::receipt::{self, ReceiptError, ReceiptPayload, verify_receipt};
use tradein::keys::{Jwks, Signer};

fn vectors() -> Value {
    serde_json::from_str(include_str!("../data/journal/vectors.json")).unwrap()
}

fn rows(name: &str) -> Vec<Value> {
    vectors()[name].as_array().unwrap().clone()
}

fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name].as_str().unwrap()
}

fn bytes<const N: usize>(text: &str) -> [u8; N] {
    std::array::from_fn(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap())
}

/// RFC 8785 for objects with ASCII names, by sorting.
fn jcs(value: &Value) -> String {
    let Value::Object(fields) = value else {
        return value.to_string();
    };
    let mut fields: Vec<_> = fields.iter().collect();
    fields.sort_by_key(|(name, _)| name.as_str());
    let fields = fields
        .iter()
        .map(|(name, value)| format!("{name:?}:{}", jcs(value)));
    format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
}

fn sha256(text: &str) -> [u8; 32] {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    digest.as_ref().try_into().unwrap()
}

fn bucket(value: &Value) -> Option<Bucket> {
    value
        .as_str()
        .map(|_| serde_json::from_value(value.clone()).unwrap())
}

fn entry(value: &Value) -> Entry {
    Entry {
        pool: text(value, "pool").to_owned(),
        seq: value["seq"].as_i64().unwrap(),
        at: Timestamp::parse_rfc3339(text(value, "at")).unwrap(),
        kind: EntryKind::parse(text(value, "kind")).unwrap(),
        actor: EntryActor::parse(text(value, "actor")).unwrap(),
        detail: value["detail"].as_str().map(str::to_owned),
        claim: value["claim"].as_str().map(bytes),
        position: value["position"].as_i64(),
        amount: Fen::parse_yuan(text(value, "amount")).unwrap(),
        moved: bucket(&value["from"]).zip(bucket(&value["to"])),
        private: bytes(text(value, "private")),
        prev: bytes(text(value, "prev")),
    }
}

#[test]
fn entries_have_the_bytes_and_hashes_of_the_vectors() {
    let rows = rows("entries");
    assert_eq!(rows.len(), 10);
    for row in rows {
        let entry = entry(&row["entry"]);
        let hash = entry.hash();
        assert_eq!(hex(&hash), text(&row, "hash"));
        assert_eq!(entry.line(&hash), text(&row, "line"));
        assert_eq!(Entry::parse_line(text(&row, "line")), Ok((entry, hash)));

        let prefixed = format!("tradein.journal.v1\n{}", jcs(&row["entry"]));
        assert_eq!(sha256(&prefixed), hash, "by sorting");
        let mut with_hash = row["entry"].clone();
        with_hash["hash"] = row["hash"].clone();
        assert_eq!(jcs(&with_hash), text(&row, "line"), "by sorting");
    }
}

#[test]
fn commitments_are_those_of_the_vectors() {
    for row in rows("claim_commitments") {
        let made = claim_commitment(&bytes(text(&row, "nonce")), text(&row, "number"));
        assert_eq!(hex(&made), text(&row, "claim"));
    }
    for row in rows("private_commitments") {
        let made = private_commitment(&bytes(text(&row, "nonce")), text(&row, "record"));
        assert_eq!(hex(&made), text(&row, "private"));
    }
}

/// The key of RFC 8037, appendix A.
fn rfc_signer() -> Signer {
    let seed = URL_SAFE_NO_PAD
        .decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")
        .unwrap();
    Signer::from_seed(&seed.try_into().unwrap()).unwrap()
}

fn payload(value: &Value) -> ReceiptPayload {
    ReceiptPayload {
        iss: text(value, "iss").to_owned(),
        number: text(value, "number").to_owned(),
        outcome: ClaimState::parse(text(value, "outcome")).unwrap(),
        amount: Fen::parse_yuan(text(value, "amount")).unwrap(),
        pool: text(value, "pool").to_owned(),
        position: value["position"].as_i64(),
        at: Timestamp::parse_rfc3339(text(value, "at")).unwrap(),
        programme: text(value, "programme").to_owned(),
        version: text(value, "version").to_owned(),
        seq: value["seq"].as_i64().unwrap(),
        journal_hash: bytes(text(value, "journal_hash")),
        opening: URL_SAFE_NO_PAD
            .decode(text(value, "opening"))
            .unwrap()
            .try_into()
            .unwrap(),
    }
}

#[test]
fn receipts_are_those_of_the_vectors_and_come_back() {
    let signer = rfc_signer();
    let keys = Jwks::new(vec![signer.public().clone()]);
    let claim = &rows("claim_commitments")[0];
    for row in rows("receipts") {
        let payload = payload(&row["payload"]);
        let input = receipt::signing_input(&payload, signer.kid());
        assert_eq!(input, text(&row, "signing_input"));
        assert_eq!(receipt::kid(&input).as_deref(), Some(signer.kid()));
        let made = receipt::complete(&input, &signer);
        assert_eq!(made, receipt::complete(&input, &signer), "always the same");
        let read = verify_receipt(&made, &keys).unwrap();
        assert!(read.opens(&bytes(text(claim, "claim"))));
        assert!(!read.opens(&[0; 32]));
        assert_eq!(read, payload);
    }
}

#[test]
fn no_changed_receipt_passes() {
    let signer = rfc_signer();
    let keys = Jwks::new(vec![signer.public().clone()]);
    let payload = payload(&rows("receipts")[0]["payload"]);
    let made = receipt::complete(&receipt::signing_input(&payload, signer.kid()), &signer);
    for at in 0..made.len() {
        for other in ["A", "b", "-", ".", "="] {
            let mut changed = made.clone();
            changed.replace_range(at..=at, other);
            if changed != made {
                assert!(verify_receipt(&changed, &keys).is_err(), "{other} at {at}");
            }
        }
        assert!(verify_receipt(&made[..at], &keys).is_err(), "cut at {at}");
    }
}

#[test]
fn only_receipts_signed_by_a_known_key_with_eddsa_pass() {
    let signer = rfc_signer();
    let keys = Jwks::new(vec![signer.public().clone()]);
    let body = payload(&rows("receipts")[0]["payload"]);
    let input = receipt::signing_input(&body, signer.kid());
    let content = input.split_once('.').unwrap().1;
    let forge = |header: &str, content: &str| {
        let input = format!("{}.{content}", URL_SAFE_NO_PAD.encode(header));
        let signature = URL_SAFE_NO_PAD.encode(signer.sign(input.as_bytes()));
        verify_receipt(&format!("{input}.{signature}"), &keys)
    };
    let kid = signer.kid();
    let good = format!(r#"{{"alg":"EdDSA","kid":"{kid}","typ":"tradein-receipt+jws"}}"#);
    assert_eq!(forge(&good, content), Ok(body.clone()));
    for (from, to) in [
        ("EdDSA", "none"),
        ("EdDSA", "HS256"),
        ("tradein-receipt+jws", "tradein-checkpoint+jws"),
        ("tradein-receipt+jws", "at+jwt"),
        ("\"typ\"", "\"crit\":[\"x\"],\"typ\""),
    ] {
        let header = good.replace(from, to);
        assert_eq!(forge(&header, content), Err(ReceiptError::WrongHeader));
    }
    let mut more = serde_json::to_value(rows("receipts")[0]["payload"].clone()).unwrap();
    more["more"] = Value::Null;
    assert_eq!(
        forge(&good, &URL_SAFE_NO_PAD.encode(jcs(&more))),
        Err(ReceiptError::WrongContent)
    );
    let other = Signer::from_seed(&[1; 32]).unwrap();
    let foreign = receipt::complete(&receipt::signing_input(&body, other.kid()), &other);
    assert_eq!(
        verify_receipt(&foreign, &keys),
        Err(ReceiptError::UnknownKey)
    );
}
