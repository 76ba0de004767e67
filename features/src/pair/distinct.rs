/// Values that are counted one by one.
const EXACT: usize = 64;
/// Registers of the sketch: the standard error is 1.04 / √256 = 6.5 %.
const REGISTERS: usize = 256;

/// Counts different values by their hashes: exactly up to 64, with a standard error of 6.5 % above.
///
/// HyperLogLog: Flajolet, Fusy, Gandouet & Meunier, AofA 2007. Memory is at most 768 bytes.
///
/// ```
/// use bro_features::Distinct;
/// let mut distinct = Distinct::default();
/// [3, 9, 3].map(|hash| distinct.insert(hash));
/// assert_eq!(distinct.n(), 2.0);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Distinct(Form);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Form {
    /// Sorted hashes.
    Exact(Vec<u64>),
    Sketch(Box<[u8; REGISTERS]>),
}

impl Default for Distinct {
    fn default() -> Self {
        Self(Form::Exact(Vec::new()))
    }
}

impl Distinct {
    /// Takes the hash of a value; equal values need equal hashes, others well mixed ones.
    pub fn insert(&mut self, hash: u64) {
        match &mut self.0 {
            Form::Exact(hashes) => {
                let Err(place) = hashes.binary_search(&hash) else { return };
                hashes.insert(place, hash);
                if hashes.len() > EXACT {
                    let mut registers = Box::new([0; REGISTERS]);
                    hashes.iter().for_each(|&hash| register(&mut registers, hash));
                    self.0 = Form::Sketch(registers);
                }
            }
            Form::Sketch(registers) => register(registers, hash),
        }
    }

    /// How many different values there were.
    #[must_use]
    pub fn n(&self) -> f64 {
        let registers = match &self.0 {
            Form::Exact(hashes) => return hashes.len() as f64,
            Form::Sketch(registers) => registers,
        };
        let m = REGISTERS as f64;
        let raw = 0.7213 / (1.0 + 1.079 / m) * m * m
            / registers.iter().map(|&rank| (-f64::from(rank)).exp2()).sum::<f64>();
        let n_empty = registers.iter().filter(|&&rank| rank == 0).count();
        if raw <= 2.5 * m && n_empty > 0 { m * (m / n_empty as f64).ln() } else { raw }
    }
}

fn register(registers: &mut [u8; REGISTERS], hash: u64) {
    let rank = (hash >> 8 | 1 << 56).trailing_zeros() as u8 + 1;
    let slot = &mut registers[(hash % REGISTERS as u64) as usize];
    *slot = (*slot).max(rank);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sketch_is_within_three_standard_errors() {
        for n in [65_u64, 300, 5_000, 200_000] {
            let mut distinct = Distinct::default();
            for i in 0..n {
                distinct.insert(super::super::hash::mix(i));
                distinct.insert(super::super::hash::mix(i / 2));
            }
            assert!((distinct.n() / n as f64 - 1.0).abs() < 0.2, "{n}: {}", distinct.n());
        }
    }
}
