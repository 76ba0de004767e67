//! Finds the cells of a line.

use crate::header::split_cells;

const ONES: u64 = 0x0101_0101_0101_0101;
const LOWS: u64 = 0x7f7f_7f7f_7f7f_7f7f;

/// Finds the first line end in `bytes` and, up to it, where cells end; the last end is the line's. Answers the line
/// end's place and the number of cells, of which only as many ends are stored as `ends` has room for.
///
/// `None` if there is no line end. Eight bytes at a time: a byte equal to the separator or the line end becomes a set
/// bit, and the set bits are visited lowest first.
#[inline]
pub(crate) fn split_line(bytes: &[u8], separator: u8, ends: &mut [u32]) -> Option<(usize, usize)> {
    let (separators, line_ends) = (ONES * u64::from(separator), ONES * u64::from(b'\n'));
    let mut n_cells = 0;
    let mut push = |end: usize| {
        if let Some(slot) = ends.get_mut(n_cells) {
            *slot = end as u32;
        }
        n_cells += 1;
        n_cells
    };
    let (words, tail) = bytes.as_chunks::<8>();
    let mut base = 0;
    for word in words {
        let word = u64::from_le_bytes(*word);
        let stops = zero_bytes(word ^ line_ends);
        let mut hits = zero_bytes(word ^ separators);
        if stops != 0 {
            // Bits from the line end on belong to the next line.
            hits &= (stops & stops.wrapping_neg()) - 1;
        }
        while hits != 0 {
            push(base + hits.trailing_zeros() as usize / 8);
            hits &= hits - 1;
        }
        if stops != 0 {
            let stop = base + stops.trailing_zeros() as usize / 8;
            return Some((stop, push(stop)));
        }
        base += 8;
    }
    for (idx, &byte) in tail.iter().enumerate() {
        if byte == b'\n' {
            return Some((base + idx, push(base + idx)));
        }
        if byte == separator {
            push(base + idx);
        }
    }
    None
}

/// The high bit of each byte that is zero, and no other bit.
#[inline]
fn zero_bytes(word: u64) -> u64 {
    !(((word & LOWS) + LOWS) | word | LOWS)
}

/// Where the cells of a whole line end, for a separator of any length.
pub(crate) fn split_whole(line: &[u8], separator: &[u8], ends: &mut Vec<u32>) {
    ends.clear();
    let mut end = 0;
    for cell in split_cells(line, separator) {
        end += cell.len();
        ends.push(end as u32);
        end += separator.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The cells of the first line, one byte at a time.
    fn naive(bytes: &[u8], separator: u8) -> Option<(usize, Vec<u32>)> {
        let stop = bytes.iter().position(|&byte| byte == b'\n')?;
        let inner = (0..stop).filter(|&idx| bytes[idx] == separator);
        Some((stop, inner.chain([stop]).map(|idx| idx as u32).collect()))
    }

    #[test]
    fn eight_bytes_at_a_time_finds_what_one_byte_at_a_time_finds() {
        let alphabet = [b'\t', b'\n', b'a', 0x00, 0x08, 0x0b, 0x89, 0x8a, 0xff];
        let mut state = 1_u64;
        for _ in 0..20_000 {
            let mut next = |n: usize| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (state >> 33) as usize % n
            };
            let bytes: Vec<u8> = (0..next(40)).map(|_| alphabet[next(alphabet.len())]).collect();
            let mut ends = [0; 50];
            let found = split_line(&bytes, b'\t', &mut ends);
            let found = found.map(|(stop, n_cells)| (stop, ends[..n_cells].to_vec()));
            assert_eq!(found, naive(&bytes, b'\t'), "{bytes:?}");
        }
    }
}
