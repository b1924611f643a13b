//! Converting small workflows of our own make: one for each thing that only a front end knows.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use serde_json::{Value, json};
use windlass_comfy::{ApiWorkflow, Converted, Definitions, Grade, ReadError, Workflow, convert};

/// A few classes as a server tells of them.
fn definitions() -> Definitions {
    let class = |required: Value| json!({ "input": { "required": required } });
    let resize = json!([{ "key": "by size", "inputs": { "required": {
        "width": ["INT", { "default": 8 }], "fit": ["COMBO", { "options": ["crop", "pad"] }], "like": ["IMAGE"] } } },
        { "key": "by factor", "inputs": { "required": { "factor": ["FLOAT", { "default": 2.0 }] } } }]);
    let all = json!({
        "Open": class(json!({ "file": [["a.png", "b.png"], { "image_upload": true }] })),
        "Noise": class(json!({ "image": ["IMAGE"], "seed": ["INT", { "control_after_generate": true }], "name": ["STRING"] })),
        "Blend": { "input": { "required": { "one": ["IMAGE"], "two": ["IMAGE"] }, "optional": { "mask": ["MASK"], "share": ["FLOAT", { "default": 0.5 }] } },
            "input_order": { "required": ["one", "two"], "optional": ["mask", "share"] } },
        "Resize": class(json!({ "image": ["IMAGE"], "how": ["COMFY_DYNAMICCOMBO_V3", { "options": resize }] })),
        "Save": class(json!({ "images": ["IMAGE"], "colours": ["COLORS", { "default": [] }] })),
    });
    Definitions::read(all.to_string().as_bytes()).unwrap()
}

fn node(id: u32, class: &str, inputs: Value, values: Value) -> Value {
    let slot = |(name, link): (&String, &Value)| match link {
        Value::Array(both) => json!({ "name": name, "type": both[1], "link": both[0] }),
        Value::Object(entered) => {
            json!({ "name": name, "type": entered["type"], "link": entered["link"], "widget": { "name": name } })
        }
        link => json!({ "name": name, "type": "IMAGE", "link": link }),
    };
    let inputs: Vec<_> = inputs.as_object().unwrap().iter().map(slot).collect();
    json!({ "id": id, "type": class, "mode": 0, "inputs": inputs, "outputs": [{ "type": "IMAGE" }], "widgets_values": values })
}

fn with_mode(mut node: Value, mode: u32) -> Value {
    node["mode"] = mode.into();
    node
}

fn made(nodes: &[Value], links: Value) -> Converted {
    converted(&json!({ "version": 0.4, "last_node_id": 9, "nodes": nodes, "links": links }))
}

fn converted(workflow: &Value) -> Converted {
    convert(&Workflow::of(workflow).unwrap(), &definitions())
}

#[track_caller]
fn inputs(made: &Converted, id: &str) -> Value {
    Value::Object(made.workflow.nodes.get(id).unwrap_or_else(|| panic!("no node {id}")).inputs.clone())
}

#[test]
fn values_get_their_names_and_the_word_behind_a_seed_is_passed() {
    let noise = node(2, "Noise", json!({ "image": 1 }), json!([7, "randomize", "grain"]));
    let made = made(&[node(1, "Open", json!({}), json!(["b.png", "image"])), noise], json!([[1, 1, 0, 2, 0, "IMAGE"]]));
    assert_eq!(inputs(&made, "1"), json!({ "file": "b.png" }));
    assert_eq!(inputs(&made, "2"), json!({ "seed": 7, "name": "grain", "image": ["1", 0] }));
    assert!(made.is_whole() && made.findings.is_empty());
    let text = made.workflow.to_json().to_string();
    assert_eq!(ApiWorkflow::read(text.as_bytes()).unwrap(), made.workflow, "what is written can be read");
}

#[test]
fn values_by_name_and_defaults_are_taken_as_well() {
    let blend = node(1, "Blend", json!({}), json!({ "share": 0.25 }));
    assert_eq!(inputs(&made(&[blend], json!([])), "1"), json!({ "share": 0.25 }));
    let blend = node(1, "Blend", json!({}), json!([]));
    assert_eq!(inputs(&made(&[blend], json!([])), "1"), json!({ "share": 0.5 }));
}

#[test]
fn what_hangs_on_a_choice_has_names_with_dots() {
    let by_size = node(1, "Resize", json!({}), json!(["by size", 64, "pad"]));
    assert_eq!(
        inputs(&made(&[by_size], json!([])), "1"),
        json!({ "how": "by size", "how.width": 64, "how.fit": "pad" })
    );
    let unknown = made(&[node(1, "Resize", json!({}), json!(["by magic"]))], json!([]));
    assert!(unknown.is_whole() && unknown.findings[0].why.contains("by magic"), "{:?}", unknown.findings);
}

#[test]
fn a_list_is_wrapped_so_that_it_is_no_wire() {
    let save = node(1, "Save", json!({}), json!([["#fff", 0]]));
    assert_eq!(inputs(&made(&[save], json!([])), "1"), json!({ "colours": { "__value__": ["#fff", 0] } }));
}

#[test]
fn reroutes_and_primitives_are_seen_through() {
    let primitive = node(3, "PrimitiveNode", json!({}), json!([42, "fixed"]));
    let noise =
        node(4, "Noise", json!({ "image": 2, "seed": { "link": 3, "type": "INT" } }), json!([7, "fixed", "grain"]));
    let nodes = [
        node(1, "Open", json!({}), json!(["a.png"])),
        node(2, "Reroute", json!({ "": 1 }), json!([])),
        primitive,
        noise,
        node(5, "Note", json!({}), json!(["look here"])),
    ];
    let links = json!([[1, 1, 0, 2, 0, "IMAGE"], [2, 2, 0, 4, 0, "IMAGE"], [3, 3, 0, 4, 1, "INT"]]);
    let made = made(&nodes, links);
    assert_eq!(inputs(&made, "4"), json!({ "seed": 42, "name": "grain", "image": ["1", 0] }));
    assert_eq!(made.workflow.nodes.keys().collect::<Vec<_>>(), ["1", "4"]);
}

#[test]
fn what_is_set_is_what_is_got() {
    let nodes = [
        node(1, "Open", json!({}), json!(["a.png"])),
        node(2, "SetNode", json!({ "IMAGE": 1 }), json!(["picture"])),
        node(3, "GetNode", json!({}), json!(["picture"])),
        node(4, "Save", json!({ "images": 2 }), json!([])),
    ];
    let made = made(&nodes, json!([[1, 1, 0, 2, 0, "IMAGE"], [2, 3, 0, 4, 0, "IMAGE"]]));
    assert_eq!(inputs(&made, "4")["images"], json!(["1", 0]));
}

#[test]
fn a_bypassed_node_hands_on_what_fits_and_a_muted_one_nothing() {
    let blend = |mode| with_mode(node(3, "Blend", json!({ "mask": [3, "MASK"], "one": 1, "two": 2 }), json!([])), mode);
    let nodes = |mode| {
        let open = |id| node(id, "Open", json!({}), json!(["a.png"]));
        [open(1), open(2), blend(mode), node(4, "Save", json!({ "images": 4 }), json!([[]]))]
    };
    let links = json!([[1, 1, 0, 3, 1, "IMAGE"], [2, 2, 0, 3, 2, "IMAGE"], [4, 3, 0, 4, 0, "IMAGE"]]);
    let bypassed = made(&nodes(4), links.clone());
    assert_eq!(inputs(&bypassed, "4")["images"], json!(["1", 0]), "the mask at the same place does not fit");
    assert!(!bypassed.workflow.nodes.contains_key("3"));
    let muted = made(&nodes(2), links);
    assert_eq!(inputs(&muted, "4").get("images"), None);
}

/// A subgraph of one `Noise`, used twice, one inside the other's neighbour; its inner id is also one of the first graph.
fn nested() -> Value {
    let inner = json!({ "id": "sub", "name": "Grain", "inputs": [{ "name": "picture" }, { "name": "seed" }],
        "nodes": [node(1, "Noise", json!({ "image": 1, "seed": { "link": 2, "type": "INT" } }), json!([7, "fixed", "grain"]))],
        "links": [
            { "id": 1, "origin_id": -10, "origin_slot": 0, "target_id": 1, "target_slot": 0, "type": "IMAGE" },
            { "id": 2, "origin_id": -10, "origin_slot": 1, "target_id": 1, "target_slot": 1, "type": "INT" },
            { "id": 3, "origin_id": 1, "origin_slot": 0, "target_id": -20, "target_slot": 0, "type": "IMAGE" }] });
    let instance = |id: u32, link: u32| {
        node(id, "sub", json!({ "picture": link, "seed": { "link": null, "type": "INT" } }), json!([]))
    };
    json!({ "version": 0.4, "last_node_id": 9, "definitions": { "subgraphs": [inner] },
        "nodes": [node(1, "Open", json!({}), json!(["a.png"])), instance(2, 1), instance(3, 2), node(4, "Save", json!({ "images": 3 }), json!([[]]))],
        "links": [[1, 1, 0, 2, 0, "IMAGE"], [2, 2, 0, 3, 0, "IMAGE"], [3, 3, 0, 4, 0, "IMAGE"]] })
}

#[test]
fn subgraphs_are_opened_and_ids_mean_one_node_each() {
    let made = converted(&nested());
    assert_eq!(made.workflow.nodes.keys().collect::<Vec<_>>(), ["1", "2:10", "3:10", "4"]);
    assert_eq!(inputs(&made, "2:10"), json!({ "seed": 7, "name": "grain", "image": ["1", 0] }));
    assert_eq!(inputs(&made, "3:10")["image"], json!(["2:10", 0]));
    assert_eq!(inputs(&made, "4")["images"], json!(["3:10", 0]));
}

#[test]
fn a_bypassed_subgraph_is_passed_by() {
    let mut workflow = nested();
    workflow["nodes"][2]["mode"] = 4.into();
    let made = converted(&workflow);
    assert_eq!(inputs(&made, "4")["images"], json!(["2:10", 0]));
    assert!(!made.workflow.nodes.contains_key("3:10"));
}

#[test]
fn unknown_classes_are_refused_by_node_and_reason() {
    let made =
        made(&[node(5, "open", json!({}), json!([])), node(6, "workflow>mine", json!({}), json!([]))], json!([]));
    assert!(!made.is_whole() && made.workflow.nodes.is_empty());
    let said: Vec<_> = made.findings.iter().map(ToString::to_string).collect();
    assert!(said[0].contains("node 5") && said[0].contains("`Open`"), "{said:?}");
    assert!(said[1].contains("turn it into a subgraph"), "{said:?}");
}

#[test]
fn a_value_that_cannot_be_right_is_said() {
    let made = made(&[node(1, "Noise", json!({}), json!(["grain", 7]))], json!([]));
    assert!(made.is_whole());
    assert_eq!(made.findings.iter().map(|finding| finding.grade).collect::<Vec<_>>(), [Grade::Doubted, Grade::Doubted]);
}

#[test]
fn wires_in_a_circle_and_subgraphs_in_themselves_come_to_an_end() {
    let circle = made(
        &[node(1, "Reroute", json!({ "": 1 }), json!([])), node(2, "Save", json!({ "images": 2 }), json!([[]]))],
        json!([[1, 1, 0, 1, 0, "IMAGE"], [2, 1, 0, 2, 0, "IMAGE"]]),
    );
    assert!(!circle.is_whole() && circle.findings[0].why.contains("circle"), "{:?}", circle.findings);
    let mut itself = nested();
    itself["definitions"]["subgraphs"][0]["nodes"][0] = node(1, "sub", json!({}), json!([]));
    let itself = converted(&itself);
    assert!(!itself.is_whole() && itself.findings[0].why.contains("deep"), "{:?}", itself.findings);
}

#[test]
fn what_is_no_workflow_is_refused_in_words() {
    let said = |text: &str| Workflow::read(text.as_bytes()).unwrap_err().to_string();
    assert!(said("").contains("no JSON"));
    assert!(said("[1]").contains("`nodes`"));
    assert!(said(r#"{ "nodes": [{ "id": 1 }] }"#).contains("node `1` has no `type`"));
    assert!(said(r#"{ "nodes": [{ "id": 1, "type": "A" }, { "id": 1, "type": "B" }] }"#).contains("two nodes `1`"));
    assert!(said(r#"{ "nodes": [], "links": [[1, 2]] }"#).contains("no wire"));
    let deep = "[".repeat(100_000);
    assert!(matches!(Workflow::read(deep.as_bytes()), Err(ReadError::Json(_))));
    assert!(ApiWorkflow::read(br#"{ "1": {} }"#).unwrap_err().to_string().contains("class_type"));
    assert!(Definitions::read(b"{\"A\": {}}").unwrap_err().to_string().contains("/object_info"));
}
