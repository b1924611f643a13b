//! `windlass new`: starts a graph from a template, and never touches a file that exists.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::cli::{NewArgs, Template};
use crate::exit::{Exit, Trouble};
use crate::terminal::{self, printable};

/// Makes the file.
///
/// # Errors
/// Says why it cannot be made: it exists, its folder does not.
pub fn run(args: &NewArgs) -> anyhow::Result<Exit> {
    let path = with_extension(&args.graph);
    create(&path, text(args.template))?;
    let made = printable(&path.display().to_string());
    terminal::print(&format!(
        "made {made}\nnext: windlass run {}{}\n",
        terminal::as_typed(&made),
        needs(args.template)
    ))?;
    Ok(Exit::Done)
}

/// Returns what has to be said to run a template over something of one's own.
fn needs(template: Template) -> &'static str {
    match template {
        Template::ContactSheet | Template::Resize => " --in folder=DIR   (a folder of pictures; without it, `photos`)",
        Template::MailMerge => {
            " --in people=FILE   (a CSV file with the columns `name` and `town`; without it, `people.csv`)"
        }
        Template::Empty => "",
    }
}

/// Returns the text of a template.
pub fn text(template: Template) -> &'static str {
    match template {
        Template::ContactSheet => include_str!("../templates/contact-sheet.yaml"),
        Template::Resize => include_str!("../templates/resize.yaml"),
        Template::MailMerge => include_str!("../templates/mail-merge.yaml"),
        Template::Empty => include_str!("../templates/empty.yaml"),
    }
}

fn with_extension(path: &Path) -> PathBuf {
    if path.extension().is_some() { path.to_owned() } else { path.with_extension("yaml") }
}

/// Makes a file that does not exist yet.
pub(super) fn create(path: &Path, text: &str) -> anyhow::Result<()> {
    let made = OpenOptions::new().write(true).create_new(true).open(path);
    let mut file = made.map_err(|error| {
        let trouble = Trouble::wrong(format!("cannot make `{}`", path.display()));
        match error.kind() {
            ErrorKind::AlreadyExists => trouble.hint("choose another name, or remove what stands there"),
            ErrorKind::NotFound => trouble.hint("make the folder first"),
            _ => trouble,
        }
        .because(error)
    })?;
    file.write_all(text.as_bytes()).map_err(|error| {
        // Half a graph is worse than none; the file is ours, for it was made a moment ago.
        let _ = fs::remove_file(path);
        Trouble::store(format!("cannot write `{}`", path.display())).because(error)
    })
}
