//! The graphs that a graph uses, read and opened one inside the other.

mod loops;

use std::collections::{BTreeMap, HashMap};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use indexmap::IndexMap;

pub(super) use loops::OpenLoop;

use super::super::draft::{DraftNode, DraftParam};
use super::super::{Feed, Request, Written, constant};
use crate::doc::{self, GraphDoc, NodeDoc, Policy, Runs};
use crate::node::Statics;
use crate::problem::{Problem, Span, Spanned};
use crate::secret::Secrets;

/// How deep graphs may use graphs.
const MAX_DEPTH: usize = 32;
/// How many nodes a graph may have, those of used graphs included.
const MAX_NODES: usize = 100_000;

/// Why a graph cannot be used; `None` where that was reported already.
type Refusal = Option<Box<Problem>>;

/// All graphs, the root first, each after the one that uses it.
pub(super) struct Frames {
    pub list: Vec<Frame>,
    pub root_inputs: BTreeMap<String, Feed>,
    /// What the graphs take from the environment.
    pub secrets: Secrets,
}

/// One graph in one place of use.
pub(super) struct Frame {
    pub doc: Arc<GraphDoc>,
    pub folder: Arc<Path>,
    /// Where it is used: the frame and the node's id there.
    pub used_by: Option<(usize, String)>,
    /// The body of a loop: the node that lets its rounds out.
    pub head: Option<usize>,
    /// Its nodes by id.
    pub entries: IndexMap<String, Entry>,
    /// What stands before the ids of its nodes: empty, or `outer/`.
    pub prefix: String,
    /// What holds for its nodes where they say nothing else.
    pub policy: Arc<Policy>,
    /// The files that it lies inside of, itself last.
    stack: Vec<PathBuf>,
}

/// What a node of a document became.
pub(super) enum Entry {
    /// A node of the draft.
    Node(usize),
    /// Another frame.
    Graph(usize),
    /// A loop.
    Loop(OpenLoop),
    /// A graph that could not be read.
    Unknown,
}

/// Opens the graph and every graph that it uses; nodes have no wires yet.
pub(super) fn open(request: &Request<'_>, folder: Arc<Path>, problems: &mut Vec<Problem>) -> (Frames, Vec<DraftNode>) {
    let path = request.doc.path.as_deref().map(|path| constant::absolute(path, &request.caller_folder));
    let root = Frame {
        doc: Arc::new(request.doc.clone()),
        folder,
        used_by: None,
        head: None,
        entries: IndexMap::new(),
        prefix: String::new(),
        policy: Arc::default(),
        stack: path.iter().map(|path| identity(path)).collect(),
    };
    let frames = Frames { list: vec![root], root_inputs: BTreeMap::new(), secrets: Secrets::default() };
    let mut opener = Opener { request, read: HashMap::new(), frames, nodes: Vec::new(), problems };
    let mut next = 0;
    while next < opener.frames.list.len() {
        opener.open_nodes(next);
        next += 1;
    }
    (opener.frames, opener.nodes)
}

struct Opener<'a, 'p> {
    request: &'a Request<'a>,
    read: HashMap<PathBuf, Option<Arc<GraphDoc>>>,
    frames: Frames,
    nodes: Vec<DraftNode>,
    problems: &'p mut Vec<Problem>,
}

impl Opener<'_, '_> {
    fn open_nodes(&mut self, frame: usize) {
        let doc = self.frames.list[frame].doc.clone();
        for (id, node) in &doc.nodes {
            let entry = match &node.runs.value {
                Runs::Kind(kind) => match self.loop_spec(kind) {
                    Some(spec) => self.open_loop(frame, id, node, &spec),
                    None => self.open_node(frame, id, node, kind),
                },
                Runs::Graph(path) => self.open_graph(frame, id, node, path),
            };
            self.frames.list[frame].entries.insert(id.clone(), entry);
        }
    }

    fn open_node(&mut self, frame: usize, id: &str, node: &NodeDoc, kind: &str) -> Entry {
        let opened = &self.frames.list[frame];
        let node = draft_node(&opened.prefix, opened.folder.clone(), id, node, kind);
        self.nodes.push(DraftNode { around: opened.policy.clone(), ..node });
        Entry::Node(self.nodes.len() - 1)
    }

    fn open_graph(&mut self, frame: usize, id: &str, node: &NodeDoc, path: &str) -> Entry {
        match self.try_open_graph(frame, id, node, path) {
            Ok(frame) => {
                self.frames.list.push(frame);
                Entry::Graph(self.frames.list.len() - 1)
            }
            Err(problem) => {
                self.problems.extend(problem.map(|problem| {
                    let name = format!("{}{id}", self.frames.list[frame].prefix);
                    problem.node(name).at(node.runs.span.clone().or(node.span.clone()))
                }));
                Entry::Unknown
            }
        }
    }

    fn try_open_graph(&mut self, frame: usize, id: &str, node: &NodeDoc, path: &str) -> Result<Frame, Refusal> {
        let opened = &self.frames.list[frame];
        let path = constant::absolute(Path::new(path), &opened.folder);
        let me = identity(&path);
        let mut stack = opened.stack.clone();
        let prefix = format!("{}{id}/", opened.prefix);
        refuse_loop(&stack, &me, &self.request.caller_folder)?;
        refuse_excess(stack.len(), self.nodes.len() + self.frames.list.len())?;
        let policy = Arc::new(node.policy.within(&opened.policy));
        if node.policy.bypass {
            self.problems.push(no_bypass(&format!("{}{id}", opened.prefix), node));
        }
        let doc = self.read(&path)?;
        stack.push(me);
        let folder = path.parent().unwrap_or(&path).into();
        Ok(Frame {
            doc,
            folder,
            used_by: Some((frame, id.to_owned())),
            head: None,
            entries: IndexMap::new(),
            prefix,
            policy,
            stack,
        })
    }

    /// Reads a graph once; the error is `None` where its problems were reported.
    fn read(&mut self, path: &Path) -> Result<Arc<GraphDoc>, Refusal> {
        if let Some(known) = self.read.get(path) {
            return known.clone().ok_or(None);
        }
        let shown = path.strip_prefix(&self.request.caller_folder).unwrap_or(path).display().to_string();
        let bytes = self.request.loader.load(path).map_err(|cause| {
            let message = format!("the graph that it uses cannot be read: {cause}: `{shown}`");
            Some(Box::new(Problem::error("uses-unreadable", message)))
        })?;
        let read = doc::read(&shown, &bytes, Some(path));
        self.problems.extend(read.problems);
        let doc = read.doc.map(Arc::new);
        self.read.insert(path.to_owned(), doc.clone());
        doc.ok_or(None)
    }
}

fn draft_node(prefix: &str, folder: Arc<Path>, id: &str, node: &NodeDoc, kind: &str) -> DraftNode {
    let param = |(name, param): (&String, &Spanned<serde_json::Value>)| {
        let written = Written::Json(param.value.clone());
        (name.clone(), DraftParam { written, span: param.span.clone() })
    };
    DraftNode {
        name: format!("{prefix}{id}"),
        title: node.title.clone(),
        kind: Spanned { value: kind.to_owned(), span: node.runs.span.clone() },
        params: node.params.iter().map(param).collect(),
        wires: Vec::new(),
        policy: node.policy.clone(),
        around: Arc::default(),
        in_loop: None,
        has_body: node.body.as_ref().map(|body| body.span.clone()),
        span: node.span.clone().or(node.runs.span.clone()),
        name_spans: node.name_spans.clone(),
        folder,
        spec: None,
        node: None,
        statics: Statics::new(),
        constants: Vec::new(),
        scope: None,
        bound: BTreeMap::new(),
        hands_on: None,
    }
}

fn no_bypass(name: &str, node: &NodeDoc) -> Problem {
    let place: Option<Span> = node.name_spans.get("policy").cloned().or(node.span.clone());
    Problem::error("bypass", "a graph that is used as a node cannot be bypassed")
        .node(name)
        .at(place)
        .hint("`mute: true` skips its items instead; a node inside may be bypassed")
}

fn refuse_loop(stack: &[PathBuf], me: &Path, caller: &Path) -> Result<(), Refusal> {
    let Some(start) = stack.iter().position(|path| path == me) else { return Ok(()) };
    let shown = |path: &Path| format!("`{}`", path.strip_prefix(caller).unwrap_or(path).display());
    let names: Vec<_> = stack[start..].iter().map(|path| shown(path)).chain([shown(me)]).collect();
    let problem = Problem::error("uses-loop", format!("a graph uses itself: {}", names.join(" → ")))
        .hint("what goes round is the body of a loop, `flow.repeat`");
    Err(Some(Box::new(problem)))
}

fn refuse_excess(depth: usize, nodes: usize) -> Result<(), Refusal> {
    if depth >= MAX_DEPTH {
        return Err(Some(Box::new(Problem::error("too-large", format!("graphs are used more than {MAX_DEPTH} deep")))));
    }
    if nodes >= MAX_NODES {
        return Err(Some(Box::new(Problem::error(
            "too-large",
            format!("the graph has more than {MAX_NODES} nodes in all"),
        ))));
    }
    Ok(())
}

/// Returns a path without `.` and `..` parts, by which a graph is known again.
fn identity(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                clean.pop();
            }
            Component::CurDir => {}
            other => clean.push(other),
        }
    }
    clean
}
