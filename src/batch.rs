//! Batches and sweeps as typed: the rows that a graph runs under.

mod files;
mod sweep;
mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use windlass_core::plan::{Plan, PlanInput, Row, Rows};
use windlass_core::problem::{Problem, Span, nearest};

use crate::cli::{Changes, RunArgs};
use crate::origin::{Origin, below};

pub use sweep::Sweep;

/// `--each`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Each {
    /// One row for each row of a table.
    Table(PathBuf),
    /// One row for each file that matches.
    Files {
        /// The graph input that gets the file.
        name: String,
        /// Which files.
        pattern: String,
    },
}

impl FromStr for Each {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_name = |name: &str| {
            let mut letters = name.chars();
            letters.next().is_some_and(char::is_alphabetic)
                && letters.all(|letter| letter.is_alphanumeric() || letter == '_' || letter == '-')
        };
        match text.split_once('=') {
            Some((name, "")) if is_name(name) => Err("write which files, like `picture=photos/*.jpg`".into()),
            Some((name, pattern)) if is_name(name) => Ok(Self::Files { name: name.into(), pattern: pattern.into() }),
            _ => Ok(Self::Table(text.into())),
        }
    }
}

/// The rows that a graph runs under.
pub struct Batch {
    levels: Vec<Level>,
    /// The tables that were read, by their whole path.
    tables: BTreeMap<PathBuf, Vec<u8>>,
    /// The files that matched each `--each name=GLOB`, as it was typed.
    matched: BTreeMap<String, Vec<PathBuf>>,
}

/// The rows of one `--each` or `--sweep`.
struct Level {
    rows: Rows,
    /// Where the names of a table's columns stand; such a table may have more columns than the graph has inputs.
    header: Option<Header>,
}

struct Header {
    /// What the table is called.
    file: String,
    place: Span,
    /// The column that names the rows.
    names: Option<String>,
}

impl Batch {
    /// Reads the rows that the caller gives: those of `--each` lie around those of `--sweep`.
    ///
    /// # Errors
    /// Says which table, pattern or list cannot be used, and where.
    pub fn read(args: &RunArgs, origin: &Origin) -> Result<Self, Box<Problem>> {
        let mut batch = Self { levels: Vec::new(), tables: BTreeMap::new(), matched: BTreeMap::new() };
        for each in &args.each {
            let level = match each {
                Each::Table(path) => batch.table(path, origin)?,
                Each::Files { name, pattern } => batch.files(name, pattern, origin)?,
            };
            batch.levels.push(level);
        }
        for sweep in &args.sweep {
            batch.levels.push(Level { rows: sweep.rows(origin.here())?, header: None });
        }
        Ok(batch)
    }

    fn table(&mut self, path: &Path, origin: &Origin) -> Result<Level, Box<Problem>> {
        let (level, bytes) = table::read(path, origin)?;
        self.tables.insert(origin.full(path), bytes);
        Ok(level)
    }

    fn files(&mut self, name: &str, pattern: &str, origin: &Origin) -> Result<Level, Box<Problem>> {
        let flag = format!("{name}={pattern}");
        let found = match origin.matched(&flag) {
            Some(paths) => paths,
            None => files::find(name, pattern, origin.here())?,
        };
        let rows = files::rows(name, pattern, &found, origin.here());
        self.matched.insert(flag, found);
        Ok(Level { rows, header: None })
    }

    /// Returns what a journal has to keep so that the same rows can be read again: the tables by their path as it stands
    /// there, and which files matched.
    pub fn kept(&self, graph_folder: &Path) -> (BTreeMap<PathBuf, Vec<u8>>, BTreeMap<String, Vec<PathBuf>>) {
        let tables = self.tables.iter().map(|(path, bytes)| (below(graph_folder, path), bytes.clone()));
        (tables.collect(), self.matched.clone())
    }

    /// Returns what the rows set.
    pub fn columns(&self) -> BTreeSet<String> {
        self.levels.iter().flat_map(|level| level.rows.columns.iter().cloned()).collect()
    }

    /// Lets a plan run under the rows. Returns what is worth knowing: columns that the graph has no input for.
    ///
    /// # Errors
    /// Says what cannot be set, or is set by another flag too.
    pub fn apply(self, plan: &mut Plan, changes: &Changes) -> Result<Vec<Problem>, Box<Problem>> {
        let mut notes = Vec::new();
        let mut all = Vec::new();
        for level in self.levels {
            all.push(level.without_extra(&plan.inputs, &mut notes)?);
        }
        all.iter().try_for_each(|rows| refuse_set(rows, changes))?;
        plan.under(&all)?;
        Ok(notes)
    }
}

impl Level {
    /// Leaves out the columns of a table that the graph has no input for.
    fn without_extra(self, inputs: &[PlanInput], notes: &mut Vec<Problem>) -> Result<Rows, Box<Problem>> {
        let Some(header) = &self.header else { return Ok(self.rows) };
        let is_input = |column: &String| inputs.iter().any(|input| *input.name == **column);
        let kept: Vec<bool> = self.rows.columns.iter().map(is_input).collect();
        if !kept.contains(&true) {
            return Err(Box::new(header.without_inputs(inputs)));
        }
        let extra =
            self.rows.columns.iter().filter(|column| !is_input(column) && header.names.as_ref() != Some(column));
        notes.extend(extra.map(|column| header.extra(column, inputs)));
        let of_inputs = |at: usize| kept.get(at).copied().unwrap_or_default();
        let Rows { name, columns, rows, folder } = self.rows;
        let shorter = |row: Row| Row { values: only(row.values, of_inputs), ..row };
        Ok(Rows { name, columns: only(columns, of_inputs), rows: rows.into_iter().map(shorter).collect(), folder })
    }
}

impl Header {
    fn extra(&self, column: &str, inputs: &[PlanInput]) -> Problem {
        let message = format!("column `{column}` of `{}` is no input of the graph, and is not used", self.file);
        let near = nearest(column, inputs.iter().map(|input| &*input.name));
        let problem = Problem::warning("extra-column", message).at(Some(self.place.clone()));
        problem.maybe_hint(near.map(|near| format!("did you mean `{near}`?")))
    }

    fn without_inputs(&self, inputs: &[PlanInput]) -> Problem {
        let names: Vec<_> = inputs.iter().map(|input| format!("`{}`", input.name)).collect();
        let hint = match names.is_empty() {
            true => "the graph has no inputs; declare what differs under `inputs`".to_owned(),
            false => format!("name the columns in the first line; the graph has the inputs {}", names.join(", ")),
        };
        let message = format!("no column of `{}` is an input of the graph", self.file);
        Problem::error("no-such-column", message).at(Some(self.place.clone())).hint(hint)
    }
}

fn only<T>(items: Vec<T>, is_kept: impl Fn(usize) -> bool) -> Vec<T> {
    items.into_iter().enumerate().filter(|(at, _)| is_kept(*at)).map(|(_, item)| item).collect()
}

/// Refuses rows that set what another flag sets for the whole run.
fn refuse_set(rows: &Rows, changes: &Changes) -> Result<(), Box<Problem>> {
    let inputs = changes.inputs.iter().map(|input| ("--in", &input.name));
    let params = changes.settings.iter().map(|setting| ("--set", &setting.target));
    let mut set = inputs.chain(params);
    match set.find(|(_, name)| rows.columns.contains(name)) {
        None => Ok(()),
        Some((flag, name)) => {
            let message = format!("`{name}` is set by `{flag}` and by `{}`", rows.name);
            Err(Box::new(Problem::error("set-twice", message).hint("keep one of them")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_and_a_pattern_are_told_from_a_file() {
        let files = |name: &str, pattern: &str| Each::Files { name: name.into(), pattern: pattern.into() };
        assert_eq!("picture=photos/*.jpg".parse(), Ok(files("picture", "photos/*.jpg")));
        for file in ["rows.csv", "./a=b.csv", "a/b=c.jsonl", "=x.csv"] {
            assert_eq!(file.parse(), Ok(Each::Table(file.into())));
        }
        assert!("picture=".parse::<Each>().is_err());
    }
}
