//! Writes a number for people.

use windlass_core::prelude::*;

/// How it is written.
#[derive(Params)]
pub struct Settings {
    /// How many decimals there are, rounded half to even; as many as the number needs, where it is not given.
    #[param(default = null, max = 20)]
    decimals: Option<u8>,
    /// The marks before the decimals and between the groups.
    #[param(default = "plain")]
    marks: Marks,
    /// What a share is written as.
    #[param(default = "number")]
    style: Style,
    /// Whether numbers above zero have a sign.
    #[param(default = "negative")]
    sign: Sign,
    /// How many digits stand before the decimals at least; zeros fill them up: 4 makes `0042`.
    #[param(default = 1, min = 1, max = 40)]
    min_digits: u8,
}

/// The marks of a number, as the languages of CLDR have them.
#[derive(Clone, Copy, Choice)]
pub enum Marks {
    /// `1234567.5`.
    Plain,
    /// `1,234,567.5`: English, Chinese, Japanese.
    Comma,
    /// `1.234.567,5`: German, Italian, Spanish, Portuguese.
    Point,
    /// `1 234 567,5` with narrow spaces that break no line: French; Swedish and Polish much the same.
    Space,
    /// `1’234’567.5`: Switzerland.
    Apostrophe,
    /// `12,34,567.5`: India.
    Indian,
}

/// What a number is written as.
#[derive(Clone, Copy, Choice, PartialEq, Eq)]
pub enum Style {
    /// As it is.
    Number,
    /// A hundred times as large, with `%`.
    Percent,
    /// One digit before the decimals, and a power of ten: `1.5e3`.
    Scientific,
}

/// Which numbers have a sign.
#[derive(Clone, Copy, Choice, PartialEq, Eq)]
pub enum Sign {
    /// Those below zero.
    Negative,
    /// All but zero.
    Always,
}

/// What is written.
#[derive(Inputs)]
pub struct In {
    /// The number.
    #[port(ty = "int|float", constant)]
    number: Value,
}

/// What was written.
#[derive(Outputs)]
pub struct Out {
    /// The number as a text.
    text: String,
}

/// `text.format_number`
pub struct FormatNumber;

impl Node for FormatNumber {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "text.format_number",
            "Format number",
            "Writes a number for people: with so many decimals, the marks of a language between its groups, as percent, \
             with leading zeros. What is not finite fails.",
        )
        .search(&["decimals", "thousands", "round", "percent", "locale", "pad", "currency"])
        .sample(Sample::new().input("number", Value::Float(1234.5)))
        .example(EXAMPLE)
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, _: &Ctx) -> Result<Out, NodeError> {
        let (is_negative, plain) = digits(&inputs.number, &params)?;
        let (plain, exponent) = match plain.split_once('e') {
            Some((plain, exponent)) => (plain, format!("e{exponent}")),
            None => (&*plain, String::new()),
        };
        let (whole, decimals) = plain.split_once('.').unwrap_or((plain, ""));
        let (group, mark, is_indian) = params.marks.marks();
        let whole = grouped(&format!("{whole:0>width$}", width = params.min_digits.into()), group, is_indian);
        let is_zero = plain.bytes().all(|byte| matches!(byte, b'0' | b'.'));
        let sign = match (is_zero, is_negative, params.sign) {
            (false, true, _) => "-",
            (false, false, Sign::Always) => "+",
            _ => "",
        };
        let mark = if decimals.is_empty() { "" } else { mark };
        let percent = if params.style == Style::Percent { "%" } else { "" };
        Ok(Out { text: format!("{sign}{whole}{mark}{decimals}{exponent}{percent}") })
    }
}

impl Marks {
    /// Returns what stands between groups, what stands before decimals, and whether groups after the first have two digits.
    fn marks(self) -> (&'static str, &'static str, bool) {
        match self {
            Self::Plain => ("", ".", false),
            Self::Comma => (",", ".", false),
            Self::Point => (".", ",", false),
            Self::Space => ("\u{202f}", ",", false),
            Self::Apostrophe => ("’", ".", false),
            Self::Indian => (",", ".", true),
        }
    }
}

/// Returns whether the number is below zero, and its digits with a point.
fn digits(number: &Value, params: &Settings) -> Result<(bool, String), NodeError> {
    let decimals = params.decimals.map(usize::from);
    let float = match number {
        // Whole numbers of 64 bits have more digits than a float keeps.
        Value::Int(int) if params.style == Style::Number => {
            let zeros = decimals.filter(|count| *count > 0).map(|count| format!(".{}", "0".repeat(count)));
            return Ok((*int < 0, format!("{}{}", int.unsigned_abs(), zeros.unwrap_or_default())));
        }
        Value::Int(int) => *int as f64,
        Value::Float(float) => *float,
        other => return Err(NodeError::new(format!("expected `int|float`, found `{}`", other.type_of())).permanent()),
    };
    if !float.is_finite() {
        return Err(NodeError::new(format!("{float} cannot be written for people")).permanent());
    }
    let size = float.abs();
    let text = match (params.style, decimals) {
        (Style::Number, None) => format!("{size}"),
        (Style::Number, Some(count)) => format!("{size:.count$}"),
        (Style::Percent, None) => moved(&format!("{size}")),
        (Style::Percent, Some(count)) => moved(&format!("{size:.count$}", count = count + 2)),
        (Style::Scientific, None) => format!("{size:e}"),
        (Style::Scientific, Some(count)) => format!("{size:.count$e}"),
    };
    Ok((float < 0.0, text))
}

/// Moves the point two places to the right, so that nothing is rounded twice.
fn moved(plain: &str) -> String {
    let (whole, decimals) = plain.split_once('.').unwrap_or((plain, ""));
    let decimals = format!("{decimals:0<2}");
    let whole = format!("{whole}{}", &decimals[..2]);
    let whole = whole.trim_start_matches('0');
    let rest = &decimals[2..];
    let point = if rest.is_empty() { "" } else { "." };
    format!("{}{point}{rest}", if whole.is_empty() { "0" } else { whole })
}

fn grouped(whole: &str, mark: &str, is_indian: bool) -> String {
    let mut made = String::new();
    for (at, digit) in whole.chars().enumerate() {
        let left = whole.len() - at;
        let begins = if is_indian { left == 3 || (left > 3 && left % 2 == 1) } else { left.is_multiple_of(3) };
        if at > 0 && begins {
            made.push_str(mark);
        }
        made.push(digit);
    }
    made
}

const EXAMPLE: &str = r#"
total:
  kind: text.format_number
  params: { number: 1234567.891, decimals: 2, marks: point }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;
    use windlass_core::json;

    use super::*;

    fn written(number: Value, params: serde_json::Value) -> String {
        let bench = Harness::of::<FormatNumber>().input("number", number);
        let params = params.as_object().unwrap().clone();
        let bench = params.into_iter().fold(bench, |bench, (name, value)| bench.param(&name, value));
        bench.fire().unwrap().get("text").unwrap()
    }

    #[test]
    fn groups_have_the_marks_of_their_language() {
        let marks = ["plain", "comma", "point", "space", "apostrophe", "indian"];
        let all = marks.map(|marks| written(Value::Float(-1_234_567.25), json!({ "marks": marks })));
        let expected = ["-1234567.25", "-1,234,567.25", "-1.234.567,25", "-1\u{202f}234\u{202f}567,25"];
        assert_eq!(all[..4], expected);
        assert_eq!(all[4..], ["-1’234’567.25", "-12,34,567.25"]);
        assert_eq!(written(Value::Int(i64::MIN), json!({ "marks": "comma" })), "-9,223,372,036,854,775,808");
        assert_eq!(written(Value::Int(100), json!({ "marks": "indian" })), "100");
    }

    #[test]
    fn decimals_signs_and_zeros() {
        assert_eq!(written(Value::Float(2.345), json!({ "decimals": 1 })), "2.3");
        assert_eq!(written(Value::Float(2.5), json!({ "decimals": 0 })), "2");
        assert_eq!(written(Value::Float(-0.001), json!({ "decimals": 2 })), "0.00", "zero has no sign");
        assert_eq!(written(Value::Int(42), json!({ "min_digits": 4, "decimals": 1 })), "0042.0");
        assert_eq!(written(Value::Int(42), json!({ "sign": "always" })), "+42");
        assert_eq!(written(Value::Float(1e21), json!({})), "1000000000000000000000");
    }

    #[test]
    fn shares_and_powers() {
        assert_eq!(written(Value::Float(0.07), json!({ "style": "percent" })), "7%");
        assert_eq!(written(Value::Float(0.12345), json!({ "style": "percent", "decimals": 1 })), "12.3%");
        assert_eq!(written(Value::Float(1.5), json!({ "style": "percent" })), "150%");
        assert_eq!(written(Value::Int(0), json!({ "style": "percent" })), "0%");
        assert_eq!(written(Value::Float(1500.0), json!({ "style": "scientific", "decimals": 2 })), "1.50e3");
    }

    #[test]
    fn what_is_not_finite_fails() {
        let error = Harness::of::<FormatNumber>().input("number", Value::Float(f64::INFINITY)).fire().map(|_| ());
        assert_eq!(error.unwrap_err().to_string(), "inf cannot be written for people");
        let error = Harness::of::<FormatNumber>().input("number", Value::text("1")).fire().map(|_| ()).unwrap_err();
        assert!(error.to_string().starts_with("input `number`: expected `int|float`"), "{error}");
    }
}
