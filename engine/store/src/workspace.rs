//! The folder `.windlass`: where it is, and which version of it a program can use. What lies where in it: `layout.rs`.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use windlass_core::value::Codecs;

use crate::artifacts::Artifacts;
use crate::disk::RealDisk;
use crate::gc::Gc;
use crate::grants::Grants;
use crate::layout::{Layout, NAME, OLDEST, STEPS, VERSION, migrate, read_version, write_version};
use crate::leases::Leases;
use crate::ledger::{Ledger, replace};
use crate::pins::Pins;
use crate::runs::Runs;

/// Where a program keeps what it has to remember; or nowhere, where there is no place for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workspace {
    layout: Option<Layout>,
}

/// What a run needs of its workspace.
pub struct ForRun {
    /// The workspace, or none.
    pub workspace: Workspace,
    /// Which files were written.
    pub ledger: Arc<Ledger>,
    /// What the user should know: damage that was passed over, a place that cannot be written to.
    pub notices: Vec<String>,
}

/// Why there is no workspace.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    /// It cannot be made or read.
    #[error("cannot {action} `{}`", path.display())]
    Refused {
        /// What was tried.
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// Why not.
        #[source]
        cause: io::Error,
    },
    /// Something else has its name.
    #[error("this is not a folder: `{}`", .0.display())]
    NotAFolder(PathBuf),
    /// A newer program has made it.
    #[error("the workspace has version {found}, and this program knows versions up to {VERSION}: `{}`", path.display())]
    Newer {
        /// Version of the workspace.
        found: u32,
        /// Where it is.
        path: PathBuf,
    },
    /// Its version cannot be read.
    #[error("the version of the workspace is no number that any program wrote: `{}`", .0.display())]
    Damaged(PathBuf),
}

impl WorkspaceError {
    /// Returns what to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Refused { .. } => "name a folder that can be written to with `--workspace DIR`",
            Self::NotAFolder(_) => "move it away, or name another folder with `--workspace DIR`",
            Self::Newer { .. } => "use a newer `windlass`, or another workspace with `--workspace DIR`",
            Self::Damaged(_) => "write the number back, or move the workspace away; a new one is made then",
        }
    }

    fn is_unwritable(&self) -> bool {
        let Self::Refused { cause, .. } = self else { return false };
        matches!(cause.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem)
    }
}

impl Workspace {
    /// Returns no workspace: what has to be remembered is forgotten with the process.
    pub fn none() -> Self {
        Self { layout: None }
    }

    /// Opens the nearest workspace from `start` upwards, if there is one. Makes nothing.
    ///
    /// # Errors
    /// A workspace stands there, and cannot be used.
    pub fn find(start: &Path) -> Result<Option<Self>, WorkspaceError> {
        let start = std::path::absolute(start).map_err(refused("find", start))?;
        let home = start.ancestors().map(|folder| folder.join(NAME)).find(|home| home.symlink_metadata().is_ok());
        home.map(Self::open).transpose()
    }

    /// Opens the workspace that is `named`; else the nearest one from the folder `beside` upwards; else makes one
    /// in `beside`.
    ///
    /// # Errors
    /// It cannot be made, or it stands and cannot be used.
    pub fn open_or_create(beside: &Path, named: Option<&Path>) -> Result<Self, WorkspaceError> {
        if let Some(named) = named {
            return Self::create(std::path::absolute(named).map_err(refused("find", named))?);
        }
        match Self::find(beside)? {
            Some(found) => Ok(found),
            None => Self::create(std::path::absolute(beside).map_err(refused("find", beside))?.join(NAME)),
        }
    }

    /// Does what [`Workspace::open_or_create`] does and opens the ledger, but goes on without a workspace where nobody
    /// has named one and none can be written.
    ///
    /// # Errors
    /// A workspace was named or stands, and cannot be used.
    pub fn for_run(beside: &Path, named: Option<&Path>) -> Result<ForRun, WorkspaceError> {
        let opened = Self::open_or_create(beside, named).and_then(|workspace| Ok((workspace.ledger()?, workspace)));
        match opened {
            Ok((ledger, workspace)) => Ok(ForRun::new(workspace, ledger)),
            Err(error) if named.is_none() && error.is_unwritable() => Ok(ForRun::without(&error)),
            Err(error) => Err(error),
        }
    }

    /// Returns the workspace that [`Workspace::for_run`] would open, where it exists. Makes nothing.
    ///
    /// # Errors
    /// It stands there, and cannot be used.
    pub fn find_for_run(beside: &Path, named: Option<&Path>) -> Result<Option<Self>, WorkspaceError> {
        let Some(named) = named else { return Self::find(beside) };
        let home = std::path::absolute(named).map_err(refused("find", named))?;
        if Layout::new(&home).version().is_file() { Self::open(home).map(Some) } else { Ok(None) }
    }

    /// Returns the file that says the version of a workspace, where that is all that is damaged, and writes the number
    /// of this program into it.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn repair_version(error: &WorkspaceError) -> Result<Option<PathBuf>, WorkspaceError> {
        let WorkspaceError::Damaged(path) = error else { return Ok(None) };
        write_version(path, VERSION).map_err(refused("write", path))?;
        Ok(Some(path.clone()))
    }

    /// Returns the folder `.windlass` itself, `None` where there is no workspace.
    pub fn home(&self) -> Option<&Path> {
        self.layout.as_ref().map(Layout::home)
    }

    /// Returns where everything lies in it, `None` where there is no workspace.
    pub fn layout(&self) -> Option<&Layout> {
        self.layout.as_ref()
    }

    /// Returns the folder that the workspace belongs to; what is remembered about files in it holds when it is moved.
    pub fn root(&self) -> Option<&Path> {
        self.home().and_then(Path::parent)
    }

    /// Opens the ledger of written files.
    ///
    /// # Errors
    /// It cannot be read or written.
    pub fn ledger(&self) -> Result<Ledger, WorkspaceError> {
        let Some(layout) = &self.layout else { return Ok(Ledger::in_memory()) };
        let path = layout.ledger();
        Ledger::open(&path).map_err(refused("open", &path))
    }

    /// Opens the ledger of written files to be asked alone, also on a disk that takes nothing.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn ledger_to_read(&self) -> Result<Ledger, WorkspaceError> {
        let Some(layout) = &self.layout else { return Ok(Ledger::in_memory()) };
        let path = layout.ledger();
        Ledger::open_to_read(&path).map_err(refused("read", &path))
    }

    /// Returns what was granted to graphs; without a workspace nothing is remembered.
    pub fn grants(&self) -> Grants {
        Grants::new(self.layout.as_ref().map(Layout::grants))
    }

    /// Returns the runs that have a journal here; without a workspace there are none.
    pub fn runs(&self) -> Runs {
        Runs::new(Arc::new(RealDisk), self.layout.as_ref().map(Layout::runs))
    }

    /// Returns the leases on objects that processes share here; without a workspace none can be taken.
    pub fn leases(&self) -> Leases {
        Leases::new(Arc::new(RealDisk), self.layout.as_ref().map(Layout::leases))
    }

    /// Returns the folder for values that wait outside of memory.
    pub fn spill_folder(&self) -> PathBuf {
        self.layout.as_ref().map_or_else(|| std::env::temp_dir().join("windlass-spill"), Layout::spill)
    }

    /// Returns what is kept whatever its age; without a workspace nothing is.
    pub fn pins(&self) -> Pins {
        Pins::new(Arc::new(RealDisk), self.layout.as_ref().map(Layout::pins))
    }

    /// Returns what deletes from the workspace; `None` where there is none.
    pub fn gc(&self, codecs: Codecs) -> Option<Gc> {
        self.layout.as_ref().map(|layout| Gc::new(Arc::new(RealDisk), layout, codecs))
    }

    /// Returns the kept values; `None` where there is no workspace.
    pub fn artifacts(&self, codecs: Codecs) -> Option<Artifacts> {
        self.artifacts_within(codecs, None)
    }

    /// Returns the kept values, which should not take more room than so many bytes; `None` where there is no workspace.
    pub fn artifacts_within(&self, codecs: Codecs, limit_bytes: Option<u64>) -> Option<Artifacts> {
        let layout = self.layout.as_ref()?;
        Some(Artifacts::open_within(Arc::new(RealDisk), layout, codecs, limit_bytes))
    }

    fn create(home: PathBuf) -> Result<Self, WorkspaceError> {
        let layout = Layout::new(&home);
        if layout.version().is_file() {
            return Self::open(home);
        }
        match fs::create_dir_all(&home) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => return Err(WorkspaceError::NotAFolder(home)),
            made => made.map_err(refused("make the workspace", &home))?,
        }
        let (ignored, version) = (layout.ignored(), layout.version());
        replace(&ignored, |file| file.write_all(b"*\n")).map_err(refused("write", &ignored))?;
        // The version comes last: a workspace that was begun and not finished is made again.
        write_version(&version, VERSION).map_err(refused("write", &version))?;
        Ok(Self { layout: Some(layout) })
    }

    fn open(home: PathBuf) -> Result<Self, WorkspaceError> {
        if !home.is_dir() {
            return Err(WorkspaceError::NotAFolder(home));
        }
        let layout = Layout::new(&home);
        match read_version(&layout.version()) {
            Ok(Some(found)) if found > VERSION => Err(WorkspaceError::Newer { found, path: home }),
            Ok(Some(found)) if found >= OLDEST => {
                migrate(&layout, found, &STEPS).map_err(refused("bring up to date", &home))?;
                Ok(Self { layout: Some(layout) })
            }
            Ok(_) => Err(WorkspaceError::Damaged(layout.version())),
            Err(error) if error.kind() == ErrorKind::NotFound => Self::create(home),
            Err(error) => Err(refused("read", &layout.version())(error)),
        }
    }
}

impl ForRun {
    fn new(workspace: Workspace, ledger: Ledger) -> Self {
        let notices = match ledger.damaged_lines() {
            0 => Vec::new(),
            lines => vec![format!(
                "the list of written files has damaged lines ({lines}); files that they spoke of count as foreign"
            )],
        };
        Self { workspace, ledger: Arc::new(ledger), notices }
    }

    fn without(error: &WorkspaceError) -> Self {
        let notice = format!(
            "going on without a workspace ({error}): files that this run writes will count as foreign to the next one; \
             name a folder with `--workspace DIR` to have them remembered"
        );
        Self { workspace: Workspace::none(), ledger: Arc::new(Ledger::in_memory()), notices: vec![notice] }
    }
}

fn refused(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> WorkspaceError {
    let path = path.to_owned();
    move |cause| WorkspaceError::Refused { action, path, cause }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workspace_is_made_beside_and_found_from_below() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Workspace::find(folder.path()).unwrap(), None);
        let made = Workspace::open_or_create(folder.path(), None).unwrap();
        assert_eq!(made.root(), Some(folder.path()));
        assert_eq!(fs::read_to_string(folder.path().join(".windlass/.gitignore")).unwrap(), "*\n");
        let below = folder.path().join("a/b");
        fs::create_dir_all(&below).unwrap();
        assert_eq!(Workspace::open_or_create(&below, None).unwrap(), made);
        assert!(!below.join(NAME).exists());
    }

    #[test]
    fn a_named_workspace_is_used_as_it_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let named = folder.path().join("kept/here");
        let made = Workspace::open_or_create(folder.path(), Some(&named)).unwrap();
        assert_eq!(made.home(), Some(named.as_path()));
        assert_eq!(Workspace::find(folder.path()).unwrap(), None);
    }

    #[test]
    fn what_cannot_be_used_is_refused_with_words() {
        let told = |version: &str| {
            let folder = tempfile::tempdir().unwrap();
            let home = folder.path().join(NAME);
            fs::create_dir(&home).unwrap();
            fs::write(home.join("version"), version).unwrap();
            Workspace::find(folder.path()).unwrap_err().to_string()
        };
        assert!(told("7").starts_with("the workspace has version 7, and this program knows versions up to 1"));
        assert!(told("").starts_with("the version of the workspace is no number"));
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(NAME), "").unwrap();
        assert!(matches!(Workspace::find(folder.path()), Err(WorkspaceError::NotAFolder(_))));
    }

    #[test]
    fn a_workspace_that_was_begun_is_finished() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join(NAME)).unwrap();
        assert!(Workspace::find(folder.path()).unwrap().is_some());
        assert_eq!(fs::read_to_string(folder.path().join(".windlass/version")).unwrap(), "1\n");
    }

    #[test]
    fn a_run_goes_on_where_no_workspace_can_be_written() {
        let cause = ErrorKind::ReadOnlyFilesystem.into();
        let error = WorkspaceError::Refused { action: "write", path: "/disc/.windlass".into(), cause };
        assert!(error.is_unwritable());
        let run = ForRun::without(&error);
        assert_eq!(run.workspace.home(), None);
        assert!(run.notices[0].starts_with("going on without a workspace (cannot write `/disc/.windlass`)"));
    }

    #[test]
    fn a_place_that_cannot_exist_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(Workspace::open_or_create(folder.path(), Some(&file)).is_err());
        assert!(Workspace::for_run(folder.path(), Some(&file.join("below"))).is_err());
    }

    #[test]
    fn damage_in_the_ledger_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let made = Workspace::open_or_create(folder.path(), None).unwrap();
        fs::write(made.home().unwrap().join("written.jsonl"), "torn\n").unwrap();
        let run = Workspace::for_run(folder.path(), None).unwrap();
        assert_eq!(run.workspace, made);
        assert!(run.notices[0].contains("damaged lines (1)"));
    }
}
