//! Figures as people read them: counts with their noun, durations, rates.

/// Returns `1 file`, `3 files`, `1,200 files`.
pub fn count(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", thousands(number))
}

/// Returns a number with a comma before each group of three digits.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Returns a size with the unit that fits: `700 bytes`, `64 MiB`, `7.6 GiB`.
pub fn size(bytes: u64) -> String {
    let tenths = |unit: u64| bytes.saturating_mul(10) / unit;
    match bytes {
        0..1024 => count(bytes, "byte"),
        1024..1_048_576 => format!("{} kiB", bytes >> 10),
        1_048_576..1_073_741_824 => format!("{} MiB", bytes >> 20),
        _ => format!("{}.{} GiB", thousands(tenths(1 << 30) / 10), tenths(1 << 30) % 10),
    }
}

/// Returns a duration with the two units that matter: `740 ms`, `3.2 s`, `4 min 10 s`, `2 h 5 min`.
pub fn duration(ms: u64) -> String {
    let seconds = ms / 1000;
    match seconds {
        0 => format!("{ms} ms"),
        1..60 => format!("{seconds}.{} s", ms % 1000 / 100),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// Returns a duration that is not known better than to the second: `about 12 s`, `about 4 min`.
pub fn about(ms: u64) -> String {
    match ms.div_ceil(1000) {
        seconds @ 0..90 => format!("about {seconds} s"),
        seconds @ 90..5400 => format!("about {} min", (seconds + 30) / 60),
        seconds => format!("about {} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// Returns items for each second, `None` before there is anything to judge by.
pub fn rate(items: u64, over_ms: u64) -> Option<f64> {
    (items > 0 && over_ms > 0).then(|| items as f64 * 1000.0 / over_ms as f64)
}

/// Returns a rate with as many digits as it deserves: `120/s`, `3.4/s`, `12/min`.
pub fn per_second(rate: f64) -> String {
    match rate {
        rate if rate >= 10.0 => format!("{}/s", thousands(rate.round() as u64)),
        rate if rate >= 1.0 => format!("{rate:.1}/s"),
        rate => format!("{:.0}/min", (rate * 60.0).max(1.0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_well() {
        assert_eq!(count(1, "file"), "1 file");
        assert_eq!(count(1_234_567, "file"), "1,234,567 files");
        assert_eq!(duration(740), "740 ms");
        assert_eq!(duration(3_249), "3.2 s");
        assert_eq!(duration(250_000), "4 min 10 s");
        assert_eq!(duration(7_500_000), "2 h 5 min");
        assert_eq!(about(11_200), "about 12 s");
        assert_eq!(about(250_000), "about 4 min");
        assert_eq!(per_second(1234.4), "1,234/s");
        assert_eq!(per_second(3.42), "3.4/s");
        assert_eq!(per_second(0.2), "12/min");
    }

    #[test]
    fn nothing_done_has_no_rate() {
        assert_eq!(rate(0, 100), None);
        assert_eq!(rate(5, 0), None);
    }
}
