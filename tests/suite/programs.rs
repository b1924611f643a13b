//! Programs that graphs run: whatever they do, they are stopped, nothing of them is left, and one item has failed.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value as Json;
use tempfile::TempDir;

use crate::program::{Running, command, events, start, wait_until};

/// A folder with a graph, a folder for temporary files, and a mark that every process of its programs carries.
struct Bench {
    folder: TempDir,
    mark: String,
}

impl Bench {
    /// Prepares a program that misbehaves beside two that do not.
    fn new(script: &str, limits: &str, policy: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let name = folder.path().file_name().unwrap().to_str().unwrap();
        let mark = format!("suite-{name}.");
        let graph = format!(
            r#"
windlass: 1
name: Programs
permissions: [process:sh]
nodes:
  words: {{ kind: flow.constant, params: {{ value: [oak, elm] }} }}
  each: {{ kind: flow.each, inputs: {{ values: words.value }} }}
  fine: {{ kind: process.run, params: {{ program: sh, args: [-c, 'echo "$1"', sh, "{{{{ word }}}}"] }}, inputs: {{ word: each.value }} }}
  bad:
    kind: process.run
    params:
      program: sh
      args: [-c, {script}]
      env: {{ WINDLASS_TEST: {mark} }}
      {limits}
    policy: {{ {policy} }}
"#,
            script = Json::from(script)
        );
        fs::write(folder.path().join("graph.yaml"), graph).unwrap();
        fs::create_dir(folder.path().join("tmp")).unwrap();
        Self { folder, mark }
    }

    fn start(&self) -> Running {
        let mut command = command(self.folder.path(), &["run", "graph.yaml", "--allow", "process:sh", "--json"]);
        command.env("TMPDIR", self.folder.path().join("tmp"));
        start(command)
    }

    fn living(&self) -> usize {
        let all = fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path().join("environ"));
        let carries = |file: &Path| {
            let bytes = fs::read(file).unwrap_or_default();
            bytes.windows(self.mark.len()).any(|part| part == self.mark.as_bytes())
        };
        all.filter(|file| carries(file)).count()
    }

    #[track_caller]
    fn assert_nothing_is_left(&self) {
        assert_eq!(self.living(), 0);
        let left: Vec<_> =
            fs::read_dir(self.folder.path().join("tmp")).unwrap().flatten().map(|left| left.path()).collect();
        assert_eq!(left, Vec::<std::path::PathBuf>::new());
    }

    /// Runs it to its end: one item has failed, for this cause, and the others have not.
    #[track_caller]
    fn assert_fails(&self, cause: &str) {
        let ran = self.start().wait();
        // Nothing is left from the moment on in which the run has ended.
        self.assert_nothing_is_left();
        let lines = ran.ends_with(1).json_lines();
        let fates: Vec<_> = events(&lines, "done").into_iter().map(|event| event["fate"].clone()).collect();
        let failed: Vec<_> = fates.iter().filter(|fate| fate["fate"] == "failed").collect();
        assert_eq!(failed.len(), 1, "{fates:?}");
        assert!(failed[0].to_string().contains(cause), "`{cause}` is missing in {}", failed[0]);
        assert_eq!(said(&lines).len(), 2, "{lines:?}");
    }
}

/// Returns what the programs that behave have given.
fn said(lines: &[Json]) -> Vec<&Json> {
    let steps = events(lines, "run_started")[0]["steps"].as_array().unwrap();
    let fine = steps.iter().position(|step| step["name"] == "fine").unwrap();
    let done = events(lines, "done").into_iter();
    done.filter(|event| event["step"] == fine && event["fate"]["fate"] == "emitted").collect()
}

#[test]
fn one_that_hangs_and_hears_no_signal_is_stopped_with_its_children() {
    let script = "trap '' TERM HUP INT; (setsid sleep 1000 &) ; setsid sh -c \"trap '' TERM; sleep 1000 & wait\" & sleep 1000; wait";
    Bench::new(script, "", "timeout: 500ms").assert_fails("did not come back within 500ms");
}

#[test]
fn one_that_writes_ten_gigabytes_is_stopped() {
    Bench::new("head -c 10000000000 /dev/zero", "", "").assert_fails("wrote more than 67108864 bytes to its output");
    Bench::new("yes >&2", "", "").assert_fails("wrote more than 4194304 bytes to its error output");
}

#[test]
fn one_that_fills_the_disk_is_stopped() {
    let script = "trap '' TERM; head -c 10000000000 /dev/zero > big & head -c 10000000000 /dev/zero > $TMPDIR/big";
    Bench::new(script, "disk: 20000000", "").assert_fails("wrote more than 20000000 bytes to files in its folder");
}

#[test]
fn one_that_eats_memory_is_stopped() {
    Bench::new("tail /dev/zero & tail /dev/zero", "memory: 67108864", "")
        .assert_fails("used more than 67108864 bytes of memory");
}

#[test]
fn one_that_forks_on_and_on_is_stopped() {
    // Bounded by itself, so that a broken guard does not take the machine down.
    let script = "f() { [ $1 -gt 0 ] || exec sleep 1000; f $(($1 - 1)) & f $(($1 - 1)) & wait; }; f 6";
    Bench::new(script, "processes: 20", "").assert_fails("ran more than 20 processes at once");
}

#[test]
fn one_that_leaves_a_daemon_behind_has_failed() {
    let script = "(setsid sleep 1000 >/dev/null 2>&1 </dev/null &) ; mkdir closed; touch closed/x; chmod 0 closed";
    Bench::new(script, "", "").assert_fails("left processes running: `sleep`");
}

#[test]
fn what_one_says_of_errors_is_in_the_log_of_its_item() {
    let bench = Bench::new("echo first >&2; echo last >&2; exit 3", "", "");
    let lines = bench.start().wait().json_lines();
    let log: Vec<_> = events(&lines, "log").into_iter().map(|event| event["line"].clone()).collect();
    assert_eq!(log, ["first", "last"]);
    bench.assert_fails("`sh` ended with exit code 3, saying: last");
}

#[test]
fn a_run_that_is_stopped_leaves_nothing() {
    let bench = Bench::new("trap '' TERM; echo up >&2; (setsid sleep 1000 &) ; sleep 1000", "", "");
    let run = bench.start();
    run.until_it_writes("\"up\"");
    assert!(Command::new("kill").args(["-INT", &run.id().to_string()]).status().unwrap().success());
    run.wait().ends_with(130);
    bench.assert_nothing_is_left();
}

#[test]
fn a_program_that_is_killed_with_all_its_might_leaves_no_process() {
    let bench = Bench::new("echo up >&2; (setsid sleep 1000 &) ; sleep 1000", "", "");
    let run = bench.start();
    run.until_it_writes("\"up\"");
    assert!(Command::new("kill").args(["-KILL", &run.id().to_string()]).status().unwrap().success());
    run.wait();
    wait_until("the end of all processes", || bench.living() == 0);
}
