//! What plain scalars mean: the core schema of YAML 1.2 (section 10.3.2), in which `yes` is a text.

use serde_json::Number;

/// The meaning of a scalar.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::doc) enum Scalar<'a> {
    /// Nothing, `~` or `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number that JSON can say.
    Number(Number),
    /// `.nan`, `.inf` or `-.inf`.
    NotFinite,
    /// A number that 64 bits cannot hold.
    TooLarge,
    /// Anything else.
    Text(&'a str),
}

impl<'a> Scalar<'a> {
    /// Returns what an unquoted scalar means.
    pub(in crate::doc) fn of_plain(text: &'a str) -> Self {
        match text {
            "" | "~" | "null" | "Null" | "NULL" => Self::Null,
            "true" | "True" | "TRUE" => Self::Bool(true),
            "false" | "False" | "FALSE" => Self::Bool(false),
            ".nan" | ".NaN" | ".NAN" => Self::NotFinite,
            _ => number(text).unwrap_or(Self::Text(text)),
        }
    }
}

fn number<'a>(text: &str) -> Option<Scalar<'a>> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return Some(Scalar::NotFinite);
    }
    if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    let radix = text.strip_prefix("0x").map(|digits| (digits, 16)).or(text.strip_prefix("0o").map(|it| (it, 8)));
    match radix {
        Some((digits, radix)) if is_digits(digits, radix) => Some(whole(u64::from_str_radix(digits, radix).ok())),
        Some(_) => None,
        None if is_digits(unsigned, 10) => Some(decimal(text)),
        None if is_float(unsigned) => Some(float(text)),
        None => None,
    }
}

fn is_digits(text: &str, radix: u32) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_digit(radix))
}

fn decimal<'a>(text: &str) -> Scalar<'a> {
    let signed = text.parse::<i64>().ok().map(|int| Scalar::Number(int.into()));
    signed.unwrap_or_else(|| whole(text.trim_start_matches('+').parse().ok()))
}

fn whole<'a>(int: Option<u64>) -> Scalar<'a> {
    int.map_or(Scalar::TooLarge, |int| Scalar::Number(int.into()))
}

fn float<'a>(text: &str) -> Scalar<'a> {
    let float = text.parse::<f64>().ok().and_then(Number::from_f64);
    float.map_or(Scalar::TooLarge, Scalar::Number)
}

/// Tells digits with a point, an exponent, or both.
fn is_float(text: &str) -> bool {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['-', '+']).unwrap_or(exponent))),
        None => (text, None),
    };
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let has_digits = !before.is_empty() || !after.is_empty();
    has_digits && all_digits(before) && all_digits(after) && exponent.is_none_or(|it| is_digits(it, 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_core_schema_is_followed() {
        let number = |text: &str| Scalar::Number(serde_json::from_str(text).unwrap());
        for text in ["yes", "no", "on", "Off", "1_000", "0b1", "1.2.3", ".", "-", "+.e", "1e", "0x", "tRUE", "-0x1"] {
            assert_eq!(Scalar::of_plain(text), Scalar::Text(text));
        }
        for (text, same) in [("0x1F", "31"), ("0o17", "15"), ("+5", "5"), ("-7", "-7"), ("1.", "1.0"), (".5", "0.5")] {
            assert_eq!(Scalar::of_plain(text), number(same), "{text}");
        }
        assert_eq!(Scalar::of_plain("1e999"), Scalar::TooLarge);
        assert_eq!(Scalar::of_plain("18446744073709551616"), Scalar::TooLarge);
        assert_eq!(Scalar::of_plain("18446744073709551615"), number("18446744073709551615"));
        assert_eq!(Scalar::of_plain("-.INF"), Scalar::NotFinite);
        assert_eq!(Scalar::of_plain("~"), Scalar::Null);
    }
}
