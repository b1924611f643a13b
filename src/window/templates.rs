//! What a new graph of the window may begin as: the templates of `windlass new`, but for the empty one.

use clap::ValueEnum;
use windlass_core::doc::GraphText;
use windlass_editor::Template as Offered;

use crate::cli::Template;
use crate::commands;

/// Returns all templates that do something.
pub fn all() -> Vec<Offered> {
    let does_something = Template::value_variants().iter().filter(|template| **template != Template::Empty);
    does_something.filter_map(|template| offered(commands::template(*template))).collect()
}

fn offered(text: &str) -> Option<Offered> {
    let (read, _) = GraphText::open("template", text.as_bytes(), None).ok()?;
    let doc = read.doc();
    let title = doc.name.clone()?;
    Some(Offered { title, doc: doc.description.clone().unwrap_or_default(), text: text.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_but_the_empty_one_is_offered_with_what_it_does() {
        let offered = all();
        assert_eq!(offered.len(), Template::value_variants().len() - 1);
        assert!(offered.iter().all(|template| !template.title.is_empty() && !template.doc.is_empty()));
    }
}
