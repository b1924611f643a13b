//! Servers that misbehave, each with the fate that the items get and the words that a person reads.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use serde_json::json;
use windlass_comfy_fake::{Fault, State};

use super::studio::Studio;
use crate::program::{Ran, files_below};

/// Runs one prompt on a server that misbehaves.
fn run(fault: Fault) -> (Ran, Studio) {
    let studio = Studio::new(vec![State::with(fault)], 1);
    (studio.windlass(&["run", "graph.yaml"]), studio)
}

#[track_caller]
fn fails(fault: Fault, words: &[&str]) {
    let (ran, studio) = run(fault.clone());
    let ran = ran.ends_with(1);
    for word in words {
        assert!(ran.err.contains(word), "{fault:?}: `{word}` is missing in\n{}", ran.err);
    }
    assert_eq!(studio.written(), BTreeMap::new(), "{fault:?}");
}

/// Returns what is written where each seed gives one picture.
pub fn once(seeds: u64) -> BTreeMap<u64, usize> {
    (1..=seeds).map(|seed| (seed, 1)).collect()
}

#[test]
fn prompts_are_spread_over_the_servers_and_each_runs_once() {
    let studio = Studio::new(vec![State::default(), State::default()], 8);
    studio.windlass(&["run", "graph.yaml"]).ends_with(0);
    assert_eq!(studio.written(), once(8));
    let made: Vec<_> = studio.fakes.iter().map(|fake| fake.state().made.clone()).collect();
    assert!(made.iter().all(|made| made.len() >= 2), "{made:?}");
    assert_eq!(made.iter().flat_map(|made| made.values()).sum::<u32>(), 8);
}

#[test]
fn faults_on_the_way_change_nothing_about_the_end() {
    for fault in
        [Fault::DropsSocket, Fault::Trouble, Fault::Stutters, Fault::CutFrames, Fault::HugeFrame, Fault::PathNames]
    {
        let (ran, studio) = run(fault.clone());
        ran.ends_with(0);
        assert_eq!(studio.written(), once(1), "{fault:?}");
        let state = studio.fakes[0].state();
        assert_eq!(state.ran.values().copied().collect::<Vec<_>>(), [1], "{fault:?}");
    }
}

#[test]
fn names_that_lead_out_of_every_folder_lead_nowhere() {
    let (ran, studio) = run(Fault::PathNames);
    ran.ends_with(0);
    let escaped = files_below(studio.folder.path()).into_iter().filter(|file| file.contains("ComfyUI_"));
    assert_eq!(escaped.collect::<Vec<_>>(), [""; 0]);
    let above = fs::read_dir(studio.folder.path().parent().unwrap()).unwrap();
    let above = above.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(above.filter(|name| name.starts_with("ComfyUI_")).collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn what_a_server_says_no_to_fails_by_node_and_cause() {
    fails(Fault::Refuses, &["refuses the workflow", "node 1 (`Noise`)", "not in ['y']"]);
    fails(Fault::LeavesOut, &["would leave out a part of the workflow", "node 1 (`Noise`)"]);
    fails(Fault::Fails, &["node 1 (`Noise`) failed on http://127.0.0.1", "ValueError: too loud", "line 2"]);
    fails(Fault::Interrupts, &["somebody interrupted the prompt on http://127.0.0.1"]);
}

#[test]
fn files_that_are_not_what_they_should_be_fail() {
    fails(Fault::CutFiles, &["what node 2 gave cannot be fetched", "ComfyUI_00001_.png", "it is damaged"]);
    fails(Fault::HtmlFiles, &["it is no picture, although its name says so"]);
    fails(Fault::LostFiles, &["has not any more what node 2 gave", "windlass comfy free"]);
}

#[test]
fn something_else_in_place_of_a_server_is_said_to_be_so() {
    fails(Fault::Html, &["text/html", "another program behind this address"]);
    fails(Fault::Redirects, &["elsewhere.example", "not followed"]);
    fails(Fault::Endless, &["with more than", "bytes"]);
}

#[test]
fn a_server_that_is_not_there_fails_at_once_with_what_to_do() {
    let studio = Studio::new(vec![], 1);
    let mut command = studio.command(&["run", "graph.yaml"]);
    command.env("WINDLASS_COMFY", "127.0.0.1:1");
    let ran = crate::program::start(command).wait().ends_with(1);
    for words in ["http://127.0.0.1:1 cannot be reached", "start ComfyUI"] {
        assert!(ran.err.contains(words), "{}", ran.err);
    }
}

#[test]
fn a_restarted_server_gets_its_prompt_again_and_a_dead_one_loses_it_to_another() {
    let (ran, studio) = run(Fault::Forgets);
    ran.ends_with(0);
    assert_eq!((studio.written(), studio.fakes[0].state().posted), (once(1), 2));
    fails(Fault::DeadWorker, &["takes prompts and runs none", "its worker is dead"]);
    let studio = Studio::new(vec![State::with(Fault::DeadWorker), State::default()], 4);
    studio.windlass(&["run", "graph.yaml"]).ends_with(0);
    assert_eq!(studio.written(), once(4));
}

#[test]
fn what_servers_lack_is_named_and_nothing_is_posted_there() {
    let mut flow = super::studio::workflow();
    flow["5"] = json!({ "class_type": "CheckpointLoaderSimple", "inputs": { "ckpt_name": "large.safetensors" } });
    flow["1"]["inputs"]["model"] = json!(["5", 0]);
    let mut poor = State::default();
    poor.classes["CheckpointLoaderSimple"]["input"]["required"]["ckpt_name"][0] = json!(["small.safetensors"]);
    let studio = Studio::new(vec![poor, State::default()], 4);
    fs::write(studio.folder.path().join("flow.json"), flow.to_string()).unwrap();
    studio.windlass(&["run", "graph.yaml"]).ends_with(0);
    assert_eq!((studio.written(), studio.fakes[0].state().posted), (once(4), 0));
    let second = &studio.fakes[1];
    second.state().classes.as_object_mut().unwrap().remove("CheckpointLoaderSimple");
    let ran = studio.windlass(&["run", "graph.yaml", "--fresh", "--set", "make.workflow=flow.json"]).ends_with(1);
    for words in [
        "does not have the model `large.safetensors` (`ckpt_name` of node 5",
        "the class `CheckpointLoaderSimple` (node 5)",
    ] {
        assert!(ran.err.contains(words), "`{words}` is missing in\n{}", ran.err);
    }
    assert_eq!(second.state().posted, 4, "nothing was posted in the second run");
}

#[test]
fn a_prompt_that_would_bring_a_server_down_is_not_posted() {
    let studio = Studio::new(vec![State::default()], 1);
    let mut flow = super::studio::workflow();
    flow["1"]["inputs"]["hidden"] = json!(["77", 0]);
    fs::write(studio.folder.path().join("flow.json"), flow.to_string()).unwrap();
    let ran = studio.windlass(&["run", "graph.yaml"]).ends_with(1);
    assert!(ran.err.contains("`hidden` of node 1 (`Noise`) is wired to node 77, which is not there"), "{}", ran.err);
    assert_eq!(studio.fakes[0].state().posted, 0);
}

#[test]
fn headers_reach_the_server_and_nobody_else() {
    let studio = Studio::new(vec![State::default()], 1);
    let settings = studio.folder.path().join(".config/windlass/settings.toml");
    fs::create_dir_all(settings.parent().unwrap()).unwrap();
    let address = studio.fakes[0].address();
    let text =
        format!("[[comfy.servers]]\naddress = \"{address}\"\nheaders = {{ Authorization = \"STUDIO_TOKEN\" }}\n");
    fs::write(&settings, text).unwrap();
    let run = |token: Option<&str>| {
        let mut command = studio.command(&["run", "graph.yaml", "--json"]);
        command.env_remove("WINDLASS_COMFY").env_remove("STUDIO_TOKEN");
        command.envs(token.map(|token| ("STUDIO_TOKEN", token)));
        crate::program::start(command).wait()
    };
    let ran = run(None).ends_with(1);
    assert!(
        ran.out.contains("the environment variable `STUDIO_TOKEN`, which has its value, is not set"),
        "{}",
        ran.out
    );
    let ran = run(Some("hunter2-hunter2")).ends_with(0);
    assert!(studio.fakes[0].state().head.contains("authorization: hunter2-hunter2"));
    assert!(!ran.out.contains("hunter2") && !ran.err.contains("hunter2"));
}

#[test]
fn work_goes_to_servers_that_have_its_tags() {
    let studio = Studio::new(vec![State::default(), State::default()], 4);
    let settings = studio.folder.path().join(".config/windlass/settings.toml");
    fs::create_dir_all(settings.parent().unwrap()).unwrap();
    let server = |at: usize, tag: &str| {
        format!("[[comfy.servers]]\naddress = \"{}\"\ntags = [\"{tag}\"]\n", studio.fakes[at].address())
    };
    fs::write(settings, [server(0, "small"), server(1, "large")].concat()).unwrap();
    let run = |tag: &str| {
        let mut command = studio.command(&["run", "graph.yaml", "--set", &format!("make.tags=[\"{tag}\"]")]);
        command.env_remove("WINDLASS_COMFY");
        crate::program::start(command).wait()
    };
    run("large").ends_with(0);
    assert_eq!((studio.written(), studio.fakes[0].state().posted), (once(4), 0));
    run("huge").ends_with(1).says("no server of the settings has what the work needs");
}

#[test]
fn a_firing_that_is_late_takes_its_prompt_off_the_server() {
    let studio = Studio::new(vec![State::taking(Duration::from_secs(8))], 1);
    let graph =
        super::studio::graph(1).replace("kind: comfy.workflow,", "kind: comfy.workflow, policy: { timeout: 700ms },");
    fs::write(studio.folder.path().join("graph.yaml"), graph).unwrap();
    studio.windlass(&["run", "graph.yaml"]).ends_with(1).says("did not come back within 700ms");
    let fake = &studio.fakes[0];
    assert_eq!(fake.state().posted, 1);
    crate::program::wait_until("an idle server", || fake.state().is_idle());
    assert!(fake.state().worked.is_zero(), "it was interrupted");
}

#[test]
fn a_socket_that_breaks_again_and_again_is_given_up() {
    let studio = Studio::new(vec![State::with(Fault::HugeFrame)], 1);
    studio.fakes[0].state().takes = Duration::from_millis(600);
    studio.windlass(&["run", "graph.yaml"]).ends_with(0);
    let opened = studio.fakes[0].state().opened;
    assert!((1..=5).contains(&opened), "{opened} sockets were opened");
}

#[test]
fn what_failed_or_was_late_is_posted_again_by_another_try() {
    let with = |state: State, policy: &str| {
        let studio = Studio::new(vec![state], 1);
        let policy = format!("kind: comfy.workflow, policy: {{ {policy}, retries: 2, backoff: 10ms }},");
        let graph = super::studio::graph(1).replace("kind: comfy.workflow,", &policy);
        fs::write(studio.folder.path().join("graph.yaml"), graph).unwrap();
        let ran = studio.windlass(&["run", "graph.yaml"]).ends_with(1);
        let posted = studio.fakes[0].state().posted;
        (ran, posted)
    };
    let (ran, posted) = with(State::with(Fault::Fails), "timeout: 1m");
    assert_eq!(posted, 3, "{}", ran.err);
    let (ran, posted) = with(State::taking(Duration::from_secs(8)), "timeout: 700ms");
    assert_eq!(posted, 3, "{}", ran.err);
    ran.says("did not come back within 700ms");
}
