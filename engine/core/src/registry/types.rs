//! Types that packs bring: values of their own, and records of a domain by name.

use std::sync::Arc;

use serde_json::Value as Json;

use crate::value::Codec;

/// A type that a pack brings.
#[derive(Clone)]
pub struct TypeInfo {
    /// Name, as a graph writes it: a capital letter first.
    pub name: String,
    /// What a value of it is, in one or more sentences.
    pub doc: String,
    /// The JSON Schema of a record; `None` for values that are no JSON.
    pub schema: Option<Json>,
    /// How values become bytes; `None` for records, which need none.
    pub codec: Option<Arc<dyn Codec>>,
}

impl TypeInfo {
    /// Returns a record of a domain with its JSON Schema.
    pub fn record(name: &str, doc: &str, schema: Json) -> Self {
        Self { name: name.into(), doc: doc.into(), schema: Some(schema), codec: None }
    }

    /// Returns a type whose values only its pack can take apart, under the name of its codec.
    pub fn custom(doc: &str, codec: impl Codec + 'static) -> Self {
        Self { name: codec.type_name().to_owned(), doc: doc.into(), schema: None, codec: Some(Arc::new(codec)) }
    }
}
