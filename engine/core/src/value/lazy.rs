//! A large value with what stands for it: it is in memory, or can be read, or can be computed again.

use std::any::Any;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::{Held, Member, Value};
use crate::node::NodeError;
use crate::types::Type;

/// A value that travels with its identity. The code of a node never sees one that is not there, unless its port is
/// [`crate::spec::PortSpec::unread`].
pub struct Lazy {
    about: Arc<About>,
    /// In memory, or where it waits for a while.
    there: Mutex<Option<Member>>,
}

/// What is known of a value wherever it is.
struct About {
    identity: blake3::Hash,
    ty: Type,
    size_bytes: u64,
    origin: Option<Arc<dyn Any + Send + Sync>>,
    /// Where it can be read for as long as anybody wants.
    kept: OnceLock<Arc<dyn Held>>,
}

impl Lazy {
    /// Makes a value that is not there. `origin` tells the engine how to come by it.
    pub fn new(identity: blake3::Hash, ty: Type, size_bytes: u64, origin: Option<Arc<dyn Any + Send + Sync>>) -> Self {
        let about = About { identity, ty, size_bytes, origin, kept: OnceLock::new() };
        Self { about: Arc::new(about), there: Mutex::new(None) }
    }

    /// Returns the same value without its memory; where it is kept it can be read.
    #[must_use]
    pub fn hollow(&self) -> Self {
        Self { about: self.about.clone(), there: Mutex::new(None) }
    }

    /// Returns what stands for the value.
    pub fn identity(&self) -> blake3::Hash {
        self.about.identity
    }

    /// Returns how the engine comes by the value.
    pub fn origin(&self) -> Option<&Arc<dyn Any + Send + Sync>> {
        self.about.origin.as_ref()
    }

    /// Takes it apart: how the engine comes by the value, where nobody else may ask for that.
    pub fn into_origin(self) -> Option<Arc<dyn Any + Send + Sync>> {
        Arc::into_inner(self.about)?.origin
    }

    /// Returns the type of the value.
    pub fn type_of(&self) -> &Type {
        &self.about.ty
    }

    /// Returns the memory that the value takes where it is in memory, in bytes.
    pub fn whole_bytes(&self) -> u64 {
        self.about.size_bytes
    }

    /// Returns the memory that the value takes now, in bytes.
    pub fn size_bytes(&self) -> u64 {
        if matches!(&*self.lock(), Some(Member::Ready(_))) { self.whole_bytes() } else { size_of::<Self>() as u64 }
    }

    /// Says where the value can be read for as long as anybody wants; the first place stands.
    pub fn keep(&self, kept: Arc<dyn Held>) {
        // Whoever came first says the same.
        let _ = self.about.kept.set(kept);
    }

    /// Returns whether the value can be read for as long as anybody wants.
    pub fn is_kept(&self) -> bool {
        self.about.kept.get().is_some()
    }

    /// Puts the value there, in memory or where it can be read for a while.
    pub fn put(&self, member: Member) {
        *self.lock() = Some(member);
    }

    /// Takes the value out of memory.
    pub fn forget(&self) {
        self.lock().take();
    }

    /// Returns the value as far as it is there.
    pub fn there(&self) -> Option<Member> {
        let kept = || self.about.kept.get().map(|kept| Member::Held(kept.clone()));
        self.lock().clone().or_else(kept)
    }

    /// Returns the value, read if it has to be.
    ///
    /// # Errors
    /// It is not there, or cannot be read.
    pub fn read(&self) -> Result<Value, NodeError> {
        match self.there() {
            Some(member) => member.read(),
            None => Err(NodeError::new(format!("`{}` is not there, and has to be computed again", self.type_of()))),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Member>> {
        self.there.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Lazy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lazy({} {})", self.type_of(), &self.identity().to_hex()[..8])
    }
}

impl Value {
    /// Returns the value itself where it may have to be read.
    ///
    /// # Errors
    /// It is not there, or cannot be read.
    pub fn resolved(self) -> Result<Self, NodeError> {
        match self {
            Self::Lazy(lazy) => lazy.read(),
            value => Ok(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::FromValue;

    #[test]
    fn a_value_is_read_where_it_is_there() {
        let lazy = Arc::new(Lazy::new(blake3::hash(b"x"), Type::text(), 9, None));
        let value = Value::Lazy(lazy.clone());
        assert!(String::from_value(value.clone()).is_err_and(|error| error.to_string().contains("computed again")));
        assert!(Type::text().admits(&value) && !Type::int().admits(&value));
        lazy.put(Member::Ready(Value::text("a")));
        assert_eq!(String::from_value(value.clone()).as_deref(), Ok("a"));
        assert_eq!((value.summary(), value.to_json()), ("\"a\"".to_owned(), Some("a".into())));
        assert_eq!(value.size_bytes() - size_of::<Value>() as u64, 9);
        lazy.forget();
        assert!(value.to_json().is_none() && lazy.read().is_err());
    }
}
