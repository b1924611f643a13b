//! The examples of the reference, run as somebody would who pastes one under `nodes:` beside the samples.

use std::fs;
use std::thread;

use serde_json::Value as Json;

use crate::program::{files_below, repository, windlass};

/// Kinds without an example that runs alone, each with the reason.
const NOT_ALONE: [(&str, &str); 1] = [("comfy.workflow", "it needs a server of ComfyUI; tests/suite/comfy has one")];

/// Kinds whose example ends with another code than 0.
const WAITS: [&str; 1] = ["flow.ask"];

fn kinds() -> Vec<Json> {
    let listed = windlass(&repository(), &["nodes", "--json"]).ends_with(0);
    serde_json::from_str(&listed.out).unwrap()
}

fn texts<'a>(kind: &'a Json, field: &str) -> Vec<&'a str> {
    kind[field].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

/// Returns what is wrong with an example of a kind, if anything.
fn trouble(kind: &Json, example: &str) -> Option<String> {
    let name = kind["kind"].as_str().unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(repository().join("graphs/samples"), folder.path().join("samples")).unwrap();
    let nodes: String = example.lines().map(|line| format!("  {line}\n")).collect();
    // A graph names hosts; the kind itself needs some, which it learns when it fires.
    let named = |permission| if permission == "net" { "net:*" } else { permission };
    let permissions: Vec<_> = texts(kind, "permissions").into_iter().map(named).collect();
    let asked = format!("permissions: {}\n", Json::from(permissions.clone()));
    fs::write(folder.path().join("example.yaml"), format!("windlass: 1\nname: Example\n{asked}nodes:\n{nodes}"))
        .unwrap();
    let mut args = vec!["run", "example.yaml"];
    permissions.iter().for_each(|permission| args.extend(["--allow", permission]));
    // No example may depend on a host: it is checked, and what it does is tried against servers of the tests.
    let alone = permissions.iter().all(|permission| !permission.starts_with("net"));
    let ran = windlass(folder.path(), if alone { &args } else { &["check", "example.yaml"] });
    let expected = if WAITS.contains(&name) { 5 } else { 0 };
    let uses_it = example.contains(&format!("kind: {name}"));
    let kept = files_below(folder.path()).into_iter().filter(|file| !file.starts_with(".windlass"));
    let astray: Vec<_> = kept.filter(|file| !file.starts_with("out/") && file != "example.yaml").collect();
    let right = ran.code == Some(expected) && uses_it && astray.is_empty();
    (!right).then(|| format!("{name}: {:?}, used {uses_it}, astray {astray:?}\n{}\n{}", ran.code, ran.err, ran.out))
}

#[test]
fn every_kind_has_an_example_and_all_run() {
    let kinds = kinds();
    let exempt = |kind: &Json| NOT_ALONE.iter().any(|(name, _)| kind["kind"] == *name);
    let lacking: Vec<_> = kinds.iter().filter(|kind| texts(kind, "examples").is_empty() && !exempt(kind)).collect();
    assert!(lacking.is_empty(), "no example: {:?}", lacking.iter().map(|kind| &kind["kind"]).collect::<Vec<_>>());
    let examples: Vec<_> =
        kinds.iter().flat_map(|kind| texts(kind, "examples").into_iter().map(move |e| (kind, e))).collect();
    let wrong: Vec<String> = thread::scope(|scope| {
        let part =
            |half: usize| examples.iter().skip(half).step_by(2).filter_map(|(kind, e)| trouble(kind, e)).collect();
        let halves = [0, 1].map(|half| scope.spawn(move || -> Vec<String> { part(half) }));
        halves.into_iter().flat_map(|half| half.join().unwrap()).collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
