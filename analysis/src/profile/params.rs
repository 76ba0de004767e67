use super::labels::ClassLabels;
use super::thresholds::Thresholds;
use crate::Error;

/// How [`profile`](crate::profile()) works.
///
/// ```
/// use bro_analysis::ProfileParams;
/// let params = ProfileParams { by: vec!["service".into()], ..ProfileParams::default() };
/// assert!(params.validate().is_ok());
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ProfileParams {
    /// What rows are grouped by: columns of categories, or `direction` (and `status_class` of an http.log); box plots
    /// are drawn by each of them. Default none, which stands for `service`, `proto`, `conn_state` of a conn.log and for
    /// `method`, `status_code`, `host` of an http.log.
    pub by: Vec<String>,
    /// Use this many rows, drawn without replacement, instead of all. Default `None`.
    pub sample: Option<usize>,
    /// Seed of samples. Default 0.
    pub seed: u64,
    /// What connections are, by `uid`. Default `None`.
    pub labels: Option<ClassLabels>,
    /// The column of the log that holds their labels; goes before [`labels`](Self::labels). Default `None`.
    pub label_column: Option<String>,
    /// From where on the detectors speak.
    pub thresholds: Thresholds,
    /// Most groups, talkers and values of a column that are listed; the others are counted. Default 50.
    pub limit: usize,
}

impl Default for ProfileParams {
    fn default() -> Self {
        Self {
            by: Vec::new(),
            sample: None,
            seed: 0,
            labels: None,
            label_column: None,
            thresholds: Thresholds::default(),
            limit: 50,
        }
    }
}

impl ProfileParams {
    /// Checks what can be checked without data.
    ///
    /// # Errors
    /// [`Error::Parameter`] naming the parameter, what it is and what it may be.
    pub fn validate(&self) -> Result<(), Error> {
        let refused = |name, found: &str, expected: &str| {
            Err(Error::Parameter { name, found: found.to_owned(), expected: expected.to_owned() })
        };
        for (i, name) in self.by.iter().enumerate() {
            if self.by[..i].contains(name) {
                return refused("by", &format!("{name} twice"), "each column once");
            }
        }
        if self.sample == Some(0) {
            return refused("sample", "0", "1 or more");
        }
        if self.limit == 0 { refused("limit", "0", "1 or more") } else { Ok(()) }
    }
}
