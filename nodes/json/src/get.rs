//! Takes parts out of a document.

use serde_json::Value as Json;
use serde_json_path::JsonPath;
use windlass_core::prelude::*;

use crate::path_cost::Cost;
use crate::shared::{check_weight, pointer, values, weight};

/// Which part.
#[derive(Params)]
pub struct Settings {
    /// Where it lies: a JSON Pointer (RFC 6901), `/items/0/name`, or a JSONPath (RFC 9535), `$..item[?@.price < 10].name`.
    /// A path begins with `$`; an empty text is the whole document.
    #[param(static, default = "")]
    path: String,
    /// What becomes of `value` where nothing lies there.
    #[param(default = "fail")]
    missing: Missing,
}

/// What is done where nothing is found.
#[derive(Clone, Copy, Choice)]
pub enum Missing {
    /// The item fails.
    Fail,
    /// The item is skipped on `value`.
    Skip,
    /// It is null.
    Null,
}

/// What is looked into.
#[derive(Inputs)]
pub struct In {
    /// The document.
    #[port(constant)]
    json: Json,
}

/// What was found.
#[derive(Outputs)]
pub struct Out {
    /// The first part that was found.
    value: Gate<Json>,
    /// All parts that were found, in the order of the document.
    values: Vec<Json>,
    /// Where they lie, as JSON Pointers.
    places: Vec<String>,
    /// How many there are.
    count: usize,
}

/// `json.get`
pub struct Get {
    text: String,
    way: Way,
}

enum Way {
    Pointer,
    Path(Box<JsonPath>, Cost),
}

impl Node for Get {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "json.get",
            "Get from JSON",
            "Takes the parts of a document that a JSON Pointer or a JSONPath names: the first, and all of them. \
             Expressions in `match` and `search` take time that is linear in the text; a path that could visit more than \
             a hundred million values of the document is refused.",
        )
        .search(&["jsonpath", "json pointer", "query", "select", "field", "extract"])
        .cpu()
        .sample(Sample::new().param("path", "/a/1").input("json", sample()))
        .example(EXAMPLE)
    }

    fn open(statics: &Statics) -> Result<Self, NodeError> {
        let text = statics.text("path")?.to_owned();
        let within = |error: NodeError| error.within("parameter `path`");
        if !text.starts_with('$') {
            pointer(&text)
                .map_err(|error| within(error.hint("a JSON Pointer begins with `/`, a JSONPath with `$`")))?;
            return Ok(Self { text, way: Way::Pointer });
        }
        let cost = Cost::of(&text).map_err(within)?;
        let path = JsonPath::parse(&text).map_err(|error| {
            let place =
                text.char_indices().nth(error.position()).map_or(String::new(), |(at, _)| text[at..].to_owned());
            let before = if place.is_empty() { String::new() } else { format!(", before `{place}`") };
            within(NodeError::new(format!("`{text}` is not a JSONPath{before}: {}", error.message())))
        })?;
        Ok(Self { text, way: Way::Path(Box::new(path), cost) })
    }

    async fn fire(&self, params: Settings, inputs: In, _: &Ctx) -> Result<Out, NodeError> {
        let found = self.find(&inputs.json)?;
        let (places, values): (Vec<_>, Vec<_>) = found.into_iter().unzip();
        let value = match (values.first().cloned(), params.missing) {
            (Some(value), _) => Gate::Open(value),
            (None, Missing::Null) => Gate::Open(Json::Null),
            (None, Missing::Skip) => Gate::Shut("not in the document".into()),
            (None, Missing::Fail) => {
                let error = NodeError::new(format!("nothing in the document lies at `{}`", self.text));
                return Err(error.hint("`missing: skip` or `null` lets such items go on").permanent());
            }
        };
        Ok(Out { value, count: values.len(), values, places })
    }
}

impl Get {
    /// Returns what lies there, each with its pointer.
    fn find(&self, json: &Json) -> Result<Vec<(String, Json)>, NodeError> {
        let (path, cost) = match &self.way {
            Way::Pointer => {
                return Ok(json
                    .pointer(&self.text)
                    .map(|part| (self.text.clone(), part.clone()))
                    .into_iter()
                    .collect());
            }
            Way::Path(path, cost) => (path, cost),
        };
        cost.check(json, values(json))?;
        let located = path.query_located(json);
        let mut whole = 0;
        let found = located.iter().map(|found| {
            // Parts may lie inside of others that were found too, and are copied once for each.
            let place = found.location().to_json_pointer();
            whole += weight(found.node()) + place.len() as u64;
            check_weight(whole)?;
            Ok((place, found.node().clone()))
        });
        found.collect()
    }
}

fn sample() -> Value {
    Value::from_constant(&windlass_core::json!({ "a": [1, { "b": "c" }] }))
}

const EXAMPLE: &str = r#"
cheap:
  kind: json.get
  params:
    path: $.books[?@.price < 10].title
    json: { books: [{ title: Sand, price: 8 }, { title: Salt, price: 12 }] }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::{Gave, Harness};
    use windlass_core::json;

    use super::*;

    fn bench(path: &str) -> Harness {
        // The document of RFC 9535, section 1.5, shortened.
        let store = json!({ "store": {
            "book": [
                { "author": "Rees", "price": 8.95 },
                { "author": "Waugh", "price": 12.99 },
                { "author": "Melville", "isbn": "0-553", "price": 8.99 },
            ],
            "bicycle": { "color": "red", "price": 399 },
        } });
        Harness::of::<Get>().param("path", path).input("json", Value::from_constant(&store))
    }

    fn found(gave: &Gave) -> (Vec<Json>, Vec<String>) {
        (gave.get("values").unwrap(), gave.get("places").unwrap())
    }

    #[test]
    fn a_pointer_names_one_part() {
        let gave = bench("/store/book/1/author").fire().unwrap();
        assert_eq!(gave.get::<String>("value"), Ok("Waugh".into()));
        assert_eq!(found(&gave), (vec![json!("Waugh")], vec!["/store/book/1/author".to_owned()]));
        assert_eq!(bench("").fire().unwrap().get::<i64>("count"), Ok(1));
    }

    #[test]
    fn a_path_names_several_in_the_order_of_the_document() {
        let gave = bench("$.store.book[?@.price < 10].author").fire().unwrap();
        assert_eq!(found(&gave).0, [json!("Rees"), json!("Melville")]);
        assert_eq!(found(&gave).1, ["/store/book/0/author", "/store/book/2/author"]);
        assert_eq!(bench("$..price").fire().unwrap().get::<i64>("count"), Ok(4));
        assert_eq!(found(&bench("$..book[-1].isbn").fire().unwrap()).0, [json!("0-553")]);
        assert_eq!(found(&bench("$..book[?search(@.author, '^[RW]')].price").fire().unwrap()).0.len(), 2);
    }

    #[test]
    fn what_is_missing_fails_is_skipped_or_is_null() {
        let error = bench("/store/car").fire().map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), "nothing in the document lies at `/store/car`");
        assert!(error.is_permanent() && error.hint_text().is_some());
        let skipped = bench("$.car").param("missing", "skip").fire().unwrap();
        assert_eq!((skipped.skipped("value"), skipped.get("count")), (Some("not in the document"), Ok(0)));
        assert_eq!(bench("$.car").param("missing", "null").fire().unwrap().get::<Json>("value"), Ok(Json::Null));
    }

    #[test]
    fn long_names_above_what_is_found_do_not_fill_the_memory() {
        let json = Value::Json(Arc::new(json!({ "x".repeat(1 << 20): vec![0; 400] })));
        let error = Harness::of::<Get>().param("path", "$.*.*").input("json", json).fire().map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("larger than the 268435456 bytes"), "{error}");
    }

    #[test]
    fn a_wrong_path_is_refused_before_anything_runs() {
        let cause = |path: &str| bench(path).open().unwrap_err().to_string();
        assert!(cause("$.a[").starts_with("parameter `path`: `$.a[` is not a JSONPath"), "{}", cause("$.a["));
        assert!(cause("a.b").starts_with("parameter `path`: `a.b` is not a JSON Pointer"));
        assert!(cause(&format!("$[?{}", "(".repeat(2_000))).contains("nested more than 8 deep"));
        assert!(bench(&format!("$[?{}@.a{}]", "(".repeat(7), ")".repeat(7))).open().is_ok());
        let error = bench(&format!("${}", "..*".repeat(60))).fire().map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("the path may visit"), "{error}");
    }
}
