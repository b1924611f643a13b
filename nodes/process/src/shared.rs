//! What a program is given beside its arguments, and what is taken of what it leaves.

pub(crate) mod aside;
pub(crate) mod given;
pub(crate) mod outputs;
pub(crate) mod scratch;
pub(crate) mod stdout;
pub(crate) mod watch;
