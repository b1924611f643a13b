//! Graphs in one line: statements separated by ` ; `.
//!
//! `$name:type=default` declares an input, `->name=ref` an output, `id=kind part part …` a node. A part is a wire
//! `port=ref` or `port=[ref,ref]`, a constant `param:json` without spaces, or a policy `.mute`, `.retries:2`.

use std::fmt::Write;

/// Returns the graph file that a line stands for.
pub fn yaml(line: &str) -> String {
    let statements: Vec<_> = line.split(" ; ").map(str::trim).collect();
    let section = |title: &str, lines: Vec<String>| match lines.is_empty() {
        true => String::new(),
        false => format!("{title}:\n{}", lines.concat()),
    };
    let inputs = statements.iter().filter_map(|text| text.strip_prefix('$')).map(input).collect();
    let outputs = statements.iter().filter_map(|text| text.strip_prefix("->")).map(output).collect();
    let is_node = |text: &&&str| !text.starts_with('$') && !text.starts_with("->");
    let nodes = statements.iter().filter(is_node).map(|text| node(text)).collect();
    ["windlass: 1\n".into(), section("inputs", inputs), section("outputs", outputs), section("nodes", nodes)].concat()
}

fn input(text: &str) -> String {
    let (name, rest) = text.split_once(':').unwrap();
    let (ty, default) = rest.split_once('=').map_or((rest, None), |(ty, default)| (ty, Some(default)));
    let default = default.map_or(String::new(), |json| format!(", default: {json}"));
    format!("  {name}: {{ type: '{ty}'{default} }}\n")
}

fn output(text: &str) -> String {
    format!("  {}\n", text.replacen('=', ": ", 1))
}

fn node(text: &str) -> String {
    let mut parts = text.split_whitespace();
    let (id, kind) = parts.next().unwrap().split_once('=').unwrap();
    let key = if kind.ends_with(".yaml") { "uses" } else { "kind" };
    let (mut wires, mut constants, mut policy) = (String::new(), String::new(), String::new());
    for part in parts {
        if let Some(part) = part.strip_prefix('.') {
            let (name, value) = part.split_once(':').unwrap_or((part, "true"));
            writeln!(policy, "      {name}: {value}").unwrap();
        } else {
            let at = part.find([':', '=']).unwrap();
            let (name, value) = (&part[..at], &part[at + 1..]);
            let section = if part.as_bytes()[at] == b':' { &mut constants } else { &mut wires };
            writeln!(section, "      {name}: {value}").unwrap();
        }
    }
    let section = |title: &str, lines: String| match lines.is_empty() {
        true => String::new(),
        false => format!("    {title}:\n{lines}"),
    };
    let sections = [section("params", constants), section("inputs", wires), section("policy", policy)].concat();
    format!("  {id}:\n    {key}: {kind}\n{sections}")
}
