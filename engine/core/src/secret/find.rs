//! Where a text gives a secret away.

use std::collections::HashSet;
use std::ops::Range;

/// A part of a secret this long, in bytes, is hidden wherever it stands.
const PART_BYTES: usize = 12;
/// The beginning of a secret this long, in bytes, is hidden where a text was cut off.
const START_BYTES: usize = 4;

/// One way to spell a secret.
pub(super) struct Pattern {
    spelled: String,
    parts: HashSet<[u8; PART_BYTES]>,
}

impl Pattern {
    fn new(spelled: String) -> Self {
        let parts = spelled.as_bytes().windows(PART_BYTES).filter_map(|part| part.try_into().ok()).collect();
        Self { spelled, parts }
    }
}

/// Returns the ways in which common notations spell a text: as it is, in Rust's and JSON's quotes, in an address, in
/// the name of a file.
pub(super) fn patterns(text: &str) -> Vec<Pattern> {
    let json = serde_json::Value::from(text).to_string();
    let name = |c: char| if matches!(c, '/' | '\\') || c.is_control() { '_' } else { c };
    let mut spelled = vec![
        text.to_owned(),
        text.escape_debug().to_string(),
        text.escape_default().to_string(),
        json[1..json.len() - 1].to_owned(),
        percent(text, "-_.~"),
        percent(text, "-_.!~*'()"),
        text.chars().map(name).collect(),
    ];
    spelled.sort();
    spelled.dedup();
    spelled.into_iter().map(Pattern::new).collect()
}

/// RFC 3986, section 2.1; `kept` are the marks that stay as they are.
fn percent(text: &str, kept: &str) -> String {
    let spelled = |byte: u8| match char::from(byte) {
        c if c.is_ascii_alphanumeric() || kept.contains(c) => c.to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(spelled).collect()
}

/// Returns the places in a text that give something away, in order, none touching another, each on whole characters.
pub(super) fn places(text: &str, patterns: &[Pattern]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for pattern in patterns {
        found.extend(text.match_indices(&pattern.spelled).map(|(at, whole)| at..at + whole.len()));
        if !pattern.parts.is_empty() {
            let parts = text.as_bytes().windows(PART_BYTES).enumerate();
            let known = parts.filter(|(_, part)| pattern.parts.contains(*part));
            found.extend(known.map(|(at, _)| at..at + PART_BYTES));
        }
        found.extend(ends(text).filter_map(|end| cut_off(&text.as_bytes()[..end], pattern.spelled.as_bytes())));
    }
    joined(text, found)
}

/// Returns where a text may have been cut off: at its end, and before an ellipsis.
fn ends(text: &str) -> impl Iterator<Item = usize> {
    let before = |mark: &'static str| text.match_indices(mark).map(|(at, _)| at);
    before("…").chain(before("...")).chain([text.len()])
}

/// Returns the beginning of a secret that a text ends with.
fn cut_off(text: &[u8], spelled: &[u8]) -> Option<Range<usize>> {
    let longest = PART_BYTES.min(spelled.len());
    let kept = (START_BYTES..longest).rev().find(|kept| text.ends_with(&spelled[..*kept]))?;
    Some(text.len() - kept..text.len())
}

fn joined(text: &str, mut found: Vec<Range<usize>>) -> Vec<Range<usize>> {
    found.sort_by_key(|place| (place.start, place.end));
    let mut joined: Vec<Range<usize>> = Vec::new();
    for place in found {
        let place = text.floor_char_boundary(place.start)..text.ceil_char_boundary(place.end);
        match joined.last_mut() {
            Some(last) if place.start <= last.end => last.end = last.end.max(place.end),
            _ => joined.push(place),
        }
    }
    joined
}

/// Returns the text with `mark` in each of the places.
pub(super) fn replaced(text: &str, places: &[Range<usize>], mark: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut next = 0;
    for place in places {
        out.push_str(&text[next..place.start]);
        out.push_str(mark);
        next = place.end;
    }
    out.push_str(&text[next..]);
    out
}
