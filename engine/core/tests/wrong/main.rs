//! Graph files that are wrong in form: each gets located findings of the expected kinds, and none does harm.
//!
//! A stored file says what it expects in its first line; where it cannot, `expect.txt` does.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod hostile;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use windlass_core::doc::{GraphText, Read, read, write_new};
use windlass_core::problem::{Severity, render, to_json};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/wrong/syntax")
}

/// Returns the codes of errors; each finding must have a place that can be shown.
fn codes(name: &str, bytes: &[u8]) -> Vec<&'static str> {
    let read = read(name, bytes, None);
    shown(&read);
    let errors = read.problems.iter().filter(|problem| problem.severity == Severity::Error);
    errors.map(|problem| problem.code).collect()
}

fn shown(read: &Read) {
    for problem in &read.problems {
        let span = problem.span.as_ref().unwrap();
        assert!(span.range.start <= span.range.end && span.range.end <= read.source.text.len(), "{problem:?}");
        assert!(problem.hint.is_some(), "{} has no hint", problem.code);
        let (line, column) = span.line_column();
        assert!(render(problem, false).contains(&format!("{}:{line}:{column}", read.source.name)), "{problem:?}");
        assert_eq!(to_json(problem)["place"]["line"], line);
    }
}

#[test]
fn each_stored_file_is_explained() {
    let table = std::fs::read_to_string(folder().join("expect.txt")).unwrap();
    let mut table: HashMap<_, _> = table.lines().map(|line| line.split_once(' ').unwrap()).collect();
    let mut complaints = Vec::new();
    let mut count = 0;
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name == "expect.txt" {
            continue;
        }
        count += 1;
        let bytes = std::fs::read(&path).unwrap();
        let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let first = std::str::from_utf8(first).ok().and_then(|line| line.strip_prefix("# expect: "));
        let Some(expected) = table.remove(name.as_str()).or(first) else {
            complaints.push(format!("{name} does not say what it expects"));
            continue;
        };
        let found = codes(&name, &bytes).join(" ");
        if found != expected {
            complaints.push(format!("{name}: expected {expected}, found {found}"));
        }
    }
    complaints.extend(table.keys().map(|name| format!("{name} is expected and not there")));
    complaints.sort();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    assert!(count >= 110, "{count} files");
}

#[test]
fn hostile_files_are_refused_within_budgets() {
    for hostile::Hostile { name, bytes, code } in hostile::files() {
        assert_eq!(codes(name, &bytes).first(), Some(&code), "{name}");
    }
}

#[test]
fn endless_mistakes_are_listed_up_to_a_limit() {
    let text = format!("windlass: 1\n{}", (0..50_000).map(|at| format!("key{at}: 1\n")).collect::<String>());
    let found = codes("mistakes.yaml", text.as_bytes());
    assert!(found.len() < 300, "{}", found.len());
    assert_eq!(found.last(), Some(&"too-many-problems"));
}

/// Texts that random changes start from.
const SEEDS: [&str; 2] = [
    include_str!("../../../../docs/format.md"),
    "windlass: 1\nname: 'x'\ninputs: { a: { type: int?, min: 1 } }\nnodes:\n  n: &n\n    kind: a.b\n    params:\n      t: |\n        text\n      u: \"q\\n\"\n    inputs: { i: [$a, n.o] }\n    policy: { timeout: 1s }\n  m: *n\nlayout: { nodes: { n: [0, 1] } }\n",
];
const PIECES: [&str; 24] = [
    "\t", "\n", ":", "- ", "{", "}", "[", "]", "\"", "'", "&a ", "*a", "|", ">", "#", "? ", "---\n", "%", "!x ",
    "\u{0}", "é", "  ", "<<: ", ", ",
];

#[test]
fn texts_changed_at_random_give_findings_or_graphs() {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let whole = SEEDS[0].split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let mut below = |limit: usize| random.next_u32() as usize % limit.max(1);
    for round in 0..1_000 {
        let mut bytes = if round % 2 == 0 { whole } else { SEEDS[1] }.as_bytes().to_vec();
        for _ in 0..=below(3) {
            let (at, length) = (below(bytes.len()), below(12));
            let end = (at + length * below(2)).min(bytes.len());
            let piece = PIECES[below(PIECES.len())].as_bytes();
            bytes.splice(at..end, piece.iter().copied());
        }
        let read = read("changed.yaml", &bytes, None);
        shown(&read);
        assert!(read.doc.is_some() || !read.problems.is_empty());
        if read.is_good() {
            let doc = read.doc.unwrap();
            assert_eq!(GraphText::of_new("new.yaml", &doc).unwrap().doc(), &doc, "{}", write_new(&doc));
        }
    }
}
