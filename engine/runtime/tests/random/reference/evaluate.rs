//! Goes through the steps in order, and through the keys of each in order.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use windlass_core::key::Key;
use windlass_core::node::{Child, Emission, NodeError, Outcome};
use windlass_core::plan::{OutputSource, Plan, Step, StepId, StepInput};
use windlass_core::spec::PortSpec;
use windlass_core::value::{Failure, Value};

use super::fire::{failure, fire};
use super::join::{Cell, Marker, Verdict, gather, judge};
use super::rounds::End;
use super::{At, Expected, Fate};

/// What is known so far.
pub struct Evaluation<'a> {
    pub plan: &'a Plan,
    pub runtime: tokio::runtime::Runtime,
    pub expected: Expected,
    cells: HashMap<(StepId, Arc<str>), HashMap<Key, Cell>>,
    pub causes: HashMap<At, Marker>,
    /// What is known about items that failed, and about groups that did at their end.
    failures: HashMap<At, Arc<Failure>>,
    /// Splits whose failure nobody will see.
    forgiven: BTreeSet<At>,
    /// Firings whose question nobody answers.
    open: BTreeSet<At>,
    /// Steps that were gone through, each with the round that it lies inside of.
    pub visited: HashSet<(StepId, Key)>,
    /// How rounds ended, by the head of their loop.
    pub ended: HashMap<At, End>,
    /// Under how many levels of rows each step lies.
    rows: Vec<usize>,
    /// How many levels there are: so many steps come first.
    levels: usize,
}

/// Returns what a run of a plan must end as. The plan's nodes are fired, so each use needs a plan of its own. Questions
/// are answered, except those that are to stay `open`.
///
/// A group that breaks off after a take had enough of it is cut before that; what follows from it is worked out anew.
pub fn evaluate(plan: impl Fn() -> Plan, open: &BTreeSet<At>) -> Expected {
    let mut forgiven = BTreeSet::new();
    loop {
        let expected = evaluate_once(&plan(), &forgiven, open);
        let is_broken = |at: &&At| expected.groups[*at].1 && matches!(expected.fates.get(at), Some(Fate::Failed(_)));
        let more: Vec<_> = expected.cuts.keys().filter(is_broken).cloned().collect();
        if more.is_empty() {
            return expected;
        }
        forgiven.extend(more);
    }
}

fn evaluate_once(plan: &Plan, forgiven: &BTreeSet<At>, open: &BTreeSet<At>) -> Expected {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let rows = plan.steps.iter().map(|step| step.rows).collect();
    let levels = plan.steps.iter().filter(|step| step.spec.kind == "run.rows").count();
    let mut evaluation = Evaluation {
        plan,
        rows,
        levels,
        runtime,
        expected: Expected::default(),
        cells: HashMap::new(),
        causes: HashMap::new(),
        failures: HashMap::new(),
        visited: HashSet::new(),
        forgiven: forgiven.clone(),
        open: open.clone(),
        ended: HashMap::new(),
    };
    for id in 0..plan.steps.len() {
        if evaluation.innermost(id).is_none() {
            evaluation.visit(id, &Key::root());
        }
    }
    for output in &plan.outputs {
        let OutputSource::Port { step, port } = &output.from else { continue };
        let cells = evaluation.cells.get(&(*step, port.clone())).into_iter().flatten();
        let values = cells.filter_map(|(key, cell)| Some((key.clone(), cell.as_ref().ok()?.to_json()?)));
        evaluation.expected.outputs.extend(values.map(|(key, value)| ((output.name.clone(), key), value)));
    }
    evaluation.expected
}

impl Evaluation<'_> {
    /// Returns what stands on a wire for a key.
    pub fn cell(&self, input: &StepInput, key: &Key) -> Cell {
        let key = input.replays.map_or(key.clone(), |replays| without(key, replays.at, replays.levels));
        self.cells[&(input.from, input.from_port.clone())][&key].clone()
    }

    /// Returns what is known about an item that failed.
    pub fn failure(&self, at: &At) -> Value {
        let of_child = || {
            assert!(matches!(self.expected.fates.get(at), Some(Fate::Failed(1))), "{at:?} did not fail");
            failure(&self.plan.steps[at.0], &at.1, &[NodeError::new("a child that cannot be had")])
        };
        Value::Failure(self.failures.get(at).cloned().unwrap_or_else(of_child))
    }

    /// Returns the size of the group that a collecting wire takes, and why it cannot be taken.
    pub fn group(&self, input: &StepInput, key: &Key) -> (u64, Option<Marker>) {
        let at = self.opener(&input.scope, input.scope.len() - 1, key);
        (self.expected.groups[&at].0, self.causes.get(&at).cloned())
    }

    /// Returns the keys of a scope that lie inside of a round.
    pub fn keys(&self, scope: &[StepId], round: &Key) -> Vec<Key> {
        (round.depth()..scope.len()).fold(vec![round.clone()], |keys, depth| {
            let children = |key: Key| {
                let count = self.expected.groups[&self.opener(scope, depth, &key)].0;
                (0..count).map(move |index| key.child(index))
            };
            keys.into_iter().flat_map(children).collect()
        })
    }

    /// Returns the item that opened a group: it may have run once for all rows.
    pub fn opener(&self, scope: &[StepId], depth: usize, group: &Key) -> At {
        let (split, own) = (scope[depth], self.rows[scope[depth]]);
        let rows = scope[..depth].iter().take_while(|step| **step < self.levels).count();
        (split, without(group, own, rows.saturating_sub(own)))
    }

    pub fn step(&mut self, id: StepId, key: Key) {
        let step = &self.plan.steps[id];
        let inputs = gather(self, step, &key);
        let at = (id, key.clone());
        match judge(self, step, &inputs) {
            Verdict::Skipped(marker) => self.skipped(at, step, marker),
            Verdict::Refused => self.failed(at, step, failure(step, &key, &[]), Vec::new()),
            Verdict::Fires { bag, .. } if step.is_loop_head() => self.rounds(id, &key, bag),
            Verdict::Fires { bag, taken_up } => {
                if !inputs.incomplete.is_empty() {
                    let counts = inputs.incomplete.values();
                    let sum = counts.fold((0, 0), |sum, counts| (sum.0 + counts.0, sum.1 + counts.1));
                    self.expected.incomplete.insert(at.clone(), sum);
                }
                self.expected.handled.extend(taken_up);
                if self.is_open(&at) {
                    return self.skipped(at, step, Marker::Open);
                }
                let firing = fire(&self.runtime, id, step, &key, &bag, None);
                if !firing.lines.is_empty() {
                    self.expected.lines.insert(at.clone(), firing.lines);
                }
                match firing.result {
                    Ok(emission) => {
                        self.round_ended(id, &key, End::of(&emission, &bag));
                        self.emitted(at, step, emission, firing.children);
                    }
                    Err(_) if self.forgiven.contains(&at) => {
                        self.emitted(at, step, Emission::default(), firing.children)
                    }
                    Err(failure) => self.failed(at, step, failure, firing.children),
                }
            }
        }
    }

    /// Returns whether a firing asks, and nobody answers.
    pub fn is_open(&self, at: &At) -> bool {
        self.open.contains(at)
    }

    pub fn skipped(&mut self, at: At, step: &Step, marker: Marker) {
        self.skipped_with(at, step, marker, Vec::new());
    }

    /// Skips what would have been the rest of a group: children that were given before stand.
    pub fn skipped_with(&mut self, at: At, step: &Step, marker: Marker, children: Vec<Child>) {
        self.round_ended(at.0, &at.1, End::Broke(marker.clone()));
        let (fate, error) = match marker {
            Marker::Skip => (Fate::Skipped, Marker::Skip),
            Marker::Failure(_) => (Fate::Upstream, Marker::Skip),
            Marker::Open => (Fate::Open, Marker::Open),
        };
        self.expected.fates.insert(at.clone(), fate);
        self.put_error(&at, step, Err(error));
        self.mark(&at, step, &marker);
        self.close(&at, step, children, Some(marker));
    }

    pub fn failed(&mut self, at: At, step: &Step, failure: Arc<Failure>, children: Vec<Child>) {
        self.round_ended(at.0, &at.1, End::Broke(Marker::Failure(at.clone())));
        let tries = u32::try_from(failure.attempts.len()).unwrap().max(1);
        self.expected.fates.insert(at.clone(), Fate::Failed(tries));
        if step.error_wired && !is_end(step, &at.1) {
            self.expected.handled.insert(at.clone());
        }
        self.put_error(&at, step, Ok(Value::Failure(failure.clone())));
        self.failures.insert(at.clone(), failure);
        let marker = Marker::Failure(at.clone());
        self.mark(&at, step, &marker);
        self.close(&at, step, children, Some(marker));
    }

    pub fn emitted(&mut self, at: At, step: &Step, emission: Emission, children: Vec<Child>) {
        self.put_error(&at, step, Err(Marker::Skip));
        let plain: Vec<_> = ports(step, &at.1).collect();
        let mut any = plain.is_empty();
        for port in plain {
            let cell = outcome(&emission.ports, &port.name);
            any |= cell.is_ok();
            self.put(&at, &port.name, cell);
        }
        self.expected.fates.insert(at.clone(), if any { Fate::Emitted } else { Fate::Skipped });
        self.close(&at, step, children, None);
    }

    /// Puts a marker on all ports that lie in the step's own scope.
    fn mark(&mut self, at: &At, step: &Step, marker: &Marker) {
        for port in ports(step, &at.1) {
            self.put(at, &port.name, Err(marker.clone()));
        }
    }

    /// Lets the children of a split go, and closes their group.
    fn close(&mut self, at: &At, step: &Step, children: Vec<Child>, cause: Option<Marker>) {
        let many: Vec<_> = step.spec.outputs.iter().filter(|port| port.many).collect();
        if many.is_empty() || (step.spec.is_ordered() && !is_end(step, &at.1)) {
            return;
        }
        self.expected.groups.insert(at.clone(), (children.len() as u64, cause.is_some()));
        self.causes.extend(cause.map(|cause| (at.clone(), cause)));
        for (index, _) in children.iter().enumerate().filter(|(_, child)| child.failure.is_some()) {
            self.expected.fates.insert((at.0, at.1.child(index as u64)), Fate::Failed(1));
        }
        for port in many {
            self.cells.entry((at.0, port.name.as_str().into())).or_default();
            for (index, child) in children.iter().enumerate() {
                let of_child = (at.0, at.1.child(index as u64));
                let cell = match child.failure {
                    Some(_) => Err(Marker::Failure(of_child.clone())),
                    None => outcome(&child.ports, &port.name),
                };
                self.put(&of_child, &port.name, cell);
            }
        }
    }

    fn put_error(&mut self, at: &At, step: &Step, cell: Cell) {
        if !is_end(step, &at.1) {
            self.put(at, "error", cell);
        }
    }

    pub fn put(&mut self, at: &At, port: &str, cell: Cell) {
        self.cells.entry((at.0, port.into())).or_default().insert(at.1.clone(), cell);
    }
}

/// Returns whether a key is that of a group that an ordered step goes through.
pub fn is_end(step: &Step, key: &Key) -> bool {
    step.spec.is_ordered() && key.depth() < step.scope.len()
}

/// Returns the ports that an item gives something on; at the end of a group these are others.
fn ports<'a>(step: &'a Step, key: &Key) -> impl Iterator<Item = &'a PortSpec> + use<'a> {
    let at_end = is_end(step, key);
    step.spec.outputs.iter().filter(move |port| !port.many && port.at_end == at_end)
}

fn outcome(ports: &[(std::borrow::Cow<'static, str>, Outcome)], name: &str) -> Cell {
    match ports.iter().find(|(port, _)| port == name) {
        Some((_, Outcome::Value(value))) => Ok(value.clone()),
        _ => Err(Marker::Skip),
    }
}

/// Returns a key without some of its levels.
fn without(key: &Key, at: usize, levels: usize) -> Key {
    key.places()[at + levels..].iter().fold(key.prefix(at), |key, place| key.child(*place))
}
