use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;

const NOW: Timestamp = Timestamp(1_741_150_800_000_000);

/// A folder of its own, removed with its test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("tradein-keys-{}", uuid::Uuid::now_v7()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn file(&self) -> PathBuf {
        self.0.join("data/keys.toml")
    }

    fn made(&self) -> String {
        Keys::create(&self.file(), Suite::Standard, NOW).unwrap();
        fs::read_to_string(self.file()).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn load(text: &str) -> Result<Keys, KeyError> {
    Keys::load(&KeySource::Inline(Zeroizing::new(text.to_owned())))
}

fn code(text: &str) -> &'static str {
    load(text).unwrap_err().code()
}

/// The values of the secrets in a file, in order.
fn secrets(text: &str) -> Vec<&str> {
    text.lines()
        .filter(|line| line.starts_with("key = ") || line.starts_with("seed = "))
        .map(|line| line.split('"').nth(1).unwrap())
        .collect()
}

#[test]
fn a_file_is_made_once_and_then_read() {
    let folder = Folder::new();
    let (made, new) = Keys::load_or_make(&folder.file(), NOW).unwrap();
    let (read, again) = Keys::load_or_make(&folder.file(), NOW).unwrap();
    assert!(new && !again);
    assert_eq!(made.jwks(), read.jwks());
    let sealed = made.vault.seal(b"place", b"secret");
    assert_eq!(read.vault.open(b"place", &sealed).unwrap(), b"secret");
    assert_eq!(
        made.vault.keyed_hash("vin", &["x"]),
        read.vault.keyed_hash("vin", &["x"])
    );
    let left: Vec<_> = fs::read_dir(folder.0.join("data")).unwrap().collect();
    assert_eq!(left.len(), 1, "no draft is left behind");
}

#[test]
fn those_who_start_together_have_the_same_keys() {
    let folder = Folder::new();
    let path = folder.file();
    let starts: Vec<_> = (0..8)
        .map(|_| {
            let path = path.clone();
            std::thread::spawn(move || Keys::load_or_make(&path, NOW).unwrap())
        })
        .collect();
    let keys: Vec<_> = starts.into_iter().map(|s| s.join().unwrap()).collect();
    assert_eq!(keys.iter().filter(|(_, made)| *made).count(), 1);
    assert!(keys.iter().all(|(k, _)| k.jwks() == keys[0].0.jwks()));
}

#[test]
fn a_file_is_never_replaced() {
    let folder = Folder::new();
    let before = folder.made();
    let error = Keys::create(&folder.file(), Suite::Standard, NOW).unwrap_err();
    assert_eq!(error.code(), "keys_unreadable");
    assert_eq!(fs::read_to_string(folder.file()).unwrap(), before);
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_the_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    folder.made();
    let path = folder.file();
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o600);
    for mode in [0o640, 0o604, 0o620, 0o601, 0o644] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let error = Keys::load(&KeySource::File(path.clone())).unwrap_err();
        assert_eq!(error.code(), "keys_too_open", "{mode:o}");
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    assert!(Keys::load(&KeySource::File(path)).is_ok());
}

#[test]
fn keys_that_nobody_drew_are_refused() {
    let text = Folder::new().made();
    assert!(load(&text).is_ok());
    let counted: [u8; 32] = std::array::from_fn(|i| i as u8);
    let typed = b"change me change me change me 32";
    for weak in [[0; 32], [255; 32], counted, *typed] {
        for secret in secrets(&text) {
            let changed = text.replace(secret, &URL_SAFE_NO_PAD.encode(weak));
            assert_eq!(code(&changed), "keys_weak");
        }
    }
}

#[test]
fn no_key_serves_two_purposes_and_no_id_names_two_keys() {
    let text = Folder::new().made();
    let other = Folder::new().made();
    let all = secrets(&text);
    assert_eq!(all.len(), 4);
    assert_eq!(code(&text.replace(all[1], all[0])), "keys_repeated");
    assert_eq!(code(&text.replace(all[3], all[2])), "keys_repeated");
    let fresh = secrets(&other)[0];
    let again = format!("{text}\n[[sealing]]\nid = 1\ncreated = \"x\"\nkey = \"{fresh}\"\n");
    assert_eq!(code(&again), "keys_repeated");
}

#[test]
fn a_wrong_file_is_refused_by_line_without_a_word_of_its_content() {
    let text = Folder::new().made();
    let secret = secrets(&text)[2];
    for (from, to) in [
        (secret, &secret[..40]),
        (secret, "not base64url !"),
        ("[token]\n", "[token]\nmore = 1\n"),
        ("seed = ", "sed = "),
        ("\n[hashing]\n", "\n[hash]\n"),
        ("\n[[sealing]]\n", "\n[sealing]\n"),
        ("id = 1", "id = -1"),
    ] {
        let error = load(&text.replacen(from, to, 1)).unwrap_err();
        assert_eq!(error.code(), "keys_malformed", "{from} to {to}");
        let said = format!("{error} {error:?}");
        assert!(!said.contains(&secret[..8]), "{said}");
    }
    for table in ["", "public = \"AA\"", "seed = \"AA\"", "public = 1"] {
        let more = format!("{text}\n[[retired]]\ncreated = \"x\"\n{table}\n");
        let error = load(&more).unwrap_err();
        assert_eq!(error.code(), "keys_malformed", "{table}");
    }
    let cut = text.find(secret).unwrap();
    let line = 1 + text[..cut].matches('\n').count();
    let error = load(&text.replace(secret, "?")).unwrap_err();
    assert!(
        error.to_string().contains(&format!("line {line};")),
        "{error}"
    );
}

#[test]
fn rotation_keeps_what_was_sealed_and_signed() {
    let old_text = Folder::new().made();
    let old = load(&old_text).unwrap();
    let sealed = old.vault.seal(b"place", b"secret");
    let fresh_text = Folder::new().made();
    let fresh = secrets(&fresh_text);
    let receipt = secrets(&old_text)[3];
    let new_text = format!(
        "{}\n[[sealing]]\nid = 7\ncreated = \"x\"\nkey = \"{}\"\n\
         \n[[retired]]\ncreated = \"x\"\nseed = \"{receipt}\"\n\
         \n[[retired]]\ncreated = \"x\"\npublic = \"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"\n",
        old_text.replace(receipt, fresh[3]),
        fresh[0],
    );
    let new = load(&new_text).unwrap();
    assert_eq!(new.vault.open(b"place", &sealed).unwrap(), b"secret");
    assert!(
        old.vault
            .open(b"place", &new.vault.seal(b"place", b"x"))
            .is_err()
    );

    assert_ne!(new.receipt.kid(), old.receipt.kid());
    let signer = new.signer(old.receipt.kid()).unwrap();
    assert_eq!(signer.sign(b"stored"), old.receipt.sign(b"stored"));
    let rfc = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";
    assert!(new.signer(rfc).is_none(), "only its public half is kept");
    assert!(new.public_keys().get(rfc).is_some());
    assert_eq!(new.jwks()["keys"].as_array().unwrap().len(), 4);
}

#[test]
fn nothing_prints_a_secret() {
    let text = Folder::new().made();
    let source = KeySource::Inline(Zeroizing::new(text.clone()));
    let keys = Keys::load(&source).unwrap();
    let file = KeyFile::parse(&text).unwrap();
    let said = format!("{source:?} {keys:?} {file:?} {}", keys.jwks());
    for secret in secrets(&text) {
        assert!(!said.contains(secret));
    }
}

#[test]
fn a_new_sealing_key_is_added_and_nothing_else_changes() {
    let folder = Folder::new();
    let before = folder.made();
    let old = load(&before).unwrap();
    let sealed = old.vault.seal(b"place", b"secret");
    let add = |suite, standby| Keys::rotate(&folder.file(), suite, standby, NOW).unwrap();

    assert_eq!(add(Suite::Standard, true), 2);
    let source = KeySource::File(folder.file());
    let waiting = Keys::load(&source).unwrap();
    assert_eq!(waiting.vault.header(), old.vault.header(), "on standby");

    assert_eq!(add(Suite::National, false), 3);
    let after = fs::read_to_string(folder.file()).unwrap();
    assert!(after.starts_with(&before));
    let new = Keys::load(&source).unwrap();
    assert_eq!(new.vault.header(), [2, 0, 0, 0, 3]);
    assert_eq!(new.vault.open(b"place", &sealed).unwrap(), b"secret");
    assert_eq!(
        new.vault.keyed_hash("vin", &["x"]),
        old.vault.keyed_hash("vin", &["x"]),
        "what is stored is still found"
    );
    assert_eq!(new.jwks(), old.jwks());
    let left: Vec<_> = fs::read_dir(folder.0.join("data")).unwrap().collect();
    assert_eq!(left.len(), 1, "no draft is left behind");
}

#[test]
fn who_rotates_beside_another_is_refused() {
    let folder = Folder::new();
    let before = folder.made();
    fs::write(folder.0.join("data/.keys-rotate.tmp"), "another's").unwrap();
    let error = Keys::rotate(&folder.file(), Suite::Standard, false, NOW).unwrap_err();
    assert_eq!(error.code(), "keys_unreadable");
    assert_eq!(fs::read_to_string(folder.file()).unwrap(), before);
}

#[test]
fn the_national_suite_is_chosen_and_off_by_default() {
    assert!(!Folder::new().made().contains("suite ="));
    let folder = Folder::new();
    Keys::create(&folder.file(), Suite::National, NOW).unwrap();
    let text = fs::read_to_string(folder.file()).unwrap();
    assert_eq!(text.matches("suite = \"sm\"").count(), 2);
    let keys = load(&text).unwrap();
    assert_eq!(keys.vault.header(), [2, 0, 0, 0, 1]);
    let standard = load(&text.replace("suite = \"sm\"\n", "")).unwrap();
    assert_ne!(
        keys.vault.keyed_hash("vin", &["x"]),
        standard.vault.keyed_hash("vin", &["x"])
    );
    assert_eq!(code(&text.replace("\"sm\"", "\"sm9\"")), "keys_malformed");
    let sleeping = text.replacen("id = 1", "id = 1\nstandby = true", 1);
    assert_eq!(code(&sleeping), "keys_malformed");
}
