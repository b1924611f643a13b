//! Batches and sweeps: outermost scopes that a run has beside those of its graph. What does not depend on a row is
//! computed once, and handed out again under each row where it lies in a scope.

mod level;

use std::path::PathBuf;
use std::sync::Arc;

use super::{Given, LoopPart, OutputSource, Plan, Replays, Step, StepId, StepInput};
use crate::problem::{Problem, Span, nearest};
use crate::types::Type;
use level::Level;

/// More rows than one run can be asked for, of all scopes multiplied.
const MAX_ROWS: usize = 100_000;

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
    /// Absolute folder that relative paths in the rows are relative to.
    pub folder: PathBuf,
}

/// One row.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its name. What is written under the row lies in a folder of this name: characters that no folder can have become
    /// `_`, and repeated names get `~2`, `~3`.
    pub name: String,
    /// What is set to what, in the order of the columns.
    pub values: Vec<Given>,
    /// Where it stands.
    pub place: Option<Span>,
}

/// A constant of a step that a column sets.
struct Bound {
    level: usize,
    column: Arc<str>,
    name: Arc<str>,
}

impl Plan {
    /// Runs the plan under rows, the first of them outermost. Texts are read by the types that they are for.
    ///
    /// # Errors
    /// Names what is set and does not exist, cannot vary, is set twice or has no effect, scopes without a row or with too
    /// many, and values that do not fit.
    pub fn under(&mut self, all: &[Rows]) -> Result<(), Box<Problem>> {
        refuse_counts(all)?;
        refuse_repeated(all)?;
        let levels = all.iter().map(|rows| Level::read(rows, self)).collect::<Result<Vec<_>, _>>()?;
        let bound = self.bind(&levels)?;
        self.refuse_idle(&levels, &bound)?;
        let depths = self.depths(&bound);
        let count = levels.len();
        self.renumber(|step| *step += count);
        self.take_constants(&bound);
        for (at, step) in self.steps.iter_mut().enumerate() {
            step.lie_under(at, &depths, count);
            step.be_told_rows();
        }
        self.hand_out(&levels, &depths);
        self.rows = levels.iter().map(Level::names).collect();
        let around = levels.into_iter().enumerate().map(|(at, level)| level.into_step(at));
        self.steps = around.chain(std::mem::take(&mut self.steps)).collect();
        self.settle();
        Ok(())
    }

    /// Returns what a column sets takes.
    fn type_of_column(&self, rows: &Rows, column: &str) -> Result<Type, Box<Problem>> {
        if let Some(input) = self.inputs.iter().find(|input| *input.name == *column) {
            return Ok(input.ty.clone());
        }
        let (node, param) = column.rsplit_once('.').unwrap_or((column, ""));
        let mut merged = self.steps.iter().filter(|step| step.has_member_of(column));
        if let Some(ty) = merged.find_map(|step| step.type_of_constant(column)) {
            return Ok(ty.clone());
        }
        let step = (0..self.steps.len()).find(|at| self.name_for_params(*at) == Some(node)).map(|at| &self.steps[at]);
        if let Some(ty) = step.and_then(|step| step.type_of_constant(param)) {
            return Ok(ty.clone());
        }
        let inputs = self.inputs.iter().map(|input| input.name.to_string());
        let params =
            step.into_iter().flat_map(|step| step.spec.params.iter().map(|param| format!("{node}.{}", param.name)));
        let known: Vec<_> = inputs.chain(params).collect();
        let message = format!("`{}` sets `{column}`, which the graph does not have", rows.name);
        let near = nearest(column, known.iter().map(String::as_str)).map(|near| format!("did you mean `{near}`?"));
        let hint = "name an input of the graph, or a parameter as `node.param`";
        Err(Box::new(Problem::error("no-such-column", message).hint(near.unwrap_or_else(|| hint.into()))))
    }

    /// Returns the name under which a caller knows the step that reads a node's parameters.
    fn name_for_params(&self, step: StepId) -> Option<&str> {
        match self.steps[step].in_loop {
            None => Some(&self.steps[step].name),
            Some(LoopPart::Round { head }) => match self.steps[head].in_loop {
                Some(LoopPart::Head { result, .. }) => Some(&self.steps[result].name),
                _ => None,
            },
            Some(_) => None,
        }
    }

    /// Finds the constants that the columns set.
    fn bind(&self, levels: &[Level]) -> Result<Vec<Vec<Bound>>, Box<Problem>> {
        let of_step = |at: StepId| {
            let (step, mut bound) = (&self.steps[at], Vec::new());
            for (level, rows) in levels.iter().enumerate() {
                for (number, column) in rows.columns().enumerate() {
                    for name in step.set_by(column, self.name_for_params(at)) {
                        step.may_vary(&name, column, rows.name())?;
                        rows.fits(number, step, &name)?;
                        bound.push(Bound { level, column: column.clone(), name });
                    }
                }
            }
            Ok(bound)
        };
        (0..self.steps.len()).map(of_step).collect()
    }

    /// Refuses rows that nothing depends on.
    fn refuse_idle(&self, levels: &[Level], bound: &[Vec<Bound>]) -> Result<(), Box<Problem>> {
        let is_output = |column: &Arc<str>| {
            let inputs = self.outputs.iter().map(|output| &output.from);
            inputs
                .into_iter()
                .any(|from| matches!(from, OutputSource::Constant { input: Some(input), .. } if input == column))
        };
        for (at, level) in levels.iter().enumerate() {
            if !bound.iter().flatten().any(|bound| bound.level == at) && !level.columns().any(is_output) {
                let message = format!("nothing that runs depends on what `{}` sets", level.name());
                return Err(Box::new(Problem::error("no-effect", message)));
            }
        }
        Ok(())
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
    fn take_constants(&mut self, bound: &[Vec<Bound>]) {
        for (step, bound) in self.steps.iter_mut().zip(bound) {
            for set in bound {
                let ty = step.type_of_constant(&set.name).cloned().unwrap_or(Type::Any);
                step.constants.retain(|(name, _)| *name != set.name);
                step.secrets.retain(|(name, _)| *name != set.name);
                step.inputs.push(wire(set.name.clone(), set.level, set.column.clone(), ty));
            }
        }
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
                    let sets = |level: &Level| level.columns().any(|column| column == input);
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

/// Refuses scopes without a row, and more rows than a run can have.
fn refuse_counts(all: &[Rows]) -> Result<(), Box<Problem>> {
    if let Some(rows) = all.iter().find(|rows| rows.rows.is_empty()) {
        return Err(Box::new(Problem::error("no-rows", format!("`{}` has no rows", rows.name))));
    }
    let total = all.iter().fold(1_usize, |total, rows| total.saturating_mul(rows.rows.len()));
    if total > MAX_ROWS {
        let message = format!("{total} rows are more than one run can have, {MAX_ROWS}");
        let hint = "divide them among several runs, or let a node of the graph read them";
        return Err(Box::new(Problem::error("too-many-rows", message).hint(hint)));
    }
    Ok(())
}

fn refuse_repeated(all: &[Rows]) -> Result<(), Box<Problem>> {
    let columns: Vec<_> = all.iter().flat_map(|rows| rows.columns.iter().map(move |column| (rows, column))).collect();
    for (at, (rows, column)) in columns.iter().enumerate() {
        if let Some((before, _)) = columns[..at].iter().find(|(_, known)| known == column) {
            let message = match before.name == rows.name {
                true => format!("`{}` sets `{column}` twice", rows.name),
                false => format!("`{column}` is set by `{}` and by `{}`", before.name, rows.name),
            };
            return Err(Box::new(Problem::error("set-twice", message).hint("keep one of them")));
        }
    }
    Ok(())
}

impl Step {
    /// Returns the constants that a column sets.
    fn set_by(&self, column: &str, name: Option<&str>) -> Vec<Arc<str>> {
        let own = column.rsplit_once('.').filter(|(node, _)| name == Some(node)).map(|(_, param)| param.into());
        let own = own.or_else(|| self.has_member_of(column).then(|| column.into()));
        let given = self.given.iter().filter(|(_, input)| **input == *column).map(|(name, _)| name.clone());
        own.into_iter().chain(given).collect()
    }

    /// Returns whether a column sets a parameter of one of the steps that it stands for.
    fn has_member_of(&self, column: &str) -> bool {
        let names = |member: &Arc<str>| column.strip_prefix(&**member).is_some_and(|param| param.starts_with('.'));
        self.members.iter().any(names) && self.type_of_constant(column).is_some()
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
