//! What runs tell about something: two of them side by side, and where items and files come from.

use std::sync::Arc;

use egui::Modifiers;
use egui_kittest::kittest::Queryable;
use windlass_core::sections::{Line, Pair, Section};
use windlass_core::value::{Channels, Image, Samples, Value};
use windlass_editor::commands::find;
use windlass_editor::{Inquiry, Wish};

use super::driven::Window;
use super::running::until;
use super::{GRAPH, past};

/// Returns what the program around the window tells: what it was asked, and a step, and a picture that differs.
pub fn sections(about: &Inquiry) -> Vec<Section> {
    let picture = |shade: u8| {
        let samples = Samples::U8(vec![shade; 12]);
        Value::Image(Arc::new(Image::new(2, 2, Channels::Rgb, samples).unwrap()))
    };
    let pair = Pair::new(move || Some((picture(10), picture(200))));
    let lines = vec![
        Line::new("thumb: 2 alike").about("thumb"),
        Line::gone("old.png").deeper(1),
        Line::new("7.png, image: 50.0 % of its pixels").deeper(1).showing(Some(pair)),
        Line::new("8.png, image: all of its pixels").deeper(1).showing(Some(Pair::new(|| None))),
    ];
    vec![Section::new("", vec![Line::new(format!("{about:?}"))]), Section::new("items", lines)]
}

/// Returns what an item gave, as the program around the window kept it: those of even keys alone.
pub fn values(run: &str, (step, key): (&str, &str)) -> Result<Vec<(String, Value)>, String> {
    match key.parse::<u64>() {
        Ok(number) if number % 2 == 0 => Ok(vec![("image".into(), Value::Text(format!("{run} {step} {key}").into()))]),
        _ => Err("what it gave was not kept".into()),
    }
}

/// Shows the list of three runs, of which the last one is of another graph, and chooses one.
fn choose(window: &mut Window, name: &str) {
    for (name, unix_ms) in [("first", 1), ("second", 2), ("third", 3)] {
        past::leave_a_run_of(window, name, unix_ms);
    }
    window.command("runs-panel");
    click_run(window, name, Modifiers::NONE);
}

fn click_run(window: &mut Window, name: &str, modifiers: Modifiers) {
    let begins = format!("Run {name} ");
    until(window, "the run is listed", |window| window.harness.query_by_label_contains(&begins).is_some());
    let at = window.harness.get_by_label_contains(&begins).rect().center();
    window.click_at(at, modifiers);
}

#[track_caller]
fn wait_for(window: &mut Window, text: &str) {
    until(window, text, |window| window.harness.query_all_by_label_contains(text).next().is_some());
}

pub fn compare(window: &mut Window) {
    choose(window, "third");
    window.command("compare-runs");
    wait_for(window, r#"Compare { old: "second", new: "third" }"#);
}

#[test]
fn any_two_runs_are_compared_the_earlier_one_first() {
    let mut window = Window::open(GRAPH);
    choose(&mut window, "third");
    click_run(&mut window, "first", Modifiers::COMMAND);
    window.command("compare-runs");
    wait_for(&mut window, r#"Compare { old: "first", new: "third" }"#);
    window.command("runs-panel");
    click_run(&mut window, "first", Modifiers::NONE);
    assert!(!find("compare-runs").unwrap().is_possible(window.editor()), "there is none before the first");
}

#[test]
fn a_comparison_leads_to_the_node_and_shows_pictures_over_each_other() {
    let mut window = Window::open(GRAPH);
    compare(&mut window);
    window.click("thumb");
    assert_eq!(window.selected(), ["thumb"]);
    let look = |window: &mut Window, at: usize| {
        let buttons: Vec<_> = window.harness.query_all_by_label("Look").collect();
        buttons[at].click();
        window.settle();
    };
    look(&mut window, 0);
    wait_for(&mut window, "Share that shows the picture before");
    look(&mut window, 1);
    wait_for(&mut window, "not kept any more");
}

/// Opens an item of a run, and asks where it comes from.
pub fn trace_item(window: &mut Window) {
    past::leave_a_run(window, "made", GRAPH);
    past::show(window, "made");
    window.click_node("open");
    window.click("9.png");
    window.command("trace-item");
    wait_for(window, r#"Lineage(Item { run: "made", step: "open", key: "9" }, Up)"#);
}

#[test]
fn what_became_of_an_item_is_asked_with_a_click() {
    let mut window = Window::open(GRAPH);
    trace_item(&mut window);
    window.click("What became of it");
    wait_for(&mut window, r#"key: "9" }, Down)"#);
}

pub fn trace_file(window: &mut Window) {
    window.command("trace-file");
    window.retype("graph.yaml");
    window.enter();
    wait_for(window, "graph.yaml\"), Up)");
}

#[test]
fn it_is_said_why_nothing_is_known_of_a_file() {
    let mut window = Window::open(GRAPH);
    trace_file(&mut window);
    std::fs::remove_file(window.folder.path().join("graph.yaml")).unwrap();
    window.click("What became of it");
    wait_for(&mut window, "no run made it");
}

#[test]
fn the_item_that_is_opened_shows_what_it_gave() {
    let mut window = Window::open(GRAPH);
    past::leave_a_run(&window, "made", GRAPH);
    past::show(&mut window, "made");
    window.click_node("open");
    window.click("8.png");
    wait_for(&mut window, "made open 8");
    window.click("Back to the items");
    window.click("9.png");
    wait_for(&mut window, "What it gave was not kept");
}

#[test]
fn nodes_of_a_run_of_the_past_show_what_they_gave_at_the_moment_that_is_shown() {
    let mut window = Window::open(GRAPH);
    past::leave_a_run(&window, "made", GRAPH);
    past::show(&mut window, "made");
    window.click_node("open");
    window.command("preview-panel");
    wait_for(&mut window, "What it gave was not kept");
    for ms in [950, 150] {
        window.editor().tab().run.as_ref().unwrap().wish(Wish::At(ms));
        wait_for(&mut window, &format!("made open {}", ms / 100 - 1));
    }
}
