//! What a graph asks to be allowed: granted by `--allow`, remembered for the graph as it is, else refused.

use std::path::Path;

use windlass_core::permission::{Permission, Permissions};
use windlass_store::{Content, Workspace};

use crate::exit::Trouble;
use crate::warnings::Warnings;

/// Reads the permissions of a command line; relative folders are meant from the current one.
///
/// # Errors
/// Names one that is none.
pub fn read(texts: &[String], caller: &Path) -> anyhow::Result<Permissions> {
    let read = |text: &String| {
        Permission::granted(text, caller).map_err(|error| {
            Trouble::wrong(format!("`--allow {text}` grants nothing: {error}")).hint(error.hint()).into()
        })
    };
    texts.iter().map(read).collect()
}

/// Adds what was granted to this very graph before, and refuses a graph that asks for more.
///
/// # Errors
/// Names what the graph asks for and nobody granted.
pub fn check(
    asked: &Permissions,
    flags: &Permissions,
    content: &Content,
    workspace: Option<&Workspace>,
) -> anyhow::Result<Permissions> {
    let mut granted = flags.clone();
    if let Some(workspace) = workspace {
        workspace.grants().of(content, asked).iter().for_each(|known| granted.add(known.clone()));
    }
    let missing = granted.missing(asked);
    if missing.is_empty() {
        return Ok(granted);
    }
    Err(refused(&missing).into())
}

fn refused(missing: &[&Permission]) -> Trouble {
    let named: Vec<_> = missing.iter().map(|asked| format!("`{asked}`")).collect();
    let flags: Vec<_> = missing.iter().map(|asked| format!("--allow {}", quoted(&asked.to_string()))).collect();
    let message = format!("the graph asks for {}, which was not granted; nothing ran", named.join(" and "));
    Trouble::refused(message)
        .hint(format!("if you trust the graph, add `{}`; that is remembered until the graph changes", flags.join(" ")))
}

/// Returns a text as a shell takes it whole.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "._-/:".contains(c);
    if text.chars().all(plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

/// Remembers what the flags granted, for the graph as it is now.
pub fn remember(
    asked: &Permissions,
    flags: &Permissions,
    content: &Content,
    workspace: &Workspace,
    warnings: &Warnings,
) {
    let granted: Vec<_> = asked.iter().filter(|asked| flags.cover(asked)).collect();
    if let Err(error) = workspace.grants().remember(content, &granted) {
        let cause = windlass_core::node::explain_io("remember in", Path::new("grants"), &error);
        warnings.say(&format!("what was granted is forgotten after this run: {cause}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_what_to_type() {
        let asked: Permissions = ["process", "net:*"].iter().map(|text| text.parse().unwrap()).collect();
        let missing: Vec<_> = asked.iter().collect();
        let told = refused(&missing);
        assert_eq!(told.to_string(), "the graph asks for `process` and `net:*`, which was not granted; nothing ran");
    }
}
