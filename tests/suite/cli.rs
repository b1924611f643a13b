//! The command line as somebody types it: what each command prints, and how each wrong call ends.

use std::fs;
use std::path::Path;

use serde_json::Value as Json;
use tempfile::TempDir;

use crate::program::{events, files_below, start, windlass};

/// Reads texts of a folder and writes each, with a word before it, under `out`.
const COPIES: &str = r#"
windlass: 1
name: Copies
inputs:
  folder: { type: path, default: texts }
  word: { type: text, default: Dear }
  times: { type: int, default: 1, min: 1, max: 9 }
outputs:
  path: save.path
nodes:
  find:
    kind: files.glob
    params: { pattern: "*.txt" }
    inputs: { folder: $folder }
  read:
    kind: files.read
    inputs: { file: find.file }
  letter:
    kind: text.template
    params: { template: "{{ word }} {{ text }} {{ times }}" }
    inputs: { word: $word, text: read.text, times: $times }
  save:
    kind: files.write
    params: { path: "out/{stem}.txt" }
    inputs: { value: letter.text }
"#;

/// Makes a folder with the graph `copies.yaml` and three texts.
fn copies() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "copies.yaml", COPIES);
    for name in ["ada", "bob", "eve"] {
        put(folder.path(), &format!("texts/{name}.txt"), name);
    }
    folder
}

fn put(folder: &Path, name: &str, content: impl AsRef<[u8]>) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap()
}

#[test]
fn a_run_writes_its_files_and_says_where() {
    let folder = copies();
    let ran = windlass(folder.path(), &["run", "copies.yaml", "--in", "word=Hello", "--in", "times=3"]).ends_with(0);
    assert_eq!(read(folder.path(), "out/ada.txt"), "Hello ada 3");
    assert_eq!(ran.out, "", "what is for people goes to standard error");
    let ran = ran.says("Copies finished").says("3 files in out");
    assert!(!ran.err.contains('\x1b'), "no colours where there is no terminal");
}

#[test]
fn a_second_run_finds_its_files_unchanged() {
    let folder = copies();
    windlass(folder.path(), &["run", "copies.yaml"]).ends_with(0);
    windlass(folder.path(), &["run", "copies.yaml"]).ends_with(0).says("unchanged: 3 files in out");
    windlass(folder.path(), &["run", "copies.yaml", "--in", "word=Hi"]).ends_with(0).says("written: 3 files in out");
    assert_eq!(read(folder.path(), "out/eve.txt"), "Hi eve 1");
}

#[test]
fn what_is_not_ours_is_replaced_only_when_asked() {
    let folder = copies();
    put(folder.path(), "out/ada.txt", "mine");
    windlass(folder.path(), &["run", "copies.yaml"]).ends_with(1).says("ada.txt");
    assert_eq!(read(folder.path(), "out/ada.txt"), "mine");
    assert_eq!(read(folder.path(), "out/bob.txt"), "Dear bob 1");
    windlass(folder.path(), &["run", "copies.yaml", "--overwrite"]).ends_with(0);
    assert_eq!(read(folder.path(), "out/ada.txt"), "Dear ada 1");
}

#[test]
fn outputs_and_parameters_follow_the_flags() {
    let folder = copies();
    let set = "letter.template=just {{ text }}";
    windlass(folder.path(), &["run", "copies.yaml", "--out", "else", "--set", set]).ends_with(2);
    let set = "save.path=there/{stem}.md";
    windlass(folder.path(), &["run", "copies.yaml", "--out", "else", "--set", set]).ends_with(0);
    assert_eq!(read(folder.path(), "else/there/ada.md"), "Dear ada 1");
    assert!(!folder.path().join("out").exists());
}

#[test]
fn paths_given_by_the_caller_are_relative_to_the_caller() {
    let folder = copies();
    put(folder.path(), "here/more/zoe.txt", "zoe");
    windlass(&folder.path().join("here"), &["run", "../copies.yaml", "--in", "folder=more"]).ends_with(0);
    assert_eq!(read(folder.path(), "out/zoe.txt"), "Dear zoe 1");
}

#[test]
fn events_are_lines_that_keep_to_their_schema() {
    let folder = copies();
    let schema: Json = serde_json::from_str(&windlass(folder.path(), &["schema", "events"]).ends_with(0).out).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let lines = windlass(folder.path(), &["run", "copies.yaml", "--json"]).ends_with(0).json_lines();
    for (seq, line) in lines.iter().enumerate() {
        assert_eq!(line["seq"], seq as u64);
        assert!(validator.is_valid(line), "{line}");
    }
    assert_eq!(lines.first().unwrap()["event"], "run_started");
    assert_eq!(lines.last().unwrap()["event"], "run_finished");
    assert_eq!(events(&lines, "saved").len(), 3);
}

#[test]
fn a_quiet_run_says_its_summary_alone() {
    let folder = copies();
    let ran = windlass(folder.path(), &["run", "copies.yaml", "--quiet"]).ends_with(0);
    assert!(ran.err.starts_with("Copies finished"), "{}", ran.err);
}

#[test]
fn a_dry_run_writes_nothing() {
    let folder = copies();
    let before = files_below(folder.path());
    let ran = windlass(folder.path(), &["run", "copies.yaml", "--dry-run"]).ends_with(0);
    assert!(ran.out.contains("letter"), "{}", ran.out);
    let ran = windlass(folder.path(), &["run", "copies.yaml", "--dry-run", "--json"]).ends_with(0);
    assert!(serde_json::from_str::<Json>(&ran.out).unwrap().is_object(), "{}", ran.out);
    assert_eq!(files_below(folder.path()), before);
}

#[test]
fn what_a_graph_asks_for_must_be_granted() {
    let folder = copies();
    put(folder.path(), "asks.yaml", format!("{COPIES}permissions: [process]\n"));
    windlass(folder.path(), &["run", "asks.yaml"]).ends_with(3).says("`process`").says("--allow process");
    assert!(!folder.path().join("out").exists(), "nothing ran");
    windlass(folder.path(), &["run", "asks.yaml", "--allow", "process:sh"]).ends_with(3);
    windlass(folder.path(), &["run", "asks.yaml", "--allow", "proces"]).ends_with(2).says("did you mean `process`?");
    assert!(!folder.path().join(".windlass").exists(), "what is refused leaves nothing behind");
    windlass(folder.path(), &["run", "asks.yaml", "--allow", "process"]).ends_with(0);
}

#[test]
fn files_of_other_programs_are_refused_where_no_pack_knows_them() {
    let folder = copies();
    let run = |args: &[&str]| windlass(folder.path(), args).ends_with(2);
    run(&["import", "texts/ada.txt"]).says("nothing knows what `texts/ada.txt` is").says("`comfy`: workflows");
    run(&["import", "texts/ada.txt", "--from", "sums"]).says("nothing imports `sums`");
    run(&["import", "none.json"]).says("cannot read `none.json`");
    run(&["export", "--to", "sums", "copies.yaml"]).says("nothing exports to `sums`");
    run(&["export", "copies.yaml"]).says("--to");
}

#[test]
fn what_was_granted_is_remembered_until_the_graph_changes() {
    let folder = copies();
    let asks = format!("{COPIES}permissions: [process, \"net:*.example.org\"]\n");
    put(folder.path(), "asks.yaml", &asks);
    let run = |more: &[&str]| windlass(folder.path(), &[&["run", "asks.yaml"], more].concat());
    run(&["--allow", "process"]).ends_with(3).says("asks for `net:*.example.org`").says("--allow 'net:*.example.org'");
    run(&["--allow", "process", "--allow", "net:*"]).ends_with(0);
    run(&[]).ends_with(0);
    put(folder.path(), "asks.yaml", format!("{asks}description: changed\n"));
    run(&[]).ends_with(3);
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_ends_nothing() {
    let folder = copies();
    for args in [&["run", "copies.yaml", "--json"][..], &["nodes"], &["schema", "graph"]] {
        let mut child = crate::program::command(folder.path(), args)
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        assert_eq!(child.wait().unwrap().code(), Some(0), "{args:?}");
    }
    assert_eq!(read(folder.path(), "out/ada.txt"), "Dear ada 1");
}

#[test]
fn wrong_calls_end_with_2_and_say_what_to_do() {
    let folder = copies();
    put(folder.path(), "latin.yaml", b"windlass: 1\nname: F\xfc\xdfe\n");
    put(folder.path(), "empty.yaml", "");
    let run = |args: &[&str]| windlass(folder.path(), args).ends_with(2);
    run(&[]).says("Usage");
    run(&["rum", "copies.yaml"]).says("run");
    run(&["run"]).says("GRAPH");
    run(&["run", "copies.yaml", "--jobs", "0"]).says("--jobs");
    run(&["run", "copies.yaml", "--memory", "2 parsecs"]).says("64MiB");
    run(&["run", "copies.yaml", "--in", "word"]).says("name=value");
    run(&["run", "copies.yaml", "--keep-going", "--fail-fast"]).says("cannot be used");
    run(&["run", "copy.yaml"]).says("copy.yaml");
    run(&["run", "copie.yaml"]).says("did you mean `copies.yaml`?");
    run(&["run", "texts"]).says("folder");
    run(&["run", "latin.yaml"]).says("latin.yaml");
    run(&["run", "empty.yaml"]).says("empty.yaml");
    run(&["run", "copies.yaml", "--in", "wort=Hi"]).says("`word`");
    run(&["run", "copies.yaml", "--in", "times=many"]).says("times");
    run(&["run", "copies.yaml", "--in", "times=10"]).says("times");
    run(&["run", "copies.yaml", "--set", "latter.template=x"]).says("`letter`");
    assert!(!folder.path().join("out").exists(), "nothing ran");
}

#[cfg(unix)]
#[test]
fn a_pipe_named_like_a_graph_is_refused_at_once() {
    let folder = copies();
    let made = std::process::Command::new("mkfifo").arg(folder.path().join("pipe.yaml")).status().unwrap();
    assert!(made.success());
    windlass(folder.path(), &["check", "pipe.yaml"]).ends_with(2);
}

#[test]
fn check_tells_all_problems_of_all_graphs() {
    let folder = copies();
    let wrong = COPIES.replace("files.read", "files.reed").replace("$word", "$wort");
    put(folder.path(), "wrong.yaml", wrong);
    let fine = windlass(folder.path(), &["check", "copies.yaml"]).ends_with(0);
    assert!(fine.out.contains("of `find`") && fine.out.contains("once"), "{}", fine.out);
    let both = windlass(folder.path(), &["check", "copies.yaml", "wrong.yaml", "missing.yaml"]).ends_with(2);
    for told in ["files.reed", "did you mean", "wort", "missing.yaml"] {
        assert!(both.out.contains(told), "`{told}` is missing in\n{}", both.out);
    }
    let lines = windlass(folder.path(), &["check", "wrong.yaml", "--json"]).ends_with(2).json_lines();
    assert!(lines.len() >= 2, "{lines:?}");
    for line in &lines {
        assert!(line["place"]["line"].as_u64().is_some_and(|line| line > 1), "{line}");
        assert_eq!(line["graph"], "wrong.yaml");
    }
}

#[test]
fn a_plan_has_four_forms() {
    let folder = copies();
    let plan = |form: &[&str]| windlass(folder.path(), &[&["plan", "copies.yaml"], form].concat()).ends_with(0).out;
    for form in [plan(&[]), plan(&["--dot"]), plan(&["--mermaid"]), plan(&["--json"])] {
        for step in ["find", "read", "letter", "save"] {
            assert!(form.contains(step), "`{step}` is missing in\n{form}");
        }
    }
    assert!(plan(&["--dot"]).starts_with("digraph"));
    assert!(serde_json::from_str::<Json>(&plan(&["--json"])).unwrap().is_object());
    windlass(folder.path(), &["plan", "copies.yaml", "--dot", "--json"]).ends_with(2);
}

#[test]
fn nodes_are_listed_explained_and_suggested() {
    let folder = copies();
    let nodes = |args: &[&str]| windlass(folder.path(), &[&["nodes"], args].concat());
    let list = nodes(&["--json"]).ends_with(0);
    let list: Vec<Json> = serde_json::from_str(&list.out).unwrap();
    assert!(list.iter().any(|node| node["kind"] == "files.glob"));
    let whole = nodes(&[]).ends_with(0).out;
    let markdown = nodes(&["--markdown"]).ends_with(0).out;
    for node in &list {
        let kind = node["kind"].as_str().unwrap();
        assert!(whole.contains(kind) && markdown.contains(&format!("`{kind}`")), "{kind}");
    }
    let one = nodes(&["files.glob"]).ends_with(0).out;
    assert!(one.contains("pattern: text") && one.contains("default \"*\""), "{one}");
    assert!(!nodes(&["files"]).ends_with(0).out.contains("flow.each"));
    nodes(&["file.glob"]).ends_with(2).says("did you mean `files.glob`?");
    nodes(&["nothing.like.it"]).ends_with(2).says("windlass nodes");
    nodes(&["--pages", "copies.yaml"]).ends_with(2).says("the folder cannot be made").says("`--pages` takes a folder");
}

#[test]
fn every_template_is_a_graph_without_problems() {
    let folder = tempfile::tempdir().unwrap();
    for template in ["contact-sheet", "resize", "mail-merge", "empty"] {
        windlass(folder.path(), &["new", template, "--template", template]).ends_with(0);
        let checked = windlass(folder.path(), &["check", &format!("{template}.yaml")]).ends_with(0);
        assert!(checked.out.contains("no problems"), "{}", checked.out);
    }
    windlass(folder.path(), &["run", "empty.yaml"]).ends_with(0).says("Hello, world");
}

#[test]
fn a_new_graph_replaces_nothing() {
    let folder = copies();
    windlass(folder.path(), &["new", "copies.yaml"]).ends_with(2).says("hint:");
    assert_eq!(read(folder.path(), "copies.yaml"), COPIES);
    windlass(folder.path(), &["new", "no/such/folder.yaml"]).ends_with(2).says("make the folder first");
}

#[test]
fn the_published_schema_tells_graphs_from_others() {
    let schema = windlass(tempfile::tempdir().unwrap().path(), &["schema", "graph"]).ends_with(0).out;
    let validator = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    assert!(!validator.is_valid(&serde_json::json!({ "windlass": 1, "notes": {} })), "unknown keys are refused");
    assert!(validator.is_valid(&serde_json::json!({ "windlass": 1, "nodes": { "a": { "kind": "flow.each" } } })));
}

#[test]
fn help_and_completions_know_the_flags() {
    let folder = tempfile::tempdir().unwrap();
    for flag in ["-h", "--help"] {
        let help = windlass(folder.path(), &["run", flag]).ends_with(0).out;
        assert!(help.contains("Examples:") && help.contains("--overwrite"), "{help}");
    }
    assert!(windlass(folder.path(), &["--version"]).ends_with(0).out.starts_with("windlass "));
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = windlass(folder.path(), &["completions", shell]).ends_with(0).out;
        assert!(script.contains("keep-going"), "{shell}");
    }
}

#[test]
fn a_new_graph_comes_with_the_call_that_runs_it() {
    let folder = tempfile::tempdir().unwrap();
    for template in ["contact-sheet", "resize", "mail-merge", "empty"] {
        let graph = format!("my {template}.yaml");
        let made = windlass(folder.path(), &["new", &graph, "--template", template]).ends_with(0);
        let next = made.out.lines().find_map(|line| line.strip_prefix("next: windlass run ")).unwrap();
        let next = next.strip_prefix(&format!("'{graph}'")).unwrap();
        let input = next.trim_start().strip_prefix("--in ").and_then(|rest| rest.split_once('='));
        let mut call = vec!["plan".to_owned(), graph];
        call.extend(input.into_iter().flat_map(|(name, _)| ["--in".to_owned(), format!("{name}=x")]));
        windlass(folder.path(), &call.iter().map(String::as_str).collect::<Vec<_>>()).ends_with(0);
    }
}

#[test]
fn a_source_that_fails_is_told_once_with_what_to_do() {
    let folder = copies();
    let ran = windlass(folder.path(), &["run", "copies.yaml", "--in", "folder=elsewhere"]).ends_with(1);
    assert!(!ran.err.contains("not all items were found"), "{}", ran.err);
    ran.says("there is no such folder").says("hint: a folder that the graph names is looked for beside the graph");
}

#[test]
fn values_of_the_wrong_form_are_answered_with_the_right_one() {
    let folder = copies();
    let graph = "windlass: 1\ninputs:\n  flag: { type: bool, default: false }\n  list: { type: 'list<int>', default: [] }\n  \
                 key: { type: text, default: { env: A_SECRET } }\nnodes:\n  a: { kind: text.template, params: { template: \
                 '{{ flag }} {{ list }} {{ key }}' }, inputs: { flag: $flag, list: $list, key: $key } }\n";
    put(folder.path(), "typed.yaml", graph);
    let run = |input: &str| windlass(folder.path(), &["run", "typed.yaml", "--in", input]);
    run("flag=yes").ends_with(2).says("write `true` or `false`");
    run("list=1,2").ends_with(2).says("a list is written as JSON");
    run("colour=red").ends_with(2).says("it has `flag`, `list`, `key`").says("`--in key=…`");
    run("key=known").ends_with(0);
    windlass(folder.path(), &["run", "copies.yaml", "--seed", "-1"]).ends_with(2).says("a whole number from 0");
}

#[test]
#[cfg(unix)]
fn a_current_folder_that_is_gone_is_no_bug() {
    let folder = copies();
    let gone = folder.path().join("gone");
    fs::create_dir(&gone).unwrap();
    let graph = folder.path().join("copies.yaml");
    let mut shell = std::process::Command::new("sh");
    let program = env!("CARGO_BIN_EXE_windlass");
    shell.current_dir(&gone).args(["-c", r#"rmdir "$0" && exec "$1" run "$2""#]).arg(&gone).arg(program).arg(graph);
    start(shell)
        .wait()
        .ends_with(2)
        .says("the current folder cannot be found")
        .says("hint: go to a folder that exists");
}
