use std::borrow::Cow;

/// `text` with everything escaped that could move the cursor, colour the screen, reorder or hide other text.
///
/// ```
/// use bro_report::printable;
/// assert_eq!(printable("cafe\u{301}"), "cafe\u{301}");
/// assert_eq!(printable("evil\u{202e}txt.exe\n"), r"evil\u{202e}txt.exe\n");
/// ```
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_harmful) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if is_harmful(character) {
            safe.extend(character.escape_default());
        } else {
            safe.push(character);
        }
    }
    Cow::Owned(safe)
}

/// Control characters, line and paragraph separators, and the invisible characters that steer bidirectional text or
/// join what stands apart.
fn is_harmful(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_sequences_lose_their_power() {
        for hostile in ["\u{1b}[2J", "\u{9b}31m", "\r", "\u{7f}", "\u{2066}", "\u{e0041}"] {
            let safe = printable(hostile);
            assert!(!safe.chars().any(is_harmful), "{hostile:?}");
            assert!(!safe.is_empty());
        }
    }
}
