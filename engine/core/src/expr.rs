//! The one expression language, minijinja's with a bound on steps, time and memory: conditions of nodes and templates of
//! texts.
//!
//! Deliberately absent: includes, files, clocks and chance; what an expression gives depends on its values alone.

mod budget;
mod filters;
mod functions;
mod language;
mod operators;
mod pattern;
mod program;
mod syntax;
mod template;
mod values;

pub use pattern::{Pattern, add_ports};
pub use template::Template;

use crate::node::NodeError;
use crate::value::{Bag, Value};
use program::{Program, Wrong};

/// The longest text of an expression, in bytes.
const MAX_TEXT_BYTES: usize = 64 << 10;

/// An expression over named values: `value.width > 1000 and name is endingwith(".jpg")`.
///
/// Of a file it sees `name`, `stem`, `ext`, `parent` and `media_type`, of a picture `width`, `height` and `channels`; all
/// else it sees as JSON.
#[derive(Debug)]
pub struct Expr {
    text: String,
    program: Program,
}

impl Expr {
    /// Compiles an expression of at most 64 KiB, 20,000 words and signs, and 300 operators one inside of the other.
    ///
    /// # Errors
    /// Says what is wrong with the text; also names a filter or test that does not exist.
    pub fn compile(text: &str) -> Result<Self, NodeError> {
        check_length(text)?;
        let wrong = |wrong: Wrong| wrong.error.within(format!("`{}` is not an expression", language::shorten(text)));
        let program = Program::expression(text).map_err(wrong)?;
        Ok(Self { text: text.to_owned(), program })
    }

    /// Returns the names of the values that it uses, sorted.
    pub fn names(&self) -> &[String] {
        &self.program.names
    }

    /// Returns what it gives for the values in a bag.
    ///
    /// # Errors
    /// Names what is missing or cannot be computed; also ends after a bounded number of steps, and where these would look
    /// at more than 1 GiB or make more than 256 MiB.
    pub fn eval(&self, bag: &Bag) -> Result<Value, NodeError> {
        let context = values::context(bag, self.names())?;
        let computed = self.program.run(context).map_err(|error| self.located(language::cause(&error)).permanent())?;
        values::from_jinja(&computed.0.unwrap_or_default()).map_err(|error| self.located(error))
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
}

fn check_length(text: &str) -> Result<(), NodeError> {
    if text.trim().is_empty() {
        return Err(NodeError::new("the expression is empty"));
    }
    if text.len() > MAX_TEXT_BYTES {
        let said = format!("the text is too long: {} bytes, at most {MAX_TEXT_BYTES}", text.len());
        return Err(NodeError::new(said).hint("compute parts of it in nodes of their own"));
    }
    Ok(())
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
        let endless = Expr::compile("1e308 * 10").unwrap().eval(&bag()).unwrap_err().to_string();
        assert!(Expr::compile("[[1, 1e308 * 10]]").unwrap().eval(&bag()).is_err(), "wherever it stands");
        assert!(endless.ends_with("a number in what it gives is infinite, or none"), "{endless}");
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
