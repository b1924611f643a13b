//! Durations (`250ms`, `30s`, `5m`) and sizes (`64MiB`) as graphs and flags write them.

use std::time::Duration;

/// Why a text is no duration or size.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a {what}; write it like {example}")]
pub struct UnitError {
    text: String,
    what: &'static str,
    example: &'static str,
}

const DURATIONS: [(&str, f64); 4] = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0)];
const SIZES: [(&str, u64); 9] = [
    ("TiB", 1 << 40),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("TB", 1_000_000_000_000),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("kB", 1_000),
    ("B", 1),
];

/// Reads a duration: `250ms`, `1.5s`, `5m`, `2h`; at most a year.
///
/// # Errors
/// Refuses anything else.
pub fn parse_duration(text: &str) -> Result<Duration, UnitError> {
    let error =
        || UnitError { text: text.chars().take(40).collect(), what: "duration", example: "`250ms`, `30s` or `5m`" };
    let (number, unit) = split(text);
    let scale = DURATIONS.iter().find(|(name, _)| *name == unit).ok_or_else(error)?.1;
    let seconds = number.parse::<f64>().ok().ok_or_else(error)? * scale;
    let a_year = 366.0 * 24.0 * 3600.0;
    if (0.0..=a_year).contains(&seconds) { Ok(Duration::from_secs_f64(seconds)) } else { Err(error()) }
}

/// Reads a size in bytes: `64MiB`, `2GiB`, `500kB`.
///
/// # Errors
/// Refuses anything else, and what 64 bits cannot count.
pub fn parse_size(text: &str) -> Result<u64, UnitError> {
    let error = || UnitError { text: text.chars().take(40).collect(), what: "size", example: "`64MiB` or `2GiB`" };
    let (number, unit) = split(text);
    let scale = SIZES.iter().find(|(name, _)| *name == unit).ok_or_else(error)?.1;
    let whole = number.parse::<u64>().ok().and_then(|whole| whole.checked_mul(scale));
    let fraction = || number.parse::<f64>().ok().map(|float| float * scale as f64);
    let bytes = whole.or_else(|| fraction().filter(|bytes| (0.0..1e18).contains(bytes)).map(|bytes| bytes as u64));
    bytes.ok_or_else(error)
}

/// Writes a duration the way it is read.
pub fn print_duration(duration: Duration) -> String {
    if !duration.subsec_nanos().is_multiple_of(1_000_000) {
        return format!("{}s", duration.as_secs_f64());
    }
    let ms = duration.as_millis();
    match ms {
        ms if ms % 60_000 == 0 && ms > 0 => format!("{}m", ms / 60_000),
        ms if ms % 1_000 == 0 => format!("{}s", ms / 1_000),
        ms => format!("{ms}ms"),
    }
}

fn split(text: &str) -> (&str, &str) {
    let at = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    (text[..at].trim(), &text[at..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_sizes_are_read() {
        assert_eq!(parse_duration("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(parse_duration("5m"), Ok(Duration::from_secs(300)));
        assert_eq!(parse_size("64MiB"), Ok(64 << 20));
        assert_eq!(parse_size("1.5kB"), Ok(1500));
        assert_eq!(print_duration(Duration::from_millis(1500)), "1500ms");
        assert_eq!(print_duration(Duration::from_micros(1500)), "0.0015s");
    }

    #[test]
    fn what_has_no_unit_is_refused() {
        for text in ["", "5", "s", "-1s", "1e99h", "NaNs", "5 parsecs"] {
            assert!(parse_duration(text).is_err(), "{text}");
            assert!(parse_size(text).is_err(), "{text}");
        }
    }
}
