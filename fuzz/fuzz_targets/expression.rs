//! Any text is an expression and a template of texts, or is refused in words; both end, whatever they are given.
#![no_main]

use libfuzzer_sys::fuzz_target;
use windlass_core::expr::{Expr, Template};
use windlass_core::json;
use windlass_core::value::{Bag, Value};

fn bag(names: &[String]) -> Bag {
    let row = json!({ "name": "Ada", "age": 7, "tags": ["x", "y"], "share": 0.5 });
    let values = [Value::Int(3), Value::text("a/b.jpg"), Value::from_constant(&row), Value::Bool(true)];
    names.iter().enumerate().map(|(at, name)| (name.as_str(), values[at % values.len()].clone())).collect()
}

fuzz_target!(|text: &str| {
    if let Ok(expr) = Expr::compile(text) {
        let bag = bag(expr.names());
        // The same values give the same result: no clock and no chance is in reach.
        assert_eq!(expr.eval(&bag).map(|value| value.to_json()), expr.eval(&bag).map(|value| value.to_json()));
        assert!(expr.holds(&Bag::new()).is_err() || expr.names().is_empty());
    }
    if let Ok(template) = Template::compile(text) {
        let bag = bag(template.names());
        assert_eq!(template.render(&bag), template.render(&bag));
    }
});
