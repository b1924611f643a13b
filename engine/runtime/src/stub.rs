//! Stands in until the store lands.
use windlass_core::node::NodeError;
use windlass_core::value::*;
pub struct Spill;
impl Spill {
    pub fn new(_: Codecs) -> std::io::Result<Self> {
        Ok(Self)
    }
    pub fn keep(&self, v: Value) -> Result<Member, NodeError> {
        Ok(Member::Ready(v))
    }
}
