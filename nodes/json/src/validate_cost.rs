//! What checking a document against a schema may cost at most, told before it is done.
//!
//! The library looks at a part of a document once for each way through the schema, and definitions that name each other a few
//! times make many ways. So those ways are counted here, by the keywords that lead from schema to schema (JSON Schema 2020-12, Core 10 and 11, and the
//! drafts before it); what the schemas say of a value does not count, but for what is long.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value as Json};
use windlass_core::prelude::*;

use crate::shared::values;

/// The most values of a schema.
const MAX_SCHEMA_VALUES: u64 = 200_000;

/// The most regular expressions of a schema: each may take 1 MiB when it is compiled.
const MAX_PATTERNS: usize = 500;

/// The most looks of a part of a schema at a part of a document.
const MAX_LOOKS: u64 = 100_000_000;

/// The most looks that are remembered for definitions.
const MAX_REMEMBERED: usize = 2_000_000;

/// How deep schemas may lead to schemas; the library and this file go as deep into the stack.
const MAX_DEPTH: usize = 600;

/// How many looks a schema of schemas takes for each value; those are known, and small.
const LOOKS_OF_META: u64 = 100;

/// How many bytes of a text are looked through in the time of a look.
const BYTES_OF_LOOK: u64 = 64;

/// Refuses a schema that takes too much memory to compile.
pub(crate) fn check_schema(schema: &Json) -> Result<(), NodeError> {
    let count = values(schema);
    if count > MAX_SCHEMA_VALUES {
        let error = NodeError::new(format!("the schema has {count} values, at most {MAX_SCHEMA_VALUES} are read"));
        return Err(error.permanent());
    }
    let count = patterns(schema);
    if count > MAX_PATTERNS {
        let error = NodeError::new(format!("the schema has {count} regular expressions, at most {MAX_PATTERNS}"));
        return Err(error.hint("write the same one once, under `$defs`, and refer to it").permanent());
    }
    Ok(())
}

fn patterns(schema: &Json) -> usize {
    match schema {
        Json::Array(items) => items.iter().map(patterns).sum(),
        Json::Object(fields) => {
            let own = usize::from(fields.get("pattern").is_some_and(Json::is_string))
                + fields.get("patternProperties").and_then(Json::as_object).map_or(0, Map::len);
            own + fields.values().map(patterns).sum::<usize>()
        }
        _ => 0,
    }
}

/// Returns how many looks it takes to list all that is wrong.
///
/// # Errors
/// It takes too many to say whether the document fits at all, or it cannot be told how many.
pub(crate) fn looks(schema: &Json, document: &Json) -> Result<u64, NodeError> {
    let mut places = Places::default();
    places.gather(schema);
    let mut walk = Walk { root: schema, places, known: HashMap::new(), open: HashSet::new(), looks: 0 };
    let looks = walk.look(schema, document, 0);
    looks.and_then(|looks| if looks > MAX_LOOKS { Err(Why::TooMany) } else { Ok(looks) }).map_err(Why::error)
}

/// Why looks cannot be counted, or are too many.
enum Why {
    /// A reference leads nowhere.
    Unknown(String),
    TooMany,
    TooDeep,
}

impl Why {
    fn error(self) -> NodeError {
        let (said, hint) = match self {
            Self::Unknown(reference) => (
                format!("the schema refers to `{reference}`, which is no place in it"),
                "write it like `#/$defs/name`; nothing is fetched from elsewhere",
            ),
            Self::TooMany => (
                "checking the document takes more than 100 million looks at it".to_owned(),
                "check it in parts, or let definitions refer to each other less often",
            ),
            Self::TooDeep => (
                format!("the schema leads through more than {MAX_DEPTH} of its parts at once"),
                "let its definitions refer to fewer others in a row",
            ),
        };
        NodeError::new(said).hint(hint).permanent()
    }
}

/// The parts of a schema that have names of their own.
#[derive(Default)]
struct Places<'a> {
    /// Those that are documents of their own, by `$id`.
    documents: Vec<(&'a str, &'a Json)>,
    /// Those that are called by `$anchor` or `$dynamicAnchor`, or by a fragment alone in older drafts.
    anchors: Vec<(&'a str, &'a Json)>,
}

impl<'a> Places<'a> {
    fn gather(&mut self, schema: &'a Json) {
        if let Json::Object(fields) = schema {
            for name in ["$id", "id"] {
                match fields.get(name).and_then(Json::as_str) {
                    Some(id) if id.starts_with('#') => self.anchors.push((&id[1..], schema)),
                    Some(id) => self.documents.push((id.trim_end_matches('#'), schema)),
                    None => {}
                }
            }
            let anchors = ["$anchor", "$dynamicAnchor"].iter().filter_map(|name| fields.get(*name)?.as_str());
            self.anchors.extend(anchors.map(|anchor| (anchor, schema)));
            fields.values().for_each(|inner| self.gather(inner));
        }
        schemas(schema).for_each(|inner| self.gather(inner));
    }

    /// Returns all that a reference may lead to. Which it is depends on the addresses of the documents around it, and is not
    /// looked into: all count.
    fn targets(&self, root: &'a Json, reference: &str) -> Vec<&'a Json> {
        let (base, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let last = |address: &str| address.rsplit('/').next().unwrap_or_default().to_owned();
        let is_meant = |id: &str| base.is_empty() || last(id) == last(base);
        let documents = self.documents.iter().filter(|(id, _)| is_meant(id)).map(|(_, document)| *document);
        let documents = documents.chain(base.is_empty().then_some(root));
        match fragment {
            "" => documents.collect(),
            pointer if pointer.starts_with('/') => {
                let pointer = unescaped(pointer);
                documents.filter_map(|document| document.pointer(&pointer)).collect()
            }
            name => self.anchors.iter().filter(|(known, _)| *known == name).map(|(_, schema)| *schema).collect(),
        }
    }
}

/// A part of the schema and a part of the document, by where they lie in memory.
type Pair = (usize, usize);

struct Walk<'a> {
    root: &'a Json,
    places: Places<'a>,
    /// How many looks definitions took.
    known: HashMap<Pair, u64>,
    /// What is being counted: the library stops where it comes to the same again.
    open: HashSet<Pair>,
    looks: u64,
}

impl<'a> Walk<'a> {
    fn look(&mut self, schema: &'a Json, part: &Json, depth: usize) -> Result<u64, Why> {
        let Json::Object(keywords) = schema else { return Ok(1) };
        let own = own(keywords, part);
        self.looks = self.looks.saturating_add(own);
        if self.looks > MAX_LOOKS {
            return Err(Why::TooMany);
        }
        if depth > MAX_DEPTH {
            return Err(Why::TooDeep);
        }
        let mut sum = own;
        for (keyword, value) in keywords {
            sum = sum.saturating_add(self.keyword(keyword, value, part, depth + 1)?);
        }
        Ok(sum)
    }

    fn keyword(&mut self, keyword: &str, value: &'a Json, part: &Json, depth: usize) -> Result<u64, Why> {
        let fields = || part.as_object().into_iter().flatten();
        let items = || part.as_array().into_iter().flatten();
        match keyword {
            "$ref" | "$dynamicRef" | "$recursiveRef" => self.definition(value, part, depth),
            "allOf" | "anyOf" | "oneOf" => self.all(schemas(value).map(|schema| (schema, part)), depth),
            "not" | "if" | "then" | "else" => self.look(value, part, depth),
            "dependentSchemas" | "dependencies" => self.all(named(value).map(|(_, schema)| (schema, part)), depth),
            "properties" => {
                let there = named(value).filter_map(|(name, schema)| Some((schema, part.get(name)?)));
                self.all(there, depth)
            }
            "patternProperties" => {
                let each = named(value).flat_map(|(_, schema)| fields().map(move |(_, inner)| (schema, inner)));
                self.all(each, depth)
            }
            "additionalProperties" | "unevaluatedProperties" => {
                self.all(fields().map(|(_, inner)| (value, inner)), depth)
            }
            "propertyNames" => self.all(fields().map(|_| (value, &Json::Null)), depth),
            "prefixItems" => self.all(schemas(value).zip(items()), depth),
            "items" if value.is_array() => self.all(schemas(value).zip(items()), depth),
            "items" | "additionalItems" | "unevaluatedItems" | "contains" => {
                self.all(items().map(|inner| (value, inner)), depth)
            }
            _ => Ok(0),
        }
    }

    fn all<'b>(&mut self, pairs: impl Iterator<Item = (&'a Json, &'b Json)>, depth: usize) -> Result<u64, Why> {
        let mut sum = 0_u64;
        for (schema, part) in pairs {
            sum = sum.saturating_add(self.look(schema, part, depth)?);
        }
        Ok(sum)
    }

    fn definition(&mut self, reference: &Json, part: &Json, depth: usize) -> Result<u64, Why> {
        // `$recursiveRef` of older drafts is always `#`, and was once a truth value.
        let reference = reference.as_str().unwrap_or("#");
        if reference.contains("json-schema.org/") {
            return Ok(values(part).saturating_mul(LOOKS_OF_META));
        }
        let mut targets = self.places.targets(self.root, reference);
        targets.dedup_by_key(|target| std::ptr::from_ref(*target));
        if targets.is_empty() {
            return Err(Why::Unknown(reference.chars().take(100).collect()));
        }
        let mut sum = 0_u64;
        for target in targets {
            sum = sum.saturating_add(self.target(target, part, depth)?);
        }
        Ok(sum)
    }

    fn target(&mut self, target: &'a Json, part: &Json, depth: usize) -> Result<u64, Why> {
        let pair = (std::ptr::from_ref(target).addr(), std::ptr::from_ref(part).addr());
        if let Some(known) = self.known.get(&pair) {
            return Ok(*known);
        }
        if self.known.len() >= MAX_REMEMBERED {
            return Err(Why::TooMany);
        }
        if !self.open.insert(pair) {
            return Ok(1);
        }
        let looks = self.look(target, part, depth);
        self.open.remove(&pair);
        let looks = looks?;
        self.known.insert(pair, looks);
        Ok(looks)
    }
}

/// Returns what a part of a schema looks at by itself.
fn own(keywords: &Map<String, Json>, part: &Json) -> u64 {
    let length = |name: &str| keywords.get(name).and_then(Json::as_array).map_or(0, Vec::len) as u64;
    let text = part.as_str().map_or(0, str::len) as u64 / BYTES_OF_LOOK;
    let names = keywords.get("patternProperties").and_then(Json::as_object).map_or(0, Map::len) as u64;
    let fields = part.as_object().map_or(0, Map::len) as u64;
    1 + length("enum") + length("required") + text + names.saturating_mul(fields)
}

fn schemas(list: &Json) -> impl Iterator<Item = &Json> {
    list.as_array().into_iter().flatten()
}

fn named(map: &Json) -> impl Iterator<Item = (&String, &Json)> {
    map.as_object().into_iter().flatten()
}

/// Returns the JSON Pointer in a fragment of an address, whose percent signs stand for bytes (RFC 6901, 6).
fn unescaped(fragment: &str) -> String {
    let mut bytes = Vec::with_capacity(fragment.len());
    let mut rest = fragment.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match code.and_then(|digits| u8::from_str_radix(digits, 16).ok()).filter(|_| *first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use windlass_core::json;

    use super::*;

    #[test]
    fn ways_through_a_schema_are_counted() {
        let count = |schema: Json, document: Json| looks(&schema, &document).unwrap();
        assert_eq!(count(json!({ "properties": { "a": {}, "b": {} } }), json!({ "a": 1, "c": 2 })), 2);
        assert_eq!(count(json!({ "items": { "anyOf": [{}, true] } }), json!([1, 2, 3])), 1 + 3 * 3);
        assert_eq!(count(json!({ "enum": [1, 2, 3] }), json!("x".repeat(640))), 1 + 3 + 10);
        assert_eq!(count(json!({ "patternProperties": { "^a": {} } }), json!({ "a": 1, "b": 2 })), 1 + 2 + 2);
        let defined = json!({ "$defs": { "a b": { "items": { "$ref": "#/$defs/a%20b" } } }, "$ref": "#/$defs/a%20b" });
        assert_eq!(count(defined, json!([[], [[]]])), 8);
        assert_eq!(count(json!({ "allOf": [{ "$ref": "#" }] }), json!(1)), 2 + 2 + 1);
        let called = json!({ "$defs": { "a": { "$anchor": "x", "items": true } }, "$ref": "#x" });
        assert_eq!(count(called, json!([1, 2])), 1 + 1 + 2);
        let own = json!({ "$defs": { "a": { "$id": "https://a.org/b.json", "$defs": { "c": {} } } }, "$ref": "b.json#/$defs/c" });
        assert_eq!(count(own, json!(1)), 2);
    }

    #[test]
    fn ways_that_double_again_and_again_are_counted_in_no_time() {
        let level = |at: u32| {
            let next = json!({ "$ref": format!("#/$defs/a{}", at + 1) });
            (format!("a{at}"), json!({ "allOf": [next.clone(), next] }))
        };
        let mut definitions: Map<String, Json> = (0..100).map(level).collect();
        definitions.insert("a100".into(), json!({ "type": "string" }));
        let schema = json!({ "$defs": definitions, "$ref": "#/$defs/a0" });
        let error = looks(&schema, &json!(1)).unwrap_err();
        assert_eq!(error.to_string(), "checking the document takes more than 100 million looks at it");
    }

    #[test]
    fn what_is_too_large_or_too_deep_is_refused() {
        let cause = |schema: &Json, document: &Json| looks(schema, document).unwrap_err().to_string();
        let many = json!({ "items": { "enum": vec![1; 2_000] } });
        assert!(cause(&many, &vec![0; 60_000].into()).contains("more than 100 million looks"));
        let chain = |at: u32| (format!("a{at}"), json!({ "$ref": format!("#/$defs/a{}", at + 1) }));
        let mut definitions: Map<String, Json> = (0..5_000).map(chain).collect();
        definitions.insert("a5000".into(), json!(true));
        let schema = json!({ "$defs": definitions, "$ref": "#/$defs/a0" });
        assert!(cause(&schema, &json!(1)).contains("more than 600 of its parts"));
        let said = cause(&json!({ "$ref": "#anchor" }), &json!(1));
        assert_eq!(said, "the schema refers to `#anchor`, which is no place in it");
        let refused = |schema: Json| check_schema(&schema).unwrap_err().to_string();
        assert!(refused(vec![0; 200_000].into()).contains("has 200001 values, at most 200000"));
        let patterns = json!({ "allOf": vec![json!({ "pattern": "a" }); 501] });
        assert_eq!(refused(patterns), "the schema has 501 regular expressions, at most 500");
    }
}
