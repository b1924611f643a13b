//! The palette: kinds of nodes by name, title, words and documentation, those first that fit best.

use egui::Ui;
use windlass_core::spec::Spec;
use windlass_core::types::{Fit, Type};

use super::Listing;
use crate::action::{Action, PaletteAt};
use crate::canvas::hit::PortRef;
use crate::canvas::scene::{Scene, Side, output_type};
use crate::editor::Editor;

/// Kinds that are listed at most.
const MOST: usize = 60;

/// The palette while it is open.
pub struct Palette {
    /// Where it puts what is chosen.
    pub at: PaletteAt,
    listing: Listing,
}

/// A kind that the palette offers.
#[derive(Clone, Debug)]
pub struct Offer {
    /// Its name.
    pub kind: String,
    /// Its title.
    pub title: String,
    /// Its category.
    pub category: String,
    /// What it does, in one sentence.
    pub doc: String,
    /// What it is called elsewhere.
    search: String,
    /// All words that find it.
    words: String,
}

impl Palette {
    /// Opens it.
    pub fn new(at: PaletteAt) -> Self {
        Self { at, listing: Listing::default() }
    }
}

impl Offer {
    fn of(spec: &Spec) -> Self {
        let doc = spec.doc.split(". ").next().unwrap_or_default().trim_end_matches('.').to_owned();
        let words = format!("{} {} {} {} {}", spec.title, spec.kind, spec.category, spec.search.join(" "), spec.doc);
        let (kind, title, category) = (spec.kind.clone(), spec.title.clone(), spec.category.clone());
        Self { kind, title, category, doc, search: spec.search.join(" ").to_lowercase(), words: words.to_lowercase() }
    }

    /// Returns how well it fits what is typed, the least best; `None` where it does not.
    fn rank(&self, query: &str) -> Option<usize> {
        let query = query.to_lowercase();
        if !query.split_whitespace().all(|word| self.words.contains(word)) {
            return None;
        }
        let (title, kind) = (self.title.to_lowercase(), self.kind.to_lowercase());
        let name = kind.rsplit('.').next().unwrap_or_default();
        let begins = |text: &str| text.split(|c: char| !c.is_alphanumeric()).any(|word| word.starts_with(&query));
        let ranks = [
            title == query || name == query,
            title.starts_with(&query),
            name.starts_with(&query),
            begins(&title),
            kind.contains(&query) || title.contains(&query),
            begins(&self.search),
        ];
        Some(ranks.iter().position(|fits| *fits).unwrap_or(ranks.len()))
    }
}

/// Returns the kinds that fit what is typed, and a port where one is given, the best first.
pub fn offers(editor: &Editor, query: &str, port: Option<&PortRef>) -> Vec<Offer> {
    let specs = editor.registry.names().filter_map(|name| editor.registry.known_spec(name));
    let wanted = port.and_then(|port| wanted(&editor.tab().scene, port));
    let fitting = specs.filter(|spec| wanted.as_ref().is_none_or(|(ty, side)| goes_with(spec, ty, *side)));
    let mut ranked: Vec<_> = fitting
        .filter_map(|spec| {
            let offer = Offer::of(&spec);
            Some((offer.rank(query)?, offer))
        })
        .collect();
    ranked.sort_by(|one, other| (one.0, &one.1.kind).cmp(&(other.0, &other.1.kind)));
    ranked.into_iter().map(|(_, offer)| offer).collect()
}

/// Returns what a port carries or takes, and which side it is at.
fn wanted(scene: &Scene, port: &PortRef) -> Option<(Type, Side)> {
    let face = &scene.node(&port.node)?.face;
    let ty = match port.side {
        Side::Output => output_type(face, &port.port),
        Side::Input => face.input_type(&port.port)?.clone(),
    };
    Some((ty, port.side))
}

fn goes_with(spec: &Spec, ty: &Type, side: Side) -> bool {
    match side {
        Side::Output => {
            let collects = |port: &windlass_core::spec::PortSpec| {
                port.collect && port.ty.member_type().is_some_and(|member| ty.fits(member) != Fit::Never)
            };
            spec.inputs.iter().any(|port| ty.fits(&port.ty) != Fit::Never || collects(port))
        }
        Side::Input => {
            let member = ty.member_type();
            let fits = |out: &Type| out.fits(ty) != Fit::Never || member.is_some_and(|of| out.fits(of) != Fit::Never);
            spec.outputs.iter().any(|port| fits(&port.ty))
        }
    }
}

/// Draws the palette.
pub fn palette_ui(ui: &mut Ui, palette: &mut Palette, editor: &Editor, actions: &mut Vec<Action>) {
    let offers = offers(editor, &palette.listing.query, palette.at.port.as_ref());
    let rows = offers.into_iter().take(MOST).map(|offer| {
        let name = format!("{}  ·  {}", offer.title, offer.kind);
        (offer.kind, name, offer.doc)
    });
    let rows: Vec<_> = rows.collect();
    let hint = match &palette.at {
        PaletteAt { port: Some(port), .. } => format!("Add a node that fits {}.{}", port.node, port.port),
        PaletteAt { wire: Some(_), .. } => "Insert a node into the wire".into(),
        PaletteAt { replaces: Some(node), .. } => format!("Replace {node} by"),
        _ => "Add a node".into(),
    };
    if let Some(kind) = palette.listing.ui(ui, &hint, &rows, &editor.theme) {
        actions.push(Action::AddKind(kind));
    }
}

#[cfg(test)]
mod tests {
    use windlass_core::about::About;

    use super::*;

    #[test]
    fn what_is_called_so_comes_before_what_only_speaks_of_it() {
        let kinds = [
            About::new("comfy.workflow", "Workflow", "Makes a picture."),
            About::new("files.glob", "Find files", "Lists files.").search(&["picture folder"]),
            About::new("image.open", "Open picture", "Decodes a file."),
            About::new("image.picture", "Frame", "Frames."),
            About::new("image.show", "Picture wall", "Shows."),
            About::new("image.epicure", "Taste", "Tastes."),
        ];
        let mut offers: Vec<_> = kinds.into_iter().map(|about| Offer::of(&Spec::from(about))).collect();
        offers.sort_by_key(|offer| offer.rank("pic").unwrap_or(usize::MAX));
        let names: Vec<_> = offers.iter().map(|offer| offer.kind.as_str()).collect();
        let wanted = ["image.show", "image.picture", "image.open", "image.epicure", "files.glob", "comfy.workflow"];
        assert_eq!(names, wanted);
        assert_eq!(offers[0].rank("pic sound"), None);
    }
}
