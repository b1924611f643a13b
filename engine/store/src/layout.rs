//! Which folder of a workspace holds what, in which version; no other file spells these names.
//!
//! An older version is brought up to date when it is opened, one version after the other. A newer one is refused, and so
//! nothing in it is ever taken for something else. What old programs can pass over does not raise the version.

mod migrate;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use blake3::Hash;

#[cfg(test)]
pub(crate) use migrate::Step;
pub(crate) use migrate::{STEPS, migrate, read_version, write_version};

/// Version of the layout; raised when an older program would go wrong with it.
pub const VERSION: u32 = 1;

/// The first version that there was.
pub(crate) const OLDEST: u32 = 1;

/// Name of a workspace's folder, where it is given no other.
pub const NAME: &str = ".windlass";

/// The places in a workspace.
///
/// | Entry | What it holds | |
/// | --- | --- | --- |
/// | `.gitignore` | keeps the folder out of version control | |
/// | `version`, `version.lock` | the version of the layout, and who is changing it | |
/// | `written.jsonl` | the ledger of written files | truth |
/// | `leases/` | who holds which object, a folder for each | truth |
/// | `grants/` | permissions that were granted to graphs, a file for each | truth |
/// | `runs/` | the journals of runs, a folder for each | truth |
/// | `runs/<run>/digest` | what the first files of its journal came to, made anew from them | |
/// | `runs/<run>/requests/` | what other processes ask of a run that goes on; means nothing once it has ended | |
/// | `blobs/ab/cd…` | large kept values, each named by the hash of its bytes | truth |
/// | `packs/` | small kept values, many in a file | truth |
/// | `index/` | the index, made anew from the truth whenever it is missing | |
/// | `index.holder` | who has the index open, held by that process | |
/// | `pins/` | runs and values that are kept whatever their age, a file for each | truth |
/// | `gc.holder` | who is deleting, held by that process | |
/// | `unfinished/` | blobs that are being written | |
/// | `damaged/` | blobs whose bytes are not those of their name; used for nothing | |
/// | `recovery/` | edits in windows that were not saved, a file for each graph | truth |
/// | `window.json` | where the panes of the window were, and what was looked at | |
/// | `settings.toml` | settings for the runs in this workspace, written by people | truth |
/// | `comfy-classes.json` | what a server of ComfyUI says of its classes, asked for again on demand | |
/// | `spill/` | values that wait outside of memory, a folder for each run under way | |
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    home: PathBuf,
}

impl Layout {
    /// Returns the places in a folder.
    pub fn new(home: &Path) -> Self {
        Self { home: home.to_owned() }
    }

    /// Returns the folder itself.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Returns the names of everything that stands directly in a workspace.
    pub(crate) fn entries() -> Vec<OsString> {
        let at = Self::new(Path::new(""));
        let files = [at.version(), at.version_lock(), at.ignored(), at.ledger(), at.settings(), at.window()];
        let held = [at.comfy_classes(), at.index_holder(), at.gc_holder()];
        let folders = [at.grants(), at.leases(), at.recovery(), at.spill(), at.runs(), at.index()];
        let values = [at.pins(), at.blobs(), at.packs(), at.unfinished(), at.damaged()];
        files.into_iter().chain(held).chain(folders).chain(values).map(PathBuf::into_os_string).collect()
    }

    /// Returns whether a workspace stands in the folder.
    pub(crate) fn is_complete(&self) -> bool {
        self.version().is_file() && self.ledger().is_file()
    }

    /// Returns the file that says the version.
    pub fn version(&self) -> PathBuf {
        self.home.join("version")
    }

    /// Returns the file that is held by who brings the folder up to date.
    pub fn version_lock(&self) -> PathBuf {
        self.home.join("version.lock")
    }

    /// Returns the file that keeps the folder out of version control.
    pub fn ignored(&self) -> PathBuf {
        self.home.join(".gitignore")
    }

    /// Returns the ledger of written files.
    pub fn ledger(&self) -> PathBuf {
        self.home.join("written.jsonl")
    }

    /// Returns the folder of granted permissions.
    pub fn grants(&self) -> PathBuf {
        self.home.join("grants")
    }

    /// Returns the folder of leases on objects.
    pub fn leases(&self) -> PathBuf {
        self.home.join("leases")
    }

    /// Returns the folder of edits in windows that were not saved.
    pub fn recovery(&self) -> PathBuf {
        self.home.join("recovery")
    }

    /// Returns the file that keeps what a server of ComfyUI says of its classes.
    pub fn comfy_classes(&self) -> PathBuf {
        self.home.join("comfy-classes.json")
    }

    /// Returns the file of settings.
    pub fn settings(&self) -> PathBuf {
        self.home.join(crate::settings::FILE_NAME)
    }

    /// Returns the file in which a window remembers its layout.
    pub fn window(&self) -> PathBuf {
        self.home.join("window.json")
    }

    /// Returns the folder of values that wait outside of memory.
    pub fn spill(&self) -> PathBuf {
        self.home.join("spill")
    }

    /// Returns the folder of the journals of runs.
    pub fn runs(&self) -> PathBuf {
        self.home.join("runs")
    }

    /// Returns the folder of the index.
    pub fn index(&self) -> PathBuf {
        self.home.join("index")
    }

    /// Returns the file that says who has the index open.
    pub fn index_holder(&self) -> PathBuf {
        self.home.join("index.holder")
    }

    /// Returns the folder of what is kept whatever its age.
    pub fn pins(&self) -> PathBuf {
        self.home.join("pins")
    }

    /// Returns the file that is held by who deletes.
    pub fn gc_holder(&self) -> PathBuf {
        gc_holder_beside(&self.runs())
    }

    /// Returns the folder of large kept values.
    pub fn blobs(&self) -> PathBuf {
        self.home.join("blobs")
    }

    /// Returns the folder of the blobs that share the first two digits of their hash.
    pub fn blob_folder(&self, hash: &Hash) -> PathBuf {
        self.blobs().join(&hash.to_hex()[..2])
    }

    /// Returns the file of a blob.
    pub fn blob(&self, hash: &Hash) -> PathBuf {
        self.blob_folder(hash).join(&hash.to_hex()[2..])
    }

    /// Returns the folder of packs.
    pub fn packs(&self) -> PathBuf {
        self.home.join("packs")
    }

    /// Returns the file of a pack.
    pub fn pack(&self, pack: u64) -> PathBuf {
        self.packs().join(format!("{pack:016x}.pack"))
    }

    /// Returns the folder of blobs that are being written.
    pub fn unfinished(&self) -> PathBuf {
        self.home.join("unfinished")
    }

    /// Returns the folder of blobs that are damaged.
    pub fn damaged(&self) -> PathBuf {
        self.home.join("damaged")
    }
}

/// Returns the file that is held by who deletes, of the workspace whose runs lie in this folder.
pub(crate) fn gc_holder_beside(runs: &Path) -> PathBuf {
    runs.with_file_name("gc.holder")
}
