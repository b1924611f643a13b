//! Between values on wires and values of the language.

use std::collections::BTreeMap;

use minijinja::Value as Jinja;
use minijinja::value::Serde;

use super::budget::PART_BYTES;
use crate::node::NodeError;
use crate::value::{Bag, File, Image, List, Member, Table, Value};

/// The most that an expression sees, in bytes as values of the language.
const MAX_SEEN_BYTES: usize = 256 << 20;
/// About what a list and an object take beside their parts, in bytes.
const LIST_BYTES: usize = 64;
const OBJECT_BYTES: usize = 512;

/// Returns the named values of a bag that are used, of at most 256 MiB as values of the language.
///
/// # Errors
/// Names one that is missing, cannot be seen or is too large.
pub(super) fn context(bag: &Bag, names: &[String]) -> Result<Jinja, NodeError> {
    let mut context = BTreeMap::new();
    let mut room = Room(MAX_SEEN_BYTES);
    for name in names {
        let value = bag.get(name).ok_or_else(|| NodeError::new(format!("`{name}` has no value")).permanent())?;
        let value = room.take_in(value).map_err(|error| error.within(format!("`{name}` cannot be used here")))?;
        context.insert(name.clone(), value);
    }
    Ok(Jinja::from(context))
}

/// How much more an expression may see, in bytes.
struct Room(usize);

impl Room {
    fn take(&mut self, bytes: usize) -> Result<(), NodeError> {
        self.0 = self.0.checked_sub(bytes).ok_or_else(|| {
            let said = format!("an expression sees at most {MAX_SEEN_BYTES} bytes");
            NodeError::new(said).hint("take what it needs out of the value first, as `json.get` does").permanent()
        })?;
        Ok(())
    }

    fn take_in(&mut self, value: &Value) -> Result<Jinja, NodeError> {
        match value {
            Value::File(file) => self.take(OBJECT_BYTES + 2 * file.name.len())?,
            Value::Image(_) | Value::Path(_) => self.take(OBJECT_BYTES)?,
            Value::Table(table) => {
                self.take(table.columns().iter().map(|column| PART_BYTES + column.name.len()).sum())?
            }
            _ => {}
        }
        match value {
            Value::Absent => Ok(Jinja::from(())),
            Value::Float(float) => Ok(Jinja::from(*float)),
            Value::Path(path) => Ok(Jinja::from(path.to_string_lossy().into_owned())),
            Value::File(file) => Ok(file_fields(file)),
            Value::Image(image) => Ok(image_fields(image)),
            Value::Table(table) => Ok(table_fields(table)),
            Value::List(list) => self.members(list),
            Value::Lazy(lazy) => self.take_in(&lazy.read()?),
            Value::Custom(custom) => Err(NodeError::new(format!("expressions cannot see `{}`", custom.type_name()))),
            Value::Json(json) => self.document(json).map(|()| Jinja::from(Serde(&**json))),
            other => {
                self.take(usize::try_from(other.whole_bytes()).unwrap_or(usize::MAX))?;
                Ok(Jinja::from(Serde(other.to_json())))
            }
        }
    }

    fn members(&mut self, list: &List) -> Result<Jinja, NodeError> {
        let member = |member: &Member| {
            self.take(PART_BYTES)?;
            self.take_in(&member.read()?)
        };
        list.members().iter().map(member).collect::<Result<Vec<_>, _>>().map(Jinja::from)
    }

    fn document(&mut self, json: &serde_json::Value) -> Result<(), NodeError> {
        use serde_json::Value as Json;
        match json {
            Json::Null | Json::Bool(_) | Json::Number(_) => self.take(PART_BYTES),
            Json::String(text) => self.take(PART_BYTES + text.len()),
            Json::Array(parts) => {
                self.take(LIST_BYTES)?;
                parts.iter().try_for_each(|part| self.document(part))
            }
            Json::Object(fields) => {
                self.take(OBJECT_BYTES)?;
                fields.iter().try_for_each(|(name, field)| {
                    self.take(PART_BYTES + name.len())?;
                    self.document(field)
                })
            }
        }
    }
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
