//! Settings from files, environment and flags, and what `windlass doctor` says about them and the workspace.

use std::fs;
use std::path::Path;

use serde_json::Value as Json;

use crate::program::{Ran, command, start, windlass};

const GRAPH: &str = "windlass: 1\nnodes:\n  one: { kind: flow.constant, params: { value: 1 } }\n";

fn put(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Makes a folder that is a person's own, with a workspace.
fn home() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "graph.yaml", GRAPH);
    windlass(folder.path(), &["run", "graph.yaml"]).ends_with(0);
    folder
}

fn doctor(folder: &Path, variables: &[(&str, &str)], code: i32) -> Json {
    let mut command = command(folder, &["doctor", "--json"]);
    command.envs(variables.iter().copied());
    serde_json::from_str(&start(command).wait().ends_with(code).out).unwrap()
}

/// Returns value and origin of a setting.
fn setting(said: &Json, name: &str) -> (Json, String) {
    let found = said["settings"].as_array().unwrap().iter().find(|setting| setting["name"] == name).unwrap();
    (found["value"].clone(), found["from"].as_str().unwrap_or_default().to_owned())
}

#[cfg(target_os = "linux")]
#[test]
fn each_place_replaces_the_one_before() {
    let folder = home();
    let jobs = |variables: &[(&str, &str)]| setting(&doctor(folder.path(), variables, 0), "jobs");
    assert_eq!(jobs(&[]), (Json::Null, String::new()));
    put(folder.path(), ".config/windlass/settings.toml", "jobs = 2\nmemory = \"1GiB\"\n");
    let (value, from) = jobs(&[]);
    assert!(value == 2 && from.ends_with(".config/windlass/settings.toml:1"), "{value} from {from}");
    put(folder.path(), ".windlass/settings.toml", "\njobs = 3\n");
    let (value, from) = jobs(&[]);
    assert!(value == 3 && from.ends_with(".windlass/settings.toml:2"), "{value} from {from}");
    assert_eq!(jobs(&[("WINDLASS_JOBS", "4")]), (4.into(), "WINDLASS_JOBS".into()));
    assert_eq!(setting(&doctor(folder.path(), &[], 0), "memory").0, 1_u64 << 30);
    let text = windlass(folder.path(), &["doctor"]).ends_with(0).out;
    assert!(text.contains("jobs       3") && text.contains("environment < command line"), "{text}");
}

#[test]
fn what_is_wrong_in_settings_is_shown_at_its_place_and_nothing_runs() {
    let folder = home();
    put(folder.path(), ".windlass/settings.toml", "jbos = 2\n");
    let run = |args: &[&str]| windlass(folder.path(), &[&["run", "graph.yaml"], args].concat());
    run(&[]).ends_with(2).says("settings.toml:1:1").says("did you mean `jobs`?");
    let said = doctor(folder.path(), &[], 2);
    assert!(said["findings"].to_string().contains("no setting `jbos`"), "{said}");
    put(folder.path(), ".windlass/settings.toml", "memory = \"64MiB\"\n");
    run(&[]).ends_with(0);
}

#[test]
fn a_doctor_finds_damage_and_repairs_it() {
    let folder = home();
    let doctor = |args: &[&str]| windlass(folder.path(), &[&["doctor"], args].concat());
    let healthy: Ran = doctor(&[]).ends_with(0);
    for told in ["not checked yet", "devices", "0 written files", "free", "cores"] {
        assert!(healthy.out.contains(told) || told == "cores" && healthy.out.contains("1 core"), "{}", healthy.out);
    }
    put(folder.path(), ".windlass/written.jsonl", "torn\n");
    put(folder.path(), ".windlass/grants/x", "");
    let ill = doctor(&[]).ends_with(4);
    assert!(ill.out.contains("1 damaged line of the ledger") && ill.out.contains("--repair"), "{}", ill.out);
    doctor(&["--repair"]).ends_with(0);
    doctor(&[]).ends_with(0);
    put(folder.path(), ".windlass/version", "");
    let text = doctor(&[]).ends_with(4).out;
    assert!(text.contains("is no number") && text.contains("--repair"), "{text}");
    doctor(&["--repair"]).ends_with(0);
    windlass(folder.path(), &["run", "graph.yaml"]).ends_with(0);
}

#[test]
fn a_doctor_says_who_holds_what() {
    let folder = tempfile::tempdir().unwrap();
    let of_object = folder.path().join(".windlass/leases/0a");
    fs::create_dir_all(&of_object).unwrap();
    let holder = r#"{"name":"window","host":"attic","pid":7,"boot":"another","since_unix_ms":0}"#;
    let said = |is_given_back: bool| {
        let json = format!(
            r#"{{"object":"book/1","holder":{holder},"ttl_ms":1,"beat":3,"heard_unix_ms":1000,"is_locked":true,"is_given_back":{is_given_back}}}"#
        );
        let sum = blake3::hash(json.as_bytes()).to_hex();
        format!("{json}\n{}\n", &sum[..16])
    };
    let doctor = || windlass(folder.path(), &["doctor"]).ends_with(0).out;
    fs::write(of_object.join("1"), said(false)).unwrap();
    let text = doctor();
    assert!(text.contains("`book/1` is held by `window` (process 7 on attic) since 1970-01-01 00:00:00 UTC"), "{text}");
    fs::write(of_object.join("2"), said(true)).unwrap();
    assert!(!doctor().contains("book/1"));
}

#[test]
fn a_doctor_makes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let text = windlass(folder.path(), &["doctor"]).ends_with(0).out;
    assert!(text.contains("none yet"), "{text}");
    assert!(!folder.path().join(".windlass").exists());
}
