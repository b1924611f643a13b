//! An island when it fires: its prompt is made of what came, run, and what leaves it becomes values.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use windlass_core::node::{Emission, ErasedNode, FireFuture, NodeError};
use windlass_core::prelude::{Bag, Ctx};
use windlass_core::value::Value;

use super::{bring, fetch};
use crate::api::{ApiNode, ApiWorkflow};
use crate::definitions::Definitions;
use crate::job::{self, Job};

/// Nodes of ComfyUI that run as one prompt.
#[derive(Clone, Debug, Default)]
pub struct Island {
    /// The nodes, in an order in which each follows what feeds it.
    pub(super) parts: Vec<Part>,
    /// What leaves it.
    pub(super) gives: Vec<Give>,
    /// Ports of muted nodes, which give nothing.
    pub(super) silent: Vec<String>,
    /// Whether something is kept or shown on the server itself.
    pub(super) has_end: bool,
    /// The classes that bring values in and out.
    pub(super) helpers: Definitions,
}

/// A node of an island.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// The name of its step, which is its id in the prompt.
    pub id: String,
    pub class: String,
    pub title: Option<String>,
    /// Its inputs.
    pub inputs: Vec<(String, Feed)>,
}

/// What feeds an input.
#[derive(Clone, Debug)]
pub(super) enum Feed {
    /// Another node of the island.
    Inner { node: String, slot: usize },
    /// A parameter or a wire, under a name of the step that the island is.
    Outer { key: String, ty: String },
    /// A value.
    Fixed(Json),
}

/// Something that leaves an island.
#[derive(Clone, Debug)]
pub(super) struct Give {
    /// The port of the step.
    pub port: String,
    pub node: String,
    pub slot: usize,
    pub ty: String,
}

impl Island {
    /// Returns what it is made of, as what it computes follows from it.
    pub(super) fn essence(&self) -> Json {
        let feed = |feed: &Feed| match feed {
            Feed::Inner { node, slot } => json!([node, slot]),
            Feed::Outer { .. } => Json::Null,
            Feed::Fixed(value) => json!({ "value": value }),
        };
        let part = |part: &Part| {
            let inputs: BTreeMap<&str, Json> =
                part.inputs.iter().map(|(name, from)| (name.as_str(), feed(from))).collect();
            (part.id.clone(), json!({ "class": part.class, "inputs": inputs }))
        };
        let gives: Vec<_> = self.gives.iter().map(|give| json!([give.port, give.node, give.slot])).collect();
        let parts: serde_json::Map<String, Json> = self.parts.iter().map(part).collect();
        json!({ "nodes": parts, "gives": gives })
    }

    /// Makes the prompt of what came.
    ///
    /// # Errors
    /// Something came that no prompt can hold.
    pub(super) fn job(&self, bag: &mut Bag) -> Result<(Job, Vec<String>), NodeError> {
        let mut job = Job { workflow: ApiWorkflow::default(), ..Job::default() };
        for part in &self.parts {
            let node = ApiNode { class: part.class.clone(), inputs: serde_json::Map::new(), title: part.title.clone() };
            job.workflow.nodes.insert(part.id.clone(), node);
        }
        for part in &self.parts {
            for (input, feed) in &part.inputs {
                self.feed(&mut job, (part, input), feed, bag)?;
            }
        }
        let shown: Vec<_> = self
            .gives
            .iter()
            .map(|give| fetch::show(&mut job.workflow, (&give.node, give.slot), &give.ty, &self.helpers))
            .collect();
        if !self.has_end {
            job.outputs.clone_from(&shown);
        }
        Ok((job, shown))
    }

    fn feed(&self, job: &mut Job, (part, input): (&Part, &str), feed: &Feed, bag: &mut Bag) -> Result<(), NodeError> {
        let set = match feed {
            Feed::Inner { node, slot } => json!([node, slot]),
            Feed::Fixed(value) => value.clone(),
            Feed::Outer { key, ty } => {
                let place = bring::Place { node: &part.id, input, ty };
                match bag.take(key) {
                    None => return Ok(()),
                    // A value that is said to be none is one to ComfyUI.
                    Some(Value::Absent) => Json::Null,
                    Some(value) => return bring::enter(job, &place, value),
                }
            }
        };
        put(job, &part.id, input, set);
        Ok(())
    }

    fn emission(&self, outputs: &job::Outputs, shown: &[String], ctx: &Ctx) -> Result<Emission, NodeError> {
        let mut emission = Emission::default();
        for (give, node) in self.gives.iter().zip(shown) {
            emission.value(give.port.clone(), fetch::value(&give.ty, &give.port, outputs.nodes.get(node))?);
        }
        self.silent.iter().for_each(|port| emission.skip(port.clone(), "muted"));
        let kept = outputs.nodes.iter().filter(|(node, _)| !shown.contains(node));
        for (node, given) in kept {
            given
                .files
                .iter()
                .for_each(|fetched| ctx.log(format!("{node}: `{}` is kept on the server", fetched.file.name)));
            given.texts.iter().for_each(|text| ctx.log(format!("{node}: {text}")));
            if let Some(picture) = given.files.iter().find_map(|fetched| fetched.picture.clone()) {
                ctx.preview(Value::Image(picture));
            }
        }
        Ok(emission)
    }
}

fn put(job: &mut Job, node: &str, input: &str, value: Json) {
    if let Some(node) = job.workflow.nodes.get_mut(node) {
        node.inputs.insert(input.to_owned(), value);
    }
}

impl ErasedNode for Island {
    fn fire<'a>(&'a self, mut bag: Bag, ctx: &'a Ctx) -> FireFuture<'a> {
        Box::pin(async move {
            let (job, shown) = self.job(&mut bag)?;
            let outputs = job::run(&job, ctx).await?;
            self.emission(&outputs, &shown, ctx)
        })
    }
}
