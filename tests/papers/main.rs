//! The store of papers, in a folder and in a bucket: the same tests run on both.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod away;
#[path = "../support/folder.rs"]
mod folder;
mod place;
mod s3;

use std::fs;

use aws_lc_rs::digest::{SHA256, digest};
use tradein::domain::ids::ClaimId;
use tradein::papers::{CONTENT_MAX, Location, PaperStore, Stored, paper_aad};
use tradein::vault::{SealingKey, Suite, Vault};
use uuid::Uuid;

use crate::folder::Folder;
use crate::place::{Place, block_on, on_each};
use crate::s3::S3;

const CLAIM: ClaimId = ClaimId(Uuid::from_u128(0xc1a1));
const PAPER: &str = "old_vehicle_transfer";
/// What nobody may find in the store.
const CANARY: &[u8] = b"419099199001010014";

fn vault() -> Vault {
    vault_of(&[(1, &[3; 32])])
}

fn vault_of(keys: &[(u32, &[u8; 32])]) -> Vault {
    let keys = keys.iter().map(|(id, key)| SealingKey {
        id: *id,
        suite: Suite::Standard,
        standby: false,
        key,
    });
    Vault::new(keys, (Suite::Standard, &[9; 32])).unwrap()
}

fn content() -> Vec<u8> {
    [b"%PDF-1.7 ", CANARY, b" %%EOF"].concat()
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// The content that is stored as `stored`, or the code of what is wrong.
async fn get(store: &PaperStore, stored: &Stored) -> Result<Vec<u8>, &'static str> {
    store
        .get(&vault(), CLAIM, PAPER, &stored.object, &stored.sha256)
        .await
        .map_err(|error| error.code())
}

#[test]
fn comes_back_and_lies_sealed() {
    on_each(async |place| {
        let store = place.store();
        let long = CANARY.repeat((10 << 20) / CANARY.len());
        for content in [Vec::new(), vec![7], content(), long] {
            let stored = store.put(&vault(), CLAIM, PAPER, &content).await.unwrap();
            assert_eq!(stored.bytes, content.len() as u64);
            assert_eq!(get(&store, &stored).await.unwrap(), content);
            // Another process finds it, too.
            assert_eq!(get(&place.store(), &stored).await.unwrap(), content);
        }
        let lying = place.at_rest();
        assert_eq!(lying.len(), 4);
        assert!(
            contains(&content(), CANARY),
            "the search finds what is there"
        );
        for (name, bytes) in lying {
            assert!(name.starts_with(&format!("{CLAIM}/{PAPER}/")), "{name}");
            assert!(!contains(&bytes, CANARY), "{name}");
        }
    });
}

#[test]
fn the_same_again_is_one_object() {
    on_each(async |place| {
        let (store, vault, content) = (place.store(), vault(), content());
        let puts = (0..8).map(|_| store.put(&vault, CLAIM, PAPER, &content));
        let stored = futures_util::future::join_all(puts).await;
        let first = stored[0].as_ref().unwrap();
        assert!(stored.iter().all(|other| other.as_ref().unwrap() == first));
        assert_eq!(place.at_rest().len(), 1);
        assert_eq!(get(&store, first).await.unwrap(), content);
        let other = ClaimId(Uuid::from_u128(2));
        store.put(&vault, other, PAPER, &content).await.unwrap();
        store.put(&vault, CLAIM, "invoice", &content).await.unwrap();
        assert_eq!(place.at_rest().len(), 3);
    });
}

#[test]
fn every_change_at_rest_is_found_and_mended_by_the_same_again() {
    on_each(async |place| {
        let (store, vault) = (place.store(), vault());
        let stored = store.put(&vault, CLAIM, PAPER, &content()).await.unwrap();
        let sealed = place.at_rest().remove(&stored.object).unwrap();
        let found = async |bytes: &[u8]| {
            place.replace(&stored.object, bytes);
            let code = get(&store, &stored).await.expect_err("a change");
            // The id of the key is the one part that a change can make look like another thing.
            matches!(code, "paper_damaged_at_rest" | "paper_key_unknown")
        };
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1 << (at % 8);
            assert!(found(&changed).await, "byte {at}");
            assert!(found(&sealed[..at]).await, "cut at {at}");
        }
        assert!(found(&[&sealed, &b"x"[..]].concat()).await);
        let other = ClaimId(Uuid::from_u128(2));
        let other = store.put(&vault, other, PAPER, &content()).await.unwrap();
        assert!(
            found(&place.at_rest()[&other.object]).await,
            "of another claim"
        );
        assert_eq!(
            store.put(&vault, CLAIM, PAPER, &content()).await.unwrap(),
            stored
        );
        assert_eq!(get(&store, &stored).await.unwrap(), content());
    });
}

/// Sealed with the right key for its place, so only its size gives it away.
#[test]
fn an_object_that_would_fill_the_memory_is_not_read() {
    on_each(async |place| {
        let (store, content) = (place.store(), vec![7; CONTENT_MAX + (1 << 20)]);
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(digest(&SHA256, &content).as_ref());
        // One paper for the folders on the way to it.
        let small = store.put(&vault(), CLAIM, PAPER, b"x").await.unwrap();
        let hex: String = sha256.iter().map(|byte| format!("{byte:02x}")).collect();
        let large = Stored {
            object: format!("{CLAIM}/{PAPER}/{hex}"),
            sha256,
            bytes: content.len() as u64,
        };
        let sealed = vault().seal(&paper_aad(CLAIM, PAPER, &sha256), &content);
        place.replace(&large.object, &sealed);
        assert_eq!(get(&store, &large).await, Err("paper_damaged_at_rest"));
        assert_eq!(get(&store, &small).await.unwrap(), b"x");
    });
}

#[test]
fn opens_only_as_what_it_was_put() {
    on_each(async |place| {
        let (store, vault) = (place.store(), vault());
        let stored = store.put(&vault, CLAIM, PAPER, &content()).await.unwrap();
        let (object, sha256) = (stored.object.as_str(), &stored.sha256);
        let other = ClaimId(Uuid::from_u128(2));
        let parent = format!("{CLAIM}/{PAPER}/../{PAPER}");
        for (claim, paper, object, sha256, code) in [
            (other, PAPER, object, sha256, "paper_object_name"),
            (CLAIM, "invoice", object, sha256, "paper_object_name"),
            (CLAIM, PAPER, object, &[0; 32], "paper_object_name"),
            (CLAIM, PAPER, "../outside", sha256, "paper_object_name"),
            (CLAIM, PAPER, parent.as_str(), sha256, "paper_object_name"),
            (CLAIM, PAPER, "", sha256, "paper_object_name"),
            (CLAIM, "../invoice", object, sha256, "paper_word"),
        ] {
            let got = store.get(&vault, claim, paper, object, sha256).await;
            assert_eq!(got.unwrap_err().code(), code, "{claim} {paper} {object}");
        }
        // Even under the name of another claim's paper it stays sealed.
        let name = object.replace(&CLAIM.to_string(), &other.to_string());
        let elsewhere = store.put(&vault, other, PAPER, &content()).await.unwrap();
        assert_eq!(elsewhere.object, name);
        place.replace(&name, &place.at_rest()[object]);
        let got = store.get(&vault, other, PAPER, &name, sha256).await;
        assert_eq!(got.unwrap_err().code(), "paper_damaged_at_rest");
    });
}

#[test]
fn the_hash_is_reckoned_again() {
    on_each(async |place| {
        let (store, vault) = (place.store(), vault());
        // Sealed with the right keys for this place, yet not the content of this hash.
        let stored = Stored {
            object: format!("{CLAIM}/{PAPER}/{}", "00".repeat(32)),
            sha256: [0; 32],
            bytes: 5,
        };
        store.put(&vault, CLAIM, PAPER, b"other").await.unwrap();
        let aad = paper_aad(CLAIM, PAPER, &stored.sha256);
        place.replace(&stored.object, &vault.seal(&aad, b"other"));
        assert_eq!(get(&store, &stored).await, Err("paper_damaged_at_rest"));
    });
}

#[test]
fn keys_change_over_time() {
    on_each(async |place| {
        let store = place.store();
        let stored = store.put(&vault(), CLAIM, PAPER, &content()).await.unwrap();
        let (object, sha256) = (stored.object.as_str(), &stored.sha256);
        let both = vault_of(&[(1, &[3; 32]), (2, &[5; 32])]);
        let got = store.get(&both, CLAIM, PAPER, object, sha256).await;
        assert_eq!(got.unwrap(), content());
        let newer = vault_of(&[(2, &[5; 32])]);
        let got = store.get(&newer, CLAIM, PAPER, object, sha256).await;
        assert_eq!(got.unwrap_err().code(), "paper_key_unknown");
    });
}

#[test]
fn no_word_and_no_name_leads_outside() {
    on_each(async |place| {
        let store = place.store();
        for word in ["", "..", "../../outside", "a/b", "/etc", "A", "发票"] {
            let put = store.put(&vault(), CLAIM, word, b"x").await;
            assert_eq!(put.unwrap_err().code(), "paper_word", "{word}");
        }
        let too_long = store
            .put(&vault(), CLAIM, PAPER, &vec![0; CONTENT_MAX + 1])
            .await;
        assert_eq!(too_long.unwrap_err().code(), "paper_too_large");
        assert!(place.at_rest().is_empty());
        place.replace("neighbour", b"kept");
        for name in ["neighbour", "../outside", "/neighbour", "", "a/b/c"] {
            let removed = store.remove(name).await;
            assert_eq!(removed.unwrap_err().code(), "paper_object_name", "{name}");
        }
        assert_eq!(place.at_rest().len(), 1);
        if let Place::Folder(folder) = place {
            let beside = fs::read_dir(folder.path()).unwrap();
            assert_eq!(beside.count(), 1, "nothing beside the store");
        }
    });
}

#[test]
fn a_removed_paper_is_gone_and_its_neighbours_stay() {
    on_each(async |place| {
        let (store, vault) = (place.store(), vault());
        let stored = store.put(&vault, CLAIM, PAPER, &content()).await.unwrap();
        let other = store.put(&vault, CLAIM, PAPER, b"other").await.unwrap();
        for _ in 0..2 {
            store.remove(&stored.object).await.unwrap();
            assert_eq!(get(&store, &stored).await, Err("paper_missing"));
        }
        assert_eq!(get(&store, &other).await.unwrap(), b"other");
        assert_eq!(place.at_rest().len(), 1);
    });
}

#[test]
fn a_wrong_secret_is_refused_and_nothing_is_stored() {
    let s3 = S3::start();
    let place = Location::parse("s3://papers").unwrap();
    let store = PaperStore::open(&place, s3.variables("not-the-secret")).unwrap();
    let stored = Stored {
        object: format!("{CLAIM}/{PAPER}/{}", "00".repeat(32)),
        sha256: [0; 32],
        bytes: 0,
    };
    block_on(async {
        let put = store.put(&vault(), CLAIM, PAPER, &content()).await;
        let error = put.unwrap_err();
        assert_eq!(error.code(), "paper_store_refused");
        let told = format!("{error} {error:?} {store:?}");
        assert!(
            !told.contains("not-the-secret") && !told.contains("419099"),
            "{told}"
        );
        assert_eq!(get(&store, &stored).await, Err("paper_store_refused"));
        let removed = store.remove(&stored.object).await;
        assert_eq!(removed.unwrap_err().code(), "paper_store_refused");
    });
    assert_eq!(s3.requests(), 3, "a refusal is not tried again");
    assert!(s3.objects(|objects| objects.is_empty()));
}

#[cfg(unix)]
#[test]
fn a_new_folder_is_its_owners_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    let place = Location::below(&folder.path().join("data"));
    PaperStore::open(&place, |_| None).unwrap();
    for made in ["data", "data/papers"] {
        let mode = fs::metadata(folder.path().join(made))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o700, "{made}");
    }
}
