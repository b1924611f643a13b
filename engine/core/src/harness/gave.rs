//! What a firing on the bench gave.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::bag::check;
use super::doors::{Bench, Seen};
use crate::node::{Child, Emission, Given, NodeError, Outcome};
use crate::spec::Spec;
use crate::value::{FromValue, Value};

/// What a firing gave on its ports, and what it did through its doors.
#[derive(Clone)]
pub struct Gave {
    ports: Given,
    children: Vec<GaveChild>,
    seen: Seen,
}

/// One child of a split.
#[derive(Clone, Debug)]
pub struct GaveChild {
    name: Option<String>,
    ports: Given,
    failure: Option<NodeError>,
}

impl Gave {
    pub(super) fn gather(spec: &Spec, emission: Emission, doors: &Bench) -> Result<Self, NodeError> {
        checked(spec, &emission.ports, false)?;
        let children = emission.children.into_iter().flatten();
        let children = children.map(|child| GaveChild::gather(spec, child?)).collect::<Result<_, _>>()?;
        Ok(Self { ports: emission.ports, children, seen: doors.seen().clone() })
    }

    /// Returns the value of an output port; `None` where it was skipped.
    pub fn value(&self, port: &str) -> Option<&Value> {
        value(&self.ports, port)
    }

    /// Returns the value of an output port as a Rust type.
    ///
    /// # Errors
    /// Says that the port was skipped, or which type came.
    pub fn get<T: FromValue>(&self, port: &str) -> Result<T, NodeError> {
        get(&self.ports, port)
    }

    /// Returns why an output port was skipped; `None` where it has a value.
    pub fn skipped(&self, port: &str) -> Option<&str> {
        skipped(&self.ports, port)
    }

    /// Returns the children of a split, in order.
    pub fn children(&self) -> &[GaveChild] {
        &self.children
    }

    /// Returns the files that were saved, by the path that the node asked for.
    pub fn saved(&self) -> &BTreeMap<PathBuf, Vec<u8>> {
        &self.seen.saved
    }

    /// Returns the content of a saved file.
    pub fn file(&self, path: impl AsRef<Path>) -> Option<&[u8]> {
        self.seen.saved.get(path.as_ref()).map(Vec::as_slice)
    }

    /// Returns the lines that were logged.
    pub fn logs(&self) -> &[String] {
        &self.seen.logs
    }

    /// Returns the shares of work that were reported, in order.
    pub fn progress(&self) -> &[f32] {
        &self.seen.progress
    }

    /// Returns the values that were shown while the firing went on.
    pub fn previews(&self) -> &[Value] {
        &self.seen.previews
    }

    /// Returns everything that another firing must repeat to count as the same.
    pub(super) fn fingerprint(&self) -> String {
        format!("{:?} {:?} {:?}", self.ports, self.children, self.seen.saved)
    }
}

impl GaveChild {
    fn gather(spec: &Spec, child: Child) -> Result<Self, NodeError> {
        checked(spec, &child.ports, true)?;
        Ok(Self { name: child.name, ports: child.ports, failure: child.failure })
    }

    /// Returns why this child alone cannot be had.
    pub fn failure(&self) -> Option<&NodeError> {
        self.failure.as_ref()
    }

    /// Returns the stable name, where the split gives one.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Returns the value of a port; `None` where it was skipped.
    pub fn value(&self, port: &str) -> Option<&Value> {
        value(&self.ports, port)
    }

    /// Returns the value of a port as a Rust type.
    ///
    /// # Errors
    /// Says that the port was skipped, or which type came.
    pub fn get<T: FromValue>(&self, port: &str) -> Result<T, NodeError> {
        get(&self.ports, port)
    }

    /// Returns why a port was skipped; `None` where it has a value.
    pub fn skipped(&self, port: &str) -> Option<&str> {
        skipped(&self.ports, port)
    }
}

fn outcome<'a>(ports: &'a Given, name: &str) -> Option<&'a Outcome> {
    ports.iter().find(|(known, _)| known == name).map(|(_, outcome)| outcome)
}

fn value<'a>(ports: &'a Given, name: &str) -> Option<&'a Value> {
    match outcome(ports, name)? {
        Outcome::Value(value) => Some(value),
        Outcome::Skip(_) => None,
    }
}

fn get<T: FromValue>(ports: &Given, name: &str) -> Result<T, NodeError> {
    let value = value(ports, name).ok_or_else(|| NodeError::new(format!("nothing came on port `{name}`")))?;
    T::from_value(value.clone())
}

fn skipped<'a>(ports: &'a Given, name: &str) -> Option<&'a str> {
    match outcome(ports, name) {
        Some(Outcome::Value(_)) => None,
        Some(Outcome::Skip(reason)) => Some(reason),
        None => Some("nothing was given"),
    }
}

fn checked(spec: &Spec, ports: &Given, many: bool) -> Result<(), NodeError> {
    for (name, outcome) in ports {
        let port = spec.output(name).filter(|port| port.many == many);
        let port = port.ok_or_else(|| NodeError::new(format!("the spec promises no such output: `{name}`")))?;
        if let Outcome::Value(value) = outcome {
            check(&port.ty, value).map_err(|error| error.within(format!("output `{name}`")))?;
        }
    }
    Ok(())
}
