//! Bad items among good ones, a folder that vanishes, Ctrl-C once and twice: each ends as the exit codes say, the sums
//! add up, and nothing is half-written.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use serde_json::Value as Json;
use tempfile::TempDir;

use crate::pictures;
use crate::program::{Ran, Running, command, events, files_below, start, wait_until, windlass};

const THUMBS: &str = r#"
windlass: 1
name: Thumbs
nodes:
  find:
    kind: files.glob
    params: { folder: photos, pattern: "*.{png,bmp,jpg}" }
  open:
    kind: image.open
    inputs: { file: find.file }
  thumb:
    kind: image.resize
    params: { width: 8, height: 8 }
    inputs: { image: open.image }
  save:
    kind: image.save
    params: { path: "out/{stem}.png" }
    inputs: { image: thumb.image }
"#;

/// Items whose delay is their own value; each is then written under its place.
const DELAYS: &str = r#"
windlass: 1
name: Delays
inputs:
  delays: { type: "list<text>" }
nodes:
  each:
    kind: flow.each
    inputs: { values: $delays }
  wait:
    kind: flow.delay
    inputs: { value: each.value, duration: each.value }
  save:
    kind: files.write
    params: { path: "out/{index}.txt" }
    inputs: { value: wait.value }
"#;

/// A file that is written, and one that is written only once the test has put `go` there.
const GATE: &str = r#"
windlass: 1
name: Gate
nodes:
  first:
    kind: files.write
    params: { path: out/first.txt, value: first }
  gate:
    kind: files.open
    params: { path: go }
    policy: { retries: 100000, backoff: 10ms, backoff_max: 10ms }
  second:
    kind: files.write
    params: { path: out/second.txt }
    inputs: { value: gate.file }
"#;

/// A file that takes a while to be written, beside a text that takes far longer and hears of no stop.
const SLOW_COPY: &str = r#"
windlass: 1
name: Slow copy
nodes:
  deaf:
    kind: text.template
    params:
      template: "{% for n in range(5000) %}{% if 'a'|replace('a', ten)|replace('a', ten)|replace('a', ten)\
        |replace('a', ten)|replace('a', ten)|replace('a', ten)|length == 0 %}{% endif %}{% endfor %}"
      ten: aaaaaaaaaa
  show:
    kind: flow.probe
    inputs: { value: deaf.text }
  open:
    kind: files.open
    params: { path: large.bin }
  save:
    kind: files.write
    params: { path: out/large.bin }
    inputs: { value: open.file }
"#;

/// As many bytes as a disk does not take in a moment; the original is a hole and takes none.
const LARGE_BYTES: u64 = 3 << 30;

const GOOD: usize = 5;

fn folder_with(graph: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("graph.yaml"), graph).unwrap();
    fs::create_dir(folder.path().join("photos")).unwrap();
    for at in 0..GOOD {
        picture(&folder.path().join(format!("photos/good-{at}.png")));
    }
    folder
}

/// Makes a picture that compresses badly.
fn picture(path: &Path) {
    let mix = |x: u32, y: u32, by: u32| (x.wrapping_mul(by) ^ y.wrapping_mul(by.rotate_left(7))).to_le_bytes()[1];
    pictures::write(path, 64, 48, |x, y| [mix(x, y, 0x9e37_79b9), mix(x, y, 0x85eb_ca6b), mix(x, y, 0xc2b2_ae35)]);
}

/// Puts the bad ones beside the good ones and returns their names.
fn spoil(photos: &Path) -> Vec<&'static str> {
    let whole = fs::read(photos.join("good-0.png")).unwrap();
    fs::write(photos.join("truncated.png"), &whole[..whole.len() / 2]).unwrap();
    fs::write(photos.join("zero.png"), "").unwrap();
    fs::write(photos.join("mislabelled.jpg"), "%PDF-1.7 is no picture, whatever it is called").unwrap();
    fs::write(photos.join("huge.bmp"), huge_bmp()).unwrap();
    fs::create_dir(photos.join("folder.png")).unwrap();
    symlink("nowhere", photos.join("dangling.png")).unwrap();
    assert!(Command::new("mkfifo").arg(photos.join("pipe.png")).status().unwrap().success());
    fs::write(photos.join("locked.png"), &whole).unwrap();
    fs::set_permissions(photos.join("locked.png"), fs::Permissions::from_mode(0o000)).unwrap();
    vec!["truncated", "zero", "mislabelled", "huge", "folder", "dangling", "pipe", "locked"]
}

/// The header of a picture of 50,000 by 50,000, without its 7.5 GB.
fn huge_bmp() -> Vec<u8> {
    let mut bytes = b"BM".to_vec();
    for word in [54_u32, 0, 54, 40, 50_000, 50_000] {
        bytes.extend(word.to_le_bytes());
    }
    for half in [1_u16, 24] {
        bytes.extend(half.to_le_bytes());
    }
    bytes.resize(54, 0);
    bytes
}

/// Runs as somebody whom file permissions bind: root is not, unless its capabilities are taken away.
///
/// Returns `None` where that is not possible here.
fn run_bound_by_permissions(folder: &Path, args: &[&str]) -> Option<Ran> {
    if fs::read(folder.join("photos/locked.png")).is_err() {
        return Some(windlass(folder, args));
    }
    let plain = command(folder, args);
    let mut bound = Command::new("setpriv");
    bound.arg("--bounding-set=-dac_override,-dac_read_search").arg(plain.get_program()).args(args);
    bound.current_dir(folder);
    let probe = ["--bounding-set=-dac_override,-dac_read_search", "cat", "photos/locked.png"];
    let binds = Command::new("setpriv").args(probe).current_dir(folder).output();
    binds.is_ok_and(|cat| !cat.status.success()).then(|| start(bound).wait())
}

/// Fails the test unless every step's items are accounted for; `open` says whether some may be left open.
fn sums_add_up(lines: &[Json]) {
    let started = events(lines, "run_started")[0];
    for step in 0..started["steps"].as_array().unwrap().len() {
        let of_step = |kind| events(lines, kind).into_iter().filter(|event| event["step"] == step).count();
        assert_eq!(of_step("admitted"), of_step("done"), "step {step}");
    }
}

fn failure_of<'a>(lines: &'a [Json], stem: &str) -> &'a Json {
    let is_it = |event: &&&Json| event["name"].as_str().is_some_and(|name| name.starts_with(stem));
    let failed = |event: &&&Json| event["fate"]["fate"] == "failed";
    let done = events(lines, "done");
    let found: Vec<_> = done.iter().filter(is_it).filter(failed).collect();
    assert_eq!(found.len(), 1, "{stem} fails in one step");
    found[0]
}

#[test]
fn bad_pictures_are_set_aside_each_with_its_cause() {
    let folder = folder_with(THUMBS);
    let mut bad = spoil(&folder.path().join("photos"));
    let ran = run_bound_by_permissions(folder.path(), &["run", "graph.yaml", "--json"]).unwrap_or_else(|| {
        eprintln!("file permissions do not bind this user: the locked picture is left out");
        fs::remove_file(folder.path().join("photos/locked.png")).unwrap();
        bad.retain(|name| *name != "locked");
        windlass(folder.path(), &["run", "graph.yaml", "--json"])
    });
    let lines = ran.ends_with(1).json_lines();
    sums_add_up(&lines);
    let mut causes: Vec<_> = bad.iter().map(|name| failure_of(&lines, name)["fate"]["causes"].to_string()).collect();
    for (name, cause) in bad.iter().zip(&mut causes) {
        assert!(!cause.contains("os error"), "{cause}");
        *cause = cause.replace(name, "");
    }
    causes.sort();
    causes.dedup();
    assert_eq!(causes.len(), bad.len(), "every bad one has its own cause: {causes:#?}");
    let good: Vec<_> = (0..GOOD).map(|at| format!("good-{at}.png")).collect();
    assert_eq!(files_below(&folder.path().join("out")), good);
    for name in good {
        assert!(pictures::read(&folder.path().join("out").join(name)).width <= 8);
    }
}

#[test]
fn the_summary_counts_and_groups_failures() {
    let folder = folder_with(THUMBS);
    for at in 0..3 {
        fs::write(folder.path().join(format!("photos/zero-{at}.png")), "").unwrap();
    }
    let ran = windlass(folder.path(), &["run", "graph.yaml"]).ends_with(1).says("Thumbs finished").says("zero-0.png");
    let open = ran.err.lines().find(|line| line.starts_with("  open ")).unwrap();
    let figures: Vec<_> = open.split_whitespace().skip(1).take(5).collect();
    assert_eq!(figures, ["8", "5", "0", "3", "0"], "items, emitted, skipped, failed, open");
}

#[test]
fn the_first_failure_ends_a_run_that_was_told_so() {
    let folder = folder_with(THUMBS);
    fs::write(folder.path().join("photos/a-zero.png"), "").unwrap();
    windlass(folder.path(), &["run", "graph.yaml", "--fail-fast"]).ends_with(1).says("stopped at a failed item");
}

#[test]
fn an_output_folder_that_vanishes_fails_no_more_than_it_must() {
    let folder = folder_with(GATE);
    let running = start(command(folder.path(), &["run", "graph.yaml", "--json"]));
    let out = folder.path().join("out");
    running.until_it_writes(r#""event":"saved""#);
    fs::remove_dir_all(&out).unwrap();
    fs::write(&out, "a file where the folder was").unwrap();
    fs::write(folder.path().join("go"), "").unwrap();
    let lines = running.wait().ends_with(1).json_lines();
    sums_add_up(&lines);
    let failed = events(&lines, "done").into_iter().filter(|event| event["fate"]["fate"] == "failed");
    let causes: Vec<_> = failed.map(|event| event["fate"]["causes"].to_string()).collect();
    assert!(causes.len() == 1 && causes[0].contains("out"), "{causes:?}");
    assert_eq!(fs::read_to_string(&out).unwrap(), "a file where the folder was");
}

fn interrupt(running: &Running) {
    let sent = Command::new("kill").args(["-INT", &running.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

#[test]
fn one_ctrl_c_keeps_what_is_done_and_says_what_is_open() {
    let folder = folder_with(DELAYS);
    let delays = r#"delays=["0ms", "10m", "10m"]"#;
    let running = start(command(folder.path(), &["run", "graph.yaml", "--in", delays]));
    wait_until("the first file", || folder.path().join("out/0.txt").exists());
    interrupt(&running);
    let ran = running.wait().ends_with(130).says("Ctrl-C again ends at once").says("Delays interrupted");
    let wait = ran.err.lines().find(|line| line.starts_with("  wait ")).unwrap();
    let figures: Vec<_> = wait.split_whitespace().skip(1).take(5).collect();
    assert_eq!(figures, ["3", "1", "0", "0", "2"], "items, emitted, skipped, failed, open");
    assert_eq!(files_below(&folder.path().join("out")), ["0.txt"]);
}

#[test]
fn a_second_ctrl_c_ends_at_once_and_leaves_nothing_half_written() {
    let folder = folder_with(SLOW_COPY);
    let out = folder.path().join("out");
    fs::File::create(folder.path().join("large.bin")).unwrap().set_len(LARGE_BYTES).unwrap();
    let running = start(command(folder.path(), &["run", "graph.yaml"]));
    wait_until("a file under way", || out.is_dir() && fs::read_dir(&out).unwrap().next().is_some());
    interrupt(&running);
    // Two signals that come at the same moment are one, so the second waits for the answer to the first.
    running.until_it_says("Ctrl-C again ends at once");
    interrupt(&running);
    let ran = running.wait().ends_with(130);
    assert!(!ran.err.contains("Slow copy interrupted"), "it ended by itself:\n{}", ran.err);
    assert_eq!(files_below(&out), [] as [&str; 0], "nothing half-written may stay");
}

#[test]
#[cfg(target_os = "linux")]
fn events_that_cannot_be_written_are_said_and_the_run_goes_on() {
    let folder = folder_with(THUMBS);
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let mut run = command(folder.path(), &["run", "graph.yaml", "--json"]);
    let ran = run.stdout(full).output().unwrap();
    let err = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(ran.status.code(), Some(4), "{err}");
    assert_eq!(err.matches("cannot write to standard output").count(), 1, "{err}");
    assert_eq!(files_below(&folder.path().join("out")).len(), GOOD);
}
