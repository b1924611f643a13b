//! `windlass runs --sqlite`: all that is remembered of runs, as a database.

use std::path::Path;

use windlass_core::node::explain_io;
use windlass_store::export::{ExportError, export};
use windlass_store::runs::Runs;

use crate::exit::{Exit, Trouble};
use crate::report::count;
use crate::terminal::{self, err_line, printable};

/// Writes the database.
///
/// # Errors
/// A run cannot be read, or the file cannot be made.
pub fn write(runs: &Runs, path: &Path) -> anyhow::Result<Exit> {
    let exported = export(runs, path).map_err(explained)?;
    if exported.lost_bytes > 0 {
        err_line(&format!(
            "warning: {} of journals are damaged, and what stood there is missing; the column `lost_bytes` says where",
            count(exported.lost_bytes, "byte")
        ));
    }
    let what = [(exported.runs, "run"), (exported.items, "item"), (exported.values, "value")];
    let what = what.map(|(number, noun)| count(number, noun)).join(", ");
    terminal::print(&format!("made {}: {what}\n", printable(&path.display().to_string())))?;
    Ok(Exit::Done)
}

fn explained(error: ExportError) -> anyhow::Error {
    match error {
        ExportError::File(path, cause) => {
            let said = explain_io("write", &path, &cause);
            Trouble::wrong("the database cannot be made").hint("choose another name").because(said)
        }
        ExportError::Run(..) => Trouble::store("the runs cannot be read").because(error),
        ExportError::Sqlite(..) => {
            Trouble::store("the database cannot be written").hint("look whether there is room").because(error)
        }
    }
}
