#![expect(clippy::print_stderr, reason = "this is where the program speaks to its user")]

use anyhow::Context;
use bro_analysis::Warning;
use bro_report::{Style, printable};
use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::Path;

/// Prints findings on standard output.
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        stdout.write_all(b"\n")?;
    }
    stdout.flush()
}

/// Whether standard output may be coloured.
pub(crate) fn style() -> Style {
    let is_plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
        || std::env::var_os("TERM").is_some_and(|term| term == "dumb")
        || !io::stdout().is_terminal();
    if is_plain { Style::Plain } else { Style::Colour }
}

/// Writes a report to a file.
pub(crate) fn write_file(path: &Path, text: &str) -> anyhow::Result<()> {
    fs::write(path, text).with_context(|| format!("{} could not be written", path.display()))
}

/// Tells on standard error what the reader of the findings should know.
pub(crate) fn warn<'a>(warnings: impl IntoIterator<Item = &'a Warning>) {
    for warning in warnings {
        eprintln!("warning: {}", printable(&warning.to_string()));
    }
}

/// Tells on standard error what was done beside printing.
pub(crate) fn note(text: &str) {
    eprintln!("{}", printable(text));
}

/// Asks for a password, which is not shown; `None` where nobody is there to answer.
pub(crate) fn ask_password(prompt: &str) -> io::Result<Option<String>> {
    let terminal = console::Term::stderr();
    if !terminal.is_term() || !io::stdin().is_terminal() {
        return Ok(None);
    }
    terminal.write_str(&printable(prompt))?;
    terminal.read_secure_line().map(Some)
}

/// Tells on standard error why the program failed.
pub(crate) fn error(error: &anyhow::Error) {
    eprintln!("error: {}", printable(&message(error)));
}

/// The error and its causes, but for those that the text before them ends with already.
fn message(error: &anyhow::Error) -> String {
    error.chain().fold(String::new(), |message, cause| {
        let cause = cause.to_string();
        match message.as_str() {
            "" => cause,
            told if told.ends_with(&cause) => message,
            told => format!("{told}: {cause}"),
        }
    })
}

/// True if the reader of our output has gone away, which is no failure of ours.
pub(crate) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let mut causes = error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>());
    causes.any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_told_once() {
        let cause =
            anyhow::anyhow!("no such file").context("conn.log: no such file").context("nothing was read");
        assert_eq!(message(&cause), "nothing was read: conn.log: no such file");
    }
}
