//! Between a node's own structs and named values; the derives implement these traits.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value as Json;
use smallvec::SmallVec;

use super::{NodeError, Outcome};
use crate::context::OutPath;
use crate::spec::{ParamSpec, PortSpec};
use crate::types::Type;
use crate::value::{Bag, FromValue, HasType, IntoValue, Value};

/// The parameters of a node; derive it.
pub trait Params: Sized + Send {
    /// Returns what the parameters are.
    fn specs() -> Vec<ParamSpec>;
    /// Reads them for one firing.
    ///
    /// # Errors
    /// Names the parameter that is missing or wrong.
    fn read(bag: &mut Bag) -> Result<Self, NodeError>;
}

/// The inputs of a node; derive it.
pub trait Inputs: Sized + Send {
    /// Returns what the ports are.
    fn ports() -> Vec<PortSpec>;
    /// Reads them for one firing.
    ///
    /// # Errors
    /// Names the port whose value is missing or wrong.
    fn read(bag: &mut Bag) -> Result<Self, NodeError>;
    /// Reads them for one firing whose only wire brings `value`.
    ///
    /// # Errors
    /// Names the port whose value is missing or wrong.
    fn read_one(name: &Arc<str>, value: &Value, bag: &mut Bag) -> Result<Self, NodeError> {
        bag.set(name.clone(), value.clone());
        Self::read(bag)
    }
}

/// The outputs of a node; derive it.
pub trait Outputs: Sized + Send {
    /// Returns what the ports are.
    fn ports() -> Vec<PortSpec>;
    /// Hands the values over.
    fn emit(self, emission: &mut Emission);
    /// Hands over what leaves the only port that anybody takes; `emission` is there to be used on the way.
    fn give_one(self, port: &str, emission: &mut Emission) -> Outcome {
        emission.ports.clear();
        self.emit(emission);
        take_outcome(&mut emission.ports, port)
    }
}

/// Takes what was given on a port; nothing was: it is skipped.
pub fn take_outcome(given: &mut Given, port: &str) -> Outcome {
    match given.iter().position(|(name, _)| name == port) {
        Some(at) => given.swap_remove(at).1,
        None => Outcome::Skip("no value".into()),
    }
}

/// Values and skips by port; most firings give one or two.
pub type Given = SmallVec<[(Cow<'static, str>, Outcome); 2]>;

/// What a firing gives, port by port.
#[derive(Debug, Default)]
pub struct Emission {
    /// Values and skips by port; a port that is not named is skipped.
    pub ports: Given,
    /// The children of a split.
    pub children: Option<super::children::ErasedChildren>,
    /// What becomes of the state of an ordered node's group, if anything.
    pub change: Option<super::Change>,
    /// Whether an ordered node wants no more of the group: all that follows is skipped.
    pub enough: bool,
    /// Whether an ordered node cannot tell yet: the item is open.
    pub is_open: bool,
}

impl Emission {
    /// Gives a value on a port.
    pub fn value(&mut self, port: impl Into<Cow<'static, str>>, value: Value) {
        self.ports.push((port.into(), Outcome::Value(value)));
    }

    /// Skips a port, saying why.
    pub fn skip(&mut self, port: impl Into<Cow<'static, str>>, reason: impl Into<Cow<'static, str>>) {
        self.ports.push((port.into(), Outcome::Skip(reason.into())));
    }

    /// Gives the outcome of a gate on a port.
    pub fn gate<T: IntoValue>(&mut self, port: impl Into<Cow<'static, str>>, gate: Gate<T>) {
        self.ports.push((port.into(), gate.into()));
    }

    /// Gives the children of a split.
    pub fn children<T: Outputs + 'static>(&mut self, children: super::Children<T>) {
        self.children = Some(super::ErasedChildren::typed(children));
    }
}

/// An output that may be skipped: as the type of an output field it sends the item on, or a skip with its reason.
#[derive(Clone, Debug, PartialEq)]
pub enum Gate<T> {
    /// The item goes on with this value.
    Open(T),
    /// The item is skipped here: `filtered`, `branch not taken`.
    Shut(Cow<'static, str>),
}

impl<T: IntoValue> From<Gate<T>> for Outcome {
    fn from(gate: Gate<T>) -> Self {
        match gate {
            Gate::Open(value) => Self::Value(value.into_value()),
            Gate::Shut(reason) => Self::Skip(reason),
        }
    }
}

impl<T: HasType> HasType for Gate<T> {
    fn ty() -> Type {
        T::ty()
    }
}

/// A Rust type that can be a parameter.
pub trait ParamValue: Sized {
    /// Returns the type, as a graph's author sees it.
    fn param_type() -> Type;
    /// Reads the value.
    ///
    /// # Errors
    /// Says what is wrong with the value.
    fn read_param(value: Value) -> Result<Self, NodeError>;
    /// Returns whether it is a path template.
    fn is_path_template() -> bool {
        false
    }
}

macro_rules! param_values {
    ($($rust:ty),*) => {$(
        impl ParamValue for $rust {
            fn param_type() -> Type {
                <$rust as HasType>::ty()
            }
            fn read_param(value: Value) -> Result<Self, NodeError> {
                <$rust as FromValue>::from_value(value)
            }
        }
    )*};
}
param_values!(
    bool,
    i64,
    u8,
    u16,
    u32,
    u64,
    i32,
    usize,
    f64,
    String,
    std::sync::Arc<str>,
    std::path::PathBuf,
    Duration,
    Json,
    Value
);

impl<T: ParamValue> ParamValue for Option<T> {
    fn param_type() -> Type {
        Type::optional(T::param_type())
    }
    fn read_param(value: Value) -> Result<Self, NodeError> {
        match Option::<Value>::from_value(value)? {
            Some(Value::Absent) | None => Ok(None),
            Some(value) => T::read_param(value).map(Some),
        }
    }
}

impl<T: ParamValue + FromValue> ParamValue for Vec<T> {
    fn param_type() -> Type {
        Type::list(T::param_type())
    }
    fn read_param(value: Value) -> Result<Self, NodeError> {
        Self::from_value(value)
    }
}

impl ParamValue for OutPath {
    fn param_type() -> Type {
        Type::text()
    }
    fn read_param(value: Value) -> Result<Self, NodeError> {
        std::path::PathBuf::from_value(value).map(Self::new)
    }
    fn is_path_template() -> bool {
        true
    }
}

impl Params for () {
    fn specs() -> Vec<ParamSpec> {
        Vec::new()
    }
    fn read(_: &mut Bag) -> Result<Self, NodeError> {
        Ok(())
    }
}

impl Inputs for () {
    fn ports() -> Vec<PortSpec> {
        Vec::new()
    }
    fn read(_: &mut Bag) -> Result<Self, NodeError> {
        Ok(())
    }
}

impl Inputs for Bag {
    fn ports() -> Vec<PortSpec> {
        Vec::new()
    }
    fn read(bag: &mut Bag) -> Result<Self, NodeError> {
        Ok(std::mem::take(bag))
    }
}

impl Outputs for () {
    fn ports() -> Vec<PortSpec> {
        Vec::new()
    }
    fn emit(self, _: &mut Emission) {}
}

impl Outputs for Emission {
    fn ports() -> Vec<PortSpec> {
        Vec::new()
    }
    fn emit(self, emission: &mut Emission) {
        *emission = self;
    }
}
