//! What an authenticator knows.

/// The bytes of a secret as it is spelled, in groups or not (RFC 4648, 6).
pub fn secret(spelled: &str) -> Vec<u8> {
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut bits = 0_u32;
    let (mut held, mut bytes) = (0_u32, Vec::new());
    for letter in spelled.chars().filter(|letter| !letter.is_whitespace()) {
        held = (held << 5) | letters.find(letter).unwrap() as u32;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits) as u8);
        }
    }
    bytes
}
