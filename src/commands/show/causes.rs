//! `windlass show --causes`: why a run computed what it computed, step by step.

use serde_json::{Value as Json, json};
use windlass_store::runs::{Run, Runs};

use crate::explain::{After, Computed, after, causes_in_words};
use crate::packs;
use crate::report::count;
use crate::terminal::{self, printable};

/// Shows why a run computed what it computed.
///
/// # Errors
/// Its journal cannot be read, or its graph cannot be compiled any more.
pub fn show(runs: &Runs, run: &Run, as_json: bool) -> anyhow::Result<()> {
    let after = after(runs, run, &packs::registry()?)?;
    match as_json {
        true => terminal::print(&format!("{}\n", json_of(run, &after))),
        false => terminal::print(&printable(&text(run, &after))),
    }
}

fn text(run: &Run, After(steps): &After) -> String {
    let computed: u64 = steps.iter().map(Computed::computed).sum();
    let found: u64 = steps.iter().map(|step| step.found).sum();
    let mut text = format!(
        "{}: {} computed, {} found; light steps are computed each time and not listed\n",
        run.name,
        count(computed, "result"),
        count(found, "result")
    );
    let number = |number: u64| if number == 0 { "-".to_owned() } else { number.to_string() };
    let row = |step: &Computed| {
        let why = causes_in_words(&step.causes);
        [step.name.clone(), number(step.found), number(step.computed()), number(step.again), why]
    };
    let head = ["step", "found", "computed", "again", "why"].map(str::to_owned);
    text.push_str(&terminal::table(&[vec![head], steps.iter().map(row).collect()].concat()));
    if steps.iter().any(|step| step.again > 0) {
        text.push_str("again: values that had not been kept, and that something needed\n");
    }
    text
}

fn json_of(run: &Run, After(steps): &After) -> Json {
    let step = |step: &Computed| {
        json!({
            "step": step.name,
            "found": step.found,
            "computed": step.computed(),
            "again": step.again,
            "causes": step.causes,
        })
    };
    json!({ "run": run.name, "steps": steps.iter().map(step).collect::<Vec<_>>() })
}
