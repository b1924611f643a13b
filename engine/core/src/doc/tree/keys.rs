//! What holds for the keys of every mapping: they are texts, stand once, and none merges another mapping.

use std::collections::HashMap;

use super::{Kind, Style, Tree};
use crate::doc::read::Cx;
use crate::problem::Problem;

/// Reports keys that cannot be, and takes their entries out of the tree.
pub(in crate::doc) fn check_keys(cx: &mut Cx, tree: &mut Tree<'_>) {
    match &mut tree.kind {
        Kind::Scalar(_) => {}
        Kind::List(members) => members.iter_mut().for_each(|member| check_keys(cx, member)),
        Kind::Map(entries) => {
            let kept = kept_keys(cx, entries);
            let mut kept = kept.into_iter();
            entries.retain(|_| kept.next().unwrap_or(false));
            entries.iter_mut().for_each(|(_, value)| check_keys(cx, value));
        }
    }
}

/// Returns for each entry whether it may stay.
fn kept_keys(cx: &mut Cx, entries: &[(Tree<'_>, Tree<'_>)]) -> Vec<bool> {
    let mut seen: HashMap<&str, &Tree<'_>> = HashMap::with_capacity(entries.len());
    let mut kept = Vec::with_capacity(entries.len());
    for (key, _) in entries {
        let problem = match key.text() {
            None => Some(not_a_text(cx, key)),
            Some("<<") if key.style == Style::Plain => Some(merge(cx, key)),
            Some(name) => match seen.get(name) {
                Some(first) => Some(twice(cx, name, first, key)),
                None => {
                    seen.insert(name, key);
                    None
                }
            },
        };
        kept.push(problem.is_none());
        if let Some(problem) = problem {
            cx.report(problem);
        }
    }
    kept
}

fn not_a_text(cx: &Cx, key: &Tree<'_>) -> Problem {
    let problem = Problem::error("non-text-key", format!("a key must be a text, and this is {}", key.words()));
    let hint = match &key.kind {
        Kind::Scalar(text) if !text.is_empty() => format!("write it in quotes: `\"{text}\"`"),
        _ => "write a name before the `:`".to_owned(),
    };
    problem.at(cx.span(key)).hint(hint)
}

fn merge(cx: &Cx, key: &Tree<'_>) -> Problem {
    let problem = Problem::error("merge-key", "merge keys (`<<`) are not part of the format");
    problem.at(cx.span(key)).hint("write the entries out, or repeat one value by an anchor and an alias")
}

fn twice(cx: &Cx, name: &str, first: &Tree<'_>, second: &Tree<'_>) -> Problem {
    let problem = Problem::error("duplicate-key", format!("the key `{name}` stands here a second time"));
    let problem = problem.at(cx.span(second)).related(cx.span(first), "it stands here already");
    problem.hint("remove one of the two, or give it another name")
}
