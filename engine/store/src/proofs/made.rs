//! A small workspace with a little of everything, made by the store's own means; and what may be found in it later.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use blake3::Hash;
use windlass_core::event::{Event, Fate, Outcome, What};
use windlass_core::permission::Permissions;
use windlass_core::value::{Codecs, File, List, Member, Value};

use crate::index::{Fact, Index, Table};
use crate::journal::{
    Began, Call, Came, Child, Ended, FileSeen, Given, Journal, Kept, Listed, Noted, Record, Result, Told, Wrote,
};
use crate::ledger::Claim;
use crate::{Content, Layout, Stored, Workspace};

const TABLE: Table = Table::new("cache");
const FACTS: u32 = 40;
const RUNS: [&str; 2] = ["19a-1", "19b-2"];

/// How much of what was made is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    pub claims: usize,
    pub grants: usize,
    pub records: usize,
    pub values: usize,
}

/// Makes the workspace in a folder, without an index; returns where its values are kept.
pub fn make(folder: &Path) -> Vec<Stored> {
    let workspace = Workspace::open_or_create(folder, None).unwrap();
    let ledger = workspace.ledger().unwrap();
    claims().iter().for_each(|claim| ledger.claim([claim]).unwrap());
    let (content, asked) = granted();
    workspace.grants().remember(&content, &asked.iter().collect::<Vec<_>>()).unwrap();
    let artifacts = workspace.artifacts(Codecs::default()).unwrap();
    let kept: Vec<_> = values().iter().map(|value| artifacts.put(value).unwrap()).collect();
    artifacts.commit().unwrap();
    for (run, records) in journals(&kept) {
        let parts = records.chunks(records.len().div_ceil(2));
        // Each part as by a process of its own.
        parts.for_each(|part| write(&workspace.runs().begin(run).unwrap().unwrap(), part));
    }
    kept
}

fn write(journal: &Journal, records: &[Record]) {
    for group in records.chunks(3) {
        for record in group {
            journal.append(record).unwrap();
        }
        journal.commit_all().unwrap();
    }
}

/// Gives the workspace an index.
pub fn make_index(layout: &Layout) {
    let index = Index::open(layout, || facts().into_iter()).unwrap().index;
    index.commit().unwrap();
}

/// Looks at everything but the index, and fails where something is found that was never made.
pub fn look(folder: &Path, kept: &[Stored]) -> Found {
    let workspace = Workspace::find(folder).unwrap().unwrap();
    Found {
        claims: look_at_ledger(&workspace),
        grants: look_at_grants(&workspace),
        records: look_at_journals(&workspace, kept),
        values: look_at_values(&workspace, kept),
    }
}

/// Returns how many claims stand.
pub fn look_at_ledger(workspace: &Workspace) -> usize {
    let ledger = workspace.ledger().unwrap();
    let found = claims().iter().filter(|claim| ledger.contains(claim).unwrap()).count();
    assert_eq!(ledger.claims(), found as u64, "somebody else's claim stands in the ledger");
    found
}

/// Returns how many permissions are granted.
pub fn look_at_grants(workspace: &Workspace) -> usize {
    let (content, asked) = granted();
    let meant: Vec<_> = asked.iter().map(|asked| (content.to_string(), asked.to_string())).collect();
    let found = workspace.grants().all();
    assert!(found.iter().all(|found| meant.contains(found)), "{found:?} was never granted");
    assert!(workspace.grants().of(&other_content(), &asked).iter().next().is_none());
    assert_eq!(workspace.grants().of(&content, &asked).iter().count(), found.len());
    found.len()
}

/// Returns how many records are told, of all runs.
pub fn look_at_journals(workspace: &Workspace, kept: &[Stored]) -> usize {
    let meant: BTreeMap<_, _> = journals(kept).into_iter().collect();
    let mut count = 0;
    for run in workspace.runs().all().unwrap() {
        // None of these may panic, and what they say is told by the records below as well.
        drop((run.began().unwrap(), run.stand().unwrap()));
        let Some(meant) = meant.get(&*run.name) else { continue };
        let mut left = meant.iter();
        for told in told(workspace, &run.name) {
            assert!(left.any(|meant| *meant == told), "{told:?} was never written, or not there");
            count += 1;
        }
    }
    count
}

/// Returns how many values can be had.
pub fn look_at_values(workspace: &Workspace, kept: &[Stored]) -> usize {
    let artifacts = workspace.artifacts(Codecs::default()).unwrap();
    artifacts.packed(|place| drop(artifacts.bytes(&Stored::Packed(place)).unwrap())).unwrap();
    let texts = kept.iter().map(|stored| artifacts.get(stored).ok().and_then(|found| text_of(&found)));
    let is_there = |(found, meant): (Option<String>, Value)| {
        assert!(found.is_none() || found == text_of(&meant), "{found:?} was never kept");
        found.is_some()
    };
    texts.zip(values()).map(is_there).filter(|is_there| *is_there).count()
}

/// Opens the index of a workspace that has one, damaged or not; returns how many entries it knows.
pub fn look_at_index(layout: &Layout) -> usize {
    let Ok(opened) = Index::open(layout, || facts().into_iter()) else { return 0 };
    let is_there = |fact: &Fact| match opened.index.get(TABLE, &fact.key) {
        Ok(found) => {
            assert!(found.is_none() || found == fact.value, "{:?} is {found:?}", fact.key);
            found.is_some()
        }
        Err(_) => false,
    };
    facts().iter().filter(|fact| is_there(fact)).count()
}

/// Returns what the journal of a run tells, without what is damaged.
pub fn told(workspace: &Workspace, run: &str) -> Vec<Record> {
    let mut reader = workspace.runs().find(Some(run)).unwrap().read().unwrap();
    let mut records = Vec::new();
    while let Some(told) = reader.next().unwrap() {
        if let Told::Record(record) = told {
            records.push(record);
        }
    }
    records
}

/// Returns where the values of the workspace are kept, as its journals say.
pub fn kept_values(workspace: &Workspace) -> Vec<Stored> {
    let given = |record| match record {
        Record::Result(Result { came: Came::Gave(ports), .. }) => ports,
        _ => Vec::new(),
    };
    let stored = |(_, given)| match given {
        Given::Value(kept) => kept.stored,
        Given::Skip(_) => None,
    };
    told(workspace, RUNS[0]).into_iter().flat_map(given).filter_map(stored).collect()
}

/// Returns the text of a value with all that it holds; `None` where a part of it is damaged.
pub fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.to_string()),
        Value::List(list) => {
            let members = list.members().iter().map(|member| text_of(&member.read().ok()?));
            Some(format!("{:?}", members.collect::<Option<Vec<_>>>()?))
        }
        other => Some(format!("{other:?}")),
    }
}

/// Returns a text that cannot be squeezed.
pub fn noise(seed: u64, bytes: usize) -> String {
    let mut raw = vec![0; bytes];
    blake3::Hasher::new().update(&seed.to_le_bytes()).finalize_xof().fill(&mut raw);
    raw.iter().map(|byte| char::from(b'0' + byte % 64)).collect()
}

fn values() -> Vec<Value> {
    let file = File::in_memory(noise(1, 5000).into_bytes(), "a.bin", "application/octet-stream");
    let members = (2..8).map(|seed| Member::Ready(Value::text(noise(seed, 1000)))).collect();
    vec![
        Value::text("short"),
        Value::text(noise(9, 700)),
        Value::text(noise(10, 90_000)),
        Value::File(Arc::new(file)),
        Value::List(Arc::new(List::new(members))),
    ]
}

fn claims() -> Vec<Claim> {
    let claim = |at: u64| Claim::new(Path::new("graph.yaml"), &PathBuf::from(format!("out/{at}.txt")), &hash(at));
    (0..4).map(claim).collect()
}

fn granted() -> (Content, Permissions) {
    let content = Content::of(&BTreeMap::from([("graph.yaml".into(), b"windlass: 1".to_vec())]));
    (content, ["process", "net:a.org"].iter().map(|text| text.parse().unwrap()).collect())
}

fn other_content() -> Content {
    Content::of(&BTreeMap::from([("graph.yaml".into(), b"windlass: 1 # changed".to_vec())]))
}

fn facts() -> Vec<Fact> {
    let fact = |at: u32| {
        let value = hash(at.into()).as_bytes().repeat(1 + at as usize % 5);
        Fact { table: TABLE, key: format!("key {at:03}").into_bytes(), value: Some(value) }
    };
    (0..FACTS).map(fact).collect()
}

/// Returns what each run's journal says; the last was killed.
fn journals(kept: &[Stored]) -> [(&'static str, Vec<Record>); 2] {
    RUNS.map(|run| {
        let mut records = records(run, kept);
        if run == RUNS[1] {
            records.pop();
        }
        (run, records)
    })
}

fn records(run: &str, kept: &[Stored]) -> Vec<Record> {
    let call = Call { folder: "/p".into(), args: vec!["run".into(), "graph.yaml".into()] };
    let note = Some(("ticket".to_owned(), serde_json::json!(["a", 1])));
    let fates = Ended { outcome: Outcome::Finished, emitted: 5, skipped: 0, failed: 1, handled: 0, open: 0, at_ms: 77 };
    vec![
        Record::Began(Box::new(Began { run: run.to_owned(), unix_ms: 1_700_000_000_000, call, ..Began::default() })),
        Record::GraphFile { path: "graph.yaml".into(), content: b"windlass: 1\n".to_vec() },
        listed(kept),
        event(0, What::Admitted { step: 1, key: "0".into() }),
        Record::Noted(Noted { step: "ask".into(), key: "0".into(), note }),
        gave(kept),
        event(1, done(Fate::Emitted)),
        failed(),
        event(2, What::StepFinished { step: 1 }),
        Record::Ended(fates),
    ]
}

fn event(seq: u64, what: What) -> Record {
    Record::Event(Event { seq, at_ms: 3 * seq, what })
}

fn done(fate: Fate) -> What {
    What::Done { step: 1, key: "0".into(), name: "a.txt".into(), fate, took_ms: Some(1.5) }
}

fn gave(kept: &[Stored]) -> Record {
    let ports = (0..).zip(kept).map(|(at, stored)| (format!("out{at}"), value(at, stored))).collect();
    let wrote = Wrote { path: "out/0.txt".into(), content: hash(0).to_hex().to_string(), size_bytes: 3 };
    result(Came::Gave(ports), vec![wrote])
}

fn failed() -> Record {
    let came = Came::Failed { causes: vec!["torn".into()], hint: Some("mend it".into()), attempts: 2 };
    result(came, Vec::new())
}

fn result(came: Came, wrote: Vec<Wrote>) -> Record {
    let inputs = vec![("value".to_owned(), hash(6))];
    let left = Vec::new();
    Record::Result(Result { step: 1, key: "0".into(), fingerprint: hash(7), inputs, took_us: 900, came, wrote, left })
}

/// Returns a result that gave a value which is kept there.
pub fn result_with(number: u64, stored: &Stored) -> Result {
    let came = Came::Gave(vec![("value".to_owned(), value(number, stored))]);
    let (key, fingerprint, inputs, wrote) = (number.to_string(), hash(number), Vec::new(), Vec::new());
    Result { step: 1, key, fingerprint, inputs, took_us: 900, came, wrote, left: Vec::new() }
}

fn listed(kept: &[Stored]) -> Record {
    let file = FileSeen { path: "/p/a.txt".into(), size: 3, mtime_ns: 9, inode: 4 };
    let ports = vec![("file".to_owned(), value(3, &kept[3]))];
    let child = Child { name: Some("a.txt".into()), ports, failure: vec![], file: Some(file) };
    Record::Listed(Listed { step: 0, group: String::new(), first: 0, children: vec![child, Child::default()] })
}

fn value(at: u64, stored: &Stored) -> Given {
    Given::Value(Kept { identity: hash(at), ty: "any".into(), size_bytes: 10, stored: Some(stored.clone()) })
}

fn hash(number: u64) -> Hash {
    blake3::hash(&number.to_le_bytes())
}
