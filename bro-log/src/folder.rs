//! Folders of logs: rotated, compressed, in folders of days.

use std::{
    cmp::Ordering,
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
};

use crate::{
    error::Error,
    header::Header,
    reader::{Item, ReaderBuilder},
    source::Source,
    standard::path_of_name,
    time::Time,
    value::Value,
};

/// The logs below a folder, in the order in which they were begun.
///
/// A log is known by what stands in it, never by its ending: a header, a JSON object, or, where the file's name begins
/// with that of a standard log, rows without either. Folders below are searched too, links followed, once each.
///
/// The order is that of the `#open` lines; a log without one counts from the `ts` of its first row, and where neither
/// decides, names do, numbers in them by value.
///
/// ```
/// let folder = tempfile::tempdir()?;
/// let log = |path: &str| format!("#separator \\x09\n#path\t{path}\n#fields\tuid\n#types\tstring\nC1\n");
/// std::fs::write(folder.path().join("conn.10.log"), log("conn"))?;
/// std::fs::write(folder.path().join("conn.9.log"), log("conn"))?;
/// std::fs::write(folder.path().join("dns.log"), log("dns"))?;
/// std::fs::write(folder.path().join("notes.txt"), "dear diary\n")?;
/// let found = bro_log::LogFolder::read(folder.path())?;
/// let names: Vec<_> = found.logs.iter().map(|log| log.path.file_name().unwrap()).collect();
/// assert_eq!(names, ["conn.9.log", "conn.10.log", "dns.log"]);
/// assert_eq!((found.logs[0].kind.as_deref(), found.others.len()), (Some("conn"), 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogFolder {
    /// The logs, in order.
    pub logs: Vec<FoundLog>,
    /// Files that are no logs, or empty, by name.
    pub others: Vec<PathBuf>,
}

/// A log that was found in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FoundLog {
    /// Its file.
    pub path: PathBuf,
    /// The `#path` of its first header, or what its name tells.
    pub kind: Option<String>,
    /// What `#open` says, taken as UTC, or the first row's `ts`.
    pub started: Option<Time>,
}

impl LogFolder {
    /// Searches a folder; opens each file and reads its first lines.
    ///
    /// # Errors
    /// [`Error::Open`] if a folder cannot be listed, or a file that has the name of a standard log cannot be opened.
    pub fn read(folder: impl AsRef<Path>) -> Result<Self, Error> {
        let mut found = Self::default();
        found.search(folder.as_ref(), &mut HashSet::new())?;
        found.logs.sort_by(|one, two| {
            one.started.cmp(&two.started).then_with(|| natural(&name(&one.path), &name(&two.path)))
        });
        found.others.sort_by(|one, two| natural(&name(one), &name(two)));
        Ok(found)
    }

    fn search(&mut self, folder: &Path, seen: &mut HashSet<PathBuf>) -> Result<(), Error> {
        let failed = |source| Error::Open { path: name(folder), source };
        if !seen.insert(folder.canonicalize().map_err(failed)?) {
            return Ok(());
        }
        for entry in fs::read_dir(folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            match fs::metadata(&path) {
                Ok(metadata) if metadata.is_dir() => self.search(&path, seen)?,
                Ok(metadata) if metadata.is_file() => self.look_at(path)?,
                // Pipes would block, and links may lead nowhere.
                _ => self.others.push(path),
            }
        }
        Ok(())
    }

    fn look_at(&mut self, path: PathBuf) -> Result<(), Error> {
        match peek(&path) {
            Ok(Some(log)) => self.logs.push(log),
            Err(error @ Error::Open { .. }) if path_of_name(&name(&path)).is_some() => return Err(error),
            Ok(None) | Err(_) => self.others.push(path),
        }
        Ok(())
    }
}

fn name(path: &Path) -> String {
    path.display().to_string()
}

/// What the first lines of a file tell; `None` for an empty one.
fn peek(path: &Path) -> Result<Option<FoundLog>, Error> {
    const MAX_LINE: usize = 1 << 20;
    let by_name = path_of_name(&name(path)).map(str::to_owned);
    let source = Source::open(path)?;
    let mut reader = ReaderBuilder::new().max_line(MAX_LINE).from_source(&source)?;
    let header = match reader.next_item() {
        Ok(Some(Item::Header(header))) => Header::clone(header),
        Ok(_) => return Ok(None),
        Err(Error::SchemaNeeded { .. }) if by_name.is_some() => {
            return Ok(Some(FoundLog { path: path.to_owned(), kind: by_name, started: None }));
        }
        Err(error) => return Err(error),
    };
    let first_ts = || match reader.next_record().ok()??.get_by_name("ts") {
        Ok(Some(Value::Time(ts))) => Some(ts),
        _ => None,
    };
    let started = header.open().and_then(time_of_open).or_else(first_ts);
    Ok(Some(FoundLog { path: path.to_owned(), kind: header.path().map(str::to_owned).or(by_name), started }))
}

/// The time of `2026-01-02-03-04-05`.
fn time_of_open(open: &str) -> Option<Time> {
    let parts: Vec<i64> = open.split('-').map(str::parse).collect::<Result<_, _>>().ok()?;
    let [year, month, day, hour, minute, second] = parts[..] else { return None };
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) {
        return None;
    }
    let days = days_before_year(year) + days_before_month(year, month) + day - 1;
    Some(Time((((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000_000))
}

fn days_before_year(year: i64) -> i64 {
    let leap_days = |year: i64| year / 4 - year / 100 + year / 400;
    (year - 1970) * 365 + leap_days(year - 1) - leap_days(1969)
}

fn days_before_month(year: i64, month: i64) -> i64 {
    const BEFORE: [i64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    BEFORE[month as usize - 1] + i64::from(is_leap && month > 2)
}

/// Compares names as people sort them: runs of digits by their value.
fn natural(one: &str, two: &str) -> Ordering {
    let (mut left, mut right) = (one.as_bytes(), two.as_bytes());
    loop {
        let (n_left, n_right) = (n_digits(left), n_digits(right));
        if n_left > 0 && n_right > 0 {
            let value =
                |digits: &'_ [u8]| digits.iter().position(|&digit| digit != b'0').unwrap_or(digits.len());
            let (a, b) = (&left[value(&left[..n_left])..n_left], &right[value(&right[..n_right])..n_right]);
            let order = a.len().cmp(&b.len()).then_with(|| a.cmp(b));
            if order.is_ne() {
                return order;
            }
            (left, right) = (&left[n_left..], &right[n_right..]);
            continue;
        }
        match (left.split_first(), right.split_first()) {
            (Some((a, more_left)), Some((b, more_right))) if a == b => {
                (left, right) = (more_left, more_right)
            }
            (Some((a, _)), Some((b, _))) => return a.cmp(b),
            (None, None) => return one.cmp(two),
            (rest, _) => return if rest.is_none() { Ordering::Less } else { Ordering::Greater },
        }
    }
}

fn n_digits(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_lines_are_times() {
        let rows = [
            ("1970-01-01-00-00-00", Some(0)),
            ("2000-03-01-00-00-01", Some(951_868_801)),
            ("2024-02-29-12-30-00", Some(1_709_209_800)),
            ("2026-11-21-15-00-00", Some(1_795_273_200)),
            ("Thu Jan  1 1970", None),
            ("2026-13-01-00-00-00", None),
        ];
        for (open, seconds) in rows {
            assert_eq!(time_of_open(open), seconds.map(|seconds: i64| Time(seconds * 1_000_000)), "{open}");
        }
    }

    #[test]
    fn numbers_in_names_are_ordered_by_value() {
        let ordered = ["a/conn.log", "a/conn.log.2", "a/conn.log.10", "a/conn.log.010", "a10/x", "b"];
        for (one, two) in ordered.iter().zip(&ordered[1..]) {
            assert_ne!(natural(one, two), natural(two, one), "{one} {two}");
        }
        assert_eq!(natural("x9y", "x10"), Ordering::Less);
        assert_eq!(natural("x009", "x9"), "x009".cmp("x9"));
        assert_eq!(natural("x", "x1"), Ordering::Less);
    }

    #[test]
    fn logs_are_ordered_by_their_begin_whatever_they_are_called() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let log = |open: &str| {
            format!("#separator \\x09\n#path\tconn\n#open\t{open}\n#fields\tts\n#types\ttime\n5.0\n")
        };
        write("2026-01-02/conn.log.gz", &log("2026-01-02-00-00-00"));
        write("conn.log.1", &log("2026-01-02-09-00-00"));
        write("conn.log.2", &log("2026-01-02-08-00-00"));
        write("conn.json.log", "{\"ts\":1000.5,\"uid\":\"C1\"}\n");
        write("conn.empty.log", "");
        write("http.rows.log", "1.0\tC1\t2\n");
        write("rows.txt", "1.0\tC1\t2\n");
        let found = LogFolder::read(folder.path()).unwrap();
        let names = |paths: &mut dyn Iterator<Item = &PathBuf>| {
            let relative =
                |path: &PathBuf| name(path.strip_prefix(folder.path()).unwrap()).replace('\\', "/");
            paths.map(relative).collect::<Vec<_>>()
        };
        assert_eq!(
            names(&mut found.logs.iter().map(|log| &log.path)),
            ["http.rows.log", "conn.json.log", "2026-01-02/conn.log.gz", "conn.log.2", "conn.log.1"]
        );
        assert_eq!(names(&mut found.others.iter()), ["conn.empty.log", "rows.txt"]);
        let kinds: Vec<_> = found.logs.iter().map(|log| log.kind.as_deref().unwrap()).collect();
        assert_eq!(kinds, ["http", "conn", "conn", "conn", "conn"]);
        assert!(matches!(LogFolder::read(folder.path().join("absent")), Err(Error::Open { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_a_folder_above_ends_no_search() {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(folder.path(), folder.path().join("again")).unwrap();
        fs::write(folder.path().join("conn.log"), "{\"ts\":1.5}\n").unwrap();
        assert_eq!(LogFolder::read(folder.path()).unwrap().logs.len(), 1);
    }
}
