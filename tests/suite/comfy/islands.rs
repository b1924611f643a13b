//! Workflows as graphs: imported, checked, run as prompts, with what runs here before and behind them.

use std::fs;

use serde_json::{Value, json};
use windlass_comfy_fake::State;

use super::studio::Studio;
use crate::program::{Ran, start};

/// Looks for words in all that a command wrote.
#[track_caller]
fn tells(ran: Ran, words: &[&str]) {
    let text = format!("{}{}", ran.out, ran.err);
    for word in words {
        assert!(text.contains(word), "`{word}` is missing in\n{text}");
    }
}

fn class(required: Value, output: Value, is_end: bool) -> Value {
    json!({ "input": { "required": required }, "output": output, "output_node": is_end })
}

/// A server that knows a few more classes than the fake does by itself.
fn server() -> State {
    let mut state = State::default();
    state.classes["Invert"] = class(json!({ "image": ["IMAGE"] }), json!(["IMAGE"]), false);
    state.classes["Sampler"] = class(
        json!({ "seed": ["INT", { "default": 0 }], "model": ["MODEL"], "latent": ["LATENT"] }),
        json!(["LATENT"]),
        false,
    );
    state.classes["Empty"] =
        class(json!({ "size": ["INT", { "default": 8, "min": 1, "max": 64 }] }), json!(["LATENT"]), false);
    state.classes["Decode"] = class(json!({ "latent": ["LATENT"] }), json!(["IMAGE"]), false);
    state.classes["Blend"] = class(json!({ "one": ["LATENT"], "two": ["LATENT"] }), json!(["IMAGE"]), false);
    state.classes["Encode"] = class(json!({ "image": ["IMAGE"] }), json!(["LATENT"]), false);
    state
}

/// Nodes that need a latent of an earlier prompt.
const BLENDED: &str = "  third: { kind: comfy.Blend, inputs: { one: first.LATENT, two: encode.LATENT } }
  shown: { kind: comfy.SaveImage, inputs: { images: third.IMAGE } }
";

fn studio(graph: &str) -> Studio {
    let studio = Studio::new(vec![server()], 1);
    fs::write(studio.folder.path().join("graph.yaml"), graph).unwrap();
    studio
}

/// Does something while no server can be reached.
fn away(studio: &Studio, args: &[&str]) -> Ran {
    let mut command = studio.command(args);
    // Nothing listens there.
    command.env("WINDLASS_COMFY", "http://127.0.0.1:1");
    start(command).wait()
}

/// A workflow as ComfyUI saves it: noise, saved; a note; a frame; a node that is muted.
fn drawn() -> Value {
    json!({ "version": 0.4, "last_node_id": 3, "last_link_id": 1,
        "nodes": [
            { "id": 1, "type": "Noise", "pos": [10, 20], "size": [200, 80], "mode": 0, "title": "Grain", "color": "#232",
                "inputs": [], "outputs": [{ "name": "IMAGE", "type": "IMAGE" }], "widgets_values": [7, "fixed", 1] },
            { "id": 2, "type": "SaveImage", "pos": [300, 20], "size": [200, 80], "mode": 0,
                "inputs": [{ "name": "images", "type": "IMAGE", "link": 1 }], "outputs": [], "widgets_values": ["x"] },
            { "id": 3, "type": "SaveImage", "pos": [300, 220], "size": [200, 80], "mode": 2,
                "inputs": [{ "name": "images", "type": "IMAGE", "link": 2 }], "outputs": [], "widgets_values": ["y"] },
            { "id": 4, "type": "Note", "pos": [0, 300], "size": [100, 50], "inputs": [], "outputs": [], "widgets_values": ["look here"] }],
        "links": [[1, 1, 0, 2, 0, "IMAGE"], [2, 1, 0, 3, 0, "IMAGE"]],
        "groups": [{ "title": "Making", "bounding": [0, 0, 250, 150], "color": "#3f789e" }] })
}

#[test]
fn an_imported_workflow_runs_as_one_prompt() {
    let studio = studio("");
    let folder = studio.folder.path();
    fs::write(folder.join("drawn.json"), drawn().to_string()).unwrap();
    tells(studio.windlass(&["import", "drawn.json"]).ends_with(0), &["made drawn.yaml", "no colours of their own"]);
    let text = fs::read_to_string(folder.join("drawn.yaml")).unwrap();
    for part in ["comfy.Noise", "seed: 7", "title: Grain", "mute: true", "Making", "look here", "[10, 20]", "#232"] {
        assert!(text.contains(part), "`{part}` is missing in\n{text}");
    }
    // From here on no server is needed to know the kinds.
    away(&studio, &["check", "drawn.yaml"]).ends_with(0);
    let fake = &studio.fakes[0];
    studio.windlass(&["run", "drawn.yaml"]).ends_with(0);
    assert_eq!(fake.state().made.clone(), [(7, 1)].into());
    studio.windlass(&["run", "drawn.yaml", "--set", "noise-1.seed=8"]).ends_with(0);
    studio.windlass(&["run", "drawn.yaml", "--sweep", "noise-1.seed=9,10"]).ends_with(0);
    assert_eq!(fake.state().made.keys().copied().collect::<Vec<_>>(), [7, 8, 9, 10]);
    assert_eq!(fake.state().posted, 4);
    tells(studio.windlass(&["import", "drawn.json"]).ends_with(2), &["cannot make `drawn.yaml`"]);
}

#[test]
fn what_is_imported_is_exported_as_it_was() {
    let studio = studio("windlass: 1\nnodes:\n  one: { kind: flow.constant, params: { value: 1 } }\n");
    let folder = studio.folder.path();
    fs::write(folder.join("drawn.json"), drawn().to_string()).unwrap();
    studio.windlass(&["import", "drawn.json", "--to", "made.yaml"]).ends_with(0);
    studio.windlass(&["export", "--comfy", "made.yaml"]).ends_with(0);
    let convert = |file: &str| {
        studio.windlass(&["comfy", "convert", file, "--server", &studio.fakes[0].address()]).ends_with(0).out
    };
    let without_titles = |text: &str| {
        let mut value = serde_json::from_str::<Value>(text).unwrap();
        value
            .as_object_mut()
            .unwrap()
            .values_mut()
            .for_each(|node| drop(node.as_object_mut().unwrap().remove("_meta")));
        value
    };
    assert_eq!(without_titles(&convert("made.json")), without_titles(&convert("drawn.json")));
    let made: Value = serde_json::from_slice(&fs::read(folder.join("made.json")).unwrap()).unwrap();
    let node = |id: u64| made["nodes"].as_array().unwrap().iter().find(|node| node["id"] == id).unwrap().clone();
    assert_eq!(
        (&node(1)["title"], &node(1)["pos"], &node(1)["color"]),
        (&json!("Grain"), &json!([10.0, 20.0]), &json!("#232"))
    );
    assert_eq!(node(3)["mode"], 2);
    assert_eq!(made["groups"][0]["title"], "Making");
    tells(studio.windlass(&["export", "--comfy", "graph.yaml"]).ends_with(2), &["none of its nodes is one of ComfyUI"]);
}

#[test]
fn pictures_enter_an_island_and_leave_it() {
    let studio = studio(
        r#"
windlass: 1
nodes:
  find: { kind: files.glob, params: { folder: photos, pattern: "*.png" } }
  open: { kind: image.open, inputs: { file: find.file } }
  invert: { kind: comfy.Invert, inputs: { image: open.image } }
  again: { kind: comfy.Invert, inputs: { image: invert.IMAGE } }
  pictures: { kind: flow.each, inputs: { values: again.IMAGE } }
  save: { kind: image.save, params: { path: "out/{key}.png" }, inputs: { image: pictures.value } }
"#,
    );
    let folder = studio.folder.path();
    fs::create_dir(folder.join("photos")).unwrap();
    for (at, name) in ["a", "b", "c"].iter().enumerate() {
        fs::write(folder.join(format!("photos/{name}.png")), windlass_comfy_fake::png_of(40 + at as u64)).unwrap();
    }
    tells(studio.windlass(&["check", "graph.yaml"]).ends_with(0), &["for each file"]);
    studio.windlass(&["run", "graph.yaml"]).ends_with(0);
    assert_eq!(studio.written().into_keys().collect::<Vec<_>>(), [40, 41, 42], "each comes back as it was handed over");
    let first = fs::read_dir(folder.join("out")).unwrap().next().unwrap().unwrap().path();
    let why = studio.windlass(&["why", first.to_str().unwrap()]).ends_with(0);
    tells(why, &["comfy.island", "photos/"]);
    studio.windlass(&["explain", "graph.yaml"]).ends_with(0);
    studio.windlass(&["show"]).ends_with(0);
    let state = studio.fakes[0].state();
    assert_eq!((state.posted, state.uploads.len()), (3, 3), "two nodes are one prompt");
}

#[test]
fn what_cannot_leave_is_refused_with_reason_and_place() {
    let refused = studio(
        r#"
windlass: 1
nodes:
  load: { kind: comfy.CheckpointLoaderSimple, params: { ckpt_name: small.safetensors } }
  watch: { kind: flow.if, inputs: { value: load.MODEL }, params: { when: "true" } }
"#,
    );
    let said = refused.windlass(&["check", "graph.yaml"]).ends_with(2);
    tells(said, &["`load.MODEL` is `MODEL`, which cannot leave ComfyUI", "graph.yaml:5"]);
    let between = studio(
        r#"
windlass: 1
nodes:
  load: { kind: comfy.CheckpointLoaderSimple, params: { ckpt_name: small.safetensors } }
  empty: { kind: comfy.Empty }
  first: { kind: comfy.Sampler, inputs: { model: load.MODEL, latent: empty.LATENT } }
  decode: { kind: comfy.Decode, inputs: { latent: first.LATENT } }
  pictures: { kind: flow.each, inputs: { values: decode.IMAGE } }
  small: { kind: image.resize, params: { width: 4, height: 4 }, inputs: { image: pictures.value } }
  encode: { kind: comfy.Encode, inputs: { image: small.image } }
  second: { kind: comfy.Sampler, inputs: { model: load.MODEL, latent: encode.LATENT } }
  last: { kind: comfy.Decode, inputs: { latent: second.LATENT } }
  save: { kind: comfy.SaveImage, inputs: { images: last.IMAGE } }
"#,
    );
    between.windlass(&["check", "graph.yaml"]).ends_with(0);
    between.windlass(&["run", "graph.yaml"]).ends_with(0);
    assert_eq!(between.fakes[0].state().posted, 2, "what loads the model is made again in the second prompt");
    let path = between.folder.path().join("graph.yaml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{text}{BLENDED}")).unwrap();
    let said = between.windlass(&["check", "graph.yaml"]).ends_with(2);
    tells(
        said,
        &[
            "`first.LATENT` is `LATENT`, which cannot go from one prompt to another, and `third` is in another one",
            "`first` works on latents",
            "VAEDecode",
            "graph.yaml:14",
        ],
    );
}

#[test]
fn a_prompt_without_an_output_is_refused_and_a_part_that_leads_nowhere_is_left_out() {
    let idle = studio("windlass: 1\nnodes:\n  noise: { kind: comfy.Noise }\n");
    tells(idle.windlass(&["check", "graph.yaml"]).ends_with(2), &["nothing takes what `noise` gives"]);
    let both = studio(
        "windlass: 1\nnodes:\n  noise: { kind: comfy.Noise }\n  other: { kind: comfy.Noise }\n  save: { kind: comfy.SaveImage, inputs: { images: other.IMAGE } }\n",
    );
    tells(both.windlass(&["check", "graph.yaml"]).ends_with(0), &["warning", "nothing takes what `noise` gives"]);
    both.windlass(&["run", "graph.yaml"]).ends_with(0);
    assert_eq!(both.fakes[0].state().posted, 1);
}

#[test]
fn without_definitions_it_is_said_what_to_do() {
    let studio = studio("windlass: 1\nnodes:\n  noise: { kind: comfy.Noise }\n");
    fs::write(studio.folder.path().join("drawn.json"), drawn().to_string()).unwrap();
    for args in [["import", "drawn.json"], ["check", "graph.yaml"]] {
        let words = ["the classes of ComfyUI are not known", "windlass comfy nodes --object-info"];
        tells(away(&studio, &args).ends_with(2), &words);
    }
    fs::write(studio.folder.path().join("classes.json"), server().classes.to_string()).unwrap();
    tells(away(&studio, &["comfy", "nodes", "--object-info", "classes.json"]).ends_with(0), &["classes are kept in"]);
    away(&studio, &["import", "drawn.json"]).ends_with(0);
    tells(away(&studio, &["nodes", "comfy.Empty"]).ends_with(0), &["int(1..64)", "Comfy.LATENT"]);
    away(&studio, &["check", "drawn.yaml"]).ends_with(0);
}

#[test]
fn definitions_are_found_in_the_workspace_that_is_named() {
    let studio = studio(
        "windlass: 1\nnodes:\n  noise: { kind: comfy.Noise }\n  save: { kind: comfy.SaveImage, inputs: { images: noise.IMAGE } }\n",
    );
    fs::write(studio.folder.path().join("drawn.json"), drawn().to_string()).unwrap();
    fs::write(studio.folder.path().join("classes.json"), server().classes.to_string()).unwrap();
    let kept = ["--workspace", "kept"];
    let there = |args: &[&str]| away(&studio, &[args, &kept].concat());
    there(&["comfy", "nodes", "--object-info", "classes.json"]).ends_with(0);
    away(&studio, &["check", "graph.yaml"]).ends_with(2);
    for args in [&["check", "graph.yaml"][..], &["plan", "graph.yaml"], &["export", "--comfy", "graph.yaml"]] {
        there(args).ends_with(0);
    }
    tells(there(&["nodes", "comfy.Noise"]).ends_with(0), &["IMAGE"]);
    there(&["import", "drawn.json"]).ends_with(0);
}

#[test]
fn rows_and_inputs_of_a_graph_reach_the_nodes_of_an_island() {
    let studio = studio(
        r#"
windlass: 1
inputs:
  seed: { type: int, default: 1 }
outputs: { said: show.STRING, pictures: noise.IMAGE }
nodes:
  noise: { kind: comfy.Noise, inputs: { seed: $seed } }
  keep: { kind: comfy.SaveImage, inputs: { images: noise.IMAGE } }
  show: { kind: comfy.Tell, inputs: { image: noise.IMAGE } }
"#,
    );
    let tell = json!({ "input": { "required": { "image": ["IMAGE"] } }, "output": ["STRING"], "output_node": false });
    studio.fakes[0].state().classes["Tell"] = tell;
    fs::write(studio.folder.path().join("rows.csv"), "seed\n31\n32\n").unwrap();
    tells(studio.windlass(&["run", "graph.yaml", "--in", "seed=30"]).ends_with(0), &["seed 30"]);
    studio.windlass(&["run", "graph.yaml", "--each", "rows.csv"]).ends_with(0);
    let until = studio.windlass(&["run", "graph.yaml", "--until", "show", "--in", "seed=33"]).ends_with(0);
    tells(until, &["seed 33"]);
    assert_eq!(studio.fakes[0].state().made.keys().copied().collect::<Vec<_>>(), [30, 31, 32, 33]);
}
