//! Runs as their journals tell of them: the list of them, one on the canvas, and one of another process.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use egui::{Modifiers, vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use windlass_core::event::{Event, Fate, Outcome, RunState, StepInfo, What};
use windlass_editor::{Reached, Standing, Wish};
use windlass_store::Workspace;
use windlass_store::journal::{Began, Ended, Journal, Record};
use windlass_store::steering::{Ask, Taken};

use super::GRAPH;
use super::driven::Window;
use super::running::{ended, until, window};

/// Returns the lines of the list of runs, as the accessibility tree has them.
fn listed(window: &Window) -> Vec<String> {
    let names = window.harness.query_all_by_label_contains("Run ").filter_map(|node| node.accesskit_node().label());
    names.filter(|name| name.starts_with("Run run-") || name.starts_with("Run killed")).collect()
}

/// Begins a run of another graph, as a process does that is killed then.
fn leave_a_killed_one(window: &Window) {
    let workspace = Workspace::find(window.folder.path()).unwrap().unwrap();
    let journal = workspace.runs().begin("killed").unwrap().unwrap();
    let graph = window.folder.path().join("other.yaml");
    journal.append(&Record::Began(Box::new(Began { run: "killed".into(), graph, ..Began::default() }))).unwrap();
    journal.commit_all().unwrap();
}

#[test]
fn runs_are_listed_newest_first_while_they_are_looked_at() {
    let mut window = window();
    window.command("runs-panel");
    until(&mut window, "it is said that there are none", |window| {
        window.harness.query_by_label_contains("Nothing has run in this workspace yet").is_some()
    });
    for _ in 0..2 {
        window.command("run");
        ended(&mut window);
    }
    assert!(window.harness.query_by_label("This graph only").is_none(), "the run is in front");
    window.command("runs-panel");
    until(&mut window, "both are listed", |window| listed(window).len() == 2);
    let lines = listed(&window);
    assert!(lines[0] > lines[1], "{lines:?}");
    assert!(lines.iter().all(|line| line.contains("Finished") && line.contains("1 failed")), "{lines:?}");
}

#[test]
fn a_run_of_another_graph_that_was_killed_is_listed_unless_only_this_graph_is_wanted() {
    let mut window = window();
    window.command("run");
    ended(&mut window);
    leave_a_killed_one(&window);
    window.command("runs-panel");
    until(&mut window, "both are listed", |window| listed(window).len() == 2);
    until(&mut window, "one was killed", |window| listed(window).iter().any(|line| line.contains("Was killed")));
    window.click("This graph only");
    let lines = listed(&window);
    assert!(lines.len() == 1 && lines[0].contains("Finished"), "{lines:?}");
}

#[test]
fn nothing_is_drawn_while_nothing_changes_in_the_list() {
    let mut window = window();
    window.command("run");
    ended(&mut window);
    window.command("runs-panel");
    until(&mut window, "it is listed", |window| listed(window).len() == 1);
    // What else is found out about the graph is drawn first; then the list is looked through more than once in vain.
    let (begun, mut quiet) = (Instant::now(), Instant::now());
    while quiet.elapsed() < Duration::from_millis(2_500) {
        assert!(begun.elapsed() < Duration::from_secs(60), "something asks for frames again and again");
        std::thread::sleep(Duration::from_millis(20));
        if window.harness.ctx.has_requested_repaint() {
            window.harness.step();
            quiet = Instant::now();
        }
    }
}

/// Writes the journal of a run in which `open` had ten items, one each 100 ms, of which the fifth failed.
pub fn leave_a_run(window: &Window, name: &str, graph: &str) {
    let workspace = Workspace::open_or_create(window.folder.path(), None).unwrap();
    let journal = begin(&workspace, window.folder.path(), name, graph);
    for event in events(name) {
        journal.append(&Record::Event(event)).unwrap();
    }
    let outcome = Outcome::Finished;
    let ended = Ended { outcome, emitted: 9, skipped: 0, failed: 1, handled: 0, open: 0, at_ms: 1_100 };
    journal.append(&Record::Ended(ended)).unwrap();
    journal.commit_all().unwrap();
}

/// Writes the journal of a run of the graph that was killed.
pub fn leave_a_killed_run(window: &Window, name: &str) {
    let workspace = Workspace::open_or_create(window.folder.path(), None).unwrap();
    let journal = begin(&workspace, window.folder.path(), name, GRAPH);
    for event in &events(name)[..8] {
        journal.append(&Record::Event(event.clone())).unwrap();
    }
    journal.commit_all().unwrap();
}

/// Writes the journal of a run of the graph that began then.
pub fn leave_a_run_of(window: &Window, name: &str, unix_ms: u64) {
    let workspace = Workspace::open_or_create(window.folder.path(), None).unwrap();
    let journal = workspace.runs().begin(name).unwrap().unwrap();
    let graph = window.folder.path().join("graph.yaml");
    journal.append(&Record::Began(Box::new(Began { run: name.into(), graph, unix_ms, ..Began::default() }))).unwrap();
    journal.commit_all().unwrap();
}

fn begin(workspace: &Workspace, folder: &Path, name: &str, graph: &str) -> Journal {
    let journal = workspace.runs().begin(name).unwrap().unwrap();
    let (path, pid) = (folder.join("graph.yaml"), std::process::id());
    let began = Began { run: name.into(), graph: path, pid, host: "there".into(), ..Began::default() };
    journal.append(&Record::Began(Box::new(began))).unwrap();
    journal.append(&Record::GraphFile { path: "graph.yaml".into(), content: graph.into() }).unwrap();
    journal.commit_all().unwrap();
    journal
}

fn events(name: &str) -> Vec<Event> {
    let info = |name: &str| StepInfo {
        name: name.into(),
        title: name.into(),
        kind: "image.open".into(),
        scope: if name == "open" { vec![0] } else { Vec::new() },
        rows: Vec::new(),
        members: Vec::new(),
    };
    let (run, graph, steps) = (name.to_owned(), "graph".to_owned(), vec![info("find"), info("open")]);
    let mut events = vec![(0, What::RunStarted { version: 1, run, graph, unix_ms: 0, seed: 0, steps })];
    let (step, key) = (0, String::new());
    events.push((0, What::Group { step, key, count: 10, cause: None }));
    for item in 0..10 {
        let (key, at_ms) = (item.to_string(), (item + 1) * 100);
        let causes = vec!["no picture".to_owned()];
        let failed = Fate::Failed { causes, hint: None, attempts: 1 };
        let fate = if item == 4 { failed } else { Fate::Emitted };
        events.push((at_ms, What::Admitted { step: 1, key: key.clone() }));
        events.push((at_ms, What::Done { step: 1, name: format!("{item}.png"), key, fate, took_ms: Some(1.0) }));
    }
    events.push((1_100, What::RunFinished { outcome: Outcome::Finished, cause: None }));
    (0u64..).zip(events).map(|(seq, (at_ms, what))| Event { seq, at_ms, what }).collect()
}

/// Shows a run of the list, as a person does.
#[track_caller]
pub fn show(window: &mut Window, name: &str) {
    window.command("runs-panel");
    let begins = format!("Run {name} ");
    until(window, "the run is listed", |window| window.harness.query_by_label_contains(&begins).is_some());
    window.harness.get_by_label_contains(&begins).click();
    window.settle();
    window.command("open-run");
    until(window, "its journal is read", |window| reached(window).is_some_and(|reached| reached.is_read));
    window.settle();
}

pub fn reached(window: &Window) -> Option<&Reached> {
    window.editor().tab().run.as_ref()?.reached()
}

/// Returns how many items had left `open`, and how many of them failed, at the moment that is shown.
pub fn done(window: &Window) -> (u64, u64) {
    let run = window.editor().tab().run.as_ref().unwrap();
    run.state().steps.get(1).map_or((0, 0), |step| (step.done(), step.failed))
}

#[test]
fn a_run_of_the_past_is_shown_on_its_graph_as_it_ended() {
    let mut window = Window::open(GRAPH);
    leave_a_run(&window, "made", GRAPH);
    show(&mut window, "made");
    assert_eq!(window.editor().tab().path(), Some(window.folder.path().join("graph.yaml").as_path()));
    assert_eq!(done(&window), (10, 1));
    let place = window.editor().tab().scene.place("open").unwrap();
    let live = window.editor().tab().live.node(place).unwrap();
    assert_eq!((live.standing, live.words.as_str()), (Standing::Failed, "10 · 1 failed"));
    assert!(window.harness.query_by_label_contains("no picture").is_some(), "its cause is in the panel");
    window.click_node("open");
    assert!(window.harness.query_by_label("7.png").is_some(), "its items are, too");
}

#[test]
fn a_run_of_another_graph_is_shown_on_the_graph_as_it_was_which_cannot_be_changed() {
    let mut window = Window::open(GRAPH);
    leave_a_run(&window, "made", &GRAPH.replace("width: 256", "width: 64"));
    show(&mut window, "made");
    assert_eq!(window.editor().title(), "graph.yaml as of run made – Windlass");
    assert_eq!(window.doc_node("thumb").params["width"].value, 64);
    window.click_node("thumb");
    window.command("delete");
    assert!(window.has("thumb") && window.editor().said().unwrap().contains("save it as a file of its own"));
    window.command("save");
    window.retype("then");
    window.enter();
    assert!(std::fs::read_to_string(window.folder.path().join("then.yaml")).unwrap().contains("width: 64"));
    assert_eq!(window.file(), GRAPH, "the graph of today stands as it did");
    window.click_node("thumb");
    window.command("delete");
    assert!(!window.has("thumb"), "its own file can be changed");
}

#[test]
fn the_time_of_a_run_is_dragged_along() {
    let mut window = Window::open(GRAPH);
    leave_a_run(&window, "made", GRAPH);
    show(&mut window, "made");
    let line = window.harness.get_by_label("Time in the run").rect();
    for share in [0.5, 0.2, 0.7] {
        window.click_at(line.lerp_inside(vec2(share, 0.5)), Modifiers::NONE);
        until(&mut window, "the moment is shown", |window| {
            let at_ms = reached(window).unwrap().at_ms;
            at_ms.abs_diff((share * 1_100.0) as u64) < 60 && done(window).0 == at_ms / 100
        });
    }
    window.command("run-end");
    until(&mut window, "the end is shown", |window| done(window) == (10, 1));
}

#[test]
fn a_moment_that_is_wound_to_is_what_was_folded_up_to_it() {
    let mut window = Window::open(GRAPH);
    leave_a_run(&window, "made", GRAPH);
    show(&mut window, "made");
    for ms in [1_099, 0, 500, 499, 1_000, 1_100] {
        let wanted =
            events("made").iter().filter(|event| event.at_ms <= ms).fold(RunState::default(), |mut state, event| {
                state.apply(event);
                state
            });
        window.editor().tab().run.as_ref().unwrap().wish(Wish::At(ms));
        until(&mut window, "it is what was folded", |window| {
            *window.editor().tab().run.as_ref().unwrap().state() == wanted
        });
    }
}

/// Works on a run for another test, as another process, until it is killed or a file says that it is to end.
#[test]
#[ignore = "run by other tests, as another process"]
fn works_on_a_run() {
    let Some(folder) = std::env::var_os("WORKS_IN") else { return };
    let folder = Path::new(&folder);
    let workspace = Workspace::open_or_create(folder, None).unwrap();
    let journal = begin(&workspace, folder, "theirs", &std::fs::read_to_string(folder.join("graph.yaml")).unwrap());
    let requests = workspace.runs().requests(&journal);
    let told = events("theirs");
    let tell = |event: &Event| {
        journal.append(&Record::Event(event.clone())).unwrap();
        journal.commit_all().unwrap();
    };
    told[..10].iter().for_each(tell);
    let (key, name) = ("7".to_owned(), "7.png".to_owned());
    let (question, answers) = ("is it sharp?".to_owned(), "bool".to_owned());
    tell(&Event { seq: 10, at_ms: 440, what: What::Asked { step: 1, key, name, question, answers } });
    let mut asked = Vec::new();
    while !folder.join("end").exists() && asked.last() != Some(&Ask::Stop) {
        for request in requests.take() {
            requests.settle(&request, &Taken::Done).unwrap();
            requests.show_paused((request.ask == Ask::Pause).then_some("lunch")).unwrap();
            let paused = What::Paused { cause: "lunch".into() };
            let what = if request.ask == Ask::Pause { paused } else { What::Resumed };
            tell(&Event { seq: 10, at_ms: 450, what });
            asked.push(request.ask);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    told[10..].iter().for_each(tell);
    let outcome = Outcome::Finished;
    journal
        .append(&Record::Ended(Ended { outcome, emitted: 9, skipped: 0, failed: 1, handled: 0, open: 0, at_ms: 1_100 }))
        .unwrap();
    journal.commit_all().unwrap();
}

/// Begins a run in another process, and shows it.
fn watch_another_process(window: &mut Window) -> Child {
    let works = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "past::works_on_a_run"])
        .env("WORKS_IN", window.folder.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    show(window, "theirs");
    until(window, "four items are seen", |window| done(window).0 == 4);
    works
}

#[test]
fn a_run_of_another_process_is_followed_live_to_its_end() {
    let mut window = Window::open(GRAPH);
    let mut works = watch_another_process(&mut window);
    let words = |window: &Window| window.editor().tab().run.as_ref().unwrap().in_words();
    assert!(words(&window).starts_with("Runs in another process"), "{}", words(&window));
    std::fs::write(window.folder.path().join("end"), "").unwrap();
    until(&mut window, "its end is seen", |window| words(window).starts_with("Finished"));
    assert_eq!(done(&window), (10, 1));
    works.wait().unwrap();
}

#[test]
fn a_run_of_another_process_is_paused_let_go_on_and_stopped() {
    let mut window = Window::open(GRAPH);
    let mut works = watch_another_process(&mut window);
    let words = |window: &Window| window.editor().tab().run.as_ref().unwrap().in_words();
    window.command("pause");
    until(&mut window, "it is paused", |window| words(window) == "Paused in another process: lunch");
    window.command("pause");
    until(&mut window, "it goes on", |window| words(window).starts_with("Runs in another process"));
    window.command("stop");
    until(&mut window, "it has ended", |window| words(window).starts_with("Finished"));
    works.wait().unwrap();
}

#[test]
fn what_a_run_of_another_process_asks_is_answered() {
    let mut window = Window::open(GRAPH);
    let mut works = watch_another_process(&mut window);
    until(&mut window, "it asks", |window| window.harness.query_by_label("is it sharp?").is_some());
    window.click("Yes");
    until(&mut window, "the answer is handed on, and what becomes of it said", |window| {
        window.editor().said() == Some("theirs of open 7 was told true")
    });
    works.kill().unwrap();
    works.wait().unwrap();
    until(&mut window, "nobody waits any more", |window| window.harness.query_by_label("is it sharp?").is_none());
}

#[test]
fn it_is_said_when_the_process_of_a_run_is_killed() {
    let mut window = Window::open(GRAPH);
    let mut works = watch_another_process(&mut window);
    works.kill().unwrap();
    works.wait().unwrap();
    let words = |window: &Window| window.editor().tab().run.as_ref().unwrap().in_words();
    until(&mut window, "it is said", |window| words(window).starts_with("Was killed after"));
    assert_eq!(done(&window), (4, 0));
}
