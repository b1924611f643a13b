//! The one expression language, minijinja with a step limit.
