//! A parallel radix sort of 64-bit words.

use crate::parallel::{chunks, map_chunks};
use rayon::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Words counted and moved as one piece.
const CHUNK: usize = 1 << 15;
/// A digit has at most so many bits: its counters stay in the first-level cache.
const DIGIT_BITS: u32 = 11;

/// The words `make(0), make(1), …` in the order of `bits` of their bits, from bit `skip` on; equal ones keep their
/// order.
///
/// Words move between two buffers, one digit at a time, the lowest first. The buffers are atomic because threads write
/// to interleaved places of them, each place once: relaxed stores cost no more than plain ones.
pub(super) fn sorted_words(
    len: usize,
    make: impl Fn(usize) -> u64 + Sync,
    skip: u32,
    bits: u32,
) -> Vec<AtomicU64> {
    let n_passes = bits.div_ceil(DIGIT_BITS);
    let digit_bits = bits.div_ceil(n_passes);
    let buffer = |word: &(dyn Fn(usize) -> u64 + Sync)| {
        let mut words = Vec::with_capacity(len);
        (0..len)
            .into_par_iter()
            .with_min_len(CHUNK)
            .map(|i| AtomicU64::new(word(i)))
            .collect_into_vec(&mut words);
        words
    };
    let mut from = buffer(&make);
    let mut to = buffer(&|_| 0);
    for pass in 0..n_passes {
        move_by_digit(&from, &to, skip + pass * digit_bits, digit_bits);
        std::mem::swap(&mut from, &mut to);
    }
    from
}

fn move_by_digit(from: &[AtomicU64], to: &[AtomicU64], shift: u32, digit_bits: u32) {
    let mask = (1usize << digit_bits) - 1;
    let digit = |word: &AtomicU64| (word.load(Relaxed) >> shift) as usize & mask;
    let mut counts = map_chunks(from.len(), CHUNK, |range| {
        let mut counts = vec![0u32; mask + 1];
        from[range].iter().for_each(|word| counts[digit(word)] += 1);
        counts
    });
    let mut place = 0;
    for digit in 0..=mask {
        for counts in &mut counts {
            let count = counts[digit];
            counts[digit] = place;
            place += count;
        }
    }
    chunks(from.len(), CHUNK).zip(&mut counts).for_each(|(range, places)| {
        for word in &from[range] {
            let place = &mut places[digit(word)];
            to[*place as usize].store(word.load(Relaxed), Relaxed);
            *place += 1;
        }
    });
}
