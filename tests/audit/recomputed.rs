//! A sample made again from the public journal and the list alone, in code that shares nothing
//! with the engine's: what any outsider could write from the description.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use serde_json::Value;

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2)
        .map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap())
        .collect()
}

fn sha256(parts: &[&[u8]]) -> String {
    let hash = digest(&SHA256, &parts.concat());
    hash.as_ref().iter().map(|b| format!("{b:02x}")).collect()
}

/// The details of the last sample in a public journal: commitment, list hash, seed.
pub fn told(journal: &str) -> (String, String, String) {
    let entries: Vec<Value> = journal
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let last = |kind: &str| {
        let found = entries.iter().rfind(|e| e["kind"] == kind);
        let (detail, seq) = found.map(|e| (&e["detail"], e["seq"].as_i64()))?;
        Some((detail.as_str()?.to_owned(), seq?))
    };
    let drawn = last("sample_drawn").unwrap();
    let revealed = last("sample_revealed").unwrap();
    // Whichever commitment it opens, it came before the list.
    let opens = sha256(&[b"tradein.sample.seed.v1\n", &bytes(&revealed.0)]);
    let committed = entries
        .iter()
        .find(|e| e["kind"] == "sample_committed" && e["detail"] == opens.as_str());
    let before = committed.map(|e| (e["seq"].as_i64().unwrap(), opens.clone()));
    let (seq, commitment) = before.expect("the seed was committed to");
    assert!(seq < drawn.1 && drawn.1 + 1 == revealed.1);
    (commitment, drawn.0, revealed.0)
}

/// The hash of a list of commitments.
pub fn list_hash(list: &[String]) -> String {
    let lines: String = list.iter().map(|mark| format!("{mark}\n")).collect();
    sha256(&[b"tradein.sample.list.v1\n", lines.as_bytes()])
}

/// The commitments of the sampled claims, in the order of the list.
pub fn sample(seed: &str, list: &[String]) -> Vec<String> {
    let key = Key::new(HMAC_SHA256, &bytes(seed));
    let mut ranked: Vec<(Vec<u8>, &String)> = list
        .iter()
        .map(|mark| (sign(&key, &bytes(mark)).as_ref().to_vec(), mark))
        .collect();
    ranked.sort();
    let fifteen_per_cent = (list.len() as f64 * 0.15).ceil() as usize;
    ranked.truncate(fifteen_per_cent.max(5));
    list.iter()
        .filter(|mark| ranked.iter().any(|(_, chosen)| chosen == mark))
        .cloned()
        .collect()
}
