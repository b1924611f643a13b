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

/// Returns a time as `2026-11-21 13:20:05 UTC`.
pub fn when(unix_ms: u64) -> String {
    let seconds = unix_ms / 1000;
    let (year, month, day) = date(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
}

/// Returns year, month and day of the Gregorian calendar, so many days after 1970-01-01.
fn date(days: u64) -> (u64, u64, u64) {
    let is_leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    // The calendar begins anew every 400 years, which are 146,097 days.
    let (mut year, mut left) = (1970 + days / 146_097 * 400, days % 146_097);
    while left >= 365 + u64::from(is_leap(year)) {
        left -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    let lengths = [31, 28 + u64::from(is_leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 1;
    for length in lengths {
        if left < length {
            break;
        }
        left -= length;
        month += 1;
    }
    (year, month, left + 1)
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
    fn times_are_dates() {
        assert_eq!(when(0), "1970-01-01 00:00:00 UTC");
        assert_eq!(when(951_782_400_000), "2000-02-29 00:00:00 UTC");
        assert_eq!(when(1_795_267_205_999), "2026-11-21 13:20:05 UTC");
        assert_eq!(when(4_107_542_399_000), "2100-02-28 23:59:59 UTC");
    }

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
