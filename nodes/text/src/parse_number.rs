//! Reads a number as people write it.

use windlass_core::prelude::*;

/// The longest text that can be a number, in bytes.
const MAX_BYTES: usize = 400;

/// How it is written.
#[derive(Params)]
pub struct Settings {
    /// What stands before the decimals. The groups of three before it may be set apart by the other of comma and point,
    /// by spaces, apostrophes or underscores.
    #[param(default = "auto")]
    decimal: Decimal,
}

/// What stands before the decimals.
#[derive(Clone, Copy, Choice, PartialEq, Eq)]
pub enum Decimal {
    /// Whatever the text shows: of both, the last one. `1,234` and `1.234` show nothing, and fail.
    Auto,
    /// A point: `1,234.5`.
    Point,
    /// A comma: `1.234,5`.
    Comma,
}

/// What is read.
#[derive(Inputs)]
pub struct In {
    /// The text; spaces around it do not count.
    #[port(constant)]
    text: Arc<str>,
}

/// What was read.
#[derive(Outputs)]
pub struct Out {
    /// The number: whole where it has no decimals and no exponent and fits 64 bits, else a float. Behind a `%` it is a
    /// hundredth.
    #[port(ty = "int|float")]
    number: Value,
}

/// `text.parse_number`
pub struct ParseNumber;

impl Node for ParseNumber {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "text.parse_number",
            "Parse number",
            "Reads a number as people write it: `1,234.5`, `1.234,5`, `1 234,5`, `−3`, `12 %`, `1e-3`. Whatever could be \
             meant in two ways fails, and so does all that is no number.",
        )
        .search(&["integer", "float", "decimal", "convert", "locale", "percent"])
        .sample(Sample::new().input("text", Value::text("1,234.5")))
        .example(EXAMPLE)
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, _: &Ctx) -> Result<Out, NodeError> {
        let text = inputs.text.trim();
        if text.len() > MAX_BYTES {
            return Err(NodeError::new(format!("a text of {} bytes is not a number", text.len())).permanent());
        }
        let number = parse(text, params.decimal).map_err(|why| {
            let error = NodeError::new(format!("`{text}` is not a number: {}", why.said())).permanent();
            if why == Why::Ambiguous { error.hint("set `decimal` to `point` or `comma`") } else { error }
        })?;
        Ok(Out { number })
    }
}

/// Why a text is no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    Empty,
    Letter(char),
    Groups,
    Ambiguous,
    Large,
}

impl Why {
    fn said(self) -> String {
        match self {
            Self::Empty => "it has no digits".into(),
            Self::Letter(letter) => format!("`{letter}` has no place there"),
            Self::Groups => "its digits are not in groups of three".into(),
            Self::Large => "it is larger than a float can be".into(),
            Self::Ambiguous => "its mark could stand before decimals or between groups".into(),
        }
    }
}

fn parse(text: &str, decimal: Decimal) -> Result<Value, Why> {
    let (text, is_percent) = match text.strip_suffix('%') {
        Some(rest) => (rest.trim_end(), true),
        None => (text, false),
    };
    let (sign, text) = match text.strip_prefix(['-', '−']) {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let ends_number =
        |mantissa: &str| mantissa.ends_with(|letter: char| letter.is_ascii_digit() || ".,".contains(letter));
    let (mantissa, exponent) = match text.split_once(['e', 'E']).filter(|(mantissa, _)| ends_number(mantissa)) {
        Some((mantissa, exponent)) => (mantissa, Some(digits_of_exponent(exponent)?)),
        None => (text, None),
    };
    let mark = mark(mantissa, decimal)?;
    let (whole, decimals) = match mark.and_then(|mark| mantissa.split_once(mark)) {
        Some((whole, decimals)) => (whole, Some(decimals)),
        None => (mantissa, None),
    };
    let whole = without_groups(whole, mark)?;
    if let Some(letter) = decimals.and_then(|decimals| decimals.chars().find(|letter| !letter.is_ascii_digit())) {
        return Err(Why::Letter(letter));
    }
    if whole.is_empty() && decimals.is_none_or(str::is_empty) {
        return Err(Why::Empty);
    }
    if let (None, None, false, Ok(int)) = (decimals, exponent, is_percent, format!("{sign}{whole}").parse()) {
        return Ok(Value::Int(int));
    }
    // A hundredth is taken in the exponent, so that it is rounded once.
    let exponent = exponent.unwrap_or_default().saturating_sub(if is_percent { 2 } else { 0 });
    let plain = format!("{sign}0{whole}.{}0e{exponent}", decimals.unwrap_or_default());
    match plain.parse::<f64>() {
        Ok(float) if float.is_finite() => Ok(Value::Float(float)),
        _ => Err(Why::Large),
    }
}

fn digits_of_exponent(text: &str) -> Result<i32, Why> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    match digits.chars().find(|letter| !letter.is_ascii_digit()) {
        Some(letter) => Err(Why::Letter(letter)),
        None if text.ends_with(|letter: char| letter.is_ascii_digit()) => text.parse().map_err(|_| Why::Large),
        None => Err(Why::Empty),
    }
}

/// Returns the mark before the decimals, where there is one.
fn mark(text: &str, decimal: Decimal) -> Result<Option<char>, Why> {
    let chosen = match decimal {
        Decimal::Point => Some('.'),
        Decimal::Comma => Some(','),
        Decimal::Auto => None,
    };
    if let Some(mark) = chosen {
        return Ok(text.contains(mark).then_some(mark));
    }
    let Some(at) = text.rfind(['.', ',']) else { return Ok(None) };
    let mark = if text[at..].starts_with('.') { '.' } else { ',' };
    if text.matches(mark).count() > 1 {
        return Ok(None);
    }
    let (before, after) = (&text[..at], &text[at + 1..]);
    let could_be_group = after.len() == 3 && !before.is_empty() && before != "0" && before.len() <= 3;
    if could_be_group { Err(Why::Ambiguous) } else { Ok(Some(mark)) }
}

/// Takes out what stands between groups: one mark, always the same, with two or three digits before it (two are written
/// in India) and three behind the last.
fn without_groups(text: &str, decimal: Option<char>) -> Result<String, Why> {
    let is_mark = |letter: char| {
        matches!(letter, '.' | ',' | ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '\'' | '’' | '_')
            && Some(letter) != decimal
    };
    if let Some(letter) = text.chars().find(|letter| !letter.is_ascii_digit() && !is_mark(*letter)) {
        return Err(Why::Letter(letter));
    }
    let Some(mark) = text.chars().find(|letter| is_mark(*letter)) else { return Ok(text.to_owned()) };
    if let Some(other) = text.chars().find(|letter| is_mark(*letter) && *letter != mark) {
        return Err(Why::Letter(other));
    }
    let groups: Vec<_> = text.split(mark).map(str::len).collect();
    let inner = &groups[1..groups.len() - 1];
    let is_even = inner.iter().all(|digits| *digits == 3) || inner.iter().all(|digits| *digits == 2);
    match (1..=3).contains(&groups[0]) && is_even && groups.last() == Some(&3) {
        true => Ok(text.replace(mark, "")),
        false => Err(Why::Groups),
    }
}

const EXAMPLE: &str = r#"
total:
  kind: text.parse_number
  params: { text: "1.234,50" }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;

    use super::*;

    fn read(text: &str, decimal: &str) -> Result<Value, NodeError> {
        let bench = Harness::of::<ParseNumber>().input("text", Value::text(text)).param("decimal", decimal);
        bench.fire().map(|gave| gave.value("number").cloned().unwrap())
    }

    #[track_caller]
    fn number(text: &str, decimal: &str) -> f64 {
        match read(text, decimal).unwrap() {
            Value::Float(float) => float,
            other => panic!("{text} gave {other:?}"),
        }
    }

    #[test]
    fn whole_numbers_stay_whole() {
        for (text, expected) in
            [("42", 42), (" -7 ", -7), ("−1 234 567", -1_234_567), ("12,34,567", 1_234_567), ("+0", 0)]
        {
            assert!(matches!(read(text, "auto"), Ok(Value::Int(int)) if int == expected), "{text}");
        }
        assert!(matches!(read("1,234", "point"), Ok(Value::Int(1234))));
        assert_eq!(number("99999999999999999999", "auto"), 1e20);
    }

    #[test]
    fn decimals_are_found_by_what_the_text_shows() {
        for text in ["1234.5", "1234,5", "1,234.5", "1.234,5", "1 234,5", "1\u{202f}234,5", "1’234.5", "1_234.5"] {
            assert_eq!(number(text, "auto"), 1234.5, "{text}");
        }
        assert_eq!((number("0.125", "auto"), number(".5", "auto"), number("1.5e-3", "auto")), (0.125, 0.5, 0.0015));
        assert_eq!((number("1.234", "point"), number("1,234", "comma")), (1.234, 1.234));
        assert_eq!((number("12 %", "auto"), number("-0,5%", "auto")), (0.12, -0.005));
    }

    #[test]
    fn what_is_no_number_or_two_numbers_fails() {
        let cause = |text: &str| read(text, "auto").unwrap_err().to_string();
        assert_eq!(cause("1.234"), "`1.234` is not a number: its mark could stand before decimals or between groups");
        assert_eq!(read("1,234", "auto").unwrap_err().hint_text(), Some("set `decimal` to `point` or `comma`"));
        assert_eq!(cause("12 apples"), "`12 apples` is not a number: `a` has no place there");
        assert_eq!(cause(""), "`` is not a number: it has no digits");
        assert_eq!(cause("1,23,45,6.0"), "`1,23,45,6.0` is not a number: its digits are not in groups of three");
        for text in ["1.2.3", "1,234.567,8", "--1", "1e", "e5", ".", "%", "NaN", "inf", "1 234'567", "0x10"] {
            assert!(read(text, "auto").is_err(), "{text}");
        }
        assert_eq!(cause("1e999"), "`1e999` is not a number: it is larger than a float can be");
        assert!(read("1e99999999999", "auto").is_err() && read("1e-2147483648 %", "auto").is_ok());
        assert!(cause(&"1".repeat(1_000)).contains("a text of 1000 bytes"));
    }
}
