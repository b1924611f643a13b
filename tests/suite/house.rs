//! The rules of the house that no compiler holds: who may import whom, sizes, forgotten files. Each failure says why.

mod arrows;
mod commands;
mod modules;
mod proofs;
mod sources;
mod tree;

/// Fails with all that was found and with the reason for the rule.
#[track_caller]
fn hold(rule: &str, found: &[String]) {
    assert!(found.is_empty(), "{rule}\n  {}\n", found.join("\n  "));
}
