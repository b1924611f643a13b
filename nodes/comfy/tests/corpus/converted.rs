//! Published workflows in API format, against what the front end of ComfyUI itself made of them.

use crate::published::{Corpus, differences};
use windlass_comfy::{ApiWorkflow, Converted, Workflow, convert};

fn converted(corpus: &Corpus, name: &str) -> Converted {
    let workflow = Workflow::read(&corpus.file(&format!("{name}.json")));
    convert(&workflow.unwrap_or_else(|error| panic!("{name}: {error}")), &corpus.definitions)
}

/// Returns what the front end made of a workflow, without classes that it did not know.
fn exported(corpus: &Corpus, name: &str) -> Option<ApiWorkflow> {
    ApiWorkflow::read(&corpus.file(&format!("api/{name}.api.json"))).ok()
}

#[test]
#[ignore = "needs the corpus; `benches/comfy-corpus.sh` runs it"]
fn gold_workflows_convert_to_what_the_front_end_exports() {
    let corpus = Corpus::open();
    let mut wrong = Vec::new();
    let gold: Vec<_> = corpus.names.iter().filter(|(_, gold)| *gold).collect();
    for (name, _) in &gold {
        let made = converted(&corpus, name);
        let found = differences(&made.workflow, &exported(&corpus, name).unwrap());
        for doubt in &made.findings {
            println!("{name}: {doubt}");
        }
        if !found.is_empty() || !made.is_whole() {
            wrong.push(format!("{name}:\n  {}\n  {:?}", found.join("\n  "), made.findings));
        }
    }
    println!("{} of {} gold workflows are the same", gold.len() - wrong.len(), gold.len());
    assert!(!gold.is_empty() && wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
#[ignore = "needs the corpus; `benches/comfy-corpus.sh` runs it"]
fn other_workflows_are_the_same_or_refused_by_node_and_reason() {
    let corpus = Corpus::open();
    let (mut same, mut refused, mut doubted, mut silent) = (0, 0, 0, Vec::new());
    let others: Vec<_> = corpus.names.iter().filter(|(_, gold)| !*gold).collect();
    for (name, _) in &others {
        let made = converted(&corpus, name);
        assert!(made.findings.iter().all(|finding| !finding.node.is_empty() && !finding.why.is_empty()));
        let found = exported(&corpus, name).map(|theirs| differences(&made.workflow, &theirs));
        match found {
            _ if !made.is_whole() => refused += 1,
            Some(found) if found.is_empty() => same += 1,
            _ if !made.findings.is_empty() => doubted += 1,
            found => silent.push(format!("{name}: {}", found.unwrap_or_default().join("; "))),
        }
    }
    println!(
        "{same} of {} other workflows are the same, {refused} are refused, {doubted} differ where it is said",
        others.len()
    );
    assert!(silent.is_empty(), "these differ without a word:\n{}", silent.join("\n"));
}
