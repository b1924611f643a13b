//! Replacements in a text, applied at once.

use std::ops::Range;

/// A part of a text and what stands there afterwards.
#[derive(Clone, Debug)]
pub(super) struct Splice {
    /// The part, in bytes; empty for an insertion.
    pub range: Range<usize>,
    /// The new text.
    pub text: String,
}

/// Returns the text with the replacements made; `None` where two overlap. Insertions at one place keep their order,
/// and new lines end as the lines of the text do.
pub(super) fn apply(text: &str, mut splices: Vec<Splice>) -> Option<String> {
    splices.sort_by_key(|splice| (splice.range.start, splice.range.end));
    let mut result = String::with_capacity(text.len() + 256);
    let mut at = 0;
    let has_cr = text.contains("\r\n");
    for splice in splices {
        result.push_str(text.get(at..splice.range.start)?);
        result.push_str(&if has_cr { splice.text.replace('\n', "\r\n") } else { splice.text });
        at = splice.range.end.max(at);
    }
    result.push_str(text.get(at..)?);
    Some(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn splice(range: Range<usize>, text: &str) -> Splice {
        Splice { range, text: text.to_owned() }
    }

    #[test]
    fn replacements_are_made_in_order() {
        let splices = vec![splice(4..6, "X"), splice(2..2, "a"), splice(2..2, "b"), splice(0..2, "")];
        assert_eq!(apply("0123456", splices).as_deref(), Some("ab23X6"));
    }

    #[test]
    fn overlaps_are_refused() {
        assert_eq!(apply("0123", vec![splice(0..2, ""), splice(1..3, "")]), None);
    }
}
