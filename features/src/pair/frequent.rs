/// Values followed at once.
const SLOTS: usize = 8;

/// The most frequent of many values, found in one pass: exact while there are at most eight different ones, and never
/// too low above that (space saving: Metwally, Agrawal & El Abbadi, ICDT 2005; too high by at most n / 8).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Frequent {
    slots: Vec<(u64, u64)>,
}

impl Frequent {
    pub(crate) fn insert(&mut self, value: u64) {
        if let Some((_, count)) = self.slots.iter_mut().find(|(known, _)| *known == value) {
            *count += 1;
            return;
        }
        if self.slots.len() < SLOTS {
            self.slots.push((value, 1));
            return;
        }
        let rarest = self.slots.iter_mut().min_by_key(|(_, count)| *count).expect("there are eight slots");
        *rarest = (value, rarest.1 + 1);
    }

    /// The value seen most, the first of equal ones, and how often.
    pub(crate) fn most(&self) -> Option<(u64, u64)> {
        self.slots.iter().copied().reduce(|best, slot| if slot.1 > best.1 { slot } else { best })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_value_survives_many_rare_ones() {
        let mut frequent = Frequent::default();
        for i in 0..1_000 {
            frequent.insert(if i % 3 == 0 { 7 } else { 1_000 + i });
        }
        let (value, count) = frequent.most().unwrap();
        assert!(value == 7 && (334..=334 + 125).contains(&count));
    }
}
