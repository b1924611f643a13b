//! `windlass why`: where files come from, whatever they are called now, and what became of those that a run began with.
#![cfg(unix)]

mod ro_crate;

use std::fs;
use std::path::Path;

use serde_json::Value as Json;
use tempfile::TempDir;

use crate::program::{command, repository, start, windlass};

/// A tree of splits and filters: a number for each word, those above 3 twice, and one line of all.
const GRAPH: &str = r#"
windlass: 1
name: Lines
seed: 9
inputs:
  folder: { type: path, default: words }
  mark: { type: text, default: "!" }
nodes:
  find: { kind: files.glob, params: { pattern: "*.txt" }, inputs: { folder: $folder } }
  read: { kind: files.read, inputs: { file: find.file } }
  long: { kind: flow.filter, params: { where: "value | length > 3" }, inputs: { value: read.text } }
  loud: { kind: text.template, params: { template: "{{ text }}{{ mark }}" }, inputs: { text: long.value, mark: $mark } }
  each: { kind: files.write, params: { path: "out/{stem}.txt" }, inputs: { value: loud.text } }
  all: { kind: flow.collect, inputs: { values: loud.text } }
  page: { kind: text.template, params: { template: "{{ values | join(' ') }}" }, inputs: { values: all.values } }
  save: { kind: files.write, params: { path: out/page.md }, inputs: { value: page.text } }
"#;

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("graph.yaml"), GRAPH).unwrap();
    fs::create_dir(folder.path().join("words")).unwrap();
    for word in ["oak", "aspen", "maple"] {
        fs::write(folder.path().join(format!("words/{word}.txt")), word).unwrap();
    }
    windlass(folder.path(), &["run", "graph.yaml", "--quiet", "--in", "mark=?"]).ends_with(0);
    folder
}

fn json(folder: &Path, args: &[&str]) -> Json {
    let ran = windlass(folder, &[&["why"], args, &["--json"]].concat()).ends_with(0);
    serde_json::from_str(&ran.out).unwrap()
}

/// Returns the names and the keys of steps, in order.
fn steps(told: &Json) -> Vec<String> {
    let step = |step: &Json| {
        let keys: Vec<_> = step["keys"].as_array().unwrap().iter().map(|key| key.as_str().unwrap()).collect();
        format!("{} {}", step["name"].as_str().unwrap(), keys.join(" "))
    };
    told["steps"].as_array().unwrap().iter().map(step).collect()
}

fn sources(told: &Json) -> Vec<&str> {
    let sources = told["steps"].as_array().unwrap().iter().flat_map(|step| step["sources"].as_array().unwrap());
    sources.map(|source| source["name"].as_str().unwrap()).collect()
}

#[test]
fn a_copy_with_another_name_tells_of_the_pictures_that_it_was_made_of() {
    let folder = tempfile::tempdir().unwrap();
    let photos = repository().join("graphs/samples/photos");
    fs::create_dir(folder.path().join("photos")).unwrap();
    for name in ["dunes.jpg", "hills.jpg"] {
        fs::copy(photos.join(name), folder.path().join("photos").join(name)).unwrap();
    }
    fs::copy(repository().join("graphs/contact-sheet.yaml"), folder.path().join("sheet.yaml")).unwrap();
    windlass(folder.path(), &["run", "sheet.yaml", "--in", "folder=photos", "--in", "size=64"]).ends_with(0);
    let desktop = folder.path().join("desktop");
    fs::create_dir(&desktop).unwrap();
    fs::rename(folder.path().join("out/sheet.png"), desktop.join("a picture.png")).unwrap();
    let told = windlass(folder.path(), &["why", "desktop/a picture.png"]).ends_with(0).out;
    for text in [
        "as `out/sheet.png`, which is gone",
        "cell = 64 ($size)",
        "thumb (image.resize 2), 2 times",
        "photos/hills.jpg",
    ] {
        assert!(told.contains(text), "`{text}` is missing in\n{told}");
    }
    let whole = json(folder.path(), &["desktop/a picture.png"]);
    let made = &whole["made"][0];
    assert_eq!(steps(made), ["find ", "open 0 1", "thumb 0 1", "sheet ", "save "]);
    assert_eq!(sources(made), ["dunes.jpg", "hills.jpg"]);
    let dunes = blake3::hash(&fs::read(photos.join("dunes.jpg")).unwrap()).to_hex().to_string();
    let source = &made["steps"][0]["sources"][0];
    assert_eq!((&source["content"], &source["stands"]), (&dunes.into(), &"same".into()));
    let again = json(folder.path(), &["desktop/a picture.png"]);
    assert_eq!(whole, again, "nothing of it depends on when it is asked");
}

#[test]
fn one_of_many_files_tells_of_its_own_item_alone() {
    let folder = folder();
    let whole = json(folder.path(), &["out/maple.txt"]);
    let made = &whole["made"][0];
    assert_eq!(steps(made), ["find ", "read 1", "long 1", "loud 1", "each 1"]);
    assert_eq!((sources(made), &made["run"]["seed"]), (vec!["maple.txt"], &9.into()));
    let loud = &made["steps"][3]["params"];
    assert!(loud.as_array().unwrap().iter().any(|param| param["name"] == "mark" && param["value"] == "?"), "{loud}");
    let text = windlass(folder.path(), &["why", "out/maple.txt"]).ends_with(0).out;
    assert!(text.contains("for `maple.txt` (1)") && text.contains(r#"mark = "?" ($mark)"#), "{text}");
}

#[test]
fn downward_it_tells_what_became_of_a_file() {
    let folder = folder();
    let whole = json(folder.path(), &["words/aspen.txt", "--down"]);
    let became = &whole["became"][0];
    assert_eq!(steps(became), ["find ", "read 0", "long 0", "loud 0", "each 0", "all ", "page ", "save "]);
    fs::rename(folder.path().join("words/aspen.txt"), folder.path().join("renamed.txt")).unwrap();
    windlass(folder.path(), &["why", "renamed.txt", "--down"]).ends_with(2).says("no run that is remembered here");
    fs::copy(folder.path().join("renamed.txt"), folder.path().join("words/aspen.txt")).unwrap();
    let by_path = windlass(folder.path(), &["why", "words/aspen.txt", "--down"]).ends_with(0).out;
    assert!(by_path.contains("which has changed since") && by_path.contains("wrote out/aspen.txt"), "{by_path}");
    let short = json(folder.path(), &["words/oak.txt", "--down"]);
    let wrote = |told: &Json| told["became"][0]["steps"].to_string().contains("out/oak.txt");
    assert!(!wrote(&short), "the filter let it not through");
}

#[test]
fn a_value_is_found_by_its_hash() {
    let folder = folder();
    let whole = json(folder.path(), &["out/maple.txt"]);
    let identity = whole["made"][0]["steps"][1]["firings"][0]["gave"]["text"]["identity"].as_str().unwrap().to_owned();
    let of_value = json(folder.path(), &[&identity[..12]]);
    assert_eq!(steps(&of_value["made"][0]), ["find ", "read 1"]);
    let down = json(folder.path(), &[&identity, "--down"]);
    let reached = steps(&down["became"][0]);
    assert_eq!(reached.first().map(String::as_str), Some("read 1"));
    assert!(reached.contains(&"each 1".to_owned()), "{reached:?}");
}

#[test]
fn path_and_content_that_disagree_are_said() {
    let folder = folder();
    fs::write(folder.path().join("out/maple.txt"), "by hand").unwrap();
    let told = windlass(folder.path(), &["why", "out/maple.txt"]).ends_with(0).out;
    assert!(told.contains("its content has changed since"), "{told}");
    fs::remove_file(folder.path().join("out/maple.txt")).unwrap();
    let told = windlass(folder.path(), &["why", "out/maple.txt"]).ends_with(0).out;
    assert!(told.contains("which is gone"), "{told}");
}

#[test]
fn what_nobody_knows_is_refused_with_words() {
    let folder = folder();
    let refused = |what: &str, says: &str| drop(windlass(folder.path(), &["why", what]).ends_with(2).says(says));
    refused("nothing.png", "no run that is remembered here made or took `nothing.png`");
    refused("0123456789abcdef", "no run that is remembered here made or took");
    refused("words", "`words` is a folder");
    refused("words/oak.txt", "`--down` says what became of it");
    let empty = tempfile::tempdir().unwrap();
    windlass(empty.path(), &["why", "x"]).ends_with(2).says("no run has a journal here");
}

#[test]
fn the_picture_is_a_graph_whose_arrows_join_what_it_draws() {
    let folder = folder();
    for args in [["why", "out/page.md", "--dot"].as_slice(), &["why", "words/maple.txt", "--dot", "--down"]] {
        let dot = windlass(folder.path(), args).ends_with(0).out;
        assert!(dot.starts_with("digraph \"") && dot.ends_with("}\n"), "{dot}");
        assert_eq!(dot.matches('{').count(), dot.matches('}').count());
        let id = |line: &str| line.trim().split(' ').next().unwrap().to_owned();
        let drawn: Vec<_> =
            dot.lines().filter(|line| line.contains("label=") && !line.contains("->")).map(id).collect();
        let arrows: Vec<_> = dot.lines().filter_map(|line| line.trim().split_once(" -> ")).collect();
        assert!(arrows.len() > 4, "{dot}");
        for (from, to) in arrows {
            let to = to.split([' ', ';']).next().unwrap();
            assert!(drawn.iter().any(|node| node == from) && drawn.iter().any(|node| node == to), "{from} {to}\n{dot}");
        }
    }
}

#[test]
fn what_a_filter_left_out_takes_no_part_in_a_whole() {
    let folder = folder();
    let whole = json(folder.path(), &["out/page.md"]);
    let made = &whole["made"][0];
    assert_eq!(steps(made), ["find ", "read 0 1", "long 0 1", "loud 0 1", "all ", "page ", "save "]);
    assert_eq!(sources(made), ["aspen.txt", "maple.txt"]);
}

#[test]
fn a_later_run_that_found_it_all_again_is_another_one_that_speaks_of_it() {
    let folder = folder();
    let before = json(folder.path(), &["out/maple.txt"]);
    windlass(folder.path(), &["run", "graph.yaml", "--quiet", "--in", "mark=?"]).ends_with(0);
    let after = json(folder.path(), &["out/maple.txt"]);
    assert_eq!(
        (&after["made"], after["runs"].as_array().unwrap().len()),
        (&before["made"], 2),
        "the first run made it"
    );
    let text = windlass(folder.path(), &["why", "out/maple.txt"]).ends_with(0).out;
    assert!(text.contains("1 other run also made or took it"), "{text}");
}

/// Rows around a split, and a step that depends on no row.
const ROWS: &str = r#"
windlass: 1
name: Rows
inputs:
  mark: { type: text, default: "!" }
nodes:
  words: { kind: flow.constant, params: { value: [oak, elm] } }
  each: { kind: flow.each, inputs: { values: words.value } }
  plain: { kind: text.template, params: { template: "<{{ word }}>" }, inputs: { word: each.value } }
  loud: { kind: text.template, params: { template: "{{ text }}{{ mark }}" }, inputs: { text: plain.text, mark: $mark } }
  save: { kind: files.write, params: { path: "out/{index}.txt" }, inputs: { value: loud.text } }
"#;

#[test]
fn under_rows_it_names_the_row_and_what_was_done_once_for_all() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("rows.yaml"), ROWS).unwrap();
    windlass(folder.path(), &["run", "rows.yaml", "--sweep", "mark=a,b"]).ends_with(0);
    let whole = json(folder.path(), &["b/out/1.txt"]);
    let made = &whole["made"][0];
    let told = steps(made);
    assert!(told.contains(&"plain 1".to_owned()) && told.contains(&"save 1/1".to_owned()), "{told:?}");
    let text = windlass(folder.path(), &["why", "b/out/1.txt"]).ends_with(0).out;
    assert!(text.contains("for `b/1` (1/1)"), "{text}");
    let identity = made["steps"].as_array().unwrap().iter().find(|step| step["name"] == "plain").unwrap();
    let identity = identity["firings"][0]["gave"]["text"]["identity"].as_str().unwrap();
    let down = json(folder.path(), &[identity, "--down"]);
    assert!(steps(&down["became"][0]).contains(&"save 0/1 1/1".to_owned()), "{:?}", steps(&down["became"][0]));
}

#[test]
fn a_row_that_is_a_file_tells_of_it() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("words")).unwrap();
    for word in ["oak", "aspen"] {
        fs::write(folder.path().join(format!("words/{word}.txt")), word).unwrap();
    }
    let graph = r#"
windlass: 1
inputs:
  word: { type: file }
nodes:
  read: { kind: files.read, inputs: { file: $word } }
  save: { kind: files.write, params: { path: word.txt }, inputs: { value: read.text } }
"#;
    fs::write(folder.path().join("graph.yaml"), graph).unwrap();
    windlass(folder.path(), &["run", "graph.yaml", "--each", "word=words/*.txt"]).ends_with(0);
    let whole = json(folder.path(), &["oak.txt/word.txt"]);
    let sources: Vec<_> = whole["made"][0]["steps"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|step| step["sources"].as_array().unwrap())
        .collect();
    let content = blake3::hash(b"oak").to_hex().to_string();
    let [source] = sources[..] else { panic!("{sources:?}") };
    assert!(source["path"].as_str().unwrap().ends_with("words/oak.txt"), "{source}");
    assert_eq!((&source["content"], &source["stands"]), (&content.into(), &"same".into()));
}

#[test]
fn files_with_the_same_content_are_named() {
    let folder = folder();
    for word in ["oak", "aspen"] {
        fs::write(folder.path().join(format!("words/{word}.txt")), "willow").unwrap();
    }
    windlass(folder.path(), &["run", "graph.yaml", "--quiet"]).ends_with(0);
    let told = windlass(folder.path(), &["why", "out/oak.txt"]).ends_with(0).out;
    assert!(told.contains("for `oak.txt`") && told.contains("1 other file of the run has the same content"), "{told}");
}

#[test]
fn a_secret_is_named_and_never_said() {
    let folder = tempfile::tempdir().unwrap();
    let graph = r#"
windlass: 1
inputs:
  key: { type: text, default: { env: SERVICE_KEY } }
nodes:
  line: { kind: text.template, params: { template: "{{ key | length }} letters" }, inputs: { key: $key } }
  save: { kind: files.write, params: { path: line.txt }, inputs: { value: line.text } }
"#;
    fs::write(folder.path().join("graph.yaml"), graph).unwrap();
    let ran = |args: &[&str]| {
        let mut command = command(folder.path(), args);
        command.env("SERVICE_KEY", "Xq7Zw9JvKp");
        start(command).wait().ends_with(0)
    };
    ran(&["run", "graph.yaml"]);
    for args in [&["why", "line.txt"][..], &["why", "line.txt", "--json"], &["why", "line.txt", "--crate", "crate"]] {
        let told = ran(args);
        assert!(!format!("{}{}", told.out, told.err).contains("Xq7Zw9JvKp"), "{}", told.out);
    }
    assert!(ran(&["why", "line.txt"]).out.contains("key = (secret SERVICE_KEY) ($key)"));
    let told = fs::read_to_string(folder.path().join("crate/ro-crate-metadata.json")).unwrap();
    assert!(told.contains("(secret SERVICE_KEY)") && !told.contains("Xq7Zw9JvKp"), "{told}");
}

/// Paths in twos, behind a filter of which nothing is recorded.
const TWOS: &str = r#"
windlass: 1
nodes:
  find: { kind: files.glob, params: { folder: words, pattern: "*.txt" } }
  some: { kind: flow.filter, params: { where: "value | length > 0" }, inputs: { value: find.path } }
  few: { kind: flow.batch, params: { size: 2 }, inputs: { value: some.value } }
  line: { kind: text.template, params: { template: "{{ values | length }}" }, inputs: { values: few.batch } }
  save: { kind: files.write, params: { path: "out/{index}.txt" }, inputs: { value: line.text } }
"#;

#[test]
fn where_nobody_knows_which_of_a_group_took_part_it_says_so() {
    let folder = folder();
    fs::write(folder.path().join("twos.yaml"), TWOS).unwrap();
    windlass(folder.path(), &["run", "twos.yaml", "--quiet"]).ends_with(0);
    let told = windlass(folder.path(), &["why", "out/1.txt"]).ends_with(0).out;
    assert!(told.contains("from up to 3 files"), "{told}");
    let whole = json(folder.path(), &["out/1.txt"]);
    let at_most: Vec<_> =
        whole["made"][0]["steps"].as_array().unwrap().iter().map(|step| step["is_at_most"] == true).collect();
    assert_eq!(at_most, [true, true, true, false, false], "{:?}", steps(&whole["made"][0]));
}
