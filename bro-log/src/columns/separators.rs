//! Places of all separators and line ends of a block, found 64 bytes at a time.
//!
//! A call of `memchr` for each short cell would cost more than everything else together. Here a comparison makes one
//! bit of each byte, and the set bits become places in groups, without a branch for each.

use pulp::{Arch, NullaryFnOnce};

/// Places in a buffer, counted from its first byte.
#[derive(Debug, Default)]
pub(crate) struct Separators {
    ends: Places,
    newlines: Places,
}

/// Bytes looked at in one step.
const STEP: usize = 64;

/// Places that may be written in one step, though at most [`STEP`] of them count.
const SPACE: usize = STEP + 16;

impl Separators {
    /// One place before the first cell, then the end of every cell: separators and line ends in one list.
    pub(crate) fn ends(&self) -> &[u32] {
        &self.ends.list[..self.ends.len]
    }

    /// As [`ends`](Self::ends), with at least as many more places of no meaning as [`find`](Self::find) was told.
    pub(super) fn ends_and_more(&self) -> &[u32] {
        &self.ends.list
    }

    /// Moves the cell end at `idx` one byte ahead, before a carriage return.
    pub(crate) fn shorten(&mut self, idx: usize) {
        self.ends.list[idx] -= 1;
    }

    /// The line ends alone.
    pub(crate) fn newlines(&self) -> &[u32] {
        &self.newlines.list[..self.newlines.len]
    }

    /// Finds the separators and line ends of `bytes[first..]`; `n_more` places can be read after the last one.
    pub(crate) fn find(&mut self, arch: Arch, bytes: &[u8], first: usize, separator: u8, n_more: usize) {
        assert!(bytes.len() < u32::MAX as usize - STEP, "a block is below 4 GiB");
        match arch {
            #[cfg(target_arch = "x86_64")]
            Arch::V4(simd) => simd.vectorize(Find { found: self, bytes, first, separator, simd }),
            #[cfg(target_arch = "x86_64")]
            Arch::V3(simd) => simd.vectorize(Find { found: self, bytes, first, separator, simd }),
            _ => Find { found: self, bytes, first, separator, simd: pulp::Scalar }.call(),
        }
        if self.ends.list.len() < self.ends.len + n_more {
            self.ends.list.resize(self.ends.len + n_more, 0);
        }
    }
}

/// What an instruction set does best in its own way.
trait Scan: Copy {
    /// Which of 64 bytes are equal to one, the first byte in the lowest bit.
    fn equal(self, bytes: &[u8; STEP], byte: u8) -> u64;

    /// Writes the places of the set bits; what is written after them does not matter.
    #[inline(always)]
    fn write_places(self, mask: u64, first: u32, places: &mut [u32; SPACE]) {
        let mut left = mask;
        let mut write = |places: &mut [u32]| {
            for place in places {
                *place = first.wrapping_add(left.trailing_zeros());
                left &= left.wrapping_sub(1);
            }
        };
        let n_places = mask.count_ones() as usize;
        write(&mut places[..12]);
        if n_places > 12 {
            write(&mut places[12..24]);
        }
        if n_places > 24 {
            write(&mut places[24..STEP]);
        }
    }
}

#[cfg(target_arch = "x86_64")]
impl Scan for pulp::x86::V4 {
    #[inline(always)]
    fn equal(self, bytes: &[u8; STEP], byte: u8) -> u64 {
        self.avx512bw._mm512_cmpeq_epi8_mask(pulp::cast(*bytes), pulp::cast([byte; STEP]))
    }

    /// Sixteen candidates at a time, those whose bit is clear squeezed out.
    #[inline(always)]
    fn write_places(self, mask: u64, first: u32, places: &mut [u32; SPACE]) {
        const OFFSETS: [u32; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
        let avx512 = self.avx512f;
        let mut n_written = 0;
        for quarter in 0..4 {
            let bits = (mask >> (16 * quarter)) as u16;
            let start = first.wrapping_add(16 * quarter).cast_signed();
            let all = avx512._mm512_add_epi32(avx512._mm512_set1_epi32(start), pulp::cast(OFFSETS));
            let kept: [u32; 16] = pulp::cast(avx512._mm512_maskz_compress_epi32(bits, all));
            // At most 48 places come before the last quarter's; the remainder only tells the compiler so.
            places[n_written % (STEP + 1)..][..16].copy_from_slice(&kept);
            n_written += bits.count_ones() as usize;
        }
    }
}

#[cfg(target_arch = "x86_64")]
impl Scan for pulp::x86::V3 {
    #[inline(always)]
    fn equal(self, bytes: &[u8; STEP], byte: u8) -> u64 {
        let halves: [[u8; 32]; 2] = pulp::cast(*bytes);
        let [low, high] = halves.map(|half| {
            let equal = self.avx2._mm256_cmpeq_epi8(pulp::cast(half), pulp::cast([byte; 32]));
            u64::from(self.avx2._mm256_movemask_epi8(equal).cast_unsigned())
        });
        low | high << 32
    }
}

impl Scan for pulp::Scalar {
    /// Eight bytes at a time: the highest bit of each byte says whether it is equal, a multiplication gathers the bits.
    #[inline(always)]
    fn equal(self, bytes: &[u8; STEP], byte: u8) -> u64 {
        const LOW: u64 = u64::from_le_bytes([0x7f; 8]);
        let mut mask = 0;
        for (idx, word) in bytes.as_chunks::<8>().0.iter().enumerate() {
            let differing = u64::from_le_bytes(*word) ^ u64::from_le_bytes([byte; 8]);
            let equal = !(((differing & LOW) + LOW) | differing | LOW);
            mask |= ((equal >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) << (8 * idx);
        }
        mask
    }
}

struct Find<'a, S> {
    found: &'a mut Separators,
    bytes: &'a [u8],
    first: usize,
    separator: u8,
    simd: S,
}

impl<S: Scan> NullaryFnOnce for Find<'_, S> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { found, bytes, first, separator, simd } = self;
        let Separators { ends, newlines } = found;
        (ends.len, newlines.len) = (0, 0);
        ends.space()[0] = (first as u32).wrapping_sub(1);
        ends.len = 1;
        let (steps, rest) = bytes[first..].as_chunks::<STEP>();
        let mut place = first as u32;
        for step in steps {
            let newline = simd.equal(step, b'\n');
            ends.push(simd, newline | simd.equal(step, separator), place);
            newlines.push_few(newline, place);
            place += STEP as u32;
        }
        let mut last = [0; STEP];
        last[..rest.len()].copy_from_slice(rest);
        // A separator of 0 would be found in the filling.
        let inside = (1_u64 << rest.len()) - 1;
        let newline = simd.equal(&last, b'\n') & inside;
        ends.push(simd, newline | simd.equal(&last, separator) & inside, place);
        newlines.push_few(newline, place);
    }
}

/// A list that is written beyond its end, so that a fixed number of places can be written at once.
#[derive(Debug, Default)]
struct Places {
    list: Vec<u32>,
    len: usize,
}

impl Places {
    /// Adds the places of the set bits.
    #[inline(always)]
    fn push(&mut self, simd: impl Scan, mask: u64, first: u32) {
        simd.write_places(mask, first, self.space());
        self.len += mask.count_ones() as usize;
    }

    /// Adds the places of the set bits, of which there are seldom more than two.
    #[inline(always)]
    fn push_few(&mut self, mask: u64, first: u32) {
        let n_places = mask.count_ones() as usize;
        let space = self.space();
        let mut left = mask;
        for place in &mut space[..2] {
            *place = first.wrapping_add(left.trailing_zeros());
            left &= left.wrapping_sub(1);
        }
        if n_places > 2 {
            for place in &mut space[2..n_places] {
                *place = first + left.trailing_zeros();
                left &= left.wrapping_sub(1);
            }
        }
        self.len += n_places;
    }

    #[inline(always)]
    fn space(&mut self) -> &mut [u32; SPACE] {
        if self.list.len() < self.len + SPACE {
            self.grow();
        }
        self.list[self.len..].first_chunk_mut().expect("the list was grown")
    }

    #[cold]
    fn grow(&mut self) {
        self.list.resize(2 * self.list.len() + 16 * SPACE, 0);
    }
}

/// Every instruction set this machine has.
#[cfg(test)]
pub(super) fn archs() -> Vec<Arch> {
    let mut archs = vec![Arch::Scalar];
    #[cfg(target_arch = "x86_64")]
    {
        archs.extend(pulp::x86::V3::try_new().map(Arch::V3));
        archs.extend(pulp::x86::V4::try_new().map(Arch::V4));
    }
    archs
}

#[cfg(test)]
mod tests {
    use super::{Separators, archs};

    fn check(bytes: &[u8], first: usize, separator: u8) {
        let places = |wanted: &[u8]| -> Vec<u32> {
            let is_wanted = |place: &usize| wanted.contains(&bytes[*place]);
            (first..bytes.len()).filter(is_wanted).map(|place| place as u32).collect()
        };
        for arch in archs() {
            let mut found = Separators::default();
            found.find(arch, bytes, first, separator, 7);
            assert!(found.ends_and_more().len() >= found.ends().len() + 7);
            assert_eq!(found.ends()[1..], places(&[b'\n', separator]), "{arch:?}");
            assert_eq!(found.newlines(), places(b"\n"), "{arch:?}");
            assert_eq!(found.ends()[0], (first as u32).wrapping_sub(1));
        }
    }

    #[test]
    fn every_place_is_found_on_every_instruction_set() {
        let mut state = 1_u32;
        let mut random = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state >> 16
        };
        for n_bytes in [0, 1, 63, 64, 65, 128, 1_000] {
            let dense: Vec<u8> = (0..n_bytes).map(|_| b"\t\n\x0b|"[random() as usize % 4]).collect();
            let sparse: Vec<u8> = (0..n_bytes).map(|_| (random() % 256) as u8).collect();
            let full = vec![b'\t'; n_bytes];
            for bytes in [dense, sparse, full] {
                for first in [0, 5, n_bytes].into_iter().filter(|&first| first <= n_bytes) {
                    for separator in [b'\t', b'|', 0, 0xff] {
                        check(&bytes, first, separator);
                    }
                }
            }
        }
    }
}
