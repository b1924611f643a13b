//! Puts the tables of a group one below the other.

use windlass_core::node::Inputs;
use windlass_core::prelude::*;
use windlass_core::types::Type;
use windlass_core::value::{Cells, Column, Member};

use crate::shared::bound::{Bound, Picking, check_columns};
use crate::shared::columns::{find, table, text_of};
use crate::shared::stack::stack;

/// How they are put together.
#[derive(Params)]
pub struct Settings {
    /// What becomes of columns that not all tables have.
    #[param(default = "fill")]
    columns: Columns,
    /// Name of a column, in front of the others, that says of each row which table it came from; it brings a port
    /// `labels`.
    #[param(static, default = null)]
    label: Option<String>,
}

/// What becomes of columns that not all tables have.
#[derive(Clone, Copy, PartialEq, Eq, Choice)]
pub enum Columns {
    /// Their cells are empty in the others.
    Fill,
    /// They are left out.
    Common,
    /// They are an error.
    Same,
}

/// The tables.
#[derive(Inputs)]
pub struct Tables {
    /// The tables of one group, in key order.
    tables: Collected<Arc<Table>>,
}

/// The table.
#[derive(Outputs)]
pub struct Out {
    /// The rows of all tables, in their order; columns in the order in which they come first.
    table: Arc<Table>,
}

/// `table.concat`
pub struct Concat;

impl Node for Concat {
    type Params = Settings;
    type In = Bag;
    type Out = Out;

    fn about() -> About {
        About::new(
            "table.concat",
            "Concatenate tables",
            "Waits for a whole group of tables and puts them one below the other, by the names of their columns. A \
             column that is `int` here and `float` there is `float`; of other types together it is `json`.",
        )
        .search(&["append", "stack", "union", "merge", "collect"])
        .cpu()
        .example(EXAMPLE)
        .sample(Sample::new().input("tables", Value::List(Arc::default())))
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    fn shape(spec: &mut Spec, statics: &Statics) -> Result<(), NodeError> {
        spec.inputs.extend(Tables::ports());
        if statics.get("label").is_some_and(serde_json::Value::is_string) {
            let doc = "What the tables are called, in the same order: texts, numbers, or files, whose names count without \
                       folder and ending.";
            spec.inputs.push(PortSpec { collect: true, ..PortSpec::new("labels", Type::list(Type::Any), doc) });
        }
        Ok(())
    }

    async fn fire(&self, params: Settings, mut inputs: Bag, ctx: &Ctx) -> Result<Out, NodeError> {
        let (mut tables, mut bytes, mut rows) = (Vec::new(), 0, 0);
        for table in Tables::read(&mut inputs)?.tables.iter() {
            ctx.check_cancelled()?;
            let table = table?;
            bytes += Value::Table(table.clone()).size_bytes();
            rows += table.rows();
            Bound::default().check(rows, bytes)?;
            tables.push(table);
        }
        let names = names(&tables, params.columns)
            .map_err(|(at, error)| error.within(format!("table {at} (counted from 0)")))?;
        check_columns(names.len())?;
        Bound::default().check_cells(names.len(), rows)?;
        let (mut picking, mut columns) = (Picking::new(Bound::default()), Vec::new());
        for name in &names {
            ctx.check_cancelled()?;
            columns.push(stacked(&tables, name, &mut picking)?);
        }
        if let Some(name) = params.label {
            let labels = labels(inputs.take("labels"), tables.len())?;
            let rows = tables.iter().zip(&labels);
            let cells = rows.flat_map(|(table, label)| std::iter::repeat_n(Some(label.clone()), table.rows()));
            columns.insert(0, Column { name: name.into(), cells: Cells::Text(cells.collect()) });
        }
        Ok(Out { table: table(columns)? })
    }
}

fn labels(list: Option<Value>, tables: usize) -> Result<Vec<Arc<str>>, NodeError> {
    let Some(Value::List(list)) = list else { return Err(NodeError::new("input `labels` is no list").permanent()) };
    if list.len() != tables {
        return Err(NodeError::new(format!("there are {} labels for {tables} tables", list.len())).permanent());
    }
    let label = |member: &Member| match member.read()? {
        Value::File(file) => Ok(stem(&file.name).into()),
        value => match value.to_json() {
            Some(json) => Ok(text_of(&json).into()),
            None => Err(NodeError::new(format!("{} is no label", value.summary())).permanent()),
        },
    };
    list.members().iter().map(label).collect()
}

fn stem(name: &str) -> &str {
    let own = name.rsplit_once('/').map_or(name, |(_, own)| own);
    own.rsplit_once('.').map(|(stem, _)| stem).filter(|stem| !stem.is_empty()).unwrap_or(own)
}

fn names(tables: &[Arc<Table>], how: Columns) -> Result<Vec<Arc<str>>, (usize, NodeError)> {
    let mut names = indexmap::IndexSet::new();
    tables.iter().for_each(|table| names.extend(table.columns().iter().map(|column| column.name.clone())));
    if how == Columns::Common {
        names.retain(|name| tables.iter().all(|table| table.column(name).is_some()));
    }
    if how == Columns::Same {
        for (at, table) in tables.iter().enumerate() {
            names.iter().try_for_each(|name| find(table, name).map(|_| ())).map_err(|error| (at, error))?;
        }
    }
    Ok(names.into_iter().collect())
}

fn stacked(tables: &[Arc<Table>], name: &Arc<str>, picking: &mut Picking) -> Result<Column, NodeError> {
    let columns = tables.iter().map(|table| table.column(name));
    let there: Vec<_> = columns.clone().flatten().map(|column| &column.cells).collect();
    let mut behind = 0;
    let mut places = Vec::new();
    for (table, column) in tables.iter().zip(columns) {
        places.extend((behind..behind + table.rows()).map(|place| column.map(|_| place)));
        behind += column.map_or(0, |column| column.cells.len());
    }
    Ok(Column { name: name.clone(), cells: picking.pick(&stack(&there), &places)? })
}

const EXAMPLE: &str = r#"
months:
  kind: files.glob
  params: { folder: samples/months, pattern: "*.csv" }
table:
  kind: table.open
  inputs: { file: months.file }
concat:
  kind: table.concat
  params: { label: month }
  inputs: { tables: table.table, labels: months.file }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;
    use windlass_core::value::List;

    use super::*;
    use crate::shared::specimen::{cause, gave, table as of};

    fn list(values: Vec<Value>) -> Value {
        Value::List(Arc::new(values.into_iter().collect::<List>()))
    }

    fn bench() -> Harness {
        let tables = [of(&[("a", &["1"]), ("b", &["x"])]), of(&[("c", &["true", ""]), ("a", &["2", "0.5"])])];
        Harness::of::<Concat>().input("tables", list(tables.into_iter().map(Value::Table).collect()))
    }

    #[test]
    fn tables_are_put_together_by_the_names_of_columns() {
        assert_eq!(gave(bench()), ["a|b|c", "1.0|x|", "2.0||true", "0.5||"]);
        assert_eq!(gave(bench().param("columns", "common")), ["a", "1.0", "2.0", "0.5"]);
        assert_eq!(cause(bench().param("columns", "same")), "table 0 (counted from 0): the table has no column `c`");
    }

    #[test]
    fn tables_that_have_nothing_in_common_are_refused() {
        let table = |at: usize, columns: usize, rows: usize| {
            let name = |column: usize| format!("{at}-{column}").into();
            let column = |column| Column { name: name(column), cells: Cells::Bool(vec![None; rows]) };
            Value::Table(Arc::new(Table::new((0..columns).map(column).collect()).unwrap()))
        };
        let of = |tables: Vec<Value>| Harness::of::<Concat>().input("tables", list(tables));
        let many = of((0..101).map(|at| table(at, 100, 1)).collect());
        assert_eq!(cause(many), "the table would have 10100 columns, at most 10000 are made");
        let long = of((0..100).map(|at| table(at, 100, 300)).collect());
        assert_eq!(cause(long.clone()), "the table takes more than 4096 MiB");
        long.cancel().cancel();
        assert!(long.fire().is_err_and(|error| error.is_cancelled()));
    }

    #[test]
    fn rows_say_which_table_they_came_from() {
        let file = |name: &str| Value::File(Arc::new(File::in_memory(*b"", name, "text/csv")));
        let bench = bench().param("label", "of").param("columns", "common");
        let labels = list(vec![file("x/2024-01.csv"), Value::Int(7)]);
        assert_eq!(gave(bench.clone().input("labels", labels)), ["of|a", "2024-01|1.0", "7|2.0", "7|0.5"]);
        assert_eq!(cause(bench.input("labels", list(vec![]))), "there are 0 labels for 2 tables");
    }
}
