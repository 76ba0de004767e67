/// The version of an estimator's stored form: written as a number, and refused on reading if it is another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct FormatVersion;

#[cfg(feature = "serde")]
mod stored {
    use super::FormatVersion;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// Raised whenever the fields of an estimator change.
    const CURRENT: u32 = 1;

    impl Serialize for FormatVersion {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_u32(CURRENT)
        }
    }

    impl<'de> Deserialize<'de> for FormatVersion {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            match u32::deserialize(deserializer)? {
                CURRENT => Ok(Self),
                found => Err(D::Error::custom(format_args!(
                    "stored estimator has format version {found}, expected {CURRENT}"
                ))),
            }
        }
    }
}
