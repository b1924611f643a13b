//! Times on an axis: read as ISO 8601, written as short as their steps allow. Without an offset they are UTC.

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveTime};

use super::axis::Tick;

const DAY: f64 = 86_400.0;

/// Steps that are so many seconds, from a thousandth of one to two weeks.
const SECONDS: [f64; 30] = [
    0.001,
    0.002,
    0.005,
    0.01,
    0.02,
    0.05,
    0.1,
    0.2,
    0.5,
    1.0,
    2.0,
    5.0,
    10.0,
    15.0,
    30.0,
    60.0,
    120.0,
    300.0,
    600.0,
    900.0,
    1800.0,
    3600.0,
    7200.0,
    10_800.0,
    21_600.0,
    43_200.0,
    DAY,
    2.0 * DAY,
    7.0 * DAY,
    14.0 * DAY,
];

/// Steps that are so many months, up to a thousand years.
const MONTHS: [u32; 13] = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 6000, 12_000];

/// Returns the seconds since 1970 of a date (`2024-03`, `2024-03-01`), or of a date and a time
/// (`2024-03-01T14:30:05.5+01:00`, also with a blank, without seconds or with `Z`).
pub(crate) fn parse(text: &str) -> Option<f64> {
    let text = text.trim();
    let form: String = text.chars().take(10).map(|letter| if letter.is_ascii_digit() { '0' } else { letter }).collect();
    if form == "0000-00" {
        return Some(seconds(&format!("{text}-01"), "00:00")? as f64);
    }
    if form != "0000-00-00" {
        return None;
    }
    let (date, rest) = text.split_at(10);
    let Some(rest) = rest.strip_prefix(['T', ' ']) else {
        return if rest.is_empty() { Some(seconds(date, "00:00")? as f64) } else { None };
    };
    let (rest, offset) = match (rest.strip_suffix('Z'), rest.find(['+', '-'])) {
        (Some(rest), _) => (rest, 0),
        (None, Some(at)) => (&rest[..at], offset(&rest[at..])?),
        (None, None) => (rest, 0),
    };
    let (clock, part) = match rest.split_once('.') {
        Some((clock, digits)) => (clock, fraction(digits)?),
        None => (rest, 0.0),
    };
    Some((seconds(date, clock)? - offset) as f64 + part)
}

fn seconds(date: &str, clock: &str) -> Option<i64> {
    let date = NaiveDate::parse_from_str(date, "%Y-%m-%d").ok()?;
    let clock = NaiveTime::parse_from_str(clock, "%H:%M:%S").or_else(|_| NaiveTime::parse_from_str(clock, "%H:%M"));
    Some(date.and_time(clock.ok()?).and_utc().timestamp())
}

/// Returns the number whose digits stand behind the point.
fn fraction(digits: &str) -> Option<f64> {
    let all = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    format!("0.{digits}").parse().ok().filter(|_| all)
}

/// Reads `+01:00`, `-0530` or `+02`.
fn offset(text: &str) -> Option<i64> {
    let digits: String = text[1..].chars().filter(|letter| *letter != ':').collect();
    let known = matches!(digits.len(), 2 | 4) && digits.bytes().all(|digit| digit.is_ascii_digit());
    let number: i64 = digits.parse().ok().filter(|_| known)?;
    let (hours, minutes) = if digits.len() == 2 { (number, 0) } else { (number / 100, number % 100) };
    let seconds = (hours * 60 + minutes) * 60;
    Some(if text.starts_with('-') { -seconds } else { seconds })
}

/// Returns about `wanted` round times between two, in seconds since 1970.
pub(crate) fn ticks(from: f64, to: f64, wanted: usize, place: impl Fn(f64) -> Option<f64>) -> Vec<Tick> {
    let rough = (to - from) / wanted.max(1) as f64;
    let tick = |time: f64, form: &str| Some(Tick { at: place(time)?, label: label(time, form)? });
    let Some(step) = SECONDS.into_iter().find(|step| *step >= rough * 0.999) else {
        let month =
            MONTHS.into_iter().find(|months| f64::from(*months) * 30.0 * DAY >= rough * 0.999).unwrap_or(12_000);
        let form = if month < 12 { "%Y-%m" } else { "%Y" };
        return months(from, to, month).into_iter().filter_map(|time| tick(time, form)).collect();
    };
    let form = match step {
        ..1.0 => "%H:%M:%S%.3f",
        ..60.0 => "%H:%M:%S",
        ..DAY => "%m-%d %H:%M",
        _ => "%Y-%m-%d",
    };
    // Weeks begin on a Monday, and 1970 began on a Thursday.
    let first = if step >= 7.0 * DAY { 4.0 * DAY } else { 0.0 };
    let (low, high) = (((from - first) / step - 1e-6).ceil(), ((to - first) / step + 1e-6).floor());
    let count = (high - low).clamp(-1.0, 1000.0) as i64;
    (0..=count).filter_map(|at| tick(first + (low + at as f64) * step, form)).collect()
}

/// Returns the beginnings of months whose number, counted from the year 0, is a multiple of a step.
fn months(from: f64, to: f64, step: u32) -> Vec<f64> {
    let Some(first) = DateTime::from_timestamp(from.floor() as i64, 0).map(|time| time.date_naive()) else {
        return Vec::new();
    };
    let months = first.year() * 12 + first.month0() as i32;
    let month = months.div_euclid(step as i32) * step as i32;
    let mut next = NaiveDate::from_ymd_opt(month.div_euclid(12), month.rem_euclid(12) as u32 + 1, 1);
    let mut found = Vec::new();
    while let Some(time) = next.map(|date| date.and_time(NaiveTime::MIN).and_utc().timestamp() as f64) {
        if time > to || found.len() > 1000 {
            break;
        }
        found.extend(Some(time).filter(|time| *time >= from));
        next = next.and_then(|date| date.checked_add_months(Months::new(step)));
    }
    found
}

fn label(time: f64, form: &str) -> Option<String> {
    let nanos = ((time - time.floor()) * 1e3).round() * 1e6;
    let time = DateTime::from_timestamp(time.floor() as i64, (nanos as u32).min(999_000_000))?;
    Some(time.format(form).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(from: &str, to: &str, wanted: usize) -> Vec<String> {
        let (from, to) = (parse(from).unwrap(), parse(to).unwrap());
        ticks(from, to, wanted, Some).into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn dates_and_times_are_read_and_all_else_is_not() {
        assert_eq!(parse("1970-01-02"), Some(DAY));
        assert_eq!(parse("1970-02"), Some(31.0 * DAY));
        let noon =
            ["2024-03-01T12:00:00Z", "2024-03-01 13:00+01:00", "2024-03-01T06:30:00-0530", "2024-03-01T14:00+02"];
        assert!(noon.iter().all(|text| parse(text) == Some(1_709_294_400.0)), "{:?}", noon.map(parse));
        assert_eq!(parse("1969-12-31T23:59:59.25"), Some(-0.75));
        let dates = ["", "2024", "Jan", "2024-13-01", "2024-02-30", "2024-03-01x", "2024-3-1", "+024-03-01é"];
        let times = ["2024-03-01T25:00", "2024-03-01T12:00:00.x", "2024-03-01T12:00:00.", "2024-03-01T12:00+1"];
        for text in dates.into_iter().chain(times) {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn ticks_are_where_people_count() {
        assert_eq!(labels("2024-01-15", "2024-12-20", 12)[..3], ["2024-02", "2024-03", "2024-04"]);
        assert_eq!(labels("2019-05-01", "2024-05-01", 6), ["2020", "2021", "2022", "2023", "2024"]);
        assert_eq!(labels("2024-02-28", "2024-03-02", 4), ["2024-02-28", "2024-02-29", "2024-03-01", "2024-03-02"]);
        let mondays = labels("2024-03-01", "2024-03-31", 5);
        assert_eq!(mondays, ["2024-03-04", "2024-03-11", "2024-03-18", "2024-03-25"]);
        let hours = labels("2024-03-01T22:10", "2024-03-02T03:10", 5);
        assert_eq!(hours, ["03-01 23:00", "03-02 00:00", "03-02 01:00", "03-02 02:00", "03-02 03:00"]);
        assert_eq!(labels("2024-03-01T10:00:00", "2024-03-01T10:00:10", 2), ["10:00:00", "10:00:05", "10:00:10"]);
        let parts = labels("2024-03-01T10:00:00", "2024-03-01T10:00:00.01", 2);
        assert_eq!(parts, ["10:00:00.000", "10:00:00.005", "10:00:00.010"]);
        assert_eq!(labels("0001-01-01", "9999-12-31", 5), (1..10).map(|at| format!("{at}000")).collect::<Vec<_>>());
    }
}
