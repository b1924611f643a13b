//! Each command of the table, performed by its keys; a command without a test fails the suite.

use std::collections::BTreeSet;

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use windlass_core::doc::Runs;
use windlass_editor::{Errand, Look};

use super::driven::{Window, all_commands};
use super::running::until;
use super::{GRAPH, past, told};

mod nodes;

type Test = (&'static str, fn(&mut Window));

/// Shows a run of the past.
fn shown(window: &mut Window) {
    past::leave_a_run(window, "made", GRAPH);
    past::show(window, "made");
}

/// A test for each command; each begins with the graph open and nothing selected.
const TESTS: &[Test] = &[
    ("new", |window| {
        window.command("new");
        assert!(window.doc().nodes.is_empty() && window.editor().tab().path().is_none());
    }),
    ("open", |window| {
        std::fs::write(window.folder.path().join("other.yaml"), "windlass: 1\nnodes: { only: { kind: flow.each } }\n")
            .unwrap();
        window.command("open");
        window.retype("other.yaml");
        window.enter();
        assert!(window.has("only"));
    }),
    ("start-page", |window| {
        window.command("start-page");
        assert!(window.harness.query_by_label("Empty graph").is_some());
        assert!(window.harness.query_by_label("Canvas").is_none());
        window.command("start-page");
        assert!(window.harness.query_by_label("Canvas").is_some());
    }),
    ("save", |window| {
        window.click_node("loose");
        window.command("delete");
        window.command("save");
        let file = window.file();
        assert!(!file.contains("loose") && file.contains("# A comment that stays.") && file.contains("# and this one"));
        assert!(!window.editor().tab().document.is_changed());
    }),
    ("save-as", |window| {
        window.command("save-as");
        window.retype("copy");
        window.enter();
        assert_eq!(std::fs::read_to_string(window.folder.path().join("copy.yaml")).unwrap(), GRAPH);
        assert!(window.editor().tab().path().unwrap().ends_with("copy.yaml"));
    }),
    ("close", |window| {
        window.click_node("loose");
        window.command("delete");
        window.command("close");
        window.click("Save and close");
        assert!(!window.file().contains("loose") && window.doc().nodes.is_empty());
    }),
    ("quit", |window| {
        let (key, modifiers) = (Key::Q, Modifiers::COMMAND);
        let pressed = egui::Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers };
        window.harness.input_mut().events.push(pressed);
        window.harness.step();
        let commands = &window.harness.output().viewport_output[&egui::ViewportId::ROOT].commands;
        assert!(commands.contains(&egui::ViewportCommand::Close), "{commands:?}");
    }),
    ("undo", |window| {
        window.click_node("loose");
        window.command("delete");
        window.command("undo");
        assert!(window.has("loose") && !window.editor().tab().document.is_changed());
    }),
    ("redo", |window| {
        window.click_node("loose");
        window.command("delete");
        window.command("undo");
        window.command("redo");
        assert!(!window.has("loose"));
    }),
    ("cut", |window| {
        window.click_node("loose");
        window.command("cut");
        assert!(!window.has("loose") && window.copied().contains("image.resize"));
    }),
    ("copy", |window| {
        window.click_node("thumb");
        window.command("copy");
        assert!(window.copied().contains("width: 256") && !window.editor().tab().document.is_changed());
    }),
    ("paste", |window| {
        window.click_node("thumb");
        window.command("copy");
        window.command("paste");
        assert!(window.doc_node("thumb2").inputs.is_empty());
        assert_eq!(window.selected(), ["thumb2"]);
    }),
    ("paste-wired", |window| {
        window.click_node("thumb");
        window.command("copy");
        window.command("paste-wired");
        assert_eq!(window.doc_node("thumb2").inputs, window.doc_node("thumb").inputs);
    }),
    ("duplicate", |window| {
        window.click_node("thumb");
        window.command("duplicate");
        assert_eq!(window.doc_node("thumb2").params, window.doc_node("thumb").params);
        assert!(window.doc_node("thumb2").inputs.is_empty());
    }),
    ("duplicate-wired", |window| {
        window.click_node("thumb");
        window.command("duplicate-wired");
        assert_eq!(window.doc_node("thumb2").inputs, window.doc_node("thumb").inputs);
    }),
    ("delete", |window| {
        window.click_node("open");
        window.command("delete");
        assert!(!window.has("open") && window.doc_node("thumb").inputs.is_empty());
    }),
    ("select-all", |window| {
        window.command("select-all");
        assert_eq!(window.selected().len(), 4);
    }),
    ("select-none", |window| {
        window.command("select-all");
        window.command("select-none");
        assert!(window.selected().is_empty());
    }),
    ("find", |window| {
        window.command("find");
        window.type_text("thumb");
        window.enter();
        assert_eq!(window.selected(), ["thumb"]);
    }),
    ("add", |window| {
        window.command("add");
        window.type_text("contact");
        window.enter();
        let Runs::Kind(kind) = &window.doc_node("contact_sheet").runs.value else { panic!() };
        assert_eq!(kind, "image.contact_sheet");
    }),
    ("add-files", |window| {
        std::fs::write(window.folder.path().join("table.csv"), "a,b\n").unwrap();
        window.command("add-files");
        window.retype("table.csv");
        window.enter();
        assert_eq!(window.doc_node(&window.selected()[0]).params["path"].value, "table.csv");
    }),
    ("add-folder", |window| {
        std::fs::create_dir(window.folder.path().join("photos")).unwrap();
        window.command("add-folder");
        window.click("photos");
        window.click("Add this folder");
        assert_eq!(window.doc_node("glob").params["folder"].value, "photos");
    }),
    ("run", |window| {
        *window = super::running::window();
        window.command("run");
        let out = window.folder.path().join("out/a.png");
        super::running::until(window, "the run writes", |_| out.is_file());
    }),
    ("run-selected", |window| {
        *window = super::running::window();
        window.click_node("find");
        window.command("run-selected");
        super::running::until(window, "one node runs", |window| steps(window) == 1);
    }),
    ("pause", |window| {
        *window = super::running::window();
        window.command("run");
        super::running::until(window, "it runs", |window| steps(window) > 0);
        let run = |window: &Window| window.editor().tab().run.as_ref().map(|run| (run.is_active(), run.is_paused()));
        window.command("pause");
        // A run this short may have ended before it could be paused.
        super::running::until(window, "it is paused", |window| run(window) != Some((true, false)));
        window.command("pause");
        super::running::until(window, "it goes on", |window| run(window).is_some_and(|(_, is_paused)| !is_paused));
    }),
    ("stop", |window| {
        *window = super::running::window();
        window.command("run");
        window.command("stop");
        super::running::until(window, "it ends", |window| !window.editor().tab().is_running());
    }),
    ("fit", |window| {
        for _ in 0..8 {
            window.command("zoom-in");
        }
        let canvas = window.editor().tab().window;
        window.command("fit");
        assert!(["find", "thumb", "loose"].iter().all(|id| canvas.contains_rect(window.node(id))));
    }),
    ("fit-selection", |window| {
        window.click_node("thumb");
        window.command("fit-selection");
        let middle = window.editor().tab().window.center();
        assert!((window.node("thumb").center() - middle).length() < 2.0);
    }),
    ("zoom-in", |window| {
        let before = window.editor().tab().view.zoom;
        window.command("zoom-in");
        assert!(window.editor().tab().view.zoom > before);
    }),
    ("zoom-out", |window| {
        let before = window.editor().tab().view.zoom;
        window.command("zoom-out");
        assert!(window.editor().tab().view.zoom < before);
    }),
    ("zoom-100", |window| {
        window.command("zoom-out");
        window.command("zoom-100");
        assert!((window.editor().tab().view.zoom - 1.0).abs() < 1e-4);
    }),
    ("palette-panel", |window| {
        window.command("palette-panel");
        assert!(window.harness.query_by_label("Search kinds").is_none());
    }),
    ("inspector-panel", |window| {
        window.click_node("thumb");
        assert!(window.harness.query_by_label("width of thumb in the inspector").is_some());
        window.command("inspector-panel");
        assert!(window.harness.query_by_label("width of thumb in the inspector").is_none());
    }),
    ("problems-panel", |window| {
        assert!(window.harness.query_by_label("Problems").is_some());
        window.command("problems-panel");
        assert!(window.harness.query_by_label("Problems").is_none());
    }),
    ("items-panel", |window| {
        window.command("items-panel");
        assert!(window.harness.query_by_label("Nothing has run yet. F5 runs the graph.").is_some());
        window.command("items-panel");
        assert!(window.harness.query_by_label("Nothing has run yet. F5 runs the graph.").is_none());
    }),
    ("logs-panel", |window| {
        window.command("logs-panel");
        assert!(window.harness.query_by_label("Nothing has run yet. F5 runs the graph.").is_some());
        window.command("logs-panel");
        assert!(window.harness.query_by_label("Nothing has run yet. F5 runs the graph.").is_none());
    }),
    ("devices-panel", |window| {
        let text = "A run of this window shows here what it uses of the machine.";
        window.command("devices-panel");
        assert!(window.harness.query_by_label(text).is_some());
        window.command("devices-panel");
        assert!(window.harness.query_by_label(text).is_none());
    }),
    ("services-panel", |window| {
        let shows = |window: &Window| window.harness.query_by_label_contains("such as servers").is_some();
        window.command("services-panel");
        assert!(shows(window));
        window.command("services-panel");
        assert!(!shows(window));
    }),
    ("preview-panel", |window| {
        window.command("preview-panel");
        assert!(window.harness.query_by_label("Select a node to see what it gave last.").is_some());
        window.command("preview-panel");
        assert!(window.harness.query_by_label("Select a node to see what it gave last.").is_none());
    }),
    ("previews", |_| {
        let mut window = super::running::ran();
        let seen = |window: &Window| window.harness.query_by_label("Preview of thumb: image 2×2 rgba8").is_some();
        assert!(seen(&window));
        let height = window.node("thumb").height();
        window.command("previews");
        assert!(!seen(&window) && window.node("thumb").height() < height);
    }),
    ("run-panel", |window| {
        window.command("run-panel");
        assert!(window.harness.query_by_label("Nothing has run yet. F5 runs the graph.").is_some());
    }),
    ("reset-layout", |window| {
        window.click("Close Palette");
        window.command("run-panel");
        assert!(window.harness.query_by_label("Search kinds").is_none());
        window.pick("View", "Reset layout");
        assert!(window.harness.query_by_label("Search kinds").is_some());
        assert!(window.harness.query_by_label("Nothing has run yet. F5 runs the graph.").is_none());
    }),
    ("runs-panel", |window| {
        window.command("runs-panel");
        assert!(window.harness.query_by_label("This graph only").is_some());
    }),
    ("resume", |window| {
        past::leave_a_killed_run(window, "killed");
        past::show(window, "killed");
        window.command("resume");
        until(window, "it is asked for", |window| window.errands() == [Errand::Resume("killed".into())]);
    }),
    ("retry", |window| {
        shown(window);
        window.command("retry");
        let errand = Errand::Retry { run: "made".into(), item: None };
        until(window, "it is asked for", |window| window.errands() == [errand.clone()]);
    }),
    ("open-run", |window| {
        shown(window);
        assert_eq!(past::done(window), (10, 1));
    }),
    ("compare-runs", told::compare),
    ("compare-panel", |window| {
        window.command("compare-panel");
        assert!(window.harness.query_by_label_contains("press Compare there").is_some());
    }),
    ("trace-item", told::trace_item),
    ("trace-file", told::trace_file),
    ("lineage-panel", |window| {
        window.command("lineage-panel");
        assert!(window.harness.query_by_label_contains("Open an item in the panel of the items").is_some());
    }),
    ("play-run", |window| {
        shown(window);
        window.command("play-run");
        until(window, "it begins", |window| past::done(window).0 < 10);
        window.command("play-run");
        until(window, "it is held", |window| past::reached(window).is_some_and(|reached| !reached.is_playing));
        window.command("play-run");
        until(window, "it comes to its end", |window| past::done(window).0 == 10);
    }),
    ("run-earlier", |window| {
        shown(window);
        window.command("run-earlier");
        until(window, "it is 11 ms earlier", |window| past::reached(window).unwrap().at_ms == 1_089);
    }),
    ("run-later", |window| {
        shown(window);
        window.command("run-start");
        until(window, "its start is shown", |window| past::reached(window).unwrap().at_ms == 0);
        window.command("run-later");
        until(window, "it is 11 ms later", |window| past::reached(window).unwrap().at_ms == 11);
    }),
    ("run-start", |window| {
        shown(window);
        window.command("run-start");
        until(window, "nothing has happened", |window| past::done(window) == (0, 0));
    }),
    ("run-end", |window| {
        shown(window);
        window.command("run-start");
        until(window, "nothing has happened", |window| past::done(window) == (0, 0));
        window.command("run-end");
        until(window, "all has happened", |window| past::done(window) == (10, 1));
    }),
    ("minimap", |window| {
        assert!(window.harness.query_by_label("Minimap").is_none(), "all of the graph is in view");
        (0..6).for_each(|_| window.command("zoom-in"));
        assert!(window.harness.query_by_label("Minimap").is_some());
        window.command("minimap");
        assert!(window.harness.query_by_label("Minimap").is_none());
    }),
    ("theme", |window| {
        window.command("theme");
        assert_eq!(window.editor().look(), Look::Light);
    }),
    ("next-tab", |window| {
        window.command("new");
        window.command("next-tab");
        assert!(window.has("find"));
    }),
    ("commands", |window| {
        window.command("commands");
        window.type_text("select all");
        window.enter();
        assert_eq!(window.selected().len(), 4);
    }),
    ("help", |window| {
        window.command("help");
        window.harness.get_by_label("Add a node");
        window.press(Modifiers::NONE, Key::Escape);
        assert!(window.harness.query_by_label("Add a node").is_none());
    }),
];

fn steps(window: &Window) -> usize {
    window.editor().tab().run.as_ref().map_or(0, |run| run.state().steps.len())
}

/// Returns all tests.
fn all() -> impl Iterator<Item = &'static Test> {
    TESTS.iter().chain(nodes::TESTS)
}

#[test]
fn every_command_does_what_it_says() {
    let works = |(id, test): &&Test| {
        println!("command {id}");
        std::panic::catch_unwind(|| test(&mut Window::open(GRAPH))).is_ok()
    };
    let broken: Vec<_> = all().filter(|test| !works(test)).map(|(id, _)| *id).collect();
    assert_eq!(broken, [""; 0], "what went wrong with each stands above");
}

#[test]
fn every_command_has_a_test() {
    let tested: BTreeSet<_> = all().map(|(id, _)| *id).collect();
    let all: BTreeSet<_> = all_commands().into_iter().collect();
    assert_eq!(tested, all, "a command is a line of the table, a function, and a line here");
}

#[test]
fn no_keys_stand_for_two_commands() {
    let mut seen = BTreeSet::new();
    for command in windlass_editor::commands::ALL {
        let keys = command.keys.map(|keys| format!("{:?} {:?}", keys.modifiers, keys.logical_key));
        assert!(keys.is_none_or(|keys| seen.insert(keys)), "{} has keys of another command", command.id);
    }
}
