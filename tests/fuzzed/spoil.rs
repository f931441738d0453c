//! Spoils files: what they hold is cut, doubled, exchanged and swollen, by chance that a seed
//! repeats.

/// The largest input that is made.
const LONGEST: usize = 64 * 1024;

/// What parsers trip over.
const ODD: [&[u8]; 28] = [
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xed\xa0\x80",
    b"\r\n",
    b"\"",
    b"\\u0000",
    b"\\ud800",
    b"\xe2\x80\xae",
    b"\xef\xbc\x91",
    b"\xf0\x9f\x9a\x97",
    b"-1",
    b"0",
    b"00",
    b"1e308",
    b"9223372036854775808",
    b"18446744073709551615",
    b"4294967296",
    b"99999999999999999999999999999999999999",
    b"0.001",
    b"2025-02-30",
    b"9999-12-31T23:59:60+24:00",
    b"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    b"{\"a\":{\"a\":{\"a\":{\"a\":",
    b"<!ENTITY x \"&x;&x;\">",
    b"%00%2f..%2f",
    b"null",
    b"=cmd|' /C calc'!A0",
];

/// A source of chance (SplitMix64).
pub struct Chance(u64);

impl Chance {
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Below `end`, which is above 0.
    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).unwrap()).unwrap()
    }

    /// Where a piece of the bytes begins and ends.
    fn piece(&mut self, bytes: &[u8]) -> std::ops::Range<usize> {
        let start = self.below(bytes.len() + 1);
        let longest = (bytes.len() - start).min(64);
        start..start + self.below(longest + 1)
    }

    /// One of the seeds with one to eight things wrong.
    pub fn spoiled(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = seeds[self.below(seeds.len())].clone();
        for _ in 0..=self.below(8) {
            self.spoil(&mut bytes, seeds);
        }
        bytes.truncate(LONGEST);
        bytes
    }

    fn spoil(&mut self, bytes: &mut Vec<u8>, seeds: &[Vec<u8>]) {
        let at = self.below(bytes.len() + 1);
        let piece = self.piece(bytes);
        match self.below(9) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(piece)),
            2 => {
                let odd = ODD[self.below(ODD.len())];
                drop(bytes.splice(piece, odd.iter().copied()));
            }
            3 => {
                let odd = ODD[self.below(ODD.len())];
                drop(bytes.splice(at..at, odd.iter().copied()));
            }
            // Said twice, or often.
            4 => {
                let said = bytes[piece].repeat(1 + self.below(40));
                drop(bytes.splice(at..at, said));
            }
            5 => {
                let other = &seeds[self.below(seeds.len())];
                let said = other[self.piece(other)].to_vec();
                drop(bytes.splice(piece, said));
            }
            6 | 7 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << self.below(8);
                }
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = u8::try_from(self.below(256)).unwrap();
                }
            }
        }
    }
}
