//! Published workflows as graphs, and the prompts that such graphs come to.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use windlass_comfy::api::wire;
use windlass_comfy::islands::prompts;
use windlass_comfy::{ApiNode, ApiWorkflow, Workflow, convert, export, import, import_api};
use windlass_core::doc::{self, GraphDoc, NoFiles};
use windlass_core::plan::{Compiled, Plan, Request, compile};
use windlass_core::problem::Severity;
use windlass_core::registry::Registry;

use crate::published::{Corpus, differences};

fn graph(corpus: &Corpus, name: &str) -> GraphDoc {
    let workflow = Workflow::read(&corpus.file(&format!("{name}.json"))).unwrap();
    let imported = import(&workflow, &corpus.definitions);
    let read = doc::read(name, doc::write_new(&imported.graph).as_bytes(), None);
    assert!(read.problems.is_empty(), "{name}: {:?}", read.problems);
    let graph = read.doc.unwrap();
    assert_eq!(graph, imported.graph, "{name}: what is written is what is read");
    graph
}

fn compiled(registry: &Registry, graph: &GraphDoc) -> Compiled {
    compile(&Request::new(graph, registry, &NoFiles))
}

/// Returns the prompts of a plan as one, with the ids that the workflow has: `ksampler-75-61` is `75:61`.
fn together(plan: &Plan) -> ApiWorkflow {
    let id = |name: &str| name.split_once('-').unwrap().1.replace('-', ":");
    let mut all = ApiWorkflow::default();
    for prompt in prompts(plan).unwrap() {
        for (name, mut node) in prompt.nodes {
            for value in node.inputs.values_mut() {
                if let Some((from, slot)) = wire(value) {
                    *value = serde_json::json!([id(from), slot]);
                }
            }
            assert!(all.nodes.insert(id(&name), node).is_none(), "`{name}` runs twice");
        }
    }
    all
}

/// Returns what a server runs of a prompt: what keeps or shows something, and what that needs.
fn needed(corpus: &Corpus, mut workflow: ApiWorkflow) -> ApiWorkflow {
    let is_end = |class: &str| corpus.definitions.get(class).is_some_and(|definition| definition.is_end);
    let ends = workflow.nodes.iter().filter(|(_, node)| is_end(&node.class)).map(|(id, _)| id.clone());
    let (mut next, mut needed) = (ends.collect::<Vec<_>>(), BTreeSet::new());
    while let Some(id) = next.pop() {
        let from = workflow.nodes[&id].inputs.values().filter_map(|value| Some(wire(value)?.0.to_owned()));
        next.extend(from.filter(|from| !needed.contains(from)).collect::<Vec<_>>());
        needed.insert(id);
    }
    workflow.nodes.retain(|id, _| needed.contains(id));
    workflow
}

#[test]
#[ignore = "needs the corpus; `benches/comfy-corpus.sh` runs it"]
fn published_workflows_become_graphs_that_run_the_same_prompt() {
    let corpus = Corpus::open();
    let (with, without) = (corpus.registry(), corpus.registry_without_islands());
    let (mut same, mut refused, mut wrong) = (0, BTreeMap::new(), Vec::new());
    for (name, _) in corpus.names.iter().filter(|(_, gold)| *gold) {
        let graph = graph(&corpus, name);
        let plain = compiled(&without, &graph);
        let Some(plan) = plain.plan else {
            for problem in plain.problems.iter().filter(|problem| problem.severity == Severity::Error) {
                *refused.entry(problem.code).or_insert(0) += 1;
                println!(
                    "{name}: {} {}",
                    problem.node.as_deref().unwrap_or("?"),
                    problem.message.chars().take(160).collect::<String>()
                );
                assert!(problem.node.is_some(), "{name}: {problem:?} has no place");
            }
            continue;
        };
        let workflow = Workflow::read(&corpus.file(&format!("{name}.json"))).unwrap();
        let exported = needed(&corpus, convert(&workflow, &corpus.definitions).workflow);
        let found = differences(&needed(&corpus, together(&plan)), &exported);
        let merged = compiled(&with, &graph);
        if merged.plan.is_none() {
            wrong.push(format!("{name} has no plan: {:?}", merged.problems));
        } else if found.is_empty() {
            same += 1;
        } else {
            wrong.push(format!("{name}:\n  {}", found.join("\n  ")));
        }
    }
    println!(
        "{same} gold workflows run the prompt that the front end exports; {} are refused: {refused:?}",
        207 - same - wrong.len()
    );
    assert!(wrong.is_empty(), "{} are not the same:\n{}", wrong.len(), wrong.join("\n"));
}

/// Gives the nodes of an exported workflow the ids that they had before, which they keep as a property.
fn renamed(exported: &Value, workflow: ApiWorkflow) -> ApiWorkflow {
    let nodes = exported["nodes"].as_array().unwrap().iter();
    let old = |node: &Value| {
        let name = node["properties"]["windlass"].as_str()?;
        Some((node["id"].to_string(), name.split_once('-').unwrap().1.replace('-', ":")))
    };
    let old: BTreeMap<String, String> = nodes.filter_map(old).collect();
    let node = |(id, mut node): (String, ApiNode)| {
        for value in node.inputs.values_mut() {
            if let Some((from, slot)) = wire(value) {
                *value = serde_json::json!([old[from], slot]);
            }
        }
        (old[&id].clone(), node)
    };
    ApiWorkflow { nodes: workflow.nodes.into_iter().map(node).collect() }
}

#[test]
#[ignore = "needs the corpus; `benches/comfy-corpus.sh` runs it"]
fn what_is_imported_and_exported_converts_to_the_same() {
    let corpus = Corpus::open();
    let (mut same, mut unknown, mut wrong) = ([0, 0], 0, Vec::new());
    for (name, gold) in &corpus.names {
        let graph = graph(&corpus, name);
        let Ok((exported, _)) = export(&graph, &corpus.definitions) else {
            unknown += 1;
            assert!(!gold, "{name} is not exported");
            continue;
        };
        let again = convert(&Workflow::of(&exported).unwrap(), &corpus.definitions);
        let workflow = Workflow::read(&corpus.file(&format!("{name}.json"))).unwrap();
        // An output that the class of this server does not have any more.
        let is_said =
            import(&workflow, &corpus.definitions).notes.iter().any(|note| note.contains("its source does not have"));
        let found = differences(&renamed(&exported, again.workflow), &convert(&workflow, &corpus.definitions).workflow);
        if found.is_empty() {
            same[usize::from(*gold)] += 1;
        } else if !is_said || *gold {
            wrong.push(format!("{name}:\n  {}", found.join("\n  ")));
        }
    }
    println!(
        "{} gold and {} other workflows convert to the same after import and export; {unknown} have unknown classes",
        same[1], same[0]
    );
    assert!(wrong.is_empty(), "{} are not the same:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
#[ignore = "needs the corpus; `benches/comfy-corpus.sh` runs it"]
fn workflows_that_servers_ran_run_as_they_are() {
    let corpus = Corpus::open();
    let without = corpus.registry_without_islands();
    let folder = corpus.folder.parent().unwrap().join("workflows");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let (mut same, mut refused, mut wrong) = (0, 0, Vec::new());
    for file in files.iter().filter(|file| file.extension().is_some_and(|ending| ending == "json")) {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let workflow = ApiWorkflow::read(&std::fs::read(file).unwrap()).unwrap();
        let imported = import_api(&workflow, &corpus.definitions);
        let compiled = compiled(&without, &imported.graph);
        let Some(plan) = compiled.plan else {
            refused += 1;
            let errors = compiled.problems.iter().filter(|problem| problem.severity == Severity::Error);
            errors.for_each(|problem| println!("{name}: {:?} {}", problem.node, problem.message));
            continue;
        };
        // What is not given stands there with its default.
        let found = differences(&needed(&corpus, together(&plan)), &needed(&corpus, workflow));
        let found: Vec<_> = found.into_iter().filter(|line| line.starts_with("- ")).collect();
        if found.is_empty() {
            same += 1;
        } else {
            wrong.push(format!("{name}:\n  {}", found.join("\n  ")));
        }
    }
    println!("{same} workflows in API format run as they are, {refused} are refused");
    assert!(same > 0 && wrong.is_empty(), "{} are not the same:\n{}", wrong.len(), wrong.join("\n"));
}
