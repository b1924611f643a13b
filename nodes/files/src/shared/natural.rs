//! The order in which people count: `b2` before `b10`.

use std::cmp::Ordering;

/// Compares paths folder by folder: runs of digits by their number, letters without regard to case. What is equal so far is
/// told apart by its bytes.
pub fn compare(a: &str, b: &str) -> Ordering {
    let (mut parts_a, mut parts_b) = (a.split('/'), b.split('/'));
    loop {
        let order = match (parts_a.next(), parts_b.next()) {
            (Some(a), Some(b)) => parts(a, b),
            (None, None) => return a.cmp(b),
            (a, b) => a.is_some().cmp(&b.is_some()),
        };
        if order.is_ne() {
            return order;
        }
    }
}

fn parts(a: &str, b: &str) -> Ordering {
    let (mut rest_a, mut rest_b) = (a, b);
    while !rest_a.is_empty() && !rest_b.is_empty() {
        let (run_a, run_b) = (digits(rest_a), digits(rest_b));
        let order = if run_a.is_empty() || run_b.is_empty() {
            let (letter_a, letter_b) = (first(&mut rest_a), first(&mut rest_b));
            letter_a.cmp(&letter_b)
        } else {
            rest_a = &rest_a[run_a.len()..];
            rest_b = &rest_b[run_b.len()..];
            numbers(run_a, run_b)
        };
        if order.is_ne() {
            return order;
        }
    }
    rest_a.len().cmp(&rest_b.len())
}

fn digits(text: &str) -> &str {
    &text[..text.bytes().take_while(u8::is_ascii_digit).count()]
}

fn first(rest: &mut &str) -> Vec<char> {
    let mut chars = rest.chars();
    let letter = chars.next().map(|letter| letter.to_lowercase().collect());
    *rest = chars.as_str();
    letter.unwrap_or_default()
}

/// Compares numbers of any length: without leading zeros the longer one is greater.
fn numbers(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_and_folders_stay_together() {
        let mut names = [
            "b10.jpg",
            "B2.jpg",
            "b02.jpg",
            "b2.jpg",
            "a/z9.jpg",
            "a/z10.jpg",
            "a b/1",
            "é",
            "b",
            "b123456789012345678901",
        ];
        names.sort_by(|a, b| compare(a, b));
        let sorted = [
            "a/z9.jpg",
            "a/z10.jpg",
            "a b/1",
            "b",
            "B2.jpg",
            "b02.jpg",
            "b2.jpg",
            "b10.jpg",
            "b123456789012345678901",
            "é",
        ];
        assert_eq!(names, sorted);
    }
}
