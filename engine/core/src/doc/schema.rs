//! The JSON Schema of the graph file, by which a text editor completes and checks while one types.
//!
//! It says less than the reader: what refers to what, and which kinds there are, is the checker's.

use serde_json::{Map, Value as Json, json};

use super::FORMAT_VERSION;

const NAME: &str = "^[A-Za-z][A-Za-z0-9_-]{0,63}$";
const REFERENCE: &str = r"^(\$[A-Za-z][A-Za-z0-9_-]{0,63}|[A-Za-z][A-Za-z0-9_-]{0,63}\.[A-Za-z0-9_-]{1,64})$";
const END: &str = r"^[A-Za-z][A-Za-z0-9_-]{0,63}\.[\s\S]{1,256}$";
const DURATION: &str = r"^ *[0-9]*\.?[0-9]+ *(ms|s|m|h)$";
const DEVICE: &str = "^(auto|cpu|[a-z]+:[0-9]{1,5})$";

/// Returns the JSON Schema (draft 2020-12) of a graph file.
pub fn schema() -> Json {
    let mut graph = object("A dataflow graph: what the window edits and the command line runs.", graph());
    let Json::Object(fields) = &mut graph else { return graph };
    fields.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
    fields.insert("title".into(), "Windlass graph".into());
    fields.insert("required".into(), json!(["windlass"]));
    fields.insert(
        "$defs".into(),
        json!({
            "reference": text(REFERENCE, "`node.port`, or `$name` for a graph input."),
            "duration": text(DURATION, "A number with its unit: `250ms`, `30s`, `5m`, `2h`."),
            "point": { "type": "array", "items": { "type": "number" }, "minItems": 2, "maxItems": 2 },
            "inputs": named("What a caller may set, by name.", "input"),
            "outputs": named("What a caller gets, by name.", "reference"),
            "nodes": named("The nodes by id.", "node"),
            "input": input(),
            "node": node(),
            "wire": wire(),
            "body": body(),
            "policy": object("How the node is run; the same for every kind.", policy()),
            "layout": layout(),
        }),
    );
    graph
}

fn graph() -> Json {
    json!({
        "windlass": {
            "description": "Version of the format.",
            "type": "integer",
            "const": FORMAT_VERSION,
        },
        "name": { "description": "Title of the graph.", "type": ["string", "null"] },
        "description": { "description": "What the graph is for.", "type": ["string", "null"] },
        "seed": whole("Root of all randomness; `--seed` overrides it.", 0, "default", json!(0)),
        "permissions": {
            "description": "What the graph asks to be allowed: `process`, `net:HOST`, `files:delete`. The caller grants.",
            "type": ["array", "null"],
            "items": { "type": "string" },
        },
        "inputs": optional("inputs"),
        "outputs": optional("outputs"),
        "nodes": optional("nodes"),
        "layout": optional("layout"),
    })
}

fn input() -> Json {
    let mut input = object(
        "A value that a caller may set.",
        json!({
            "type": {
                "description": "any, bool, int, float, text, json, path, file, image, audio, video, tensor, table, \
                                list<T>, T?, A|B, or a record by name; narrowed: int(1..10), float(0..1), text(\"a\"|\"b\").",
                "type": "string",
                "minLength": 1,
            },
            "default": { "description": "Value where the caller gives none; without one the caller must." },
            "min": { "description": "Least number.", "type": ["number", "null"] },
            "max": { "description": "Greatest number.", "type": ["number", "null"] },
            "doc": { "description": "One sentence for people.", "type": ["string", "null"] },
        }),
    );
    input["required"] = json!(["type"]);
    input
}

fn node() -> Json {
    let mut node = object(
        "A node: what it runs, with which constants and wires.",
        json!({
            "kind": { "description": "The registered kind, `image.resize`; `windlass nodes` lists them.", "type": ["string", "null"], "minLength": 1 },
            "uses": { "description": "Another graph file that is run as a node, relative to this one.", "type": ["string", "null"], "minLength": 1 },
            "title": { "description": "Free text for people.", "type": ["string", "null"] },
            "params": {
                "description": "Constants by parameter, or by port that may be constant. `{ env: NAME }` names where a secret is found.",
                "type": ["object", "null"],
            },
            "inputs": {
                "description": "Wires by port or parameter.",
                "type": ["object", "null"],
                "additionalProperties": { "$ref": "#/$defs/wire" },
            },
            "policy": optional("policy"),
            "body": optional("body"),
        }),
    );
    let has = |key: &str| json!({ "required": [key], "properties": { key: { "type": "string" } } });
    node["oneOf"] = json!([has("kind"), has("uses")]);
    node
}

fn wire() -> Json {
    json!({
        "description": "A reference, or a list of them for a port that takes several in order.",
        "anyOf": [
            { "$ref": "#/$defs/reference" },
            { "type": "array", "items": { "$ref": "#/$defs/reference" } },
        ],
    })
}

fn body() -> Json {
    let parts = json!({ "inputs": optional("inputs"), "outputs": optional("outputs"), "nodes": optional("nodes"), "layout": optional("layout") });
    json!({
        "description": "The body of a loop or container: the name of a graph file, or written in place.",
        "anyOf": [{ "type": "string", "minLength": 1 }, object("A body written in place.", parts)],
    })
}

fn policy() -> Json {
    let duration = |description: &str| json!({ "description": description, "anyOf": [{ "$ref": "#/$defs/duration" }, { "type": "null" }] });
    json!({
        "retries": whole("How many more tries a failed item has.", 0, "default", json!(0)),
        "backoff": duration("Wait before the first retry; doubles with each one."),
        "backoff_max": duration("The longest wait between tries."),
        "timeout": duration("Limit for each try."),
        "on_error": choice("What a failed item does to the run.", &["continue", "stop"]),
        "incomplete": choice("What failures in a group do to the node that collects it.", &["take", "fail"]),
        "slots": whole("How many items at once.", 1, "examples", json!([4])),
        "queue": whole("Items that may wait on each input: 64 for light kinds, 16 for others.", 1, "examples", json!([16])),
        "window": whole("Open children of a split.", 1, "default", json!(64)),
        "cache": choice("Whether results are kept.", &["auto", "always", "never"]),
        "device": { "description": "`auto`, `cpu`, or a kind with its number: `cuda:0`.", "type": ["string", "null"], "pattern": DEVICE },
        "bypass": { "description": "Hand inputs on unchanged.", "type": ["boolean", "null"] },
        "mute": { "description": "Skip every item.", "type": ["boolean", "null"] },
    })
}

fn layout() -> Json {
    let point = json!({ "$ref": "#/$defs/point" });
    let end = text(END, "`node.port`, the port being an output, or what a wire feeds.");
    let mut frame = object(
        "A titled frame behind nodes.",
        json!({ "title": { "type": ["string", "null"] }, "at": point, "size": point }),
    );
    frame["required"] = json!(["at", "size"]);
    let mut note = object("A free note.", json!({ "at": point, "text": { "type": ["string", "null"] } }));
    note["required"] = json!(["at"]);
    let mut route = object(
        "The way of a wire.",
        json!({ "from": end, "to": end, "through": { "type": ["array", "null"], "items": point } }),
    );
    route["required"] = json!(["from", "to"]);
    json!({
        "description": "Positions and notes for the canvas alone, in points. Other keys are kept as they are.",
        "type": "object",
        "properties": {
            "nodes": { "type": ["object", "null"], "additionalProperties": point },
            "frames": { "type": ["array", "null"], "items": frame },
            "notes": { "type": ["array", "null"], "items": note },
            "routes": { "type": ["array", "null"], "items": route },
        },
    })
}

/// Returns a mapping with these keys and no others.
fn object(description: &str, properties: Json) -> Json {
    json!({ "description": description, "type": "object", "properties": properties, "additionalProperties": false })
}

/// Returns a mapping by names.
fn named(description: &str, of: &str) -> Json {
    json!({
        "description": description,
        "type": "object",
        "propertyNames": { "pattern": NAME },
        "additionalProperties": { "$ref": format!("#/$defs/{of}") },
    })
}

/// Returns a part that may be left empty.
fn optional(part: &str) -> Json {
    json!({ "anyOf": [{ "$ref": format!("#/$defs/{part}") }, { "type": "null" }] })
}

fn text(pattern: &str, description: &str) -> Json {
    json!({ "description": description, "type": "string", "pattern": pattern })
}

/// Returns a whole number of at least `least`, with one more remark.
fn whole(description: &str, least: u64, remark: &str, value: Json) -> Json {
    let mut schema = Map::new();
    schema.insert("description".into(), description.into());
    schema.insert("type".into(), json!(["integer", "null"]));
    schema.insert("minimum".into(), least.into());
    schema.insert(remark.into(), value);
    Json::Object(schema)
}

fn choice(description: &str, choices: &[&str]) -> Json {
    let mut all: Vec<Json> = choices.iter().map(|choice| json!(choice)).collect();
    all.push(Json::Null);
    json!({ "description": description, "enum": all })
}
