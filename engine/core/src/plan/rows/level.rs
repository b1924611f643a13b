//! The rows of one scope, with their values read, and the step that lets them out.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use super::super::constant::{self, Base, short};
use super::{Given, Plan, ROW, Row, Rows, Step, row_wire};
use crate::about::About;
use crate::context::Ctx;
use crate::node::{Child, Emission, ErasedChildren, ErasedNode, FireFuture, Outcome, Statics};
use crate::plan::StepPolicy;
use crate::problem::{Problem, Span};
use crate::spec::{PortSpec, Spec};
use crate::types::Type;
use crate::value::{Bag, Value};

/// The longest name of a row, in characters, so that a folder may have it with room for a number.
const MAX_NAME: usize = 60;

/// A scope of rows with the values read by the types that they are for.
pub(super) struct Level {
    name: String,
    columns: Vec<(Arc<str>, Type)>,
    rows: Vec<Known>,
}

/// A row with its values.
struct Known {
    name: String,
    values: Vec<Value>,
    place: Option<Span>,
}

impl Level {
    /// Reads rows by the types of what they set.
    pub(super) fn read(rows: &Rows, plan: &Plan) -> Result<Self, Box<Problem>> {
        let types = rows.columns.iter().map(|column| plan.type_of_column(rows, column));
        let types = types.collect::<Result<Vec<_>, _>>()?;
        let known = |(row, name): (&Row, String)| {
            let cells = row.values.iter().zip(&types).zip(&rows.columns);
            let values = cells.map(|((given, ty), column)| {
                read(given, ty, &rows.folder)
                    .map_err(|cause| does_not_fit(&rows.name, column, (&row.name, row.place.as_ref()), &cause))
            });
            Ok(Known { values: values.collect::<Result<_, Box<Problem>>>()?, name, place: row.place.clone() })
        };
        let names = names(rows.rows.iter().map(|row| row.name.as_str()));
        Ok(Self {
            name: rows.name.clone(),
            columns: rows.columns.iter().map(|column| Arc::from(column.as_str())).zip(types.iter().cloned()).collect(),
            rows: rows.rows.iter().zip(names).map(known).collect::<Result<_, Box<Problem>>>()?,
        })
    }

    /// Returns what the scope is called.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Returns what is set.
    pub(super) fn columns(&self) -> impl Iterator<Item = &Arc<str>> {
        self.columns.iter().map(|(column, _)| column)
    }

    /// Returns the names of the rows.
    pub(super) fn names(&self) -> Vec<String> {
        self.rows.iter().map(|row| row.name.clone()).collect()
    }

    /// Says whether a value of a column does not fit what it sets.
    pub(super) fn fits(&self, column: usize, step: &Step, name: &str) -> Result<(), Box<Problem>> {
        let Some(ty) = step.type_of_constant(name) else { return Ok(()) };
        let value = |row: &Known| row.values.get(column).cloned().unwrap_or(Value::Absent);
        let fits = |row: &Known| constant::coerce(value(row), ty, Base::Folder(Path::new("/"))).is_some();
        let Some(wrong) = self.rows.iter().find(|row| !fits(row)) else { return Ok(()) };
        let found = value(wrong).to_json().map_or(String::new(), |json| short(&json.to_string()));
        let cause = format!("`{}.{name}` takes `{ty}`, and `{found}` is given", step.name);
        let problem = does_not_fit(&self.name, &self.columns[column].0, (&wrong.name, wrong.place.as_ref()), &cause);
        Err(Box::new(problem.node(step.name.clone())))
    }

    /// Makes the step that lets the rows out; it is step `at` of the plan.
    pub(super) fn into_step(self, at: usize) -> Step {
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
            members: Vec::new(),
            phase: 0,
            given: Vec::new(),
            rows: at,
            spec: Arc::new(spec),
            node: Arc::new(Node {
                columns: self.columns.into_iter().map(|(column, _)| column.to_string().into()).collect(),
                rows: self.rows.into_iter().map(|row| (row.name, row.values)).collect(),
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

fn read(given: &Given, ty: &Type, folder: &Path) -> Result<Value, String> {
    let base = Base::Folder(folder);
    match given {
        Given::Text(text) => constant::from_text(text, ty, base),
        Given::Value(Value::Absent) if !ty.is_optional() => Err(format!("expected `{ty}`, found nothing")),
        Given::Value(value) => constant::coerce(value.clone(), ty, base)
            .ok_or_else(|| format!("expected `{ty}`, found `{}`", value.type_of())),
    }
}

fn does_not_fit(rows: &str, column: &str, (row, place): (&str, Option<&Span>), cause: &str) -> Box<Problem> {
    let message = format!("`{rows}` sets `{column}` in row `{}` to what does not fit: {cause}", short(row));
    Box::new(Problem::error("bad-row", message).at(place.cloned()))
}

/// Returns names that folders can have and that differ: repeated ones get `~2`, `~3`.
fn names<'a>(given: impl Iterator<Item = &'a str>) -> Vec<String> {
    let plain: Vec<String> = given.map(plain).collect();
    let mut taken: HashSet<String> = HashSet::new();
    let mut next: HashMap<&str, u64> = HashMap::new();
    let mut names = Vec::with_capacity(plain.len());
    for name in &plain {
        let number = next.entry(name).or_insert(1);
        let mut unique = name.clone();
        while !taken.insert(unique.clone()) {
            *number += 1;
            unique = format!("{name}~{number}");
        }
        names.push(unique);
    }
    names
}

/// Puts `_` in place of what the folders of some system cannot have.
fn plain(name: &str) -> String {
    let allowed = |letter: char| if letter.is_control() || r#"/\<>:"|?*"#.contains(letter) { '_' } else { letter };
    let name: String = name.trim().chars().map(allowed).take(MAX_NAME).collect();
    let name = name.trim_end_matches(['.', ' ']);
    if name.is_empty() { "_".into() } else { name.into() }
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

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn names_can_be_folders_and_differ() {
        let given = ["a", "a", "a~2", "a", "../b", "..", "", " c. ", "d\n/e"];
        assert_eq!(names(given.into_iter()), ["a", "a~2", "a~2~2", "a~3", ".._b", "_", "_~2", "c", "d__e"]);
        assert!(names(["ä".repeat(500).as_str()].into_iter())[0].len() < 250);
    }
}
