//! Any body of a loop gives problems or a plan in which each step follows what feeds it, and never a panic.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use windlass_core::doc::{NoFiles, read};
use windlass_core::plan::{Request, compile, print};
use windlass_core::registry::Registry;

const KINDS: [&str; 3] = ["flow.repeat", "flow.try", "flow.retry_until"];

// The first byte chooses the kind, the rest is the body as the text of a file, indented below its key.
fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else { return };
    let Ok(body) = std::str::from_utf8(rest) else { return };
    let kind = KINDS[usize::from(*first) % KINDS.len()];
    let indented: String = body.lines().map(|line| format!("      {line}\n")).collect();
    let text = format!(
        "windlass: 1\nnodes:\n  one: {{ kind: flow.constant, params: {{ value: 1 }} }}\n  loop:\n    kind: {kind}\n    inputs: {{ n: one.value }}\n    body:\n{indented}"
    );
    let read = read("fuzz.yaml", text.as_bytes(), Some(Path::new("/fuzz.yaml")));
    let Some(doc) = &read.doc else { return };
    let registry = Registry::new([windlass_flow::pack()]).expect("the pack has each kind once");
    let compiled = compile(&Request::new(doc, &registry, &NoFiles));
    let Some(plan) = compiled.plan else { return };
    for (at, step) in plan.steps.iter().enumerate() {
        assert!(step.inputs.iter().all(|input| input.from < at), "{} comes before what feeds it", step.name);
    }
    assert!(!print::text(&plan).is_empty());
});
