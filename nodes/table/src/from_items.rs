//! Gathers the items of a group into one table.

use serde_json::{Map, Value as Json};
use windlass_core::node::Inputs;
use windlass_core::prelude::*;
use windlass_core::types::Type;

use crate::shared::bound::{Bound, json_bytes, of_rows};

/// What the rows are made of.
#[derive(Params)]
pub struct Settings {
    /// The columns, each of which becomes a port that collects; without any, the port `rows` collects whole rows.
    #[param(static, default = [])]
    columns: Vec<String>,
}

/// The rows, where no columns are given.
#[derive(Inputs)]
pub struct Rows {
    /// The items of one group, in key order: objects, one row each.
    rows: Collected<Json>,
}

/// The table.
#[derive(Outputs)]
pub struct Out {
    /// A row for each item, in key order; its columns in the order in which they come first.
    table: Arc<Table>,
}

/// `table.from_items`
pub struct FromItems(Vec<String>);

impl Node for FromItems {
    type Params = Settings;
    type In = Bag;
    type Out = Out;

    fn about() -> About {
        About::new(
            "table.from_items",
            "Items to table",
            "Waits for a whole group and makes one table of it, a row for each item: of rows that are objects, or of \
             ports with the names of the columns (a file is its name there). Filtered items are left out; a field that an item lacks is an empty \
             cell. A column whose cells have several types is `json`.",
        )
        .search(&["collect", "gather", "rows", "records", "data frame"])
        .cpu()
        .example(EXAMPLE)
        .sample(Sample::new().input("rows", Value::List(Arc::default())))
    }

    fn open(statics: &Statics) -> Result<Self, NodeError> {
        columns(statics).map(Self)
    }

    fn shape(spec: &mut Spec, statics: &Statics) -> Result<(), NodeError> {
        let columns = columns(statics)?;
        if columns.is_empty() {
            spec.inputs.extend(Rows::ports());
        }
        for name in columns {
            if spec.param(&name).is_some() {
                return Err(NodeError::new(format!("a column cannot have the name of the parameter `{name}`")));
            }
            let port = PortSpec::new(&name, Type::list(Type::Any), format!("The cells of `{name}`, in key order."));
            spec.inputs.push(PortSpec { collect: true, ..port });
        }
        Ok(())
    }

    async fn fire(&self, _: Settings, mut inputs: Bag, ctx: &Ctx) -> Result<Out, NodeError> {
        let rows = match self.0.is_empty() {
            true => whole(&Rows::read(&mut inputs)?.rows, ctx)?,
            false => assembled(&self.0, &mut inputs, ctx)?,
        };
        Ok(Out { table: Arc::new(of_rows(&rows, Bound::default())?) })
    }
}

fn columns(statics: &Statics) -> Result<Vec<String>, NodeError> {
    let wrong = || NodeError::new("parameter `columns` must be a list of texts");
    match statics.get("columns") {
        None | Some(Json::Null) => Ok(Vec::new()),
        Some(json) => serde_json::from_value(json.clone()).map_err(|_| wrong()),
    }
}

/// Counts what rows take, and refuses too much.
struct Meter<'a> {
    bytes: u64,
    rows: usize,
    ctx: &'a Ctx,
}

impl Meter<'_> {
    fn count(&mut self, row: &Json) -> Result<(), NodeError> {
        self.ctx.check_cancelled()?;
        self.bytes += json_bytes(row);
        self.rows += 1;
        Bound::default().check(self.rows, self.bytes)
    }
}

fn whole(rows: &Collected<Json>, ctx: &Ctx) -> Result<Vec<Map<String, Json>>, NodeError> {
    let mut meter = Meter { bytes: 0, rows: 0, ctx };
    let row = |(at, row): (usize, Result<Json, NodeError>)| {
        let row = row?;
        meter.count(&row)?;
        match row {
            Json::Object(fields) => Ok(fields),
            _ => {
                let error = NodeError::new(format!("item `{}` is no object", rows.list().name(at)));
                Err(error.hint("name the `columns`, and wire a port for each").permanent())
            }
        }
    };
    rows.iter().enumerate().map(row).collect()
}

/// Puts the cells of each item together: the ports leave out the same items, so that their places agree.
fn assembled(columns: &[String], inputs: &mut Bag, ctx: &Ctx) -> Result<Vec<Map<String, Json>>, NodeError> {
    let mut meter = Meter { bytes: 0, rows: 0, ctx };
    let mut rows = Vec::<Map<String, Json>>::new();
    for column in columns {
        let list = match inputs.take(column) {
            Some(Value::List(list)) => list,
            _ => return Err(NodeError::new(format!("input `{column}` is no list")).permanent()),
        };
        rows.resize(rows.len().max(list.len()), Map::new());
        for (member, row) in list.members().iter().zip(&mut rows) {
            let cell = cell(&member.read()?).map_err(|error| error.within(format!("column `{column}`")).permanent())?;
            meter.count(&cell)?;
            row.insert(column.clone(), cell);
        }
    }
    Ok(rows)
}

/// Returns a value as a cell; numbers that JSON lacks are empty, and a file is its name.
fn cell(value: &Value) -> Result<Json, NodeError> {
    match value {
        Value::Float(_) => Ok(value.to_json().unwrap_or_default()),
        Value::File(file) => Ok(file.name.as_str().into()),
        value => value.to_json().ok_or_else(|| NodeError::new(format!("{} is no cell", value.summary()))),
    }
}

const EXAMPLE: &str = r#"
photos:
  kind: files.glob
  params: { folder: samples/photos, pattern: "*.jpg" }
open:
  kind: image.open
  inputs: { file: photos.file }
name:
  kind: text.template
  params: { template: "{{ image.width }} by {{ image.height }}" }
  inputs: { image: open.image }
table:
  kind: table.from_items
  params: { columns: [photo, size] }
  inputs: { photo: photos.file, size: name.text }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;
    use windlass_core::json;
    use windlass_core::value::List;

    use super::*;
    use crate::shared::specimen::{cause, gave};

    fn list(values: Vec<Value>) -> Value {
        Value::List(Arc::new(values.into_iter().collect::<List>()))
    }

    fn bench(rows: Json) -> Harness {
        let rows = rows.as_array().unwrap().iter().cloned().map(|row| Value::Json(Arc::new(row)));
        Harness::of::<FromItems>().input("rows", list(rows.collect()))
    }

    #[test]
    fn rows_become_columns_in_the_order_in_which_they_come_first() {
        let rows = json!([{ "a": 1, "b": "x" }, { "c": true, "a": 0.5 }]);
        assert_eq!(gave(bench(rows)), ["a|b|c", "1.0|x|", "0.5||true"]);
        assert_eq!(gave(bench(json!([]))), [""]);
        assert_eq!(cause(bench(json!([{}, 3]))), "item `1` is no object");
    }

    #[test]
    fn items_that_have_nothing_in_common_are_refused_and_a_long_group_can_be_stopped() {
        let rows = (0..10_001).map(|at| json!({ at.to_string(): 1 })).collect::<Vec<_>>();
        let bench = bench(rows.into());
        assert_eq!(cause(bench.clone()), "the table would have 10001 columns, at most 10000 are made");
        bench.cancel().cancel();
        assert!(bench.fire().is_err_and(|error| error.is_cancelled()));
    }

    #[test]
    fn columns_are_ports() {
        let file = Value::File(Arc::new(File::in_memory(*b"", "x/a.jpg", "image/jpeg")));
        let bench = Harness::of::<FromItems>().param("columns", json!(["n", "t"]));
        let bench = bench.input("n", list(vec![Value::Int(1), Value::Float(f64::NAN)]));
        assert!(bench.spec().unwrap().input("n").is_some_and(|port| port.collect));
        assert_eq!(gave(bench.clone().input("t", list(vec![file, Value::text("b")]))), ["n|t", "1|x/a.jpg", "|b"]);
        let image = Image::new(1, 1, windlass_core::value::Channels::Gray, windlass_core::value::Samples::U8(vec![0]));
        let image = Value::Image(Arc::new(image.unwrap()));
        assert!(cause(bench.input("t", list(vec![image]))).starts_with("column `t`: image 1×1"));
        let error = Harness::of::<FromItems>().param("columns", json!(["columns"])).spec().map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("cannot have the name of the parameter `columns`"));
    }
}
