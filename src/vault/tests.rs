use super::*;

const OLD: [u8; 32] = [3; 32];
const NEW: [u8; 32] = [5; 32];
const HASHING: [u8; 32] = [9; 32];

const SUITES: [Suite; 2] = [Suite::Standard, Suite::National];

fn key(suite: Suite, id: u32, key: &[u8; 32]) -> SealingKey<'_> {
    SealingKey {
        id,
        suite,
        standby: false,
        key,
    }
}

fn vault(suite: Suite, keys: &[(u32, &[u8; 32])]) -> Vault {
    let keys = keys.iter().map(|(id, bytes)| key(suite, *id, bytes));
    Vault::new(keys, (suite, &HASHING)).unwrap()
}

fn opens_what_it_sealed_and_never_seals_alike(suite: Suite) {
    let vault = vault(suite, &[(1, &OLD)]);
    for plain in [b"".as_slice(), b"x", "王小明".as_bytes(), &[0; 5000]] {
        let sealed = vault.seal(b"place", plain);
        assert_eq!(vault.open(b"place", &sealed).unwrap(), plain);
        assert_ne!(sealed, vault.seal(b"place", plain));
    }
}

fn opens_nowhere_else(suite: Suite) {
    let vault = vault(suite, &[(1, &OLD)]);
    let mine = claim_aad(ClaimId(uuid::Uuid::from_u128(1)));
    let other = claim_aad(ClaimId(uuid::Uuid::from_u128(2)));
    let sealed = vault.seal(&mine, b"secret");
    assert_eq!(vault.open(&other, &sealed), Err(VaultError::NotAuthentic));
    assert_eq!(vault.open(b"", &sealed), Err(VaultError::NotAuthentic));
}

fn every_flipped_bit_and_every_cut_is_found(suite: Suite) {
    let vault = vault(suite, &[(1, &OLD), (3, &NEW)]);
    let sealed = vault.seal(b"place", b"419099199001010014");
    for at in 0..sealed.len() {
        for bit in 0..8 {
            let mut changed = sealed.clone();
            changed[at] ^= 1 << bit;
            assert!(
                vault.open(b"place", &changed).is_err(),
                "byte {at} bit {bit}"
            );
        }
        assert!(vault.open(b"place", &sealed[..at]).is_err(), "cut at {at}");
    }
    let longer = [sealed.as_slice(), b"x"].concat();
    assert_eq!(vault.open(b"place", &longer), Err(VaultError::NotAuthentic));
}

fn the_newest_key_seals_and_all_open(suite: Suite) {
    let before = vault(suite, &[(1, &OLD)]);
    let after = vault(suite, &[(2, &NEW), (1, &OLD)]);
    let old = before.seal(b"place", b"secret");
    assert_eq!(after.open(b"place", &old).unwrap(), b"secret");
    let new = after.seal(b"place", b"secret");
    assert_eq!(new[0], suite.byte());
    assert_eq!(&new[1..5], &[0, 0, 0, 2]);
    assert_eq!(before.open(b"place", &new), Err(VaultError::UnknownKey(2)));
}

fn hashes_depend_on_the_domain_and_on_where_parts_end(suite: Suite) {
    let vault = vault(suite, &[(1, &OLD)]);
    let hash = vault.keyed_hash("vin", &["ab", "c"]);
    assert_eq!(hash, vault.keyed_hash("vin", &["ab", "c"]));
    assert_ne!(hash, vault.keyed_hash("vin", &["a", "bc"]));
    assert_ne!(hash, vault.keyed_hash("vin", &["abc"]));
    assert_ne!(hash, vault.keyed_hash("vin", &["ab", "c", ""]));
    assert_ne!(hash, vault.keyed_hash("plate", &["ab", "c"]));
    let other = Vault::new([key(suite, 1, &OLD)], (suite, &NEW)).unwrap();
    assert_ne!(hash, other.keyed_hash("vin", &["ab", "c"]));
    assert_ne!(vault.mac("vin", b"")[..16], vault.keyed_hash("vin", &[]));
    assert_ne!(vault.mac("a", b"x"), vault.mac("b", b"x"));
}

#[test]
fn prints_no_secret() {
    let suite = Suite::National;
    assert_eq!(
        format!("{:?}", vault(suite, &[(7, &OLD)])),
        "Vault { sealing: [7], .. }"
    );
}

/// Runs each of these for both suites.
macro_rules! in_both_suites {
    ($($name:ident),+ $(,)?) => {
        mod standard { $(#[test] fn $name() { super::$name(super::Suite::Standard); })+ }
        mod national { $(#[test] fn $name() { super::$name(super::Suite::National); })+ }
    };
}

in_both_suites!(
    opens_what_it_sealed_and_never_seals_alike,
    opens_nowhere_else,
    every_flipped_bit_and_every_cut_is_found,
    the_newest_key_seals_and_all_open,
    hashes_depend_on_the_domain_and_on_where_parts_end,
    standby_opens_and_does_not_seal,
    what_is_resealed_needs_the_old_key_no_more,
);

fn standby_opens_and_does_not_seal(suite: Suite) {
    let standby = SealingKey {
        standby: true,
        ..key(suite, 2, &NEW)
    };
    let before = Vault::new([key(suite, 1, &OLD), standby], (suite, &HASHING)).unwrap();
    assert_eq!(&before.seal(b"place", b"x")[1..5], &[0, 0, 0, 1]);
    let after = vault(suite, &[(1, &OLD), (2, &NEW)]);
    let new = after.seal(b"place", b"secret");
    assert_eq!(before.open(b"place", &new).unwrap(), b"secret");
    assert!(Vault::new([standby], (suite, &HASHING)).is_none());
}

fn what_is_resealed_needs_the_old_key_no_more(suite: Suite) {
    let both = vault(suite, &[(1, &OLD), (2, &NEW)]);
    let old = vault(suite, &[(1, &OLD)]).seal(b"place", b"secret");
    let new = both.reseal(b"place", &old).unwrap().unwrap();
    assert!(new.starts_with(&both.header()));
    let only_new = vault(suite, &[(2, &NEW)]);
    assert_eq!(only_new.open(b"place", &new).unwrap(), b"secret");
    assert_eq!(both.reseal(b"place", &new), Ok(None));
    assert_eq!(both.reseal(b"other", &old), Err(VaultError::NotAuthentic));
    assert_eq!(
        only_new.reseal(b"place", &old),
        Err(VaultError::UnknownKey(1))
    );
}

#[test]
fn one_suite_follows_the_other_and_neither_opens_for_it() {
    for (from, to) in [(SUITES[0], SUITES[1]), (SUITES[1], SUITES[0])] {
        let old = vault(from, &[(1, &OLD)]).seal(b"place", b"secret");
        let keys = [key(from, 1, &OLD), key(to, 2, &NEW)];
        let both = Vault::new(keys, (from, &HASHING)).unwrap();
        let new = both.reseal(b"place", &old).unwrap().unwrap();
        assert_eq!((old[0], new[0]), (from.byte(), to.byte()));
        assert_eq!(both.open(b"place", &old).unwrap(), b"secret");
        assert_eq!(both.open(b"place", &new).unwrap(), b"secret");
        // The same bytes as the key of the other suite are another key.
        let other = vault(to, &[(1, &OLD)]);
        assert_eq!(other.open(b"place", &old), Err(VaultError::UnknownKey(1)));
        let mut claimed = old.clone();
        claimed[0] = to.byte();
        assert_eq!(
            other.open(b"place", &claimed),
            Err(VaultError::NotAuthentic)
        );
        assert_ne!(
            vault(from, &[(1, &OLD)]).mac("a", b"x"),
            other.mac("a", b"x")
        );
    }
}
