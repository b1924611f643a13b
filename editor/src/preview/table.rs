//! Tables: values that are tables, rows of JSON objects, and the members of lists.

use std::sync::Arc;

use egui::{Grid, Id, Painter, Rect, RichText, ScrollArea, Ui, vec2};
use serde_json::Value as Json;
use windlass_core::value::{self, List, Member, Value};

use super::{Preview, Small, Source, hidden};
use crate::canvas::text_ui;
use crate::theme::{Theme, font};

/// Rows that are shown.
const ROWS: usize = 200;
/// Columns that are shown.
const COLUMNS: usize = 30;
/// Lines on a node, the names of the columns among them.
const SMALL_LINES: usize = 4;
/// Letters of a field.
const LETTERS: usize = 60;

/// The first rows of a table.
struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
    count: usize,
}

/// Makes the preview of a table, of a list, or of JSON that is a list of objects.
pub fn make(source: &Source<'_>) -> Option<Arc<dyn Preview>> {
    let mut table = match source.value {
        Value::Table(table) => of_table(table),
        Value::Json(json) => of_json(json.as_array()?)?,
        Value::List(list) => of_objects(list).unwrap_or_else(|| of_list(list)),
        _ => return None,
    };
    let fields = table.rows.iter_mut().flatten();
    fields.for_each(|field| *field = hidden(source, std::mem::take(field)));
    Some(Arc::new(table))
}

fn of_table(table: &value::Table) -> Table {
    let columns = &table.columns()[..table.columns().len().min(COLUMNS)];
    let row = |at: usize| columns.iter().map(|column| field(Some(&column.cells.json(at)))).collect();
    Table {
        columns: columns.iter().map(|column| column.name.to_string()).collect(),
        rows: (0..table.rows().min(ROWS)).map(row).collect(),
        count: table.rows(),
    }
}

fn of_json(items: &[Json]) -> Option<Table> {
    let objects: Vec<_> = items.iter().take(ROWS).map_while(Json::as_object).collect();
    if objects.is_empty() || objects.len() < items.len().min(ROWS) {
        return None;
    }
    let mut columns: Vec<String> = Vec::new();
    for name in objects.iter().flat_map(|object| object.keys()) {
        if columns.len() < COLUMNS && !columns.contains(name) {
            columns.push(name.clone());
        }
    }
    let row = |object: &&serde_json::Map<String, Json>| columns.iter().map(|name| field(object.get(name))).collect();
    Some(Table { rows: objects.iter().map(row).collect(), columns, count: items.len() })
}

/// Makes a table of the objects in a list; `None` where there is anything else among the first members.
fn of_objects(list: &List) -> Option<Table> {
    let object = |member: &Member| match member {
        Member::Ready(Value::Json(json)) => Some((**json).clone()),
        _ => None,
    };
    let first: Vec<_> = list.members().iter().take(ROWS).map(object).collect::<Option<_>>()?;
    of_json(&first).map(|table| Table { count: list.len(), ..table })
}

/// Members that wait on a disk are not read for this.
fn of_list(list: &List) -> Table {
    let words = |member: &Member| match member {
        Member::Ready(value) => value.summary(),
        Member::Held(held) => held.type_of().to_string(),
    };
    let row = |(at, member): (usize, &Member)| vec![list.name(at).to_string(), words(member)];
    let rows = list.members().iter().enumerate().take(ROWS).map(row).collect();
    Table { columns: vec!["item".into(), "value".into()], rows, count: list.len() }
}

fn field(value: Option<&Json>) -> String {
    let text = match value {
        None | Some(Json::Null) => return String::new(),
        Some(Json::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let line = text.lines().next().unwrap_or_default();
    if line.chars().nth(LETTERS).is_none() {
        return line.to_owned();
    }
    line.chars().take(LETTERS - 1).chain(['…']).collect()
}

impl Preview for Table {
    fn words(&self) -> String {
        format!("{} rows of {} columns", self.count, self.columns.len())
    }

    fn small_height(&self) -> f32 {
        8.0 + 15.0 * (self.rows.len() + 1).min(SMALL_LINES) as f32
    }

    fn small_ui(&self, painter: &Painter, rect: Rect, small: &Small<'_>) {
        let columns = self.columns.len().clamp(1, 3);
        let width = (rect.width() - 12.0 * small.zoom) / columns as f32;
        let head = std::iter::once((&self.columns, small.theme.weak));
        let lines = head.chain(self.rows.iter().map(|row| (row, small.theme.text)));
        for (line, (fields, colour)) in lines.take(SMALL_LINES).enumerate() {
            for (column, field) in fields.iter().take(columns).enumerate() {
                let y = (11.5 + 15.0 * line as f32) * small.zoom;
                let at = rect.left_top() + vec2(6.0 * small.zoom + width * column as f32, y);
                text_ui(painter, at, field, font(small.font_size), colour, width - 4.0 * small.zoom);
            }
        }
    }

    fn whole_ui(&self, ui: &mut Ui, id: Id, theme: &Theme) {
        let shown =
            if self.count > self.rows.len() { format!(", the first {} shown", self.rows.len()) } else { String::new() };
        ui.label(RichText::new(format!("{}{shown}", self.words())).color(theme.weak));
        ScrollArea::both().id_salt(id).auto_shrink(false).show(ui, |ui| {
            Grid::new(id.with("table")).striped(true).spacing([16.0, 4.0]).show(ui, |ui| {
                for name in &self.columns {
                    ui.add(egui::Label::new(RichText::new(name).strong()).extend());
                }
                ui.end_row();
                for row in &self.rows {
                    for field in row {
                        ui.add(egui::Label::new(field).extend());
                    }
                    ui.end_row();
                }
            });
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rows_have_the_columns_of_all() {
        let rows = json!([{ "a": 1 }, { "b": "x\ny", "a": null }]);
        let table = of_json(rows.as_array().unwrap()).unwrap();
        assert_eq!(table.columns, ["a", "b"]);
        assert_eq!(table.rows, [["1", ""], ["", "x"]]);
        assert!(of_json(json!([{ "a": 1 }, 2]).as_array().unwrap()).is_none());
        assert!(of_json(&[]).is_none());
    }

    #[test]
    fn a_table_shows_its_first_rows() {
        let rows: Vec<_> = (0..300).map(|n| json!({ "n": n, "word": null }).as_object().unwrap().clone()).collect();
        let table = of_table(&value::Table::from_rows(&rows));
        assert_eq!((table.count, table.rows.len(), &table.rows[1]), (300, ROWS, &vec!["1".to_owned(), String::new()]));
        assert_eq!(table.columns, ["n", "word"]);
    }

    #[test]
    fn objects_in_a_list_are_rows() {
        let objects = [json!({ "name": "Ada" }), json!({ "name": "Grace" })];
        let list: List = objects.into_iter().map(|object| Value::Json(object.into())).collect();
        assert_eq!(of_objects(&list).map(|table| table.rows), Some(vec![vec!["Ada".to_owned()], vec!["Grace".into()]]));
    }

    #[test]
    fn lists_say_what_their_members_are() {
        let list: List = [Value::Int(3), Value::text("x")].into_iter().collect();
        assert_eq!(of_list(&list).rows, [["0", "3"], ["1", "\"x\""]]);
    }
}
