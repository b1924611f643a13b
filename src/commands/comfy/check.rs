//! `windlass comfy check`: what keeps a workflow from running, before anything is posted.

use serde_json::Value as Json;
use windlass_comfy::dangers::dangers;
use windlass_comfy::offers::Offers;
use windlass_comfy::ports::Ports;
use windlass_comfy::{ApiWorkflow, Definitions, ReadError, Workflow, convert};

use super::{SAVED, read, servers, tell};
use crate::cli::CheckWorkflowArgs;
use crate::exit::{Exit, Trouble};
use crate::terminal::{err_line, print, printable};

/// Somebody who may have what a workflow needs: a name, and what it answers to `/object_info`.
type Asked = (String, Json);

/// Checks a workflow.
///
/// # Errors
/// Says what cannot be read, or that nobody says what classes there are.
pub fn run(args: &CheckWorkflowArgs) -> anyhow::Result<Exit> {
    let drawn = read(&args.workflow, "it takes a workflow of ComfyUI", json)?;
    let asked = asked(args)?;
    let Some(workflow) = in_api_form(args, &drawn, &asked)? else { return Ok(Exit::Wrong) };
    let dangers = dangers(&workflow);
    dangers.iter().for_each(|danger| err_line(&format!("error: {}", printable(danger))));
    let able = asked.iter().filter(|(name, answer)| is_able(name, answer, &workflow)).count();
    print(&told(&workflow)?)?;
    let runs = dangers.is_empty() && (able > 0 || asked.is_empty());
    Ok(if runs { Exit::Done } else { Exit::Wrong })
}

fn json(bytes: &[u8]) -> Result<Json, ReadError> {
    Ok(serde_json::from_slice(bytes)?)
}

/// Returns what servers, or a file in their place, say of classes; servers that do not answer are named.
fn asked(args: &CheckWorkflowArgs) -> anyhow::Result<Vec<Asked>> {
    if let Some(file) = &args.object_info {
        return Ok(vec![(file.display().to_string(), read(file, SAVED, json)?)]);
    }
    let mut asked = Vec::new();
    for server in servers::named(&args.server)? {
        match servers::waited(server.object_info())? {
            Ok(answer) => asked.push((server.address().to_string(), answer)),
            Err(error) => err_line(&format!("warning: {}", printable(&error.to_string()))),
        }
    }
    Ok(asked)
}

/// Returns the workflow as a server runs it; none where it could not be converted, which has been said.
fn in_api_form(args: &CheckWorkflowArgs, drawn: &Json, asked: &[Asked]) -> anyhow::Result<Option<ApiWorkflow>> {
    let path = args.workflow.display();
    let wrong = |error: ReadError| Trouble::wrong(format!("`{path}` cannot be used: {error}"));
    if !drawn.get("nodes").is_some_and(Json::is_array) {
        return Ok(Some(ApiWorkflow::of(drawn).map_err(wrong)?));
    }
    let Some((_, answer)) = asked.first() else {
        let message = format!("`{path}` is as ComfyUI saves it, and nobody says what its classes are");
        return Err(Trouble::wrong(message).hint("start ComfyUI, or name a saved answer with `--object-info`").into());
    };
    let definitions = Definitions::of(answer).map_err(wrong)?;
    let made = convert(&Workflow::read(drawn.to_string().as_bytes()).map_err(wrong)?, &definitions);
    tell(&made);
    Ok(made.is_whole().then_some(made.workflow))
}

/// Says what somebody lacks; returns whether that is nothing.
fn is_able(name: &str, answer: &Json, workflow: &ApiWorkflow) -> bool {
    let lacks = Offers::of(answer).lacks(workflow);
    for lack in &lacks {
        err_line(&format!("error: {} does not have {}", printable(name), printable(&lack.to_string())));
    }
    if lacks.is_empty() {
        err_line(&format!("{} has all classes and models", printable(name)));
    }
    lacks.is_empty()
}

/// Returns the ports that the workflow has in a graph.
fn told(workflow: &ApiWorkflow) -> anyhow::Result<String> {
    let ports = Ports::of(workflow, &[]).map_err(|error| Trouble::wrong(error.to_string()))?;
    let mut told = format!("{} nodes; in a graph, `comfy.workflow` has the ports\n", workflow.nodes.len());
    for port in ports.inputs() {
        told.push_str(&format!("  {} ({}): {}\n", port.name, port.ty, printable(&port.doc)));
    }
    for port in &ports.outputs {
        told.push_str(&format!("  -> {}: {}\n", port.name, printable(&port.doc)));
    }
    Ok(told)
}
