use std::fs::File;
use std::io::{self, Read};

/// Copies everything into a temporary file that no name points to; returns it with its length.
pub(super) fn spool(mut reader: impl Read) -> io::Result<(File, u64)> {
    let mut file = tempfile::tempfile()?;
    let n_bytes = io::copy(&mut reader, &mut file)?;
    Ok((file, n_bytes))
}
