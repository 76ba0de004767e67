use crate::Error;
use bro_features::stats::HyperLogLog;
use std::collections::HashMap;
use std::sync::Arc;

/// What connections are, by `uid`: from a file beside the log.
///
/// A line is a `uid` and its label, separated by a tab or a comma; a Zeek log with the columns `uid` and `label` is read
/// by its header. Later lines go before earlier ones. Memory 16 to 32 bytes a line.
///
/// ```
/// use bro_analysis::ClassLabels;
/// let labels = ClassLabels::parse(b"C1,benign\nC2,scan\n")?;
/// assert_eq!((labels.len(), labels.get(b"C2"), labels.get(b"C3")), (2, Some("scan"), None));
/// # Ok::<(), bro_analysis::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClassLabels {
    codes: HashMap<u64, u16>,
    names: Vec<Arc<str>>,
}

/// Most labels that are told apart.
pub(super) const MOST_LABELS: usize = 64;

impl ClassLabels {
    /// Reads lines of `uid` and label.
    ///
    /// # Errors
    /// [`Error::Labels`] naming the line, if it has no label, or if there are more than 64 labels or none.
    pub fn parse(text: &[u8]) -> Result<Self, Error> {
        let mut labels = Self::default();
        let mut places = (0, 1);
        for (i, line) in text.split(|byte| *byte == b'\n').enumerate() {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let refused = |problem: &str| Error::Labels { line: i + 1, detail: problem.to_owned() };
            if let Some(fields) = line.strip_prefix(b"#fields\t") {
                places = header(fields).ok_or_else(|| refused("the header has no columns uid and label"))?;
                continue;
            }
            if line.is_empty() || line.starts_with(b"#") {
                continue;
            }
            let separator = if line.contains(&b'\t') { b'\t' } else { b',' };
            let cells: Vec<&[u8]> = line.split(|byte| *byte == separator).collect();
            let (Some(uid), Some(label)) = (cells.get(places.0), cells.get(places.1)) else {
                return Err(refused("expected a uid and a label, separated by a tab or a comma"));
            };
            let code =
                labels.code(label).ok_or_else(|| refused("this is the 65th label, expected at most 64"))?;
            labels.codes.insert(HyperLogLog::hash(uid), code);
        }
        if labels.codes.is_empty() {
            return Err(Error::Labels { line: 1, detail: "the file has no labels".to_owned() });
        }
        Ok(labels)
    }

    fn code(&mut self, label: &[u8]) -> Option<u16> {
        let label = String::from_utf8_lossy(label);
        if let Some(code) = self.names.iter().position(|known| **known == *label) {
            return Some(code as u16);
        }
        if self.names.len() == MOST_LABELS {
            return None;
        }
        self.names.push(Arc::from(&*label));
        Some(self.names.len() as u16 - 1)
    }

    /// The label of a `uid`.
    #[must_use]
    pub fn get(&self, uid: &[u8]) -> Option<&str> {
        self.name(uid).map(|name| &**name)
    }

    pub(super) fn name(&self, uid: &[u8]) -> Option<&Arc<str>> {
        self.codes.get(&HyperLogLog::hash(uid)).map(|code| &self.names[usize::from(*code)])
    }

    /// Number of connections that have a label.
    #[must_use]
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// True if none has.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }
}

/// Places of `uid` and `label` among the fields.
fn header(fields: &[u8]) -> Option<(usize, usize)> {
    let names: Vec<&[u8]> = fields.split(|byte| *byte == b'\t').collect();
    let place = |wanted: &[u8]| names.iter().position(|name| *name == wanted);
    Some((place(b"uid")?, place(b"label")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeek_logs_tabs_and_commas_are_read_and_errors_name_the_line() {
        let log = b"#separator \\x09\n#fields\tts\tuid\tfamily\tlabel\n1\tCa\tx\tscan\n2\tCb\ty\tbenign\n#close\t1\n";
        let labels = ClassLabels::parse(log).unwrap();
        assert_eq!((labels.get(b"Ca"), labels.get(b"Cb")), (Some("scan"), Some("benign")));
        assert_eq!(ClassLabels::parse(b"Ca\tone\r\nCa,two\n").unwrap().get(b"Ca"), Some("two"));
        for (text, word) in
            [(&b"Ca,x\nCb\n"[..], "line 2"), (b"", "no labels"), (b"#fields\tts\tid\n", "uid and label")]
        {
            let message = ClassLabels::parse(text).unwrap_err().to_string();
            assert!(message.contains(word), "{message}");
        }
        let many: String = (0..65).map(|i| format!("C{i},label{i}\n")).collect();
        assert!(ClassLabels::parse(many.as_bytes()).unwrap_err().to_string().contains("line 65"));
    }
}
