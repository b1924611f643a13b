//! From a path on the command line to a compiled graph with all its problems.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use windlass_core::doc::{self, GraphDoc, Loader};
use windlass_core::node::{NodeError, explain_io};
use windlass_core::plan::{Compiled, Given, Mode, Plan, Request, compile};
use windlass_core::problem::{Problem, Severity, nearest, render};
use windlass_core::registry::Registry;
use windlass_store::Content;

use crate::cli::Changes;
use crate::exit::Exit;
use crate::origin::{Origin, below, folder_of};
use crate::report::count;
use crate::terminal::{Paint, err_line, one_line};

/// More than any graph needs; the reader's own budget is smaller.
const MAX_FILE_BYTES: u64 = 64 << 20;

/// A graph as far as it could be read and compiled.
pub struct Loaded {
    /// The plan; `None` where there are errors.
    pub plan: Option<Plan>,
    /// All errors and warnings, sorted by place.
    pub problems: Vec<Problem>,
    /// What the graph and the files that it refers to say.
    pub content: Content,
    /// Those files, by their path below the graph's folder.
    pub files: BTreeMap<PathBuf, Vec<u8>>,
}

impl Loaded {
    fn broken(problems: Vec<Problem>) -> Self {
        Self { plan: None, problems, content: Content::of(&BTreeMap::new()), files: BTreeMap::new() }
    }

    /// Returns the plan of a graph that is to be used, after its problems are shown.
    ///
    /// # Errors
    /// Says how the program ends where there is no plan.
    pub fn into_plan(self, path: &Path) -> Result<Plan, Exit> {
        show_problems(&self.problems);
        self.plan.ok_or_else(|| {
            err_line(&format!("{}: {}; nothing ran", one_line(&path.display().to_string()), counted(&self.problems)));
            Exit::Wrong
        })
    }
}

/// Reads and compiles a graph with the caller's changes. What is wrong with it, the file included, is in
/// [`Loaded::problems`].
///
/// # Errors
/// Says that the current folder is gone.
pub fn load(path: &Path, changes: &Changes, mode: Mode, registry: &Registry) -> anyhow::Result<Loaded> {
    Ok(load_varying(path, (changes, &BTreeSet::new()), mode, registry, &Origin::disk()?))
}

/// Does the same for a graph that is to run under rows, which give some inputs their values, wherever it comes from.
pub fn load_varying(
    path: &Path,
    changes: (&Changes, &BTreeSet<String>),
    mode: Mode,
    registry: &Registry,
    origin: &Origin,
) -> Loaded {
    let bytes = match origin.read(path) {
        Ok(bytes) => bytes,
        Err(cause) => return Loaded::broken(vec![unreadable(path, &cause)]),
    };
    let full = origin.full(path);
    let read = doc::read(&path.display().to_string(), &bytes, Some(&full));
    let mut problems = read.problems;
    let Some(doc) = read.doc else { return Loaded::broken(problems) };
    let files = Files::new(origin, &full, bytes);
    let compiled = compiled(&doc, changes, mode, registry, &files);
    problems.extend(compiled.problems);
    let wrong = problems.iter().any(|problem| problem.severity == Severity::Error);
    let files = files.brought.into_inner();
    Loaded { plan: compiled.plan.filter(|_| !wrong), problems, content: Content::of(&files), files }
}

fn compiled(
    doc: &GraphDoc,
    (changes, varying): (&Changes, &BTreeSet<String>),
    mode: Mode,
    registry: &Registry,
    files: &Files<'_>,
) -> Compiled {
    let caller_folder = files.origin.here().to_owned();
    let inputs = changes.inputs.iter().map(|input| (input.name.clone(), Given::Text(input.value.clone())));
    let sets = changes.settings.iter().map(|setting| (setting.target.clone(), setting.value.clone()));
    let request = Request {
        inputs: inputs.collect(),
        sets: sets.collect(),
        varying: varying.clone(),
        out_folder: changes.out.as_ref().map(|folder| caller_folder.join(folder)),
        seed: changes.seed.or(files.origin.seed()),
        caller_folder,
        env: &|name| std::env::var_os(name),
        mode,
        ..Request::new(doc, registry, files)
    };
    compile(&request)
}

/// Brings the files that a graph refers to, and keeps what they say.
struct Files<'a> {
    origin: &'a Origin,
    folder: PathBuf,
    brought: RefCell<BTreeMap<PathBuf, Vec<u8>>>,
}

impl<'a> Files<'a> {
    fn new(origin: &'a Origin, graph: &Path, bytes: Vec<u8>) -> Self {
        let files = Self { origin, folder: folder_of(graph), brought: RefCell::default() };
        files.keep(graph, bytes);
        files
    }

    fn keep(&self, path: &Path, bytes: Vec<u8>) {
        self.brought.borrow_mut().insert(below(&self.folder, path), bytes);
    }
}

impl Loader for Files<'_> {
    fn load(&self, path: &Path) -> Result<Vec<u8>, String> {
        // The planner names the path itself, so that only the innermost cause is news.
        let bytes = self.origin.read(path).map_err(|error| error.causes().last().cloned().unwrap_or_default())?;
        self.keep(path, bytes.clone());
        Ok(bytes)
    }
}

/// Reads a regular file; anything else could make the program wait for ever.
pub fn read_file(path: &Path) -> Result<Vec<u8>, NodeError> {
    let explained = |error| explain_io("read", path, &error);
    let refused = |why: String| NodeError::new(why).within(format!("cannot read `{}`", path.display()));
    match std::fs::metadata(path).map_err(explained)? {
        it if it.is_dir() => Err(refused("it is a folder".into())),
        it if !it.is_file() => Err(refused("it is not a regular file".into())),
        it if it.len() > MAX_FILE_BYTES => Err(refused(format!("it is larger than {} MiB", MAX_FILE_BYTES >> 20))),
        _ => contents(path).map_err(explained),
    }
}

fn contents(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_FILE_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn unreadable(path: &Path, error: &NodeError) -> Problem {
    let hint = neighbour(path).or_else(|| error.hint_text().map(str::to_owned));
    Problem::error("unreadable", error.to_string()).maybe_hint(hint)
}

/// Suggests a graph that lies where the missing one was looked for.
fn neighbour(path: &Path) -> Option<String> {
    if path.is_dir() {
        let graph = graphs_in(path).into_iter().next()?;
        return Some(format!("name a graph in it, like `{}`", graph.display()));
    }
    if path.exists() {
        return None;
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let graphs = graphs_in(folder);
    let names = graphs.iter().filter_map(|graph| graph.file_name()?.to_str());
    let near = nearest(path.file_name()?.to_str()?, names);
    Some(near.map_or("`windlass new` starts a graph".into(), |name| format!("did you mean `{name}`?")))
}

fn graphs_in(folder: &Path) -> Vec<PathBuf> {
    let is_graph = |path: &PathBuf| path.extension().is_some_and(|ext| ext == "yaml" || ext == "yml" || ext == "json");
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut graphs: Vec<_> = entries.map(|entry| entry.path()).filter(is_graph).collect();
    graphs.sort();
    graphs
}

fn show_problems(problems: &[Problem]) {
    let paint = Paint::stderr();
    for problem in problems {
        err_line(render(problem, paint.is_on()).trim_end());
    }
}

/// Returns `2 errors, 1 warning`.
pub fn counted(problems: &[Problem]) -> String {
    let of = |severity| problems.iter().filter(|problem| problem.severity == severity).count() as u64;
    match (of(Severity::Error), of(Severity::Warning)) {
        (0, 0) => "no problems".into(),
        (errors, 0) => count(errors, "error"),
        (0, warnings) => count(warnings, "warning"),
        (errors, warnings) => format!("{}, {}", count(errors, "error"), count(warnings, "warning")),
    }
}
