//! Data whose texts are templates: the arguments of a program, the headers of a request.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use super::Template;
use crate::node::NodeError;
use crate::spec::{PortSpec, Spec};
use crate::types::Type;
use crate::value::Bag;

/// JSON data in which every text is a template. A text that is one placeholder and nothing else, `"{{ width }}"`, becomes
/// the value itself: a number stays a number, a list a list.
#[derive(Debug)]
pub struct Pattern(Part);

#[derive(Debug)]
enum Part {
    Plain(Json),
    Text(Box<Template>),
    Whole(String),
    List(Vec<Part>),
    Map(Vec<(String, Part)>),
}

impl Pattern {
    /// Compiles the texts of some data; names of fields are taken as they are.
    ///
    /// # Errors
    /// Says where the text stands that is no template, and what is wrong with it.
    pub fn compile(data: &Json) -> Result<Self, NodeError> {
        Part::compile(data).map(Self)
    }

    /// Returns the names of the values that it uses, sorted.
    pub fn names(&self) -> BTreeSet<&str> {
        let mut names = BTreeSet::new();
        self.0.gather(&mut names);
        names
    }

    /// Returns the name of the placeholder where the data is one, and nothing else.
    pub fn placeholder(&self) -> Option<&str> {
        match &self.0 {
            Part::Whole(name) => Some(name),
            _ => None,
        }
    }

    /// Returns the data for the values in a bag.
    ///
    /// # Errors
    /// Says where something is missing, or cannot be computed, or is no data: a picture, a file.
    pub fn fill(&self, bag: &Bag) -> Result<Json, NodeError> {
        self.0.fill(bag)
    }
}

impl Part {
    fn compile(data: &Json) -> Result<Self, NodeError> {
        match data {
            Json::String(text) => {
                let template = Template::compile(text)?;
                let whole = template.names().first().filter(|name| is_placeholder(text, name)).cloned();
                Ok(whole.map_or_else(|| Self::Text(Box::new(template)), Self::Whole))
            }
            Json::Array(items) => {
                let parts = items.iter().enumerate().map(|(at, item)| within(&(at + 1), Self::compile(item)));
                parts.collect::<Result<_, _>>().map(Self::List)
            }
            Json::Object(fields) => {
                let parts = fields.iter().map(|(name, field)| Ok((name.clone(), within(name, Self::compile(field))?)));
                parts.collect::<Result<_, _>>().map(Self::Map)
            }
            plain => Ok(Self::Plain(plain.clone())),
        }
    }

    fn gather<'a>(&'a self, names: &mut BTreeSet<&'a str>) {
        match self {
            Self::Plain(_) => {}
            Self::Text(template) => names.extend(template.names().iter().map(String::as_str)),
            Self::Whole(name) => drop(names.insert(name)),
            Self::List(parts) => parts.iter().for_each(|part| part.gather(names)),
            Self::Map(parts) => parts.iter().for_each(|(_, part)| part.gather(names)),
        }
    }

    fn fill(&self, bag: &Bag) -> Result<Json, NodeError> {
        match self {
            Self::Plain(plain) => Ok(plain.clone()),
            Self::Text(template) => template.render(bag).map(Json::String),
            Self::Whole(name) => whole(name, bag),
            Self::List(parts) => {
                let items = parts.iter().enumerate().map(|(at, part)| within(&(at + 1), part.fill(bag)));
                items.collect::<Result<_, _>>().map(Json::Array)
            }
            Self::Map(parts) => {
                let fields = parts.iter().map(|(name, part)| Ok((name.clone(), within(name, part.fill(bag))?)));
                fields.collect::<Result<Map<_, _>, _>>().map(Json::Object)
            }
        }
    }
}

fn within<T>(place: &dyn std::fmt::Display, result: Result<T, NodeError>) -> Result<T, NodeError> {
    result.map_err(|error| error.within(format!("at `{place}`")))
}

fn is_placeholder(text: &str, name: &str) -> bool {
    text.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}")).is_some_and(|inner| inner.trim() == name)
}

fn whole(name: &str, bag: &Bag) -> Result<Json, NodeError> {
    let value = bag.get(name).ok_or_else(|| NodeError::new(format!("`{name}` has no value")).permanent())?;
    let no_data = || NodeError::new(format!("`{name}` is `{}`, which is no data", value.type_of())).permanent();
    value.to_json().ok_or_else(no_data)
}

/// Adds a port for each placeholder: it takes any value, and a constant may stand there.
///
/// # Errors
/// Names the placeholder that is called like another port or a parameter.
pub fn add_ports<'a>(spec: &mut Spec, names: impl IntoIterator<Item = &'a str>) -> Result<(), NodeError> {
    for name in names {
        if spec.param(name).is_some() || spec.input(name).is_some() {
            let said = format!("a placeholder cannot have the name of the port or parameter `{name}`");
            return Err(NodeError::new(said).permanent());
        }
        let doc = format!("What stands for `{name}`.");
        spec.inputs.push(PortSpec { constant: true, ..PortSpec::new(name, Type::Any, doc) });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;
    use crate::value::Value;

    fn bag() -> Bag {
        let row = Value::from_constant(&json!({ "name": "Ada" }));
        [("row", row), ("width", Value::Int(640)), ("tags", Value::from_constant(&json!(["a", "b"])))]
            .into_iter()
            .collect()
    }

    #[test]
    fn texts_are_filled_in_wherever_they_stand() {
        let pattern =
            Pattern::compile(&json!({ "to": ["{{ row.name }}", "w={{width}}"], "{{x}}": [1, null] })).unwrap();
        assert_eq!(pattern.names().into_iter().collect::<Vec<_>>(), ["row", "width"]);
        assert_eq!(pattern.fill(&bag()), Ok(json!({ "to": ["Ada", "w=640"], "{{x}}": [1, null] })));
    }

    #[test]
    fn a_lone_placeholder_is_the_value_itself() {
        let fill = |data: Json| Pattern::compile(&data).unwrap().fill(&bag());
        assert_eq!(fill(json!(["{{ width }}", "{{tags}}", " {{ width }}"])), Ok(json!([640, ["a", "b"], " 640"])));
        assert_eq!(fill(json!("{{ row }}")), Ok(json!({ "name": "Ada" })));
        assert_eq!(Pattern::compile(&json!("{{ row }}")).unwrap().placeholder(), Some("row"));
        assert_eq!(Pattern::compile(&json!("a {{ row }}")).unwrap().placeholder(), None);
    }

    #[test]
    fn an_error_says_where_it_is() {
        let cause = |data: Json| {
            let filled = Pattern::compile(&data).and_then(|pattern| pattern.fill(&bag()));
            filled.unwrap_err().to_string()
        };
        assert!(cause(json!({ "a": ["x", "{{ "] })).starts_with("at `a`: at `2`: the template, line 1"));
        assert_eq!(cause(json!(["{{ gone }}"])), "at `1`: `gone` has no value");
    }
}
