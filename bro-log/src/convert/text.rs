//! Bytes as UTF-8, and numbers as JSON has them.

use std::borrow::Cow;

use crate::{number::Port, value::Value};

/// The bytes as text; whatever is not UTF-8 as `\xhh`, and whether that was needed.
pub(super) fn utf8(bytes: &[u8]) -> (Cow<'_, str>, bool) {
    if let Ok(text) = str::from_utf8(bytes) {
        return (Cow::Borrowed(text), false);
    }
    let mut text = String::with_capacity(bytes.len() + 8);
    for chunk in bytes.utf8_chunks() {
        text += chunk.valid();
        for byte in chunk.invalid() {
            text += &format!("\\x{byte:02x}");
        }
    }
    (Cow::Owned(text), true)
}

/// Microseconds as seconds, with as many decimals as needed and at least one.
pub(super) fn seconds(micros: i64) -> String {
    let text = crate::time::Time(micros).to_string();
    let trimmed = text.trim_end_matches('0');
    if trimmed.ends_with('.') { format!("{trimmed}0") } else { trimmed.to_owned() }
}

/// The shortest digits that read back as the same number.
pub(super) fn double(number: f64) -> Option<String> {
    number
        .is_finite()
        .then(|| serde_json::Number::from_f64(number).map(|number| number.to_string()))
        .flatten()
}

/// A value as plain text, in Zeek's spelling; sets and vectors as JSON arrays. Whether bytes had to be escaped.
pub(super) fn plain<'v>(value: &'v Value<'_>) -> (Cow<'v, str>, bool) {
    if let Some(bytes) = value.as_bytes() {
        return utf8(bytes);
    }
    let text = match value {
        Value::Unset => String::new(),
        Value::Bool(value) => if *value { "T" } else { "F" }.to_owned(),
        Value::Int(number) => number.to_string(),
        Value::Count(number) => number.to_string(),
        Value::Double(number) => double(*number).unwrap_or_else(|| number.to_string()),
        Value::Time(time) => time.to_string(),
        Value::Interval(interval) => interval.to_string(),
        Value::Port(Port { number, .. }) => number.to_string(),
        Value::Addr(addr) => addr.to_string(),
        Value::Subnet(subnet) => subnet.to_string(),
        _ => {
            let mut json = Vec::new();
            let is_escaped = super::json::write_value(value, &mut json);
            return (Cow::Owned(String::from_utf8_lossy(&json).into_owned()), is_escaped);
        }
    };
    (Cow::Owned(text), false)
}
