//! From older formats to the present one: a chain of steps, each from one version to the next.

use super::FORMAT_VERSION;
use super::read::Cx;
use super::tree::{Scalar, Tree};
use crate::problem::Problem;

/// A step from one version to the next.
pub(super) struct Step {
    /// The version that it reads.
    pub from: u32,
    /// Changes the tree of a graph.
    pub apply: fn(&mut Tree<'_>),
}

/// The steps from the oldest format that is still read to the present one, without a gap.
pub(super) struct Chain {
    /// The version that the last step arrives at.
    pub to: u32,
    /// The steps, oldest first.
    pub steps: &'static [Step],
}

impl Chain {
    /// The chain for graph files. Version 1 is the first, so there is nothing to migrate yet.
    pub(super) const OF_GRAPHS: Self = Self { to: FORMAT_VERSION, steps: &[] };
}

/// Brings a tree to the present format. Returns the version that it had if that was older, and `None` for a tree of
/// a format that cannot be read.
pub(super) fn migrate(cx: &mut Cx, tree: &mut Tree<'_>, chain: &Chain) -> Option<Option<u32>> {
    let version = version(cx, tree, chain)?;
    let older = chain.steps.iter().filter(|step| step.from >= version);
    let mut migrated_from = None;
    for step in older {
        (step.apply)(tree);
        migrated_from = Some(version);
    }
    if migrated_from.is_some() {
        let message = format!("the file is of format {version} and was read as format {}", chain.to);
        let place = tree.entry("windlass").map(|(_, value)| value.range()).unwrap_or(0..0);
        let problem = Problem::warning("migrated", message).at(cx.span_at(place));
        cx.report(problem.hint("save it from the window to write it in the present format"));
    }
    Some(migrated_from)
}

/// Returns the version of a tree; a missing one is reported and taken for the present one.
fn version(cx: &mut Cx, tree: &Tree<'_>, chain: &Chain) -> Option<u32> {
    let Some((_, value)) = tree.entry("windlass").filter(|(_, value)| !value.is_null()) else {
        let problem = Problem::error("missing-version", "the file does not say which format it has");
        let problem = problem.at(cx.span_at(start_of(tree)));
        cx.report(problem.hint(format!("write `windlass: {}` as its first line", chain.to)));
        return Some(chain.to);
    };
    let number = match value.scalar() {
        Some(Scalar::Number(number)) => number.as_u64(),
        _ => None,
    };
    let oldest = chain.steps.first().map_or(chain.to, |step| step.from);
    match number.map(|number| u32::try_from(number).unwrap_or(u32::MAX)) {
        Some(version) if (oldest..=chain.to).contains(&version) => Some(version),
        Some(version) if version > chain.to => {
            newer(cx, value, version, chain);
            None
        }
        _ => {
            let message = format!("this is not the version of a format; the present one is {}", chain.to);
            let problem = Problem::error("bad-version", message).at(cx.span(value));
            cx.report(problem.hint(format!("write `windlass: {}`", chain.to)));
            Some(chain.to)
        }
    }
}

fn newer(cx: &mut Cx, value: &Tree<'_>, version: u32, chain: &Chain) {
    let message = format!("the file is of format {version}, and this program reads formats up to {}", chain.to);
    let problem = Problem::error("newer-format", message).at(cx.span(value));
    cx.report(problem.hint(format!("open it with a newer Windlass, one that reads format {version}")));
}

/// Returns the place of the first key.
fn start_of(tree: &Tree<'_>) -> std::ops::Range<usize> {
    tree.entries().and_then(<[_]>::first).map_or(tree.range(), |(key, _)| key.range())
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::doc::read::read_by;
    use crate::doc::tree::Kind;

    /// Pretends that older formats had `steps`, then `parts`, where the present one has `nodes`.
    const PRETENDED: Chain = Chain {
        to: 3,
        steps: &[
            Step { from: 1, apply: |tree| rename(tree, "steps", "parts") },
            Step { from: 2, apply: |tree| rename(tree, "parts", "nodes") },
        ],
    };

    fn rename(tree: &mut Tree<'_>, old: &str, new: &'static str) {
        let Kind::Map(entries) = &mut tree.kind else { return };
        for (key, _) in entries.iter_mut().filter(|(key, _)| key.text() == Some(old)) {
            key.kind = Kind::Scalar(Cow::Borrowed(new));
        }
    }

    #[track_caller]
    fn codes(text: &str) -> (Vec<&'static str>, usize, Option<u32>) {
        let read = read_by("old.yaml", text.as_bytes(), None, &PRETENDED);
        let codes = read.problems.iter().map(|problem| problem.code).collect();
        (codes, read.doc.map_or(0, |doc| doc.nodes.len()), read.migrated_from)
    }

    #[test]
    fn older_formats_are_migrated_step_by_step() {
        assert_eq!(codes("windlass: 1\nsteps: { a: { kind: x.y } }\n"), (vec!["migrated"], 1, Some(1)));
        assert_eq!(codes("windlass: 2\nparts: { a: { kind: x.y } }\n"), (vec!["migrated"], 1, Some(2)));
        assert_eq!(codes("windlass: 3\nnodes: { a: { kind: x.y } }\n"), (vec![], 1, None));
        assert_eq!(codes("windlass: 3\nparts: {}\n"), (vec!["unknown-key"], 0, None));
    }

    #[test]
    fn what_cannot_be_migrated_is_refused() {
        assert_eq!(codes("windlass: 4\nnodes: {}\n"), (vec!["newer-format"], 0, None));
        assert_eq!(codes("windlass: 0\nnodes: {}\n"), (vec!["bad-version"], 0, None));
        assert_eq!(codes("windlass: one\nnodes: {}\n"), (vec!["bad-version"], 0, None));
        assert_eq!(codes("nodes: {}\n"), (vec!["missing-version"], 0, None));
    }
}
