//! The types of wires: an open set with unions, optionals, lists and narrowings.

use std::fmt;
use std::sync::Arc;

mod fit;
mod parse;

pub use fit::Fit;
pub use parse::TypeError;

use crate::value::Value;

/// The type of a port, a parameter or a graph input. Made by the functions below, it is in canonical form:
/// unions are flat, sorted by first mention (absence last), without repetition, and `any` swallows the rest.
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    /// `any`: every value.
    Any,
    /// What is not there; only inside a union, written `T?`.
    Absent,
    /// `bool`.
    Bool,
    /// `int`, with bounds `int(1..10)`; both ends included.
    Int(Option<i64>, Option<i64>),
    /// `float`, with bounds `float(0..1)`; both ends included.
    Float(Option<f64>, Option<f64>),
    /// `text`, or one of several: `text("a"|"b")`.
    Text(Option<Arc<[String]>>),
    /// `json`.
    Json,
    /// `path`.
    Path,
    /// `file`.
    File,
    /// `audio`: a file of that media type.
    Audio,
    /// `video`: a file of that media type.
    Video,
    /// `image`.
    Image,
    /// `tensor`.
    Tensor,
    /// `table`.
    Table,
    /// `Failure`: what an `error` port gives.
    Failure,
    /// `list<T>`.
    List(Box<Type>),
    /// A record or a pack's own type, by name.
    Named(Arc<str>),
    /// A type that the wires of a node decide: all ports of one node with the same variable agree. Only in specs.
    Var(Arc<str>),
    /// `A|B`; `T?` is the union with [`Type::Absent`].
    Union(Vec<Type>),
}

impl Type {
    /// Returns `int` without bounds.
    pub fn int() -> Self {
        Self::Int(None, None)
    }

    /// Returns `int` within bounds, both ends included.
    pub fn int_in(min: Option<i64>, max: Option<i64>) -> Self {
        Self::Int(min, max)
    }

    /// Returns `float` without bounds.
    pub fn float() -> Self {
        Self::Float(None, None)
    }

    /// Returns `text` of any content.
    pub fn text() -> Self {
        Self::Text(None)
    }

    /// Returns `text` that is one of several.
    pub fn one_of<S: Into<String>>(texts: impl IntoIterator<Item = S>) -> Self {
        Self::Text(Some(texts.into_iter().map(Into::into).collect()))
    }

    /// Returns `list<T>`.
    pub fn list(of: Self) -> Self {
        Self::List(Box::new(of))
    }

    /// Returns a type by name: a record, or a pack's own.
    pub fn named(name: &str) -> Self {
        Self::Named(name.into())
    }

    /// Returns a variable of a spec.
    pub fn var(name: &str) -> Self {
        Self::Var(name.into())
    }

    /// Returns `T?`.
    pub fn optional(of: Self) -> Self {
        Self::union([of, Self::Absent])
    }

    /// Returns the union of types; `any` of none.
    pub fn union(types: impl IntoIterator<Item = Self>) -> Self {
        let mut flat: Vec<Self> = Vec::new();
        for ty in types {
            for member in ty.members() {
                if !flat.contains(member) {
                    flat.push(member.clone());
                }
            }
        }
        if flat.contains(&Self::Any) && !flat.contains(&Self::Absent) {
            return Self::Any;
        }
        // Absence stands last, where `T?` is written.
        flat.sort_by_key(|member| *member == Self::Absent);
        match flat.len() {
            0 => Self::Any,
            1 => flat.swap_remove(0),
            _ => Self::Union(flat),
        }
    }

    /// Returns the members of a union, or the type alone.
    pub fn members(&self) -> &[Self] {
        match self {
            Self::Union(members) => members,
            single => std::slice::from_ref(single),
        }
    }

    /// Returns whether a value may be absent.
    pub fn is_optional(&self) -> bool {
        self.members().contains(&Self::Absent)
    }

    /// Returns the type of the members of a list.
    pub fn member_type(&self) -> Option<&Self> {
        match self {
            Self::List(of) => Some(of),
            _ => None,
        }
    }

    /// Returns the type with numbers narrowed to bounds, both ends included; other types are left as they are.
    #[must_use]
    pub fn within(self, min: Option<f64>, max: Option<f64>) -> Self {
        match self {
            Self::Int(low, high) => {
                Self::Int(min.map(|min| min.ceil() as i64).or(low), max.map(|max| max.floor() as i64).or(high))
            }
            Self::Float(low, high) => Self::Float(min.or(low), max.or(high)),
            Self::Union(members) => Self::Union(members.into_iter().map(|ty| ty.within(min, max)).collect()),
            other => other,
        }
    }

    /// Returns the type with `of` in place of every `any` in it: `list<any>` becomes `list<T>`.
    #[must_use]
    pub fn with_any_as(self, of: &Self) -> Self {
        match self {
            Self::Any => of.clone(),
            Self::List(member) => Self::list(member.with_any_as(of)),
            Self::Union(members) => Self::union(members.into_iter().map(|member| member.with_any_as(of))),
            other => other,
        }
    }

    /// Returns whether a value is of this type, converted where that loses nothing.
    #[inline]
    pub fn admits(&self, value: &Value) -> bool {
        // Light steps ask for each item, and mostly this is what they ask.
        matches!((self, value), (Self::Int(None, None), Value::Int(_))) || fit::admits(self, value)
    }

    /// Returns whether a wire of type `self` can feed a port of type `port`.
    pub fn fits(&self, port: &Self) -> Fit {
        fit::fits(self, port)
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        parse::print(self, f)
    }
}
