//! Passwords in arguments can be read by everybody who may list processes. A program whose arguments hold some is started
//! anew in the same process, with addresses that show `***` in their place, and gets the real ones by its environment,
//! which only its own user can read.

use bro_store::DatabaseUrl;
use std::ffi::OsString;

#[cfg(unix)]
const VARIABLE: &str = "BRO_ML_ARGUMENTS";

/// The program's arguments; if they hold a password, this does not return but starts the program anew.
pub(crate) fn arguments() -> Vec<OsString> {
    #[cfg(unix)]
    if let Some(arguments) = unix::handed_down() {
        return arguments;
    }
    let arguments: Vec<_> = std::env::args_os().collect();
    #[cfg(unix)]
    unix::start_anew(&arguments);
    arguments
}

/// The argument as others may see it, if that is something else.
fn redacted(argument: &str) -> Option<String> {
    let (option, url) = match argument.split_once('=') {
        Some((option, url)) if option.starts_with("--") => (format!("{option}="), url),
        _ => (String::new(), argument),
    };
    let url: DatabaseUrl = url.parse().ok()?;
    url.has_password().then(|| format!("{option}{url}"))
}

#[cfg(unix)]
mod unix {
    use super::{VARIABLE, redacted};
    use std::ffi::{OsStr, OsString};
    use std::os::unix::ffi::{OsStrExt, OsStringExt};
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    /// Between two arguments; one that holds it would be split, so such arguments are left as they are.
    const SEPARATOR: u8 = 0x1f;

    /// The arguments of the program that this process was before.
    pub(super) fn handed_down() -> Option<Vec<OsString>> {
        let handed = std::env::var_os(VARIABLE)?;
        let mut parts = handed.as_bytes().split(|byte| *byte == SEPARATOR);
        let is_own = parts.next()? == std::process::id().to_string().as_bytes();
        is_own.then(|| parts.map(|part| OsString::from_vec(part.to_vec())).collect())
    }

    pub(super) fn start_anew(arguments: &[OsString]) {
        let shown: Vec<_> = arguments.iter().map(|argument| argument.to_str().and_then(redacted)).collect();
        let is_splittable = arguments.iter().all(|argument| !argument.as_bytes().contains(&SEPARATOR));
        let (Ok(program), true) = (std::env::current_exe(), is_splittable) else { return };
        if shown.iter().all(Option::is_none) {
            return;
        }
        let mut handed = std::process::id().to_string().into_bytes();
        for argument in arguments {
            handed.push(SEPARATOR);
            handed.extend_from_slice(argument.as_bytes());
        }
        let mut shown =
            arguments.iter().zip(shown).map(|(real, shown)| shown.map_or(real.clone(), OsString::from));
        let mut command = Command::new(program);
        command.arg0(shown.next().unwrap_or_default());
        // What comes back is why it could not be started; then it goes on as it is.
        let _error = command.args(shown).env(VARIABLE, OsStr::from_bytes(&handed)).exec();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_with_passwords_are_changed() {
        let rows = [
            ("mysql://ann:pw@host/db", Some("mysql://ann:***@host/db")),
            ("--database=postgres://ann:pw@host/db", Some("--database=postgres://ann:***@host/db")),
            ("postgres://host/db?password=pw", Some("postgres://host/db?password=***")),
            ("mysql://ann@host/db", None),
            ("sqlite://a:b@c", None),
            ("--database", None),
            ("conn.log", None),
        ];
        for (argument, shown) in rows {
            assert_eq!(redacted(argument).as_deref(), shown, "{argument}");
        }
    }
}
