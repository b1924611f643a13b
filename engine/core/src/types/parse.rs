//! Types as text: `int(1..10)`, `text("a"|"b")`, `list<image>`, `image|text?`.

use std::fmt;
use std::str::FromStr;

use super::Type;

/// How deep lists may be nested in one type.
const MAX_DEPTH: usize = 16;

/// Why a text is no type.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("`{text}` is not a type: {cause}")]
pub struct TypeError {
    /// The text.
    pub text: String,
    /// What is wrong.
    pub cause: String,
}

const PLAIN: [(&str, Type); 13] = [
    ("any", Type::Any),
    ("bool", Type::Bool),
    ("int", Type::Int(None, None)),
    ("float", Type::Float(None, None)),
    ("text", Type::Text(None)),
    ("json", Type::Json),
    ("path", Type::Path),
    ("file", Type::File),
    ("audio", Type::Audio),
    ("video", Type::Video),
    ("image", Type::Image),
    ("tensor", Type::Tensor),
    ("table", Type::Table),
];

impl FromStr for Type {
    type Err = TypeError;

    fn from_str(text: &str) -> Result<Self, TypeError> {
        let mut parser = Parser { rest: text, depth: 0 };
        let parsed = parser.union().and_then(|ty| match parser.rest.trim() {
            "" => Ok(ty),
            rest => Err(format!("`{rest}` was not expected")),
        });
        parsed.map_err(|cause| TypeError { text: text.chars().take(80).collect(), cause })
    }
}

struct Parser<'a> {
    rest: &'a str,
    depth: usize,
}

impl Parser<'_> {
    fn eat(&mut self, token: &str) -> bool {
        let rest = self.rest.trim_start();
        let Some(after) = rest.strip_prefix(token) else { return false };
        self.rest = after;
        true
    }

    fn expect(&mut self, token: &str) -> Result<(), String> {
        if self.eat(token) { Ok(()) } else { Err(format!("expected `{token}`")) }
    }

    fn union(&mut self) -> Result<Type, String> {
        let mut members = vec![self.optional()?];
        while self.eat("|") {
            members.push(self.optional()?);
        }
        Ok(Type::union(members))
    }

    fn optional(&mut self) -> Result<Type, String> {
        let ty = self.single()?;
        Ok(if self.eat("?") { Type::optional(ty) } else { ty })
    }

    fn single(&mut self) -> Result<Type, String> {
        let name = self.name()?;
        match name.as_str() {
            "list" => self.list(),
            "int" if self.eat("(") => self.range(|text| text.parse::<i64>().ok()).map(|(a, b)| Type::Int(a, b)),
            "float" if self.eat("(") => {
                let finite = |text: &str| text.parse::<f64>().ok().filter(|float| float.is_finite());
                self.range(finite).map(|(a, b)| Type::Float(a, b))
            }
            "text" if self.eat("(") => self.choices(),
            "Failure" => Ok(Type::Failure),
            _ => plain(&name),
        }
    }

    fn name(&mut self) -> Result<String, String> {
        let rest = self.rest.trim_start();
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.').unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        self.rest = after;
        if name.is_empty() { Err("a name was expected".into()) } else { Ok(name.to_owned()) }
    }

    fn list(&mut self) -> Result<Type, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(format!("lists are nested deeper than {MAX_DEPTH}"));
        }
        self.expect("<")?;
        let of = self.union()?;
        self.expect(">")?;
        self.depth -= 1;
        Ok(Type::list(of))
    }

    fn range<T: PartialOrd>(&mut self, parse: impl Fn(&str) -> Option<T>) -> Result<(Option<T>, Option<T>), String> {
        let end = self.rest.find(')').ok_or("expected `)`")?;
        let (inside, after) = self.rest.split_at(end);
        let (low, high) = inside.split_once("..").ok_or("a range is written `1..10`, `1..` or `..10`")?;
        let bound = |text: &str| match text.trim() {
            "" => Ok(None),
            text => parse(text).map(Some).ok_or_else(|| format!("`{text}` is not a number")),
        };
        let (low, high) = (bound(low)?, bound(high)?);
        if let (Some(low), Some(high)) = (&low, &high)
            && low > high
        {
            return Err("the range is empty".into());
        }
        self.rest = &after[1..];
        Ok((low, high))
    }

    fn choices(&mut self) -> Result<Type, String> {
        let mut texts = Vec::new();
        loop {
            self.expect("\"")?;
            let end = self.rest.find('"').ok_or("a text is not closed")?;
            texts.push(self.rest[..end].to_owned());
            self.rest = &self.rest[end + 1..];
            if !self.eat("|") {
                break;
            }
        }
        self.expect(")")?;
        Ok(Type::one_of(texts))
    }
}

fn plain(name: &str) -> Result<Type, String> {
    if let Some((_, ty)) = PLAIN.iter().find(|(known, _)| *known == name) {
        return Ok(ty.clone());
    }
    if name.starts_with(|c: char| c.is_ascii_uppercase()) {
        return Ok(Type::named(name));
    }
    let known = PLAIN.iter().map(|(known, _)| *known).chain(["list"]);
    Err(match crate::problem::nearest(name, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "types are any, bool, int, float, text, json, path, file, image, audio, video, tensor, table, \
                 list<T>, T?, A|B and records by name"
            .to_owned(),
    })
}

pub(super) fn print(ty: &Type, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match ty {
        Type::Absent => f.write_str("absent"),
        Type::Int(None, None) => f.write_str("int"),
        Type::Int(low, high) => print_range(f, "int", low.as_ref(), high.as_ref()),
        Type::Float(None, None) => f.write_str("float"),
        Type::Float(low, high) => print_range(f, "float", low.as_ref(), high.as_ref()),
        Type::Text(Some(texts)) => {
            let quoted: Vec<_> = texts.iter().map(|text| format!("\"{text}\"")).collect();
            write!(f, "text({})", quoted.join("|"))
        }
        Type::Failure => f.write_str("Failure"),
        Type::List(of) => write!(f, "list<{of}>"),
        Type::Named(name) | Type::Var(name) => f.write_str(name),
        Type::Union(members) => print_union(members, f),
        plain => {
            let name = PLAIN.iter().find(|(_, known)| known == plain).map_or("any", |(name, _)| name);
            f.write_str(name)
        }
    }
}

fn print_union(members: &[Type], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let present: Vec<_> = members.iter().filter(|ty| **ty != Type::Absent).map(ToString::to_string).collect();
    let mark = if present.len() < members.len() { "?" } else { "" };
    write!(f, "{}{mark}", present.join("|"))
}

fn print_range<T: fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    low: Option<&T>,
    high: Option<&T>,
) -> fmt::Result {
    let text = |bound: Option<&T>| bound.map(ToString::to_string).unwrap_or_default();
    write!(f, "{name}({}..{})", text(low), text(high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_print_as_they_are_read() {
        for text in ["int(1..10)", "float(0..1)", "text(\"a\"|\"b\")", "list<image>", "image|text?", "Transcript"] {
            assert_eq!(text.parse::<Type>().map(|ty| ty.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn a_wrong_type_is_explained() {
        let cause = |text: &str| text.parse::<Type>().err().map(|error| error.cause).unwrap_or_default();
        assert_eq!(cause("imag"), "did you mean `image`?");
        assert_eq!(cause("int(5..1)"), "the range is empty");
        assert_eq!(cause("list<int"), "expected `>`");
        assert!(cause(&"list<".repeat(99)).starts_with("lists are nested deeper"));
    }
}
