//! Hashes that are the same in every run and on every platform.

/// 64 well mixed bits of a number (the finalizer of Steele, Lea & Flood, "Fast splittable pseudorandom number
/// generators", OOPSLA 2014).
pub(crate) const fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let value = (value ^ value >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ value >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ value >> 31
}

/// 64 bits of a text, eight bytes at a time. Not for tables that an attacker may fill.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    let mut state = mix(bytes.len() as u64);
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        state = mix(state ^ u64::from_le_bytes(*word));
    }
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    mix(state ^ u64::from_le_bytes(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_differ_by_a_byte_or_a_length_differ() {
        let texts: [&[u8]; 6] = [b"", b"\0", b"\0\0", b"abcdefgh", b"abcdefgh\0", b"abcdefgi"];
        for (i, a) in texts.iter().enumerate() {
            assert!(texts[i + 1..].iter().all(|b| hash(a) != hash(b)));
        }
    }
}
