//! Decimal digits to numbers, eight at a time, in a form that the compiler makes vector instructions of.
//!
//! A word holds eight bytes of text as they stand in memory, the first in the lowest byte. Words are loaded so that they
//! end where the cell ends; what stands before the cell is masked away.

/// Eight `0` digits.
const ZEROS: u64 = u64::from_le_bytes([b'0'; 8]);

/// The last `len` bytes of a word, zeros before them; all eight if there are more.
#[inline(always)]
pub(super) const fn last_bytes(word: u64, len: u64) -> u64 {
    let n_masked = 8_u64.saturating_sub(len);
    // Two shifts, because one by 64 would overflow.
    word & ((u64::MAX << (4 * n_masked)) << (4 * n_masked))
}

/// The last `len` bytes of a word, `0` digits before them; all eight if there are more.
#[inline(always)]
pub(super) const fn last_digits(word: u64, len: u64) -> u64 {
    let n_kept = if len < 8 { len } else { 8 };
    last_bytes(word, len) | ((ZEROS >> (4 * n_kept)) >> (4 * n_kept))
}

/// Whether all eight bytes are digits.
#[inline(always)]
pub(super) const fn are_digits(word: u64) -> bool {
    const HIGH: u64 = u64::from_le_bytes([0xf0; 8]);
    const SIX: u64 = u64::from_le_bytes([6; 8]);
    (word & HIGH) | ((word.wrapping_add(SIX) & HIGH) >> 4) == u64::from_le_bytes([0x33; 8])
}

/// The number that eight digits spell.
#[inline(always)]
pub(super) const fn number_of(word: u64) -> u64 {
    let ones = word & 0x0f0f_0f0f_0f0f_0f0f;
    let pairs = ((ones << 3) + (ones << 1) + (ones >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = ((pairs << 6) + (pairs << 5) + (pairs << 2) + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
    ((fours & 0xffff_ffff) * 10_000 + (fours >> 32)) & 0xffff_ffff
}

#[cfg(test)]
mod tests {
    use super::{are_digits, last_bytes, last_digits, number_of};

    fn word(text: &[u8; 8]) -> u64 {
        u64::from_le_bytes(*text)
    }

    #[test]
    fn eight_digits_spell_their_number() {
        for (text, number) in [(b"00000000", 0), (b"99999999", 99_999_999), (b"12345678", 12_345_678)] {
            assert!(are_digits(word(text)));
            assert_eq!(number_of(word(text)), number);
        }
    }

    #[test]
    fn what_stands_before_the_cell_is_masked() {
        for len in 0..=9 {
            let kept = len.min(8) as usize;
            let mut text = *b"abcdefgh";
            text[..8 - kept].fill(0);
            assert_eq!(last_bytes(word(b"abcdefgh"), len), word(&text));
            text[..8 - kept].fill(b'0');
            assert_eq!(last_digits(word(b"abcdefgh"), len), word(&text));
        }
    }

    #[test]
    fn any_other_byte_is_noticed_in_any_place() {
        for byte in 0..=255_u8 {
            for place in 0..8 {
                for others in [*b"00000000", *b"99999999"] {
                    let mut text = others;
                    text[place] = byte;
                    assert_eq!(are_digits(word(&text)), byte.is_ascii_digit());
                }
            }
        }
    }
}
