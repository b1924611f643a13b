//! Kinds as a reference of several pages: an index, and a page for each category.

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

use windlass_core::spec::Spec;

use super::markdown;
use crate::exit::Trouble;

const HEAD: &str =
    "<!-- Printed by `windlass nodes --pages`; what is to change stands beside the code of each kind. -->\n";

/// Writes the pages. What else lies in the folder stays.
///
/// # Errors
/// Names the file that cannot be written.
pub fn write(specs: &[Spec], folder: &Path) -> anyhow::Result<()> {
    let mut categories: BTreeMap<&str, Vec<&Spec>> = BTreeMap::new();
    specs.iter().for_each(|spec| categories.entry(&spec.category).or_default().push(spec));
    fs::create_dir_all(folder).map_err(|error| unwritable("the folder cannot be made", folder, error))?;
    for (category, specs) in &categories {
        put(folder, category, &page(category, specs, folder))?;
    }
    put(folder, "README", &index(&categories))
}

fn put(folder: &Path, name: &str, text: &str) -> anyhow::Result<()> {
    let path = folder.join(format!("{name}.md"));
    fs::write(&path, text).map_err(|error| unwritable("the page cannot be written", &path, error))
}

fn unwritable(what: &str, path: &Path, error: io::Error) -> anyhow::Error {
    let what = format!("{what}: `{}`", path.display());
    let trouble = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Trouble::store(what),
        _ => Trouble::wrong(what).hint("`--pages` takes a folder that can be written to"),
    };
    trouble.because(error)
}

fn page(category: &str, specs: &[&Spec], folder: &Path) -> String {
    let picture = |spec: &Spec| {
        let name = format!("images/{}.jpg", spec.kind);
        folder.join(&name).is_file().then_some(name)
    };
    format!("{HEAD}# `{category}`\n\n{}", markdown::reference(specs.iter().copied(), picture))
}

fn index(categories: &BTreeMap<&str, Vec<&Spec>>) -> String {
    let mut text = format!(
        "{HEAD}# Kinds of nodes\n\nEach example stands under `nodes:` of a graph, and runs beside the samples of \
         `graphs/`.\n"
    );
    for (category, specs) in categories {
        text.push_str(&format!("\n## [`{category}`]({category}.md)\n\n| Kind | What it does |\n| --- | --- |\n"));
        for spec in specs {
            let anchor = anchor(&format!("{}: {}", spec.title, spec.kind));
            let doc = super::text::first_sentence(&spec.doc);
            text.push_str(&format!("| [`{}`]({category}.md#{anchor}) | {} |\n", spec.kind, markdown::cell(doc)));
        }
    }
    text
}

/// Returns the anchor that a heading gets: lower case, blanks as hyphens, other marks left out.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect::<String>().to_lowercase()
}
