//! What several nodes of the pack need.

pub(crate) mod aggregate;
pub(crate) mod bound;
pub(crate) mod columns;
pub(crate) mod dialect;
pub(crate) mod groups;
pub(crate) mod infer;
pub(crate) mod json_rows;
pub(crate) mod metered;
pub(crate) mod order;
pub(crate) mod pages;
pub(crate) mod parquet;
pub(crate) mod rows;
#[cfg(test)]
pub(crate) mod specimen;
#[cfg(feature = "sqlite")]
pub(crate) mod sqlite;
pub(crate) mod stack;
