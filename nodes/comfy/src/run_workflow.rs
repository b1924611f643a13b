//! `comfy.workflow`: a workflow of ComfyUI, whole, on one of the servers.

use std::path::PathBuf;

use serde_json::Value as Json;
use windlass_core::node::Emission;
use windlass_core::prelude::*;
use windlass_core::types::Type;
use windlass_core::value::List;

use crate::api::ApiWorkflow;
use crate::convert::{Grade, convert};
use crate::definitions::Definitions;
use crate::job::{self, Given, Job, Upload};
use crate::ports::{InputPort, OutputPort, Ports, Sort};
use crate::workflow::Workflow as Drawn;

/// The workflow, and what of it is seen from outside.
#[derive(Params)]
pub struct Settings {
    /// The file of the workflow: as ComfyUI saves it, or as it exports it for its API. Its pictures, seeds and prompts become ports,
    /// and so does what it saves.
    #[param(static)]
    workflow: Option<PathBuf>,
    /// A saved answer of a server to `/object_info`, by which a workflow is read that was not exported for the API; without it, what
    /// the workspace keeps (`windlass comfy nodes`) or a server says.
    #[param(static)]
    object_info: Option<PathBuf>,
    /// More inputs that are to have a port, as `NODE.INPUT` with the id or the title of the node: `4.steps`.
    #[param(static, default = [])]
    expose: Vec<String>,
    /// Whether pictures are given decoded, or as the files that the server made, with the workflow inside.
    #[param(static, default = "pictures")]
    give: Give,
    /// Tags of the settings that a server must have to run it: `flux`.
    #[param(default = [])]
    tags: Vec<String>,
}

/// How pictures are given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Choice)]
pub enum Give {
    /// Decoded.
    #[default]
    Pictures,
    /// As the files that the server made.
    Files,
}

/// `comfy.workflow`
pub struct RunWorkflow {
    workflow: Option<ApiWorkflow>,
    ports: Ports,
    give: Give,
}

impl Node for RunWorkflow {
    type Params = Settings;
    type In = Bag;
    type Out = Emission;

    fn about() -> About {
        About::new(
            "comfy.workflow",
            "ComfyUI workflow",
            "Runs a workflow of ComfyUI on a server of the settings. What it loads, its seeds and its prompts are ports, and \
             keep what the file says where nothing comes; each of its output nodes is a port that gives a list, because one \
             prompt may make several pictures.",
        )
        .search(&["comfyui", "stable diffusion", "generate", "flux", "prompt", "diffusion"])
        .io()
        .reads()
        .sample(Sample::new())
        .example(EXAMPLE)
    }

    fn open(statics: &Statics) -> Result<Self, NodeError> {
        let (workflow, ports) = read(statics)?.unzip();
        Ok(Self { workflow, ports: ports.unwrap_or_default(), give: give(statics) })
    }

    fn shape(spec: &mut Spec, statics: &Statics) -> Result<(), NodeError> {
        let Some((_, ports)) = read(statics)? else { return Ok(()) };
        spec.inputs.extend(ports.inputs());
        spec.outputs.extend(ports.outputs.iter().map(|port| {
            let of = type_of(port.sort, give(statics));
            PortSpec::new(&port.name, Type::list(of), &port.doc)
        }));
        Ok(())
    }

    async fn fire(&self, params: Settings, inputs: Bag, ctx: &Ctx) -> Result<Emission, NodeError> {
        let workflow = self.workflow.clone().ok_or_else(|| {
            NodeError::new("the node has no workflow").hint("name its file in the parameter `workflow`").permanent()
        })?;
        let job = Job { tags: params.tags, ..self.job(workflow, inputs)? };
        let outputs = job::run(&job, ctx).await?;
        let mut emission = Emission::default();
        let none = Given::default();
        for port in &self.ports.outputs {
            let given = outputs.nodes.get(&port.node).unwrap_or(&none);
            emission.value(port.name.clone(), Value::List(Arc::new(self.values(port, given)?)));
        }
        Ok(emission)
    }
}

impl RunWorkflow {
    fn job(&self, mut workflow: ApiWorkflow, mut inputs: Bag) -> Result<Job, NodeError> {
        let mut job = Job::default();
        for port in &self.ports.files {
            if let Some(content) = given(&mut inputs, port) {
                job.uploads.push(Upload { node: port.node.clone(), input: port.input.clone(), content });
            }
        }
        for port in &self.ports.values {
            if let (Some(value), Some(node)) = (given(&mut inputs, port), workflow.nodes.get_mut(&port.node)) {
                let json = value.to_json();
                let json = json.ok_or_else(|| NodeError::new(format!("`{}` is no value that JSON has", port.name)))?;
                node.inputs.insert(port.input.clone(), json);
            }
        }
        job.workflow = workflow;
        Ok(job)
    }

    fn values(&self, port: &OutputPort, given: &Given) -> Result<List, NodeError> {
        let lacks =
            |what: &str| NodeError::new(format!("node {} gave {what} that is no picture", port.node)).permanent();
        if port.sort == Sort::Texts {
            return Ok(given.texts.iter().map(Value::text).collect());
        }
        let value = |fetched: &job::Fetched| match (type_of(port.sort, self.give), &fetched.picture) {
            (Type::Image, Some(picture)) => Ok(Value::Image(picture.clone())),
            (Type::Image, None) => Err(lacks(&format!("`{}`", fetched.file.name))),
            _ => Ok(Value::File(fetched.file.clone())),
        };
        given.files.iter().map(value).collect()
    }
}

const EXAMPLE: &str = r#"
photo:
  kind: files.open
  params: { path: samples/photos/dunes.jpg }
open:
  kind: image.open
  inputs: { file: photo.file }
inverted:
  kind: comfy.workflow
  params: { workflow: samples/invert.json }
  inputs: { loadimage: open.image }
each:
  kind: flow.each
  inputs: { values: inverted.saveimage }
save:
  kind: image.save
  params: { path: "out/{index}.png" }
  inputs: { image: each.value }
"#;

fn given(inputs: &mut Bag, port: &InputPort) -> Option<Value> {
    inputs.take(&port.name).filter(|value| !matches!(value, Value::Absent))
}

fn type_of(sort: Sort, give: Give) -> Type {
    match (sort, give) {
        (Sort::Pictures, Give::Pictures) => Type::Image,
        (Sort::Pictures, Give::Files) => Type::File,
        (Sort::Files, _) => Type::union([Type::File, Type::Audio, Type::Video]),
        (Sort::Texts, _) => Type::text(),
    }
}

fn give(statics: &Statics) -> Give {
    if statics.get("give").and_then(Json::as_str) == Some("files") { Give::Files } else { Give::Pictures }
}

/// Reads the workflow that a parameter names, whichever form it has.
fn read(statics: &Statics) -> Result<Option<(ApiWorkflow, Ports)>, NodeError> {
    let Some(content) = statics.file("workflow") else { return Ok(None) };
    let wrong = |error: crate::ReadError| NodeError::new(format!("`workflow` cannot be used: {error}"));
    let json = crate::json(content).map_err(wrong)?;
    let workflow = match json.get("nodes").is_some_and(Json::is_array) {
        true => converted(content, &definitions(statics)?)?,
        false => ApiWorkflow::of(&json).map_err(wrong)?,
    };
    let more = statics.get("expose").and_then(Json::as_array).into_iter().flatten();
    let more: Vec<String> = more.filter_map(Json::as_str).map(str::to_owned).collect();
    let ports = Ports::of(&workflow, &more)?;
    Ok(Some((workflow, ports)))
}

/// Reads the classes that a parameter names.
fn definitions(statics: &Statics) -> Result<Definitions, NodeError> {
    let lacks =
        || NodeError::new("`workflow` is as ComfyUI saves it, and `object_info` does not say what its classes are");
    let wrong = |error| NodeError::new(format!("`object_info` cannot be used: {error}"));
    Definitions::read(statics.file("object_info").ok_or_else(lacks)?).map_err(wrong)
}

/// Makes what a server runs of what a person drew.
///
/// # Errors
/// Says by node what cannot be converted.
pub fn converted(content: &[u8], definitions: &Definitions) -> Result<ApiWorkflow, NodeError> {
    let wrong = |error| NodeError::new(format!("`workflow` cannot be used: {error}"));
    let made = convert(&Drawn::read(content).map_err(wrong)?, definitions);
    if made.is_whole() {
        return Ok(made.workflow);
    }
    let refused = made.findings.iter().filter(|finding| finding.grade == Grade::Refused);
    let said: Vec<_> = refused.map(ToString::to_string).collect();
    Err(NodeError::new(format!("`workflow` cannot be converted: {}", said.join("; "))))
}

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;

    use super::*;

    #[test]
    fn what_is_no_workflow_is_refused_before_a_server_is_asked() {
        let error = Harness::of::<RunWorkflow>().fire().map(|_| ()).unwrap_err();
        assert_eq!((error.to_string().as_str(), error.is_permanent()), ("the node has no workflow", true));
        assert_eq!(error.hint_text(), Some("name its file in the parameter `workflow`"));
        let cause = |content: &[u8]| {
            let statics = Statics::new().with_file("workflow", Arc::from(content));
            RunWorkflow::open(&statics).map(|_| ()).unwrap_err().to_string()
        };
        assert!(cause(b"{").starts_with("`workflow` cannot be used: "), "{}", cause(b"{"));
        assert!(cause(b"[1]").starts_with("`workflow` cannot be used: "), "{}", cause(b"[1]"));
        let drawn = br#"{ "nodes": [], "links": [] }"#;
        assert!(cause(drawn).ends_with("`object_info` does not say what its classes are"), "{}", cause(drawn));
    }
}
