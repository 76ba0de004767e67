use super::CutTime;
use crate::Fault;

/// Converts times, the last one remembered: in a log most times share their second with the one before.
pub(super) struct Times<'a> {
    write: &'a mut CutTime<'a>,
    last: Option<i64>,
    text: Vec<u8>,
}

impl<'a> Times<'a> {
    pub(super) fn new(write: &'a mut CutTime<'a>) -> Self {
        Self { write, last: None, text: Vec::new() }
    }

    /// The text for a cell such as `1258531221.486539`; whole seconds alone count, and only from 1970 on.
    pub(super) fn convert(&mut self, cell: &[u8]) -> Result<&[u8], Fault> {
        let seconds = seconds(cell)?;
        if self.last != Some(seconds) {
            self.text.clear();
            self.last = None;
            if !(self.write)(seconds, &mut self.text) {
                return Err(Fault::Range);
            }
            self.last = Some(seconds);
        }
        Ok(&self.text)
    }
}

/// `1258531221` in `1258531221.486539`
fn seconds(cell: &[u8]) -> Result<i64, Fault> {
    if cell.starts_with(b"-") {
        return Err(Fault::Range);
    }
    let dot = cell.iter().position(|&byte| byte == b'.').ok_or(Fault::Syntax)?;
    if dot == 0 {
        return Err(Fault::Syntax);
    }
    cell[..dot].iter().try_fold(0_i64, |seconds, &byte| {
        let digit = byte.is_ascii_digit().then(|| i64::from(byte - b'0')).ok_or(Fault::Syntax)?;
        seconds.checked_mul(10).and_then(|tens| tens.checked_add(digit)).ok_or(Fault::Range)
    })
}
