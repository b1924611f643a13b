//! Comparing cells: an order to sort by, and keys that are equal for equal cells.

use std::cmp::Ordering;
use std::sync::Arc;

use windlass_core::prelude::*;
use windlass_core::value::Cells;

use super::infer::whole;

/// How texts are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Texts {
    /// By the numbers of their letters in Unicode: `Z` before `a`, `10` before `9`.
    Plain,
    /// Upper and lower case alike, and digits by the number that they write: `img9` before `img10`.
    Natural,
}

/// A cell that can be looked up. 2 and 2.0 are the same number, -0.0 is 0, and NaN is itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    Empty,
    Bool(bool),
    Int(i64),
    Float(u64),
    Text(Arc<str>),
    Json(String),
}

/// Returns what a cell is looked up by.
pub(crate) fn key(cells: &Cells, row: usize) -> Key {
    match cells {
        Cells::Bool(cells) => cells[row].map_or(Key::Empty, Key::Bool),
        Cells::Int(cells) => cells[row].map_or(Key::Empty, Key::Int),
        Cells::Float(cells) => cells[row].map_or(Key::Empty, float_key),
        Cells::Text(cells) => cells[row].clone().map_or(Key::Empty, Key::Text),
        Cells::Json(cells) => cells[row].clone().map_or(Key::Empty, |mut json| {
            json.sort_all_objects();
            Key::Json(json.to_string())
        }),
    }
}

fn float_key(float: f64) -> Key {
    let same_nan = if float.is_nan() { f64::NAN } else { float };
    whole(float).map_or(Key::Float(same_nan.to_bits()), Key::Int)
}

/// Compares two cells of a column that are not empty; `None` where one is.
pub(crate) fn compare(cells: &Cells, a: usize, b: usize, texts: Texts) -> Option<Ordering> {
    Some(match cells {
        Cells::Bool(cells) => cells[a]?.cmp(&cells[b]?),
        Cells::Int(cells) => cells[a]?.cmp(&cells[b]?),
        Cells::Float(cells) => numbers(cells[a]?, cells[b]?),
        Cells::Text(cells) => {
            let (a, b) = (cells[a].as_deref()?, cells[b].as_deref()?);
            if texts == Texts::Natural { natural(a, b) } else { a.cmp(b) }
        }
        Cells::Json(cells) => cells[a].as_ref()?.to_string().cmp(&cells[b].as_ref()?.to_string()),
    })
}

/// NaN comes after all numbers; 0.0 and -0.0 are equal.
fn numbers(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}

/// Compares texts as people do; those that differ in case or in leading zeros alone keep a fixed order.
fn natural(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    loop {
        let (digits_a, digits_b) = (digits(left), digits(right));
        if !digits_a.is_empty() && !digits_b.is_empty() {
            let (significant_a, significant_b) = (digits_a.trim_start_matches('0'), digits_b.trim_start_matches('0'));
            let by_number =
                significant_a.len().cmp(&significant_b.len()).then_with(|| significant_a.cmp(significant_b));
            if by_number.is_ne() {
                return by_number;
            }
            (left, right) = (&left[digits_a.len()..], &right[digits_b.len()..]);
            continue;
        }
        let (mut letters_a, mut letters_b) = (left.chars(), right.chars());
        match (letters_a.next(), letters_b.next()) {
            (Some(one), Some(other)) => {
                let by_letter = one.to_lowercase().cmp(other.to_lowercase());
                if by_letter.is_ne() {
                    return by_letter;
                }
            }
            (one, other) => return one.is_some().cmp(&other.is_some()).then_with(|| a.cmp(b)),
        }
        (left, right) = (letters_a.as_str(), letters_b.as_str());
    }
}

fn digits(text: &str) -> &str {
    &text[..text.bytes().take_while(u8::is_ascii_digit).count()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_compare_as_people_do() {
        let mut names = ["img10", "IMG9", "img09", "a", "img", "img1b"];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(names, ["a", "img", "img1b", "IMG9", "img09", "img10"]);
        assert_eq!(natural("x", "x"), Ordering::Equal);
        assert_eq!(natural("1é", "1É").reverse(), natural("1É", "1é"));
    }

    #[test]
    fn equal_numbers_have_equal_keys() {
        let floats = Cells::Float(vec![Some(2.0), Some(-0.0), Some(0.5), Some(f64::NAN), Some(-f64::NAN), None]);
        let ints = Cells::Int(vec![Some(2), Some(0)]);
        assert_eq!(key(&floats, 0), key(&ints, 0));
        assert_eq!(key(&floats, 1), key(&ints, 1));
        assert_eq!(key(&floats, 3), key(&floats, 4));
        assert_ne!(key(&floats, 2), key(&floats, 0));
        assert_eq!(key(&floats, 5), Key::Empty);
    }
}
