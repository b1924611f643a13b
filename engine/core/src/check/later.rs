//! What the format has and this version does not run yet: each is refused in one sentence.

/// Kinds of the format that do not run yet.
const KINDS: [&str; 1] = ["flow.batch"];

/// Returns whether a kind belongs to the format, although nothing runs it yet.
pub(super) fn is_later_kind(kind: &str) -> bool {
    KINDS.contains(&kind)
}
