//! A kind with as many places as there are servers, whose workflow is converted by what is known of their classes.

use std::sync::{Arc, OnceLock};

use serde_json::Value as Json;
use windlass_core::node::{ErasedNode, Kind, Node, NodeError, Statics, kind_of};
use windlass_core::spec::Spec;
use windlass_core::value::Bag;

use crate::Definitions;
use crate::kinds::Shelf;
use crate::run_workflow::converted;

/// A kind of which so many items fire at once as the pool has room for.
pub struct Slots {
    kind: Arc<dyn Kind>,
    slots: usize,
    shelf: Arc<Shelf>,
    /// The classes, once they are known.
    classes: OnceLock<Definitions>,
}

impl Slots {
    /// Limits the kind that an author's type stands for.
    pub fn of<N: Node>(slots: usize, shelf: Arc<Shelf>) -> Arc<dyn Kind> {
        Arc::new(Self { kind: kind_of::<N>(), slots, shelf, classes: OnceLock::new() })
    }

    fn classes(&self) -> Result<&Definitions, NodeError> {
        if let Some(known) = self.classes.get() {
            return Ok(known);
        }
        let found = self.shelf.definitions().map_err(|error| {
            let message = "`workflow` is as ComfyUI saves it, and what its classes are is not known";
            let hint = "start ComfyUI, name a saved answer in `object_info`, or export the workflow for the API";
            error.within(message).hint(hint)
        })?;
        Ok(self.classes.get_or_init(|| found))
    }

    /// Puts the API form in the place of a workflow as ComfyUI saves it, where no file says what its classes are.
    fn in_api_form(&self, statics: &Statics) -> Result<Option<Statics>, NodeError> {
        let Some(content) = statics.file("workflow").filter(|_| statics.file("object_info").is_none()) else {
            return Ok(None);
        };
        // What is wrong with it, the kind itself says.
        let is_drawn = crate::json(content).is_ok_and(|json| json.get("nodes").is_some_and(Json::is_array));
        if !is_drawn {
            return Ok(None);
        }
        let workflow = converted(content, self.classes()?)?;
        Ok(Some(statics.clone().with_file("workflow", workflow.to_json().to_string().into_bytes().into())))
    }
}

impl Kind for Slots {
    fn spec(&self, statics: &Statics) -> Result<Spec, NodeError> {
        let drawn = self.in_api_form(statics)?;
        Ok(Spec { slots: Some(self.slots), ..self.kind.spec(drawn.as_ref().unwrap_or(statics))? })
    }

    fn open(&self, statics: &Statics) -> Result<Arc<dyn ErasedNode>, NodeError> {
        let drawn = self.in_api_form(statics)?;
        self.kind.open(drawn.as_ref().unwrap_or(statics))
    }

    fn check_params(&self, params: Bag) -> Result<(), NodeError> {
        self.kind.check_params(params)
    }
}
