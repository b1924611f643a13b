//! Batches and sweeps: outermost scopes that a run has beside those of its graph. What does not depend on a row is
//! computed once, and handed out again under each row where it lies in a scope.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use super::constant::{self, Base, short};
use super::{Given, LoopPart, OutputSource, Plan, Replays, Step, StepId, StepInput, StepPolicy};
use crate::about::About;
use crate::context::Ctx;
use crate::node::{Child, Emission, ErasedChildren, ErasedNode, FireFuture, Outcome, Statics};
use crate::problem::{Problem, nearest};
use crate::spec::{PortSpec, Spec};
use crate::types::Type;
use crate::value::{Bag, Value};

/// The port that gives the name of each row, which no column can have.
const ROW: &str = "(row)";

/// One outermost scope of a run: the rows of a batch, or the values of a sweep.
#[derive(Clone, Debug)]
pub struct Rows {
    /// What the scope is called: `--each`, `--sweep size`.
    pub name: String,
    /// What is set: names of graph inputs, or `node.param`.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<Row>,
}

/// One row.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its name, which differs from those of all other rows.
    pub name: String,
    /// What is set to what, in the order of the columns.
    pub values: Vec<Given>,
}

/// A scope of rows with the values read by the types that they are for.
struct Level {
    name: String,
    columns: Vec<(Arc<str>, Type)>,
    rows: Vec<(String, Vec<Value>)>,
}

/// A constant of a step that a column sets.
struct Bound {
    level: usize,
    column: Arc<str>,
    name: Arc<str>,
}

impl Plan {
    /// Runs the plan under rows, the first of them outermost. Texts are read by the types that they are for; paths in
    /// them are relative to `caller_folder`.
    ///
    /// # Errors
    /// Names what is set and does not exist, or cannot vary, and values that do not fit.
    pub fn under(&mut self, all: &[Rows], caller_folder: &Path) -> Result<(), Box<Problem>> {
        let levels = all.iter().map(|rows| self.read(rows, caller_folder)).collect::<Result<Vec<_>, _>>()?;
        let bound = self.bind(&levels)?;
        let depths = self.depths(&bound);
        let count = levels.len();
        self.renumber(|step| *step += count);
        self.take_constants(&bound, &levels);
        for (at, step) in self.steps.iter_mut().enumerate() {
            step.lie_under(at, &depths, count);
            step.be_told_rows();
        }
        self.hand_out(&levels, &depths);
        let around = levels.into_iter().enumerate().map(|(at, level)| level.into_step(at));
        self.steps = around.chain(std::mem::take(&mut self.steps)).collect();
        self.settle();
        Ok(())
    }

    fn read(&self, rows: &Rows, caller_folder: &Path) -> Result<Level, Box<Problem>> {
        let types = rows.columns.iter().map(|column| self.type_of_column(rows, column));
        let types = types.collect::<Result<Vec<_>, _>>()?;
        let read = |row: &Row| {
            let cells = row.values.iter().zip(&types).zip(&rows.columns);
            let values = cells.map(|((given, ty), column)| {
                read(given, ty, caller_folder).map_err(|cause| {
                    let message = format!("`{}`, row `{}`: `{column}`: {cause}", rows.name, row.name);
                    Box::new(Problem::error("bad-row", message))
                })
            });
            Ok((row.name.clone(), values.collect::<Result<Vec<_>, Box<Problem>>>()?))
        };
        Ok(Level {
            name: rows.name.clone(),
            columns: rows.columns.iter().map(|column| Arc::from(column.as_str())).zip(types.iter().cloned()).collect(),
            rows: rows.rows.iter().map(read).collect::<Result<_, Box<Problem>>>()?,
        })
    }

    fn type_of_column(&self, rows: &Rows, column: &str) -> Result<Type, Box<Problem>> {
        if let Some(input) = self.inputs.iter().find(|input| *input.name == *column) {
            return Ok(input.ty.clone());
        }
        let param = column.rsplit_once('.').and_then(|(node, param)| {
            let step = self.steps.iter().find(|step| step.name == node)?;
            Some(step.type_of_constant(param)?.clone())
        });
        param.ok_or_else(|| {
            let message = format!("`{}` sets `{column}`, which the graph does not have", rows.name);
            let near = nearest(column, self.inputs.iter().map(|input| &*input.name));
            let near = near.map(|near| format!("did you mean `{near}`?"));
            Box::new(Problem::error("no-such-column", message).maybe_hint(near))
        })
    }

    /// Finds the constants that the columns set.
    fn bind(&self, levels: &[Level]) -> Result<Vec<Vec<Bound>>, Box<Problem>> {
        let of_step = |step: &Step| {
            let mut bound = Vec::new();
            for (level, rows) in levels.iter().enumerate() {
                for (at, (column, _)) in rows.columns.iter().enumerate() {
                    for name in step.set_by(column) {
                        step.may_vary(&name, column, &rows.name)?;
                        rows.fits(at, step, &name)?;
                        bound.push(Bound { level, column: column.clone(), name });
                    }
                }
            }
            Ok(bound)
        };
        self.steps.iter().map(of_step).collect()
    }

    /// Returns how many levels of rows each step lies inside of: as many as what feeds it, and all parts of a loop as
    /// many as the deepest of them.
    fn depths(&self, bound: &[Vec<Bound>]) -> Vec<usize> {
        let own = bound.iter().map(|bound| bound.iter().map(|bound| bound.level + 1).max().unwrap_or(0));
        let mut depths: Vec<usize> = own.collect();
        loop {
            let before = depths.clone();
            for (at, step) in self.steps.iter().enumerate() {
                let feeding = step.inputs.iter().map(|input| depths[input.from]);
                depths[at] = feeding.max().unwrap_or(0).max(depths[at]);
                let loops = self.loops_around(step);
                let deepest = loops.clone().map(|head| depths[head]).chain([depths[at]]).max().unwrap_or(0);
                depths[at] = deepest;
                loops.for_each(|head| depths[head] = deepest);
            }
            if before == depths {
                return depths;
            }
        }
    }

    /// Returns the heads of the loops that a step is part of.
    fn loops_around<'a>(&'a self, step: &'a Step) -> impl Iterator<Item = StepId> + Clone + 'a {
        let around = step.scope.iter().copied().filter(|split| self.steps[*split].is_loop_head());
        around.chain(match step.in_loop {
            Some(LoopPart::Result { head }) => Some(head),
            _ => None,
        })
    }

    /// Puts wires of the rows in place of the constants that they set.
    fn take_constants(&mut self, bound: &[Vec<Bound>], levels: &[Level]) {
        for (step, bound) in self.steps.iter_mut().zip(bound) {
            for set in bound {
                let ty = step.type_of_constant(&set.name).cloned().unwrap_or(Type::Any);
                step.constants.retain(|(name, _)| *name != set.name);
                step.inputs.push(wire(set.name.clone(), set.level, set.column.clone(), ty));
            }
        }
        debug_assert!(bound.iter().flatten().all(|set| set.level < levels.len()), "each constant has its rows");
    }

    /// Lets the outputs of the graph lie under the rows.
    fn hand_out(&mut self, levels: &[Level], depths: &[usize]) {
        for output in &mut self.outputs {
            match &mut output.from {
                OutputSource::Port { step, .. } => {
                    let depth = depths[*step - levels.len()];
                    output.scope.splice(0..0, 0..depth);
                }
                OutputSource::Constant { input: Some(input), .. } => {
                    let sets = |level: &Level| level.columns.iter().any(|(column, _)| column == input);
                    if let Some(level) = levels.iter().position(sets) {
                        output.from = OutputSource::Port { step: level, port: input.clone() };
                        output.scope = (0..=level).collect();
                    }
                }
                OutputSource::Constant { input: None, .. } => {}
            }
        }
    }
}

impl Step {
    /// Returns the constants that a column sets.
    fn set_by(&self, column: &str) -> Vec<Arc<str>> {
        let own = column.rsplit_once('.').filter(|(node, _)| *node == self.name).map(|(_, param)| param.into());
        let given = self.given.iter().filter(|(_, input)| **input == *column).map(|(name, _)| name.clone());
        own.into_iter().chain(given).collect()
    }

    fn type_of_constant(&self, name: &str) -> Option<&Type> {
        let port = self.spec.input(name).map(|port| &port.ty);
        port.or_else(|| self.spec.param(name).map(|param| &param.ty))
    }

    fn may_vary(&self, name: &str, column: &str, rows: &str) -> Result<(), Box<Problem>> {
        let param = self.spec.param(name);
        let why = if self.inputs.iter().any(|input| *input.name == *name) {
            "a wire feeds it"
        } else if param.is_some_and(|param| param.is_static) {
            "it shapes the node, so that it is set once for a run"
        } else if param.is_some_and(|param| param.is_path_template) {
            "it is a path template; what is written lies in a folder for each row anyway"
        } else if self.spec.input(name).is_some_and(|port| port.variadic) {
            "it takes a list of references; put the graph input into a node of its own, `flow.constant`"
        } else {
            return Ok(());
        };
        let message = format!("`{rows}` cannot set `{column}`: `{}.{name}` cannot vary, because {why}", self.name);
        Err(Box::new(Problem::error("cannot-vary", message).node(self.name.clone())))
    }

    /// Wires the rows to a step that lies under them for the sake of others: the head of a loop whose body depends on
    /// them.
    fn be_told_rows(&mut self) {
        let rows = &self.scope[..self.rows];
        let is_told = self.inputs.iter().any(|input| input.replays.is_none() && input.scope_inside().starts_with(rows));
        if let Some(level) = self.rows.checked_sub(1).filter(|_| !is_told) {
            self.inputs.push(row_wire(level));
        }
    }

    /// Moves the step and its wires under the rows that it depends on.
    fn lie_under(&mut self, at: StepId, depths: &[usize], count: usize) {
        let depth = depths[at];
        self.rows = depth;
        self.scope.splice(0..0, 0..depth);
        for input in self.inputs.iter_mut().filter(|input| input.from >= count) {
            let from = depths[input.from - count];
            let is_again = from < depth && !input.scope_inside().is_empty();
            let around = if is_again { depth } else { from };
            input.scope.splice(0..0, 0..around);
            input.replays = is_again.then_some(Replays { at: from, levels: depth - from });
        }
    }
}

impl Level {
    /// Says whether a value of a column does not fit what it sets.
    fn fits(&self, column: usize, step: &Step, name: &str) -> Result<(), Box<Problem>> {
        let Some(ty) = step.type_of_constant(name) else { return Ok(()) };
        let wrong = self.rows.iter().find(|(_, values)| {
            let value = values.get(column).cloned().unwrap_or(Value::Absent);
            constant::coerce(value, ty, Base::Folder(Path::new("/"))).is_none()
        });
        let Some((row, values)) = wrong else { return Ok(()) };
        let found = values.get(column).and_then(Value::to_json).map_or(String::new(), |json| short(&json.to_string()));
        let message =
            format!("`{}`, row `{row}`: `{}.{name}` takes `{ty}`, and `{found}` is given", self.name, step.name);
        Err(Box::new(Problem::error("bad-row", message).node(step.name.clone())))
    }

    /// Makes the step that lets the rows out; it is step `at` of the plan.
    fn into_step(self, at: usize) -> Step {
        let spec = self.spec(at);
        Step {
            name: self.name.clone(),
            title: self.name.clone(),
            scope: (0..at).collect(),
            constants: Vec::new(),
            secrets: Vec::new(),
            inputs: at.checked_sub(1).map(row_wire).into_iter().collect(),
            policy: StepPolicy::default(),
            statics: Statics::default(),
            output_types: spec.outputs.iter().map(|port| port.ty.clone()).collect(),
            error_wired: false,
            in_loop: None,
            phase: 0,
            given: Vec::new(),
            rows: at,
            spec: Arc::new(spec),
            node: Arc::new(Node {
                columns: self.columns.into_iter().map(|(column, _)| column.to_string().into()).collect(),
                rows: self.rows.into(),
            }),
        }
    }

    fn spec(&self, at: usize) -> Spec {
        let about = About::new("run.rows", &self.name, "The rows of a batch, or the values of a sweep.").split(true);
        let mut spec = about.into_spec();
        if at > 0 {
            spec.inputs.push(PortSpec::new(ROW, Type::text(), "The row around these."));
        }
        let columns = self.columns.iter().map(|(column, ty)| (&**column, ty.clone()));
        for (name, ty) in [(ROW, Type::text())].into_iter().chain(columns) {
            spec.outputs.push(PortSpec { many: true, ..PortSpec::new(name, ty, "What the row sets.") });
        }
        spec
    }
}

/// Makes the wire that tells a step the rows of a level.
fn row_wire(level: usize) -> StepInput {
    wire(ROW.into(), level, ROW.into(), Type::text())
}

fn wire(name: Arc<str>, level: usize, from_port: Arc<str>, ty: Type) -> StepInput {
    StepInput {
        name,
        position: 0,
        variadic: false,
        from: level,
        from_port,
        scope: (0..=level).collect(),
        collect: false,
        ty,
        parks: None,
        replays: None,
    }
}

fn read(given: &Given, ty: &Type, folder: &Path) -> Result<Value, String> {
    let base = Base::Folder(folder);
    match given {
        Given::Text(text) => constant::from_text(text, ty, base),
        Given::Value(value) => constant::coerce(value.clone(), ty, base)
            .ok_or_else(|| format!("expected `{ty}`, found `{}`", value.type_of())),
    }
}

/// The node that lets rows out.
struct Node {
    columns: Vec<Cow<'static, str>>,
    rows: Arc<[(String, Vec<Value>)]>,
}

impl ErasedNode for Node {
    fn fire<'a>(&'a self, _: Bag, _: &'a Ctx) -> FireFuture<'a> {
        let (columns, rows) = (self.columns.clone(), self.rows.clone());
        let child = move |at: usize| {
            let (name, values) = &rows[at];
            let cells = columns.iter().cloned().zip(values.iter().cloned().map(Outcome::Value));
            let row = (ROW.into(), Outcome::Value(Value::text(name.as_str())));
            Child { name: Some(name.clone()), ports: std::iter::once(row).chain(cells).collect(), failure: None }
        };
        let children = ErasedChildren::known((0..self.rows.len()).map(child));
        Box::pin(async move { Ok(Emission { children: Some(children), ..Emission::default() }) })
    }
}
