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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use windlass_core::value::{Channels, File, Image, List, Samples};

    use super::*;
    use crate::job::{Fetched, Given};

    fn picture(width: u32) -> Value {
        let samples = Samples::U8(vec![0; width as usize * 3]);
        Value::Image(Arc::new(Image::new(width, 1, Channels::Rgb, samples).unwrap()))
    }

    fn list(pictures: &[u32]) -> Value {
        Value::List(Arc::new(pictures.iter().map(|width| picture(*width)).collect::<List>()))
    }

    /// An island of one node with one input, which gives one thing.
    fn island(takes: &str, gives: &str) -> Island {
        let outer = Feed::Outer { key: "n.in".into(), ty: takes.into() };
        let part = Part { id: "n".into(), class: "Any".into(), title: None, inputs: vec![("in".into(), outer)] };
        let give = Give { port: "n.out".into(), node: "n".into(), slot: 1, ty: gives.into() };
        let class = json!({ "input": {} });
        let helpers = json!({ "PreviewImage": class, "SaveImage": class, "MaskToImage": class, "SaveAudio": class, "PreviewAny": class });
        let helpers = Definitions::of(&helpers).unwrap();
        Island { parts: vec![part], gives: vec![give], helpers, ..Island::default() }
    }

    fn job(takes: &str, value: Value) -> Result<(Job, Vec<String>), NodeError> {
        let mut bag = Bag::new();
        bag.set("n.in", value);
        island(takes, "IMAGE").job(&mut bag)
    }

    #[track_caller]
    fn said(takes: &str, value: Value) -> String {
        job(takes, value).map(drop).unwrap_err().to_string()
    }

    #[test]
    fn pictures_are_handed_over_alone_or_as_a_batch() {
        let (one, shown) = job("IMAGE", picture(2)).unwrap();
        assert_eq!(one.workflow.nodes["n/in/in0"].class, "LoadImage");
        assert_eq!(one.workflow.nodes["n"].inputs["in"], json!(["n/in/in0", 0]));
        assert_eq!((one.uploads.len(), one.uploads[0].input.as_str()), (1, "image"));
        assert_eq!((&shown, &one.outputs), (&vec!["n/1/out".to_owned()], &shown), "only what is taken is run");
        assert_eq!(one.workflow.nodes["n/1/out"].inputs["images"], json!(["n", 1]));
        let (batch, _) = job("IMAGE", list(&[2, 2, 2])).unwrap();
        assert_eq!(batch.uploads.len(), 3);
        assert_eq!(batch.workflow.nodes["n"].inputs["in"], json!(["n/in/batch1", 0]));
        assert_eq!(batch.workflow.nodes["n/in/batch1"].inputs["image1"], json!(["n/in/batch0", 0]));
        let (mask, _) = job("MASK", picture(2)).unwrap();
        let loader = &mask.workflow.nodes["n/in/in0"];
        assert_eq!((loader.class.as_str(), &loader.inputs["channel"]), ("LoadImageMask", &json!("red")));
    }

    #[test]
    fn what_no_prompt_can_hold_is_said() {
        assert!(said("IMAGE", list(&[2, 3])).contains("2×1 and 3×1"));
        assert!(said("IMAGE", list(&[])).contains("a list without a picture"));
        assert!(said("MASK", list(&[2, 2])).contains("one picture as a mask"));
        let file = |media: &str| Value::File(Arc::new(File::in_memory(*b"x", "x", media)));
        assert!(said("AUDIO", file("video/mp4")).contains("takes no `video`"));
        assert!(said("FLOAT", Value::Float(f64::NAN)).contains("takes no `float`"));
        assert!(said("IMAGE", list(&[1; 300])).contains("too many for one batch"));
    }

    #[test]
    fn plain_values_stand_in_the_prompt() {
        let set = |takes: &str, value: Value| job(takes, value).unwrap().0.workflow.nodes["n"].inputs["in"].clone();
        assert_eq!(set("STRING", Value::text("a")), json!("a"));
        assert_eq!(set("INT", Value::text("18446744073709551615")), json!(u64::MAX));
        assert_eq!(set("STRING", Value::text("7")), json!("7"));
        assert_eq!(set("*", Value::Absent), Json::Null);
        let numbers = Value::List(Arc::new([Value::Int(1), Value::Int(0)].into_iter().collect::<List>()));
        assert_eq!(set("FLOATS", numbers), json!({ "__value__": [1, 0] }), "a list is no wire");
        assert!(!island("INT", "IMAGE").job(&mut Bag::new()).unwrap().0.workflow.nodes["n"].inputs.contains_key("in"));
    }

    #[test]
    fn what_comes_out_is_what_its_type_says() {
        let value = |ty: &str, given: Given| fetch::value(ty, "n.out", Some(&given));
        let text = |text: &str| Given { texts: vec![text.to_owned()], ..Given::default() };
        assert!(matches!(value("INT", text("42")), Ok(Value::Int(42))));
        assert!(matches!(value("FLOAT", text("1e-05")), Ok(Value::Float(float)) if float == 1e-5));
        assert!(matches!(value("BOOLEAN", text("True")), Ok(Value::Bool(true))));
        assert!(matches!(value("STRING", text(" a ")), Ok(Value::Text(text)) if &*text == " a "));
        assert!(value("INT", text("many")).unwrap_err().to_string().contains("is no `INT`: `many`"));
        assert!(value("IMAGE", Given::default()).unwrap_err().to_string().contains("nothing came out"));
        let file = |name: &str| {
            let file = File::in_memory(*b"x", name, "application/octet-stream");
            Given { files: vec![Fetched { file: Arc::new(file), picture: None }], ..Given::default() }
        };
        assert!(matches!(value("AUDIO", file("a.flac")), Ok(Value::File(file)) if file.media_type == "audio/flac"));
        assert!(value("VIDEO", file("a.flac")).unwrap_err().to_string().contains("`a.flac`"));
        assert!(value("IMAGE", file("a.png")).unwrap_err().to_string().contains("no picture"));
        assert!(fetch::value("IMAGE", "n.out", None).unwrap_err().to_string().contains("nothing came out"));
    }
}
