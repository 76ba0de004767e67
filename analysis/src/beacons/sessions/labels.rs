use crate::Error;
use bro_features::SessionKey;
use std::collections::HashMap;

/// What is known of sessions: a label for each `uid`.
///
/// ```
/// use bro_analysis::Labels;
/// let labels = Labels::parse("uid\tlabel\tnote\nC1\tbeacon\tseen by hand\nC2\tbenign\t\n")?;
/// assert_eq!((labels.get("C1"), labels.len()), (Some("beacon"), 2));
/// # Ok::<(), bro_analysis::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Labels {
    by_uid: HashMap<String, String>,
}

/// Labels that mean the session is what is looked for, in lower case.
const POSITIVE: [&str; 12] =
    ["beacon", "malicious", "c2", "c&c", "malware", "attack", "bad", "evil", "1", "true", "t", "yes"];

/// What a person says who cannot tell: it counts as no label.
const UNSURE: &str = "unsure";

impl Labels {
    /// Reads a file of labels: a Zeek log with the fields `uid` and `label`, or lines of uid, label and perhaps a note,
    /// separated by tabs or commas, with or without a header line. Of several labels of one `uid` the last counts.
    ///
    /// # Errors
    /// [`Error::Labels`] for a line without a label, or a file without any.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let mut columns = (0, 1);
        let mut by_uid = HashMap::new();
        for (idx, line) in text.lines().enumerate() {
            if let Some(header) = header(line, idx) {
                columns = header?;
                continue;
            }
            let line = line.trim_end_matches('\r');
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let cells: Vec<&str> = line.split(separator(line)).collect();
            let (Some(uid), Some(label)) = (cells.get(columns.0), cells.get(columns.1)) else {
                return Err(Error::Labels { line: idx + 1, detail: format!("no label in {line:?}") });
            };
            by_uid.insert((*uid).to_owned(), (*label).to_owned());
        }
        if by_uid.is_empty() {
            return Err(Error::Labels { line: 1, detail: "no label at all".to_owned() });
        }
        Ok(Self { by_uid })
    }

    /// Labels given one by one. Of several of one `uid` the last counts; the label `unsure` is none.
    #[must_use]
    pub fn of(labels: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut by_uid: HashMap<_, _> = labels.into_iter().collect();
        by_uid.retain(|_, label| *label != UNSURE);
        Self { by_uid }
    }

    /// The label of a `uid`.
    #[must_use]
    pub fn get(&self, uid: &str) -> Option<&str> {
        self.by_uid.get(uid).map(String::as_str)
    }

    /// The labels in the order of their uids.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let mut labels: Vec<_> =
            self.by_uid.iter().map(|(uid, label)| (uid.as_str(), label.as_str())).collect();
        labels.sort_unstable();
        labels.into_iter()
    }

    /// The labels as a file that [`parse`](Self::parse) reads: a line for each `uid`, in their order.
    #[must_use]
    pub fn to_text(&self) -> String {
        self.iter().fold("uid\tlabel\n".to_owned(), |text, (uid, label)| text + uid + "\t" + label + "\n")
    }

    /// Number of labelled uids.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_uid.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_uid.is_empty()
    }

    /// A label for each session, where there is one: that of the file, or else of the log's own column.
    pub(super) fn of_sessions<'a>(&'a self, keys: &'a [SessionKey]) -> Vec<Option<&'a str>> {
        keys.iter().map(|key| self.get(&key.uid).or(key.label.as_deref())).collect()
    }
}

fn separator(line: &str) -> char {
    if line.contains('\t') { '\t' } else { ',' }
}

/// The columns of uid and label, if the line is a header: Zeek's `#fields`, or a first line that names them.
fn header(line: &str, idx: usize) -> Option<Result<(usize, usize), Error>> {
    let fields = line.strip_prefix("#fields\t").or_else(|| {
        let is_header = idx == 0 && line.split(separator(line)).any(|cell| cell.trim() == "uid");
        is_header.then_some(line)
    })?;
    let cells: Vec<&str> = fields.split(separator(fields)).map(str::trim).collect();
    let place = |name: &str| cells.iter().position(|cell| *cell == name);
    let found = place("uid").zip(place("label"));
    Some(
        found.ok_or_else(|| Error::Labels {
            line: idx + 1,
            detail: format!("no uid and label in {fields:?}"),
        }),
    )
}

/// The label that is looked for: the one asked for, or the one among those that occur that means it.
pub(super) fn positive(asked: Option<&str>, labels: &[Option<&str>]) -> Result<String, Error> {
    let mut names: Vec<&str> = labels.iter().flatten().copied().collect();
    names.sort_unstable();
    names.dedup();
    let is_wanted = |name: &&&str| match asked {
        Some(asked) => **name == asked,
        None => POSITIVE.contains(&name.to_ascii_lowercase().as_str()),
    };
    match names.iter().find(is_wanted) {
        Some(name) => Ok((*name).to_owned()),
        None => Err(Error::NoPositive {
            asked: asked.unwrap_or("beacon").to_owned(),
            found: names.iter().take(10).map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", "),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_all_kinds_are_understood() {
        let files = [
            "uid,label\nC1,beacon\nC2,benign\n",
            "C1\tbeacon\nC2\tbenign\tnote\r\n",
            "#separator \\x09\n#fields\tts\tuid\tlabel\n#types\ttime\tstring\tstring\n1.5\tC1\tbeacon\n2.5\tC2\tbenign\n#close\t-\n",
            "label\tuid\nbeacon\tC1\nbenign\tC2",
        ];
        for file in files {
            let labels = Labels::parse(file).unwrap();
            assert_eq!(
                (labels.get("C1"), labels.get("C2"), labels.len()),
                (Some("beacon"), Some("benign"), 2)
            );
        }
    }

    #[test]
    fn what_is_no_label_file_says_where() {
        assert!(Labels::parse("C1\n").unwrap_err().to_string().contains("line 1"));
        assert!(Labels::parse("").unwrap_err().to_string().contains("no label"));
        assert!(Labels::parse("uid\tkind\nC1\tx\n").unwrap_err().to_string().contains("kind"));
    }

    #[test]
    fn the_positive_label_is_the_one_asked_for_or_known() {
        let labels = [Some("benign"), None, Some("Malicious")];
        assert_eq!(positive(None, &labels).unwrap(), "Malicious");
        assert_eq!(positive(Some("benign"), &labels).unwrap(), "benign");
        let error = positive(Some("x"), &labels).unwrap_err().to_string();
        assert!(error.contains("\"benign\"") && error.contains('x'));
    }
}
