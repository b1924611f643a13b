//! The one expression language, minijinja with a step limit: conditions of nodes and templates of texts.
//!
//! Deliberately absent: includes, files, clocks and chance; what an expression gives depends on its values alone.

mod bounds;
mod language;
mod pattern;
mod template;
mod values;

use minijinja::Expression;

pub use pattern::{Pattern, add_ports};
pub use template::Template;

use crate::node::NodeError;
use crate::value::{Bag, Value};

/// An expression over named values: `value.width > 1000 and name is endingwith(".jpg")`.
///
/// Of a file it sees `name`, `stem`, `ext`, `parent` and `media_type`, of a picture `width`, `height` and `channels`; all
/// else it sees as JSON.
#[derive(Debug)]
pub struct Expr {
    text: String,
    names: Vec<String>,
    growth: bounds::Growth,
    compiled: Expression<'static, 'static>,
}

impl Expr {
    /// Compiles an expression.
    ///
    /// # Errors
    /// Says what is wrong with the text; also names a filter, test or function that does not exist.
    pub fn compile(text: &str) -> Result<Self, NodeError> {
        let wrong = |error: &minijinja::Error| {
            language::explain(error, format!("`{}` is not an expression", language::shorten(text)))
        };
        language::check_length(text)?;
        let growth = bounds::Growth::of([text])?;
        let compiled = language::EXPRESSIONS.compile_expression_owned(text.to_owned());
        let compiled = compiled.map_err(|error| wrong(&error))?;
        let lenient = language::LENIENT.compile_expression_owned(text.to_owned()).map_err(|error| wrong(&error))?;
        language::unknown_name(lenient.eval(())).map_err(|error| wrong(&error))?;
        let names = language::names(compiled.undeclared_variables(false));
        Ok(Self { text: text.to_owned(), names, growth, compiled })
    }

    /// Returns the names of the values that it uses, sorted.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Returns what it gives for the values in a bag.
    ///
    /// # Errors
    /// Names what is missing or cannot be computed, and ends after a bounded number of steps.
    pub fn eval(&self, bag: &Bag) -> Result<Value, NodeError> {
        self.growth.check(|| values::seen_bytes(bag, &self.names)).map_err(|error| self.located(error))?;
        let context = values::context(bag, &self.names)?;
        let value = self.compiled.eval(context).map_err(|error| self.failed(&error))?;
        values::from_jinja(&value).map_err(|error| self.located(error))
    }

    /// Returns whether the condition holds for the values in a bag.
    ///
    /// # Errors
    /// As [`Expr::eval`]; also refuses what gives neither true nor false.
    pub fn holds(&self, bag: &Bag) -> Result<bool, NodeError> {
        match self.eval(bag)? {
            Value::Bool(holds) => Ok(holds),
            other => {
                let (text, found) = (language::shorten(&self.text), other.summary());
                Err(NodeError::new(format!("`{text}` must give true or false, it gave {found}")).permanent())
            }
        }
    }

    fn located(&self, error: NodeError) -> NodeError {
        error.within(format!("`{}` cannot be computed", language::shorten(&self.text)))
    }

    fn failed(&self, error: &minijinja::Error) -> NodeError {
        language::explain(error, format!("`{}` cannot be computed", language::shorten(&self.text))).permanent()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::value::{Channels, File, Image, Samples};

    fn bag() -> Bag {
        let file = File::on_disk("/x/a/b.jpg", "a/b.jpg", "image/jpeg");
        let image =
            Image::new(3, 1, Channels::Gray, Samples::U8(vec![0; 3])).map(|image| Value::Image(Arc::new(image)));
        let row = crate::json!({ "age": 7, "tags": ["x", "y"] });
        let mut bag = Bag::new();
        bag.set("file", Value::File(Arc::new(file)));
        bag.set("image", image.unwrap());
        bag.set("row", Value::Json(Arc::new(row)));
        bag.set("n", Value::Int(4));
        bag.set("none", Value::Absent);
        bag
    }

    #[track_caller]
    fn holds(text: &str) -> bool {
        Expr::compile(text).and_then(|expr| expr.holds(&bag())).unwrap()
    }

    #[test]
    fn conditions_see_rows_files_and_pictures() {
        for text in [
            "n > 3 and n <= 4",
            "row.age + 1 == 8 and 'x' in row.tags",
            "file.ext == 'jpg' and file.stem == 'b' and file.parent == 'a' and file.name is endingwith('.jpg')",
            "image.width > image.height and image.channels == 1",
            "none is none",
            "row.gone is undefined",
        ] {
            assert!(holds(text), "{text}");
        }
        assert!(!holds("n > 4"));
    }

    #[test]
    fn an_expression_gives_values_and_names_what_it_uses() {
        let expr = Expr::compile("[row.age * 2, n / 8, file.stem]").unwrap();
        assert_eq!(expr.names(), ["file", "n", "row"]);
        let list = expr.eval(&bag()).unwrap();
        assert_eq!(list.to_json(), Some(crate::json!([14, 0.5, "b"])));
        assert_eq!(Expr::compile("range(3)|length").unwrap().names(), [""; 0]);
    }

    #[test]
    fn what_is_wrong_is_found_before_anything_runs() {
        let cause = |text: &str| Expr::compile(text).map(|_| ()).unwrap_err().to_string();
        assert!(cause("n >").starts_with("`n >` is not an expression: "), "{}", cause("n >"));
        assert!(cause("n|uppr").contains("uppr"), "{}", cause("n|uppr"));
        assert!(cause("").contains("is empty"));
        assert!(cause(&"(".repeat(100_000)).contains("too long"));
        assert!(cause(&"(".repeat(5_000)).contains("not an expression"));
    }

    #[test]
    fn what_cannot_be_computed_fails_with_its_cause() {
        let cause = |text: &str| Expr::compile(text).unwrap().holds(&bag()).unwrap_err().to_string();
        assert!(cause("gone > 1").contains("`gone` has no value"), "{}", cause("gone > 1"));
        assert!(cause("n").contains("must give true or false, it gave 4"));
        assert!(cause("row.age > 'x'|int").contains("cannot be computed"), "{}", cause("row.age > 'x'|int"));
        let endless = "range(99999)|map('string')|list|length * 0 == range(99999)|map('int')|sum";
        assert!(Expr::compile(endless).unwrap().holds(&bag()).is_ok_and(|holds| !holds));
    }
}
