//! Runs the binary.

use std::io::{ErrorKind, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// The binary, with its own data folder and no database or colours from outside.
pub(crate) fn bro_ml(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bro-ml"));
    command
        .env("XDG_DATA_HOME", home)
        .env("XDG_CONFIG_HOME", home)
        .env("HOME", home)
        .env_remove("BRO_ML_DATABASE_URL")
        .env("NO_COLOR", "1");
    command
}

/// What a run said.
pub(crate) struct Answer {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Answer {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("the program writes UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("the program writes UTF-8"),
        }
    }

    /// The JSON object printed by a run that must have succeeded.
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        serde_json::from_str(&self.stdout).expect("standard output is JSON")
    }

    /// Checks that the run failed with this code and a message that holds every one of these words.
    pub(crate) fn fails(&self, code: i32, words: &[&str]) {
        assert_eq!(self.code, Some(code), "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        for word in words {
            assert!(self.stderr.contains(word), "no {word:?} in {:?}", self.stderr);
        }
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
    }
}

pub(crate) fn run(command: &mut Command) -> Answer {
    Answer::of(command.stdin(Stdio::null()).output().expect("the binary runs"))
}

pub(crate) fn run_with_stdin(command: &mut Command, stdin: &[u8]) -> Answer {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let mut pipe = child.stdin.take().expect("stdin is piped");
    let stdin = stdin.to_owned();
    let writer = std::thread::spawn(move || pipe.write_all(&stdin));
    let output = child.wait_with_output().expect("the binary ends");
    match writer.join().expect("the writer does not panic") {
        // What refuses its arguments need not read.
        Err(error) if error.kind() == ErrorKind::BrokenPipe && !output.status.success() => {}
        written => written.expect("the program reads all of standard input"),
    }
    Answer::of(output)
}
