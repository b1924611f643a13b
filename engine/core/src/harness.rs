//! Runs one node without an engine, for tests.
