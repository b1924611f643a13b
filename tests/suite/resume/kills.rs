//! A run that is killed again and again at random moments comes to what it would have come to undisturbed, and nothing that
//! it had done durably is done again. `KILLS` and `ITEMS` change how often and how much; `SEED` changes the moments.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value as Json;
use windlass_core::event::What;
use windlass_store::Workspace;
use windlass_store::journal::{Record, Told};
use windlass_store::runs::Runs;

use crate::program::{command, files_below, wait_until, windlass};

const TABLES: u64 = 10;

/// Each row waits, goes round a loop as often as its number says, and is written; some are filtered and some fail. What is
/// left of a table is gathered and written, and so are all tables.
const GRAPH: &str = r#"
windlass: 1
name: Sums
nodes:
  find: { kind: files.glob, params: { folder: tables, pattern: "*.csv" } }
  rows: { kind: table.read, params: { types: infer, key: name }, inputs: { file: find.file } }
  kept: { kind: flow.filter, params: { where: value.number % 7 != 0 }, inputs: { value: rows.row } }
  while:
    kind: text.template
    params: { template: "{{ 'never' if row.number % 31 == 1 else '1ms' }}" }
    inputs: { row: kept.value }
  held: { kind: flow.delay, inputs: { value: kept.value, duration: while.text } }
  sum: { kind: text.template, params: { template: "{{ row.number }}" }, inputs: { row: held.value } }
  often: { kind: text.template, params: { template: "{{ row.number % 3 + 1 }}" }, inputs: { row: held.value } }
  grown:
    kind: flow.repeat
    params: { until: "sum | int >= 1000 * (often | int)", max: 5 }
    inputs: { sum: sum.text, often: often.text }
    body:
      inputs: { sum: { type: text }, often: { type: text } }
      nodes:
        more: { kind: text.template, params: { template: "{{ sum | int + 1000 }}" }, inputs: { sum: $sum } }
        slow: { kind: flow.delay, params: { duration: 0ms }, inputs: { value: more.text } }
      outputs: { sum: slow.value, often: $often }
  write: { kind: files.write, params: { path: "out/{key}.txt" }, inputs: { value: grown.sum } }
  table: { kind: flow.collect, inputs: { values: grown.sum } }
  line: { kind: text.template, params: { template: "{{ sums | map('int') | sum }}" }, inputs: { sums: table.values } }
  late: { kind: flow.delay, params: { duration: 1ms }, inputs: { value: line.text } }
  lines: { kind: flow.collect, inputs: { values: late.value } }
  total:
    kind: text.template
    params: { template: "{{ sums | join(', ') }}: {{ sums | map('int') | sum }}" }
    inputs: { sums: lines.values }
  save: { kind: files.write, params: { path: out/total.txt }, inputs: { value: total.text } }
outputs: { total: total.text, sums: line.text }
"#;

fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).map_or(usual, |text| text.parse().unwrap())
}

struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end.max(1)
    }
}

fn prepare(folder: &Path, items: u64) {
    fs::write(folder.join("graph.yaml"), GRAPH).unwrap();
    fs::create_dir(folder.join("tables")).unwrap();
    for table in 0..TABLES {
        let rows = (0..items / TABLES).map(|row| format!("r{row},{}\n", table * 1_000 + row));
        let text = format!("name,number\n{}", rows.collect::<String>());
        fs::write(folder.join(format!("tables/{table}.csv")), text).unwrap();
    }
}

/// When a run is killed.
enum Moment {
    /// So long after it was started.
    After(Duration),
    /// When so many more files have been written.
    Written(usize),
}

/// Starts a run and kills it; `true` where it came to its end before.
fn killed(folder: &Path, args: &[&str], moment: &Moment) -> bool {
    let mut child = command(folder, args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let has_ended = match moment {
        Moment::After(time) => {
            std::thread::sleep(*time);
            false
        }
        Moment::Written(more) => {
            let end = files(folder) + more;
            let (mut is_there, mut has_ended) = (false, false);
            wait_until("files", || {
                (is_there, has_ended) = (files(folder) >= end, child.try_wait().unwrap().is_some());
                is_there || has_ended
            });
            has_ended
        }
    };
    // One that has ended cannot be killed.
    let _ = child.kill();
    child.wait().unwrap();
    has_ended
}

fn files(folder: &Path) -> usize {
    fs::read_dir(folder.join("out")).map_or(0, Iterator::count)
}

/// What a run came to, as lines: the content of its files, the sums of its steps, its outputs.
struct Came(BTreeSet<String>);

impl Came {
    fn of(folder: &Path) -> Self {
        let out = folder.join("out");
        let file = |file: String| format!("{file}: {}", blake3::hash(&fs::read(out.join(&file)).unwrap()).to_hex());
        let shown = windlass(folder, &["show", "--json"]).ends_with(0).json_lines().remove(0);
        let figures = ["name", "items", "emitted", "skipped", "failed", "handled", "open"];
        let sums = |step: Json| {
            // Which item failed first is a matter of chance.
            let causes = step["causes"].as_array().unwrap().iter();
            let causes = causes.map(|cause| format!("{} {}", cause["cause"], cause["times"])).collect::<Vec<_>>();
            format!("{} {}", figures.map(|figure| format!("{figure} {}", step[figure])).join(", "), causes.join(", "))
        };
        let list = |name: &str| shown[name].as_array().unwrap().clone();
        let lines = files_below(&out).into_iter().map(file);
        let lines = lines.chain(list("steps").into_iter().map(sums));
        let lines = lines.chain(list("outputs").into_iter().map(|output| output.to_string()));
        Self(lines.collect())
    }

    /// Returns the first lines that only one of them has.
    fn differences(&self, expected: &Self) -> Vec<String> {
        let missing = expected.0.difference(&self.0).map(|line| format!("- {line}"));
        missing.chain(self.0.difference(&expected.0).map(|line| format!("+ {line}"))).take(40).collect()
    }
}

/// Returns each file with its number on the disk: one that is written again has another.
fn numbers(out: &Path) -> BTreeMap<String, u64> {
    if !out.exists() {
        return BTreeMap::new();
    }
    let number = |file: &String| fs::metadata(out.join(file)).unwrap().ino();
    let whole = files_below(out).into_iter().filter(|file| file.ends_with(".txt"));
    whole.map(|file| (file.clone(), number(&file))).collect()
}

/// What the journal says of firings.
#[derive(Default)]
struct Firings {
    parts: usize,
    fired: u64,
    results: u64,
    /// Firings of items whose result an earlier process had left in the journal.
    again: Vec<String>,
}

fn firings(folder: &Path) -> Firings {
    let mut reader = runs(folder).find(None).unwrap().read().unwrap();
    let (mut names, mut done, mut firings) = (Vec::new(), BTreeMap::new(), Firings::default());
    while let Some(told) = reader.next().unwrap() {
        let Told::Record(record) = told else { panic!("the journal is damaged: {told:?}") };
        firings.parts = reader.part();
        match record {
            Record::Began(began) => names = began.steps,
            Record::Result(result) => {
                firings.results += 1;
                done.entry((names[result.step].clone(), result.key)).or_insert(firings.parts);
            }
            Record::Event(event) => {
                if let What::Firing { step, key, .. } = event.what {
                    firings.fired += 1;
                    let item = (names[step].clone(), key);
                    let was_done = done.get(&item).is_some_and(|part| *part < firings.parts);
                    firings.again.extend(was_done.then(|| format!("{} {}", item.0, item.1)));
                }
            }
            _ => {}
        }
    }
    firings
}

/// Lets a run be killed again and again until it has ended or has been killed often enough, and then come to its end;
/// returns how often it was killed.
fn killed_run(folder: &Path, kills: u64, items: u64, dice: &mut Dice) -> u64 {
    let (mut was, mut args, mut count) = (BTreeMap::new(), vec!["run", "graph.yaml"], 0);
    while count < kills {
        // One in eight is killed while it starts, the others while they work.
        let moment = match dice.below(8) {
            0 => Moment::After(Duration::from_millis(dice.below(60))),
            _ => Moment::Written(dice.below(items / 64) as usize),
        };
        if killed(folder, &args, &moment) {
            break;
        }
        count += 1;
        let is = numbers(&folder.join("out"));
        let rewritten: Vec<_> = was.iter().filter(|(file, number)| is.get(*file) != Some(number)).collect();
        assert!(rewritten.is_empty(), "written again: {rewritten:?}");
        was = is;
        if runs(folder).find(None).is_ok_and(|run| run.began().unwrap().is_some()) {
            args = vec!["resume"];
        }
    }
    let last = windlass(folder, &["resume", "--quiet"]);
    assert!(matches!(last.code, Some(0 | 1)), "{}", last.err);
    count
}

/// A journal of which that much stands in front of the last file has a digest.
const MUCH_BYTES: u64 = 1 << 20;

/// Returns how long the files of the journal are that the last process did not write.
fn earlier_bytes(folder: &Path) -> u64 {
    let parts = files_of_run(folder).into_iter().filter(|(name, _)| name.starts_with("journal."));
    let number = |name: &str| name.trim_start_matches("journal.").parse::<u64>().unwrap();
    let mut parts: Vec<_> = parts.map(|(name, bytes)| (number(&name), bytes)).collect();
    parts.sort_unstable();
    parts.pop();
    parts.into_iter().map(|(_, bytes)| bytes).sum()
}

fn has_digest(folder: &Path) -> bool {
    files_of_run(folder).iter().any(|(name, _)| name == "digest")
}

fn files_of_run(folder: &Path) -> Vec<(String, u64)> {
    let name = runs(folder).find(None).unwrap().name;
    let entries = fs::read_dir(folder.join(".windlass/runs").join(name)).unwrap().map(Result::unwrap);
    entries.map(|entry| (entry.file_name().into_string().unwrap(), entry.metadata().unwrap().len())).collect()
}

fn runs(folder: &Path) -> Runs {
    Workspace::find(folder).unwrap().map_or_else(|| Workspace::none().runs(), |workspace| workspace.runs())
}

#[test]
fn a_run_that_is_killed_at_random_moments_comes_to_what_it_would_have_come_to() {
    let (kills, items, seed) = (number("KILLS", 24), number("ITEMS", 2_000), number("SEED", 7));
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let calm = tempfile::tempdir().unwrap();
    prepare(calm.path(), items);
    windlass(calm.path(), &["run", "graph.yaml", "--quiet"]).ends_with(1);
    let expected = Came::of(calm.path());
    let mut count = 0;
    while count < kills {
        let folder = tempfile::tempdir().unwrap();
        prepare(folder.path(), items);
        count += killed_run(folder.path(), kills - count, items, &mut dice).max(1);
        let differences = Came::of(folder.path()).differences(&expected);
        if !differences.is_empty() {
            panic!("not what an undisturbed run came to, in {}:\n{}", folder.keep().display(), differences.join("\n"));
        }
        let firings = firings(folder.path());
        println!("killed {count} times: {} fired, {} results, {} parts", firings.fired, firings.results, firings.parts);
        assert!(earlier_bytes(folder.path()) < MUCH_BYTES || has_digest(folder.path()), "all of it is read each time");
        assert!(firings.again.is_empty(), "done again although it was done: {}", firings.again.join(", "));
    }
}

#[test]
fn what_is_lost_of_a_journal_is_computed_again() {
    const ITEMS: u64 = 1_000;
    let calm = tempfile::tempdir().unwrap();
    prepare(calm.path(), ITEMS);
    windlass(calm.path(), &["run", "graph.yaml", "--quiet"]).ends_with(1);
    let expected = Came::of(calm.path());
    let mut dice = Dice(11);
    for _ in 0..4 {
        let folder = tempfile::tempdir().unwrap();
        prepare(folder.path(), ITEMS);
        // Late enough for several groups: damage in the last one is taken for a torn tail.
        assert!(!killed(folder.path(), &["run", "graph.yaml"], &Moment::Written(500)));
        let name = runs(folder.path()).find(None).unwrap().name;
        let path = folder.path().join(format!(".windlass/runs/{name}/journal.0"));
        let mut bytes = fs::read(&path).unwrap();
        // What the run is stands in front, and the graph.
        let head = GRAPH.len() as u64 + 2_000;
        for _ in 0..20 {
            let at = head + dice.below(bytes.len() as u64 - head);
            bytes[at as usize] ^= 1 << dice.below(8);
        }
        fs::write(&path, &bytes).unwrap();
        windlass(folder.path(), &["resume", "--quiet"]).ends_with(1).says("warning: the journal is damaged");
        let differences = Came::of(folder.path()).differences(&expected);
        if !differences.is_empty() {
            panic!("not what an undisturbed run came to, in {}:\n{}", folder.keep().display(), differences.join("\n"));
        }
    }
}
