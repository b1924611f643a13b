//! The commands about servers and workflows, and workflows as ComfyUI saves them.

use std::fs;

use serde_json::{Value, json};
use windlass_comfy_fake::{Fault, State};

use super::faults::once;
use super::studio::{Studio, workflow};

/// The workflow of the studio, as ComfyUI saves it.
fn drawn() -> Value {
    json!({ "version": 0.4, "last_node_id": 2, "last_link_id": 1, "links": [[1, 1, 0, 2, 0, "IMAGE"]], "nodes": [
        { "id": 1, "type": "Noise", "outputs": [{ "name": "IMAGE", "type": "IMAGE", "links": [1] }], "widgets_values": [7, "fixed", 1] },
        { "id": 2, "type": "SaveImage", "inputs": [{ "name": "images", "type": "IMAGE", "link": 1 }], "widgets_values": ["x"] },
    ] })
}

fn studio(states: Vec<State>, flow: &Value) -> Studio {
    let studio = Studio::new(states, 2);
    fs::write(studio.folder.path().join("flow.json"), flow.to_string()).unwrap();
    studio
}

#[test]
fn all_servers_of_the_settings_say_how_they_are() {
    let studio = studio(vec![State::default(), State::with(Fault::Html)], &workflow());
    let ran = studio.windlass(&["comfy", "status"]).ends_with(2);
    let ran = ran.says("no JSON").says("hint: look whether it is ComfyUI");
    let told = format!("{}: ComfyUI 0.27.0, 0 running, 0 waiting", studio.fakes[0].address());
    assert!(ran.out.contains(&told) && ran.out.contains("cuda:0: 6.0 of 8.0 GiB free"), "{ran:?}");
    let ran = studio.windlass(&["comfy", "free", "--server", &studio.fakes[0].address()]).ends_with(0);
    assert!(ran.out.contains("forgets its models"));
}

#[test]
fn a_workflow_is_checked_before_it_is_run() {
    let mut flow = workflow();
    flow["7"] = json!({ "class_type": "CheckpointLoaderSimple", "inputs": { "ckpt_name": "lrage.safetensors" } });
    let studio = studio(vec![State::default(), State::default()], &flow);
    let models = "/CheckpointLoaderSimple/input/required/ckpt_name/0/0";
    *studio.fakes[1].state().classes.pointer_mut(models).unwrap() = json!("lrage.safetensors");
    let check = || studio.windlass(&["comfy", "check", "flow.json"]);
    let needed = "the model `lrage.safetensors` (`ckpt_name` of node 7, `CheckpointLoaderSimple`)";
    let lacks = format!("{} does not have {needed}; it has `large.safetensors`", studio.fakes[0].address());
    let ran = check().ends_with(0).says(&lacks).says("has all classes and models");
    for port in ["noise_seed (int)", "-> saveimage: The pictures of node 2"] {
        assert!(ran.out.contains(port), "{}", ran.out);
    }
    studio.fakes[1].state().classes.as_object_mut().unwrap().remove("Noise");
    check().ends_with(2).says("the class `Noise` (node 1)");
    flow["1"]["inputs"]["hidden"] = json!(["9", 0]);
    fs::write(studio.folder.path().join("flow.json"), flow.to_string()).unwrap();
    check().ends_with(2).says("`hidden` of node 1 (`Noise`) is wired to node 9, which is not there");
    fs::write(studio.folder.path().join("flow.json"), drawn().to_string()).unwrap();
    check().ends_with(0);
    studio.fakes.iter().for_each(|fake| assert_eq!(fake.state().posted, 0));
}

#[test]
fn a_workflow_runs_as_comfyui_saves_it() {
    let known = studio(vec![State::default()], &drawn());
    known.windlass(&["run", "graph.yaml"]).ends_with(0);
    assert_eq!(known.written(), once(2));
    let nobody = studio(Vec::new(), &drawn());
    let mut command = nobody.command(&["check", "graph.yaml"]);
    command.env("WINDLASS_COMFY", "127.0.0.1:1");
    let said = crate::program::start(command).wait().ends_with(2);
    for words in ["as ComfyUI saves it", "what its classes are is not known", "name a saved answer in `object_info`"] {
        assert!(said.out.contains(words) || said.err.contains(words), "`{words}` is missing in {said:?}");
    }
}

#[test]
fn pictures_go_to_a_server_and_come_back_and_a_batch_is_a_list() {
    let flow = json!({
        "1": { "class_type": "LoadImage", "inputs": { "image": "example.png" }, "_meta": { "title": "Photo" } },
        "2": { "class_type": "SaveImage", "inputs": { "images": ["1", 0] } },
        "3": { "class_type": "PreviewAny", "inputs": { "source": ["1", 0] } },
        "4": { "class_type": "Noise", "inputs": { "seed": 0, "batch_size": 3 } },
    });
    let studio = studio(vec![State::default()], &flow);
    let out = |name: &str| studio.folder.path().join(name);
    crate::pictures::write(&out("in.png"), 5, 3, |x, y| [x as u8, y as u8, 9]);
    let graph = r#"
windlass: 1
inputs: { photo: { type: file } }
nodes:
  open: { kind: image.open, inputs: { file: $photo } }
  make: { kind: comfy.workflow, params: { workflow: flow.json, expose: ["4.batch_size"] }, inputs: { photo: open.image } }
  each: { kind: flow.each, inputs: { values: make.saveimage } }
  save: { kind: image.save, params: { path: "out/{index}.png" }, inputs: { image: each.value } }
outputs: { said: make.previewany }
"#;
    fs::write(out("graph.yaml"), graph).unwrap();
    let ran = studio.windlass(&["run", "graph.yaml", "--in", "photo=in.png", "--json"]).ends_with(0);
    assert!(ran.out.contains("seed 0"), "{}", ran.out);
    for at in 0..3 {
        let picture = crate::pictures::read(&out(&format!("out/{at}.png")));
        assert_eq!((picture.width, picture.height, picture.all[6]), (5, 3, [1, 1, 9]), "picture {at}");
    }
    let uploads = studio.fakes[0].state().uploads.clone();
    let (name, bytes) = uploads.first_key_value().unwrap();
    assert_eq!((uploads.len(), name.clone()), (1, format!("{}.png", blake3::hash(bytes).to_hex())));
}

#[cfg(target_os = "linux")]
#[test]
fn secret_connections_are_made_with_whom_the_system_trusts_alone() {
    let studio = studio(vec![State::secure()], &workflow());
    let run = |trusted: Option<&str>| {
        let mut command = studio.command(&["run", "graph.yaml"]);
        command.envs(trusted.map(|file| ("SSL_CERT_FILE", studio.folder.path().join(file))));
        crate::program::start(command).wait()
    };
    fs::write(studio.folder.path().join("own.pem"), &studio.fakes[0].state().certificate).unwrap();
    run(None).ends_with(1).says("cannot be reached");
    assert_eq!(studio.fakes[0].state().posted, 0);
    run(Some("own.pem")).ends_with(0);
    assert_eq!(studio.written(), once(2));
}
