//! What each kind shows in its own file: that somebody who gives it something wrong is told.

use super::hold;
use super::tree::{Source, files};

/// What takes an error out of a firing, of its items, or of a node that does not open.
const TAKES_ERROR: [&str; 7] =
    ["unwrap_err()", "expect_err(", ".err()", "is_err_and(", ".failure()", "cause(", "refused("];

/// What looks at the text of an error.
const READS_TEXT: [&str; 6] = ["to_string()", "ToString", ".starts_with(", ".ends_with(", ".contains(", "cause("];

/// Kinds without such a test, each with the reason.
const ELSEWHERE: [(&str, &str); 1] =
    [("nodes/image/src/invert.rs", "it has no parameters and takes every picture; what is none, the engine refuses")];

fn kinds() -> impl Iterator<Item = Source> {
    // Those of `nodes/fault` misbehave on purpose, and belong to the tests.
    let own = |path: &str| path.starts_with("nodes/") && !path.starts_with("nodes/fault/");
    let is_kind = |text: &str| text.contains("\nimpl Node for ") || text.contains("\nimpl Ordered for ");
    files(&["rs"]).into_iter().filter(move |file| own(&file.path) && is_kind(&file.text))
}

/// Returns what a kind's tests lack.
fn lacking(file: &Source) -> Option<&'static str> {
    let tests = &file.text[file.without_tests().map(|line| line.len() + 1).sum::<usize>().min(file.text.len())..];
    let has = |words: &[&str]| words.iter().any(|word| tests.contains(word));
    match (has(&TAKES_ERROR), has(&READS_TEXT)) {
        (true, true) => None,
        (true, false) => Some("its tests see an error, and not what it says"),
        (false, _) => Some("none of its tests sees an error"),
    }
}

#[test]
fn every_kind_shows_what_it_says_to_wrong_input() {
    assert!(kinds().count() > 100, "there are few kinds: does this test look for the right thing?");
    let is_exempt = |file: &Source| ELSEWHERE.iter().any(|(path, _)| file.path == *path);
    let looked_at = kinds().filter(|file| !is_exempt(file));
    let found: Vec<_> =
        looked_at.filter_map(|file| lacking(&file).map(|what| format!("{}: {what}", file.path))).collect();
    hold(
        "a kind has a test that gives it something wrong, and reads what it says: people meet that text first",
        &found,
    );
}

#[test]
fn tests_are_told_from_the_code_before_them() {
    let file = |tests: &str| Source {
        path: String::new(),
        text: format!("fn cause() {{}}\n\n#[cfg(test)]\nmod tests {{\n{tests}\n}}\n"),
    };
    assert_eq!(lacking(&file("let cause = fire().unwrap_err().to_string();")), None);
    assert_eq!(lacking(&file("fire().unwrap_err();")), Some("its tests see an error, and not what it says"));
    assert_eq!(lacking(&file("fire().unwrap();")), Some("none of its tests sees an error"));
}
