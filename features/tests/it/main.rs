//! The public behaviour of the crate.

#[cfg(test)]
mod estimators;
#[cfg(test)]
mod golden_estimators;
#[cfg(test)]
mod golden_stats;
#[cfg(feature = "serde")]
mod stored;
#[cfg(test)]
mod windows;
