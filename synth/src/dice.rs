//! Chance: the distributions traffic is drawn from, over a named generator.

use libm::{cos, exp, log, pow, sqrt};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// One actor's private source of chance.
///
/// Every actor draws from its own stream of the same seed, so adding an actor changes nothing about the others. The
/// arithmetic is `libm`'s, not the platform's: the same seed gives the same bytes everywhere.
#[derive(Debug, Clone)]
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        Self(rng)
    }

    pub(crate) fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Uniform in `[0, 1)`.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Uniform in `0..n`; `n` is not 0.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.bits()) * n as u128) >> 64) as usize
    }

    pub(crate) fn range(&mut self, from: u64, to: u64) -> u64 {
        from + self.below((to - from) as usize) as u64
    }

    pub(crate) fn uniform(&mut self, from: f64, to: f64) -> f64 {
        from + (to - from) * self.unit()
    }

    pub(crate) fn log_uniform(&mut self, from: f64, to: f64) -> f64 {
        exp(self.uniform(log(from), log(to)))
    }

    pub(crate) fn exponential(&mut self, mean: f64) -> f64 {
        -mean * log(1.0 - self.unit())
    }

    /// Standard normal (Box & Muller, "A note on the generation of random normal deviates", 1958).
    pub(crate) fn normal(&mut self) -> f64 {
        let radius = sqrt(-2.0 * log(1.0 - self.unit()));
        radius * cos(std::f64::consts::TAU * self.unit())
    }

    pub(crate) fn log_normal(&mut self, median: f64, sigma: f64) -> f64 {
        median * exp(sigma * self.normal())
    }

    /// Pareto with tail index `alpha`, cut at `most`: the heavy tail of transfer sizes.
    pub(crate) fn pareto(&mut self, least: f64, alpha: f64, most: f64) -> f64 {
        (least / pow(1.0 - self.unit(), 1.0 / alpha)).min(most)
    }

    /// Number of failures before a success, of mean `mean`, at most `most`.
    pub(crate) fn geometric(&mut self, mean: f64, most: usize) -> usize {
        let failure = mean / (1.0 + mean);
        let mut n = 0;
        while n < most && self.chance(failure) {
            n += 1;
        }
        n
    }

    /// One of `choices`, which are not empty.
    pub(crate) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// One of `choices` by its weight; the weights add up to more than 0.
    pub(crate) fn weighted<T: Copy>(&mut self, choices: &[(T, f64)]) -> T {
        let total: f64 = choices.iter().map(|(_, weight)| weight).sum();
        let mut left = self.unit() * total;
        for &(choice, weight) in choices {
            if left < weight {
                return choice;
            }
            left -= weight;
        }
        choices[choices.len() - 1].0
    }

    /// `n` characters of `alphabet`, which is ASCII.
    pub(crate) fn token(&mut self, n: usize, alphabet: &str) -> String {
        let alphabet = alphabet.as_bytes();
        let size = alphabet.len() as u64;
        let mut text = String::with_capacity(n);
        let mut bits = 0;
        for idx in 0..n {
            // 64 bits are good for ten characters of an alphabet of 62, and to spare.
            bits = if idx % 10 == 0 { self.bits() } else { bits / size };
            text.push(char::from(alphabet[(bits % size) as usize]));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::Dice;

    fn mean(n: usize, mut draw: impl FnMut() -> f64) -> f64 {
        (0..n).map(|_| draw()).sum::<f64>() / n as f64
    }

    #[test]
    fn streams_of_one_seed_differ_and_repeat() {
        let draw = |seed, stream| Dice::new(seed, stream).bits();
        assert_eq!(draw(1, 1), draw(1, 1));
        assert_ne!(draw(1, 1), draw(1, 2));
        assert_ne!(draw(1, 1), draw(2, 1));
    }

    // 20,000 draws: the standard error is below 0.01 of each mean, the tolerance five times that.
    #[test]
    fn means_are_those_of_the_distributions() {
        let mut dice = Dice::new(1, 0);
        assert!((mean(20_000, || dice.unit()) - 0.5).abs() < 0.02);
        assert!((mean(20_000, || dice.exponential(3.0)) - 3.0).abs() < 0.15);
        assert!(mean(20_000, || dice.normal()).abs() < 0.05);
        assert!((mean(20_000, || dice.geometric(2.0, 1000) as f64) - 2.0).abs() < 0.1);
    }

    #[test]
    fn weights_decide_how_often() {
        let mut dice = Dice::new(1, 0);
        let n = (0..10_000).filter(|_| dice.weighted(&[(true, 3.0), (false, 1.0)])).count();
        assert!((7_300..7_700).contains(&n), "{n}");
    }
}
