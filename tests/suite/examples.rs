//! The examples of the reference, run as somebody would who pastes one under `nodes:` beside the samples; and the pages of
//! the reference, which are what the program prints.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::thread;

use serde_json::{Value as Json, json};
use windlass_comfy_fake::{Fake, State};

use crate::http::{Server, answer};
use crate::pictures;
use crate::program::{command, events, files_below, repository, start, windlass};

/// The addresses that stand in examples for any server: those of RFC 2606, where nobody answers.
const PLACEHOLDERS: [&str; 2] = ["https://example.org", "https://api.example.org"];

/// What a graph needs for a server on this machine.
const OF_THIS_MACHINE: [&str; 2] = ["net:127.0.0.1", "net:private"];

/// Kinds whose example ends with another code than 0.
const WAITS: [&str; 1] = ["flow.ask"];

fn kinds() -> Vec<Json> {
    let listed = windlass(&repository(), &["nodes", "--json"]).ends_with(0);
    serde_json::from_str(&listed.out).unwrap()
}

fn texts<'a>(kind: &'a Json, field: &str) -> Vec<&'a str> {
    kind[field].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

/// The servers that examples ask, on this machine: one of the web, and one that stands in for ComfyUI.
struct Servers {
    web: Server,
    comfy: Fake,
}

impl Servers {
    fn start() -> Self {
        let mut state = State::default();
        state.classes["ImageInvert"] = json!({ "input": { "required": { "image": ["IMAGE"] } }, "output": ["IMAGE"] });
        Self { web: Server::start(vec![answer("200 OK", "", "{}")]), comfy: Fake::on_a_thread(state) }
    }

    /// Puts the address of a server on this machine where any stands.
    fn named_in(&self, example: &str) -> String {
        let here = format!("http://127.0.0.1:{}", self.web.port);
        PLACEHOLDERS.iter().fold(example.to_owned(), |example, anywhere| example.replace(anywhere, &here))
    }
}

/// Returns what is wrong with an example of a kind, if anything.
fn trouble(kind: &Json, example: &str, servers: &Servers) -> Option<String> {
    let name = kind["kind"].as_str().unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(repository().join("graphs/samples"), folder.path().join("samples")).unwrap();
    let example = &servers.named_in(example);
    let nodes: String = example.lines().map(|line| format!("  {line}\n")).collect();
    // A graph names hosts; the kind itself needs some, which it learns when it fires.
    let named = |permission| if permission == "net" { OF_THIS_MACHINE.to_vec() } else { vec![permission] };
    let permissions: Vec<_> = texts(kind, "permissions").into_iter().flat_map(named).collect();
    let asked = format!("permissions: {}\n", Json::from(permissions.clone()));
    fs::write(folder.path().join("example.yaml"), format!("windlass: 1\nname: Example\n{asked}nodes:\n{nodes}"))
        .unwrap();
    let mut args = vec!["run", "example.yaml"];
    permissions.iter().for_each(|permission| args.extend(["--allow", permission]));
    let mut program = command(folder.path(), &args);
    program.env("WINDLASS_COMFY", servers.comfy.address());
    let ran = start(program).wait();
    let expected = if WAITS.contains(&name) { 5 } else { 0 };
    let uses_it = example.contains(&format!("kind: {name}"));
    let kept = files_below(folder.path()).into_iter().filter(|file| !file.starts_with(".windlass"));
    let astray: Vec<_> =
        kept.filter(|file| !file.starts_with("out/") && file != "example.yaml" && file != "samples").collect();
    let right = ran.code == Some(expected) && uses_it && astray.is_empty();
    (!right).then(|| format!("{name}: {:?}, used {uses_it}, astray {astray:?}\n{}\n{}", ran.code, ran.err, ran.out))
}

#[test]
fn every_kind_has_an_example_and_all_run() {
    let kinds = kinds();
    let lacking: Vec<_> = kinds.iter().filter(|kind| texts(kind, "examples").is_empty()).collect();
    assert!(lacking.is_empty(), "no example: {:?}", lacking.iter().map(|kind| &kind["kind"]).collect::<Vec<_>>());
    let examples: Vec<_> =
        kinds.iter().flat_map(|kind| texts(kind, "examples").into_iter().map(move |e| (kind, e))).collect();
    let servers = &Servers::start();
    let wrong: Vec<String> = thread::scope(|scope| {
        let part = |half: usize| {
            examples.iter().skip(half).step_by(2).filter_map(|(kind, e)| trouble(kind, e, servers)).collect()
        };
        let halves = [0, 1].map(|half| scope.spawn(move || -> Vec<String> { part(half) }));
        halves.into_iter().flat_map(|half| half.join().unwrap()).collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Both kinds of the web asked, and a picture was handed over to ComfyUI.
    let asked: BTreeSet<_> =
        servers.web.seen().iter().filter_map(|asked| asked.split(' ').next().map(str::to_owned)).collect();
    assert_eq!((asked, servers.comfy.state().uploads.len()), (["GET", "POST"].map(String::from).into(), 1));
}

#[test]
fn the_pages_of_the_reference_are_what_the_program_prints() {
    let (folder, kept) = (tempfile::tempdir().unwrap(), repository().join("docs/nodes"));
    let printed = folder.path().join("nodes");
    copy_pictures(&kept, &printed);
    windlass(&repository(), &["nodes", "--pages", printed.to_str().unwrap()]).ends_with(0);
    let pages = |folder: &Path| -> BTreeSet<String> {
        files_below(folder).into_iter().filter(|file| file.ends_with(".md")).collect()
    };
    assert_eq!(pages(&kept), pages(&printed), "{HINT}");
    for page in pages(&kept) {
        let [kept, printed] = [&kept, &printed].map(|folder| fs::read_to_string(folder.join(&page)).unwrap());
        assert!(kept == printed, "docs/nodes/{page} is not what the program prints; {HINT}");
    }
}

#[test]
fn the_pictures_of_the_reference_show_what_the_kinds_do_now() {
    let folder = tempfile::tempdir().unwrap();
    let (out, workspace) = (folder.path().join("out"), folder.path().join("workspace"));
    let [to, kept] = [&out, &workspace].map(|path| path.to_str().unwrap());
    let graph = "docs/nodes/before-after.yaml";
    windlass(&repository(), &["run", graph, "--out", to, "--workspace", kept]).ends_with(0);
    let shown = repository().join("docs/nodes/images");
    assert_eq!(files_below(&shown), files_below(&out.join("images")));
    for name in files_below(&shown) {
        let [old, new] = [&shown, &out.join("images")].map(|folder| pictures::read(&folder.join(&name)));
        assert_eq!((old.width, old.height), (new.width, new.height), "{name}");
        let apart = |(one, other): (&pictures::Rgb, &pictures::Rgb)| -> u64 {
            (0..3).map(|at| u64::from(one[at].abs_diff(other[at]))).sum()
        };
        let sum: u64 = old.all.iter().zip(&new.all).map(apart).sum();
        // Codecs of other machines may round otherwise: on the average by less than a step.
        assert!(sum < 3 * old.all.len() as u64, "{name} is not what {graph} makes now; run it");
    }
}

/// Checked among two graphs of the reader's own.
#[test]
fn the_examples_of_the_page_about_the_format_are_graphs() {
    let folder = tempfile::tempdir().unwrap();
    let of_text = "windlass: 1\ninputs: { TEXT }\nnodes:\n  same: { kind: text.template, params: { template: '{{ a }}' }, \
                   inputs: { a: $NAME } }\noutputs: { NAME: same.text }\n";
    for (file, name, ty) in [("frame.yaml", "image", "any"), ("polish.yaml", "text", "text")] {
        let text = of_text.replace("TEXT", &format!("{name}: {{ type: {ty} }}")).replace("NAME", name);
        fs::write(folder.path().join(file), text).unwrap();
    }
    let page = fs::read_to_string(repository().join("docs/format.md")).unwrap();
    let blocks: Vec<_> = page.split("\n```").skip(1).step_by(2).collect();
    assert!(blocks.len() >= 8, "{}", blocks.len());
    for block in blocks {
        let (language, text) = block.split_once('\n').unwrap();
        let file = format!("example.{language}");
        let head = if text.contains("windlass") { "" } else { "windlass: 1\n" };
        fs::write(folder.path().join(&file), format!("{head}{text}")).unwrap();
        let checked = windlass(folder.path(), &["check", &file]);
        assert_eq!(checked.code, Some(0), "{text}\n{}", checked.err);
    }
}

/// A text is a part of a path as it is, whichever way it comes.
#[test]
fn texts_stand_in_paths_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let graph = "windlass: 1
inputs: { word: { type: text, default: elm } }
nodes:
  made: { kind: text.template, params: { template: oak } }
  wired: { kind: files.write, params: { path: 'out/{v}/{n}.txt', n: 7, value: x }, inputs: { v: made.text } }
  given: { kind: files.write, params: { path: 'out/{v}.txt', value: x }, inputs: { v: $word } }
  fixed: { kind: files.write, params: { path: 'out/{v}.txt', v: yew, value: x } }
";
    fs::write(folder.path().join("graph.yaml"), graph).unwrap();
    windlass(folder.path(), &["run", "graph.yaml", "--quiet"]).ends_with(0);
    assert_eq!(
        files_below(&folder.path().join("out")).into_iter().collect::<Vec<_>>(),
        ["elm.txt", "oak/7.txt", "yew.txt"]
    );
}

/// A text that feeds a path is one in the folder of the graph, wherever the program stands.
#[test]
fn texts_that_feed_paths_begin_at_the_graph() {
    let folder = tempfile::tempdir().unwrap();
    let graph = r#"windlass: 1
inputs: { word: { type: text, default: a.txt }, list: { type: json, default: { name: a.txt } } }
nodes:
  made: { kind: text.template, params: { template: a.txt } }
  named: { kind: json.get, params: { path: /name }, inputs: { json: $list } }
  first: { kind: files.open, inputs: { path: made.text } }
  second: { kind: files.open, inputs: { path: $word } }
  third: { kind: files.open, inputs: { path: named.value } }
  a: { kind: files.read, inputs: { file: first.file } }
  b: { kind: files.read, inputs: { file: second.file } }
  c: { kind: files.read, inputs: { file: third.file } }
outputs: { a: a.text, b: b.text, c: c.text }
"#;
    fs::create_dir(folder.path().join("sub")).unwrap();
    fs::write(folder.path().join("sub/graph.yaml"), graph).unwrap();
    fs::write(folder.path().join("sub/a.txt"), "of the graph").unwrap();
    fs::write(folder.path().join("a.txt"), "of somebody else").unwrap();
    let told = windlass(folder.path(), &["run", "sub/graph.yaml", "--json"]).ends_with(0).json_lines();
    let values: Vec<_> = events(&told, "output").iter().map(|event| event["value"].clone()).collect();
    assert_eq!(values, ["of the graph"; 3]);
}

const HINT: &str = "print them anew: cargo run -- nodes --pages docs/nodes";

/// The pages show the pictures that lie beside them.
fn copy_pictures(from: &Path, to: &Path) {
    fs::create_dir_all(to.join("images")).unwrap();
    for picture in files_below(from).into_iter().filter(|file| file.ends_with(".jpg")) {
        fs::copy(from.join(&picture), to.join(&picture)).unwrap();
    }
}
