//! Values as bytes and back: what a spill and a store write.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Value;

/// Writes and reads the values of one type without loss.
pub trait Codec: Send + Sync {
    /// Returns the name of the type, as [`crate::types::Type`] prints it.
    fn type_name(&self) -> &str;
    /// Returns the value as bytes.
    ///
    /// # Errors
    /// Refuses a value of another type.
    fn encode(&self, value: &Value) -> Result<Vec<u8>, CodecError>;
    /// Reads the value back.
    ///
    /// # Errors
    /// Refuses bytes that [`Codec::encode`] cannot have written; never panics.
    fn decode(&self, bytes: &[u8]) -> Result<Value, CodecError>;
}

/// Why bytes and value do not become each other.
#[derive(Debug, thiserror::Error)]
#[error("no `{type_name}` can be made of it: {cause}")]
pub struct CodecError {
    /// The type.
    pub type_name: String,
    /// What is wrong.
    pub cause: String,
}

/// The codecs that a program knows, by the name of their type.
#[derive(Clone, Default)]
pub struct Codecs(BTreeMap<String, Arc<dyn Codec>>);

impl Codecs {
    /// Adds a codec, in place of one for the same type.
    pub fn add(&mut self, codec: Arc<dyn Codec>) {
        self.0.insert(codec.type_name().to_owned(), codec);
    }

    /// Returns the codec of a type.
    pub fn get(&self, type_name: &str) -> Option<&Arc<dyn Codec>> {
        self.0.get(type_name)
    }
}
