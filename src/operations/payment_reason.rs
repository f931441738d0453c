//! Why the bank sent a payment back. Banks write names and numbers there, so it is sealed beside
//! the payment, and the entry commits to it by a keyed MAC.

use crate::domain::mask;
use crate::journal::canonical::hex;
use crate::operations::payout::PayeeAccount;
use crate::storage::StorageError;
use crate::vault::{Vault, reason_aad};

/// The member of a private record that commits to a reason.
pub const REASON: &str = "reason_mac";

/// A reason as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Sealed, for the payment's line.
    pub sealed: Vec<u8>,
    /// What the entry says of it under [`REASON`].
    pub mac: String,
}

/// Seals the reason of a payment.
pub fn keep(vault: &Vault, end_to_end_id: &str, reason: &str) -> Kept {
    Kept {
        sealed: vault.seal(&reason_aad(end_to_end_id), reason.as_bytes()),
        mac: mac(vault, end_to_end_id, reason),
    }
}

/// What an entry says of the reason of a payment.
pub fn mac(vault: &Vault, end_to_end_id: &str, reason: &str) -> String {
    let text = format!("{end_to_end_id}\n{reason}");
    hex(&vault.mac("payment_reason", text.as_bytes()))
}

/// The reason of a payment, where it has one.
///
/// # Errors
/// [`StorageError::Corrupt`] when it does not open.
pub fn open(
    vault: &Vault,
    end_to_end_id: &str,
    sealed: Option<&[u8]>,
) -> Result<Option<String>, StorageError> {
    let corrupt = || StorageError::Corrupt(format!("payout line {end_to_end_id}: the reason"));
    let open = |sealed: &[u8]| {
        let plain = vault.open(&reason_aad(end_to_end_id), sealed);
        String::from_utf8(plain.map_err(|_| corrupt())?).map_err(|_| corrupt())
    };
    sealed.map(open).transpose()
}

/// The reason of a payment, where it has one, for whoever sees its payee masked; `payee` is what is
/// sealed of him.
///
/// # Errors
/// [`StorageError::Corrupt`] when something does not open.
pub fn shown(
    vault: &Vault,
    end_to_end_id: &str,
    payee: &[u8],
    sealed: Option<&[u8]>,
) -> Result<Option<String>, StorageError> {
    let Some(reason) = open(vault, end_to_end_id, sealed)? else {
        return Ok(None);
    };
    let payee = PayeeAccount::open(vault, end_to_end_id, payee)?;
    Ok(Some(masked(&reason, &payee)))
}

/// A reason for whoever sees the payee masked: his name and his account's number, as the payment
/// had them, are masked in it, too.
pub fn masked(reason: &str, payee: &PayeeAccount) -> String {
    let mut shown = reason.to_owned();
    let name = (&payee.name, mask::middle(&payee.name, 1, 0));
    let number = (&payee.number, mask::middle(&payee.number, 4, 4));
    for (plain, starred) in [name, number] {
        if !plain.is_empty() {
            shown = shown.replace(plain.as_str(), &starred);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::{SealingKey, Suite};

    #[test]
    fn a_reason_opens_for_its_payment_only() {
        let key = SealingKey {
            id: 1,
            suite: Suite::Standard,
            standby: false,
            key: &[3; 32],
        };
        let vault = &Vault::new([key], (Suite::Standard, &[9; 32])).unwrap();
        let kept = keep(vault, "JY-1/1", "AC04 张三");
        let sealed = Some(kept.sealed.as_slice());
        assert_eq!(open(vault, "JY-1/1", sealed).unwrap().unwrap(), "AC04 张三");
        assert!(open(vault, "JY-1/2", sealed).is_err());
        assert_eq!(open(vault, "JY-1/1", None).unwrap(), None);
        assert_eq!(kept.mac, mac(vault, "JY-1/1", "AC04 张三"));
        for (id, reason) in [("JY-1/2", "AC04 张三"), ("JY-1/1", "AC04 李四")] {
            assert_ne!(kept.mac, mac(vault, id, reason));
        }
    }

    #[test]
    fn a_reason_names_a_masked_payee_no_further() {
        let payee = PayeeAccount {
            name: "张三丰".to_owned(),
            number: "6222000000000001234".to_owned(),
            bank: "示例银行".to_owned(),
        };
        let reason = "户名张三丰与账号6222000000000001234不符";
        assert_eq!(
            masked(reason, &payee),
            "户名张**与账号6222***********1234不符"
        );
        assert_eq!(masked("AC04", &payee), "AC04");
    }
}
