//! Which vector instructions the kernels use: chosen while the program runs, not when it is compiled.
//!
//! A kernel is written once over `pulp::Simd` and compiled for each [`InstructionSet`]. The best one that the
//! processor has is used, so a binary built for any x86-64 machine is as fast as one built for this machine.
//! Results have the same bits on any number of threads; between instruction sets the last bits may differ, because
//! AVX2 and AVX-512 fuse multiplication and addition and sum in other groups.

use std::sync::atomic::{AtomicU8, Ordering};

use pulp::{Simd, WithSimd};

/// A family of vector instructions, from slowest to fastest.
///
/// ```
/// use bro_ml_core::simd::{self, InstructionSet};
///
/// assert!(InstructionSet::available().contains(&InstructionSet::Portable));
/// assert!(simd::in_use() <= InstructionSet::Avx512);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum InstructionSet {
    /// What every processor of the target has (SSE2 on x86-64).
    Portable,
    /// AVX2 with fused multiply-add: four numbers at a time.
    Avx2,
    /// AVX-512 (F, BW, CD, DQ, VL): eight numbers at a time.
    Avx512,
}

impl InstructionSet {
    const ALL: [Self; 3] = [Self::Portable, Self::Avx2, Self::Avx512];

    /// The sets that this processor has, slowest first.
    #[must_use]
    pub fn available() -> Vec<Self> {
        Self::ALL.into_iter().filter(|&set| set <= best()).collect()
    }
}

/// The upper limit set by [`limit_to`].
static LIMIT: AtomicU8 = AtomicU8::new(InstructionSet::Avx512 as u8);

/// Uses no faster instructions than `set` from now on, in the whole process: for benches and for comparing results.
pub fn limit_to(set: InstructionSet) {
    LIMIT.store(set as u8, Ordering::Relaxed);
}

/// The set that kernels started now will use: the best of the processor, unless [`limit_to`] says less.
#[must_use]
pub fn in_use() -> InstructionSet {
    best().min(InstructionSet::ALL[usize::from(LIMIT.load(Ordering::Relaxed))])
}

#[cfg(target_arch = "x86_64")]
fn best() -> InstructionSet {
    match pulp::Arch::new() {
        pulp::Arch::V4(_) => InstructionSet::Avx512,
        pulp::Arch::V3(_) => InstructionSet::Avx2,
        _ => InstructionSet::Portable,
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn best() -> InstructionSet {
    InstructionSet::Portable
}

/// Runs `kernel` compiled for `set`, or for the best below it that the processor has.
#[cfg(target_arch = "x86_64")]
pub(crate) fn run<Kernel: WithSimd>(set: InstructionSet, kernel: Kernel) -> Kernel::Output {
    match (set, pulp::Arch::new()) {
        (InstructionSet::Avx512, pulp::Arch::V4(simd)) => Simd::vectorize(simd, kernel),
        (InstructionSet::Avx2, pulp::Arch::V4(simd)) => Simd::vectorize(*simd, kernel),
        (InstructionSet::Avx2 | InstructionSet::Avx512, pulp::Arch::V3(simd)) => {
            Simd::vectorize(simd, kernel)
        }
        _ => Simd::vectorize(pulp::Scalar::new(), kernel),
    }
}

/// Runs `kernel` with the vector instructions of the target.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn run<Kernel: WithSimd>(_set: InstructionSet, kernel: Kernel) -> Kernel::Output {
    pulp::Arch::new().dispatch(kernel)
}

/// As [`run`], with a kernel shaped for the registers of each set: made of `input` by the function for that set.
#[cfg(target_arch = "x86_64")]
pub(crate) fn run_shaped<Input, Wide, Middle, Narrow>(
    set: InstructionSet,
    input: Input,
    wide: impl FnOnce(Input) -> Wide,
    middle: impl FnOnce(Input) -> Middle,
    narrow: impl FnOnce(Input) -> Narrow,
) -> Narrow::Output
where
    Wide: WithSimd<Output = Narrow::Output>,
    Middle: WithSimd<Output = Narrow::Output>,
    Narrow: WithSimd,
{
    match (set, pulp::Arch::new()) {
        (InstructionSet::Avx512, pulp::Arch::V4(simd)) => Simd::vectorize(simd, wide(input)),
        (InstructionSet::Avx2, pulp::Arch::V4(simd)) => Simd::vectorize(*simd, middle(input)),
        (InstructionSet::Avx2 | InstructionSet::Avx512, pulp::Arch::V3(simd)) => {
            Simd::vectorize(simd, middle(input))
        }
        _ => Simd::vectorize(pulp::Scalar::new(), narrow(input)),
    }
}

/// As [`run`]; other processors get the narrow shape.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn run_shaped<Input, Wide, Middle, Narrow: WithSimd>(
    _set: InstructionSet,
    input: Input,
    _wide: impl FnOnce(Input) -> Wide,
    _middle: impl FnOnce(Input) -> Middle,
    narrow: impl FnOnce(Input) -> Narrow,
) -> Narrow::Output {
    pulp::Arch::new().dispatch(narrow(input))
}
