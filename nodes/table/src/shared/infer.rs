//! The type of a column whose cells came as texts.

use std::sync::Arc;

use csv::StringRecord;
use serde_json::Value as Json;
use windlass_core::value::Cells;

/// Above this, a double no longer holds every whole number: 2^53.
const MAX_EXACT: f64 = 9_007_199_254_740_992.0;

/// Returns a float as the whole number that it is.
pub(crate) fn whole(float: f64) -> Option<i64> {
    (float.fract() == 0.0 && float.abs() <= MAX_EXACT).then_some(float as i64)
}

/// Reads a plain number that a double holds exactly as written, or a truth value; `007` and `+1` stay texts.
pub(crate) fn scalar(text: &str) -> Json {
    match text {
        "" => return Json::Null,
        "true" => return true.into(),
        "false" => return false.into(),
        _ => {}
    }
    if let Some(int) = int(text) {
        return int.into();
    }
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-' || byte == b'.');
    match float(text) {
        Some(float) if plain && text.contains('.') && text.trim_start_matches('-').len() <= 16 => float.into(),
        _ => text.into(),
    }
}

fn int(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let written_so = !digits.starts_with('0') || text == "0";
    if digits.is_empty() || !written_so || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// Reads a number in decimal or scientific notation, or `NaN`, `inf`, `-inf`; `007`, `+1` and `infinity` are none.
fn float(text: &str) -> Option<f64> {
    if matches!(text, "NaN" | "inf" | "-inf") {
        return text.parse().ok();
    }
    let digits = text.strip_prefix('-').unwrap_or(text);
    let led = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.") && !digits.starts_with("0e");
    let begins = digits.starts_with(|first: char| first.is_ascii_digit() || first == '.');
    if !begins || led { None } else { text.parse().ok() }
}

/// The cells of a column as they were written, and which types would hold them all.
#[derive(Clone)]
pub(crate) struct Guess {
    text: String,
    ends: Vec<usize>,
    bools: bool,
    ints: bool,
    floats: bool,
    /// Whether any cell is not empty.
    any: bool,
}

impl Default for Guess {
    fn default() -> Self {
        Self { text: String::new(), ends: Vec::new(), bools: true, ints: true, floats: true, any: false }
    }
}

impl Guess {
    /// Adds a cell; an empty text is an empty cell.
    pub(crate) fn push(&mut self, text: &str) {
        if !text.is_empty() {
            self.any = true;
            self.bools &= matches!(text, "true" | "false" | "True" | "False" | "TRUE" | "FALSE");
            self.ints = self.ints && int(text).is_some();
            self.floats = self.floats && (self.ints || float(text).is_some());
        }
        self.text.push_str(text);
        self.ends.push(self.text.len());
    }

    /// Returns the memory that a row takes among the cells so far, in bytes, with that of the cells to come.
    pub(crate) fn bytes(row: &StringRecord) -> u64 {
        (row.as_slice().len() + row.len() * (size_of::<usize>() + size_of::<Option<Arc<str>>>())) as u64
    }

    /// Returns cells of the narrowest type that holds them all: truth values, whole numbers, floats, else texts.
    pub(crate) fn into_cells(self) -> Cells {
        if self.any && self.bools {
            return Cells::Bool(self.read(|text| Some(text.eq_ignore_ascii_case("true"))));
        }
        if self.any && self.ints {
            return Cells::Int(self.read(|text| text.parse().ok()));
        }
        if self.any && self.floats {
            return Cells::Float(self.read(|text| text.parse().ok()));
        }
        self.into_texts()
    }

    /// Returns the cells as texts.
    pub(crate) fn into_texts(self) -> Cells {
        Cells::Text(self.read(|text| Some(text.into())))
    }

    fn read<T>(&self, read: impl Fn(&str) -> Option<T>) -> Vec<Option<T>> {
        let mut start = 0;
        let cell = |end: &usize| {
            let text = &self.text[start..*end];
            start = *end;
            if text.is_empty() { None } else { read(text) }
        };
        self.ends.iter().map(cell).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_numbers_become_numbers() {
        assert_eq!(scalar("12"), Json::from(12));
        assert_eq!(scalar("-1.50"), Json::from(-1.5));
        assert_eq!((scalar("true"), scalar(""), scalar("0")), (true.into(), Json::Null, 0.into()));
        for text in
            ["007", "+1", "1e5", "NaN", "inf", "00.5", "1.2.3", "-", "12345678901234567890", "0.12345678901234567"]
        {
            assert_eq!(scalar(text), Json::from(text), "{text}");
        }
    }

    #[test]
    fn a_column_has_the_narrowest_type_of_all_its_cells() {
        let of = |texts: &[&str]| {
            let mut guess = Guess::default();
            texts.iter().for_each(|text| guess.push(text));
            guess.into_cells()
        };
        assert_eq!(of(&["1", "", "-20"]), Cells::Int(vec![Some(1), None, Some(-20)]));
        assert_eq!(of(&["1", "2.5e3", "inf"]), Cells::Float(vec![Some(1.0), Some(2500.0), Some(f64::INFINITY)]));
        assert_eq!(of(&["True", "false"]), Cells::Bool(vec![Some(true), Some(false)]));
        assert_eq!(of(&["1", "007"]), Cells::Text(vec![Some("1".into()), Some("007".into())]));
        assert_eq!(of(&["", ""]), Cells::Text(vec![None, None]));
        assert_eq!(of(&["1", "true"]).type_name(), "text");
        assert_eq!(of(&["99999999999999999999"]).type_name(), "float");
        assert_eq!(of(&["infinity", "1"]).type_name(), "text");
    }
}
