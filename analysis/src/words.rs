//! Numbers as people say them.

/// `bytes` with a binary prefix: `512 B`, `1.5 KiB`, `3.2 GiB`.
///
/// ```
/// assert_eq!(bro_analysis::bytes_in_words(1536.0), "1.5 KiB");
/// ```
#[must_use]
pub fn bytes_in_words(bytes: f64) -> String {
    const PREFIXES: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024.0 {
        return format!("{bytes:.0} B");
    }
    let mut value = bytes / 1024.0;
    let mut prefix = 0;
    while value >= 1024.0 && prefix + 1 < PREFIXES.len() {
        value /= 1024.0;
        prefix += 1;
    }
    format!("{value:.1} {}", PREFIXES[prefix])
}

/// `seconds` in the two largest units that matter: `340 µs`, `12 ms`, `1.5 s`, `3 min 20 s`, `2 d 4 h`.
///
/// ```
/// assert_eq!(bro_analysis::duration_in_words(200.0), "3 min 20 s");
/// ```
#[must_use]
pub fn duration_in_words(seconds: f64) -> String {
    if seconds <= 0.0 {
        return "0 s".to_owned();
    }
    if seconds < 0.9995e-3 {
        return format!("{:.0} µs", seconds * 1e6);
    }
    if seconds < 0.9995 {
        return format!("{:.0} ms", seconds * 1e3);
    }
    if seconds < 59.95 {
        return format!("{seconds:.1} s");
    }
    let whole = seconds.round() as u64;
    let (large, small, unit, sub_unit) = match whole {
        ..3600 => (whole / 60, whole % 60, "min", "s"),
        3600..86_400 => (whole / 3600, whole % 3600 / 60, "h", "min"),
        _ => (whole / 86_400, whole % 86_400 / 3600, "d", "h"),
    };
    if small == 0 { format!("{large} {unit}") } else { format!("{large} {unit} {small} {sub_unit}") }
}

/// `count` with its thousands set apart: `8,462`.
///
/// ```
/// assert_eq!(bro_analysis::count_in_words(20_000_000), "20,000,000");
/// ```
#[must_use]
pub fn count_in_words(count: u64) -> String {
    let digits = count.to_string();
    let mut words = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            words.push(',');
        }
        words.push(digit);
    }
    words
}

/// `share` (0 to 1) as a percentage with as many digits as a small one needs: `42 %`, `0.03 %`.
///
/// ```
/// assert_eq!(bro_analysis::share_in_words(0.0003), "0.03 %");
/// ```
#[must_use]
pub fn share_in_words(share: f64) -> String {
    let percent = share * 100.0;
    match percent {
        p if p >= 9.95 => format!("{p:.0} %"),
        p if p >= 0.095 => format!("{p:.1} %"),
        p if p >= 0.000_95 => {
            let decimals = (-p.log10()).ceil() as usize;
            format!("{p:.decimals$} %")
        }
        0.0 => "0 %".to_owned(),
        _ => "under 0.001 %".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_take_the_largest_prefix_that_leaves_a_whole_part() {
        let cases =
            [(0.0, "0 B"), (1023.0, "1023 B"), (1024.0, "1.0 KiB"), (5e9, "4.7 GiB"), (1.8e19, "15.6 EiB")];
        for (bytes, expected) in cases {
            assert_eq!(bytes_in_words(bytes), expected);
        }
    }

    #[test]
    fn durations_never_show_sixty_of_anything() {
        let cases = [
            (0.0, "0 s"),
            (0.000_34, "340 µs"),
            (0.9999, "1.0 s"),
            (59.96, "1 min"),
            (3599.9, "1 h"),
            (7260.0, "2 h 1 min"),
            (187_200.0, "2 d 4 h"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(duration_in_words(seconds), expected);
        }
    }

    #[test]
    fn shares_keep_one_digit_that_says_something() {
        let cases =
            [(0.5, "50 %"), (0.0123, "1.2 %"), (0.000_03, "0.003 %"), (1e-9, "under 0.001 %"), (0.0, "0 %")];
        for (share, expected) in cases {
            assert_eq!(share_in_words(share), expected);
        }
    }
}
