//! The runs of a workspace as an SQLite database, for anyone's own queries. What stands in it is `schema.sql`.
//!
//! Deliberately absent: reading such a database. It is made of the journals, which stay the truth.

mod run;
mod tables;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::runs::Runs;
use tables::Tables;

/// Version of the schema; raised when somebody's query would go wrong.
pub const SCHEMA_VERSION: u32 = 1;

const SCHEMA: &str = include_str!("export/schema.sql");

/// What was exported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    /// Runs.
    pub runs: u64,
    /// Items.
    pub items: u64,
    /// Values that firings gave and splits found.
    pub values: u64,
    /// Bytes of journals that are damaged, and lost.
    pub lost_bytes: u64,
}

/// Why there is no database.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The runs, or one of them, cannot be read.
    #[error("{0} cannot be read")]
    Run(String, #[source] io::Error),
    /// The file cannot be made.
    #[error("cannot make `{}`", .0.display())]
    File(PathBuf, #[source] io::Error),
    /// SQLite refuses.
    #[error("SQLite refuses to write `{}`", .0.display())]
    Sqlite(PathBuf, #[source] rusqlite::Error),
}

/// Writes all runs into a database that did not exist before. It gets its name once it is whole and on the disk.
///
/// # Errors
/// A run cannot be read, the file stands already, or the disk refuses.
pub fn export(runs: &Runs, to: &Path) -> Result<Exported, ExportError> {
    let made = |cause| ExportError::File(to.to_owned(), cause);
    if to.symlink_metadata().is_ok() {
        return Err(made(io::ErrorKind::AlreadyExists.into()));
    }
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let temp = tempfile::Builder::new().prefix(".windlass-").suffix(".db").tempfile_in(folder).map_err(made)?;
    let exported = fill(runs, temp.path(), to)?;
    temp.as_file().sync_all().map_err(made)?;
    temp.persist_noclobber(to).map_err(|error| made(error.error))?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(made)?;
    Ok(exported)
}

fn fill(runs: &Runs, temp: &Path, to: &Path) -> Result<Exported, ExportError> {
    let refused = |error| ExportError::Sqlite(to.to_owned(), error);
    let mut connection = Connection::open(temp).map_err(refused)?;
    // Nobody sees the file before it is whole, so it needs no protection of its own; and a run is told after its items.
    let settings = format!(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; PRAGMA user_version = {SCHEMA_VERSION};"
    );
    connection.execute_batch(&settings).and_then(|()| connection.execute_batch(SCHEMA)).map_err(refused)?;
    let all = runs.all().map_err(|cause| ExportError::Run("the folder of runs".to_owned(), cause))?;
    let mut exported = Exported::default();
    let transaction = connection.transaction().map_err(refused)?;
    let mut tables = Tables::new(&transaction).map_err(refused)?;
    for run in all {
        match run::write(&run, &mut tables, &mut exported) {
            Ok(()) => exported.runs += 1,
            Err(run::Trouble::Read(cause)) => {
                return Err(ExportError::Run(format!("the journal of the run `{}`", run.name), cause));
            }
            Err(run::Trouble::Sqlite(error)) => return Err(refused(error)),
        }
    }
    drop(tables);
    transaction.commit().map_err(refused)?;
    connection.close().map_err(|(_, error)| refused(error))?;
    Ok(exported)
}

#[cfg(test)]
mod tests;
