//! The two kinds of numbers that the kernels compute with.

use std::fmt::Debug;

use pulp::Simd;

/// `f64` for training and for exact prediction, `f32` for fast prediction.
pub(crate) trait Real: Copy + Default + PartialOrd + Debug + Send + Sync + 'static {
    /// As many values as one instruction of `S` computes with.
    type Vector<S: Simd>: Copy;

    /// The largest magnitude of a feature: sums of products with weights stay finite.
    const MAX_MAGNITUDE: Self;

    /// The value in double precision.
    fn to_f64(self) -> f64;

    /// Whether the value is finite and no larger than the limit.
    fn is_bearable(self) -> bool;

    /// `1 / (1 + exp(−value))`.
    fn logistic(value: Self) -> Self;

    /// The hyperbolic tangent.
    fn tanh(value: Self) -> Self;

    /// `a + b`.
    fn plus(a: Self, b: Self) -> Self;

    /// The slice in whole vectors; what is left over is cut off.
    fn vectors<S: Simd>(values: &[Self]) -> &[Self::Vector<S>];

    /// The slice in whole vectors, to be written; what is left over is cut off.
    fn vectors_mut<S: Simd>(values: &mut [Self]) -> &mut [Self::Vector<S>];

    /// The value in every lane.
    fn splat<S: Simd>(simd: S, value: Self) -> Self::Vector<S>;

    /// The greater of `a` and `b` in each lane.
    fn max<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;

    /// `a · b + c` in each lane, rounded once where the instruction set can.
    fn mul_add<S: Simd>(
        simd: S,
        a: Self::Vector<S>,
        b: Self::Vector<S>,
        c: Self::Vector<S>,
    ) -> Self::Vector<S>;

    /// The sum of all lanes.
    fn sum<S: Simd>(simd: S, a: Self::Vector<S>) -> Self;
}

macro_rules! real {
    ($real:ty, $max_magnitude:literal, $vector:ident, $as_simd:ident, $as_mut_simd:ident, $splat:ident, $max:ident,
     $mul_add:ident, $sum:ident) => {
        impl Real for $real {
            type Vector<S: Simd> = S::$vector;

            const MAX_MAGNITUDE: Self = $max_magnitude;

            #[inline(always)]
            fn to_f64(self) -> f64 {
                self.into()
            }

            #[inline(always)]
            fn is_bearable(self) -> bool {
                self.abs() <= Self::MAX_MAGNITUDE
            }

            fn logistic(value: Self) -> Self {
                let e = (-value.abs()).exp();
                (if value >= 0.0 { 1.0 } else { e }) / (1.0 + e)
            }

            fn tanh(value: Self) -> Self {
                value.tanh()
            }

            #[inline(always)]
            fn plus(a: Self, b: Self) -> Self {
                a + b
            }

            #[inline(always)]
            fn vectors<S: Simd>(values: &[Self]) -> &[Self::Vector<S>] {
                S::$as_simd(values).0
            }

            #[inline(always)]
            fn vectors_mut<S: Simd>(values: &mut [Self]) -> &mut [Self::Vector<S>] {
                S::$as_mut_simd(values).0
            }

            #[inline(always)]
            fn splat<S: Simd>(simd: S, value: Self) -> Self::Vector<S> {
                simd.$splat(value)
            }

            #[inline(always)]
            fn max<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S> {
                simd.$max(a, b)
            }

            #[inline(always)]
            fn mul_add<S: Simd>(
                simd: S,
                a: Self::Vector<S>,
                b: Self::Vector<S>,
                c: Self::Vector<S>,
            ) -> Self::Vector<S> {
                simd.$mul_add(a, b, c)
            }

            #[inline(always)]
            fn sum<S: Simd>(simd: S, a: Self::Vector<S>) -> Self {
                simd.$sum(a)
            }
        }
    };
}

real!(f32, 1e15, f32s, as_simd_f32s, as_mut_simd_f32s, splat_f32s, max_f32s, mul_add_e_f32s, reduce_sum_f32s);
real!(
    f64,
    1e100,
    f64s,
    as_simd_f64s,
    as_mut_simd_f64s,
    splat_f64s,
    max_f64s,
    mul_add_e_f64s,
    reduce_sum_f64s
);
