//! A store that is down, fails or hangs: an error comes, and it comes soon.

use std::fs;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use tradein::papers::{ANSWER_WITHIN, Location, PaperStore, PaperStoreError, Stored};

use crate::folder::Folder;
use crate::place::block_on;
use crate::s3::{Mood, S3, SECRET};
use crate::{CLAIM, PAPER, content, get, vault};

fn bucket(s3: &S3) -> PaperStore {
    let place = Location::parse("s3://papers").unwrap();
    PaperStore::open(&place, s3.variables(SECRET)).unwrap()
}

async fn put(store: &PaperStore) -> Result<Stored, PaperStoreError> {
    store.put(&vault(), CLAIM, PAPER, &content()).await
}

#[test]
fn a_short_failure_is_outlived() {
    let s3 = S3::start();
    let store = bucket(&s3);
    block_on(async {
        s3.set_mood(Mood::Failing(2));
        let stored = put(&store).await.unwrap();
        assert_eq!(s3.requests(), 3);
        s3.set_mood(Mood::Failing(2));
        assert_eq!(get(&store, &stored).await.unwrap(), content());
        assert_eq!(s3.requests(), 6);
    });
}

#[test]
fn a_lasting_failure_is_told_after_few_tries() {
    let s3 = S3::start();
    let store = bucket(&s3);
    s3.set_mood(Mood::Failing(1000));
    let begun = Instant::now();
    let error = block_on(put(&store)).unwrap_err();
    assert_eq!(error.code(), "paper_store_unavailable");
    assert_eq!(s3.requests(), 3);
    assert!(begun.elapsed() < ANSWER_WITHIN);
}

#[test]
fn a_store_that_hangs_is_given_up_in_time() {
    let s3 = S3::start();
    let store = bucket(&s3);
    s3.set_mood(Mood::Silent);
    let begun = Instant::now();
    block_on(async {
        // At once, so that the test waits only once.
        let stored = Stored {
            object: format!("{CLAIM}/{PAPER}/{}", "00".repeat(32)),
            sha256: [0; 32],
            bytes: 0,
        };
        let (put, got, removed) = tokio::join!(
            put(&store),
            get(&store, &stored),
            store.remove(&stored.object)
        );
        assert_eq!(put.unwrap_err().code(), "paper_store_unavailable");
        assert_eq!(got, Err("paper_store_unavailable"));
        assert_eq!(removed.unwrap_err().code(), "paper_store_unavailable");
    });
    let waited = begun.elapsed();
    let late = ANSWER_WITHIN + Duration::from_secs(3);
    assert!((ANSWER_WITHIN..late).contains(&waited), "{waited:?}");
    // And it is used again when it is back.
    s3.set_mood(Mood::Working);
    assert!(block_on(put(&store)).is_ok());
}

#[test]
fn a_store_that_is_down_is_told_soon() {
    // A port that was free a moment ago and is closed again.
    let address = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let place = Location::parse("s3://papers").unwrap();
    let store = PaperStore::open(&place, |name| match name {
        "AWS_ENDPOINT_URL" => Some(format!("http://{address}")),
        "AWS_ALLOW_HTTP" => Some("true".to_owned()),
        "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("x".to_owned()),
        _ => None,
    })
    .unwrap();
    let begun = Instant::now();
    let error = block_on(put(&store)).unwrap_err();
    assert_eq!(error.code(), "paper_store_unavailable");
    assert!(begun.elapsed() < ANSWER_WITHIN);
}

#[test]
fn a_folder_that_cannot_be_used_is_told() {
    let folder = Folder::new();
    let path = folder.path().join("papers");
    fs::write(&path, b"a file").unwrap();
    let place = Location::Folder(path.clone());
    let opened = PaperStore::open(&place, |_| None);
    assert_eq!(opened.unwrap_err().code(), "paper_store_not_opened");
    fs::remove_file(&path).unwrap();
    let store = PaperStore::open(&place, |_| None).unwrap();
    fs::remove_dir(&path).unwrap();
    fs::write(&path, b"a file").unwrap();
    let error = block_on(put(&store)).unwrap_err();
    assert_eq!(error.code(), "paper_store_unavailable");
}
