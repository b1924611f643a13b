//! Figures in words, the same in all panels.

/// Returns a size with the unit that fits: `700 bytes`, `64 KiB`, `7.6 GiB`.
pub fn bytes_in_words(bytes: u64) -> String {
    match bytes {
        0..1_024 => format!("{bytes} bytes"),
        1_024..1_048_576 => format!("{} KiB", bytes >> 10),
        1_048_576..1_073_741_824 => format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20)),
        _ => format!("{:.1} GiB", bytes as f64 / f64::from(1 << 30)),
    }
}

/// Returns a time with the unit that fits: `3 µs`, `12 ms`, `1.4 s`.
pub fn time_in_words(ms: f64) -> String {
    match ms {
        ms if ms < 0.01 => format!("{:.1} µs", ms * 1_000.0),
        ms if ms < 1.0 => format!("{:.0} µs", ms * 1_000.0),
        ms if ms < 10.0 => format!("{ms:.1} ms"),
        ms if ms < 1_000.0 => format!("{ms:.0} ms"),
        ms if ms < 60_000.0 => format!("{:.1} s", ms / 1_000.0),
        ms => format!("{:.0} min {:.0} s", (ms / 60_000.0).floor(), (ms / 1_000.0).floor() % 60.0),
    }
}

/// Returns items a second with the places that matter: `0.4/s`, `41/s`, `12k/s`.
pub fn rate_in_words(rate: f32) -> String {
    match rate {
        rate if rate < 10.0 => format!("{rate:.1}/s"),
        rate if rate < 10_000.0 => format!("{rate:.0}/s"),
        rate => format!("{:.0}k/s", rate / 1_000.0),
    }
}

/// Returns a fragment as a sentence begins; names in backticks stay.
pub fn sentence(fragment: &str) -> String {
    let mut chars = fragment.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_the_unit_that_fits() {
        assert_eq!([700, 65_536, 1 << 21, 3 << 30].map(bytes_in_words), ["700 bytes", "64 KiB", "2.0 MiB", "3.0 GiB"]);
        let times = [0.003, 0.25, 3.42, 250.0, 1_400.0, 125_000.0].map(time_in_words);
        assert_eq!(times, ["3.0 µs", "250 µs", "3.4 ms", "250 ms", "1.4 s", "2 min 5 s"]);
        assert_eq!([0.42, 41.3, 12_345.0].map(rate_in_words), ["0.4/s", "41/s", "12k/s"]);
    }
}
