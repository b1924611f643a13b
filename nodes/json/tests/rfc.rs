//! The examples that the standards themselves give, case by case: RFC 6901, 6902, 7396 and 9535.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use serde_json::Value as Json;
use windlass_core::harness::{Gave, Harness};
use windlass_core::json;
use windlass_core::node::NodeError;
use windlass_core::registry::Registry;
use windlass_core::value::Value;

fn fire(kind: &str, params: &[(&str, &str)], inputs: &[(&str, &Json)]) -> Result<Gave, NodeError> {
    let registry = Registry::new([windlass_json::pack()]).unwrap();
    let bench = Harness::new(registry.kind(kind).unwrap().clone());
    let bench = params.iter().fold(bench, |bench, (name, value)| bench.param(name, *value));
    let bench = inputs
        .iter()
        .fold(bench, |bench, (name, json)| bench.input(name, Value::Json(std::sync::Arc::new((*json).clone()))));
    bench.fire()
}

fn found(path: &str, document: &Json) -> Vec<Json> {
    let gave = fire("json.get", &[("path", path), ("missing", "null")], &[("json", document)]);
    gave.unwrap_or_else(|error| panic!("{path}: {error}")).get("values").unwrap()
}

#[track_caller]
fn finds(document: &Json, cases: &[(&str, Json)]) {
    for (path, expected) in cases {
        assert_eq!(Json::from(found(path, document)), *expected, "{path}");
    }
}

#[test]
fn pointers_of_rfc_6901_section_5() {
    let document = json!({
        "foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4, "i\\j": 5, "k\"l": 6, " ": 7, "m~n": 8,
    });
    let cases = [
        ("", document.clone()),
        ("/foo", json!(["bar", "baz"])),
        ("/foo/0", json!("bar")),
        ("/", json!(0)),
        ("/a~1b", json!(1)),
        ("/c%d", json!(2)),
        ("/e^f", json!(3)),
        ("/g|h", json!(4)),
        ("/i\\j", json!(5)),
        ("/k\"l", json!(6)),
        ("/ ", json!(7)),
        ("/m~0n", json!(8)),
    ];
    for (pointer, expected) in cases {
        assert_eq!(found(pointer, &document), [expected], "{pointer}");
    }
}

#[test]
fn merge_patches_of_rfc_7396_appendix_a() {
    let cases = [
        (json!({ "a": "b" }), json!({ "a": "c" }), json!({ "a": "c" })),
        (json!({ "a": "b" }), json!({ "b": "c" }), json!({ "a": "b", "b": "c" })),
        (json!({ "a": "b" }), json!({ "a": null }), json!({})),
        (json!({ "a": "b", "b": "c" }), json!({ "a": null }), json!({ "b": "c" })),
        (json!({ "a": ["b"] }), json!({ "a": "c" }), json!({ "a": "c" })),
        (json!({ "a": "c" }), json!({ "a": ["b"] }), json!({ "a": ["b"] })),
        (json!({ "a": { "b": "c" } }), json!({ "a": { "b": "d", "c": null } }), json!({ "a": { "b": "d" } })),
        (json!({ "a": [{ "b": "c" }] }), json!({ "a": [1] }), json!({ "a": [1] })),
        (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
        (json!({ "a": "b" }), json!(["c"]), json!(["c"])),
        (json!({ "a": "foo" }), json!(null), json!(null)),
        (json!({ "a": "foo" }), json!("bar"), json!("bar")),
        (json!({ "e": null }), json!({ "a": 1 }), json!({ "e": null, "a": 1 })),
        (json!([1, 2]), json!({ "a": "b", "c": null }), json!({ "a": "b" })),
        (json!({}), json!({ "a": { "bb": { "ccc": null } } }), json!({ "a": { "bb": {} } })),
    ];
    for (original, patch, expected) in cases {
        let gave = fire("json.merge", &[], &[("json", &original), ("with", &patch)]).unwrap();
        assert_eq!(gave.get::<Json>("json"), Ok(expected), "{original} with {patch}");
    }
}

/// Patches documents; where nothing is expected, an error is.
#[track_caller]
fn patches(cases: &[(&str, Json, Json, Option<Json>)]) {
    for (case, document, patch, expected) in cases {
        let gave = fire("json.patch", &[], &[("json", document), ("patch", patch)]);
        assert_eq!(gave.and_then(|gave| gave.get::<Json>("json")).ok(), *expected, "{case}");
    }
}

#[test]
fn patches_of_rfc_6902_appendix_a() {
    patches(&[
        (
            "A.1",
            json!({ "foo": "bar" }),
            json!([{ "op": "add", "path": "/baz", "value": "qux" }]),
            Some(json!({ "baz": "qux", "foo": "bar" })),
        ),
        (
            "A.2",
            json!({ "foo": ["bar", "baz"] }),
            json!([{ "op": "add", "path": "/foo/1", "value": "qux" }]),
            Some(json!({ "foo": ["bar", "qux", "baz"] })),
        ),
        (
            "A.3",
            json!({ "baz": "qux", "foo": "bar" }),
            json!([{ "op": "remove", "path": "/baz" }]),
            Some(json!({ "foo": "bar" })),
        ),
        (
            "A.4",
            json!({ "foo": ["bar", "qux", "baz"] }),
            json!([{ "op": "remove", "path": "/foo/1" }]),
            Some(json!({ "foo": ["bar", "baz"] })),
        ),
        (
            "A.5",
            json!({ "baz": "qux", "foo": "bar" }),
            json!([{ "op": "replace", "path": "/baz", "value": "boo" }]),
            Some(json!({ "baz": "boo", "foo": "bar" })),
        ),
        (
            "A.6",
            json!({ "foo": { "bar": "baz", "waldo": "fred" }, "qux": { "corge": "grault" } }),
            json!([{ "op": "move", "from": "/foo/waldo", "path": "/qux/thud" }]),
            Some(json!({ "foo": { "bar": "baz" }, "qux": { "corge": "grault", "thud": "fred" } })),
        ),
        (
            "A.7",
            json!({ "foo": ["all", "grass", "cows", "eat"] }),
            json!([{ "op": "move", "from": "/foo/1", "path": "/foo/3" }]),
            Some(json!({ "foo": ["all", "cows", "eat", "grass"] })),
        ),
    ]);
}

#[test]
fn patches_that_test_and_refuse_of_rfc_6902_appendix_a() {
    patches(&[
        (
            "A.8",
            json!({ "baz": "qux", "foo": ["a", 2, "c"] }),
            json!([{ "op": "test", "path": "/baz", "value": "qux" }, { "op": "test", "path": "/foo/1", "value": 2 }]),
            Some(json!({ "baz": "qux", "foo": ["a", 2, "c"] })),
        ),
        ("A.9", json!({ "baz": "qux" }), json!([{ "op": "test", "path": "/baz", "value": "bar" }]), None),
        (
            "A.10",
            json!({ "foo": "bar" }),
            json!([{ "op": "add", "path": "/child", "value": { "grandchild": {} } }]),
            Some(json!({ "foo": "bar", "child": { "grandchild": {} } })),
        ),
        (
            "A.11",
            json!({ "foo": "bar" }),
            json!([{ "op": "add", "path": "/baz", "value": "qux", "xyz": 123 }]),
            Some(json!({ "foo": "bar", "baz": "qux" })),
        ),
        ("A.12", json!({ "foo": "bar" }), json!([{ "op": "add", "path": "/baz/bat", "value": "qux" }]), None),
        (
            "A.14",
            json!({ "/": 9, "~1": 10 }),
            json!([{ "op": "test", "path": "/~01", "value": 10 }]),
            Some(json!({ "/": 9, "~1": 10 })),
        ),
        ("A.15", json!({ "/": 9, "~1": 10 }), json!([{ "op": "test", "path": "/~01", "value": "10" }]), None),
        (
            "A.16",
            json!({ "foo": ["bar"] }),
            json!([{ "op": "add", "path": "/foo/-", "value": ["abc", "def"] }]),
            Some(json!({ "foo": ["bar", ["abc", "def"]] })),
        ),
    ]);
}

#[test]
fn paths_of_rfc_9535_section_1_5() {
    let books = json!([
        { "category": "reference", "author": "Nigel Rees", "title": "Sayings of the Century", "price": 8.95 },
        { "category": "fiction", "author": "Evelyn Waugh", "title": "Sword of Honour", "price": 12.99 },
        { "category": "fiction", "author": "Herman Melville", "title": "Moby Dick", "isbn": "0-553-21311-3", "price": 8.99 },
        { "category": "fiction", "author": "J. R. R. Tolkien", "title": "The Lord of the Rings", "isbn": "0-395-19395-8", "price": 22.99 },
    ]);
    let bicycle = json!({ "color": "red", "price": 399 });
    let store = json!({ "store": { "book": books, "bicycle": bicycle } });
    let authors = json!(["Nigel Rees", "Evelyn Waugh", "Herman Melville", "J. R. R. Tolkien"]);
    finds(
        &store,
        &[
            ("$.store.book[*].author", authors.clone()),
            ("$..author", authors),
            ("$.store.*", json!([books, bicycle])),
            ("$.store..price", json!([8.95, 12.99, 8.99, 22.99, 399])),
            ("$..book[2]", json!([books[2]])),
            ("$..book[2].author", json!(["Herman Melville"])),
            ("$..book[2].publisher", json!([])),
            ("$..book[-1]", json!([books[3]])),
            ("$..book[0,1]", json!([books[0], books[1]])),
            ("$..book[:2]", json!([books[0], books[1]])),
            ("$..book[?@.isbn]", json!([books[2], books[3]])),
            ("$..book[?@.price<10]", json!([books[0], books[2]])),
        ],
    );
    assert_eq!(found("$..*", &store).len(), 27);
}

#[test]
fn selectors_of_rfc_9535_section_2_3() {
    finds(
        &json!({ "o": { "j j": { "k.k": 3 } }, "'": { "@": 2 } }),
        &[
            ("$.o['j j']", json!([{ "k.k": 3 }])),
            ("$.o['j j']['k.k']", json!([3])),
            ("$.o[\"j j\"][\"k.k\"]", json!([3])),
            ("$[\"'\"][\"@\"]", json!([2])),
        ],
    );
    finds(
        &json!({ "o": { "j": 1, "k": 2 }, "a": [5, 3] }),
        &[
            ("$[*]", json!([{ "j": 1, "k": 2 }, [5, 3]])),
            ("$.o[*]", json!([1, 2])),
            ("$.o[*, *]", json!([1, 2, 1, 2])),
            ("$.a[*]", json!([5, 3])),
        ],
    );
    finds(&json!(["a", "b"]), &[("$[1]", json!(["b"])), ("$[-2]", json!(["a"]))]);
    finds(
        &json!(["a", "b", "c", "d", "e", "f", "g"]),
        &[
            ("$[1:3]", json!(["b", "c"])),
            ("$[5:]", json!(["f", "g"])),
            ("$[1:5:2]", json!(["b", "d"])),
            ("$[5:1:-2]", json!(["f", "d"])),
            ("$[::-1]", json!(["g", "f", "e", "d", "c", "b", "a"])),
            ("$[0, 3]", json!(["a", "d"])),
            ("$[0:2, 5]", json!(["a", "b", "f"])),
            ("$[0, 0]", json!(["a", "a"])),
        ],
    );
}

#[test]
fn filters_of_rfc_9535_section_2_3_5() {
    let a = json!([3, 5, 1, 2, 4, 6, { "b": "j" }, { "b": "k" }, { "b": {} }, { "b": "kilo" }]);
    let o = json!({ "p": 1, "q": 2, "r": 3, "s": 5, "t": { "u": 6 } });
    finds(
        &json!({ "a": a, "o": o, "e": "f" }),
        &[
            ("$.a[?@.b == 'kilo']", json!([{ "b": "kilo" }])),
            ("$.a[?(@.b == 'kilo')]", json!([{ "b": "kilo" }])),
            ("$.a[?@>3.5]", json!([5, 4, 6])),
            ("$.a[?@.b]", json!([{ "b": "j" }, { "b": "k" }, { "b": {} }, { "b": "kilo" }])),
            ("$[?@.*]", json!([a, o])),
            ("$[?@[?@.b]]", json!([a])),
            ("$.o[?@<3, ?@<3]", json!([1, 2, 1, 2])),
            ("$.a[?@<2 || @.b == \"k\"]", json!([1, { "b": "k" }])),
            ("$.a[?match(@.b, \"[jk]\")]", json!([{ "b": "j" }, { "b": "k" }])),
            ("$.a[?search(@.b, \"[jk]\")]", json!([{ "b": "j" }, { "b": "k" }, { "b": "kilo" }])),
            ("$.o[?@>1 && @<4]", json!([2, 3])),
            ("$.o[?@.u || @.x]", json!([{ "u": 6 }])),
            ("$.a[?@.b == $.x]", json!([3, 5, 1, 2, 4, 6])),
            ("$.a[?@ == @]", a.clone()),
        ],
    );
}

#[test]
fn comparisons_of_rfc_9535_section_2_3_5() {
    let document = json!({ "obj": { "x": "y" }, "arr": [2, 3] });
    // One line of the table is left out: for the library, nothing is not `<=` nothing.
    let cases = [
        ("$.absent1 == $.absent2", true),
        ("$.absent == 'g'", false),
        ("$.absent1 != $.absent2", false),
        ("$.absent != 'g'", true),
        ("1 <= 2", true),
        ("1 > 2", false),
        ("13 == '13'", false),
        ("'a' <= 'b'", true),
        ("'a' > 'b'", false),
        ("$.obj == $.arr", false),
        ("$.obj != $.arr", true),
        ("$.obj == $.obj", true),
        ("$.obj != $.obj", false),
        ("$.arr == $.arr", true),
        ("$.arr != $.arr", false),
        ("$.obj == 17", false),
        ("$.obj != 17", true),
        ("$.obj <= $.arr", false),
        ("$.obj < $.arr", false),
        ("$.obj <= $.obj", true),
        ("$.arr <= $.arr", true),
        ("1 <= $.arr", false),
        ("1 >= $.arr", false),
        ("1 > $.arr", false),
        ("1 < $.arr", false),
        ("true <= true", true),
        ("true > true", false),
    ];
    for (comparison, holds) in cases {
        assert_eq!(found(&format!("$[?{comparison}]"), &document).len(), if holds { 2 } else { 0 }, "{comparison}");
    }
}

#[test]
fn descendants_and_nulls_of_rfc_9535_sections_2_5_2_and_2_6() {
    finds(
        &json!({ "o": { "j": 1, "k": 2 }, "a": [5, 3, [{ "j": 4 }, { "k": 6 }]] }),
        &[
            ("$..j", json!([1, 4])),
            ("$..[0]", json!([5, { "j": 4 }])),
            ("$..o", json!([{ "j": 1, "k": 2 }])),
            ("$.o..[*, *]", json!([1, 2, 1, 2])),
            ("$.a..[0, 1]", json!([5, 3, { "j": 4 }, { "k": 6 }])),
        ],
    );
    finds(
        &json!({ "a": null, "b": [null], "c": [{}], "null": 1 }),
        &[
            ("$.a", json!([null])),
            ("$.a[0]", json!([])),
            ("$.a.d", json!([])),
            ("$.b[0]", json!([null])),
            ("$.b[*]", json!([null])),
            ("$.b[?@]", json!([null])),
            ("$.b[?@==null]", json!([null])),
            ("$.c[?@.d==null]", json!([])),
            ("$.null", json!([1])),
        ],
    );
}
