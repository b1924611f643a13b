//! Between values on wires and values of the language.

use std::collections::BTreeMap;

use minijinja::Value as Jinja;

use crate::node::NodeError;
use crate::value::{Bag, File, Image, List, Table, Value};

/// Returns the named values of a bag that are used; values that are not there are undefined in the expression.
pub(super) fn context(bag: &Bag, names: &[String]) -> Result<Jinja, NodeError> {
    let mut context = BTreeMap::new();
    for name in names {
        let value = bag.get(name).ok_or_else(|| NodeError::new(format!("`{name}` has no value")).permanent())?;
        let value = to_jinja(value).map_err(|error| error.within(format!("`{name}` cannot be used here")))?;
        context.insert(name.clone(), value);
    }
    Ok(Jinja::from(context))
}

fn to_jinja(value: &Value) -> Result<Jinja, NodeError> {
    match value {
        Value::Absent => Ok(Jinja::from(())),
        Value::Float(float) => Ok(Jinja::from(*float)),
        Value::Path(path) => Ok(Jinja::from(path.to_string_lossy().into_owned())),
        Value::File(file) => Ok(file_fields(file)),
        Value::Image(image) => Ok(image_fields(image)),
        Value::Table(table) => Ok(table_fields(table)),
        Value::List(list) => members(list),
        Value::Lazy(lazy) => to_jinja(&lazy.read()?),
        Value::Custom(custom) => Err(NodeError::new(format!("expressions cannot see `{}`", custom.type_name()))),
        other => Ok(Jinja::from(minijinja::value::Serde(other.to_json()))),
    }
}

fn members(list: &List) -> Result<Jinja, NodeError> {
    let members = list.members().iter().map(|member| to_jinja(&member.read()?));
    members.collect::<Result<Vec<_>, _>>().map(Jinja::from)
}

fn file_fields(file: &File) -> Jinja {
    let (parent, own) = file.name.rsplit_once('/').unwrap_or(("", &file.name));
    // A name that begins with its only dot has no extension.
    let (stem, extension) = own.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).unwrap_or((own, ""));
    let fields = [
        ("name", file.name.as_str()),
        ("stem", stem),
        ("ext", extension),
        ("parent", parent),
        ("media_type", &file.media_type),
    ];
    Jinja::from_pairs(fields.map(|(name, value)| (name, value.to_owned())))
}

fn image_fields(image: &Image) -> Jinja {
    let channels = u32::try_from(image.channels().count()).unwrap_or_default();
    let fields = [("width", image.width()), ("height", image.height()), ("channels", channels)];
    Jinja::from(BTreeMap::from(fields))
}

fn table_fields(table: &Table) -> Jinja {
    let names: Vec<_> = table.columns().iter().map(|column| column.name.to_string()).collect();
    Jinja::from_pairs([("rows", Jinja::from(table.rows())), ("columns", Jinja::from(names))])
}

pub(super) fn from_jinja(value: &Jinja) -> Result<Value, NodeError> {
    if value.is_undefined() {
        return Ok(Value::Absent);
    }
    super::budget::check_given(value)?;
    let json = serde_json::to_value(value);
    let json = json.map_err(|error| NodeError::because("the expression gives nothing that can be a value", &error))?;
    Ok(Value::from_constant(&json))
}
