//! Scalars that the format asks for: texts, flags, counts, pairs of numbers, names, references and constants.

use serde_json::{Map, Value as Json};

use super::Cx;
use crate::doc::Reference;
use crate::doc::reference::{MAX_NAME, is_name};
use crate::doc::tree::{Kind, Scalar, Tree};
use crate::problem::{Problem, Spanned};

impl Cx {
    /// Reads a text. `what` it is: `` `title` ``.
    pub(super) fn text(&mut self, tree: &Tree<'_>, what: &str) -> Option<String> {
        let text = tree.text().map(str::to_owned);
        if text.is_none() {
            self.wrong_kind(tree, what, "a text");
        }
        text
    }

    /// Reads `true` or `false`.
    pub(super) fn flag(&mut self, tree: &Tree<'_>, what: &str) -> Option<bool> {
        if let Some(Scalar::Bool(flag)) = tree.scalar() {
            return Some(flag);
        }
        self.wrong_kind(tree, what, "`true` or `false`");
        None
    }

    /// Reads a whole number that is at least `least`.
    pub(super) fn count(&mut self, tree: &Tree<'_>, what: &str, least: u64) -> Option<u64> {
        let number = match tree.scalar() {
            Some(Scalar::Number(number)) => number,
            Some(Scalar::NotFinite | Scalar::TooLarge) => {
                self.no_json_number(tree);
                return None;
            }
            _ => {
                self.wrong_kind(tree, what, "a whole number");
                return None;
            }
        };
        let count = number.as_u64().filter(|count| *count >= least);
        if count.is_none() {
            let message = format!("{what} must be a whole number of at least {least}, and this is {number}");
            let problem = Problem::error("bad-number", message).at(self.span(tree));
            self.report(problem.hint(format!("write {least} or more, without a point")));
        }
        count
    }

    /// Reads a finite number.
    pub(super) fn number(&mut self, tree: &Tree<'_>, what: &str) -> Option<f64> {
        match tree.scalar() {
            Some(Scalar::Number(number)) => number.as_f64(),
            Some(Scalar::NotFinite | Scalar::TooLarge) => {
                self.no_json_number(tree);
                None
            }
            _ => {
                self.wrong_kind(tree, what, "a number");
                None
            }
        }
    }

    /// Reads `[x, y]`.
    pub(super) fn pair(&mut self, tree: &Tree<'_>, what: &str) -> Option<[f64; 2]> {
        if let Some([x, y]) = tree.members() {
            return Some([self.number(x, what)?, self.number(y, what)?]);
        }
        self.wrong_kind(tree, what, "a list of two numbers");
        None
    }

    /// Reads the name of a node, graph input or graph output. `what` it is: `a node id`.
    pub(super) fn name(&mut self, key: &Tree<'_>, what: &str) -> Option<String> {
        let name = key.text().unwrap_or_default();
        if is_name(name) {
            return Some(name.to_owned());
        }
        let shown: String = name.chars().take(MAX_NAME + 1).collect();
        let problem = Problem::error("bad-name", format!("`{shown}` cannot be {what}")).at(self.span(key));
        let rule = format!("a name is a letter of a to z, then letters, digits, `_` or `-`, at most {MAX_NAME}");
        self.report(problem.hint(rule));
        None
    }

    /// Reads `node.port` or `$input`.
    pub(super) fn reference(&mut self, tree: &Tree<'_>, what: &str) -> Option<Spanned<Reference>> {
        let hint = "write `node.port`, or `$name` for a graph input; a constant stands in `params`";
        let Some(text) = tree.text() else {
            let message = format!("{what} must be a reference, and this is {}", tree.words());
            self.report(Problem::error("bad-reference", message).at(self.span(tree)).hint(hint));
            return None;
        };
        match text.parse() {
            Ok(value) => Some(Spanned { value, span: self.span(tree) }),
            Err(error) => {
                self.report(Problem::error("bad-reference", error.to_string()).at(self.span(tree)).hint(hint));
                None
            }
        }
    }

    /// Reads a constant of any shape.
    pub(super) fn constant(&mut self, tree: &Tree<'_>) -> Option<Json> {
        match (&tree.kind, tree.scalar()) {
            (Kind::Map(entries), _) => {
                let field = |(key, value): &(Tree<'_>, Tree<'_>)| {
                    Some((key.text().unwrap_or_default().to_owned(), self.constant(value)?))
                };
                entries.iter().map(field).collect::<Option<Map<_, _>>>().map(Json::Object)
            }
            (Kind::List(members), _) => {
                members.iter().map(|member| self.constant(member)).collect::<Option<_>>().map(Json::Array)
            }
            (Kind::Scalar(_), Some(Scalar::Bool(flag))) => Some(flag.into()),
            (Kind::Scalar(_), Some(Scalar::Number(number))) => Some(Json::Number(number)),
            (Kind::Scalar(_), Some(Scalar::Text(text))) => Some(text.into()),
            (Kind::Scalar(_), Some(Scalar::Null) | None) => Some(Json::Null),
            (Kind::Scalar(_), Some(Scalar::NotFinite | Scalar::TooLarge)) => {
                self.no_json_number(tree);
                None
            }
        }
    }

    /// Reads a constant with its place.
    pub(super) fn spanned_constant(&mut self, tree: &Tree<'_>) -> Option<Spanned<Json>> {
        let value = self.constant(tree)?;
        Some(Spanned { value, span: self.span(tree) })
    }

    fn no_json_number(&mut self, tree: &Tree<'_>) {
        let (message, hint) = match tree.scalar() {
            Some(Scalar::NotFinite) => {
                ("a number must be finite, and this is not", "leave the bound out, or write a large number")
            }
            _ => ("this number is larger than the program can hold", "put it in quotes if it is meant as a text"),
        };
        self.report(Problem::error("bad-number", message).at(self.span(tree)).hint(hint));
    }
}
