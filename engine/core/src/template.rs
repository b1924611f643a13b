//! Path templates: `out/{parent}/{stem}.jpg`.

use crate::node::{NodeError, Statics};
use crate::spec::Spec;

/// Adds a port for each placeholder of a path template that is not built in.
pub(crate) fn add_ports(_spec: &mut Spec, _statics: &Statics) -> Result<(), NodeError> {
    Ok(())
}
