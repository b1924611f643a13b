//! What asking a server has in common, whatever is asked.

pub(crate) mod answer;
pub(crate) mod ask;
pub(crate) mod body;
pub(crate) mod clients;
pub(crate) mod exchange;
pub(crate) mod private;
pub(crate) mod refused;
pub(crate) mod sent;
pub(crate) mod settings;
