//! The note by which a prompt is found again: which server has it, under which id.

use serde_json::json;
use windlass_core::context::Ctx;
use windlass_core::node::NodeError;

/// Name of the note.
const NOTE: &str = "comfy-prompt";

/// Where a prompt was posted, and as what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// The address of the server, as it is shown.
    pub server: String,
    /// The id.
    pub id: String,
}

impl Ticket {
    /// Returns what an earlier try noted.
    pub fn noted(ctx: &Ctx) -> Option<Self> {
        let note = ctx.note(NOTE)?;
        let text = |key: &str| note.get(key)?.as_str().map(str::to_owned);
        Some(Self { server: text("server")?, id: text("id")? })
    }

    /// Forgets what was noted: another try is to begin anew.
    ///
    /// # Errors
    /// Says why it could not be forgotten.
    pub fn forget(ctx: &Ctx) -> Result<(), NodeError> {
        ctx.put_note(NOTE, serde_json::Value::Null)
    }

    /// Notes it; it is durable when this comes back.
    ///
    /// # Errors
    /// Says why nothing was noted; nothing may be posted then.
    pub fn note(&self, ctx: &Ctx) -> Result<(), NodeError> {
        ctx.put_note(NOTE, json!({ "server": self.server, "id": self.id }))
    }
}
