//! What stands for a payment file in public.

use aws_lc_rs::digest;

/// Begins what is hashed, so that it is no other hash of this program.
const PREFIX: &str = "tradein.payout.v1\n";

/// SHA-256 over `"tradein.payout.v1\n"`, the salt as it is written (64 hexadecimal digits), a
/// line feed and the file. The file holds account numbers: whoever knew all else in it could try
/// them against a hash without a salt.
pub fn file_commitment(salt: &str, file: &[u8]) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in [PREFIX.as_bytes(), salt.as_bytes(), b"\n", file] {
        context.update(part);
    }
    let mut out = [0; 32];
    out.copy_from_slice(context.finish().as_ref());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_gives_the_same() {
        // { printf 'tradein.payout.v1\n%s\n' "$SALT"; cat batch.csv; } | sha256sum
        let salt = "0f".repeat(32);
        let file = b"end_to_end_id,claim_number,payee_name,account,amount\n";
        let digits: String = file_commitment(&salt, file)
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        assert_eq!(
            digits,
            "3176b1d45724c757c79d4759c93eef5dd180b788021309a51e5e3d1221ed2bf2"
        );
        assert_ne!(
            file_commitment(&"0e".repeat(32), file),
            file_commitment(&salt, file)
        );
    }
}
