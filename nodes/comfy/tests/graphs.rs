//! Workflows as graphs, with classes of our own make: one test for each thing that has to be found its counterpart.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::io::Write;
use std::sync::Arc;

use serde_json::{Value, json};
use windlass_comfy::import::Workflows;
use windlass_comfy::islands::prompts;
use windlass_comfy::{ApiWorkflow, Definitions, PoolSettings, Shelf, Workflow, export, import, import_api, pack};
use windlass_core::doc::{self, GraphDoc, NoFiles};
use windlass_core::plan::{Compiled, Request, compile};
use windlass_core::registry::{Imported, Importer, Registry};

fn class(required: Value, outputs: Value) -> Value {
    json!({ "input": { "required": required }, "output": outputs })
}

fn classes() -> Value {
    let growing = json!({ "template": { "input": { "required": { "image": ["IMAGE", {}] } }, "prefix": "image", "min": 1, "max": 9 } });
    let how = json!([{ "key": "by size", "inputs": { "required": { "width": ["INT", { "default": 8 }], "like": ["IMAGE"] } } },
        { "key": "by factor", "inputs": { "required": { "factor": ["FLOAT", { "default": 2.0 }] } } }]);
    let mut classes = json!({
        "Open": class(json!({ "file": [["a.png"], { "image_upload": true }] }), json!(["IMAGE", "MASK"])),
        "Noise": class(json!({ "seed": ["INT", { "max": 18446744073709551615u64 }] }), json!(["IMAGE"])),
        "Tint": class(json!({ "image": ["IMAGE"], "colour": [["red", "blue"]] }), json!(["IMAGE"])),
        "Swap": class(json!({ "one": ["IMAGE"], "two": ["IMAGE"] }), json!(["IMAGE", "IMAGE"])),
        "Pair": class(json!({ "one": ["IMAGE"], "two": ["IMAGE"] }), json!(["IMAGE", "IMAGE"])),
        "Batch": class(json!({ "images": ["COMFY_AUTOGROW_V3", growing] }), json!(["IMAGE"])),
        "Resize": class(json!({ "image": ["IMAGE"], "how": ["COMFY_DYNAMICCOMBO_V3", { "options": how }] }), json!(["IMAGE"])),
        "Save Image": class(json!({ "images": ["IMAGE"] }), json!([])),
    });
    classes["Pair"]["output_name"] = json!(["one", "two"]);
    classes["Save Image"]["output_node"] = json!(true);
    classes
}

fn definitions() -> Definitions {
    Definitions::of(&classes()).unwrap()
}

/// Keeps the classes in a file, as they are given to the program.
struct Known {
    _folder: tempfile::TempDir,
    shelf: Arc<Shelf>,
}

fn known() -> Known {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("classes.json");
    std::fs::write(&path, classes().to_string()).unwrap();
    Known { _folder: folder, shelf: Arc::new(Shelf::new(Some(path), None, Vec::new())) }
}

fn compiled(graph: &GraphDoc) -> Compiled {
    let known = known();
    let registry = Registry::new([pack(PoolSettings::of(Vec::new()), known.shelf).without_passes()]).unwrap();
    compile(&Request::new(graph, &registry, &NoFiles))
}

fn node(id: u32, class: &str, mode: u32, inputs: Value, values: Value) -> Value {
    let slot = |(name, link): (&String, &Value)| json!({ "name": name, "type": "IMAGE", "link": link });
    let inputs: Vec<_> = inputs.as_object().unwrap().iter().map(slot).collect();
    json!({ "id": id, "type": class, "mode": mode, "pos": [id * 100, 0], "size": [90, 50], "inputs": inputs,
        "outputs": [{ "type": "IMAGE" }, { "type": "IMAGE" }], "widgets_values": values })
}

fn drawn(nodes: &[Value], links: Value) -> Imported {
    import(&Workflow::of(&json!({ "version": 0.4, "nodes": nodes, "links": links })).unwrap(), &definitions())
}

/// Returns the only prompt of a graph.
#[track_caller]
fn prompt(graph: &GraphDoc) -> Value {
    let compiled = compiled(graph);
    let plan = compiled.plan.unwrap_or_else(|| panic!("{:?}", compiled.problems));
    let [prompt] = prompts(&plan).unwrap().try_into().unwrap();
    let inputs = prompt.nodes.into_iter().map(|(id, node)| (id, Value::Object(node.inputs)));
    Value::Object(inputs.collect())
}

#[test]
fn a_graph_is_written_and_read_as_it_was_made() {
    let made = drawn(
        &[node(1, "Open", 0, json!({}), json!(["b.png"])), node(2, "Save Image", 0, json!({ "images": 1 }), json!([]))],
        json!([[1, 1, 0, 2, 0, "IMAGE"]]),
    );
    let read = doc::read("made", doc::write_new(&made.graph).as_bytes(), None);
    assert!(read.problems.is_empty(), "{:?}", read.problems);
    assert_eq!(read.doc.unwrap(), made.graph);
    assert!(made.graph.nodes.keys().eq(["open-1", "saveimage-2"]));
    assert_eq!(
        prompt(&made.graph),
        json!({ "open-1": { "file": "b.png" }, "saveimage-2": { "images": ["open-1", 0] } })
    );
}

#[test]
fn a_bypassed_node_stays_so_where_a_graph_hands_on_the_same() {
    let nodes = |class: &str, slot: u32| {
        let open = |id| node(id, "Open", 0, json!({}), json!(["a.png"]));
        let all = [
            open(1),
            open(2),
            node(3, class, 4, json!({ "one": 1, "two": 2 }), json!([])),
            node(4, "Save Image", 0, json!({ "images": 3 }), json!([])),
        ];
        drawn(&all, json!([[1, 1, 0, 3, 0, "IMAGE"], [2, 2, 0, 3, 1, "IMAGE"], [3, 3, slot, 4, 0, "IMAGE"]]))
    };
    // Its outputs are called as its inputs are, so that the second hands on the second.
    let by_name = nodes("Pair", 1);
    assert!(by_name.graph.nodes["pair-3"].policy.bypass && by_name.notes.is_empty(), "{:?}", by_name.notes);
    assert_eq!(prompt(&by_name.graph)["saveimage-4"], json!({ "images": ["open-2", 0] }));
    let by_place = nodes("Swap", 1);
    let policy = &by_place.graph.nodes["swap-3"].policy;
    assert!(policy.mute && !policy.bypass && by_place.notes[0].contains("node 3 (`Swap`)"), "{:?}", by_place.notes);
    assert_eq!(prompt(&by_place.graph)["saveimage-4"], json!({ "images": ["open-2", 0] }));
}

#[test]
fn bypassed_nodes_in_a_circle_end_muted() {
    let all = [
        node(1, "Pair", 4, json!({ "one": 1, "two": null }), json!([])),
        node(2, "Pair", 4, json!({ "one": 2, "two": null }), json!([])),
        node(3, "Save Image", 0, json!({ "images": 3 }), json!([])),
    ];
    let made = drawn(&all, json!([[1, 2, 0, 1, 0, "IMAGE"], [2, 1, 0, 2, 0, "IMAGE"], [3, 2, 0, 3, 0, "IMAGE"]]));
    for id in ["pair-1", "pair-2"] {
        assert!(made.graph.nodes[id].policy.mute, "{:?}", made.notes);
    }
}

#[test]
fn what_grows_and_what_hangs_on_a_choice_has_its_ports() {
    let batch = node(3, "Batch", 0, json!({ "images.image0": 1, "images.image2": 2 }), json!([]));
    let resize = node(4, "Resize", 0, json!({ "image": 3, "how.like": 4 }), json!(["by size", 64]));
    let nodes = [
        node(1, "Noise", 0, json!({}), json!([18446744073709551610u64, "fixed"])),
        batch,
        resize,
        node(5, "Save Image", 0, json!({ "images": 5 }), json!([])),
    ];
    let links = json!([
        [1, 1, 0, 3, 0, "IMAGE"],
        [2, 1, 0, 3, 1, "IMAGE"],
        [3, 3, 0, 4, 0, "IMAGE"],
        [4, 1, 0, 4, 1, "IMAGE"],
        [5, 4, 0, 5, 0, "IMAGE"]
    ]);
    let made = drawn(&nodes, links);
    assert_eq!(made.graph.nodes["batch-3"].params["images"].value, json!(3), "so many, the one between them left open");
    let prompt = prompt(&made.graph);
    assert_eq!(prompt["batch-3"], json!({ "images.image0": ["noise-1", 0], "images.image2": ["noise-1", 0] }));
    let resized = json!({ "image": ["batch-3", 0], "how": "by size", "how.width": 64, "how.like": ["noise-1", 0] });
    assert_eq!(prompt["resize-4"], resized);
    assert_eq!(prompt["noise-1"], json!({ "seed": 18446744073709551610u64 }), "each digit is kept");
}

#[test]
fn subgraphs_are_opened_in_a_frame_that_is_called_like_them() {
    let inner = json!({ "id": "sub", "name": "Tinting", "inputs": [{ "name": "picture" }], "nodes": [node(7, "Tint", 0, json!({ "image": 1 }), json!(["blue"]))],
        "links": [
            { "id": 1, "origin_id": -10, "origin_slot": 0, "target_id": 7, "target_slot": 0, "type": "IMAGE" },
            { "id": 2, "origin_id": 7, "origin_slot": 0, "target_id": -20, "target_slot": 0, "type": "IMAGE" }] });
    let workflow = json!({ "version": 0.4, "definitions": { "subgraphs": [inner] },
        "nodes": [node(1, "Open", 0, json!({}), json!(["a.png"])), node(2, "sub", 0, json!({ "picture": 1 }), json!([])),
            node(3, "Save Image", 0, json!({ "images": 2 }), json!([]))],
        "links": [[1, 1, 0, 2, 0, "IMAGE"], [2, 2, 0, 3, 0, "IMAGE"]] });
    let made = import(&Workflow::of(&workflow).unwrap(), &definitions());
    assert_eq!(made.graph.nodes["tint-2-7"].title, None, "the frame says where it was");
    let [frame] = made.graph.layout.frames.as_slice() else { panic!("{:?}", made.graph.layout.frames) };
    let ([x, y], [left, top]) = (made.graph.layout.nodes["tint-2-7"], frame.at);
    assert!(frame.title == "Tinting" && x > left && y > top && y < top + frame.size[1]);
    assert!(top > made.graph.layout.nodes["open-1"][1] + 50.0, "it stands below the graph");
    assert_eq!(prompt(&made.graph)["saveimage-3"], json!({ "images": ["tint-2-7", 0] }));
}

#[test]
fn points_of_wires_go_there_and_back() {
    let reroute = json!({ "id": 2, "type": "Reroute", "mode": 0, "pos": [150, 70], "inputs": [{ "name": "", "type": "*", "link": 1 }], "outputs": [{ "type": "IMAGE" }] });
    let workflow = json!({ "version": 0.4, "nodes": [node(1, "Open", 0, json!({}), json!(["a.png"])), reroute, node(3, "Save Image", 0, json!({ "images": 2 }), json!([]))],
        "links": [[1, 1, 0, 2, 0, "IMAGE"], [2, 2, 0, 3, 0, "IMAGE"]],
        "extra": { "reroutes": [{ "id": 5, "pos": [200, 90] }, { "id": 6, "parentId": 5, "pos": [250, 95] }], "linkExtensions": [{ "id": 2, "parentId": 6 }] } });
    let made = import(&Workflow::of(&workflow).unwrap(), &definitions());
    assert_eq!(made.graph.layout.routes[0].through, [[150.0, 70.0], [200.0, 90.0], [250.0, 95.0]]);
    let (exported, _) = export(&made.graph, &definitions()).unwrap();
    let again = import(&Workflow::of(&exported).unwrap(), &definitions());
    assert_eq!(again.graph.layout, made.graph.layout);
    assert_eq!(again.graph, made.graph);
}

#[test]
fn what_a_class_does_not_declare_is_kept_and_no_secret_is_made_of_a_file() {
    let api = json!({
        "1": { "class_type": "Noise", "inputs": { "seed": 3, "extra": [1, 2], "env": { "env": "HOME" } } },
        "2": { "class_type": "Tint", "inputs": { "image": ["1", 0], "colour": { "env": "HOME" }, "more_like_this": ["1", 0] } },
        "3": { "class_type": "Save Image", "inputs": { "images": ["2", 0], "loose": ["99", 0] } },
    });
    let made = import_api(&ApiWorkflow::of(&api).unwrap(), &definitions());
    let said = made.notes.join("\n");
    assert!(said.contains("`loose` is wired to node 99"), "{said}");
    assert!(said.contains("node 2 (`Tint`): the value of `colour` would name a variable of the environment"), "{said}");
    let prompt = prompt(&made.graph);
    assert_eq!(prompt["tint-2"], json!({ "image": ["noise-1", 0], "colour": "red", "more_like_this": ["noise-1", 0] }));
    assert_eq!(prompt["noise-1"]["extra"], json!([1, 2]).as_array().map(|list| json!({ "__value__": list })).unwrap());
}

/// Makes a PNG of one pixel with chunks before its pixels.
fn png(chunks: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 1, 1);
    encoder.set_color(png::ColorType::Grayscale);
    let mut writer = encoder.write_header().unwrap();
    for (name, data) in chunks {
        writer.write_chunk(png::chunk::ChunkType(**name), data).unwrap();
    }
    writer.write_image_data(&[0]).unwrap();
    drop(writer);
    bytes
}

fn text(key: &str, text: &str) -> Vec<u8> {
    [key.as_bytes(), b"\0", text.as_bytes()].concat()
}

/// Packs a text as `zTXt` does, by the encoder of the same crate.
fn packed(key: &str, text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 1, 1);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.add_ztxt_chunk(key.to_owned(), text.to_owned()).unwrap();
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&[0]).unwrap();
    drop(writer);
    bytes
}

#[test]
fn a_picture_opens_as_the_workflow_inside_it() {
    let known = known();
    let importer = Workflows(known.shelf.clone());
    let workflow = json!({ "version": 0.4, "nodes": [node(1, "Save Image", 0, json!({ "images": null }), json!([]))], "links": [] }).to_string();
    // A node that always runs anew: Python notes it so.
    let prompt = r#"{ "1": { "class_type": "Noise", "inputs": { "seed": 3 }, "is_changed": [NaN] } }"#.to_owned();
    let both = png(&[(b"tEXt", text("prompt", &prompt)), (b"tEXt", text("workflow", &workflow))]);
    assert!(importer.knows("a.png", &both));
    let made = importer.import("a.png", &both).unwrap();
    assert!(made.graph.nodes.contains_key("saveimage-1") && made.graph.name.as_deref() == Some("a"));
    let made = importer.import("a.png", &png(&[(b"tEXt", text("prompt", &prompt))])).unwrap();
    assert!(made.notes[0].contains("no places") && made.graph.nodes["noise-1"].params.len() == 1, "{:?}", made.notes);
    assert!(made.notes[1].contains("`Infinity` 1 times"), "{:?}", made.notes);
    assert!(importer.import("z.png", &packed("workflow", &workflow)).unwrap().graph.nodes.contains_key("saveimage-1"));
    // Of several texts with one name the first counts, and the others are not even unpacked.
    let other = png(&[
        (b"tEXt", text("workflow", &workflow)),
        (b"tEXt", text("workflow", "[]")),
        (b"zTXt", b"workflow\0\0??".to_vec()),
    ]);
    assert!(importer.import("o.png", &other).unwrap().graph.nodes.contains_key("saveimage-1"));
    let utf8 = [b"workflow\0\0\0\0\0".as_slice(), workflow.as_bytes()].concat();
    assert!(importer.import("i.png", &png(&[(b"iTXt", utf8)])).is_ok());
}

#[test]
fn other_files_are_refused_in_words_and_nothing_is_read_without_bound() {
    let known = known();
    let importer = Workflows(known.shelf.clone());
    let said = |content: &[u8]| importer.import("a.png", content).unwrap_err().to_string();
    let plain = png(&[]);
    assert!(!importer.knows("a.png", &plain) && said(&plain).contains("no workflow is in this picture"));
    let whole = packed("workflow", "{}");
    for end in 8..whole.len() {
        let (is_known, read) = (importer.knows("a.png", &whole[..end]), importer.import("a.png", &whole[..end]));
        assert!(is_known || read.is_err(), "{end} of {} bytes", whole.len());
    }
    // A gigabyte of spaces in a megabyte.
    let bomb = packed("workflow", &" ".repeat(100 << 20));
    assert!(bomb.len() < 1 << 20 && said(&bomb).contains("cannot be unpacked into"), "{}", said(&bomb));
    let mut long = b"\x89PNG\r\n\x1a\n".to_vec();
    long.write_all(&[0xff, 0xff, 0xff, 0xff]).unwrap();
    long.write_all(b"tEXtworkflow\0").unwrap();
    assert!(said(&long).contains("the picture cannot be read"));
    assert!(said(b"[1]").contains("no workflow of ComfyUI") && said(b"{").contains("no JSON"));
    for other in [b"{}".as_slice(), b"[]", b"hello", b"", br#"{ "a": { "b": 1 } }"#] {
        assert!(!importer.knows("a.json", other));
    }
    assert!(importer.knows("a.json", br#"  { "1": { "class_type": "A", "inputs": {} } }"#));
}
