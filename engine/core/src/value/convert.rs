//! Between values on wires and the types that a node's author writes.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value as Json;

use super::{Collected, Failure, File, Image, List, Member, Table, Value};
use crate::node::NodeError;
use crate::types::Type;
use crate::units;

/// A Rust type that has a type on wires.
pub trait HasType {
    /// Returns the type on wires.
    fn ty() -> Type;
    /// Returns whether an input port of this type closes a scope.
    fn collects() -> bool {
        false
    }
}

/// A Rust type that can be read from a wire.
pub trait FromValue: HasType + Sized {
    /// Reads the value; what loses nothing is converted.
    ///
    /// # Errors
    /// Says which type was expected and which one came.
    fn from_value(value: Value) -> Result<Self, NodeError>;
    /// Reads the value and leaves it where it is.
    ///
    /// # Errors
    /// Says which type was expected and which one came.
    #[inline]
    fn from_shared(value: &Value) -> Result<Self, NodeError> {
        Self::from_value(value.clone())
    }
}

/// A Rust type that can be put on a wire.
pub trait IntoValue: HasType {
    /// Returns the value.
    fn into_value(self) -> Value;
}

fn mismatch<T: HasType>(found: &Value) -> NodeError {
    NodeError::new(format!("expected `{}`, found `{}`", T::ty(), found.type_of()))
}

/// Takes scalars out of JSON, so that a field of a table row fits the port that asks for it.
#[inline]
fn plain(value: Value) -> Result<Value, NodeError> {
    match value {
        Value::Json(json) => Ok(plain_json(json)),
        Value::Lazy(lazy) => lazy.read().and_then(plain),
        value => Ok(value),
    }
}

fn plain_json(json: Arc<Json>) -> Value {
    match &*json {
        Json::Null => Value::Absent,
        Json::Bool(flag) => Value::Bool(*flag),
        Json::String(text) => Value::text(text),
        Json::Number(number) => match number.as_i64() {
            Some(int) => Value::Int(int),
            None => number.as_f64().map_or_else(|| Value::Json(json.clone()), Value::Float),
        },
        Json::Array(_) | Json::Object(_) => Value::Json(json),
    }
}

macro_rules! both_ways {
    ($rust:ty, $ty:expr, $pattern:pat => $read:expr, $into:expr) => {
        both_ways!($rust, $ty, $pattern => $read, $into,);
    };
    ($rust:ty, $ty:expr, $pattern:pat => $read:expr, $into:expr, $($from_shared:item)?) => {
        impl HasType for $rust {
            fn ty() -> Type {
                $ty
            }
        }
        impl FromValue for $rust {
            #[inline]
            fn from_value(value: Value) -> Result<Self, NodeError> {
                match plain(value)? {
                    $pattern => Ok($read),
                    other => Err(mismatch::<Self>(&other)),
                }
            }
            $($from_shared)?
        }
        impl IntoValue for $rust {
            #[inline]
            fn into_value(self) -> Value {
                let into: fn(Self) -> Value = $into;
                into(self)
            }
        }
    };
}

both_ways!(bool, Type::Bool, Value::Bool(flag) => flag, Value::Bool);
both_ways!(i64, Type::int(), Value::Int(int) => int, Value::Int,
    #[inline]
    fn from_shared(value: &Value) -> Result<Self, NodeError> {
        // Numbers are read out of rows of many, where a copy of the value would cost more than the reading.
        match value {
            Value::Int(int) => Ok(*int),
            other => Self::from_value(other.clone()),
        }
    }
);
both_ways!(Arc<str>, Type::text(), Value::Text(text) => text, Value::Text);
both_ways!(String, Type::text(), Value::Text(text) => (*text).to_owned(), Value::text);
both_ways!(Arc<File>, Type::File, Value::File(file) => file, Value::File);
both_ways!(Arc<Image>, Type::Image, Value::Image(image) => image, Value::Image);
both_ways!(Arc<Table>, Type::Table, Value::Table(table) => table, Value::Table);
both_ways!(Arc<Failure>, Type::Failure, Value::Failure(failure) => failure, Value::Failure);

macro_rules! narrow_ints {
    ($($rust:ty),*) => {$(
        impl HasType for $rust {
            fn ty() -> Type {
                Type::int_in(<$rust>::MIN.try_into().ok(), <$rust>::MAX.try_into().ok())
            }
        }
        impl FromValue for $rust {
            fn from_value(value: Value) -> Result<Self, NodeError> {
                let int = i64::from_value(value)?;
                int.try_into().map_err(|_| NodeError::new(format!("{int} is not within `{}`", Self::ty())))
            }
        }
        impl IntoValue for $rust {
            fn into_value(self) -> Value {
                i64::try_from(self).map_or(Value::Float(self as f64), Value::Int)
            }
        }
    )*};
}
narrow_ints!(u8, u16, u32, u64, i32, usize);

impl HasType for f64 {
    fn ty() -> Type {
        Type::float()
    }
}
impl FromValue for f64 {
    fn from_value(value: Value) -> Result<Self, NodeError> {
        match plain(value)? {
            Value::Float(float) => Ok(float),
            Value::Int(int) => Ok(int as Self),
            other => Err(mismatch::<Self>(&other)),
        }
    }
}
impl IntoValue for f64 {
    fn into_value(self) -> Value {
        Value::Float(self)
    }
}

impl HasType for PathBuf {
    fn ty() -> Type {
        Type::Path
    }
}
impl FromValue for PathBuf {
    fn from_value(value: Value) -> Result<Self, NodeError> {
        match plain(value)? {
            Value::Path(path) => Ok(path.to_path_buf()),
            Value::Text(text) => Ok(Self::from(&*text)),
            other => Err(mismatch::<Self>(&other)),
        }
    }
}
impl IntoValue for PathBuf {
    fn into_value(self) -> Value {
        Value::Path(Arc::<Path>::from(self))
    }
}

impl HasType for Duration {
    fn ty() -> Type {
        Type::text()
    }
}
impl FromValue for Duration {
    fn from_value(value: Value) -> Result<Self, NodeError> {
        let text = String::from_value(value)?;
        units::parse_duration(&text).map_err(|error| NodeError::new(error.to_string()))
    }
}

impl HasType for Json {
    fn ty() -> Type {
        Type::Json
    }
}
impl FromValue for Json {
    fn from_value(value: Value) -> Result<Self, NodeError> {
        value.to_json().ok_or_else(|| mismatch::<Self>(&value))
    }
}
impl IntoValue for Json {
    fn into_value(self) -> Value {
        Value::Json(Arc::new(self))
    }
}

impl HasType for Value {
    fn ty() -> Type {
        Type::Any
    }
}
impl FromValue for Value {
    fn from_value(value: Value) -> Result<Self, NodeError> {
        Ok(value)
    }
}
impl IntoValue for Value {
    fn into_value(self) -> Value {
        self
    }
}

impl<T: HasType> HasType for Option<T> {
    fn ty() -> Type {
        Type::optional(T::ty())
    }
}
impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: Value) -> Result<Self, NodeError> {
        match value {
            // Whether it is read is for the type to say; what is absent is never lazy.
            Value::Lazy(_) => T::from_value(value).map(Some),
            value => match plain(value)? {
                Value::Absent => Ok(None),
                value => T::from_value(value).map(Some),
            },
        }
    }
}
impl<T: IntoValue> IntoValue for Option<T> {
    fn into_value(self) -> Value {
        self.map_or(Value::Absent, T::into_value)
    }
}

impl<T: HasType> HasType for Vec<T> {
    fn ty() -> Type {
        Type::list(T::ty())
    }
}
impl<T: FromValue> FromValue for Vec<T> {
    fn from_value(value: Value) -> Result<Self, NodeError> {
        match value.resolved()? {
            Value::List(list) => list.members().iter().map(|member| T::from_value(member.read()?)).collect(),
            Value::Json(json) => match &*json {
                Json::Array(items) => items.iter().map(|item| T::from_value(item.clone().into_value())).collect(),
                _ => Err(mismatch::<Self>(&Value::Json(json))),
            },
            other => Err(mismatch::<Self>(&other)),
        }
    }
}
impl<T: IntoValue> IntoValue for Vec<T> {
    fn into_value(self) -> Value {
        Value::List(Arc::new(self.into_iter().map(T::into_value).collect()))
    }
}

/// Returns the members of a variadic port as they came: one that is not there stays so.
///
/// # Errors
/// The value is not a list, or a member that waits outside of memory cannot be read back.
pub fn unread_members(value: &Value) -> Result<Vec<Value>, NodeError> {
    let Value::List(list) = value else { return Err(mismatch::<Vec<Value>>(value)) };
    let as_it_came = |member: &Member| match member {
        Member::Ready(value) => Ok(value.clone()),
        Member::Held(held) => held.lazy().map_or_else(|| held.read(), |lazy| Ok(Value::Lazy(lazy.clone()))),
    };
    list.members().iter().map(as_it_came).collect()
}

impl HasType for Arc<List> {
    fn ty() -> Type {
        Type::list(Type::Any)
    }
}
impl FromValue for Arc<List> {
    fn from_value(value: Value) -> Result<Self, NodeError> {
        let value = value.resolved()?;
        match &value {
            Value::List(list) => Ok(list.clone()),
            Value::Json(json) => match Value::from_constant(json) {
                Value::List(list) => Ok(list),
                _ => Err(mismatch::<Self>(&value)),
            },
            _ => Err(mismatch::<Self>(&value)),
        }
    }
}
impl IntoValue for Arc<List> {
    fn into_value(self) -> Value {
        Value::List(self)
    }
}

impl<T: HasType> HasType for Collected<T> {
    fn ty() -> Type {
        Type::list(T::ty())
    }
    fn collects() -> bool {
        true
    }
}
impl<T: FromValue> FromValue for Collected<T> {
    fn from_value(value: Value) -> Result<Self, NodeError> {
        match value.resolved()? {
            Value::List(list) => Ok(Self::new(list)),
            other => Err(mismatch::<Self>(&other)),
        }
    }
}

impl Value {
    /// Returns the value as JSON where that loses nothing but the kind of scalar: `None` for media, and for
    /// numbers that JSON lacks.
    pub fn to_json(&self) -> Option<Json> {
        match self {
            Self::Absent => Some(Json::Null),
            Self::Bool(flag) => Some((*flag).into()),
            Self::Int(int) => Some((*int).into()),
            Self::Float(float) => serde_json::Number::from_f64(*float).map(Json::Number),
            Self::Text(text) => Some((**text).into()),
            Self::Json(json) => Some((**json).clone()),
            Self::Path(path) => path.to_str().map(Into::into),
            Self::Record(record) => Some(record.fields.clone()),
            Self::Failure(failure) => serde_json::to_value(&**failure).ok(),
            Self::List(list) => list.members().iter().map(Member::read).map(|value| value.ok()?.to_json()).collect(),
            Self::Lazy(lazy) => lazy.read().ok()?.to_json(),
            Self::File(_) | Self::Image(_) | Self::Table(_) | Self::Custom(_) => None,
        }
    }

    /// Returns the value that a constant of a graph stands for: scalars and lists become their own types.
    pub fn from_constant(json: &Json) -> Self {
        match json {
            Json::Array(items) => Self::List(Arc::new(items.iter().map(Self::from_constant).collect::<List>())),
            Json::Object(_) => Self::Json(Arc::new(json.clone())),
            scalar => plain_json(Arc::new(scalar.clone())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_narrowed_and_widened_without_loss() {
        assert_eq!(f64::from_value(Value::Int(3)).ok(), Some(3.0));
        assert_eq!(u8::from_value(Value::Int(255)).ok(), Some(255));
        assert!(u8::from_value(Value::Int(256)).is_err());
        assert!(i64::from_value(Value::Float(1.5)).is_err());
    }

    #[test]
    fn a_field_of_a_row_fits_a_plain_port() {
        let field = Value::Json(Arc::new(Json::from("Ada")));
        assert_eq!(String::from_value(field).ok(), Some("Ada".to_owned()));
        let null = Value::Json(Arc::new(Json::Null));
        assert_eq!(Option::<String>::from_value(null).ok(), Some(None));
    }
}
