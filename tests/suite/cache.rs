//! What one run gave is found by the next: only what is missing is computed, and `explain` says so before.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value as Json;
use tempfile::TempDir;

use crate::pictures;
use crate::program::{command, events, files_below, start, windlass};

/// Ten steps; the middle one has the parameter that is changed.
const GRAPH: &str = "windlass: 1
inputs:
  width: { type: int, default: 8 }
nodes:
  find: { kind: files.glob, params: { folder: in, pattern: '*.png' } }
  open: { kind: image.open, inputs: { file: find.file } }
  a: { kind: image.resize, params: { width: 60 }, inputs: { image: open.image } }
  b: { kind: image.resize, params: { width: 50 }, inputs: { image: a.image }, policy: { cache: always } }
  keep: { kind: flow.filter, params: { where: 'name != \"no.png\"' }, inputs: { value: b.image } }
  c: { kind: image.resize, inputs: { image: keep.value, width: $width } }
  d: { kind: image.resize, params: { width: 5 }, inputs: { image: c.image } }
  save: { kind: image.save, params: { path: 'out/{stem}.png' }, inputs: { image: d.image } }
  large: { kind: image.save, params: { path: 'large/{stem}.png' }, inputs: { image: b.image } }
  sheet: { kind: image.contact_sheet, inputs: { images: d.image } }
  whole: { kind: image.save, params: { path: 'sheet.png' }, inputs: { image: sheet.image } }
";

fn folder(names: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("in")).unwrap();
    names.iter().for_each(|name| picture(folder.path(), name));
    fs::write(folder.path().join("graph.yaml"), GRAPH).unwrap();
    folder
}

/// Draws a picture that is told from all others by its name.
fn picture(folder: &Path, name: &str) {
    let salt = name.bytes().fold(0, |salt: u8, byte| salt.wrapping_mul(31).wrapping_add(byte));
    // Noise: what is kept of it cannot be squeezed into its record.
    let noise =
        move |x: u32, y: u32| (x * 73 + y * 179 + u32::from(salt)).wrapping_mul(0x9E37_79B1).wrapping_mul(x ^ y ^ 77);
    let pixel = move |x: u32, y: u32| [(noise(x, y) >> 8) as u8, (noise(x, y) >> 16) as u8, (noise(x, y) >> 24) as u8];
    pictures::write(&folder.join("in").join(name), 80, 80, pixel);
}

/// Runs the graph; returns how often code was called in each step, light ones left out.
fn fired(folder: &Path, args: &[&str]) -> BTreeMap<String, usize> {
    let lines = windlass(folder, &[&["run", "graph.yaml", "--json"], args].concat()).ends_with(0).json_lines();
    let steps: Vec<_> = lines[0]["steps"].as_array().unwrap().iter().map(|step| step["name"].clone()).collect();
    let mut fired = BTreeMap::new();
    for event in events(&lines, "firing") {
        let step = steps[event["step"].as_u64().unwrap() as usize].as_str().unwrap();
        *fired.entry(step.to_owned()).or_default() += 1;
    }
    fired.retain(|step, _| !["find", "keep"].contains(&step.as_str()));
    fired
}

/// Returns what `explain` says of each step that something is missing in: how many run, depend, and why.
fn explained(folder: &Path, args: &[&str]) -> BTreeMap<String, (u64, u64, Json)> {
    let ran = windlass(folder, &[&["explain", "graph.yaml", "--json"], args].concat()).ends_with(0);
    let explanation: Json = serde_json::from_str(&ran.out).unwrap();
    let steps = explanation["steps"].as_array().unwrap().iter().map(|step| {
        let number = |name: &str| step[name].as_u64().unwrap();
        (step["step"].as_str().unwrap().to_owned(), (number("runs"), number("depends"), step["causes"].clone()))
    });
    steps.filter(|(_, (runs, depends, _))| runs + depends > 0).collect()
}

/// Returns what `show --causes` says of the last run: what was computed in each step, and why.
fn causes(folder: &Path) -> BTreeMap<String, Json> {
    let ran = windlass(folder, &["show", "--causes", "--json"]).ends_with(0);
    let shown: Json = serde_json::from_str(&ran.out).unwrap();
    let steps = shown["steps"].as_array().unwrap().iter();
    let steps = steps.map(|step| (step["step"].as_str().unwrap().to_owned(), step["causes"].clone()));
    steps
        .filter(|(step, causes)| step != "find" && causes.as_object().is_some_and(|causes| !causes.is_empty()))
        .collect()
}

fn bytes(folder: &Path, file: &str) -> Vec<u8> {
    fs::read(folder.join(file)).unwrap()
}

fn other_input(items: u64) -> String {
    format!("{{\"`image` has changed\":{items}}}")
}

#[test]
fn a_run_closes_the_index_so_that_the_next_one_need_not_read_all_of_it() {
    let folder = folder(&["a.png"]);
    for _ in 0..2 {
        fired(folder.path(), &[]);
        assert!(folder.path().join(".windlass/index/clean").is_file());
    }
}

#[test]
fn only_what_a_change_touches_is_computed_and_going_back_computes_nothing() {
    let folder = folder(&["a.png", "b.png", "no.png"]);
    let all = fired(folder.path(), &[]);
    assert_eq!((all["open"], all["c"], all["large"], all["whole"]), (3, 2, 3, 1));
    assert!(explained(folder.path(), &[]).is_empty());
    assert!(causes(folder.path()).values().all(|causes| causes.get("no earlier run of this graph").is_some()));
    assert!(fired(folder.path(), &[]).is_empty());
    assert!(causes(folder.path()).is_empty());
    let first = (bytes(folder.path(), "out/a.png"), bytes(folder.path(), "sheet.png"));

    let other = ["--in", "width=7"];
    let why = explained(folder.path(), &other);
    let changed = serde_json::json!({ "`width` is 7, was 8": 2 });
    assert_eq!(why["c"], (2, 0, changed));
    assert_eq!(
        why.iter().map(|(step, (_, depends, _))| (step.as_str(), *depends)).collect::<Vec<_>>(),
        [("c", 0), ("d", 2), ("save", 2), ("sheet", 1), ("whole", 1)]
    );
    let touched = fired(folder.path(), &other);
    assert_eq!(
        touched.into_iter().collect::<Vec<_>>(),
        [
            ("c".to_owned(), 2),
            ("d".to_owned(), 2),
            ("save".to_owned(), 2),
            ("sheet".to_owned(), 1),
            ("whole".to_owned(), 1)
        ]
    );

    let why = causes(folder.path());
    assert_eq!((why["c"].to_string(), why["d"].to_string()), (r#"{"`width` is 7, was 8":2}"#.into(), other_input(2)));

    // What was overwritten meanwhile is written again, and nothing else is done. The run before the last one was the same.
    let gone = "what it had written is gone or was changed";
    assert!(explained(folder.path(), &[]).values().all(|(_, _, causes)| causes.get(gone).is_some()));
    let back = fired(folder.path(), &[]);
    assert!(back.keys().all(|step| ["save", "whole"].contains(&step.as_str())), "{back:?}");
    assert!(causes(folder.path()).values().all(|causes| causes.get(gone).is_some()));
    assert_eq!((bytes(folder.path(), "out/a.png"), bytes(folder.path(), "sheet.png")), first);
    assert!(fired(folder.path(), &[]).is_empty());
}

#[test]
fn two_new_files_in_a_folder_are_two_items_and_no_other_one_changes() {
    let folder = folder(&["b.png", "d.png", "f.png"]);
    fired(folder.path(), &[]);
    let before = ["b", "d", "f"].map(|name| bytes(folder.path(), &format!("out/{name}.png")));
    ["a.png", "e.png"].iter().for_each(|name| picture(folder.path(), name));
    let why = explained(folder.path(), &[]);
    assert_eq!(why["open"], (2, 0, serde_json::json!({ "new": 2 })));
    let new = fired(folder.path(), &[]);
    assert_eq!((new["open"], new["a"], new["d"], new["save"], new["sheet"]), (2, 2, 2, 2, 1));
    let after = ["b", "d", "f"].map(|name| bytes(folder.path(), &format!("out/{name}.png")));
    assert!(before == after);
}

#[test]
fn what_is_asked_for_anew_is_computed_anew() {
    let folder = folder(&["a.png"]);
    let all = fired(folder.path(), &[]);
    assert!(explained(folder.path(), &[]).is_empty());
    let before = explained(folder.path(), &["--fresh"]);
    assert_eq!(before["open"], (1, 0, serde_json::json!({ "`--fresh`": 1 })), "nothing found counts");
    assert!(
        before.values().all(|(_, _, causes)| *causes == serde_json::json!({}) || causes.get("`--fresh`").is_some()),
        "{before:?}"
    );
    assert_eq!(fired(folder.path(), &["--fresh"]), all);
    assert!(causes(folder.path()).values().all(|causes| causes.get("`--fresh`").is_some()));
    let shown = windlass(folder.path(), &["show", "--causes"]).ends_with(0).out;
    assert!(shown.lines().any(|line| line.starts_with("  open ") && line.ends_with("`--fresh`")), "{shown}");
    picture(folder.path(), "a.png");
    assert!(fired(folder.path(), &[]).is_empty(), "a file with the same content is the same");
    pictures::write(&folder.path().join("in/a.png"), 80, 80, |_, _| [1, 2, 3]);
    let why = explained(folder.path(), &[]);
    assert_eq!(why["open"], (1, 0, serde_json::json!({ "`file` has changed": 1 })));
    assert_eq!(fired(folder.path(), &[]), all);
}

/// Loses the second half of a file.
fn damage(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..].fill(0);
    fs::remove_file(path).unwrap();
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_damaged_value_is_computed_again_and_a_missing_index_made_anew() {
    let folder = folder(&["a.png", "b.png"]);
    fired(folder.path(), &[]);
    let sheet = bytes(folder.path(), "sheet.png");
    fs::remove_dir_all(folder.path().join(".windlass/index")).unwrap();
    let kept = ["packs", "blobs"].map(|kept| walkdir::WalkDir::new(folder.path().join(".windlass").join(kept)));
    let files = kept.into_iter().flatten().filter_map(Result::ok).map(walkdir::DirEntry::into_path);
    let damaged = files.filter(|path| path.is_file()).map(|path| damage(&path)).count();
    assert!(damaged > 0, "nothing was kept");
    fs::remove_file(folder.path().join("sheet.png")).unwrap();
    fired(folder.path(), &[]);
    assert!(bytes(folder.path(), "sheet.png") == sheet);
}

#[test]
fn a_file_that_stands_from_before_is_no_other_item_s() {
    let folder = tempfile::tempdir().unwrap();
    let graph = |values: &str| {
        let text = format!(
            "windlass: 1\nnodes:\n  each: {{ kind: flow.each, params: {{ values: {values} }} }}\n  \
             to: {{ kind: text.template, params: {{ template: '{{{{ v|length }}}}' }}, inputs: {{ v: each.value }} }}\n  \
             write:\n    kind: files.write\n    params: {{ path: 'out{{to}}.txt' }}\n    \
             inputs: {{ value: each.value, to: to.text }}\n"
        );
        fs::write(folder.path().join("graph.yaml"), text).unwrap();
    };
    graph("[a]");
    windlass(folder.path(), &["run", "graph.yaml"]).ends_with(0);
    graph("[a, b]");
    let ran = windlass(folder.path(), &["run", "graph.yaml"]).ends_with(1);
    let written: Vec<_> = files_below(folder.path()).into_iter().filter(|file| file.ends_with(".txt")).collect();
    assert_eq!(written.len(), 1, "{written:?}");
    // The first item to ask has the path, whether its file stands or is written, and the other one is told of it.
    let holder = match fs::read_to_string(folder.path().join(&written[0])).unwrap().trim() {
        "a" => "write 0",
        _ => "write 1",
    };
    ran.says(&format!("`{holder}` of this run writes the same file"));
}

#[test]
fn a_large_text_is_written_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let graph = "windlass: 1\nnodes:\n  each: { kind: flow.each, params: { values: [1, 2] } }\n  text:\n    \
                 kind: text.template\n    params: { template: \"{% for n in range(2000) %}line {{ n }} of {{ of }}\\n{% endfor %}\" }\n    \
                 inputs: { of: each.value }\n  \
                 write: { kind: files.write, params: { path: '{index}.txt' }, inputs: { value: text.text } }\n";
    fs::write(folder.path().join("graph.yaml"), graph).unwrap();
    for _ in 0..2 {
        windlass(folder.path(), &["run", "graph.yaml"]).ends_with(0);
        for file in ["0.txt", "1.txt"] {
            assert_eq!(fs::read_to_string(folder.path().join(file)).unwrap().lines().count(), 2000);
            fs::remove_file(folder.path().join(file)).unwrap();
        }
    }
}

#[test]
fn what_is_only_handed_on_is_computed_again_where_it_is_looked_at_and_nowhere_else() {
    let folder = folder(&["a.png", "b.png"]);
    let graph = "windlass: 1
inputs:
  width: { type: int, default: 8 }
nodes:
  find: { kind: files.glob, params: { folder: in, pattern: '*.png' } }
  open: { kind: image.open, inputs: { file: find.file } }
  half: { kind: image.resize, params: { width: 40 }, inputs: { image: open.image }, policy: { cache: always } }
  way: { kind: flow.if, params: { when: 'name == \"a.png\"' }, inputs: { value: half.image } }
  both: { kind: flow.merge, inputs: { values: [way.then, way.else] } }
  list: { kind: flow.collect, inputs: { values: both.value } }
  each: { kind: flow.each, inputs: { values: list.values } }
  last: { kind: image.resize, inputs: { image: each.value, width: $width } }
  save: { kind: image.save, params: { path: 'out/{index}.png' }, inputs: { image: last.image } }
";
    fs::write(folder.path().join("graph.yaml"), graph).unwrap();
    let costly = |args: &[&str]| {
        let mut fired = fired(folder.path(), args);
        fired.retain(|step, _| ["open", "half", "last", "save"].contains(&step.as_str()));
        fired.into_iter().collect::<Vec<_>>()
    };
    let twice = |steps: &[&str]| steps.iter().map(|step| ((*step).to_owned(), 2)).collect::<Vec<_>>();
    assert_eq!(costly(&[]), twice(&["half", "last", "open", "save"]));
    assert_eq!(costly(&[]), [], "nothing is missing");
    // The values are gone, what is known of them is not.
    for kept in ["packs", "blobs"] {
        drop(fs::remove_dir_all(folder.path().join(".windlass").join(kept)));
    }
    assert_eq!(costly(&[]), [], "nobody looks at them");
    assert_eq!(costly(&["--in", "width=7"]), twice(&["last", "save"]), "what is computed again counts apart");
}

#[test]
fn beyond_the_size_that_values_may_take_nothing_is_kept_that_can_be_computed_again() {
    let folder = tempfile::tempdir().unwrap();
    // Neither squeezed into the record, nor too large to be held for computing again.
    let text: String = (0..4_000u64).map(|at| format!("{:x}", at.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40)).collect();
    let graph = format!(
        "windlass: 1
inputs: {{ text: {{ type: text, default: {text} }} }}
nodes:
  slow: {{ kind: flow.delay, params: {{ duration: 200ms }}, inputs: {{ value: $text }} }}
  save: {{ kind: files.write, params: {{ path: out.txt }}, inputs: {{ value: slow.value }} }}
"
    );
    fs::write(folder.path().join("graph.yaml"), graph).unwrap();
    let run = |limit: &str| {
        let mut run = command(folder.path(), &["run", "graph.yaml", "--fresh"]);
        run.env("WINDLASS_CACHE_SIZE", limit);
        drop(fs::remove_file(folder.path().join("out.txt")));
        let ran = start(run).wait().ends_with(0);
        assert_eq!(fs::read_to_string(folder.path().join("out.txt")).unwrap(), text);
        let packs = fs::read_dir(folder.path().join(".windlass/packs")).map_or(0, Iterator::count);
        (ran.err.contains("`cache_size`"), packs)
    };
    assert_eq!(run("1KiB"), (true, 0));
    assert_eq!(run("1GiB"), (false, 1));
    assert_eq!(run("1KiB"), (true, 1));
}

#[test]
fn what_was_left_alone_is_written_once_it_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let graph = "windlass: 1
nodes:
  save: { kind: files.write, params: { path: out.txt, value: ours, if_exists: skip } }
  read: { kind: files.read, inputs: { file: save.file } }
outputs: { read: read.text }
";
    fs::write(folder.path().join("graph.yaml"), graph).unwrap();
    let out = folder.path().join("out.txt");
    let run = || {
        let lines = windlass(folder.path(), &["run", "graph.yaml", "--json"]).ends_with(0).json_lines();
        (fs::read_to_string(&out).unwrap(), events(&lines, "recalled").len())
    };
    fs::write(&out, "foreign").unwrap();
    assert_eq!(run().0, "foreign");
    let (text, found) = run();
    assert_eq!((text.as_str(), found > 0), ("foreign", true), "it is left again, and nobody asks the code");
    fs::remove_file(&out).unwrap();
    assert_eq!(run().0, "ours");
    fs::write(&out, "changed").unwrap();
    assert_eq!(run().0, "changed");
}

/// Each value stands for the firing that gives it, with what that is given, which stands for the one before: so through as many
/// steps as no stack has room for.
#[test]
fn a_long_row_of_values_of_which_none_is_kept_is_computed_again() {
    const STEPS: usize = 1500;
    let folder = folder(&["a.png"]);
    let mut graph = "windlass: 1\nnodes:
  find: { kind: files.open, params: { path: in/a.png } }
  open: { kind: image.open, inputs: { file: find.file } }
"
    .to_owned();
    let mut before = "open".to_owned();
    for step in 0..STEPS {
        graph.push_str(&format!("  s{step}: {{ kind: image.invert, inputs: {{ image: {before}.image }} }}\n"));
        before = format!("s{step}");
    }
    graph.push_str(&format!(
        "  save: {{ kind: image.save, params: {{ path: out.png }}, inputs: {{ image: {before}.image }} }}\n"
    ));
    fs::write(folder.path().join("graph.yaml"), graph).unwrap();
    let run = || {
        let mut run = command(folder.path(), &["run", "graph.yaml", "--json"]);
        run.env("WINDLASS_CACHE_SIZE", "1KiB");
        let lines = start(run).wait().ends_with(0).json_lines();
        let out = fs::read(folder.path().join("out.png")).unwrap();
        fs::remove_file(folder.path().join("out.png")).unwrap();
        (events(&lines, "recomputing").len(), out)
    };
    let (first, whole) = run();
    assert_eq!(first, 0);
    assert_eq!(run(), (STEPS + 1, whole), "the picture that is saved, and all before it");
}
