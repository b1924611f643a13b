//! What is told of steps, items and files alike, whatever the form.

use std::path::{Path, PathBuf};

use serde_json::Value as Json;
use windlass_core::identity::of_parts;
use windlass_core::key::Key;
use windlass_core::plan::{Plan, Step, StepId};
use windlass_core::spec::Purity;
use windlass_core::value::{File, Value};
use windlass_store::Past;
use windlass_store::artifacts::Artifacts;
use windlass_store::journal::{Came, FileSeen, Given, Result as Firing, Wrote};
use windlass_store::lineage::{Names, SourceFile, Use, content_of, hash_of};

use crate::report::thousands;

/// A parameter whose value is not the default.
pub struct Param {
    /// Its name.
    pub name: String,
    /// Its value; of a secret the name of the environment variable.
    pub value: Json,
    /// The graph input that set it.
    pub input: Option<String>,
    /// The environment variable that holds it, where it is a secret.
    pub secret: Option<String>,
}

/// Returns the constants of a step that are not the default of its kind.
pub fn params(step: &Step) -> Vec<Param> {
    let secret =
        |name: &str| step.secrets.iter().find(|(secret, _)| &**secret == name).map(|(_, variable)| variable.clone());
    let given = |name: &str| step.given.iter().find(|(given, _)| &**given == name).map(|(_, input)| input.to_string());
    let param = |(name, value): &(std::sync::Arc<str>, Value)| {
        let json = value.to_json().unwrap_or_else(|| value.type_of().to_string().into());
        let is_default = step.spec.param(name).is_some_and(|param| param.default.as_ref() == Some(&json));
        let secret = secret(name);
        let value = if secret.is_some() { Json::Null } else { json };
        (!is_default || secret.is_some()).then(|| Param { name: name.to_string(), value, input: given(name), secret })
    };
    let mut params: Vec<_> = step.constants.iter().filter_map(param).collect();
    for (name, variable) in &step.secrets {
        if !params.iter().any(|param| param.name == **name) {
            let (name, secret) = (name.to_string(), Some(variable.clone()));
            params.push(Param { input: given(&name), name, value: Json::Null, secret });
        }
    }
    params
}

/// How a file is now, against what a run says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stands {
    /// As the run says.
    Same,
    /// It says something else.
    Changed,
    /// It is not there.
    Gone,
}

impl Stands {
    /// Returns the word for programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Changed => "changed",
            Self::Gone => "gone",
        }
    }

    /// Returns how a file that a run wrote is now. Reads it.
    pub fn of_written(wrote: &Wrote) -> Self {
        match std::fs::metadata(&wrote.path) {
            Err(_) => Self::Gone,
            Ok(found) if found.len() != wrote.size_bytes => Self::Changed,
            Ok(_) if hash_of(&wrote.path).is_some_and(|hash| *hash.to_hex() == *wrote.content) => Self::Same,
            Ok(_) => Self::Changed,
        }
    }

    /// Returns how a file that a run took is now, by size, time and number.
    pub fn of_seen(seen: &FileSeen) -> Self {
        match FileSeen::now(&seen.path) {
            None => Self::Gone,
            Some(now) if now == *seen => Self::Same,
            Some(_) => Self::Changed,
        }
    }
}

/// A file that a run began with.
pub struct Source {
    /// Key of the item, where it is one.
    pub key: String,
    /// What the item is called.
    pub name: String,
    /// Where it lies.
    pub path: PathBuf,
    /// Its size in bytes, as far as the run tells.
    pub size_bytes: Option<u64>,
    /// How it is now, as far as that can be told.
    pub stands: Option<Stands>,
    seen: Option<FileSeen>,
    content: Option<blake3::Hash>,
}

impl Source {
    fn listed(SourceFile { key, name, seen }: SourceFile) -> Self {
        let (stands, size_bytes) = (Some(Stands::of_seen(&seen)), Some(seen.size));
        let path = seen.path.clone();
        Self { key: key.to_string(), name, path, size_bytes, stands, seen: Some(seen), content: None }
    }

    /// Returns the hash of its content, where that is still what the run took. Reads the file.
    pub fn content(&self) -> Option<blake3::Hash> {
        self.content.or_else(|| content_of(self.seen.as_ref()?))
    }
}

/// Hands over the files that a step took from outside: children that it found, what one firing opened, or those of rows.
pub fn sources<'a>(
    (plan, past): (&'a Plan, &'a Past),
    step: StepId,
    part: &'a Use,
    artifacts: Option<&'a Artifacts>,
) -> impl Iterator<Item = Source> + 'a {
    let listed = part.sources(plan, past, step).map(Source::listed);
    let reads = plan.steps.get(step).is_some_and(|step| step.spec.purity == Purity::Reads && !step.spec.is_split());
    let opened = reads.then(|| part.results(plan, past, step)).into_iter().flatten();
    let opened = opened.flat_map(move |(key, result)| {
        let Came::Gave(ports) = result.came else { return Vec::new() };
        let files = ports.into_iter().filter_map(|(port, given)| {
            let Given::Value(kept) = given else { return None };
            let Value::File(file) = artifacts?.get(kept.stored.as_ref()?).ok()? else { return None };
            let taken = identities(plan, past, (step, &port), &key);
            Some(of_opened(&file, key.to_string(), &taken))
        });
        files.flatten().collect()
    });
    rows(plan, past, step, part).into_iter().chain(listed).chain(opened)
}

/// Returns what stood for the value of a port where other steps took it: for the same item, or anywhere where it was made once.
fn identities(plan: &Plan, past: &Past, (from, port): (StepId, &str), key: &Key) -> Vec<blake3::Hash> {
    let mut identities = Vec::new();
    for step in &plan.steps {
        let wires =
            step.inputs.iter().filter(|input| input.from == from && *input.from_port == *port && !input.collect);
        for input in wires {
            let is_alike = step.scope == plan.steps[from].scope;
            let one = is_alike.then(|| past.result(&step.name, &key.to_string())).flatten();
            let all = past.step(&step.name).filter(|_| !is_alike && key.depth() == 0);
            let results = one.into_iter().chain(all.into_iter().flat_map(|step| step.results()));
            let of_port = |result: Firing| result.inputs.into_iter().find(|(name, _)| **name == *input.name);
            identities.extend(results.filter_map(of_port).map(|(_, identity)| identity));
        }
    }
    identities
}

/// Returns the files of rows that take part, of a batch that was called with `--each NAME=GLOB`.
fn rows(plan: &Plan, past: &Past, step: StepId, part: &Use) -> Vec<Source> {
    let Some((rows, began)) = plan.rows.get(step).zip(past.began()) else { return Vec::new() };
    let columns = plan.steps[step].spec.outputs.iter();
    let matched = |column: &str| {
        began.matched.iter().find(|(flag, _)| flag.split_once('=').is_some_and(|(name, _)| name == column))
    };
    let Some((port, (_, paths))) = columns.filter_map(|port| Some((&port.name, matched(&port.name)?))).next() else {
        return Vec::new();
    };
    let rows = rows.iter().zip(paths).zip(0..).filter(|(_, place)| part.children.has_last(*place));
    let row = |((name, path), place): ((&String, &PathBuf), u64)| {
        let file_name = path.file_name().unwrap_or_default().to_string_lossy();
        let file = File::on_disk(path, file_name, "application/octet-stream");
        let taken = identities(plan, past, (step, port), &Key::root());
        let source = of_opened(&file, place.to_string(), &taken)?;
        // Another row may have taken what this file says now.
        let stands = source.stands.filter(|stands| *stands != Stands::Changed);
        Some(Source { name: name.clone(), stands, ..source })
    };
    rows.filter_map(row).collect()
}

fn of_opened(file: &File, key: String, taken: &[blake3::Hash]) -> Option<Source> {
    let path = file.path()?;
    let now = hash_of(path);
    let identity = |content: &blake3::Hash| {
        of_parts("windlass file 1", &[file.name.as_bytes(), file.media_type.as_bytes(), content.as_bytes()])
    };
    let content = now.filter(|content| taken.contains(&identity(content)));
    let stands = match (now, content) {
        (None, _) => Some(Stands::Gone),
        (Some(_), Some(_)) => Some(Stands::Same),
        (Some(_), None) if taken.is_empty() => None,
        (Some(_), None) => Some(Stands::Changed),
    };
    let size_bytes = content.and_then(|_| std::fs::metadata(path).ok()).map(|found| found.len());
    Some(Source { key, name: file.name.clone(), path: path.to_owned(), size_bytes, stands, seen: None, content })
}

/// Returns what the firings of a step are for, in words: `once`, ``for `a.jpg` (3)``, `12 times`.
pub fn how_often(names: &Names<'_>, step: StepId, part: &Use) -> String {
    match (part.firings.only(), part.firings.count()) {
        (Some(key), _) if key.depth() == 0 => "once".into(),
        (Some(key), _) => format!("for `{}` ({key})", names.of(step, &key).join("/")),
        (None, Some(0)) => "which found it".into(),
        (None, Some(count)) => format!("{}{} times", up_to(part), thousands(count)),
        (None, None) => format!("{}for each item", if part.is_at_most { "at most " } else { "" }),
    }
}

/// Returns what stands before a number of items of which some may take no part.
pub fn up_to(part: &Use) -> &'static str {
    if part.is_at_most { "up to " } else { "" }
}

/// Returns a path as seen from a folder: relative where it lies below it.
pub fn shown<'a>(path: &'a Path, here: &Path) -> std::path::Display<'a> {
    path.strip_prefix(here).unwrap_or(path).display()
}
