//! What is deleted and what stays, for people and for programs.

use serde_json::{Value as Json, json};
use windlass_store::gc::{Plan, Verdict, Why};

use crate::commands::runs::{word, words};
use crate::report::{count, size, thousands, when};
use crate::terminal::printable;

/// Runs that are listed by name, at most.
const MOST_LISTED: usize = 20;

/// Why runs are kept, in the order in which that is told.
const REASONS: [(Why, &str); 5] = [
    (Why::GoesOn, "going on"),
    (Why::Waits, "waiting for answers"),
    (Why::Pinned, "pinned"),
    (Why::New, "among the newest"),
    (Why::Young, "young"),
];

/// Returns a plan, or what was done by it, in words.
pub fn text(plan: &Plan, is_done: bool) -> String {
    let mut out = String::new();
    let verb = if is_done { "deleted" } else { "would delete" };
    for (what, bytes) in parts(plan) {
        out.push_str(&format!("{verb} {what}, {}\n", size(bytes)));
    }
    let gone: Vec<_> = plan.gone().collect();
    for verdict in gone.iter().take(MOST_LISTED) {
        let (name, began, how) = (printable(&verdict.run.name), when(verdict.began_unix_ms), words(&verdict.stand));
        out.push_str(&format!("  {name}  {began}  {how}\n"));
    }
    if gone.len() > MOST_LISTED {
        out.push_str(&format!("  and {} more\n", thousands((gone.len() - MOST_LISTED) as u64)));
    }
    out.push_str(&stays(plan));
    let frees = size(plan.frees_bytes());
    out.push_str(&match (plan.is_empty(), is_done) {
        (true, _) => "there is nothing to delete\n".to_owned(),
        (_, true) => format!("{frees} in all are free again\n"),
        (_, false) => format!("{frees} in all; `windlass gc --apply` deletes it\n"),
    });
    out
}

/// Returns what goes, each with its size in bytes.
fn parts(plan: &Plan) -> Vec<(String, u64)> {
    let runs = (plan.gone().count(), "run", plan.gone().map(|gone| gone.size_bytes).sum());
    let sum = |files: &mut dyn Iterator<Item = u64>| files.sum::<u64>();
    let blobs = (plan.blobs.len(), "large value", sum(&mut plan.blobs.iter().map(|(_, size)| *size)));
    let packs = (plan.packs.len(), "pack", sum(&mut plan.packs.iter().map(|pack| pack.frees_bytes)));
    let leftovers = (plan.leftovers.len(), "useless file", sum(&mut plan.leftovers.iter().map(|(_, size)| *size)));
    let there = [runs, blobs, packs, leftovers].into_iter().filter(|(number, ..)| *number > 0);
    let named = there.map(|(number, noun, bytes)| {
        let what = count(number as u64, noun);
        (if noun == "pack" { format!("small values in {what}") } else { what }, bytes)
    });
    named.collect()
}

fn stays(plan: &Plan) -> String {
    let number = |why: Why| plan.runs.iter().filter(|verdict| verdict.kept == Some(why)).count() as u64;
    let reasons = REASONS.iter().map(|(why, words)| (number(*why), words)).filter(|(number, _)| *number > 0);
    let reasons: Vec<_> = reasons.map(|(number, words)| format!("{} {words}", thousands(number))).collect();
    if reasons.is_empty() {
        return String::new();
    }
    let evicted = match plan.evicted {
        0 => String::new(),
        number => format!("; {} of theirs must go, because `cache_size` says so", count(number, "value")),
    };
    let bytes = size(plan.kept_bytes);
    format!("keeps of the runs: {}; their values take {bytes}{evicted}\n", reasons.join(", "))
}

/// Returns the same as one JSON object.
pub fn json(plan: &Plan, is_done: bool) -> String {
    let run = |verdict: &Verdict| {
        let kept = verdict.kept.and_then(|why| REASONS.iter().find(|(reason, _)| *reason == why));
        json!({
            "run": verdict.run.name,
            "unix_ms": verdict.began_unix_ms,
            "stand": word(&verdict.stand),
            "size_bytes": verdict.size_bytes,
            "kept": kept.map(|(_, words)| words),
        })
    };
    let files = |files: &mut dyn Iterator<Item = u64>| {
        let sizes: Vec<_> = files.collect();
        json!({ "count": sizes.len(), "size_bytes": sizes.iter().sum::<u64>() })
    };
    let whole = json!({
        "deleted": is_done,
        "runs": plan.runs.iter().map(run).collect::<Json>(),
        "large_values": files(&mut plan.blobs.iter().map(|(_, size)| *size)),
        "packs": files(&mut plan.packs.iter().map(|pack| pack.frees_bytes)),
        "useless_files": files(&mut plan.leftovers.iter().map(|(_, size)| *size)),
        "evicted_values": plan.evicted,
        "kept_bytes": plan.kept_bytes,
        "frees_bytes": plan.frees_bytes(),
    });
    format!("{whole:#}\n")
}
