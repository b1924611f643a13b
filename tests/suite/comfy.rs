//! ComfyUI: the commands, and graphs that run on servers which misbehave.

mod commands;
mod faults;
mod islands;
mod kills;
mod servers;
mod studio;

use std::fs;

use serde_json::{Value, json};

use crate::program::windlass;

#[test]
fn a_workflow_is_printed_as_a_server_runs_it_or_refused_by_node() {
    let folder = tempfile::tempdir().unwrap();
    let classes = json!({ "Noise": { "input": { "required": {
        "seed": ["INT", { "control_after_generate": true }], "name": ["STRING"] } } } });
    fs::write(folder.path().join("classes.json"), classes.to_string()).unwrap();
    let workflow = |class: &str| json!({ "version": 0.4, "links": [], "nodes": [{ "id": 3, "type": class, "widgets_values": [7, "fixed", "grain"] }] });
    fs::write(folder.path().join("flow.json"), workflow("Noise").to_string()).unwrap();
    fs::write(folder.path().join("other.json"), workflow("Grain").to_string()).unwrap();
    let convert = |file: &str| windlass(folder.path(), &["comfy", "convert", file, "--object-info", "classes.json"]);
    let printed = convert("flow.json").ends_with(0).out;
    let expected = json!({ "3": { "inputs": { "seed": 7, "name": "grain" }, "class_type": "Noise" } });
    assert_eq!(serde_json::from_str::<Value>(&printed).unwrap(), expected);
    let refused = convert("other.json").ends_with(2).says("node 3 (`Grain`)");
    assert!(refused.out.is_empty());
    convert("classes.json").ends_with(2).says("`nodes`");
    convert("nowhere.json").ends_with(2).says("nowhere.json");
}

#[test]
fn a_server_that_is_not_there_is_said_to_be_so() {
    let folder = tempfile::tempdir().unwrap();
    let status = |address: &str| windlass(folder.path(), &["comfy", "status", "--server", address]);
    status("127.0.0.1:1").ends_with(2).says("http://127.0.0.1:1 cannot be reached").says("start ComfyUI");
    status("ftp://box").ends_with(2).says("is no address of a server");
}
