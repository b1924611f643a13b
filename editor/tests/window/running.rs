//! Runs that are started in the window, on the real engine.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use egui_kittest::kittest::Queryable;
use windlass_core::doc::{NoFiles, read};
use windlass_core::permission::Permissions;
use windlass_core::plan::{Mode, Plan, Request, compile};
use windlass_core::registry::Registry;
use windlass_editor::{Ask, Begun, Errand, Refusal};
use windlass_runtime::{Engine, Machine, RunOptions, Services};
use windlass_store::journal::{Began, Call, Journal, Record};
use windlass_store::{OutputFiles, Workspace};

use super::driven::Window;

/// Three pictures of which one is none, made smaller.
const GRAPH: &str = "\
windlass: 1
nodes:
  find:
    kind: files.glob
    params: { folder: photos, pattern: \"*.png\" }
  open:
    kind: image.open
    inputs: { file: find.file }
  thumb:
    kind: image.resize
    params: { width: 2 }
    inputs: { image: open.image }
  save:
    kind: image.save
    params: { path: \"out/{stem}.png\" }
    inputs: { image: thumb.image }
";

/// Starts a run as the program around the window does, with a journal and without an index.
pub fn start(registry: &Registry, ask: Ask, services: &Mutex<Option<Services>>) -> Result<Begun, Refusal> {
    let folder = ask.graph.parent().unwrap_or(Path::new("/")).to_owned();
    let text = text(&ask);
    let doc = read("graph", text.as_bytes(), Some(&ask.graph)).doc.ok_or(Refusal::Said("it is no graph".into()))?;
    let request = Request { caller_folder: folder.clone(), mode: Mode::Run, ..Request::new(&doc, registry, &NoFiles) };
    let compiled = compile(&request);
    let mut plan = compiled.plan.ok_or(Refusal::Problems(compiled.problems))?;
    if let Errand::Until(node) = &ask.errand {
        plan.until(node).unwrap();
    }
    let granted: Permissions = ask.granted.clone().into_iter().collect();
    let missing: Vec<_> = granted.missing(&plan.permissions).into_iter().cloned().collect();
    if !missing.is_empty() {
        return Err(Refusal::Asks(missing));
    }
    let opened = Workspace::for_run(&folder, None).unwrap();
    let files = Arc::new(OutputFiles::new(&opened.workspace, opened.ledger.clone(), &ask.graph));
    let machine = Machine { cores: 2, memory_bytes: 1 << 30, devices: Vec::new() };
    let engine = Engine::with_services(machine, registry.services()).unwrap();
    *services.lock().unwrap() = Some(engine.services().clone());
    let (name, journal) = journal(&opened.workspace, &plan, &ask);
    let options = RunOptions {
        granted,
        journal: Some(journal),
        watchers: vec![ask.watcher],
        peeks: Some(ask.peeks),
        ..RunOptions::new(&name, files)
    };
    let run = engine.start(Arc::new(plan), options).unwrap();
    let waited = run.clone();
    let wait = move || {
        waited.wait();
        drop(engine);
    };
    std::thread::Builder::new().name("run".into()).spawn(wait).unwrap();
    Ok(Begun { run, warned: Default::default() })
}

/// Returns the graph as the window has it, else as it stands on the disk.
fn text(ask: &Ask) -> String {
    ask.text.clone().unwrap_or_else(|| std::fs::read_to_string(&ask.graph).unwrap())
}

/// Begins the journal of a run under a name that no other one has.
fn journal(workspace: &Workspace, plan: &Plan, ask: &Ask) -> (String, Arc<Journal>) {
    static RUNS: AtomicUsize = AtomicUsize::new(1);
    let run = format!("run-{:04}", RUNS.fetch_add(1, Ordering::SeqCst));
    let journal = workspace.runs().begin(&run).unwrap().unwrap();
    let (graph, args) = (ask.graph.clone(), vec!["run".to_owned(), ask.graph.display().to_string()]);
    let call = Call { folder: plan.folder.clone(), args };
    let steps = plan.steps.iter().map(|step| step.name.clone()).collect();
    let (unix_ms, pid, seed) = (1_795_267_205_999, std::process::id(), Some(plan.seed));
    let began =
        Began { run: run.clone(), unix_ms, pid, host: "here".into(), graph, call, seed, steps, ..Began::default() };
    journal.append(&Record::Began(Box::new(began))).unwrap();
    let path = ask.graph.file_name().unwrap().into();
    journal.append(&Record::GraphFile { path, content: text(ask).into_bytes() }).unwrap();
    journal.commit_all().unwrap();
    (run, Arc::new(journal))
}

/// Opens the graph with its pictures.
pub fn window() -> Window {
    window_with(GRAPH)
}

fn window_with(graph: &str) -> Window {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("photos")).unwrap();
    for name in ["a.png", "b.png"] {
        std::fs::write(folder.path().join("photos").join(name), PICTURE).unwrap();
    }
    std::fs::write(folder.path().join("photos/bad.png"), "no picture").unwrap();
    std::fs::write(folder.path().join("graph.yaml"), graph).unwrap();
    Window::in_folder(folder)
}

/// Draws until something is so.
#[track_caller]
pub fn until(window: &mut Window, what: &str, is_so: impl Fn(&Window) -> bool) {
    let begun = Instant::now();
    while !is_so(window) {
        assert!(begun.elapsed() < Duration::from_secs(60), "never: {what}");
        std::thread::sleep(Duration::from_millis(5));
        window.harness.step();
    }
}

#[track_caller]
pub fn ended(window: &mut Window) {
    until(window, "the run ends", |window| {
        window.editor().tab().run.as_ref().is_some_and(|run| run.state().ended.is_some())
    });
    window.settle();
}

#[test]
fn a_run_is_seen_on_its_nodes_and_a_bad_picture_is_named() {
    let mut window = window();
    window.command("run");
    ended(&mut window);
    assert!(window.folder.path().join("out/a.png").is_file() && window.folder.path().join("out/b.png").is_file());
    let run = window.editor().tab().run.as_ref().unwrap();
    let step = |name: &str| run.state().steps.iter().find(|step| step.info.name == name).unwrap();
    assert_eq!((step("open").emitted, step("open").failed, step("save").emitted), (2, 1, 2));
    assert!(run.in_words().contains("1 failed"), "{}", run.in_words());
    window.click_node("open");
    until(&mut window, "the item is listed with its fate", |window| {
        window.harness.query_all_by_label("failed").next().is_some()
    });
}

/// Opens the graph and runs it, until what it gave is seen.
pub fn ran() -> Window {
    let mut window = window();
    window.command("run");
    ended(&mut window);
    until(&mut window, "what a node gave is seen", |window| {
        window.harness.query_by_label("Preview of thumb: image 2×2 rgba8").is_some()
    });
    window.settle();
    window
}

#[test]
fn what_nodes_gave_last_is_seen_on_them_and_whole_in_the_panel() {
    let mut window = ran();
    until(&mut window, "a picture and a file are seen", |window| {
        window.harness.query_by_label("Preview of open: image 240×240 rgba8").is_some()
            && window.harness.query_all_by_label_contains("Preview of find: ").next().is_some()
    });
    window.click_node("thumb");
    assert!(window.harness.query_by_label("image 2×2 rgba8").is_some(), "the inspector says it in words");
    window.command("preview-panel");
    until(&mut window, "the picture is shown whole", |window| {
        window.harness.query_by_label("Picture image 2×2 rgba8").is_some()
    });
    until(&mut window, "what it was given is there", |window| {
        window.harness.query_by_label("Share that shows the picture before").is_some()
    });
    window.click_node("save");
    until(&mut window, "the file that was written is shown", |window| {
        window.harness.query_by_label("Picture image 2×2 rgba8").is_some()
    });
}

#[test]
fn a_frame_goes_around_the_previews_of_its_nodes() {
    let mut window = window();
    window.click_node("open");
    window.command("frame");
    window.enter();
    let place = egui::Rect::from_min_size(egui::pos2(-1e4, -1e4), egui::vec2(2e4, 1.0));
    let bottom = |window: &Window| window.editor().tab().scene.frame(0, place).bottom();
    assert_eq!(bottom(&window), place.bottom());
    window.command("run");
    ended(&mut window);
    until(&mut window, "the picture has made the frame deeper", |window| bottom(window) > place.bottom() + 40.0);
    window.command("previews");
    assert_eq!(bottom(&window), place.bottom(), "it is as the document says again");
    assert!(!window.file().contains("frames"), "and nothing of it was written");
}

/// Three hundred numbers of which each takes its time in one node.
pub const SLOW: &str = "\
windlass: 1
nodes:
  numbers:
    kind: flow.each
    params: { values: [NUMBERS] }
  slow:
    kind: flow.delay
    params: { duration: 20ms }
    policy: { slots: 1 }
    inputs: { value: numbers.value }
";

#[test]
fn the_node_that_holds_a_run_back_is_named_and_the_wire_before_it_is_full() {
    let mut window =
        window_with(&SLOW.replace("NUMBERS", &(0..300).map(|at| format!("{at}, ")).collect::<Vec<_>>().concat()));
    window.command("run");
    until(&mut window, "it is said what holds the run back", |window| {
        window.harness.query_all_by_label_contains("slow holds the run back").next().is_some()
    });
    let live = &window.editor().tab().live;
    let wire = live.wires[0].as_ref().unwrap();
    assert!(wire.holds_back && wire.waiting > 0 && wire.fill > 0.5, "{wire:?}");
    until(&mut window, "it is said how long its items take", |window| {
        window.editor().tab().live.node(1).unwrap().more.starts_with("p50 2")
    });
    window.command("stop");
    ended(&mut window);
    assert!(window.harness.query_all_by_label_contains("holds the run back").next().is_none());
}

#[test]
fn items_are_filtered_and_the_way_of_one_is_lit() {
    let mut window = ran();
    let names = |window: &Window| {
        let all = ["a.png", "b.png", "bad.png"];
        all.map(|name| window.harness.query_by_label(name).is_some())
    };
    window.command("items-panel");
    window.click_node("open");
    assert_eq!(names(&window), [true; 3]);
    window.click("Failed  1");
    assert_eq!(names(&window), [false, false, true]);
    window.click("Emitted  2");
    assert_eq!(names(&window), [true, true, false]);
    window.click("a.png");
    let lit = |window: &Window| {
        let lit = window.editor().tab().live.lit.clone().unwrap_or_default();
        let mut nodes: Vec<_> = lit.into_keys().collect();
        nodes.sort();
        nodes
    };
    assert_eq!(lit(&window), ["find", "open", "save", "thumb"]);
    window.click("Back to the items");
    assert!(lit(&window).is_empty());
    window.click("Failed  1");
    window.click("bad.png");
    let standing = |node: &str| window.editor().tab().live.lit.as_ref().unwrap()[node];
    assert_eq!(format!("{:?} {:?}", standing("open"), standing("save")), "Failed Waiting", "nothing came to the file");
    window.click("Back to the items");
    let at = window.port("open", windlass_editor::Side::Output, "image");
    window.click_at(at + egui::vec2(20.0, 0.0), egui::Modifiers::NONE);
    assert!(window.editor().tab().selection.wire.is_some(), "the wire is selected");
    window.click("All  3");
    assert_eq!(names(&window), [true; 3], "the items of what feeds it");
}

#[test]
fn one_failed_item_is_asked_for_again_by_itself() {
    let mut window = ran();
    let run = window.editor().tab().run.as_ref().unwrap().name().to_owned();
    window.command("items-panel");
    window.click_node("open");
    window.click("Emitted  2");
    window.click("a.png");
    assert!(window.harness.query_by_label("Run this item again").is_none(), "it did not fail");
    window.click("Back to the items");
    window.click("Failed  1");
    window.click("bad.png");
    window.click("Run this item again");
    let errand = windlass_editor::Errand::Retry { run, item: Some(("open".into(), "2".into())) };
    until(&mut window, "it is asked for", |window| window.errands().last() == Some(&errand));
}

#[test]
fn the_log_is_shown_and_searched() {
    let mut window = window_with(&GRAPH.replace("*.png", "*"));
    std::fs::write(window.folder.path().join("photos/c.jpg"), PICTURE).unwrap();
    window.command("run");
    ended(&mut window);
    window.command("logs-panel");
    let shows = |window: &Window| window.harness.query_all_by_label_contains("the content is PNG").next().is_some();
    assert!(shows(&window));
    window.click("Search the log");
    window.type_text("nobody says this");
    assert!(!shows(&window));
    window.retype("the content");
    assert!(shows(&window));
    window.click("Only the selected nodes");
    assert!(!shows(&window), "none is selected");
    window.click_node("open");
    assert!(shows(&window));
}

#[test]
fn what_is_in_use_of_the_machine_is_shown_and_what_failed_is_a_problem() {
    let mut window = ran();
    window.command("devices-panel");
    assert!(window.harness.query_by_label("Cores").is_some());
    assert!(window.harness.query_all_by_label_contains("of 2").next().is_some());
    assert!(window.harness.query_all_by_label_contains("of 1.0 GiB").next().is_some());
    window.command("problems-panel");
    window.harness.get_by_label_contains("(bad.png)").click();
    window.settle();
    assert_eq!(window.selected(), ["open"]);
}

#[test]
fn only_what_a_node_needs_runs() {
    let mut window = window();
    window.click_node("thumb");
    window.command("run-selected");
    ended(&mut window);
    assert!(!window.folder.path().join("out").exists());
}

#[test]
fn what_a_graph_asks_for_is_asked_before_anything_runs() {
    let mut window = window_with(&format!("permissions: [process]\n{GRAPH}"));
    window.command("run");
    until(&mut window, "it is asked", |window| window.harness.query_by_label("Allow and run").is_some());
    assert!(!window.folder.path().join("out").exists());
    window.click("Allow and run");
    ended(&mut window);
    assert!(window.folder.path().join("out/a.png").is_file());
}

#[test]
fn a_graph_with_problems_does_not_run_and_says_why() {
    let mut window = window();
    window.click_node("open");
    window.command("delete");
    window.command("run");
    until(&mut window, "it is refused", |window| window.harness.query_by_label("The graph does not run").is_some());
}

/// A picture.
const PICTURE: &[u8] = include_bytes!("../../../graphs/samples/photos/flower.png");
