//! Kinds of a server's classes: `comfy.KSampler`, made of what the server says of them.

mod shape;
mod shelf;
mod types;

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value as Json;
use windlass_core::node::{ErasedNode, FireFuture, Kind, NodeError, Statics};
use windlass_core::prelude::{Bag, Ctx, Spec};
use windlass_core::registry::KindSource;

pub use shape::MORE;
pub(crate) use shape::spec;
pub use shelf::Shelf;
pub use types::{given, taken};

use crate::Definitions;
use crate::definitions::{Definition, essence};
use crate::names::{class_of, kind_of};

/// The name of the source of kinds.
const NAME: &str = "nodes";
/// The name of the source of kinds, with that of its pack.
pub(crate) const SOURCE: &str = "comfy.nodes";
/// Classes that bring pictures and other values into a prompt and out of it: an island may need them beside its own.
pub(crate) const HELPERS: [&str; 13] = [
    "LoadImage",
    "LoadImageMask",
    "LoadAudio",
    "LoadVideo",
    "ImageBatch",
    "ImageToMask",
    "MaskToImage",
    "SaveImage",
    "PreviewImage",
    "PreviewAudio",
    "SaveAudio",
    "SaveVideo",
    "PreviewAny",
];

/// The source of the kinds.
pub struct Nodes(pub Arc<Shelf>);

impl KindSource for Nodes {
    fn name(&self) -> &str {
        NAME
    }

    fn list(&self) -> Result<Json, NodeError> {
        self.0.listing().map(|listing| (*listing).clone())
    }

    fn kinds(&self, listing: &Json) -> Result<Vec<Arc<dyn Kind>>, NodeError> {
        let definitions = Definitions::of(listing).map_err(|error| NodeError::new(error.to_string()))?;
        let kind = |(class, definition): (&str, &Definition)| {
            Arc::new(Class { class: class.to_owned(), definition: definition.clone() }) as Arc<dyn Kind>
        };
        Ok(definitions.iter().filter(|(class, _)| !class.is_empty()).map(kind).collect())
    }

    fn part(&self, listing: &Json, kinds: &BTreeSet<&str>) -> Json {
        let classes: Vec<String> = kinds.iter().filter_map(|kind| class_of(kind)).collect();
        let wanted = classes.iter().map(String::as_str).chain(HELPERS).collect();
        essence(listing, Some(&wanted))
    }
}

/// A class as a kind.
struct Class {
    class: String,
    definition: Definition,
}

impl Kind for Class {
    fn spec(&self, statics: &Statics) -> Result<Spec, NodeError> {
        Ok(spec(&self.class, &self.definition, statics))
    }

    fn open(&self, _: &Statics) -> Result<Arc<dyn ErasedNode>, NodeError> {
        Ok(Arc::new(Alone(kind_of(&self.class))))
    }

    fn check_params(&self, _: Bag) -> Result<(), NodeError> {
        Ok(())
    }
}

/// What stands in the plan until a pass has made an island of it.
struct Alone(String);

impl ErasedNode for Alone {
    fn fire<'a>(&'a self, _: Bag, _: &'a Ctx) -> FireFuture<'a> {
        let error = NodeError::new(format!("`{}` runs as a part of an island alone", self.0)).permanent();
        Box::pin(async { Err(error) })
    }
}
