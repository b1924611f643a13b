//! Axes: where numbers and names lie, and which of them are written.

use serde_json::Value as Json;
use windlass_core::prelude::*;

use super::time;

/// How numbers are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Scale {
    /// Evenly.
    Linear,
    /// By their logarithm; what is not above 0 is left out.
    Log,
}

/// An axis.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Axis {
    Linear {
        from: f64,
        to: f64,
    },
    Log {
        from: f64,
        to: f64,
    },
    /// Times, in seconds since 1970.
    Time {
        from: f64,
        to: f64,
    },
    /// Names, evenly apart, each in the middle of its share.
    Names(Vec<String>),
}

/// Where an axis begins and ends, as far as that is said.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ends {
    /// `x`, `y` or `value`, as the parameters begin.
    name: &'static str,
    from: Option<End>,
    to: Option<End>,
}

#[derive(Clone, Copy, Debug)]
enum End {
    Number(f64),
    Time(f64),
}

impl Ends {
    /// Takes numbers.
    pub(crate) fn numbers(name: &'static str, from: Option<f64>, to: Option<f64>) -> Self {
        Self { name, from: from.map(End::Number), to: to.map(End::Number) }
    }

    /// Takes numbers, or texts that are dates or times.
    ///
    /// # Errors
    /// Refuses what is neither.
    pub(crate) fn read(name: &'static str, [from, to]: [&Json; 2]) -> Result<Self, NodeError> {
        let end = |json: &Json, which: &str| match json {
            Json::Null => Ok(None),
            Json::Number(number) => Ok(number.as_f64().map(End::Number)),
            Json::String(text) if time::parse(text).is_some() => Ok(time::parse(text).map(End::Time)),
            other => Err(NodeError::new(format!("parameter `{name}_{which}` is neither a number nor a date: {other}"))
                .hint("write `10`, `2024-03-01` or `2024-03-01T14:30`")
                .permanent()),
        };
        Ok(Self { name, from: end(from, "min")?, to: end(to, "max")? })
    }
}

/// A place on an axis that is written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tick {
    /// From 0 at its beginning to 1 at its end.
    pub at: f64,
    pub label: String,
}

impl Axis {
    /// Makes an axis on which all numbers lie; without any it goes from 0 to 1.
    ///
    /// # Errors
    /// Refuses numbers so far apart that their distance is no number.
    pub(crate) fn over(numbers: impl Iterator<Item = f64>, scale: Scale) -> Result<Self, NodeError> {
        let shown = numbers.filter(|number| number.is_finite() && (scale == Scale::Linear || *number > 0.0));
        let (from, to) =
            shown.fold((f64::INFINITY, f64::NEG_INFINITY), |(from, to), number| (from.min(number), to.max(number)));
        if from > to {
            return Ok(if scale == Scale::Log {
                Self::Log { from: 1.0, to: 10.0 }
            } else {
                Self::Linear { from: 0.0, to: 1.0 }
            });
        }
        if to > f64::MAX / 4.0 || from < f64::MIN / 4.0 {
            return Err(NodeError::new("the numbers are too large for an axis").permanent());
        }
        Ok(match scale {
            Scale::Log if from == to => Self::Log { from: from / 2.0, to: to * 2.0 },
            Scale::Log => Self::Log { from, to },
            Scale::Linear if from == to => {
                let room = if from == 0.0 { 1.0 } else { from.abs() * 0.1 };
                Self::Linear { from: from - room, to: to + room }
            }
            Scale::Linear => Self::Linear { from, to },
        })
    }

    /// Makes an axis on which all times lie; without any it is the first day of 1970.
    pub(crate) fn over_times(times: impl Iterator<Item = f64>) -> Self {
        let ends = times
            .filter(|time| time.is_finite())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(from, to), time| (from.min(time), to.max(time)));
        match ends {
            (from, to) if from > to => Self::Time { from: 0.0, to: 86_400.0 },
            (from, to) if from == to => Self::Time { from: from - 43_200.0, to: to + 43_200.0 },
            (from, to) => Self::Time { from, to },
        }
    }

    /// Begins and ends where it is said to.
    ///
    /// # Errors
    /// Refuses ends that are not in order, or of another kind than the axis.
    pub(crate) fn within(self, ends: &Ends) -> Result<Self, NodeError> {
        let name = ends.name;
        let (is_time, what) = match &self {
            Self::Time { .. } => (true, "times: give a date"),
            Self::Linear { .. } | Self::Log { .. } => (false, "numbers: give a number"),
            Self::Names(_) => (false, "names, which begin and end by themselves"),
        };
        let number = |end: Option<End>| match end {
            Some(End::Number(number)) if !is_time && !matches!(self, Self::Names(_)) => Ok(Some(number)),
            Some(End::Time(time)) if is_time => Ok(Some(time)),
            None => Ok(None),
            Some(_) => {
                let error = format!("`{name}_min` and `{name}_max` do not go with the axis");
                Err(NodeError::new(error).hint(format!("it is one of {what}")).permanent())
            }
        };
        let (least, most) = (number(ends.from)?, number(ends.to)?);
        let set = |from: f64, to: f64| {
            let (from, to) = (least.unwrap_or(from), most.unwrap_or(to));
            if from < to && (to - from).is_finite() {
                return Ok((from, to));
            }
            let error = format!("the axis would go from {from} (`{name}_min`) to {to} (`{name}_max`)");
            Err(NodeError::new(error).hint("an end that is not given is that of the data").permanent())
        };
        Ok(match self {
            Self::Linear { from, to } => set(from, to).map(|(from, to)| Self::Linear { from, to })?,
            Self::Time { from, to } => set(from, to).map(|(from, to)| Self::Time { from, to })?,
            Self::Log { from, to } => match set(from, to)? {
                (from, to) if from > 0.0 => Self::Log { from, to },
                (from, _) => {
                    let error = NodeError::new(format!("`{name}_min` ({from}) is not above 0"));
                    return Err(error.hint("a logarithmic axis has no place for it").permanent());
                }
            },
            names @ Self::Names(_) => names,
        })
    }

    /// Returns the nearest number that lies on the axis.
    pub(crate) fn clamp(&self, number: f64) -> f64 {
        match self {
            Self::Linear { from, to } | Self::Log { from, to } | Self::Time { from, to } => number.clamp(*from, *to),
            Self::Names(_) => number,
        }
    }

    /// Leaves some room at both ends, a share of the whole.
    #[must_use]
    pub(crate) fn padded(self, share: f64) -> Self {
        match self {
            Self::Linear { from, to } => {
                Self::Linear { from: from - (to - from) * share, to: to + (to - from) * share }
            }
            Self::Time { from, to } => Self::Time { from: from - (to - from) * share, to: to + (to - from) * share },
            Self::Log { from, to } => {
                let room = (to / from).powf(share);
                Self::Log { from: from / room, to: to * room }
            }
            names @ Self::Names(_) => names,
        }
    }

    /// Begins or ends at 0, if it would not go through it.
    #[must_use]
    pub(crate) fn with_zero(self) -> Self {
        match self {
            Self::Linear { from, to } => Self::Linear { from: from.min(0.0), to: to.max(0.0) },
            other => other,
        }
    }

    /// Leaves room behind the end that is not 0.
    #[must_use]
    pub(crate) fn padded_from_zero(self, share: f64) -> Self {
        match self {
            Self::Linear { from, to } => {
                let room = (to - from) * share;
                Self::Linear {
                    from: if from < 0.0 { from - room } else { 0.0 },
                    to: if to > 0.0 { to + room } else { 0.0 },
                }
            }
            other => other.padded(share),
        }
    }

    /// Returns where a number lies, 0 to 1; a name is its index. `None`: nowhere.
    pub(crate) fn place(&self, number: f64) -> Option<f64> {
        self.share(number).filter(|place| (-0.001..=1.001).contains(place))
    }

    /// Returns where a number lies, from 0 at the beginning to 1 at the end, also beyond them. `None`: nowhere.
    pub(crate) fn share(&self, number: f64) -> Option<f64> {
        let share = match self {
            Self::Linear { from, to } | Self::Time { from, to } => (number - from) / (to - from),
            Self::Log { from, to } if number > 0.0 => (number / from).ln() / (to / from).ln(),
            Self::Log { .. } => return None,
            Self::Names(names) => (number + 0.5) / names.len().max(1) as f64,
        };
        share.is_finite().then_some(share)
    }

    /// Returns what is written, about `wanted` places; all names are.
    pub(crate) fn ticks(&self, wanted: usize) -> Vec<Tick> {
        let tick = |number: f64, label: String| self.place(number).map(|at| Tick { at, label });
        match self {
            Self::Linear { from, to } => {
                let (step, numbers) = steps(*from, *to, wanted);
                numbers.into_iter().filter_map(|number| tick(number, label(number, step))).collect()
            }
            Self::Log { from, to } => {
                powers(*from, *to, wanted).into_iter().filter_map(|(number, label)| tick(number, label)).collect()
            }
            Self::Time { from, to } => time::ticks(*from, *to, wanted, |time| self.place(time)),
            Self::Names(names) => {
                names.iter().enumerate().filter_map(|(at, name)| tick(at as f64, name.clone())).collect()
            }
        }
    }
}

/// Returns round numbers between two numbers, and the step between them: 1, 2 or 5 times a power of ten
/// (Heckbert, Nice Numbers for Graph Labels, 1990).
fn steps(from: f64, to: f64, wanted: usize) -> (f64, Vec<f64>) {
    let rough = (to - from) / wanted.max(1) as f64;
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power).into_iter().find(|step| *step >= rough * 0.999);
    let step = step.filter(|step| step.is_normal()).unwrap_or(to - from);
    let (first, last) = ((from / step - 1e-9).ceil(), (to / step + 1e-9).floor());
    if !(last - first).is_finite() || last - first > 1000.0 {
        return (step, vec![from, to]);
    }
    // Counting in steps and multiplying once keeps 0.3 from becoming 0.30000000000000004.
    let numbers = (0..=(last - first).max(0.0) as i64).map(|at| (first + at as f64) * step + 0.0);
    (step, numbers.collect())
}

/// Returns powers of ten, with 2 and 5 times them where there are few, or only each so many where there are many.
fn powers(from: f64, to: f64, wanted: usize) -> Vec<(f64, String)> {
    let (low, high) = (from.log10().floor() as i32, to.log10().ceil() as i32);
    let decades = (to / from).log10();
    let factors: &[f64] = if decades * 3.0 <= wanted as f64 { &[1.0, 2.0, 5.0] } else { &[1.0] };
    let each = ((decades / wanted.max(1) as f64).ceil() as i32).max(1);
    let powers = (low..=high).filter(|power| power.rem_euclid(each) == 0);
    let all: Vec<_> = powers.flat_map(|power| factors.iter().map(move |factor| factor * 10_f64.powi(power))).collect();
    let within = all.into_iter().filter(|number| *number >= from * 0.999 && *number <= to * 1.001);
    let within: Vec<_> = within.map(|number| (number, power_label(number))).collect();
    if within.len() >= 2 {
        return within;
    }
    // Within one decade the logarithm is nearly even.
    let (step, numbers) = steps(from, to, wanted);
    numbers.into_iter().filter(|number| *number > 0.0).map(|number| (number, label(number, step))).collect()
}

/// Writes a number with as many places as its step needs, and commas between thousands.
pub(crate) fn label(number: f64, step: f64) -> String {
    let number = if number.abs() < step * 1e-9 { 0.0 } else { number };
    if number != 0.0 && (number.abs() >= 1e9 || step < 1e-6) {
        return power_of_ten(number, (number.abs() / step).log10().round().clamp(0.0, 12.0) as usize);
    }
    let places = (-step.log10().floor()).clamp(0.0, 12.0) as usize;
    grouped(&format!("{number:.places$}"))
}

fn power_label(number: f64) -> String {
    if (1e-4..1e6).contains(&number) {
        let places = (-number.log10().floor()).clamp(0.0, 12.0) as usize;
        let text = format!("{number:.places$}");
        return grouped(&text);
    }
    power_of_ten(number, 0)
}

/// Writes `1.5e9`; `places` at most behind the point.
fn power_of_ten(number: f64, places: usize) -> String {
    let text = format!("{number:.places$e}");
    match text.split_once('e') {
        Some((digits, power)) if digits.contains('.') => {
            format!("{}e{power}", digits.trim_end_matches('0').trim_end_matches('.'))
        }
        _ => text,
    }
}

fn grouped(text: &str) -> String {
    let (whole, part) = text.split_once('.').map_or((text, None), |(whole, part)| (whole, Some(part)));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut out = String::from(sign);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && digits.len() > 4 && (digits.len() - at) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    part.map_or(out.clone(), |part| format!("{out}.{part}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis, wanted: usize) -> Vec<String> {
        axis.ticks(wanted).into_iter().map(|tick| tick.label).collect()
    }

    fn linear(from: f64, to: f64) -> Axis {
        Axis::over([from, to].into_iter(), Scale::Linear).unwrap()
    }

    #[test]
    fn ticks_are_round_numbers() {
        assert_eq!(labels(&linear(0.0, 1.0), 5), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(labels(&linear(-3.2, 7.9), 6), ["-2", "0", "2", "4", "6"]);
        assert_eq!(labels(&linear(0.0, 25_000.0), 3), ["0", "10,000", "20,000"]);
        assert_eq!(labels(&linear(1e12, 3e12), 2), ["1e12", "2e12", "3e12"]);
        assert_eq!(labels(&linear(1e-9, 3e-9), 2), ["1e-9", "2e-9", "3e-9"]);
        assert_eq!(labels(&linear(5.0, 5.0), 2), ["4.5", "5.0", "5.5"]);
        assert_eq!(labels(&Axis::over([].into_iter(), Scale::Linear).unwrap(), 2), ["0.0", "0.5", "1.0"]);
    }

    #[test]
    fn powers_are_thinned_or_filled() {
        let log = |from: f64, to: f64| Axis::over([from, to, -1.0, f64::NAN].into_iter(), Scale::Log).unwrap();
        assert_eq!(labels(&log(1.0, 100.0), 8), ["1", "2", "5", "10", "20", "50", "100"]);
        assert_eq!(labels(&log(0.001, 1000.0), 8), ["0.001", "0.01", "0.1", "1", "10", "100", "1000"]);
        assert_eq!(labels(&log(1.0, 1e12), 4), ["1", "1000", "1e6", "1e9", "1e12"]);
        assert_eq!(labels(&log(3.0, 4.0), 2), ["3.0", "3.5", "4.0"]);
        assert_eq!(log(1.0, 100.0).place(10.0), Some(0.5));
        assert_eq!(log(1.0, 100.0).place(-10.0), None);
    }

    #[test]
    fn an_axis_begins_and_ends_where_it_is_said_to() {
        let ends = |from, to| Ends::numbers("y", from, to);
        assert_eq!(linear(1.0, 9.0).within(&ends(Some(0.0), None)).unwrap(), Axis::Linear { from: 0.0, to: 9.0 });
        let times = Axis::over_times([0.0, f64::NAN, 86_400.0].into_iter());
        let day = Ends::read("x", [&"1970-01-02".into(), &Json::Null]).unwrap();
        assert_eq!(times.clone().padded(0.5).within(&day).unwrap(), Axis::Time { from: 86_400.0, to: 129_600.0 });
        let cause = |axis: Axis, ends: &Ends| axis.within(ends).unwrap_err();
        let turned = cause(linear(1.0, 9.0), &ends(Some(10.0), None));
        assert_eq!(turned.to_string(), "the axis would go from 10 (`y_min`) to 9 (`y_max`)");
        assert!(turned.is_permanent() && turned.hint_text().is_some());
        assert!(cause(linear(1.0, 9.0), &ends(Some(f64::NAN), None)).to_string().contains("from NaN"));
        assert!(cause(linear(1.0, 9.0), &day).hint_text().is_some_and(|hint| hint.contains("give a number")));
        assert!(cause(times, &ends(Some(1.0), None)).hint_text().is_some_and(|hint| hint.contains("give a date")));
        assert!(cause(Axis::Names(vec![]), &ends(None, Some(1.0))).to_string().contains("`y_max` do not go"));
        let log = Axis::over([1.0, 10.0].into_iter(), Scale::Log).unwrap();
        assert_eq!(cause(log, &ends(Some(0.0), None)).to_string(), "`y_min` (0) is not above 0");
        let wrong = Ends::read("x", [&"soon".into(), &Json::Null]).unwrap_err();
        assert_eq!(wrong.to_string(), "parameter `x_min` is neither a number nor a date: \"soon\"");
    }

    #[test]
    fn odd_numbers_make_no_axis_or_a_sane_one() {
        assert!(Axis::over([f64::MAX, f64::MIN].into_iter(), Scale::Linear).is_err());
        for (from, to) in [(1e-300, 2e-300), (0.0, 5e-324), (1.0, 1.0 + f64::EPSILON), (1e300, 2e300)] {
            assert!(linear(from, to).ticks(8).len() < 2000, "{from} {to}");
        }
        assert_eq!(linear(0.0, 1.0).place(f64::NAN), None);
        assert_eq!(linear(2.0, 4.0).with_zero().padded_from_zero(0.5), Axis::Linear { from: 0.0, to: 6.0 });
    }
}
