use crate::Error;

/// What only those who may use the server know.
#[derive(Clone)]
pub(crate) struct Secrets {
    /// Stands in the printed address; for scripts, the bearer token.
    pub(crate) token: String,
    /// The cookie's value.
    pub(crate) session: String,
    /// Stands in every page and comes back with every change.
    pub(crate) csrf: String,
}

impl Secrets {
    pub(crate) fn new(token: Option<&str>) -> Result<Self, Error> {
        let token = token.map_or_else(random, |token| Ok(token.to_owned()))?;
        Ok(Self { token, session: random()?, csrf: random()? })
    }
}

/// 128 random bits in hexadecimal.
fn random() -> Result<String, Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(Error::Random)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Whether two texts are equal, in a time that tells nothing but their lengths.
pub(crate) fn is_same(one: &str, other: &str) -> bool {
    let differences = one.bytes().zip(other.bytes()).fold(0, |all, (a, b)| all | (a ^ b));
    std::hint::black_box(differences) == 0 && one.len() == other.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_text_is_the_same() {
        assert!(is_same("abc", "abc") && is_same("", ""));
        for other in ["", "ab", "abd", "abcd"] {
            assert!(!is_same("abc", other), "{other}");
        }
    }

    #[test]
    fn secrets_differ_from_each_other_and_from_start_to_start() {
        let (one, other) = (Secrets::new(None).unwrap(), Secrets::new(None).unwrap());
        let all = [&one.token, &one.session, &one.csrf, &other.token, &other.session, &other.csrf];
        assert!(all.iter().all(|secret| secret.len() == 32));
        assert_eq!(all.iter().collect::<std::collections::HashSet<_>>().len(), 6);
    }
}
