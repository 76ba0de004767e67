use super::Summary;
use std::collections::BTreeMap;

/// The values of a column by group, a [`Summary`] each.
///
/// `new → insert → merge → iter()`; groups come in the order of their keys. Time O(log groups) a row, memory 64 bytes and
/// a key a group; beyond `most` groups the rest is one group, counted together.
///
/// ```
/// use bro_features::stats::GroupBy;
/// let mut durations = GroupBy::new(100);
/// for (service, seconds) in [("dns", 1.0), ("http", 2.0), ("dns", 3.0)] {
///     durations.insert(service, seconds);
/// }
/// let (service, summary) = durations.iter().next().expect("there are groups");
/// assert_eq!((*service, summary.n(), summary.mean()), ("dns", 2, 2.0));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct GroupBy<K> {
    groups: BTreeMap<K, Summary>,
    most: usize,
    rest: Summary,
}

impl<K: Ord> GroupBy<K> {
    /// No rows yet; tells at most `most` groups apart.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { groups: BTreeMap::new(), most, rest: Summary::default() }
    }

    /// Takes in a row.
    pub fn insert(&mut self, key: K, value: f64) {
        self.group(key).update(&[value]);
    }

    fn group(&mut self, key: K) -> &mut Summary {
        if self.groups.len() >= self.most && !self.groups.contains_key(&key) {
            return &mut self.rest;
        }
        self.groups.entry(key).or_default()
    }

    /// Takes in what `later`, of rows that follow, has seen.
    pub fn merge(&mut self, later: Self) {
        for (key, summary) in later.groups {
            self.group(key).merge(&summary);
        }
        self.rest.merge(&later.rest);
    }

    /// The groups, in the order of their keys.
    #[must_use = "iterators are lazy"]
    pub fn iter(&self) -> impl Iterator<Item = (&K, &Summary)> {
        self.groups.iter()
    }

    /// The values of the groups that came when there were as many as may be told apart.
    #[must_use]
    pub fn rest(&self) -> &Summary {
        &self.rest
    }
}
