use super::Learn;
use ndarray::ArrayView1;

/// Every value of a column that is there, for what needs their exact order. 8 bytes a value.
///
/// ```
/// use bro_features::{Learn, Values};
/// use ndarray::array;
/// let mut values = Values::default();
/// values.update(array![4.0, 1.0, f64::NAN, 3.0, 2.0].view());
/// assert_eq!(values.sorted(), [1.0, 2.0, 3.0, 4.0]);
/// assert_eq!(bro_features::percentile(&values.sorted(), 50.0), Some(2.5));
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Values(Vec<f64>);

impl Learn for Values {
    fn update(&mut self, values: ArrayView1<'_, f64>) {
        self.0.extend(values.iter().filter(|value| !value.is_nan()));
    }

    fn merge(&mut self, later: Self) {
        if self.0.is_empty() {
            *self = later;
        } else {
            self.0.extend(later.0);
        }
    }
}

impl Values {
    /// The values in the order of their rows.
    #[must_use]
    pub fn in_order(&self) -> &[f64] {
        &self.0
    }

    /// The values in ascending order.
    #[must_use]
    pub fn sorted(&self) -> Vec<f64> {
        let mut sorted = self.0.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        sorted
    }
}

/// The percentile `q` (0 to 100) of values in ascending order, interpolated linearly between neighbours as numpy's
/// `percentile` does it; `None` without values.
#[must_use]
pub fn percentile(sorted: &[f64], q: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = last as f64 * (q / 100.0).clamp(0.0, 1.0);
    let low = (place.floor() as usize).min(last);
    let (a, b) = (sorted[low], sorted[(low + 1).min(last)]);
    let share = place - low as f64;
    // As numpy: from the nearer end, so that both ends are met exactly.
    Some(if share < 0.5 { a + (b - a) * share } else { b - (b - a) * (1.0 - share) })
}
